"""What a server of vLLM may answer, and what the backend `vllm-server` makes of it, without a server."""

import asyncio
import copy
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from eyesmith.agents.engines.endpoint import RefusedError
from eyesmith.agents.engines.payload import encoded
from eyesmith.agents.engines.vllm_answer import read_completion, read_tokens
from eyesmith.agents.engines.vllm_server import GENERATE, VllmServer
from eyesmith.agents.policy import EngineSettings, Generation, Sampling, TokenPrompt, make_policy
from eyesmith.errors import EngineError, UsageError
from eyesmith.tools.tool import Image

pytest.importorskip("httpx2", reason="needs httpx2: make test")

TOKENS: dict[str, Any] = {
    "prompt_token_ids": [1, 2],
    "usage": {"prompt_tokens_details": {"cached_tokens": 1}},
    "choices": [
        {
            "token_ids": [7, 8],
            "finish_reason": "stop",
            "logprobs": {"content": [{"token_id": 7, "logprob": -0.5}, {"token_id": 8, "logprob": -1}]},
        }
    ],
}
COMPLETION: dict[str, Any] = {
    "usage": {},
    "choices": [
        {
            "token_ids": [7, 8],
            "prompt_token_ids": [1, 2],
            "finish_reason": "length",
            "logprobs": {"token_logprobs": [-0.5, -1.0]},
        }
    ],
}
SPOILED: list[Callable[[Any], Any]] = [
    lambda answer: answer.pop("choices"),
    lambda answer: answer.update(choices=[]),
    lambda answer: answer.update(choices=None),
    lambda answer: answer.update(choices=["so"]),
    lambda answer: answer["choices"][0].pop("token_ids"),
    lambda answer: answer["choices"][0].update(token_ids=None),
    lambda answer: answer["choices"][0].update(token_ids=[7]),
    lambda answer: answer["choices"][0].update(token_ids=[7, "8"]),
    lambda answer: answer["choices"][0].update(token_ids=[7, True]),
    lambda answer: answer["choices"][0].update(logprobs=None),
    lambda answer: answer["choices"][0].update(logprobs={}),
    lambda answer: answer["choices"][0].update(finish_reason="error"),
    lambda answer: answer["choices"][0].update(finish_reason=None),
]


def test_a_whole_answer() -> None:
    assert read_tokens(TOKENS, 3) == Generation(
        token_ids=(7, 8),
        logprobs=(-0.5, -1),
        finish_reason="stop",
        prompt_ids=[1, 2],
        weight_version=3,
        cached_tokens=1,
    )
    assert read_completion(COMPLETION, 0) == Generation(
        token_ids=(7, 8), logprobs=(-0.5, -1.0), finish_reason="length", prompt_ids=[1, 2]
    )


def test_an_aborted_turn_may_have_no_token() -> None:
    answer = copy.deepcopy(TOKENS)
    answer["choices"][0] |= {"token_ids": [], "finish_reason": "abort", "logprobs": {"content": None}}
    assert read_tokens(answer, 0).token_ids == ()


@pytest.mark.parametrize("number", range(len(SPOILED)))
@pytest.mark.parametrize(("read", "whole"), [(read_tokens, TOKENS), (read_completion, COMPLETION)])
def test_half_an_answer(number: int, read: Any, whole: Any) -> None:
    answer = copy.deepcopy(whole)
    SPOILED[number](answer)
    with pytest.raises(EngineError, match="half an answer"):
        read(answer, 0)


@pytest.mark.parametrize("number", [math.nan, -math.inf, -9999.0])
def test_logprobs_that_are_no_numbers(number: float) -> None:
    answer = copy.deepcopy(TOKENS)
    answer["choices"][0]["logprobs"]["content"][0]["logprob"] = number
    with pytest.raises(EngineError, match="no numbers"):
        read_tokens(answer, 0)


class Server:
    """Stands where the HTTP client does; `answer` is called with path and payload, or raises."""

    def __init__(self, answer: Callable[[str, Any], Any]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []

    async def post(self, path: str, payload: Any) -> Any:
        self.asked.append((path, json.loads(encoded(payload), parse_constant=_no_number)))
        return self.answer(path, payload)

    async def get(self, path: str) -> Any:
        return {"data": [{"id": "m", "max_model_len": 100}]}

    async def close(self) -> None:
        pass


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def play(answer: Callable[[str, Any], Any], work: Callable[[VllmServer], Any], **changes: Any) -> Server:
    told = {"model": "m", "backend": "vllm-server", "base_url": "http://127.0.0.1:1"} | changes
    server = Server(answer)

    async def run() -> None:
        policy = make_policy(EngineSettings(**told))
        assert isinstance(policy, VllmServer)
        policy._endpoint = server  # type: ignore[assignment]
        try:
            await work(policy)
        finally:
            await policy.close()

    asyncio.run(run())
    return server


def refused(status: int, said: str = "") -> RefusedError:
    return RefusedError(f"{status}: {said}", status=status, said=said)


def raising(error: Exception) -> Callable[[str, Any], Any]:
    def answer(path: str, payload: Any) -> Any:
        raise error

    return answer


def start(policy: VllmServer) -> Any:
    return policy.start()


def test_processed_logprobs_are_refused() -> None:
    processed = copy.deepcopy(TOKENS)
    processed["choices"][0]["logprobs"]["content"][0]["logprob"] = 0.0
    with pytest.raises(UsageError, match="--logprobs-mode raw_logprobs"):
        play(lambda path, payload: processed, start)


@pytest.mark.parametrize("status", [403, 404])
def test_without_the_token_routes(status: int) -> None:
    def answer(path: str, payload: Any) -> Any:
        if path == GENERATE:
            raise refused(status, "Scale-out endpoints are disabled")
        return COMPLETION

    async def work(policy: VllmServer) -> None:
        await policy.start()
        assert (policy.takes_pictures, policy.context) == (False, 100)
        banned = Sampling(banned=(5,), seed=1, stop=("x",))
        await policy.generate(TokenPrompt(key="a", engine_ids=[1], train_ids=[1]), [], banned)

    path, payload = play(answer, work).asked[-1]
    assert path == "completions"
    assert payload["prompt"] == [1]
    assert payload["logit_bias"] == {"5": -100.0}
    assert (payload["stop"], payload["include_stop_str_in_output"]) == (["x"], True)


@pytest.mark.parametrize("status", [401, 400])
def test_other_refusals_end_the_start(status: int) -> None:
    with pytest.raises(RefusedError):
        play(raising(refused(status)), start)


def generate(images: Any = (), **told: Any) -> Callable[[VllmServer], Any]:
    async def work(policy: VllmServer) -> None:
        policy._has_answered = True
        await policy.generate(
            TokenPrompt(key="a", engine_ids=[1, 9], train_ids=[1, 9, 9]), images, Sampling(**told)
        )

    return work


def test_all_that_a_generation_config_could_change_is_said() -> None:
    payload = play(lambda path, payload: TOKENS, generate(banned=(3,), temperature=0.5)).asked[0][1]
    asked = payload["sampling_params"]
    said = {
        "temperature": 0.5,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "logprobs": 0,
    }
    assert said.items() <= asked.items()
    assert asked["logit_bias"]["3"] < -1000
    assert "seed" not in asked
    assert payload["return_token_ids"] is True
    assert "content_parts" not in payload


def test_a_server_that_ignores_pictures(rng: Any) -> None:
    answer = TOKENS | {"prompt_token_ids": [1, 9]}
    picture = Image(rng.integers(0, 255, (28, 28, 3), dtype="uint8"))
    with pytest.raises(UsageError, match=r"needs vLLM 0\.32"):
        play(lambda path, payload: answer, generate([picture]))


def test_a_refusal_of_one_turn_and_of_all() -> None:
    with pytest.raises(EngineError):
        play(raising(refused(400, "bad picture")), generate())
    with pytest.raises(UsageError):
        play(raising(refused(400, "no. (parameter=temperature, value=9)")), generate())
    for status in (401, 403, 404):
        with pytest.raises(UsageError):
            play(raising(refused(status)), generate())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tensor_parallel_size": 2}, "What an engine is started with is said to the server"),
        ({"chek_model": True}, r"Did you mean 'check_model'\?"),
        ({"check_model": "yes"}, "takes true or false"),
        ({"revision": 1}, "takes a text"),
    ],
)
def test_options(options: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        play(lambda path, payload: TOKENS, start, options=options)


def test_a_model_that_is_not_listed() -> None:
    with pytest.raises(UsageError, match="does not serve 'n'; it serves: m"):
        play(lambda path, payload: TOKENS, start, model="n")
    play(lambda path, payload: TOKENS, start, model="n", options={"check_model": False})
