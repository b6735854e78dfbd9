"""SlideForge's reward for slides, as its code was published.

"Learning to Present" (arXiv 2603.16839; repository pushing-the-frontier/slide-forge-llm at 9813b12d): six
components and their weights, weaknesses included, so that the same decks can be graded by it and by ours. It
pays junk: a word of the topic makes a slide relevant, four words shared with any note make it grounded, a
page number makes it unique. Knows no browser and no judge; three components take a judge's answers as plain
data (`deck_judging.py` asks for them). What fails is 0 in the published code; here a judge that fails is an
error.
"""

__all__ = [
    "RECIPES",
    "WEIGHTS",
    "ForgeBrief",
    "ForgeSlide",
    "aesthetic_html",
    "aesthetic_visual",
    "aggregate",
    "brief_reconstruction",
    "code_rules",
    "content_quality",
    "render_quality",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..errors import UsageError
from .json_reply import list_in
from .recipe import Recipe, Term
from .score import Score

PAPER = "arXiv 2603.16839 (published code)"
WEIGHTS: Mapping[str, float] = {
    "code_rules": 1.0,
    "render_quality": 2.0,
    "content_quality": 2.0,
    "aesthetic_html": 1.5,
    "aesthetic_visual": 1.5,
    "brief_reconstruction": 2.0,
}
JUDGED = ("aesthetic_html", "aesthetic_visual", "brief_reconstruction")
GROUNDING_STOPS = frozenset({"the", "a", "an", "is", "are", "and", "or", "of", "to", "in"})
BRIEF_STOPS = GROUNDING_STOPS | {"for", "on", "with", "-", "&"}
SURE = 0.8


@dataclass(frozen=True)
class ForgeSlide:
    """A slide that was made; `forge_page.py` reads one from HTML.

    Args:
        text: all of its text, pieces parted by blanks, page number and footer included.
        title: text of its first element of class `title`; None where it has none.
        sections: texts of its elements of class `section`.
        rendered: whether there is a picture of it.
    """

    text: str
    title: str | None
    sections: tuple[str, ...]
    rendered: bool = True


@dataclass(frozen=True)
class ForgeBrief:
    """What was asked for; the defaults are the published ones."""

    topic: str = "AI Overview"
    audience: str = "general"
    slides: int = 10
    """How many."""
    words_per_slide: int = 50
    sections_per_slide: int = 3
    confidence: float = 0.5
    """From 0.8 on, a deck without research is paid for grounding all the same."""


def code_rules(slides: Sequence[ForgeSlide], brief: ForgeBrief) -> Score:
    """Title, number of sections, number of words, sections that are not empty.

    Formula: mean over slides of 0.25 * 1[title] + (0.25 if the number of sections is exact, else 0.10 if
    there is any) + 0.25 * min(w, t) / max(w, t) + 0.25 * (sections with text / sections); w words, t asked
    for.

    >>> slides = [ForgeSlide("x " * 47, "x", ("a", "b", "c"))] * 7
    >>> round(code_rules(slides, ForgeBrief(slides=7)).value, 3)
    0.985
    """
    levels = [_rules_level(slide, brief) for slide in slides]
    value = sum(levels) / max(len(levels), 1)
    return Score(value, {"code_rules": value}, f"{len(slides)} slides keep {value:.0%} of the rules of form")


def render_quality(slides: Sequence[ForgeSlide], brief: ForgeBrief) -> Score:
    """Enough slides, a picture of each, and a title and a section in each.

    Formula: 0.4 * min(made / asked for, 1) + 0.3 * rendered / made + 0.3 * (with title and section) / made;
    a title may be empty. Without slides 0.

    >>> render_quality([ForgeSlide("x", "", ("",))] * 7, ForgeBrief(slides=7)).value
    1.0
    """
    made = len(slides)
    if not made:
        return Score(0.0, {"render_quality": 0.0}, "no slides")
    rendered = sum(slide.rendered for slide in slides)
    valid = sum(slide.title is not None and bool(slide.sections) for slide in slides)
    value = 0.4 * min(made / max(brief.slides, 1), 1.0) + 0.3 * rendered / made + 0.3 * valid / made
    value = min(value, 1.0)  # three rounded thirds may sum to a little more
    why = f"{made} of {brief.slides} slides, {rendered} rendered, {valid} with title and section"
    return Score(value, {"render_quality": value}, why)


def content_quality(
    slides: Sequence[ForgeSlide],
    brief: ForgeBrief,
    *,
    research: Sequence[str] = (),
    outline: Sequence[str] = (),
) -> Score:
    """On topic, grounded in what was found, not repeated, planned.

    Formula: 0.35 * share of slides with a word of the topic (stop words count) + 0.25 * share with more than
    3 words of the research (without research: 0.15 if confidence >= 0.8, else 0) + 0.20 * different texts /
    texts + 0.20 * min(outline / asked for, 1) (0.1 without an outline), at most 1. Without slides 0.

    Args:
        slides: those that were made.
        brief: what was asked for.
        research: what each search found, as text; "" for a page that was fetched, which the published code
            counts as research and does not read.
        outline: its entries.
    """
    made = len(slides)
    if not made:
        return Score(0.0, {"content_quality": 0.0}, "no slides")
    topic, texts = set(brief.topic.lower().split()), [slide.text.lower() for slide in slides]
    relevant = sum(bool(topic & set(text.split())) for text in texts)
    found = set(" ".join(research).lower().split()) - GROUNDING_STOPS
    grounded = sum(len((set(text.split()) - GROUNDING_STOPS) & found) > 3 for text in texts)
    unsearched = 0.15 if brief.confidence >= SURE else 0.0
    value = 0.35 * relevant / made
    value += 0.25 * grounded / made if research else unsearched
    value += 0.2 * len(set(texts)) / made
    value += 0.2 * min(len(outline) / max(brief.slides, 1), 1.0) if outline else 0.1
    why = f"{relevant} of {made} slides share a word with the topic, {grounded} four with the research"
    return Score(min(value, 1.0), {"content_quality": min(value, 1.0)}, why)


def aesthetic_html(scores: Sequence[float], slides: int) -> Score:
    """A judge's marks of the slides' HTML.

    Formula: mean over slides of the mark, cut to [0, 1]; a mark that the judge left out is 0.

    Args:
        scores: what the judge gave, in order.
        slides: how many there are; without any the score is 0.

    >>> aesthetic_html([1.5, 0.5], 4).value
    0.375
    """
    return _aesthetic("aesthetic_html", scores, slides)


def aesthetic_visual(scores: Sequence[float], slides: int) -> Score:
    """A judge's marks of the slides' pictures; as `aesthetic_html`."""
    return _aesthetic("aesthetic_visual", scores, slides)


def brief_reconstruction(told: Mapping[str, Any], brief: ForgeBrief) -> Score:
    """What a judge told of the brief from the slides' HTML: the published inverse specification.

    Formula: 0.40 * |topic ∩ told topic| / |topic| + 0.25 * audience (1 the same, 0.7 one holds the other,
    else 0.4 * |audience ∩ told| / |audience|) + 0.15 * min/max of the slide counts + 0.20 * min(1, 1.5 *
    |topic ∩ told themes| / |topic|), over sets of words. An empty told audience is held by every other.

    Args:
        told: `topic`, `audience`, `num_slides` and `key_themes`; what is of another kind counts as nothing.
        brief: what was asked for.

    >>> told = {"topic": "Footfall in the north", "audience": "", "num_slides": 7, "key_themes": []}
    >>> round(brief_reconstruction(told, ForgeBrief("Footfall north", "board", slides=7)).value, 3)
    0.725
    """
    topic, said = _brief_words(brief.topic), _brief_words(_text(told.get("topic")))
    topic_level = len(topic & said) / len(topic) if topic else 0.0
    themes: set[str] = set()
    for theme in list_in(told.get("key_themes")):
        themes |= _brief_words(str(theme))
    theme_level = min(1.5 * len(topic & themes) / len(topic), 1.0) if topic else 0.0
    audience_level = _audience_level(brief.audience, _text(told.get("audience")))
    count_level = _count_level(brief.slides, told.get("num_slides"))
    value = 0.40 * topic_level + 0.25 * audience_level + 0.15 * count_level + 0.20 * theme_level
    why = (
        f"told from the slides: topic {topic_level:.2f}, audience {audience_level:.2f}, "
        f"count {count_level:.2f}, themes {theme_level:.2f}"
    )
    return Score(min(value, 1.0), {"brief_reconstruction": min(value, 1.0)}, why)


def aggregate(levels: Mapping[str, float]) -> float:
    """The published sum of the components that are given.

    Formula: sum(weight * level) / sum(weight). Without a judge its three components are left out and the rest
    is renormalised; the published code always asks one.

    Raises:
        UsageError: no component, or an unknown one.

    >>> aggregate({"code_rules": 0.5, "render_quality": 1.0, "content_quality": 1.0})
    0.9
    """
    odd = sorted(set(levels) - set(WEIGHTS))
    if odd or not levels:
        raise UsageError(f"SlideForge's components are {', '.join(WEIGHTS)}; got {', '.join(odd) or 'none'}")
    return sum(WEIGHTS[name] * level for name, level in levels.items()) / sum(
        WEIGHTS[name] for name in levels
    )


def _rules_level(slide: ForgeSlide, brief: ForgeBrief) -> float:
    words, wanted, count = len(slide.text.split()), brief.words_per_slide, len(slide.sections)
    level = 0.25 if slide.title else 0.0
    level += 0.25 if count == brief.sections_per_slide else 0.1 if count else 0.0
    level += 0.25 * min(words, wanted) / max(words, wanted) if wanted > 0 else 0.0
    return level + (0.25 * sum(map(bool, slide.sections)) / count if count else 0.0)


def _aesthetic(name: str, scores: Sequence[float], slides: int) -> Score:
    marks = [max(0.0, min(1.0, float(score))) for score in scores[:slides]]
    value = sum(marks) / slides if slides else 0.0
    return Score(value, {name: value}, f"{name}: {len(marks)} of {slides} slides marked, mean {value:.2f}")


def _brief_words(text: str) -> set[str]:
    return {word for word in text.lower().split() if word not in BRIEF_STOPS and len(word) > 1}


def _audience_level(asked: str, said: str) -> float:
    asked, said = asked.lower().strip(), said.lower().strip()
    if asked == said:
        return 1.0
    if asked in said or said in asked:
        return 0.7
    words = _brief_words(asked)
    return 0.4 * len(words & _brief_words(said)) / max(len(words), 1)


def _count_level(asked: int, said: Any) -> float:
    count = int(said) if isinstance(said, str) and said.isdecimal() and len(said) < 10 else said
    if asked <= 0 or isinstance(count, bool) or not isinstance(count, int | float) or not isfinite(count):
        return 0.0
    return max(0.0, min(count, asked) / max(count, asked))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _recipe(name: str, parts: Sequence[str], *, needs_judge: bool) -> Recipe:
    terms = tuple(Term(part, "base", WEIGHTS[part], f"rewards/slideforge.py:{part}") for part in parts)
    total = sum(term.weight for term in terms)
    summed = " + ".join(f"{term.weight:g}*{term.name}" for term in terms)
    return Recipe(name, terms, f"({summed}) / {total:g}", aggregate, paper=PAPER, needs_judge=needs_judge)


RECIPES: Mapping[str, Recipe] = {
    "slideforge": _recipe("slideforge", [n for n in WEIGHTS if n not in JUDGED], needs_judge=False),
    "slideforge_with_judge": _recipe("slideforge_with_judge", list(WEIGHTS), needs_judge=True),
}
