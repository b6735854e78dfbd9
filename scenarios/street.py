"""Twelve-megapixel street scenes in which tiny print carries the answer.

The street is painted first; then plates are written, a question is drawn from them, and the ink is thinned,
on every plate alike, until no wrong answer shows in the first view. Source of the idea: the information gap
of LFPC (arXiv 2603.27494), made by construction.
"""

__all__ = ["generate"]

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import UsageError
from ..tools.vision import QWEN2_5_VL, QWEN3_VL
from .glimpse import patch_rms
from .scene import Patch, Scene, Target
from .street_brush import Brush
from .street_kerbside import BIKE_PLATE, LAMP_PLATE, VAN_PLATE
from .street_plates import STYLES, Plate, Row, patch_between
from .street_questions import CODE_LETTERS, LETTERS, VOWELS, Draft, Wrong, draft_question, first_vowel
from .street_rivals import FIRST_RMS, INKS, PATCH_RMS, USUAL_INK
from .street_view import BIKE_Y, LAMP_Y, VAN_Y, Street, choose_street, paint_street
from .street_words import DAYS, GOODS, NAMES

CAPS_PX = (10, 9, 9, 8, 7)
ROWS = (2, 3, 3, 4, 4)
READABLE_CAP_PX = 12.0
ATTEMPTS = 4
SPECS = (QWEN2_5_VL, QWEN3_VL)


def generate(rng: np.random.Generator, *, difficulty: int, answerable: bool = True) -> Scene:
    """Make a street, a question about its small print, and the wrong answers' patches.

    Difficulty sets, from 1 to 5:

    | | 1 | 2 | 3 | 4 | 5 |
    |---|---|---|---|---|---|
    | cap height, px | 10 | 9 | 9 | 8 | 7 |
    | rows on a plate | 2 | 3 | 3 | 4 | 4 |
    | values one character from the answer | 0 | 1 | 2 | 4 | 6 |
    | place is named | all | all | 40 % | none | none |
    | search over all plates of a kind | - | - | 60 % | 40 % | 30 % |
    | two hops | - | - | - | 60 % | 70 % |

    Args:
        rng: the only source of randomness: same state, same bytes.
        difficulty: 1 to 5.
        answerable: False asks for a line that stands on none of the plates asked about.

    Returns:
        A scene of kind `street`, 4000 x 3000 px; `facts` has `template`, `time_of_day`, `cap_px`, `ink` and
        `plates` (kind, where, box, rows).

    Raises:
        UsageError: a difficulty outside 1 to 5.
    """
    if isinstance(difficulty, bool) or not isinstance(difficulty, int) or not 1 <= difficulty <= len(CAPS_PX):
        raise UsageError(f"difficulty is an int from 1 to 5, got {difficulty!r}")
    street = choose_street(rng)
    image = paint_street(street, rng)
    plates, spare = _write_plates(street, rng, difficulty)
    _hang(street, plates)
    options = int(rng.integers(4, 6))

    def measure(plate: Plate, index: int, row: Row) -> tuple[float, float]:
        return _measure(Wrong("", ((plate, index, row),)), street.grade, USUAL_INK)[:2]

    written = [list(plate.rows) for plate in plates]
    attempt = 0
    while True:
        attempt += 1
        draft = draft_question(
            rng,
            plates,
            difficulty=difficulty,
            answerable=answerable,
            options=options,
            spare=spare,
            measure=measure,
        )
        ink, wrongs, hidden = _thin_ink(draft, street.grade)
        if hidden or attempt == ATTEMPTS:
            break
        for plate, rows in zip(plates, written, strict=True):
            plate.rows = list(rows)
    brush = Brush(image)
    for plate in plates:
        height, width = plate.size
        x, y = plate.x, plate.y
        brush.shadow(
            [
                (x + 3, y + 4),
                (x + width + 5, y + 4),
                (x + width + 5, y + height + 7),
                (x + 3, y + height + 7),
            ],
            4,
            0.5,
        )
        image[plate.y : plate.y + height, plate.x : plate.x + width] = plate.render(
            plate.rows, ink=ink, grade=street.grade
        )
    listed = _options(draft, [wrong for wrong, _ in wrongs], rng)
    text = draft.text
    if listed:
        text += "\n" + "\n".join(f"{LETTERS[i]}) {label}" for i, label in enumerate(listed))
    key = draft.key(listed)
    value = str(draft.right)
    # a price is no secret: a scale or a count in a tool's result may read the same
    open_answer = key["type"] in ("code", "text", "time") and len(value) >= 4 and value not in text
    return Scene(
        kind="street",
        image=image,
        question=text,
        answer=key,
        targets=tuple(
            Target(
                hit.plate.box if hit.row is None else hit.plate.row_box(hit.row),
                READABLE_CAP_PX / hit.plate.real_cap_px,
                hit.weight,
            )
            for hit in draft.hits
        ),
        variants=tuple(patches for _, patches in wrongs),
        secrets=(value,) if open_answer else (),
        facts=_facts(street, plates, draft, ink),
    )


def _facts(street: Street, plates: list[Plate], draft: Draft, ink: float) -> dict[str, Any]:
    return {
        "template": draft.template,
        "time_of_day": street.sky.name,
        "cap_px": plates[0].real_cap_px,
        "ink": ink,
        "plates": [
            {"kind": p.kind, "where": p.where, "box": list(p.box), "rows": [list(row) for row in p.rows]}
            for p in plates
        ],
    }


def _write_plates(
    street: Street, rng: np.random.Generator, difficulty: int
) -> tuple[list[Plate], dict[int, list[str]]]:
    cap, count = CAPS_PX[difficulty - 1], ROWS[difficulty - 1]
    plates: list[Plate] = []
    spare: dict[int, list[str]] = {}
    styles = {kind: choices[rng.integers(len(choices))] for kind, choices in STYLES.items()}
    codes, week = _codes(rng), tuple(DAYS)

    def add(kind: str, where: str, rows: list[Row], missing: list[str]) -> None:
        spare[len(plates)] = missing
        # one hand wrote all plates of a kind but cards: those are each shop's own
        own = STYLES[kind][rng.integers(len(STYLES[kind]))] if kind in ("hours", "prices") else styles[kind]
        plates.append(Plate(kind, where, own, cap, rows))

    # days, years and zones stand on all plates of their kind, so that a search has to read every one
    days = sorted(rng.choice(7, count, replace=False).tolist())
    years = sorted(rng.choice(np.arange(2011, 2020), count, replace=False).tolist())
    left_years = [str(y) for y in range(2011, 2020) if y not in years]
    numbers = int(rng.integers(1, 10)) * 10 + np.sort(rng.choice(10, len(street.shops), replace=False))
    # no name is likelier than the four beside it, so that spelling gives no answer away
    names = (
        f"{n[: first_vowel(n)]}{rng.choice(list(VOWELS))}{n[first_vowel(n) + 1 :]}"
        for n in rng.permutation(NAMES).tolist()
    )
    for shop, number in zip(street.shops, numbers.tolist(), strict=True):
        add("number", shop.name, [("", str(number))], [])
        rows = [
            (week[day], f"{_opens(rng)}-{rng.integers(16, 20)}:{rng.choice(['00', '30'])}") for day in days
        ]
        add("hours", shop.name, rows, [d for i, d in enumerate(week) if i not in days])
        pairs = [GOODS[shop.kind][i] for i in rng.choice(5, count, replace=False)]
        turned = rng.random(count) < 0.5
        pairs = [(b, a) if turn else (a, b) for (a, b), turn in zip(pairs, turned, strict=True)]
        rows = [(a, f"{rng.integers(1, 10)}.{rng.integers(0, 10)}{rng.choice(['0', '5'])}") for a, _ in pairs]
        add("prices", shop.name, rows, [b for _, b in pairs])
        flats = _tens(rng, min(count, 3))
        panel = [(flat, next(names)) for flat in flats[0]]
        color = street.bikes[rng.integers(len(street.bikes))][1]
        add("bells", shop.name, [*panel, ("Key", f"{color} bicycle")], flats[1])
    for index in range(len(street.lamps)):
        add("lamp", str(index + 1), [(str(year), next(codes)) for year in years], left_years)
    for kind, things in (("permit", street.vans), ("tag", street.bikes)):
        for _, color in things:
            numbered = _tens(rng, min(count, 3))
            add(kind, color, [(label, next(codes)) for label in numbered[0]], numbered[1])
    return plates, spare


def _tens(rng: np.random.Generator, count: int) -> tuple[list[str], list[str]]:
    tens, digits = int(rng.integers(1, 10)), rng.permutation(10)
    labels = [f"{tens}{digit}" for digit in digits.tolist()]
    return sorted(labels[:count]), sorted(labels[count:])


def _opens(rng: np.random.Generator) -> str:
    return f"{rng.choice(['07', '08', '09', '10'])}:{rng.integers(0, 6)}{rng.choice(['0', '5'])}"


def _codes(rng: np.random.Generator) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        letters = "".join(rng.choice(list(CODE_LETTERS), 2))
        code = f"{letters}-{rng.integers(1000, 10000)}"
        if code not in seen:
            seen.add(code)
            yield code


def _hang(street: Street, plates: list[Plate]) -> None:
    spots = {shop.name: spot for shop, spot in zip(street.shops, street.spots, strict=True)}
    vans = {color: x for x, color in street.vans}
    bikes = {color: x for x, color in street.bikes}
    for plate in plates:
        if plate.kind == "lamp":
            middle = (street.lamps[int(plate.where) - 1] + LAMP_PLATE[0], LAMP_Y + LAMP_PLATE[1])
        elif plate.kind == "permit":
            middle = (vans[plate.where] + VAN_PLATE[0], VAN_Y + VAN_PLATE[1])
        elif plate.kind == "tag":
            middle = (bikes[plate.where] + BIKE_PLATE[0], BIKE_Y + BIKE_PLATE[1])
        else:
            place = {"hours": "door", "number": "number", "bells": "bells", "prices": "card"}[plate.kind]
            middle = getattr(spots[plate.where], place)
        height, width = plate.size
        plate.x, plate.y = middle[0] - width // 2, middle[1] - height // 2


def _thin_ink(draft: Draft, grade: np.ndarray) -> tuple[float, list[tuple[Wrong, tuple[Patch, ...]]], bool]:
    """The strongest ink at which enough wrong answers are hidden at first and plain in the zoom.

    With it come the wrong answers that were kept, and whether all of them are so. With the thinnest ink the
    best are kept even if they are not: then it is for the certificate to refuse the scene.
    """
    if draft.labels and draft.right is not None:
        enough = len(draft.labels) - 1
    else:
        enough = min(draft.options - 1 if draft.as_choice else 2, len(draft.wrongs))
    usual = [_measure(wrong, grade, USUAL_INK)[:2] for wrong in draft.wrongs]
    # contrast, and with it every difference, is in proportion to the ink
    ink = INKS[-1]
    for ink in INKS:
        scale = ink / USUAL_INK
        if sum(seen * scale < FIRST_RMS and plain * scale > PATCH_RMS for seen, plain in usual) >= enough:
            break
    measured = sorted(
        ((*_measure(w, grade, ink), i) for i, w in enumerate(draft.wrongs)), key=lambda m: (m[0], m[3])
    )
    clear = [m for m in measured if m[1] > PATCH_RMS]
    clear = clear if len(clear) >= enough else measured
    most = max(enough, draft.options - 1)
    kept = [(draft.wrongs[i], patches) for seen, _, patches, i in clear if seen < FIRST_RMS][:most]
    kept += [(draft.wrongs[i], patches) for seen, _, patches, i in clear if seen >= FIRST_RMS][
        : max(0, enough - len(kept))
    ]
    good = sum(seen < FIRST_RMS and plain > PATCH_RMS for seen, plain, _, _ in measured)
    return ink, kept, good >= enough


def _measure(wrong: Wrong, grade: np.ndarray, ink: float) -> tuple[float, float, tuple[Patch, ...]]:
    seen, plain, patches = 0.0, np.inf, []
    for plate, index, row in wrong.changes:
        before = plate.render(plate.rows, ink=ink, grade=grade)
        rows = [*plate.rows[:index], row, *plate.rows[index + 1 :]]
        patch = patch_between(plate, before, plate.render(rows, ink=ink, grade=grade))
        if patch is None:
            continue
        height, width = patch.pixels.shape[:2]
        under = before[patch.y - plate.y :, patch.x - plate.x :][:height, :width]
        seen = max(seen, *(patch_rms(patch, under, (3000, 4000), spec) for spec in SPECS))
        plain = min(plain, float(np.sqrt(np.mean((patch.pixels.astype(np.float32) - under) ** 2))))
        patches.append(patch)
    return seen, plain if patches else 0.0, tuple(patches)


def _options(draft: Draft, wrongs: list[Wrong], rng: np.random.Generator) -> tuple[str, ...]:
    if not draft.as_choice:
        return ()
    if draft.labels:
        return draft.labels
    labels = [] if draft.right is None else [draft.right]
    for wrong in (*wrongs, *draft.wrongs):
        if len(labels) < draft.options and wrong.label not in labels:
            labels.append(wrong.label)
    return tuple(rng.permutation(sorted(labels)).tolist())
