"""The planning hand: looks, imagines, checks, executes, finishes.

Plans with the nominal parameters; only the real robot, which it moves but does not look into, has others.
"""

__all__ = ["IMAGINE_BUDGET", "PlanHand"]

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from ..errors import UsageError
from .plan_reading import read_plan
from .plan_robot import RealRobot
from .robot_facts import arm_hits, inverse_torques
from .robot_kinematics import (
    ACCELERATION_LIMIT,
    JOINTS,
    TICK_S,
    TORQUE_LIMIT,
    VELOCITY_LIMIT,
    Plan,
    forward,
    plan,
)
from .robot_rollout import Track
from .robot_scene import VIEWS, Scene
from .robot_sheet import sheet
from .robot_told import clipped, joined
from .robot_views import pretty, views
from .schema import Length
from .tool import Image, ToolResult, mistake, tool
from .world_model import Context, Prediction, WorldModel, check_prediction

IMAGINE_BUDGET = 8
MAX_PLAN_CHARS = 6_000
SHEET_COLUMNS = 4
CLIP_TICKS = 5
LEAST_RESIDUAL_M = 0.003
PlanText = Annotated[str, Length(2, MAX_PLAN_CHARS)]


class PlanHand:
    """Carries the tools over one robot.

    Args:
        scene: without its hidden parameters.
        robot: the real one.
        model: what is imagined with.
    """

    def __init__(self, scene: Scene, robot: RealRobot, model: WorldModel) -> None:
        if scene.hidden != scene.nominal:
            raise UsageError("a planning hand takes a scene without hidden parameters")
        self.scene, self.robot, self.model = scene, robot, model
        self.imagined = 0
        self.claim: int | None = None

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        return {"commands": list(self.robot.commands), "imagined": self.imagined, "claim": self.claim}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state of `state()`.

        Raises:
            UsageError: it is none of this scene.
        """
        imagined, claim, commands = state["imagined"], state["claim"], state["commands"]
        fits = type(imagined) is int and 0 <= imagined <= IMAGINE_BUDGET
        fits = (
            fits
            and (claim is None or (type(claim) is int and 1 <= claim <= 5))
            and isinstance(commands, list)
        )
        if not fits:
            raise UsageError("a state of a planning hand holds commands, imagined plans and a claimed mark")
        self.robot.replay(commands)
        self.imagined, self.claim = imagined, claim

    @tool
    def observe(self, camera: Literal["front", "side", "wrist", "pretty", "all"] = "all") -> ToolResult:
        """Look at the scene as it stands, and read where everything is.

        Args:
            camera: front, side, wrist, pretty (large, from farther away), or all three small ones in a row.

        Returns:
            A table of tool and objects, and a picture.
        """
        robot = self.robot
        if camera == "pretty":
            picture = pretty(self.scene, robot.joints, robot.width, robot.poses)
        else:
            shown = views(self.scene, robot.joints, robot.width, robot.poses)
            picture = sheet([list(shown)]) if camera == "all" else shown[VIEWS.index(camera)].copy()
        return ToolResult((self.told(), Image(picture, f"{camera}, now")))

    @tool
    def imagine(self, plan: PlanText) -> ToolResult:
        """See what a world model expects of a plan; nothing happens. {budget} times at most.

        Args:
            plan: JSON list of waypoints {"xyz": [x, y, z], "yaw_deg": degrees, "width": m, "seconds": s}.

        Returns:
            Expected places of the objects at the end, and a sheet of pictures.
        """
        if self.imagined >= IMAGINE_BUDGET:
            return mistake(f"all {IMAGINE_BUDGET} imagined plans are used; execute or finish", "no_budget")
        made, problem = self._planned(plan)
        if made is None:
            return mistake(problem, "bad_plan")
        self.imagined += 1
        robot = self.robot
        self.model.reset(Context(self.scene, robot.track, robot.state))
        steps = [made.commands[at : at + CLIP_TICKS] for at in range(0, len(made.commands), CLIP_TICKS)]
        found = [check_prediction(self.model.predict(one), self.scene, len(one)) for one in steps]
        chosen = sorted({round(n) for n in np.linspace(0, len(found) - 1, min(SHEET_COLUMNS, len(found)))})
        picture = sheet([list(self._frames(found[n])[:2]) for n in chosen], across=True)
        label = "imagined at " + ", ".join(
            f"{min((n + 1) * CLIP_TICKS, len(made.commands)) * TICK_S:.2f}" for n in chosen
        )
        last, told = found[-1].track, f"imagined {self.imagined} of {IMAGINE_BUDGET} by {self.model.name}"
        if last is not None:
            told += "; expected at the end:\n" + self._places(
                last.joints[-1], float(last.width[-1]), last.poses[-1]
            )
        return ToolResult((clipped(told), Image(picture, f"{label} s")))

    @tool
    def check(self, plan: PlanText) -> ToolResult:
        """Check whether the arm can follow a plan: reach, limits, torques, what it would run into now.

        Args:
            plan: JSON list of waypoints, as in imagine.

        Returns:
            Each fault with its time.
        """
        made, problem = self._planned(plan)
        if made is None:
            return mistake(problem, "bad_plan")
        return ToolResult((clipped(self._faults(made)),))

    @tool
    def execute(self, plan: PlanText) -> ToolResult:
        """Carry a plan out on the real robot, from where it stands. It cannot be undone.

        Args:
            plan: JSON list of at most {waypoints} waypoints, as in imagine.

        Returns:
            Where everything is then, what was hit, and pictures of what happened.
        """
        made, problem = self._planned(plan)
        if made is None:
            return mistake(problem, "bad_plan")
        robot = self.robot
        if len(made.commands) > robot.ticks_left:
            left = robot.ticks_left * TICK_S
            asked = len(made.commands) * TICK_S
            return mistake(
                f"{left:.2f} s of the robot's time are left, the plan takes {asked:.2f} s", "no_time"
            )
        if not made.solution.reached.all():
            return mistake(self._faults(made), "out_of_reach")
        rollout = robot.carry_out(made.commands)
        ticks = sorted({round(n) for n in np.linspace(0, rollout.ticks, SHEET_COLUMNS + 1)[1:]})
        shown = [
            list(views(self.scene, rollout.joints[t], float(rollout.width[t]), rollout.poses[t])[:2])
            for t in ticks
        ]
        label = "happened at " + ", ".join(f"{t * TICK_S:.2f}" for t in ticks) + " s"
        told = self.told()
        if robot.has_collided:
            told += "\nthe robot hit the table or a fixture"
        return ToolResult((told, Image(sheet(shown, across=True), label)))

    @tool
    def finish(self, claim: Literal[1, 2, 3, 4, 5]) -> ToolResult:
        """Say how well it was done; this ends the episode.

        Args:
            claim: 1 nothing was achieved, 2 a little, 3 partly, 4 nearly, 5 all that was asked for.

        Returns:
            A note that the episode ended.
        """
        self.claim = claim
        return ToolResult((f"finished with a claim of {claim}",))

    def told(self) -> str:
        """How everything stands, as a table."""
        robot = self.robot
        left = f"{robot.ticks_left * TICK_S:.2f} s of the robot's time are left"
        return f"{self._places(robot.joints, robot.width, robot.poses)}\n{left}"

    def _places(self, joints: np.ndarray, width: float, poses: np.ndarray) -> str:
        place, turn = forward(np.asarray(joints))
        yaw = float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
        lines = [f"tool | {joined(place, 4)} m | yaw {yaw:.1f} deg | opening {width:.3f} m"]
        for name, pose in zip(self.scene.names, poses, strict=True):
            lines.append(f"{name} | {joined(pose[:3], 4)} m | quaternion {joined(pose[3:])}")
        return "\n".join(lines)

    def _planned(self, text: str) -> tuple[Plan | None, str]:
        """The plan from where the robot stands, or what is wrong with its text."""
        reached = self.robot.reached
        _, turn = forward(reached[:7])
        yaw = float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
        waypoints, problem = read_plan(text, yaw_deg=yaw, width=float(reached[7]))
        if problem:
            return None, problem
        try:
            return plan(reached[:7], waypoints, width=float(reached[7])), ""
        except UsageError as error:
            return None, str(error)

    def _faults(self, made: Plan) -> str:
        reached, lines = self.robot.reached, []
        path = np.vstack((reached[:7], made.commands[:, :7]))
        far = np.flatnonzero(~made.solution.reached)
        if len(far):
            off = 100 * float(made.solution.position_error_m[far].max())
            lines.append(f"out of reach at t = {_time(far[0])} s: the tool stays up to {off:.1f} cm away")
        speed = np.diff(path, axis=0) / TICK_S
        change = np.diff(speed, axis=0, prepend=np.zeros((1, 7))) / TICK_S
        torque = inverse_torques(self.scene, path)[1:]
        for values, limit, word, unit in (
            (speed, VELOCITY_LIMIT, "speed", "rad/s"),
            (change, ACCELERATION_LIMIT, "acceleration", "rad/s2"),
            (torque, TORQUE_LIMIT, "torque", "N m"),
        ):
            over = np.argwhere(np.abs(values) > limit)
            if len(over):
                row, joint = (int(one) for one in over[0])
                most = float(np.abs(values[over[:, 0], over[:, 1]]).max())
                told = f"{word} of {JOINTS[joint]} over {limit[joint]:g} {unit} at t = {_time(row)} s"
                lines.append(f"{told} (up to {most:.1f})")
        hits = arm_hits(self.scene, made.commands[:, :7], made.commands[:, 7], self.robot.poses)
        first: dict[str, int] = {}
        for row, names in enumerate(hits):
            for name in names:
                first.setdefault(name, row)
        lines += [
            f"runs into {name} at t = {_time(row)} s, as things stand now" for name, row in first.items()
        ]
        seconds = len(made.commands) * TICK_S
        return "\n".join(lines) or f"no faults: the arm can follow this plan; it takes {seconds:.2f} s"

    def _frames(self, prediction: Prediction) -> Sequence[np.ndarray]:
        if prediction.frames is not None:
            return list(prediction.frames[-1])
        track: Track | None = prediction.track
        if track is None:
            raise UsageError("a prediction holds a track or frames")
        return list(views(self.scene, track.joints[-1], float(track.width[-1]), track.poses[-1]))


def _time(row: int) -> str:
    return f"{(int(row) + 1) * TICK_S:.2f}"
