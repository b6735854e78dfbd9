"""GuiNextState: predict the next screen of an app as HTML.

A real browser shows the prediction, and what can be seen of it is graded against the exact next screen. Knows
how an episode goes; tasks come from `scenarios.gui_next_state`, measures from `rewards.gui`.
"""

__all__ = ["GuiNextStateEnv"]

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np

from ..rewards.code2world import COLUMNS, RECIPES
from ..rewards.gui import PARTS, ScreenLook, choice
from ..rewards.judge import Judge
from ..scenarios.gui_next_state import check_canvas, check_modes, gui_task, task_of_row
from ..scenarios.gui_source import read_source
from ..scenarios.gui_stage import GuiWorld
from ..scenarios.task import Task
from ..tools.browser import find_browser
from ..tools.gui_hand import GuiHand, shown
from ..tools.tool import Part, ToolCall
from .base import ToolEnv
from .gui_appraisal import NOT_PREDICTED, ScreenMarks, judged_levels, mark_screen, over_stages
from .gui_board import draw_gui_board
from .gui_cheats import CHEATS, Loot, picture_page
from .gui_expert import expert_calls

SHOWN_PX = (540, 1200)


class GuiNextStateEnv(ToolEnv):
    """Predict the next screen of a phone app as HTML, from a screenshot and an action.

    ## Task
    A screenshot of an app with an action drawn on it (a red circle for a click or a long press, a red arrow
    for a swipe), the action as JSON and in words, the goal, and content that no picture tells (names, prices,
    messages; with some that will not appear). What follows by rule is not told: totals, counts, what is on or
    off, what an error says once it was on the list. A browser shows every screen; it starts with the first
    task, which fails with the command that installs it where there is none.

    ## Tools
    - `inspect()`: texts, boxes and colours of the current screen.
    - `render_preview(html)`: a draft as a picture, two times for each screen.
    - `diff_view()`: the last draft beside the current screen, never the next one.
    - `submit_html(html)`: hand a screen in; what cannot be shown, or has no root, is not taken.
    - `choose(candidate)`: the action that reaches the goal, where three are offered.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (1, 1200, 1080, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 1 |
    | image_sizes | (1, 2) | int32 | px (height, width) | 0 to 1200 |

    Screens are shown at 540x1200 px (a canvas of 1080x2400 at half its size; coordinates are px of the
    canvas), `diff_view` shows two side by side.

    ## Reward
    Of each screen: `gain * action`, `gain = max(0, S - S(copy)) / (1 - S(copy))`, where S is the similarity
    to the true next screen and the copy is the screen acted upon, or the first one where that is more alike.
    S is the sum of:

    | part | weight | measured by |
    |---|---|---|
    | blocks | 0.35 | rewards/gui_blocks.py:block_f1 |
    | changed | 0.25 | rewards/gui_regions.py:region_ssim |
    | unchanged | 0.15 | rewards/gui_regions.py:region_ssim |
    | text | 0.15 | rewards/gui_blocks.py:region_text |
    | palette | 0.10 | rewards/palette.py:palette |

    `action` is 0 unless the widget that was acted upon can be seen to be as it should (its words are to be
    read in its place, old ones are gone, a switch has its colours), and 0 where the whole effect of another
    action is seen instead; else the share of all changed widgets that can. Several screens score the mean of
    their products; `action` is weighted by `gain`, so that the levels multiply to that mean. `choice` is 1
    where there is nothing to choose. This is recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | choice | gate | 1 | 0 to 1 | rewards/gui.py:choice |
    | action | gate | 1 | 0 to 1 | rewards/gui.py:effect |
    | gain | base | 1 | 0 to 1 | rewards/gui.py:gain |

    Code2World's four scores, measured, a plain mean, recipe `code2world_measured`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | action_adherence | base | 0.25 | 0 to 1 | rewards/gui.py:effect |
    | identifiability | base | 0.25 | 0 to 1 | rewards/gui.py:identifiability |
    | element_alignment | base | 0.25 | 0 to 1 | rewards/gui_blocks.py:block_f1 |
    | layout_integrity | base | 0.25 | 0 to 1 | rewards/gui.py:layout_integrity |

    The same with a judge (`judge=`); recipe `code2world`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | action_adherence | base | 0.25 | 0 to 1 | rewards/rubric.py:Rubric |
    | identifiability | base | 0.25 | 0 to 1 | rewards/rubric.py:Rubric |
    | element_alignment | base | 0.25 | 0 to 1 | rewards/rubric.py:Rubric |
    | layout_integrity | base | 0.25 | 0 to 1 | rewards/rubric.py:Rubric |

    Both sums pay for handing the current screen back, which is why neither is the default. The measured four
    are metrics under every recipe.

    ## Episode end
    Terminated by the last `submit_html`, or by `choose` where there is something to choose. Truncated after
    24 calls (`max_turns=`), by three messages without a call, or from outside; screens handed in by then are
    graded, missing ones score 0.

    ## Scenarios
    Seeded apps whose next state is known exactly. Of four tasks two are `single` steps, one is a `chain` of 2
    to 4 steps, each done on the screen predicted for the one before, one is to `choose` among three actions
    after predicting the screens of all (`mode=` takes one kind). Difficulty 1 to 5: the more texts of the
    next screen are new. `canvas="1080x2400"` doubles the canvas. `source="android:DIR"` takes screenshots,
    actions and next screens as code of one's own (`scenarios/gui_files.py`); there the elements of a copy
    are estimated, and the action proves itself by what stands where the picture changes.

    ## Source
    Code2World (arXiv 2602.09856); what differs stands in `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/GuiNextState-v0"
    HANDS = (GuiHand,)
    RECIPES = RECIPES
    METRICS = (
        *COLUMNS,
        "similarity",
        "copy",
        *(f"{name}_level" for name in PARTS),
        "screens",
        "screens_asked",
    )
    EVAL_COLUMNS = tuple(COLUMNS)
    IMAGES = (1, SHOWN_PX[1], 2 * SHOWN_PX[0])
    MAX_TURNS = 24
    HOLDS_WORK = True
    DEMO_CHEAT = "copy_of_the_screen"
    EXPORT_FORMATS = ("html",)
    cost_class = "browser"
    SYSTEM_PROMPT = (
        "You predict what a phone shows after an action. Rebuild the whole screen as HTML: what the action "
        "changes exactly as the app would change it, and all else as it is, at the same place, in the same "
        "size, font and colours. Read the current screen with inspect before you write; look at your draft "
        "before you hand it in."
    )

    def __init__(self, *, mode: str | None = None, canvas: str = "540x1200", **kwargs: Any) -> None:
        self.modes, self.canvas = check_modes(mode), check_canvas(canvas)
        super().__init__(mode=mode, canvas=canvas, **kwargs)
        judge = self.kwargs["judge"]
        self._judge = Judge.of(judge) if judge is not None else None

    # -- tasks and hands

    def _source_splits(self) -> Mapping[str, int]:
        if self.source is None:
            return self.SPLITS
        self._rows = read_source(self.source)
        return {split: len(rows) for split, rows in self._rows.items()}

    def _world_key(self) -> tuple[Any, ...]:
        return (self.source, self.modes, self.canvas)

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, GuiWorld, int]:
        seed, also = self.seed_of(split, index), (self.SYSTEM_PROMPT,)
        if self.source is not None:
            row = self._rows[split][index]
            task_id = f"{self.ID}:{split}:{index}:d{difficulty}:own"
            task, world = task_of_row(task_id, index, seed, difficulty, row, also)
            return task, world, world.nbytes
        own = "mix" if self.kwargs["mode"] is None else self.kwargs["mode"]
        size = "" if self.kwargs["canvas"] == "540x1200" else f":{self.kwargs['canvas']}"
        task, world = gui_task(
            f"{self.ID}:{split}:{index}:d{difficulty}:{own}{size}",
            split,
            index,
            seed,
            difficulty,
            self.modes,
            self.canvas,
            also,
        )
        return task, world, world.nbytes

    def _open(self, task: Task, world: GuiWorld) -> tuple[object, ...]:
        find_browser()  # so that its lack shows at the reset, with what mends it
        self._screens = GuiHand(
            world.given,
            [stage.step for stage in world.stages],
            follows=world.mode == "chain",
            chooses=world.mode == "choose",
        )
        self._marked: dict[int, ScreenMarks] = {}
        return (self._screens,)

    def _first_parts(self) -> tuple[Part, ...]:
        return (self._screens.marked(),)

    # -- how things stand

    def _closed(self) -> bool:
        return self._screens.is_done

    def _marks(self) -> list[ScreenMarks]:
        """Of every stage; of what was not handed in, none."""
        found = []
        for number, stage in enumerate(self._world.stages):
            if number >= len(self._screens.submitted):
                found.append(NOT_PREDICTED)
                continue
            if number not in self._marked:
                page = self._screens.submitted[number]
                self._marked[number] = mark_screen(stage, ScreenLook.of(page.page, page.image))
            found.append(self._marked[number])
        return found

    def _levels(self) -> tuple[dict[str, float], str]:
        marks = self._marks()
        if self.recipe.name == "default":
            chosen = choice(self._screens.chosen, self._world.answer)
            return over_stages(marks, chosen.value), _numbered([one.why for one in marks])
        rows = [one.columns for one in marks]
        told = [one.why for one in marks]
        if self._judge is not None:
            for number, page in enumerate(self._screens.submitted):
                stage = self._world.stages[number]
                before = shown(stage.step.mark(stage.before.image))
                found = ScreenLook.of(page.page, page.image)
                rows[number], told[number] = judged_levels(self._judge, stage, before, found)
        return {name: fmean(row[name] for row in rows) for name in COLUMNS}, _numbered(told)

    def _measure(self) -> dict[str, float]:
        # What is alike to the truth is told in the end only: it would lead there step by step.
        marks = self._marks() if self._over else [NOT_PREDICTED]
        levels = {name: fmean(one.columns[name] for one in marks) for name in COLUMNS}
        levels |= {f"{name}_level": fmean(one.parts[name] for one in marks) for name in PARTS}
        return levels | {
            "similarity": fmean(one.similarity for one in marks),
            "copy": fmean(one.copy for one in marks),
            "screens": float(len(self._screens.submitted)),
            "screens_asked": float(len(self._world.stages)),
        }

    # -- snapshots, pictures, files

    def _save(self) -> dict[str, Any]:
        return self._screens.state()

    def _load(self, state: dict[str, Any]) -> None:
        self._screens.restore(state)

    def _recall(self, label: str) -> np.ndarray | None:
        return self._screens.recall(label)

    def _draw(self) -> np.ndarray:
        hand, stages = self._screens, self._world.stages
        is_told = self._over and bool(hand.submitted)
        number = min(len(hand.submitted) - is_told, len(stages) - 1)
        stage, is_made = stages[number], number < len(hand.submitted)
        start = hand.submitted[number - 1] if hand.follows and number else hand.given
        made = hand.submitted[number] if is_made else hand.draft
        step = f"  ·  step {number + 1} of {len(stages)}" if len(stages) > 1 else ""
        names = ("action", "gain", "similarity", "of a copy", *PARTS, *COLUMNS)
        levels: tuple[float | None, ...] = (None,) * len(names)
        if is_told:
            one = self._marks()[number]
            levels = (one.action, one.gain, one.similarity, one.copy, *one.parts.values())
            levels = (*levels, *one.columns.values())
        return draw_gui_board(
            [
                ("now, and the action", stage.step.mark(start.image)),
                ("predicted" if is_made else "draft", made.image if made else None),
                ("true next screen", stage.true.image if self._over else None),
            ],
            title=stage.goal or "Predict the next screen",
            action=f"{stage.action.words()}{step}",
            rows={name.replace("_", " "): level for name, level in zip(names, levels, strict=True)},
            score=self._last.score if self._over else None,
        )

    def export_work(self, to: str) -> bytes | None:
        """The last screen that was handed in as `html`; None where there is none."""
        if to not in self.EXPORT_FORMATS:
            return super().export_work(to)
        _ = self.task  # says what to call first where nothing was begun
        return self._screens.submitted[-1].html.encode() if self._screens.submitted else None

    # -- the expert and the cheats

    def expert(self) -> Iterator[ToolCall]:
        """Read the screen, preview, hand in the true next screens, choose."""
        return expert_calls(self._world)

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at predicting (the issue's list, and its trap: most of a screen stays)."""
        world = self._world
        known = {text for text, _ in ScreenLook.of(world.given.page, world.given.image).texts}
        texts = [[text for text, _ in stage.true.texts] for stage in world.stages]
        size, picture = self._screens.size_px, world.given.image
        given = world.given_html or picture_page(picture, size)
        loot = Loot(
            size=size,
            given=given,
            picture=picture,
            screens=[stage.html for stage in world.stages],
            texts=texts,
            new=[[text for text in some if text not in known] for some in texts],
            notes=world.notes,
            others=[stage.rivals[0].html if stage.rivals else given for stage in world.stages],
            answer=world.answer,
        )
        return {name: partial(cheat, loot) for name, cheat in CHEATS.items()}


def _numbered(told: list[str]) -> str:
    return told[0] if len(told) == 1 else " | ".join(f"{n}. {one}" for n, one in enumerate(told, 1))
