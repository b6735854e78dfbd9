"""Whether cards keep even distances, and texts keep off their edges.

Measured on the blocks of a rendered page. An empty page scores 0.
"""

__all__ = ["spacing"]

from collections.abc import Sequence
from itertools import pairwise

from .block import PageFacts
from .elements import Element, page_elements
from .score import Score
from .visibility import visible_groups

EVEN_PX, UNEVEN_PX = 3.0, 16.0
SAME_EXTENT_PX = 3.0
PADDING_PX, TOUCHING_PX = 8.0, 1.0
FAINT_ALPHA = 0.03


def spacing(page: PageFacts) -> Score:
    """Whether cards in a row or column stand evenly, and texts keep off the edges of their cards.

    Formula: gaps * padding. gaps = mean over rows and columns of three or more cards of one size: 1 where
    their gaps differ by up to 3 px, 0 from 16 px; padding = mean of average and worst of the texts'
    distances from the left and right edge of their own filled card, 0 at 1 px, 1 from 8 px. Ours.
    """
    groups = visible_groups(page)
    if not groups:
        return Score(0.0, why="no text stands on the page")
    cards = [element for element in page_elements(page, groups) if not element.is_text]
    uneven = [spread for axis in (0, 1) for row in _rows(cards, axis) for spread in [_spread(row, axis)]]
    levels = [1.0 - _ramp(spread, EVEN_PX, UNEVEN_PX) for spread in uneven]
    gaps = sum(levels) / len(levels) if levels else 1.0
    pads: list[tuple[float, str]] = []
    for group in groups:
        if group.parent < 0 or group.is_drawn:
            continue
        card = page.blocks[group.parent]
        if card.kind != "box" or card.alpha <= FAINT_ALPHA or not card.opaque or card.group == group.group:
            continue
        distance = min(group.box[0] - card.box[0], card.box[2] - group.box[2])
        pads.append((_ramp(distance, TOUCHING_PX, PADDING_PX), group.text))
    padding, tight = 1.0, ""
    if pads:
        worst, tight = min(pads)
        padding = 1.0 if worst >= 1.0 else 0.5 * worst + 0.5 * sum(level for level, _ in pads) / len(pads)
    if gaps <= padding and gaps < 1.0:
        why = f"gaps between cards differ by {max(uneven):.0f} px"
    else:
        why = f"{tight[:32]!r} touches the edge of its card" if padding < 1.0 else "distances are even"
    return Score(gaps * padding, {"gaps": gaps, "padding": padding}, why)


def _rows(cards: Sequence[Element], axis: int) -> list[list[Element]]:
    """Rows (axis 0) or columns (axis 1) of three or more cards of one extent across, in order."""
    across = 1 - axis
    rows: list[list[Element]] = []
    for card in sorted(cards, key=lambda card: card.box[axis]):
        for row in rows:
            last = row[-1]
            sizes = [box[across + 2] - box[across] for box in (card.box, last.box)]
            shared = min(card.box[across + 2], last.box[across + 2]) - max(card.box[across], last.box[across])
            is_beyond = card.box[axis] >= last.box[axis + 2] - 1.0
            if (
                is_beyond
                and card.parent == last.parent
                and abs(sizes[0] - sizes[1]) <= SAME_EXTENT_PX
                and shared >= 0.8 * min(sizes)
            ):
                row.append(card)
                break
        else:
            rows.append([card])
    return [row for row in rows if len(row) >= 3]


def _spread(row: Sequence[Element], axis: int) -> float:
    """Largest less smallest gap, px."""
    gaps = [after.box[axis] - before.box[axis + 2] for before, after in pairwise(row)]
    return max(gaps) - min(gaps)


def _ramp(x: float, zero: float, one: float) -> float:
    return min(1.0, max(0.0, (x - zero) / (one - zero)))
