"""Rows of the rewards of whole decks for the table of cheats: length, keeping, recovery, instructions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from eyesmith.rewards.deck import preservation, slide_count
from eyesmith.rewards.recovery import Choice, recovery
from eyesmith.rewards.revision import instructions_followed
from eyesmith.rewards.slide import DESIGN_PARTS, RECIPES
from eyesmith.rewards.slide_text import SlideText

from .slide_rows import FAR_TEXTS, SENTENCES

KEPT = [SlideText.of(sentence) for sentence in SENTENCES[:4]]
DOCUMENT = f"Results of the north. For the board. {' '.join(SENTENCES)}"
RIVALS = [f"Results of the north. For the investors. {text}" for text in FAR_TEXTS]
CHOICES = (
    Choice("audience", (("board",), ("investors",), ("sales team",)), 0),
    Choice("revenue", (("6.8%",), ("7.4%",), ("5.9%",)), 0),
)
TRUE = f"For the board. {' '.join(SENTENCES)}"
ALL_OPTIONS = " ".join(phrase for choice in CHOICES for option in choice.options for phrase in option)
GATES = ("count", "distinct", "overflow", "instructions", "recall", "grounding")

GIVEN = [
    SlideText.of("Revenue grew", "It rose by 5.1% to £55.2 million in the north"),
    SlideText.of("Staff stayed", "The turnover of staff fell to 24.6% in the quarter"),
    SlideText.of("The party needs helpers", "Every team brings one salad and one cake to the table"),
]
REVENUE = {"id": "revenue", "values": ["6.8%"], "terms": ["revenue"]}
DEMANDS = [
    {"kind": "says", "facts": [REVENUE], "gone": ["5.1%"], "ask": "bring revenue up to date"},
    {"kind": "gone", "slide": 2, "ask": "take the party out"},
]
FIXED = SlideText.of("Revenue grew", "It rose by 6.8% to £58.1 million in the north")
DONE = [FIXED, GIVEN[1]]


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """Name -> row, made by the table's own class."""
    count = partial(slide_count, fewest=6, most=9)
    kept = partial(preservation, KEPT)
    followed = partial(instructions_followed, demands=DEMANDS, given=GIVEN)
    told = partial(recovery, documents=[DOCUMENT, *RIVALS], choices=CHOICES)
    return {
        "deck.slide_count": row(
            gold=partial(count, 6),
            empty=partial(count, 0),
            damage=[partial(count, number) for number in (9, 10, 12, 20)],
            cheats={"one slide": partial(count, 1), "far too many": partial(count, 40)},
            ceiling=0.06,
        ),
        "deck.preservation": row(
            gold=partial(kept, KEPT),
            empty=partial(kept, []),
            damage=[partial(kept, KEPT[:number]) for number in (4, 3, 1, 0)],
            cheats={
                "other slides": partial(kept, [SlideText.of("Something else entirely")] * 4),
                "one slide for all": partial(kept, [KEPT[0]]),
                "every word on one slide": partial(kept, [SlideText.of(" ".join(SENTENCES[:4]) * 3)]),
            },
            ceiling=0.26,
        ),
        "recovery.recovery": row(
            gold=partial(told, TRUE),
            empty=partial(told, ""),
            damage=[
                partial(told, text)
                for text in (TRUE, " ".join(SENTENCES), " ".join(SENTENCES[1:]), "sales of the depot")
            ],
            cheats={
                "every option": partial(told, ALL_OPTIONS),
                "the prompt alone": partial(told, "Results of the north. For the board and the investors"),
                "figures of a rival": partial(told, FAR_TEXTS[0]),
            },
            ceiling=0.5,
        ),
        "revision.instructions_followed": row(
            gold=partial(followed, DONE),
            empty=partial(followed, []),
            damage=[partial(followed, slides) for slides in (DONE, [FIXED, *GIVEN[1:]], GIVEN)],
            cheats={
                "no edit at all": partial(followed, GIVEN),
                "the new figure beside the old": partial(
                    followed, [SlideText.of("Revenue grew", "It rose by 6.8%, not 5.1%"), *GIVEN[1:]]
                ),
                "the party in other words": partial(
                    followed, [*GIVEN[:2], SlideText.of("Helpers", GIVEN[2].text.replace("\n", " "))]
                ),
            },
        ),
        "slide.RECIPES[default]": row(
            gold=levels,
            empty=partial(levels, **dict.fromkeys((*GATES, *DESIGN_PARTS, "retrieval"), 0.0)),
            damage=[partial(levels, **dict.fromkeys(DESIGN_PARTS, level)) for level in (1.0, 0.5, 0.0)]
            + [partial(levels, recall=0.2, **dict.fromkeys(DESIGN_PARTS, 0.0))],
            cheats={
                **{f"perfect but for {gate}": partial(levels, **{gate: 0.0}) for gate in GATES},
                "a given deck handed back": partial(levels, given=0.8, instructions=0.8),
                "a given deck made worse": partial(levels, given=0.8, instructions=0.5, preservation=1.0),
            },
            ceiling=1e-12,
        ),
    }


def levels(**changes: float) -> Any:
    """The default recipe of a deck that has all levels at 1, some of them changed."""
    full = dict.fromkeys((*GATES, *DESIGN_PARTS, "retrieval", "preservation"), 1.0) | {"given": 0.0}
    return RECIPES["default"].score(full | changes)
