"""Which things on a page collide: glyphs, covers, crossed edges, cards.

Geometry of a page's blocks; `layout.py:overlap` makes a level of it.
"""

__all__ = ["card_collisions", "edge_crossings", "is_backdrop", "text_collisions"]

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from .block import Block, Box, PageFacts
from .boxes import area, intersection, share_inside, shared_areas

GLYPH_TRIM = 0.18
INSIDE = 0.96
BACKDROP_SHARE = 0.85
BADGE_SHARE = 0.15
SOLID_ALPHA = 0.5
SOLID_SHAPES = ("rect", "circle", "ellipse")


def text_collisions(texts: Sequence[Block]) -> Iterator[tuple[int, int, float]]:
    """Pairs of texts that share ink: (first, second, share of the smaller one's area); both may be one.

    Lines are cut by 18 % above and below, where glyphs have no ink. A text collides with itself where its
    own lines do.
    """
    lines = [_trimmed(line) for block in texts for line in block.lines or (block.box,)]
    if not lines:
        return
    owners = np.repeat(np.arange(len(texts)), [len(block.lines or (block.box,)) for block in texts])
    shared = np.triu(shared_areas(lines, lines), k=1)
    sizes = np.bincount(owners, weights=[area(line) for line in lines], minlength=len(texts))
    pairs: dict[tuple[int, int], float] = {}
    for i, j in np.argwhere(shared).tolist():
        first, second = int(owners[i]), int(owners[j])
        pairs[first, second] = pairs.get((first, second), 0.0) + float(shared[i, j])
    for (first, second), size in pairs.items():
        smaller = float(min(sizes[first], sizes[second]))
        if smaller > 0.0:
            yield first, second, min(1.0, size / smaller)


def edge_crossings(page: PageFacts, texts: Sequence[Block]) -> Iterator[tuple[int, Block, float]]:
    """Texts that cross the edge of something painted below them: (text, that block, share upon it).

    A text within the block stands on it and crosses nothing; nor does it cross what its own opaque ancestors
    hide, what belongs to its own drawing, or what has the page's colour.
    """
    below = [(position, block) for position, block in enumerate(page.blocks) if _is_solid(block, page)]
    if not below or not texts:
        return
    shares = shared_areas([block.box for block in texts], [block.box for _, block in below])
    for i, j in np.argwhere(shares).tolist():
        text, (position, block) = texts[i], below[j]
        if block.paint > text.paint:
            continue
        ancestors = _ancestors(page, text)
        if position in ancestors or (block.kind == "shape" and block.parent in ancestors):
            continue
        if any(page.blocks[up].opaque and page.blocks[up].paint > block.paint for up in ancestors):
            continue
        lines = text.lines or (text.box,)
        whole = sum(area(line) for line in lines)
        share = sum(intersection(line, block.box) for line in lines) / whole if whole else 0.0
        if 0.0 < share < INSIDE:
            yield i, block, min(share, 1.0)


def card_collisions(page: PageFacts) -> Iterator[tuple[Block, Block, float]]:
    """Cards and pictures that cut into each other: (one, other, share of the smaller one).

    A thing wholly on a card is a part of it, and one much smaller is a badge.
    """
    holders = {block.parent for block in page.blocks if block.kind == "text" and block.text.strip()}
    cards = [
        (position, block)
        for position, block in enumerate(page.blocks)
        if (block.kind == "picture" or (block.kind == "box" and block.opaque and position in holders))
        and area(block.seen) > 0.0
        and not is_backdrop(block, page)
    ]
    for (i, one), (j, other) in combinations(cards, 2):
        small, large = sorted((one, other), key=lambda block: area(block.box))
        share = share_inside(small.box, large.box)
        if not 0.0 < share < INSIDE or area(small.box) < BADGE_SHARE * area(large.box):
            continue
        if i not in _ancestors(page, other) and j not in _ancestors(page, one):
            yield one, other, share


def is_backdrop(block: Block, page: PageFacts) -> bool:
    """Whether a block fills most of the canvas."""
    width, height = page.size_px
    return intersection(block.box, (0.0, 0.0, width, height)) > BACKDROP_SHARE * width * height


def _is_solid(block: Block, page: PageFacts) -> bool:
    """Whether a block is one that text should not cross the edge of."""
    if is_backdrop(block, page) or area(block.seen) <= 0.0:
        return False
    if block.kind == "shape":
        return block.tag in SOLID_SHAPES and block.alpha >= SOLID_ALPHA and block.color != page.background
    if block.kind == "picture":
        return block.tag != "svg"  # a drawing is as large as its shapes
    return block.kind == "box" and block.opaque and block.background != page.background


def _ancestors(page: PageFacts, block: Block) -> set[int]:
    found: set[int] = set()
    parent = block.parent
    while parent >= 0 and parent not in found:
        found.add(parent)
        parent = page.blocks[parent].parent
    return found


def _trimmed(line: Box) -> Box:
    cut = GLYPH_TRIM * (line[3] - line[1])
    return line[0], line[1] + cut, line[2], line[3] - cut
