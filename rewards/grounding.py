"""Which numbers of a deck its sources state.

Exact on values and units, lenient on spelling and honest rounding; knows no brief.
"""

__all__ = ["number_grounding"]

from collections.abc import Sequence
from itertools import permutations
from math import isclose

from .numbers import Figure, figures
from .score import Score
from .slide_text import SlideText

MOST_OPERANDS = 6
ROUNDING = 0.01
LEAST_DIGITS = 2
SCALES = (1e3, 1e6, 1e9)
FREE_UNITS = ("year", "month", "time")
NAMED = 6


def number_grounding(
    slides: Sequence[SlideText], sources: Sequence[str], *, stale: Sequence[str] = ()
) -> Score:
    """Share of the distinct numbers on the slides that the sources state.

    Formula: |grounded| / |shown|, over distinct pairs of value and unit in the whole deck, so that
    repeating a true number hides no invented one. Grounded is a figure that a source states in the same
    unit, in any spelling; its bare digits, as on an axis that names the unit; a figure with a unit, of
    two or more digits, that rounds one of them by at most 1 %; and one that its own passage derives: sum,
    difference, change in percent or share of two grounded figures of one unit, where the passage has at
    most six. Figures that only `stale` sources state are never grounded. Exempt: years, months, clock
    times, ticks of axes, the slide's own number and running numbers 1, 2, 3 of lists. No slide with words
    scores 0; words without numbers claim nothing that could be wrong and score 1, which earns nothing
    where facts are asked for. Ours.

    Args:
        slides: in order.
        sources: texts that may be relied on.
        stale: texts of another period or scope.

    >>> slides = [SlideText.of("Sales rose from £50m to £54m (+8%)", "Staff: 31")]
    >>> number_grounding(slides, ["Sales: £54 million, before that £50 million."]).value
    0.75
    """
    if not any(slide.words for slide in slides):
        return Score(0.0, why="no words")
    stated = [figure for source in sources for figure in figures(source, words=True)]
    outdated = [figure for source in stale for figure in figures(source)]
    levels: dict[tuple[float, str], tuple[bool, str]] = {}
    for index, slide in enumerate(slides):
        free = _list_numbers(slide, index, len(slides))
        for place, passage in enumerate(slide.passages):
            if passage.is_tick or place in free:
                continue
            shown = [figure for figure in figures(passage.text) if not _is_exempt(figure, passage.text)]
            grounded = [figure for figure in shown if _is_stated(figure, stated)]
            for figure in shown:
                is_true = figure in grounded or (
                    not any(_agrees(figure, other) for other in outdated) and _is_derived(figure, grounded)
                )
                key = (figure.value, figure.unit)
                levels[key] = (is_true and levels.get(key, (True, ""))[0], f"{figure.text} on slide {index}")
    if not levels:
        return Score(1.0, why="no numbers are shown")
    strays = [text for is_true, text in levels.values() if not is_true]
    value = 1.0 - len(strays) / len(levels)
    more = f" and {len(strays) - NAMED} more" if len(strays) > NAMED else ""
    why = (
        f"no source states {', '.join(strays[:NAMED])}{more}"
        if strays
        else f"{len(levels)} numbers, all stated"
    )
    return Score(value, why=why)


def _is_stated(figure: Figure, stated: Sequence[Figure]) -> bool:
    return any(_agrees(figure, other) for other in stated)


def _agrees(shown: Figure, stated: Figure) -> bool:
    """Whether a source's figure says what is shown; signs are told by words as often as by signs."""
    for value, unit in shown.readings:
        for other, other_unit in stated.readings:
            if "date" in (unit, other_unit):
                if unit == other_unit and (
                    value == other or (value < 10_000 and other % 10_000 == value) or other == value % 10_000
                ):
                    return True
                continue
            if unit in (other_unit, "") and isclose(value, other, rel_tol=1e-9):
                return True
            if unit == other_unit and unit and _rounds(shown, value, other):
                return True
    if shown.unit == "date":
        return False
    if shown.unit:
        bare = stated.unit == "" and stated.value == stated.digits
        return bare and isclose(shown.digits, stated.digits, rel_tol=1e-9)
    if isclose(shown.value, stated.digits, rel_tol=1e-9) and stated.unit != "date":
        return True
    digits = len(f"{shown.value:g}".replace(".", "").strip("0"))
    return digits > LEAST_DIGITS and any(
        isclose(shown.value * scale, stated.value, rel_tol=1e-9) for scale in SCALES
    )


def _rounds(shown: Figure, value: float, exact: float) -> bool:
    """Whether what is shown is another figure rounded to the digits shown."""
    digits = len(f"{shown.digits:.{shown.decimals}f}".replace(".", "").lstrip("0"))
    step = (value / shown.digits if shown.digits else 1.0) * 10.0**-shown.decimals
    return digits >= LEAST_DIGITS and abs(value - exact) <= min(0.5001 * step, ROUNDING * abs(exact))


def _is_derived(figure: Figure, grounded: Sequence[Figure]) -> bool:
    """Whether two grounded figures of the same passage give this one."""
    if len(grounded) > MOST_OPERANDS:
        return False
    step = (figure.value / figure.digits if figure.digits else 1.0) * 10.0**-figure.decimals
    for a, b in permutations(grounded, 2):
        if a.unit != b.unit:
            continue
        results = [(a.value + b.value, a.unit), (a.value - b.value, a.unit)]
        if a.unit == "%":
            results.append((a.value - b.value, "pp"))
        elif b.value:
            results += [(100 * (a.value - b.value) / b.value, "%"), (100 * a.value / b.value, "%")]
        for value, unit in results:
            if unit == figure.unit and abs(abs(value) - figure.value) <= 0.5001 * step:
                return True
    return False


def _is_exempt(figure: Figure, text: str) -> bool:
    """Years and the like, and the number at the head of an item: `1.`, `2)`, `Step 3`."""
    if figure.unit in FREE_UNITS:
        return True
    if figure.unit or figure.decimals or not 1 <= figure.value <= 20:
        return False
    before, after = text[: figure.start].strip().casefold(), text[figure.end :].lstrip()
    is_head = not before and after[:1] in (".", ")", ":") and after[1:].strip() != ""
    return is_head or before in (
        "step",
        "phase",
        "option",
        "part",
        "slide",
        "page",
        "#",
        "no.",
        "stage",
        "level",
    )


def _list_numbers(slide: SlideText, index: int, count: int) -> set[int]:
    """Passages that are running numbers 1, 2, 3 or the slide's own number."""
    lone: dict[int, list[int]] = {}
    for place, passage in enumerate(slide.passages):
        bare = passage.text.strip(" .)#").casefold().removeprefix("page").removeprefix("slide").strip()
        first, _, last = bare.replace(" of ", "/").partition("/")
        first, last = first.strip(), last.strip()
        if first.isdecimal() and len(first) <= 2 and (not last or last == str(count)):
            lone.setdefault(int(first), []).append(place)
    free = set(lone.get(index + 1, [])[-1:])  # a page number stands after the numbers of a list
    number = 1
    while number in lone:
        number += 1
    if number > 2:
        free.update(place for value in range(1, number) for place in lone[value][:1])
    return free
