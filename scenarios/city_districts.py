"""What the blocks of a generated city are for: types for their plots.

Centre, homes, campus, care, works and parks; of school, hospital, civic hall and landmark there is at most
one in a city, so that a brief can speak of "the school". Knows no geometry but the order of plots, the
largest first.
"""

__all__ = ["districts"]

from collections.abc import Sequence

import numpy as np

SINGLES = ("school", "hospital", "civic", "landmark")
MAIN = ("residential", "residential", "residential", "office", "mixed", "commercial")
GREEN = ("greenspace", "greenspace", "greenspace", "plaza", "water")
FILLS = {
    "homes": ("residential", "residential", "residential", "residential", "mixed"),
    "centre": ("office", "office", "commercial", "mixed", "mixed"),
    "campus": ("residential", "residential", "parking"),
    "care": ("residential", "office", "parking", "commercial"),
    "works": ("industrial", "industrial", "parking", "commercial"),
}
HEARTS = {
    "homes": ("greenspace",),
    "centre": ("plaza", "civic", "landmark"),
    "campus": ("school", "greenspace"),
    "care": ("hospital", "greenspace"),
    "works": (),
}
PARK = ("greenspace", "water", "plaza")


def districts(rng: np.random.Generator, counts: Sequence[int], level: int, vacant: int) -> list[list[str]]:
    """Types for the plots of each block, the one for the largest plot first.

    Args:
        rng: decides them.
        counts: plots of each block.
        level: 1 to 5.
        vacant: plots to leave free, marked `vacant`.
    """
    if len(counts) == 1:
        return [_single(rng, counts[0], level)]
    kinds = _kinds(rng, len(counts), is_large=level == 4)
    used: set[str] = set()
    found = []
    for kind, count in zip(kinds, counts, strict=True):
        if kind == "park":
            found.append(list(PARK[: max(1, min(count, 3))]) + ["greenspace"] * max(0, count - 3))
            continue
        hearts = [one for one in HEARTS[kind] if one not in SINGLES or one not in used]
        types = hearts[: max(1, count // 2)] if hearts else []
        used |= set(types) & set(SINGLES)
        fill = [str(one) for one in rng.choice(FILLS[kind], count - len(types))]
        found.append([*types, *fill])
    for _ in range(vacant):
        block = max(range(len(found)), key=lambda k: len(found[k]) - 2 * found[k].count("vacant"))
        spots = [k for k, one in enumerate(found[block]) if one not in SINGLES and one != "vacant" and k > 0]
        if spots:
            found[block][spots[rng.integers(len(spots))]] = "vacant"
    return found


def _single(rng: np.random.Generator, count: int, level: int) -> list[str]:
    """For one block: a green place, something public, and houses of one or two kinds."""
    flats = [str(rng.choice(GREEN))]
    if level == 2:
        flats += [str(one) for one in ("plaza", "greenspace", "water") if one not in flats][
            : int(rng.integers(1, 2 + (count > 8)))
        ]
    publics = [str(rng.choice((*SINGLES, "parking", "industrial")))]
    if level == 2 and count > 7:
        publics.append(str(rng.choice([one for one in SINGLES if one not in publics])))
    main = str(rng.choice(MAIN))
    second = str(rng.choice([one for one in ("commercial", "office", "mixed") if one != main]))
    rest = count - len(flats) - len(publics)
    seconds = 0 if rest < 3 else int(rng.integers(0, rest // 2 + 1))
    return [*flats[:1], *publics, *flats[1:], *[main] * (rest - seconds), *[second] * seconds]


def _kinds(rng: np.random.Generator, count: int, *, is_large: bool) -> list[str]:
    """A kind for each block; what a city has once comes first, homes most often."""
    once = ["centre", "homes", *(str(one) for one in rng.permutation(["campus", "care", "works"]))]
    if is_large:
        once = ["centre", "campus", "care", "works", "park"]
    more = [str(one) for one in rng.choice(["homes", "homes", "homes", "centre", "works"], count)]
    kinds = [*once, *more][:count]
    return [kinds[k] for k in rng.permutation(count)]
