"""RobotRollout: be the world model of a robot; MuJoCo tells what happened.

Knows how an episode goes; tasks come from `scenarios.robot_rollout`, grades from `robot_appraisal`.
"""

__all__ = ["RobotRolloutEnv"]

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..errors import UsageError, did_you_mean
from ..rewards.robot import RECIPES
from ..scenarios.robot_rollout import FAMILIES, RolloutWorld, rollout_task
from ..scenarios.task import Task
from ..tools.robot_hand import IMAGINE_BUDGET, RolloutHand
from ..tools.robot_kinematics import forward
from ..tools.robot_rollout import TICK_S
from ..tools.robot_scene import VIEWS
from ..tools.robot_sheet import sheet
from ..tools.robot_told import commands_told, motion_told, objects_told
from ..tools.robot_views import FAST_PX
from ..tools.tool import Image, Part, ToolCall
from .base import ToolEnv
from .robot_appraisal import RolloutMarks, films_of, mark_rollout, render
from .robot_board import draw_rollout_board, film_gif
from .robot_cheats import CHEATS, Loot
from .robot_expert import expert_calls

CLIPS = (4, 40)
FIFTHS = 5
CURVES = ("psnr", "ssim", "gmsd", "state")
PICTURE_BYTES = 3 * FAST_PX[0] * FAST_PX[1] * len(VIEWS)


class RobotRolloutEnv(ToolEnv):
    """Predict what happens when a robot's commands are carried out; a simulator tells what did.

    ## Task
    The agent is the world model. It sees the beginning of a scene through three cameras and in numbers, up to
    shortly after the first contact that moves an object, and every command of the arm. It predicts robot and
    objects at times that lie 0.25 s apart, up to the end. Masses and frictions are hidden and matter: where
    something is pushed, slides, rolls, topples or turns on a hinge, a simulation with the nominal ones is
    wrong by more than it may be.

    ## Tools
    A prediction is either states (JSON, rendered through the same cameras) or frames; the kind that was
    written last counts. Text that cannot be used is refused with what to send instead, and changes nothing.

    - `view(camera, t)`: a picture of what was seen, or of the draft.
    - `kinematics(first, last)`: the commands, and where they take the tool.
    - `imagine(guess, until, keep)`: the commands in a simulator with guessed masses and frictions; 4 times.
    - `check_physics()`: what in the draft bodies do not do; says nothing of the truth.
    - `draft(states)`: predicted states at some times.
    - `draft_frames(frames, t)`: predicted frames from a time on, base64 of .npz, .npy or a PNG sheet.
    - `submit(states, frames)`: the draft is handed in.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (4, 480, 908, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 4 |
    | image_sizes | (4, 2) | int32 | px (height, width) | 0 to 908 |

    The first turn shows four sheets, front, side and wrist side by side (224x224 px each). Frames that are
    handed in are uint8 (times, 3, 224, 224, 3). Through `call()` all query times fit into one text of 64 MB;
    an action of `step` holds 262,144 bytes, a time or two: `draft_frames` takes them piece by piece.

    ## Reward
    `gate * state * (0.4 + 0.3 * fidelity + 0.15 * physics + 0.15 * executability)`; in the family `reach`,
    where only the robot moves, `gate * reach * (0.6 + 0.2 * physics + 0.2 * executability)`. State is skill
    over objects that stay where they are, fidelity and reach are skill over repeating the last frame: a copy
    of what was seen, and a film in which only the robot moves, are the zero. Physics and executability are
    excess over what the true rollout does itself. Later times weigh more. This is recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | gate | gate | 1 | 0 to 1 | tools/robot_draft.py:Draft |
    | state | base | 1 | 0 to 1 | rewards/robot_state.py:state_skill |
    | reach | base | 1 | 0 to 1 | rewards/fidelity.py:fidelity |
    | fidelity | bonus | 0.3 | 0 to 1 | rewards/fidelity.py:fidelity |
    | physics | bonus | 0.15 | 0 to 1 | rewards/robot_physics.py:physics |
    | executability | bonus | 0.15 | 0 to 1 | rewards/executability.py:arm_following |

    The gate is 1 once anything was predicted. A draft of frames holds no poses: state, physics and
    executability are then read from pixels (`rewards/robot_frames.py`: `seen_state`, `seen_physics`,
    `seen_arm`), against a film in which the robot moves as in truth while no object does.

    The published metrics, means over times and views (wrist 0.5, front and side 0.25 each),
    recipe `persistworld`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | psnr | base | 0.5 | 0 to 1 | rewards/robot.py:published_psnr |
    | ssim | base | 0.5 | 0 to 1 | rewards/robot.py:published_ssim |

    It pays most of its reward for a copy of the last frame, which is why it is not the default.

    ## Episode end
    Terminated by `submit`. Truncated after 12 calls and 2 a query time (`max_turns=`), by three messages
    without a call, or from outside; a truncated draft is graded as it stands, an empty one scores 0.

    ## Scenarios
    Seeded scenes of eight families in turn: reach, push, slide, pick_place, stack, topple, roll, hinge
    (`family=` takes one of them). Difficulty 1 to 5: more objects, a longer horizon, parameters farther from
    the nominal ones, distractors. `clips=` sets the length in clips of 0.25 s, 4 to 40: published tables
    report 14 clips. With it the arm goes on with its object after the first stroke, as long as there is
    time. A world model that feeds itself drafts clip by clip and looks at its own draft with `view`;
    `fork(k)` branches k futures from one history. Metrics hold the horizon curve in fifths.

    ## Source
    Persistent Robot World Models (arXiv 2603.25685), EVA (arXiv 2603.17808); what differs stands in
    `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/RobotRollout-v0"
    HANDS = (RolloutHand,)
    RECIPES = RECIPES
    METRICS = (
        "queries",
        "covered",
        "imagined",
        "is_frames",
        "nominal_skill",
        "psnr",
        "ssim",
        "gmsd",
        *(f"{name}_{fifth}" for name in CURVES for fifth in range(1, FIFTHS + 1)),
    )
    IMAGES = (4, 480, 908)
    MAX_TURNS = 24
    HOLDS_WORK = True
    EXPORT_FORMATS = ("gif",)
    DEMO_CHEAT = "robot_only"
    SYSTEM_PROMPT = (
        "You are the world model of a robot: you predict what its cameras will show. x points away from the "
        "arm's foot, y to its left, z up from the table, in metres; quaternions are w, x, y, z. Look at how "
        "the objects start to move, guess masses and frictions, imagine the rollout with them and compare "
        "with what was seen; then draft states at the query times, check their physics, and submit."
    )
    is_thread_safe = False  # an OpenGL context belongs to a thread
    cost_class = "simulator"

    def __init__(self, *, family: str | None = None, clips: int | None = None, **kwargs: Any) -> None:
        if family is not None and family not in FAMILIES:
            hint = did_you_mean(str(family), FAMILIES)
            raise UsageError(
                f"{self.ID}: family is None or one of {', '.join(FAMILIES)}, got {family!r}.{hint}"
            )
        if clips is not None and (type(clips) is not int or not CLIPS[0] <= clips <= CLIPS[1]):
            raise UsageError(f"{self.ID}: clips is None or {CLIPS[0]} to {CLIPS[1]}, got {clips!r}")
        super().__init__(family=family, clips=clips, **kwargs)

    # -- tasks and hands

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, RolloutWorld, int]:
        family, clips = self.kwargs["family"], self.kwargs["clips"]
        own = "".join(f":{name}" for name in (family, clips) if name is not None)
        task, world = rollout_task(
            f"{self.ID}:{split}:{index}:d{difficulty}{own}",
            split,
            index,
            self.seed_of(split, index),
            difficulty,
            family=family,
            clips=clips,
        )
        return task, world, 3 * PICTURE_BYTES * (len(world.queries) + 1)

    def _world_key(self) -> tuple[Any, ...]:
        return (*super()._world_key(), self.kwargs["family"], self.kwargs["clips"])

    def _open(self, task: Task, world: RolloutWorld) -> tuple[object, ...]:
        self._hand = RolloutHand(world.shown, seen=world.seen, queries=world.queries)
        self._marked: tuple[int, RolloutMarks] | None = None
        return (self._hand,)

    def _first_parts(self) -> tuple[Part, ...]:
        world, scene = self._world, self._world.shown
        ticks = np.array([*world.context[1:], *world.queries])
        commands = scene.commands[ticks - 1]
        told = (
            objects_told(
                scene.names,
                [body.kind for body in scene.bodies],
                [body.size_m for body in scene.bodies],
                scene.nominal.mass_kg,
                scene.nominal.friction,
            ),
            "Seen:",
            motion_told(world.seen, scene.names, tick_s=TICK_S),
            "Commands (all of them: kinematics):",
            commands_told(ticks, commands, forward(commands[:, :7])[0], tick_s=TICK_S),
        )
        pictures = [
            Image(sheet([list(frames)]), f"seen at {tick * TICK_S:.2f} s: {', '.join(VIEWS)}")
            for tick, frames in zip(world.context, films_of(world).context, strict=True)
        ]
        return "\n".join(told), *pictures

    def _words(self) -> dict[str, str]:
        return {"budget": str(IMAGINE_BUDGET), "width": str(FAST_PX[0]), "height": str(FAST_PX[1])}

    # -- how things stand

    def _closed(self) -> bool:
        return self._hand.is_submitted

    def _marks(self) -> RolloutMarks:
        """Of the draft as it stands; graded once a draft."""
        edits = self._hand.draft_held.edits
        if self._marked is None or self._marked[0] != edits:
            self._marked = edits, mark_rollout(self._world, self._hand.draft_held)
        return self._marked[1]

    def _levels(self) -> tuple[dict[str, float], str]:
        if not self._hand.draft_held.covered:
            return dict.fromkeys(self.recipe.parts, 0.0), "nothing was predicted"
        marks = self._marks()
        return {name: marks.levels[name] for name in self.recipe.parts}, marks.why

    def _potential(self, levels: Any) -> float:
        """A running draft is worth what it would be worth handed in; an empty one nothing."""
        return self.recipe.compose(levels) if self._hand.draft_held.covered else 0.0

    def _measure(self) -> dict[str, float]:
        held, nominal = self._hand.draft_held, self._world.nominal_skill
        found = dict.fromkeys(self.METRICS, 0.0) | {
            "queries": float(len(self._world.queries)),
            "covered": float(held.covered),
            "imagined": float(self._hand.imagined),
            "is_frames": float(held.kind == "frames"),
        }
        if not self._over or not held.covered:
            return found
        curves = self._marks().curves
        found |= {name: float(curves[name].mean()) for name in ("psnr", "ssim", "gmsd")}
        found["nominal_skill"] = 0.0 if np.isnan(nominal) else nominal
        for name in CURVES:
            for fifth, part in enumerate(np.array_split(curves[name], FIFTHS), 1):
                found[f"{name}_{fifth}"] = float(part.mean()) if len(part) else float(curves[name][-1])
        return found

    def horizon(self) -> dict[str, np.ndarray]:
        """The draft's curves: `t` in s, `psnr`, `ssim`, `gmsd`, `fidelity`, `state` by query time.

        Raises:
            UsageError: the episode is not over: the curves would tell the truth.
        """
        if not self._over:
            raise UsageError("the horizon curve is told when the episode is over: call submit first")
        return {"t": np.array(self._hand.times_s), **self._marks().curves}

    # -- snapshots, pictures, files

    def _save(self) -> dict[str, Any]:
        return self._hand.state()

    def _load(self, state: dict[str, Any]) -> None:
        self._hand.restore(state)
        self._marked = None

    def _draw(self) -> np.ndarray:
        marks = self._marks() if self._over else None
        return draw_rollout_board(self._world, self._hand, title=self._world.scene.instruction, marks=marks)

    def export_work(self, to: str) -> bytes | None:
        """The draft as an animation, `gif`; None where nothing was predicted."""
        if to not in self.EXPORT_FORMATS:
            return super().export_work(to)
        held = self._hand.draft_held
        if not held.covered:
            return None
        last = films_of(self._world).last
        return film_gif(held.film(last) if held.kind == "frames" else render(self._world, held.motion()))

    # -- the expert and the cheats

    def expert(self) -> Iterator[ToolCall]:
        """Draft what happened, check it, hand it in."""
        return expert_calls(self._world)

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at predicting (the issue's)."""
        loot = Loot(self._world.shown, self._world.seen, self._world.queries, self.task.seed)
        return {name: partial(cheat, loot) for name, cheat in CHEATS.items()}
