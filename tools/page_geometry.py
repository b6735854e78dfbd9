"""Boxes and lengths of a snapshot, and what they tell."""

__all__ = ["as_box", "flattened", "joined", "padding_box", "view_box"]

import re
from collections.abc import Mapping, Sequence

from ..rewards.block import Box
from .css_value import IDENTITY, Linear

_NUMBER = re.compile(r"-?\d*\.?\d+(?:[eE][+-]?\d+)?")


def as_box(bounds: Sequence[float]) -> Box:
    """x, y, width, height as x0, y0, x1, y1.

    >>> as_box([1, 2, 3, 4])
    (1.0, 2.0, 4.0, 6.0)
    """
    x, y, width, height = bounds
    return (float(x), float(y), float(x + width), float(y + height))


def joined(pieces: Sequence[Box]) -> list[Box]:
    """The lines of a text: pieces that stand side by side are one line.

    >>> joined([(0.0, 0.0, 5.0, 9.0), (5.0, 0.0, 8.0, 9.0), (0.0, 9.0, 4.0, 18.0), (4.0, 9.0, 4.0, 18.0)])
    [(0.0, 0.0, 8.0, 9.0), (0.0, 9.0, 4.0, 18.0)]
    """
    lines: list[Box] = []
    for x0, y0, x1, y1 in pieces:
        if x1 <= x0 or y1 <= y0:
            continue
        if lines:
            left, top, right, bottom = lines[-1]
            if abs(top - y0) < 0.5 and abs(bottom - y1) < 0.5 and abs(right - x0) < 1.0:
                lines[-1] = (left, top, x1, bottom)
                continue
        lines.append((x0, y0, x1, y1))
    return lines


def padding_box(bounds: Box, client: Sequence[float], offset: Sequence[float]) -> Box:
    """An element within its border, which is what it clips to.

    Args:
        bounds: the element as seen.
        client: its client rectangle, and
        offset: its offset rectangle, as it was laid out, x, y, width, height.
    """
    if len(client) < 4 or len(offset) < 4 or not client[2] or not offset[2] or not offset[3]:
        return bounds
    across, along = (bounds[2] - bounds[0]) / offset[2], (bounds[3] - bounds[1]) / offset[3]
    left, top = bounds[0] + client[0] * across, bounds[1] + client[1] * along
    return (left, top, left + client[2] * across, top + client[3] * along)


def flattened(bounds: Box, offset: Sequence[float]) -> Linear:
    """What is left of the lengths of an element that is turned or moved in space.

    Perspective stands in no matrix of the element itself.

    Args:
        bounds: the element as seen.
        offset: its offset rectangle, as it was laid out.
    """
    if len(offset) < 4 or not offset[2] or not offset[3]:
        return (0.0, 0.0, 0.0, 0.0)
    factor = min((bounds[2] - bounds[0]) / offset[2], (bounds[3] - bounds[1]) / offset[3])
    return (factor, 0.0, 0.0, factor)


def view_box(attributes: Mapping[str, str], offset: Sequence[float]) -> Linear:
    """By how much an svg enlarges what it draws.

    Args:
        attributes: of the svg, names in lower case.
        offset: its offset rectangle.

    >>> view_box({"viewbox": "0 0 100 50"}, [0, 0, 400, 100])
    (2.0, 0.0, 0.0, 2.0)
    """
    numbers = [float(each) for each in _NUMBER.findall(attributes.get("viewbox", ""))]
    if len(numbers) != 4 or len(offset) < 4 or numbers[2] <= 0 or numbers[3] <= 0:
        return IDENTITY
    across, along = offset[2] / numbers[2], offset[3] / numbers[3]
    fit = attributes.get("preserveaspectratio", "")
    if "none" in fit:
        return (across, 0.0, 0.0, along)
    factor = max(across, along) if "slice" in fit else min(across, along)
    return (factor, 0.0, 0.0, factor)
