"""What an endpoint refuses to take, and a context that is full."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from eyesmith.agents.engines.chat_answer import EMPTY_MESSAGE
from eyesmith.agents.engines.openai_chat import OpenAiChat
from eyesmith.agents.policy import Generation, Sampling, TokenPrompt
from eyesmith.errors import EngineError, UsageError

from .chatting import HI, PLAIN, VLLM, played, refusal, turn, turns
from .endpoint import ChatServer, Reply


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EYESMITH_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.mark.parametrize(
    ("refused", "left_out", "missing"),
    [
        (["return_token_ids"], {"vllm"}, VLLM),
        (["top_k"], {"vllm"}, VLLM),
        (["logprobs"], {"logprobs"}, {"logprobs"}),
        (["seed"], {"seed"}, {"seed"}),
        (["max_tokens"], {"max_tokens"}, {"max_tokens"}),
        (
            ["logprobs", "max_tokens", "min_p", "seed"],
            {"vllm", "logprobs", "seed", "max_tokens"},
            VLLM | {"logprobs", "seed", "max_tokens"},
        ),
    ],
)
def test_a_refused_field_is_left_out_from_then_on(
    refused: list[str], left_out: set[str], missing: set[str]
) -> None:
    with ChatServer(refuses=refused) as server:
        policy = turns(server, 3, Sampling(seed=1))
        assert policy.left_out == left_out
        tries = len(refused) + 3
        assert len(server.chats) == tries
        for body in server.chats[-3:]:
            assert not body.keys() & missing
            assert ("max_completion_tokens" in body) == ("max_tokens" in refused)


@pytest.mark.parametrize(
    ("said", "left_out"),
    [
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "min_p"]}]}, {"vllm"}),
        ({"detail": [{"loc": ["body", "seed"]}, {"loc": ["body", "top_k"]}]}, {"vllm", "seed"}),
        ({"error": {"message": "Unrecognized request argument supplied: return_token_ids"}}, {"vllm"}),
        ({"error": "property 'logprobs' is unsupported"}, {"logprobs"}),
        ({"message": "Extra inputs are not permitted"}, {"vllm"}),  # unnamed: a guess
        ("Bad Request", {"vllm"}),
    ],
)
def test_how_endpoints_say_so(server: ChatServer, said: Any, left_out: set[str]) -> None:
    for status in (400, 422):
        server.faults.append(Reply(status, said))
        assert turns(server, 1, Sampling(seed=1)).left_out == left_out


def test_logprobs_may_be_forbidden(server: ChatServer) -> None:
    server.faults.append(refusal("You are not allowed to request logprobs from this model", 403))
    assert turns(server, 1).left_out == {"logprobs"}


def test_many_turns_at_once_learn_it_together() -> None:
    async def work(policy: OpenAiChat) -> list[Generation]:
        prompts = [TokenPrompt(key=str(i), messages=HI) for i in range(8)]
        return await asyncio.gather(*(policy.generate(prompt, (), PLAIN) for prompt in prompts))

    with ChatServer(refuses=["logprobs", "top_k"]) as server:
        policy, got = played(server, work)
    assert [one.finish_reason for one in got] == ["stop"] * 8
    assert policy.left_out == {"vllm", "logprobs"}


def test_a_turn_that_was_under_way_learns_it_from_another(server: ChatServer) -> None:
    """The late one may not guess any more: the endpoint has answered."""
    has_answered = threading.Event()

    def late(body: Any) -> Reply:
        assert has_answered.wait(5)
        return Reply(400, b"Bad Request")

    async def work(policy: OpenAiChat) -> list[Generation]:
        server.faults.append(late)
        second = asyncio.create_task(policy.generate(TokenPrompt(key="b", messages=HI), (), PLAIN))
        while not server.requests:
            await asyncio.sleep(0.005)
        server.faults.append(Reply(400, b"Bad Request"))
        first = await policy.generate(TokenPrompt(key="a", messages=HI), (), PLAIN)
        has_answered.set()
        return [first, await second]

    policy, got = played(server, work)
    assert [one.finish_reason for one in got] == ["stop", "stop"]
    assert policy.left_out == {"vllm"}


def test_refusals_one_by_one_take_no_longer_than_a_turn_may(server: ChatServer) -> None:
    def slowly(name: str) -> Any:
        def refuse(body: Any) -> Reply:
            time.sleep(0.2)
            return refusal(f"Unsupported parameter: '{name}'")

        return refuse

    server.faults += [slowly("min_p"), slowly("logprobs"), slowly("seed"), slowly("top_p")]
    with pytest.raises(EngineError, match=r"no whole answer within 0\.3 s"):
        turn(server, Sampling(seed=1), timeout_s=0.3)
    assert len(server.chats) < 4


def test_a_limit_that_is_too_large_is_not_renamed(server: ChatServer) -> None:
    said = "max_tokens is too large: 100000. This model supports at most 16384 completion tokens."
    server.faults += [refusal(said), refusal(said)]
    with pytest.raises(UsageError, match="too large: 100000"):
        turn(server, Sampling(max_tokens=100000))
    assert all(body["max_tokens"] == 100000 for body in server.chats)


def test_what_was_asked_for_by_name_is_not_left_out() -> None:
    with ChatServer(refuses=["logprobs"]) as server, pytest.raises(UsageError, match="'logprobs'"):
        turn(server, options={"logprobs": True})
    with (
        ChatServer(refuses=["return_token_ids"]) as server,
        pytest.raises(UsageError, match="'return_token_ids'"),
    ):
        turn(server, options={"return_token_ids": True})
    with ChatServer(refuses=["top_k"]) as server, pytest.raises(UsageError, match="'top_k'"):
        turn(server, Sampling(top_k=5))


def test_a_wrong_setting_ends_the_run_and_is_said_as_the_endpoint_says_it(server: ChatServer) -> None:
    server.faults += [refusal('"auto" tool choice requires --enable-auto-tool-choice')] * 2
    with pytest.raises(UsageError, match="--enable-auto-tool-choice"):
        turn(server)
    assert len(server.chats) == 2  # with and without the fields of vLLM
    server.faults.append(refusal("The model `toy` does not exist", 404))
    with pytest.raises(UsageError, match="does not exist"):
        turn(server)


def test_an_endpoint_that_has_answered_refuses_a_conversation_not_the_settings(server: ChatServer) -> None:
    for status in (400, 413, 422):
        server.faults += ["ok", refusal("picture 3 is broken", status)]
        with pytest.raises(EngineError, match="picture 3 is broken"):
            turns(server, 2)
    server.faults += ["ok", refusal("no such key", 401)]
    with pytest.raises(UsageError, match="no such key"):
        turns(server, 2)
    # A filter's verdict never is about the settings.
    server.faults += [refusal("filtered", 400, "content_filter")] * 2
    with pytest.raises(EngineError, match="filtered"):
        turn(server)


FULL = [
    "This model's maximum context length is 4096 tokens. However, your prompt contains at least 5000 input "
    "tokens, which exceeds this limit even without any output tokens.",
    "This model's maximum context length is 4097 tokens. However, your messages resulted in 5038 tokens. "
    "Please reduce the length of the messages.",
    "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
    "the request exceeds the available context size. try increasing the context size or enable context shift",
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 and 1024",
]


@pytest.mark.parametrize("text", FULL)
def test_a_full_context_is_no_error(server: ChatServer, text: str) -> None:
    for status in (400, 422):
        server.faults.append(refusal(text, status))
        got = turn(server)
        assert (got.finish_reason, list(got.token_ids), got.text) == ("context", [], EMPTY_MESSAGE)
    assert len(server.chats) == 2


def test_a_full_context_by_its_code(server: ChatServer) -> None:
    server.faults.append(refusal("too much", 400, "context_length_exceeded"))
    assert turn(server).finish_reason == "context"
    server.faults.append(refusal("too much", 500, "context_length_exceeded"))
    with pytest.raises(EngineError, match="too much"):
        turn(server)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        (
            "This model's maximum context length is 4096 tokens. However, you requested 5020 tokens (3996 in "
            "the messages, 1024 in the completion). Please reduce the length of the messages or completion.",
            100,
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 1024. This model's maximum context length "
            "is 1100 tokens and your request has 1000 input tokens (1024 > 1100 - 1000).",
            100,
        ),
        (
            "Requested token count exceeds the model's maximum context length of 2000 tokens. You requested "
            "a total of 2124 tokens: 1100 tokens from the input messages and 1024 tokens for the completion.",
            900,
        ),
    ],
)
def test_a_prompt_that_fits_gets_the_room_that_is_left(server: ChatServer, text: str, room: int) -> None:
    server.faults.append(refusal(text))
    assert turn(server).finish_reason == "stop"
    assert [body["max_tokens"] for body in server.chats] == [1024, room]
    # Not for ever.
    server.faults += [refusal(text)] * 2
    assert turn(server).finish_reason == "context"
    assert len(server.chats) == 4


def test_a_server_with_a_small_context_fills_up() -> None:
    async def work(policy: OpenAiChat) -> list[Generation]:
        await policy.start()
        short, long = HI, [{"role": "user", "content": "x" * 300}]
        return [await policy.generate(TokenPrompt(key="a", messages=one), (), PLAIN) for one in (short, long)]

    with ChatServer(context=200) as server:
        policy, (first, second) = played(server, work)
    assert policy.context == 200
    assert (first.finish_reason, second.finish_reason) == ("stop", "context")
