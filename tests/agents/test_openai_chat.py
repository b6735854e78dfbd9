"""The backend `openai` against a server in a thread: what it sends, learns and survives."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from time import perf_counter
from types import ModuleType
from typing import Any

import pytest

from eyesmith.agents.engines.chat_answer import EMPTY_MESSAGE
from eyesmith.agents.engines.openai_chat import OpenAiChat
from eyesmith.agents.policy import EngineSettings, Generation, Sampling, TokenPrompt, make_policy
from eyesmith.envs.actions import parse_action
from eyesmith.errors import EngineError, UsageError
from eyesmith.tools.tool import Image, ToolCall
from eyesmith.trajectories.recorder import Recorder

from .chatting import ASK, HI, PLAIN, VLLM, made, played, refusal, started, turn
from .endpoint import FAULTS, LOGPROB, ChatServer, Reply, calling, rendered, saying

KEY = "sk-planted-7f3a9c5e1b2d4680"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EYESMITH_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


def test_what_is_asked_and_what_comes_back(server: ChatServer) -> None:
    server.answer = lambda messages, tools: calling("paint", "so", cell=3)
    tools = ({"type": "function", "function": {"name": "paint", "parameters": {}}},)
    sampling = Sampling(max_tokens=77, temperature=0.5, top_p=0.9, stop=("END",), seed=5, banned=(7, 8))
    got = turn(server, sampling, TokenPrompt(key="a", messages=HI, tools=tools))
    assert server.chats == [
        {
            "model": "toy",
            "messages": HI,
            "tools": list(tools),
            "max_tokens": 77,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ["END"],
            "seed": 5,
            "logit_bias": {"7": -100, "8": -100},
            "logprobs": True,
            "return_token_ids": True,
            "include_stop_str_in_output": True,
            "top_k": 0,
            "min_p": 0.0,
            "repetition_penalty": 1.0,
        }
    ]
    assert parse_action(got.text or "", "openai", {}) == [ToolCall("paint", {"cell": 3})]
    assert got.prompt_ids == list(rendered(HI))
    assert got.finish_reason == "stop"
    assert got.logprobs == [LOGPROB] * len(got.token_ids)
    assert got.token_ids


def test_what_is_not_set_is_not_sent(server: ChatServer) -> None:
    turn(server)
    assert server.chats[0].keys() & {"tools", "stop", "seed", "logit_bias"} == set()
    turn(server, Sampling(top_k=5), options={"return_token_ids": False, "logprobs": False})
    assert server.chats[1].keys() & (VLLM | {"logprobs"}) == {"top_k"}
    assert server.chats[1]["top_k"] == 5


def test_options_reach_the_request(server: ChatServer) -> None:
    extra = {"chat_template_kwargs": {"enable_thinking": False}, "min_p": 0.1}
    for given in (extra, json.dumps(extra)):
        turn(server, options={"extra_body": given, "max_completion_tokens": True})
        body = server.chats[-1]
        assert body["chat_template_kwargs"] == {"enable_thinking": False}
        assert body["min_p"] == 0.1  # wins over what is tried
        assert body["max_completion_tokens"] == 1024
        assert "max_tokens" not in body


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"image_detial": "low"}, "no option 'image_detial'; .* Did you mean 'image_detail'"),
        ({"image_detail": "huge"}, "auto, low or high, got 'huge'"),
        ({"image_detail": 3}, "auto, low or high"),
        ({"logprobs": 1}, "logprobs must be true or false, got 1"),
        ({"check_model": "no"}, "check_model must be true or false"),
        ({"extra_body": [1]}, "must be a JSON object"),
        ({"extra_body": "{"}, "must be a JSON object"),
        ({"extra_body": {"a": {1, 2}}}, "must be a JSON object"),
        ({"extra_body": {"a": float("nan")}}, "must be a JSON object"),
        ({"extra_body": {"stream": True}}, "cannot set 'stream': one whole answer"),
        ({"extra_body": {"n": 4}}, "cannot set 'n'"),
        ({"extra_body": {"temperature": 0}}, "cannot set 'temperature': it has a flag"),
        ({"extra_body": {"messages": []}}, "cannot set 'messages'"),
    ],
)
def test_an_option_that_cannot_be(server: ChatServer, options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        made(server, options=options)


def test_the_backend_is_found_by_its_name(server: ChatServer) -> None:
    policy = make_policy(EngineSettings(model="toy", backend="openai", base_url=server.url))
    assert isinstance(policy, OpenAiChat)
    assert (policy.takes_tokens, policy.context, policy.weight_version) == (False, None, 0)
    with pytest.raises(UsageError, match="needs an address"):
        make_policy(EngineSettings(model="toy", backend="openai"))


def test_the_model_is_served_and_tells_its_context() -> None:
    with ChatServer(models=("other", "toy"), context=4096) as server:
        assert started(server).context == 4096
        assert started(server, context=1000).context == 1000
        assert started(server, context=9000).context == 4096
    with ChatServer() as server:
        assert started(server, context=1000).context == 1000
        assert started(server).context is None


def test_a_model_that_is_not_served() -> None:
    with ChatServer(models=["toy-7b", *(f"m{i:02}" for i in range(20))]) as server:
        with pytest.raises(UsageError, match=r"'toy-7'; it serves: m00, .* and 9 more.*'toy-7b'") as caught:
            started(server, model="toy-7")
        assert len(str(caught.value)) < 400
        assert started(server, model="toy-7", options={"check_model": False}).context is None


@pytest.mark.parametrize(
    "listed",
    [
        refusal("no", 404),
        refusal("missing scope", 403),
        refusal("no", 405),
        Reply(body={"data": []}),
        Reply(body={"data": None}),
        Reply(body={"data": [{"name": "toy"}, "toy", None]}),
        Reply(body={}),
        Reply(body=[{"id": "toy"}]),
        Reply(body={"data": [{"id": "toy:latest", "max_model_len": "4096"}]}),
        Reply(body={"data": [{"id": "models/toy", "max_model_len": True}]}),
    ],
)
def test_an_endpoint_that_does_not_tell_is_taken_at_its_word(server: ChatServer, listed: Reply) -> None:
    server.listed = listed
    assert started(server).context is None


def test_an_endpoint_that_is_wrong_or_not_there(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.listed = refusal("who are you", 401)
    with pytest.raises(UsageError, match="set EYESMITH_API_KEY"):
        started(server)
    server.listed = Reply(503, b"loading", {"Retry-After": "3"})
    with pytest.raises(EngineError, match="503: loading") as caught:
        started(server)
    assert caught.value.wait_s == 3
    server.listed = Reply(200, b"<html>")
    with pytest.raises(EngineError, match="no valid JSON"):
        started(server)
    with pytest.raises(EngineError, match="cannot be reached"):
        started(server, base_url="http://127.0.0.1:1")


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"redirect"}))
def test_trouble_is_an_engine_error_and_the_same_turn_can_be_asked_again(fault: str) -> None:
    async def work(policy: OpenAiChat) -> Generation:
        with pytest.raises(EngineError) as caught:
            await policy.generate(ASK, (), PLAIN)
        assert caught.value.wait_s == (0.05 if fault == "429" else None)
        return await policy.generate(ASK, (), PLAIN)

    with ChatServer() as server:
        server.faults.append(fault)
        policy, got = played(server, work, timeout_s=0.3)
    assert got.text == json.dumps(saying("hello"))
    assert policy.left_out == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["choices"][0]["token_ids"].pop() and body,
        lambda body: body["choices"][0]["logprobs"]["content"].clear() or body,
        lambda body: body["choices"][0].pop("finish_reason") and body,
        lambda body: body | {"choices": None},
        lambda body: body | {"prompt_token_ids": "abc"},
    ],
)
def test_half_an_answer_is_never_used(server: ChatServer, change: Callable[[Any], Any]) -> None:
    server.faults.append(change)
    with pytest.raises(EngineError):
        turn(server)


def test_an_endpoint_without_ids(server: ChatServer) -> None:
    server.gives_ids = False
    got = turn(server)
    assert (got.text, got.token_ids, got.prompt_ids, got.logprobs) == (
        json.dumps(saying("hello")),
        (),
        None,
        None,
    )


def test_no_text_holds_the_key(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EYESMITH_API_KEY", KEY)
    server.key = KEY[::-1]
    with pytest.raises(UsageError) as caught:
        turn(server)
    with pytest.raises(UsageError) as also:
        started(server)
    assert f"Bearer {KEY}" in {request.headers["Authorization"] for request in server.requests}
    policy = made(server)
    for shown in (str(caught.value), str(also.value), repr(policy), repr(vars(policy))):
        assert KEY[:8] not in shown


def test_an_aborted_turn_ends_at_once_and_its_siblings_go_on(server: ChatServer) -> None:
    async def work(policy: OpenAiChat) -> list[Any]:
        begun = perf_counter()
        held = asyncio.create_task(policy.generate(ASK, (), PLAIN))
        while not server.requests:
            await asyncio.sleep(0.005)
        other = await policy.generate(TokenPrompt(key="b", messages=HI), (), PLAIN)
        policy.abort("nobody")
        policy.abort("a")
        policy.abort("a")
        got = await held
        policy.abort("a")
        again = await policy.generate(ASK, (), PLAIN)
        assert not policy._aborted
        assert not policy._turns
        return [got, other, again, perf_counter() - begun]

    server.faults.append("hang")
    _, (got, other, again, seconds) = played(server, work, timeout_s=60.0)
    assert (got.finish_reason, got.text, got.token_ids) == ("abort", EMPTY_MESSAGE, ())
    assert (other.finish_reason, again.finish_reason) == ("stop", "stop")
    assert seconds < 5


def test_a_turn_that_is_cancelled_is_cancelled(server: ChatServer) -> None:
    async def work(policy: OpenAiChat) -> None:
        held = asyncio.create_task(policy.generate(ASK, (), PLAIN))
        while not server.requests:
            await asyncio.sleep(0.005)
        held.cancel()
        policy.abort("a")
        with pytest.raises(asyncio.CancelledError):
            await held
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await policy.generate(ASK, (), PLAIN)
        assert (await policy.generate(ASK, (), PLAIN)).finish_reason == "stop"

    server.faults += ["hang", "hang"]
    # One connection: what was cancelled has let go of it.
    played(server, work, timeout_s=60.0, concurrency=1)


def test_closing_aborts_what_is_under_way(server: ChatServer) -> None:
    async def work(policy: OpenAiChat) -> Generation:
        held = asyncio.create_task(policy.generate(ASK, (), PLAIN))
        while not server.requests:
            await asyncio.sleep(0.005)
        await policy.close()
        got = await held
        with pytest.raises(EngineError, match="closed"):
            await policy.generate(ASK, (), PLAIN)
        return got

    server.faults.append("hang")
    assert played(server, work, timeout_s=60.0)[1].finish_reason == "abort"


def test_an_expert_plays_through_the_endpoint(toys: ModuleType) -> None:
    """Pictures at every turn; each prompt starts with the last one and its answer, token by token."""
    env, expert = (toys.PaintEnv(action_format="openai") for _ in range(2))
    task = env.get_task("train", 3)
    expert.begin(task)
    calls = list(expert.expert())
    left = iter(calls)

    def answer(messages: Sequence[Any], tools: Sequence[Any]) -> dict[str, Any]:
        assert [one["function"]["name"] for one in tools] == [one.name for one in env.tools]
        call = next(left)
        return calling(call.name, "I do this", **call.arguments)

    async def work(policy: OpenAiChat) -> list[Generation]:
        await policy.start()
        last = env.begin(task)
        recorder, images, got = Recorder(env, task, last), list[Image](last.images), []
        tools = [tool.openai() for tool in env.tools]
        while not last.done:
            prompt = TokenPrompt(key="e", messages=recorder.messages, tools=tools)
            got.append(await policy.generate(prompt, images, PLAIN))
            said = env.say(got[-1].text or "")
            recorder.acted([calls[len(got) - 1]], got[-1].text, said, 0.0)
            images += [image for one in said for image in one.images]
            last = said[-1]
        assert last.score == pytest.approx(1.0)
        return got

    with ChatServer(answer) as server:
        _, got = played(server, work)
    assert len(got) == len(calls) > 2
    for one, following in pairwise(got):
        grown = [*(one.prompt_ids or ()), *one.token_ids]
        assert (following.prompt_ids or [])[: len(grown)] == grown
    pictures = [part for part in server.chats[-1]["messages"][-1]["content"] if part["type"] == "image_url"]
    assert pictures[0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert all(
        isinstance(one["content"], str) for one in server.chats[-1]["messages"] if one["role"] == "tool"
    )
