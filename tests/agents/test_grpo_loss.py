"""The loss of one group, by hand: a linear policy over two words, log-probabilities of a half."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test")

from eyesmith.agents import CollectConfig, grpo_learner  # noqa: E402
from eyesmith.agents.grpo_config import GrpoConfig  # noqa: E402
from eyesmith.agents.grpo_loss import Tokens, policy_loss, token_weights  # noqa: E402
from eyesmith.agents.grpo_rows import Row  # noqa: E402
from eyesmith.errors import UsageError  # noqa: E402
from eyesmith.rewards.advantages import grpo  # noqa: E402

pytestmark = pytest.mark.torch

HALF = math.log(0.5)
PLACES = 4


class Linear(torch.nn.Module):
    """Logits of each place from a weight of its own: what stood before changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(PLACES, 2))

    def forward(self, input_ids: Any, attention_mask: Any, logits_to_keep: Any, use_cache: bool) -> Any:
        logits = self.weight[None, : input_ids.shape[1]].expand(len(input_ids), -1, -1)
        return SimpleNamespace(logits=logits[:, logits_to_keep])


class Local:
    """Stands where the model of transformers is loaded."""

    device = torch.device("cpu")

    def __init__(self, *_: Any) -> None:
        self.model = Linear()

    def pictures(self, images: list[Any]) -> list[Any]:
        return images

    def inputs(self, rows: Any, *, pads_left: bool) -> dict[str, Any]:
        assert not pads_left
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        for i, (own, _) in enumerate(rows):
            ids[i, : len(own)] = torch.tensor(own)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(grpo_learner, "LocalModel", Local)
    return lambda **over: grpo_learner.Learner(config(**over))


def config(**over: Any) -> GrpoConfig:
    collect = CollectConfig(
        env="eyesmith/ZoomQA-v0", model="tiny", backend="transformers", group=2, episodes=2
    )
    return GrpoConfig(collect=collect, **{"max_norm": 1e9, "learning_rate": 0.1} | over)


def group(rewards: list[float | None], *, shown: int = 0) -> list[Row]:
    """A prompt, a sampled word, one of the environment, a sampled word; of the failed nothing."""
    advantages = grpo(rewards, floor=0.0)
    words = ([1, 1], [0, 1])
    return [
        Row([0, first, shown, last], [0, 1, 0, 1], [0.0, HALF, 0.0, HALF], [0.0, own, 0.0, own], [])
        for (first, last), own in zip(words, advantages, strict=True)
        if own is not None
    ]


def gradient(learner: Any) -> Any:
    return learner._model.weight.grad


def test_one_group_has_the_loss_and_the_gradient_that_are_computed_by_hand(learner: Any) -> None:
    made = learner()
    told = made.update(group([1.0, 0.0]), None, step=0)
    # Advantages are a and -a, a = sqrt(1/2); each of the four tokens counts a quarter; all ratios are 1.
    a = math.sqrt(0.5)
    assert told["loss"] == pytest.approx(0.0, abs=1e-7)
    assert told["entropy"] == pytest.approx(-HALF, abs=1e-6)
    assert told["importance"] == pytest.approx(1.0)
    # The place before the first word: a says 1, -a says 0, so that both push to 1: 2 * a/4 * 1/2.
    # Before the last word both say 1, and cancel. Where the environment speaks nothing is pushed.
    expected = torch.tensor([[a / 4, -a / 4], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    torch.testing.assert_close(gradient(made), expected, rtol=0, atol=1e-7)


def test_unequal_rewards_by_hand(learner: Any) -> None:
    made = learner(counted="episode")
    rows = group([1.0, 0.0])
    # Only the first has a second word, so that its words count 1/4 each and that of the other 1/2.
    rows[1] = Row([0, 0], [0, 1], [0.0, HALF], [0.0, -math.sqrt(0.5)], [])
    told = made.update(rows, None, step=0)
    a = math.sqrt(0.5)
    assert told["loss"] == pytest.approx(-(a / 4 + a / 4 - a / 2), abs=1e-7)
    # First place: 1/4 * a * 1/2 + 1/2 * a * 1/2; third place: 1/4 * a * 1/2.
    first, third = 3 * a / 8, a / 8
    expected = torch.tensor([[first, -first], [0.0, 0.0], [third, -third], [0.0, 0.0]])
    torch.testing.assert_close(gradient(made), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("counted", ["token", "episode", "constant"])
def test_what_the_environment_said_changes_neither_loss_nor_gradient(learner: Any, counted: str) -> None:
    found = []
    for shown in (0, 1):
        made = learner(counted=counted, kl=0.1)
        rows = group([1.0, 0.25], shown=shown)
        told = made.update(rows, None, step=0)
        found.append((told["loss"], gradient(made).clone()))
    assert found[0][0] == found[1][0]
    assert torch.equal(found[0][1], found[1][1])
    assert found[0][1].abs().sum() > 0
    # The mask alone says so: with it set, the same flip is seen.
    losses = []
    for shown in (0, 1):
        made = learner(counted=counted)
        rows = [
            Row(row.ids, [0, 1, 1, 1], [0.0, HALF, HALF, HALF], [0.0, 1.0, 1.0, 1.0], [])
            for row in group([1.0, 0.25], shown=shown)
        ]
        made.update(rows, None, step=0)
        losses.append(gradient(made).clone())
    assert not torch.equal(losses[0], losses[1])


def test_whatever_stands_where_nothing_counts_is_ignored() -> None:
    weights = torch.tensor([[0.0, 0.5, 0.0, 0.5]])
    values = torch.tensor([[0.0, -0.3, 0.0, -0.4]])
    plain = Tokens(weights, torch.ones(1, 4), values, values, values)
    rubbish = torch.where(weights > 0, values, torch.inf)
    now = values.clone().requires_grad_()
    policy_loss(now, plain, kl=0.1).value.backward()
    wild = torch.where(weights > 0, values, -torch.inf).requires_grad_()
    loss = policy_loss(wild, Tokens(weights, torch.ones(1, 4), rubbish, rubbish, rubbish), kl=0.1)
    loss.value.backward()
    assert loss.value.item() == policy_loss(now, plain, kl=0.1).value.item()
    assert now.grad is not None
    assert wild.grad is not None
    assert torch.equal(now.grad, wild.grad)


def test_importance_is_truncated_and_no_part_of_the_gradient() -> None:
    engine = torch.tensor([[-3.0, -1.0]])
    before = torch.tensor([[-1.0, -1.5]])  # e^2 times as likely here, and e^-0.5 times
    now = before.clone().requires_grad_()
    tokens = Tokens(torch.full((1, 2), 0.5), torch.tensor([[1.0, 1.0]]), engine, before)
    loss = policy_loss(now, tokens)
    weak = math.exp(-0.5)
    assert loss.value.item() == pytest.approx(-(2.0 + weak) / 2)
    assert (loss.truncated, loss.importance) == pytest.approx((0.5, (2.0 + weak) / 2))
    loss.value.backward()
    torch.testing.assert_close(now.grad, torch.tensor([[-1.0, -weak / 2]]))


@pytest.mark.parametrize(
    ("ratio", "advantage", "gained", "slope"),
    [
        (1.5, 1.0, 1.2, 0.0),  # further up pays nothing
        (0.5, 1.0, 0.5, 0.5),
        (1.5, -1.0, -1.5, -1.5),
        (0.5, -1.0, -0.8, 0.0),  # further down pays nothing
        (1.1, 1.0, 1.1, 1.1),
    ],
)
def test_the_ratio_is_clipped_where_it_would_pay(
    ratio: float, advantage: float, gained: float, slope: float
) -> None:
    before = torch.tensor([[-1.0]])
    now = (before + math.log(ratio)).requires_grad_()
    tokens = Tokens(torch.ones(1, 1), torch.tensor([[advantage]]), before, before)
    loss = policy_loss(now, tokens)
    loss.value.backward()
    assert now.grad is not None
    assert loss.value.item() == pytest.approx(-gained)
    assert now.grad.item() == pytest.approx(-slope)
    assert loss.clipped == float(slope == 0.0)


def test_the_divergence_is_that_of_schulman() -> None:
    now, reference = torch.tensor([[-1.0]]), torch.tensor([[-1.5]])
    tokens = Tokens(torch.ones(1, 1), torch.zeros(1, 1), now, now, reference)
    loss = policy_loss(now, tokens, kl=2.0)
    divergence = math.exp(-0.5) + 0.5 - 1
    assert loss.kl == pytest.approx(divergence)
    assert loss.value.item() == pytest.approx(2 * divergence)
    with pytest.raises(UsageError, match="reference"):
        policy_loss(now, Tokens(*tokens[:4]), kl=1.0)


def test_parts_of_a_batch_have_the_gradient_of_the_whole(learner: Any) -> None:
    found = []
    for size in (1, 2):
        made = learner(micro_batch=size, counted="token")
        told = made.update(group([1.0, 0.25]), None, step=0)
        found.append((told, gradient(made).clone()))
    assert found[0][0] == pytest.approx(found[1][0])
    torch.testing.assert_close(found[0][1], found[1][1])


def test_one_survivor_and_a_group_of_equals_move_nothing(learner: Any) -> None:
    # whose reward is None is failed; grpo gives the survivor nothing, so that no row is made of it
    assert group([1.0, None]) == []
    made = learner()
    made.update(group([0.5, 0.5]), None, step=0)
    assert gradient(made) is None
    assert torch.equal(made._model.weight, torch.zeros(PLACES, 2))


def test_tokens_that_no_engine_sampled_count_as_they_are(learner: Any) -> None:
    made = learner()
    rows = [
        Row(row.ids, row.mask, [0.0, math.nan, 0.0, math.nan], row.advantages, [])
        for row in group([1.0, 0.0])
    ]
    told = made.update(rows, None, step=0)
    assert told["importance"] == 1.0
    assert gradient(made).abs().sum() > 0


def test_how_tokens_are_counted() -> None:
    masks = [[0, 1, 1, 1], [1], [0, 0]]
    assert token_weights(masks, "token") == [[0.0, 0.25, 0.25, 0.25], [0.25], [0.0, 0.0]]
    assert token_weights(masks, "episode") == [[0.0, 1 / 6, 1 / 6, 1 / 6], [0.5], [0.0, 0.0]]
    assert token_weights(masks, "constant", constant=10) == [[0.0, 0.05, 0.05, 0.05], [0.05], [0.0, 0.0]]
    with pytest.raises(UsageError, match="constant="):
        token_weights(masks, "constant")
    with pytest.raises(UsageError, match="token, episode, constant"):
        token_weights(masks, "word")  # type: ignore[arg-type]
