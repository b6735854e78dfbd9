"""The model in training: log-probabilities, updates, weights.

Knows rows of tokens and pictures, no environment and no engine. The model is loaded and fed as the backend
`transformers` does it, so that both see the same.
"""

__all__ = ["Learner"]

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers.utils.hub import cached_file

from ..errors import EngineError, MissingExtraError
from ..tools.tool import Image
from .engines.local_model import LocalModel, no_bars
from .grpo_config import GrpoConfig
from .grpo_loss import PolicyLoss, Tokens, policy_loss, token_weights
from .grpo_rows import Row

LOCAL = ("attn_implementation", "revision")  # options of the engine that say what the model is
WEIGHT_FILES = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".index.json")
BETAS = (0.9, 0.99)

Find = Callable[[str], Image]


class Learner:
    """Weights, their optimizer and their version.

    Args:
        config: of the training.

    Attributes:
        version: how many steps they have been trained.

    Raises:
        UsageError: a model that cannot be loaded as asked.
        MissingExtraError: adapters without peft.
    """

    def __init__(self, config: GrpoConfig) -> None:
        asked = config.collect
        options = {name: asked.engine[name] for name in LOCAL if name in asked.engine}
        options |= {"dtype": "bfloat16" if config.dtype == "bfloat16" else "float32"}
        options |= {"device": config.device} if config.device else {}
        self._config = config
        self._threads = asked.engine.get("threads")
        self._local = LocalModel(asked.model, asked.context, options)
        self._model = self._local.model
        self._reference = None
        if config.lora_rank:
            self._adapt(config)
        elif config.kl:
            self._reference = deepcopy(self._model).requires_grad_(False)
        if config.gradient_checkpointing:
            self._model.gradient_checkpointing_enable({"use_reentrant": False})
            self._model.enable_input_require_grads()
            self._model.train()
        self._trained = {name: w for name, w in self._model.named_parameters() if w.requires_grad}
        self.version = 0
        self._optimizer = torch.optim.AdamW(
            self._trained.values(),
            config.learning_rate,
            betas=BETAS,
            weight_decay=config.weight_decay,
        )

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """See `policy.Weights`."""
        if not self._config.lora_rank:
            return {name: weight.detach() for name, weight in self._model.named_parameters()}
        return _merged(self._model)

    def save(self, folder: Path) -> None:
        """See `policy.Weights`; what goes with the weights is copied from where they came."""
        merged = dict(self.tensors())
        folder.mkdir(parents=True, exist_ok=True)
        asked = self._config.collect
        found = cached_file(asked.model, "config.json", revision=asked.engine.get("revision"))
        source = Path(str(found)).parent
        is_own = source.resolve() == folder.resolve()
        for path in () if is_own else sorted(source.iterdir()):
            if path.is_file() and not path.name.endswith(WEIGHT_FILES):
                shutil.copyfile(path, folder / path.name)
        with _plain(self._model) as model, no_bars():
            model.save_pretrained(folder, state_dict=merged)

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """What a checkpoint holds: the trained weights by name, and the optimizer's state of each."""
        kept: dict[str, torch.Tensor] = {}
        for name, weight in self._trained.items():
            for key, value in self._optimizer.state.get(weight, {}).items():
                kept[f"{name}|{key}"] = torch.as_tensor(value).detach().clone()
        return {name: weight.detach() for name, weight in self._trained.items()}, kept

    def restore(self, weights: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> None:
        """Go back to a checkpoint; both as `state` gave them.

        Raises:
            EngineError: it is of another model.
        """
        if weights.keys() != self._trained.keys():
            raise EngineError("the checkpoint holds other weights than this training changes")
        with torch.no_grad():
            for name, weight in self._trained.items():
                weight.copy_(weights[name])
                own = {
                    key.rpartition("|")[2]: v for key, v in state.items() if key.rpartition("|")[0] == name
                }
                if own:
                    # The count of steps stays on the CPU, as the optimizer makes it.
                    self._optimizer.state[weight] = {
                        key: v.clone() if key == "step" else v.to(weight.device, copy=True)
                        for key, v in own.items()
                    }

    def update(self, rows: Sequence[Row], find: Find, *, step: int) -> dict[str, float]:
        """Train on the rows of a step.

        Args:
            rows: at least one.
            find: the picture of a sha256.
            step: from 0; its number seeds the order of the rows.

        Returns:
            Numbers for the log: how many updates, and means over them.
        """
        config = self._config
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        for group in self._optimizer.param_groups:
            group["lr"] = config.rate(step)
        needs_before = config.epochs * config.minibatches > 1
        before = self._known(rows, find, self._scores) if needs_before else None
        reference = self._known(rows, find, self._reference_scores) if config.kl else None
        told: list[dict[str, float]] = []
        for epoch in range(config.epochs):
            order = list(range(len(rows)))
            Random(f"{config.collect.seed} {step} {epoch}").shuffle(order)
            size = -(-len(rows) // config.minibatches)
            for first in range(0, len(rows), size):
                part = order[first : first + size]
                told.append(self._descend(rows, part, find, before, reference))
        means = {name: sum(each[name] for each in told) / len(told) for name in told[0]}
        return {"updates": float(len(told)), **means}

    def scores(self, rows: Sequence[Row], find: Find) -> torch.Tensor:
        """(rows, longest) float32 log-probability of each sampled token, 0 elsewhere, without gradient."""
        with torch.no_grad():
            return self._scores(rows, find)

    def _descend(
        self,
        rows: Sequence[Row],
        part: Sequence[int],
        find: Find,
        before: Sequence[torch.Tensor] | None,
        reference: Sequence[torch.Tensor] | None,
    ) -> dict[str, float]:
        """One update from some rows, as many at once as fit."""
        config = self._config
        weights = token_weights(
            [rows[i].mask for i in part], config.counted, constant=config.collect.max_tokens
        )
        share = dict(zip(part, weights, strict=True))
        # A row of a group of equals pulls nowhere: it is only counted.
        pulling = [i for i in part if config.kl or any(rows[i].advantages)]
        # Rows of like length side by side, so that little is filled up.
        ordered = sorted(pulling, key=lambda i: len(rows[i].ids))
        self._optimizer.zero_grad(set_to_none=True)
        losses: list[PolicyLoss] = []
        for first in range(0, len(ordered), config.micro_batch):
            some = ordered[first : first + config.micro_batch]
            own = [rows[i] for i in some]
            now = self._scores(own, find)
            old = now.detach() if before is None else self._stacked([before[i] for i in some], now)
            engine = self._filled([row.logprobs for row in own], now)
            loss = policy_loss(
                now,
                Tokens(
                    self._filled([share[i] for i in some], now),
                    self._filled([row.advantages for row in own], now),
                    torch.where(engine.isnan(), old, engine),
                    old,
                    None if reference is None else self._stacked([reference[i] for i in some], now),
                ),
                clip_low=config.clip_low,
                clip_high=config.clip_high,
                most_importance=config.most_importance,
                kl=config.kl,
            )
            loss.value.backward()
            losses.append(loss)
        norm = torch.nn.utils.clip_grad_norm_(self._trained.values(), config.max_norm)
        if torch.isfinite(norm):
            self._optimizer.step()
        names = [name for name in PolicyLoss._fields if name != "value"]
        seen = sum(sum(share[i]) for i in ordered) or 1.0
        found = {name: sum((getattr(loss, name) for loss in losses), 0.0) / seen for name in names}
        return found | {
            "loss": sum(float(loss.value.detach()) for loss in losses),
            "grad_norm": float(norm),
            "skipped": float(not torch.isfinite(norm)),
        }

    def _known(
        self, rows: Sequence[Row], find: Find, scores: Callable[[Sequence[Row], Find], torch.Tensor]
    ) -> list[torch.Tensor]:
        """Scores of each row, without gradient, not filled up."""
        found = []
        with torch.no_grad():
            for first in range(0, len(rows), self._config.micro_batch):
                some = rows[first : first + self._config.micro_batch]
                made = scores(some, find)
                found += [line[: len(row.ids)] for line, row in zip(made, some, strict=True)]
        return found

    def _reference_scores(self, rows: Sequence[Row], find: Find) -> torch.Tensor:
        if self._reference is not None:
            return self._scores(rows, find, self._reference)
        with _without_adapters(self._model):
            return self._scores(rows, find)

    def _scores(self, rows: Sequence[Row], find: Find, model: Any = None) -> torch.Tensor:
        shown = [(row.ids, self._local.pictures([find(sha256) for sha256 in row.images])) for row in rows]
        inputs = self._local.inputs(shown, pads_left=False)
        ids = inputs["input_ids"]
        mask = self._filled([row.mask for row in rows], ids.float()).bool()
        # The head is applied only where some row has a sampled token next.
        at = mask.any(0).nonzero()[:, 0]
        device = self._local.device.type
        bits = self._config.dtype
        mixed = nullcontext() if bits == "float32" else torch.autocast(device, torch.bfloat16)
        with mixed:
            made = (model or self._model)(**inputs, logits_to_keep=at - 1, use_cache=False)
        logits = made.logits.float()
        own = logits.gather(-1, ids[:, at, None])[..., 0] - logits.logsumexp(-1)
        places = torch.zeros(ids.shape, dtype=own.dtype, device=own.device)
        return torch.where(mask, places.index_copy(1, at, own), 0.0)

    def _filled(self, lists: Sequence[Sequence[float]], like: torch.Tensor) -> torch.Tensor:
        filled = torch.zeros(like.shape, dtype=torch.float32)
        for i, values in enumerate(lists):
            filled[i, : len(values)] = torch.tensor(values, dtype=torch.float32)
        return filled.to(like.device)

    def _stacked(self, lines: Sequence[torch.Tensor], like: torch.Tensor) -> torch.Tensor:
        filled = torch.zeros_like(like)
        for i, line in enumerate(lines):
            filled[i, : len(line)] = line
        return filled

    def _adapt(self, config: GrpoConfig) -> None:
        if find_spec("peft") is None:
            raise MissingExtraError("--lora-rank needs peft: pip install peft")
        from peft import LoraConfig, inject_adapter_in_model  # pyright: ignore[reportMissingImports]

        self._model.requires_grad_(False)
        alpha = config.lora_alpha if config.lora_alpha is not None else 2.0 * config.lora_rank
        # Of the language model; eyes stay as they are.
        names = [
            name
            for name, module in self._model.named_modules()
            if isinstance(module, torch.nn.Linear) and "visual" not in name and "lm_head" not in name
        ]
        with torch.random.fork_rng():
            torch.manual_seed(config.collect.seed)
            asked = LoraConfig(r=config.lora_rank, lora_alpha=alpha, target_modules=names)
            inject_adapter_in_model(asked, self._model)
        for name, weight in self._model.named_parameters():
            if "lora_" in name:
                weight.data = weight.data.float()


def _merged(model: Any) -> dict[str, torch.Tensor]:
    """The weights under their plain names, each with what its adapter adds."""
    found = {}
    for name, weight in model.named_parameters():
        if "lora_" in name:
            continue
        plain = name.replace(".base_layer.", ".")
        found[plain] = weight.detach()
        if plain != name and name.endswith(".weight"):
            layer = model.get_submodule(name.removesuffix(".base_layer.weight"))
            found[plain] = found[plain] + layer.get_delta_weight("default").detach().to(weight.dtype)
    return found


@contextmanager
def _plain(model: Any) -> Iterator[Any]:
    """The model as one that has no adapters, for saving what is handed over."""
    told = getattr(model, "_hf_peft_config_loaded", False)
    model._hf_peft_config_loaded = False
    try:
        yield model
    finally:
        model._hf_peft_config_loaded = told


@contextmanager
def _without_adapters(model: Any) -> Iterator[None]:
    # Not the models themselves, which have a method of that name for other adapters.
    layers = [module for module in model.modules() if hasattr(module, "get_delta_weight")]
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)
