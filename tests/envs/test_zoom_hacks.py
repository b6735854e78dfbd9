"""What a red team found in ZoomQA, kept shut: answers that need no look."""

from datetime import date, timedelta

import numpy as np
import pytest

from eyesmith.envs.describe import make_env
from eyesmith.envs.subject import play
from eyesmith.scenarios import street
from eyesmith.scenarios.dashboard import paint
from eyesmith.scenarios.dashboard_lookalikes import bounded, options, spread
from eyesmith.scenarios.street_questions import draft_question, families
from eyesmith.scenarios.street_rivals import rivals
from eyesmith.scenarios.street_view import choose_street
from eyesmith.tools import ToolCall

ID = "eyesmith/ZoomQA-v0"
LETTERS = "ABCDEF"


def drafts(seeds, difficulty):
    """Choice questions about one plate of a street, before anything is painted: (draft, options, measure)."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        view = choose_street(rng)
        plates, spare = street._write_plates(view, rng, difficulty)
        street._hang(view, plates)

        def measure(plate, index, row, grade=view.grade):
            wrong = street.Wrong("", ((plate, index, row),))
            return street._measure(wrong, grade, street.USUAL_INK)[:2]

        draft = draft_question(
            rng,
            plates,
            difficulty=difficulty,
            answerable=True,
            options=int(rng.integers(4, 6)),
            spare=spare,
            measure=measure,
        )
        if draft.as_choice and not draft.labels:
            wrongs = street._thin_ink(draft, view.grade)[1]
            listed = street._options(draft, [wrong for wrong, _ in wrongs], rng)
            yield draft, listed, measure


def suspect(draft, listed, measure):
    """The option that the others resemble most, among all that might stand in its place."""
    plate, row = draft.hits[-1].plate, draft.hits[-1].row
    key, value = plate.rows[row]
    ranks = []
    for option in listed:
        end = value[len(option) :]
        others = {other + end for other in listed if other != option}
        line = next(line for line in families(plate.kind, option + end) if others <= set(line))
        plate.rows[row] = (key, option + end)
        near = sorted(line, key=lambda other: measure(plate, row, (key, other))[0])
        ranks.append(sum(near.index(other) for other in others))
    plate.rows[row] = (key, value)
    return listed[int(np.argmin(ranks))]


def test_no_option_of_a_street_is_the_one_that_all_others_resemble():
    hits, luck = [], []
    for difficulty in (1, 2):
        for draft, listed, measure in drafts(range(60), difficulty):
            hits.append(suspect(draft, listed, measure) == draft.right)
            luck.append(1 / len(listed))
    assert len(hits) >= 40
    assert np.mean(hits) <= np.mean(luck) + 0.17  # it was 0.64 against 0.23


def test_rivals_hide_behind_each_other_whichever_is_right():
    values = list("abcdefghij")

    def differ(one, other):
        apart = abs(values.index(one) - values.index(other))
        return 0.2 * apart, 40.0

    for seed in range(30):
        rng = np.random.default_rng(seed)
        found = rivals(rng, values, 4, differ)
        assert len(set(found)) == 4
        places = [values.index(value) for value in found]
        # 0.2 * 6 * 0.42 / 0.6 is below the limit of the first view; plain stays above its own
        assert max(places) - min(places) <= 9
    firsts = [rivals(np.random.default_rng(seed), values, 3, differ)[0] for seed in range(300)]
    orders = [
        sorted(rivals(np.random.default_rng(s), values, 3, differ)).index(f) for s, f in enumerate(firsts)
    ]
    assert min(np.bincount(orders, minlength=3)) > 70


def test_dates_out_of_season_are_no_options():
    rng = np.random.default_rng(3)
    hits, luck = [], []
    for _ in range(400):
        today = date(2026, 1, 5) + timedelta(days=int(rng.integers(330)))
        days = [today + timedelta(days=3 + int(n)) for n in rng.permutation(160)[:20]]
        column = spread(rng, [day.isoformat() for day in days], "date", 0.3)
        value = column[int(rng.integers(len(column)))]
        listed = options(rng, value, "date", int(rng.integers(4, 7)), column)
        if listed:
            likely = [d for d in listed if 3 <= (date.fromisoformat(d) - today).days < 163]
            hits.append((value in likely) / max(1, len(likely)))
            luck.append(1 / len(listed))
    assert len(hits) > 200
    assert np.mean(hits) <= np.mean(luck) + 0.03  # it was 0.53 against 0.20


def test_numbers_out_of_range_are_no_options():
    rng = np.random.default_rng(4)
    column = [f"{value:.1f}" for value in rng.uniform(21, 97, 24)]
    for value in column:
        listed = options(rng, value, "number", 5, column)
        assert bounded(listed, "number", column) == listed


def test_no_code_has_a_zero_that_codes_never_have():
    rng = np.random.default_rng(5)
    for code in ("K4-7193", "2.34.5"):
        for _ in range(100):
            for option in options(rng, code, "code", 5):
                assert not any(
                    group.startswith("0") for group in option.lstrip("K").replace("-", ".").split(".")
                )


@pytest.fixture(scope="module")
def asked():
    """Answerable questions about one wall, and the wall's panels by their titles."""
    inquirer, _ = paint(np.random.default_rng(12), difficulty=2)
    inquirer.difficulty = 3
    return [inquirer.ask() for _ in range(250)], {panel.title: panel for panel in inquirer.panels}


def test_a_chart_is_asked_about_openly(asked):
    inquiries, panels = asked
    charts = [
        inquiry
        for inquiry in inquiries
        if inquiry.facts["family"] in ("lookup", "search")
        and len(panels[inquiry.facts["panel"]].columns) == 1
    ]
    assert len(charts) >= 5
    assert not [inquiry for inquiry in charts if "options" in inquiry.answer]


def test_no_count_is_likelier_than_another():
    counts = []
    for seed in range(8):
        inquirer, _ = paint(np.random.default_rng(seed), difficulty=3)
        found = [inquirer._count() for _ in range(60)]
        counts += [int(inquiry.facts["value"]) for inquiry in found if inquiry]
    assert len(counts) >= 80
    shares = np.bincount(counts, minlength=6) / len(counts)
    assert max(shares) <= 0.28  # 0 to 2 of five were twice as likely as 4 and 5
    assert min(shares) >= 0.06


def test_a_ring_does_not_show_the_last_digits_of_its_parts():
    for seed in range(4):
        inquirer, _ = paint(np.random.default_rng(seed), difficulty=1)
        rings = [panel for panel in inquirer.panels if "Share" in panel.columns]
        assert rings
        for panel in rings:
            parts = [round(10 * float(run.text)) for run in panel.cells.values()]
            assert sum(parts) == 1000
            off = [abs((part + 12) % 25 - 12) for part in parts]
            assert min(off) >= 1
            assert max(off) > 5


@pytest.mark.parametrize("dense", [False, True])
def test_looking_again_pays_nothing_more(dense):
    env = make_env(ID, kind="swatch", dense=dense)
    task = env.get_task("train", 2)
    env.begin(task)
    look = next(iter(env.expert()))
    turns = list(play(env, task, [look] * 5))
    assert sum(turn.reward for turn in turns) == pytest.approx(0.0)
    assert sum(turn.reward > 0 for turn in turns) == (1 if dense else 0)


def test_a_twin_is_paid_once():
    env = make_env(ID, kind="swatch", dense=True)
    task = env.get_task("train", 2)
    env.begin(task)
    calls = list(env.expert())
    blob, total = env.snapshot(), 0.0
    for _ in range(3):
        env.restore(blob)
        total = env.call(calls[0]).reward
    (twin,) = env.fork(1)
    assert total + twin.call(calls[-1]).reward == pytest.approx(1.0)
    assert twin.call(calls[-1]).reward == 0


def test_a_message_with_several_answers_counts_the_first():
    env = make_env(ID, kind="swatch", action_format="hermes")
    task = env.get_task("train", 2)
    env.begin(task)
    right = task.key["answer"]["value"]
    wrong = "A" if right != "A" else "B"
    calls = [
        f'<tool_call>{{"name": "answer", "arguments": {{"value": "{v}"}}}}</tool_call>'
        for v in (wrong, right)
    ]
    turns = env.say("\n".join(calls))
    assert turns[-1].score == 0


def test_one_turn_is_enough_for_a_guess_and_for_no_more():
    env = make_env(ID, kind="swatch", max_turns=1)
    task = env.get_task("train", 2)
    env.begin(task)
    turn = env.call(next(iter(env.expert())))
    assert turn.done
    assert turn.score == 0
    value = task.key["answer"]["value"]
    assert list(play(env, task, [ToolCall("answer", {"value": value})]))[-1].score <= 0.6


@pytest.mark.parametrize(
    "spoiled", ["{0} or unanswerable", "{0}, {1}", "{0}" + " the answer" * 18, "{0}\u200d{1}"]
)
def test_an_answer_with_something_else_is_none(spoiled):
    env = make_env(ID, kind="swatch")
    for index in range(3):
        task = env.get_task("train", index)
        value = task.key["answer"]["value"]
        given = spoiled.format(value, "A" if value != "A" else "B")
        assert list(play(env, task, [ToolCall("answer", {"value": given})]))[-1].score == 0
