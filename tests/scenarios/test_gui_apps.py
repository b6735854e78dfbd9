"""Every app: each action leads to a screen that can be shown, reads well and proves what changed."""

from functools import cache

import numpy as np
import pytest

from eyesmith.rewards.collisions import edge_crossings, text_collisions
from eyesmith.rewards.visibility import visible_groups, visible_texts
from eyesmith.scenarios.gui_app import Action, changes
from eyesmith.scenarios.gui_apps import APPS
from eyesmith.tools.browser import shared_renderer

STATES = 30
SHOWN = 8
SIZE = (540, 1200)
NEAR = 12
TOUCH = 0.05


def walk(app, seed, steps):
    """A state some random actions after a start."""
    rng = np.random.default_rng([seed, 5])
    state = app.start(rng)
    for _ in range(steps):
        options = [one for one in app.options(state) if one.spot not in ("system_home", "back")]
        options = options or app.options(state)
        state = app.step(state, options[int(rng.integers(len(options)))].action)
    return state


@cache
def states(kind):
    return [walk(APPS[kind], seed, seed % 9) for seed in range(STATES)]


@pytest.mark.parametrize("kind", APPS)
def test_every_action_of_thirty_states_leads_somewhere(kind):
    app = APPS[kind]
    assert app.kind == kind
    for state in states(kind):
        options = app.options(state)
        assert len(options) >= 2
        for option in options:
            after = app.step(state, option.action)
            html = app.screen(after).html
            assert html != app.screen(state).html, (kind, option)
            assert option.goal
            assert option.description
            assert html.startswith("<!DOCTYPE html>")
            assert (
                html.count('<div id="render-target" style="width:540px;height:1200px;position:relative;') == 1
            )
            assert not any(word in html for word in ("<script", "http", "url(h", "@import", "<img", "<input"))
            assert len(html.encode()) < 120_000


@pytest.mark.parametrize("kind", APPS)
def test_a_step_leaves_its_state_as_it_was_and_is_the_same_twice(kind):
    app = APPS[kind]
    for state in states(kind)[:6]:
        before = repr(state)
        option = app.options(state)[0]
        assert app.step(state, option.action) == app.step(state, option.action)
        assert repr(state) == before


@pytest.mark.parametrize("kind", APPS)
def test_actions_that_meet_nothing_never_raise(kind, rng):
    app = APPS[kind]
    for state in states(kind)[:4]:
        for _ in range(25):
            x, y, x2, y2 = (float(value) for value in rng.uniform(0, (540, 1200, 540, 1200)))
            for action in (
                Action(kind="click", x=x, y=y),
                Action(kind="long_press", x=x, y=y),
                Action(kind="swipe", x=x, y=y, x2=x2, y2=y2),
            ):
                app.screen(app.step(state, action))
        for action in (
            Action(kind="type", text="q" * 300),
            Action(kind="key", key="volume_up"),
            Action(kind="wait"),
        ):
            app.screen(app.step(state, action))


@pytest.mark.browser
@pytest.mark.parametrize("kind", APPS)
def test_screens_are_shown_as_they_were_planned(kind):
    app = APPS[kind]
    for state in states(kind)[:SHOWN]:
        screen = app.screen(state)
        shown = shared_renderer().render(screen.html, size_px=SIZE)
        assert shown.removed == ()
        assert shown.page.content_px == SIZE
        seen = {group.text for group in visible_groups(shown.page)}
        missing = [each.text for each in screen.placed if each.sight == "whole" and each.text not in seen]
        assert missing == []
        if state["modal"]:
            continue  # what lies below a layer collides with it, as it should
        texts = visible_texts(shown.page)
        collisions = [
            (texts[i].text, texts[j].text) for i, j, share in text_collisions(texts) if share > TOUCH
        ]
        assert collisions == []
        crossings = [
            (texts[i].text, block.box)
            for i, block, _ in edge_crossings(shown.page, texts)
            if block.kind == "box"
        ]
        assert crossings == []


@pytest.mark.browser
@pytest.mark.parametrize("kind", APPS)
def test_every_change_is_proved_by_what_can_be_seen(kind):
    app = APPS[kind]
    for number, state in enumerate(states(kind)[:SHOWN]):
        options = app.options(state)
        option = options[number * 7 % len(options)]
        before, after = app.screen(state), app.screen(app.step(state, option.action))
        found = changes(before, after)
        assert found or before.html == after.html, option
        shown = shared_renderer().render(after.html, size_px=SIZE)
        prove(found, shown)


def prove(found, shown):
    """All words and colours of changes stand where they should."""
    seen = [(group.text, group.box) for group in visible_groups(shown.page)]
    for change in found:
        there = {text for text, box in seen if inside(box, change.box)}
        assert set(change.shows) <= there, change
        assert not set(change.hides) & there, change
        for x, y, rgb in change.paints:
            assert np.abs(shown.image[int(y), int(x)].astype(int) - rgb).max() <= NEAR, (change, x, y)


def inside(box, place):
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return place[0] - 2 <= x <= place[2] + 2 and place[1] - 2 <= y <= place[3] + 2
