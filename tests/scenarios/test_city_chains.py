"""Chains of edits: each can be done, is not done yet, touches nothing else, and says what it is graded by."""

import re
from contextlib import suppress
from dataclasses import replace
from math import isfinite

import numpy as np
import pytest

from eyesmith.rewards.city import gain, preservation
from eyesmith.scenarios.city_chains import CHANGES, chain_of
from eyesmith.scenarios.city_change import Stand
from eyesmith.scenarios.city_layout import layout_of
from eyesmith.scenarios.city_nouns import number
from eyesmith.scenarios.city_parcels import LayoutError
from eyesmith.tools.city import City
from eyesmith.tools.city_checks import fulfilment_of
from eyesmith.tools.city_difference import difference
from eyesmith.tools.city_program import parse_program, program_data
from eyesmith.tools.city_validity import check


def layouts(count):
    found, seed = [], 0
    while len(found) < count:
        with suppress(LayoutError):
            found.append(layout_of(np.random.default_rng([5, seed]), 5))
        seed += 1
    return found


@pytest.fixture(scope="module")
def chains():
    """(program at the start, stages) of some chains."""
    found = []
    for seed, layout in enumerate(layouts(24)):
        try:
            found.append((layout.program, chain_of(np.random.default_rng(seed), layout)))
        except LayoutError:
            continue
    assert len(found) >= 18
    return found


def steps(chains):
    """Before and after of every instruction."""
    for program, stages in chains:
        for stage in stages:
            yield program, stage
            program = stage.solution


def test_chains_have_three_to_six_instructions(chains):
    lengths = {len(stages) for _, stages in chains}
    assert lengths == {3, 4, 5, 6}


def test_every_instruction_is_done_by_its_solution_and_not_before(chains):
    for before, stage in steps(chains):
        old, each = fulfilment_of(City(before), stage.constraints)
        new, _ = fulfilment_of(City(stage.solution), stage.constraints)
        assert new.value == 1.0
        assert old.value <= 0.5
        assert all(score.value < 0.99 for score in each)
        assert gain(old.value, old.value).value == 0.0


def test_solutions_are_without_fault_and_leave_the_rest_alone(chains):
    for before, stage in steps(chains):
        assert check(City(stage.solution)).problems == ()
        kept = difference(before, stage.solution, touched=stage.touched)
        assert kept.changed == ()
        assert preservation(kept.overlaps, kept.likeness).value == 1.0
        assert len(kept.names) >= 5


def test_what_is_touched_is_what_changed(chains):
    """No instruction lets more be changed than its solution changes."""
    for before, stage in steps(chains):
        changed = set(difference(before, stage.solution).changed)
        touched = set(stage.touched)
        if "element *" in touched:
            changed = {name for name in changed if name in touched} | {"element *"}
        assert changed == touched


def test_solutions_are_programs_as_an_agent_sends_them(chains):
    for _, stage in steps(chains):
        again, problems = parse_program(program_data(stage.solution))
        assert problems == ()
        assert program_data(again) == program_data(stage.solution)


def test_all_ids_and_numbers_stand_in_the_instruction(chains):
    for _, stage in steps(chains):
        words = set(re.findall(r"\w+", stage.instruction))
        figures = set(re.findall(r"\d+(?:\.\d+)?", stage.instruction))
        for one in stage.constraints:
            if one.kind in ("color", "material", "roof_shape"):
                assert set(one.options["names"]) <= words
            elif one.kind == "program":
                assert one.options["name"] in words
            elif one.kind == "place":
                assert {number(one.options["x"]), number(one.options["y"])} <= figures
            elif one.kind in ("floors", "lead") and "copy" not in one.who:
                assert {number(b) for b in (one.low, one.high) if isfinite(b)} <= figures
            if "@" in one.who:
                assert one.who.partition("@")[2] in words
        assert not re.search(r"[{}]|  ", stage.instruction)


def test_a_named_element_is_the_one_that_is_meant():
    """`the school`, `the highest building`: said only where no other could be meant."""
    for layout in layouts(10):
        stand = Stand(layout.program, layout.vacant, frozenset(), np.random.default_rng(1))
        tops = sorted((element.top for element in layout.program.elements), reverse=True)
        for element in stand.buildings():
            for _ in range(6):
                said = stand.name(element)
                if f"'{element.id}'" in said:
                    continue
                if said == "the highest building":
                    assert element.top == tops[0] > tops[1]
                else:
                    assert [one.type for one in layout.program.elements].count(element.type) == 1


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_change_is_possible_somewhere(name):
    made = 0
    for seed, layout in enumerate(layouts(24)):
        stand = Stand(layout.program, layout.vacant, frozenset(), np.random.default_rng(seed))
        change = CHANGES[name](stand)
        if change is not None and change.program is not None:
            made += fulfilment_of(City(change.program), change.constraints)[0].value == 1.0
    assert made >= 2


def test_instructions_of_a_chain_differ(chains):
    for _, stages in chains:
        lines = [stage.instruction for stage in stages]
        assert len(set(lines)) == len(lines)
        assert not any(one in other for one in lines for other in lines if one is not other)


def test_kinds_of_checks(chains):
    kinds = {one.kind for _, stage in steps(chains) for one in stage.constraints}
    assert len(kinds) >= 12


def test_clearing_the_whole_city_follows_no_instruction(chains):
    for before, stage in steps(chains):
        cleared = City(replace(before, blocks=tuple(replace(one, elements=()) for one in before.blocks)))
        old, new = (fulfilment_of(city, stage.constraints)[0].value for city in (City(before), cleared))
        assert gain(old, new).value <= 0.5
