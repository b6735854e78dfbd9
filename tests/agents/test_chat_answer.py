"""Reading what a chat endpoint answers: whole, or half an answer."""

import json
from typing import Any

import pytest

from eyesmith.agents.engines.chat_answer import EMPTY_MESSAGE, read_answer
from eyesmith.agents.policy import Generation
from eyesmith.envs.actions import Malformed, parse_action, spoken
from eyesmith.errors import EngineError
from eyesmith.tools.tool import ToolCall

from .endpoint import calling, saying


def answer(message: Any, reason: Any = "stop", top: Any = None, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": reason, **choice}], **(top or {})}


def read(message: Any, reason: Any = "stop", top: Any = None, **choice: Any) -> Generation:
    return read_answer(answer(message, reason, top, **choice))


def actions(message: Any) -> list[ToolCall] | Malformed:
    made = read(message).text
    assert made is not None
    return parse_action(made, "openai", {})


def content(message: Any) -> str:
    return spoken(read(message).text or "", "openai")


def test_a_call_and_what_was_said_beside_it() -> None:
    message = calling("zoom", "Let me see: é 中", box=[1, 2.5], name="ü")
    assert actions(message) == [ToolCall("zoom", {"box": [1, 2.5], "name": "ü"})]
    assert content(message) == "Let me see: é 中"
    two = message | {"tool_calls": message["tool_calls"] * 2}
    assert len(actions(two)) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ("", {}),
        (None, {}),
        ("44.61316", "not_a_call"),
        ("Infinity", "not_json"),
        ('{"a": 1', "not_json"),
        ('{"a": NaN}', "not_json"),
        ("[1]", "not_a_call"),
        (44.6, "not_a_call"),
        (float("nan"), "not_json"),
        ([], "not_a_call"),
        ("{" * 70, "too_deep"),
        ('{"a": "\\ud800"}', {"a": "\ufffd"}),
        ('{"a": "\ud800"}', {"a": "\ufffd"}),
        ({"a": "\ud800"}, {"a": "\ufffd"}),
        ('{"a": "' + "x" * (1 << 20) + '"}', "too_long"),
    ],
)
def test_arguments_are_passed_on_whatever_they_are(arguments: Any, parsed: Any) -> None:
    message = saying("") | {"tool_calls": [{"function": {"name": "zoom", "arguments": arguments}}]}
    got = actions(message)
    if isinstance(parsed, str):
        assert isinstance(got, Malformed)
        assert got.code == parsed
    else:
        assert got == [ToolCall("zoom", parsed)]
    assert (read(message).text or "").encode()  # no lone surrogate is left


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (saying("hi"), "hi"),
        ({"content": None}, ""),
        ({}, ""),
        ({"content": None, "refusal": "I cannot"}, "I cannot"),
        ({"content": "no", "refusal": "I cannot"}, "no"),
        ({"content": [{"type": "thinking"}, {"type": "text", "text": "a"}, {"text": "b"}]}, "ab"),
        ({"content": "a\ud800"}, "a\ufffd"),
        ({"content": "a", "tool_calls": None}, "a"),
        ({"content": "a", "tool_calls": []}, "a"),
        ({"content": '<tool_call>{"name": "zoom"}</tool_call>'}, '<tool_call>{"name": "zoom"}</tool_call>'),
    ],
)
def test_a_message_without_a_call(message: Any, words: str) -> None:
    assert content(message) == words
    got = actions(message)
    assert isinstance(got, Malformed)
    assert got.no_call


def test_thoughts_are_kept_apart_from_what_is_said() -> None:
    for name in ("reasoning_content", "reasoning"):
        text = read(saying("hi") | {name: "hm \ud800"}).text or ""
        assert json.loads(text) == saying("hi") | {"reasoning_content": "hm \ufffd"}
    assert read(saying("hi") | {"reasoning": {"effort": 1}}).text == json.dumps(saying("hi"))


def test_a_call_of_the_old_kind() -> None:
    message = {"content": None, "function_call": {"name": "zoom", "arguments": '{"a": 1}'}}
    assert actions(message) == [ToolCall("zoom", {"a": 1})]
    assert read(message, "function_call").finish_reason == "stop"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        ("tool_calls", "stop"),
        ("function_call", "stop"),
        ("content_filter", "stop"),
        ("eos_token", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
    ],
)
def test_why_a_turn_ended(reason: str, finish: str) -> None:
    assert read(saying("hi"), reason).finish_reason == finish


def test_ids_and_logprobs_where_they_are_told() -> None:
    logprobs = {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1}]}
    usage = {"usage": {"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}}
    whole = read(
        saying("hi"), top={"prompt_token_ids": [7, 8, 9], **usage}, token_ids=[1, 2], logprobs=logprobs
    )
    assert (list(whole.token_ids), whole.prompt_ids, whole.logprobs) == ([1, 2], [7, 8, 9], [-0.5, -1.0])
    assert whole.cached_tokens == 2
    assert read_answer(answer(saying("hi")), weight_version=3).weight_version == 3
    none = read(saying("hi"))
    assert (none.token_ids, none.prompt_ids, none.logprobs, none.cached_tokens) == ((), None, None, None)
    # Neither is of use alone.
    assert read(saying("hi"), logprobs=logprobs).logprobs is None
    assert read(saying("hi"), top={"prompt_token_ids": [7]}).prompt_ids is None
    empty = read(saying(""), top={"prompt_token_ids": [7]}, token_ids=[], logprobs={"content": None})
    assert (empty.prompt_ids, empty.logprobs) == ([7], [])
    for nothing in (
        None,
        {},
        {"prompt_tokens_details": None},
        {"prompt_tokens_details": {"cached_tokens": "2"}},
        7,
    ):
        assert read(saying("hi"), top={"usage": nothing}).cached_tokens is None


DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("half", "says"),
    [
        ({}, "choices must be a list"),
        ({"choices": None}, "choices must be a list, got null"),
        ({"choices": {}}, "choices must be a list"),
        ({"choices": []}, "no choice"),
        ({"choices": ["x"]}, "no choice"),
        ({"choices": [{}]}, "message must be an object"),
        (answer(None), "message must be an object, got null"),
        (answer("hi"), "message must be an object"),
        (answer(saying("hi"), None), "finish_reason must be a text, got null"),
        (answer(saying("hi"), 3), "finish_reason must be a text"),
        (answer(saying("hi"), "abort"), "broke the turn off"),
        (answer(saying("hi"), "error"), "broke the turn off"),
        (answer({"content": 7}), "content is no text"),
        (answer({"content": {"text": "hi"}}), "content is no text"),
        (answer({"content": ["hi"]}), "content is no text"),
        (answer({"content": None, "refusal": 7}), "refusal must be a text"),
        (answer({"tool_calls": {}}), "tool_calls must be a list"),
        (answer({"tool_calls": "zoom"}), "tool_calls must be a list"),
        (answer({"tool_calls": ["zoom"]}), "tool_calls are no objects"),
        (answer({"tool_calls": [{}]}), "function must be an object"),
        (answer({"tool_calls": [{"function": "zoom"}]}), "function must be an object"),
        (answer({"tool_calls": [{"function": {"arguments": "{}"}}]}), "name must be a text"),
        (answer({"tool_calls": [{"function": {"name": 7}}]}), "name must be a text"),
        (answer({"function_call": "zoom"}), "function_call must be an object"),
        (answer({"tool_calls": [{"function": {"name": "a", "arguments": DEEP}}]}), "nested too deep"),
        (answer(DEEP), "nested too deep"),
        (answer(saying("hi"), token_ids="12"), "token_ids must be a list"),
        (answer(saying("hi"), token_ids=[1, "2"]), "no token ids"),
        (answer(saying("hi"), token_ids=[1, -2]), "no token ids"),
        (answer(saying("hi"), token_ids=[True]), "no token ids"),
        (answer(saying("hi"), token_ids=[1.0]), "no token ids"),
        (answer(saying("hi"), top={"prompt_token_ids": [None]}), "no token ids"),
        (answer(saying("hi"), token_ids=[1], logprobs=[]), "logprobs must be an object"),
        (answer(saying("hi"), token_ids=[1], logprobs={"content": {}}), "content must be a list"),
        (answer(saying("hi"), token_ids=[1], logprobs={"content": []}), "1 token ids came with 0"),
        (
            answer(saying("hi"), token_ids=[1], logprobs={"content": [{"logprob": -1}] * 2}),
            "1 token ids came",
        ),
        (answer(saying("hi"), token_ids=[1], logprobs={"content": [{}]}), "no numbers"),
        (answer(saying("hi"), token_ids=[1], logprobs={"content": ["-1"]}), "no numbers"),
        (answer(saying("hi"), token_ids=[1], logprobs={"content": [{"logprob": True}]}), "no numbers"),
        (
            answer(saying("hi"), token_ids=[1], logprobs={"content": [{"logprob": float("nan")}]}),
            "no numbers",
        ),
    ],
)
def test_half_an_answer_is_an_error_of_the_endpoint(half: Any, says: str) -> None:
    with pytest.raises(EngineError, match=says) as caught:
        read_answer(half)
    assert len(str(caught.value)) < 300


def test_an_empty_message_is_one_that_the_format_takes() -> None:
    got = parse_action(EMPTY_MESSAGE, "openai", {})
    assert isinstance(got, Malformed)
    assert got.no_call
