"""Reads a page's blocks out of a DOMSnapshot of Chromium.

Geometry, paint order and styles only; what can be seen of a text is measured in the picture (`page_ink.py`).
"""

__all__ = ["SNAPSHOT", "read_snapshot"]

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..rewards.block import Box
from .css_value import IDENTITY, Linear, clip_box, least_stretch, linear_part, px, times
from .data_image import is_opaque_image
from .page_fields import FieldText
from .page_geometry import as_box, flattened, joined, padding_box, view_box
from .page_paint import Draft, Sketch, cut
from .page_style import (
    OPAQUE_ALPHA,
    STYLES,
    alignment,
    decorate,
    decorations,
    fill,
    ink_color,
    is_group,
    is_plain,
)

SNAPSHOT: Mapping[str, Any] = {
    "computedStyles": list(STYLES),
    "includePaintOrder": True,
    "includeDOMRects": True,
}
PICTURES = frozenset({"img", "svg", "video", "canvas", "object", "embed", "meter", "progress"})
SHAPES = frozenset({"rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "image"})
UNPAINTED = frozenset({"defs", "symbol", "clippath", "mask", "pattern", "marker", "lineargradient", "filter"})
ATOMIC_DISPLAYS = frozenset({"inline-block", "inline-flex", "inline-grid", "inline-table"})
LAST = 1 << 60
EVERYWHERE: Box = (-1e9, -1e9, 1e9, 1e9)
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")


@dataclass(slots=True)
class _Element:
    """What an element hands down to what is inside it."""

    style: Mapping[str, str]
    tag: str
    block: int
    group: int
    alpha: float
    matrix: Linear
    clip: Box
    clip_absolute: Box
    clip_fixed: Box
    own_clip: Box
    order: tuple[int, ...]
    layers: tuple[int, ...]
    """Where the layers within it are painted: before what the context above holds, if it lies below that."""
    context: tuple[int, ...]
    """Order of the nearest stacking context."""
    paint: int
    is_svg: bool
    is_plain: bool
    is_painted: bool
    bounds: Box
    decorations: int


def read_snapshot(
    snapshot: Mapping[str, Any],
    size_px: tuple[int, int],
    fields: Mapping[int, Sequence[FieldText]] = MappingProxyType({}),
) -> Sketch:
    """The blocks of a page, in document order.

    Args:
        snapshot: the answer to `DOMSnapshot.captureSnapshot` with `SNAPSHOT`.
        size_px: width and height of the canvas.
        fields: texts of form fields by the backend number of their field.
    """
    return _Reader(snapshot, size_px, fields).read()


class _Reader:
    def __init__(
        self,
        snapshot: Mapping[str, Any],
        size_px: tuple[int, int],
        fields: Mapping[int, Sequence[FieldText]],
    ) -> None:
        self.fields = fields
        document = snapshot["documents"][0]
        self.strings: Sequence[str] = snapshot["strings"]
        self.nodes, self.layout = document["nodes"], document["layout"]
        self.size_px = size_px
        self.contexts = frozenset(self.layout["stackingContexts"]["index"])
        width, height = size_px
        self.canvas: Box = (0.0, 0.0, float(width), float(height))
        content = (float(document.get("contentWidth", 0)), float(document.get("contentHeight", 0)))
        self.content_px = (max(content[0], width), max(content[1], height))
        self.lines: dict[int, list[Box]] = {}
        boxes = document["textBoxes"]
        for at, bounds in zip(boxes["layoutIndex"], boxes["bounds"], strict=True):
            self.lines.setdefault(at, []).append(as_box(bounds))
        self.styles: dict[tuple[int, ...], dict[str, str]] = {}
        self.drafts: list[Draft] = []
        self.papers: list[Draft] = []
        self.elements: dict[int, _Element] = {}

    def read(self) -> Sketch:
        layout, names, parents = self.layout, self.nodes["nodeName"], self.nodes["parentIndex"]
        for at in self._in_document_order():
            node = layout["nodeIndex"][at]
            tag = self._string(names[node]).lower()
            parent = self._enclosing(node if node in self.elements else parents[node])
            if layout["text"][at] >= 0 and tag != "br":
                if parent is not None and parent.is_painted:
                    self._text(at, parent)
            elif tag == "br":
                self._space(parent)
            elif node not in self.elements and tag != "#document":
                self._element(at, node, tag, parent)
        return Sketch(self.drafts, self.papers, self.size_px, self.content_px)

    def _in_document_order(self) -> Sequence[int]:
        """Boxes as they stand in the document; a snapshot names `::after` before what it comes after."""
        names, parents, places = self.nodes["nodeName"], self.nodes["parentIndex"], self.layout["nodeIndex"]
        late = {node for node, name in enumerate(names) if self._string(name) == "::after"}
        if not late:
            return range(len(places))
        paths: list[tuple[tuple[bool, int], ...]] = []
        for node, parent in enumerate(parents):
            paths.append((*(paths[parent] if parent >= 0 else ()), (node in late, node)))
        return sorted(range(len(places)), key=lambda at: (paths[places[at]], at))

    def _string(self, index: int) -> str:
        return self.strings[index] if index >= 0 else ""

    def _enclosing(self, node: int) -> _Element | None:
        """The nearest element that is laid out; `display: contents` is not."""
        while node >= 0:
            found = self.elements.get(node)
            if found is not None:
                return found
            node = self.nodes["parentIndex"][node]
        return None

    def _style(self, at: int) -> Mapping[str, str]:
        key = tuple(self.layout["styles"][at])
        found = self.styles.get(key)
        if found is None:
            found = self.styles[key] = dict(zip(STYLES, (self._string(index) for index in key), strict=False))
        return found

    def _attributes(self, node: int) -> dict[str, str]:
        flat = self.nodes["attributes"][node]
        return {self._string(flat[i]).lower(): self._string(flat[i + 1]) for i in range(0, len(flat) - 1, 2)}

    def _element(self, at: int, node: int, tag: str, parent: _Element | None) -> None:
        style, bounds = self._style(at), as_box(self.layout["bounds"][at])
        is_svg = (
            parent is not None and parent.tag != "foreignobject" and (parent.is_svg or parent.tag == "svg")
        )
        above = parent or _ROOT
        matrix = times(
            above.matrix,
            linear_part(
                style.get("transform", "none"),
                style.get("scale", "none"),
                style.get("rotate", "none"),
                style.get("zoom", "1"),
            ),
        )
        if "3d" in style.get("transform", "none"):
            matrix = flattened(bounds, self.layout["offsetRects"][at])
        position = style.get("position", "static")
        is_out = position in ("absolute", "fixed")
        clip = {"absolute": above.clip_absolute, "fixed": above.clip_fixed}.get(position, above.clip)
        element = _Element(
            style=style,
            tag=tag,
            block=above.block,
            group=at if is_group(tag, style, is_svg=is_svg) or parent is None else above.group,
            alpha=above.alpha * px(style.get("opacity", "1"), 1.0),
            matrix=matrix,
            clip=clip,
            clip_absolute=clip if is_out else above.clip_absolute,
            clip_fixed=above.clip_fixed,
            own_clip=clip,
            order=(),
            layers=above.layers,
            context=above.context,
            paint=self.layout["paintOrders"][at],
            is_svg=is_svg,
            is_plain=above.is_plain and is_plain(style),
            is_painted=above.is_painted and tag not in UNPAINTED,
            bounds=bounds,
            decorations=above.decorations + decorations(style),
        )
        own_order = self._order(at, element, above, is_out=is_out)
        self._clips(at, element)
        self.elements[node] = element
        if tag == "svg" and not is_svg:
            element.matrix = times(matrix, view_box(self._attributes(node), self.layout["offsetRects"][at]))
        if element.is_painted and style.get("visibility", "visible") == "visible":
            self._paint(node, tag, element, own_order)
        for told in self.fields.get(self.nodes["backendNodeId"][node], ()):
            style = {**style, **told.style}
            if element.is_painted and style["visibility"] == "visible":
                clip = cut(element.own_clip, told.clip)
                self._write(told.text, told.box, list(told.lines), element, at, style, clip)

    def _order(self, at: int, element: _Element, above: _Element, *, is_out: bool) -> tuple[int, ...]:
        """Where an element's own background is painted; sets where its content is.

        Within a layer CSS paints backgrounds of blocks, then floats, then what stands in lines; floats,
        inline blocks and items of flex and grid are painted as a whole (CSS 2.1, appendix E).
        """
        display, parents = element.style.get("display", ""), above.style.get("display", "")
        if element.paint != above.paint or is_out:
            if at in self.contexts and px(element.style.get("z-index", "0")) < 0:
                element.layers = (*above.context, -1, LAST)
            element.order = (*element.layers, element.paint)
            if at in self.contexts:
                element.context = element.order
            return (*element.order, -1, at)
        is_item = parents in ("flex", "inline-flex", "grid", "inline-grid")
        if element.style.get("float", "none") != "none":
            element.order = (*above.order, 1, at)
        elif element.is_svg or element.tag in PICTURES or is_item or display in ATOMIC_DISPLAYS:
            element.order = (*above.order, 2, at)
        elif display == "inline":
            element.order = above.order
            return (*above.order, 2, at)
        else:
            element.order = above.order
            return (*above.order, 0, at)
        return (*element.order, -1, at)

    def _clips(self, at: int, element: _Element) -> None:
        """What an element cuts off of what is inside it."""
        style, bounds = element.style, element.bounds
        shape = style.get("clip-path", "none")
        holds_all = any(
            style.get(name, "none") not in ("none", "auto", "normal")
            for name in ("transform", "perspective", "filter", "backdrop-filter", "scale", "rotate")
        ) or style.get("contain", "none") in ("paint", "strict", "content", "layout")
        if shape != "none":
            local = clip_box(shape, bounds[2] - bounds[0], bounds[3] - bounds[1])
            if local is not None:
                moved = (
                    local[0] + bounds[0],
                    local[1] + bounds[1],
                    local[2] + bounds[0],
                    local[3] + bounds[1],
                )
                element.clip = cut(element.clip, moved)
                element.own_clip = element.clip
                element.clip_absolute = cut(element.clip_absolute, moved)
                element.clip_fixed = cut(element.clip_fixed, moved)
        cuts_x = style.get("overflow-x", "visible") != "visible"
        cuts_y = style.get("overflow-y", "visible") != "visible"
        if any(word in style.get("contain", "") for word in ("paint", "strict", "content")):
            cuts_x = cuts_y = True
        if (cuts_x or cuts_y) and element.tag not in ("html", "body") and not element.is_svg:
            left, top, right, bottom = padding_box(
                bounds, self.layout["clientRects"][at], self.layout["offsetRects"][at]
            )
            inner = (
                left if cuts_x else -1e9,
                top if cuts_y else -1e9,
                right if cuts_x else 1e9,
                bottom if cuts_y else 1e9,
            )
            if style.get("display") != "inline":
                element.clip = cut(element.clip, inner)
        if holds_all or style.get("position", "static") != "static":
            element.clip_absolute = element.clip
        if holds_all:
            element.clip_fixed = element.clip

    def _paint(self, node: int, tag: str, element: _Element, order: tuple[int, ...]) -> None:
        """The block of an element that paints something of its own."""
        style = element.style
        seen = cut(cut(element.bounds, element.own_clip), self.canvas)
        draft = Draft("box", element.bounds, seen, order, tag, element.block)
        draft.alpha = element.alpha
        if tag in SHAPES and element.is_svg:
            if not fill(draft, style, tag):
                return
        elif tag in PICTURES and not element.is_svg:
            draft.kind, draft.background = "picture", None
            source = self._attributes(node).get("src", "")
            draft.opaque = tag == "img" and element.alpha >= OPAQUE_ALPHA and is_opaque_image(source)
        elif element.is_svg or not decorate(draft, style):
            return
        if not element.is_plain:
            draft.opaque = draft.is_flat = False
            draft.tints = None
        if tag in ("html", "body"):
            if not draft.is_flat:
                draft.box, draft.order = self.canvas, ()
                self.papers.append(draft)
            return
        self.drafts.append(draft)
        if draft.kind in ("box", "picture"):
            element.block = len(self.drafts) - 1

    def _text(self, at: int, parent: _Element) -> None:
        text = _SPACE.sub(" ", self._string(self.layout["text"][at]))
        if text in ("", " "):
            if text:
                self._space(parent)
            return
        if parent.style.get("visibility", "visible") != "visible":
            return
        bounds = as_box(self.layout["bounds"][at])
        lines = [bounds] if parent.is_svg else joined(self.lines.get(at, []))
        self._write(text, bounds, lines, parent, at, parent.style, parent.clip)

    def _write(
        self,
        text: str,
        bounds: Box,
        lines: list[Box],
        parent: _Element,
        at: int,
        style: Mapping[str, str],
        clip: Box,
    ) -> None:
        """The block of a text."""
        draft = Draft(
            "text",
            bounds,
            cut(cut(bounds, clip), self.canvas),
            (*parent.order, 2, at),
            parent.tag,
            parent.block,
            group=parent.group,
            text=text,
            lines=lines or [bounds],
            font_px=px(style.get("font-size", "0")) * least_stretch(parent.matrix),
            weight=int(px(style.get("font-weight", "400"), 400)),
            italic=style.get("font-style", "normal") != "normal",
            family=style.get("font-family", "").split(",")[0].strip().strip("\"'"),
            align=alignment(style, is_svg=parent.is_svg),
            is_plain=parent.is_plain and style.get("text-shadow", "none") == "none",
            is_decorated=parent.decorations > 1,
        )
        ink_color(draft, style, is_svg=parent.is_svg)
        draft.alpha *= parent.alpha
        self.drafts.append(draft)

    def _space(self, parent: _Element | None) -> None:
        """White space alone parts the words before and after it."""
        if parent is None or not self.drafts:
            return
        last = self.drafts[-1]
        if last.kind == "text" and last.group == parent.group and not last.text.endswith(" "):
            last.text += " "


_ROOT = _Element(
    style={},
    tag="",
    block=-1,
    group=-1,
    alpha=1.0,
    matrix=IDENTITY,
    clip=EVERYWHERE,
    clip_absolute=EVERYWHERE,
    clip_fixed=EVERYWHERE,
    own_clip=EVERYWHERE,
    order=(),
    layers=(),
    context=(),
    paint=-1,
    is_svg=False,
    is_plain=True,
    is_painted=True,
    bounds=EVERYWHERE,
    decorations=0,
)
