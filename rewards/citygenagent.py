"""CityGenAgent's reward for cities, rebuilt from what is known of it.

Of the paper (arXiv 2602.05362) the terms are known, their weights and formulas are not: the Spatial Alignment
Reward has two judged terms over the rendered layout (alignment with the brief, plausibility) and two
hand-crafted ones (overlap, density); the Visual Consistency Reward judges each building's look against its
description. Ours: equal weights, a linear sum, exact polygons where the paper took bounding boxes. Knows no
pictures; the judged levels come from `rewards/rubric.py`.
"""

__all__ = ["LAYOUT_RUBRIC", "LOOK_RUBRIC", "RECIPE", "density", "no_overlap"]

from math import isfinite

from ..errors import UsageError
from .recipe import Recipe, Term
from .rubric import Criterion, Rubric
from .score import Score
from .shaping import plateau

DENSITY = (0.0, 0.15, 0.5, 0.8)
WEIGHT = 0.2

LAYOUT_RUBRIC = Rubric(
    "layout",
    "You judge the layout of a city, drawn as a plan and from the air, against the brief it was made for.",
    (
        Criterion(
            "alignment", "Is what the brief asks for there: kinds of buildings, where they stand, heights?"
        ),
        Criterion(
            "plausibility",
            "Could it be built so: access, proportions, gaps, open space where people need it?",
        ),
    ),
)
"""Judges a plan and an aerial view against the brief."""

LOOK_RUBRIC = Rubric(
    "look",
    "You judge how buildings look, drawn from the air and from the street, against their descriptions.",
    (
        Criterion(
            "consistency", "Do colours, materials, roofs and parts agree with what the descriptions say?"
        ),
    ),
)
"""Judges views of buildings against the descriptions in their building programs."""


def no_overlap(share: float) -> Score:
    """How little ground elements share.

    Formula: 1 - min(1, share), share = ground shared pair by pair / ground of all elements.

    Args:
        share: >= 0.

    Raises:
        UsageError: not a finite number >= 0.

    >>> no_overlap(0.25).value
    0.75
    """
    if not isfinite(share) or share < 0.0:
        raise UsageError(f"the share of overlap is a finite number >= 0, got {share}")
    return Score(1.0 - min(1.0, share), {}, f"{share:.1%} of the ground is shared")


def density(coverage: float) -> Score:
    """Whether the site is built on neither too little nor too much.

    Formula: a trapezoid over the share of the site under buildings, 0 at 0, 1 from 0.15 to 0.5, 0 at 0.8.
    Ours; the paper's is not known.

    Args:
        coverage: >= 0.

    >>> density(0.3).value, density(0.9).value
    (1.0, 0.0)
    """
    low, one_low, one_high, high = DENSITY
    level = plateau(coverage, zero_low=low, one_low=one_low, one_high=one_high, zero_high=high)
    return Score(level, {}, f"{coverage:.1%} of the site are under buildings")


RECIPE = Recipe.linear(
    "citygenagent",
    (
        Term("alignment", "base", WEIGHT, "rewards/rubric.py:Rubric"),
        Term("plausibility", "base", WEIGHT, "rewards/rubric.py:Rubric"),
        Term("overlap", "base", WEIGHT, "rewards/citygenagent.py:no_overlap"),
        Term("density", "base", WEIGHT, "rewards/citygenagent.py:density"),
        Term("consistency", "base", WEIGHT, "rewards/rubric.py:Rubric"),
    ),
    paper="arXiv 2602.05362 (terms; weights are not published)",
)
"""The five terms of both rewards, equally weighted."""
