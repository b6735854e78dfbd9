"""Tables, logs and maps of a wall display, with small text.

Each fills in a `Panel` while it paints. Knows nothing of questions.
"""

__all__ = ["event_log", "sheet_table", "site_map"]

from datetime import date, timedelta

import numpy as np

from .dashboard_canvas import blend, text_width
from .dashboard_charts import Box, Wall, coast, pill
from .dashboard_lookalikes import drawn
from .dashboard_panels import CODE_FACE, Column, Panel, clocks, codes, days, labels, numbers
from .dashboard_sectors import SURNAMES, Measure, Sheet

ROW_PX = 30
SHORT_NAMES = {"Temperature": "Temp."}


def sheet_table(wall: Wall, box: Box, panel: Panel, sheet: Sheet, *, today: date) -> None:
    """A table of the sheet's units: class, measures, check, operator, serial number, service, state."""
    canvas, theme, rng, size = wall.canvas, wall.theme, wall.rng, wall.fine_px
    x0, y0, x1, y1 = box
    total = any(measure.adds for measure in sheet.measures)
    count = min(28, int((y1 - y0) // ROW_PX) - 1 - total)
    tall = (y1 - y0) / (count + 1 + total)
    panel.noun = sheet.noun
    names = labels(wall, sheet.prefix, count)
    families = drawn(rng, ["0123456789"[i] for i in range(len(SURNAMES))], 3)
    people = [name for i in families for name in SURNAMES[int(i)]]
    content: list[tuple[Column, list[str]]] = [
        (Column("Class", "class"), [f"P{n}" for n in rng.integers(1, 4, count)])
    ]
    for measure in sheet.measures:
        content.append((Column(measure.name, "number", measure.unit), numbers(wall, measure, count)))
    content += [
        (Column("Checked", "time"), clocks(wall, count)),
        (Column("Operator", "text"), [people[int(i)] for i in rng.integers(len(people), size=count)]),
        (Column("Serial", "code"), codes(wall, count)),
        (Column("Service", "date"), days(wall, count, today + timedelta(days=3), 160)),
    ]
    label_px = max(size * 5.6, text_width(sheet.noun.capitalize(), size, "Inter", 600) + 14)
    state_px = size * 7.4
    widths = [_column_px(column, values, size) for column, values in content]
    slack = max(0.0, (x1 - x0 - label_px - state_px - sum(widths)) / len(widths))
    head = y0 + tall * 0.5 + size * 0.36
    canvas.write(x0, head, sheet.noun.capitalize(), theme.faint, size, weight=600)
    canvas.write(x1, head, "State", theme.faint, size, weight=600, anchor="rs")
    for i in range(count):
        y = y0 + tall * (i + 1)
        if i % 2 == 0:
            canvas.plate(x0 - 12, y, x1 + 12, y + tall, theme.band, 6)
    canvas.plate(x0 - 12, y0 + tall - 1, x1 + 12, y0 + tall, theme.edge)
    base = [y0 + tall * (i + 1.5) + size * 0.36 for i in range(count + 1)]
    for name, y in zip(names, base, strict=False):
        panel.labels[name] = canvas.write(x0, y, name, theme.fine, size, face=CODE_FACE)
        dice = rng.random()
        state = 0 if dice < 0.74 else 1 if dice < 0.92 else 2
        pill(wall, x1, y, sheet.states[state], (theme.good, theme.warn, theme.bad)[state], size - 1)
    x = x0 + label_px
    for (column, values), natural in zip(content, widths, strict=True):
        wide = natural + slack
        panel.columns[column.name] = column
        right = column.kind in ("number", "time", "date")
        at, anchor = (x + wide - 8, "rs") if right else (x + 8, "ls")
        title = _heading(column)
        canvas.write(at, head, title, theme.faint, size, weight=600, anchor=anchor)
        face = CODE_FACE if column.kind == "code" else "Inter"
        for name, y, value in zip(names, base, values, strict=False):
            run = canvas.write(at, y, value, theme.fine, size, face=face, anchor=anchor)
            panel.cells[name, column.name] = run
        adds = next((m for m in sheet.measures if m.name == column.name and m.adds), None)
        if adds:
            sum_text = f"{sum(float(value) for value in values):,.{adds.decimals}f}"
            canvas.write(at, base[-1], sum_text, theme.ink, size, weight=700, anchor="rs")
        x += wide
    if total:
        y = y0 + tall * (count + 1)
        canvas.plate(x0 - 12, y, x1 + 12, y + 2, theme.edge)
        canvas.write(x0, base[-1], "Total", theme.ink, size, weight=700)


def _heading(column: Column) -> str:
    return f"{SHORT_NAMES.get(column.name, column.name)} {column.unit}".strip()


def _column_px(column: Column, values: list[str], size_px: int) -> float:
    face = CODE_FACE if column.kind == "code" else "Inter"
    widest = max(text_width(value, size_px, face) for value in values)
    return max(widest, text_width(_heading(column), size_px, "Inter", 600)) + 16


def event_log(
    wall: Wall, box: Box, panel: Panel, prefix: str, events: tuple[str, ...], units: list[str]
) -> None:
    """Events of the day, newest first: time, number, source and what happened."""
    canvas, theme, rng, size = wall.canvas, wall.theme, wall.rng, wall.fine_px
    x0, y0, x1, y1 = box
    count = min(28, int((y1 - y0) // (ROW_PX + 4))) - 1
    tall = (y1 - y0) / (count + 1)
    head = y0 + tall / 2 + size * 0.36
    panel.noun = "event"
    panel.columns = {"Time": Column("Time", "time"), "Serial": Column("Serial", "code")}
    names = labels(wall, prefix, count)[::-1]
    times = sorted(clocks(wall, count), reverse=True)
    serials = codes(wall, count)
    rail = x0 + size * 5.2
    heads = ((x0, "Time"), (rail + size * 1.6, "Event"), (rail + size * 7.6, "What"), (x1 - 330, "Duration"))
    for x, title in heads:
        canvas.write(x, head, title, theme.faint, size, weight=600)
    canvas.write(x1, head, "Serial", theme.faint, size, weight=600, anchor="rs")
    canvas.plate(rail - 1, y0 + tall * 1.5, rail + 1, y1 - tall / 2, theme.edge)
    for i, name in enumerate(names):
        middle = y0 + tall * (i + 1.5)
        y = middle + size * 0.36
        dice = rng.random()
        colour = theme.series[0] if dice < 0.72 else theme.warn if dice < 0.9 else theme.bad
        canvas.disc(rail, middle, 7, theme.card)
        canvas.disc(rail, middle, 5, colour)
        panel.cells[name, "Time"] = canvas.write(x0, y, times[i], theme.fine, size)
        panel.labels[name] = canvas.write(rail + size * 1.6, y, name, theme.fine, size, face=CODE_FACE)
        unit = units[int(rng.integers(len(units)))]
        what = events[int(rng.integers(len(events)))]
        canvas.write(rail + size * 7.6, y, f"{unit}  {what}", theme.faint, size)
        track = x1 - 330, x1 - 130
        canvas.plate(track[0], middle - 3, track[1], middle + 3, theme.grid, 3)
        canvas.plate(track[0], middle - 3, track[0] + 12 + 180 * rng.random() ** 2, middle + 3, colour, 3)
        run = canvas.write(x1, y, serials[i], theme.fine, size, face=CODE_FACE, anchor="rs")
        panel.cells[name, "Serial"] = run


def site_map(wall: Wall, box: Box, panel: Panel, prefix: str, measure: Measure) -> None:
    """A map with numbered pins and routes, and the list of the pins beside it."""
    canvas, theme, rng, size = wall.canvas, wall.theme, wall.rng, wall.fine_px
    x0, y0, x1, y1 = box
    split = x0 + (x1 - x0) * 0.68
    coast(wall, (x0, y0, split - 40, y1), 18)
    count = 20
    columns, rows = 5, 4
    spots = []
    for place in rng.permutation(columns * rows)[:14].tolist():
        x = x0 + (split - 40 - x0) * (place % columns + 0.5 + rng.uniform(-0.28, 0.28)) / columns
        y = y0 + (y1 - y0) * (place // columns + 0.5 + rng.uniform(-0.25, 0.25)) / rows
        spots.append((x, y))
    for i in range(1, len(spots)):
        near = min(
            range(i), key=lambda j: (spots[i][0] - spots[j][0]) ** 2 + (spots[i][1] - spots[j][1]) ** 2
        )
        (ax, ay), (bx, by) = spots[i], spots[near]
        t = np.linspace(0, 1, 40)[:, None]
        knee = np.array([(ax + bx) / 2 + (by - ay) * 0.16, (ay + by) / 2 + (ax - bx) * 0.16])
        curve = (1 - t) ** 2 * np.array([ax, ay]) + 2 * t * (1 - t) * knee + t**2 * np.array([bx, by])
        canvas.line(curve, blend(theme.card, theme.series[0], 0.75 if i % 3 else 0.35), 5 if i % 3 else 3)
    for i, (x, y) in enumerate(spots):
        reach = 25 if i % 4 else 33
        colour = theme.warn if i == 5 else theme.series[0] if i % 4 else theme.ink
        canvas.disc(x, y, reach + 5, theme.card)
        canvas.disc(x, y, reach, colour)
        canvas.write(x, y + 9, f"{i + 1}", theme.card, 25, weight=700, anchor="ms")
    names, values = labels(wall, prefix, count), numbers(wall, measure, count)
    checked, serials = clocks(wall, count), codes(wall, count)
    panel.noun = "node"
    panel.columns = {
        measure.name: Column(measure.name, "number", measure.unit),
        "Checked": Column("Checked", "time"),
        "Serial": Column("Serial", "code"),
    }
    tall = (y1 - y0) / (count + 1)
    ends = (split + 52 + size * 5.2, split + (x1 - split) * 0.55, split + (x1 - split) * 0.77, x1)
    head = y0 + tall / 2 + size * 0.36
    canvas.write(split + 44, head, "Node", theme.faint, size, weight=600)
    for title, x in ((f"{measure.name} {measure.unit}", ends[1]), ("Checked", ends[2]), ("Serial", ends[3])):
        canvas.write(x, head, title, theme.faint, size, weight=600, anchor="rs")
    for i, name in enumerate(names):
        middle = y0 + tall * (i + 1.5)
        y = middle + size * 0.36
        canvas.plate(split, middle - tall / 2, x1, middle - tall / 2 + 1, theme.grid)
        if i < len(spots):
            canvas.disc(split + 16, middle, 13, theme.warn if i == 5 else theme.series[0])
            canvas.write(split + 16, middle + 5, f"{i + 1}", theme.card, 14, weight=700, anchor="ms")
        else:
            canvas.disc(split + 16, middle, 4, theme.edge)
        panel.labels[name] = canvas.write(split + 44, y, name, theme.fine, size, face=CODE_FACE)
        panel.cells[name, measure.name] = canvas.write(ends[1], y, values[i], theme.fine, size, anchor="rs")
        panel.cells[name, "Checked"] = canvas.write(ends[2], y, checked[i], theme.fine, size, anchor="rs")
        run = canvas.write(ends[3], y, serials[i], theme.fine, size, face=CODE_FACE, anchor="rs")
        panel.cells[name, "Serial"] = run
