"""Grades a deck against the key of its brief.

Brings what can be read on the slides together with what was asked; knows no episode and no browser.
"""

__all__ = ["DeckKey", "appraise"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..rewards.deck import preservation, slide_count
from ..rewards.grounding import number_grounding
from ..rewards.recovery import Choice, recovery
from ..rewards.revision import instructions_followed
from ..rewards.slide import SlideMeasures, compose_slides, design
from ..rewards.slide_text import SlideText
from ..rewards.text import FactKey, fact_recall, near_duplicates, telling_slides

SILENT_SLIDES = 2


@dataclass(frozen=True)
class DeckKey:
    """What a deck is graded against.

    Args:
        facts: what it must say.
        known: texts whose figures it may show freely: series, next steps, the brief itself.
        slides: fewest and most.
        words: fewest and most on a slide.
        sources: current notes.
        stale: notes that are not.
        documents: the true brief in short, then its rivals.
        choices: what else a reader should be able to tell, each with the true option first.
        ranges: ranges of slides, the true one first.
        demands: what the instructions of an edit task ask for.
        kept: indices of the given slides that no instruction touches.
    """

    facts: tuple[FactKey, ...]
    known: tuple[str, ...]
    slides: tuple[int, int]
    words: tuple[int, int]
    sources: tuple[str, ...]
    stale: tuple[str, ...]
    documents: tuple[str, ...]
    choices: tuple[Choice, ...]
    ranges: tuple[tuple[int, int], ...] = ()
    demands: tuple[Mapping[str, Any], ...] = ()
    kept: tuple[int, ...] = ()

    @classmethod
    def of(cls, key: Mapping[str, Any]) -> "DeckKey":
        """From a task's key."""
        return cls(
            facts=tuple(FactKey(f["id"], tuple(f["values"]), tuple(f["terms"])) for f in key["facts"]),
            known=tuple(key["known"]),
            slides=(key["slides"][0], key["slides"][1]),
            words=(key["words"][0], key["words"][1]),
            sources=tuple(key["sources"]),
            stale=tuple(key["stale"]),
            documents=tuple(key["documents"]),
            choices=tuple(
                Choice(c["name"], tuple(map(tuple, c["options"])), c["answer"]) for c in key["choices"]
            ),
            ranges=tuple((low, high) for low, high in key["ranges"]),
            demands=tuple(key["demands"]),
            kept=tuple(key["kept"]),
        )


def appraise(
    slides: Sequence[SlideMeasures], key: DeckKey, given: Sequence[SlideMeasures] = ()
) -> tuple[dict[str, float], str]:
    """Level of every part of the default recipe but the penalty, and the reason in one line.

    Args:
        slides: the deck as it stands.
        key: what was asked.
        given: the deck as it was given; empty for a new one.
    """
    levels, why = _worth(slides, key, given)
    if given:
        levels["given"] = compose_slides(_worth(given, key, given)[0])
        kept = preservation([given[i].text for i in key.kept], [slide.text for slide in slides])
        levels["preservation"], why = kept.value, f"{why}; {kept.why}"
    else:
        levels["given"], levels["preservation"] = 0.0, 1.0
    return levels, why


def _worth(
    slides: Sequence[SlideMeasures], key: DeckKey, given: Sequence[SlideMeasures]
) -> tuple[dict[str, float], str]:
    texts: list[SlideText] = [slide.text for slide in slides]
    lines = [text.text for text in texts]
    # A cover and a divider may tell nothing; more slides than that are filler, and do not count.
    telling = telling_slides(texts, key.facts, key.known) + SILENT_SLIDES
    told = min(len(slides), max(telling, 1)) if slides else 0
    count = min(
        (slide_count(number, fewest=key.slides[0], most=key.slides[1]) for number in (len(slides), told)),
        key=lambda score: score.value,
    )
    distinct = near_duplicates(lines)
    recall = fact_recall(texts, key.facts, max_words=key.words[1], known=key.known)
    grounding = number_grounding(texts, (*key.sources, *key.known), stale=key.stale)
    found = recovery("\n".join(lines), key.documents, key.choices, slides=len(slides), ranges=key.ranges)
    asked = instructions_followed(texts, key.demands, [slide.text for slide in given])
    parts, looks = design(slides, words=key.words)
    levels = {
        "count": count.value,
        "distinct": distinct.value,
        "instructions": asked.value,
        "recall": recall.value,
        "grounding": grounding.value,
        "retrieval": found.value,
        **parts,
    }
    whys = (count.why, recall.why, grounding.why, *((asked.why,) if key.demands else ()), looks)
    return levels, "; ".join(whys)
