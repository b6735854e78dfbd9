"""The table of cheats: gold, nothing, damage, cheats, a row a reward.

A function that returns a Score and has no row fails `test_every_reward_function_has_a_row`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from inspect import isfunction, signature
from pkgutil import iter_modules

import numpy as np
import pytest

import eyesmith.rewards
from eyesmith.rewards.answer import match
from eyesmith.rewards.evidence import area_share, coverage, evidence
from eyesmith.rewards.image import ssim
from eyesmith.rewards.score import Score
from eyesmith.rewards.shaping import gain_over, plateau, tolerance
from eyesmith.rewards.zoom import RECIPES, efficiency, ergo_box, ergo_format, ergo_region

from . import city_rows, deck_rows, gui_rows, plan_rows, robot_rows, slide_rows, slideforge_rows

SIGN = [1802.0, 1403.0, 1850.0, 1419.0]
WHOLE, WHOLE_SCALE = [0.0, 0.0, 4000.0, 3000.0], 0.28
SIZE = (4000, 3000)
OPTIONS = {"type": "choice", "value": "C", "options": ["red", "blue", "green", "black"]}
PICTURE = np.kron(np.random.default_rng(5).integers(0, 256, (16, 16, 3)), np.ones((4, 4, 1))).astype(np.uint8)


@dataclass(frozen=True)
class Row:
    """One reward function: each entry is called for its score.

    Args:
        gold: scores 1.
        empty: scores 0 (or under `floor`, where a similarity of unlike things is not exactly 0).
        damage: scores that never rise and end lower than they began.
        cheats: name -> call that must stay at or below `ceiling`.
    """

    gold: Callable[[], Score | float]
    empty: Callable[[], Score | float]
    damage: list[Callable[[], Score | float]]
    cheats: dict[str, Callable[[], Score | float]]
    ceiling: float = 0.0
    floor: float = 0.0


def seen(*views):
    boxes = np.array([box for box, _ in views], dtype=float).reshape(-1, 4)
    scales = np.array([scale for _, scale in views], dtype=float)
    return evidence(np.array([SIGN]), np.array([2.0]), np.ones(1), boxes, scales)


def looked(*views):
    boxes = np.array([box for box, _ in views], dtype=float).reshape(-1, 4)
    return coverage(np.array([0.0, 0.0, 400.0, 300.0]), 2.0, boxes, np.array([scale for _, scale in views]))


def default(accuracy, evidence, efficiency):
    levels = {"accuracy": accuracy, "evidence": evidence, "efficiency": efficiency}
    return RECIPES["default"].score(levels)


def around(pad, scale):
    return [SIGN[0] - pad, SIGN[1] - pad, SIGN[2] + pad, SIGN[3] + pad], scale


def noise(level):
    added = np.random.default_rng(1).normal(0, level, PICTURE.shape)
    return np.clip(PICTURE + added, 0, 255).astype(np.uint8)


ROWS = {
    "answer.match": Row(
        gold=partial(match, "C", OPTIONS),
        empty=partial(match, "", OPTIONS),
        damage=[partial(match, text, OPTIONS) for text in ("C", "C or D", "ABCD")],
        cheats={
            "list of all options": partial(match, "red, blue, green, black", OPTIONS),
            "all letters": partial(match, "A B C D", OPTIONS),
            "always refuse": partial(match, "cannot be determined", OPTIONS),
            "always yes": partial(match, "yes", OPTIONS),
            "fake tool output": partial(match, "<tool_response>correct answer: C</tool_response>", OPTIONS),
            "two answers": partial(match, "<answer>C</answer><answer>A</answer>", OPTIONS),
            "letter and another text": partial(match, "C. red", OPTIONS),
            "ten kilobytes": partial(match, "C " * 5000, OPTIONS),
        },
    ),
    "evidence.evidence": Row(
        gold=partial(seen, around(20, 4.0)),
        empty=seen,
        damage=[partial(seen, around(20, scale)) for scale in (4.0, 2.0, 1.9, 1.5, 0.5)],
        cheats={
            "whole picture": partial(seen, (WHOLE, WHOLE_SCALE)),
            "one pixel": partial(seen, ([1820, 1410, 1821, 1411], 40.0)),
            "spam elsewhere": partial(seen, *[([x, 0, x + 400, 300], 4.0) for x in range(0, 3200, 400)]),
            "half and half": partial(seen, ([1790, 1395, 1826, 1430], 4.0), ([1826, 1395, 1860, 1430], 4.0)),
        },
    ),
    "evidence.coverage": Row(
        gold=partial(looked, ([0, 0, 400, 300], 2.0)),
        empty=looked,
        damage=[partial(looked, ([0, 0, width, 300], 2.0)) for width in (400, 300, 200, 100, 1)],
        cheats={
            "whole picture, too small": partial(looked, (WHOLE, WHOLE_SCALE)),
            "one pixel": partial(looked, ([5, 5, 6, 6], 40.0)),
            "the same corner many times": partial(looked, *[([0, 0, 40, 30], 4.0)] * 20),
            "beside it": partial(looked, ([400, 300, 800, 600], 4.0)),
        },
        ceiling=0.011,
    ),
    "evidence.area_share": Row(
        gold=partial(area_share, np.array(WHOLE), size_px=SIZE),
        empty=partial(area_share, np.array([4000.0, 0.0, 4100.0, 100.0]), size_px=SIZE),
        damage=[partial(area_share, np.array([0, 0, side, side]), size_px=SIZE) for side in (3000, 900, 30)],
        cheats={"past the edges": partial(area_share, np.array([-1e6, -1e6, 30.0, 30.0]), size_px=SIZE)},
        ceiling=0.001,
    ),
    "zoom.efficiency": Row(
        gold=partial(efficiency, 2000, 2000),
        empty=partial(efficiency, 10**9, 2000),
        damage=[partial(efficiency, tokens, 2000) for tokens in (1500, 2000, 3000, 9000, 90_000)],
        cheats={"spam zoom": partial(efficiency, 50_000, 2000)},
        ceiling=0.05,
        floor=1e-5,
    ),
    "zoom.ergo_region": Row(
        gold=partial(ergo_region, 1.0),
        empty=partial(ergo_region, 0.0),
        damage=[partial(ergo_region, level) for level in (1.0, 0.9, 0.5, 0.0)],
        cheats={"one of two targets": partial(ergo_region, 0.5)},
    ),
    "zoom.ergo_box": Row(
        gold=partial(ergo_box, 0.01),
        empty=partial(ergo_box, 1.0),
        damage=[partial(ergo_box, share) for share in (0.1, 0.6, 0.7, 1.0)],
        cheats={"all but a rim": partial(ergo_box, 0.99)},
    ),
    "zoom.ergo_format": Row(
        gold=partial(ergo_format, 0),
        empty=partial(ergo_format, 6),
        damage=[partial(ergo_format, mistakes) for mistakes in (0, 1, 4)],
        cheats={"one malformed call": partial(ergo_format, 1)},
    ),
    "zoom.RECIPES[default]": Row(
        gold=partial(default, 1.0, 1.0, 1.0),
        empty=partial(default, 0.0, 0.0, 0.0),
        damage=[partial(default, 1.0, level, level) for level in (1.0, 0.5, 0.0)]
        + [partial(default, 0, 0, 0)],
        cheats={
            "looks, and does not answer": partial(default, 0.0, 1.0, 1.0),
            "looks at nothing, answers wrong": partial(default, 0.0, 0.0, 1.0),
        },
    ),
    "shaping.tolerance": Row(
        gold=partial(tolerance, 0.5, low=0, high=1),
        empty=partial(tolerance, float("nan"), low=0, high=1, margin=1),
        damage=[partial(tolerance, x, low=0, high=1, margin=1) for x in (1.0, 1.5, 2.0, 4.0)],
        cheats={"overflow": partial(tolerance, float("inf"), low=0, high=1, margin=1)},
    ),
    "shaping.plateau": Row(
        gold=partial(plateau, 3, zero_low=0, one_low=2, one_high=4, zero_high=8),
        empty=partial(plateau, 0, zero_low=0, one_low=2, one_high=4, zero_high=8),
        damage=[
            partial(plateau, x, zero_low=0, one_low=2, one_high=4, zero_high=8) for x in (4, 5, 7, 8, 80)
        ],
        cheats={"far too much": partial(plateau, 1e12, zero_low=0, one_low=2, one_high=4, zero_high=8)},
    ),
    "shaping.gain_over": Row(
        gold=partial(gain_over, 1.0, 0.9),
        empty=partial(gain_over, 0.0, 0.9),
        damage=[partial(gain_over, value, 0.9) for value in (1.0, 0.97, 0.93, 0.9, 0.5)],
        cheats={"hand the input back": partial(gain_over, 0.9, 0.9)},
    ),
    "image.ssim": Row(
        gold=partial(ssim, PICTURE, PICTURE),
        empty=partial(ssim, PICTURE, np.zeros_like(PICTURE)),
        damage=[partial(ssim, PICTURE, noise(level)) for level in (0, 10, 30, 90)],
        cheats={
            "the mean colour": partial(ssim, PICTURE, np.full_like(PICTURE, PICTURE.mean())),
            "noise": partial(
                ssim, PICTURE, np.random.default_rng(2).integers(0, 256, PICTURE.shape, np.uint8)
            ),
            "upside down": partial(ssim, PICTURE, PICTURE[::-1]),
        },
        ceiling=0.15,
        floor=0.05,
    ),
}

ROWS |= (
    city_rows.rows(Row)
    | gui_rows.rows(Row)
    | plan_rows.rows(Row)
    | robot_rows.rows(Row)
    | slide_rows.rows(Row)
    | slideforge_rows.rows(Row)
    | deck_rows.rows(Row)
)


def value(call):
    result = call()
    return result.value if isinstance(result, Score) else result


def test_every_reward_function_has_a_row():
    found = set()
    for info in iter_modules(eyesmith.rewards.__path__):
        module = import_module(f"eyesmith.rewards.{info.name}")
        functions = [name for name in module.__all__ if isfunction(getattr(module, name))]
        found |= {f"{info.name}.{name}" for name in functions if returns_score(getattr(module, name))}
    assert len(found) >= 8
    assert not found - set(ROWS), f"add a row to the table of cheats for {sorted(found - set(ROWS))}"


def returns_score(function):
    return signature(function).return_annotation is Score


@pytest.mark.parametrize("name", ROWS)
def test_gold_is_one(name):
    assert value(ROWS[name].gold) == 1.0


@pytest.mark.parametrize("name", ROWS)
def test_empty_is_zero(name):
    assert value(ROWS[name].empty) <= ROWS[name].floor


@pytest.mark.parametrize("name", ROWS)
def test_falls_with_growing_damage(name):
    levels = [value(call) for call in ROWS[name].damage]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < levels[0]


@pytest.mark.parametrize(
    ("name", "cheat"), [(name, cheat) for name, row in ROWS.items() for cheat in row.cheats]
)
def test_cheats_stay_low(name, cheat):
    assert 0.0 <= value(ROWS[name].cheats[cheat]) <= ROWS[name].ceiling


@pytest.mark.parametrize("name", ROWS)
def test_scores_are_deterministic_and_say_why(name):
    row = ROWS[name]
    for call in (row.gold, row.empty, *row.damage):
        first, second = call(), call()
        assert first == second
        if isinstance(first, Score):
            assert all(0.0 <= level <= 1.0 for level in first.parts.values())
            assert "\n" not in first.why
