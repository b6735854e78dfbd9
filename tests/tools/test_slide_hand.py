"""The slide hand: what is taken, what is refused and why, and that a refusal changes nothing."""

import re

import numpy as np
import pytest

from eyesmith.tools.deck import MAX_SLIDES, Slide
from eyesmith.tools.slide_hand import MAX_HTML_CHARS, LayoutName, SlideHand, ThemeName, words_for_tools
from eyesmith.tools.slide_layouts import LAYOUTS, compose
from eyesmith.tools.slide_themes import THEMES
from eyesmith.tools.tool import Image, declared_tools

from .decks import painted
from .slide_samples import USUAL

TOOLS = {tool.name: tool for tool in declared_tools(SlideHand)}
CHANGING = ("write_slide", "set_slide", "edit_slide", "insert_slide")


def slides(count):
    return [Slide(f"<h1>Number {number}.</h1>") for number in range(count)]


@pytest.fixture
def make():
    """A hand with some slides, shown by a stand-in."""

    def made(count=0):
        deck, _ = painted(slides(count))
        return SlideHand(deck)

    return made


def run(hand, name, **arguments):
    """A call as an environment makes it: validated, then run; the text, its pictures and the code."""
    cleaned, problem = TOOLS[name].validate(arguments)
    if problem:
        return problem, [], "bad_arguments"
    result = getattr(hand, name)(**cleaned)
    told = "\n".join(part for part in result.parts if isinstance(part, str))
    return told, [part for part in result.parts if isinstance(part, Image)], result.error


def order(hand):
    return [int(re.search(r"Number (\d+)", slide.inner)[1]) for slide in hand.deck.slides]


def test_the_names_of_layouts_and_themes_are_those_there_are():
    assert set(LayoutName.__args__) == set(LAYOUTS)
    assert set(ThemeName.__args__) == set(THEMES)
    assert all(info.syntax in words_for_tools()["layouts"] for info in LAYOUTS.values())


def test_every_tool_is_declared_with_bounds():
    assert list(TOOLS) == [
        "plan",
        "write_slide",
        "set_slide",
        "edit_slide",
        "set_theme",
        "move_slide",
        "insert_slide",
        "delete_slide",
        "view_slide",
        "review_deck",
    ]
    for tool in TOOLS.values():
        for name in ("index", "to"):
            bounds = tool.parameters["properties"].get(name)
            assert bounds is None or (bounds["minimum"], bounds["maximum"]) == (0, MAX_SLIDES - 1)


def test_a_plan_is_numbered_from_0_and_draws_nothing(make):
    hand = make()
    told, images, error = run(hand, "plan", outline=["Cover", "Results"])
    assert (told, images, error) == ("0. Cover\n1. Results", [], "")
    assert hand.outline == ["Cover", "Results"]
    assert len(hand.deck) == 0
    run(hand, "plan", outline=["Only this"])
    assert hand.outline == ["Only this"]


def test_a_slide_is_appended_and_replaced(make):
    hand = make()
    for index, html in ((0, "<h1>Zero</h1>"), (1, "<h1>One</h1>"), (0, "<h1>Again</h1>")):
        told, images, error = run(hand, "write_slide", index=index, html=html)
        assert not error
        assert told.startswith(f"slide {index}: ")
        assert [image.label for image in images] == [f"slide {index}"]
        assert images[0].array.shape == (360, 640, 3)
    assert [slide.inner for slide in hand.deck.slides] == ["<h1>Again</h1>", "<h1>One</h1>"]


def test_the_picture_is_of_the_slide_that_changed(make):
    hand = make(3)
    _, images, _ = run(hand, "write_slide", index=1, html="<h1>New</h1>")
    assert np.array_equal(images[0].array[0, 0], hand.deck.shown(1).image[0, 0])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_set_as_composed(make, layout):
    hand = make(1)
    title, blocks = USUAL[layout]
    _, images, error = run(hand, "set_slide", index=1, layout=layout, title=title, blocks=blocks)
    assert not error
    assert hand.deck.slides[1] == Slide(compose(layout, title, blocks), layout)
    assert len(images) == 1


def test_blocks_that_do_not_fit_say_what_to_send(make):
    hand = make(1)
    told, images, error = run(hand, "set_slide", index=0, layout="bars", title="Sales", blocks=["May | few"])
    assert error == "bad_blocks"
    assert told.startswith("set_slide: bars takes 3 to 11 blocks, 1 came.")
    assert images == []
    assert order(hand) == [0]


REFUSED = {
    "write past the end": ("write_slide", {"index": 4, "html": "<p>x"}, "no_slide", "append slide 3"),
    "set past the end": (
        "set_slide",
        {"index": 9, "layout": "section", "title": "Part", "blocks": []},
        "no_slide",
        "write one of 0 to 2",
    ),
    "insert past the end": ("insert_slide", {"index": 4, "html": "<p>x"}, "no_slide", "insert at 0 to 3"),
    "edit nowhere": ("edit_slide", {"index": 3, "find": "a", "replace": "b"}, "no_slide", "0 to 2"),
    "move from nowhere": ("move_slide", {"index": 3, "to": 0}, "no_slide", "there is no slide 3"),
    "move to nowhere": ("move_slide", {"index": 0, "to": 3}, "no_slide", "there is no slide 3"),
    "delete nowhere": ("delete_slide", {"index": 3}, "no_slide", "the deck has 3 slides, 0 to 2"),
    "view nowhere": ("view_slide", {"index": 19}, "no_slide", "there is no slide 19"),
    "too slow": ("write_slide", {"index": 0, "html": "SLOW"}, "page_too_slow", "the slide was not taken"),
    "too deep": ("insert_slide", {"index": 0, "html": "DEEP"}, "page_too_deep", "DEEP is too much"),
    "edited into slowness": (
        "edit_slide",
        {"index": 0, "find": "Number", "replace": "SLOW"},
        "page_too_slow",
        "not taken",
    ),
    "not there": ("edit_slide", {"index": 0, "find": "Zero", "replace": ""}, "not_found", "does not stand"),
    "there twice": ("edit_slide", {"index": 0, "find": "h1", "replace": "h2"}, "not_found", "stands 2 times"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_to_do_and_changes_nothing(make, name):
    tool, arguments, code, text = REFUSED[name]
    hand = make(3)
    before = hand.deck.state()
    told, images, error = run(hand, tool, **arguments)
    assert error == code
    assert text in told
    assert images == []
    assert hand.deck.state() == before


@pytest.mark.parametrize("name", [tool for tool in TOOLS if "index" in TOOLS[tool].parameters["properties"]])
@pytest.mark.parametrize("index", [-1, 20, 1.0, "1", True, None, [0], 10**30, float("nan")])
def test_an_index_is_a_whole_number_of_a_slide(make, name, index):
    hand = make(3)
    before = hand.deck.state()
    fill = {"html": "<p>x", "layout": "section", "title": "Part", "blocks": [], "find": "N", "replace": "M"}
    wanted = {key: fill[key] for key in TOOLS[name].parameters["required"] if key in fill}
    arguments = {"index": index, **({"to": 1} if name == "move_slide" else {}), **wanted}
    told, _, error = run(hand, name, **arguments)
    assert error == "bad_arguments"
    assert "index" in told
    assert hand.deck.state() == before


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("write_slide", {"index": 0, "html": ""}),
        ("write_slide", {"index": 0, "html": "x" * (MAX_HTML_CHARS + 1)}),
        ("write_slide", {"index": 0}),
        ("write_slide", {"index": 0, "html": ["<p>"]}),
        ("set_slide", {"index": 0, "layout": "bulets", "title": "x", "blocks": []}),
        ("set_slide", {"index": 0, "layout": "bullets", "title": "", "blocks": ["a", "b"]}),
        ("set_slide", {"index": 0, "layout": "bullets", "title": "x", "blocks": "a"}),
        ("set_slide", {"index": 0, "layout": "bullets", "title": "x", "blocks": ["a", 2]}),
        ("set_slide", {"index": 0, "layout": "bullets", "title": "x", "blocks": ["a"] * 21}),
        ("set_slide", {"index": 0, "layout": "bullets", "title": "x", "blocks": ["a" * 601, "b"]}),
        ("edit_slide", {"index": 0, "find": "", "replace": "x"}),
        ("set_theme", {"theme": "neon"}),
        ("set_theme", {"theme": "clean", "footer": "x" * 81}),
        ("plan", {"outline": []}),
        ("plan", {"outline": [""]}),
        ("plan", {"outline": ["x"] * 21}),
        ("review_deck", {"index": 0}),
    ],
)
def test_malformed_arguments_are_told_and_change_nothing(make, tool, arguments):
    hand = make(2)
    before = hand.deck.state()
    told, _, error = run(hand, tool, **arguments)
    assert error == "bad_arguments"
    assert told
    assert hand.deck.state() == before
    assert hand.outline == []


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("to", range(4))
def test_a_moved_slide_stands_where_it_was_sent(make, index, to):
    hand = make(4)
    told, images, error = run(hand, "move_slide", index=index, to=to)
    assert not error
    assert images == []
    assert order(hand)[to] == index
    assert [number for number in order(hand) if number != index] == [n for n in range(4) if n != index]
    assert told == f"slide {index} is slide {to} now; the deck has 4 slides, 0 to 3"


@pytest.mark.parametrize("index", range(4))
def test_insert_and_delete_shift_what_follows(make, index):
    hand = make(3)
    told, images, error = run(hand, "insert_slide", index=index, html="<h1>Number 9.</h1>")
    assert not error
    assert told.startswith(f"slide {index}: ")
    assert images[0].label == f"slide {index}"
    assert order(hand) == [*range(index), 9, *range(index, 3)]
    told, _, error = run(hand, "delete_slide", index=index)
    assert not error
    assert order(hand) == [0, 1, 2]
    assert told == f"slide {index} is deleted; the deck has 3 slides, 0 to 2"


def test_the_last_slide_can_be_deleted_and_counted(make):
    hand = make(2)
    told, _, _ = run(hand, "delete_slide", index=0)
    assert told.endswith("the deck has 1 slide, 0 to 0")
    told, _, _ = run(hand, "delete_slide", index=0)
    assert told.endswith("the deck has 0 slides")
    told, images, error = run(hand, "review_deck")
    assert (told, images, error) == ("the deck has no slides yet", [], "")
    _, _, error = run(hand, "delete_slide", index=0)
    assert error == "no_slide"


def test_a_full_deck_takes_no_more_and_still_changes(make):
    hand = make(MAX_SLIDES)
    told, _, error = run(hand, "insert_slide", index=3, html="<p>x")
    assert error == "deck_full"
    assert "at most 20 slides" in told
    _, _, error = run(hand, "write_slide", index=MAX_SLIDES, html="<p>x")
    assert error == "bad_arguments"
    _, _, error = run(hand, "write_slide", index=MAX_SLIDES - 1, html="<h1>Number 77.</h1>")
    assert not error
    assert order(hand)[-1] == 77
    told, images, error = run(hand, "review_deck")
    assert not error
    assert images[0].array.shape == (720, 1280, 3)
    assert [line.partition(":")[0] for line in told.splitlines()[:MAX_SLIDES]] == [
        f"slide {number}" for number in range(MAX_SLIDES)
    ]


EDITS = {
    "a text": ("bullets", "Conversion", "Share of buyers", "Share of buyers"),
    "an ampersand": ("quote", "Tills & tins", "Queues & tins", "Queues &amp; tins"),
    "a quote": ("quote", 'it\'s "slow"', "it's <slow>", "it&#x27;s &lt;slow&gt;"),
    "a minus as typed": ("cards", "-£412,000", "-£398,000", "\u2212£398,000"),
    "a minus as shown": ("cards", "\u2212£412,000", "\u2212£398,000", "\u2212£398,000"),
    "markup": ("bullets", '<span class="lead">Margin</span>', "", None),
    "nothing": ("bullets", "Conversion", "", None),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_text_of_a_layout_is_found_as_it_was_sent(make, name):
    layout, find, replace, stands = EDITS[name]
    title, blocks = USUAL[layout]
    if layout == "quote":
        blocks = ['Tills & tins: it\'s "slow" here.', "Exit survey"]
    hand = make()
    run(hand, "set_slide", index=0, layout=layout, title=title, blocks=blocks)
    before = hand.deck.slides[0].inner
    told, images, error = run(hand, "edit_slide", index=0, find=find, replace=replace)
    assert not error, told
    assert len(images) == 1
    after = hand.deck.slides[0].inner
    assert after != before
    assert hand.deck.slides[0].layout == layout
    assert stands is None or stands in after


def test_html_with_entities_is_edited_as_html_and_as_text(make):
    hand = make()
    run(hand, "write_slide", index=0, html="<p>R&amp;D &lt; 5%</p>")
    _, _, error = run(hand, "edit_slide", index=0, find="R&amp;D", replace="<b>Research</b>")
    assert not error
    assert hand.deck.slides[0].inner == "<p><b>Research</b> &lt; 5%</p>"
    _, _, error = run(hand, "edit_slide", index=0, find="< 5%", replace="< 6%")
    assert not error
    assert hand.deck.slides[0].inner == "<p><b>Research</b> &lt; 6%</p>"


def test_a_theme_touches_every_slide_and_the_foot_of_layouts(make):
    hand = make(1)
    run(hand, "set_slide", index=1, layout="bullets", title=USUAL["bullets"][0], blocks=USUAL["bullets"][1])
    inner = [slide.inner for slide in hand.deck.slides]
    told, images, error = run(hand, "set_theme", theme="night", footer="A <b> & c")
    assert (images, error) == ([], "")
    night = THEMES["night"]
    assert told == f"theme night: {night.ink} on {night.paper}, accent {night.accent}, titles in " + (
        night.display_font
    )
    assert [slide.inner for slide in hand.deck.slides] == inner
    assert "A &lt;b&gt; &amp; c" in hand.deck.html(1)
    assert "A &lt;b&gt;" not in hand.deck.html(0)
    run(hand, "set_theme", theme="ink")
    assert hand.deck.footer == ""
    assert '<div class="foot"><span></span><b>2</b></div>' in hand.deck.html(1)


def test_what_was_removed_is_told_and_not_without_end(make):
    hand = make()
    told, _, error = run(hand, "write_slide", index=0, html="<script></script>" * 9)
    assert not error
    lines = told.splitlines()
    assert lines[-1].startswith("removed, for slides hold no such thing: <script> number 0;")
    assert lines[-1].count("<script>") == 5


def test_a_view_is_at_full_size_with_its_texts_and_faults(make):
    hand = make(2)
    told, images, error = run(hand, "view_slide", index=1)
    assert not error
    assert told.startswith("slide 1: ")
    assert told.endswith("\n<h1>Number 1.</h1>"), "what can be read on it"
    assert images[0].label == "slide 1, full size"
    assert images[0].array.shape == (720, 1280, 3)
    images[0].array.flags.writeable = True
    images[0].array[:] = 0
    assert hand.deck.shown(1).image.any(), "the deck's own picture is not the agent's"


def test_a_review_tells_what_no_slide_shows_alone(make):
    hand = make(1)
    hand.deck.slides = slides(1) * 3
    told, images, error = run(hand, "review_deck")
    assert not error
    assert images[0].label == "deck"
    assert "titles 0.33: slide 1 repeats the title" in told
    assert "distinct 0.33: slide 1 is a copy of slide 0" in told


def test_a_slide_that_went_too_slow_is_viewed_blank_and_no_tool_raises(make):
    hand = make(3)
    painter = hand.deck._render
    painter.faults["Number 1."] = "too_slow"
    for name, arguments in (("view_slide", {"index": 1}), ("review_deck", {})):
        told, images, error = run(hand, name, **arguments)
        assert not error
        assert "slide 1: 0 words" in told
        assert len(images) == 1
