"""What is known of a painted panel, and the values that fill it.

Where every label and value was painted is kept, so that questions need no second look. Knows nothing of
questions.
"""

__all__ = ["CODE_FACE", "Column", "Panel", "clocks", "codes", "days", "footnote", "labels", "numbers"]

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from .dashboard_canvas import Run, text_width
from .dashboard_charts import Box, Wall
from .dashboard_lookalikes import spread
from .dashboard_sectors import Measure

LETTERS = "ABCDEFGHJKLMNPRSTUVWX"
CODE_FACE = "JetBrainsMono"


@dataclass(frozen=True)
class Column:
    """What the values of a column are: its name, kind (see `dashboard_lookalikes`) and unit."""

    name: str
    kind: str
    unit: str = ""


@dataclass
class Panel:
    """A painted panel.

    Args:
        title: as painted.
        box: px.
        noun: what a label names, such as `tank`.
        columns: name to column.
        labels: label to its text, in reading order.
        cells: (label, column name) to its text.
        notes: footnote tag to the tag's text and its value's.
    """

    title: str
    box: Box
    noun: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    labels: dict[str, Run] = field(default_factory=dict)
    cells: dict[tuple[str, str], Run] = field(default_factory=dict)
    notes: dict[str, tuple[Run, Run]] = field(default_factory=dict)


def labels(wall: Wall, prefix: str, count: int) -> list[str]:
    """Ascending labels such as `FV-214`, close to each other and with gaps."""
    base = int(wall.rng.integers(1, 8)) * 100 + int(wall.rng.integers(0, 5)) * 10
    picked = np.sort(wall.rng.permutation(round(count * 1.5) + 3)[:count])
    return [f"{prefix}-{base + int(n)}" for n in picked]


def codes(wall: Wall, count: int) -> list[str]:
    """Different serial numbers such as `K4-7193`."""
    found: dict[str, None] = {}
    while len(found) < count:
        letter = LETTERS[int(wall.rng.integers(len(LETTERS)))]
        found[f"{letter}{wall.rng.integers(1, 10)}-{wall.rng.integers(1000, 10000)}"] = None
    return spread(wall.rng, list(found), "code", wall.likeness)


def clocks(wall: Wall, count: int) -> list[str]:
    """Different times of day, in no order."""
    minutes = wall.rng.permutation(24 * 60)[:count]
    return spread(wall.rng, [f"{m // 60:02d}:{m % 60:02d}" for m in minutes.tolist()], "time", wall.likeness)


def days(wall: Wall, count: int, start: date, reach: int) -> list[str]:
    """Different dates from `start` on."""
    offsets = wall.rng.permutation(max(reach, count))[:count].tolist()
    plain = [(start + timedelta(days=int(n))).isoformat() for n in offsets]
    return spread(wall.rng, plain, "date", wall.likeness)


def numbers(wall: Wall, measure: Measure, count: int) -> list[str]:
    """Different values of a measure, where its range and decimals allow it."""
    found: dict[str, None] = {}
    for _ in range(count * 40):
        if len(found) == count:
            break
        found[wall.number(measure)] = None
    return spread(wall.rng, list(found), "number", wall.likeness)


def footnote(wall: Wall, panel: Panel, fields: list[tuple[str, str]]) -> None:
    """Small print at a panel's foot: tags and their values."""
    canvas, theme, size = wall.canvas, wall.theme, wall.fine_px
    x0, _, x1, y1 = panel.box
    canvas.plate(x0 + 36, y1 - 50, x1 - 36, y1 - 49, theme.grid)
    x = x0 + 36
    for tag, value in fields:
        first = canvas.write(x, y1 - 21, tag, theme.fine, size, face=CODE_FACE)
        x += text_width(tag, size, CODE_FACE) + size * 0.5
        second = canvas.write(x, y1 - 21, value, theme.fine, size, face=CODE_FACE)
        x += text_width(value, size, CODE_FACE) + size * 1.7
        panel.notes[tag] = (first, second)
