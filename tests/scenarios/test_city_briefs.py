"""Briefs: satisfiable, not to be had for nothing, and every number stands in the text."""

import re
from math import isfinite

import numpy as np
import pytest

from eyesmith.rewards.city_constraints import KINDS
from eyesmith.scenarios.city_asks import AMOUNTS, FRONTAGE, HEIGHTS, LOOKS, STREETS
from eyesmith.scenarios.city_briefs import ASKED, KINDS_OF_LEVEL, asked, brief
from eyesmith.scenarios.city_layout import layout_of
from eyesmith.scenarios.city_nouns import number
from eyesmith.scenarios.city_parcels import LayoutError
from eyesmith.scenarios.city_places import PLACES, VIEWS
from eyesmith.scenarios.city_survey import Survey, above, around, below
from eyesmith.scenarios.city_wording import TEMPLATES, UNITS, sentence
from eyesmith.tools.city import City
from eyesmith.tools.city_checks import checked, fulfilment_of
from eyesmith.tools.city_constraint import Constraint, select

LEVELS = (1, 2, 3, 4)
MAKERS = {**AMOUNTS, **HEIGHTS, **LOOKS, **PLACES, **VIEWS, **FRONTAGE, **STREETS}
COUNTS = {1: 12, 2: 12, 3: 8, 4: 4}


def surveys(level, count):
    """Surveys of finished cities, each with what is given of it."""
    found, seed = [], 0
    while len(found) < count:
        rng = np.random.default_rng([level, seed, 77])
        seed += 1
        try:
            layout = layout_of(rng, level)
        except LayoutError:
            continue
        found.append((Survey(City(layout.program), rng, level), layout.given(bare=level == 4)))
    return found


@pytest.fixture(scope="module")
def briefs():
    """Level -> (survey, given, constraints, text) of each brief."""
    made = {}
    for level in LEVELS:
        made[level] = []
        for survey, given in surveys(level, COUNTS[level] * 2):
            try:
                constraints = asked(survey, given)
            except LayoutError:
                continue
            made[level].append((survey, given, constraints, brief(survey, given, constraints)))
        assert len(made[level]) >= COUNTS[level]
    return made


@pytest.mark.parametrize("level", LEVELS)
def test_the_city_that_was_surveyed_does_all_that_is_asked(briefs, level):
    for survey, _, constraints, _ in briefs[level]:
        done, each = fulfilment_of(survey.city, constraints)
        assert [score.why for score in each if score.value < 1.0] == []
        assert done.value == 1.0
        low, high = ASKED[level]
        assert low <= len(constraints) <= high
        assert len({(one.kind, one.who, one.other) for one in constraints}) == len(constraints)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_given_alone_fulfils_next_to_nothing(briefs, level):
    levels = [fulfilment_of(City(given), constraints)[0].value for _, given, constraints, _ in briefs[level]]
    assert max(levels) <= 1 / 3 + 1e-9
    assert np.mean(levels) < 0.12


@pytest.mark.parametrize("level", LEVELS)
def test_each_brief_asks_for_something_that_is_to_be_seen(briefs, level):
    for _, _, constraints, _ in briefs[level]:
        kinds = {one.kind for one in constraints}
        assert kinds <= set(KINDS_OF_LEVEL[level])
        assert "count" in kinds
        assert len(kinds) >= 2


def test_every_number_stands_in_the_text(briefs):
    for level in LEVELS:
        for _, _, constraints, text in briefs[level]:
            figures = set(re.findall(r"\d+(?:\.\d+)?", text))
            for one in constraints:
                assert numbers_of(one) <= figures, (one, text)
                assert names_of(one) <= set(re.findall(r"[\w-]+", text)), (one, text)
            assert "{" not in text
            assert "nan" not in text.split()


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_way_to_say_it_says_all(kind):
    """By a constraint of each kind, made up, in all of its templates."""
    constraint = example(kind)
    ways = {sentence(constraint, np.random.default_rng(seed), {"school"}) for seed in range(40)}
    assert len(ways) == len(TEMPLATES[kind]) >= 2
    for way in ways:
        assert numbers_of(constraint) <= set(re.findall(r"\d+(?:\.\d+)?", way)), way
        assert names_of(constraint) <= set(re.findall(r"[\w-]+", way)), way
        assert not re.search(r"[{}]|\binf\b|  ", way)


def test_all_kinds_have_words_and_makers():
    assert set(TEMPLATES) == {"count", *MAKERS}
    assert set(TEMPLATES) <= set(KINDS)
    assert len(TEMPLATES) >= 20
    assert set(KINDS_OF_LEVEL[1]) < set(KINDS_OF_LEVEL[3])


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_makers_read_off_what_is_so(kind):
    """Every maker finds something in some city, fulfilled, and about elements that are there."""
    found = 0
    for survey, _ in surveys(3, 8) + surveys(4, 2) + surveys(2, 6):
        for _ in range(6):
            constraint = MAKERS[kind](survey)
            if constraint is None:
                continue
            found += 1
            assert constraint.kind == kind
            assert checked(survey.city, constraint).value == 1.0
            assert len(select(survey.city, constraint.who))
    assert found


def test_a_type_that_is_named_alone_stands_alone(briefs):
    """'The school' is said only where there is one school."""
    for level in LEVELS:
        for survey, _, constraints, text in briefs[level]:
            for one in constraints:
                told = [one.other, one.third] + ([one.who] if one.kind in ("direction", "place") else [])
                if one.kind != "reach":
                    assert {who for who in told if who} <= survey.singles
            assert text


def test_bounds_have_slack_and_are_round():
    assert below(10.37, 0.1, 0.5) == 9.0
    assert above(10.37, 0.1, 0.5) == 11.5
    assert around([3.0, 7.0], 0.0, 1.0) == {"low": 3.0, "high": 7.0}


# -- what a sentence must hold


def numbers_of(constraint):
    """The figures that must stand in the words of a constraint."""
    if constraint.kind == "connectivity" or (constraint.kind, constraint.high) == ("dead_ends", 0.0):
        return set()
    scale = UNITS.get(constraint.kind, ("", 1.0))[1]
    bounds = [bound for bound in (constraint.low, constraint.high) if isfinite(bound)]
    if constraint.kind in ("color", "material", "roof_shape", "component", "program"):
        bounds = []  # all of them, always
    if constraint.kind == "between":
        bounds = [100.0 * (constraint.high - 1.0)]
        scale = 1.0
    numeric = [value for value in constraint.options.values() if isinstance(value, (int, float))]
    return {number(bound * scale).lstrip("-") for bound in bounds} | {number(value) for value in numeric}


def names_of(constraint):
    """The names of options that must stand there."""
    names = set(constraint.options.get("names", ()))
    names |= {
        str(constraint.options[key]) for key in ("name", "color", "material") if key in constraint.options
    }
    if constraint.kind == "component":
        names.add(constraint.options["type"])
    if constraint.kind == "direction":
        names.add(constraint.options["direction"].replace("_", "-"))
    return names


def example(kind):
    options = {
        "direction": {"direction": "south_west"},
        "corner": {"of": "block"},
        "centre": {"of": "site"},
        "enclosure": {"within": 25.0},
        "place": {"x": 31.0, "y": 47.0},
        "axis": {"bearing": 73.0},
        "street_length": {"class": "local"},
        "shadow": {"azimuth": 225.0, "elevation": 40.0},
        "open_view": {"width": 14.0},
        "visible": {"x": 11.0, "y": 83.0},
        "color": {"names": ["navy"], "of": "roof"},
        "material": {"names": ["brick"], "of": "wall"},
        "roof_shape": {"names": ["hipped"]},
        "component": {"type": "balcony", "material": "metal", "count": 6},
        "program": {"name": "brick_homes"},
    }
    only_high = ("direction", "adjacent", "reach", "between", "corner", "centre", "row", "alignment")
    only_high += ("place", "axis", "frontage", "dead_ends", "shadow")
    bounds = (
        {"high": 1.2 if kind == "between" else 0.65} if kind in only_high else {"low": 0.35, "high": 0.65}
    )
    if kind in ("color", "material", "roof_shape", "component", "program", "connectivity"):
        bounds = {"low": 1.0}
    return Constraint(kind, "school", "plaza", "water", options=options.get(kind, {}), **bounds)
