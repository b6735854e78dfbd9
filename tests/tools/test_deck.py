"""A deck: what stands on each slide, how it looks, and its saved state."""

import json
from itertools import pairwise

import numpy as np
import pytest

from eyesmith.tools.browser import PageError
from eyesmith.tools.deck import MAX_SLIDES, SHEET_PAPER, Deck, Slide, contact_sheet, thumbnail
from eyesmith.tools.slide_layouts import compose
from eyesmith.tools.slide_themes import THEMES

from .decks import painted
from .slide_samples import USUAL

ONE = Slide("<h1>One</h1>")
TWO = Slide(compose("bullets", *USUAL["bullets"]), "bullets")


def test_a_page_has_the_theme_and_only_a_layout_has_a_footer():
    deck, _ = painted([ONE, TWO], theme="night", footer="Pellworth & Sons")
    assert THEMES["night"].paper in deck.html(0)
    assert "<h1>One</h1>" in deck.html(0)
    assert 'class="foot"' not in deck.html(0).partition("<body>")[2]
    assert '<div class="foot"><span>Pellworth &amp; Sons</span><b>2</b></div>' in deck.html(1)


def test_a_slide_has_the_number_of_its_place():
    deck, _ = painted([TWO, TWO])
    assert "<b>1</b>" in deck.html(0)
    assert "<b>2</b>" in deck.html(1)


def test_trying_a_slide_leaves_the_deck_alone():
    deck, painter = painted([ONE])
    shown = deck.try_slide(TWO, 1)
    assert shown.html == painter.asked[-1]
    assert "<b>2</b>" in shown.html
    assert deck.slides == [ONE]
    with pytest.raises(PageError):
        deck.try_slide(Slide("SLOW"), 0)


def test_put_replaces_or_appends():
    deck, _ = painted([ONE])
    deck.put(0, TWO)
    deck.put(1, ONE)
    assert deck.slides == [TWO, ONE]


@pytest.mark.parametrize(
    ("find", "count", "inner"),
    [
        ("One", 1, "<h1>Two</h1>"),
        ("<h1>One</h1>", 1, "Two"),
        ("h1", 2, None),
        ("Eleven", 0, None),
        ("", 0, None),
    ],
)
def test_a_text_is_replaced_where_it_stands_once(find, count, inner):
    deck, _ = painted([ONE])
    made, found = deck.edited(0, find, "Two")
    assert found == count
    assert (made.inner if made else None) == inner
    assert deck.slides == [ONE]


def test_a_slide_keeps_its_layout_when_it_is_edited():
    deck, _ = painted([TWO])
    made, _ = deck.edited(0, "Conversion", "Conversions")
    assert made.layout == "bullets"


def test_a_slide_that_cannot_be_shown_any_more_is_blank():
    deck, painter = painted([Slide("<h1>Later</h1>"), ONE])
    painter.faults["Later"] = "too_slow"
    blank = deck.shown(0)
    assert "Later" not in blank.html
    assert blank.page.blocks[0].text == " "
    assert deck.sheet().shape == (720, 1280, 3)
    assert deck.slides[0].inner == "<h1>Later</h1>"


def test_a_saved_deck_comes_back():
    deck, _ = painted([ONE, TWO], theme="coral", footer="Ä & ö")
    state = json.loads(json.dumps(deck.state()))
    other, _ = painted()
    other.load(state)
    assert other.slides == deck.slides
    assert [other.html(index) for index in range(2)] == [deck.html(index) for index in range(2)]


GOOD = {"slides": [["<h1>One</h1>", ""]], "theme": "clean", "footer": ""}


@pytest.mark.parametrize(
    "junk",
    [
        {},
        [],
        None,
        GOOD | {"slides": None},
        GOOD | {"slides": [["one"]]},
        GOOD | {"slides": [["one", "", "two"]]},
        GOOD | {"slides": [[1, ""]]},
        GOOD | {"slides": [["one", None]]},
        GOOD | {"slides": [["one", "nonsense"]]},
        GOOD | {"slides": [["one", ""]] * (MAX_SLIDES + 1)},
        GOOD | {"theme": "neon"},
        GOOD | {"theme": ["clean"]},
        GOOD | {"footer": 3},
    ],
)
def test_a_state_of_no_deck_is_refused_and_changes_nothing(junk):
    deck, _ = painted([ONE, TWO], theme="ink")
    with pytest.raises((ValueError, KeyError, TypeError)):
        deck.load(junk)
    assert deck.slides == [ONE, TWO]
    assert (deck.theme, deck.footer) == ("ink", "")


def flat(number):
    image = np.empty((720, 1280, 3), np.uint8)
    image[:] = (10 * number + 5, 99, 60)
    return image


@pytest.mark.parametrize("count", range(1, MAX_SLIDES + 1))
def test_a_sheet_shows_every_slide_apart_and_in_order(count):
    sheet = contact_sheet([flat(number) for number in range(count)])
    assert sheet.shape == (720, 1280, 3)
    places = []
    for number in range(count):
        ys, xs = np.nonzero((sheet == flat(number)[0, 0]).all(axis=2))
        box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        wide, tall = box[2] - box[0], box[3] - box[1]
        assert len(xs) == wide * tall, "the slide is whole"
        assert wide / tall == pytest.approx(16 / 9, rel=0.02)
        assert wide >= 200
        places.append(box)
    for one, other in pairwise(places):
        assert (one[1], one[0]) < (other[1], other[0])
        assert other[0] - one[2] >= 16 or other[1] - one[3] >= 16
    rest = (sheet == SHEET_PAPER).all(axis=2).sum()
    assert rest + sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in places) == 720 * 1280


def test_an_empty_deck_has_an_empty_sheet():
    deck, _ = painted()
    assert (deck.sheet() == SHEET_PAPER).all()


def test_a_thumbnail_is_the_same_picture_at_a_quarter():
    image = np.kron(np.random.default_rng(1).integers(0, 256, (36, 64, 3)), np.ones((20, 20, 1)))
    small = thumbnail(image.astype(np.uint8))
    assert small.shape == (360, 640, 3)
    assert np.array_equal(small, image.astype(np.uint8)[::2, ::2])


@pytest.mark.browser
def test_the_browser_shows_a_deck():
    deck = Deck([Slide("<h1>Free</h1>"), TWO], theme="forest", footer="Pellworth Stores")
    first, second = deck.shown(0), deck.shown(1)
    assert first.image.shape == (720, 1280, 3)
    assert [block.text for block in first.page.blocks if block.kind == "text"] == ["Free"]
    said = [block.text for block in second.page.blocks if block.kind == "text"]
    assert said[-2:] == ["Pellworth Stores", "2"]
    assert deck.shown(1).image is second.image, "the same page is shown once"
    deck.theme = "night"
    assert (deck.shown(1).image != second.image).any()
    assert np.array_equal(thumbnail(first.image), thumbnail(deck_again(deck).shown(0).image))


def deck_again(deck):
    other = Deck()
    other.load(deck.state() | {"theme": "forest"})
    return other


@pytest.mark.browser
def test_a_blank_slide_can_be_shown_in_every_theme():
    for theme in THEMES:
        page = Deck([Slide("")], theme=theme).shown(0)
        assert not [block for block in page.page.blocks if block.kind != "box"]
        assert page.removed == ()
