"""The layouts: texts stay texts, fit in every theme, and look as the design rewards want them."""

import re
from html import unescape
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.rewards.layout_balance import content_ratio
from eyesmith.rewards.slide import measure
from eyesmith.rewards.slide_text import title_of
from eyesmith.rewards.visibility import hidden_texts, visible_text
from eyesmith.tools.slide_hand import LayoutName
from eyesmith.tools.slide_layouts import LAYOUTS, SlideMistake, compose, document
from eyesmith.tools.slide_themes import THEMES

from .slide_samples import HEADLINE, LONGEST, SENTENCE, SHORTEST, USUAL

FOOTER = "Pellworth Stores, Q3 2026\n7"
HOSTILE = "<script>alert('x')</script> & \"quotes\" </section></style> {{x}} | <!--"
FREE_OF = re.compile(r"<(script|style|img|iframe|meta)", re.IGNORECASE)


def outcome(layout: str, title: str, blocks: list[str]) -> tuple[str, str]:
    """A slide, or what is wrong."""
    try:
        return compose(layout, title, blocks), ""
    except SlideMistake as mistake:
        return "", str(mistake)


def test_the_hand_offers_all_layouts() -> None:
    assert set(get_args(LayoutName)) == set(LAYOUTS) == set(USUAL) == set(SHORTEST) == set(LONGEST)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("samples", [USUAL, SHORTEST, LONGEST], ids=["usual", "shortest", "longest"])
def test_every_text_stands_in_the_slide(layout: str, samples: dict) -> None:
    title, blocks = samples[layout]
    plain = re.sub(r"<[^>]*>", " ", compose(layout, title, blocks))
    words = re.findall(r"[^\W\d_]{3,}", unescape(plain))
    for text in (title, *blocks):
        wanted = re.findall(r"[^\W\d_]{3,}", re.sub(r"^(unit|note|source|contact):", "", text))
        assert set(wanted) <= set(words), text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_slide_is_the_same_every_time(layout: str) -> None:
    assert compose(layout, *USUAL[layout]) == compose(layout, *USUAL[layout])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_hostile_text_stays_text(layout: str) -> None:
    title, blocks = USUAL[layout]
    hostile = [block.replace("e", HOSTILE, 1) if index == 0 else block for index, block in enumerate(blocks)]
    for headline, texts in ((HOSTILE[:60], blocks), (title, hostile)):
        inner, mistake = outcome(layout, headline, texts)
        assert inner or "does not fit" in mistake or "cells" in mistake
        assert not FREE_OF.search(inner)
        assert "<!--" not in inner


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(LAYOUTS)), st.text(max_size=80), st.lists(st.text(max_size=90), max_size=12))
def test_any_text_makes_a_slide_or_a_mistake(layout: str, title: str, blocks: list[str]) -> None:
    inner, mistake = outcome(layout, title, blocks)
    assert not FREE_OF.search(inner)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", inner)
    for tag in ("section", "div", "p", "span", "svg", "text", "table", "tr", "td", "h1"):
        assert len(re.findall(rf"<{tag}[\s>]", inner)) == inner.count(f"</{tag}>")
    assert inner or 10 < len(mistake) < 700


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(LAYOUTS)), st.data())
def test_any_words_in_a_good_slide_make_a_slide_or_a_mistake(layout: str, data: st.DataObject) -> None:
    title, blocks = USUAL[layout]
    at = data.draw(st.integers(0, len(blocks) - 1))
    changed = [*blocks[:at], blocks[at] + data.draw(st.text(max_size=60)), *blocks[at + 1 :]]
    assert any(outcome(layout, title, changed))


@pytest.mark.parametrize(
    ("layout", "title", "blocks", "words"),
    [
        ("card", HEADLINE, ["1 | a"], r"no layout 'card'; there are: title.*Did you mean 'cards'"),
        ("cards", HEADLINE, ["1 | a"], r"cards takes 2 to 6 blocks, 1 came.*value \| label"),
        ("cards", HEADLINE, ["1 | a", "2"], r"block 2 of cards needs a value and a label"),
        ("cards", HEADLINE, ["1 | a", "2 | "], r"block 2 of cards needs a value and a label"),
        (
            "cards",
            HEADLINE,
            ["x" * 300 + " | a", "2 | b"],
            r"the value of card 1 does not fit.*about \d+ fit",
        ),
        ("cards", HEADLINE, [f"1 | {SENTENCE * 5}"] * 6, r"card 1 does not fit: .* about \d+ fit there"),
        ("bullets", "", ["One", "Two"], r"the title is empty"),
        ("bullets", " \n ", ["One", "Two"], r"the title is empty"),
        (
            "bullets",
            "Long " * 39,
            ["One", "Two"],
            r"the title does not fit: it has 194 characters, about \d+ fit",
        ),
        ("bullets", HEADLINE, ["One", " "], r"block 2 of 2 is empty: leave it out"),
        ("bullets", HEADLINE, [SENTENCE * 7] * 6, r"block 1 does not fit"),
        ("agenda", HEADLINE, ["One"] * 9, r"agenda takes 2 to 8 blocks, 9 came"),
        (
            "two_columns",
            HEADLINE,
            ["One", "# A", "b", "c"],
            r'begins with a heading: make the first block "# One"',
        ),
        ("two_columns", HEADLINE, ["# A", "b", "c", "d"], r"two headings .*it got 'A' with 3"),
        ("two_columns", HEADLINE, ["# A", "b", "c", "# D"], r"two headings .*'A' with 2, 'D' with 0"),
        ("timeline", HEADLINE, ["May | a", "June", "July | c"], r"block 2 of timeline needs a date"),
        ("table", HEADLINE, ["a | b", "1 | 2 | 3"], r"row 2 of the table has 3 cells, the header has 2"),
        ("table", HEADLINE, ["a", "1"], r"row 1 of the table has 1 cells"),
        ("quote", HEADLINE, [SENTENCE * 9], r"the quote does not fit|block 1"),
        ("quote", HEADLINE, [], r"quote takes 1 to 2 blocks"),
        ("closing", HEADLINE, ["contact: Jane"], r"closing takes 1 to 4 next steps before .*; it got 0"),
        ("closing", HEADLINE, ["a"] * 5, r"closing takes 1 to 4 next steps .*; it got 5"),
        ("section", HEADLINE, ["a", "b"], r"section takes 0 to 1 blocks"),
        ("title", "Long " * 60, [""], r"the title does not fit"),
        ("title", HEADLINE, ["", "", "Long " * 30], r"the kicker does not fit"),
    ],
)
def test_a_mistake_says_what_to_send(layout: str, title: str, blocks: list[str], words: str) -> None:
    with pytest.raises(SlideMistake, match=words):
        compose(layout, title, blocks)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_message_says_would_fit_fits(layout: str) -> None:
    _, blocks = USUAL[layout]
    with pytest.raises(SlideMistake, match=r"the title does not fit") as caught:
        compose(layout, "word " * 100, blocks)
    told = int(re.search(r"about (\d+) fit", str(caught.value))[1])
    assert told > 50
    assert compose(layout, ("word " * 100)[:told], blocks)


def test_the_footer_stands_left_and_right() -> None:
    page = document(compose("quote", *USUAL["quote"]), THEMES["clean"], footer="A & B\n7")
    assert '<div class="foot"><span>A &amp; B</span><b>7</b></div>' in page
    assert 'class="foot"' not in document("<p>free</p>", THEMES["clean"])


def test_free_html_is_left_alone() -> None:
    inner = '<p style="color:red">free <b>html</b></p>'
    assert f'<div id="slide">\n{inner}\n</div>' in document(inner, THEMES["night"])


def test_numbers_keep_to_their_units_where_they_are_shown_but_not_where_they_are_edited() -> None:
    inner = compose("bullets", "Sales of EUR 1.6 million", ["Up by 8 % on 15 May 2027", "7 of 9 shops"])
    assert "\u00a0" not in inner
    page = document(inner, THEMES["clean"])
    for text in ("EUR\u00a01.6\u00a0million", "8\u00a0% on 15\u00a0May 2027", "7 of 9 shops"):
        assert text in page
    cards = document(compose("cards", HEADLINE, ["EUR 1.6 million | sales", "2 | b"]), THEMES["clean"])
    assert '<p class="value">EUR 1.6 million</p>' in cards
    assert "EUR 1.6 million" in document("<p>EUR 1.6 million</p>", THEMES["clean"])


def test_numbers_have_a_real_minus_and_prose_is_left_alone() -> None:
    inner = compose("cards", "Fiscal 2025-26", ["-3.1% | like-for-like | from -2", "-£8 m | result"])
    assert "\u22123.1%" in inner
    assert "from \u22122" in inner
    assert "\u2212£8 m" in inner
    assert "like-for-like" in inner
    assert "2025-26" in inner


def test_leads_stand_apart_and_times_of_day_are_no_leads() -> None:
    inner = compose("bullets", HEADLINE, ["Revenue: up by 3%", "Margin: flat", "At 14:30 we met"])
    assert '<span class="lead">Revenue</span>' in inner
    assert "At 14:30 we met" in inner


def test_a_total_is_set_off_and_numbers_stand_right() -> None:
    inner = compose("table", *USUAL["table"])
    assert re.search(r'<tr [^>]*class="sum"><td>Total</td><td class="n">£2.3 million', inner)
    assert '<th class="n">Revenue</th>' in inner
    dates = compose("table", HEADLINE, ["Store | Ends", "Garsby | May 2027", "Thornlea | June 2027"])
    assert 'class="n"' not in dates


def shown(layout: str, title: str, blocks: list[str], theme: str):
    from eyesmith.tools.browser import shared_renderer

    return shared_renderer().render(document(compose(layout, title, blocks), THEMES[theme], footer=FOOTER))


def faults(page) -> list[str]:
    found = measure(page.page, page.image)
    return [f"{name} {level:.3f}: {found.whys[name]}" for name, level in found.parts.items() if level < 0.999]


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_slide_is_flawless_in_every_theme(layout: str, theme: str) -> None:
    page = shown(layout, *USUAL[layout], theme)
    assert page.removed == ()
    assert faults(page) == []
    assert hidden_texts(page.page) == ()
    assert content_ratio(page.image) >= 0.14
    assert title_of(page.page).text == USUAL[layout][0]


@pytest.mark.browser
@pytest.mark.parametrize(
    "theme", ["clean", "slate", "editorial", "forest"]
)  # every pair of faces, and a wide body
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("samples", [SHORTEST, LONGEST], ids=["shortest", "longest"])
def test_extremes_stay_in_their_places(layout: str, theme: str, samples: dict) -> None:
    page = shown(layout, *samples[layout], theme)
    found = measure(page.page, page.image)
    for name in ("overflow", "overlap", "contrast", "alignment", "balance", "type"):
        assert found.parts[name] >= 0.999, found.whys[name]
    assert found.parts["whitespace"] >= 0.6, found.whys["whitespace"]
    assert hidden_texts(page.page) == ()
    if not LAYOUTS[layout].is_cover:
        low = max(block.box[3] for block in page.page.blocks if block.kind == "text" and block.box[1] < 660)
        assert low <= 648, "a text stands in the footer's place"


@pytest.mark.browser
@pytest.mark.parametrize(
    "layout", ["bullets", "two_columns", "table", "cards", "timeline", "quote", "closing"]
)
def test_hostile_text_is_shown_as_text(layout: str) -> None:
    title = HOSTILE.split(" |")[0]
    blocks = [*USUAL[layout][1]]
    blocks[-1] = blocks[-1].replace("e", " " + "w" * 40 + " ", 1)
    page = shown(layout, title, blocks, "clean")
    assert page.removed == ()
    assert title in visible_text(page.page)
    found = measure(page.page, page.image)
    assert found.parts["overflow"] >= 0.999
    assert found.parts["overlap"] >= 0.999


@pytest.mark.browser
def test_a_word_of_200_letters_breaks_inside_its_place() -> None:
    page = shown("bullets", HEADLINE, ["w" * 200, "Two"], "coral")
    assert faults(page) == []
    lines = [line for block in page.page.blocks if block.text.startswith("www") for line in block.lines]
    assert len(lines) >= 2
    assert max(line[2] for line in lines) <= 1216 + 1


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_titles_stand_at_one_place_in_one_size(theme: str) -> None:
    titles = []
    for layout in LAYOUTS:
        if not LAYOUTS[layout].is_cover:
            title = title_of(shown(layout, *USUAL[layout], theme).page)
            titles.append((title.box[0], title.box[1], title.font_px))
    assert len(set(titles)) == 1
    assert titles[0][0] == pytest.approx(64, abs=1.5)
