"""RobotPlan: plan with a world model, act on a robot that differs.

Knows how an episode goes; tasks come from `scenarios.robot_plan`, grades from `plan_appraisal`.
"""

__all__ = ["RobotPlanEnv"]

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..errors import UsageError, did_you_mean
from ..rewards.plan import RECIPES
from ..scenarios.robot_plan import KINDS, PlanWorld, plan_task
from ..scenarios.task import Task
from ..tools.plan_hand import IMAGINE_BUDGET, PlanHand
from ..tools.plan_reading import MAX_WAYPOINTS
from ..tools.plan_robot import RealRobot
from ..tools.robot_rollout import TICK_S
from ..tools.robot_sheet import sheet
from ..tools.robot_told import objects_told
from ..tools.robot_views import FAST_PX, film, views
from ..tools.tool import Image, Part, ToolCall
from ..tools.world_model import world_model
from .base import ToolEnv
from .plan_appraisal import PlanMarks, mark_plan
from .plan_board import draw_plan_board
from .plan_cheats import CHEATS, Spoils
from .plan_expert import expert_calls
from .robot_board import film_gif

GIF_STEP = 5
PICTURE_BYTES = 3 * 3 * FAST_PX[0] * FAST_PX[1]


class RobotPlanEnv(ToolEnv):
    """Bring objects where an instruction says, planning with a world model that does not know their weight.

    ## Task
    A robot arm with a gripper stands at a table. The agent is told what to do (put, push, shove, roll, stack,
    topple, open a door by an angle), sees the scene through cameras and in numbers, and writes plans:
    waypoints for the point between the fingertips. It may imagine a plan in a world model, check it, and
    execute it on the real robot, in parts and again, as long as the robot has time. Masses and frictions are
    hidden; where a thing slides on, the world model is wrong. At the end the agent says how well it was done.

    ## Tools
    A plan is JSON: `[{"xyz": [0.5, 0.1, 0.15], "yaw_deg": 0, "width": 0.08, "seconds": 1.0}, ...]`, at most
    12 waypoints. What cannot be used is refused with what to send instead, and changes nothing.

    - `observe(camera)`: a picture, and where everything is.
    - `imagine(plan)`: what the world model expects; 8 times.
    - `check(plan)`: reach, joint limits, torques, what the arm would run into.
    - `execute(plan)`: the real robot carries it out; 20 s in all.
    - `finish(claim)`: 1 to 5; ends the episode.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (2, 480, 908, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 2 |
    | image_sizes | (2, 2) | int32 | px (height, width) | 0 to 908 |

    ## Reward
    `reached * (0.7 + 0.15 * executability + 0.1 * calibration + 0.05 * efficiency)`, recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | reached | base | 1 | 0 to 1 | rewards/plan.py:reached |
    | executability | bonus | 0.15 | 0 to 1 | rewards/executability.py:executability |
    | calibration | bonus | 0.1 | 0 to 1 | rewards/plan.py:calibration |
    | efficiency | bonus | 0.05 | 0 to 1 | rewards/plan.py:efficiency |

    `reached` is RoboReward's rubric of the final state, (mark - 1)/4: 5 if all that was asked is so (in
    place, upright, let go of, nothing else moved), 4 if one minor thing is missed, below by the share of the
    way. A robot that hit the table or a fixture has at most mark 2. Executability looks at the motion of the
    real arm (EVA), beside that of a good solution; calibration at the claim; efficiency at the number of
    calls.

    The rubric alone, recipe `roboreward`, as the paper has it (collisions do not count there):

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | rubric | base | 1 | 0 to 1 | rewards/roboreward.py:mark_share |

    ## Episode end
    Terminated by `finish`. Truncated after 24 calls (`max_turns=`), by three messages without a call, or
    from outside; the state is then graded as it stands, without a claim.

    ## Scenarios
    Seeded scenes of seven kinds in turn: pick_place, push, hinge, slide, stack, topple, roll (`kind=` takes
    one of them). The goal is where a plan that exists takes the object under the hidden parameters.
    Difficulty 1 to 5: more objects, parameters farther from the nominal ones. `world_model=` names what
    `imagine` plans with: `nominal` (the simulator with nominal parameters), `robot-only`, `copy-last`,
    `exact` (no gap at all: an ablation), or `module:attribute`.

    ## Source
    RoboReward (arXiv 2601.00675), EVA (arXiv 2603.17808); what differs stands in `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/RobotPlan-v0"
    HANDS = (PlanHand,)
    RECIPES = RECIPES
    METRICS = ("mark", "claim", "progress", "executed_s", "imagined", "collided")
    EVAL_COLUMNS = ("mark", "progress", "collided")
    IMAGES = (2, 480, 908)
    MAX_TURNS = 24
    HOLDS_WORK = True
    EXPORT_FORMATS = ("gif",)
    DEMO_CHEAT = "by_chance"
    SYSTEM_PROMPT = (
        "You plan for a robot arm. x points away from the arm's foot, y to its left, z up from the table, in "
        "metres. With yaw 0 the fingers open along y. Look, imagine a plan, check it, execute it, look at "
        "what happened, correct it if it missed, and finish with an honest mark from 1 to 5."
    )
    is_thread_safe = False  # an OpenGL context belongs to a thread
    cost_class = "simulator"

    def __init__(self, *, kind: str | None = None, world_model: str = "nominal", **kwargs: Any) -> None:
        if kind is not None and kind not in KINDS:
            hint = did_you_mean(str(kind), KINDS)
            raise UsageError(f"{self.ID}: kind is None or one of {', '.join(KINDS)}, got {kind!r}.{hint}")
        if not isinstance(world_model, str):
            raise UsageError(f"{self.ID}: world_model is a name or module:attribute, got {world_model!r}")
        super().__init__(kind=kind, world_model=world_model, **kwargs)

    # -- tasks and hands

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, PlanWorld, int]:
        kind = self.kwargs["kind"]
        task, world = plan_task(
            f"{self.ID}:{split}:{index}:d{difficulty}" + (f":{kind}" if kind else ""),
            split,
            index,
            self.seed_of(split, index),
            difficulty,
            kind=kind,
        )
        return task, world, PICTURE_BYTES

    def _world_key(self) -> tuple[Any, ...]:
        return (*super()._world_key(), self.kwargs["kind"])

    def _open(self, task: Task, world: PlanWorld) -> tuple[object, ...]:
        model = world_model(self.kwargs["world_model"], world.scene)
        self._hand = PlanHand(world.shown, RealRobot(world.scene), model)
        return (self._hand,)

    def _first_parts(self) -> tuple[Part, ...]:
        scene, hand = self._world.shown, self._hand
        told = objects_told(
            scene.names,
            [body.kind for body in scene.bodies],
            [body.size_m for body in scene.bodies],
            scene.nominal.mass_kg,
            scene.nominal.friction,
        )
        robot = hand.robot
        shown = views(scene, robot.joints, robot.width, robot.poses)
        return f"{told}\n{hand.told()}", Image(sheet([list(shown)]), "front, side, wrist, now")

    def _words(self) -> dict[str, str]:
        return {"budget": str(IMAGINE_BUDGET), "waypoints": str(MAX_WAYPOINTS)}

    # -- how things stand

    def _closed(self) -> bool:
        return self._hand.claim is not None

    def _marks(self) -> PlanMarks:
        return mark_plan(self._world, self._hand, calls=max(1, self._turns))

    def _levels(self) -> tuple[dict[str, float], str]:
        marks = self._marks()
        return {name: marks.levels[name] for name in self.recipe.parts}, marks.why

    def _measure(self) -> dict[str, float]:
        robot, hand = self._hand.robot, self._hand
        found = {
            "mark": 0.0,
            "claim": float(hand.claim or 0),
            "progress": 0.0,
            "executed_s": robot.ticks * TICK_S,
            "imagined": float(hand.imagined),
            "collided": float(robot.has_collided),
        }
        if self._over:
            marks = self._marks()
            found |= {"mark": float(marks.mark), "progress": marks.progress}
        return found

    # -- snapshots, pictures, files

    def _save(self) -> dict[str, Any]:
        return self._hand.state()

    def _load(self, state: dict[str, Any]) -> None:
        self._hand.restore(state)

    def _draw(self) -> np.ndarray:
        marks = self._marks() if self._over else None
        title = str(self.task.payload["instruction"])
        return draw_plan_board(self._world, self._hand, title=title, marks=marks)

    def export_work(self, to: str) -> bytes | None:
        """What the robot did as an animation, `gif`; None where it did nothing."""
        if to not in self.EXPORT_FORMATS:
            return super().export_work(to)
        robot = self._hand.robot
        if not robot.rollouts:
            return None
        ticks = [*range(0, robot.ticks, GIF_STEP), robot.ticks]
        return film_gif(film(self._world.shown, robot.track, ticks))

    # -- the expert and the cheats

    def expert(self) -> Iterator[ToolCall]:
        """Check a plan that works, execute it, finish."""
        return expert_calls(self._world)

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at planning."""
        spoils = Spoils(self._world.shown, self.task.seed)
        return {name: partial(cheat, spoils) for name, cheat in CHEATS.items()}
