"""Bars, donuts and curves of a wall display, with small values.

Each fills in a `Panel` while it paints. Knows nothing of questions.
"""

__all__ = ["bars", "shares", "trend_points"]

import numpy as np

from .dashboard_canvas import blend, text_width
from .dashboard_charts import Box, Wall, axes, smooth
from .dashboard_lookalikes import lookalikes
from .dashboard_panels import CODE_FACE, Column, Panel, labels, numbers
from .dashboard_sectors import Measure

MAX_OFF = 12  # thousandths, less than half of a step between the arcs of a ring
MIN_STEPS = 700


def bars(wall: Wall, box: Box, panel: Panel, prefix: str, measure: Measure) -> None:
    """A bar chart with the value on each bar and its label beneath."""
    canvas, theme, size = wall.canvas, wall.theme, wall.fine_px
    x0, y0, x1, y1 = box[0], box[1] + 16, box[2], box[3] - 34
    count = 12
    names, values = labels(wall, prefix, count), numbers(wall, measure, count)
    panel.noun = "bar"
    panel.columns = {measure.name: Column(measure.name, "number", measure.unit)}
    step = (x1 - x0) / count
    high = max(float(value) for value in values) * 1.12
    for i in range(5):
        y = y1 - (y1 - y0) * i / 4
        canvas.plate(x0, y, x1, y + (2 if i == 0 else 1), theme.edge if i == 0 else theme.grid)
    best = max(range(len(values)), key=lambda i: float(values[i]))
    for i, (name, value) in enumerate(zip(names, values, strict=False)):
        x, top = x0 + step * (i + 0.5), y1 - (y1 - y0) * float(value) / high
        colour = theme.series[0] if i == best else blend(theme.card, theme.series[0], 0.5)
        left, right = round(x - step * 0.3), round(x + step * 0.3)
        canvas.plate(left, top, right, y1 - 4, colour, 7)
        canvas.plate(left, y1 - 12, right + 1, y1, colour)
        panel.labels[name] = canvas.write(x, y1 + 27, name, theme.fine, size, face=CODE_FACE, anchor="ms")
        run = canvas.write(x, top - 9, value, theme.fine, size, anchor="ms")
        panel.cells[name, measure.name] = run


def shares(wall: Wall, box: Box, panel: Panel, noun: str) -> None:
    """A donut of numbered parts whose legend adds up to 100.0 %."""
    canvas, theme, rng, size = wall.canvas, wall.theme, wall.rng, wall.fine_px
    x0, y0, x1, y1 = box
    names = [f"{noun} {n}" for n in rng.permutation(np.arange(1, 10))[:6].tolist()]
    cuts = np.sort(rng.permutation(np.arange(2, 38))[:5]) * 25
    drawn = np.diff(np.concatenate([[0], cuts, [1000]]))
    # The ring shows the parts rounded, so that its arcs do not give the last digits away.
    off = rng.permutation(np.arange(1, MAX_OFF + 1))[:3]
    parts = drawn + rng.permutation(np.concatenate([off, -off]))
    values = [f"{part / 10:.1f}" for part in parts.tolist()]
    panel.noun = noun.lower()
    panel.columns = {"Share": Column("Share", "number", "%")}
    outer = min(y1 - y0, (x1 - x0) * 0.5) / 2 - 6
    x, y = x0 + outer + 24, (y0 + y1) / 2
    start = 0.0
    tints = (*theme.series, theme.edge)
    for i, part in enumerate(drawn.tolist()):
        end = start + part / 1000
        canvas.ring(x, y, outer * 0.68, outer, start + 0.002, max(start + 0.003, end - 0.002), tints[i])
        start = end
    # The first view reads what stands here, so it must tell nothing of the parts.
    canvas.write(x, y + 14, "100 %", theme.ink, 66, face=theme.face, weight=theme.weight, anchor="ms")
    canvas.write(x, y + 52, f"{len(parts)} parts", theme.faint, 22, anchor="ms")
    left, tall = x + outer + 80, min(46.0, (y1 - y0) / 6)
    top = y - tall * 3
    for i, name in enumerate(names):
        middle = top + tall * (i + 0.5)
        canvas.plate(left, middle - 7, left + 14, middle + 7, tints[i], 4)
        panel.labels[name] = canvas.write(left + 28, middle + size * 0.36, name, theme.fine, size)
        right = min(x1, left + 300)
        run = canvas.write(right, middle + size * 0.36, values[i], theme.fine, size, anchor="rs")
        canvas.write(right + 6, middle + size * 0.36, "%", theme.faint, size)
        panel.cells[name, "Share"] = run
        if i:
            canvas.plate(left, top + tall * i, right + 24, top + tall * i + 1, theme.grid)


def trend_points(wall: Wall, box: Box, panel: Panel, prefix: str, measure: Measure) -> None:
    """An area chart over a day with labelled points on the curve."""
    canvas, theme, rng, size = wall.canvas, wall.theme, wall.rng, wall.fine_px
    x0, y0, x1, y1 = axes(wall, box, measure)
    course = 0.14 + 0.62 * smooth(rng, 193, rough=0.5)
    curve = np.stack([np.linspace(x0, x1, 193), y1 - (y1 - y0) * course], axis=1)
    quiet = curve.copy()
    quiet[:, 1] = y1 - (y1 - y0) * (0.1 + 0.5 * smooth(rng, 193, rough=0.3))
    canvas.line(quiet, theme.series[1], 3)
    canvas.shade(curve, y1, theme.series[0], 0.34)
    canvas.line(curve, theme.series[0], 5)
    panel.noun = "point"
    panel.columns = {measure.name: Column(measure.name, "number", measure.unit)}
    names = labels(wall, prefix, 9)
    span = measure.high - measure.low
    # A curve shows its height to about a hundredth, so that the values need more digits than that.
    decimals = measure.decimals
    while span * 10**decimals < MIN_STEPS:
        decimals += 1
    for i, name in enumerate(names):
        at = round(193 * (i + 0.5 + rng.uniform(-0.16, 0.16)) / len(names))
        x, y = float(curve[at, 0]), float(curve[at, 1])
        value = f"{measure.low + span * float(course[at]):.{decimals}f}"
        near = [v for v in lookalikes(value, "number") if v not in (r.text for r in panel.cells.values())]
        if (value in (r.text for r in panel.cells.values())) and near:
            value = near[0]
        label_px = text_width(name, size, CODE_FACE)
        wide, tall = label_px + text_width(value, size) + size * 2.6, size * 2.1
        top = y - tall - 22
        canvas.plate(x - wide / 2 - 1, top - 1, x + wide / 2 + 1, top + tall + 1, theme.edge, 9)
        canvas.plate(x - wide / 2, top, x + wide / 2, top + tall, theme.card, 8)
        canvas.plate(x - 0.5, top + tall, x + 1.5, y, theme.edge)
        canvas.disc(x, y, 10, theme.card)
        canvas.disc(x, y, 7, theme.series[0])
        base = top + tall / 2 + size * 0.36
        left = x - wide / 2 + size * 0.8
        panel.labels[name] = canvas.write(left, base, name, theme.fine, size, face=CODE_FACE)
        run = canvas.write(x + wide / 2 - size * 0.8, base, value, theme.fine, size, anchor="rs")
        panel.cells[name, measure.name] = run
