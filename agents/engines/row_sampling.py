"""Rows of a batch: how each samples its next token, and when it is done.

One uniform number a token, from the row's own seeded chance, picks from the row's own distribution, so that a
row samples the same with any neighbours. Knows no model: it is what `generate` of transformers calls.
"""

__all__ = ["Row", "RowSampler", "RowsDone"]

import math
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria

from ..policy import FinishReason, Sampling

GREEDY_BELOW = 1e-5  # a temperature under which dividing by it would overflow
BYTES_A_CHARACTER = 4


class Row:
    """One turn that is being sampled.

    Args:
        prompt_ids: what it goes on from.
        sampling: how.
        budget: most new tokens.
        on_end: called once, when it is done, in the thread that runs the model.

    Attributes:
        pictures: of the prompt, as the model takes them.
        ids: sampled so far.
        logprobs: of each, raw.
        finish: why it ended; None while it runs.
        error: what broke it, where it did not end by itself.
        is_aborted: set by anyone, from any thread, to end it before its next token.
    """

    def __init__(
        self, prompt_ids: Sequence[int], sampling: Sampling, budget: int, on_end: Callable[["Row"], None]
    ) -> None:
        self.prompt_ids, self.sampling, self.budget = prompt_ids, sampling, budget
        self.pictures: list[Any] = []
        self.error: Exception | None = None
        self.is_aborted = False
        self._on_end = on_end
        self.restart()

    def restart(self) -> None:
        """Forget what was sampled; a seeded row will sample the same again."""
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.finish: FinishReason | None = None
        self._chance = Random(self.sampling.seed)

    @property
    def is_greedy(self) -> bool:
        """Whether it takes the likeliest token."""
        return self.sampling.temperature < GREEDY_BELOW

    def draw(self) -> float:
        """Its next uniform number, in [0, 1)."""
        return 0.0 if self.finish or self.is_greedy else self._chance.random()

    def take(
        self, token: int, logprob: float, ends: Collection[int], decode: Callable[[list[int]], str]
    ) -> None:
        """Add a sampled token, and end where it was the last one."""
        self.ids.append(token)
        self.logprobs.append(logprob)
        if token in ends or self._says_stop(decode):
            self.end("stop")
        elif len(self.ids) >= self.budget:
            self.end("length")

    def end(self, reason: FinishReason) -> None:
        """Be done."""
        self.finish = reason
        self._on_end(self)

    def fail(self, error: Exception) -> None:
        """Be done without a result."""
        self.error = error
        self.end("abort")

    def _says_stop(self, decode: Callable[[list[int]], str]) -> bool:
        stop = self.sampling.stop
        if not stop:
            return False
        # A token is at least one byte: so many hold the longest stop text, wherever its first one began.
        tail = decode(self.ids[-BYTES_A_CHARACTER * max(map(len, stop)) :])
        return any(text in tail for text in stop)


class RowSampler(LogitsProcessor):
    """Samples every row and leaves its choice as the only token that can be taken.

    Bans, temperature, top-k and top-p act in this order; log-probabilities are of what was before them.

    Args:
        rows: of the batch, in order.
        ends: ids that close a turn.
        decode: ids to text, control tokens included.
        vocabulary: number of logits; bans of ids beyond hold by themselves.
        device: where the logits are.

    Raises:
        FloatingPointError: logits that are not finite, when called.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        ends: Collection[int],
        decode: Callable[[list[int]], str],
        *,
        vocabulary: int,
        device: torch.device,
    ) -> None:
        self._rows, self._ends, self._decode = rows, ends, decode
        asked = [row.sampling for row in rows]
        pairs = [(i, token) for i, how in enumerate(asked) for token in how.banned if token < vocabulary]
        self._banned = torch.tensor(pairs, dtype=torch.long, device=device).reshape(-1, 2).unbind(1)
        heat = [1.0 if row.is_greedy else row.sampling.temperature for row in rows]
        self._heat = torch.tensor(heat, device=device)[:, None]
        self._greedy = torch.tensor([row.is_greedy for row in rows], device=device)
        self._samples = not all(row.is_greedy for row in rows)
        # Without a limit the whole distribution stays: no rounding of a sum may cut its tail.
        top_p = [how.top_p if how.top_p < 1 else math.inf for how in asked]
        self._top_p = torch.tensor(top_p, device=device)[:, None]
        self._top_k = torch.tensor([how.top_k or math.inf for how in asked], device=device)[:, None]
        self._narrows = any(how.top_p < 1 or how.top_k for how in asked)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """(rows, vocabulary) float32 raw logits to scores of which only the choice is finite."""
        for row in self._rows:
            if row.is_aborted and row.finish is None:
                row.end("abort")
        logits: torch.Tensor = scores
        raw = logits.float().log_softmax(-1)
        chosen = self._choose(logits.clone())
        # One transfer: an id below 2**53 is exact in a double.
        told = torch.stack([chosen.double(), raw.gather(-1, chosen[:, None])[:, 0].double()], 1).tolist()
        for row, (token, logprob) in zip(self._rows, told, strict=True):
            if row.finish is None:
                if not math.isfinite(logprob):
                    raise FloatingPointError(f"the model's logits are not finite (log-probability {logprob})")
                row.take(int(token), logprob, self._ends, self._decode)
        return torch.full_like(scores, -math.inf).scatter_(1, chosen[:, None], 0.0)  # type: ignore[return-value]

    def _choose(self, logits: torch.Tensor) -> torch.Tensor:
        """(rows,) int64: each row's next token; the logits are overwritten."""
        logits[self._banned] = -math.inf
        likeliest = logits.argmax(-1)
        if not self._samples:
            return likeliest
        logits.div_(self._heat)
        if self._narrows:
            logits = self._narrowed(logits)
        share = logits.double().softmax(-1)
        below = share.cumsum(-1)
        draws = torch.tensor([row.draw() for row in self._rows], dtype=torch.double, device=logits.device)
        picked = torch.searchsorted(below, draws[:, None] * below[:, -1:], right=True)
        picked = picked.clamp(max=logits.shape[-1] - 1)
        # A parallel sum may rise by a rounding error over a token that has no share.
        is_there = share.gather(-1, picked)[:, 0] > 0
        return torch.where(self._greedy | ~is_there, likeliest, picked[:, 0])

    def _narrowed(self, logits: torch.Tensor) -> torch.Tensor:
        ordered, order = torch.sort(logits, dim=-1, descending=True, stable=True)
        rank = torch.arange(logits.shape[-1], device=logits.device)
        ordered = ordered.masked_fill(rank >= self._top_k, -math.inf)
        share = ordered.double().softmax(-1)
        before = share.cumsum(-1) - share
        ordered = ordered.masked_fill((before >= self._top_p) & (rank > 0), -math.inf)
        return torch.full_like(logits, -math.inf).scatter_(-1, order, ordered)


class RowsDone(StoppingCriteria):
    """Tells `generate` which rows are done."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __call__(self, input_ids: torch.LongTensor, scores: Any, **kwargs: Any) -> torch.BoolTensor:
        """(rows,) bool."""
        done = [row.finish is not None for row in self._rows]
        return torch.tensor(done, device=input_ids.device)  # type: ignore[return-value]
