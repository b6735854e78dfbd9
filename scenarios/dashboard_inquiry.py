"""Questions about painted panels: wording, key, evidence, patches.

An unanswerable question is worded by the same templates around a label that is not there, one character away
from labels that are. Knows panels and where their text stands; paints nothing but variants.
"""

__all__ = ["Inquirer", "Inquiry"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..tools.vision import QWEN2_5_VL, QWEN3_VL
from .dashboard_canvas import Canvas, Run
from .dashboard_lookalikes import bounded, drawn, lookalikes, options
from .dashboard_panels import Column, Panel
from .dashboard_sight import Sight, targets_of
from .dashboard_wording import (
    ASKED,
    COMPARED,
    COUNTED,
    HOPPED,
    NAMED,
    NOTE_TAGS,
    NOTED,
    SEARCHED,
    listed,
    word,
)
from .glimpse import glimpse_rms
from .scene import Patch, Target

MAX_REGIONS = 3
COUNT_ROWS = 5
COUNT_WINDOW = 12
MAX_GLIMPSE_RMS = 0.9  # below the certificate's limit, as rounding adds a little
MAX_VARIANTS = 3
MAX_TRIES = 60  # in one family, so that all families keep their share
MAX_FAMILIES = 12

_FAMILIES: dict[int, dict[str, float]] = {
    1: {"footnote": 3, "lookup": 6, "yesno": 0.7},
    2: {"footnote": 2.5, "lookup": 4, "count": 2, "yesno": 0.7},
    3: {"footnote": 1, "search": 4, "count": 2, "compare": 2, "yesno": 0.7},
    4: {"search": 3, "two_hop": 3, "compare": 3, "count": 1, "yesno": 0.6},
    5: {"search": 2, "two_hop": 5, "compare": 3},
}


@dataclass(frozen=True)
class Inquiry:
    """A question with its key and its evidence; the fields are those of `scene.Scene`."""

    question: str
    answer: dict[str, Any]
    targets: tuple[Target, ...]
    variants: tuple[tuple[Patch, ...], ...]
    secrets: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Inquirer:
    """Asks one question about painted panels.

    Args:
        canvas: the finished canvas.
        panels: all panels with small text.
        refs: panel title to the label that its footnote refers to, and the title of the panel it belongs to.
        rng: the scene's random source.
        difficulty: 1 to 5.
        answerable: whether what is asked about is there.
    """

    canvas: Canvas
    panels: list[Panel]
    refs: dict[str, tuple[str, str]]
    rng: np.random.Generator
    difficulty: int
    answerable: bool

    def __post_init__(self) -> None:
        height, width = self.canvas.image.shape[:2]
        self.sight = Sight((height, width))
        self._seen: dict[str, list[list[Run]]] = {}

    def ask(self) -> Inquiry:
        """A question of a family that the difficulty allows.

        Draws again when too few wrong answers would stay unseen in the first view.
        """
        families = _FAMILIES[self.difficulty]
        weights = np.array(list(families.values()))
        makers: dict[str, Callable[[], Inquiry | None]] = {
            "lookup": lambda: self._lookup(named=True),
            "search": lambda: self._lookup(named=False),
            "footnote": self._footnote,
            "two_hop": self._two_hop,
            "count": self._count,
            "compare": self._compare,
            "yesno": self._yesno,
        }
        for _ in range(MAX_FAMILIES):
            family = list(families)[int(self.rng.choice(len(families), p=weights / weights.sum()))]
            for _ in range(MAX_TRIES):
                inquiry = makers[family]()
                if inquiry is not None and len(inquiry.variants) >= 2:
                    inquiry.facts["family"] = family
                    return inquiry
        raise RuntimeError(f"no question found in {MAX_FAMILIES} families: the evidence stands out too much")

    def absent_label(self, panel: Panel) -> str | None:
        """A label that the panel might have and has not, one digit away from at least two that it has."""
        taken = {label for other in self.panels for label in other.labels}
        found = []
        for label in panel.labels:
            for near in lookalikes(label, "code"):
                if near not in taken and not (near[-2:].startswith(" 0") or "-0" in near):
                    found.append(near)
        fit_ones = sorted({near for near in found if found.count(near) >= 2})
        return self._one(fit_ones) if fit_ones else None

    def _one(self, items: Sequence[Any]) -> Any:
        return items[int(self.rng.integers(len(items)))]

    def _tables(self, kinds: Sequence[str]) -> list[Panel]:
        """Panels with a column of one of the kinds whose labels can be searched in a few zooms."""
        found = []
        for panel in self.panels:
            has = any(column.kind in kinds for column in panel.columns.values())
            if has and len(self._regions(panel)) <= MAX_REGIONS:
                found.append(panel)
        return found

    def _regions(self, panel: Panel) -> list[list[Run]]:
        """The zooms that show all labels of a panel, kept as they never change."""
        if panel.title not in self._seen:
            self._seen[panel.title] = self.sight.regions(list(panel.labels.values()))
        return self._seen[panel.title]

    def _lookup(self, *, named: bool) -> Inquiry | None:
        kinds = ("number", "time", "date", "text", "code")
        panels = [p for p in self._tables(kinds) if named or "-" in next(iter(p.labels))]
        panel = self._one(panels)
        column = self._one([column for column in panel.columns.values() if column.kind in kinds])
        label = self._one(list(panel.labels)) if self.answerable else self.absent_label(panel)
        if label is None:
            return None
        stem = self._one(NAMED if named else SEARCHED)
        question = stem.format(panel=panel.title, what=word(column), label=label)
        return self._value(question, panel, column, label, ())

    def _two_hop(self) -> Inquiry | None:
        there = {p.title: p for p in self.panels}
        whole = [
            t for t, (label, home) in self.refs.items() if (label in there[home].labels) == self.answerable
        ]
        if not whole:
            return None
        title = self._one(whole)
        label, home = self.refs[title]
        panel = there[home]
        kinds = ("number", "time", "date", "text", "code")
        column = self._one([column for column in panel.columns.values() if column.kind in kinds])
        stem = self._one(HOPPED)
        question = stem.format(panel=title, there=home, what=word(column), noun=panel.noun)
        return self._value(question, panel, column, label, there[title].notes["REF"])

    def _value(
        self, question: str, panel: Panel, column: Column, label: str, first: tuple[Run, ...]
    ) -> Inquiry | None:
        """The inquiry for one cell, after looking at the runs in `first`."""
        share = 0.7 if first else 1.0
        among = [run.text for (_, name), run in panel.cells.items() if name == column.name]
        chart = len(panel.columns) == 1
        lead = targets_of([list(first)], 0.3) if first else ()
        if self.answerable:
            run = panel.cells[label, column.name]
            wrong = lookalikes(run.text, column.kind)
            question, answer, secrets = self._posed(question, column, run.text, among, chart)
            pair = [panel.labels[label], run]
            whole = self.sight.fits(pair)
            targets = (
                targets_of([pair], share)
                if whole
                else (*targets_of([pair[:1]], 0.3 * share), *targets_of([pair[1:]], 0.7 * share))
            )
            variants = self._variants([[(run, text)] for text in wrong])
            facts = {"panel": panel.title, "label": label, "column": column.name, "value": run.text}
            return Inquiry(question, answer, (*lead, *targets), variants, secrets, facts)
        model = self._one(among)
        near = bounded(lookalikes(model, column.kind), column.kind, among)
        question, _, _ = self._posed(question, column, self._one(near) if near else model, among, chart)
        return self._missing(question, panel, label, column.name, lead, share)

    def _missing(
        self,
        question: str,
        panel: Panel,
        label: str,
        column: str,
        lead: tuple[Target, ...] = (),
        share: float = 1.0,
    ) -> Inquiry:
        """The inquiry about a label that is not there: all labels are looked at."""
        regions = self._regions(panel)
        near = [run for name, run in panel.labels.items() if label in lookalikes(name, "code")]
        variants = self._variants([[(run, label)] for run in near])
        answer = {"type": "unanswerable", "value": "unanswerable"}
        facts = {"panel": panel.title, "label": label, "column": column}
        return Inquiry(question, answer, (*lead, *targets_of(regions, share)), variants, (), facts)

    def _footnote(self) -> Inquiry | None:
        panel = self._one([panel for panel in self.panels if panel.notes])
        tags = [tag for tag in NOTE_TAGS if (tag in panel.notes) == self.answerable]
        tag = self._one(tags)
        name, kind, twin = NOTE_TAGS[tag]
        question = self._one(NOTED).format(panel=panel.title, what=name)
        mark, run = panel.notes[tag if self.answerable else twin]
        column = Column(name, kind)
        among = [
            value.text
            for other in self.panels
            for noted, (_, value) in other.notes.items()
            if noted in NOTE_TAGS and NOTE_TAGS[noted][1] == kind
        ]
        wrong = lookalikes(run.text, kind)
        near = bounded(wrong, kind, among)
        facts: dict[str, Any] = {"panel": panel.title, "label": tag, "column": "footnote"}
        if self.answerable:
            question, answer, secrets = self._posed(question, column, run.text, among)
            variants = self._variants([[(run, text)] for text in wrong])
            facts["value"] = run.text
            targets = targets_of([[mark, run]], 1.0)
            return Inquiry(question, answer, targets, variants, secrets, facts)
        question, _, _ = self._posed(question, column, self._one(near) if near else run.text, among)
        variants = self._variants([[(mark, tag)], *([(mark, tag), (run, text)] for text in wrong)])
        runs = [run for pair in panel.notes.values() for run in pair]
        answer = {"type": "unanswerable", "value": "unanswerable"}
        return Inquiry(question, answer, targets_of(self.sight.regions(runs), 1.0), variants, (), facts)

    def _count(self) -> Inquiry | None:
        panel = self._one([p for p in self._tables(("class",))])
        labels = list(panel.labels)
        start = int(self.rng.integers(max(1, len(labels) - COUNT_WINDOW + 1)))
        window = labels[start : start + COUNT_WINDOW]
        key = self._one(sorted({panel.cells[row, "Class"].text for row in window}))
        inside = [row for row in window if panel.cells[row, "Class"].text == key]
        outside = [row for row in window if row not in inside]
        if min(len(inside), len(outside)) < COUNT_ROWS:
            return None  # few rows of the class would make small counts likelier
        count = int(self.rng.integers(COUNT_ROWS + 1))
        rows = [*drawn(self.rng, inside, count), *drawn(self.rng, outside, COUNT_ROWS - count)]
        rows = drawn(self.rng, rows, COUNT_ROWS)
        cells = {row: panel.cells[row, "Class"] for row in rows}
        asked = list(rows)
        absent = None if self.answerable else self.absent_label(panel)
        if absent:
            asked[int(self.rng.integers(len(asked)))] = absent
        elif not self.answerable:
            return None
        names = f"{', '.join(asked[:-1])} and {asked[-1]}"
        question = self._one(COUNTED).format(labels=names, panel=panel.title, key=key)
        chosen = bool(self.rng.random() < 0.5)
        choices = [str(n) for n in range(COUNT_ROWS + 1)]
        if chosen:
            question += listed(choices)
        if absent:
            return self._missing(question, panel, absent, "Class")
        answer: dict[str, Any] = {"type": "int", "value": count}
        if chosen:
            answer = {"type": "choice", "value": "ABCDEF"[count], "options": choices}
        changes = []
        for row in rows:
            others = lookalikes(key, "class") if cells[row].text == key else [key]
            changes += [[(cells[row], other)] for other in others]
        variants = self._variants(changes)
        places = sorted(rows, key=labels.index)
        groups = self.sight.merged([[panel.labels[row], cells[row]] for row in places])
        facts = {"panel": panel.title, "label": rows[0], "column": "Class", "value": str(count)}
        return Inquiry(question, answer, targets_of(groups, 1.0), variants, (), facts)

    def _rows(self, count: int) -> tuple[Panel, Column, list[str]] | None:
        """Rows of a panel whose numbers differ, and a column that one zoom shows with its labels.

        Panels of one column are charts, whose shapes would show at a glance which value is higher.
        """
        panel = self._one([panel for panel in self._tables(("number",)) if len(panel.columns) > 1])
        label = next(iter(panel.labels))
        columns = [c for c in panel.columns.values() if c.kind == "number"]
        columns = [c for c in columns if self.sight.fits([panel.labels[label], panel.cells[label, c.name]])]
        if not columns or len(panel.labels) < count:
            return None
        column = self._one(columns)
        rows = drawn(self.rng, list(panel.labels), count)
        if len({float(panel.cells[row, column.name].text) for row in rows}) < count:
            return None
        return panel, column, rows

    def _contest(self, count: int) -> tuple[Panel, Column, dict[str, Run], str, list[str], str | None] | None:
        """Rows to compare: panel, column, cells by row, the highest, the rows as asked, the absent one."""
        found = self._rows(count)
        if found is None:
            return None
        panel, column, rows = found
        cells = {row: panel.cells[row, column.name] for row in rows}
        best = max(rows, key=lambda row: float(cells[row].text))
        asked = list(rows)
        absent = None if self.answerable else self.absent_label(panel)
        if absent:
            asked[int(self.rng.integers(count))] = absent
        elif not self.answerable:
            return None
        return panel, column, cells, best, asked, absent

    def _compare(self) -> Inquiry | None:
        found = self._contest(4)
        if found is None:
            return None
        panel, column, cells, best, asked, absent = found
        question = self._one(COMPARED).format(panel=panel.title, what=word(column)) + listed(asked)
        if absent:
            return self._missing(question, panel, absent, column.name)
        variants = self._flips(cells, best)
        answer = {"type": "choice", "value": "ABCD"[asked.index(best)], "options": asked}
        labels = list(panel.labels)
        places = sorted((row for row in cells if row != best), key=labels.index)
        groups = self.sight.merged([[panel.labels[row], cells[row]] for row in [*places, best]])
        if len(groups) > MAX_REGIONS + 1:
            return None
        facts = {"panel": panel.title, "label": best, "column": column.name, "value": cells[best].text}
        return Inquiry(question, answer, targets_of(groups, 1.0), variants, (), facts)

    def _yesno(self) -> Inquiry | None:
        found = self._contest(2)
        if found is None:
            return None
        panel, column, cells, best, asked, absent = found
        stem = self._one(ASKED)
        question = stem.format(panel=panel.title, what=word(column), label=asked[0], other=asked[1])
        if absent:
            return self._missing(question, panel, absent, column.name)
        variants = self._flips(cells, best)
        answer = {"type": "yesno", "value": "yes" if best == asked[0] else "no"}
        groups = self.sight.merged([[panel.labels[row], cell] for row, cell in cells.items()])
        facts = {"panel": panel.title, "label": best, "column": column.name, "value": answer["value"]}
        return Inquiry(question, answer, targets_of(groups, 1.0), variants, (), facts)

    def _flips(self, cells: dict[str, Run], best: str) -> tuple[tuple[Patch, ...], ...]:
        """One-digit changes after which another row is the highest: up to three."""
        top = float(cells[best].text)
        second = max(float(run.text) for row, run in cells.items() if row != best)
        changes = []
        for row, run in cells.items():
            for text in lookalikes(run.text, "number"):
                if (row == best and float(text) < second) or (row != best and float(text) > top):
                    changes.append([(run, text)])
        return self._variants(changes)

    def _variants(self, changes: Sequence[Sequence[tuple[Run, str]]]) -> tuple[tuple[Patch, ...], ...]:
        """Up to three of the changes, in random order, that the first view does not give away."""
        found = []
        for i in self.rng.permutation(len(changes)):
            patches = tuple(self.canvas.repaint(run, text) for run, text in changes[int(i)])
            shown = (glimpse_rms(self.canvas.image, patches, spec) for spec in (QWEN2_5_VL, QWEN3_VL))
            if max(shown) < MAX_GLIMPSE_RMS:
                found.append(patches)
            if len(found) == MAX_VARIANTS:
                break
        return tuple(found)

    def _posed(
        self, question: str, column: Column, value: str, among: Sequence[str], chart: bool = False
    ) -> tuple[str, dict[str, Any], tuple[str, ...]]:
        """Question, key and secrets, open or with four to six options.

        A chart's value is always asked for openly: its shape shows which of some options comes closest.
        """
        unit = f" (in {column.unit})" if column.kind == "number" and column.unit else ""
        question = question[:-1] + unit + "?"
        shown = options(self.rng, value, column.kind, int(self.rng.integers(4, 7)), among)
        if self.rng.random() < 0.5 and shown and not chart:
            key = {"type": "choice", "value": "ABCDEF"[shown.index(value)], "options": shown}
            return question + listed(shown), key, ()
        secrets = (value,) if column.kind != "number" and len(value) >= 4 and value not in question else ()
        if column.kind == "number":
            answer: dict[str, Any] = {"type": "number", "value": float(value), "atol": 0.0}
            if column.unit:
                answer["unit"] = column.unit
            return question, answer, secrets
        answer = {"type": column.kind, "value": value}
        if column.kind == "text":
            answer["aliases"] = []
        return question, answer, secrets
