"""A recorded call as the viewer shows it: arguments, and boxes.

Knows one call and the pictures shown before it, no episode. A box is placed on a picture only when the
convention is declared and the call names a picture that was shown under that label.
"""

__all__ = ["call_view", "convention", "default_images", "finite"]

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ..tools.vision import VISION_SPECS

UNITS = {"norm1000": 1000, "norm1": 1, "abs_view": 0}
"""Largest coordinate of a convention; 0 stands for the picture's own size in px."""

INLINE_CHARS = 76


def call_view(
    call: Any,
    labels: Mapping[str, int],
    *,
    coord: str | None = None,
    defaults: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Name, arguments and boxes of a call, JSON-able.

    Args:
        call: `{"id", "function": {"name", "arguments"}}` or `{"name", "arguments"}`.
        labels: label -> number of the picture that was last shown under it.
        coord: convention of `bbox_2d`; None places no box.
        defaults: tool name -> label meant where the call names no picture (see `default_images`).

    Returns:
        `args` as rows of (name, kind, text), kind `text`, `json` or `raw` (no JSON, shown as it came);
        `boxes` as picture number, its label, corners and largest coordinate.

    >>> view = call_view({"name": "zoom_in", "arguments": '{"bbox_2d": [1, 2, 3, 4]}'}, {})
    >>> view["name"], view["args"], view["boxes"]
    ('zoom_in', [['bbox_2d', 'json', '[1, 2, 3, 4]']], [])
    """
    call = call if isinstance(call, Mapping) else {}
    function = call.get("function")
    function = function if isinstance(function, Mapping) else call
    name, raw = str(function.get("name", "")), function.get("arguments", {})
    unit, image = UNITS.get(coord or ""), (defaults or {}).get(name, "")
    try:
        arguments = _parsed(raw)
        rows = (
            [[str(key), *_shown(value)] for key, value in arguments.items()]
            if isinstance(arguments, dict)
            else [["", "json", _pretty(arguments)]]
        )
        boxes = [] if unit is None else _boxes(arguments, labels, unit, image)
    except (ValueError, RecursionError):
        rows, boxes = [["", "raw", str(raw)]], []
    return {"id": call.get("id"), "name": name, "args": rows, "boxes": boxes, "results": []}


def convention(env_kwargs: Mapping[str, Any]) -> str | None:
    """The convention that environment arguments name: `coord=`, or `vision=` with a VisionSpec's name.

    >>> convention({"vision": "qwen3_vl"}), convention({"kind": "swatch"})
    ('norm1000', None)
    """
    coord, vision = env_kwargs.get("coord"), env_kwargs.get("vision")
    if isinstance(coord, str) and coord in UNITS:
        return coord
    return VISION_SPECS[vision].coord if isinstance(vision, str) and vision in VISION_SPECS else None


def default_images(tools: Any) -> dict[str, str]:
    """Tool name -> the default of its `image` parameter."""
    found = {}
    for tool in tools if isinstance(tools, list) else []:
        tool = tool.get("function", tool) if isinstance(tool, Mapping) else {}
        parameters = tool.get("parameters") if isinstance(tool, Mapping) else None
        properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
        image = properties.get("image") if isinstance(properties, Mapping) else None
        if isinstance(image, Mapping) and isinstance(image.get("default"), str):
            found[str(tool.get("name"))] = image["default"]
    return found


def finite(value: Any) -> float | None:
    """A finite number or None; True and text are none.

    >>> finite(0.5), finite(float("nan")), finite(True)
    (0.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if isfinite(value) else None


def _parsed(raw: Any) -> Any:
    """Arguments as parsed; doubled keys are refused, because one of them would be hidden."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("doubled key")
        return dict(pairs)

    return json.loads(raw, object_pairs_hook=unique) if isinstance(raw, str) else raw


def _shown(value: Any) -> tuple[str, str]:
    return ("text", value) if isinstance(value, str) else ("json", _pretty(value))


def _pretty(value: Any, indent: int = 0) -> str:
    """JSON with short lists and objects on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= INLINE_CHARS or not isinstance(value, (dict, list)) or not value or indent > 40:
        return flat
    pad, inner = " " * indent, " " * (indent + 2)
    if isinstance(value, dict):
        body = [f"{json.dumps(k, ensure_ascii=False)}: {_pretty(v, indent + 2)}" for k, v in value.items()]
    else:
        body = [_pretty(item, indent + 2) for item in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return first + "\n" + ",\n".join(inner + line for line in body) + "\n" + pad + last


def _boxes(value: Any, labels: Mapping[str, int], unit: int, image: str) -> list[dict[str, Any]]:
    """Every `bbox_2d` among the arguments whose picture is known."""
    if isinstance(value, list):
        return [box for item in value for box in _boxes(item, labels, unit, image)]
    if not isinstance(value, dict):
        return []
    image = value["image"] if isinstance(value.get("image"), str) else image
    number, corners = labels.get(image), value.get("bbox_2d")
    found = []
    if number is not None and isinstance(corners, list) and len(corners) == 4:
        numbers = [finite(corner) for corner in corners]
        if None not in numbers:
            found.append({"image": number, "label": image, "box": numbers, "unit": unit})
    nested = [item for item in value.values() if isinstance(item, (dict, list))]
    return found + [box for item in nested for box in _boxes(item, labels, unit, image)]
