"""Wall displays: reproducible, certified, fair in wording."""

import itertools
import re
from datetime import date

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.answer import match
from eyesmith.scenarios.dashboard import FINE_PX, HEIGHT_PX, LAYOUTS, WIDTH_PX, generate, paint
from eyesmith.scenarios.dashboard_canvas import Canvas
from eyesmith.scenarios.dashboard_lookalikes import lookalikes, options, spread
from eyesmith.scenarios.dashboard_sectors import SECTORS
from eyesmith.scenarios.dashboard_themes import THEMES
from eyesmith.scenarios.glimpse import glimpse_rms
from eyesmith.scenarios.scene import Scene, certify, zoom_box
from eyesmith.tools.fonts import font
from eyesmith.tools.views import fit
from eyesmith.tools.vision import QWEN2_5_VL, QWEN3_VL

CASES = [(seed, 1 + seed % 5, seed % 3 != 1) for seed in range(9)]


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [generate(np.random.default_rng(seed), difficulty=d, answerable=a) for seed, d, a in CASES]


def same(a: Scene, b: Scene) -> bool:
    patches = itertools.chain(*a.variants), itertools.chain(*b.variants)
    return (
        np.array_equal(a.image, b.image)
        and (a.question, a.answer, a.targets, a.secrets, a.facts)
        == (b.question, b.answer, b.targets, b.secrets, b.facts)
        and all(
            (p.x, p.y) == (q.x, q.y) and np.array_equal(p.pixels, q.pixels)
            for p, q in zip(*patches, strict=True)
        )
    )


def wording(question: str) -> str:
    """The question without names, labels, numbers and options."""
    return re.sub(r"'[^']*'|[A-Z]{1,2}-\d+|\d+", "_", question.split("\n")[0])


def test_same_state_gives_the_same_scene_after_others(scenes: list[Scene]) -> None:
    for i in (1, 4):
        seed, difficulty, answerable = CASES[i]
        again = generate(np.random.default_rng(seed), difficulty=difficulty, answerable=answerable)
        assert same(scenes[i], again)
    assert not np.array_equal(scenes[0].image, scenes[1].image)


def test_picture_is_twelve_megapixels(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.kind == "dashboard"
        assert scene.image.shape == (HEIGHT_PX, WIDTH_PX, 3)
        assert scene.image.dtype == np.uint8
        assert 12 <= len(scene.facts["panels"]) <= 24
        assert len(set(scene.facts["panels"])) == len(scene.facts["panels"])


@pytest.mark.parametrize("spec", [QWEN2_5_VL, QWEN3_VL], ids=lambda spec: spec.name)
def test_answer_is_in_the_zoom_and_not_in_the_first_view(scenes: list[Scene], spec) -> None:
    certificates = [certify(scene, spec) for scene in scenes]
    assert sum(c.holds for c in certificates) >= len(scenes) - 1, certificates


def test_glimpse_is_what_the_certificate_measures(scenes: list[Scene]) -> None:
    for scene in scenes[:3]:
        glimpse = max(glimpse_rms(scene.image, patches, QWEN2_5_VL) for patches in scene.variants)
        assert glimpse == pytest.approx(certify(scene, QWEN2_5_VL).first_rms, abs=0.2)


def test_targets_are_in_the_picture_and_one_zoom_reads_each(scenes: list[Scene]) -> None:
    for scene, (_, difficulty, _) in zip(scenes, CASES, strict=True):
        assert sum(target.weight for target in scene.targets) == pytest.approx(1.0)
        assert 1 <= len(scene.targets) <= 5
        for target in scene.targets:
            x0, y0, x1, y1 = target.box
            assert 0 <= x0 < x1 <= WIDTH_PX
            assert 0 <= y0 < y1 <= HEIGHT_PX
            assert target.scale == pytest.approx(12 / (0.727 * FINE_PX[difficulty]))
            box = zoom_box(target, (HEIGHT_PX, WIDTH_PX))
            for spec in (QWEN2_5_VL, QWEN3_VL):
                tall, wide = fit(box, spec)
                assert min(wide / (box[2] - box[0]), tall / (box[3] - box[1])) >= target.scale


def test_variants_change_the_target(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert 2 <= len(scene.variants) <= 4
        for patches in scene.variants:
            for patch in patches:
                tall, wide = patch.pixels.shape[:2]
                assert patch.x >= 0
                assert patch.y >= 0
                old = scene.image[patch.y : patch.y + tall, patch.x : patch.x + wide]
                assert old.shape == patch.pixels.shape
                assert not np.array_equal(old, patch.pixels)
                inside = [
                    t.box[0] - 12 <= patch.x <= t.box[2] + 12 and t.box[1] - 4 <= patch.y <= t.box[3] + 4
                    for t in scene.targets
                ]
                assert any(inside)


def test_key_is_sound(scenes: list[Scene]) -> None:
    for scene, (_, _, answerable) in zip(scenes, CASES, strict=True):
        key = scene.answer
        assert (key["type"] == "unanswerable") == (not answerable)
        if not answerable:
            continue
        assert match(str(key["value"]), key).value == 1.0
        if key["type"] in ("code", "date", "time", "text"):
            assert scene.secrets == (key["value"],)
        assert all(len(secret) >= 4 and secret not in scene.question for secret in scene.secrets)
        if key["type"] == "choice":
            shown = re.findall(r"^[A-F]\. (.*)$", scene.question, re.MULTILINE)
            assert shown == key["options"]
            assert 4 <= len(shown) <= 6
            assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("difficulty", [2, 4])
def test_wording_gives_nothing_away(difficulty: int) -> None:
    inquirer, _ = paint(np.random.default_rng(100 + difficulty), difficulty=difficulty)
    worded, optioned = {}, {}
    for answerable in (True, False):
        inquirer.answerable = answerable
        asked = [inquirer.ask() for _ in range(90)]
        worded[answerable] = {(inquiry.facts["family"], wording(inquiry.question)) for inquiry in asked}
        lookups = [i.question for i in asked if i.facts["family"] in ("lookup", "search", "two_hop")]
        optioned[answerable] = np.mean(["Answer with the letter." in question for question in lookups])
        for question in {inquiry.question.lower() for inquiry in asked}:
            assert not re.search(r"\b(not|unanswerable|none|missing)\b", question)
    families = [{family for family, _ in worded[answerable]} for answerable in (True, False)]
    assert families[0] == families[1]
    openings = [{text.split()[0] for _, text in worded[answerable]} for answerable in (True, False)]
    assert openings[0] == openings[1]
    assert abs(optioned[True] - optioned[False]) < 0.25


def test_options_are_as_close_to_each_other_as_to_the_key() -> None:
    rng = np.random.default_rng(5)
    values = (
        ("K4-7193", "code"),
        ("46.2", "number"),
        ("18:34", "time"),
        ("2026-03-14", "date"),
        ("Meyer", "text"),
    )
    for value, kind in values:
        for count in (4, 5, 6):
            listed = options(rng, value, kind, count)
            if not listed:
                assert kind == "date"
                continue
            assert listed.count(value) == 1
            assert len(set(listed)) == len(listed)
            if kind != "text":
                far = [
                    sum(a != b for other in listed for a, b in zip(one, other, strict=True)) for one in listed
                ]
                assert len(set(far)) == 1


def test_lookalikes_are_valid_and_different() -> None:
    assert "29:40" not in lookalikes("20:40", "time")
    assert {len(str(date.fromisoformat(day))) for day in lookalikes("2026-02-28", "date")} == {10}
    rng = np.random.default_rng(1)
    values = [f"{n}.{n}" for n in range(10, 40)]
    mixed = spread(rng, values, "number", 0.6)
    assert len(set(mixed)) == len(mixed) == 30
    assert mixed != values
    assert spread(rng, values, "number", 0.0) == values


def test_repaint_changes_only_its_own_line() -> None:
    canvas = Canvas(200, 60, (255, 255, 255))
    run = canvas.write(10, 30, "FW-4171", (0, 0, 0), 12)
    canvas.write(10, 36, "behind it", (90, 90, 90), 12)
    image = canvas.finish()
    patch = canvas.repaint(run, "FW-4177")
    painted = image.copy()
    tall, wide = patch.pixels.shape[:2]
    painted[patch.y : patch.y + tall, patch.x : patch.x + wide] = patch.pixels
    other = Canvas(200, 60, (255, 255, 255))
    other.write(10, 30, "FW-4177", (0, 0, 0), 12)
    other.write(10, 36, "behind it", (90, 90, 90), 12)
    assert np.array_equal(painted, other.finish())
    assert wide < 14


def test_labels_name_one_panel_and_titles_are_large() -> None:
    for sector in SECTORS:
        prefixes = [sheet.prefix for sheet in sector.sheets]
        prefixes += [sector.bars[1], sector.site[1], "EV", "PT"]
        assert len(set(prefixes)) == len(prefixes), sector.name
        titles = [sheet.title for sheet in sector.sheets] + [title for title, _ in sector.trends]
        titles += [
            sector.bars[0],
            sector.shares[0],
            sector.heat,
            sector.dials[0],
            sector.site[0],
            "Event log",
        ]
        titles += [title for title, _ in sector.figures]
        assert len(set(titles)) == len(titles), sector.name
    for theme in THEMES:
        face = font(theme.face, theme.title_px, theme.weight)
        assert -face.getbbox("H", anchor="ls")[1] >= 36, theme.name


def test_layouts_fill_the_grid() -> None:
    for rows in LAYOUTS:
        assert [len(row) for row in rows] == [4, 4, 4, 4]
        letters = "".join(rows)
        assert {letter: letters.count(letter) for letter in letters} == {
            "T": 2, "L": 2, "M": 4, "W": 2, "P": 2, "a": 1, "b": 1, "c": 1, "d": 1,
        }  # fmt: skip


@pytest.mark.parametrize("difficulty", [0, 6, "3"])
def test_difficulty_is_checked(difficulty) -> None:
    with pytest.raises(UsageError, match="difficulty must be 1 to 5"):
        generate(np.random.default_rng(0), difficulty=difficulty)
