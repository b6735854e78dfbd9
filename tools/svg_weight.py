"""How much an SVG draws once its `use` elements are followed.

Ten lines of them may stand for ten thousand million shapes.
"""

__all__ = ["drawn_elements"]

from typing import Any

CIRCLE = 1_000


def drawn_elements(root: Any, limit: int = 1_000_000) -> tuple[int, int, int]:
    """Elements that `use` draws, number of `use` elements, and how deep they refer to one another.

    Args:
        root: an lxml element.
        limit: the sum stops growing here.

    Returns:
        Copies, uses and depth; a circle of references is CIRCLE deep.

    >>> from lxml import html
    >>> use = "<use href=#a />"
    >>> page = html.fromstring(f"<svg><g id=a><path/></g><g id=b>{use * 2}</g><use href=#b /></svg>")
    >>> drawn_elements(page)
    (11, 3, 2)
    """
    uses = [(node, _target(node)) for node in root.iter() if _name(node) == "use"]
    if not uses:
        return 0, 0, 0
    named: dict[str, Any] = {}
    for node in root.iter():
        name = node.get("id") if isinstance(node.tag, str) else None
        if name is not None:
            named.setdefault(name, node)
    held: dict[str, tuple[int, list[str]]] = {}
    for _, target in uses:
        if target in named and target not in held:
            inside = list(named[target].iter())
            held[target] = (len(inside), [_target(node) for node in inside if _name(node) == "use"])
    weights: dict[str, tuple[int, int]] = {}

    def weigh(target: str, above: frozenset[str]) -> tuple[int, int]:
        if target in above:
            return 0, CIRCLE
        if target not in held:
            return 0, 0
        known = weights.get(target)
        if known is None:
            size, inner = held[target]
            below = [weigh(each, above | {target}) for each in inner]
            deep = 1 + max((depth for _, depth in below), default=0)
            known = weights[target] = (min(size + sum(weight for weight, _ in below), limit), deep)
        return known

    found = [weigh(target, frozenset()) for _, target in uses]
    depth = max(min(depth, CIRCLE) for _, depth in found)
    return min(sum(weight for weight, _ in found), limit), len(uses), depth


def _target(node: Any) -> str:
    for name, value in node.attrib.items():
        if name.rpartition("}")[2].rpartition(":")[2].lower() == "href":
            return value.strip().lstrip("#")
    return ""


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
