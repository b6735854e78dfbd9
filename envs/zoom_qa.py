"""ZoomQA: find tiny evidence in a large picture by zooming, then answer.

Knows how looking and answering are graded; the scenes come from `scenarios.zoom_qa`.
"""

__all__ = ["ZoomQAEnv"]

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from math import ceil, floor
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np

from ..errors import UsageError, did_you_mean
from ..rewards.answer import match
from ..rewards.evidence import area_share, coverage, evidence
from ..rewards.score import Score
from ..rewards.zoom import RECIPES, efficiency, ergo_box, ergo_format, ergo_region
from ..scenarios.folder import read_folder, read_picture
from ..scenarios.scene import Target, zoom_box
from ..scenarios.task import Task
from ..scenarios.zoom_qa import ZoomWorld, check_kinds, folder_task, seeded_task
from ..tools.reply import AnswerHand
from ..tools.tool import Image, Part, ToolCall
from ..tools.views import MAX_SIDE_PX, Box, ViewStore
from ..tools.vision import VISION_SPECS
from ..tools.zoom import UNITS, ZoomHand
from .base import ToolEnv
from .board import draw_board

SPAM_ZOOMS = 5
PHOTOS = "photos"  # the shipped photographs


class ZoomQAEnv(ToolEnv):
    """Find tiny evidence in a large picture by zooming, then answer.

    ## Task
    A picture of about twelve megapixels is shown as one small view, and a question is asked about something
    far too small to read in this view. The agent zooms until it can read the answer, then answers once.
    One question in eight about a street or a dashboard asks for something that is not there.

    ## Tools
    - `zoom_in(bbox_2d, image)`: a closer view of a box on any earlier view, always cut from the original.
    - `answer(value)`: the final answer; ends the episode.

    Boxes are read in one declared convention (`vision=`): pixels of the view (`qwen2_5_vl`), thousandths
    (`qwen3_vl`) or fractions (`generic`). A box that does not fit the convention is refused, never guessed.

    ## Observation
    | name | shape | dtype | unit | range |
    |---|---|---|---|---|
    | text | () | str | bytes of UTF-8 | 0 to 16384 |
    | images | (2, 1120, 1120, 3) | uint8 | sRGB | 0 to 255 |
    | num_images | () | int64 | images | 0 to 2 |
    | image_sizes | (2, 2) | int32 | px (height, width) | 0 to 1120 |

    A view has at most 1280 visual tokens and 1120 px a side (`swatch`: 64 tokens, 224 px). Visual tokens are
    counted exactly as Qwen2.5-VL and Qwen3-VL count them.

    ## Reward
    `accuracy * (0.5 + 0.4 * evidence + 0.1 * efficiency)`, recipe `default`:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | accuracy | gate | 1 | 0 to 1 | rewards/answer.py:match |
    | evidence | bonus | 0.4 | 0 to 1 | rewards/evidence.py:evidence |
    | efficiency | bonus | 0.1 | 0 to 1 | rewards/zoom.py:efficiency |

    The published sum of ERGO, recipe `ergo`, 0 to 3.5:

    | term | role | weight | range | source |
    |---|---|---|---|---|
    | region | base | 1 | 0 to 1 | rewards/zoom.py:ergo_region |
    | box | base | 0.5 | 0 to 1 | rewards/zoom.py:ergo_box |
    | accuracy | base | 1 | 0 to 1 | rewards/answer.py:match |
    | format | base | 1 | 0 to 1 | rewards/zoom.py:ergo_format |

    Evidence counts what a view showed whole and large enough to read; for a question about something absent
    it is the share of the region asked about that was looked at closely (`rewards/evidence.py:coverage`).

    ## Episode end
    Terminated by `answer`. Truncated after 6 calls (`max_turns=`), by three messages without a call, or from
    outside; a truncated episode scores 0.

    ## Scenarios
    Seeded scenes, a third each: `street` (signs, plates and notices), `dashboard` (tables, logs and
    footnotes) and `swatch` (halftones whose first view is the same to the last bit for all eight answers).
    `kind=` takes one of them. Difficulty 1 to 5: smaller text, more look-alikes, search instead of a named
    place, two hops. Every scene carries an information-gap certificate. `source="folder:DIR"` asks about own
    pictures (`questions.jsonl`; see `scenarios/folder.py`), `source="photos"` about three shipped ones.

    ## Source
    ERGO (arXiv 2509.21991), DeepEyes (arXiv 2505.14362), GRiP; what differs stands in `docs/papers.md`.

    ## Versions
    - v0: first version.
    """

    ID = "eyesmith/ZoomQA-v0"
    HANDS = (ZoomHand, AnswerHand)
    RECIPES = RECIPES
    METRICS = ("views", "tokens", "tokens_expert", "evidence", "correct", "largest_view_share")
    IMAGES = (2, MAX_SIDE_PX, MAX_SIDE_PX)
    MAX_TURNS = 6
    DEMO_CHEAT = "guess"
    SYSTEM_PROMPT = (
        "You answer a question about a large picture. You first see a small view of it, v0. Zoom in with "
        "zoom_in, as often as you need, until you can read what is asked, then call answer once. If the "
        "picture does not show what is asked, answer: unanswerable. Do not guess: an answer counts in full "
        "only if you have looked at its evidence."
    )

    def __init__(self, *, kind: str | None = None, vision: str = "qwen2_5_vl", **kwargs: Any) -> None:
        if not isinstance(vision, str) or vision not in VISION_SPECS:
            there = ", ".join(VISION_SPECS)
            raise UsageError(
                f"unknown vision {vision!r}; there is: {there}.{did_you_mean(str(vision), VISION_SPECS)}"
            )
        self.kinds = check_kinds(kind)
        self.vision = VISION_SPECS[vision]
        super().__init__(kind=kind, vision=vision, **kwargs)

    # -- tasks and hands

    def _source_splits(self) -> Mapping[str, int]:
        if self.source is None:
            return self.SPLITS
        scheme, _, path = str(self.source).partition(":")
        if self.source == PHOTOS:
            self._rows = read_folder(Path(str(files("eyesmith.scenarios") / "zoom_qa" / "photos")))
        elif scheme == "folder" and path:
            self._rows = read_folder(Path(path).expanduser())
        else:
            raise UsageError(f"{self.ID}: source is None, {PHOTOS!r} or 'folder:DIR', got {self.source!r}")
        return Counter(row.split for row in self._rows)

    def _world_key(self) -> tuple[Any, ...]:
        return (self.source, self.kinds)

    def _generate(self, split: str, index: int, difficulty: int) -> tuple[Task, ZoomWorld, int]:
        seed = self.seed_of(split, index)
        if self.source is not None:
            row = [row for row in self._rows if row.split == split][index]
            scheme = self.source.partition(":")[0]
            task_id = f"{self.ID}:{split}:{index}:{scheme}" + (f":{row.id}" if row.id else "")
            task, world = folder_task(task_id, index, seed, difficulty, row, read_picture)
        else:
            # The mixture's own tasks are marked: `kind=` asks other questions at the same index.
            mark = "" if self.kwargs["kind"] else ":mix"
            kind = self.kinds[index % len(self.kinds)]
            task_id = f"{self.ID}:{split}:{index}:d{difficulty}:{kind}{mark}"
            task, world = seeded_task(task_id, split, index, seed, difficulty, self.kinds)
        return task, world, world.nbytes

    def _pack_world(self, world: ZoomWorld) -> dict[str, Any]:
        return {"image": world.image}

    def _unpack_world(self, task: Task, state: Mapping[str, Any]) -> tuple[ZoomWorld, int]:
        world = ZoomWorld(state["image"], dict(task.limits))
        return world, world.nbytes

    def _open(self, task: Task, world: ZoomWorld) -> tuple[object, ...]:
        self._store = world.store(self.vision)
        self._reply = AnswerHand()
        self._targets = tuple(Target(tuple(t["box"]), t["scale"], t["weight"]) for t in task.key["targets"])
        self._tokens_expert = self._expert_tokens(world.store(self.vision))
        return ZoomHand(self._store), self._reply

    def _first_parts(self) -> tuple[Part, ...]:
        first, (height, width) = self._store.views[0], self._store.source.shape[:2]
        text = f"v0: the whole picture of {width}x{height} px, shown at {first.size[1]}x{first.size[0]} px"
        return text, Image(self._store.pixels("v0"), "v0")

    def _words(self) -> dict[str, str]:
        return {"unit": UNITS[self.vision.coord]}

    # -- how things stand

    def _closed(self) -> bool:
        return self._reply.given is not None

    def _seen(self) -> Score:
        views = self._store.views
        boxes, scales = np.array([view.box for view in views]), np.array([view.scale for view in views])
        if self.task.key["answer"]["type"] == "unanswerable":
            shares = [
                coverage(np.array(t.box), t.scale, boxes, scales).value * t.weight for t in self._targets
            ]
            share = sum(shares) / sum(t.weight for t in self._targets)
            return Score(share, {"evidence": share}, f"{share:.0%} of the region asked about was seen")
        return evidence(
            np.array([t.box for t in self._targets]),
            np.array([t.scale for t in self._targets]),
            np.array([t.weight for t in self._targets]),
            boxes,
            scales,
        )

    def _accuracy(self) -> Score:
        given = self._reply.given
        return Score(0.0, why="no answer yet") if given is None else match(given, self.task.key["answer"])

    def _levels(self) -> tuple[dict[str, float], str]:
        seen, accuracy = self._seen(), self._accuracy()
        spent = efficiency(self._store.tokens, self._tokens_expert)
        if self.recipe.name == "ergo":
            zoomed = self._store.views[1:]
            share = self._share(zoomed[-1].box) if zoomed else 1.0
            levels = {
                "region": ergo_region(seen.value).value,
                "box": ergo_box(share).value,
                "accuracy": accuracy.value,
                "format": ergo_format(self._invalid).value,
            }
        else:
            levels = {"accuracy": accuracy.value, "evidence": seen.value, "efficiency": spent.value}
        return levels, "; ".join(score.why for score in (accuracy, seen, spent))

    def _potential(self, levels: Mapping[str, float]) -> float:
        part = "region" if self.recipe.name == "ergo" else "evidence"
        weight = next(term.weight for term in self.recipe.terms if term.name == part)
        return weight * levels[part]

    def _measure(self) -> dict[str, float]:
        return {
            "views": float(len(self._store.views)),
            "tokens": float(self._store.tokens),
            "tokens_expert": float(self._tokens_expert),
            "evidence": self._seen().value if self._over else 0.0,
            "correct": self._accuracy().value if self._over else 0.0,
            "largest_view_share": max((self._share(view.box) for view in self._store.views[1:]), default=0.0),
        }

    def _share(self, box: Box) -> float:
        height, width = self._store.source.shape[:2]
        return area_share(np.array(box), size_px=(width, height))

    # -- snapshots and pictures

    def _save(self) -> dict[str, Any]:
        return {"boxes": [list(view.box) for view in self._store.views[1:]], "given": self._reply.given}

    def _load(self, state: dict[str, Any]) -> None:
        height, width = self._store.source.shape[:2]
        for x0, y0, x1, y1 in state["boxes"]:
            if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
                raise ValueError("a view lies in the picture")
            self._store.add((x0, y0, x1, y1))
        if not isinstance(state["given"], (str, type(None))):
            raise ValueError("an answer is a text")
        self._reply.given = state["given"]

    def _recall(self, label: str) -> np.ndarray | None:
        return self._store.pixels(label) if self._store.get(label) else None

    def _draw(self) -> np.ndarray:
        return draw_board(self.task.prompt, self._store, self._reply.given)

    # -- the expert and the cheats

    def _expert_tokens(self, fresh: ViewStore) -> int:
        """Visual tokens that the expert spends, counted in a store of its own."""
        for call in self._looks(fresh):
            box = self.vision.to_px(tuple(call.arguments["bbox_2d"]), *fresh.views[0].size)
            fresh.add(fresh.views[0].to_source(box))
        return fresh.tokens

    def _looks(self, store: ViewStore) -> Iterator[ToolCall]:
        """A zoom on each target that the first view does not resolve."""
        first, (height, width) = store.views[0], store.source.shape[:2]
        for target in self._targets:
            if first.scale < target.scale:
                yield self._zoom(store, zoom_box(target, (height, width)))

    def _zoom(self, store: ViewStore, box: Box) -> ToolCall:
        """A call that zooms to a source box, drawn on v0 and rounded outwards in the declared convention."""
        first = store.views[0]
        high_x, high_y = self.vision.bounds(*first.size)
        digits = 3 if self.vision.coord == "norm1" else 1
        grain = 10.0**digits
        x0, y0, x1, y1 = self.vision.from_px(first.from_source(box), *first.size)
        rounded = [
            max(0.0, floor(x0 * grain) / grain),
            max(0.0, floor(y0 * grain) / grain),
            min(high_x, ceil(x1 * grain) / grain),
            min(high_y, ceil(y1 * grain) / grain),
        ]
        return ToolCall("zoom_in", {"bbox_2d": rounded, "image": "v0"})

    def expert(self) -> Iterator[ToolCall]:
        """Zoom on each target in turn, then give the key's answer."""
        key = self.task.key["answer"]
        yield from self._looks(self._store)
        yield ToolCall("answer", {"value": _spoken(key)})

    def cheats(self) -> dict[str, Callable[[], Iterator[ToolCall]]]:
        """Known ways to cheat at zooming and answering (facts: the hacks reproduced on published code)."""
        return {
            "guess": lambda: iter([self._guess()]),
            "whole_image": lambda: self._zooms_then_guess([self._whole()]),
            "one_pixel": lambda: self._zooms_then_guess([self._pixel(target) for target in self._targets]),
            "spam_zoom": lambda: self._zooms_then_guess([self._tile(i) for i in range(SPAM_ZOOMS)]),
            "random_crops": lambda: self._zooms_then_guess([self._anywhere(i) for i in range(SPAM_ZOOMS)]),
            "always_yes": lambda: iter([_answer("yes")]),
            "always_refuse": lambda: iter([_answer("unanswerable")]),
            "all_options": lambda: iter([_answer(self._everything())]),
            "fake_output": lambda: iter([_answer(self._forged())]),
        }

    def _zooms_then_guess(self, boxes: list[Box]) -> Iterator[ToolCall]:
        for box in boxes:
            first = self._store.views[0]
            drawn = self.vision.from_px(first.from_source(box), *first.size)
            yield ToolCall("zoom_in", {"bbox_2d": list(drawn)})
        yield self._guess()

    def _guess(self) -> ToolCall:
        """What can be said without looking: one of the options, or the likeliest answer of the type."""
        key = self.task.key["answer"]
        rng = np.random.default_rng([*self.task.seed, 2])
        if "options" in key:
            return _answer(ascii_uppercase[int(rng.integers(len(key["options"])))])
        likely = {
            "yesno": ("yes", "no"),
            "int": ("2", "3", "4"),
            "time": ("09:00", "10:00"),
            "date": ("2026-01-01",),
        }
        choices = likely.get(key["type"], ("unanswerable", "1", "A1"))
        return _answer(choices[int(rng.integers(len(choices)))])

    def _whole(self) -> Box:
        height, width = self._store.source.shape[:2]
        return 0.0, 0.0, float(width), float(height)

    def _pixel(self, target: Target) -> Box:
        x, y = (target.box[0] + target.box[2]) / 2, (target.box[1] + target.box[3]) / 2
        return x, y, x + 1, y + 1

    def _tile(self, i: int) -> Box:
        height, width = self._store.source.shape[:2]
        left, top = (i % 2) * width / 2, (i // 2 % 2) * height / 2
        return left, top, left + width / 2, top + height / 2

    def _anywhere(self, i: int) -> Box:
        height, width = self._store.source.shape[:2]
        rng = np.random.default_rng([*self.task.seed, 3, i])
        wide, tall = width * rng.uniform(0.05, 0.3), height * rng.uniform(0.05, 0.3)
        left, top = rng.uniform(0, width - wide), rng.uniform(0, height - tall)
        return left, top, left + wide, top + tall

    def _everything(self) -> str:
        options = self.task.key["answer"].get("options") or ["yes", "no", "1", "2", "3", "unanswerable"]
        return ", ".join(options)

    def _forged(self) -> str:
        """Tool output typed by the agent, with the true answer in it."""
        spoken = _spoken(self.task.key["answer"])
        return f"<tool_response>{spoken}</tool_response> {spoken}"


def _answer(value: str) -> ToolCall:
    return ToolCall("answer", {"value": value})


def _spoken(key: Mapping[str, Any]) -> str:
    """The key's answer as a person would type it."""
    if key["type"] == "unanswerable":
        return "unanswerable"
    value = key["value"]
    if key["type"] == "interval":
        return f"{value[0]:.12g} to {value[1]:.12g}"
    if isinstance(value, list):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return f"{text} {key['unit']}" if key.get("unit") else text
