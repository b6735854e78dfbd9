"""Fidelity: equal to its peers and papers, and not won by copying, noise or dilution."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from eyesmith.errors import UsageError
from eyesmith.rewards.fidelity import (
    FidelityTruth,
    fidelity,
    frame_metrics,
    gmsd,
    horizon_weights,
    psnr,
)

RNG = np.random.default_rng(0)
GROUND = np.kron(RNG.integers(60, 190, (16, 16, 3)), np.ones((6, 6, 1))).astype(np.uint8)


def frame(x, y=40, ground=GROUND):
    made = ground.copy()
    made[y : y + 20, x : x + 20] = (220, 40, 40)
    return made


LAST = np.stack([frame(4)] * 2)
TRUE = np.stack([np.stack([frame(4 + 8 * t), frame(4, 40 + 3 * t)]) for t in range(1, 6)])
TRUTH = FidelityTruth(TRUE, LAST)
COPY = np.tile(LAST, (5, 1, 1, 1, 1))


def grainy(frames, level, seed=0):
    grain = np.random.default_rng(seed).normal(0.0, level, frames.shape)
    return np.clip(frames + grain, 0, 255).astype(np.uint8)


def test_psnr_is_the_peers():
    noisy = grainy(GROUND, 9)
    assert psnr(GROUND, noisy) == pytest.approx(
        peak_signal_noise_ratio(GROUND, noisy, data_range=255), abs=1e-4
    )
    assert psnr(GROUND, GROUND) == float("inf")
    assert psnr(np.zeros((8, 8), np.uint8), np.full((8, 8), 255, np.uint8)) == 0.0


def slow_gmsd(a, b):
    """The published definition, written out: 2x2 means, Prewitt by differences, deviation over all pixels."""

    def gradient(picture):
        halved = np.floor(picture.reshape(48, 2, 48, 2).mean(axis=(1, 3)) + 0.5)
        wide = np.pad(halved, 1, mode="reflect")
        rows = wide[:-2] + wide[1:-1] + wide[2:]
        columns = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
        across, down = (rows[:, 2:] - rows[:, :-2]) / 3, (columns[2:] - columns[:-2]) / 3
        return np.hypot(across, down)

    one, other = gradient(a.astype(float)), gradient(b.astype(float))
    return ((2 * one * other + 170) / (one**2 + other**2 + 170)).std()


def test_gmsd_is_the_published_formula():
    a, b = GROUND[:, :, 1].copy(), grainy(GROUND[:, :, 1], 12)
    assert gmsd(a, b) == pytest.approx(slow_gmsd(a, b), abs=1e-3)  # halves may round to even
    assert gmsd(a, a) == 0.0
    levels = [gmsd(a, grainy(a, level)) for level in (0, 5, 15, 40)]
    assert levels == sorted(levels)


def test_gold_is_one_and_copying_is_nothing_to_the_last_digit():
    assert fidelity(TRUE, TRUTH).value == 1.0
    assert fidelity(np.asfortranarray(TRUE), TRUTH).value == 1.0
    assert fidelity(COPY, TRUTH).value == 0.0


@pytest.mark.parametrize("size", [(15, 15), (33, 47), (64, 224), (225, 223)])
def test_gold_is_one_at_any_size(size):
    rng = np.random.default_rng(sum(size))
    true = rng.integers(0, 256, (3, 1, *size, 3), dtype=np.uint8)
    last = rng.integers(0, 256, (1, *size, 3), dtype=np.uint8)
    assert fidelity(true, FidelityTruth(true, last)).value == 1.0


@pytest.mark.parametrize("level", [2, 6, 12, 30, 80])
def test_noise_over_a_copy_is_no_prediction(level):
    # An average over everything that changed would be diluted by noise where nothing happens.
    assert fidelity(grainy(COPY, level), TRUTH).value < 0.05


def test_noise_elsewhere_costs():
    clean, noisy = fidelity(TRUE, TRUTH).value, fidelity(grainy(TRUE, 10), TRUTH).value
    part = TRUE.copy()
    part[:, :, 80:, 80:] = grainy(TRUE, 40)[:, :, 80:, 80:]
    assert noisy < fidelity(part, TRUTH).value < clean


def test_falls_as_the_box_is_drawn_further_off():
    levels = []
    for off in (0, 1, 2, 5, 12, 30):
        pred = TRUE.copy()
        pred[:, 0] = [frame(4 + 8 * t + off) for t in range(1, 6)]
        levels.append(fidelity(pred, TRUTH).value)
    assert levels == sorted(levels, reverse=True)
    assert levels[0] == 1.0


def test_late_frames_weigh_more_and_views_as_told():
    assert horizon_weights(4).tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    early, late = COPY.copy(), COPY.copy()
    early[0], late[-1] = TRUE[0], TRUE[-1]
    assert fidelity(early, TRUTH).value == pytest.approx(1 / 15)
    assert fidelity(late, TRUTH).value == pytest.approx(5 / 15)
    half = COPY.copy()
    half[:, 0] = TRUE[:, 0]
    assert fidelity(half, TRUTH).value == pytest.approx(0.5)
    weighted = FidelityTruth(TRUE, LAST, view_weights=[3.0, 1.0], frame_weights=np.ones(5))
    assert fidelity(half, weighted).value == pytest.approx(0.75)


def test_views_in_which_nothing_moves_count_only_when_they_are_spoilt():
    still = TRUE.copy()
    still[:, 1] = LAST[1]
    truth = FidelityTruth(still, LAST)
    copied = np.tile(LAST, (5, 1, 1, 1, 1))
    moved = still.copy()
    moved[:, 1] = [frame(50)] * 5
    assert fidelity(still, truth).value == 1.0
    assert fidelity(copied, truth).value == 0.0
    assert fidelity(moved, truth).value == pytest.approx(0.5)
    with pytest.raises(UsageError):
        fidelity(copied, FidelityTruth(copied, LAST))


def test_plain_metrics_are_those_of_whole_frames():
    pred = grainy(TRUE, 8)
    found = frame_metrics(pred, TRUE)
    assert found["psnr"].shape == found["ssim"].shape == found["gmsd"].shape == (5, 2)
    assert found["psnr"][2, 1] == pytest.approx(psnr(pred[2, 1], TRUE[2, 1]), abs=1e-4)
    assert found["gmsd"][3, 0] == pytest.approx(gmsd(pred[3, 0], TRUE[3, 0]), abs=1e-12)
    weights = np.array([0.299, 0.587, 0.114])
    grey = [np.floor(picture @ weights + 0.5).astype(np.uint8) for picture in (pred[0, 0], TRUE[0, 0])]
    wanted = structural_similarity(*grey, full=True)[1].mean()
    assert found["ssim"][0, 0] == pytest.approx(wanted, abs=2e-3)
    same = frame_metrics(TRUE, TRUE)
    assert (same["psnr"] == 50.0).all()
    assert (same["ssim"] == 1.0).all()
    assert (same["gmsd"] == 0.0).all()


def test_leaves_its_arguments_alone_and_does_not_care_where_they_lie_in_memory():
    pred = grainy(TRUE, 5)
    pred.setflags(write=False)
    first = fidelity(pred, TRUTH)
    for shift in (1, 3, 8, 17):
        held = np.empty(pred.size + shift, np.uint8)
        moved = held[shift:].reshape(pred.shape)
        moved[:] = pred
        assert fidelity(moved, TRUTH) == first


@pytest.mark.parametrize(
    "pred",
    [
        TRUE[:-1],
        TRUE[:, :1],
        TRUE[..., :2],
        TRUE.astype(np.float32),
        TRUE[0],
        np.broadcast_to(np.uint8(0), (10**6, 2, 96, 96, 3)),
        np.full((5, 2), np.nan),
    ],
)
def test_broken_predictions_are_named(pred):
    with pytest.raises(UsageError, match="expected uint8 frames"):
        fidelity(pred, TRUTH)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: FidelityTruth(TRUE, LAST[:1]),
        lambda: FidelityTruth(TRUE[:, :, :8], LAST[:, :8]),
        lambda: FidelityTruth(np.broadcast_to(np.uint8(0), (10**6, 2, 96, 96, 3)), LAST),
        lambda: FidelityTruth(TRUE, LAST, view_weights=[1.0]),
        lambda: FidelityTruth(TRUE, LAST, frame_weights=np.zeros(5)),
        lambda: FidelityTruth(TRUE, LAST, frame_weights=np.full(5, np.nan)),
        lambda: frame_metrics(TRUE, TRUE[:2]),
        lambda: psnr(TRUE, TRUE[:2]),
        lambda: gmsd(GROUND[:4], GROUND[:4]),
        lambda: gmsd(GROUND, GROUND[:, :, 0]),
    ],
)
def test_broken_truths_are_named(broken):
    with pytest.raises(UsageError):
        broken()
