"""Streets of a generated city, and the blocks that they leave.

Each street cuts the largest piece of the site in two, so that it ends on another street or at the edge of the
site. Knows no buildings.
"""

__all__ = ["SITE_EDGE_M", "streets_and_blocks"]

from dataclasses import replace
from math import hypot, pi
from typing import Any

import numpy as np

from .city_parcels import LayoutError, Parcel, Point, abreast, area_of, chord, frame_of, long_axis, tenths

Data = dict[str, Any]

SITE_EDGE_M = 4.0
ON_LINE_M = 0.01
PAVEMENT_M = 2.5
ARTERIAL_M, LOCAL_M, PATH_M = (14.0, 16.0, 18.0), (9.0, 10.0, 11.0), (4.0, 5.0)
LEAST_BLOCK_M2 = 500.0
BLOCKS = {3: (2, 4), 4: (9, 16), 5: (2, 4)}


def streets_and_blocks(
    rng: np.random.Generator, site: Parcel, level: int
) -> tuple[list[Data], list[tuple[Point, ...]]]:
    """The streets of a site as JSON has them, and the outline of each block between them.

    Args:
        rng: decides them.
        site: the site.
        level: 1 and 2: one block, and streets along edges of the site; 3 to 5: streets across the site.

    Raises:
        LayoutError: a block is too small.
    """
    if level < 3:
        return _edge_streets(rng, site, 1 if level == 1 else int(rng.integers(1, 3)))
    low, high = BLOCKS[level]
    wanted = int(rng.integers(low, high + 1))
    pieces, streets = [site], []
    while len(pieces) < wanted:
        piece = max(pieces, key=lambda one: area_of(one.ring))
        pieces.remove(piece)
        street, halves = _street(rng, piece, len(streets), wanted)
        streets.append(street)
        pieces += halves
    blocks = [tenths(piece.inner()) for piece in pieces]
    if any(len(block) < 3 or area_of(block) < LEAST_BLOCK_M2 for block in blocks):
        raise LayoutError("a block is too small")
    return streets, blocks


def _edge_streets(
    rng: np.random.Generator, site: Parcel, count: int
) -> tuple[list[Data], list[tuple[Point, ...]]]:
    """One block, and streets along some edges of the site."""
    streets, margins = [], list(site.margins)
    first = int(rng.integers(len(site.ring)))
    for edge in ((first + k) % len(site.ring) for k in range(count)):
        (x, y), (u, v) = site.ring[edge], site.ring[(edge + 1) % len(site.ring)]
        width, length = float(rng.choice(LOCAL_M)), hypot(u - x, v - y)
        inwards = (y - v) / length, (u - x) / length
        middle = (x + u) / 2 + inwards[0] * width / 2, (y + v) / 2 + inwards[1] * width / 2
        line = chord(site.ring, middle, float(np.arctan2(v - y, u - x)))
        streets.append(_street_data(len(streets), "local", width, line))
        margins[edge] = width + PAVEMENT_M
    block = tenths(replace(site, margins=tuple(margins)).inner())
    if len(block) < 3 or area_of(block) < LEAST_BLOCK_M2:
        raise LayoutError("the block is too small")
    return streets, [block]


def _street(
    rng: np.random.Generator, piece: Parcel, number: int, wanted: int
) -> tuple[Data, tuple[Parcel, Parcel]]:
    """A street across a piece of the site, and what it leaves on both sides."""
    along, share = long_axis(piece.ring, frame_of(piece.ring)), float(rng.uniform(0.42, 0.58))
    spot = abreast(piece.ring, along, share)
    if number and not _meets(piece, chord(piece.ring, spot, along + pi / 2)):
        along += pi / 2
        spot = abreast(piece.ring, along, share)
    kind, widths = ("arterial", ARTERIAL_M) if number < max(1, wanted // 6) else ("local", LOCAL_M)
    if wanted > 4 and number >= wanted - 3 and rng.random() < 0.5:
        kind, widths = "path", PATH_M
    width = float(rng.choice(widths))
    line = chord(piece.ring, spot, along + pi / 2)
    halves = piece.cut(spot, along + pi / 2, width / 2 + PAVEMENT_M)
    return _street_data(number, kind, width, line), halves


def _meets(piece: Parcel, line: tuple[Point, Point]) -> bool:
    """Whether a line ends on an edge along which a street runs."""
    for (x, y), (u, v), margin in zip(
        piece.ring, (*piece.ring[1:], piece.ring[0]), piece.margins, strict=True
    ):
        length = hypot(u - x, v - y)
        off = [abs((v - y) * (a - x) - (u - x) * (b - y)) / length for a, b in line]
        if margin > SITE_EDGE_M and min(off) < ON_LINE_M:
            return True
    return False


def _street_data(number: int, kind: str, width: float, line: tuple[Point, Point]) -> Data:
    path = [[round(x, 1) + 0.0, round(y, 1) + 0.0] for x, y in line]
    return {"id": f"street_{number + 1}", "class": kind, "width": width, "path": path}
