from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.tool import Image
from eyesmith.trajectories.columns import EPISODE_SCHEMA, IMAGE_SCHEMA, from_row, to_row
from eyesmith.trajectories.record import (
    Component,
    EncodedImage,
    Episode,
    ImageSpan,
    Segment,
    TurnRecord,
    encode_image,
)

SHA = "ab" * 32


def full_episode() -> Episode:
    """Every column set to something other than its default."""
    return Episode(
        id="zoom:train:3:0",
        env_id="eyesmith/ZoomQA-v0",
        task_index=3,
        sample=1,
        status="truncated",
        group_id="zoom:train:3",
        env_version=2,
        env_kwargs={"difficulty": 3},
        task_id="eyesmith/ZoomQA-v0:train:3",
        task_hash="cd" * 32,
        difficulty=3,
        seed=7,
        split="train",
        policy="expert",
        stop_reason="max_turns",
        error="a worker died",
        attempts=2,
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "où? 図"}, {"type": "image", "image": SHA}]}
        ],
        tools=[{"type": "function", "function": {"name": "zoom_in"}}],
        image_hashes=[SHA],
        turns=[
            TurnRecord(
                calls=[{"name": "zoom_in", "arguments": {"box": [0.25, 1, None]}}],
                text="<tool_call>",
                n_prompt=4,
                n_completion=3,
                finish_reason="stop",
                latency_ms=1.5,
                env_ms=0.25,
                cached_tokens=2,
                weight_version=5,
                error="bad_arguments",
            ),
            TurnRecord(),
        ],
        prompt_ids=[1, 2, 3],
        completion_ids=[4, 5, 151_655],
        loss_mask=[1, 1, 0],
        logprobs=[-0.5, -2.25, 0.0],
        engine_ids=[1, 2, 3, 4],
        image_spans=[ImageSpan(1, 2, 0)],
        segments=[
            Segment(
                first_turn=1,
                prompt_ids=[7, 8],
                completion_ids=[9, 3],
                loss_mask=[0, 1],
                logprobs=[0.0, -0.125],
                engine_ids=[7, 9, 3],
                image_spans=[ImageSpan(0, 2, 0)],
            ),
            Segment(),
        ],
        reward=0.75,
        score=0.8,
        components=[Component("answer", 1.0, "base", 1.0), Component("spam", -0.05, "penalty", 1.0)],
        step_rewards=[0.0, 0.75],
        metrics={"zooms": 2.0},
        recipe="default",
        why="1 of 2",
        model="m",
        model_revision="r",
        template_hash="t",
        tokenizer_hash="k",
        sampling={"temperature": 1.0},
        backend="vllm 0.32",
        token_exact=True,
        versions={"eyesmith": "0.1.0"},
        git_commit="abc",
        created=datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC),
    )


def minimal_episode() -> Episode:
    return Episode(id="a", env_id="e", task_index=0, sample=0, status="ok")


def through_arrow(row: dict) -> dict:
    return pa.Table.from_pylist([row], EPISODE_SCHEMA).to_pylist()[0]


def test_every_column_has_a_field_and_the_full_episode_sets_it() -> None:
    assert {f.name for f in fields(Episode)} == set(EPISODE_SCHEMA.names)
    bare = minimal_episode()
    same = [n for n in EPISODE_SCHEMA.names if getattr(full_episode(), n) == getattr(bare, n)]
    assert same == []


@pytest.mark.parametrize("episode", [full_episode(), minimal_episode()], ids=["full", "minimal"])
def test_an_episode_survives_the_row_and_arrow(episode: Episode) -> None:
    row = to_row(episode)
    assert from_row(row) == episode
    assert from_row(through_arrow(row)) == episode


def test_the_row_is_rounded_as_the_column_is() -> None:
    episode = replace(full_episode(), logprobs=[-0.1, -0.2, 0.0], turns=[TurnRecord(latency_ms=0.1)])
    row = to_row(episode)
    assert from_row(row) == from_row(through_arrow(row))
    assert from_row(row).turns[0].latency_ms == float(np.float32(0.1)) != 0.1


def test_numpy_values_are_taken() -> None:
    episode = replace(
        full_episode(),
        completion_ids=np.array([1, 2, 3]),
        loss_mask=np.array([1, 0, 1], bool).astype(np.int64),
        logprobs=np.array([-1, -2, -3], np.float32),
        reward=np.float32(0.5),
        metrics={"a": np.float64(1.5), "b": np.int64(2)},
    )
    back = from_row(to_row(episode))
    assert (back.completion_ids, back.loss_mask, back.reward) == ([1, 2, 3], [1, 0, 1], 0.5)
    assert back.metrics == {"a": 1.5, "b": 2}


def test_hostile_text_is_storable() -> None:
    nasty = "a\ud800b\x00</script>\u2028"
    episode = replace(
        minimal_episode(),
        stop_reason=nasty,
        messages=[{"role": "assistant", "content": nasty}],
        turns=[TurnRecord(calls=[{"name": nasty, "arguments": {"x": float("inf")}}], text=nasty)],
        components=[Component(nasty, 1.0)],
    )
    back = from_row(through_arrow(to_row(episode)))
    assert back.messages[0]["content"] == nasty, "JSON columns keep a lone surrogate, escaped"
    assert back.turns[0].calls == [{"name": nasty, "arguments": {"x": float("inf")}}]
    assert (
        back.stop_reason == back.turns[0].text == back.components[0].name == nasty.replace("\ud800", "\ufffd")
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "fine"}, "truncated"),
        ({"id": ""}, "lacks id"),
        ({"task_index": None}, "lacks task_index"),
        ({"completion_ids": [2**31, 1, 1]}, "completion_ids"),
        ({"completion_ids": [1.5, 1, 1]}, "completion_ids"),
        ({"completion_ids": [None, 1, 1]}, "completion_ids"),
        ({"loss_mask": np.array([300, 0, 0])}, "loss_mask"),
        ({"logprobs": [None, 0.0, 0.0]}, "logprobs"),
        ({"completion_ids": [[1], [2], [3]]}, "completion_ids"),
        ({"seed": 1.5}, "seed"),
        ({"loss_mask": [1]}, "one a token"),
        ({"logprobs": [0.0] * 4}, "one a token"),
        ({"seed": "7"}, "seed"),
        ({"reward": "much"}, "reward"),
        ({"metrics": {"a": object()}}, "JSON-able"),
        ({"image_hashes": []}, "image_hashes lacks"),
        ({"image_spans": [ImageSpan(0, 1, 1)]}, "picture 1"),
    ],
)
def test_what_no_column_can_hold_is_refused(change: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        to_row(replace(full_episode(), **change))


def test_a_row_may_lack_columns_but_not_its_identity() -> None:
    row = through_arrow(to_row(full_episode()))
    kept = {name: row[name] for name in ("id", "env_id", "task_index", "sample", "status", "reward")}
    assert from_row(kept) == replace(
        minimal_episode(), **{name: getattr(full_episode(), name) for name in kept}
    )
    assert from_row({**row, "of_a_later_version": 1}) == full_episode()
    with pytest.raises(UsageError, match="lacks status"):
        from_row({**kept, "status": None})


@pytest.mark.parametrize(("format", "off_by"), [("png", 0), ("webp", 0), ("jpeg", 12)])
def test_a_picture_comes_back(format: str, off_by: int) -> None:
    ramp = np.linspace(0, 255, 40 * 60 * 3).reshape(40, 60, 3).astype(np.uint8)
    ramp[:, :30, 0] = 200
    image = Image(ramp)
    stored = encode_image(image, format)
    assert (stored.sha256, stored.format, stored.height, stored.width) == (image.sha256, format, 40, 60)
    assert np.abs(stored.decode()[:, 2:28].astype(int) - ramp[:, 2:28]).max() <= off_by
    table = pa.Table.from_pylist([vars(stored)], IMAGE_SCHEMA)
    assert EncodedImage(**table.to_pylist()[0]) == stored


@pytest.mark.parametrize(
    "wrong", [{"format": "gif"}, {"bytes": b""}, {"bytes": "text"}, {"height": 0}, {"width": 1.5}]
)
def test_a_picture_that_could_not_be_sealed_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        EncodedImage(**{"sha256": SHA, "format": "png", "height": 1, "width": 1, "bytes": b"x", **wrong})


def test_bytes_that_are_no_picture_are_named() -> None:
    with pytest.raises(UsageError, match="no png file"):
        EncodedImage(SHA, "png", 1, 1, b"nonsense").decode()
