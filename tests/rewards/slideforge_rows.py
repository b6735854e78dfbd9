"""SlideForge's rows for the table of cheats.

Published rewards are kept with their weaknesses: a ceiling of 1 says that a cheat is paid in full. The same
decks stand beside ours in docs/papers.md.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from eyesmith.rewards.slideforge import (
    ForgeBrief,
    ForgeSlide,
    aesthetic_html,
    aesthetic_visual,
    brief_reconstruction,
    code_rules,
    content_quality,
    render_quality,
)

BRIEF = ForgeBrief("AI adoption", "board", slides=7, words_per_slide=10, confidence=0.3)
NOTES = ["adoption rose from 18 to 31 percent of all teams"]
WORDS = "AI adoption rose to 31 percent of all teams"
TOLD = {"topic": "AI adoption", "audience": "board", "num_slides": 7, "key_themes": ["AI adoption"]}


def deck(
    count: int = 7, *, text: str = WORDS, title: str | None = "AI", sections: int = 3
) -> list[ForgeSlide]:
    return [ForgeSlide(f"{number} {text}", title, ("x",) * sections) for number in range(count)]


def content(slides: list[ForgeSlide], outline: int = 7) -> Any:
    return content_quality(slides, BRIEF, research=NOTES, outline=["x"] * outline)


def told(**changes: Any) -> Any:
    return brief_reconstruction(TOLD | changes, BRIEF)


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """Name -> row, made by the table's own class."""
    return {
        "slideforge.code_rules": row(
            gold=partial(code_rules, deck(), BRIEF),
            empty=partial(code_rules, [], BRIEF),
            damage=[
                partial(code_rules, slides, BRIEF)
                for slides in (
                    deck(),
                    deck(title=""),
                    deck(title="", sections=2),
                    deck(text="x", title="", sections=0),
                )
            ],
            cheats={"junk with titles": partial(code_rules, deck(text="x " * 9, title="x"), BRIEF)},
            ceiling=1.0,
        ),
        "slideforge.render_quality": row(
            gold=partial(render_quality, deck(), BRIEF),
            empty=partial(render_quality, [], BRIEF),
            damage=[partial(render_quality, deck(count), BRIEF) for count in (7, 5, 2)]
            + [partial(render_quality, deck(1, title=None), BRIEF)],
            cheats={"empty slides": partial(render_quality, deck(text="", title=""), BRIEF)},
            ceiling=1.0,
        ),
        "slideforge.content_quality": row(
            gold=partial(content, deck()),
            empty=partial(content, []),
            damage=[partial(content, deck(), outline) for outline in (7, 5, 2)]
            + [partial(content, deck(text="AI"), 2), partial(content, deck(text="cats"), 2)],
            cheats={"the same words seven times": partial(content, deck())},
            ceiling=1.0,
        ),
        "slideforge.aesthetic_html": row(
            gold=partial(aesthetic_html, [1.0] * 7, 7),
            empty=partial(aesthetic_html, [], 7),
            damage=[partial(aesthetic_html, [mark] * 7, 7) for mark in (1.0, 0.6, 0.0)],
            cheats={"one slide marked 7": partial(aesthetic_html, [7.0], 7)},
            ceiling=0.15,
        ),
        "slideforge.aesthetic_visual": row(
            gold=partial(aesthetic_visual, [1.0] * 7, 7),
            empty=partial(aesthetic_visual, [], 7),
            damage=[partial(aesthetic_visual, [mark] * 7, 7) for mark in (1.0, 0.6, 0.0)],
            cheats={"one slide marked 7": partial(aesthetic_visual, [7.0], 7)},
            ceiling=0.15,
        ),
        "slideforge.brief_reconstruction": row(
            gold=told,
            empty=partial(brief_reconstruction, {"audience": "cats"}, BRIEF),
            damage=[
                told,
                partial(told, num_slides=14),
                partial(told, num_slides=14, key_themes=[]),
                partial(told, num_slides=14, key_themes=[], topic="cats"),
            ],
            cheats={
                "every word there is": partial(told, topic="AI adoption and everything else under the sun"),
                "an answer that tells nothing": partial(brief_reconstruction, {}, BRIEF),
            },
            ceiling=1.0,
        ),
    }
