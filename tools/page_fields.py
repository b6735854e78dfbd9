"""Texts of form fields: values, placeholders, chosen options.

Chromium lays them out in trees of its own that a DOMSnapshot leaves out; an older call shows them. Geometry
and styles only; `page_snapshot.py` makes blocks of them.
"""

__all__ = ["FIELDS", "FieldText", "field_texts", "has_fields"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..rewards.block import Box
from .page_geometry import as_box

OWN_STYLES = (
    "color",
    "-webkit-text-fill-color",
    "font-size",
    "font-weight",
    "font-family",
    "font-style",
    "text-align",
    "visibility",
)
"""What a placeholder may have otherwise than its field."""
FIELDS: Mapping[str, Any] = {"computedStyleWhitelist": list(OWN_STYLES), "includeUserAgentShadowTree": True}
TAGS = frozenset({"INPUT", "TEXTAREA", "SELECT"})


@dataclass(frozen=True, slots=True)
class FieldText:
    """One text that a field shows.

    Args:
        text: as laid out.
        box: around it, px.
        lines: boxes of its pieces.
        clip: the part of the field that shows it.
        style: what it has of its own, by the names in OWN_STYLES.
    """

    text: str
    box: Box
    lines: tuple[Box, ...]
    clip: Box
    style: Mapping[str, str]


def has_fields(snapshot: Mapping[str, Any]) -> bool:
    """Whether a page may hold fields.

    Args:
        snapshot: the answer to `DOMSnapshot.captureSnapshot`.
    """
    return not TAGS.isdisjoint(snapshot["strings"])


def field_texts(answer: Mapping[str, Any]) -> dict[int, list[FieldText]]:
    """Texts by the backend number of their field, in order.

    Args:
        answer: to `DOMSnapshot.getSnapshot` with `FIELDS`.
    """
    nodes, styles = answer["domNodes"], answer["computedStyles"]
    parents = {child: at for at, node in enumerate(nodes) for child in node.get("childNodeIndexes", ())}
    boxes = {each["domNodeIndex"]: _box(each["boundingBox"]) for each in answer["layoutTreeNodes"]}
    found: dict[int, list[FieldText]] = {}
    for each in answer["layoutTreeNodes"]:
        at, text = each["domNodeIndex"], each.get("layoutText", "")
        if not text.strip():
            continue
        holder = parents.get(at, -1)
        host = at
        while host >= 0 and nodes[host]["nodeName"] not in TAGS:
            host = parents.get(host, -1)
        if host < 0 or holder < 0:
            continue
        style = {one["name"]: one["value"] for one in styles[each["styleIndex"]]["properties"]}
        lines = tuple(_box(piece["boundingBox"]) for piece in each.get("inlineTextNodes", ()))
        clip = boxes.get(holder, boxes[host])
        told = FieldText(text, _box(each["boundingBox"]), lines, clip, style)
        found.setdefault(nodes[host]["backendNodeId"], []).append(told)
    return found


def _box(rectangle: Mapping[str, float]) -> Box:
    return as_box([rectangle[name] for name in ("x", "y", "width", "height")])
