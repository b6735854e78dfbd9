"""Colour differences by the published table, palettes by hand."""

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.palette import _lab, _lab_difference, delta_e, palette, palette_of

# Sharma, Wu and Dalal 2005, table 1: the pairs that wrong implementations miss.
SHARMA = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0011, -2.4900), 4.7461),
    ((50.0, 2.5000, 0.0), (50.0, 0.0, -2.5000), 4.3065),
    ((50.0, 2.5000, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "wanted"), SHARMA)
def test_differences_are_those_of_the_published_table(one, other, wanted):
    for pair in ((one, other), (other, one)):
        found = _lab_difference(*(np.array(color) for color in pair))
        assert round(float(found), 4) == wanted


def test_differences_agree_with_scikit_image():
    from skimage.color import deltaE_ciede2000, rgb2lab

    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 256, (60, 3)) for _ in range(2))
    labs = [rgb2lab(some[None] / 255.0)[0] for some in (first, second)]
    assert np.abs(_lab(first) - labs[0]).max() < 0.01
    found = _lab_difference(labs[0][:, None], labs[1][None])
    assert np.abs(found - deltaE_ciede2000(labs[0][:, None], labs[1][None])).max() < 1e-9
    assert delta_e(first, second).shape == (60, 60)


def test_a_palette_weighs_by_the_root_of_the_area():
    picture = np.zeros((120, 40, 3), np.uint8)
    picture[:30] = (200, 40, 40)  # a quarter
    colors, weights = palette_of(picture)
    assert colors.tolist() == [[0.0, 0.0, 0.0], [200.0, 40.0, 40.0]]
    assert weights.tolist() == pytest.approx(np.array([0.75**0.5, 0.5]) / (0.75**0.5 + 0.5))


def test_a_palette_is_worth_what_its_pairs_share():
    black, half = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40, 3), np.uint8)
    half[:20] = 255
    assert palette(black, half).value == pytest.approx(0.5)
    assert palette(half, black).value == pytest.approx(0.5)
    assert palette(half[::-1], half).value == 1.0


@pytest.mark.parametrize("picture", [np.zeros((4, 4)), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3))])
def test_other_pictures_are_refused(picture):
    with pytest.raises(UsageError, match="uint8"):
        palette_of(picture)
