"""Settings of a training by GRPO; checked before anything starts."""

__all__ = ["ADVANTAGES", "BACKENDS", "GrpoConfig"]

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any, Literal

from ..errors import UsageError, did_you_mean
from ..rewards.advantages import dr_grpo, grpo, leave_one_out, per_turn
from .config import CollectConfig
from .grpo_groups import GROUP_RULES

ADVANTAGES: Mapping[str, Callable[..., Sequence[Any]]] = {
    "grpo": grpo,
    "dr-grpo": dr_grpo,
    "leave-one-out": leave_one_out,
    "per-component": grpo,  # over the components instead of the reward
    "per-turn": per_turn,
}
COUNTED = ("token", "episode", "constant")
DTYPES = ("float32", "mixed", "bfloat16")
BACKENDS = ("vllm", "transformers")
# A training that goes on may change these; everything else would make it another one.
MAY_DIFFER = frozenset({"steps", "micro_batch", "keep", "checkpoint_every", "eval_every"})


@dataclass(frozen=True, kw_only=True)
class GrpoConfig:
    """Settings of a training.

    Args:
        collect: model, environment, and the episodes of a step: `episodes` of them in groups of `group`,
            the first task of the first step is number `seed`.
        steps: how many; each plays its episodes with the newest weights.
        tasks: number of tasks to go round in; None takes new ones at every step.
        group_rule: one of `grpo_groups.GROUP_RULES`.
        advantages: one of ADVANTAGES.
        counted: what a token counts: `token`, `episode` or `constant` (see `grpo_loss.token_weights`).
        epochs: how often a step's episodes are gone through.
        minibatches: updates of an epoch.
        micro_batch: sequences at once; what does not fit in memory is accumulated.
        learning_rate: of AdamW, after the warm-up.
        warmup: steps in which it rises from 0.
        weight_decay: of AdamW.
        max_norm: at which gradients are clipped.
        clip_low: how far the ratio may fall below 1.
        clip_high: how far it may rise above 1.
        most_importance: where the weight of engine against trainer is truncated.
        kl: factor of the divergence from the model as it was; 0 for none.
        lora_rank: rank of adapters; 0 trains all weights.
        lora_alpha: scale of the adapters; None for twice the rank.
        experts: trajectories of the scripted expert in each group.
        dtype: `float32`; `mixed` computes in bfloat16 on weights in float32; `bfloat16` has the weights in it
            too, all but adapters.
        device: where they are trained; "" for a GPU where there is one.
        gradient_checkpointing: compute activations twice instead of keeping them.
        checkpoint_every: steps; the last one always.
        keep: checkpoints that stay.
        eval_every: steps; before and after always; 0 for these only.
        eval_episodes: tasks of `eval_split`, one episode each; 0 for no evaluation.
        eval_split: split of the evaluation.
        eval_temperature: 0 takes the likeliest token.
        shuffled: rewards are dealt out anew in each group, the control that must learn nothing.
    """

    collect: CollectConfig
    steps: int = 100
    tasks: int | None = None
    group_rule: str = "none"
    advantages: str = "grpo"
    counted: Literal["token", "episode", "constant"] = "token"
    epochs: int = 1
    minibatches: int = 1
    micro_batch: int = 4
    learning_rate: float = 1e-6
    warmup: int = 0
    weight_decay: float = 0.0
    max_norm: float = 1.0
    clip_low: float = 0.2
    clip_high: float = 0.2
    most_importance: float = 2.0
    kl: float = 0.0
    lora_rank: int = 0
    lora_alpha: float | None = None
    experts: int = 0
    dtype: str = "float32"
    device: str = ""
    gradient_checkpointing: bool = False
    checkpoint_every: int = 10
    keep: int = 2
    eval_every: int = 0
    eval_episodes: int = 64
    eval_split: str = "test"
    eval_temperature: float = 0.0
    shuffled: bool = False

    def __post_init__(self) -> None:
        self._check_choices()
        self._check_numbers()
        asked = self.collect
        if not asked.model:
            raise UsageError("a training needs a model whose weights can be changed: give --model DIR")
        if asked.backend not in BACKENDS:
            raise UsageError(
                f"--backend {asked.backend} runs weights that are elsewhere; to train them here give one of "
                f"{', '.join(BACKENDS)}"
            )
        if (asked.temperature, asked.top_p, asked.top_k) != (1.0, 1.0, 0):
            raise UsageError(
                "a training samples from the whole distribution that it changes: leave temperature 1, "
                f"top_p 1 and top_k 0, got {asked.temperature:g}, {asked.top_p:g} and {asked.top_k}"
            )
        if "adapter" in asked.engine:
            raise UsageError("train from whole weights: merge the adapter into the model, then leave it out")
        if asked.group < 2:
            raise UsageError("a group of one has nobody to be compared with: give -g 2 or more")
        groups = asked.episodes // asked.group
        if self.tasks is not None and self.tasks < groups:
            raise UsageError(f"a step takes {groups} tasks, and only {self.tasks} are gone round in")

    def _check_choices(self) -> None:
        for name, there in (
            ("group_rule", GROUP_RULES),
            ("advantages", ADVANTAGES),
            ("counted", COUNTED),
            ("dtype", DTYPES),
        ):
            value = getattr(self, name)
            if value not in there:
                hint = did_you_mean(str(value), there)
                raise UsageError(f"{name} must be one of {', '.join(there)}, got {value!r}.{hint}")
        if self.advantages in ("per-component", "per-turn") and self.group_rule != "none":
            raise UsageError(
                f"the group rule {self.group_rule!r} changes whole rewards, and the advantages "
                f"{self.advantages!r} are made of parts of them: choose one of the two"
            )
        if self.advantages in ("per-component", "per-turn") and (self.experts or self.shuffled):
            raise UsageError(f"experts and shuffled rewards need whole rewards, not {self.advantages!r}")

    def _check_numbers(self) -> None:
        least = dict.fromkeys(("warmup", "lora_rank", "experts", "eval_every", "eval_episodes"), 0)
        least |= dict.fromkeys(
            ("steps", "epochs", "minibatches", "micro_batch", "checkpoint_every", "keep"), 1
        )
        least |= {"tasks": 1} if self.tasks is not None else {}
        for name, low in least.items():
            value = getattr(self, name)
            if type(value) is not int or value < low:
                raise UsageError(f"{name} must be an integer of at least {low}, got {value!r}")
        for name in ("learning_rate", "max_norm", "clip_low", "clip_high", "most_importance"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not isfinite(value) or value <= 0:
                raise UsageError(f"{name} must be a number above 0, got {value!r}")
        for name in ("weight_decay", "kl", "eval_temperature"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not isfinite(value) or value < 0:
                raise UsageError(f"{name} must be a number of at least 0, got {value!r}")

    def of_step(self, step: int, tasks: int) -> CollectConfig:
        """The episodes of a step.

        Args:
            step: from 0.
            tasks: number of tasks of the split.
        """
        groups = self.collect.episodes // self.collect.group
        first = step * groups
        round_of = self.tasks or tasks
        # A round that ends in the middle of a step would need two stretches of tasks.
        whole = max(groups, round_of - round_of % groups)
        return replace(self.collect, seed=(self.collect.seed + first % whole) % tasks)

    def of_eval(self) -> CollectConfig:
        """The episodes of an evaluation, the same before and after."""
        return replace(
            self.collect,
            split=self.eval_split,
            seed=0,
            episodes=self.eval_episodes,
            group=1,
            temperature=self.eval_temperature,
        )

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        return self.learning_rate * min(1.0, (step + 1) / (self.warmup + 1))

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, as it is saved with the training."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "collect"}
        return own | {"collect": self.collect.as_dict()}
