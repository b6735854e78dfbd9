"""Tasks of CityProgram: their solutions are worth all, and idle cities next to nothing."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from eyesmith.rewards.city import gain
from eyesmith.scenarios.city_program import city_task
from eyesmith.scenarios.task import task_seed
from eyesmith.tools.city import City
from eyesmith.tools.city_checks import fulfilment_of, plausibility_of
from eyesmith.tools.city_constraint import Constraint
from eyesmith.tools.city_hand import CityHand
from eyesmith.tools.city_parts import Block, Element
from eyesmith.tools.city_program import parse_program, program_data, program_text
from eyesmith.tools.city_validity import check
from eyesmith.tools.tool import hand_tools

LEVELS = (1, 2, 3, 4, 5)
FEW = {1: 10, 2: 10, 3: 8, 4: 4, 5: 8}
SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def task_of(index, level, split="train"):
    seed = task_seed("eyesmith/CityProgram-v0", 0, split, index)
    return city_task(f"city:{split}:{index}:d{level}", split, index, seed, level)


def tasks(level, count=None):
    return [task_of(index, level) for index in range(count or FEW[level])]


def worth(task, world):
    """The least fulfilment and validity of all solutions, and the least plausibility."""
    levels, looks = [], []
    for stage in world.stages:
        city = City(stage.solution)
        levels += [check(city).score.value, fulfilment_of(city, stage.constraints)[0].value]
        looks.append(plausibility_of(city).value)
    return min(levels), min(looks)


def check_tasks(level, count):
    for task, world in tasks(level, count):
        least, looks = worth(task, world)
        assert least >= 0.99, task.id
        assert looks >= (0.8 if level < 5 else 0.0), task.id
        assert task.difficulty == world.level == level


@pytest.mark.parametrize("level", LEVELS)
def test_solutions_are_valid_and_do_all_that_is_asked(level):
    check_tasks(level, FEW[level])


@pytest.mark.long
@pytest.mark.parametrize("level", LEVELS)
def test_a_hundred_solutions_are_valid_and_do_all_that_is_asked(level):
    check_tasks(level, 100)


# -- trivial answers


def filled(given, make):
    """The given city with elements that a rule makes of each block (the site is one where there is none)."""
    blocks = given.blocks or (Block("all", given.site),)
    largest = max(blocks, key=lambda block: float(np.ptp(block.polygon, axis=0).prod()))
    made = [replace(block, elements=tuple(make(block, block is largest))) for block in blocks]
    return City(replace(given, blocks=tuple(made)))


def tower(block, is_largest):
    ring = 22.0 * SQUARE + block.polygon.mean(axis=0)
    return [Element("tower", "landmark", ring, 60)] if is_largest else []


def stack(block, is_largest):
    ring = 16.0 * SQUARE + block.polygon.mean(axis=0)
    types = ("residential", "office", "school", "civic", "greenspace", "mixed")
    return [
        Element(f"e{k}", type, ring, None if type == "greenspace" else 4) for k, type in enumerate(types)
    ] * is_largest


def slivers(block, is_largest):
    middle = block.polygon.mean(axis=0)
    return [
        Element(f"{block.id}_{k}", "residential", (0.7, 12.0) * SQUARE + middle + (0.7 * k, 0.0), 4)
        for k in range(20)
    ]


def nothing(block, is_largest):
    return []


@pytest.mark.parametrize("make", [nothing, tower, stack, slivers])
@pytest.mark.parametrize("level", LEVELS)
def test_trivial_cities_earn_next_to_nothing(make, level):
    earned = []
    for _, world in tasks(level):
        constraints = world.stages[0].constraints
        city = filled(world.given, make)
        valid = check(city)
        done = fulfilment_of(city, constraints)[0].value
        if level == 5:
            done = gain(fulfilment_of(City(world.given), constraints)[0].value, done).value
        earned.append(valid.built * valid.score.value * done)
    assert np.mean(earned) < 0.3
    assert max(earned) < 0.5


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_empty_and_tower_fail_most_of_what_is_asked(level):
    for make in (nothing, tower):
        levels = [
            fulfilment_of(filled(world.given, make), world.stages[0].constraints)[0].value
            for _, world in tasks(level)
        ]
        assert np.mean(levels) < 0.25
        assert max(levels) <= 0.4


def test_the_given_city_does_nothing_that_an_edit_asks_for():
    for _, world in tasks(5):
        before = world.given
        for stage in world.stages:
            _, each = fulfilment_of(City(before), stage.constraints)
            assert all(score.value < 0.99 for score in each)
            before = stage.solution


def test_another_tasks_solution_is_worth_less():
    found = tasks(2, 10)
    others = [
        fulfilment_of(City(found[k - 1][1].stages[0].solution), world.stages[0].constraints)[0].value
        for k, (_, world) in enumerate(found)
    ]
    assert np.mean(others) < 0.6


# -- what a task is


@pytest.mark.parametrize("level", LEVELS)
def test_tasks_are_deterministic_and_plain(level):
    (one, world), (other, again) = (task_of(7, level) for _ in range(2))
    assert one.hash == other.hash
    assert program_text(world.given) == program_text(again.given)
    assert json.loads(json.dumps(dict(one.key))) == dict(one.key)
    assert one.prompt != task_of(8, level)[0].prompt


@pytest.mark.parametrize("level", LEVELS)
def test_the_key_holds_the_constraints_and_solutions(level):
    task, world = task_of(3, level)
    for stage, kept, solution in zip(world.stages, task.key["stages"], task.key["solutions"], strict=True):
        read = [Constraint.read({k: v for k, v in one.items() if k != "id"}) for one in kept["constraints"]]
        assert tuple(read) == stage.constraints
        assert kept["touched"] == list(stage.touched)
        assert kept["instruction"] == stage.instruction
        assert json.loads(solution) == program_data(stage.solution)


@pytest.mark.parametrize("level", LEVELS)
def test_secrets_are_in_the_key_and_not_in_what_is_shown(level):
    for task, world in tasks(level, 4):
        shown = task.prompt + program_text(world.given) * (level == 5)
        shown += " ".join(stage.instruction for stage in world.stages)
        assert len(task.secrets) >= len(world.stages[0].constraints)
        kept = json.dumps(dict(task.key)).replace(" ", "")
        for secret in task.secrets:
            assert len(secret) >= 4
            assert secret.replace(" ", "") in kept
            assert secret not in shown


def test_what_is_given_and_fixed():
    for level in LEVELS:
        _, world = task_of(1, level)
        assert bool(world.given.elements) == (level == 5)
        assert bool(world.given.blocks) == (level != 4)
        assert world.fixed == ({"site"} if level == 4 else {"site", "streets", "blocks"})
        assert check(City(world.given)).problems == ()
        assert world.nbytes > 1000
        assert copy.deepcopy(world) is world


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_solution_is_taken_by_the_hand(level):
    _, world = task_of(2, level)
    hand = CityHand(world.given, fixed=world.fixed)
    declaration, method = hand_tools(hand)["submit_program"]
    cleaned, problem = declaration.validate({"program": program_text(world.stages[0].solution)})
    assert problem == ""
    assert method(**cleaned).error == ""
    assert fulfilment_of(hand.city, world.stages[0].constraints)[0].value == 1.0
    assert parse_program(program_data(hand.city.program))[1] == ()


def test_the_prompt_holds_the_first_instruction_alone():
    for level in LEVELS:
        for task, world in tasks(level, 4):
            assert world.stages[0].instruction in task.prompt
            assert not any(stage.instruction in task.prompt for stage in world.stages[1:])
            assert len(task.prompt) < 4000
            assert len(world.stages) in ((1,) if level < 5 else (3, 4, 5, 6))


def test_briefs_are_varied():
    prompts = [task.prompt.splitlines() for task, _ in tasks(1, 40)]
    assert len({lines[0] for lines in prompts}) >= 8
    assert len({line for lines in prompts for line in lines}) >= 100


def test_at_least_twenty_kinds_occur():
    kinds = {
        constraint.kind
        for level in LEVELS
        for _, world in tasks(level)
        for stage in world.stages
        for constraint in stage.constraints
    }
    assert len(kinds) >= 20
