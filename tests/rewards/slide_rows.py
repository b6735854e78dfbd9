"""Rows of the slide rewards for the table of cheats: text, grounding, layout, type, consistency."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from eyesmith.rewards.consistency import consistency
from eyesmith.rewards.grounding import number_grounding
from eyesmith.rewards.layout import alignment, aspect, contrast, overflow, overlap
from eyesmith.rewards.layout_balance import balance, whitespace
from eyesmith.rewards.retrieval import retrieve
from eyesmith.rewards.slide_text import SlideText, slide_text
from eyesmith.rewards.spacing import spacing
from eyesmith.rewards.text import FactKey, fact_recall, near_duplicates, titles, words_in_range
from eyesmith.rewards.typography import type_scale

from .pages import Page, bullets, cards, changed, chart, empty, footer, moved, says, title

SENTENCES = (
    "Revenue rose by 6.8% to £58.1 million",
    "The gross margin slipped to 31.2%",
    "Visitors per store and week: 9,640",
    "Garsby and Thornlea lost £412,000",
    "Notice on the leases by 30 November 2026",
    "Staff turnover fell to 24.6%",
)
FACTS = [
    FactKey("revenue", ("6.8%", "£58.1 million"), ("revenue", "sales")),
    FactKey("margin", ("31.2%",), ("margin",)),
    FactKey("visitors", ("9,640",), ("visitors", "footfall")),
    FactKey("losses", ("Garsby", "Thornlea", "£412,000"), ("lost", "loss")),
    FactKey("notice", ("30 November 2026",), ("notice", "leases")),
    FactKey("staff", ("24.6%",), ("turnover", "staff")),
]
OTHERS = [
    "31.9%",
    "3.1%",
    "27.4%",
    "23%",
    "62%",
    "£236 million",
    "£231 million",
    "4.9%",
    "88%",
    "81%",
    "79%",
    "71%",
]
VALUES = [value for fact in FACTS for value in fact.values]
TERMS = " ".join(term for fact in FACTS for term in fact.terms)
SOURCES = [". ".join(SENTENCES)]
FAR_TEXTS = ["Revenue of the south 1.4% £49.7 million", "Margin and staff of the west 29.3%"]


def deck(*sentences: str) -> list[SlideText]:
    return [SlideText.of(f"Message {chr(65 + number)}", text) for number, text in enumerate(sentences)]


def recall(slides: list[SlideText]) -> Any:
    return fact_recall(slides, FACTS, max_words=30)


def whole(pick: Callable[..., Any] | None = None, **fields: Any) -> Any:
    return changed(bullets(), pick or (lambda block: block.kind == "text"), **fields)


def hidden() -> list[SlideText]:
    return [slide_text(changed(bullets(list(SENTENCES[:4])), lambda block: True, contrast=1.0))]


def packed(step: float) -> Any:
    """Everything in the upper left corner, the more the smaller the step."""
    page = Page()
    for row in range(5):
        page.text(64, 60 + step * row, "A text of some words", 24, width=300 + 6 * step)
    return page.facts()


def picture(*rows: int) -> np.ndarray:
    drawn = np.full((720, 1280, 3), 255, np.uint8)
    for y in rows:
        for x in range(64, 1216, 12):
            drawn[y : y + 16, x : x + 6] = 30
    return drawn


def carded(pad: float, dx: float = 0.0) -> Any:
    page = Page()
    title(page)
    for column in range(3):
        x = 64 + 400 * column + (dx if column == 1 else 0.0)
        card = page.box(x, 200, 352, 300)
        page.text(x + pad, 260, "A text in it", 24, parent=card)
    return page.facts()


def scattered() -> Any:
    rng = np.random.default_rng(3)
    page = Page()
    for _ in range(14):
        page.text(rng.uniform(2, 800), rng.uniform(60, 640), "A text somewhere", 24)
    return page.facts()


def stacked(count: int) -> Any:
    """Texts in one place."""
    page = Page()
    title(page)
    for _ in range(count):
        page.text(64, 300, "One text lies here on another", 26)
    footer(page)
    return page.facts()


def restless(count: int) -> list[Any]:
    """A deck of which some titles wander."""
    pages = [bullets(number=number) for number in range(8)]
    return [
        moved(page, says("promotions"), dx=37.0 * index, dy=9.0 * index) if 1 <= index <= count else page
        for index, page in enumerate(pages)
    ]


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """Name -> row, made by the table's own class."""
    return {**_text_rows(row), **_page_rows(row)}


def _text_rows(row: Callable[..., Any]) -> dict[str, Any]:
    true = deck(*SENTENCES)
    wall = " ".join([*VALUES, *OTHERS])
    grounded = partial(number_grounding, sources=SOURCES)
    return {
        "text.fact_recall": row(
            gold=partial(recall, true),
            empty=partial(recall, []),
            damage=[partial(recall, true[:count]) for count in (6, 4, 2, 0)],
            cheats={
                "every number on one slide": partial(recall, [SlideText.of("Results", wall)]),
                "every number and term on each slide": partial(
                    recall, [SlideText.of(f"Results {n}", f"{TERMS} {wall}") for n in range(6)]
                ),
                "every number by itself": partial(recall, [SlideText.of(TERMS, *VALUES, *OTHERS)]),
                "terms without values": partial(recall, [SlideText.of("Results", *TERMS.split())]),
                "all of it hidden": partial(recall, hidden()),
                "all of it ten times": partial(recall, [SlideText.of("Results", *SENTENCES * 10)]),
            },
            ceiling=0.15,
        ),
        "text.near_duplicates": row(
            gold=partial(near_duplicates, [slide.text for slide in true]),
            empty=partial(near_duplicates, []),
            damage=[
                partial(near_duplicates, [*SENTENCES[: 6 - count], *[SENTENCES[0]] * count])
                for count in (0, 1, 3, 5)
            ],
            cheats={
                "one slide ten times": partial(near_duplicates, [SENTENCES[0]] * 10),
                "copies with other numbers": partial(
                    near_duplicates, [f"{' '.join(SENTENCES)} {number}" for number in range(10)]
                ),
                "copies with other page numbers": partial(
                    near_duplicates, [f"{SENTENCES[0]}\n{n} / 10" for n in range(10)]
                ),
                "blank slides": partial(near_duplicates, [""] * 10),
            },
            ceiling=0.1,
        ),
        "text.titles": row(
            gold=partial(titles, [bullets(), cards(), chart()]),
            empty=partial(titles, []),
            damage=[partial(titles, [bullets(), cards(), chart(), *[bullets()] * k]) for k in (0, 1, 3)],
            cheats={
                "white titles": partial(titles, [whole(says("promotions"), contrast=1.0)] * 4),
                "titles of a sentence": partial(titles, [bullets(text="so many words " * 8)] * 4),
                "no text": partial(titles, [empty()] * 4),
            },
        ),
        "text.words_in_range": row(
            gold=partial(words_in_range, [5, 20, 60], 12, 60),
            empty=partial(words_in_range, [], 12, 60),
            damage=[partial(words_in_range, [20, 20, count], 12, 60) for count in (60, 80, 100, 300)],
            cheats={
                "empty slides": partial(words_in_range, [0] * 8, 12, 60),
                "walls of text": partial(words_in_range, [400] * 8, 12, 60),
            },
        ),
        "grounding.number_grounding": row(
            gold=partial(grounded, true),
            empty=partial(grounded, []),
            damage=[
                partial(grounded, [*true, *deck(*[f"{77 + k}.7%" for k in range(n)])]) for n in (0, 1, 4, 9)
            ],
            cheats={
                "invented numbers": partial(grounded, deck("71.3%", "£9 million", "12 May 2026")),
                "numbers of last year": partial(
                    grounded, deck("Revenue £49.7 million, margin 32.6%"), stale=["£49.7 million, 32.6%"]
                ),
            },
        ),
        "retrieval.retrieve": row(
            gold=partial(retrieve, " ".join(SENTENCES), [*SOURCES, *FAR_TEXTS]),
            empty=partial(retrieve, "", [*SOURCES, *FAR_TEXTS]),
            damage=[
                partial(retrieve, text, [*SOURCES, *FAR_TEXTS])
                for text in (" ".join(SENTENCES), "revenue", "revenue of the south", "of the west")
            ],
            cheats={
                "words of another": partial(retrieve, FAR_TEXTS[0], [*SOURCES, *FAR_TEXTS]),
                "nothing of its own": partial(retrieve, "slides for you", [*SOURCES, *FAR_TEXTS]),
                "what all share": partial(retrieve, "stores", ["stores east", "stores south", "stores west"]),
            },
            ceiling=0.4,
        ),
    }


def _page_rows(row: Callable[..., Any]) -> dict[str, Any]:
    return {
        "layout.overflow": row(
            gold=partial(overflow, bullets()),
            empty=partial(overflow, empty()),
            damage=[
                partial(overflow, moved(bullets(), says("slipped"), dx=dx)) for dx in (0, 450, 600, 1300)
            ],
            cheats={
                "all below the canvas": partial(overflow, moved(bullets(), lambda block: True, dy=900)),
                "half beside the canvas": partial(overflow, moved(bullets(), lambda block: True, dx=-500)),
            },
            ceiling=0.2,
        ),
        "layout.overlap": row(
            gold=partial(overlap, bullets()),
            empty=partial(overlap, empty()),
            damage=[partial(overlap, stacked(count)) for count in (1, 2, 3, 6)],
            cheats={
                "everything in one place": partial(overlap, stacked(12)),
                "everything under a plate": partial(overlap, whole(covered=1.0)),
            },
        ),
        "layout.contrast": row(
            gold=partial(contrast, bullets()),
            empty=partial(contrast, empty()),
            damage=[partial(contrast, whole(contrast=level)) for level in (7.0, 2.8, 2.0, 1.3)],
            cheats={
                "white on white": partial(contrast, whole(contrast=1.0, ink=0.0)),
                "nearly white on white": partial(contrast, whole(contrast=1.2)),
            },
            ceiling=0.11,
        ),
        "layout.alignment": row(
            gold=partial(alignment, cards()),
            empty=partial(alignment, empty()),
            damage=[
                partial(alignment, moved(bullets(), lambda block: True, dx=dx)) for dx in (0, -40, -50, -60)
            ],
            cheats={"scattered over the page": partial(alignment, scattered())},
            ceiling=0.05,
        ),
        "layout.aspect": row(
            gold=partial(aspect, (1280, 720)),
            empty=partial(aspect, (0, 0)),
            damage=[partial(aspect, (1280, height)) for height in (720, 740, 760, 900)],
            cheats={"a page to scroll": partial(aspect, (1280, 6000))},
        ),
        "layout_balance.balance": row(
            gold=partial(balance, cards()),
            empty=partial(balance, empty()),
            damage=[partial(balance, packed(step)) for step in (130, 90, 50, 34)],
            cheats={"all in a corner": partial(balance, packed(30))},
            ceiling=0.1,
        ),
        "layout_balance.whitespace": row(
            gold=partial(whitespace, picture(60, 200, 300, 400, 500)),
            empty=partial(whitespace, picture()),
            damage=[
                partial(whitespace, picture(*lines))
                for lines in ((60, 200, 300), range(60, 660, 60), range(60, 660, 40), range(40, 700, 24))
            ],
            cheats={
                "one grey plate": partial(whitespace, np.full((720, 1280, 3), 128, np.uint8)),
                "a wall of text": partial(whitespace, picture(*range(16, 700, 20))),
                "noise": partial(
                    whitespace, np.random.default_rng(1).integers(0, 256, (720, 1280, 3)).astype(np.uint8)
                ),
            },
        ),
        "typography.type_scale": row(
            gold=partial(type_scale, bullets()),
            empty=partial(type_scale, empty()),
            damage=[partial(type_scale, whole(says("slipped"), font_px=size)) for size in (26.0, 15.0, 11.0)],
            cheats={
                "giant text": partial(type_scale, whole(font_px=190.0)),
                "tiny text": partial(type_scale, whole(font_px=11.0)),
                "one size for all": partial(type_scale, whole(font_px=24.0)),
            },
        ),
        "consistency.consistency": row(
            gold=partial(consistency, restless(0)),
            empty=partial(consistency, []),
            damage=[partial(consistency, restless(count)) for count in (0, 1, 3, 5)],
            cheats={"no two slides alike": partial(consistency, restless(8))},
            ceiling=0.12,
        ),
        "spacing.spacing": row(
            gold=partial(spacing, carded(32)),
            empty=partial(spacing, empty()),
            damage=[
                partial(spacing, carded(pad, dx)) for pad, dx in ((32, 0), (32, 3), (5, 3), (5, 8), (0, 20))
            ],
            cheats={
                "texts at the edges": partial(spacing, carded(0)),
                "uneven": partial(spacing, carded(32, 30)),
            },
        ),
    }
