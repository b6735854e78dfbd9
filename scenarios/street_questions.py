"""Questions about the small print of a street, with wrong answers.

A draft names the plates that hold the evidence and, for each wrong answer, the rows that would have to read
otherwise. Answerable or not, a question comes from the same templates: what cannot be answered asks for a key
(a day, a flat, a year) that stands on no row, though one much like it does.
"""

__all__ = [
    "CODE_LETTERS",
    "LETTERS",
    "VOWELS",
    "Draft",
    "Hit",
    "Wrong",
    "draft_question",
    "families",
    "first_vowel",
]

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .street_plates import Plate, Row
from .street_rivals import rivals
from .street_words import DAYS, HOP_BELLS, HOP_NUMBER, LOOKUPS, ORDINALS, SEARCHES, YES_NO

Change = tuple[Plate, int, Row]
Seen = Callable[[Plate, int, Row], float]
Measure = Callable[[Plate, int, Row], tuple[float, float]]

YES_NO_SHARE = 0.35
CHOICE_SHARE = 0.5
LOOKALIKES = (0, 1, 2, 4, 6)
LETTERS = "ABCDEF"
CODE_LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"
VOWELS = "aeiou"
QUIET_RMS = 0.6
MAX_RIVALS = 11


@dataclass(frozen=True)
class Hit:
    """A place to look at: a row of a plate, or the whole plate when the row is None."""

    plate: Plate
    row: int | None
    weight: float


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, as an option would print it, and the rows that would make it right."""

    label: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Draft:
    """A question before its certificate.

    Args:
        template: name of the family and the kind of plate.
        text: the question without options.
        right: the right answer as an option would print it; None when there is none.
        kind: type of the key when it is not a choice.
        as_choice: options are to be listed.
        options: how many options a choice has when they are not fixed.
        labels: the options when they are fixed (shops); otherwise right and wrong answers make them.
        hits: where to look, in order.
        wrongs: candidates.
    """

    template: str
    text: str
    right: str | None
    kind: str
    as_choice: bool
    options: int
    labels: tuple[str, ...]
    hits: tuple[Hit, ...]
    wrongs: tuple[Wrong, ...]

    def key(self, options: tuple[str, ...]) -> dict[str, Any]:
        """The answer key, as `rewards.answer.match` takes it."""
        if self.right is None:
            return {"type": "unanswerable", "value": "unanswerable"}
        if options:
            return {"type": "choice", "value": LETTERS[options.index(self.right)], "options": list(options)}
        if self.kind == "number":
            return {"type": "number", "value": float(self.right), "atol": 0.0, "unit": "EUR"}
        if self.kind == "text":
            return {"type": "text", "value": self.right, "aliases": []}
        return {"type": self.kind, "value": int(self.right) if self.kind == "int" else self.right}


def families(kind: str, value: str) -> list[list[str]]:
    """Values that differ from one in a single character, by the place of that character.

    Options come from one such list: were they to differ in several places, the right one would be the one
    that resembles all the others, and nobody would have to look.

    >>> families("hours", "09:40-18:30")
    [['09:00-18:30', '09:10-18:30', '09:20-18:30', '09:30-18:30', '09:50-18:30']]
    """
    found = []
    for at, char in enumerate(value):
        others = [
            value[:at] + other + value[at + 1 :] for other in _substitutes(kind, at, value) if other != char
        ]
        if others:
            found.append(others)
    return found


def _substitutes(kind: str, at: int, value: str) -> str:
    char = value[at]
    if kind == "hours":
        # only the opening time is asked for, and its minutes have the most alternatives
        return "012345" if at == 3 else ""
    if kind == "prices":
        return {0: "123456789", 2: "0123456789"}.get(at, "")
    if kind == "bells":
        return VOWELS if at == first_vowel(value) else ""
    if char.isdigit():
        return "123456789" if kind == "number" and at == 0 else "0123456789"
    return CODE_LETTERS if char.isalpha() else ""


def first_vowel(name: str) -> int:
    """Place of the first small vowel of a name, the one in which the names on the bells differ.

    >>> first_vowel("Brandt")
    2
    """
    return next(at for at, char in enumerate(name) if char in VOWELS)


def _quiet(rng: np.random.Generator, choices: Sequence[Any], seen: Callable[[Any], float]) -> Any:
    # any choice that hardly shows in the first view, or else the one that shows least
    tried = []
    for at in rng.permutation(len(choices)).tolist():
        shows = seen(choices[at])
        if shows < QUIET_RMS:
            return choices[at]
        tried.append((shows, at))
    return choices[min(tried)[1]]


def draft_question(
    rng: np.random.Generator,
    plates: list[Plate],
    *,
    difficulty: int,
    answerable: bool,
    options: int,
    spare: dict[int, list[str]],
    measure: Measure,
) -> Draft:
    """Draw a question; rewrites rows of the plates so that look-alikes stand around the answer.

    Args:
        rng: source of all choices.
        plates: every plate of the street, in its place.
        difficulty: 1 to 5.
        answerable: whether an answer exists.
        options: how many options a choice has.
        spare: for each plate (by its place in the list), keys that stand on no row but resemble one.
        measure: how much the first view and the plate change (RMS) when a row of a plate is rewritten.
    """

    def seen(plate: Plate, index: int, row: Row) -> float:
        return measure(plate, index, row)[0]

    # drawn before the branch, so that both kinds of question have the same shape as often
    family, pick = rng.random(), rng.random()
    search = {3: 0.6, 4: 0.4, 5: 0.3}.get(difficulty, 0.0)
    hops = family > 1 - {4: 0.6, 5: 0.7}.get(difficulty, 0.0)
    if family < search:
        return _search(rng, plates, ("hours", "lamp", "number")[int(pick * 3)], answerable, seen)
    kinds = ("hours", "prices", "bells", "tag") if hops else tuple(sorted(LOOKUPS))
    among = [p for p in plates if p.kind == kinds[int(pick * len(kinds))]]
    plate = among[rng.integers(len(among))]
    place, hits = _place(plate)
    if hops:
        panels = [p for p in plates if p.kind == ("bells" if plate.kind == "tag" else "number")]
        panel = panels[rng.integers(len(panels))]
        hits = (Hit(panel, len(panel.rows) - 1, 0.4),)
        if plate.kind == "tag":
            place = "that bicycle"
            plate = next(p for p in among if panel.rows[-1][1] == f"{p.where} bicycle")
        else:
            place = HOP_NUMBER.format(number=panel.rows[0][1])
            plate = next(p for p in among if p.where == panel.where)
    draft = _lookup(
        rng, plates, plate, place, hits, spare[plates.index(plate)],
        alike=LOOKALIKES[difficulty - 1], answerable=answerable, options=options, measure=measure,
    )  # fmt: skip
    if hops and plate.kind == "tag":
        return replace(
            draft, text=HOP_BELLS[rng.integers(2)].format(shop=hits[0].plate.where, question=draft.text)
        )
    return draft


def _place(plate: Plate) -> tuple[str, tuple[Hit, ...]]:
    if plate.kind == "lamp":
        return f"the {ORDINALS[int(plate.where) - 1]} lamp post from the left", ()
    names = {"permit": f"the {plate.where} van", "tag": f"the {plate.where} bicycle"}
    return names.get(plate.kind, f"'{plate.where}'"), ()


def _lookup(
    rng: np.random.Generator,
    plates: list[Plate],
    plate: Plate,
    place: str,
    hops_at: tuple[Hit, ...],
    spare: list[str],
    *,
    alike: int,
    answerable: bool,
    options: int,
    measure: Measure,
) -> Draft:
    kind = plate.kind
    asked = [i for i, (key, _) in enumerate(plate.rows) if key != "Key"]
    row = int(rng.choice(asked))
    if kind == "bells":
        # five vowels leave four wrong names, and one of them may show too much
        options = 4
    yes_no = kind == "hours" and bool(rng.random() < YES_NO_SHARE)
    as_choice = bool(rng.random() < CHOICE_SHARE) and not yes_no
    key, value = plate.rows[row]
    line = _line(rng, kind, value)
    # the values are chosen before the right one, so that none stands out among them
    shown = _rivals(rng, plate, row, line, 2 if yes_no else options, measure) if yes_no or as_choice else line
    value, near = shown[0], [other for other in (*shown, *line) if other != shown[0]]
    near = list(dict.fromkeys(near))[: options - 1 if as_choice else None]
    plate.rows[row] = (key, value)
    _surround(rng, plates, plate, row, alike)
    if not answerable:
        key = _quiet(rng, spare, lambda k: min(measure(plate, i, (k, plate.rows[i][1]))[0] for i in asked))
    words = {"place": place, "key": DAYS.get(key, key)}
    right, labels = _shown(kind, value), ()
    if answerable:
        wrongs = [Wrong(_shown(kind, show), ((plate, row, (key, show)),)) for show in near]
    else:
        wrongs = [
            Wrong(_shown(kind, show), ((plate, i, (key, show)),))
            for i in asked
            for show in (plate.rows[i][1], *families(kind, plate.rows[i][1])[0][:3])
        ]
        if as_choice:
            labels = tuple(rng.permutation(sorted(_shown(kind, show) for show in shown)).tolist())
    if yes_no:
        right = "yes" if rng.random() < 0.5 else "no"
        other = near[0]
        words["value"] = _shown(kind, value if right == "yes" else other)
        if answerable and right == "no":
            closes = dict.fromkeys([other, *(other[:-2] + minutes for minutes in ("00", "30"))])
            wrongs = [Wrong("yes", ((plate, row, (key, show)),)) for show in closes]
        elif answerable:
            wrongs = [Wrong("no", wrong.changes) for wrong in wrongs]
        text = YES_NO[rng.integers(len(YES_NO))].format(**words)
    else:
        text = LOOKUPS[kind][rng.integers(len(LOOKUPS[kind]))].format(**words)
    return Draft(
        ("hop" if hops_at else "lookup") + ("-yesno:" if yes_no else ":") + kind,
        text,
        right if answerable else None,
        "yesno" if yes_no else {"hours": "time", "prices": "number", "bells": "text"}.get(kind, "code"),
        as_choice,
        options,
        labels,
        (*hops_at, Hit(plate, row if answerable else None, 1.0 - sum(h.weight for h in hops_at))),
        tuple(wrongs),
    )


def _line(rng: np.random.Generator, kind: str, value: str) -> list[str]:
    """The value and those that differ from it in one place, in random order; at most MAX_RIVALS of them."""
    lines = families(kind, value)
    found = [value, *lines[rng.integers(len(lines))]]
    return rng.permutation(sorted(found)).tolist()[:MAX_RIVALS]


def _rivals(
    rng: np.random.Generator, plate: Plate, row: int, line: list[str], count: int, measure: Measure
) -> list[str]:
    """Some of a line, any of which may be painted in the row."""
    key, value = plate.rows[row]

    def differ(one: str, other: str) -> tuple[float, float]:
        plate.rows[row] = (key, one)
        return measure(plate, row, (key, other))

    found = rivals(rng, line, count, differ)
    plate.rows[row] = (key, value)
    return found


def _search(rng: np.random.Generator, plates: list[Plate], kind: str, answerable: bool, seen: Seen) -> Draft:
    among = [p for p in plates if p.kind == kind]
    row = 0 if kind == "number" else int(rng.integers(len(among[0].rows)))
    key = among[0].rows[row][0]
    holder = int(rng.integers(len(among)))
    if kind == "number":
        tens = among[0].rows[0][1][0]
        left = [f"{tens}{d}" for d in range(10) if f"{tens}{d}" not in {p.rows[0][1] for p in among}]
        value = _quiet(rng, left, lambda show: max(seen(p, 0, ("", show)) for p in among))
    else:
        # the same line on all of them, each value one character from the one that is asked for
        value = among[0].rows[row][1]
        lines = families(kind, value)
        line = lines[rng.integers(len(lines))]
        for plate in among:
            plate.rows[row] = (key, value)
            show = _quiet(
                rng, line, lambda show, p=plate: max(seen(q, row, (key, show)) for q in (p, among[holder]))
            )
            line = [other for other in line if other != show]
            plate.rows[row] = (key, show)
    if answerable:
        among[holder].rows[row] = (key, value)
    wrongs = []
    for index, plate in enumerate(among):
        changes: list[Change] = [(plate, row, (key, value))]
        if answerable and index == holder:
            continue
        if answerable:
            changes.append((among[holder], row, (key, plate.rows[row][1])))
        wrongs.append(Wrong(plate.where, tuple(changes)))
    looked_at = [among[holder]] if answerable else among
    words = {"key": DAYS.get(key, key), "value": _shown(kind, value)}
    return Draft(
        f"search:{kind}",
        SEARCHES[kind][rng.integers(len(SEARCHES[kind]))].format(**words),
        among[holder].where if answerable else None,
        "int" if kind == "lamp" else "text",
        kind != "lamp",
        len(among),
        tuple(p.where for p in among) if kind != "lamp" else (),
        tuple(Hit(p, row, 1.0 / len(looked_at)) for p in looked_at),
        tuple(wrongs),
    )


def _surround(rng: np.random.Generator, plates: list[Plate], plate: Plate, row: int, count: int) -> None:
    others = [(plate, i) for i in range(len(plate.rows)) if i != row]
    others += [(p, i) for p in plates if p.kind == plate.kind and p is not plate for i in range(len(p.rows))]
    others = [(p, i) for p, i in others if p.rows[i][0] != "Key"]
    near = rng.permutation(
        [show for line in families(plate.kind, plate.rows[row][1]) for show in line]
    ).tolist()
    for (other, index), value in zip(others[:count], near, strict=False):
        other.rows[index] = (other.rows[index][0], value)


def _shown(kind: str, value: str) -> str:
    return value[:5] if kind == "hours" else value
