"""How type is set on a page: few sizes, a clear title, nothing giant.

Measured on what a viewer can see. Every part is a plateau, and they multiply: one fault is no less a fault
because the rest is fine. An empty page scores 0.
"""

__all__ = ["type_scale"]

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from .block import Box, PageFacts
from .score import Score
from .shaping import plateau
from .slide_text import title_of
from .visibility import TextGroup, visible_groups

SAME_SIZE_PX = 1.0
MOST_SIZES, FAR_TOO_MANY_SIZES = 5, 9
TITLE_RATIO, NO_RATIO = 1.3, 1.0
BODY_PX, TINY_PX = 16.0, 10.0
FOOT_BODY_PX, FOOT_TINY_PX, FOOT_ZONE = 12.0, 8.0, 0.9
LARGEST_PX, GIANT_PX = 96.0, 150.0
LINE_CHARS, ENDLESS_CHARS = 90, 140
TIGHT_LINES, CRUSHED_LINES = 1.05, 0.8
MOST_FAMILIES, FAR_TOO_MANY_FAMILIES = 2, 5
LONG_TEXT_CHARS = 40
SLACK = 0.02


def type_scale(page: PageFacts) -> Score:
    """Whether the type of a page is set as a designer would.

    Formula: product of plateaus, in [0, 1] each:
    sizes: 1 up to 5 distinct font sizes (1 px apart), 0 at 9;
    title: title size / size of the median letter of the rest: 1 from 1.3, 0 at 1.0 (where there is a rest);
    floor: mean of share and worst of texts that are large enough, each 0 at 10 px, 1 from 16 px (8 and 12 px
    in the lowest tenth, where footers stand);
    giant: largest size, 1 up to 96 px, 0 at 150 px;
    measure: longest line, 1 up to 90 characters, 0 at 140;
    leading: line distance / font size of texts of several lines, 1 from 1.05, 0 at 0.8;
    families: 1 up to 2, 0 at 5.
    Ours, from the usual rules of typography (Bringhurst, The Elements of Typographic Style, 2.1 and 2.2).
    """
    groups = [group for group in visible_groups(page) if any(letter.isalnum() for letter in group.text)]
    if not groups:
        return Score(0.0, why="no text stands on the page")
    title = title_of(page, groups)
    sizes = _distinct([block.font_px for group in groups for block in group.blocks if block.text.strip()])
    families = {block.family for group in groups for block in group.blocks if block.family}
    ratio = _title_ratio(groups, title)
    floor, smallest = _floor(groups, page.size_px[1])
    chars, distance = _longest_line(groups), _least_leading(groups)
    parts = {
        "sizes": _down(len(sizes), MOST_SIZES, FAR_TOO_MANY_SIZES),
        "title": _up(ratio, NO_RATIO, TITLE_RATIO),
        "floor": floor,
        "giant": _down(sizes[-1], LARGEST_PX, GIANT_PX),
        "measure": _down(chars, LINE_CHARS, ENDLESS_CHARS),
        "leading": _up(distance, CRUSHED_LINES, TIGHT_LINES),
        "families": _down(len(families), MOST_FAMILIES, FAR_TOO_MANY_FAMILIES),
    }
    whys = {
        "sizes": f"{len(sizes)} font sizes; {MOST_SIZES} are enough",
        "title": f"the title is {ratio:.2f} times as large as the text" if title else "there is no title",
        "floor": f"the smallest text has {smallest:.0f} px",
        "giant": f"the largest text has {sizes[-1]:.0f} px",
        "measure": f"a line has {chars} characters",
        "leading": f"lines are {distance:.2f} times the font size apart",
        "families": f"{len(families)} font families",
    }
    worst = min(parts, key=lambda name: parts[name])
    value = prod(parts.values())
    return Score(value, parts, whys[worst] if value < 1.0 else "the type is well set")


def _down(x: float, one: float, zero: float) -> float:
    slack = SLACK * one if isinstance(x, float) else 0.0
    return plateau(x, zero_low=float("-inf"), one_low=float("-inf"), one_high=one + slack, zero_high=zero)


def _up(x: float, zero: float, one: float) -> float:
    return plateau(x, zero_low=zero, one_low=one * (1 - SLACK), one_high=float("inf"), zero_high=float("inf"))


def _distinct(sizes: Sequence[float]) -> list[float]:
    """Sizes at least 1 px apart, rising."""
    found: list[float] = []
    for size in sorted(sizes):
        if not found or size - found[-1] > SAME_SIZE_PX:
            found.append(size)
    return found


def _title_ratio(groups: Sequence[TextGroup], title: TextGroup | None) -> float:
    """Size of the title over that of the median letter of the rest; short figures, set large, left out."""
    if title is None:
        return 0.0
    rest = [group for group in groups if group is not title and group.font_px <= title.font_px]
    letters = sorted((group.font_px, len(group.text)) for group in rest)
    half, passed = sum(count for _, count in letters) / 2, 0
    for size, count in letters:
        passed += count
        if passed >= half:
            return title.font_px / size
    return float("inf")


def _floor(groups: Sequence[TextGroup], height: int) -> tuple[float, float]:
    """Mean of the share and the worst of texts that are large enough; and the smallest size, px."""
    levels: list[tuple[float, float, int]] = []
    for group in groups:
        is_foot = group.box[1] >= FOOT_ZONE * height
        zero, one = (FOOT_TINY_PX, FOOT_BODY_PX) if is_foot else (TINY_PX, BODY_PX)
        levels.append((_up(group.font_px, zero, one), group.font_px, len(group.text)))
    share = sum(level * count for level, _, count in levels) / sum(count for _, _, count in levels)
    worst, smallest, _ = min(levels)
    return (1.0 if worst >= 1.0 else 0.5 * share + 0.5 * worst), smallest


def _longest_line(groups: Sequence[TextGroup]) -> int:
    """Characters of the longest line of running text."""
    return max(round(len(group.text) / max(1, len(_rows(group)))) for group in groups)


def _least_leading(groups: Sequence[TextGroup]) -> float:
    """Least distance of two lines of a text in units of its font size; infinite where none has two."""
    least = float("inf")
    for group in groups:
        rows = _rows(group)
        for above, below in pairwise(rows):
            least = min(least, ((below[1] + below[3]) - (above[1] + above[3])) / 2 / group.font_px)
    return least


def _rows(group: TextGroup) -> list[Box]:
    """Lines of a text from top to bottom; pieces at nearly one height are one line."""
    rows: list[Box] = []
    for line in sorted(group.lines, key=lambda line: line[1] + line[3]):
        middle = (line[1] + line[3]) / 2
        if rows and middle - (rows[-1][1] + rows[-1][3]) / 2 < group.font_px / 3:
            continue
        rows.append(line)
    return rows
