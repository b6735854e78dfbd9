"""What counts as seen, and how the pieces of a text are joined."""

import pytest

from eyesmith.rewards.visibility import hidden_texts, visible_groups, visible_text, visible_texts

from .pages import Page, bullets, changed, empty, says

TRICKS = {
    "white on white": {"contrast": 1.0},
    "nearly white on white": {"contrast": 1.4},
    "transparent": {"ink": 0.0, "contrast": 1.0},
    "tiny": {"font_px": 4.0},
    "scaled away": {"font_px": 0.5, "ink": 0.0},
    "covered": {"covered": 1.0},
    "mostly covered": {"covered": 0.7},
    "off the canvas": {"seen": (0.0, 0.0, 0.0, 0.0)},
    "mostly clipped": {"seen": lambda block: (*block.box[:3], block.box[1] + 2.0)},
    "not painted": {"ink": 0.001},
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_hidden_text_is_not_read_and_the_reason_is_told(trick):
    page = changed(bullets(), says("Revenue rose"), **TRICKS[trick])
    assert "Revenue rose" in visible_text(bullets())
    assert "Revenue rose" not in visible_text(page)
    ((block, why),) = hidden_texts(page)
    assert block.text.startswith("Revenue rose")
    assert why
    assert len(visible_texts(page)) == len(visible_texts(bullets())) - 1


def test_limits_can_be_moved():
    page = changed(bullets(), says("Revenue rose"), font_px=9.0)
    assert len(visible_texts(page, min_font_px=8.0)) == len(visible_texts(page)) + 1


def test_tags_inside_a_word_do_not_part_it_and_lines_do():
    page = Page()
    page.text(64, 100, "Profit", group=7, width=60)
    page.text(124, 100, "able", group=7, width=40)
    page.text(170, 100, "sites: 8.4", group=7, width=80)
    page.text(250, 100, "%", group=7, width=20)
    page.text(64, 140, "of all", group=7, width=60)
    page.text(64, 200, "another", group=8)
    assert visible_text(page.facts()) == "Profitable sites: 8.4% of all\nanother"


def test_a_kept_space_is_one_space():
    page = Page()
    page.text(64, 100, "Sales ", group=7, width=60)
    page.text(124, 100, " rose", group=7, width=40)
    assert visible_text(page.facts()) == "Sales rose"


def test_a_hidden_piece_leaves_the_rest():
    page = Page()
    page.text(64, 100, "Costs fell by ", group=7, width=120)
    page.text(184, 100, "not", group=7, width=30, contrast=1.0)
    page.text(214, 100, " 4%", group=7, width=40)
    assert visible_text(page.facts()) == "Costs fell by 4%"


def test_no_break_spaces_that_part_thousands_stay():
    page = Page()
    page.text(64, 100, "1\u202f240 visitors")
    assert visible_text(page.facts()) == "1\u202f240 visitors"


def test_a_group_has_the_size_of_most_of_its_letters():
    page = Page()
    page.text(64, 100, "8", 60, group=7, width=30)
    page.text(94, 100, " shops were closed", 20, group=7)
    (group,) = visible_groups(page.facts())
    assert group.font_px == 20.0
    assert group.box[0] == 64.0


def test_an_empty_page_says_nothing():
    assert visible_groups(empty()) == ()
    assert hidden_texts(empty()) == ()
    assert visible_text(empty()) == ""
