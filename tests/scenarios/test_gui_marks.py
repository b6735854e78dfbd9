"""Marks on screenshots: rings and arrows, of the right size, at the right place, on a copy."""

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.scenarios.gui_app import Action
from eyesmith.scenarios.gui_marks import RED, caption, marked


def reds(image):
    rows, columns = np.nonzero((image == RED).all(axis=2))
    return columns, rows


@pytest.mark.parametrize("width", [540, 1080])
@pytest.mark.parametrize("kind", ["click", "long_press"])
def test_a_ring_of_forty_px_at_a_width_of_1080(width, kind):
    screen = np.full((width * 20 // 9, width, 3), 200, np.uint8)
    drawn = marked(screen, Action(kind=kind, x=width / 2, y=width))
    columns, rows = reds(drawn)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(width / 2, abs=1)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(width, abs=1)
    radius = (columns.max() - columns.min()) / 2
    assert radius == pytest.approx(40 * width / 1080, abs=5)
    assert (drawn[width, width // 2] == 200).all()
    assert (screen == 200).all()


def test_an_arrow_points_where_the_finger_goes():
    screen = np.zeros((1200, 540, 3), np.uint8)
    drawn = marked(screen, Action(kind="swipe", x=400, y=600, x2=140, y2=600))
    columns, rows = reds(drawn)
    assert abs(columns.min() - 140) <= 3
    assert abs(columns.max() - 400) <= 5
    tall = [np.ptp(rows[columns == column]) + 1 for column in (190, 380)]
    assert tall[0] > 3 * tall[1]
    assert tall[1] == pytest.approx(15 / 2, abs=2)


@pytest.mark.parametrize("action", [Action(kind="type", text="a"), Action(kind="back"), Action(kind="wait")])
def test_what_has_no_place_leaves_the_picture_as_it_is(action):
    screen = np.full((1200, 540, 3), 7, np.uint8)
    drawn = marked(screen, action)
    assert np.array_equal(drawn, screen)
    assert drawn is not screen
    assert caption(action) == action.words()


def test_an_action_outside_of_the_picture_is_an_error():
    with pytest.raises(UsageError, match="540x1200"):
        marked(np.zeros((1200, 540, 3), np.uint8), Action(kind="click", x=541, y=2))
    with pytest.raises(UsageError, match="uint8"):
        marked(np.zeros((1200, 540), np.uint8), Action(kind="back"))
