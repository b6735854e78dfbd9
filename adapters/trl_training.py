"""`eyesmith train grpo --trainer trl`: TRL's trainer from a command line.

A setting that TRL has no word for is refused, not dropped. Evaluations are left to `eyesmith eval`.
"""

__all__ = ["CARRIED", "run_trl"]

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..agents.flags import Settings
from ..agents.grpo_flags import TRAIN, train_config
from ..agents.grpo_log import TrainingLog
from ..errors import MissingExtraError, UsageError
from .trl import trl_dataset, trl_environment, trl_rewards

if TYPE_CHECKING:
    from rich.console import Console

    from ..agents.grpo_config import GrpoConfig

CARRIED = frozenset(
    {"env", "trainer", "out", "config", "resume", "model", "backend", "context", "episodes", "group", "split"}
    | {"seed", "tasks", "steps", "advantages", "counted", "epochs", "micro_batch", "learning_rate", "warmup"}
    | {
        "weight_decay",
        "max_norm",
        "clip_low",
        "clip_high",
        "kl",
        "lora_rank",
        "lora_alpha",
        "dtype",
        "device",
    }
    | {"gradient_checkpointing", "checkpoint_every", "keep"}
)
SCALED = {"grpo": "group", "dr-grpo": "none"}
LOSSES = {"token": "dapo", "episode": "grpo", "constant": "dr_grpo"}
COMPLETION_TOKENS = 4096  # behind the prompt, with all that tools answer
LOGGED = ("reward", "loss", "grad_norm", "entropy", "kl", "learning_rate")


def run_trl(settings: Settings, console: "Console") -> int:
    """Train, and say where the weights are; returns the exit status.

    Raises:
        MissingExtraError: TRL is not installed.
        UsageError: a setting that TRL does not carry, or one that cannot be used.
    """
    if find_spec("trl") is None:
        raise MissingExtraError('--trainer trl needs TRL: pip install "eyesmith[train]"')
    if "out" not in settings.values:
        raise UsageError("train needs a folder for the training: give --out DIR")
    config = _config(settings)
    out = Path(settings.values["out"])
    is_there = out.is_dir() and any(out.iterdir())
    goes_on = bool(settings.values.get("resume")) and any(out.glob("checkpoint-*"))
    if is_there and not goes_on:
        raise UsageError(
            f"{out} is not empty: add --resume to go on from TRL's checkpoint in it, or choose another --out"
        )
    trainer = _trainer(config, out)
    trainer.train(resume_from_checkpoint=goes_on or None)
    trainer.save_model(str(out / "model"))
    log = TrainingLog(out, 0)
    try:
        for told in trainer.state.log_history:
            if "reward" in told:
                named = {name: float(told[name]) for name in LOGGED if name in told}
                parts = {
                    name: float(value)
                    for name, value in told.items()
                    if name.startswith(("rewards/", "tools/")) and isinstance(value, (int, float))
                }
                log.step({"step": told["step"], **named, **parts})
    finally:
        log.close()
    console.print(f"{trainer.state.global_step} steps; the model: {out / 'model'}", markup=False)
    console.print(f"the curve: {out / 'curve.png'}", markup=False)
    console.print(f"measure it: eyesmith eval {config.collect.env} --model {out / 'model'}", markup=False)
    return 0


def _config(settings: Settings) -> "GrpoConfig":
    """The config, where TRL carries all that was asked."""
    names = {flag.target: f"--{flag.name}" if len(flag.name) > 1 else f"-{flag.name}" for flag in TRAIN}
    left = sorted(names.get(name, f"--{name}.K") for name in settings.values.keys() - CARRIED)
    if left:
        raise UsageError(
            f"TRL's trainer does not carry {', '.join(left)}: leave it out, or train with --trainer own, "
            "which has step rewards, group rules, injected experts, evaluations and importance weights"
        )
    if settings.values.get("backend", "transformers") != "transformers":
        raise UsageError(
            "--trainer trl samples with --backend transformers; TRL's own vLLM is set up in a script, see "
            "docs/trl.md"
        )
    config = train_config(replace(settings, values={**settings.values, "backend": "transformers"}))
    if config.advantages not in SCALED:
        raise UsageError(
            f"TRL compares a group by {' or '.join(SCALED)}, not by {config.advantages}: use --trainer own"
        )
    return config


def _trainer(config: "GrpoConfig", out: Path) -> Any:
    library: Any = import_module("trl")  # not the room of that name beside this one
    asked = config.collect
    kwargs = dict(asked.env_kwargs)
    # A step of TRL is a whole number of micro-batches.
    micro = gcd(config.micro_batch, asked.episodes)
    parts = trl_rewards(asked.env, **kwargs)
    arguments = library.GRPOConfig(
        output_dir=str(out),
        max_steps=config.steps,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=asked.episodes // micro,
        num_generations=asked.group,
        num_iterations=config.epochs,
        max_completion_length=asked.context or COMPLETION_TOKENS,
        max_tool_calling_iterations=_turns(asked.env, kwargs),
        temperature=1.0,
        learning_rate=config.learning_rate,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=config.warmup,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_norm,
        epsilon=config.clip_low,
        epsilon_high=config.clip_high,
        beta=config.kl,
        scale_rewards=SCALED[config.advantages],
        loss_type=LOSSES[config.counted],
        reward_weights=[0.0] * len(parts),  # the score is `get_reward`; these are told
        bf16=config.dtype == "mixed",
        use_cpu=config.device == "cpu",
        gradient_checkpointing=config.gradient_checkpointing,
        model_init_kwargs={"dtype": "bfloat16" if config.dtype == "bfloat16" else "float32"},
        save_steps=config.checkpoint_every,
        save_total_limit=config.keep,
        logging_steps=1,
        report_to=[],
        seed=asked.seed,
    )
    return library.GRPOTrainer(
        model=str(asked.model),
        args=arguments,
        train_dataset=_tasks(config, kwargs),
        reward_funcs=parts,
        environment_factory=trl_environment(asked.env, **kwargs),
        peft_config=_adapter(config),
    )


def _tasks(config: "GrpoConfig", kwargs: Mapping[str, Any]) -> Any:
    """The tasks that are gone round in, from number `seed` on."""
    from ..envs.describe import make_env

    asked = config.collect
    env = make_env(asked.env, **kwargs)
    try:
        there = env.num_tasks(asked.split) - asked.seed
    finally:
        env.close()
    count = config.tasks or min(there, config.steps * asked.episodes // asked.group)
    return trl_dataset(asked.env, asked.split, count, first=asked.seed, **kwargs)


def _turns(env_id: str, kwargs: Mapping[str, Any]) -> int:
    """Calls of an episode; behind the last one the model has a word to say that it is over."""
    from ..envs.describe import make_env

    env = make_env(env_id, **kwargs)
    try:
        return env.kwargs["max_turns"] or env.MAX_TURNS
    finally:
        env.close()


def _adapter(config: "GrpoConfig") -> Any:
    if not config.lora_rank:
        return None
    if find_spec("peft") is None:
        raise MissingExtraError("--lora-rank needs peft: pip install peft")
    from peft import LoraConfig  # pyright: ignore[reportMissingImports]

    alpha = config.lora_alpha if config.lora_alpha is not None else 2.0 * config.lora_rank
    return LoraConfig(r=config.lora_rank, lora_alpha=alpha, target_modules="all-linear")
