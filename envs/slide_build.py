"""SlideBuild: research a brief, write slides, look at them, revise.

A real browser shows the deck, and what a viewer can see on it is graded. Knows how an episode goes; tasks
come from `scenarios.slide_build`, measures from `rewards`.
"""

__all__ = ["SlideBuildEnv"]

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..errors import UsageError
from ..rewards.deck import calls_beyond
from ..rewards.judge import Judge
from ..rewards.slide import RECIPES, SlideMeasures
from ..scenarios.slide_build import SlideWorld, check_kinds, slide_task, source_briefs
from ..scenarios.slide_plan import SlideSpec
from ..scenarios.task import Task
from ..tools.browser import find_browser
from ..tools.deck import SLIDE_PX, Deck, Slide, thumbnail
from ..tools.deck_files import DECK_FORMATS, deck_file
from ..tools.finalize import FinalizeHand
from ..tools.notes import NotesHand
from ..tools.slide_hand import SlideHand, words_for_tools
from ..tools.slide_layouts import compose
from ..tools.slide_lint import measured
from ..tools.slide_themes import THEMES
from ..tools.tool import Image, Part, ToolCall
from .base import ToolEnv
from .slide_appraisal import DeckKey, appraise
from .slide_cheats import CHEATS, Loot
from .slide_expert import expert_calls
from .slide_judging import forge_levels, judged_levels

SHEET_LABEL = "deck"
SLIDE_LABEL = r"slide (\d+)(, full size)?"


class SlideBuildEnv(ToolEnv):
    """Research a brief, write slides, look at them, revise; graded by what a viewer can see.

    ## Task
    A brief names company, topic, scope, period, audience, purpose, the range of slides and of
    words, and what the deck must say, without any figure. The figures stand in notes that can be searched
    and read; some notes are outdated. Edit tasks (`revision`) give a finished deck and instructions. A
    browser shows every slide; it starts with the first reset, which fails with the command that installs it
    where there is none.

    ## Tools
    Indices count from 0. A slide that cannot be shown is not taken, and the deck stays as it was.

    - `search_notes(query, k)`: the notes that match best.
    - `read_note(id)`: a whole note.
    - `plan(outline)`: write down what each slide will say.
    - `write_slide(index, html)`: a slide of free HTML, CSS and SVG in a root of 1280x720 px.
    - `set_slide(index, layout, title, blocks)`: a slide from one of twelve layouts.
    - `edit_slide(index, find, replace)`: replace a text that stands there once.
    - `set_theme(theme, footer)`: colours and type of all slides, and the text at their foot.
    - `move_slide(index, to)`: another order.
    - `insert_slide(index, html)`: a new slide before another.
    - `delete_slide(index)`: one slide less.
    - `view_slide(index)`: a slide at full size, and its faults.
    - `review_deck()`: all slides side by side, and their faults.
    - `finalize()`: hand the deck in; ends the episode.

    The faults that tools tell are the design terms below, by the same functions.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (1, 720, 1280, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 1 |
    | image_sizes | (1, 2) | int32 | px (height, width) | 0 to 1280 |

    A tool that changes a slide shows this slide alone, at 640x360 px; `view_slide` and `review_deck` show
    1280x720 px.

    ## Reward
    `max(0, S - given) / (1 - given) * (0.6 + 0.4 * preservation)`, `S = count * distinct * overflow *
    instructions * recall * grounding * (0.8 + 0.2 * retrieval) * (0.5 + 0.5 * design)`, design the mean of
    its nine parts; recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | count | gate | 1 | 0 to 1 | rewards/deck.py:slide_count |
    | distinct | gate | 1 | 0 to 1 | rewards/text.py:near_duplicates |
    | overflow | gate | 1 | 0 to 1 | rewards/layout.py:overflow |
    | instructions | gate | 1 | 0 to 1 | rewards/revision.py:instructions_followed |
    | recall | base | 1 | 0 to 1 | rewards/text.py:fact_recall |
    | grounding | base | 1 | 0 to 1 | rewards/grounding.py:number_grounding |
    | retrieval | bonus | 0.2 | 0 to 1 | rewards/recovery.py:recovery |
    | overlap | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:overlap |
    | contrast | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:contrast |
    | type | bonus | 0.0555556 | 0 to 1 | rewards/typography.py:type_scale |
    | alignment | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:alignment |
    | whitespace | bonus | 0.0555556 | 0 to 1 | rewards/layout_balance.py:whitespace |
    | balance | bonus | 0.0555556 | 0 to 1 | rewards/layout_balance.py:balance |
    | words | bonus | 0.0555556 | 0 to 1 | rewards/text.py:words_in_range |
    | titles | bonus | 0.0555556 | 0 to 1 | rewards/text.py:titles |
    | consistency | bonus | 0.0555556 | 0 to 1 | rewards/consistency.py:consistency |
    | given | base | 1 | 0 to 1 | rewards/slide.py:compose_slides |
    | preservation | bonus | 0.4 | 0 to 1 | rewards/deck.py:preservation |
    | calls | penalty | 1 | -0.1 to 0 | rewards/deck.py:calls_beyond |

    The same with a judge (`judge=`): retrieval is half its own, half `told`; each design part is 0.7 its
    own, 0.3 `aesthetics`; recipe `with_judge`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | count | gate | 1 | 0 to 1 | rewards/deck.py:slide_count |
    | distinct | gate | 1 | 0 to 1 | rewards/text.py:near_duplicates |
    | overflow | gate | 1 | 0 to 1 | rewards/layout.py:overflow |
    | instructions | gate | 1 | 0 to 1 | rewards/revision.py:instructions_followed |
    | recall | base | 1 | 0 to 1 | rewards/text.py:fact_recall |
    | grounding | base | 1 | 0 to 1 | rewards/grounding.py:number_grounding |
    | retrieval | bonus | 0.2 | 0 to 1 | rewards/recovery.py:recovery |
    | overlap | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:overlap |
    | contrast | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:contrast |
    | type | bonus | 0.0555556 | 0 to 1 | rewards/typography.py:type_scale |
    | alignment | bonus | 0.0555556 | 0 to 1 | rewards/layout.py:alignment |
    | whitespace | bonus | 0.0555556 | 0 to 1 | rewards/layout_balance.py:whitespace |
    | balance | bonus | 0.0555556 | 0 to 1 | rewards/layout_balance.py:balance |
    | words | bonus | 0.0555556 | 0 to 1 | rewards/text.py:words_in_range |
    | titles | bonus | 0.0555556 | 0 to 1 | rewards/text.py:titles |
    | consistency | bonus | 0.0555556 | 0 to 1 | rewards/consistency.py:consistency |
    | given | base | 1 | 0 to 1 | rewards/slide.py:compose_slides |
    | preservation | bonus | 0.4 | 0 to 1 | rewards/deck.py:preservation |
    | told | bonus | 0.5 | 0 to 1 | rewards/inverse.py:InverseSpecification |
    | aesthetics | bonus | 0.3 | 0 to 1 | rewards/deck_judging.py:AESTHETICS |
    | calls | penalty | 1 | -0.1 to 0 | rewards/deck.py:calls_beyond |

    The published components that need no judge, recipe `slideforge`, a mean by weight:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | code_rules | base | 1 | 0 to 1 | rewards/slideforge.py:code_rules |
    | render_quality | base | 2 | 0 to 1 | rewards/slideforge.py:render_quality |
    | content_quality | base | 2 | 0 to 1 | rewards/slideforge.py:content_quality |

    All six, recipe `slideforge_with_judge`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | code_rules | base | 1 | 0 to 1 | rewards/slideforge.py:code_rules |
    | render_quality | base | 2 | 0 to 1 | rewards/slideforge.py:render_quality |
    | content_quality | base | 2 | 0 to 1 | rewards/slideforge.py:content_quality |
    | aesthetic_html | base | 1.5 | 0 to 1 | rewards/slideforge.py:aesthetic_html |
    | aesthetic_visual | base | 1.5 | 0 to 1 | rewards/slideforge.py:aesthetic_visual |
    | brief_reconstruction | base | 2 | 0 to 1 | rewards/slideforge.py:brief_reconstruction |

    A new deck has nothing given and all preserved. A call costs 0.005 past twice the expert's number of
    calls, up to 0.1. Text counts only where a viewer can see it (`rewards/visibility.py`).

    ## Episode end
    Terminated by `finalize`. Truncated after 60 calls (`max_turns=`), by three messages
    without a call, or from outside; a truncated deck is graded as it stands.

    ## Scenarios
    A third each (`kind=` takes one): `written` (48 briefs by hand over 12 fields; the last of
    each field is for the test split alone), `generated` (seeded briefs from fact tables of the same fields)
    and `revision` (a deck with seeded faults and 2 to 5 instructions). Difficulty 1 to 5 asks for 4, 6, 8,
    10 or 12 facts. `source="briefs:FILE"` takes briefs of one's own (YAML, `scenarios/slide_brief.py`).

    ## Source
    Learning to Present (arXiv 2603.16839), AeSlides (arXiv 2604.22840); what differs stands in
    `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/SlideBuild-v0"
    HANDS = (NotesHand, SlideHand, FinalizeHand)
    RECIPES = RECIPES
    METRICS = ("slides", "notes_read", "calls_expert")
    IMAGES = (1, SLIDE_PX[1], SLIDE_PX[0])
    MAX_TURNS = 60
    HOLDS_WORK = True
    DEMO_CHEAT = "number_stuffing"
    EXPORT_FORMATS = tuple(DECK_FORMATS)
    cost_class = "browser"
    SYSTEM_PROMPT = (
        "You make slides for a business audience. Read the notes first: every figure on a slide must stand "
        "in a current note. Give each slide one message, as its headline; group what belongs together; draw "
        "numbers that should be compared. Look at each slide after writing it and mend what is wrong: text "
        "that is cut off, overlaps, is too small or too pale. Only what can be seen counts. Call finalize "
        "once when the deck is done."
    )

    def __init__(self, *, kind: str | None = None, **kwargs: Any) -> None:
        self.kinds = check_kinds(kind)
        if kind not in (None, "written") and kwargs.get("source") is not None:
            raise UsageError(f"{self.ID}: a source of your own is all written; kind={kind!r} takes none")
        super().__init__(kind=kind, **kwargs)
        judge = self.kwargs["judge"]
        self._judge = Judge.of(judge) if judge is not None else None

    # -- tasks and hands

    def _source_splits(self) -> Mapping[str, int]:
        if self.source is None:
            return self.SPLITS
        self._own = source_briefs(self.source)
        return {"train": len(self._own)}

    def _world_key(self) -> tuple[Any, ...]:
        return (self.source, self.kinds)

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, SlideWorld, int]:
        own = self._own if self.source is not None else ()
        # The mixture's own tasks are marked: `kind=` asks something else at the same index.
        mark = ":own" if own else "" if self.kwargs["kind"] else ":mix"
        task_id = f"{self.ID}:{split}:{index}:d{difficulty}{mark}"
        seed = self.seed_of(split, index)
        task, world = slide_task(task_id, split, index, seed, difficulty, self.kinds, own)
        return task, world, world.nbytes

    def _open(self, task: Task, world: SlideWorld) -> tuple[object, ...]:
        find_browser()  # so that its lack shows at the reset, with what mends it
        given = _set(world.revision.given) if world.revision else ()
        look = self._look(task)
        self._notes, self._done = NotesHand(world.notes), FinalizeHand()
        self._slides = SlideHand(Deck(given, theme=look, footer=world.brief.company if given else ""))
        self._given = Deck(given, theme=look, footer=world.brief.company)
        self._key = DeckKey.of(task.key)
        self._calls_expert = sum(1 for _ in self._expert(task, world))
        return self._notes, self._slides, self._done

    def _first_parts(self) -> tuple[Part, ...]:
        notes = "\n".join(f"- {name}: {title}" for name, title, _ in self._notes.notes)
        parts: list[Part] = [f"Notes:\n{notes}"]
        if len(self._given):
            parts.append(Image(self._given.sheet(), SHEET_LABEL))
        return tuple(parts)

    def _words(self) -> dict[str, str]:
        return words_for_tools()

    # -- how things stand

    def _closed(self) -> bool:
        return self._done.is_done

    def _levels(self) -> tuple[dict[str, float], str]:
        deck, brief = self._slides.deck, self._world.brief
        if self.recipe.name.startswith("slideforge"):
            return forge_levels(deck, brief, self._notes.found, self._slides.outline, self._judge)
        levels, why = appraise(_measures(deck), self._key, _measures(self._given))
        if self._judge is not None:
            answers, said = judged_levels(self._judge, deck, brief)
            levels, why = levels | answers, f"{why}; {said}"
        return levels, why

    def _penalty_levels(self) -> dict[str, float]:
        price = calls_beyond(self._turns, expert=self._calls_expert)
        return dict.fromkeys(self.recipe.penalties, price)

    def _measure(self) -> dict[str, float]:
        return {
            "slides": float(len(self._slides.deck)),
            "notes_read": float(len(self._notes.read)),
            "calls_expert": float(self._calls_expert),
        }

    # -- snapshots, pictures, files

    def _save(self) -> dict[str, Any]:
        return {
            "deck": self._slides.deck.state(),
            "outline": list(self._slides.outline),
            "read": list(self._notes.read),
            "found": list(self._notes.found),
            "done": self._done.is_done,
        }

    def _load(self, state: dict[str, Any]) -> None:
        known = [note[0] for note in self._notes.notes]
        if type(state["done"]) is not bool or any(name not in known for name in state["read"]):
            raise ValueError("notes that were read are notes of the brief, and done is true or false")
        if any(type(line) is not str for line in (*state["outline"], *state["found"])):
            raise ValueError("an outline and what was found are texts")
        self._slides.deck.load(state["deck"])
        self._slides.outline, self._notes.read = list(state["outline"]), list(state["read"])
        self._notes.found = list(state["found"])
        self._done.is_done = state["done"]

    def _recall(self, label: str) -> np.ndarray | None:
        deck = self._slides.deck
        if label == SHEET_LABEL:
            return deck.sheet()
        found = re.fullmatch(SLIDE_LABEL, label)
        if not found or int(found[1]) >= len(deck):
            return None
        image = deck.shown(int(found[1])).image
        return image.copy() if found[2] else thumbnail(image)

    def _draw(self) -> np.ndarray:
        return self._slides.deck.sheet()

    def export_work(self, to: str) -> bytes | None:
        """The deck as `pdf`, `html` or `pptx`; None where it has no slides."""
        if to not in DECK_FORMATS:
            return super().export_work(to)
        _ = self.task  # says what to call first where nothing was begun
        deck = self._slides.deck
        return deck_file(deck, to, title=self._world.brief.topic) if len(deck) else None

    # -- the expert and the cheats

    def _look(self, task: Task) -> str:
        return tuple(THEMES)[int(task.seed[-1]) % len(THEMES)]

    def _expert(self, task: Task, world: SlideWorld) -> Iterator[ToolCall]:
        return expert_calls(world, theme=self._look(task), footer=world.brief.company)

    def expert(self) -> Iterator[ToolCall]:
        """Read the notes, plan, set each slide, look at the whole, hand in."""
        return self._expert(self.task, self._world)

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at making slides (facts: the junk deck, and what hides text from viewers)."""
        brief = self._world.brief
        loot = Loot(
            title=brief.topic,
            slides=self._key.slides[0],
            facts=[fact.text for fact in brief.facts],
            numbers=[word for fact in brief.facts for word in (*fact.terms[:1], *fact.values)],
            notes=[note.text for note in brief.notes],
            given=len(self._given),
        )
        return {name: partial(cheat, loot) for name, cheat in CHEATS.items()}


def _set(specs: tuple[SlideSpec, ...]) -> tuple[Slide, ...]:
    return tuple(Slide(compose(spec.layout, spec.title, spec.blocks), spec.layout) for spec in specs)


def _measures(deck: Deck) -> list[SlideMeasures]:
    return [measured(deck.shown(index)) for index in range(len(deck))]
