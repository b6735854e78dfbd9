"""Tasks of SlideBuild: decks from briefs, and decks to revise.

A third of the tasks each: briefs written by hand, briefs made from fact tables, and revisions of a finished
deck. Of the written briefs, the last of each field is for the test split alone. Difficulty 1 to 5 asks for
4, 6, 8, 10 or 12 facts; a revision has 2, 3, 3, 4 or 5 instructions.
"""

__all__ = ["KINDS", "SlideWorld", "check_kinds", "slide_task", "source_briefs", "task_of_brief"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import EyesmithError, ScenarioError, UsageError, did_you_mean
from .slide_brief import Brief
from .slide_briefs import read_briefs, written_briefs
from .slide_edits import Edit, edit_task
from .slide_plan import SlideSpec, deck_of
from .slide_rivals import closed_choices, distractors, document, slide_ranges
from .slide_tables import generated_brief
from .task import Task

KINDS = ("written", "generated", "revision")
ASKED = {1: 4, 2: 6, 3: 8, 4: 10, 5: 12}
RIVALS = 31
MAX_ATTEMPTS = 20
SOURCE = "briefs"
NOTES_RULE = (
    "The figures stand in the notes; some notes are of another time or scope, and their figures must not be "
    "used."
)


@dataclass(frozen=True)
class SlideWorld:
    """What an episode stands on; read-only, shared by episodes.

    Args:
        brief: what is asked, cut to the task's difficulty.
        plan: a deck that says all of it.
        revision: of an edit task, else None.
    """

    brief: Brief
    plan: tuple[SlideSpec, ...]
    revision: Edit | None

    @property
    def notes(self) -> tuple[tuple[str, str, str], ...]:
        """Id, title and text of each note."""
        return tuple((note.id, note.title, note.text) for note in self.brief.notes)

    @property
    def nbytes(self) -> int:
        """Bytes that it holds, roughly."""
        return 4 * sum(len(note.text) for note in self.brief.notes) + 40_000

    def __deepcopy__(self, memo: dict[int, Any]) -> "SlideWorld":
        """Itself: a world is never written, so copies of an environment share it."""
        return self


def slide_task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    kinds: tuple[str, ...],
    own: Sequence[Brief] = (),
) -> tuple[Task, SlideWorld]:
    """The task of an index; deterministic.

    Args:
        task_id: its id.
        split: its split.
        index: its index.
        seed: words that seed it.
        difficulty: 1 to 5.
        kinds: some of `KINDS`, taken in turn.
        own: briefs of a source of one's own; they replace the library's.

    Raises:
        ScenarioError: no deck fits a brief of `own`.
        EyesmithError: no task came of MAX_ATTEMPTS attempts, which is a fault of the generator.
    """
    kind = "written" if own else kinds[index % len(kinds)]
    problem = ""
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([*seed, attempt]))
        if own:
            whole = own[index]
        elif kind == "generated" or (kind == "revision" and rng.random() < 0.5):
            whole = generated_brief(rng, difficulty=difficulty)
        else:
            whole = _written(split, index // len(kinds), rng, kind)
        try:
            brief = whole if own else _asked(whole, rng, difficulty)
            plan = deck_of(brief)
            revision = edit_task(brief, rng, difficulty) if kind == "revision" else None
        except ValueError as error:
            problem = str(error)
            if own:
                raise ScenarioError(f"{problem}: widen its range of slides or of words") from None
            continue
        return _task(task_id, split, index, seed, difficulty, kind, SlideWorld(brief, plan, revision), rng)
    raise EyesmithError(f"{task_id}: no task came of {MAX_ATTEMPTS} attempts ({problem}); mend the generator")


def task_of_brief(brief: Brief, *, seed: Sequence[int] = (0,)) -> tuple[Task, SlideWorld]:
    """The task of a whole brief, all of its facts asked for.

    Args:
        brief: written by hand or made.
        seed: words that seed its rivals.

    Raises:
        ValueError: no deck fits it.
    """
    rng = np.random.default_rng(np.random.SeedSequence(list(seed)))
    world = SlideWorld(brief, deck_of(brief), None)
    return _task(brief.id, "train", 0, seed, 5, "written", world, rng)


def source_briefs(source: str) -> tuple[Brief, ...]:
    """The briefs of `briefs:FILE`.

    Raises:
        UsageError: another source, or a file that cannot be used.
    """
    scheme, _, path = source.partition(":")
    if scheme != SOURCE or not path:
        raise UsageError(f"source is None or '{SOURCE}:FILE' (YAML), got {source!r}")
    return read_briefs(Path(path).expanduser())


def check_kinds(kind: str | None) -> tuple[str, ...]:
    """The kinds of task that an argument names; None for all.

    Raises:
        UsageError: no such kind.
    """
    if kind is None:
        return KINDS
    if kind not in KINDS:
        raise UsageError(
            f"unknown kind {kind!r}; there is: {', '.join(KINDS)}.{did_you_mean(str(kind), KINDS)}"
        )
    return (kind,)


def _written(split: str, turn: int, rng: np.random.Generator, kind: str) -> Brief:
    """A brief of the split: in turn for decks, drawn for revisions."""
    fields: dict[str, list[Brief]] = {}
    for brief in written_briefs():
        fields.setdefault(brief.field, []).append(brief)
    parts = [group[-1:] if split == "test" else group[:-1] for group in fields.values()]
    briefs = [group[n] for n in range(max(map(len, parts))) for group in parts if n < len(group)]
    return briefs[turn % len(briefs) if kind == "written" else int(rng.integers(len(briefs)))]


def _asked(brief: Brief, rng: np.random.Generator, difficulty: int) -> Brief:
    """The same brief with as many facts as the difficulty asks for, and slides to match."""
    count = min(ASKED[difficulty], len(brief.facts))
    if count == len(brief.facts):
        return brief
    chosen = sorted(rng.permutation(len(brief.facts))[:count].tolist())
    fewer = (len(brief.facts) - count + 1) // 2
    fewest = max(4, brief.slides[0] - fewer)
    slides = (fewest, max(fewest + 2, brief.slides[1] - fewer))
    return replace(brief, facts=tuple(brief.facts[n] for n in chosen), slides=slides)


def _task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    kind: str,
    world: SlideWorld,
    rng: np.random.Generator,
) -> tuple[Task, SlideWorld]:
    brief, revision = world.brief, world.revision
    rivals = distractors(brief, rng, RIVALS)
    slides = brief.slides
    if revision:
        slides = (min(slides[0], len(revision.target)), max(slides[1], len(revision.target)))
    prompt = _revision_prompt(brief, revision, slides) if revision else _prompt(brief)
    told = " ".join((prompt, *(f"{note.title} {note.text}" for note in brief.notes))).casefold()
    secrets = {rival.scope for rival in rivals} | {rival.topic for rival in rivals}
    task = Task(
        id=f"{task_id}:{kind}",
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=difficulty,
        prompt=prompt,
        payload={"kind": kind, "brief": brief.id, "plan": _plain(world.plan)},
        key={
            "facts": [{"id": f.id, "values": list(f.values), "terms": list(f.terms)} for f in brief.facts],
            "known": [*_known(brief), prompt],
            "slides": list(slides),
            "words": list(brief.words),
            "sources": [note.text for note in brief.notes if note.is_current],
            "stale": [note.text for note in brief.notes if not note.is_current],
            "documents": [document(brief), *(rival.document for rival in rivals)],
            "choices": [
                {
                    "name": name,
                    "options": [list(option) for option in choice.options],
                    "answer": choice.answer,
                }
                for name, choice in closed_choices(brief, rng).items()
            ],
            "ranges": [list(span) for span in slide_ranges(replace(brief, slides=slides), rng)],
            "demands": list(revision.demands) if revision else [],
            "kept": list(revision.kept) if revision else [],
        },
        secrets=tuple(sorted(s for s in secrets if len(s) >= 4 and s.casefold() not in told)),
    )
    return task, world


def _known(brief: Brief) -> list[str]:
    """Texts whose figures a slide may show freely."""
    series = [
        f"{one.title}: "
        + "; ".join(
            f"{label} {value:g} {one.unit}" for label, value in zip(one.labels, one.values, strict=True)
        )
        for one in brief.series
    ]
    return [*series, *brief.recommendations]


def _prompt(brief: Brief) -> str:
    lines = [
        "Make a deck of slides.",
        *_about(brief),
        f"Purpose: {brief.purpose}",
        f"Length: {_length(brief, brief.slides)}",
        "It must say:",
        *(f"- {fact.ask}" for fact in brief.facts),
        NOTES_RULE,
        "Say on the first slide for whom the deck is, and name company, scope and period. Close with the "
        "next steps that the notes recommend.",
    ]
    return "\n".join(lines)


def _revision_prompt(brief: Brief, revision: Edit, slides: tuple[int, int]) -> str:
    lines = [
        f"Revise a deck of {len(revision.given)} slides; slides are counted from 0.",
        *_about(brief),
        f"Length in the end: {_length(brief, slides)}",
        "Instructions (slide numbers are those of the deck as it is now):",
        *(f"{number}. {line}" for number, line in enumerate(revision.instructions, 1)),
        "Leave all other slides as they are.",
        NOTES_RULE,
    ]
    return "\n".join(lines)


def _about(brief: Brief) -> list[str]:
    return [
        f"Company: {brief.company}",
        f"Topic: {brief.topic}",
        f"Scope: {brief.scope}",
        f"Period: {brief.period}",
        f"Audience: {brief.audience}",
    ]


def _length(brief: Brief, slides: tuple[int, int]) -> str:
    fewest, most = brief.words
    return f"{slides[0]} to {slides[1]} slides, {fewest} to {most} words on each (the first may have fewer)"


def _plain(plan: Sequence[SlideSpec]) -> list[Mapping[str, Any]]:
    return [{"layout": spec.layout, "title": spec.title, "blocks": list(spec.blocks)} for spec in plan]
