"""A page's facts put together: snapshot and picture."""

__all__ = ["page_facts"]

from collections.abc import Mapping

import numpy as np

from ..rewards.block import Block, Box, PageFacts
from .page_ink import Ink
from .page_paint import Covers, Sketch

STEP_PX = 4
WHITE = (255, 255, 255)
NO_INK = Ink()


def page_facts(
    sketch: Sketch, covers: Covers, inks: Mapping[int, Ink], image: np.ndarray, scale: float
) -> PageFacts:
    """The facts of a page.

    Args:
        sketch: what the snapshot says.
        covers: what lies over what.
        inks: what the picture says of each text, by its position.
        image: (H, W, 3) uint8 RGB.
        scale: px of the picture per px of the page.
    """
    blocks = []
    for index, draft in enumerate(sketch.drafts):
        ink = inks.get(index, NO_INK)
        is_text = draft.kind == "text"
        color = draft.color or ink.color
        background = ink.background if is_text else draft.background or _middle(image, draft.seen, scale)
        blocks.append(
            Block(
                kind=draft.kind,
                box=draft.box,
                seen=draft.seen,
                paint=covers.paint[index],
                text=draft.text,
                lines=tuple(draft.lines),
                color=color or (background if not is_text else (0, 0, 0)),
                alpha=draft.alpha,
                background=background,
                opaque=draft.opaque,
                contrast=ink.contrast,
                ink=ink.ink,
                covered=covers.covered(index),
                font_px=draft.font_px,
                weight=draft.weight,
                italic=draft.italic,
                family=draft.family,
                align=draft.align,
                group=draft.group,
                tag=draft.tag,
                parent=draft.parent,
            )
        )
    return PageFacts(
        blocks=tuple(blocks),
        size_px=sketch.size_px,
        content_px=sketch.content_px,
        background=_commonest(image),
    )


def _middle(image: np.ndarray, box: Box, scale: float) -> tuple[int, int, int]:
    """Median colour of a part of the picture, looked for in every fourth row and column."""
    x0, y0, x1, y1 = (max(int(value * scale), 0) for value in box)
    pixels = image[y0:y1:STEP_PX, x0:x1:STEP_PX].reshape(-1, 3)
    if not len(pixels):
        return WHITE
    red, green, blue = (round(float(value)) for value in np.median(pixels, axis=0))
    return (red, green, blue)


def _commonest(image: np.ndarray) -> tuple[int, int, int]:
    """The colour that most pixels have, looked for in every fourth row and column."""
    few = image[::STEP_PX, ::STEP_PX].astype(np.uint32)
    packed = (few[..., 0] << 16 | few[..., 1] << 8 | few[..., 2]).ravel()
    values, counts = np.unique(packed, return_counts=True)
    best = int(values[counts.argmax()])
    return (best >> 16, best >> 8 & 255, best & 255)
