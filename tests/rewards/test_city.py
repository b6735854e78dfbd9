"""The city's rewards: gold is 1, nothing is 0, damage only ever costs, and known cheats stay low."""

from math import exp, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.city import (
    DEFAULT,
    DEFECTS,
    fulfilment,
    gain,
    plausibility,
    preservation,
    validity,
)
from eyesmith.rewards.citygenagent import LAYOUT_RUBRIC, LOOK_RUBRIC, RECIPE, density, no_overlap

NONE = dict.fromkeys(DEFECTS, 0.0)
GOLD = {
    "gaps_m": [0.0, 8.0, 20.0, inf],
    "setbacks_m": [0.0, 3.0, 5.0, 10.0],
    "misalignments_deg": [0.0, 1.0, 4.0, 5.0],
    "aspects": [1.0, 2.0, 3.0, 4.0],
    "areas_m2": [40.0, 150.0, 900.0, 6000.0],
    "coverages": [0.3, 0.5],
}
levels = st.floats(0.0, 1.0)


def test_validity():
    assert validity(NONE).value == 1.0
    assert validity(NONE).why == "no defects"
    for name, tau in DEFECTS.items():
        score = validity(NONE | {name: tau})
        assert score.value == pytest.approx(exp(-1))
        assert score.parts[name] == pytest.approx(exp(-1))
        assert name in score.why
    assert validity(dict.fromkeys(DEFECTS, 1.0)).value < 1e-40
    assert validity(NONE | {"coinciding": 1.0}).value < 0.02


@given(st.sampled_from(list(DEFECTS)), st.floats(0, 5), st.floats(0, 5))
def test_more_defects_are_never_worth_more(name, one, other):
    low, high = sorted((one, other))
    assert validity(NONE | {name: low}).value >= validity(NONE | {name: high}).value


@pytest.mark.parametrize("bad", [{"overlap": -0.1}, {"street": nan}, {"outside": inf}, {"shadow": 0.0}])
def test_broken_defects_are_named(bad):
    with pytest.raises(UsageError):
        validity(NONE | bad)
    with pytest.raises(UsageError):
        validity({"overlap": 0.0})


def test_plausibility():
    assert plausibility(**GOLD).value == 1.0
    assert plausibility(**{key: [] for key in GOLD}).value == 0.0
    for name, damaged, part in (
        ("gaps_m", [1.0] * 4, "gaps"),
        ("setbacks_m", [200.0] * 4, "setbacks"),
        ("misalignments_deg", [45.0] * 4, "alignment"),
        ("aspects", [30.0] * 4, "proportions"),
        ("areas_m2", [9.0] * 4, "sizes"),
        ("areas_m2", [40_000.0] * 4, "sizes"),
        ("coverages", [0.99], "coverage"),
    ):
        score = plausibility(**(GOLD | {name: damaged}))
        assert score.value < 0.95
        assert min(score.parts, key=score.parts.__getitem__) == part
        assert part in score.why
    with pytest.raises(UsageError):
        plausibility(**(GOLD | {"aspects": [1.0]}))


def test_more_damage_is_never_more_plausible():
    worse = [
        plausibility(**(GOLD | {"misalignments_deg": [5.0 + step, 0.0, 0.0, 0.0]})).value
        for step in range(41)
    ]
    assert worse == sorted(worse, reverse=True)


def test_fulfilment():
    assert fulfilment([1.0, 1.0, 1.0], [0.1, 0.7, 0.3]).value == 1.0
    assert fulfilment([0.0], [2.0]).value == 0.0
    assert fulfilment([1.0, 0.0], [3.0, 1.0]).value == 0.75
    for bad in (([], []), ([1.0], []), ([1.1], [1.0]), ([nan], [1.0]), ([1.0], [0.0]), ([1.0], [-1.0])):
        with pytest.raises(UsageError):
            fulfilment(*bad)


def test_gain_and_preservation():
    assert gain(0.4, 1.0).value == 1.0
    assert gain(0.4, 0.4).value == gain(0.4, 0.1).value == 0.0
    assert gain(0.5, 0.75).value == 0.5
    with pytest.raises(UsageError):
        gain(1.0, 1.0)
    assert preservation([], []).value == 1.0
    assert preservation([1.0, 1.0], [1.0, 1.0]).value == 1.0
    assert preservation([0.0, 1.0], [1.0, 0.5]).value == 0.25
    for bad in (([1.0], []), ([1.5], [1.0]), ([1.0], [nan])):
        with pytest.raises(UsageError):
            preservation(*bad)


def recipe(**changed):
    """A city that was made, or with gain an edit, perfect but for what changed."""
    create = {"fulfilment": 1.0, "plausibility": 1.0, "gain": 0.0, "preservation": 0.0}
    edit = {"fulfilment": 0.0, "plausibility": 0.0, "gain": 1.0, "preservation": 1.0}
    base = edit if changed.pop("edit", False) else create
    return DEFAULT.score({"built": 1.0, "validity": 1.0} | base | changed).value


def test_the_recipe():
    assert recipe() == recipe(edit=True) == 1.0
    assert recipe(plausibility=0.0) == pytest.approx(0.8)
    assert recipe(edit=True, preservation=0.0) == pytest.approx(0.6)
    assert recipe(fulfilment=0.5) == 0.5


@pytest.mark.parametrize(
    ("cheat", "highest"),
    [
        ({"built": 0.0}, 0.0),  # the empty city
        ({"validity": validity(NONE | {"coinciding": 1.0}).value}, 0.02),  # a stack
        ({"validity": validity(NONE | {"invalid": 1.0}).value}, 0.01),  # slivers
        ({"fulfilment": 0.0}, 0.0),  # something else
        ({"edit": True, "gain": 0.0}, 0.0),  # the no-op edit
        ({"edit": True, "gain": 0.0, "preservation": 1.0}, 0.0),
    ],
)
def test_cheats_stay_low(cheat, highest):
    assert recipe(**cheat) <= highest


@given(levels, levels, levels, levels)
def test_both_halves_lie_between_0_and_1(v, s, q, g):
    assert 0.0 <= recipe(validity=v, fulfilment=s, plausibility=q) <= 1.0
    assert 0.0 <= recipe(edit=True, validity=v, gain=g, preservation=q) <= 1.0


def test_the_papers_reward():
    assert RECIPE.parts == ("alignment", "plausibility", "overlap", "density", "consistency")
    assert RECIPE.range == (0.0, pytest.approx(1.0))
    assert no_overlap(0.0).value == 1.0
    assert no_overlap(3.0).value == 0.0
    assert density(0.0).value == density(1.0).value == 0.0
    assert density(0.4).value == 1.0
    with pytest.raises(UsageError):
        no_overlap(nan)
    # The published kind of sum pays half for a valid city that has nothing to do with the brief.
    unasked = {"alignment": 0.0, "plausibility": 1.0, "overlap": 1.0, "density": 1.0, "consistency": 0.0}
    assert RECIPE.score(unasked).value == pytest.approx(0.6)
    judged = {one.name for rubric in (LAYOUT_RUBRIC, LOOK_RUBRIC) for one in rubric.criteria}
    assert judged == {"alignment", "plausibility", "consistency"}
