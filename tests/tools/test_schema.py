"""Type hints to JSON schema, and a validator stricter than JSON schema."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import jsonschema
import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.schema import Between, Length, Problem, compile_schema, describe_bounds, schema_of, shown

HUGE = 10**5000
NAN, INFINITY = float("nan"), float("inf")

# hint, schema, words, good values (value or value and what it becomes), bad values
HINTS: list[tuple[Any, dict, str, list, list]] = [
    (int, {"type": "integer"}, "", [0, -5, HUGE], [1.0, True, "1", None, [1], NAN]),
    (
        float,
        {"type": "number"},
        "",
        [0.5, (3, 3.0), -0.0],
        [True, "0.5", None, NAN, INFINITY, -INFINITY, HUGE, [1.0]],
    ),
    (bool, {"type": "boolean"}, "", [True, False], [0, 1, "true", None, 1.0]),
    (str, {"type": "string"}, "", ["", "é 中 🙂", "a" * 10_000], [1, None, ["a"], b"a", True]),
    (
        Literal["a", "b"],
        {"type": "string", "enum": ["a", "b"]},
        'one of "a", "b"',
        ["a", "b"],
        ["c", "A", "", 1, None, ["a"], {"a": 1}],
    ),
    (Literal[1, 2], {"type": "integer", "enum": [1, 2]}, "one of 1, 2", [1, 2], [3, 1.0, True, "1", None]),
    (
        Annotated[int, Between(1, 5)],
        {"type": "integer", "minimum": 1, "maximum": 5},
        "from 1 to 5",
        [1, 5],
        [0, 6, 1.0, True, HUGE, -HUGE],
    ),
    (Annotated[int, Between(low=0)], {"type": "integer", "minimum": 0}, "at least 0", [0, HUGE], [-1]),
    (
        Annotated[float, Between(high=1)],
        {"type": "number", "maximum": 1},
        "at most 1",
        [1.0, -1e308, (1, 1.0)],
        [1.01, INFINITY, -INFINITY],
    ),
    (
        Annotated[float, Between(0, 1)],
        {"type": "number", "minimum": 0, "maximum": 1},
        "from 0 to 1",
        [0.0, (1, 1.0), 5e-324],
        [-1e-9, 1.0000001, NAN, HUGE],
    ),
    (
        Annotated[str, Length(1, 3)],
        {"type": "string", "minLength": 1, "maxLength": 3},
        "from 1 to 3 characters",
        ["a", "🙂🙂🙂"],
        ["", "abcd", 1],
    ),
    (
        Annotated[str, Length(4, 4)],
        {"type": "string", "minLength": 4, "maxLength": 4},
        "exactly 4 characters",
        ["abcd"],
        ["abc"],
    ),
    (
        list[int],
        {"type": "array", "items": {"type": "integer"}},
        "",
        [[], [1, 2], ((1, 2), [1, 2])],
        [[1.0], [True], 1, "12", {}, None, [[1]]],
    ),
    (
        Annotated[list[Annotated[float, Between(0, 1)]], Length(1, 2)],
        {
            "type": "array",
            "items": {"type": "number", "minimum": 0, "maximum": 1},
            "minItems": 1,
            "maxItems": 2,
        },
        "from 1 to 2 items, each from 0 to 1",
        [[0.5], ([0, 1], [0.0, 1.0])],
        [[], [0.1, 0.2, 0.3], [2.0], [NAN]],
    ),
    (
        list[list[str]],
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "",
        [[["a"], []]],
        [["a"], [[1]], [None]],
    ),
    (
        tuple[float, float],
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "exactly 2 items",
        [((1, 2), [1.0, 2.0]), [0.5, 0.5]],
        [[1.0], [1.0, 2.0, 3.0], [1.0, "2"], "12"],
    ),
    (
        tuple[str, int],
        {
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "integer"}],
            "minItems": 2,
            "maxItems": 2,
        },
        "exactly 2 items",
        [["a", 1]],
        [[1, "a"], ["a"], ["a", 1, 2], ["a", 1.0]],
    ),
    (
        int | None,
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "may be null",
        [None, 3],
        [1.0, "null", False],
    ),
    (
        Annotated[str, Length(0, 2)] | None,
        {"anyOf": [{"type": "string", "minLength": 0, "maxLength": 2}, {"type": "null"}]},
        "from 0 to 2 characters or null",
        [None, "ab"],
        ["abc", 0],
    ),
    (None | bool, {"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "may be null", [None, True], [0]),
    (
        list[int | None],
        {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "each may be null",
        [[1, None]],
        [["1"]],
    ),
]


@pytest.mark.parametrize(
    ("hint", "schema", "words", "good", "bad"), HINTS, ids=[str(row[0]) for row in HINTS]
)
def test_hints(hint, schema, words, good, bad) -> None:
    made = schema_of(hint)
    assert made == schema
    jsonschema.Draft202012Validator.check_schema(made)
    assert describe_bounds(made) == words
    check = compile_schema(made)
    for value in good:
        given, cleaned = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
        found = check(given)
        assert found == cleaned
        assert type(found) is type(cleaned)
        if isinstance(found, list):
            assert [type(item) for item in found] == [type(item) for item in cleaned]
    for value in bad:
        with pytest.raises(Problem) as caught:
            check(value)
        assert len(str(caught.value)) < 250
        str(caught.value).encode(errors="surrogatepass")


def test_stricter_than_json_schema_and_never_laxer() -> None:
    """What we take, JSON schema takes; what only we refuse is the known list."""
    values = [
        0,
        1,
        1.0,
        True,
        None,
        "a",
        "",
        [],
        [1],
        [1.0, 2.0],
        ["a", 1],
        [True],
        {"a": 1},
        NAN,
        INFINITY,
        -1,
    ]
    laxer = set()
    for hint, schema, *_ in HINTS:
        check, peer = compile_schema(schema), jsonschema.Draft202012Validator(schema)
        for value in values:
            try:
                check(value)
                ours = True
            except Problem:
                ours = False
            if ours:
                assert peer.is_valid(value), (hint, value)
            elif peer.is_valid(value):
                laxer.add(str(value))
    assert laxer <= {"1.0", "nan", "inf", "[1.0, 2.0]"}
    assert {"1.0", "nan"} <= laxer


@pytest.mark.parametrize(
    "hint",
    [
        complex,
        bytes,
        dict,
        dict[str, int],
        list,
        tuple,
        tuple[int, ...],
        set[int],
        Sequence[int],
        int | str,
        int | str | None,
        Any,
        None,
        Literal["a", 1],
        Literal[True],
        Literal[1.5],
        list[complex],
        Annotated[int, Length(1, 2)],
        Annotated[str, Between(1, 2)],
        Annotated[bool, Between(0, 1)],
        Annotated[int, "a note"],
        Annotated[int | None, Between(0, 1)],
        "int",
        [],
        Annotated[int, []],
    ],
    ids=str,
)
def test_hints_without_a_schema(hint) -> None:
    with pytest.raises(UsageError, match=r"cannot be|does not fit|must be all"):
        schema_of(hint)


OBJECT = {
    "type": "object",
    "properties": {
        "box": schema_of(tuple[float, float, float, float]),
        "image": {**schema_of(str), "default": "v0"},
        "zoom": {**schema_of(Annotated[float, Between(1, 8)] | None), "default": None},
    },
    "required": ["box"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "the argument 'box' is missing; this tool takes: box, image, zoom"),
        ({"boxes": []}, 'unknown argument "boxes"'),
        (
            {"box": [1, 2, 3, 4], "images": "v0"},
            'unknown argument "images"; this tool takes: box, image, zoom',
        ),
        ({"box": [1, 2, 3]}, "the argument 'box' must have exactly 4 items, got 3"),
        ({"box": [1, 2, 3, "4"]}, "the argument 'box' item 3 must be a number, got \"4\""),
        ({"box": "1,2,3,4"}, "the argument 'box' must be a list of exactly 4 items, got \"1,2,3,4\""),
        ({"box": {"x": 1}}, "must be a list"),
        ({"box": [1, 2, 3, NAN]}, "item 3 must be a number, got NaN"),
        ({"box": [1, 2, 3, HUGE]}, "got an integer of over 70 digits"),
        ({"box": [1, 2, 3, True]}, "got true"),
        ({"box": [1, 2, 3, 4], "image": None}, "the argument 'image' must be a text, got null"),
        ({"box": [1, 2, 3, 4], "zoom": 9}, "the argument 'zoom' must be a number from 1 to 8, got 9"),
        ([], "the arguments must be an object with: box, image, zoom; got []"),
        (None, "got null"),
        ({1: 2}, "unknown argument 1"),
        ({"b" * 10_000: 1}, "…"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_objects(value, words) -> None:
    with pytest.raises(Problem) as caught:
        compile_schema(OBJECT)(value)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 250


def test_defaults_are_filled_in_and_given_values_win() -> None:
    check = compile_schema(OBJECT)
    assert check({"box": [1, 2, 3, 4]}) == {"box": [1.0, 2.0, 3.0, 4.0], "image": "v0", "zoom": None}
    assert check({"image": "", "zoom": 2, "box": (0, 0, 1, 1)}) == {
        "box": [0.0, 0.0, 1.0, 1.0],
        "image": "",
        "zoom": 2.0,
    }
    assert compile_schema({"type": "object", "properties": {}})({}) == {}
    with pytest.raises(Problem, match="no arguments"):
        compile_schema({"type": "object", "properties": {}})({"a": 1})


def test_the_given_value_is_not_changed() -> None:
    given = {"box": [1, 2, 3, 4]}
    cleaned = compile_schema(OBJECT)(given)
    assert given == {"box": [1, 2, 3, 4]}
    assert type(given["box"][0]) is int
    assert cleaned["box"] is not given["box"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("é", '"é"'),
        ("a" * 59, '"' + "a" * 58 + "…"),
        ([1] * 21, "a list of 21 items"),
        ({i: i for i in range(21)}, "an object of 21 items"),
        (HUGE, "an integer of over 70 digits"),
        ([HUGE], "a value of type list"),
        (object(), "a value of type object"),
        ({1, 2}, "a value of type set"),
        (INFINITY, "Infinity"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_shown(value, text) -> None:
    assert shown(value) == text


def test_shown_is_short_for_anything() -> None:
    loop: list = []
    loop.append(loop)
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    for value in (loop, deep, "🙂" * 10**6, [["a" * 10**6]], 10**70, -(10**5000), {"\ud800": "\ud800"}):
        assert len(shown(value)) <= 60


def test_described_bounds_hold_the_default() -> None:
    assert describe_bounds({"type": "string", "default": "v0"}) == 'default "v0"'
    assert describe_bounds({**schema_of(Literal["a", "b"]), "default": "a"}) == 'one of "a", "b"; default "a"'
    assert describe_bounds({**schema_of(int | None), "default": None}) == "may be null; default null"
    assert json.dumps(schema_of(Literal["é"])) == '{"type": "string", "enum": ["\\u00e9"]}'
