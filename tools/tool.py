"""What a tool is: one declaration, made from a typed method of a hand.

A *hand* is an object that holds only the world and carries methods marked with `@tool`; it knows no task and
no answer key. The same declaration is rendered for OpenAI, MCP, TRL and verl.
"""

__all__ = [
    "Between",
    "Image",
    "Length",
    "Part",
    "Tool",
    "ToolCall",
    "ToolResult",
    "declared_tools",
    "hand_tools",
    "mistake",
    "tool",
    "unknown_tool",
]

import copy
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, TypeVar, Union, get_type_hints

import numpy as np

from ..errors import UsageError, did_you_mean
from .schema import Between, Length, Problem, compile_schema, describe_bounds, schema_of, shown


@dataclass(frozen=True, eq=False)
class Image:
    """A picture in a result.

    Args:
        array: (H, W, 3) uint8 RGB; becomes read-only.
        label: what the agent calls it, such as `v1`.
    """

    array: np.ndarray
    label: str = ""

    def __post_init__(self) -> None:
        array = self.array
        if not isinstance(array, np.ndarray):
            raise UsageError(f"an Image is (H, W, 3) uint8, got {type(array).__name__}")
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
            raise UsageError(f"an Image is (H, W, 3) uint8, got {array.shape} {array.dtype}")
        array.flags.writeable = False

    @cached_property
    def sha256(self) -> str:
        """sha256 of height, width and pixels, as hex; computed when asked."""
        height, width = self.array.shape[:2]
        digest = sha256(f"{height}x{width}".encode())
        digest.update(np.ascontiguousarray(self.array).data)
        return digest.hexdigest()


Part = str | Image
F = TypeVar("F", bound=Callable[..., "ToolResult"])


@dataclass(frozen=True)
class ToolCall:
    """A call as the agent makes it; the arguments are checked when it is run."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolResult:
    """What a tool gives back.

    Args:
        parts: texts and images, in order.
        error: code of the agent's mistake, or "".
    """

    parts: tuple[Part, ...]
    error: str = ""


def mistake(text: str, code: str = "bad_arguments") -> ToolResult:
    """A result that tells the agent what to send instead."""
    return ToolResult((text,), code)


@dataclass(frozen=True)
class Tool:
    """One tool of an environment.

    Args:
        name: its name.
        description: one imperative sentence.
        parameters: JSON schema of the arguments object.
        returns: what comes back, in words.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    returns: str = ""

    @cached_property
    def _check(self) -> Callable[[Any], dict[str, Any]]:
        return compile_schema(dict(self.parameters))

    def validate(self, arguments: Any) -> tuple[dict[str, Any], str]:
        """The cleaned arguments and "", or {} and what to send instead. Never raises."""
        try:
            return self._check(arguments), ""
        except Problem as problem:
            return {}, f"{self.name}: {problem}"

    def worded(self, words: Mapping[str, str]) -> "Tool":
        """The same tool with each `{word}` of its descriptions replaced."""
        if not words:
            return self
        parameters = self._schema()
        for schema in parameters["properties"].values():
            schema["description"] = _replaced(schema["description"], words)
        return replace(self, description=_replaced(self.description, words), parameters=parameters)

    def openai(self) -> dict[str, Any]:
        """The form of OpenAI's chat completions."""
        function = {"name": self.name, "description": self.description, "parameters": self._schema()}
        return {"type": "function", "function": function}

    def mcp(self) -> dict[str, Any]:
        """The form of MCP's `tools/list`."""
        return {"name": self.name, "description": self.description, "inputSchema": self._schema()}

    def verl(self) -> dict[str, Any]:
        """The form of verl's OpenAIFunctionToolSchema, which keeps type, description and enum only."""
        kept = {}
        for name, schema in self.parameters["properties"].items():
            flat = schema["anyOf"][0] if "anyOf" in schema else schema
            kept[name] = {"type": flat["type"], "description": schema.get("description", "")}
            if "enum" in flat:
                kept[name]["enum"] = [str(value) for value in flat["enum"]]
        parameters = {"type": "object", "properties": kept, "required": list(self.parameters["required"])}
        function = {"name": self.name, "description": self.description, "parameters": parameters}
        return {"type": "function", "function": function}

    def signature(self) -> inspect.Signature:
        """The form of TRL: a signature with plain hints (fixed tuples become lists)."""
        parameters = []
        for name, schema in self.parameters["properties"].items():
            default = schema.get("default", inspect.Parameter.empty)
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            parameters.append(inspect.Parameter(name, kind, default=default, annotation=_plain_hint(schema)))
        # A required parameter may stand after an optional one in the schema, but not in a signature.
        parameters.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)
        return inspect.Signature(parameters)

    def docstring(self) -> str:
        """The form of TRL: a Google docstring, from which transformers makes its schema."""
        lines = [self.description, ""]
        if self.parameters["properties"]:
            lines.append("Args:")
            lines += [f"    {name}: {s['description']}" for name, s in self.parameters["properties"].items()]
            lines.append("")
        if self.returns:
            lines += ["Returns:", f"    {self.returns}", ""]
        return "\n".join(lines)

    def _schema(self) -> dict[str, Any]:
        """The parameters as a copy that a caller may change."""
        return copy.deepcopy(dict(self.parameters))

    def text(self) -> str:
        """The tool as lines of plain text, for the Gymnasium projection."""
        arguments = self.parameters["properties"]
        lines = [f"{self.name}({', '.join(arguments)}): {self.description}"]
        lines += [f"  {name}: {schema['description']}" for name, schema in arguments.items()]
        return "\n".join(lines)


def tool(method: F) -> F:
    """Mark a hand's method as a tool; its hints and docstring become the declaration.

    Raises:
        UsageError: a hint that has no schema, or a docstring that does not describe each parameter once.
    """
    method.__eyesmith_tool__ = _declare(method)  # type: ignore[attr-defined]
    return method


def hand_tools(*hands: object) -> dict[str, tuple[Tool, Callable[..., ToolResult]]]:
    """The tools of some hands in order of definition: name -> (declaration, bound method).

    Raises:
        UsageError: two tools of one name.
    """
    declared_tools(*map(type, hands))
    return {
        declaration.name: (declaration, getattr(hand, declaration.name))
        for hand in hands
        for declaration in declared_tools(type(hand))
    }


def declared_tools(*hands: type) -> tuple[Tool, ...]:
    """The declarations of some hand classes, in order of definition.

    Raises:
        UsageError: two tools of one name.
    """
    found: dict[str, Tool] = {}
    for hand in hands:
        for member in _members(hand).values():
            declaration = getattr(member, "__eyesmith_tool__", None)
            if declaration is None:
                continue
            if declaration.name in found:
                raise UsageError(f"two hands carry a tool called {declaration.name!r}")
            found[declaration.name] = declaration
    return tuple(found.values())


def unknown_tool(name: Any, known: Mapping[str, Any]) -> str:
    """The observation for a call of a tool that is not there."""
    hint = did_you_mean(name, known) if isinstance(name, str) else ""
    return f"unknown tool {shown(name)}; this environment has: {', '.join(known)}.{hint}"


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace("{" + word + "}", value)
    return text


def _members(cls: type) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        members.update(vars(base))
    return members


def _declare(method: Callable[..., ToolResult]) -> Tool:
    name = method.__name__
    summary, argument_docs, returns = _read_docstring(inspect.getdoc(method) or "", name)
    hints = get_type_hints(method, include_extras=True)
    properties: dict[str, Any] = {}
    required = []
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise UsageError(f"tool {name!r}: {parameter.name!r} must be a named parameter, without stars")
        if parameter.name not in hints:
            raise UsageError(
                f"tool {name!r}: {parameter.name!r} has no type hint, from which its schema is made"
            )
        schema = schema_of(hints[parameter.name])
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
        else:
            schema["default"] = _default(
                schema, parameter.default, f"tool {name!r}: the default of {parameter.name!r}"
            )
        if parameter.name not in argument_docs:
            raise UsageError(f"tool {name!r}: its docstring does not describe {parameter.name!r}")
        bounds = describe_bounds(schema)
        described = argument_docs.pop(parameter.name)
        schema["description"] = f"{described.rstrip('.')} ({bounds})." if bounds else described
        properties[parameter.name] = schema
    if argument_docs:
        raise UsageError(
            f"tool {name!r}: its docstring describes {sorted(argument_docs)}, which it does not take"
        )
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Tool(name, summary, schema, returns)


def _default(schema: dict[str, Any], value: Any, whose: str) -> Any:
    try:
        return compile_schema(schema)(value)
    except Problem as problem:
        raise UsageError(f"{whose} {problem}") from None


def _read_docstring(text: str, name: str) -> tuple[str, dict[str, str], str]:
    sections = re.split(r"\n\s*\n?(Args|Returns):\n", "\n" + text)
    summary = " ".join(sections[0].split())
    if not summary:
        raise UsageError(f"tool {name!r} has no docstring: it is the text that the model reads")
    bodies = dict(zip(sections[1::2], sections[2::2], strict=True))
    arguments: dict[str, str] = {}
    last = ""
    for line in bodies.get("Args", "").splitlines():
        entry = re.fullmatch(r" {4}(\w+): (.+)", line)
        if entry:
            last, arguments[entry[1]] = entry[1], entry[2].strip()
        elif line.strip() and last:
            arguments[last] += " " + line.strip()
    return summary, arguments, " ".join(bodies.get("Returns", "").split())


def _plain_hint(schema: Mapping[str, Any]) -> Any:
    if "anyOf" in schema:
        return _plain_hint(schema["anyOf"][0]) | None
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if schema["type"] == "array":
        items = schema.get("prefixItems") or [schema["items"]]
        return list[Union[tuple(_plain_hint(item) for item in items)]]  # noqa: UP007 built from a tuple
    return {"integer": int, "number": float, "boolean": bool, "string": str}[schema["type"]]
