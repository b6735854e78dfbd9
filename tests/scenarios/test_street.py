"""Street scenes: deterministic, certified, honest about what is not there."""

import re
from functools import lru_cache

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.scenarios import street, street_words
from eyesmith.scenarios.glimpse import patch_rms
from eyesmith.scenarios.scene import Patch, Scene, certify
from eyesmith.scenarios.street_plates import STYLES, Plate, patch_between
from eyesmith.scenarios.street_questions import families
from eyesmith.tools.views import fit, resample
from eyesmith.tools.vision import QWEN2_5_VL, QWEN3_VL

# difficulty, answerable, for each seed
CASES = {0: (1, True), 1: (2, True), 2: (3, True), 3: (4, False), 4: (5, True), 6: (2, False), 7: (3, False)}


@lru_cache(maxsize=8)
def scene(seed: int) -> Scene:
    difficulty, answerable = CASES[seed]
    return street.generate(np.random.default_rng(seed), difficulty=difficulty, answerable=answerable)


def boxes_touch(a: list[float], b: list[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("seed", CASES)
def test_a_scene_is_whole(seed: int):
    made = scene(seed)
    height, width = made.image.shape[:2]
    assert made.image.shape == (3000, 4000, 3)
    assert made.image.dtype == np.uint8
    assert sum(target.weight for target in made.targets) == pytest.approx(1.0)
    for target in made.targets:
        x0, y0, x1, y1 = target.box
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert 1.0 <= target.scale <= 2.0
        assert any(p["box"][0] <= x0 and x1 <= p["box"][2] for p in made.facts["plates"])
    assert made.variants
    for patch in (p for patches in made.variants for p in patches):
        tall, wide = patch.pixels.shape[:2]
        under = made.image[patch.y : patch.y + tall, patch.x : patch.x + wide]
        assert under.shape == patch.pixels.shape
        assert (under != patch.pixels).any()


@pytest.mark.parametrize("seed", CASES)
def test_no_plate_covers_another(seed: int):
    boxes = [plate["box"] for plate in scene(seed).facts["plates"]]
    assert all(b[0] >= 0 and b[2] <= 4000 and b[1] >= 0 and b[3] <= 3000 for b in boxes)
    assert not any(boxes_touch(a, b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("seed", CASES)
def test_the_certificate_holds_for_both_models(seed: int):
    for spec in (QWEN2_5_VL, QWEN3_VL):
        certificate = certify(scene(seed), spec)
        assert certificate.holds, (spec.name, certificate)


@pytest.mark.parametrize("seed", CASES)
def test_the_key_is_what_the_plates_say(seed: int):
    made = scene(seed)
    options = re.findall(r"^([A-F])\) (.+)$", made.question, re.MULTILINE)
    assert [letter for letter, _ in options] == list("ABCDEF")[: len(options)]
    assert len({label for _, label in options}) == len(options)
    if not CASES[seed][1]:
        assert made.answer == {"type": "unanswerable", "value": "unanswerable"}
        assert made.secrets == ()
        return
    value = str(made.answer["value"])
    if made.answer["type"] == "choice":
        assert made.answer["options"] == [label for _, label in options]
        value = dict(options)[value]
    if made.answer["type"] in ("code", "time", "text", "choice"):
        said = [v for p in made.facts["plates"] for _, v in p["rows"]] + [
            p["where"] for p in made.facts["plates"]
        ]
        assert any(v.startswith(value) for v in said)
    assert all(secret not in made.question for secret in made.secrets)
    if made.answer["type"] in ("code", "text"):
        assert made.secrets == (value,)


def test_same_state_same_bytes():
    first = scene(0)
    street.generate(np.random.default_rng(99), difficulty=5)
    again = street.generate(np.random.default_rng(0), difficulty=1)
    assert again.image.tobytes() == first.image.tobytes()
    assert (again.question, again.answer, again.targets) == (first.question, first.answer, first.targets)
    for before, after in zip(first.variants, again.variants, strict=True):
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(before, after, strict=True))


def test_both_kinds_of_question_come_from_the_same_wordings():
    blanks = {"{place}", "{key}", "{value}", "{number}", "{shop}", "{question}"}
    wordings = [
        w for group in (street_words.LOOKUPS, street_words.SEARCHES) for ws in group.values() for w in ws
    ]
    wordings += [*street_words.YES_NO]
    patterns = []
    for wording in wordings:
        pattern = re.escape(wording)
        for blank in blanks:
            pattern = pattern.replace(re.escape(blank), ".+")
        patterns.append(re.compile(pattern))
    for seed in CASES:
        question = scene(seed).question
        assert any(p.search(question) for p in patterns), question


def test_what_is_not_there_is_on_no_plate_asked_about():
    made = scene(6)
    plates = [
        p for p in made.facts["plates"] if any(boxes_touch(p["box"], list(t.box)) for t in made.targets)
    ]
    for patches in made.variants:
        assert any(boxes_touch(p["box"], [q.x, q.y, q.x + 1, q.y + 1]) for p in plates for q in patches)
    family, kind = made.facts["template"].split(":")
    asked = {street_words.DAYS.get(key, key) for p in plates if p["kind"] == kind for key, _ in p["rows"]}
    assert family.startswith("lookup")
    assert not any(re.search(rf"\b{re.escape(key)}\b", made.question.split("\n")[0]) for key in asked)


def test_options_differ_in_one_place_only():
    for kind, value in (
        ("hours", "09:40-18:30"),
        ("prices", "4.25"),
        ("bells", "Keller"),
        ("lamp", "KX-4471"),
    ):
        for line in families(kind, value):
            group = [value, *line]
            assert len(set(group)) == len(group) >= 4
            assert sum(len(set(chars)) > 1 for chars in zip(*group, strict=True)) == 1


def test_the_short_measure_agrees_with_the_long_one():
    rng = np.random.default_rng(5)
    image = rng.integers(90, 110, (3000, 4000, 3), dtype=np.uint8)
    for spec in (QWEN2_5_VL, QWEN3_VL):
        patch = Patch(1234, 2077, np.full((17, 41, 3), 190, np.uint8))
        changed = image.copy()
        changed[2077:2094, 1234:1275] = 190
        size = fit((0.0, 0.0, 4000.0, 3000.0), spec)
        whole = [resample(im, (0, 0, 4000, 3000), size).astype(np.float32) for im in (image, changed)]
        total = float(np.sum((whole[1] - whole[0]) ** 2))
        tokens = {
            (int(y * size[0] / 3000) // spec.factor_px, int(x * size[1] / 4000) // spec.factor_px)
            for y in (2077, 2093.99)
            for x in (1234, 1274.99)
        }
        long = (total / (len(tokens) * spec.factor_px**2 * 3)) ** 0.5
        short = patch_rms(patch, image[2077:2094, 1234:1275], (3000, 4000), spec)
        assert short == pytest.approx(long, rel=0.05)


def test_a_plate_says_what_it_is_told():
    grade = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    plate = Plate("lamp", "1", STYLES["lamp"][0], 9, [("2016", "KX-4471"), ("2018", "LM-2093")], 100, 50)
    before = plate.render(plate.rows, ink=0.6, grade=grade)
    assert before.shape == (*plate.size, 3)
    assert patch_between(plate, before, before) is None
    after = plate.render([("2016", "KX-4171"), plate.rows[1]], ink=0.6, grade=grade)
    patch = patch_between(plate, before, after)
    assert patch is not None
    x0, y0, x1, y1 = plate.row_box(0)
    assert x0 <= patch.x
    assert patch.x + patch.pixels.shape[1] <= x1
    assert y0 <= patch.y
    assert patch.y + patch.pixels.shape[0] <= y1


@pytest.mark.parametrize("difficulty", [0, 6, True, 2.0])
def test_a_wrong_difficulty_is_refused(difficulty):
    with pytest.raises(UsageError, match="1 to 5"):
        street.generate(np.random.default_rng(0), difficulty=difficulty)
