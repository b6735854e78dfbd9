"""SSIM equals scikit-image's on flat, noisy, tiny, strided pictures."""

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import structural_similarity

from eyesmith.errors import UsageError
from eyesmith.rewards import image
from eyesmith.rewards.image import ssim, ssim_map

PHOTO = astronaut()[100:260, 80:260]


def noisy(picture, level, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, level, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def peer(a, b, **options):
    channel_axis = 2 if a.ndim == 3 else None
    return structural_similarity(a, b, channel_axis=channel_axis, data_range=255, **options)


def flat_with_specks():
    flat = np.full((60, 70, 3), 250, np.uint8)
    specked = flat.copy()
    specked[::9, ::5] = 251
    return flat, specked


PAIRS = {
    "noise": (PHOTO, noisy(PHOTO, 12)),
    "grey": (PHOTO[:, :, 1], noisy(PHOTO[:, :, 1], 30)),
    "smallest": (PHOTO[:7, :7], noisy(PHOTO[:7, :7], 20)),
    "one row of windows": (PHOTO[:7], noisy(PHOTO[:7], 20)),
    "flat": flat_with_specks(),
    "white and almost": (np.full((40, 40, 3), 255, np.uint8), np.full((40, 40, 3), 254, np.uint8)),
    "strided": (PHOTO[::2, ::-3], noisy(PHOTO, 15)[::2, ::-3]),
    "shifted": (PHOTO, np.roll(PHOTO, 3, axis=1)),
    "wide": (np.tile(PHOTO, (1, 24, 1)), noisy(np.tile(PHOTO, (1, 24, 1)), 9)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_equal_to_scikit_image(name):
    a, b = PAIRS[name]
    wanted, full = peer(a, b, full=True)
    assert ssim(a, b).value == pytest.approx(max(wanted, 0.0), abs=1e-6)
    full = full.mean(axis=2) if full.ndim == 3 else full
    got = ssim_map(a, b)
    assert got.shape == a.shape[:2]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, full, atol=1e-6)


@pytest.mark.parametrize("values", [1, 5_000, 10**9])
def test_the_height_of_the_strips_changes_nothing(values, monkeypatch):
    wanted = ssim(*PAIRS["noise"]).value, ssim_map(*PAIRS["noise"])
    monkeypatch.setattr(image, "_STRIP_VALUES", values)
    assert ssim(*PAIRS["noise"]).value == pytest.approx(wanted[0], abs=1e-12)
    np.testing.assert_array_equal(ssim_map(*PAIRS["noise"]), wanted[1])


def test_gold_is_one_and_a_blank_page_is_nothing():
    assert ssim(PHOTO, PHOTO).value == 1.0
    assert ssim(PHOTO, np.zeros_like(PHOTO)).value < 0.1


def test_a_negative_is_cut_at_zero():
    grey = PHOTO[:, :, 0]
    mirrored_levels = np.where(grey < 128, grey, 128).astype(np.uint8)
    negative = 128 - mirrored_levels
    assert peer(mirrored_levels, negative) < 0
    assert ssim(mirrored_levels, negative).value == 0.0


def test_falls_with_growing_damage():
    levels = [ssim(PHOTO, noisy(PHOTO, level)).value for level in (0, 2, 5, 10, 20, 40, 80)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 0.99
    assert levels[-1] < 0.2


def test_is_symmetric_and_leaves_its_arguments_alone():
    a, b = PHOTO.copy(), noisy(PHOTO, 12)
    a.setflags(write=False)
    b.setflags(write=False)
    assert ssim(a, b) == ssim(b, a)
    assert (a == PHOTO).all()


def test_a_mask_looks_only_where_it_is_true():
    damaged = PHOTO.copy()
    damaged[:, 90:] = 0
    left = np.zeros(PHOTO.shape[:2], dtype=bool)
    left[:, :80] = True
    assert ssim(PHOTO, damaged, mask=left).value == 1.0
    assert ssim(PHOTO, damaged, mask=~left).value < 0.3
    assert ssim(PHOTO, damaged, mask=left | True).value == pytest.approx(
        ssim_map(PHOTO, damaged).mean(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("a", "b", "mask"),
    [
        (PHOTO, PHOTO[:-1], None),
        (PHOTO, PHOTO[:, :, 0], None),
        (PHOTO.astype(np.float32), PHOTO.astype(np.float32), None),
        (PHOTO[:, :, :2], PHOTO[:, :, :2], None),
        (PHOTO[:6], PHOTO[:6], None),
        (PHOTO[0, 0], PHOTO[0, 0], None),
        (PHOTO, PHOTO, np.ones((3, 3), dtype=bool)),
        (PHOTO, PHOTO, np.zeros(PHOTO.shape[:2], dtype=bool)),
        (PHOTO, PHOTO, np.ones(PHOTO.shape[:2], dtype=np.uint8)),
    ],
)
def test_broken_arguments_are_named(a, b, mask):
    with pytest.raises(UsageError):
        ssim(a, b, mask=mask)
