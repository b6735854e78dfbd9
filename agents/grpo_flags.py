"""Settings of `eyesmith train grpo`, and the command itself.

Imports nothing heavy before the command runs, because every command line passes here.
"""

__all__ = ["TRAIN", "add_train", "run_train"]

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .flags import COLLECT, Flag, Settings, add_flags, config_of, settings_of

if TYPE_CHECKING:
    from rich.console import Console

    from .grpo_config import GrpoConfig

TRAINERS = ("own", "trl")
GROUP_RULES = ("none", "visionthink", "pixel-reasoner")
ADVANTAGES = ("grpo", "dr-grpo", "leave-one-out", "per-component", "per-turn")
COUNTED = ("token", "episode", "constant")
DTYPES = ("float32", "mixed", "bfloat16")
# Of a collection: what a training decides itself, or cannot do.
NOT_TRAINED = frozenset({"mix", "policy", "retry_errors", "base_url"})

TRAIN = (
    *(flag for flag in COLLECT if flag.target not in NOT_TRAINED),
    Flag("trainer", "trainer", str, "own (default), or trl: TRL's GRPOTrainer", None, TRAINERS),
    Flag("steps", "steps", int, "each plays -n episodes with the newest weights (default 100)", "STEPS"),
    Flag("tasks", "tasks", int, "go round in so many tasks (default: new ones at every step)", "TASKS"),
    Flag("group-rule", "group_rule", str, "rewards by the whole group (default none)", None, GROUP_RULES),
    Flag("advantages", "advantages", str, "how a group is compared (default grpo)", None, ADVANTAGES),
    Flag("counted", "counted", str, "what a token counts (default token)", None, COUNTED),
    Flag("epochs", "epochs", int, "how often a step's episodes are gone through (default 1)"),
    Flag("minibatches", "minibatches", int, "updates of an epoch (default 1)"),
    Flag("micro-batch", "micro_batch", int, "sequences at once; the rest is accumulated (default 4)"),
    Flag("learning-rate", "learning_rate", float, "of AdamW (default 1e-6)", "RATE"),
    Flag("warmup", "warmup", int, "steps in which it rises (default 0)", "STEPS"),
    Flag("weight-decay", "weight_decay", float, "of AdamW (default 0)"),
    Flag("max-norm", "max_norm", float, "at which gradients are clipped (default 1)"),
    Flag("clip-low", "clip_low", float, "how far the ratio may fall below 1 (default 0.2)"),
    Flag("clip-high", "clip_high", float, "how far it may rise above 1 (default 0.2)"),
    Flag("most-importance", "most_importance", float, "where engine against trainer is cut (default 2)"),
    Flag("kl", "kl", float, "factor of the divergence from the model as it was (default 0)"),
    Flag("lora-rank", "lora_rank", int, "rank of adapters; 0 (default) trains all weights", "R"),
    Flag("lora-alpha", "lora_alpha", float, "their scale (default: twice the rank)"),
    Flag("experts", "experts", int, "trajectories of the scripted expert in each group (default 0)"),
    Flag("dtype", "dtype", str, "of the weights in training (default float32)", None, DTYPES),
    Flag("device", "device", str, "where they are trained (default: a GPU where there is one)"),
    Flag("gradient-checkpointing", "gradient_checkpointing", bool, "compute twice instead of keeping"),
    Flag("checkpoint-every", "checkpoint_every", int, "steps (default 10)", "STEPS"),
    Flag("keep", "keep", int, "checkpoints that stay (default 2)"),
    Flag("eval-every", "eval_every", int, "steps; before and after always (default 0)", "STEPS"),
    Flag("eval-episodes", "eval_episodes", int, "tasks of an evaluation; 0 for none (default 64)", "TASKS"),
    Flag("eval-split", "eval_split", str, "their split (default test)"),
    Flag("eval-temperature", "eval_temperature", float, "0 (default) takes the likeliest", "T"),
    Flag("shuffled", "shuffled", bool, "deal rewards out anew: the control that must learn nothing"),
)


def add_train(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command, but for those that every environment takes."""
    parser.add_argument("algorithm", choices=["grpo"], help="how")
    parser.add_argument("env", metavar="ENV", nargs="?", help="environment id, such as eyesmith/ZoomQA-v0")
    add_flags(parser, TRAIN)
    parser.add_argument("--engine.K=V", dest="_", metavar="", help="any further setting of the engine")
    parser.add_argument("--template.K=V", dest="_", metavar="", help="any argument of the chat template")


def run_train(
    arguments: argparse.Namespace, console: "Console", *, trl: Callable[[Settings, "Console"], int]
) -> int:
    """Train, and say where the weights are; returns the exit status.

    Args:
        arguments: parsed.
        console: where to say it.
        trl: what `--trainer trl` runs; handed in, because adapters lie above agents.

    Raises:
        UsageError: a setting, a model or a folder that cannot be used.
        InfrastructureError: the machine failed; `--resume` goes on.
    """
    settings = settings_of(arguments, TRAIN)
    if settings.values.get("trainer") == "trl":
        return trl(settings, console)
    if "out" not in settings.values:
        raise UsageError("train needs a folder for the training: give --out DIR")
    config = train_config(settings)
    from .grpo import train
    from .grpo_console import TrainingLine

    out = Path(settings.values["out"])
    with TrainingLine(console, config.steps) as line:
        report = train(
            config, out, resume=settings.values.get("resume", False), progress=line, told=line.told
        )
    console.print(f"{report.steps} steps; the model: {out / 'model'}", markup=False, soft_wrap=True)
    console.print(f"the curve: {out / 'curve.png'}", markup=False, soft_wrap=True)
    console.print(f"look at the episodes: eyesmith show {out / 'steps'}", markup=False, soft_wrap=True)
    return 0


def train_config(settings: Settings) -> "GrpoConfig":
    """The resolved config.

    Raises:
        UsageError: a setting that cannot be used.
    """
    from .grpo_config import BACKENDS, GrpoConfig

    if "model" not in settings.values:
        raise UsageError("a training needs a model whose weights can be changed: give --model DIR")
    backend = settings.values.get("backend", "vllm")
    if backend not in BACKENDS:  # before anything asks for its address, which this command does not take
        raise UsageError(
            f"--backend {backend} runs weights that are elsewhere; to train them here give one of "
            f"{', '.join(BACKENDS)}"
        )
    own = {each.name for each in fields(GrpoConfig)} - {"collect"}
    values = {name: value for name, value in settings.values.items() if name in own}
    return GrpoConfig(collect=config_of(settings), **values)
