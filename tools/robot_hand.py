"""The rollout hand: looks, imagines, drafts and submits what comes.

Holds a scene with nominal parameters in the place of the hidden ones, the states that were seen, and the
draft; no truth, no task, no key.
"""

__all__ = ["IMAGINE_BUDGET", "RolloutHand"]

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from ..errors import UsageError
from .robot_draft import Draft, Motion
from .robot_film import MAX_FRAMES_CHARS, read_frames
from .robot_kinematics import JOINT_LOWER, JOINT_UPPER, MAX_WIDTH_M, forward
from .robot_lint import faults_told
from .robot_reading import read_guess, read_states
from .robot_rollout import TICK_S, simulate
from .robot_scene import VIEWS, Params, Scene
from .robot_sheet import sheet
from .robot_told import clipped, commands_told, motion_told, times_told
from .robot_views import FAST_PX, pretty, views
from .schema import Between, Length
from .tool import Image, ToolResult, mistake, tool

IMAGINE_BUDGET = 4
MAX_STATES_CHARS = 200_000
MAX_GUESS_CHARS = 4_000
MAX_ROWS = 60
SHEET_COLUMNS = 4
LONGEST_S = 60.0

Time = Annotated[float, Between(0.0, LONGEST_S)]
LIMITS = {"lower": JOINT_LOWER, "upper": JOINT_UPPER, "width": MAX_WIDTH_M}


class RolloutHand:
    """Carries the tools over one draft.

    Args:
        scene: without its hidden parameters.
        seen: the states that are shown; the last one is where prediction starts.
        queries: ticks that are asked about.
    """

    def __init__(self, scene: Scene, *, seen: Motion, queries: Sequence[int]) -> None:
        if scene.hidden != scene.nominal:
            raise UsageError("a rollout hand takes a scene without hidden parameters")
        self.scene, self.seen, self.queries = scene, seen, tuple(queries)
        width, height = FAST_PX
        self.draft_held = Draft(
            names=scene.names,
            queries=queries,
            commands=scene.commands,
            start=seen.at([-1]),
            film_shape=(len(VIEWS), height, width, 3),
        )
        self.imagined = 0
        self.is_submitted = False

    @property
    def times_s(self) -> list[float]:
        """The query times."""
        return [tick * TICK_S for tick in self.queries]

    def last_frames(self) -> np.ndarray:
        """(views, H, W, 3) uint8: the last frames that were seen."""
        return self.frames_at(self.seen.at([-1]))[0]

    def frames_at(self, motion: Motion) -> np.ndarray:
        """(m, views, H, W, 3) uint8 of some states."""
        rows = range(len(motion.ticks))
        return np.stack(
            [views(self.scene, motion.joints[t], float(motion.width[t]), motion.poses[t]) for t in rows]
        )

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        return {
            "draft": self.draft_held.state(),
            "imagined": self.imagined,
            "is_submitted": self.is_submitted,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state of `state()`.

        Raises:
            UsageError: it is none of this scene.
        """
        imagined, submitted = state["imagined"], state["is_submitted"]
        if type(imagined) is not int or not 0 <= imagined <= IMAGINE_BUDGET or type(submitted) is not bool:
            raise UsageError(
                "a state of a rollout hand counts imagined rollouts and says whether it was submitted"
            )
        self.draft_held.restore(state["draft"])
        self.imagined, self.is_submitted = imagined, submitted

    @tool
    def view(
        self, camera: Literal["front", "side", "wrist", "pretty", "all"] = "all", t: Time | None = None
    ) -> ToolResult:
        """Look through a camera at a time: at what was seen, or at your draft.

        Args:
            camera: front, side, wrist, pretty (large, from farther away), or all three small ones in a row.
            t: Time in s; null is the last time that was seen. Later times show the draft.

        Returns:
            A picture.
        """
        row, name = self._row(self.seen.ticks[-1] * TICK_S if t is None else t)
        last = self.seen.at([-1])
        if isinstance(row, int) and self.draft_held.kind == "frames":
            frames = self.draft_held.frame(row, self.last_frames())
            if camera == "pretty":
                return mistake(
                    "a draft of frames has no pretty view; take front, side, wrist or all", "no_view"
                )
            picture = sheet([list(frames)]) if camera == "all" else frames[VIEWS.index(camera)].copy()
            return ToolResult((Image(picture, name),))
        state = self.draft_held.motion().at([row]) if isinstance(row, int) else row or last
        joints, width, poses = state.joints[0], float(state.width[0]), state.poses[0]
        if camera == "pretty":
            return ToolResult((Image(pretty(self.scene, joints, width, poses), name),))
        shown = views(self.scene, joints, width, poses)
        return ToolResult(
            (Image(sheet([list(shown)]) if camera == "all" else shown[VIEWS.index(camera)].copy(), name),)
        )

    @tool
    def kinematics(self, first: Time = 0.0, last: Time | None = None) -> ToolResult:
        """Tell the commands and where they take the tool.

        Args:
            first: From this time in s.
            last: To this time in s; null is the end. At most 60 rows are told.

        Returns:
            A table: time, place of the tool, opening, joint angles.
        """
        end = len(self.scene.commands)
        low = max(1, round(first / TICK_S))
        high = end if last is None else min(end, round(last / TICK_S))
        if low > high:
            return mistake(
                f"the commands run from {TICK_S:.2f} to {end * TICK_S:.2f} s; choose first <= last", "no_time"
            )
        ticks = np.arange(low, high + 1)
        step = -(-len(ticks) // MAX_ROWS)
        ticks = ticks[::-1][::step][::-1]
        commands = self.scene.commands[ticks - 1]
        return ToolResult((commands_told(ticks, commands, forward(commands[:, :7])[0], tick_s=TICK_S),))

    @tool
    def imagine(
        self,
        guess: Annotated[str, Length(0, MAX_GUESS_CHARS)] = "",
        until: Time | None = None,
        keep: bool = False,
    ) -> ToolResult:
        """Carry out the commands in a simulator with guessed masses and frictions; {budget} times at most.

        Args:
            guess: JSON, object to {"mass_kg": ..., "friction": ...}; what is left out is nominal.
            until: Up to this time in s; null is the end.
            keep: Whether what is imagined becomes the draft.

        Returns:
            What was seen beside what is imagined at the same times, imagined states at the query times, and a
            sheet of pictures.
        """
        if self.imagined >= IMAGINE_BUDGET:
            return mistake(f"all {IMAGINE_BUDGET} imagined rollouts are used; draft and submit", "no_budget")
        guessed, problem = read_guess(guess, names=self.scene.names)
        if problem:
            return mistake(problem, "bad_guess")
        self.imagined += 1
        rollout = simulate(self.scene, params=self._params(guessed))
        whole = Motion.recorded(rollout.joints, rollout.width, rollout.poses)
        asked = [tick for tick in self.queries if until is None or tick * TICK_S <= until + TICK_S / 2]
        asked = asked or [self.queries[0]]
        if keep:
            self.draft_held.put_motion(whole.at(asked))
        told = [
            f"imagined {self.imagined} of {IMAGINE_BUDGET}" + (", kept as the draft" if keep else ""),
            "seen:",
            motion_told(self.seen, self.scene.names, tick_s=TICK_S, has_joints=False),
            "imagined at these times:",
            motion_told(whole.at(self.seen.ticks), self.scene.names, tick_s=TICK_S, has_joints=False),
            "imagined at the query times:",
            motion_told(whole.at(asked), self.scene.names, tick_s=TICK_S),
        ]
        chosen = [asked[round(i)] for i in np.linspace(0, len(asked) - 1, min(SHEET_COLUMNS, len(asked)))]
        picture = sheet([list(frames[:2]) for frames in self.frames_at(whole.at(chosen))], across=True)
        label = f"imagined at {times_told(chosen, TICK_S)} s"
        return ToolResult((clipped("\n".join(told)), Image(picture, label)))

    @tool
    def check_physics(self) -> ToolResult:
        """Check the draft: what in it bodies and arms do not do. Says nothing of the truth.

        Returns:
            Each fault with its time.
        """
        if self.draft_held.kind != "states":
            return mistake("there is no draft of states to check; write one with draft", "no_draft")
        return ToolResult(
            (clipped(faults_told(self.scene, self.seen.at([-1]).joined(self.draft_held.motion()))),)
        )

    @tool
    def draft(self, states: Annotated[str, Length(1, MAX_STATES_CHARS)]) -> ToolResult:
        """Write predicted states; times and objects that you leave out stay as they were.

        Args:
            states: JSON list of rows {"t": s, "joints": [7 rad] or "commanded", "width": m, "objects": {name:
                {"position": [x, y, z], "quaternion": [w, x, y, z] or "yaw_deg": degrees}}}; each key but t
                may be left out.

        Returns:
            How many query times the draft covers.
        """
        problem = self._write(states)
        return mistake(problem, "bad_states") if problem else ToolResult((self._covered(),))

    @tool
    def draft_frames(
        self, frames: Annotated[str, Length(1, MAX_FRAMES_CHARS)], t: Time | None = None
    ) -> ToolResult:
        """Write predicted frames in place of states: pictures of all three cameras, from a query time on.

        Args:
            frames: Base64 of one uint8 array (times, 3, {height}, {width}, 3) as .npz or .npy, or of a PNG
                with a row a time and a column a camera (front, side, wrist).
            t: The query time in s of the first one; null is the first query time.

        Returns:
            How many query times the draft covers.
        """
        first, name = (0, "") if t is None else self._row(t)
        if not isinstance(first, int):
            return mistake(name or f"t must be a query time: {times_told(self.queries, TICK_S)} s", "no_time")
        problem = self._write_frames(frames, first)
        return mistake(problem, "bad_frames") if problem else ToolResult((self._covered(),))

    @tool
    def submit(
        self,
        states: Annotated[str, Length(0, MAX_STATES_CHARS)] = "",
        frames: Annotated[str, Length(0, MAX_FRAMES_CHARS)] = "",
    ) -> ToolResult:
        """Hand the draft in; this ends the episode.

        Args:
            states: Rows to write before, as in draft; may be empty.
            frames: Frames from the first query time on to write before, as in draft_frames; may be empty.

        Returns:
            A note that the draft was handed in; with a fault in states or frames, the fault, and no end.
        """
        if states and frames:
            return mistake("send states or frames, not both", "bad_states")
        problem = self._write(states) if states else self._write_frames(frames, 0) if frames else ""
        if problem:
            return mistake(problem, "bad_states" if states else "bad_frames")
        self.is_submitted = True
        return ToolResult((f"the draft was handed in; {self._covered()}",))

    def _write(self, states: str) -> str:
        rows, problem = read_states(states, names=self.scene.names, times_s=self.times_s, limits=LIMITS)
        if not problem:
            self.draft_held.put(rows)
        return problem

    def _write_frames(self, frames: str, first: int) -> str:
        most = len(self.queries) - first
        found, problem = read_frames(frames, views=len(VIEWS), size_px=FAST_PX, most=most)
        if found is not None:
            self.draft_held.put_frames(found, first)
        return problem

    def _covered(self) -> str:
        held = self.draft_held
        return (
            f"the draft holds {held.kind or 'nothing'} at {held.covered} of {len(self.queries)} query times"
        )

    def _row(self, t: float) -> tuple[int | Motion | None, str]:
        """The query, or the state that was seen, nearest to a time; and its name."""
        apart_seen = np.abs(self.seen.ticks * TICK_S - t)
        apart_asked = np.abs(np.array(self.times_s) - t)
        if apart_seen.min() <= apart_asked.min():
            which = int(apart_seen.argmin())
            return self.seen.at([which]), f"seen at {self.seen.ticks[which] * TICK_S:.2f} s"
        which = int(apart_asked.argmin())
        return which, f"draft at {self.times_s[which]:.2f} s"

    def _params(self, guessed: dict[str, dict[str, float]]) -> Params:
        nominal = self.scene.nominal
        mass = [
            guessed.get(n, {}).get("mass_kg", m)
            for n, m in zip(self.scene.names, nominal.mass_kg, strict=True)
        ]
        friction = [
            guessed.get(n, {}).get("friction", f)
            for n, f in zip(self.scene.names, nominal.friction, strict=True)
        ]
        return Params(tuple(mass), tuple(friction))
