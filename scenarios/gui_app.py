"""Apps as state machines: actions, screens, and what changed between two.

A state is JSON; the screen of a state is exact HTML with the place of every widget; an action at a place
leads to the next state. Knows no task and no browser. Actions are those of AndroidControl as Code2World
writes them (arXiv 2602.09856).
"""

__all__ = [
    "CANVAS_PX",
    "KINDS",
    "Action",
    "App",
    "Box",
    "Change",
    "Option",
    "Paint",
    "Placed",
    "Screen",
    "Spot",
    "State",
    "Widget",
    "changes",
]

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .gui_action import KINDS, Action

CANVAS_PX = (540, 1200)
SWIPE_PX = 200.0
MOVED_PX = 8.0
LAYERS = ("dialog", "sheet", "menu", "message", "page", "home screen")
Box = tuple[float, float, float, float]
State = dict[str, Any]


class Paint(NamedTuple):
    """The colour of one pixel, which proves a state that no word names."""

    x: float
    y: float
    rgb: tuple[int, int, int]


class Placed(NamedTuple):
    """A text on a screen and the place of its letters, px of the canvas."""

    text: str
    box: Box
    is_derived: bool
    """Whether it follows from what is shown and done (a total, a count), rather than from the app's data."""
    sight: str = "whole"
    """`whole`, `dim` (below a veil) or `cut` (at an edge, or partly covered)."""


@dataclass(frozen=True, slots=True)
class Widget:
    """A thing on a screen that has a state of its own."""

    id: str
    role: str
    box: Box
    value: str
    texts: tuple[str, ...] = ()
    paints: tuple[Paint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place where a gesture does something, and what it does in words."""

    id: str
    gesture: str
    box: Box
    goal: str
    description: str
    direction: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An action that leads on from a state."""

    action: Action
    spot: str
    goal: str
    description: str


@dataclass(frozen=True)
class Screen:
    """What a state looks like, and where everything is."""

    html: str
    widgets: tuple[Widget, ...]
    spots: tuple[Spot, ...]
    placed: tuple[Placed, ...]
    size_px: tuple[int, int]

    @property
    def texts(self) -> tuple[str, ...]:
        """Its texts that can be read whole, in the order of painting."""
        return tuple(each.text for each in self.placed if each.sight != "cut")


@dataclass(frozen=True, slots=True)
class Change:
    """One widget before and after, and what proves the latter.

    Args:
        id: the widget.
        role: what it is.
        before: its value, None where it is new.
        after: its value, None where it is gone.
        box: its place on the next screen, of one that is gone its old place.
        shows: texts to be seen in the box.
        hides: texts that stood in the box and may not be seen there any more.
        paints: pixels that prove what no word says.
    """

    id: str
    role: str
    before: str | None
    after: str | None
    box: Box
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    paints: tuple[Paint, ...] = ()


def changes(before: Screen, after: Screen) -> tuple[Change, ...]:
    """Widgets whose value or place differs, that are new or gone, and that leave a proof behind."""
    old = {widget.id: widget for widget in before.widgets}
    new = {widget.id: widget for widget in after.widgets}
    found = []
    for id_, widget in new.items():
        was = old.get(id_)
        if was is not None and was.value == widget.value and not _moved(was.box, widget.box):
            continue
        hides = _left(was, widget.box, after) if was else ()
        if widget.texts or widget.paints or hides:
            value = was.value if was else None
            found.append(
                Change(id_, widget.role, value, widget.value, widget.box, widget.texts, hides, widget.paints)
            )
    for id_, widget in old.items():
        if id_ not in new and (hides := _left(widget, widget.box, after)):
            found.append(Change(id_, widget.role, widget.value, None, widget.box, (), hides))
    return tuple(sorted(found, key=_weight))


class App(ABC):
    """A state machine with a face.

    A subclass draws a state and changes it: its screen has spots named `verb` or `verb:argument`, and its
    methods `tap_verb`, `hold_verb`, `swipe_verb`, `type_verb` and `key_verb` answer them.
    """

    kind: ClassVar[str]
    """Its kind, such as `player`."""
    icon: ClassVar[str]
    """Its icon on the home screen."""

    @abstractmethod
    def start(self, rng: np.random.Generator) -> State:
        """A state to begin with: theme, content, first page."""

    @abstractmethod
    def screen(self, state: State, size_px: tuple[int, int] = CANVAS_PX) -> Screen:
        """What a state looks like."""

    def options(self, state: State, size_px: tuple[int, int] = CANVAS_PX) -> tuple[Option, ...]:
        """All actions that lead somewhere from a state."""
        made = (
            Option(_action(spot), spot.id, spot.goal, spot.description)
            for spot in self.screen(state, size_px).spots
            if spot.goal
        )
        return tuple(option for option in made if self.step(state, option.action, size_px) != state)

    def step(self, state: State, action: Action, size_px: tuple[int, int] = CANVAS_PX) -> State:
        """The next state; one that meets nothing leaves it as it is."""
        after = deepcopy(state)
        spot = self._met(self.screen(state, size_px), action)
        if spot is not None:
            self.happen(after, spot, action)
        return after

    @abstractmethod
    def happen(self, state: State, spot: Spot, action: Action) -> None:
        """Let an action at a spot change a state in place."""

    def _met(self, screen: Screen, action: Action) -> Spot | None:
        for spot in reversed(screen.spots):
            if spot.gesture != action.kind:
                continue
            if action.kind in ("click", "long_press", "swipe"):
                x0, y0, x1, y1 = spot.box
                inside = x0 <= (action.x or 0.0) < x1 and y0 <= (action.y or 0.0) < y1
                if not inside or (action.kind == "swipe" and spot.direction != action.direction):
                    continue
            if action.kind in ("key", "open") and spot.text != (action.key or action.app):
                continue
            return spot
        return None


def _weight(change: Change) -> int:
    """A new value first, then what came over or in place of the page, then what is new, gone or moved."""
    if change.before is not None and change.after is not None:
        return 0 if change.before != change.after else 3
    return 1 if change.after is not None and change.role in LAYERS else 2


def _moved(before: Box, after: Box) -> bool:
    """Whether a thing stands elsewhere, by more than MOVED_PX at one of its edges."""
    return any(abs(one - other) > MOVED_PX for one, other in zip(before, after, strict=True))


def _left(was: Widget, box: Box, after: Screen) -> tuple[str, ...]:
    """Texts of a widget that stand in its place no more."""
    there = {each.text for each in after.placed if _meet(each.box, box) or _meet(each.box, was.box)}
    return tuple(dict.fromkeys(text for text in was.texts if text not in there))


def _meet(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _action(spot: Spot) -> Action:
    """The action that a spot waits for: in its middle, swipes along its direction."""
    x0, y0, x1, y1 = spot.box
    x, y = round((x0 + x1) / 2), round((y0 + y1) / 2)
    match spot.gesture:
        case "click" | "long_press":
            return Action(kind=spot.gesture, x=x, y=y)
        case "swipe":
            right = {"left": -1, "right": 1}.get(spot.direction, 0)
            down = {"up": -1, "down": 1}.get(spot.direction, 0)
            reach = round(min(SWIPE_PX, 0.7 * (x1 - x0 if right else y1 - y0)) / 2)
            return Action(
                kind="swipe",
                x=x - right * reach,
                y=y - down * reach,
                x2=x + right * reach,
                y2=y + down * reach,
            )
        case "type":
            return Action(kind="type", text=spot.text)
        case "key":
            return Action(kind="key", key=spot.text)
        case "open":
            return Action(kind="open", app=spot.text)
        case _:
            return Action(kind=spot.gesture)
