"""Tasks of SlideBuild: what is asked, what is graded, and that the one never gives the other away."""

import json
from collections import Counter
from dataclasses import replace

import pytest
import yaml

from eyesmith.envs.slide_appraisal import DeckKey
from eyesmith.errors import ScenarioError, UsageError
from eyesmith.rewards.numbers import figures
from eyesmith.scenarios.slide_brief import AUDIENCES
from eyesmith.scenarios.slide_briefs import written_briefs
from eyesmith.scenarios.slide_build import (
    ASKED,
    KINDS,
    RIVALS,
    check_kinds,
    slide_task,
    source_briefs,
    task_of_brief,
)
from eyesmith.scenarios.task import task_seed

FIELDS = 12
INSTRUCTIONS = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}


def made(index, *, split="train", difficulty=None, kinds=KINDS):
    seed = task_seed("eyesmith/SlideBuild-v0", 0, split, index)
    level = difficulty or 1 + index % 5
    return slide_task(f"t:{split}:{index}", split, index, seed, level, kinds)


@pytest.fixture(scope="module")
def tasks():
    return [made(index) for index in range(45)]


def test_a_third_of_each_kind(tasks):
    assert Counter(task.payload["kind"] for task, _ in tasks) == dict.fromkeys(KINDS, 15)
    for task, world in tasks:
        assert (world.revision is not None) == (task.payload["kind"] == "revision")
        assert task.id.endswith(f":{task.payload['kind']}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_task_each_time_and_another_at_another_index(kind):
    one, same, other = made(7, kinds=(kind,)), made(7, kinds=(kind,)), made(8, kinds=(kind,))
    assert one[0].hash == same[0].hash
    assert one[1] == same[1]
    assert one[0].hash != other[0].hash
    assert made(7, kinds=(kind,), split="test")[0].hash != one[0].hash


@pytest.mark.parametrize("difficulty", ASKED)
def test_difficulty_is_the_number_of_facts_or_of_instructions(difficulty):
    for index in range(6):
        task, world = made(index, difficulty=difficulty, kinds=("written",))
        assert len(world.brief.facts) == len(task.key["facts"]) <= ASKED[difficulty]
        if len(world.brief.facts) < ASKED[difficulty]:  # the whole of a short brief
            assert len(world.brief.facts) >= 8
        assert made(index, difficulty=difficulty, kinds=("generated",))[1].brief.facts
        told = made(index, difficulty=difficulty, kinds=("revision",))[1].revision
        assert 2 <= len(told.instructions) <= INSTRUCTIONS[difficulty]
        assert len(told.instructions) == len(told.demands)


def test_the_last_brief_of_each_field_is_for_the_test_split_alone():
    train = {made(index, kinds=("written",))[0].payload["brief"] for index in range(36)}
    test = {made(index, split="test", kinds=("written",))[0].payload["brief"] for index in range(12)}
    assert (len(train), len(test)) == (36, FIELDS)
    assert not train & test
    assert train | test == {brief.id for brief in written_briefs()}
    again = {made(index, kinds=("written",))[0].payload["brief"] for index in range(36, 72)}
    assert again == train
    for index in range(40):
        _, world = made(index, kinds=("revision",))
        assert world.brief.id not in test


def test_the_prompt_asks_and_tells_no_figure(tasks):
    for task, world in tasks:
        brief = world.brief
        for part in (brief.company, brief.topic, brief.scope, brief.period, f"Audience: {brief.audience}"):
            assert part in task.prompt
        fewest, most = task.key["slides"]
        assert f"{fewest} to {most} slides, {brief.words[0]} to {brief.words[1]} words" in task.prompt
        if world.revision:
            for number, line in enumerate(world.revision.instructions, 1):
                assert f"{number}. {line}" in task.prompt
            continue
        asked = task.prompt.partition("It must say:")[2]
        for fact in brief.facts:
            assert f"- {fact.ask}\n" in asked
            told = {(figure.value, figure.unit) for figure in figures(task.prompt)}
            wanted = [figure for value in fact.values for figure in figures(value)]
            assert not wanted or any((one.value, one.unit) not in told for one in wanted), fact


def test_everything_that_is_asked_stands_in_a_current_note(tasks):
    for task, world in tasks:
        notes = {note.id: note for note in world.brief.notes}
        current = [note.text for note in notes.values() if note.is_current]
        assert task.key["sources"] == current
        assert task.key["stale"] == [note.text for note in notes.values() if not note.is_current]
        assert task.key["stale"]
        for fact in world.brief.facts:
            assert notes[fact.note].is_current
            for value in fact.values:
                assert value in notes[fact.note].text or value in fact.text


def test_the_key_is_plain_data_that_a_deck_is_graded_by(tasks):
    for task, world in tasks:
        key = DeckKey.of(json.loads(json.dumps(task.key)))
        assert [fact.id for fact in key.facts] == [fact.id for fact in world.brief.facts]
        assert key.words == world.brief.words
        assert len(key.documents) == len(set(key.documents)) == RIVALS + 1
        assert all(document.startswith(world.brief.company) for document in key.documents)
        audience = next(choice for choice in key.choices if choice.name == "audience")
        assert audience.options[audience.answer] == (world.brief.audience,)
        assert {option for (option,) in audience.options} <= set(AUDIENCES)
        assert bool(key.demands) == bool(world.revision)


def test_the_plan_and_the_target_keep_what_was_asked(tasks):
    for task, world in tasks:
        fewest, most = task.key["slides"]
        finished = world.revision.target if world.revision else world.plan
        assert fewest <= len(finished) <= most <= 20
        assert finished[0].layout == "title"
        if not world.revision:
            assert finished[-1].layout == "closing"
        assert len({spec.title for spec in world.plan}) == len(world.plan)


def test_secrets_stand_in_no_prompt_and_no_note(tasks):
    for task, world in tasks:
        told = " ".join(
            (task.prompt, *(f"{note.title} {note.text}" for note in world.brief.notes))
        ).casefold()
        assert len(task.secrets) >= 5
        assert not [secret for secret in task.secrets if secret.casefold() in told or len(secret) < 4]


def test_what_may_leave_the_process_holds_no_key(tasks):
    task, world = next(pair for pair in tasks if pair[0].payload["kind"] == "generated")
    shown = json.dumps(task.public() | {"repr": repr(task)}, default=str)
    for fact in world.brief.facts:
        for value in fact.values:
            if len(value) >= 5 and value not in task.prompt:
                assert value not in shown


def test_a_brief_as_it_stands_makes_a_task():
    for brief in written_briefs()[::12]:
        task, world = task_of_brief(brief)
        assert world.brief is brief
        assert len(task.key["facts"]) == len(brief.facts)
        assert task_of_brief(brief)[0].hash == task.hash


@pytest.mark.parametrize(
    ("kind", "told"), [("writen", "Did you mean 'written'"), ("", "unknown kind"), (3, "unknown kind 3")]
)
def test_an_unknown_kind_is_told(kind, told):
    with pytest.raises(UsageError, match=told):
        check_kinds(kind)
    assert check_kinds(None) == KINDS
    assert check_kinds("revision") == ("revision",)


@pytest.mark.parametrize("source", ["briefs", "briefs:", "brief:x.yaml", "x.yaml", "", ":x", "vstar:/data"])
def test_another_source_is_told(source):
    with pytest.raises(UsageError, match="briefs:FILE"):
        source_briefs(source)


def plain(brief):
    return json.loads(json.dumps(brief, default=lambda value: vars(value)))


def test_briefs_of_ones_own_are_asked_whole(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump([plain(brief) for brief in written_briefs()[:3]]))
    own = source_briefs(f"briefs:{path}")
    assert own == tuple(sorted(written_briefs()[:3], key=lambda brief: brief.id))
    for difficulty in (1, 5):
        task, world = slide_task("t", "train", 2, (1, 2), difficulty, KINDS, own)
        assert world.brief == own[2]
        assert len(task.key["facts"]) == len(own[2].facts)
        assert task.payload["kind"] == "written"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        source_briefs(f"briefs:{tmp_path / 'none.yaml'}")


def test_a_brief_that_no_deck_can_say_is_told_and_named():
    brief = replace(written_briefs()[0], id="too-tight", slides=(3, 3), words=(12, 13))
    told = r"too-tight: no plan fits \(3, 3\) slides of \(12, 13\) words: widen its range"
    with pytest.raises(ScenarioError, match=told):
        slide_task("t", "train", 0, (1,), 3, KINDS, (brief,))
