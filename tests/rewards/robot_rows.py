"""Rows of the rewards of robots for the table of cheats: state, pixels, physics, motion, rubric."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from eyesmith.rewards.executability import ArmLimits, arm_following, executability, tracking
from eyesmith.rewards.fidelity import FidelityTruth, fidelity
from eyesmith.rewards.roboreward import Requirement, mark_share
from eyesmith.rewards.robot import published_psnr, published_ssim
from eyesmith.rewards.robot_frames import SeenTruth, seen_arm, seen_physics, seen_state
from eyesmith.rewards.robot_physics import BodyFacts, physics
from eyesmith.rewards.robot_state import state_skill

TICK_S = 0.05
LIMITS = ArmLimits([-2.8] * 7, [2.8] * 7, [2.2] * 7, [15.0] * 7)
SHARE = np.linspace(0.0, 1.0, 21)[:, None]
SWING = (10 * SHARE**3 - 15 * SHARE**4 + 6 * SHARE**5) * np.linspace(0.6, 1.0, 7)  # a minimum-jerk motion
SHAKE = np.random.default_rng(3).normal(0.0, 1.0, SWING.shape)

START = np.array([[0.4, 0.0, 0.03, 1.0, 0.0, 0.0, 0.0], [0.5, 0.2, 0.03, 1.0, 0.0, 0.0, 0.0]])
STEPS = np.linspace(0.02, 0.2, 10)
POSES = np.tile(START, (10, 1, 1))
POSES[:, 0, 0] += STEPS  # one object slides by 20 cm, the other stays

REST = BodyFacts(
    np.zeros((10, 2)),
    np.ones((10, 2), bool),
    np.ones((10, 2)),
    np.zeros((10, 2, 3)),
    np.zeros((10, 2), bool),
    np.ones(2),
)

BOX_PX = 12


def film(objects: Any = (), arm: Any = (), size: int = 64) -> np.ndarray:
    """(frames, 1, H, W, 3): a table, a red box and a white arm at columns, one a frame; -99 leaves it out."""
    table = np.kron(np.random.default_rng(1).integers(90, 130, (16, 16, 3)), np.ones((4, 4, 1))).astype(
        np.uint8
    )
    frames = np.tile(table[:size, :size], (max(len(objects), len(arm)), 1, 1, 1, 1))
    for t in range(len(frames)):
        if len(objects) and objects[t] >= 0:
            frames[t, 0, 40 : 40 + BOX_PX, objects[t] : objects[t] + BOX_PX] = (200, 30, 30)
        if len(arm):
            frames[t, 0, 4:30, arm[t] : arm[t] + 8] = 240
    return frames


ARM = [10, 16, 22, 28, 34]
BOX = [10, 14, 18, 26, 36]
TRUE, LAST = film(BOX, ARM), film([6], [4])[0]
ROBOT_ONLY = film([6] * 5, ARM)
COPY = np.tile(LAST, (5, 1, 1, 1, 1))
NOISE = np.random.default_rng(2).integers(0, 256, TRUE.shape, dtype=np.uint8)


def masks(columns: list[int], rows: slice, width: int) -> np.ndarray:
    found = np.zeros((len(columns), 1, 64, 64), bool)
    for t, column in enumerate(columns):
        found[t, 0, rows, column : column + width] = True
    return found


TRUTH = FidelityTruth(TRUE, LAST)
ARM_ROWS, BOX_ROWS = slice(4, 30), slice(40, 40 + BOX_PX)
SEEN = SeenTruth(
    TRUE,
    ROBOT_ONLY,
    LAST,
    masks(ARM, ARM_ROWS, 8),
    masks(BOX, BOX_ROWS, BOX_PX),
    masks([4], ARM_ROWS, 8)[0],
    np.ones(1, bool),
)


def grainy(frames: np.ndarray, level: float) -> np.ndarray:
    grain = np.random.default_rng(4).normal(0.0, level, frames.shape)
    return np.clip(frames + grain, 0, 255).astype(np.uint8)


def blended(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    return np.rint((1 - share) * first + share * second).astype(np.uint8)


def moved(metres: float, which: int = 0) -> np.ndarray:
    poses = POSES.copy()
    poses[:, which, 1] += metres
    return poses


def skill(pred: np.ndarray) -> Any:
    return state_skill(pred, POSES, START, symmetry=["none", "none"])


def able(joints: np.ndarray, torque: float = 0.0) -> Any:
    limits = replace(LIMITS, torque=[80.0] * 7)
    torques = np.full(joints.shape, torque)
    return executability(joints, dt_s=TICK_S, limits=limits, reference=SWING, torques=torques)


def beside(**changed: Any) -> Any:
    return physics(replace(REST, **changed), REST)


def hop(height_j: float) -> np.ndarray:
    energy = np.ones((10, 2))
    energy[5:] += height_j
    return energy


def scaled(facts: np.ndarray, value: float) -> np.ndarray:
    changed = facts.astype(float)
    changed[4] = value
    return changed


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """The rows; `row` is the table's class."""
    return {
        "executability.executability": row(
            gold=partial(able, SWING),
            empty=partial(able, np.zeros_like(SWING)),
            damage=[partial(able, SWING + level * SHAKE) for level in (0.0, 0.002, 0.01, 0.05, 0.5)],
            cheats={
                "frozen": partial(able, np.tile(SWING[:1], (21, 1))),
                "jump to the end": partial(able, np.where(SHARE > 0.5, SWING[-1], SWING[0])),
                "noise": partial(able, 2.5 * SHAKE),
                "every frame twice": partial(able, np.repeat(SWING[::2], 2, axis=0)[:21]),
                "torque beyond limits": partial(able, SWING, 1e3),
            },
            ceiling=0.4,
        ),
        "executability.tracking": row(
            gold=partial(tracking, SWING, SWING),
            empty=partial(tracking, SWING + 1.0, SWING),
            damage=[partial(tracking, SWING + off, SWING) for off in (0.0, 0.01, 0.05, 0.2)],
            cheats={"frozen at a far place": partial(tracking, np.full((21, 7), -2.0), SWING)},
            ceiling=1e-6,
            floor=1e-6,
        ),
        "executability.arm_following": row(
            gold=partial(arm_following, SWING, SWING, dt_s=TICK_S, limits=LIMITS),
            empty=partial(arm_following, SWING + 1.0, SWING, dt_s=TICK_S, limits=LIMITS),
            damage=[
                partial(arm_following, SWING + level * SHAKE, SWING, dt_s=TICK_S, limits=LIMITS)
                for level in (0.0, 0.005, 0.02, 0.1)
            ],
            cheats={
                "smooth, elsewhere": partial(arm_following, -SWING - 1, SWING, dt_s=TICK_S, limits=LIMITS),
                "stands at the end": partial(
                    arm_following, np.tile(SWING[-1:], (21, 1)), SWING, dt_s=TICK_S, limits=LIMITS
                ),
            },
            ceiling=0.25,
            floor=1e-6,
        ),
        "fidelity.fidelity": row(
            gold=partial(fidelity, TRUE, TRUTH),
            empty=partial(fidelity, COPY, TRUTH),
            damage=[partial(fidelity, grainy(TRUE, level), TRUTH) for level in (0, 3, 8, 20, 60)],
            cheats={
                "repeat the last frame": partial(fidelity, COPY, TRUTH),
                "the last frame with grain": partial(fidelity, grainy(COPY, 12), TRUTH),
                "the mean colour": partial(fidelity, np.full_like(TRUE, 110), TRUTH),
                "the mean frame": partial(
                    fidelity, np.tile(TRUE.mean(axis=0).astype(np.uint8), (5, 1, 1, 1, 1)), TRUTH
                ),
                "black": partial(fidelity, np.zeros_like(TRUE), TRUTH),
                "noise": partial(fidelity, NOISE, TRUTH),
                "backwards": partial(fidelity, np.ascontiguousarray(TRUE[::-1]), TRUTH),
            },
            ceiling=0.25,
        ),
        "robot_frames.seen_state": row(
            gold=partial(seen_state, TRUE, SEEN),
            empty=partial(seen_state, ROBOT_ONLY, SEEN),
            damage=[
                partial(seen_state, blended(TRUE, ROBOT_ONLY, share), SEEN) for share in (0, 0.2, 0.5, 0.8, 1)
            ],
            cheats={
                "only the robot moves": partial(seen_state, ROBOT_ONLY, SEEN),
                "repeat the last frame": partial(seen_state, COPY, SEEN),
                "boxes everywhere": partial(seen_state, np.full_like(TRUE, (200, 30, 30)), SEEN),
                "noise": partial(seen_state, NOISE, SEEN),
                "the object vanishes": partial(seen_state, film([-99] * 5, ARM), SEEN),
                "moved the other way": partial(seen_state, film([2, 2, 1, 0, 0], ARM), SEEN),
            },
            ceiling=0.2,
        ),
        "robot_frames.seen_arm": row(
            gold=partial(seen_arm, TRUE, SEEN),
            empty=partial(seen_arm, COPY, SEEN),
            damage=[partial(seen_arm, blended(TRUE, COPY, share), SEEN) for share in (0, 0.2, 0.5, 0.8, 1)],
            cheats={
                "the robot stands still": partial(seen_arm, film(BOX, [4] * 5), SEEN),
                "noise": partial(seen_arm, NOISE, SEEN),
            },
            ceiling=0.2,
        ),
        "robot_frames.seen_physics": row(
            gold=partial(seen_physics, TRUE, SEEN),
            empty=partial(seen_physics, NOISE, SEEN),
            damage=[partial(seen_physics, grainy(TRUE, level), SEEN) for level in (0, 2, 5, 20)],
            cheats={
                "frozen": partial(seen_physics, COPY, SEEN),
                "flicker": partial(
                    seen_physics,
                    np.where(np.arange(5).reshape(5, 1, 1, 1, 1) % 2, 0, TRUE).astype(np.uint8),
                    SEEN,
                ),
            },
            ceiling=0.01,
            floor=1e-6,
        ),
        "robot_physics.physics": row(
            gold=partial(physics, REST, REST),
            empty=partial(beside, is_supported=np.zeros((10, 2), bool), energy_j=hop(10.0)),
            damage=[partial(beside, penetration_m=np.full((10, 2), mm / 1000)) for mm in (0, 1, 5, 30)],
            cheats={
                "floats": partial(beside, is_supported=np.zeros((10, 2), bool)),
                "sunk into the table": partial(beside, penetration_m=np.full((10, 2), 0.03)),
                "rises by itself": partial(beside, energy_j=hop(0.5)),
                "teleports": partial(
                    beside, velocity_m_s=np.stack([scaled(np.zeros((10, 2)), 4.0)] * 3, axis=2)
                ),
            },
            ceiling=0.01,
            floor=1e-6,
        ),
        "robot_state.state_skill": row(
            gold=partial(skill, POSES),
            empty=partial(skill, np.tile(START, (10, 1, 1))),
            damage=[partial(skill, moved(metres)) for metres in (0.0, 0.01, 0.03, 0.08, 0.5)],
            cheats={
                "only the robot moves": partial(skill, np.tile(START, (10, 1, 1))),
                "at the goal at once": partial(
                    skill, np.tile(POSES[-1], (10, 1, 1)) + np.array([0.1, 0, 0, 0, 0, 0, 0])
                ),
                "moves the other one": partial(skill, moved(0.2, 1)),
                "all fall off the table": partial(skill, POSES - np.array([0, 0, 0.8, 0, 0, 0, 0])),
            },
            ceiling=0.35,
        ),
        "roboreward.mark_share": row(
            gold=partial(mark_share, 1.0, [Requirement("placed", True)]),
            empty=partial(mark_share, 0.0, [Requirement("placed", False)]),
            damage=[
                *[
                    partial(mark_share, 1.0, [Requirement("placed", True), Requirement("upright", up, False)])
                    for up in (True, False)
                ],
                *[partial(mark_share, way, [Requirement("placed", False)]) for way in (0.8, 0.3, 0.05, -2.0)],
            ],
            cheats={
                "does nothing": partial(mark_share, 0.0, [Requirement("placed", False)]),
                "pushes it away": partial(mark_share, -5.0, [Requirement("placed", False)]),
                "upright as it was": partial(
                    mark_share, 0.0, [Requirement("placed", False), Requirement("upright", True, False)]
                ),
            },
        ),
        "robot.published_psnr": row(
            gold=partial(published_psnr, np.full((4, 3), np.inf)),
            empty=partial(published_psnr, np.zeros((4, 3))),
            damage=[partial(published_psnr, np.full((4, 3), level)) for level in (60.0, 40.0, 20.0, 5.0)],
            cheats={"noise": partial(published_psnr, np.full((4, 3), 7.0))},
            ceiling=0.15,
        ),
        "robot.published_ssim": row(
            gold=partial(published_ssim, np.ones((4, 3))),
            empty=partial(published_ssim, np.full((4, 3), -0.2)),
            damage=[partial(published_ssim, np.full((4, 3), level)) for level in (1.0, 0.9, 0.3)],
            cheats={"noise": partial(published_ssim, np.full((4, 3), 0.01))},
            ceiling=0.02,
        ),
    }
