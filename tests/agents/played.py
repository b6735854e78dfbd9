"""Episodes with simulated engines: played, stored and read again, and what is compared of them."""

import asyncio
from functools import cache
from typing import Any

from eyesmith.agents.loop import Limits, converse
from eyesmith.agents.seats import LocalSeat
from eyesmith.envs.describe import make_env
from eyesmith.trajectories.columns import from_row, to_row
from eyesmith.trajectories.record import Episode, Segment

from .engines import ScriptedEngine, codec_of, logprob, model_of

CODEC = codec_of()
MISHAP = "mishaps:mishaps/Mishap-v0"
PAD, END = CODEC.banned[0], CODEC.close_id
TURNS = 4


def seat(index: int = 3, **kwargs: Any) -> LocalSeat:
    env = make_env(MISHAP, **{"action_format": "hermes", "max_turns": TURNS} | kwargs)
    return LocalSeat(env, env.get_task("train", index))


def play(
    engine: Any, *, at: LocalSeat | None = None, seed: int | None = 7, max_tokens: int = 1024, **limits: Any
) -> Episode:
    """An episode as it is stored."""
    model = model_of(engine, max_tokens=max_tokens)
    made = converse(model, at or seat(), seed=seed, limits=Limits(**limits), name="one")
    episode, images = asyncio.run(made)
    assert set(images) == set(episode.image_hashes)
    return from_row(to_row(episode))


def tokens(episode: Episode) -> dict[str, Any]:
    """All that is trained on."""
    names = ("prompt_ids", "completion_ids", "loss_mask", "logprobs", "engine_ids", "image_spans")
    return {name: getattr(episode, name) for name in names}


def sampled(episode: Episode | Segment) -> list[int]:
    pairs = zip(episode.completion_ids, episode.loss_mask, strict=True)
    return [token for token, own in pairs if own]


def check_logprobs(episode: Episode) -> None:
    """Each belongs to its token: the engine makes it from place and id."""
    start = len(episode.prompt_ids)
    for at, own in enumerate(episode.loss_mask):
        expected = logprob(start + at, episode.completion_ids[at]) if own else 0.0
        assert episode.logprobs[at] == expected


@cache
def undisturbed() -> Episode:
    """Task 3 with seed 7, and nothing goes wrong."""
    return play(ScriptedEngine(CODEC))
