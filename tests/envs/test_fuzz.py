"""10,000 actions that no expert would send: every one is answered, none raises, none pays."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyesmith.envs.actions import ACTION_FORMATS
from eyesmith.envs.zoom_qa import ZoomQAEnv

ZOOM_EXAMPLES, TOY_EXAMPLES = 700, 1800  # times four formats: 10,000 in all
INDEX = 4
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
LETTERS = "ABCDEFGH"
# Ends that the strategies must reach, or they test nothing.
REACHED = {"", "bad_arguments", "unknown_tool", "no_call", "not_a_call", "episode_over"}
# Which examples hypothesis draws depends on the modules that are loaded: not every run reaches every outcome.
MANY = 4

TOOLS = ("zoom_in", "answer", "paint", "roll", "say", "submit")
KEYS = ("bbox_2d", "image", "value", "cell", "colour", "sides", "text")


def quick(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def mangled(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            word.upper(),
            word + " ",
            word[:-1],
            f"functions.{word}",
            word.replace("_", "-"),
            f"{word}\ud800",
            "",
        ]
    )


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.sampled_from(
        ["v0", "v1", "v99", "unanswerable", "yes", "<think>", "</tool_call>", "red", '"', "\\", "\x00", "🙂"]
    ),
    st.integers(20_000, 30_000).map(lambda length: "x" * length),
)
NUMBERS = st.one_of(
    st.integers(-3, 1300),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-0.5, 1.5),
    st.sampled_from([10**400, -(10**30), 1e-320, 2**63, True]),
)
BOXES = st.one_of(
    st.lists(st.integers(0, 224), min_size=4, max_size=4),
    st.tuples(st.integers(0, 110), st.integers(0, 110), st.integers(111, 224), st.integers(111, 224)).map(
        list
    ),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.lists(NUMBERS, min_size=3, max_size=5),
    st.lists(st.one_of(NUMBERS, TEXTS, st.none()), min_size=4, max_size=4),
    st.lists(st.lists(NUMBERS, max_size=4), max_size=2),
    st.sampled_from(["[0, 0, 100, 100]", {"x": 1}, [], [[0, 0, 100, 100]]]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, BOXES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
NAMES = st.one_of(st.sampled_from(TOOLS), st.sampled_from(TOOLS).flatmap(mangled), VALUES)
ARGUMENTS = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
    st.fixed_dictionaries({"bbox_2d": BOXES}, optional={"image": TEXTS}),
    st.fixed_dictionaries({"cell": st.one_of(st.integers(-1, 8), NUMBERS)}, optional={"colour": TEXTS}),
    st.fixed_dictionaries({"value": TEXTS}),
    st.just({}),
    VALUES,
)
CORNERS = st.tuples(st.integers(0, 110), st.integers(0, 110), st.integers(120, 224), st.integers(120, 224))
ANYWHERE = st.lists(st.one_of(st.integers(-50, 1300), st.floats(-2, 250)), min_size=4, max_size=4)
VALID = st.one_of(
    ANYWHERE.map(lambda box: {"name": "zoom_in", "arguments": {"bbox_2d": box}}),
    CORNERS.map(lambda box: {"name": "zoom_in", "arguments": {"bbox_2d": list(box)}}),
    st.integers(0, 7).map(lambda cell: {"name": "paint", "arguments": {"cell": cell}}),
    st.integers(2, 9).map(lambda sides: {"name": "roll", "arguments": {"sides": sides}}),
    TEXTS.map(lambda text: {"name": "say", "arguments": {"text": text}}),
    TEXTS.map(lambda text: {"name": "answer", "arguments": {"value": text}}),
    st.just({"name": "submit", "arguments": {}}),
)
CALLS = st.one_of(
    VALID,
    VALID,
    st.fixed_dictionaries({"name": NAMES, "arguments": ARGUMENTS}),
    st.fixed_dictionaries({"name": st.sampled_from(TOOLS), "arguments": ARGUMENTS}),
    st.fixed_dictionaries(
        {},
        optional={"name": NAMES, "arguments": ARGUMENTS, "parameters": VALUES, "id": VALUES, "type": VALUES},
    ),
    VALUES,
)


@st.composite
def as_json(draw: st.DrawFn) -> str:
    return json.dumps(draw(CALLS), ensure_ascii=draw(st.booleans()))


@st.composite
def as_hermes(draw: st.DrawFn) -> str:
    opening = draw(
        st.sampled_from(["<tool_call>", "<tool_call>\n", "<think>", "</think><tool_call>", "<tool_call"])
    )
    closing = draw(st.sampled_from(["</tool_call>", "\n</tool_call>", "</think>", ""]))
    return draw(TEXTS) + "".join(
        f"{opening}{draw(as_json())}{closing}" for _ in range(draw(st.integers(1, 6)))
    )


@st.composite
def as_coder(draw: st.DrawFn) -> str:
    calls = []
    for _ in range(draw(st.integers(1, 5))):
        name = draw(st.one_of(st.sampled_from(TOOLS), TEXTS))
        given_ = draw(st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXTS), VALUES, max_size=3))
        if draw(st.booleans()):
            name, given_ = draw(VALID).values()
        body = "".join(
            f"<parameter={key}>{value if isinstance(value, str) else json.dumps(value)}</parameter>"
            for key, value in given_.items()
        )
        calls.append(f"<tool_call><function={name}>{body}</function></tool_call>")
    return "".join(calls)


@st.composite
def as_openai(draw: st.DrawFn) -> str:
    calls = [
        {**call, "arguments": json.dumps(call.get("arguments"))}
        if isinstance(call, dict) and draw(st.booleans())
        else call
        for call in draw(st.lists(CALLS, max_size=5))
    ]
    kept = [{"type": "function", "function": call} for call in calls]
    whole = draw(
        st.one_of(st.just({"role": "assistant", "tool_calls": kept}), VALUES, st.just({"tool_calls": calls}))
    )
    return json.dumps(whole)


WRITERS = {"json": as_json(), "hermes": as_hermes(), "qwen3_coder": as_coder(), "openai": as_openai()}


@st.composite
def messages(draw: st.DrawFn, action_format: str) -> list[str]:
    """One to three messages, each well formed, damaged, or no call at all."""
    told = []
    for _ in range(draw(st.integers(1, 3))):
        text = draw(st.one_of(WRITERS[action_format], WRITERS[action_format], TEXTS))
        damage = draw(st.sampled_from(["", "", "", "cut", "twice", "fence", "swap", "think"]))
        at = draw(st.integers(0, max(0, len(text) - 1)))
        told.append(
            {
                "": text,
                "cut": text[:at],
                "twice": text * 2,
                "fence": f"```json\n{text}\n```",
                "swap": text[:at] + draw(st.sampled_from(list('{}[]",:\\<>0\ud800'))) + text[at + 1 :],
                "think": f"<think>{text}</think>",
            }[damage]
        )
    return told


@pytest.fixture(scope="module")
def zooming() -> dict[str, ZoomQAEnv]:
    return {name: ZoomQAEnv(kind="swatch", action_format=name) for name in ACTION_FORMATS}


def right_answers(env: ZoomQAEnv) -> set[str]:
    key = env.task.key["answer"]
    return {str(key["value"]).casefold(), *map(str.casefold, key.get("options", ()))}


def play(env: Any, texts: list[str], outcomes: set[str]) -> float:
    """Send the texts through Gymnasium's door; returns what they paid, and notes how each turn ended."""
    env.reset(options={"index": INDEX})
    paid = 0.0
    for text in texts:
        observation, reward, terminated, truncated, info = env.step(text)
        assert observation in env.observation_space
        assert len(observation["text"]) > 0
        assert (reward == 0.0) or terminated or truncated
        assert isinstance(info["error_code"], str)
        for word in ("Traceback", "Exception", "object at 0x", "<class"):
            assert word not in "".join(turn.text for turn in env.last_turns if turn.error)
        assert all(len(turn.text) < 2_000 for turn in env.last_turns if turn.error)
        outcomes.update(turn.error for turn in env.last_turns)
        paid += reward
    return paid


@pytest.mark.parametrize("action_format", ACTION_FORMATS)
def test_zoom_qa(zooming, action_format) -> None:
    env = zooming[action_format]
    outcomes = set()

    @quick(ZOOM_EXAMPLES)
    @given(messages(action_format))
    def fuzz(texts: list[str]) -> None:
        paid = play(env, texts, outcomes)
        if env._accuracy().value:  # a right answer by chance is no fault, but hypothesis knows no options
            assert str(env._reply.given).strip().strip("().: ").casefold() in right_answers(env)
        else:
            assert paid == 0.0

    fuzz()
    assert len(outcomes & (REACHED | {"bad_box"})) >= MANY


@pytest.mark.parametrize("action_format", ACTION_FORMATS)
def test_a_toy(toys, action_format) -> None:
    env = toys.GuessEnv(action_format=action_format)
    outcomes = set()

    @quick(TOY_EXAMPLES)
    @given(messages(action_format))
    def fuzz(texts: list[str]) -> None:
        paid = play(env, texts, outcomes)
        earned = env._hand.handed_in and any(env._hand.cells)
        assert -0.2 - 1e-9 <= paid <= 0.0 or earned

    fuzz()
    assert len(outcomes & REACHED) >= MANY


def test_every_wrong_letter_pays_nothing(zooming) -> None:
    env = zooming["json"]
    right = 0
    for letter in LETTERS:
        paid = play(env, [json.dumps({"name": "answer", "arguments": {"value": letter}})], set())
        right += paid > 0
        assert paid == 0.0 or env._accuracy().value == 1.0
    assert right == 1
