"""ZoomQA's recipes, and the small terms that only they use.

Each recipe is a composition by name; who measures a part stands in its `source`.
"""

__all__ = ["ERGO_GAMMA", "RECIPES", "efficiency", "ergo_box", "ergo_format", "ergo_region"]

from collections.abc import Mapping
from math import isfinite

from ..errors import UsageError
from .recipe import Recipe, Term
from .score import Score

ERGO_GAMMA = 0.6


def efficiency(tokens: int, tokens_expert: int) -> Score:
    """How few visual tokens were spent, measured by the scripted expert's.

    Formula: min(1, tokens_expert / tokens). Spending less than the expert earns nothing more, so that
    looking too little is never worth it. Ours.

    Args:
        tokens: visual tokens of all views of the episode, the first view included, >= 1.
        tokens_expert: the same of the expert's episode, >= 1.

    Raises:
        UsageError: a count below 1.

    >>> efficiency(4000, 2000).value, efficiency(500, 2000).value
    (0.5, 1.0)
    """
    if tokens < 1 or tokens_expert < 1:
        raise UsageError(f"token counts are at least 1, got tokens={tokens}, tokens_expert={tokens_expert}")
    value = min(1.0, tokens_expert / tokens)
    return Score(value, {"efficiency": value}, f"{tokens} visual tokens, the expert {tokens_expert}")


def ergo_region(evidence: float) -> Score:
    """ERGO's region reward, with resolved targets in place of the published reward model.

    Formula: r_region = 1[E = 1], where the paper asks a frozen Qwen2.5-VL-72B that sees only the crop for
    the answer: 1[match(o_RM, GT)]. arXiv 2509.21991, formula read second hand.

    Args:
        evidence: value of `rewards.evidence.evidence`, in [0, 1].

    Raises:
        UsageError: out of [0, 1].

    >>> ergo_region(1.0).value, ergo_region(0.5).value
    (1.0, 0.0)
    """
    value = 1.0 if _share(evidence, "evidence") >= 1.0 else 0.0
    return Score(
        value, {"region": value}, "all targets resolved" if value else "not all targets were resolved"
    )


def ergo_box(area_share: float, *, gamma: float = ERGO_GAMMA) -> Score:
    """ERGO's box reward: the crop is not (nearly) the whole picture.

    Formula: r_box = 1[Area(crop) / Area(picture) <= gamma], gamma = 0.6. arXiv 2509.21991, formula read
    second hand. No crop at all counts as the whole picture, 1.0, as in the published code.

    Args:
        area_share: value of `rewards.evidence.area_share`, in [0, 1].
        gamma: largest share that earns the reward, in [0, 1].

    Raises:
        UsageError: out of [0, 1].

    >>> ergo_box(0.02).value, ergo_box(1.0).value
    (1.0, 0.0)
    """
    value = 1.0 if _share(area_share, "area_share") <= _share(gamma, "gamma") else 0.0
    return Score(
        value, {"box": value}, f"the crop takes {area_share:.1%} of the picture, {gamma:.0%} is allowed"
    )


def ergo_format(mistakes: int) -> Score:
    """ERGO's format reward: every message of the episode could be read as a call.

    Formula: r_format = 1[no malformed message]. arXiv 2509.21991, formula read second hand; the paper's
    two fixed tags are tool calls here.

    Args:
        mistakes: malformed or refused calls of the episode, >= 0.

    Raises:
        UsageError: a negative count.

    >>> ergo_format(0).value, ergo_format(2).value
    (1.0, 0.0)
    """
    if mistakes < 0:
        raise UsageError(f"mistakes are counted from 0, got {mistakes}")
    value = 0.0 if mistakes else 1.0
    return Score(value, {"format": value}, f"{mistakes} malformed calls")


def _share(value: float, name: str) -> float:
    if not isfinite(value) or not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} is in [0, 1], got {value}")
    return value


RECIPES: Mapping[str, Recipe] = {
    "default": Recipe.gated(
        "default",
        (
            Term("accuracy", "gate", 1.0, "rewards/answer.py:match"),
            Term("evidence", "bonus", 0.4, "rewards/evidence.py:evidence"),
            Term("efficiency", "bonus", 0.1, "rewards/zoom.py:efficiency"),
        ),
    ),
    "ergo": Recipe.linear(
        "ergo",
        (
            Term("region", "base", 1.0, "rewards/zoom.py:ergo_region"),
            Term("box", "base", 0.5, "rewards/zoom.py:ergo_box"),
            Term("accuracy", "base", 1.0, "rewards/answer.py:match"),
            Term("format", "base", 1.0, "rewards/zoom.py:ergo_format"),
        ),
        paper="arXiv 2509.21991 (formula read second hand)",
    ),
}
