"""The real robot of a plan: carries commands out, remembers what happened.

It alone holds what is hidden. Its state is the commands that were carried out: the same commands make the
same state, to the bit.
"""

__all__ = ["MAX_TICKS_IN_ALL", "RealRobot"]

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from .robot_rollout import Rollout, Track, simulate, start_state
from .robot_scene import Scene

MAX_TICKS_IN_ALL = 400
FORBIDDEN = (("arm", "table"), ("gripper", "table"), ("arm", "fixture"), ("gripper", "fixture"))


class RealRobot:
    """A scene as it stands now.

    Args:
        scene: with its hidden parameters.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rollouts: list[Rollout] = []
        self.commands: list[np.ndarray] = []

    @property
    def ticks(self) -> int:
        """How many were carried out."""
        return sum(len(one) for one in self.commands)

    @property
    def ticks_left(self) -> int:
        """How many there still may be."""
        return MAX_TICKS_IN_ALL - self.ticks

    @property
    def state(self) -> np.ndarray:
        """(S,) now."""
        return self.rollouts[-1].states[-1] if self.rollouts else start_state(self.scene)

    @property
    def joints(self) -> np.ndarray:
        """(7,) rad now."""
        return self.rollouts[-1].joints[-1] if self.rollouts else np.array(self.scene.start_joints)

    @property
    def reached(self) -> np.ndarray:
        """(8,) the command that the robot is at: joints, rad, and opening, m."""
        if self.commands:
            return self.commands[-1][-1]
        return np.append(self.scene.start_joints, self.scene.start_width)

    @property
    def width(self) -> float:
        """M between the fingers now."""
        return float(self.rollouts[-1].width[-1]) if self.rollouts else self.scene.start_width

    @property
    def poses(self) -> np.ndarray:
        """(n, 7) of the objects now."""
        return self.rollouts[-1].poses[-1] if self.rollouts else self.scene.start_poses

    @property
    def path(self) -> np.ndarray:
        """(T+1, 7) rad: every posture since the start."""
        first = np.array(self.scene.start_joints)[None]
        return np.concatenate([first, *(one.joints[1:] for one in self.rollouts)])

    @property
    def track(self) -> Track:
        """What was seen since the start, a row a tick."""
        scene = self.scene
        width = np.concatenate([[scene.start_width], *(one.width[1:] for one in self.rollouts)])
        poses = np.concatenate([scene.start_poses[None], *(one.poses[1:] for one in self.rollouts)])
        return Track(self.path, width, poses)

    @property
    def has_collided(self) -> bool:
        """Whether arm or gripper ever hit the table or a fixture."""
        return any(one.contacts[:, _columns(one)].any() for one in self.rollouts)

    def touches(self, body: str) -> bool:
        """Whether the gripper touches an object now."""
        if not self.rollouts:
            return False
        last = self.rollouts[-1]
        return bool(last.contacts[-1, last.pairs.index((body, "gripper"))])

    def carry_out(self, commands: np.ndarray) -> Rollout:
        """Go on with (T, 8) commands.

        Raises:
            UsageError: more than are left, or commands that cannot be.
        """
        if len(commands) > self.ticks_left:
            raise UsageError(f"{self.ticks_left} ticks are left, got {len(commands)}")
        rollout = simulate(self.scene, commands, state=self.state)
        self.rollouts.append(rollout)
        self.commands.append(np.array(commands, float))
        return rollout

    def replay(self, commands: Sequence[np.ndarray]) -> None:
        """Begin anew and carry out what was carried out once.

        Raises:
            UsageError: commands that cannot be.
        """
        self.rollouts, self.commands = [], []
        for one in commands:
            self.carry_out(one)


def _columns(rollout: Rollout) -> list[int]:
    return [column for column, pair in enumerate(rollout.pairs) if pair in FORBIDDEN]
