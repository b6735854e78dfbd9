"""The blocks of a page before measuring, and what lies over each.

Geometry only; the picture is read in `page_ink.py`.
"""

__all__ = ["Covers", "Draft", "Grounds", "Kind", "Sketch", "area", "cut"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..rewards.block import Box

Kind = Literal["text", "box", "picture", "shape"]
Rgb = tuple[int, int, int]

PILED = 0.3
TOUCHED = 0.03
MAX_PILES = 16
COVER_GRID = (24, 8)
ALIKE = 40


@dataclass(slots=True)
class Draft:
    """A block before it is measured in the picture; the fields are those of `rewards.block.Block`."""

    kind: Kind
    box: Box
    seen: Box
    order: tuple[int, ...]
    """Where it is painted: tuples compare as paint does."""
    tag: str
    parent: int
    group: int = -1
    text: str = ""
    lines: list[Box] = field(default_factory=list)
    color: Rgb | None = (0, 0, 0)
    alpha: float = 1.0
    background: Rgb | None = (255, 255, 255)
    opaque: bool = False
    font_px: float = 0.0
    weight: int = 400
    italic: bool = False
    family: str = ""
    align: Literal["left", "center", "right", "justify"] = "left"
    is_plain: bool = True
    """Whether nothing about a text's own style changes how its colour comes out."""
    is_decorated: bool = False
    """Whether lines are drawn through a text, other than one plain underline."""
    is_clipped: bool = False
    """Whether a text is filled with its element's background."""
    is_flat: bool = False
    """Whether a box is one colour within its edges."""
    tints: tuple[Rgb, ...] | None = None
    """Every colour that a block paints, all opaque; None where they are not known."""
    halo: float = 0.0
    """How far shadow and outline of a box reach beyond it, px."""


@dataclass(slots=True)
class Sketch:
    """What a snapshot says of a page."""

    drafts: list[Draft]
    papers: list[Draft]
    """Backgrounds of the root: pictures and gradients that are no blocks, for they fill the canvas."""
    size_px: tuple[int, int]
    content_px: tuple[float, float]


class Grounds:
    """What is painted around the lines of texts."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._drafts = [
            d for d in drafts if d.kind != "text" and not (d.kind == "picture" and d.tag == "svg")
        ]
        self._boxes = _array([draft.box for draft in self._drafts])
        halo = np.array([draft.halo for draft in self._drafts])[:, None]
        self._reach = self._boxes + halo * np.array([-1.0, -1.0, 1.0, 1.0])
        self._is_flat = np.array([draft.is_flat for draft in self._drafts], bool)

    def is_clear(self, line: Box, text: Draft) -> bool:
        """Whether nothing near a line could be taken for its ink.

        What holds the whole line and is flat cannot, nor what lies below it; nor can what paints only other
        colours. What is painted later always could.
        """
        x0, y0, x1, y1 = line
        boxes, reach = self._boxes, self._reach
        touches = (reach[:, 0] < x1) & (reach[:, 2] > x0) & (reach[:, 1] < y1) & (reach[:, 3] > y0)
        holds = (
            (boxes[:, 0] <= x0 + 1)
            & (boxes[:, 2] >= x1 - 1)
            & (boxes[:, 1] <= y0 + 1)
            & (boxes[:, 3] >= y1 - 1)
            & self._is_flat
        )
        near = [(self._drafts[i], bool(holds[i])) for i in np.flatnonzero(touches)]
        floor = max((draft.order for draft, is_under in near if is_under and draft.opaque), default=())
        for draft, is_under in near:
            if draft.order > text.order:
                return False
            if (
                draft.order >= floor
                and not is_under
                and (draft.tints is None or any(_alike(tint, text.color) for tint in draft.tints))
            ):
                return False
        return True


class Covers:
    """What is painted over what.

    Args:
        drafts: the page's blocks.

    Attributes:
        paint: rank of each block in the order of painting.
    """

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.paint = [0] * len(drafts)
        for rank, i in enumerate(sorted(range(len(drafts)), key=lambda i: (drafts[i].order, i))):
            self.paint[i] = rank
        self._drafts = drafts
        opaque = [i for i, draft in enumerate(drafts) if draft.opaque and area(draft.seen) > 0]
        self._opaque = _array([drafts[i].seen for i in opaque])
        self._ranks = np.array([self.paint[i] for i in opaque], int)
        owners = [(i, line) for i, draft in enumerate(drafts) if draft.kind == "text" for line in draft.lines]
        self._lines = _array([line for _, line in owners])
        self._owner = np.array([i for i, _ in owners], int)
        self._line_paint = np.array([self.paint[i] for i, _ in owners], int)
        self._piles: dict[int, list[Box]] = {}

    def covered(self, index: int) -> float:
        """Share of a block's lines, or of its box, under opaque blocks painted later."""
        draft = self._drafts[index]
        later = self._opaque[self._ranks > self.paint[index]]
        if not len(later):
            return 0.0
        areas = draft.lines if draft.kind == "text" else [draft.box]
        whole = sum(area(each) for each in areas)
        return sum(area(each) * _hidden(each, later) for each in areas) / whole if whole > 0 else 0.0

    def piles(self, index: int) -> list[Box]:
        """Lines of other texts that lie on a text: their ink is not its.

        Those painted later; and, where a filter or a mask may have taken the text away, all.
        """
        found = self._piles.get(index)
        if found is None:
            found = self._piles[index] = self._find_piles(index)
        return found

    def _find_piles(self, index: int) -> list[Box]:
        found: list[Box] = []
        draft, lines = self._drafts[index], self._lines
        others = self._line_paint > self.paint[index] if draft.is_plain else self._owner != index
        least = PILED if draft.is_plain else TOUCHED
        for line in draft.lines:
            size = area(line)
            if size <= 0:
                continue
            x0, y0, x1, y1 = line
            across = np.minimum(lines[:, 2], x1) - np.maximum(lines[:, 0], x0)
            along = np.minimum(lines[:, 3], y1) - np.maximum(lines[:, 1], y0)
            common = np.where(others & (across > 0) & (along > 0), across * along, 0.0)
            largest = np.argsort(-common, kind="stable")[:MAX_PILES]
            for k in largest[common[largest] > least * size]:
                left, top, right, bottom = lines[k].tolist()
                found.append((left, top, right, bottom))
        return found


def cut(box: Box, other: Box) -> Box:
    """The common part; nothing is left where x1 <= x0 or y1 <= y0.

    >>> cut((0.0, 0.0, 4.0, 4.0), (2.0, 1.0, 9.0, 3.0))
    (2.0, 1.0, 4.0, 3.0)
    """
    return (max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3]))


def area(box: Box) -> float:
    """px², 0 for an empty box.

    >>> area((0.0, 0.0, 4.0, 3.0)), area((4.0, 0.0, 0.0, 3.0))
    (12.0, 0.0)
    """
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _hidden(box: Box, covers: np.ndarray) -> float:
    """Share of a box under others, counted on a grid of points."""
    x0, y0, x1, y1 = box
    near = covers[(covers[:, 0] < x1) & (covers[:, 2] > x0) & (covers[:, 1] < y1) & (covers[:, 3] > y0)]
    if not len(near):
        return 0.0
    columns, rows = COVER_GRID
    xs = x0 + (np.arange(columns) + 0.5) / columns * (x1 - x0)
    ys = y0 + (np.arange(rows) + 0.5) / rows * (y1 - y0)
    is_across = (near[:, 0:1] <= xs) & (xs <= near[:, 2:3])
    is_along = (near[:, 1:2] <= ys) & (ys <= near[:, 3:4])
    return float((is_along[:, :, None] & is_across[:, None, :]).any(0).mean())


def _alike(color: Rgb, other: Rgb | None) -> bool:
    return other is None or max(abs(a - b) for a, b in zip(color, other, strict=True)) <= ALIKE


def _array(boxes: Sequence[Box]) -> np.ndarray:
    return np.array(boxes, float).reshape(-1, 4)
