"""ZoomQA's recipes: the declared numbers, and terms that exist."""

from importlib import import_module
from itertools import product

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.zoom import RECIPES, efficiency, ergo_box, ergo_format, ergo_region


def test_default_is_the_declared_formula():
    recipe = RECIPES["default"]
    for accuracy, seen, saved in product((0.0, 1.0), (0.0, 0.3, 1.0), (0.0, 0.5, 1.0)):
        wanted = accuracy * (0.5 + 0.4 * seen + 0.1 * saved)
        score = recipe.score({"accuracy": accuracy, "evidence": seen, "efficiency": saved})
        assert score.value == pytest.approx(wanted, abs=1e-12)
    assert recipe.range == (0.0, 1.0)


def test_ergo_is_the_published_sum():
    recipe = RECIPES["ergo"]
    for region, box, accuracy, shape in product((0.0, 1.0), repeat=4):
        score = recipe.score({"region": region, "box": box, "accuracy": accuracy, "format": shape})
        assert score.value == region + 0.5 * box + accuracy + shape
    assert recipe.range == (0.0, 3.5)
    assert recipe.paper == "arXiv 2509.21991 (formula read second hand)"


def test_names_and_sources_are_real():
    for name, recipe in RECIPES.items():
        assert recipe.name == name
        for term in recipe.terms:
            path, function = term.source.split(":")
            module = import_module("eyesmith." + path.removesuffix(".py").replace("/", "."))
            assert callable(getattr(module, function))
            assert function in module.__all__


def test_efficiency():
    assert efficiency(2000, 2000).value == 1.0
    assert efficiency(1, 2000).value == 1.0
    levels = [efficiency(tokens, 1000).value for tokens in range(500, 20_000, 500)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < 0.06


def test_ergo_terms():
    assert [ergo_region(level).value for level in (0.0, 0.99, 1.0)] == [0.0, 0.0, 1.0]
    assert [ergo_box(share).value for share in (0.001, 0.6, 0.61, 1.0)] == [1.0, 1.0, 0.0, 0.0]
    assert [ergo_format(count).value for count in (0, 1, 5)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: efficiency(0, 5),
        lambda: efficiency(5, 0),
        lambda: ergo_region(1.2),
        lambda: ergo_box(float("nan")),
        lambda: ergo_box(0.1, gamma=60),
        lambda: ergo_format(-1),
        lambda: RECIPES["default"].score({"accuracy": 1.0}),
    ],
)
def test_broken_arguments_are_named(call):
    with pytest.raises(UsageError):
        call()
