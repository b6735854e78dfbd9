"""Whether predicted objects move as bodies can, beside the true ones.

Takes measured numbers: depths, energies, speeds; `tools/robot_rollout.py` measures them. Every term is the
excess over the true rollout's own value, measured the same way, so that a simulator's small penetrations and
the coarse sampling of a draft cost nothing.
"""

__all__ = ["BodyFacts", "physics"]

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

from ..errors import UsageError
from .score import Score

SCALES: Mapping[str, float] = {"penetration": 0.005, "unsupported": 0.1, "energy": 0.05, "spikes": 0.5}
"""Term -> excess that leaves 1/e: m of mean depth, share of frames, metres of lift, m/s of change."""
GRAVITY_M_S2 = 9.81
MAX_DEPTH_M = 1.0
MAX_SPEED_M_S = 1e3


@dataclass(frozen=True, eq=False)
class BodyFacts:
    """What was measured of n bodies over frames.

    Args:
        penetration_m: (frames, n) deepest penetration, >= 0.
        is_supported: (frames, n) bool: touches something.
        energy_j: (frames, n) potential and kinetic energy.
        velocity_m_s: (frames, n, 3).
        is_handled: (frames, n) bool: the robot touches it or a body that touches it; energy may then be won.
        weight_n: (n,) weight, to read energies as heights.
    """

    penetration_m: np.ndarray
    is_supported: np.ndarray
    energy_j: np.ndarray
    velocity_m_s: np.ndarray
    is_handled: np.ndarray
    weight_n: np.ndarray


def physics(pred: BodyFacts, true: BodyFacts) -> Score:
    """How physical predicted motion is, beside the true motion.

    Formula: P = prod_k exp(-max(0, x_k(pred) - x_k(true))/tau_k), x the worst object's: mean penetration
    (tau 5 mm); share of frames without support at which it does not fall freely either (0.1); height that
    energy won without a hand would lift it (5 cm); largest change of velocity between frames (0.5 m/s). Ours.

    Args:
        pred: of the predicted poses.
        true: of the true poses, sampled the same way.

    Raises:
        UsageError: other shapes, or numbers that are not finite.

    >>> rest = BodyFacts(np.zeros((3, 1)), np.ones((3, 1), bool), np.zeros((3, 1)), np.zeros((3, 1, 3)),
    ...     np.zeros((3, 1), bool), np.ones(1))
    >>> physics(rest, rest).value
    1.0
    """
    measured, base = _measured("pred", pred), _measured("true", true)
    excess = {name: max(0.0, measured[name] - base[name]) for name in SCALES}
    parts = {name: exp(-excess[name] / scale) for name, scale in SCALES.items()}
    value = float(np.prod(list(parts.values())))
    told = {
        "penetration": f"{1000 * excess['penetration']:.1f} mm deeper",
        "unsupported": f"{excess['unsupported']:.0%} more frames without support",
        "energy": f"energy for {100 * excess['energy']:.1f} cm of height from nowhere",
        "spikes": f"velocity jumps by {excess['spikes']:.2f} m/s more",
    }
    found = [told[name] for name in SCALES if parts[name] < 0.99]
    return Score(value, parts, ", ".join(found) or "moves as bodies do")


def _measured(name: str, facts: BodyFacts) -> dict[str, float]:
    """The four quantities of the worst object."""
    depth, energy = np.asarray(facts.penetration_m, float), np.asarray(facts.energy_j, float)
    velocity, weight = np.asarray(facts.velocity_m_s, float), np.asarray(facts.weight_n, float)
    supported, handled = np.asarray(facts.is_supported), np.asarray(facts.is_handled)
    shape = depth.shape
    fits = depth.ndim == 2 and min(shape, default=0) >= 1 and energy.shape == shape
    fits = fits and velocity.shape == (*shape, 3) and weight.shape == shape[1:]
    fits = fits and all(flags.shape == shape and flags.dtype == np.bool_ for flags in (supported, handled))
    if not fits:
        raise UsageError(
            f"{name}: expected (frames, n) depths, flags and energies, (frames, n, 3) velocities and (n,) "
            f"weights, got {depth.shape}, {supported.shape}, {energy.shape}, {velocity.shape}, {weight.shape}"
        )
    if not all(np.isfinite(array).all() for array in (depth, energy, velocity)) or not (weight > 0).all():
        raise UsageError(f"{name}: depths, energies and velocities are finite, weights above 0")
    change = np.diff(velocity.clip(-MAX_SPEED_M_S, MAX_SPEED_M_S), axis=0)
    won = np.maximum(np.diff(energy, axis=0), 0.0) * ~(handled[1:] | handled[:-1]) / weight
    return {
        "penetration": float(depth.clip(0.0, MAX_DEPTH_M).mean(axis=0).max()),
        "unsupported": float((~supported & ~_falls(velocity)).mean(axis=0).max()),
        "energy": float(won.sum(axis=0).max()),
        "spikes": float(np.linalg.norm(change, axis=2).max(initial=0.0)),
    }


def _falls(velocity: np.ndarray) -> np.ndarray:
    """(frames, n) bool: its speed downwards grows, from one frame to the next or from the one before."""
    down = -velocity[..., 2]
    grows = np.diff(down, axis=0) > 0.0
    edge = np.zeros((1, down.shape[1]), bool)
    return np.concatenate((grows, edge)) | np.concatenate((edge, grows))
