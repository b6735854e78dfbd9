"""Tasks of GuiNextState: predict the next screen of an app.

Of four tasks two ask for one step, one for several steps that follow one another, one for the screens of
three actions and which of them reaches a goal. Screens come from apps whose next state is known
(`gui_transitions.py`), or from a folder of one's own (`gui_source.py`). Every world is shown by a browser
when it is made: a pair of which a copy is as good as the truth, or whose truth does not prove itself, is left
out.
"""

__all__ = ["MODES", "check_canvas", "check_modes", "gui_task", "task_of_row"]

from collections.abc import Sequence

from ..errors import EyesmithError, UsageError, did_you_mean
from ..rewards.gui import Effect, Paint, ScreenLook, effect, similarity
from ..rewards.gui_regions import changed_region
from ..tools.browser import Rendered, shared_renderer
from ..tools.gui_hand import OWN_WORDS
from .gui_app import CANVAS_PX, Change, Screen, changes
from .gui_apps import APPS
from .gui_files import GuiRow
from .gui_source import source_world
from .gui_stage import LEAST_TO_WIN, GuiStage, GuiWorld, Rival, rules, told_action
from .gui_transitions import CANVASES, Transition, chain, choice, transition
from .task import Task

MODES = ("single", "chain", "choose")
MIXTURE = ("single", "chain", "single", "choose")
STEPS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4}
MAX_ATTEMPTS = 30
RIVALS = 5
MIN_SECRET_CHARS = 4
SECRET_LINES, SECRET_LINE_CHARS = 4, 40


def check_modes(mode: str | None) -> tuple[str, ...]:
    """The modes that tasks take in turn.

    Raises:
        UsageError: no such mode.
    """
    if mode is None:
        return MIXTURE
    if mode not in MODES:
        raise UsageError(
            f"mode is None or one of {', '.join(MODES)}; got {mode!r}.{did_you_mean(str(mode), MODES)}"
        )
    return (mode,)


def check_canvas(canvas: str) -> tuple[int, int]:
    """Width and height of a canvas from its name, such as `540x1200`.

    Raises:
        UsageError: no such canvas.
    """
    known = {f"{width}x{height}": (width, height) for width, height in CANVASES}
    if canvas not in known:
        raise UsageError(f"canvas is one of {', '.join(known)}; got {canvas!r}")
    return known[canvas]


def gui_task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    modes: Sequence[str],
    canvas: tuple[int, int] = CANVAS_PX,
    also: Sequence[str] = (),
) -> tuple[Task, GuiWorld]:
    """The task of an index; deterministic.

    Args:
        task_id: its id.
        split: its split.
        index: its index.
        seed: words that seed it.
        difficulty: 1 to 5.
        modes: some of `MODES`, taken in turn.
        canvas: width and height, px.
        also: texts that every agent is told; what stands in them is no secret.

    Raises:
        EyesmithError: no task came of MAX_ATTEMPTS attempts, which is a fault of the generator.
        MissingExtraError, BrowserError: there is no browser that shows the screens.
    """
    mode = modes[index % len(modes)]
    problem = ""
    for attempt in range(MAX_ATTEMPTS):
        words = [*seed, attempt]
        try:
            if mode == "choose":
                world, prompt = _choosing(words, split, difficulty, canvas)
            else:
                steps = STEPS[difficulty] if mode == "chain" else 1
                taken = chain(words, split, difficulty, steps=steps, canvas=canvas) if steps > 1 else ()
                world, prompt = _following(
                    taken or (transition(words, split, difficulty, canvas=canvas),), mode
                )
        except _TooAlikeError as error:
            problem = str(error)
            continue
        return _task(task_id, split, index, seed, difficulty, world, prompt, also), world
    raise EyesmithError(f"{task_id}: no task came of {MAX_ATTEMPTS} attempts ({problem}); mend the generator")


def task_of_row(
    task_id: str, index: int, seed: Sequence[int], difficulty: int, row: GuiRow, also: Sequence[str] = ()
) -> tuple[Task, GuiWorld]:
    """The task of a row of a folder of one's own.

    Args:
        task_id: its id.
        index: its index in the row's split.
        seed: words that seed its episodes.
        difficulty: as it is to be called.
        row: screens and action.
        also: texts that every agent is told.

    Raises:
        ScenarioError: the row cannot be graded.
        MissingExtraError, BrowserError: there is no browser that shows the screens.
    """
    world, prompt = source_world(row)
    return _task(task_id, row.split, index, seed, difficulty, world, prompt, also), world


class _TooAlikeError(Exception):
    """A pair that cannot be graded."""


def _following(taken: Sequence[Transition], mode: str) -> tuple[GuiWorld, str]:
    """One step, or several of which each starts where the one before ended."""
    first = _shown(taken[0].before)
    count = len(taken)
    looks = [_look(first), *(_look(_shown(one.after)) for one in taken)]
    told = [
        _told(one, f"Step {number} of {count}: " if count > 1 else "") for number, one in enumerate(taken, 1)
    ]
    stages = tuple(
        _stage(one, told[number], looks[0], looks[number], looks[number + 1])
        for number, one in enumerate(taken)
    )
    ask = (
        "Predict the next screen of this phone app."
        if count == 1
        else f"Predict the next {count} screens of this phone app, one after another: each step is done on "
        "the screen that you predicted for the one before, and is told when that is handed in."
    )
    prompt = "\n".join([ask, rules(taken[0].canvas), told[0]])
    notes = tuple(sorted({note for one in taken for note in one.notes}))
    return GuiWorld(mode, first, taken[0].before_html, stages, 0, notes), prompt


def _choosing(
    words: Sequence[int], split: str, difficulty: int, canvas: tuple[int, int]
) -> tuple[GuiWorld, str]:
    """Three actions on one screen."""
    drawn = choice(words, split, difficulty, canvas=canvas)
    first = _shown(drawn.candidates[0].before)
    look = _look(first)
    notes = tuple(sorted({note for one in drawn.candidates for note in one.notes}))
    told = [
        f"Candidate {number} of {len(drawn.candidates)}\n{told_action(one.action)}"
        for number, one in enumerate(drawn.candidates, 1)
    ]
    stages = tuple(
        _stage(one, line, look, look, _look(_shown(one.after)))
        for one, line in zip(drawn.candidates, told, strict=True)
    )
    prompt = "\n".join(
        [
            "Three actions can be taken on this screen of a phone app; one of them reaches the goal. Predict "
            f"the screen that each leads to, in order, then choose that action.\nGoal: {drawn.goal}",
            rules(canvas),
            *_noted(notes),
            *(f"{number}. {one.action.words()}" for number, one in enumerate(drawn.candidates, 1)),
            told[0],
        ]
    )
    return GuiWorld("choose", first, drawn.candidates[0].before_html, stages, drawn.answer + 1, notes), prompt


def _stage(one: Transition, told: str, first: ScreenLook, before: ScreenLook, after: ScreenLook) -> GuiStage:
    """A stage that can be graded.

    Raises:
        _TooAlikeError: a copy is as good as the truth, or the truth does not prove itself.
    """
    changed = changed_region(before.image, after.image)
    copy = max(
        similarity(look, after, changed).value for look in {id(x): x for x in (first, before)}.values()
    )
    if 1.0 - copy < LEAST_TO_WIN:
        raise _TooAlikeError(f"a copy of the screen scores {copy:.3f}")
    effects = _effects(one.changes)
    proof = effect(after, effects, before=before.image)
    if proof.value < 1.0 or effect(before, effects, before=before.image).parts["first"]:
        raise _TooAlikeError(f"the true screen does not prove itself: {proof.why}")
    rivals = _rivals(one, after, before)
    return GuiStage(told, one.goal, one.action, one.after_html, after, before, changed, copy, effects, rivals)


def _rivals(one: Transition, after: ScreenLook, before: ScreenLook) -> tuple[Rival, ...]:
    """Other actions on the same screen, spread over all, whose effects the true one does not bring about."""
    app = APPS[one.app]
    options = [option for option in app.options(one.state, one.canvas) if option.action != one.action]
    found: list[Rival] = []
    for option in options[:: max(1, len(options) // RIVALS)]:
        screen = app.screen(app.step(one.state, option.action, one.canvas), one.canvas)
        other = _effects(changes(one.before, screen))
        if other and effect(after, other, before=before.image).value < 1.0:
            found.append(Rival(screen.html, other))
    return tuple(found[:RIVALS])


def _effects(found: Sequence[Change]) -> tuple[Effect, ...]:
    return tuple(
        Effect(one.id, one.box, one.shows, one.hides, tuple(Paint(*paint) for paint in one.paints))
        for one in found
    )


def _lines(html: str, given: str) -> list[str]:
    """Some lines of a document that another does not hold."""
    known = set(given.splitlines())
    new = [line for line in html.splitlines() if len(line) >= SECRET_LINE_CHARS and line not in known]
    return new[:SECRET_LINES]


def _told(one: Transition, number: str) -> str:
    lines = [
        f"{number}{one.description}",
        f"Goal: {one.goal}",
        told_action(one.action),
        *_noted(one.notes),
    ]
    return "\n".join(lines)


def _noted(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    return [
        "Content that the app may show next (not all of it will appear):",
        *(f"- {note}" for note in notes),
    ]


def _shown(screen: Screen) -> Rendered:
    return shared_renderer().render(screen.html, size_px=screen.size_px)


def _look(page: Rendered) -> ScreenLook:
    return ScreenLook.of(page.page, page.image)


def _task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    world: GuiWorld,
    prompt: str,
    also: Sequence[str],
) -> Task:
    known = [text for text, _ in _look(world.given).texts]
    told = "\n".join([prompt, *(one.told for one in world.stages), *known, OWN_WORDS, *also]).casefold()
    new = {text for one in world.stages for text, _ in one.true.texts}
    new |= {line for one in world.stages for line in _lines(one.html, world.given_html)}
    return Task(
        id=task_id,
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=difficulty,
        prompt=prompt,
        payload={
            "mode": world.mode,
            "screen": world.given_html,
            "actions": [one.action.to_json() for one in world.stages],
        },
        key={"screens": [one.html for one in world.stages], "answer": world.answer},
        secrets=tuple(
            sorted(text for text in new if len(text) >= MIN_SECRET_CHARS and text.casefold() not in told)
        ),
    )
