"""Bar and line charts of a slide as inline SVG.

Every number is written beside its bar or point, so there is no scale to read: a scale would add figures that
no source states. Positions are px; labels never overlap, or the chart says what is too long.
"""

__all__ = ["bars", "line"]

from dataclasses import dataclass

from . import slide_svg as svg
from .slide_room import WIDTH_PX, height_px, main
from .slide_text import SlideMistake, escaped, fitted, of_number, shortened, with_minus
from .slide_type import first_that_fits, line_count, width_px

FEWEST, MOST = 3, 8
MOST_TALL_LABELS = 6  # of more columns, labels of two lines are a crowd
ASIDE_PX = 304
GAP_PX = 32
NOTE_PX = 316
SMALL_LINE_PX = 24
LABEL_SIZES = (20, 18, 16)
LEVELS = ((1, 1.0), (2, 1.5))
"""Levels of the labels of a line, and the room of each in distances of points."""
WORDS = ("unit", "note", "source")
ARROW = (
    '<svg class="sign" width="48" height="48" viewBox="0 0 48 48"><circle cx="24" cy="24" r="24"/>'
    '<path d="M14 24h19M25 15l9 9-9 9"/></svg>'
)


@dataclass(frozen=True)
class ChartData:
    """What a chart shows."""

    labels: list[str]
    numbers: list[float]
    shown: list[str]
    """The numbers as written."""
    unit: str
    note: str
    source: str


def bars(title: str, blocks: list[str], room_px: int) -> str:
    """Columns where every label fits below its own, else bars with the labels at the left."""
    data = _read("bars", blocks)
    width, height = _plot_size(data, room_px)
    slot = width / len(data.labels)
    lines = 1 if len(data.labels) > MOST_TALL_LABELS else 2
    size = first_that_fits(LABEL_SIZES, lambda size: _labels_fit(data, size, slot, slot, lines))
    drawn = _columns(data, size, width, height) if size else _rows(data, width, height)
    return _chart(data, drawn, width, height)


def line(title: str, blocks: list[str], room_px: int) -> str:
    """A line through points at equal distances, the last one set off; long labels stand on two levels."""
    data = _read("line", blocks)
    width, height = _plot_size(data, room_px)
    slot = width / len(data.labels)
    for levels, share in LEVELS:
        size = first_that_fits(
            LABEL_SIZES, lambda size, share=share: _labels_fit(data, size, slot, slot * share, 2)
        )
        if size:
            return _chart(data, _curve(data, size, levels, width, height), width, height)
    texts = [
        *((f"the label {shortened(name)}", name, slot * LEVELS[-1][1] - 12) for name in data.labels),
        *((f"the number {shortened(shown)}", shown, slot - 8) for shown in data.shown),
    ]
    for name, text, room in texts:
        fitted([(name, text)], lambda text, size, room=room: width_px(text, size, "strong") <= room, (16,))
    raise SlideMistake("the labels of line are too long: shorten the longest, or use bars")


def _read(layout: str, blocks: list[str]) -> ChartData:
    words: dict[str, str] = dict.fromkeys(WORDS, "")
    labels, numbers, shown = [], [], []
    for block in blocks:
        head, _, rest = block.partition(":")
        if head.strip().lower() in WORDS:
            words[head.strip().lower()] = rest.strip()
            continue
        label, _, written = (part.strip() for part in block.rpartition("|"))
        number = of_number(written)
        if not label or number is None:
            raise SlideMistake(
                f'{layout} takes "label | number", such as "August | 20.3"; {shortened(block)} is none'
            )
        labels.append(label)
        numbers.append(number)
        shown.append(with_minus(written))
    if not FEWEST <= len(labels) <= MOST:
        raise SlideMistake(
            f'{layout} takes {FEWEST} to {MOST} of "label | number", {len(labels)} came; leave out the least '
            "important, or use a table"
        )
    if words["unit"] == "%":
        shown = [text if "%" in text else f"{text}%" for text in shown]
        words["unit"] = ""
    return ChartData(labels, numbers, shown, words["unit"], words["note"], words["source"])


def _plot_size(data: ChartData, room_px: int) -> tuple[int, int]:
    width = WIDTH_PX - (ASIDE_PX + GAP_PX if data.note else 0)
    height = room_px - sum(SMALL_LINE_PX + 8 for text in (data.unit, data.source) if text)
    return width, height


def _labels_fit(data: ChartData, size: int, slot: float, room: float, lines: int) -> bool:
    """Whether labels of a few lines fit side by side in `room` each, and numbers in `slot`."""
    has_room = all(line_count(name, size, "body", room - 12) <= lines for name in data.labels)
    return has_room and all(width_px(shown, size, "strong") <= slot - 8 for shown in data.shown)


def _chart(data: ChartData, drawn: str, width: int, height: int) -> str:
    for name, text, room in (("the unit", data.unit, width), ("the source", data.source, width)):
        fitted([(name, text)], lambda text, size, room=room: width_px(text, size, "body") <= room - 80, (16,))
    unit = f'<p class="source">{escaped(data.unit)}</p>\n' if data.unit else ""
    source = f'\n<p class="source">Source: {escaped(data.source)}</p>' if data.source else ""
    plot = (
        f'<div class="plot">\n{unit}<svg class="drawn" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">\n{drawn}\n</svg>{source}\n</div>'
    )
    if not data.note:
        return main("chart", plot)
    size = fitted(
        [("the note", data.note)],
        lambda text, size: height_px(text, size, "body", ASIDE_PX - 64) <= NOTE_PX,
        (26, 24, 22, 20),
    )
    aside = f'<div class="aside panel" style="font-size:{size}px">{ARROW}\n<p>{escaped(data.note)}</p></div>'
    return main("chart", f"{plot}\n{aside}")


def _columns(data: ChartData, size: int, width: int, height: int) -> str:
    slot = width / len(data.labels)
    thick = min(slot * 0.62, 136)
    label_lines = max(line_count(name, size, "body", slot - 12) for name in data.labels)
    below, above = 12 + label_lines * size * svg.LEADING, size + 16
    high, low = max(*data.numbers, 0.0), min(*data.numbers, 0.0)
    has_minus = low < 0
    bottom = height - below - (above if has_minus else 0)
    scale = (bottom - above) / ((high - low) or 1.0)
    zero = above + high * scale
    top = _top(data.numbers)
    parts = svg.grid(above, bottom, width)
    for index, (name, number, shown) in enumerate(zip(data.labels, data.numbers, data.shown, strict=True)):
        x = slot * (index + 0.5)
        y = zero - number * scale
        kind = "minus" if number < 0 else "top" if index == top else ""
        parts.append(svg.bar(kind, x - thick / 2, min(y, zero), thick, abs(y - zero)))
        at = y + size + 6 if number < 0 else y - 10
        parts.append(svg.text(shown, x, at, size, "number top" if index == top else "number"))
        parts += svg.label(name, x, height - below + 12 + size, size, slot - 12, width)
    parts.append(svg.axis(0, zero, width, zero))
    return "\n".join(parts)


def _rows(data: ChartData, width: int, height: int) -> str:
    """Bars from left to right; labels take at most two fifths of the width."""
    slot = height / len(data.labels)
    most = width * 0.4

    def fits(text: str, size: int) -> bool:
        return line_count(text, size, "body", most) * size * 1.2 <= slot - 4

    size = fitted([(f"the label {shortened(name)}", name) for name in data.labels], fits, LABEL_SIZES)
    lines = {name: svg.wrapped(name, size, most) for name in data.labels}
    gutter = (
        min(most, max(width_px(words, size, "body") for name in data.labels for words in lines[name])) + 16
    )
    room = max(width_px(shown, size, "strong") for shown in data.shown) + 16
    if gutter + 2 * room > width * 0.8:
        raise SlideMistake(
            f"the numbers of bars are too long: {shortened(max(data.shown, key=len))}; use a unit"
        )
    high, low = max(*data.numbers, 0.0), min(*data.numbers, 0.0)
    start = gutter + (room if low < 0 else 0)
    scale = (width - room - start) / ((high - low) or 1.0)
    zero = start - low * scale
    thick = min(slot * 0.62, 64)
    top = _top(data.numbers)
    parts = []
    for index, (name, number, shown) in enumerate(zip(data.labels, data.numbers, data.shown, strict=True)):
        y = slot * (index + 0.5)
        x = zero + number * scale
        kind = "minus" if number < 0 else "top" if index == top else ""
        parts.append(svg.bar(kind, min(x, zero), y - thick / 2, abs(x - zero), thick))
        anchor, at = ("end", x - 10) if number < 0 else ("start", x + 10)
        parts.append(
            svg.text(shown, at, y + size * 0.36, size, "number top" if index == top else "number", anchor)
        )
        first = y + size * 0.36 - (len(lines[name]) - 1) * size * 0.6
        for row, words in enumerate(lines[name]):
            parts.append(svg.text(words, 0, first + row * size * 1.2, size, "label", "start"))
    parts.append(svg.axis(zero, 0, zero, height))
    return "\n".join(parts)


def _curve(data: ChartData, size: int, levels: int, width: int, height: int) -> str:
    slot = width / len(data.labels)
    room = slot * dict(LEVELS)[levels] - 12
    label_lines = max(line_count(name, size, "body", room) for name in data.labels)
    level_px = label_lines * size * svg.LEADING
    below = 16 + levels * level_px
    edge = size + 28
    high, low = max(data.numbers), min(data.numbers)
    if 0 <= low <= 0.5 * high:
        low = 0.0
    top_y, low_y, bottom = float(edge), height - below - (0 if low == 0 else edge), height - below
    scale = (low_y - top_y) / ((high - low) or 1.0)
    points = [
        (slot * (index + 0.5), low_y - (number - low) * scale if high > low else (top_y + low_y) / 2)
        for index, number in enumerate(data.numbers)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = svg.grid(top_y, bottom, width)
    if low == 0.0:  # the ground of a filled area means nothing, so only then
        ends = [f"{points[end][0]:.1f},{bottom:.1f}" for end in (0, -1)]
        parts.append(f'<polygon class="below" points="{ends[0]} {path} {ends[1]}"/>')
    parts.append(svg.axis(0, bottom, width, bottom))
    if low < 0 < high:
        parts.append(svg.axis(0, low_y + low * scale, width, low_y + low * scale))
    parts.append(f'<polyline class="curve" points="{path}"/>')
    last = len(points) - 1
    for index, (x, y) in enumerate(points):
        top = " top" if index == last else ""
        parts.append(f'<circle class="dot{top}" cx="{x:.1f}" cy="{y:.1f}" r="{9 if top else 7}"/>')
        drop = level_px * (index % levels)
        wide = width_px(data.shown[index], size, "strong")
        at = _free_place(points, index, wide, size, bottom)
        parts.append(svg.text(data.shown[index], x, at, size, f"number{top}"))
        parts += svg.label(data.labels[index], x, height - below + 16 + size + drop, size, room, width)
    return "\n".join(parts)


def _free_place(
    points: list[tuple[float, float]], index: int, wide: float, size: int, bottom: float
) -> float:
    """Baseline of a point's number, above or below it, where the line leaves most room."""
    x, y = points[index]
    reach = wide / 2 + 6
    rise = 0.0  # how far the line climbs above, or falls below, the point within the number's width
    fall = 0.0
    for there in (index - 1, index + 1):
        if 0 <= there < len(points):
            far, high = points[there]
            share = min(1.0, reach / abs(far - x))
            rise = max(rise, (y - high) * share)
            fall = max(fall, (high - y) * share)
    above, below = y - 18 - rise, y + 18 + size * 0.75 + fall
    fits_above, fits_below = above - size >= 0, below + 6 <= bottom
    if fits_below and (not fits_above or fall < rise):
        return below
    return above


def _top(numbers: list[float]) -> int:
    """Index of the bar to set off: the largest; where all are losses, the greatest of them."""
    has_gains = max(numbers) > 0
    return max(range(len(numbers)), key=lambda index: numbers[index] if has_gains else -numbers[index])
