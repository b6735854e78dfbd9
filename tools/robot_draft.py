"""A draft of a rollout: what was predicted so far, by query time.

Either states (poses, joints, opening of the gripper) or frames; the kind that was written last counts. What
is left out stays as it was at the time before, so that a draft is whole at any moment, and an empty one
repeats the last frame that was seen. Knows numbers and pictures, no simulator and no truth.
"""

__all__ = ["Draft", "Motion", "unit"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import UsageError
from .robot_kinematics import MAX_WIDTH_M
from .robot_reading import StateRow

Kind = Literal["", "states", "frames"]
DOF = 7
UNIT_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Motion:
    """Robot and objects at some times."""

    ticks: np.ndarray
    """(m,) int: ticks since the start of the scene."""
    joints: np.ndarray
    """(m, 7) rad."""
    width: np.ndarray
    """(m,) opening of the gripper, m."""
    poses: np.ndarray
    """(m, n, 7) x y z qw qx qy qz."""

    @classmethod
    def recorded(cls, joints: np.ndarray, width: np.ndarray, poses: np.ndarray) -> "Motion":
        """A whole rollout, a row a tick, within what a draft can say.

        Args:
            joints: (T + 1, 7) rad.
            width: (T + 1,) m; soft limits let it stray, it is cut to 0 to 0.08.
            poses: (T + 1, n, 7).
        """
        return cls(np.arange(len(width)), joints, np.clip(width, 0.0, MAX_WIDTH_M), unit(poses))

    def at(self, rows: Sequence[int] | np.ndarray | slice) -> "Motion":
        """Some of its rows."""
        return Motion(self.ticks[rows], self.joints[rows], self.width[rows], self.poses[rows])

    def every_tick(self) -> "Motion":
        """Straight lines from row to row, one row a tick; turns take the shorter way."""
        ticks = np.arange(int(self.ticks[0]), int(self.ticks[-1]) + 1)
        after = np.clip(np.searchsorted(self.ticks, ticks, side="right"), 1, len(self.ticks) - 1)
        before = after - 1
        share = (ticks - self.ticks[before]) / np.maximum(self.ticks[after] - self.ticks[before], 1)
        near, far = self.poses[before], self.poses[after].copy()
        far[..., 3:] *= np.where((near[..., 3:] * far[..., 3:]).sum(axis=2, keepdims=True) < 0.0, -1.0, 1.0)
        s = share[:, None, None]
        return Motion(
            ticks,
            _mixed(self.joints[before], self.joints[after], share[:, None]),
            _mixed(self.width[before], self.width[after], share),
            unit(_mixed(near, far, s)),
        )

    def joined(self, later: "Motion") -> "Motion":
        """This motion and then a later one."""
        return Motion(
            *(
                np.concatenate((getattr(self, name), getattr(later, name)))
                for name in ("ticks", "joints", "width", "poses")
            )
        )


class Draft:
    """What was predicted, by query time.

    Args:
        names: of the objects.
        queries: ticks that are asked about, rising.
        commands: (T, 8) of the whole scene: joints, rad, and opening, m, at the end of each tick.
        start: one row: the last state that was seen.
        film_shape: (views, H, W, 3) of a frame.
    """

    def __init__(
        self,
        *,
        names: Sequence[str],
        queries: Sequence[int],
        commands: np.ndarray,
        start: Motion,
        film_shape: tuple[int, int, int, int],
    ) -> None:
        self.names, self.queries = tuple(names), tuple(int(tick) for tick in queries)
        self.start, self.film_shape = start, film_shape
        self._commanded = np.asarray(commands, float)[np.array(self.queries) - 1]
        self.clear()

    def clear(self) -> None:
        """Forget all that was predicted."""
        count, objects = len(self.queries), len(self.names)
        self.kind: Kind = ""
        self._joints, self._width = np.zeros((count, DOF)), np.zeros(count)
        self._places, self._turns = np.zeros((count, objects, 3)), np.zeros((count, objects, 4))
        self._has_joints, self._has_width = np.zeros(count, bool), np.zeros(count, bool)
        self._has_place, self._has_turn = np.zeros((count, objects), bool), np.zeros((count, objects), bool)
        self._frames: np.ndarray | None = None
        self._has_frame = np.zeros(count, bool)
        self.edits = 0

    @property
    def is_covered(self) -> np.ndarray:
        """(Q,) bool: the query times for which something was predicted."""
        if self.kind == "frames":
            return self._has_frame.copy()
        return self._has_joints | self._has_width | self._has_place.any(axis=1) | self._has_turn.any(axis=1)

    @property
    def covered(self) -> int:
        """Number of query times for which something was predicted."""
        return int(self.is_covered.sum())

    def put(self, rows: Sequence[StateRow]) -> None:
        """Write rows of states over what was there; frames are dropped."""
        if self.kind == "frames":
            self.clear()
        self.kind = "states"
        self.edits += 1
        for row in rows:
            self._put(row)

    def _put(self, row: StateRow) -> None:
        at = row.query
        if isinstance(row.joints, str):
            self._joints[at], self._width[at] = self._commanded[at, :DOF], self._commanded[at, DOF]
            self._has_joints[at] = self._has_width[at] = True
        elif row.joints is not None:
            self._joints[at], self._has_joints[at] = row.joints, True
        if row.width is not None:
            self._width[at], self._has_width[at] = row.width, True
        for name, place in row.positions.items():
            which = self.names.index(name)
            self._places[at, which], self._has_place[at, which] = place, True
        for name, turn in row.quaternions.items():
            which = self.names.index(name)
            self._turns[at, which], self._has_turn[at, which] = turn, True

    def put_motion(self, motion: Motion, first: int = 0) -> None:
        """Write whole states for successive query times; frames are dropped."""
        if self.kind == "frames":
            self.clear()
        self.kind = "states"
        self.edits += 1
        rows = slice(first, first + len(motion.ticks))
        self._joints[rows], self._width[rows] = motion.joints, motion.width
        self._places[rows], self._turns[rows] = motion.poses[..., :3], motion.poses[..., 3:]
        for flags in (self._has_joints, self._has_width, self._has_place, self._has_turn):
            flags[rows] = True

    def put_frames(self, frames: np.ndarray, first: int = 0) -> None:
        """Write frames for successive query times; states are dropped.

        Raises:
            UsageError: another shape, or more frames than query times.
        """
        if frames.dtype != np.uint8 or frames.shape[1:] != self.film_shape:
            raise UsageError(
                f"frames are uint8 (frames, *{self.film_shape}), got {frames.shape} {frames.dtype}"
            )
        if not 0 <= first <= first + len(frames) <= len(self.queries):
            raise UsageError(
                f"{len(frames)} frames from number {first} on do not fit {len(self.queries)} times"
            )
        held = self._frames
        if held is None:
            self.clear()
            held = self._frames = np.zeros((len(self.queries), *self.film_shape), np.uint8)
        self.kind = "frames"
        self.edits += 1
        held[first : first + len(frames)] = frames
        self._has_frame[first : first + len(frames)] = True

    def motion(self) -> Motion:
        """Predicted states at the query times, with unit quaternions."""
        places = _held(self._places, self._has_place, self.start.poses[0, :, :3])
        turns = _held(self._turns, self._has_turn, self.start.poses[0, :, 3:])
        return Motion(
            np.array(self.queries),
            _held(self._joints, self._has_joints, self.start.joints[0]),
            _held(self._width, self._has_width, self.start.width[0]),
            unit(np.concatenate((places, turns), axis=2)),
        )

    def film(self, last: np.ndarray) -> np.ndarray:
        """Predicted frames; what was not predicted repeats the frame before, at first the last one seen.

        Args:
            last: (views, H, W, 3) uint8.

        Raises:
            UsageError: the draft holds no frames.
        """
        if self._frames is None:
            raise UsageError("this draft holds no frames")
        film, before = self._frames.copy(), last
        for number, is_given in enumerate(self._has_frame):
            if not is_given:
                film[number] = before
            before = film[number]
        return film

    def frame(self, number: int, last: np.ndarray) -> np.ndarray:
        """(views, H, W, 3): one of the frames of `film`."""
        given = np.flatnonzero(self._has_frame[: number + 1])
        return last if self._frames is None or not len(given) else self._frames[given[-1]]

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        kept = {name: getattr(self, name) for name in _ARRAYS}
        frames = None if self._frames is None else self._frames[self._has_frame]
        return {"kind": self.kind, "edits": self.edits, "frames": frames, **kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a state of `state()`.

        Raises:
            UsageError: a state that no draft of this scene could have.
        """
        self.clear()
        kind, edits, frames = state["kind"], state["edits"], state["frames"]
        arrays = {name: np.asarray(state[name]) for name in _ARRAYS}
        fits = kind in ("", "states", "frames") and type(edits) is int and edits >= 0
        for name, array in arrays.items():
            own = getattr(self, name)
            fits = (
                fits
                and array.shape == own.shape
                and array.dtype == own.dtype
                and bool(np.isfinite(array).all())
            )
        if not fits or (frames is None) != (kind != "frames"):
            raise UsageError("a state of a draft holds kind, edits, arrays of this scene, and frames or none")
        for name, array in arrays.items():
            setattr(self, name, array.copy())
        if frames is not None:
            film = np.zeros((len(self.queries), *self.film_shape), np.uint8)
            if frames.dtype != np.uint8 or frames.shape != (int(self._has_frame.sum()), *self.film_shape):
                raise UsageError("a state of a draft holds a frame for each time that has one")
            film[self._has_frame] = frames
            self._frames = film
        self.kind, self.edits = kind, edits


def unit(poses: np.ndarray) -> np.ndarray:
    """Poses with quaternions of length 1; no turn where the length is 0.

    What is a unit quaternion up to rounding stays as it is, to the last digit: a replay must be a replay.
    """
    length = np.linalg.norm(poses[..., 3:], axis=-1, keepdims=True)
    divisor = np.where((np.abs(length - 1.0) < UNIT_ROUNDING) | (length == 0.0), 1.0, length)
    turn = np.where(length > 0.0, poses[..., 3:] / divisor, [1.0, 0.0, 0.0, 0.0])
    return np.concatenate((poses[..., :3], turn), axis=-1)


_ARRAYS = (
    "_joints",
    "_width",
    "_places",
    "_turns",
    "_has_joints",
    "_has_width",
    "_has_place",
    "_has_turn",
    "_has_frame",
)


def _mixed(near: np.ndarray, far: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Exact at both ends, so that what lies on a row stays what it was."""
    return np.where(share <= 0.0, near, np.where(share >= 1.0, far, near + share * (far - near)))


def _held(values: np.ndarray, has: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Values by time, each held until the next one that was given."""
    found, now = values.copy(), np.array(start, float)
    for number in range(len(values)):
        flags = has[number]
        now = np.where(flags[..., None] if values.ndim > flags.ndim + 1 else flags, values[number], now)
        found[number] = now
    return found
