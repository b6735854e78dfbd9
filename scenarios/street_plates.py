"""Small readable things of a street: notices, price cards, bells, permits.

Each is an opaque little board of rows (a key, a value) that can be rendered again with other rows, so that a
wrong answer is a repainted board. Knows neither the street nor the question.
"""

__all__ = ["STYLES", "Plate", "PlateStyle", "Row", "patch_between"]

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from ..tools.views import Box
from .scene import Patch
from .street_brush import Brush, Color, cap_font, mix, tone

Row = tuple[str, str]

PAD_X_PX = 11
PAD_Y_PX = 10
SLACK_PX = 8
GAP_PX = 12
CUT_PAD_PX = 1


@dataclass(frozen=True)
class PlateStyle:
    """How a kind of plate is made.

    Args:
        paper: ground colour.
        ink: colour of the text at full strength.
        face: shipped typeface of keys and values.
        weight: its weight.
        rim: colour of the border.
        title: heading, or nothing.
        screws: four screw heads in the corners instead of a plain card.
    """

    paper: Color
    ink: Color
    face: str
    weight: int
    rim: Color
    title: str = ""
    screws: bool = False


STYLES: dict[str, tuple[PlateStyle, ...]] = {
    "hours": (
        PlateStyle((226, 218, 200), (64, 56, 52), "SourceSerif4", 400, (120, 94, 66), "OPENING HOURS"),
        PlateStyle((214, 222, 218), (44, 66, 64), "SourceSerif4", 400, (70, 104, 98), "WE ARE OPEN"),
        PlateStyle((60, 68, 84), (214, 212, 200), "DejaVuSans", 400, (150, 130, 90), "HOURS"),
    ),
    "prices": (
        PlateStyle((54, 62, 58), (208, 210, 196), "DejaVuSans", 400, (142, 104, 62), "TODAY  EUR"),
        PlateStyle((228, 216, 190), (92, 60, 42), "SourceSerif4", 400, (150, 112, 70), "PRICES  EUR"),
        PlateStyle((222, 224, 226), (60, 64, 84), "DejaVuSans", 400, (90, 94, 112), "PRICES  EUR"),
    ),
    "bells": (
        PlateStyle((184, 156, 102), (62, 42, 14), "JetBrainsMono", 400, (120, 94, 48), "", True),
        PlateStyle((168, 172, 176), (44, 48, 56), "JetBrainsMono", 400, (104, 108, 114), "", True),
    ),
    "lamp": (
        PlateStyle((196, 200, 200), (52, 62, 70), "JetBrainsMono", 400, (110, 116, 120), "INSPECTION", True),
        PlateStyle((206, 190, 116), (70, 58, 24), "JetBrainsMono", 400, (120, 104, 50), "INSPECTION", True),
    ),
    "permit": (
        PlateStyle((206, 220, 198), (48, 70, 52), "JetBrainsMono", 400, (96, 128, 98), "PERMIT"),
        PlateStyle((220, 208, 214), (86, 48, 66), "JetBrainsMono", 400, (146, 104, 122), "PERMIT"),
    ),
    "tag": (
        PlateStyle((218, 220, 214), (56, 60, 66), "JetBrainsMono", 400, (120, 122, 124)),
        PlateStyle((222, 206, 164), (84, 62, 30), "JetBrainsMono", 400, (146, 120, 70)),
    ),
    "number": (
        PlateStyle((46, 76, 132), (222, 226, 228), "DejaVuSans", 400, (206, 212, 216)),
        PlateStyle((40, 84, 68), (224, 226, 214), "DejaVuSans", 400, (204, 208, 190)),
        PlateStyle((206, 202, 190), (52, 50, 52), "DejaVuSans", 400, (96, 92, 86)),
    ),
}


@dataclass(eq=False)
class Plate:
    """A board of rows at a place.

    Args:
        kind: a key of `STYLES`.
        where: what tells it from the others of its kind: a shop, a colour, a place in a row.
        style: how it is made.
        cap_px: wanted cap height of its text, px.
        rows: (key, value) from top to bottom; a number plate has one row without a key.
        x: left edge in source px.
        y: top edge in source px.
    """

    kind: str
    where: str
    style: PlateStyle
    cap_px: int
    rows: list[Row] = field(default_factory=list)
    x: int = 0
    y: int = 0

    @property
    def real_cap_px(self) -> int:
        """Cap height that the hinted font really has, px."""
        return cap_font(self.style.face, self.style.weight, self.cap_px)[1]

    @property
    def line_px(self) -> int:
        """Distance of two base lines, px."""
        return round(self.real_cap_px * 1.9)

    @cached_property
    def columns(self) -> tuple[int, int, int]:
        """Widths of keys and of values, and of the whole board, px; fixed when first asked for."""
        face = cap_font(self.style.face, self.style.weight, self.cap_px)[0]
        keys = max((round(face.getlength(key)) for key, _ in self.rows if key), default=-GAP_PX)
        values = max(round(face.getlength(value)) for _, value in self.rows)
        title = round(face.getlength(self.style.title))
        return keys, values, max(keys + GAP_PX + values, title) + 2 * PAD_X_PX + SLACK_PX

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), px."""
        lines = len(self.rows) + bool(self.style.title)
        return lines * self.line_px - (self.line_px - self.real_cap_px) + 2 * PAD_Y_PX, self.columns[2]

    @property
    def box(self) -> Box:
        """x0, y0, x1, y1 in source px."""
        height, width = self.size
        return float(self.x), float(self.y), float(self.x + width), float(self.y + height)

    def row_box(self, index: int) -> Box:
        """Box of one row's key and value in source px."""
        base = self.y + self._base(index)
        edge = 3
        return (
            float(self.x + edge),
            float(base - self.real_cap_px - edge),
            float(self.x + self.size[1] - edge),
            float(base + edge),
        )

    def _base(self, index: int) -> int:
        return PAD_Y_PX + self.real_cap_px + (index + bool(self.style.title)) * self.line_px

    def render(self, rows: Sequence[Row], *, ink: float, grade: np.ndarray) -> np.ndarray:
        """The board's pixels with these rows.

        Args:
            rows: as many as the board has.
            ink: strength of the ink, 0 (none) to 1.
            grade: (256, 1, 3) uint8: the light of the day, a lookup table a channel.

        Returns:
            (h, w, 3) uint8.
        """
        style, (height, width) = self.style, self.size
        face = cap_font(style.face, style.weight, self.cap_px)[0]
        brush = Brush(np.empty((height, width, 3), np.uint8))
        brush.gradient(0, 0, width, height, tone(style.paper, 1.035), tone(style.paper, 0.965))
        brush.rect(0, 0, width, 2, style.rim)
        brush.rect(0, height - 2, width, height, tone(style.rim, 0.8))
        brush.rect(0, 0, 2, height, style.rim)
        brush.rect(width - 2, 0, width, height, tone(style.rim, 0.8))
        if style.screws:
            for x in (5, width - 6):
                for y in (5, height - 6):
                    brush.disc(x, y, 1.8, tone(style.rim, 0.75))
        color = mix(style.paper, style.ink, ink)
        if style.title:
            accent = mix(style.paper, style.rim, min(1.0, ink + 0.1))
            brush.text(PAD_X_PX, PAD_Y_PX + self.real_cap_px, style.title, face, accent)
            rule = PAD_Y_PX + self.real_cap_px + (self.line_px - self.real_cap_px) // 2
            brush.rect(PAD_X_PX, rule, width - PAD_X_PX, rule + 1, mix(style.paper, style.rim, 0.45))
        for index, (key, value) in enumerate(rows):
            base = self._base(index)
            if key:
                brush.text(PAD_X_PX, base, key, face, color)
                brush.text(PAD_X_PX + self.columns[0] + GAP_PX, base, value, face, color)
            else:
                brush.text(width / 2, base, value, face, color, anchor="ms")
        return cv2.LUT(brush.px, grade)


def patch_between(plate: Plate, before: np.ndarray, after: np.ndarray) -> Patch | None:
    """The smallest patch that turns one rendering of a plate into another; None if they are alike."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    if not len(rows):
        return None
    top, bottom = max(rows.min() - CUT_PAD_PX, 0), rows.max() + 1 + CUT_PAD_PX
    left, right = max(columns.min() - CUT_PAD_PX, 0), columns.max() + 1 + CUT_PAD_PX
    return Patch(plate.x + int(left), plate.y + int(top), after[top:bottom, left:right].copy())
