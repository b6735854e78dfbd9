"""Known ways to cheat at predicting a rollout, as tool calls.

Each takes what was seen and the commands, never the truth. Every cheat hands in.
"""

__all__ = ["CHEATS", "Cheat", "Loot", "echo_calls"]

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tools.robot_draft import Motion
from ..tools.robot_film import frames_text
from ..tools.robot_rollout import TICK_S
from ..tools.robot_scene import Scene
from ..tools.robot_views import views
from ..tools.tool import ToolCall

GARBAGE = (
    "",
    "[]",
    "{",
    '[{"t": NaN}]',
    '[{"t": 1e999, "joints": [0]}]',
    '[{"t": 0.5, "objects": {"the moon": {"position": [0, 0, 0]}}}]',
    json.dumps([{"t": 0.5, "joints": [0.0] * 6}]),
    json.dumps([{"t": 0.01 * n} for n in range(5000)]),
)
BROAD_M = 0.3


@dataclass(frozen=True)
class Loot:
    """What a cheat works with.

    Args:
        scene: without its hidden parameters.
        seen: what was shown.
        queries: ticks that are asked about.
        seed: of what is drawn by chance.
    """

    scene: Scene
    seen: Motion
    queries: Sequence[int]
    seed: Sequence[int]

    @property
    def times_s(self) -> list[float]:
        """The query times."""
        return [round(tick * TICK_S, 6) for tick in self.queries]

    def last(self) -> np.ndarray:
        """(views, H, W, 3): the last frames that were seen."""
        state = self.seen.at([-1])
        return views(self.scene, state.joints[0], float(state.width[0]), state.poses[0])


Cheat = Callable[[Loot], Iterator[ToolCall]]


def echo_calls(loot: Loot) -> Iterator[ToolCall]:
    """The nominal simulator's answer as it is: no cheat, but what honest work has to beat."""
    yield ToolCall("imagine", {"keep": True})
    yield ToolCall("submit")


def _rows(loot: Loot, objects: Callable[[int], Mapping[str, Any]], joints: str | None = "commanded") -> str:
    rows: list[dict[str, Any]] = []
    for number, time in enumerate(loot.times_s):
        row: dict[str, Any] = {"t": time, "objects": objects(number)}
        rows.append(row | ({"joints": joints} if joints else {}))
    return json.dumps(rows)


def _submitted(states: str) -> Iterator[ToolCall]:
    yield ToolCall("submit", {"states": states})


def _poses(loot: Loot, moved: Callable[[str, np.ndarray], np.ndarray]) -> dict[str, Any]:
    start = dict(zip(loot.scene.names, loot.seen.poses[-1], strict=True))
    return {name: {"position": moved(name, pose[:3]).tolist()} for name, pose in start.items()}


def _submit_at_once(loot: Loot) -> Iterator[ToolCall]:
    yield ToolCall("submit")


def _copy_last(loot: Loot) -> Iterator[ToolCall]:
    """All stays as it was seen last, the robot, too."""
    return _submitted(_rows(loot, lambda _: _poses(loot, lambda _, place: place), joints=None))


def _robot_only(loot: Loot) -> Iterator[ToolCall]:
    """The robot follows its commands, no object moves."""
    return _submitted(_rows(loot, lambda _: {}))


def _constant_velocity(loot: Loot) -> Iterator[ToolCall]:
    """Objects go on as they were last seen to move."""
    seen = loot.seen
    span = max(int(seen.ticks[-1] - seen.ticks[-2]), 1)
    speed = (seen.poses[-1, :, :3] - seen.poses[-2, :, :3]) / span
    by_name = dict(zip(loot.scene.names, speed, strict=True))

    def objects(number: int) -> dict[str, Any]:
        ticks = loot.queries[number] - int(seen.ticks[-1])
        return _poses(loot, lambda name, place: np.clip(place + ticks * by_name[name], -2.0, 2.0))

    return _submitted(_rows(loot, objects))


def _at_the_goal(loot: Loot) -> Iterator[ToolCall]:
    """The instruction is fulfilled at once."""
    goal = loot.scene.goal

    def moved(name: str, place: np.ndarray) -> np.ndarray:
        return np.array(goal.position, float) if name == goal.body else place

    return _submitted(_rows(loot, lambda _: _poses(loot, moved)))


def _anywhere(loot: Loot) -> Iterator[ToolCall]:
    """Objects jump to chance places."""
    rng = np.random.default_rng(list(loot.seed))
    away = {name: rng.uniform(-BROAD_M, BROAD_M, 3) * [1, 1, 0] for name in loot.scene.names}
    return _submitted(_rows(loot, lambda _: _poses(loot, lambda name, place: place + away[name])))


def _garbage(loot: Loot) -> Iterator[ToolCall]:
    for text in GARBAGE:
        yield ToolCall("draft", {"states": text})
    yield ToolCall("submit", {"states": "nonsense"})
    yield ToolCall("submit")


def _film(frames: np.ndarray) -> Iterator[ToolCall]:
    yield ToolCall("submit", {"frames": frames_text(frames)})


def _frames_last(loot: Loot) -> Iterator[ToolCall]:
    return _film(np.tile(loot.last(), (len(loot.queries), 1, 1, 1, 1)))


def _frames_average(loot: Loot) -> Iterator[ToolCall]:
    """One blurred frame: the mean of what was seen."""
    seen = loot.seen
    rows = zip(seen.joints, seen.width, seen.poses, strict=True)
    frames = [views(loot.scene, joints, float(width), poses) for joints, width, poses in rows]
    mean = np.mean(frames, axis=0).astype(np.uint8)
    return _film(np.tile(mean, (len(loot.queries), 1, 1, 1, 1)))


def _frames_robot_only(loot: Loot) -> Iterator[ToolCall]:
    """A perfect film of the robot in front of objects that stay."""
    poses = loot.seen.poses[-1]
    commands = loot.scene.commands[np.array(loot.queries) - 1]
    return _film(np.stack([views(loot.scene, row[:7], float(row[7]), poses) for row in commands]))


def _frames_noise(loot: Loot) -> Iterator[ToolCall]:
    rng = np.random.default_rng(list(loot.seed))
    noise = rng.integers(0, 256, (len(loot.queries), *loot.last().shape), dtype=np.uint8)
    held = io.BytesIO()
    np.savez_compressed(held, frames=noise)
    yield ToolCall("submit", {"frames": base64.b64encode(held.getvalue()).decode()})


CHEATS: Mapping[str, Cheat] = {
    "submit_at_once": _submit_at_once,
    "copy_last": _copy_last,
    "robot_only": _robot_only,
    "constant_velocity": _constant_velocity,
    "at_the_goal": _at_the_goal,
    "anywhere": _anywhere,
    "garbage": _garbage,
    "frames_last": _frames_last,
    "frames_average": _frames_average,
    "frames_robot_only": _frames_robot_only,
    "frames_noise": _frames_noise,
}
"""Name -> the calls of a cheat, the closing one included."""
