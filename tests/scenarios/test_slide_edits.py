"""Edit tasks: each can be done, the given deck has not been done, and what must stay is known."""

from collections import Counter
from statistics import fmean

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.deck import preservation
from eyesmith.rewards.revision import instructions_followed, reads
from eyesmith.rewards.slide_text import SlideText
from eyesmith.scenarios.slide_briefs import written_briefs
from eyesmith.scenarios.slide_edits import edit_task
from eyesmith.scenarios.slide_figures import figures
from eyesmith.scenarios.slide_plan import can_be_set, deck_of
from eyesmith.scenarios.slide_tables import generated_brief
from eyesmith.scenarios.slide_wording import says

COUNTS = (2, 3, 3, 4, 5)


@pytest.fixture(scope="module")
def tasks():
    found = []
    for seed in range(120):
        rng, difficulty = np.random.default_rng(seed), 1 + seed % 5
        brief = written_briefs()[seed // 2 % 48] if seed % 2 else generated_brief(rng, difficulty=difficulty)
        found.append((brief, difficulty, edit_task(brief, rng, difficulty)))
    return found


def shown(specs):
    """Slides as text; labels stand beside their numbers."""
    slides = []
    for spec in specs:
        lines = [spec.title]
        for block in spec.blocks:
            lines += [
                part.strip().removeprefix("note: ").removeprefix("unit: ") for part in block.split(" | ")
            ]
        slides.append(SlideText.of(*lines))
    return slides


def test_the_target_is_the_good_deck_and_follows_every_instruction(tasks):
    for brief, _, edit in tasks:
        assert edit.target == deck_of(brief)
        assert edit.facts == tuple(fact.id for fact in brief.facts)
        done = instructions_followed(shown(edit.target), edit.demands, shown(edit.given))
        assert done.value == 1, (brief.id, done.why)


def test_the_given_deck_does_not(tasks):
    levels = [instructions_followed(shown(e.given), e.demands, shown(e.given)).value for _, _, e in tasks]
    assert max(levels) <= 0.5
    assert fmean(levels) < 0.2


def test_as_many_instructions_as_the_difficulty_asks_for(tasks):
    met = [len(edit.instructions) == COUNTS[difficulty - 1] for _, difficulty, edit in tasks]
    assert fmean(met) > 0.85
    for _, difficulty, edit in tasks:
        assert 2 <= len(edit.instructions) <= COUNTS[difficulty - 1]
        assert len(edit.instructions) == len(edit.demands)
        assert len(set(edit.instructions)) == len(edit.instructions)


def test_every_kind_of_fault_comes(tasks):
    kinds = Counter(demand["kind"] for _, _, edit in tasks for demand in edit.demands)
    assert set(kinds) == {"says", "after", "gone", "order", "split"}
    heads = Counter(line.split()[0] for _, _, edit in tasks for line in edit.instructions)
    assert {"Bring", "Add", "Move", "Take", "Slide", "Slides"} <= set(heads)


def test_given_slides_can_be_shown_and_kept_ones_are_in_the_target(tasks):
    for _, _, edit in tasks:
        assert all(can_be_set(spec) for spec in edit.given)
        assert edit.kept
        assert all(edit.given[index] in edit.target for index in edit.kept)
        given = shown(edit.given)
        kept = preservation([given[index] for index in edit.kept], shown(edit.target))
        assert kept.value == pytest.approx(1)


def test_steps_lead_from_the_given_deck_to_the_target(tasks):
    for _, _, edit in tasks:
        assert len(edit.steps) == len(edit.target)
        used = [step for step in edit.steps if step >= 0]
        assert len(set(used)) == len(used)
        assert not set(used) & set(edit.removed)
        assert set(used) | set(edit.removed) == set(range(len(edit.given)))
        for index in edit.kept:
            assert edit.target[edit.steps.index(index)] == edit.given[index]
        for first, second in edit.order:
            assert edit.steps.index(second) == edit.steps.index(first) + 1


def test_old_values_stand_in_the_given_deck_alone_and_mostly_come_from_stale_notes(tasks):
    values, stale = 0, 0
    for brief, _, edit in tasks:
        old = "\n".join(note.text for note in brief.notes if not note.is_current)
        for value in edit.gone:
            assert any(value in spec.text for spec in edit.given), value
            assert not reads(shown(edit.target), value), value
            values += 1
            stale += value in old
    assert values > 100
    assert stale / values > 0.3


def test_spoilt_facts_are_no_longer_said(tasks):
    for brief, _, edit in tasks:
        facts = {fact.id: fact for fact in brief.facts}
        for demand in edit.demands:
            if demand["kind"] == "says" and demand["gone"]:
                told = [any(says(spec.text, facts[f["id"]]) for spec in edit.given) for f in demand["facts"]]
                assert not all(told)
            if demand["kind"] == "after":
                assert not any(
                    says(spec.text, facts[f["id"]]) for f in demand["facts"] for spec in edit.given
                )


def test_crowded_slides_hold_too_much(tasks):
    found = 0
    for brief, _, edit in tasks:
        for demand in edit.demands:
            if demand["kind"] == "split":
                assert max(spec.words for spec in edit.given) > brief.words[1] == demand["words"]
                found += 1
    assert found > 5


def test_instructions_give_no_value_away(tasks):
    """A new slide is asked for by its questions, not by its figures."""
    for brief, _, edit in tasks:
        for line, demand in zip(edit.instructions, edit.demands, strict=True):
            if demand["kind"] == "after":
                asked = line.rpartition("It says ")[2]
                wanted = {
                    (f.value, f.unit) for fact in demand["facts"] for v in fact["values"] for f in figures(v)
                }
                assert not {(f.value, f.unit) for f in figures(asked)} & wanted, (brief.id, line)


def test_the_same_seed_gives_the_same_task(tasks):
    brief = written_briefs()[3]
    first = edit_task(brief, np.random.default_rng(9), 4)
    assert first == edit_task(brief, np.random.default_rng(9), 4)
    assert first != edit_task(brief, np.random.default_rng(10), 4)


@pytest.mark.parametrize("difficulty", [0, 6, 1.0, True])
def test_difficulty_is_one_to_five(difficulty):
    with pytest.raises(UsageError, match="1 to 5"):
        edit_task(written_briefs()[0], np.random.default_rng(0), difficulty)
