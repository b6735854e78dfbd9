"""What the recipes of SlideBuild other than the default ask of a deck.

The published components of SlideForge on the same deck, and a judge's two answers. Knows no episode.
"""

__all__ = ["forge_levels", "judged_levels"]

from collections.abc import Sequence
from dataclasses import replace

from ..rewards.deck_judging import AESTHETICS, marks_of_html, marks_of_pictures, told_brief
from ..rewards.forge_page import forge_slide
from ..rewards.inverse import InverseSpecification, Specification
from ..rewards.judge import Judge
from ..rewards.score import Score
from ..rewards.slideforge import (
    ForgeBrief,
    ForgeSlide,
    aesthetic_html,
    aesthetic_visual,
    brief_reconstruction,
    code_rules,
    content_quality,
    render_quality,
)
from ..scenarios.slide_brief import AUDIENCES, Brief
from ..tools.deck import Deck
from ..tools.slide_lint import measured

RESEARCHER_CONFIDENCE = 0.3  # of the published briefs that have to be researched


def judged_levels(judge: Judge, deck: Deck, brief: Brief) -> tuple[dict[str, float], str]:
    """Levels `told` and `aesthetics`: what a judge recovers of the brief, and how it likes the looks.

    A deck without slides scores 0 without a question.

    Raises:
        JudgeError: the judge is out of reach.
    """
    if not len(deck):
        return {"told": 0.0, "aesthetics": 0.0}, "no slides to judge"
    pictures = [deck.shown(index).image for index in range(len(deck))]
    truth = Specification(brief.topic, brief.audience, tuple(fact.terms for fact in brief.facts))
    told = InverseSpecification("slides of a presentation", AUDIENCES).score(judge, pictures, truth)
    looks = AESTHETICS.score(judge, *pictures)
    levels = {"told": told.value, "aesthetics": looks.value}
    return levels, f"judged: {told.why}; {looks.why}"


def forge_levels(
    deck: Deck, brief: Brief, research: Sequence[str], outline: Sequence[str], judge: Judge | None
) -> tuple[dict[str, float], str]:
    """Levels of SlideForge's components; those that a judge gives only where there is one.

    Args:
        deck: the slides.
        brief: what was asked for; its fewest slides are the published number of slides.
        research: what each search found.
        outline: the plan.
        judge: who is asked, or None.

    Raises:
        JudgeError: the judge is out of reach.
    """
    asked = ForgeBrief(
        brief.topic,
        brief.audience,
        brief.slides[0],
        sum(brief.words) // 2,
        confidence=RESEARCHER_CONFIDENCE,
    )
    pages = [deck.html(index) for index in range(len(deck))]
    slides = [_forged(deck, index) for index in range(len(deck))]
    scores = {
        "code_rules": code_rules(slides, asked),
        "render_quality": render_quality(slides, asked),
        "content_quality": content_quality(slides, asked, research=research, outline=outline),
    }
    if judge is not None:
        pictures = [deck.shown(index).image for index in range(len(deck))]
        marks = (marks_of_html(judge, pages), marks_of_pictures(judge, pictures)) if pages else ((), ())
        told = brief_reconstruction(told_brief(judge, pages), asked) if pages else Score(0.0, why="no slides")
        scores |= {
            "aesthetic_html": aesthetic_html(marks[0], len(pages)),
            "aesthetic_visual": aesthetic_visual(marks[1], len(pages)),
            "brief_reconstruction": told,
        }
    levels = {name: score.value for name, score in scores.items()}
    return levels, "; ".join(score.why for score in scores.values())


def _forged(deck: Deck, index: int) -> ForgeSlide:
    """A slide as SlideForge reads it; where its class names are missing, titles and passages as they look."""
    slide, text = forge_slide(deck.html(index)), measured(deck.shown(index)).text
    title = slide.title
    if title is None and text.title >= 0:
        title = text.passages[text.title].text
    told = tuple(one.text for number, one in enumerate(text.passages) if number != text.title)
    return replace(slide, title=title, sections=slide.sections or told)
