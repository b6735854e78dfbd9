"""Values of which any may be the right one: all hide behind each other.

Options that hide behind the right one alone give it away: it is the one that all others resemble. So the
options are chosen first, each hidden behind each other, and only then which of them is painted. Knows
differences in grey levels, not what is written.
"""

__all__ = ["FIRST_RMS", "INKS", "PATCH_RMS", "USUAL_INK", "rivals"]

from collections.abc import Callable

import numpy as np

INKS = (0.92, 0.85, 0.78, 0.72, 0.66, 0.6, 0.55, 0.5, 0.46, 0.42, 0.38, 0.35)
USUAL_INK = 0.6
FIRST_RMS = 0.84
PATCH_RMS = 14.0
TRIES_AN_INK = 8


def rivals(
    rng: np.random.Generator,
    values: list[str],
    count: int,
    differ: Callable[[str, str], tuple[float, float]],
) -> list[str]:
    """Some of the values that all hide behind each other at one strength of ink, the strongest that serves.

    Each pair of them differs by less than FIRST_RMS in the first view and by more than PATCH_RMS on the
    plate. Where no ink hides that many, any of the values are returned: then the certificate decides.

    Args:
        rng: random source.
        values: what may be painted in one place, at least `count`; their order must not tell the right one.
        count: how many, at least 2.
        differ: RMS difference of two values in the first view and on the plate, with USUAL_INK.

    Returns:
        `count` of the values in random order: whichever is painted, the list is as likely.
    """
    size = len(values)
    seen, plain = np.zeros((size, size)), np.zeros((size, size))
    for i in range(size):
        for j in range(i):
            seen[i, j], plain[i, j] = seen[j, i], plain[j, i] = differ(values[i], values[j])
    for ink in INKS:
        scale = ink / USUAL_INK
        hides = (seen * scale < FIRST_RMS) & (plain * scale > PATCH_RMS)
        for _ in range(TRIES_AN_INK):
            chosen: list[int] = []
            for i in rng.permutation(size).tolist():
                if len(chosen) < count and hides[i, chosen].all():
                    chosen.append(i)
            if len(chosen) == count:
                return [values[i] for i in rng.permutation(chosen).tolist()]
    return [values[i] for i in rng.permutation(size)[:count].tolist()]
