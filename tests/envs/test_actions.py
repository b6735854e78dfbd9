"""What a policy may send, in four formats: good calls are read, all else is answered, nothing is slow."""

import json
import sys
import time

import pytest

from eyesmith.envs.actions import (
    ACTION_FORMATS,
    MAX_ACTION_BYTES,
    MAX_NESTING,
    Malformed,
    format_hint,
    parse_action,
    spoken,
)
from eyesmith.tools.tool import ToolCall

PAINT = '{"name": "paint", "arguments": {"cell": 1}}'
CODER = "<tool_call><function=paint><parameter=cell>1</parameter></function></tool_call>"
ENDLESS_S = 5.0  # quadratic time takes minutes on these inputs, linear time takes milliseconds


@pytest.fixture
def tools(toys):
    return {tool.name: tool for tool in toys.PaintEnv().tools}


@pytest.fixture
def parse(tools):
    return lambda text, action_format="json": parse_action(text, action_format, tools)


def openai(*calls: object, **rest: object) -> str:
    return json.dumps(
        {
            "role": "assistant",
            "tool_calls": [{"type": "function", "function": call} for call in calls],
            **rest,
        }
    )


GOOD = [
    ("json", PAINT, [("paint", {"cell": 1})]),
    ("json", f" \n\t{PAINT}\r\n ", [("paint", {"cell": 1})]),
    ("json", '{"name": "submit"}', [("submit", {})]),
    ("json", '{"arguments": {}, "name": "no such tool"}', [("no such tool", {})]),
    ("json", '{"name": "say", "arguments": {"text": "é 中 🙂"}}', [("say", {"text": "é 中 🙂"})]),
    ("json", r'{"name": "say", "arguments": {"text": "\u00e9"}}', [("say", {"text": "é"})]),
    ("json", r'{"name": "say", "arguments": {"text": "\ud83d\ude42"}}', [("say", {"text": "🙂"})]),
    ("json", r'{"name": "say", "arguments": {"text": "\ud800x"}}', [("say", {"text": "\ufffdx"})]),
    ("json", r'{"name": "\udfff", "arguments": {"\ud800": [{"\ud801": 1}]}}', None),
    ("json", '{"name": "say", "arguments": {"text": "\udc00"}}', [("say", {"text": "\ufffd"})]),
    ("json", '{"name": "a", "arguments": {"x": "[[[[{{{{"}}', [("a", {"x": "[[[[{{{{"})]),
    ("hermes", f"<tool_call>{PAINT}</tool_call>", [("paint", {"cell": 1})]),
    ("hermes", f"I look.\n<tool_call>\n{PAINT}\n</tool_call> Then", [("paint", {"cell": 1})]),
    ("hermes", f"<tool_call>{PAINT}</tool_call>" * 6, [("paint", {"cell": 1})] * 6),
    (
        "hermes",
        f'<think><tool_call>{{"name": "a"}}</tool_call></think><tool_call>{PAINT}</tool_call>',
        [("paint", {"cell": 1})],
    ),
    (
        "hermes",
        f'<tool_call>{{"name": "a"}}</tool_call></think><tool_call>{PAINT}</tool_call>',
        [("paint", {"cell": 1})],
    ),
    (
        "hermes",
        f'<think><think></think><tool_call>{{"name": "a"}}</tool_call></think><tool_call>{PAINT}</tool_call>',
        [("paint", {"cell": 1})],
    ),
    ("qwen3_coder", CODER, [("paint", {"cell": 1})]),
    (
        "qwen3_coder",
        "<tool_call>\n<function=paint>\n<parameter=cell>\n1\n</parameter>\n<parameter=colour>\nred\n</parameter>\n"
        "</function>\n</tool_call>",
        [("paint", {"cell": 1, "colour": "red"})],
    ),
    ("qwen3_coder", f"<think>{CODER}</think> so {CODER}{CODER}", [("paint", {"cell": 1})] * 2),
    (
        "qwen3_coder",
        '<tool_call><function=say><parameter=text>12 < 13\n>"{</parameter></function></tool_call>',
        [("say", {"text": '12 < 13\n>"{'})],
    ),
    (
        "qwen3_coder",
        "<tool_call><function=paint><parameter=cell>one</parameter></function></tool_call>",
        [("paint", {"cell": "one"})],
    ),
    ("qwen3_coder", "<tool_call><function=submit></function></tool_call>", [("submit", {})]),
    (
        "qwen3_coder",
        "<tool_call><function=odd><parameter=x>1</parameter></function></tool_call>",
        [("odd", {"x": "1"})],
    ),
    ("openai", openai({"name": "paint", "arguments": '{"cell": 1}'}), [("paint", {"cell": 1})]),
    ("openai", openai({"name": "paint", "arguments": {"cell": 1}}), [("paint", {"cell": 1})]),
    ("openai", openai({"name": "submit", "arguments": ""}), [("submit", {})]),
    ("openai", openai({"name": "submit"}), [("submit", {})]),
    ("openai", openai({"name": "submit"}, {"name": "a"}, content="é"), [("submit", {}), ("a", {})]),
    (
        "openai",
        openai({"name": "say", "arguments": '{"text": "\\ud800"}'}),
        [("say", {"text": "\ufffd"})],
    ),
]


@pytest.mark.parametrize(("action_format", "text", "calls"), GOOD)
def test_good(parse, action_format, text, calls) -> None:
    parsed = parse(text, action_format)
    assert isinstance(parsed, list)
    if calls is None:
        assert parsed == [ToolCall("\ufffd", {"\ufffd": [{"\ufffd": 1}]})]
    else:
        assert parsed == [ToolCall(name, arguments) for name, arguments in calls]


BAD = [
    *((f, "", "no_call") for f in ("json", "hermes", "qwen3_coder")),
    ("openai", "", "not_json"),
    ("json", "The answer is 4.", "no_call"),
    ("json", "[1, 2]", "no_call"),
    ("json", PAINT + PAINT, "not_json"),
    ("json", f"Sure: {PAINT}", "not_json"),
    ("json", f"<think></think>{PAINT}", "not_json"),
    ("json", f"[{PAINT}]", "not_a_call"),
    ("json", "{", "not_json"),
    ("json", "{}", "not_a_call"),
    ("json", "\ufeff" + PAINT, "not_json"),
    ("json", PAINT[:-1], "not_json"),
    ("json", PAINT.replace('"', "'"), "not_json"),
    ("json", '{"name": 5}', "not_a_call"),
    ("json", '{"name": null}', "not_a_call"),
    ("json", '{"name": ["paint"]}', "not_a_call"),
    ("json", '{"name": "paint", "arguments": [1]}', "not_a_call"),
    ("json", '{"name": "paint", "arguments": null}', "not_a_call"),
    ("json", '{"name": "paint", "arguments": "{\\"cell\\": 1}"}', "not_a_call"),
    ("json", '{"name": "paint", "parameters": {"cell": 1}}', "not_a_call"),
    ("json", '{"name": "paint", "name": "submit"}', "not_json"),
    ("json", '{"name": "paint", "arguments": {"cell": 1, "cell": 2}}', "not_json"),
    ("json", '{"name": "paint", "arguments": {"cell": NaN}}', "not_json"),
    ("json", '{"name": "paint", "arguments": {"cell": [-Infinity]}}', "not_json"),
    ("json", '{"name": "paint", "arguments": {"cell": ' + "1" * 5000 + "}}", "not_json"),
    ("json", '{"name": "say", "arguments": {"text": "a\nb"}}', "not_json"),
    ("json", '{"name": "say", "arguments": {"text": "\\x"}}', "not_json"),
    ("json", "{" * 100, "too_deep"),
    ("hermes", PAINT, "no_call"),
    ("hermes", f"<think><tool_call>{PAINT}</tool_call></think>", "no_call"),
    ("hermes", f"<think><tool_call>{PAINT}</tool_call>", "no_call"),
    ("hermes", f"<tool_call>{PAINT}</tool_call></think>", "no_call"),
    ("hermes", f"<tool_call>{PAINT}", "no_call"),
    ("hermes", "<tool_call></tool_call>", "not_json"),
    ("hermes", f"<tool_call>{PAINT}{PAINT}</tool_call>", "not_json"),
    ("hermes", f"<tool_call>{CODER}</tool_call>", "not_json"),
    ("qwen3_coder", PAINT, "no_call"),
    ("qwen3_coder", f"<tool_call>{PAINT}</tool_call>", "not_a_call"),
    ("qwen3_coder", "<tool_call><function=paint></tool_call>", "not_a_call"),
    (
        "qwen3_coder",
        "<tool_call><function=paint><parameter=cell>1</parameter><parameter=cell>2</parameter></function></tool_call>",
        "not_a_call",
    ),
    ("openai", "hello", "not_json"),
    ("openai", "[]", "not_a_call"),
    ("openai", "5", "not_a_call"),
    ("openai", '{"role": "assistant", "content": "hello"}', "no_call"),
    ("openai", '{"tool_calls": []}', "no_call"),
    ("openai", '{"tool_calls": null}', "no_call"),
    ("openai", '{"tool_calls": "paint"}', "not_a_call"),
    ("openai", '{"tool_calls": [5]}', "not_a_call"),
    ("openai", '{"tool_calls": [{}]}', "not_a_call"),
    ("openai", '{"tool_calls": [{"function": 5}]}', "not_a_call"),
    ("openai", openai({"name": "paint", "arguments": "{"}), "not_json"),
    ("openai", openai({"name": "paint", "arguments": "[1]"}), "not_a_call"),
    ("openai", openai({"name": "paint", "arguments": 5}), "not_a_call"),
    ("openai", openai({"name": "paint", "arguments": '{"cell": NaN}'}), "not_json"),
    ("openai", openai({"name": "paint", "arguments": "[" * 65 + "]" * 65}), "too_deep"),
]


@pytest.mark.parametrize(("action_format", "text", "code"), BAD)
def test_bad(parse, action_format, text, code) -> None:
    parsed = parse(text, action_format)
    assert isinstance(parsed, Malformed)
    assert parsed.code == code
    hint = format_hint(action_format)
    assert hint in parsed.text or "finite number" in parsed.text or "twice" in parsed.text
    assert not any(word in parsed.text for word in ("Traceback", "Error", "Expecting", "char ", "line 1"))
    assert len(parsed.text) < 600


@pytest.mark.parametrize(
    ("action_format", "text", "no_call"),
    [
        ("json", "hello", True),
        ("json", "{hello", False),
        ("hermes", "hello {}", True),
        ("hermes", "<tool_call>", False),
        ("hermes", "<think><tool_call></think>", True),
        ("qwen3_coder", "hello", True),
        ("qwen3_coder", "<tool_call>", False),
        ("openai", '{"content": "hello"}', True),
        ("openai", "hello", False),
    ],
)
def test_what_counts_as_no_call(parse, action_format, text, no_call) -> None:
    assert parse(text, action_format).no_call is no_call


@pytest.mark.parametrize("action_format", ACTION_FORMATS)
@pytest.mark.parametrize("filler", ["a", "é", "中", "🙂", "\ud800"])
def test_length_limit_in_bytes(parse, action_format, filler) -> None:
    size = len(filler.encode(errors="replace"))
    room = (MAX_ACTION_BYTES - 100) // size
    fits = parse(filler * room, action_format)
    assert isinstance(fits, Malformed)
    assert fits.code != "too_long"
    over = parse(filler * (MAX_ACTION_BYTES // size + 1), action_format)
    assert isinstance(over, Malformed)
    assert over.code == "too_long"
    assert str(MAX_ACTION_BYTES) in over.text


def test_exactly_at_the_limit(parse) -> None:
    text = PAINT + " " * (MAX_ACTION_BYTES - len(PAINT))
    assert parse(text) == [ToolCall("paint", {"cell": 1})]
    assert parse(text + " ").code == "too_long"


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    inner = depth - 2  # the call and its arguments are two levels
    return '{"name": "say", "arguments": {"text": ' + opening * inner + "1" + closing * inner + "}}"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_limit(parse, opening, closing) -> None:
    assert isinstance(parse(nested(MAX_NESTING, opening, closing)), list)
    over = parse(nested(MAX_NESTING + 1, opening, closing))
    assert (over.code, str(MAX_NESTING) in over.text) == ("too_deep", True)


def test_nesting_in_strings_and_side_by_side_does_not_count(parse) -> None:
    assert isinstance(parse('{"name": "a", "arguments": {"x": [' + ",".join(["[[1]]"] * 500) + "]}}"), list)
    tricky = json.dumps({"name": "a", "arguments": {"x": '"[' * 300 + "\\"}})
    assert isinstance(parse(tricky), list)
    assert parse('{"x": "' + "\\\\" * 3 + '", "y": ' + "[" * 70).code == "too_deep"


@pytest.mark.parametrize("depth", [2, 63, 64, 65, 500, 2000, 100_000])
def test_the_verdict_does_not_depend_on_the_callers_stack(parse, depth) -> None:
    def at(frames: int) -> object:
        if frames:
            return at(frames - 1)
        return parse(nested(depth))

    verdicts = [at(frames) for frames in (0, 300, 700, sys.getrecursionlimit() - 250)]
    assert all(verdict == verdicts[0] for verdict in verdicts)
    assert isinstance(verdicts[0], list) is (depth <= MAX_NESTING)


FULL = 250_000
SLOW = {
    "openings": "<tool_call>" * (FULL // 11),
    "empty calls": "<tool_call></tool_call>" * (FULL // 23),
    "closings": "</tool_call>" * (FULL // 12),
    "thoughts": "<think>" * (FULL // 7),
    "thought pairs": "<think></think>" * (FULL // 15),
    "thought ends": "</think>" * (FULL // 8),
    "lists": "[" * FULL,
    "objects": '{"a":' * (FULL // 5),
    "ends": "}" * FULL,
    "quotes": '"' * FULL,
    "empty texts": '{"x":' + '"",' * (FULL // 3),
    "escaped quotes": '{"x":["' + '\\"' * (FULL // 2) + "[" * 80,
    "backslashes": "[" * 80 + '"' + "\\" * FULL,
    "odd backslashes": "[" * 80 + '"' + "\\" * (FULL - 1) + '"',
    "escaped text": '"\\"\\""' * (FULL // 6) + "[" * 80,
    "one key": "{" + '"a":1,' * (FULL // 6) + '"a":1}',
    "many keys": "{" + ",".join(f'"{i}":1' for i in range(FULL // 10)) + "}",
    "spaces": "{" + " " * FULL,
    "digits": '{"name":' + "1" * FULL + "}",
    "integers": '{"name":[' + ",".join(["9" * 4000] * (FULL // 4001)) + "]}",
    "fractions": '{"name":0.' + "1" * FULL + "}",
    "exponents": '{"name":[' + ",".join(["1e999999999"] * (FULL // 12)) + "]}",
    "surrogates": '{"name":"' + "\\ud800" * (FULL // 6) + '"}',
    "functions": "<tool_call>" + "<function=a>" * (FULL // 12) + "</tool_call>",
    "function ends": "<tool_call><function=a>" + "</function> " * (FULL // 12) + "x</tool_call>",
    "function spaces": "<tool_call>" + " " * FULL + "</tool_call>",
    "inner spaces": "<tool_call><function=a></function>" + " " * FULL + "x</tool_call>",
    "parameters": "<tool_call><function=a>" + "<parameter=b>" * (FULL // 13) + "</function></tool_call>",
    "parameter pairs": "<tool_call><function=paint>"
    + "<parameter=cell>[</parameter>" * (FULL // 29)
    + "</function></tool_call>",
    "distinct parameters": "<tool_call><function=paint>"
    + "".join(f"<parameter={i}></parameter>" for i in range(FULL // 32))
    + "</function></tool_call>",
    "coder calls": "<tool_call><function=a></function></tool_call>" * (FULL // 46),
    "hermes calls": '<tool_call>{"name":"a"}</tool_call>' * (FULL // 35),
    "openai calls": '{"tool_calls":[' + ",".join(['{"function":{"name":"a"}}'] * (FULL // 26)) + "]}",
    "openai nested": '{"tool_calls":[{"function":{"name":"a","arguments":"' + "[" * FULL + '"}}]}',
    "long name": '{"name":"' + "paint" * (FULL // 5) + '"}',
}


@pytest.mark.parametrize("name", SLOW)
def test_the_worst_texts_take_linear_time(parse, name) -> None:
    text = SLOW[name]
    assert len(text) <= MAX_ACTION_BYTES
    for action_format in ACTION_FORMATS:
        begun = time.perf_counter()
        parsed = parse(text, action_format)
        assert time.perf_counter() - begun < ENDLESS_S
        assert isinstance(parsed, (list, Malformed))
        if isinstance(parsed, Malformed):
            assert len(parsed.text) < 600, "an observation does not echo the message"


def test_running_the_longest_calls_is_answered_shortly(toys) -> None:
    for action_format in ACTION_FORMATS:
        env = toys.PaintEnv(action_format=action_format)
        for text in SLOW.values():
            env.begin(env.get_task("train", 0))
            begun = time.perf_counter()
            turns = env.say(text)
            assert time.perf_counter() - begun < ENDLESS_S
            assert sum(turn.reward for turn in turns) == 0.0
            assert sum(len(turn.text) for turn in turns) < 2_000


def test_every_format_has_a_hint_that_it_reads(parse) -> None:
    for action_format in ACTION_FORMATS:
        sent = format_hint(action_format).partition(": " if action_format != "hermes" else " as ")[2]
        sent = sent.replace("Send each call as ", "").replace("{...}", "{}").replace("<tool>", "paint")
        if action_format == "qwen3_coder":
            sent = format_hint(action_format).removeprefix("Send each call as ")
        assert isinstance(parse(sent, action_format), list)


@pytest.mark.parametrize(
    ("action_format", "text", "said"),
    [
        ("hermes", "I look. <tool_call>{}</tool_call> Done <tool_call>{}</tool_call>", "I look.  Done"),
        ("hermes", "<think>why</think>\n<tool_call>{}</tool_call>", "<think>why</think>"),
        ("hermes", "an open <tool_call> stays", "an open <tool_call> stays"),
        ("qwen3_coder", "Hm. <tool_call><function=f></function></tool_call>", "Hm."),
        ("json", '{"name": "f"}', ""),
        ("openai", '{"content": "Hm.", "tool_calls": []}', "Hm."),
        ("openai", '{"content": null}', ""),
        ("openai", "[" * 100_000, ""),
    ],
)
def test_what_was_said_besides_the_calls(action_format, text, said):
    assert spoken(text, action_format) == said
