"""Tokens of an episode: two tracks, mask and log-probabilities, aligned whatever happens."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.agents.policy import Generation
from eyesmith.agents.transcript import DROPPED, ChatTranscript, DriftError, TokenTranscript
from eyesmith.tools.tool import Image

from . import templates
from .engines import codec_of, logprob, tokenizer

CODECS = {kind: codec_of(template=getattr(templates, kind)) for kind in ("PLAIN", "DROPS_PICTURES")}
CODEC = CODECS["PLAIN"]
PAD, END = CODEC.banned[0], CODEC.close_id
WORDS = st.lists(st.integers(8, 900).filter(lambda i: i not in CODEC.banned), max_size=5)
SHOWN = st.lists(st.sampled_from([(56, 56), (84, 112), (30, 200)]), max_size=3)
TURN = st.tuples(WORDS, st.booleans(), SHOWN)


def images_of(sizes: Sequence[tuple[int, int]], start: int) -> list[Image]:
    return [Image(np.full((*size, 3), (start + i) % 256, np.uint8)) for i, size in enumerate(sizes)]


def said(content: str, images: Sequence[Image] = (), role: str = "user") -> dict[str, Any]:
    parts = [{"type": "image", "image": image.sha256} for image in images]
    return {"role": role, "content": [{"type": "text", "text": content}, *parts] if parts else content}


def generated(prompt: Sequence[int], ids: Sequence[int], **changes: Any) -> Generation:
    told = [logprob(len(prompt) + i, token) for i, token in enumerate(ids)]
    made: dict[str, Any] = {"token_ids": list(ids), "logprobs": told, "prompt_ids": list(prompt)}
    return Generation(**made | changes)


@dataclass
class Film:
    """What must stand in a sequence, token by token, written down without the transcript."""

    train: list[int] = field(default_factory=list)
    engine: list[int] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    spans: list[tuple[int, int, int]] = field(default_factory=list)

    def show(self, engine: Sequence[int], images: Sequence[Image], first: int) -> None:
        number = 0
        for token in engine:
            count = 1
            if token == PAD:
                height, width = images[number].array.shape[:2]
                count = {(56, 56): 4, (84, 112): 12, (30, 200): 7}[height, width]
                self.spans.append((len(self.train), count, first + number))
                number += 1
            self.train += [token] * count
            self.mask += [0] * count
            self.logprobs += [0.0] * count
        self.engine += engine

    def sample(self, ids: Sequence[int]) -> None:
        for token in ids:
            self.logprobs.append(logprob(len(self.train), token))
            self.train.append(token)
            self.engine.append(token)
            self.mask.append(1)

    def check(self, fields: dict[str, Any], images: Sequence[Image]) -> None:
        """Whether the columns are this film up to its last sampled token."""
        owned = [i for i, own in enumerate(self.mask) if own]
        end = owned[-1] + 1 if owned else len(self.train)
        start = owned[0] if owned else end
        assert fields["prompt_ids"] == self.train[:start]
        assert fields["completion_ids"] == self.train[start:end]
        assert fields["loss_mask"] == self.mask[start:end]
        assert fields["logprobs"] == self.logprobs[start:end]
        spans = [(span.offset, span.length, span.image) for span in fields["image_spans"]]
        assert spans == [span for span in self.spans if span[0] < end]
        self_consistent(fields, images)


def self_consistent(columns: dict[str, Any], images: Sequence[Image]) -> None:
    """The engine's ids and the pictures that the spans name give the training ids."""
    shown = [images[span.image] for span in columns["image_spans"]]
    ids, spans = CODEC.expand(columns["engine_ids"], shown)
    assert ids == [*columns["prompt_ids"], *columns["completion_ids"]]
    assert [(s.offset, s.length) for s in spans] == [(s.offset, s.length) for s in columns["image_spans"]]
    assert len(columns["loss_mask"]) == len(columns["completion_ids"]) == len(columns["logprobs"])


def columns(transcript: Any) -> dict[str, Any]:
    """As they would be if the episode ended now."""
    return copy.deepcopy(transcript, {id(CODEC): CODEC}).fields()


@settings(max_examples=60, deadline=None)
@given(SHOWN, st.lists(TURN, max_size=5))
def test_both_tracks_are_aligned_at_every_moment(first: Any, turns: list[Any]) -> None:
    images = images_of(first, 0)
    opening = [said("go", images)]
    transcript, film = TokenTranscript(CODEC, opening, [], images), Film()
    film.show(CODEC.first(opening, []), images, 0)
    assert columns(transcript)["token_exact"] is None
    for ids, is_closed, sizes in turns:
        prompt = transcript.prompt("k")
        assert (list(prompt.train_ids), list(prompt.engine_ids)) == (film.train, film.engine)
        assert transcript.room(5000) == 5000 - len(film.train)
        assert transcript.room(None) is None
        assert [i.sha256 for i in transcript.images] == [i.sha256 for i in images]
        sampled = [*ids, END] if is_closed else ids
        transcript.took(generated(film.train, sampled))
        film.sample(sampled)
        film.check(columns(transcript), images)
        shown = images_of(sizes, len(images))
        results = [said("seen", shown[:1]), said("and", shown[1:], role="tool")]
        transcript.add([{"role": "assistant", "content": "whatever"}, *results], shown)
        film.show([] if is_closed else [END], [], 0)
        film.show(CODEC.following(results), shown, len(images))
        images += shown
        film.check(columns(transcript), images)
    told = columns(transcript)
    assert told["segments"] == []
    assert told["token_exact"] is (True if turns else None)


@settings(max_examples=60, deadline=None)
@given(SHOWN, st.lists(TURN, max_size=6), st.integers(1, 3), st.sampled_from(["PLAIN", "DROPS_PICTURES"]))
def test_a_window_makes_segments_of_which_each_is_whole(
    first: Any, turns: list[Any], window: int, kind: str
) -> None:
    codec = CODECS[kind]
    images = images_of(first, 0)
    transcript = TokenTranscript(codec, [said("go", images)], [], images, image_window=window)
    every: list[list[int]] = []
    for ids, is_closed, sizes in turns:
        assert [i.sha256 for i in transcript.images] == [i.sha256 for i in images][
            -len(transcript.images) or len(images) :
        ]
        assert len(transcript.images) <= window
        prompt = list(transcript.prompt("k").train_ids)
        assert codec.expand(list(transcript.prompt("k").engine_ids), transcript.images)[0] == prompt
        sampled = [*ids, END] if is_closed else ids
        transcript.took(generated(prompt, sampled))
        every.append(sampled)
        shown = images_of(sizes, len(images))
        images += shown
        transcript.add([{"role": "assistant", "content": "x"}, said("seen", shown, role="tool")], shown)
    told = columns(transcript)
    parts = [*(vars(segment) for segment in told["segments"]), told]
    for part in parts:
        self_consistent(part, images)
        numbers = [span.image for span in part["image_spans"]]
        assert numbers == [numbers[0] + i for i in range(len(numbers))]
    kept = [t for p in parts for t, own in zip(p["completion_ids"], p["loss_mask"], strict=True) if own]
    assert kept == list(chain(*every)), "no sampled token is lost, none stands twice"
    told_logprobs = [v for p in parts for v, own in zip(p["logprobs"], p["loss_mask"], strict=True) if own]
    assert len(told_logprobs) == len(kept)
    starts = [segment.first_turn for segment in told["segments"]]
    assert starts == sorted(set(starts)), "each segment begins with a turn of its own"
    if any(every):
        assert all(any(part["loss_mask"]) for part in parts), "nothing was sampled in none"


def test_a_segment_in_which_nothing_was_sampled_is_left_out() -> None:
    images = images_of([(56, 56)], 0)
    transcript = TokenTranscript(CODEC, [said("go", images)], [], images, image_window=1)
    for turn in range(3):
        transcript.took(generated(transcript.prompt("k").train_ids, [10 + turn, END]))
        shown = images_of([(56, 56)], turn + 1)
        transcript.add([{"role": "assistant", "content": "x"}, said("seen", shown)], shown)
    told = transcript.fields()
    assert [segment.first_turn for segment in told["segments"]] == [0, 1]
    assert told["completion_ids"] == [12, END]
    assert [span.image for span in told["image_spans"]] == [2]


def test_pictures_beyond_the_window_are_a_note() -> None:
    images = images_of([(56, 56), (84, 112)], 0)
    transcript = TokenTranscript(CODEC, [said("go", images)], [], images, image_window=1)
    text = tokenizer().decode(list(transcript.prompt("k").engine_ids))
    assert text.count(DROPPED) == 1
    assert list(transcript.prompt("k").train_ids).count(PAD) == 12


# -- what must not be trained on


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_other_prompt_is_a_drift(data: st.DataObject) -> None:
    images = images_of([(56, 56)], 0)
    transcript = TokenTranscript(CODEC, [said("go", images)], [], images)
    prompt = list(transcript.prompt("k").train_ids)
    before = columns(transcript)
    at = data.draw(st.integers(0, len(prompt) - 1))
    other = data.draw(
        st.sampled_from(
            [
                [*prompt[:at], prompt[at] + 1, *prompt[at + 1 :]],
                prompt[:at],
                [*prompt[:at], *prompt[at + 1 :]],
                [*prompt[:at], prompt[at], *prompt[at:]],
                [*prompt, END],
            ]
        )
    )
    with pytest.raises(
        DriftError, match=rf"a prompt of {len(other)} tokens for one of {len(prompt)}; they part at"
    ):
        transcript.took(generated(other, [10, END]))
    assert columns(transcript) == before


def test_a_banned_id_and_lists_that_disagree_are_a_drift() -> None:
    transcript = TokenTranscript(CODEC, [said("go")], [], [])
    prompt = transcript.prompt("k").train_ids
    for banned in CODEC.banned:
        with pytest.raises(
            DriftError, match=f"sampled {banned}, the id of a picture's placeholder, though banned"
        ):
            transcript.took(generated(prompt, [10, banned, END]))
    with pytest.raises(DriftError, match="2 ids came with 1 logprobs"):
        transcript.took(generated(prompt, [10, END], logprobs=[-1.0]))
    transcript.took(generated(prompt, [10, END]))
    assert transcript.fields()["completion_ids"] == [10, END]


def test_ids_that_nobody_confirmed_are_kept_but_not_exact() -> None:
    transcript = TokenTranscript(CODEC, [said("go")], [], [])
    transcript.took(generated(transcript.prompt("k").train_ids, [10, END], prompt_ids=None))
    transcript.add([{"role": "assistant", "content": "x"}, said("on")], [])
    transcript.took(generated(transcript.prompt("k").train_ids, [11, END], logprobs=None))
    told = transcript.fields()
    assert told["token_exact"] is False
    assert told["logprobs"] == []
    assert sum(told["loss_mask"]) == 4


def test_the_tokens_of_an_aborted_turn_are_kept() -> None:
    transcript = TokenTranscript(CODEC, [said("go")], [], [])
    prompt = transcript.prompt("k").train_ids
    transcript.took(generated(prompt, [10, 11], finish_reason="abort"))
    assert columns(transcript)["completion_ids"] == [10, 11]
    empty = TokenTranscript(CODEC, [said("go")], [], [])
    empty.took(generated(prompt, [], finish_reason="abort"))
    told = empty.fields()
    assert (told["prompt_ids"], told["completion_ids"]) == (list(prompt), [])


# -- endpoints


def test_an_endpoint_that_only_extends_is_exact() -> None:
    chat = ChatTranscript([said("go")], [], [])
    assert chat.fields() == {"token_exact": None}
    chat.took(generated([1, 2], [5, 6]))
    chat.add([{"role": "assistant", "content": "x"}, said("on")], [])
    chat.took(generated([1, 2, 5, 6, 3], [7]))
    assert chat.room(10) is None
    assert [message["role"] for message in chat.prompt("k").messages] == ["user", "assistant", "user"]
    told = chat.fields()
    assert told["token_exact"] is True
    assert told["segments"] == []
    assert (told["prompt_ids"], told["completion_ids"], told["loss_mask"]) == (
        [1, 2],
        [5, 6, 3, 7],
        [1, 1, 0, 1],
    )
    assert told["logprobs"] == [logprob(2, 5), logprob(3, 6), 0.0, logprob(5, 7)]
    assert told["engine_ids"] == []


def test_an_endpoint_that_edits_history_starts_segments() -> None:
    chat = ChatTranscript([said("go")], [], [])
    chat.took(generated([1, 2], [5, 6]))
    chat.took(generated([1, 2, 9], [7]))
    chat.took(generated([1, 2, 9, 7, 4], [8]))
    told = chat.fields()
    assert told["token_exact"] is False
    assert [(s.prompt_ids, s.completion_ids, s.first_turn) for s in told["segments"]] == [([1, 2], [5, 6], 0)]
    assert (told["prompt_ids"], told["completion_ids"]) == ([1, 2, 9], [7, 4, 8])


def test_an_endpoint_that_does_not_tell_ids_leaves_none() -> None:
    chat = ChatTranscript([said("go")], [], [])
    chat.took(generated([1, 2], [5]))
    chat.took(Generation(text="hello"))
    assert chat.fields() == {"token_exact": False}
    aborted = ChatTranscript([said("go")], [], [])
    aborted.took(generated([1, 2], [5]))
    aborted.took(Generation(finish_reason="abort"))
    assert aborted.fields()["completion_ids"] == [5], "of an aborted turn nothing need be known"


def test_an_endpoint_with_too_few_logprobs_has_none() -> None:
    chat = ChatTranscript([said("go")], [], [])
    chat.took(generated([1, 2], [5, 6], logprobs=[-1.0]))
    chat.took(generated([1, 2, 5, 6], [7]))
    told = chat.fields()
    assert (told["completion_ids"], told["logprobs"]) == ([5, 6, 7], [])
