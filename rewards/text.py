"""What a deck says: facts, titles, length, repetition, choices.

Reads only what a viewer can see (`slide_text.py`). Facts and options are plain data; no brief is known.
"""

__all__ = [
    "FactKey",
    "closed_choice",
    "fact_recall",
    "near_duplicates",
    "telling_slides",
    "titles",
    "words_in_range",
]

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from .block import PageFacts
from .claims import Claims, spread, wanted_of
from .numbers import Figure, figures, is_same
from .score import Score
from .shaping import plateau
from .slide_text import SlideText, title_of
from .vocabulary import content_stems, holds_phrase, phrase_stems, stems

SHINGLE_WORDS = 3
COPY_SHARE = 0.8
KNOWN_WORDS = 3
LEAST_SHINGLES = 8
FOOTER_WORDS = 14
FOOTER_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class FactKey:
    """A fact that a deck must say.

    Args:
        id: its name in the parts of the score.
        values: figures, dates or names that must all stand on one slide.
        terms: words or phrases of which one must stand beside them.
    """

    id: str
    values: tuple[str, ...]
    terms: tuple[str, ...]


def fact_recall(
    slides: Sequence[SlideText],
    facts: Sequence[FactKey],
    *,
    max_words: int,
    known: Sequence[str] = (),
    is_all: bool = True,
) -> Score:
    """Share of the facts that the deck says, each where it is said best.

    Formula: spread * mean over facts of max over slides of min(1, max_words / words)^2 * focus * bond. A
    slide says a fact if all its values and one of its terms stand there, in any usual spelling. What a wall
    of numbers earns is made small four times, ours:

    - words: a slide over the allowed length pays by the square;
    - focus = min(1, (own + 3) / (0.7 * n))^2 of n figures on the slide, own of which belong to facts that it
      says or are `known`: who shows everything says little;
    - spread, the same over the distinct figures of the whole deck (`claims.py:spread`): a slide for every
      sentence of the notes says little as well;
    - bond = the weakest value's link to a term: a value is bound in full if a term stands in its own passage,
      in a label next to it (above, below, left, right, before or after) or in the title; by a label or title
      that names t terms of facts by min(1, 4 / t)^2, by the title of n figures by min(1, 12 / n)^2; by a term
      elsewhere on the slide by a quarter of that. All this times the clarity of the value's passage: of n
      figures, w other words, m words and c facts said, (min(1, (w / 2 + 4) / n) * min(1, 45 / m) *
      min(1, 3 / c))^2.

    Args:
        slides: in order.
        facts: at least one.
        max_words: most words of a slide, > 0.
        known: texts whose figures a slide may show freely, such as series and next steps.
        is_all: whether facts and known are all that the deck is for; if not, spread is 1.

    Raises:
        UsageError: no fact, a fact without values or terms, or max_words out of range.

    >>> fact = FactKey("revenue", ("6.8%", "£58.1 million"), ("revenue", "sales"))
    >>> fact_recall([SlideText.of("Sales grew by 6.8 %", "to £58.1m")], [fact], max_words=60).value
    1.0
    >>> fact_recall([SlideText.of("Growth of 6.8%", "£58.1 million")], [fact], max_words=60).value
    0.0
    """
    if not facts or any(not fact.values or not fact.terms for fact in facts):
        raise UsageError("fact_recall needs at least one fact, each with values and terms")
    if max_words <= 0:
        raise UsageError(f"max_words is at least 1, got {max_words}")
    wanted = [wanted_of(fact.values, fact.terms) for fact in facts]
    allowed = [figure for text in known for figure in figures(text)]
    earned = [0.0] * len(facts)
    shown: list[Figure] = []
    for slide in slides:
        claims = Claims(slide, wanted, allowed)
        shown += claims.shown
        length = min(1.0, max_words / max(slide.words, 1)) ** 2
        for number, level in enumerate(claims.levels()):
            earned[number] = max(earned[number], length * level)
    if is_all:
        told = [fact for fact, credit in zip(wanted, earned, strict=True) if credit]
        point = spread(shown, told, allowed)
        earned = [credit * point for credit in earned]
    parts = {fact.id: credit for fact, credit in zip(facts, earned, strict=True)}
    missing = [fact.id for fact, credit in zip(facts, earned, strict=True) if not credit]
    said = len(facts) - len(missing)
    why = f"{said} of {len(facts)} facts are said"
    return Score(
        sum(earned) / len(earned), parts, f"{why}; missing: {', '.join(missing)}" if missing else why
    )


def telling_slides(slides: Sequence[SlideText], facts: Sequence[FactKey], known: Sequence[str] = ()) -> int:
    """How many slides tell something that was asked for: a value of a fact, or of what is known.

    A slide tells a fact if it shows one of its values; a text that is known if it shows one of its figures or
    three of its words.

    >>> fact = FactKey("revenue", ("6.8%",), ("revenue",))
    >>> telling_slides([SlideText.of("Up 6.8%"), SlideText.of("Thank you")], [fact])
    1
    """
    wanted = [wanted_of(fact.values, fact.terms) for fact in facts]
    free = [figure for text in known for figure in figures(text)]
    words = [frozenset(content_stems(text)) for text in known]
    told = 0
    for slide in slides:
        own = frozenset(content_stems(slide.text))
        told += Claims(slide, wanted, free).tells_any() or any(
            len(own & each) >= KNOWN_WORDS for each in words
        )
    return told


def titles(pages: Sequence[PageFacts]) -> Score:
    """Share of the slides that have a title of their own.

    Formula: share of slides with a title (`slide_text.py:title_of`: the largest text at the top, 1 to 14
    words) that no earlier slide bears. No slides score 0.

    Args:
        pages: in order.
    """
    seen: set[tuple[str, ...]] = set()
    faults: list[str] = []
    for index, page in enumerate(pages):
        title = title_of(page)
        words = stems(title.text) if title else ()
        if not words:
            faults.append(f"slide {index} has no title")
        elif words in seen:
            faults.append(f"slide {index} repeats the title {title.text!r}" if title else "")
        seen.add(words)
    value = (len(pages) - len(faults)) / len(pages) if pages else 0.0
    return Score(value, why=faults[0] if faults else f"{len(pages)} slides have titles of their own")


def words_in_range(counts: Sequence[int], lo: int, hi: int, *, short: Collection[int] = (0,)) -> Score:
    """Mean over the slides of a plateau around the allowed numbers of words.

    Formula: 1 in [lo, hi], falling straight to 0 at no words and at twice hi; a slide of `short` may have
    fewer than lo, but not none. No slides score 0.

    Args:
        counts: words of each slide.
        lo: fewest words, >= 1.
        hi: most words, >= lo.
        short: indices of slides that need not reach lo, such as the cover; negative ones count from the end.

    Raises:
        UsageError: no range.

    >>> words_in_range([4, 30, 120], 12, 60).value
    0.6666666666666666
    """
    if not 1 <= lo <= hi:
        raise UsageError(f"a range of words is 1 <= lo <= hi, got {lo} to {hi}")
    free = {index % len(counts) for index in short if counts and -len(counts) <= index < len(counts)}
    levels = [
        plateau(count, zero_low=0, one_low=1 if index in free else lo, one_high=hi, zero_high=2 * hi)
        for index, count in enumerate(counts)
    ]
    if not levels:
        return Score(0.0, why="no slides")
    worst = min(range(len(levels)), key=lambda index: levels[index])
    why = f"slide {worst} has {counts[worst]} words, {lo} to {hi} are asked for"
    return Score(sum(levels) / len(levels), why=why if levels[worst] < 1 else f"all have {lo} to {hi} words")


def near_duplicates(texts: Sequence[str]) -> Score:
    """Share of the slides that are no near copies of an earlier one.

    Formula: 1 - copies / n; a slide is a copy if the 3-word shingles of it and an earlier one, A and B, have
    shared / all >= 0.8 or, where both have at least 8, shared / fewer >= 0.8 (Broder 1997, resemblance and
    containment, exact). Lines of at most 14 words that stand on more than half of three or more slides are
    footers and left out first, numbers aside; a slide that is nothing but such lines is a copy of the first
    of its kind. Numbers count as words. No slides, or one without words, earn nothing.

    Args:
        texts: what can be read on each slide, a line each passage.

    >>> near_duplicates(["one two three four", "one two three four", "five six seven"]).value
    0.6666666666666666
    """
    lines = [[stems(line) for line in text.splitlines() if stems(line)] for text in texts]
    bare = [[tuple(re.sub("[0-9]+", "0", word) for word in line) for line in slide] for slide in lines]
    often = Counter(line for slide in bare for line in set(slide))
    most = FOOTER_SHARE * len(texts) if len(texts) >= 3 else len(texts)
    footers = {line for line, count in often.items() if count > most and len(line) <= FOOTER_WORDS}
    kept = [
        [line for line, plain_line in zip(slide, plain_lines, strict=True) if plain_line not in footers]
        for slide, plain_lines in zip(lines, bare, strict=True)
    ]
    shingles = [_shingles([word for line in slide for word in line]) for slide in kept]
    copies: list[str] = []
    for index, own in enumerate(shingles):
        if not lines[index]:
            copies.append(f"slide {index} has no words")
            continue
        twin = next((j for j in range(index) if lines[j] and _is_copy(own, shingles[j])), None)
        if twin is not None:
            copies.append(f"slide {index} is a copy of slide {twin}")
    value = (len(texts) - len(copies)) / len(texts) if texts else 0.0
    return Score(value, why=copies[0] if copies else f"{len(texts)} slides, no copies")


def closed_choice(text: str, options: Sequence[Sequence[str]]) -> int:
    """Which option a text supports best: the one with the largest share of its phrases in the text.

    A figure is found in any usual spelling, words by their stems in a row. -1 if no phrase stands there or
    two options are supported alike: who lists everything has chosen nothing.

    Args:
        text: what can be read.
        options: phrases of each option.

    >>> closed_choice("For the board: sales rose 6.8 %", [["investors"], ["board"]])
    1
    >>> closed_choice("For investors and the board", [["investors"], ["board"]])
    -1
    """
    words, found = stems(text), figures(text)

    def stands(phrase: str) -> bool:
        wanted = figures(phrase)
        if wanted:
            return all(any(is_same(one, other) for other in found) for one in wanted)
        return holds_phrase(words, phrase_stems(phrase))

    shares = [sum(map(stands, phrases)) / len(phrases) if phrases else 0.0 for phrases in options]
    best = max(shares, default=0.0)
    return shares.index(best) if best > 0.0 and shares.count(best) == 1 else -1


def _shingles(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    if len(words) < SHINGLE_WORDS:
        return frozenset({tuple(words)})
    return frozenset(tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1))


def _is_copy(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    shared = len(one & other)
    fewest = min(len(one), len(other))
    if shared >= COPY_SHARE * len(one | other):
        return True
    return fewest >= LEAST_SHINGLES and shared >= COPY_SHARE * fewest
