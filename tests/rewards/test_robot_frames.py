"""What frames show: changes by hand, and films that only look right."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.robot_frames import SeenTruth, seen_arm, seen_physics, seen_state

SIZE = 40
FRAMES = 4


def film(boxes, arms):
    frames = np.full((len(boxes), 1, SIZE, SIZE, 3), 100, np.uint8)
    for t, (box, arm) in enumerate(zip(boxes, arms, strict=True)):
        if box is not None:
            frames[t, 0, 30:36, box : box + 6] = (212, 100, 100)
        frames[t, 0, 2:12, arm : arm + 4] = 200
    return frames


def mask(rows, columns, width):
    found = np.zeros((len(columns), 1, SIZE, SIZE), bool)
    for t, column in enumerate(columns):
        found[t, 0, rows, column : column + width] = True
    return found


ARMS, BOXES = [8, 12, 16, 20], [2, 12, 20, 30]
TRUE, ROBOT_ONLY = film(BOXES, ARMS), film([2] * 4, ARMS)
LAST = film([2], [4])[0]
SEEN = SeenTruth(
    TRUE,
    ROBOT_ONLY,
    LAST,
    mask(slice(2, 12), ARMS, 4),
    mask(slice(30, 36), BOXES, 6),
    mask(slice(2, 12), [4], 4)[0],
    np.ones(1, bool),
)
COPY = np.tile(LAST, (FRAMES, 1, 1, 1, 1))


def test_gold_and_nothing():
    assert seen_state(TRUE, SEEN).value == seen_arm(TRUE, SEEN).value == seen_physics(TRUE, SEEN).value == 1.0
    assert seen_state(ROBOT_ONLY, SEEN).value == seen_state(COPY, SEEN).value == 0.0
    assert seen_arm(COPY, SEEN).value == 0.0
    assert seen_arm(ROBOT_ONLY, SEEN).value == 1.0


def test_changes_by_hand():
    # A box has 36 px, a change of 112 levels counts 100. Nothing moves in frame 0; the others weigh 2, 3, 4.
    shown = TRUE.copy()
    shown[1] = ROBOT_ONLY[1]
    assert seen_state(shown, SEEN).value == pytest.approx(7 / 9)
    # Off by 3 px: half of what came is right, and of all changes: 36 left, 18 right, 18 wrong, 18 missing.
    shown = film([2, 12, 20, 33], ARMS)
    assert seen_state(shown, SEEN).value == pytest.approx((5 + 4 * 18 / 36) / 9)
    # Gone: where it was is right, where it came is not.
    assert seen_state(film([None] * 4, ARMS), SEEN).value == 0.0
    # Left where it was as well: what came is right, half of all changes are missing.
    double = TRUE.copy()
    double[3, 0, 30:36, 2:8] = (212, 100, 100)
    assert seen_state(double, SEEN).value == pytest.approx((5 + 4 * 0.5) / 9)


def test_motion_where_none_is_counts():
    early = film([16, 12, 20, 30], ARMS)
    assert seen_state(early, SEEN).value == pytest.approx(9 / 10)


def test_faint_grain_is_forgiven_and_more_is_not():
    grain = np.random.default_rng(0).normal(size=TRUE.shape)
    levels = [
        seen_state(np.clip(TRUE + sigma * grain, 0, 255).astype(np.uint8), SEEN).value
        for sigma in (0, 2, 8, 20, 60)
    ]
    assert levels == sorted(levels, reverse=True)
    assert levels[1] > 0.95
    assert levels[-1] < 0.2


def test_the_arm_by_hand():
    late = film(BOXES, [4, 8, 12, 16])  # one frame behind: nothing of what it left or reached is right
    assert seen_arm(late, SEEN).value == pytest.approx((0 + 2 * 0.5 + 3 * 0.5 + 4 * 0.5) / 10)
    moving_camera = replace(SEEN, is_fixed=np.zeros(1, bool))
    assert seen_arm(TRUE, moving_camera).value == 0.0


def test_physics_by_hand():
    brighter = TRUE.copy()
    brighter[1:] += 2  # once, by 2 levels, in one of four steps
    assert seen_physics(brighter, SEEN).value == pytest.approx(exp(-2 / 4 / 4))
    frozen = seen_physics(COPY, SEEN)
    assert frozen.parts["background"] == 1.0
    assert frozen.value == pytest.approx(exp(-1 / 0.2))
    half = TRUE.copy()
    half[1], half[3] = half[0], half[2]
    assert seen_physics(half, SEEN).value == pytest.approx(exp(-0.5 / 0.2))


@pytest.mark.parametrize(
    "pred", [TRUE[:2], TRUE.astype(float), TRUE[..., 0], np.zeros((10**3, 1, 4, 4, 3), np.uint8)]
)
@pytest.mark.parametrize("reward", [seen_state, seen_arm, seen_physics])
def test_broken_frames_are_named(reward, pred):
    with pytest.raises(UsageError):
        reward(pred, SEEN)


def test_broken_truths_are_named():
    for name in ("robot_only", "last", "arm", "objects", "arm_before", "is_fixed"):
        with pytest.raises(UsageError):
            replace(SEEN, **{name: getattr(SEEN, name)[:0]})
    with pytest.raises(UsageError, match="no object moves"):
        seen_state(ROBOT_ONLY, replace(SEEN, true=ROBOT_ONLY))
