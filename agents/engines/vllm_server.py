"""The backend `vllm-server`: vLLM's server, by its routes for token ids.

Start one of vLLM 0.32 with `python -m vllm.entrypoints.openai.api_server --model M --enable-scale-out
--enable-prompt-tokens-details --limit-mm-per-prompt '{"image": 999, "video": 0}'`, on a CPU also with
`--worker-cls eyesmith.agents.engines.vllm_cpu_worker.SeededCpuWorker`.

`/inference/v1/generate` takes the ids with one pad a picture, and the pictures in `content_parts`, which it
expands as the engine itself does. A picture travels once: after that its hash is enough, until the server
has forgotten it. (The route's other way, ids that are expanded already and `features` of the render route,
sends processed tensors instead of PNG, and needs messages to render.) Without `--enable-scale-out` prompts
of text alone go to `/v1/completions`.

Nothing is streamed: an aborted turn is given back by the server itself, `/inference/v1/abort_requests`; over
`/v1/completions` its tokens are lost. The version of the server's weights is not known here:
`weight_version` is 0.
"""

__all__ = ["OPTIONS", "VllmServer"]

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from ...errors import EngineError, UsageError, did_you_mean
from ...tools.tool import Image
from ..policy import EngineSettings, Generation, Sampling, TokenPrompt
from .chat_messages import PictureCache
from .endpoint import Endpoint, RefusedError
from .turns import Turns
from .vllm_answer import read_completion, read_tokens

OPTIONS: dict[str, tuple[type, str]] = {
    "check_model": (bool, "refuse a model that the server does not list; default: true"),
    "revision": (str, "of the tokenizer, where it is fetched by name"),
}
GENERATE, ABORT, COMPLETIONS = "/inference/v1/generate", "/inference/v1/abort_requests", "completions"
REQUEST_PREFIX = "generate-tokens-"  # what the server puts before the id of a request
ABORT_CONNECTIONS = 4
CLOSE_TURNS_S = 10.0
# As good as minus infinity at the temperatures that vLLM takes; `/v1/completions` allows no less than -100.
BAN, WEAK_BAN = -1e6, -100.0
# `/v1/completions` counts what is left for the completion first.
TOO_LONG = re.compile(r"maximum (?:model|context) length|max_tokens must be at least 1, got (?:0|-)")
SETTING = re.compile(r"\(parameter=(?:temperature|top_p|top_k|max_tokens|seed|stop|logit_bias)\b")
FORGOTTEN = "Cache miss"  # a picture that was named without its pixels
MOST_KNOWN = 100_000
PROBE_ID = 0
FIXED_SAMPLING: Mapping[str, Any] = {
    "n": 1,
    "min_p": 0.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "repetition_penalty": 1.0,
    "logprobs": 0,  # of the sampled token alone
}


class VllmServer:
    """A Policy over a server of vLLM; see `policy.Policy`.

    Args:
        settings: `base_url` is needed; `options` are those of OPTIONS. A LoRA adapter is named by `model`.

    Attributes:
        takes_pictures: whether the server's token routes are on; known once started.

    Raises:
        UsageError: an option that is not there or of another type, or an address that cannot be used.
        MissingExtraError: httpx2 is not installed.
    """

    takes_tokens = True

    def __init__(self, settings: EngineSettings) -> None:
        _check_options(settings.options)
        self.settings = settings
        self.context = settings.context
        self.weight_version = 0
        self.takes_pictures = True
        self._endpoint = Endpoint(settings)
        # Aborting must not wait for a connection while all are busy with what is to be aborted.
        self._aborting = Endpoint(replace(settings, concurrency=ABORT_CONNECTIONS))
        self._pictures = PictureCache()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._turns = Turns()
        self._name = uuid4().hex
        self._has_answered = False

    async def start(self) -> None:
        """Ask which models are served, and sample one token, which shows what the server's routes tell.

        Raises:
            UsageError: not this model, a refusal, or log-probabilities that are not raw.
            EngineError: out of reach.
        """
        card = self._card((await self._endpoint.get("models")).get("data"))
        limit = card.get("max_model_len")
        if type(limit) is int and limit > 0:
            self.context = min(limit, self.settings.context or limit)
        probe = {**FIXED_SAMPLING, "max_tokens": 1, "allowed_token_ids": [PROBE_ID]}
        try:
            answer = await self._tokens(self._name, [PROBE_ID], (), probe)
        except RefusedError as error:
            if error.status not in (403, 404, 405):
                raise
            self.takes_pictures = False
            answer = await self._completion([PROBE_ID], probe)
        if answer.logprobs and answer.logprobs[0] >= 0:
            raise UsageError(
                "this server's log-probabilities are not those of the model, but of what is left after "
                "temperature, top-p and bans: start it with --logprobs-mode raw_logprobs"
            )
        self._has_answered = True

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Sample one turn; see `policy.Policy.generate`."""
        if images and not self.takes_pictures:
            raise UsageError(
                "this server takes no pictures beside token ids: start it with --enable-scale-out (vLLM 0.32 "
                "has it), or use --backend openai"
            )
        if self.context is not None and len(prompt.train_ids) >= self.context:
            return self._nothing("context")
        request = f"{self._name}-{prompt.key}"
        turn = self._sampled(request, prompt, images, sampling)
        end = partial(self._end, request) if self.takes_pictures else None
        found = await self._turns.run(prompt.key, turn, end)
        return self._nothing("abort") if found is None else found

    def abort(self, key: str) -> None:
        """End the turn of that key; an unknown key does nothing."""
        self._turns.end(key)

    async def close(self) -> None:
        """End all turns as aborted and hang up; a second call does nothing."""
        await self._turns.end_all(within_s=CLOSE_TURNS_S)
        await self._endpoint.close()
        await self._aborting.close()

    async def _sampled(
        self, request: str, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling
    ) -> Generation:
        asked = _asked(sampling)
        try:
            if not self.takes_pictures:
                return await self._completion(prompt.engine_ids, asked)
            try:
                answer = await self._tokens(request, prompt.engine_ids, await self._shown(images), asked)
            except RefusedError as error:
                if FORGOTTEN not in error.said:
                    raise
                for image in images:
                    self._known.pop(image.sha256, None)
                answer = await self._tokens(request, prompt.engine_ids, await self._shown(images), asked)
        except RefusedError as error:
            if error.status in (400, 422) and TOO_LONG.search(error.said):
                return self._nothing("context")
            if self._has_answered and error.status in (400, 413, 422) and not SETTING.search(error.said):
                raise EngineError(str(error)) from None  # of this turn alone: siblings go on
            raise
        self._remember(images)
        if images and list(answer.prompt_ids or ()) == list(prompt.engine_ids):
            raise UsageError("this server ignores the pictures beside token ids: it needs vLLM 0.32 or newer")
        return answer

    async def _shown(self, images: Sequence[Image]) -> list[dict[str, Any]]:
        """Pictures as parts: whole when the server sees them for the first time, then by name."""
        urls = await self._pictures.urls([image for image in images if image.sha256 not in self._known])
        return [
            {"type": "image_url", "uuid": image.sha256, "url": urls.get(image.sha256)} for image in images
        ]

    def _remember(self, images: Sequence[Image]) -> None:
        for image in images:
            self._known[image.sha256] = None
            self._known.move_to_end(image.sha256)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    async def _tokens(
        self, request: str, ids: Sequence[int], shown: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]
    ) -> Generation:
        payload: dict[str, Any] = {
            "request_id": request,
            "model": self.settings.model,
            "token_ids": list(ids),
            "sampling_params": asked,
            "return_token_ids": True,
        }
        if shown:
            payload["content_parts"] = list(shown)
        return read_tokens(await self._endpoint.post(GENERATE, payload), self.weight_version)

    async def _completion(self, ids: Sequence[int], asked: Mapping[str, Any]) -> Generation:
        payload = {"model": self.settings.model, "prompt": list(ids), **asked, "return_token_ids": True}
        payload.pop("detokenize", None)
        if "logit_bias" in asked:
            payload["logit_bias"] = dict.fromkeys(asked["logit_bias"], WEAK_BAN)
        return read_completion(await self._endpoint.post(COMPLETIONS, payload), self.weight_version)

    async def _end(self, request: str) -> None:
        # It answers with nothing, which is no JSON; and where it fails the turn is cancelled in the end.
        with suppress(EngineError, UsageError):
            await self._aborting.post(ABORT, {"request_ids": [REQUEST_PREFIX + request]})

    def _card(self, cards: Any) -> Mapping[str, Any]:
        """What the server tells of the model."""
        listed = cards if isinstance(cards, list) else []
        served = {
            card["id"]: card for card in listed if isinstance(card, dict) and isinstance(card.get("id"), str)
        }
        model = self.settings.model
        if model in served or not self.settings.options.get("check_model", True):
            return served.get(model, {})
        there = ", ".join(sorted(served)[:12]) or "nothing"
        raise UsageError(
            f"the server does not serve {model!r}; it serves: {there}.{did_you_mean(model, served)} Name the "
            "model as it does, and the folder of its tokenizer with --tokenizer"
        )

    def _nothing(self, reason: Any) -> Generation:
        return Generation(logprobs=(), finish_reason=reason, weight_version=self.weight_version)


def _asked(sampling: Sampling) -> dict[str, Any]:
    """SamplingParams of vLLM as JSON; all that a model's generation_config could change is said."""
    has_stop = bool(sampling.stop)
    asked: dict[str, Any] = {
        **FIXED_SAMPLING,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "detokenize": has_stop,
        "include_stop_str_in_output": has_stop,
        "skip_special_tokens": not has_stop,
    }
    if has_stop:
        asked["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        asked["seed"] = sampling.seed
    if sampling.banned:
        asked["logit_bias"] = {str(token): BAN for token in sampling.banned}
    return asked


def _check_options(options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if name not in OPTIONS:
            raise UsageError(
                f"the backend vllm-server has no option {name!r}; it has: {', '.join(OPTIONS)}. What an "
                f"engine is started with is said to the server.{did_you_mean(name, OPTIONS)}"
            )
        kind, meaning = OPTIONS[name]
        if type(value) is not kind:
            wanted = "true or false" if kind is bool else "a text"
            raise UsageError(f"the option {name} ({meaning}) takes {wanted}, got {value!r}")
