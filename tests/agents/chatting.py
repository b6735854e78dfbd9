"""Short ways to take turns with the backend `openai` from a server of `endpoint.py`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from eyesmith.agents.engines.openai_chat import OpenAiChat
from eyesmith.agents.policy import EngineSettings, Generation, Sampling, TokenPrompt

from .endpoint import ChatServer, Reply

HI = [{"role": "user", "content": "hi"}]
ASK = TokenPrompt(key="a", messages=HI)
PLAIN = Sampling()
VLLM = frozenset({"return_token_ids", "include_stop_str_in_output", "top_k", "min_p", "repetition_penalty"})


def made(server: ChatServer, **changes: Any) -> OpenAiChat:
    told = {"model": "toy", "backend": "openai", "base_url": server.url, "timeout_s": 5.0}
    return OpenAiChat(EngineSettings(**told | changes))


def played(
    server: ChatServer, work: Callable[[OpenAiChat], Coroutine[Any, Any, Any]], **changes: Any
) -> tuple[OpenAiChat, Any]:
    """A policy when `work` has used it, and what came of it."""

    async def run() -> tuple[OpenAiChat, Any]:
        policy = made(server, **changes)
        try:
            return policy, await work(policy)
        finally:
            await policy.close()
            await policy.close()

    return asyncio.run(run())


def started(server: ChatServer, **changes: Any) -> OpenAiChat:
    return played(server, lambda policy: policy.start(), **changes)[0]


def turn(
    server: ChatServer, sampling: Sampling = PLAIN, prompt: TokenPrompt = ASK, **changes: Any
) -> Generation:
    return played(server, lambda policy: policy.generate(prompt, (), sampling), **changes)[1]


def turns(server: ChatServer, count: int, sampling: Sampling = PLAIN, **changes: Any) -> OpenAiChat:
    async def work(policy: OpenAiChat) -> None:
        for _ in range(count):
            await policy.generate(ASK, (), sampling)

    return played(server, work, **changes)[0]


def refusal(text: str, status: int = 400, code: str | None = None) -> Reply:
    return Reply(status, {"error": {"message": text, "code": code}})
