"""Texts of form fields are blocks like any other."""

import pytest

from eyesmith.rewards.visibility import hidden_texts, visible_groups, visible_texts
from eyesmith.tools.browser import shared_renderer

pytestmark = pytest.mark.browser

BARE = '<body style="margin:0;font:20px Inter">'


def page(html):
    return shared_renderer().render(BARE + html).page


def texts(html):
    return [block.text for block in visible_texts(page(html))]


def only(html):
    (block,) = (block for block in page(html).blocks if block.kind == "text")
    return block


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<input value='Hello there'>", ["Hello there"]),
        ("<input placeholder='Your name'>", ["Your name"]),
        ("<input placeholder='Your name' value=Ada>", ["Ada"]),
        ("<input type=search value=lamp>", ["lamp"]),
        ("<input type=password value=abc>", ["\u2022\u2022\u2022"]),
        ("<input type=submit value='Send it'>", ["Send it"]),
        ("<input type=checkbox checked><input type=range><input type=radio>", []),
        ("<textarea rows=3 cols=40>one\ntwo</textarea>", ["one", "two"]),
        ("<textarea placeholder='Write here'></textarea>", ["Write here"]),
        ("<select><option>a<option selected>Second</select>", ["Second"]),
        ("<p>before</p><input value=middle><p>after</p>", ["before", "middle", "after"]),
        ("<p>INPUT</p>", ["INPUT"]),
    ],
)
def test_what_a_field_shows_is_a_text(html, told):
    assert texts(html) == told


def test_its_place_size_and_colours_are_those_of_the_same_text_in_a_box():
    look = "width:300px;padding:10px;border:0;font:20px Inter;color:#123456;background:#fff8e0"
    field = only(f"<input style='{look}' value='Hello there'>")
    plain = only(f"<div style='{look};line-height:24px'>Hello there</div>")
    assert field.tag == "input"
    assert field.box == pytest.approx(plain.box, abs=3.0)
    assert field.color == plain.color == (18, 52, 86)
    assert field.background == plain.background == (255, 248, 224)
    assert (field.font_px, field.weight, field.family) == (plain.font_px, plain.weight, plain.family)
    assert field.contrast == pytest.approx(plain.contrast, abs=0.5)


def test_a_placeholder_has_its_own_colour():
    styled = "<style>input::placeholder{color:#c00000}</style><input style='color:#000' placeholder='Name'>"
    assert only(styled).color == (192, 0, 0)


def test_a_field_belongs_to_its_box_and_the_lines_of_one_to_each_other():
    shown = page("<textarea rows=3 cols=40>one\ntwo</textarea>")
    first, second = (block for block in shown.blocks if block.kind == "text")
    assert shown.blocks[first.parent].tag == "textarea"
    assert first.group == second.group
    assert [group.text for group in visible_groups(shown)] == ["one two"]


@pytest.mark.parametrize(
    "html",
    [
        "<input value=secret style='opacity:0'>",
        "<input value=secret style='color:#fff;background:#fff'>",
        "<input value='secret and far too long for its field' style='width:40px'>",
        "<div style='height:0;overflow:hidden'><input value=secret></div>",
    ],
)
def test_what_hides_a_field_hides_its_text(html):
    shown = page(html)
    assert not visible_texts(shown)
    assert len(hidden_texts(shown)) == 1


@pytest.mark.parametrize("style", ["display:none", "visibility:hidden"])
def test_a_field_that_is_not_there_has_no_text(style):
    assert not [block for block in page(f"<input value=x style='{style}'>").blocks if block.kind == "text"]
