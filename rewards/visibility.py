"""What a viewer can see of a page's texts, and why not the rest.

Judged by what was measured on the rendered page, so every trick that hides a text looks alike here: clipped,
covered, too small, too faint. Knows no HTML.
"""

__all__ = ["TextGroup", "hidden_texts", "is_drawing", "visible_groups", "visible_text", "visible_texts"]

import re
from dataclasses import dataclass
from itertools import pairwise

from .block import Block, Box, PageFacts
from .boxes import area, union

MIN_CONTRAST = 1.5
MIN_FONT_PX = 10.0
MIN_INK = 0.008
MAX_COVERED = 0.5
MIN_SEEN = 0.6
SIGN_INK_SHARE = 0.2  # a minus or a full stop paints less than a letter
WORD_GAP_EM = 0.14

_WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")  # a no-break space is no white space: it may part thousands
_DRAWING_TAGS = frozenset({"svg", "text", "tspan", "textpath", "g", "path", "rect", "circle", "line"})


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Visible texts of one block-level element, joined.

    Args:
        text: what can be read, white space collapsed.
        box: around all its lines, px.
        blocks: its texts, in document order.
        font_px: size of most of its letters.
        parent: position in the page's blocks of the box or picture around it, -1 for the page.
    """

    text: str
    box: Box
    blocks: tuple[Block, ...]
    font_px: float
    parent: int

    @property
    def group(self) -> int:
        """Number of its block-level element."""
        return self.blocks[0].group

    @property
    def lines(self) -> tuple[Box, ...]:
        """Boxes of all its lines."""
        return tuple(line for block in self.blocks for line in block.lines or (block.box,))

    @property
    def is_drawn(self) -> bool:
        """Whether it is part of a drawing (SVG)."""
        return all(is_drawing(block) for block in self.blocks)


def visible_texts(
    page: PageFacts,
    *,
    min_contrast: float = MIN_CONTRAST,
    min_font_px: float = MIN_FONT_PX,
    min_ink: float = MIN_INK,
    max_covered: float = MAX_COVERED,
    min_seen: float = MIN_SEEN,
) -> tuple[Block, ...]:
    """The texts that a viewer can see, in document order.

    Args:
        page: measured blocks.
        min_contrast: WCAG contrast as painted, 1 to 21; below it a text is lost in its background.
        min_font_px: size as seen.
        min_ink: share of the lines' area that has the text's colour; letters have 0.05 to 0.3.
        max_covered: share of the lines under opaque blocks.
        min_seen: share of the box inside the canvas and all that clips it.

    >>> from .block import Block, PageFacts
    >>> seen = Block(kind="text", box=(0, 0, 90, 20), seen=(0, 0, 90, 20), paint=1, text="Sales rose",
    ...              font_px=20.0, contrast=12.0, ink=0.15)
    >>> page = PageFacts(blocks=(seen,), size_px=(1280, 720), content_px=(1280, 720))
    >>> [block.text for block in visible_texts(page)]
    ['Sales rose']
    """
    limits = (min_contrast, min_font_px, min_ink, max_covered, min_seen)
    return tuple(block for block in page.blocks if _is_text(block) and not _fault(block, limits))


def hidden_texts(page: PageFacts) -> tuple[tuple[Block, str], ...]:
    """The texts that stand on a page and cannot be seen, each with the reason."""
    limits = (MIN_CONTRAST, MIN_FONT_PX, MIN_INK, MAX_COVERED, MIN_SEEN)
    faults = ((block, _fault(block, limits)) for block in page.blocks if _is_text(block))
    return tuple((block, fault) for block, fault in faults if fault)


def visible_groups(
    page: PageFacts, *, min_contrast: float = MIN_CONTRAST, min_font_px: float = MIN_FONT_PX
) -> tuple[TextGroup, ...]:
    """Visible texts joined by the element that they belong to, in document order.

    Texts that touch on one line are joined as they stand, for tags inside a word part it into several texts;
    others are parted by a space.

    Args:
        page: measured blocks.
        min_contrast: as of `visible_texts`.
        min_font_px: as of `visible_texts`.
    """
    members: dict[int, list[Block]] = {}
    for position, block in enumerate(visible_texts(page, min_contrast=min_contrast, min_font_px=min_font_px)):
        members.setdefault(block.group if block.group >= 0 else -2 - position, []).append(block)
    return tuple(_joined(blocks) for blocks in members.values())


def visible_text(page: PageFacts) -> str:
    """What can be read on a page, a line each group, in document order."""
    return "\n".join(group.text for group in visible_groups(page))


def is_drawing(block: Block) -> bool:
    """Whether a block is a drawing (SVG) or a part of one."""
    return block.tag in _DRAWING_TAGS


def _is_text(block: Block) -> bool:
    return block.kind == "text" and bool(block.text.strip())


def _fault(block: Block, limits: tuple[float, float, float, float, float]) -> str:
    """Why a text cannot be seen; "" where it can."""
    min_contrast, min_font_px, min_ink, max_covered, min_seen = limits
    whole, seen = area(block.box), area(block.seen)
    if whole <= 0.0 or seen < min_seen * whole:
        return f"{seen / whole if whole else 0.0:.0%} of it lies inside what is shown"
    if block.font_px < min_font_px:
        return f"{block.font_px:.1f} px is too small to read"
    if block.covered > max_covered:
        return f"{block.covered:.0%} of it is covered"
    if block.contrast < min_contrast:
        return f"contrast {block.contrast:.2f} to what is behind it"
    has_letters = any(letter.isalnum() for letter in block.text)
    if block.ink < (min_ink if has_letters else min_ink * SIGN_INK_SHARE):
        return f"only {block.ink:.1%} of its place is painted"
    return ""


def _joined(blocks: list[Block]) -> TextGroup:
    text = blocks[0].text
    for before, after in pairwise(blocks):
        text += after.text if _touch(before, after) else " " + after.text
    letters: dict[float, int] = {}
    for block in blocks:
        size = round(block.font_px, 1)
        letters[size] = letters.get(size, 0) + len(block.text.strip())
    return TextGroup(
        text=_WHITE_SPACE.sub(" ", text).strip(" "),
        box=union(line for block in blocks for line in block.lines or (block.box,)),
        blocks=tuple(blocks),
        font_px=max(letters, key=lambda size: (letters[size], size)),
        parent=blocks[0].parent,
    )


def _touch(before: Block, after: Block) -> bool:
    """Whether a text goes on where another ends, without a gap, on one line."""
    last = (before.lines or (before.box,))[-1]
    first = (after.lines or (after.box,))[0]
    tall = min(last[3] - last[1], first[3] - first[1])
    shared = min(last[3], first[3]) - max(last[1], first[1])
    gap = first[0] - last[2]
    return shared > 0.5 * tall and abs(gap) <= WORD_GAP_EM * min(before.font_px, after.font_px) + 1.0
