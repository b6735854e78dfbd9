"""Actions of phones, and what counts as a change between two screens."""

import pytest

from eyesmith.errors import UsageError
from eyesmith.scenarios.gui_app import Action, Change, Paint, Placed, Screen, Widget, changes

ACTIONS = (
    Action(kind="click", x=10, y=20),
    Action(kind="long_press", x=10.5, y=20),
    Action(kind="swipe", x=400, y=300, x2=200, y2=300),
    Action(kind="type", text="oat milk"),
    Action(kind="key", key="enter"),
    Action(kind="key", key="home"),
    Action(kind="open", app="Mail"),
    Action(kind="back"),
    Action(kind="wait"),
)


def screen(*widgets):
    placed = tuple(Placed(text, widget.box, False) for widget in widgets for text in widget.texts)
    return Screen(html="", widgets=widgets, spots=(), placed=placed, size_px=(540, 1200))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.words())
def test_an_action_survives_being_written_and_read(action):
    assert Action.from_json(action.to_json()) == action


def test_actions_are_written_as_android_control_writes_them():
    assert ACTIONS[0].to_json() == {"action": "click", "coordinate": [10, 20]}
    assert ACTIONS[2].to_json() == {"action": "swipe", "coordinate": [400, 300], "coordinate2": [200, 300]}
    assert ACTIONS[5].to_json() == {"action": "system_button", "button": "Home"}
    assert ACTIONS[7].to_json() == {"action": "system_button", "button": "Back"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "JSON object"),
        ({"action": "tap"}, "'action'"),
        ({"action": "click"}, "coordinate"),
        ({"action": "click", "coordinate": [1, "2"]}, "coordinate"),
        ({"action": "click", "coordinate": [1, float("nan")]}, "coordinate"),
        ({"action": "click", "coordinate": [True, 2]}, "coordinate"),
        ({"action": "swipe", "coordinate": [1, 2]}, "coordinate2"),
        ({"action": "type", "text": ""}, "text"),
        ({"action": "system_button", "button": "Menu"}, "button"),
        ({"action": "click", "coordinate": [1, 10**400]}, "coordinate"),
        ({"action": "wait", "seconds": 2}, "seconds"),
    ],
)
def test_what_is_no_action_is_named(data, said):
    with pytest.raises(UsageError, match=said):
        Action.from_json(data)


def test_how_long_one_waits_is_read_and_makes_no_difference():
    assert Action.from_json({"action": "wait", "time": 2}) == Action(kind="wait")


def test_a_swipe_goes_where_the_finger_goes():
    ways = {(0, 0, 9, 1): "right", (9, 0, 0, 1): "left", (0, 9, 1, 0): "up", (0, 0, 1, 9): "down"}
    for (x, y, x2, y2), way in ways.items():
        assert Action(kind="swipe", x=x, y=y, x2=x2, y2=y2).direction == way
    assert Action(kind="back").direction == ""


def test_an_action_grows_with_its_canvas():
    assert ACTIONS[2].scaled(2) == Action(kind="swipe", x=800, y=600, x2=400, y2=600)
    assert ACTIONS[3].scaled(2) == ACTIONS[3]


def test_values_that_differ_are_changes_and_others_are_not():
    box = (0.0, 0.0, 100.0, 50.0)
    paints = (Paint(90, 20, (1, 2, 3)),)
    before = screen(
        Widget("a", "switch", box, "off", ("Off",)), Widget("b", "row", (0, 60, 100, 90), "x", ("X",))
    )
    after = screen(Widget("a", "switch", box, "on", ("On",), paints), before.widgets[1])
    assert changes(before, after) == (Change("a", "switch", "off", "on", box, ("On",), ("Off",), paints),)
    assert changes(before, before) == ()


def test_what_is_gone_hides_its_words_only_where_nothing_says_them_again():
    box = (0.0, 0.0, 100.0, 50.0)
    before = screen(Widget("a", "row", box, "x", ("Pay rent", "Home")))
    after = screen(Widget("b", "row", box, "y", ("Buy milk", "Home")))
    new, gone = changes(before, after)
    assert (new.id, new.before, new.shows) == ("b", None, ("Buy milk", "Home"))
    assert (gone.id, gone.after, gone.hides) == ("a", None, ("Pay rent",))


def test_what_moved_must_be_seen_in_its_new_place():
    before = screen(Widget("a", "row", (0.0, 100.0, 100.0, 150.0), "x", ("Pay rent",)))
    after = screen(Widget("a", "row", (0.0, 0.0, 100.0, 50.0), "x", ("Pay rent",)))
    (moved,) = changes(before, after)
    assert moved.before == moved.after == "x"
    assert moved.box == (0.0, 0.0, 100.0, 50.0)
    assert moved.shows == ("Pay rent",)
