"""Transitions of apps from a seed: screen, action, next screen.

Single steps, chains of several, and choices among three actions. Train and test are disjoint: the clock and
the battery, which every screen shows, belong to one of them. Knows no browser; whether a transition changes
enough to be worth asking is only estimated.
"""

__all__ = ["Choice", "Transition", "chain", "choice", "transition"]

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

import numpy as np

from ..errors import EyesmithError, UsageError, did_you_mean
from .gui_app import CANVAS_PX, Action, App, Change, Option, Screen, State, changes
from .gui_apps import APPS
from .gui_theme import theme_of

CANVASES = (CANVAS_PX, (1080, 2400))
SPLITS = ("train", "test")
TEST_SHARE = 5  # one world in five is for the test
BANDS = {1: (0, 2), 2: (1, 5), 3: (3, 10), 4: (7, 18), 5: (12, 200)}
"""New texts on the next screen at each difficulty."""
GESTURES = {
    "click": 5.0,
    "long_press": 2.0,
    "swipe": 2.0,
    "type": 2.0,
    "key": 0.15,
    "open": 1.0,
    "back": 0.5,
    "wait": 1.0,
}
MAX_WALK = 7
MAX_WORLDS = 60
MAX_TRIED = 8
DECOYS = 3
LEAST_CHANGED = 0.003
HOME_SHARE = 0.12  # of ways to the home screen that are taken; else hard steps would mostly be those


@dataclass(frozen=True)
class Transition:
    """One action on one screen, and all that follows.

    Args:
        app: kind of the app.
        theme: name of the theme before the action.
        goal: what the user wants.
        description: what the action does, in words.
        before: the screen acted upon.
        action: what is done; px of the canvas.
        after: the next screen.
        changes: what differs, that which was acted upon first; never empty.
        notes: texts that the app may show next, sorted, with some that it will not: what no picture tells.
            What follows by rule (totals, counts, on and off) is not among them.
        state: the app before.
        next_state: the app after.
    """

    app: str
    theme: str
    goal: str
    description: str
    before: Screen
    action: Action
    after: Screen
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    state: State
    next_state: State

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.before.size_px

    @property
    def before_html(self) -> str:
        """The screen acted upon as a document."""
        return self.before.html

    @property
    def after_html(self) -> str:
        """The next screen as a document."""
        return self.after.html

    @cached_property
    def new_texts(self) -> tuple[str, ...]:
        """Texts of the next screen that do not stand on this one."""
        known = set(self.before.texts)
        return tuple(dict.fromkeys(text for text in self.after.texts if text not in known))

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """New texts of 4 characters and more that neither notes, screen nor words of the task tell."""
        told = "\n".join((*self.notes, *self.before.texts, self.goal, self.description, self.action.words()))
        told = told.casefold()
        return tuple(text for text in self.new_texts if len(text) >= 4 and text.casefold() not in told)


@dataclass(frozen=True)
class Choice:
    """Three actions on one screen, of which one reaches the goal.

    Args:
        goal: what the user wants.
        candidates: what each action leads to; all have the same screen before.
        answer: which of them reaches the goal.
    """

    goal: str
    candidates: tuple[Transition, Transition, Transition]
    answer: int


def transition(
    seed: Sequence[int],
    split: str,
    difficulty: int,
    *,
    apps: Sequence[str] | None = None,
    canvas: tuple[int, int] = CANVAS_PX,
) -> Transition:
    """The transition of a seed.

    Args:
        seed: words that seed it.
        split: train or test.
        difficulty: 1 to 5: the more texts are new on the next screen.
        apps: kinds of app, by default all.
        canvas: 540 x 1200 or 1080 x 2400 px.

    Raises:
        UsageError: an argument that is none of these.
        EyesmithError: no transition was found, which is a fault of an app.
    """
    _check(split, difficulty, apps, canvas)
    best: Transition | None = None
    for attempt in range(MAX_WORLDS):
        app, state, rng = _world(seed, attempt, split, apps)
        state = _walked(app, state, int(rng.integers(MAX_WALK)), rng)
        for option in _shuffled(app.options(state, canvas), rng)[:MAX_TRIED]:
            found = _taken(app, state, option, canvas)
            if found is None or (found.next_state["home"] and rng.random() > HOME_SHARE):
                continue
            best = best or found
            low, high = BANDS[difficulty]
            if low <= len(found.new_texts) <= high:
                return _noted(app, found, rng)
    if best is None:
        raise EyesmithError(f"no transition came of {MAX_WORLDS} states of {apps}; mend the app")
    return _noted(APPS[best.app], best, np.random.default_rng(list(seed)))


def chain(
    seed: Sequence[int],
    split: str,
    difficulty: int,
    *,
    steps: int,
    apps: Sequence[str] | None = None,
    canvas: tuple[int, int] = CANVAS_PX,
) -> tuple[Transition, ...]:
    """Transitions one after another: each begins where the one before ends.

    Args:
        seed: words that seed it.
        split: train or test.
        difficulty: 1 to 5: the most texts that are new in a step.
        steps: how many, 1 to 10.
        apps: kinds of app, by default all.
        canvas: 540 x 1200 or 1080 x 2400 px.

    Raises:
        UsageError: an argument that is none of these.
        EyesmithError: no chain was found, which is a fault of an app.
    """
    _check(split, difficulty, apps, canvas)
    if type(steps) is not int or not 1 <= steps <= 10:
        raise UsageError(f"steps is a whole number from 1 to 10; got {steps!r}")
    for attempt in range(MAX_WORLDS):
        app, state, rng = _world(seed, attempt, split, apps)
        state = _walked(app, state, int(rng.integers(MAX_WALK)), rng)
        found: list[Transition] = []
        seen = [state]
        while len(found) < steps:
            step = _next(app, state, seen, difficulty, canvas, rng)
            if step is None:
                break
            found.append(step)
            state = step.next_state
            seen.append(state)
        if len(found) == steps:
            return tuple(found)
    raise EyesmithError(f"no chain of {steps} came of {MAX_WORLDS} states of {apps}; mend the app")


def choice(
    seed: Sequence[int],
    split: str,
    difficulty: int,
    *,
    apps: Sequence[str] | None = None,
    canvas: tuple[int, int] = CANVAS_PX,
) -> Choice:
    """Three actions and a goal that one of them reaches.

    Args:
        seed: words that seed it.
        split: train or test.
        difficulty: 1 to 5: the more texts are new on the right next screen.
        apps: kinds of app, by default all.
        canvas: 540 x 1200 or 1080 x 2400 px.

    Raises:
        UsageError: an argument that is none of these.
        EyesmithError: no choice was found, which is a fault of an app.
    """
    for attempt in range(MAX_WORLDS):
        right = transition([*seed, 7, attempt], split, difficulty, apps=apps, canvas=canvas)
        app, state = APPS[right.app], right.state
        rng = np.random.default_rng([*seed, 8, attempt])
        others: list[Transition] = []
        options = _shuffled(app.options(state, canvas), rng)
        for option in sorted(options, key=lambda option: option.action.kind != right.action.kind):
            if option.goal == right.goal or any(option.goal == other.goal for other in others):
                continue
            other = _taken(app, state, option, canvas)
            if other is None or _reaches(other, right) or any(_same(other, one) for one in (right, *others)):
                continue
            others.append(_noted(app, other, rng))
            if len(others) == 2:
                break
        if len(others) == 2:
            answer = int(rng.integers(3))
            others.insert(answer, right)
            return Choice(right.goal, (others[0], others[1], others[2]), answer)
    raise EyesmithError(f"no choice came of {MAX_WORLDS} states of {apps}; mend the app")


def _check(split: str, difficulty: int, apps: Sequence[str] | None, canvas: tuple[int, int]) -> None:
    if split not in SPLITS:
        raise UsageError(f"split is train or test; got {split!r}.{did_you_mean(str(split), SPLITS)}")
    if difficulty not in BANDS:
        raise UsageError(f"difficulty is 1 to 5; got {difficulty!r}")
    for kind in apps or ():
        if kind not in APPS:
            raise UsageError(
                f"unknown app {kind!r}; there is: {', '.join(APPS)}.{did_you_mean(str(kind), APPS)}"
            )
    if tuple(canvas) not in CANVASES:
        raise UsageError(f"canvas is 540 x 1200 or 1080 x 2400 px; got {canvas!r}")


def _world(
    seed: Sequence[int], attempt: int, split: str, apps: Sequence[str] | None
) -> tuple[App, State, np.random.Generator]:
    """An app at its start, in the split's part of all clocks and batteries."""
    rng = np.random.default_rng(np.random.SeedSequence([*seed, attempt]))
    kinds = tuple(apps or APPS)
    app = APPS[kinds[int(rng.integers(len(kinds)))]]
    while True:
        state = app.start(rng)
        number = crc32(f"{state['time']} {state['battery']}".encode())
        if (number % TEST_SHARE == 0) == (split == "test"):
            return app, state, rng


def _walked(app: App, state: State, steps: int, rng: np.random.Generator) -> State:
    """A state some actions later."""
    for _ in range(steps):
        for option in _shuffled(app.options(state), rng):
            if option.action.kind in ("key", "back") and rng.random() < 0.85:
                continue
            state = app.step(state, option.action)
            break
    return state


def _next(
    app: App,
    state: State,
    seen: list[State],
    difficulty: int,
    canvas: tuple[int, int],
    rng: np.random.Generator,
) -> Transition | None:
    """A step that leads to where nobody was."""
    for option in _shuffled(app.options(state, canvas), rng):
        found = _taken(app, state, option, canvas)
        if found and found.next_state["home"] and rng.random() > HOME_SHARE:
            continue
        if found and found.next_state not in seen and len(found.new_texts) <= BANDS[difficulty][1] + 6:
            return _noted(app, found, rng)
    return None


def _shuffled(options: Iterable[Option], rng: np.random.Generator) -> list[Option]:
    """Options in random order, rare gestures sooner than their number alone would bring them."""
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.action.kind, []).append(option)
    drawn: list[tuple[float, Option]] = []
    for kind, group in groups.items():
        share = GESTURES[kind] / len(group)
        drawn += [(float(rng.exponential(1.0)) / share, option) for option in group]
    return [option for _, option in sorted(drawn, key=lambda pair: pair[0])]


def _taken(app: App, state: State, option: Option, canvas: tuple[int, int]) -> Transition | None:
    """Where an option leads; None where hardly anything changes."""
    after_state = app.step(state, option.action, canvas)
    if after_state == state:
        return None
    before, after = app.screen(state, canvas), app.screen(after_state, canvas)
    found = changes(before, after)
    touched = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (change.box for change in found))
    if before.html == after.html or touched < LEAST_CHANGED * canvas[0] * canvas[1]:
        return None
    found = tuple(sorted(found, key=lambda change: change.id != option.spot.partition("=")[0]))
    return Transition(
        app=app.kind,
        theme=theme_of(state["theme"]).name,
        goal=option.goal,
        description=option.description,
        before=before,
        action=option.action,
        after=after,
        changes=found,
        notes=(),
        state=state,
        next_state=after_state,
    )


def _noted(app: App, taken: Transition, rng: np.random.Generator) -> Transition:
    """The transition with the texts that the app may show next."""
    canvas = taken.canvas
    known = set(taken.before.texts)
    options = _shuffled(app.options(taken.state, canvas), rng)[:DECOYS]
    screens = [app.screen(app.step(taken.state, option.action, canvas), canvas) for option in options]
    texts = {text for screen in (taken.after, *screens) for text in _untold(screen, taken.before)}
    texts -= known | {taken.action.text}
    return replace(taken, notes=tuple(sorted(texts)))


def _untold(screen: Screen, before: Screen) -> set[str]:
    """Texts of a screen that no rule tells; a rule tells what a widget that was there before derives."""
    there = {widget.id for widget in before.widgets}
    told = {text for widget in screen.widgets if widget.id in there for text in widget.texts}
    return {each.text for each in screen.placed if not (each.is_derived and each.text in told)}


def _reaches(other: Transition, right: Transition) -> bool:
    """Whether another action brings about what the right one is asked for."""
    wanted = right.changes[0]
    there = {widget.id: widget.value for widget in other.after.widgets}
    return there.get(wanted.id) == wanted.after


def _same(one: Transition, other: Transition) -> bool:
    return one.action == other.action or one.after.html == other.after.html
