"""Grades a draft of a rollout against what happened.

Renders both through the same cameras and hands the numbers to the rewards. A draft of frames holds no poses:
its objects, physics and arm are read from pixels, against a film in which only the robot moves.
"""

__all__ = ["Films", "RolloutMarks", "films_of", "mark_rollout"]

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from ..rewards.executability import ArmLimits, arm_following
from ..rewards.fidelity import FidelityTruth, fidelity, frame_metrics, horizon_weights
from ..rewards.robot import published_psnr, published_ssim
from ..rewards.robot_frames import SeenTruth, seen_arm, seen_physics, seen_state
from ..rewards.robot_physics import BodyFacts, physics
from ..rewards.robot_state import object_levels, state_skill
from ..rewards.score import Score
from ..scenarios.robot_rollout import CLIP_TICKS, RolloutWorld
from ..tools.robot_draft import Draft, Motion
from ..tools.robot_facts import inverse_torques
from ..tools.robot_kinematics import (
    ACCELERATION_LIMIT,
    JOINT_LOWER,
    JOINT_UPPER,
    TORQUE_LIMIT,
    VELOCITY_LIMIT,
)
from ..tools.robot_lint import body_facts
from ..tools.robot_rollout import TICK_S
from ..tools.robot_scene import VIEWS
from ..tools.robot_views import masks, views

VIEW_WEIGHTS = tuple(0.5 if name == "wrist" else 0.25 for name in VIEWS)
CLIP_S = CLIP_TICKS * TICK_S
LIMITS = ArmLimits(JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, ACCELERATION_LIMIT, TORQUE_LIMIT)


class Films:
    """Frames of a world, rendered when asked for and kept.

    Args:
        world: whose they are.
    """

    def __init__(self, world: RolloutWorld) -> None:
        self.world = world

    @cached_property
    def true(self) -> np.ndarray:
        """(Q, views, H, W, 3) uint8: what happened, at the query times."""
        return render(self.world, self.world.asked)

    @cached_property
    def context(self) -> np.ndarray:
        """(seen times, views, H, W, 3) uint8: what is shown at first."""
        return render(self.world, self.world.seen)

    @property
    def last(self) -> np.ndarray:
        """(views, H, W, 3): the last frames that were seen."""
        return self.context[-1]

    @cached_property
    def fidelity(self) -> FidelityTruth:
        """The true frames, prepared."""
        return FidelityTruth(self.true, self.last, view_weights=VIEW_WEIGHTS)

    @cached_property
    def seen(self) -> SeenTruth:
        """What drafts of frames are read against."""
        asked, world = self.world.asked, self.world
        start = np.broadcast_to(world.seen.poses[-1], asked.poses.shape)
        still = render(world, Motion(asked.ticks, asked.joints, asked.width, start))
        labels = np.stack(
            [
                masks(world.shown, q, float(w), p)
                for q, w, p in zip(asked.joints, asked.width, asked.poses, strict=True)
            ]
        )
        last = world.seen.at([-1])
        before = masks(world.shown, last.joints[0], float(last.width[0]), last.poses[0])
        count = len(world.scene.names)
        fixed = np.array([name != "wrist" for name in VIEWS])
        return SeenTruth(
            self.true,
            still,
            self.last,
            labels == count,
            (labels >= 0) & (labels < count),
            before == count,
            fixed,
        )

    @cached_property
    def physics(self) -> BodyFacts:
        """Of the true states."""
        return body_facts(self.world.shown, self.world.seen.at([-1]).joined(self.world.asked))

    @cached_property
    def torques(self) -> np.ndarray:
        """(Q, 7) N m of the true joints."""
        return inverse_torques(self.world.shown, self.world.asked.joints, CLIP_S)


_FILMS: "WeakKeyDictionary[RolloutWorld, Films]" = WeakKeyDictionary()
_LOCK = Lock()


def films_of(world: RolloutWorld) -> Films:
    """The films of a world; they live as long as it does."""
    with _LOCK:
        held = _FILMS.get(world)
        if held is None:
            held = _FILMS[world] = Films(world)
        return held


def render(world: RolloutWorld, motion: Motion) -> np.ndarray:
    """(m, views, H, W, 3) uint8 of some states."""
    rows = zip(motion.joints, motion.width, motion.poses, strict=True)
    return np.stack([views(world.shown, joints, float(width), poses) for joints, width, poses in rows])


@dataclass(frozen=True, eq=False)
class RolloutMarks:
    """How a draft did."""

    levels: Mapping[str, float]
    """Every part of every recipe."""
    why: str
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)
    """`psnr`, `ssim`, `gmsd`, `fidelity`, `state`: (Q,) by query time, means over views."""


def mark_rollout(world: RolloutWorld, draft: Draft) -> RolloutMarks:
    """Grade a draft; one that holds nothing is worth nothing.

    Args:
        world: what happened.
        draft: what was predicted.
    """
    films = films_of(world)
    is_film = draft.kind == "frames"
    motion = draft.motion()
    film = draft.film(films.last) if is_film else render(world, motion)
    plain = frame_metrics(film, films.true)
    shares = np.array(VIEW_WEIGHTS) / sum(VIEW_WEIGHTS)
    curves = {name: table @ shares for name, table in plain.items()}
    skills, counts = films.fidelity.levels(film)
    weights = counts * shares
    curves["fidelity"] = (weights * skills.mean(axis=2)).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
    near = fidelity(film, films.fidelity)
    if is_film:
        state, body, arm = _seen(films, film)
        curves["state"] = np.full(len(film), state.value if state else 0.0)
    else:
        state, body, arm = _stated(films, motion)
        start = world.seen.poses[-1]
        each = object_levels(motion.poses, world.asked.poses, start, symmetry=world.symmetry)
        curves["state"] = each.level.mean(axis=1)
    gate = 1.0 if draft.covered else 0.0
    levels = {
        "gate": gate,
        "state": state.value if state else 0.0,
        "reach": near.value if world.is_reach else 0.0,
        "fidelity": 0.0 if world.is_reach else near.value,
        "physics": body.value,
        "executability": arm.value,
        "psnr": published_psnr(plain["psnr"], view_weights=VIEW_WEIGHTS).value,
        "ssim": published_ssim(plain["ssim"], view_weights=VIEW_WEIGHTS).value,
    }
    told = [one.why for one in (state, near, body, arm) if one]
    why = "; ".join(told) if gate else "nothing was predicted"
    return RolloutMarks(levels, why, curves)


def _stated(films: Films, motion: Motion) -> tuple[Score | None, Score, Score]:
    """Objects, physics and arm of stated poses."""
    world = films.world
    state = None
    if not world.is_reach:
        state = state_skill(
            motion.poses,
            world.asked.poses,
            world.seen.poses[-1],
            symmetry=world.symmetry,
            weights=horizon_weights(len(motion.ticks)),
        )
    body = physics(body_facts(world.shown, world.seen.at([-1]).joined(motion)), films.physics)
    arm = arm_following(
        motion.joints,
        world.asked.joints,
        dt_s=CLIP_S,
        limits=LIMITS,
        torques=inverse_torques(world.shown, motion.joints, CLIP_S),
        reference_torques=films.torques,
    )
    return state, body, arm


def _seen(films: Films, film: np.ndarray) -> tuple[Score | None, Score, Score]:
    """Objects, physics and arm as frames show them."""
    state = None if films.world.is_reach else seen_state(film, films.seen)
    return state, seen_physics(film, films.seen), seen_arm(film, films.seen)
