"""Imitation: a tiny model learns from exported episodes of an expert.

Reads what `eyesmith export --to trl-sft` writes, and trains with the learner of `eyesmith train grpo`: with
an advantage of 1 for every token of the assistant its loss is that of supervised learning.
"""

__all__ = ["Lesson", "Lessons", "imitate"]

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import cv2
import numpy as np
import pyarrow.parquet as pq

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.grpo_experts import written
from eyesmith.agents.grpo_learner import Learner
from eyesmith.agents.grpo_rows import Row
from eyesmith.tools.tool import Image

BATCH_TOKENS, MOST_ROWS = 4000, 24
CALL_TOKENS = 50


class Lesson(NamedTuple):
    """An episode as a row, and (first, last + 1) of each picture in it."""

    row: Row
    spans: Sequence[tuple[int, int]]


class Lessons:
    """Exported episodes as rows of the learner.

    Args:
        folder: of the export.
        codec: of the model.

    Attributes:
        all: one an episode, in the order of their tasks.
    """

    def __init__(self, folder: Path, codec: TurnCodec) -> None:
        self._images: dict[str, Image] = {}
        self.all: list[Lesson] = []
        files = sorted((folder / "default").glob("*.parquet"))
        lines = [line for file in files for line in pq.read_table(file).to_pylist()]
        # An export is in the order in which episodes ended, which another time is another one.
        for line in sorted(lines, key=lambda line: line["task_id"]):
            self.all.append(self._lesson(line, codec))

    def find(self, sha256: str) -> Image:
        """A picture."""
        return self._images[sha256]

    def _lesson(self, line: dict[str, Any], codec: TurnCodec) -> Lesson:
        messages = _in_tools([json.loads(each) for each in line["messages"]])
        tools = [json.loads(each) for each in line["tools"]]
        pictures = [_picture(cell["bytes"]) for cell in line["images"]]
        first = next(i for i, each in enumerate(messages) if each["role"] == "assistant")
        ids = codec.first(messages[:first], tools)
        taught = [0] * len(ids)
        for is_own, turn in itertools.groupby(messages[first:], key=lambda each: each["role"] == "assistant"):
            said = list(turn)
            if is_own:
                new = codec.said("\n".join(_said(each, codec.action_format) for each in said))
            else:
                new = codec.following(said)
            ids, taught = ids + new, taught + [int(is_own)] * len(new)
        end = len(taught) - taught[::-1].index(1)  # what comes behind the last call is read by nobody
        ids, taught = ids[:end], taught[:end]
        pad = codec.banned[0]
        pictures = pictures[: ids.count(pad)]
        self._images |= {picture.sha256: picture for picture in pictures}
        expanded, spans = codec.expand(ids, pictures)
        lengths = iter(span.length for span in spans)
        mask = [
            own
            for token, own in zip(ids, taught, strict=True)
            for _ in range(next(lengths) if token == pad else 1)
        ]
        places = [(span.offset, span.offset + span.length) for span in spans]
        return Lesson(_row(expanded, mask, [picture.sha256 for picture in pictures]), places)


def imitate(
    learner: Learner, lessons: Lessons, steps: int, *, lead: tuple[int, int], first: int = 0, seed: int = 0
) -> float:
    """Train for some steps; returns the last loss, nats a token.

    How to write a call is learned sooner from the few tokens before it than from a whole episode.

    Args:
        learner: what learns.
        lessons: from whom.
        steps: updates.
        lead: at most so many tokens stand before a call, at first and in the end.
        first: number of the first update.
        seed: of the order.
    """
    chance, loss = Random(f"{seed} {first}"), float("nan")
    for step in range(steps):
        most = round(lead[0] * (lead[1] / lead[0]) ** (step / steps))
        count = max(4, min(MOST_ROWS, BATCH_TOKENS // (most + CALL_TOKENS)))
        rows = [_cut(lesson, most, chance) for lesson in chance.choices(lessons.all, k=count)]
        loss = learner.update(rows, lessons.find, step=first + step)["entropy"]
    return loss


def _cut(lesson: Lesson, lead: int, chance: Random) -> Row:
    """One of the calls behind at most `lead` tokens; a picture that would be cut is left out."""
    row = lesson.row
    starts = [i for i in range(1, len(row.ids)) if row.mask[i] and not row.mask[i - 1]]
    begin = chance.choice(starts)
    end = next((i for i in range(begin, len(row.ids)) if not row.mask[i]), len(row.ids))
    first = max(0, begin - lead)
    # One token more on either side: the marks around a picture.
    first = next((last + 1 for start, last in lesson.spans if start - 1 < first <= last), first)
    shown = [
        name
        for name, (start, _) in zip(row.images, lesson.spans, strict=True)
        if first <= start and start < end
    ]
    mask = [0] * (begin - first) + [1] * (end - begin)
    return _row(row.ids[first:end], mask, shown)


def _row(ids: Sequence[int], mask: Sequence[int], images: Sequence[str]) -> Row:
    untold = [float("nan") if own else 0.0 for own in mask]
    return Row(ids, mask, untold, [float(own) for own in mask], images)


def _in_tools(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with the pictures of a tool in its own message, where a model of ours is shown them.

    An export has them in a message of the user behind it, as endpoints take them.
    """
    found: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "user" and found and found[-1]["role"] == "tool":
            found[-1] = found[-1] | {"content": [*found[-1]["content"], *message["content"]]}
        else:
            found.append(message)
    return found


def _said(message: dict[str, Any], action_format: str) -> str:
    calls = [call["function"] for call in message.get("tool_calls") or []]
    return "\n".join(written(call["name"], _parsed(call["arguments"]), action_format) for call in calls)


def _parsed(arguments: Any) -> dict[str, Any]:
    return json.loads(arguments) if isinstance(arguments, str) else arguments


def _picture(file: bytes) -> Image:
    return Image(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB))
