"""The loss of GRPO: tensors in, a number and its statistics out.

Knows no model and no episode. A token counts where its weight is above 0, so that weights are at once the
loss mask, the way a length is counted, and the share of a part of a batch: the losses of the parts sum to the
loss of the whole.
"""

__all__ = ["COUNTED", "PolicyLoss", "Tokens", "policy_loss", "token_weights"]

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch

from ..errors import UsageError

Counted = Literal["token", "episode", "constant"]

COUNTED = ("token", "episode", "constant")
CLIP = 0.2
MOST_IMPORTANCE = 2.0
MOST_LOG_RATIO = 20.0  # beyond it an exponential would overflow


class Tokens(NamedTuple):
    """A batch; each tensor is (rows, tokens) float32, filled up with 0.

    Args:
        weights: of each token in the loss; 0 for what the environment said.
        advantages: of each token.
        engine: log-probability that the engine gave it when it was sampled.
        before: log-probability under the weights from which the step began.
        reference: log-probability under the model that the policy should stay near; None without.
    """

    weights: torch.Tensor
    advantages: torch.Tensor
    engine: torch.Tensor
    before: torch.Tensor
    reference: torch.Tensor | None = None


class PolicyLoss(NamedTuple):
    """A loss and what it was made of, each weighted as the loss is; sums of parts are those of the whole.

    Args:
        value: scalar, with gradient.
        kl: estimate of the divergence from the reference, nats.
        entropy: mean of -log p of what was sampled, nats.
        importance: mean weight of engine against trainer, after truncation.
        truncated: share of tokens whose weight was truncated.
        clipped: share of tokens whose ratio was clipped.
    """

    value: torch.Tensor
    kl: float
    entropy: float
    importance: float
    truncated: float
    clipped: float


def policy_loss(
    logprobs: torch.Tensor,
    tokens: Tokens,
    *,
    clip_low: float = CLIP,
    clip_high: float = CLIP,
    most_importance: float = MOST_IMPORTANCE,
    kl: float = 0.0,
) -> PolicyLoss:
    """The clipped loss of tokens.

    Formula: L = -sum_t w_t * [ min(exp(before_t - engine_t), most_importance)
    * min(rho_t * A_t, clip(rho_t, 1 - clip_low, 1 + clip_high) * A_t) - kl * D_t ], rho_t = exp(logp_t -
    before_t), D_t = exp(ref_t - logp_t) - (ref_t - logp_t) - 1. GRPO (arXiv 2402.03300, equations 3 and 4),
    with the truncated importance weight that mends what engine and trainer round differently. It is no part
    of the gradient.

    Args:
        logprobs: (rows, tokens) under the weights in training, with gradient.
        tokens: the batch.
        clip_low: how far the ratio may fall below 1.
        clip_high: how far it may rise above 1.
        most_importance: where the weight of engine against trainer is truncated.
        kl: factor of the divergence; needs `tokens.reference`.

    Raises:
        UsageError: a divergence without reference.
    """
    if kl and tokens.reference is None:
        raise UsageError("a divergence needs the log-probabilities of a reference: give Tokens.reference")
    counts = tokens.weights > 0
    # What does not count may hold anything, infinities among it: 0 * inf would be no number.
    now = torch.where(counts, logprobs, 0.0)
    before, engine = (torch.where(counts, each, 0.0) for each in (tokens.before, tokens.engine))
    raw = (before - engine).exp()
    importance = raw.clamp(max=most_importance).detach()
    ratio = (now - before.detach()).clamp(-MOST_LOG_RATIO, MOST_LOG_RATIO).exp()
    held = ratio.clamp(1 - clip_low, 1 + clip_high)
    gained = torch.minimum(ratio * tokens.advantages, held * tokens.advantages)
    loss = -importance * gained
    divergence = torch.zeros_like(now)
    if tokens.reference is not None:
        gap = (torch.where(counts, tokens.reference, 0.0) - now).clamp(-MOST_LOG_RATIO, MOST_LOG_RATIO)
        divergence = gap.exp() - gap - 1
        loss = loss + kl * divergence
    is_clipped = (ratio * tokens.advantages - gained).abs() > 0

    def weighed(values: torch.Tensor) -> float:
        return float((tokens.weights * values.detach().float()).sum())

    return PolicyLoss(
        (tokens.weights * loss).sum(),
        weighed(divergence),
        weighed(-now),
        weighed(importance),
        weighed(raw > most_importance),
        weighed(is_clipped),
    )


def token_weights(
    masks: Sequence[Sequence[int]], counted: Counted, *, constant: int = 0
) -> list[list[float]]:
    """What each token counts, over a whole batch.

    Formula: `token` 1 / all sampled tokens (DAPO, arXiv 2503.14476); `episode` 1 / (rows * the row's tokens)
    (GRPO, arXiv 2402.03300); `constant` 1 / (rows * constant) (Dr. GRPO, arXiv 2503.20783).

    Args:
        masks: of each row, 1 for a sampled token.
        counted: by what.
        constant: tokens of a row, of `constant`.

    Raises:
        UsageError: another way of counting, or `constant` without its number.

    >>> token_weights([[0, 1, 1], [1]], "episode")
    [[0.0, 0.25, 0.25], [0.5]]
    """
    if counted not in COUNTED:
        raise UsageError(f"tokens are counted by one of {', '.join(COUNTED)}, got {counted!r}")
    if counted == "constant" and constant < 1:
        raise UsageError("counting by a constant needs its number of tokens: give constant=")
    sampled = [sum(mask) for mask in masks]
    rows = sum(number > 0 for number in sampled)
    shares = {
        "token": [1 / max(1, sum(sampled))] * len(masks),
        "episode": [1 / (max(1, rows) * max(1, number)) for number in sampled],
        "constant": [1 / (max(1, rows) * max(1, constant))] * len(masks),
    }[counted]
    return [[share * own for own in mask] for mask, share in zip(masks, shares, strict=True)]
