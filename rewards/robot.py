"""The recipes of robot rollouts: ours, and PersistWorld's.

Knows names, numbers and formulas only. Objects are the base: without them, a film in which only the robot
moves would win most of the reward.
"""

__all__ = ["RECIPES", "published_psnr", "published_ssim"]

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import UsageError
from .recipe import Recipe, Term
from .score import Score

PSNR_BEST_DB = 50.0
FIDELITY_SHARE, PHYSICS_SHARE, EXECUTABILITY_SHARE = 0.3, 0.15, 0.15
REACH_PHYSICS_SHARE, REACH_EXECUTABILITY_SHARE = 0.2, 0.2


def published_psnr(psnr_db: np.ndarray, *, view_weights: Sequence[float] | None = None) -> Score:
    """PSNR over frames and views as a level.

    Formula: mean over frames and (weighted) views of min(PSNR, 50 dB) / 50 dB. Of PersistWorld's reward
    (arXiv 2603.25685) the metrics are published, their scales and weights are not.

    Args:
        psnr_db: (frames, views) dB, >= 0; inf counts as 50.
        view_weights: (views,) >= 0, or None for equal ones.

    Raises:
        UsageError: no numbers, or weights that do not fit.

    >>> published_psnr(np.array([[25.0, np.inf]])).value
    0.75
    """
    levels = np.minimum(_table("psnr_db", psnr_db), PSNR_BEST_DB) / PSNR_BEST_DB
    value = _mean(levels, view_weights)
    return Score(value, {"psnr": value}, f"PSNR {PSNR_BEST_DB * value:.2f} dB")


def published_ssim(ssim: np.ndarray, *, view_weights: Sequence[float] | None = None) -> Score:
    """SSIM over frames and views.

    Formula: mean over frames and (weighted) views of SSIM, at least 0.

    Args:
        ssim: (frames, views), at most 1.
        view_weights: (views,) >= 0, or None for equal ones.

    Raises:
        UsageError: no numbers, or weights that do not fit.

    >>> published_ssim(np.array([[0.5, 1.0]])).value
    0.75
    """
    levels = np.clip(_table("ssim", ssim), 0.0, 1.0)
    value = _mean(levels, view_weights)
    return Score(value, {"ssim": value}, f"SSIM {value:.4f}")


def _table(name: str, values: np.ndarray) -> np.ndarray:
    array = np.asarray(values, float)
    if array.ndim != 2 or not array.size or np.isnan(array).any() or (array < -1.0).any():
        raise UsageError(f"{name}: expected (frames, views) numbers, got shape {array.shape}")
    return array


def _mean(levels: np.ndarray, view_weights: Sequence[float] | None) -> float:
    weights = np.ones(levels.shape[1]) if view_weights is None else np.asarray(view_weights, float)
    if weights.shape != levels.shape[1:] or not (weights >= 0).all() or not weights.sum() > 0:
        raise UsageError(f"view_weights: expected {levels.shape[1]} numbers >= 0, not all 0")
    return float(min(1.0, (levels.mean(axis=0) @ weights) / weights.sum()))


def _compose(levels: Mapping[str, float]) -> float:
    physics, executability = levels["physics"], levels["executability"]
    bonus = (
        FIDELITY_SHARE * levels["fidelity"] + PHYSICS_SHARE * physics + EXECUTABILITY_SHARE * executability
    )
    floor = 1.0 - FIDELITY_SHARE - PHYSICS_SHARE - EXECUTABILITY_SHARE
    reached = 1.0 - REACH_PHYSICS_SHARE - REACH_EXECUTABILITY_SHARE
    reached += REACH_PHYSICS_SHARE * physics + REACH_EXECUTABILITY_SHARE * executability
    return levels["gate"] * (levels["state"] * (floor + bonus) + levels["reach"] * reached)


RECIPES: Mapping[str, Recipe] = {
    "default": Recipe(
        "default",
        (
            Term("gate", "gate", 1.0, "tools/robot_draft.py:Draft"),
            Term("state", "base", 1.0, "rewards/robot_state.py:state_skill"),
            Term("reach", "base", 1.0, "rewards/fidelity.py:fidelity"),
            Term("fidelity", "bonus", FIDELITY_SHARE, "rewards/fidelity.py:fidelity"),
            Term("physics", "bonus", PHYSICS_SHARE, "rewards/robot_physics.py:physics"),
            Term("executability", "bonus", EXECUTABILITY_SHARE, "rewards/executability.py:arm_following"),
        ),
        "gate * (state * (0.4 + 0.3*fidelity + 0.15*physics + 0.15*executability) + reach * (0.6 + "
        "0.2*physics + 0.2*executability))",
        _compose,
    ),
    "persistworld": Recipe.linear(
        "persistworld",
        (
            Term("psnr", "base", 0.5, "rewards/robot.py:published_psnr"),
            Term("ssim", "base", 0.5, "rewards/robot.py:published_ssim"),
        ),
        paper="arXiv 2603.25685 (PSNR and SSIM over views; LPIPS needs weights that are downloaded)",
    ),
}
"""Name -> recipe. Where objects move, `reach` is 0; in the family `reach`, `state` and `fidelity` are 0."""
