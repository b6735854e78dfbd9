"""The sheet a screen is drawn on: boxes, texts, icons, spots, widgets.

Everything lies at a place that is known before a browser draws it: absolute px of a canvas of 540 x 1200,
multiplied for a larger one. What is covered or cut off is left out of the lists of what can be seen.
"""

__all__ = ["HEIGHT", "WIDTH", "Sheet", "fitted", "line_count", "width_of"]

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from html import escape

from ..tools.fonts import FACES, font
from .gui_app import Box, Paint, Placed, Screen, Spot, Widget
from .gui_parts_icons import icon_svg
from .gui_theme import Theme
from .gui_theme_tones import rgb

WIDTH, HEIGHT = 540, 1200
EM_PX = 100
SLACK = 1.015  # Chromium's glyphs run up to a percent wider than Pillow's
LEAST_SEEN = 0.6
ALL_COVERED = 0.98
FAMILIES = {"BarlowCondensed": "Barlow Condensed", "Inter": "Inter", "SourceSerif4": "Source Serif 4"}
_PX = re.compile(r"(?<![\w#.])(-?(?:\d+(?:\.\d+)?|\.\d+))px")
_SHADOWS = {
    1: "0 1px 3px rgba(0,0,0,.14)",
    2: "0 3px 10px rgba(0,0,0,.16)",
    3: "0 10px 30px rgba(0,0,0,.26)",
}


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, weight: int = 400, face: str = "Inter") -> float:
    """Width of a text on one line, px.

    >>> 40 < width_of("Settings", 16) < 90
    True
    """
    if weight not in FACES[face]:
        weight = min(FACES[face], key=lambda known: abs(known - weight))
    return font(face, EM_PX, weight).getlength(text) * size / EM_PX * SLACK


def fitted(text: str, room: float, size: float, weight: int = 400, face: str = "Inter") -> str:
    """A text, cut with an ellipsis where it does not fit.

    >>> fitted("abc", 100, 16), fitted("a long sentence that ends here", 90, 16)[-1]
    ('abc', '…')
    """
    if width_of(text, size, weight, face) <= room:
        return text
    cut = text
    while cut and width_of(cut.rstrip() + "…", size, weight, face) > room:
        cut = cut[:-1]
    return cut.rstrip(" ,.;:") + "…"


def line_count(text: str, room: float, size: float, weight: int = 400, face: str = "Inter") -> int:
    """Lines that a text takes in a width.

    >>> line_count("one two", 400, 16), line_count("one two", 40, 16)
    (1, 2)
    """
    return len(_lines(text, room, size, weight, face))


class Sheet:
    """A canvas on which an app draws itself."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.foot_px = 0.0
        self.bar_color = theme.ink
        self._html: list[str] = []
        self._placed: list[Placed] = []
        self._widgets: list[Widget] = []
        self._spots: list[Spot] = []
        self._clips: list[Box] = []

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: str = "",
        *,
        radius: float | str = 0,
        border: str = "",
        shadow: int = 0,
        style: str = "",
    ) -> None:
        """A rectangle: fill is any CSS background."""
        left, top = self._origin()
        css = f"left:{_n(x - left)}px;top:{_n(y - top)}px;width:{_n(w)}px;height:{_n(h)}px"
        if fill:
            css += f";background:{fill}"
        if radius:
            css += f";border-radius:{radius if isinstance(radius, str) else f'{_n(radius)}px'}"
        if border:
            css += f";border:{border};box-sizing:border-box"
        if shadow:
            css += f";box-shadow:{_SHADOWS[shadow]}"
        self._html.append(f'<div style="{css}{";" + style if style else ""}"></div>')

    def text(
        self,
        x: float,
        y: float,
        w: float,
        text: str,
        size: int = 18,
        color: str = "",
        *,
        weight: int = 400,
        align: str = "left",
        face: str = "Inter",
        lines: int = 1,
        leading: int = 0,
        derived: bool = False,
        style: str = "",
    ) -> float:
        """A text whose first line begins at y; returns the y below it.

        Args:
            x: left edge of its room.
            y: top of its first line.
            w: width of its room.
            text: cut with an ellipsis where it does not fit.
            size: px.
            color: #rrggbb, by default the theme's ink.
            weight: as the face has it.
            align: left, center or right.
            face: a shipped face.
            lines: at most as many.
            leading: height of a line, by default 1.35 times the size.
            derived: whether it follows from what was seen and done.
            style: further CSS.
        """
        leading = leading or round(size * 1.35)
        color = color or self.theme.ink
        whole = _shortened(text, w, size, weight, face, lines)
        rows = _lines(whole, w, size, weight, face)
        left, top = self._origin()
        rule = f"{weight} {_n(size)}px/{leading}px '{FAMILIES[face]}',sans-serif"
        css = f"left:{_n(x - left)}px;top:{_n(y - top)}px;width:{_n(w)}px;font:{rule};color:{color}"
        if align != "left":
            css += f";text-align:{align}"
        if len(rows) == 1:
            css += ";white-space:nowrap"
        self._html.append(
            f'<div style="{css}{";" + style if style else ""}">{escape(whole, quote=False)}</div>'
        )
        wide = max(width_of(row, size, weight, face) for row in rows) if rows else 0.0
        start = {"left": x, "center": x + (w - wide) / 2, "right": x + w - wide}[align]
        box = (start, y + (leading - size) / 2, start + wide, y + leading * len(rows) - (leading - size) / 2)
        if whole.strip() and self._share_shown(box) > 0.0:
            sight = "whole" if self._share_shown(box) > 0.999 else "cut"
            self._placed.append(Placed(whole, box, derived, sight))
        return y + leading * len(rows)

    def icon(
        self, name: str, x: float, y: float, size: float = 24, color: str = "", *, filled: bool = False
    ) -> None:
        """An icon whose square begins at x, y."""
        left, top = self._origin()
        self._html.append(
            icon_svg(name, _n(x - left), _n(y - top), _n(size), color or self.theme.ink, filled=filled)
        )

    def svg(
        self, x: float, y: float, w: float, h: float, body: str, *, view: str = "", style: str = ""
    ) -> None:
        """A drawing; `body` in its own units (`view`), by default px."""
        left, top = self._origin()
        self._html.append(
            f'<svg style="left:{_n(x - left)}px;top:{_n(y - top)}px;width:{_n(w)}px;height:{_n(h)}px'
            f'{";" + style if style else ""}" viewBox="{view or f"0 0 {_n(w)} {_n(h)}"}" '
            f'preserveAspectRatio="xMidYMid slice">{body}</svg>'
        )

    @contextmanager
    def clip(self, x: float, y: float, w: float, h: float, *, radius: float = 0) -> Iterator[None]:
        """A window: what is drawn inside is cut off at its edges."""
        left, top = self._origin()
        css = f"left:{_n(x - left)}px;top:{_n(y - top)}px;width:{_n(w)}px;height:{_n(h)}px;overflow:hidden"
        if radius:
            css += f";border-radius:{_n(radius)}px"
        self._html.append(f'<div style="{css}">')
        self._clips.append((x, y, x + w, y + h))
        yield
        self._clips.pop()
        self._html.append("</div>")

    def spot(
        self,
        id_: str,
        box: Box,
        goal: str = "",
        description: str = "",
        *,
        gesture: str = "click",
        direction: str = "",
        text: str = "",
    ) -> None:
        """A place where a gesture does something; without a goal it is none that a task would ask for."""
        seen = self._seen(box)
        if seen is None or _area(seen) < LEAST_SEEN * _area(box):
            return
        self._spots.append(
            Spot(
                id=id_,
                gesture=gesture,
                box=seen,
                goal=goal,
                description=description,
                direction=direction,
                text=text,
            )
        )

    def widget(self, id_: str, role: str, box: Box, value: str, paints: Sequence[Paint] = ()) -> None:
        """A thing with a state; its texts are those that stand in its box in the end."""
        seen = self._seen(box)
        if seen is None:
            return
        kept = tuple(each for each in paints if seen[0] <= each.x < seen[2] and seen[1] <= each.y < seen[3])
        self._widgets.append(Widget(id_, role, seen, value, (), kept))

    def paint(self, x: float, y: float, colour: str) -> Paint:
        """The colour that a pixel has."""
        return Paint(x, y, rgb(colour))

    def cover(self, box: Box) -> None:
        """Something opaque was laid over a box: what stood there is seen no more."""
        kept = []
        for each in self._placed:
            hidden = _shared(each.box, box) / _area(each.box)
            if hidden < ALL_COVERED:
                kept.append(each._replace(sight="cut") if hidden > 0.0 else each)
        self._placed = kept
        self._widgets = [
            replace(each, paints=tuple(p for p in each.paints if not _holds(box, p.x, p.y)))
            for each in self._widgets
        ]
        self._spots = [each for each in self._spots if not _holds(box, *_middle(each.box))]

    def modal(self, *, veiled: bool = True) -> None:
        """What was drawn so far takes no gesture any more; a veil changes its colours."""
        self._spots.clear()
        if veiled:
            self._html.append(
                f'<div style="left:0px;top:0px;width:{WIDTH}px;height:{HEIGHT}px;'
                f'background:{self.theme.scrim}"></div>'
            )
            self._widgets = [replace(each, paints=()) for each in self._widgets]
            self._placed = [
                each._replace(sight="dim") if each.sight == "whole" else each for each in self._placed
            ]

    def screen(self, title: str, size_px: tuple[int, int]) -> Screen:
        """What was drawn, on a canvas of a size."""
        factor = size_px[0] / WIDTH
        theme = self.theme
        html = _scaled(
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title>\n<style>\nbody{{margin:0}}\n"
            "#render-target *{position:absolute}\n#render-target svg *{position:static}\n"
            "</style></head>\n<body>\n"
            f'<div id="render-target" style="width:{WIDTH}px;height:{HEIGHT}px;position:relative;'
            f'overflow:hidden;background:{theme.paper}">\n'
            + "\n".join(self._html)
            + "\n</div>\n</body></html>\n",
            factor,
        )
        widgets = []
        for each in self._widgets:
            whole = (p for p in self._placed if p.sight == "whole")
            inside = tuple(p.text for p in whole if _holds(each.box, *_middle(p.box)))
            paints = tuple(Paint(p.x * factor, p.y * factor, p.rgb) for p in each.paints)
            box = _times(each.box, factor)
            widgets.append(replace(each, box=box, texts=inside, paints=paints))
        return Screen(
            html=html,
            widgets=tuple(widgets),
            spots=tuple(replace(each, box=_times(each.box, factor)) for each in self._spots),
            placed=tuple(p._replace(box=_times(p.box, factor)) for p in self._placed),
            size_px=size_px,
        )

    def _origin(self) -> tuple[float, float]:
        return self._clips[-1][:2] if self._clips else (0.0, 0.0)

    def _seen(self, box: Box) -> Box | None:
        x0, y0, x1, y1 = box
        for clip in ((0.0, 0.0, float(WIDTH), float(HEIGHT)), *self._clips):
            x0, y0, x1, y1 = max(x0, clip[0]), max(y0, clip[1]), min(x1, clip[2]), min(y1, clip[3])
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _share_shown(self, box: Box) -> float:
        seen = self._seen(box)
        return _area(seen) / _area(box) if seen and _area(box) else 0.0


@lru_cache(maxsize=8192)
def _lines(text: str, room: float, size: float, weight: int, face: str) -> tuple[str, ...]:
    rows: list[str] = []
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and width_of(longer, size, weight, face) <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    return tuple(rows)


@lru_cache(maxsize=8192)
def _shortened(text: str, room: float, size: float, weight: int, face: str, lines: int) -> str:
    if lines == 1:
        return fitted(text, room, size, weight, face)
    rows = _lines(text, room, size, weight, face)
    if len(rows) <= lines:
        return text
    words = " ".join(rows[:lines]).split(" ")
    while len(words) > 1:
        words.pop()
        cut = " ".join(words).rstrip(" ,.;:") + "…"
        if len(_lines(cut, room, size, weight, face)) <= lines:
            return cut
    return fitted(text, room, size, weight, face)


def _scaled(html: str, factor: float) -> str:
    if factor == 1.0:
        return html
    return _PX.sub(lambda found: f"{_n(float(found[1]) * factor)}px", html)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _times(box: Box, factor: float) -> Box:
    return box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    return max(0.0, wide) * max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
