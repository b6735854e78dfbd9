"""From a recorded episode to the sequences that it is trained on.

Each stretch of tokens is one row, with an advantage for every sampled token; what the environment said keeps
its place and counts nothing.
"""

__all__ = ["Row", "rows_of"]

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from ..errors import RunError
from ..trajectories.record import Episode, Segment


@dataclass(frozen=True)
class Row:
    """One sequence.

    Args:
        ids: prompt and completion, pictures expanded.
        mask: 1 where the policy sampled the token.
        logprobs: that the engine gave the sampled tokens; NaN where it did not say, 0 elsewhere.
        advantages: of the sampled tokens, 0 elsewhere.
        images: sha256 of the pictures, in order.
    """

    ids: Sequence[int]
    mask: Sequence[int]
    logprobs: Sequence[float]
    advantages: Sequence[float]
    images: Sequence[str]


def rows_of(episode: Episode, advantages: Sequence[float]) -> list[Row]:
    """The rows of an episode, one a stretch; those in which nothing was sampled are left out.

    Args:
        episode: with exact tokens.
        advantages: of each turn.

    Raises:
        RunError: a record whose turns and tokens do not fit each other.
    """
    last = Segment(
        prompt_ids=episode.prompt_ids,
        completion_ids=episode.completion_ids,
        loss_mask=episode.loss_mask,
        logprobs=episode.logprobs,
        image_spans=episode.image_spans,
    )
    told = [turn.n_completion or 0 for turn in episode.turns]
    each = [value for count, value in zip(told, advantages, strict=True) for _ in range(count)]
    rows, used = [], 0
    for stretch in (*episode.segments, last):
        sampled = sum(stretch.loss_mask)
        if sampled:
            rows.append(_row(episode, stretch, each[used : used + sampled]))
        used += sampled
    if used != len(each):
        raise RunError(
            f"the episode {episode.id!r} has {used} sampled tokens, and its turns tell of {len(each)}: the "
            "record is damaged, so that nothing can be trained on it"
        )
    return rows


def _row(episode: Episode, stretch: Segment, advantages: Sequence[float]) -> Row:
    before = len(stretch.prompt_ids)
    given = iter(advantages)
    if stretch.logprobs:
        logprobs = list(stretch.logprobs)
    else:
        logprobs = [nan if own else 0.0 for own in stretch.loss_mask]
    return Row(
        ids=[*stretch.prompt_ids, *stretch.completion_ids],
        mask=[0] * before + list(stretch.loss_mask),
        logprobs=[0.0] * before + logprobs,
        advantages=[0.0] * before + [next(given, 0.0) if own else 0.0 for own in stretch.loss_mask],
        images=[episode.image_hashes[span.image] for span in stretch.image_spans],
    )
