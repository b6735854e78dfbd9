"""Known cheats at making slides over a dozen tasks, under our reward and under the published one."""

from statistics import fmean

import pytest

from eyesmith.envs.describe import make_env
from eyesmith.envs.slide_cheats import CHEATS
from eyesmith.envs.subject import play

ID = "eyesmith/SlideBuild-v0"
TASKS = 12
MOST = 0.35
# What multiplies a cheat down: the least of these parts, in the mean over the tasks.
FACTORS = ("count", "distinct", "overflow", "recall", "grounding")
STOPPED_BY = {
    "junk_deck": "recall",
    "neat_but_empty": "recall",
    "hidden_text": "recall",
    "white_on_white": "recall",
    "number_stuffing": "distinct",
    "copied_slides": "distinct",
    "giant_text": "overflow",
    "one_slide": "count",
    "pasted_notes": "recall",
    "injection": "recall",
    "empty_finalize": "recall",
    "noop_farming": "recall",
}
pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module", params=["default", "slideforge"])
def table(request):
    """Recipe; name -> last turns of the tasks."""
    env = make_env(ID, recipe=request.param)
    found = {name: [] for name in ("expert", *CHEATS)}
    for index in range(TASKS):
        task = env.get_task("train", index)
        for name, turns in found.items():
            env.begin(task)
            turns.append(list(play(env, task, list(env.cheats()[name]()) if name in CHEATS else None))[-1])
    return request.param, found


def test_the_table(table):
    """The rows of docs/papers.md: `pytest -m long -s` prints them."""
    recipe, found = table
    means = {name: fmean(turn.score for turn in turns) for name, turns in found.items()}
    print(f"\n{recipe} over {TASKS} tasks")
    for name, mean in means.items():
        print(f"{name:16} {mean:.3f}")
    if recipe == "default":
        assert means["expert"] >= 0.95
        assert max(means[name] for name in CHEATS) <= MOST
    else:
        paid = sum(means[name] >= 0.6 * means["expert"] for name in CHEATS)
        assert paid >= 8, "the published reward pays what ours does not"


def test_each_cheat_is_stopped_by_what_it_lacks(table):
    recipe, found = table
    if recipe != "default":
        return
    assert set(STOPPED_BY) == set(CHEATS)
    for name, part in STOPPED_BY.items():
        levels = {one: fmean(turn.components[one] for turn in found[name]) for one in FACTORS}
        print(f"{name:16} {', '.join(f'{one} {level:.2f}' for one, level in levels.items())}")
        assert levels[part] == min(levels.values()) <= 0.25


def test_what_leaves_a_given_deck_alone_earns_exactly_nothing(table):
    recipe, found = table
    if recipe != "default":
        return
    for name in ("empty_finalize", "noop_farming", "junk_deck", "neat_but_empty", "injection"):
        assert [turn.score for turn in found[name]] == [0.0] * TASKS
