"""The screen hand: what it tells of the current screen, what it takes, and what it never knows."""

import json

import numpy as np
import pytest

from eyesmith.tools.browser import shared_renderer
from eyesmith.tools.gui_hand import PREVIEWS, GuiHand, GuiStep, shown
from eyesmith.tools.tool import hand_tools

pytestmark = pytest.mark.browser

SIZE = (540, 1200)


def page(inner, background="#fff"):
    style = f"position:relative;width:540px;height:1200px;overflow:hidden;background:{background}"
    return (
        f'<!doctype html><body style="margin:0"><div id="render-target" style="{style};font:24px Inter">'
        f"{inner}</div></body>"
    )


def row(text, y, color="#14213d"):
    return f'<div style="position:absolute;left:32px;top:{y}px;color:{color}">{text}</div>'


FIRST, SECOND, THIRD = page(row("One", 100)), page(row("Two", 100)), page(row("Three", 100))


def dotted(picture):
    drawn = picture.copy()
    drawn[:10, :10] = (255, 0, 0)
    return drawn


def hand(count=1, **kwargs):
    given = shared_renderer().render(FIRST, size_px=SIZE)
    return GuiHand(given, [GuiStep(f"step {number + 1}", dotted) for number in range(count)], **kwargs)


def test_inspect_tells_texts_boxes_and_colours():
    told = hand().inspect().parts[0]
    assert told.splitlines()[0] == "540 x 1200 px, background #ffffff"
    assert "#14213d on #ffffff, 24 px 400: One" in told


def test_previews_are_few_and_show_the_draft():
    one = hand()
    assert one.diff_view().error == "no_draft"
    for left in range(PREVIEWS - 1, -1, -1):
        result = one.render_preview(SECOND)
        assert f"{left} preview" in result.parts[0]
        assert result.parts[1].array.shape == (1200, 540, 3)
    assert one.render_preview(SECOND).error == "no_previews"
    assert not one.submitted


def test_a_preview_that_cannot_be_shown_costs_nothing():
    one = hand()
    assert one.render_preview("<p>no root</p>").error == "no_root"
    assert one.render_preview(page("<b>" * 300)).error == "page_too_deep"
    assert one.previews == 0
    assert one.draft is None


def test_the_difference_is_that_to_the_current_screen():
    one = hand()
    one.render_preview(FIRST)
    assert "0.0% of the screen differ, in 0 places: none" in one.diff_view().parts[0]
    one.render_preview(page(row("One", 100) + row("More", 700)))
    text, image = one.diff_view().parts
    assert "in 1 places" in text
    assert image.array.shape == (1200, 1080, 3)
    assert (image.array[690:740, :540] == (230, 60, 40)).all(axis=-1).any()  # outlined on both sides
    assert (image.array[690:740, 540:] == (230, 60, 40)).all(axis=-1).any()


def test_a_single_step_ends_with_the_screen():
    one = hand()
    assert one.marked().label == "screen 1"
    assert (one.marked().array[:10, :10] == (255, 0, 0)).all()
    assert one.choose(1).error == "no_choice"
    assert one.submit_html("<p>no root</p>").error == "no_root"
    assert not one.is_done
    assert one.submit_html(SECOND).error == ""
    assert one.is_done


def test_steps_that_follow_one_another_start_from_the_own_page():
    one = hand(3, follows=True)
    one.render_preview(SECOND)
    told, image = one.submit_html(SECOND).parts
    assert told.endswith("step 2")
    assert image.label == "screen 2"
    assert np.array_equal(image.array[20:], one.submitted[0].image[20:])
    assert "Two" in one.inspect().parts[0]
    assert one.previews == 0
    assert one.diff_view().error == "no_draft"  # the draft belonged to the screen before
    one.submit_html(THIRD)
    assert "Three" in one.inspect().parts[0]
    assert not one.is_done
    one.submit_html(FIRST)
    assert one.is_done


def test_candidates_all_start_from_the_given_screen_and_choose_closes():
    one = hand(2, chooses=True)
    one.submit_html(SECOND)
    assert "One" in one.inspect().parts[0]
    assert "call choose" in one.submit_html(THIRD).parts[0]
    assert one.submit_html(THIRD).error == "no_step"
    assert one.render_preview(THIRD).error == "no_step"
    assert not one.is_done
    assert one.choose(2).error == ""
    assert (one.is_done, one.chosen) == (True, 2)


def test_a_choice_may_come_early():
    one = hand(2, chooses=True)
    one.choose(1)
    assert one.is_done


def test_what_was_taken_out_is_said():
    one = hand()
    told = one.submit_html(page(row("x", 10) + "<script>1</script>")).parts[0]
    assert "removed" in told
    assert "script" in told


def test_the_root_is_found_however_it_is_written():
    for root in (
        "<div id=render-target>",
        "<DIV class=a id='render-target' style='x'>",
        '<div id = "render-target">',
    ):
        assert hand().submit_html(f"<body>{root}x</div>").error == ""
    for root in ("<p id='render-target'>", "<div id='other'>", "<div class='render-target'>"):
        assert hand().submit_html(f"<body>{root}x</div>").error == "no_root"


def test_a_state_goes_through_json_and_comes_back():
    one = hand(2, chooses=True)
    one.submit_html(SECOND)
    one.render_preview(THIRD)
    other = hand(2, chooses=True)
    other.restore(json.loads(json.dumps(one.state())))
    assert other.state() == one.state()
    assert np.array_equal(other.recall("preview"), one.draft.image)
    assert np.array_equal(other.recall("current and draft"), one.diff_view().parts[1].array)
    assert np.array_equal(other.recall("screen 2"), one.marked().array)
    assert other.recall("screen 1") is None


@pytest.mark.parametrize(
    "change",
    [
        {"submitted": [SECOND] * 3},
        {"submitted": [1]},
        {"submitted": [page("<b>" * 300)]},
        {"draft": 5},
        {"draft": SECOND, "previews": 0},
        {"previews": 3},
        {"previews": True},
        {"chosen": 1},
    ],
)
def test_a_state_that_no_hand_can_have_is_refused(change):
    one = hand(2)
    with pytest.raises(ValueError, match=r"episode|shown"):
        one.restore(one.state() | change)


def test_large_canvases_are_shown_small():
    assert shown(np.zeros((2400, 1080, 3), np.uint8)).shape == (1200, 540, 3)
    assert shown(np.zeros((3120, 1440, 3), np.uint8)).shape == (1170, 540, 3)
    small = np.zeros((1000, 500, 3), np.uint8)
    assert shown(small).shape == small.shape
    assert shown(small) is not small


def test_the_tools_are_declared():
    assert list(hand_tools(hand())) == ["inspect", "render_preview", "diff_view", "submit_html", "choose"]
