"""What a rendered page holds: blocks with boxes, colours and type.

Plain data, measured by a browser (`tools/browser.py`) or written by hand in a test; rewards read it and
know no browser. All lengths are px of the page at scale 1, origin at its top left corner.
"""

__all__ = ["Block", "Box", "PageFacts"]

from dataclasses import dataclass
from typing import Literal

Box = tuple[float, float, float, float]
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One painted thing.

    A text block is one text node of the page: inline tags split a sentence into several blocks, which share
    their `group` (the nearest element that is laid out as a block) and stand in document order.
    """

    kind: Literal["text", "box", "picture", "shape"]
    """`text`; `box`: an element with a background, border or shadow of its own; `picture`: img, svg or
    another replaced element as a whole; `shape`: a painted part of an inline SVG."""
    box: Box
    """x0, y0, x1, y1 as laid out, transforms applied, not clipped."""
    seen: Box
    """The part of `box` inside the canvas and inside every clipping ancestor; x1 <= x0: nothing is left."""
    paint: int
    """Order of painting: what has a higher number lies on top."""
    text: str = ""
    """Text as laid out (text-transform applied, white space collapsed, a space kept at an edge)."""
    lines: tuple[Box, ...] = ()
    """Box of each line of a text, not clipped."""
    color: Rgb = (0, 0, 0)
    """Text or fill colour, sRGB, before `alpha`."""
    alpha: float = 1.0
    """Opacity of `color`, times that of all ancestors, 0 to 1."""
    background: Rgb = (255, 255, 255)
    """For a text: the colour behind its glyphs, measured in the picture. For a box: its own colour."""
    opaque: bool = False
    """Whether a box or picture hides what lies below it."""
    contrast: float = 1.0
    """WCAG contrast of the text as painted against what is behind it, 1 to 21."""
    ink: float = 0.0
    """Share of the area of `lines` in the picture that has the text's colour rather than the background's."""
    covered: float = 0.0
    """Share of the area of `lines` (or `box`) under opaque blocks painted later."""
    font_px: float = 0.0
    """Font size as seen: computed size times the scale of all transforms."""
    weight: int = 400
    """Font weight, 100 to 900."""
    italic: bool = False
    """Whether the text is slanted."""
    family: str = ""
    """First family of the computed font."""
    align: Literal["left", "center", "right", "justify"] = "left"
    """Alignment of the text in its group."""
    group: int = -1
    """Number of the nearest block-level element."""
    tag: str = ""
    """Tag of the element, in lower case."""
    parent: int = -1
    """Position in the page's blocks of the nearest enclosing `box` or `picture`; -1 for the page itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """A rendered page as data."""

    blocks: tuple[Block, ...]
    """In document order."""
    size_px: tuple[int, int]
    """Width and height of the canvas."""
    content_px: tuple[float, float]
    """Width and height that the content takes, cut off or not; at least the canvas."""
    background: Rgb = (255, 255, 255)
    """Commonest colour of the picture."""
