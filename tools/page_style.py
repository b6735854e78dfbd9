"""Computed styles of a page's elements, read for what they paint.

Knows neither geometry nor picture. A style maps the names in `STYLES` to what Chromium computed.
"""

__all__ = [
    "OPAQUE_ALPHA",
    "STYLES",
    "alignment",
    "decorate",
    "decorations",
    "fill",
    "ink_color",
    "is_group",
    "is_plain",
]

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from .css_value import Rgba, colors_in, parse_color, px
from .page_paint import Draft

STYLES: tuple[str, ...] = (
    "color",
    "-webkit-text-fill-color",
    "-webkit-text-stroke-color",
    "-webkit-text-stroke-width",
    "background-color",
    "background-image",
    "background-clip",
    "opacity",
    "font-size",
    "font-weight",
    "font-family",
    "font-style",
    "text-align",
    "text-anchor",
    "direction",
    "display",
    "visibility",
    "position",
    "z-index",
    "float",
    "overflow-x",
    "overflow-y",
    "contain",
    "clip-path",
    "mask-image",
    "mix-blend-mode",
    "filter",
    "backdrop-filter",
    "transform",
    "scale",
    "rotate",
    "zoom",
    "perspective",
    "border-top-width",
    "border-right-width",
    "border-bottom-width",
    "border-left-width",
    "border-top-color",
    "border-right-color",
    "border-bottom-color",
    "border-left-color",
    "border-image-source",
    "outline-width",
    "outline-offset",
    "outline-style",
    "box-shadow",
    "text-shadow",
    "text-decoration-line",
    "text-decoration-thickness",
    "text-underline-offset",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-opacity",
)
BLOCK_DISPLAYS = frozenset(
    {
        "block",
        "list-item",
        "flex",
        "inline-flex",
        "grid",
        "inline-grid",
        "inline-block",
        "flow-root",
        "table",
        "inline-table",
        "table-cell",
        "table-caption",
    }
)
SIDES = ("top", "right", "bottom", "left")
OPAQUE_ALPHA = 0.995
FAINT_ALPHA = 0.35
UNBOUNDED_PX = 1e4


def is_group(tag: str, style: Mapping[str, str], *, is_svg: bool) -> bool:
    """Whether an element is laid out as a block, or is a text of an SVG: what is in it belongs together."""
    return tag == "text" if is_svg else style.get("display") in BLOCK_DISPLAYS


def is_plain(style: Mapping[str, str]) -> bool:
    """Whether colours inside come out as they are said."""
    return (
        all(
            style.get(name, "none") in ("none", "normal")
            for name in ("clip-path", "mask-image", "mix-blend-mode", "filter", "backdrop-filter")
        )
        and "text" not in style.get("background-clip", "")
        and "3d" not in style.get("transform", "")
    )


def decorations(style: Mapping[str, str]) -> int:
    """Lines that an element draws through its texts; a plain underline is 1, anything else counts as more."""
    line = style.get("text-decoration-line", "none")
    if line == "none":
        return 0
    is_usual = all(
        style.get(name, "auto") in ("auto", "from-font")
        for name in ("text-decoration-thickness", "text-underline-offset")
    )
    return 1 if line == "underline" and is_usual else 2


def alignment(style: Mapping[str, str], *, is_svg: bool) -> Literal["left", "center", "right", "justify"]:
    """Where the lines of a text stand in their group."""
    if is_svg:
        anchors: dict[str, Literal["center", "right"]] = {"middle": "center", "end": "right"}
        return anchors.get(style.get("text-anchor", "start"), "left")
    said, is_reversed = style.get("text-align", "start"), style.get("direction") == "rtl"
    if "center" in said:
        return "center"
    if said == "justify":
        return "justify"
    if "right" in said or said == ("start" if is_reversed else "end"):
        return "right"
    return "left"


def ink_color(draft: Draft, style: Mapping[str, str], *, is_svg: bool) -> None:
    """Colour and alpha of a text's glyphs."""
    if is_svg:
        fill, share = style.get("fill", "none"), px(style.get("fill-opacity", "1"), 1.0)
        stroke, width = style.get("stroke", "none"), px(style.get("stroke-width", "0"))
    else:
        fill, share = style.get("-webkit-text-fill-color", ""), 1.0
        stroke, width = (
            style.get("-webkit-text-stroke-color", "none"),
            px(style.get("-webkit-text-stroke-width", "0")),
        )
    found = (0, 0, 0, 0.0) if fill == "none" else parse_color(fill)
    outline = parse_color(stroke) if stroke != "none" and width > 0 else None
    if outline is not None and outline[3] > 0:
        draft.is_plain = False
        if found is not None and found[3] * share == 0:
            found = outline
    if found is None:  # a gradient, or a colour that only the picture tells
        draft.color, draft.is_plain = None, False
        return
    draft.color, draft.alpha = found[:3], found[3] * share
    if "text" in style.get("background-clip", "") and draft.alpha < OPAQUE_ALPHA:
        draft.color, draft.alpha, draft.is_clipped = None, 1.0, True  # its background is its ink


def decorate(draft: Draft, style: Mapping[str, str]) -> bool:
    """Background, border and shadow of a box; False where it paints nothing."""
    color = parse_color(style.get("background-color", "transparent"))
    image, shadow = style.get("background-image", "none"), style.get("box-shadow", "none")
    borders = [parse_color(style.get(f"border-{side}-color", "")) for side in SIDES if _is_wide(style, side)]
    has_outline = style.get("outline-style", "none") != "none"
    outline_px = px(style.get("outline-width", "0")) if has_outline else 0.0
    alpha = 1.0 if color is None else color[3]
    if "text" in style.get("background-clip", ""):
        alpha, image = 0.0, "none"
    is_painted = alpha > 0 or image != "none" or outline_px > 0
    is_painted |= any(border is None or border[3] > 0 for border in borders)
    if not is_painted and not any(stop[3] > 0 for stop in colors_in(shadow)):
        return False
    shadows = _shadows(shadow)
    stops = colors_in(image)
    is_solid = bool(stops) and "url(" not in image and min(stop[3] for stop in stops) >= OPAQUE_ALPHA
    draft.alpha *= alpha if image == "none" else 1.0
    draft.opaque = draft.alpha >= OPAQUE_ALPHA and (alpha >= OPAQUE_ALPHA or is_solid)
    own = _mean(stops) if stops else color[:3] if color is not None and alpha > 0 else None
    draft.background = draft.color = own
    draft.is_flat = image == "none" and color is not None and not any(inset for *_, inset in shadows)
    draft.halo = max([reach for _, reach, _ in shadows], default=0.0)
    draft.halo = max(draft.halo, outline_px + px(style.get("outline-offset", "0")) if outline_px else 0.0)
    if style.get("border-image-source", "none") != "none":
        draft.halo, draft.is_flat = UNBOUNDED_PX, False
    elif image == "none" and not outline_px:
        draft.tints = _tints([color, *borders, *(shadow for shadow, _, _ in shadows)])
    return True


def _mean(colors: Sequence[tuple[int, int, int, float]]) -> tuple[int, int, int]:
    red, green, blue = (round(sum(color[i] for color in colors) / len(colors)) for i in range(3))
    return (red, green, blue)


def _tints(colors: Sequence[Rgba | None]) -> tuple[tuple[int, int, int], ...] | None:
    """Colours that are painted; None where one is unknown or lets others through.

    A faint one is left out: what it makes of a background is no text's colour, but a low contrast.
    """
    painted = [color for color in colors if color is None or color[3] > FAINT_ALPHA]
    solid = [color[:3] for color in painted if color is not None and color[3] >= OPAQUE_ALPHA]
    return tuple(solid) if len(solid) == len(painted) else None


def _is_wide(style: Mapping[str, str], side: str) -> bool:
    return px(style.get(f"border-{side}-width", "0")) > 0


def _shadows(value: str) -> list[tuple[Rgba | None, float, bool]]:
    """Colour of each computed `box-shadow` that is not faint, its reach outward, px, and if it is inset."""
    found = []
    for one in re.split(r",\s*(?![^(]*\))", value) if value != "none" else []:
        colors = colors_in(one)
        color = colors[0] if colors else None
        if color is not None and color[3] <= FAINT_ALPHA:
            continue
        lengths = [float(each) for each in re.findall(r"(-?\d*\.?\d+(?:e[+-]?\d+)?)px", one)]
        is_inset = "inset" in one
        reach = 0.0 if is_inset else max(map(abs, lengths[:2]), default=0.0) + sum(lengths[2:])
        found.append((color, max(reach, 0.0), is_inset))
    return found


def fill(draft: Draft, style: Mapping[str, str], tag: str) -> bool:
    """Colour of a painted part of an inline SVG; False where it paints nothing."""
    draft.kind = "shape"
    if tag == "image":
        return True
    inside = _svg_paint(style, "fill") if tag != "line" else (0, 0, 0, 0.0)
    around = _svg_paint(style, "stroke")
    if px(style.get("stroke-width", "1"), 1.0) <= 0:
        around = (0, 0, 0, 0.0)
    if inside is not None and inside[3] == 0:
        if around is not None and around[3] == 0:
            return False
        main = around
    else:
        main = inside
    above = draft.alpha
    draft.color = main[:3] if main is not None else None
    draft.background = draft.color
    draft.alpha = above * (main[3] if main is not None else 1.0)
    draft.is_flat = tag == "rect" and inside is not None and around is not None and around[3] == 0
    draft.opaque = tag == "rect" and main is inside and main is not None and draft.alpha >= OPAQUE_ALPHA
    draft.tints = _tints([inside, around]) if above >= OPAQUE_ALPHA else None
    return True


def _svg_paint(style: Mapping[str, str], name: str) -> Rgba | None:
    """Computed `fill` or `stroke`; None for a gradient or pattern."""
    value = style.get(name, "none")
    if value == "none":
        return (0, 0, 0, 0.0)
    color = parse_color(value)
    share = px(style.get(f"{name}-opacity", "1"), 1.0)
    return None if color is None else (*color[:3], color[3] * share)
