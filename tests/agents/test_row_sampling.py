"""How a row samples: the distribution that was asked for, whatever stands beside it."""

import math
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.policy import Sampling

torch = pytest.importorskip("torch", reason="needs torch: make test-vllm")
pytest.importorskip("transformers", reason="needs transformers: make test-vllm")

from eyesmith.agents.engines.row_sampling import Row, RowSampler, RowsDone  # noqa: E402 after the skip

pytestmark = pytest.mark.torch
END = 0
LOGITS = torch.tensor([0.5, 2.0, 1.0, -1.0, 1.5, 0.0, -3.0, 0.25])
DRAWS = 6000
CPU = torch.device("cpu")


def row(ended: list[Row] | None = None, *, budget: int = 1, **how: Any) -> Row:
    ended = [] if ended is None else ended
    return Row([1, 2], Sampling(**how), budget, ended.append)


def step(rows: list[Row], logits: Any = None) -> Any:
    """One step of `generate`: the ids that it would take."""
    given = LOGITS.repeat(len(rows), 1) if logits is None else logits
    sampler = RowSampler(rows, {END}, lambda ids: "".join(map(str, ids)), vocabulary=len(LOGITS), device=CPU)
    scores = sampler(None, given.clone())
    assert torch.isfinite(scores).sum(-1).tolist() == [1] * len(rows)
    return scores.argmax(-1)


def shares(**how: Any) -> np.ndarray:
    """(8,) how often each token was sampled in DRAWS rows with seeds of their own."""
    ids = step([row(seed=seed, **how) for seed in range(DRAWS)])
    return np.bincount(ids.numpy(), minlength=len(LOGITS)) / DRAWS


def expected(logits: Any, keep: set[int] | None = None) -> np.ndarray:
    kept = [i in keep for i in range(len(logits))] if keep is not None else [True] * len(logits)
    return torch.where(torch.tensor(kept), logits, -math.inf).softmax(-1).numpy()


def close(found: np.ndarray, wanted: np.ndarray) -> None:
    assert set(np.flatnonzero(found)) <= set(np.flatnonzero(wanted)), "a token that may not be sampled"
    error = 4.5 * np.sqrt(wanted * (1 - wanted) / DRAWS)
    assert (np.abs(found - wanted) <= error + 1e-9).all(), (found, wanted)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_tokens_follow_the_tempered_softmax(temperature):
    close(shares(temperature=temperature), expected(LOGITS / temperature))


@pytest.mark.parametrize(
    ("how", "keep"),
    [
        ({"top_k": 1}, {1}),
        ({"top_k": 3}, {1, 4, 2}),
        ({"top_k": 100}, set(range(8))),
        ({"top_p": 1e-6}, {1}),
        ({"top_p": 0.6}, {1, 4}),
        ({"top_k": 3, "top_p": 0.9}, {1, 4, 2}),
        ({"banned": (1, 4)}, {0, 2, 3, 5, 6, 7}),
        ({"banned": (1, 4, 10**6), "top_k": 2}, {2, 0}),
    ],
)
def test_what_is_cut_off_is_never_sampled(how, keep):
    close(shares(**how), expected(LOGITS, keep))


def test_top_p_counts_after_the_temperature():
    assert expected(LOGITS)[1] < 0.5 < expected(LOGITS / 0.5)[1]
    close(shares(top_p=0.5, temperature=0.5), expected(LOGITS, {1}))


@pytest.mark.parametrize("temperature", [0.0, 1e-9])
def test_without_temperature_the_likeliest_token_that_is_allowed_is_taken(temperature):
    assert step([row(temperature=temperature), row(temperature=temperature, banned=(1, 4))]).tolist() == [
        1,
        2,
    ]


def test_neighbours_change_nothing():
    kinds: list[dict[str, Any]] = [
        {"temperature": 0.0},
        {"top_p": 0.7},
        {"top_k": 2, "temperature": 3.0},
        {"banned": (1,)},
        {},
    ]
    alone = [step([row(seed=seed, **how)]).item() for seed in range(20) for how in kinds]
    assert step([row(seed=seed, **how) for seed in range(20) for how in kinds]).tolist() == alone


def test_the_log_probability_is_of_the_raw_distribution():
    rows = [row(seed=3), row(temperature=0.0), row(top_k=1, temperature=9.0), row(banned=(1, 4), seed=1)]
    ids = step(rows)
    raw = LOGITS.log_softmax(-1)
    assert [each.ids for each in rows] == [[i] for i in ids.tolist()]
    np.testing.assert_allclose([each.logprobs[0] for each in rows], raw[ids].numpy(), atol=1e-6)


def test_a_seed_goes_on_where_it_was_and_starts_again_after_a_restart():
    one = row(seed=5, budget=40)
    for _ in range(20):
        step([one])
    first = list(one.ids)
    assert len(set(first)) > 2
    one.restart()
    assert one.ids == []
    for _ in range(len(first)):
        step([one])
    assert one.ids == first


def test_rows_end_by_the_closing_token_a_text_their_budget_or_an_abort():
    only = torch.full((4, 8), -50.0)
    only[torch.arange(4), torch.tensor([END, 3, 3, 3])] = 50.0
    ended: list[Row] = []
    rows = [
        row(ended, budget=9),
        row(ended, budget=9, stop=("33",)),
        row(ended, budget=3),
        row(ended, budget=9),
    ]
    done = []
    for count in range(3):
        step(rows, only)
        done.append(RowsDone(rows)(torch.zeros(4, 1), None).tolist())
        rows[3].is_aborted = count == 0
    assert done == [[True, False, False, False], [True, True, False, True], [True, True, True, True]]
    assert [(each.ids, each.finish) for each in rows] == [
        ([END], "stop"),
        ([3, 3], "stop"),
        ([3, 3, 3], "length"),
        ([3], "abort"),
    ]
    assert ended == [rows[0], rows[3], rows[1], rows[2]], "each told once, when it ended"


def test_a_stop_text_is_found_wherever_its_tokens_begin():
    one = row(budget=99, stop=("aé",))
    spelled = [b"x", b"xa", b"\xc3", b"\xa9"]  # the last character comes in two tokens
    for i in range(4):
        assert one.finish is None
        one.take(
            i + 1, -1.0, {END}, lambda ids: b"".join(spelled[i - 1] for i in ids).decode(errors="replace")
        )
    assert one.finish == "stop"


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_no_tokens(broken):
    logits = LOGITS.repeat(2, 1)
    logits[1, 4] = broken
    with pytest.raises(FloatingPointError, match="not finite"):
        step([row(), row()], logits)
