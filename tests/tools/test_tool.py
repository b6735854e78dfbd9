"""Tools made from typed methods: one declaration, and every form that is rendered from it."""

import inspect
import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.tool import (
    Between,
    Image,
    Length,
    Tool,
    ToolResult,
    declared_tools,
    hand_tools,
    mistake,
    tool,
)


class Hand:
    """Every kind of parameter."""

    @tool
    def look(
        self,
        box: tuple[float, float, float, float],
        name: Annotated[str, Length(1, 80)],
        how: Literal["near", "far"] = "near",
        times: Annotated[int, Between(1, 3)] = 1,
        share: Annotated[float, Between(0, 1)] | None = None,
        marks: list[int] = [1, 2],  # noqa: B006
        pair: tuple[str, float] = ("a", 0.5),
        flag: bool = False,
    ) -> ToolResult:
        """Look at a box, in {unit}.

        Args:
            box: Left, top, right and
                bottom, in {unit}.
            name: Its name: any text.
            how: How.
            times: How often
            share: Its share.
            marks: Marks.
            pair: A pair.
            flag: A flag.

        Returns:
            What is
            seen.
        """
        marks.append(3)
        return ToolResult((name,))

    @tool
    def stop(self) -> ToolResult:
        """Stop."""
        return ToolResult(("stopped",))

    def private(self, x: int) -> None:
        """No tool."""


class Deaf(Hand):
    """Overrides one tool with a method that is none, and adds one in front."""

    @tool
    def again(self) -> ToolResult:
        """Do it again."""
        return ToolResult(("again",))

    def stop(self) -> ToolResult:
        return ToolResult(("no tool",))


LOOK, STOP = declared_tools(Hand)


def test_the_declaration() -> None:
    assert (LOOK.name, LOOK.description, LOOK.returns) == (
        "look",
        "Look at a box, in {unit}.",
        "What is seen.",
    )
    assert LOOK.parameters["required"] == ["box", "name"]
    assert LOOK.parameters["additionalProperties"] is False
    described = {name: schema["description"] for name, schema in LOOK.parameters["properties"].items()}
    assert described == {
        "box": "Left, top, right and bottom, in {unit} (exactly 4 items).",
        "name": "Its name: any text (from 1 to 80 characters).",
        "how": 'How (one of "near", "far"; default "near").',
        "times": "How often (from 1 to 3; default 1).",
        "share": "Its share (from 0 to 1 or null; default null).",
        "marks": "Marks (default [1, 2]).",
        "pair": 'A pair (exactly 2 items; default ["a", 0.5]).',
        "flag": "A flag (default false).",
    }
    assert STOP.parameters["properties"] == {}


def test_order_and_inheritance() -> None:
    assert [one.name for one in declared_tools(Hand)] == ["look", "stop"]
    assert [one.name for one in declared_tools(Deaf)] == ["look", "again"]
    bound = hand_tools(Deaf())
    assert list(bound) == ["look", "again"]
    assert bound["again"][1]().parts == ("again",)


def test_two_tools_of_one_name() -> None:
    for ask in (
        lambda: declared_tools(Hand, Deaf),
        lambda: hand_tools(Hand(), Deaf()),
        lambda: hand_tools(Hand(), Hand()),
    ):
        with pytest.raises(UsageError, match="two hands carry a tool called 'look'"):
            ask()


def test_validate() -> None:
    good = {"box": [0, 0, 1, 1], "name": "a"}
    cleaned, problem = LOOK.validate(good)
    assert problem == ""
    assert cleaned["box"] == [0.0, 0.0, 1.0, 1.0]
    assert (cleaned["how"], cleaned["times"], cleaned["share"]) == ("near", 1, None)
    for bad in ({}, {**good, "how": "Near"}, {**good, "times": 4}, {**good, "extra": 1}, None, [], "x"):
        cleaned, problem = LOOK.validate(bad)
        assert cleaned == {}
        assert problem.startswith("look: ")


def test_a_default_is_never_changed_by_a_call() -> None:
    for _ in range(3):
        cleaned, _ = LOOK.validate({"box": [0, 0, 1, 1], "name": "a"})
        hand_tools(Hand())["look"][1](**cleaned)
        assert cleaned["marks"] == [1, 2, 3]
    assert LOOK.parameters["properties"]["marks"]["default"] == [1, 2]


def test_words_are_replaced_in_a_copy() -> None:
    worded = LOOK.worded({"unit": "pixels"})
    assert worded.description == "Look at a box, in pixels."
    assert worded.parameters["properties"]["box"]["description"].startswith(
        "Left, top, right and bottom, in pixels"
    )
    assert "{unit}" in LOOK.description
    assert "{unit}" in LOOK.parameters["properties"]["box"]["description"]
    assert LOOK.worded({}) is LOOK


# -- forms


def test_openai_and_mcp_round_trip() -> None:
    openai, mcp = LOOK.openai(), LOOK.mcp()
    assert openai["type"] == "function"
    assert set(openai["function"]) == {"name", "description", "parameters"}
    assert set(mcp) == {"name", "description", "inputSchema"}
    for name, description, schema in (
        (openai["function"]["name"], openai["function"]["description"], openai["function"]["parameters"]),
        (mcp["name"], mcp["description"], mcp["inputSchema"]),
    ):
        assert Tool(name, description, schema, LOOK.returns) == LOOK


def test_forms_are_copies() -> None:
    before = LOOK.openai()
    for form in (
        LOOK.openai()["function"]["parameters"],
        LOOK.mcp()["inputSchema"],
        LOOK.verl()["function"]["parameters"],
    ):
        form["properties"]["box"]["description"] = "changed"
        form["required"].append("how")
        del form["properties"]["name"]
    assert LOOK.openai() == before


def test_verl() -> None:
    function = LOOK.verl()["function"]
    assert set(function) == {"name", "description", "parameters"}
    assert set(function["parameters"]) == {"type", "properties", "required"}
    assert function["parameters"]["required"] == ["box", "name"]
    kept = function["parameters"]["properties"]
    assert {name: schema["type"] for name, schema in kept.items()} == {
        "box": "array",
        "name": "string",
        "how": "string",
        "times": "integer",
        "share": "number",
        "marks": "array",
        "pair": "array",
        "flag": "boolean",
    }
    assert kept["how"]["enum"] == ["near", "far"]
    for name, schema in kept.items():
        assert set(schema) <= {"type", "description", "enum"}
        assert schema["description"] == LOOK.parameters["properties"][name]["description"]


def kinds(hint: Any) -> Any:
    """What a reader of signatures makes of a hint: the JSON types that it admits."""
    scalars = {int: "integer", float: "number", bool: "boolean", str: "string", NoneType: "null"}
    origin = get_origin(hint)
    if hint in scalars:
        return {scalars[hint]}
    if origin is Literal:
        return {scalars[type(value)] for value in get_args(hint)}
    if origin in (Union, UnionType):
        return set().union(*(kinds(one) for one in get_args(hint)))
    assert origin is list
    return {"array"}


def test_trl_signature() -> None:
    signature = LOOK.signature()
    assert list(signature.parameters) == list(LOOK.parameters["properties"])
    for name, parameter in signature.parameters.items():
        schema = LOOK.parameters["properties"][name]
        types = {one["type"] for one in schema.get("anyOf", [schema])}
        assert kinds(parameter.annotation) == types
        assert (parameter.default is inspect.Parameter.empty) is (name in LOOK.parameters["required"])
        if parameter.default is not inspect.Parameter.empty:
            assert parameter.default == schema["default"]
    annotations = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    assert annotations["box"] == list[float]
    assert annotations["how"] == Literal["near", "far"]
    assert annotations["share"] == float | None
    assert annotations["pair"] == list[str | float], "every kind of item is named"


def test_trl_docstring_describes_each_parameter_once() -> None:
    text = LOOK.docstring()
    section = re.search(
        r"\n\s*Args:\n\s*(.*?)[\n\s]*(Returns:|Raises:|\Z)", text, re.DOTALL
    )  # transformers' own
    assert section is not None
    found = dict(re.findall(r"^\s*(\w+): (.*)$", section[1], re.MULTILINE))
    assert found == {name: schema["description"] for name, schema in LOOK.parameters["properties"].items()}
    assert text.startswith(LOOK.description + "\n")
    assert text.rstrip().endswith("What is seen.")
    assert "Args" not in STOP.docstring()


def test_a_required_parameter_after_an_optional_one() -> None:
    late = Tool(
        "late",
        "Late.",
        {
            "type": "object",
            "properties": {
                "a": {"type": "string", "default": "x", "description": "A."},
                "b": {"type": "string", "description": "B."},
            },
            "required": ["b"],
        },
    )
    assert list(late.signature().parameters) == ["b", "a"]


def test_text_lists_every_parameter() -> None:
    lines = LOOK.text().splitlines()
    assert lines[0] == "look(box, name, how, times, share, marks, pair, flag): Look at a box, in {unit}."
    assert len(lines) == 9


# -- images and results


def test_an_image_becomes_read_only_and_has_a_hash() -> None:
    array = np.zeros((2, 3, 3), np.uint8)
    image = Image(array, "v1")
    with pytest.raises(ValueError, match="read-only"):
        image.array[0, 0, 0] = 1
    twin = Image(np.zeros((2, 3, 3), np.uint8))
    assert image.sha256 == twin.sha256
    assert image.sha256 != Image(np.zeros((3, 2, 3), np.uint8)).sha256
    wide = np.arange(60, dtype=np.uint8).reshape(2, 10, 3)
    assert Image(wide[:, ::2]).sha256 == Image(wide[:, ::2].copy()).sha256


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3), np.uint8),
        np.zeros((2, 3, 4), np.uint8),
        np.zeros((2, 3, 3), np.float32),
        np.zeros((1, 2, 3, 3), np.uint8),
        [[[0, 0, 0]]],
        None,
    ],
    ids=lambda array: str(getattr(array, "shape", array)),
)
def test_what_is_no_image(array) -> None:
    with pytest.raises(UsageError, match="an Image is"):
        Image(array)


def test_a_mistake_is_a_result() -> None:
    assert mistake("send less") == ToolResult(("send less",), "bad_arguments")
    assert mistake("send less", "too_much").error == "too_much"
