"""Parts of a drawn chart: bars, texts, axes and grid as inline SVG.

Colours are classes of the style sheet, so a drawing follows the theme. Positions and sizes are px.
"""

__all__ = ["LEADING", "axis", "bar", "grid", "label", "text", "wrapped"]

from .slide_text import escaped
from .slide_type import width_px

LEADING = 1.25
GRID_LINES = 4


def grid(top: float, bottom: float, width: float) -> list[str]:
    """Faint lines at even heights, all but the lowest."""
    heights = [top + (bottom - top) * index / GRID_LINES for index in range(GRID_LINES)]
    return [f'<line class="grid" x1="0" y1="{y:.1f}" x2="{width:.1f}" y2="{y:.1f}"/>' for y in heights]


def axis(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line that values start from."""
    return f'<line class="axis" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>'


def bar(kind: str, x: float, y: float, width: float, height: float) -> str:
    """A bar; one of no height is still seen."""
    kinds = f"bar {kind}".strip()
    size = f'width="{max(width, 1):.1f}" height="{max(height, 1):.1f}"'
    return f'<rect class="{kinds}" x="{x:.1f}" y="{y:.1f}" {size}/>'


def text(words: str, x: float, y: float, size: int, kind: str, anchor: str = "middle") -> str:
    """A text on a baseline."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escaped(words)}</text>'


def label(words: str, x: float, y: float, size: int, room: float, canvas: float) -> list[str]:
    """A label in lines, centred on x but within 0 and `canvas`; y is the first line's baseline."""
    lines = wrapped(words, size, room)
    half = max(width_px(line, size, "body") for line in lines) / 2
    x = min(max(x, half), canvas - half)
    return [text(line, x, y + row * size * LEADING, size, "label") for row, line in enumerate(lines)]


def wrapped(words: str, size: int, room: float) -> list[str]:
    """A text in lines, words kept whole where they fit.

    >>> wrapped("Finding what I came for", 16, 110)
    ['Finding what', 'I came for']
    """
    lines = [""]
    for word in words.split():
        if lines[-1] and width_px(f"{lines[-1]} {word}", size, "body") > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
        while width_px(lines[-1], size, "body") > room and len(lines[-1]) > 1:
            whole = lines[-1]
            keep = max(
                (end for end in range(1, len(whole)) if width_px(whole[:end], size, "body") <= room),
                default=1,
            )
            lines[-1:] = [whole[:keep], whole[keep:]]
    return lines
