"""Transitions: exact, repeatable, never empty, and none of the test in train."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from statistics import fmean

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.scenarios.gui_apps import APPS
from eyesmith.scenarios.gui_transitions import chain, choice, transition
from eyesmith.tools.browser import HtmlRenderer

COUNT = 60


@pytest.fixture(scope="module")
def found():
    return [transition([11, index], "train", 1 + index % 5) for index in range(COUNT)]


def test_the_next_screen_is_what_the_app_makes_of_the_action(found):
    for each in found:
        app = APPS[each.app]
        assert app.step(each.state, each.action) == each.next_state
        assert app.screen(each.next_state) == each.after
        assert app.screen(each.state) == each.before


def test_no_transition_is_without_a_change_and_each_change_can_be_proved(found):
    for each in found:
        assert each.before_html != each.after_html
        assert each.changes
        assert all(change.shows or change.hides or change.paints for change in each.changes)


def test_what_cannot_be_known_is_in_the_notes_and_what_follows_is_not(found):
    for each in found:
        told = {*each.notes, *each.before.texts, each.action.text}
        derived = {placed.text for placed in each.after.placed if placed.is_derived}
        assert set(each.new_texts) - derived <= told
        assert all(len(secret) >= 4 and secret not in told for secret in each.secrets)
    steps = [each for each in found if each.app == "shop" and each.changes[0].id.startswith("cart:")]
    for each in steps:
        assert not set(each.changes[0].shows) & set(each.notes) - set(each.before.texts)


def test_harder_is_more_that_is_new():
    means = [
        fmean(len(transition([3, difficulty, index], "train", difficulty).new_texts) for index in range(12))
        for difficulty in (1, 3, 5)
    ]
    assert means[0] < means[1] < means[2]


def test_apps_and_gestures_are_many(found):
    more = [transition([5, index], "train", 1 + index % 5) for index in range(140)]
    kinds = Counter(each.action.kind for each in (*found, *more))
    assert {"click", "long_press", "swipe", "type", "back"} <= set(kinds)
    assert set(APPS) == {each.app for each in (*found, *more)}
    assert len({each.theme for each in (*found, *more)}) > 25


def test_the_same_seed_is_the_same_in_another_process():
    code = (
        "import json; from eyesmith.scenarios.gui_transitions import transition as t;"
        "print(json.dumps([[e.before_html, e.after_html, e.action.to_json(), e.notes] for e in"
        " (t([2, i], 'test', 1 + i) for i in range(3))]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = [transition([2, index], "test", 1 + index) for index in range(3)]
    assert json.loads(run.stdout) == [
        [each.before_html, each.after_html, each.action.to_json(), list(each.notes)] for each in here
    ]


def test_no_screen_of_the_test_is_in_train(found):
    tested = {transition([11, index], "test", 1 + index % 5).before_html for index in range(COUNT)}
    assert not tested & {each.before_html for each in found}
    clocks = [{(each.state["time"], each.state["battery"]) for each in found}]
    clocks.append(
        {
            (each.state["time"], each.state["battery"])
            for each in (transition([11, index], "test", 3) for index in range(COUNT))
        }
    )
    assert not clocks[0] & clocks[1]


def test_a_chain_goes_on_where_it_was():
    for seed in range(8):
        steps = chain([9, seed], "train", 3, steps=4)
        assert len(steps) == 4
        for one, other in pairwise(steps):
            assert one.after_html == other.before_html
            assert one.next_state == other.state
        assert len({json.dumps(step.next_state) for step in steps}) == 4


def test_one_of_three_actions_reaches_the_goal():
    for seed in range(12):
        asked = choice([4, seed], "train", 1 + seed % 5)
        assert asked.goal == asked.candidates[asked.answer].goal
        assert len({one.before_html for one in asked.candidates}) == 1
        assert len({one.after_html for one in asked.candidates}) == 3
        assert len({one.goal for one in asked.candidates}) == 3
        wanted = asked.candidates[asked.answer].changes[0]
        for index, one in enumerate(asked.candidates):
            values = {widget.id: widget.value for widget in one.after.widgets}
            assert (values.get(wanted.id) == wanted.after) == (index == asked.answer)
    assert {choice([4, seed], "train", 2).answer for seed in range(12)} == {0, 1, 2}


def test_a_larger_canvas_is_the_same_screen_twice_as_large():
    small = transition([6, 1], "train", 2, apps=["settings"])
    large = transition([6, 1], "train", 2, apps=["settings"], canvas=(1080, 2400))
    assert large.canvas == (1080, 2400)
    assert large.state == small.state
    assert [placed.text for placed in large.after.placed] == [placed.text for placed in small.after.placed]
    for one, other in zip(large.changes, small.changes, strict=True):
        assert one.box == pytest.approx([2 * value for value in other.box])
    assert large.action.x == pytest.approx(2 * small.action.x, abs=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"split": "dev"},
        {"difficulty": 6},
        {"apps": ["bank"]},
        {"canvas": (720, 1280)},
    ],
)
def test_what_there_is_not_is_said(wrong):
    arguments = {"split": "train", "difficulty": 1} | wrong
    with pytest.raises(UsageError):
        transition([0], arguments.pop("split"), arguments.pop("difficulty"), **arguments)
    with pytest.raises(UsageError, match="steps"):
        chain([0], "train", 1, steps=0)


@pytest.mark.browser
def test_thirty_transitions_are_drawn_with_the_same_bytes_twice(found):
    draw_twice(found[:30])


@pytest.mark.long
@pytest.mark.browser
def test_five_hundred_transitions_are_drawn_with_the_same_bytes_twice():
    draw_twice([transition([77, index], "train", 1 + index % 5) for index in range(500)])


@pytest.mark.browser
def test_a_large_canvas_is_drawn_whole():
    each = transition([6, 1], "train", 2, canvas=(1080, 2400))
    renderer = HtmlRenderer()
    try:
        shown = renderer.render(each.after_html, size_px=each.canvas)
    finally:
        renderer.close()
    assert shown.image.shape == (2400, 1080, 3)
    assert shown.page.content_px == (1080, 2400)


def draw_twice(transitions):
    """Two browsers draw the same pixels."""
    one, other = HtmlRenderer(), HtmlRenderer()
    try:
        for each in transitions:
            for html in (each.before_html, each.after_html):
                images = [browser.render(html, size_px=each.canvas).image for browser in (one, other)]
                assert np.array_equal(*images), each.goal
    finally:
        one.close()
        other.close()
