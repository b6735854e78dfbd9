"""What a reader sees as one thing on a page, and the lines they share.

Texts, cards and pictures as boxes; `layout.py:alignment` makes a level of them.
"""

__all__ = ["Element", "is_in_line", "margins", "near_misses", "page_elements"]

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from .block import Block, Box, PageFacts
from .boxes import area, share_inside
from .collisions import is_backdrop
from .visibility import TextGroup, visible_groups

LINE_PX = 2.0
TEXT_MISS_PX, CARD_MISS_PX = 10.0, 24.0
LEAST_SHARE = 0.002
INLINE_TAGS = frozenset({"a", "abbr", "b", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "u"})


@dataclass(frozen=True, slots=True)
class Element:
    """One thing.

    Args:
        box: px.
        parent: the box around it, None for the canvas.
        font_px: of a text; 0 for a card or a picture.
        name: how to call it.
    """

    box: Box
    parent: Box | None
    font_px: float
    name: str

    @property
    def is_text(self) -> bool:
        """Whether it is a text, not a card or a picture."""
        return self.font_px > 0.0

    def line(self, axis: int, which: int) -> float:
        """Near edge (0), far edge (1) or middle (2) along x (0) or y (1)."""
        near, far = self.box[axis], self.box[axis + 2]
        return (near, far, (near + far) / 2)[which]


def page_elements(page: PageFacts, groups: Sequence[TextGroup] | None = None) -> list[Element]:
    """Texts outside drawings, boxes that hold texts, and pictures, but no backdrops.

    Args:
        page: measured blocks.
        groups: its visible groups, where they are known already.
    """
    groups = visible_groups(page) if groups is None else groups
    found = [
        Element(group.box, _parent_box(page, group.parent), group.font_px, _called(group.text))
        for group in groups
        if not group.is_drawn and any(letter.isalnum() for letter in group.text)
    ]
    holders = {group.parent for group in groups}
    least = LEAST_SHARE * page.size_px[0] * page.size_px[1]
    for position, block in enumerate(page.blocks):
        is_card = block.kind == "box" and position in holders and block.tag not in INLINE_TAGS
        if (is_card or block.kind == "picture") and area(block.box) >= least and not is_backdrop(block, page):
            found.append(Element(block.box, _parent_box(page, block.parent), 0.0, f"a {_kind(block)}"))
    return found


def is_in_line(element: Element, elements: Sequence[Element], size_px: tuple[int, int]) -> bool:
    """Whether an element shares a line with another, or with the canvas's middle.

    With a card that holds it, or that it holds, it shares a middle only. Two texts also share a line if they
    stand equally far from the edges of their own cards.
    """
    if any(_same(element.line(axis, 2), size_px[axis] / 2) for axis in (0, 1)):
        return True
    for other in elements:
        if other is element:
            continue
        is_nested = share_inside(element.box, other.box) > 0.99 or share_inside(other.box, element.box) > 0.99
        lines = [(0, 2)] if is_nested else [(axis, which) for axis in (0, 1) for which in (0, 1, 2)]
        if any(_same(element.line(axis, which), other.line(axis, which)) for axis, which in lines):
            return True
        own, its = element.parent, other.parent
        if own and its and own != its and element.is_text and other.is_text:
            if _same(element.box[0] - own[0], other.box[0] - its[0]):
                return True
            if _same(own[2] - element.box[2], its[2] - other.box[2]):
                return True
    return False


def near_misses(elements: Sequence[Element]) -> list[Element]:
    """Elements that are nearly, but not truly, in line with a neighbour of their kind in the same card.

    Above each other: near edges 2 to 10 px apart (24 px for cards), and neither middles nor far edges agree.
    Side by side: the same of tops, for cards and for texts of one size.
    """
    missed: dict[int, Element] = {}
    for (i, one), (j, other) in combinations(enumerate(elements), 2):
        if one.is_text != other.is_text or one.parent != other.parent:
            continue
        most = TEXT_MISS_PX if one.is_text else CARD_MISS_PX
        for axis in (0, 1):
            if axis == 1 and one.is_text and not _same(one.font_px, other.font_px, 0.5):
                continue  # texts of two sizes on one baseline have two tops
            offsets = [abs(one.line(axis, which) - other.line(axis, which)) for which in (0, 1, 2)]
            is_near = LINE_PX < offsets[0] <= most and min(offsets[1:]) > LINE_PX
            if is_near and _are_neighbours(one, other, axis):
                missed[i], missed[j] = one, other
    return list(missed.values())


def margins(groups: Sequence[TextGroup], size_px: tuple[int, int]) -> tuple[float, float, str]:
    """Least distance of a text from the canvas's sides, from its top and foot, px; and the nearest text."""
    width, height = size_px
    side = min(groups, key=lambda group: min(group.box[0], width - group.box[2]))
    foot = min(groups, key=lambda group: min(group.box[1], height - group.box[3]))
    side_px = min(side.box[0], width - side.box[2])
    foot_px = min(foot.box[1], height - foot.box[3])
    return side_px, foot_px, _called((side if side_px <= foot_px else foot).text)


def _are_neighbours(one: Element, other: Element, axis: int) -> bool:
    """Whether two elements stand one behind the other across an axis, and apart along the other."""
    along = 1 - axis
    shared = min(one.box[axis + 2], other.box[axis + 2]) - max(one.box[axis], other.box[axis])
    least = min(e.box[axis + 2] - e.box[axis] for e in (one, other))
    apart = max(one.box[along], other.box[along]) - min(one.box[along + 2], other.box[along + 2])
    return shared >= 0.5 * least and apart > -LINE_PX


def _same(a: float, b: float, slack: float = LINE_PX) -> bool:
    return abs(a - b) <= slack


def _parent_box(page: PageFacts, position: int) -> Box | None:
    return page.blocks[position].box if position >= 0 else None


def _kind(block: Block) -> str:
    return "card" if block.kind == "box" else "picture"


def _called(text: str) -> str:
    return repr(text if len(text) <= 32 else text[:29] + "...")
