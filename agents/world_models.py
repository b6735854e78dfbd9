"""How good a world model is: fidelity by horizon, ranking of policies.

The columns are those of Persistent Robot World Models (arXiv 2603.25685): PSNR, SSIM and GMSD of fixed and
wrist cameras, clip by clip, each prediction fed by the one before. The ranking is that of WorldGym (arXiv
2506.00613) and SIMPLER (arXiv 2405.05941): Pearson's r and MMRV.
"""

__all__ = ["Horizon", "ModelEvaluation", "Ranked", "evaluate_world_model", "mmrv"]

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UsageError
from ..rewards.fidelity import frame_metrics
from ..rewards.robot_state import Symmetry, object_levels
from ..tools.robot_rollout import TICK_S, Rollout, Track, simulate
from ..tools.robot_scene import VIEWS, Scene
from ..tools.robot_views import film
from ..tools.world_model import Context, Prediction, WorldModel, check_prediction, world_model
from .robot_policies import POLICIES, Policy

if TYPE_CHECKING:
    from rich.console import Group

CLIP_TICKS = 5
MOVED_M = 0.004
SEEN_TICKS = 3  # after the first movement: how an object starts to move tells what is hidden
LEAST_SCENES, BOOTSTRAPS = 8, 1000
FILE, PLOT = "world_model.json", "world_model.png"
FIXED = [place for place, name in enumerate(VIEWS) if name != "wrist"]
WRIST = [VIEWS.index("wrist")]


@dataclass(frozen=True)
class Horizon:
    """Means over scenes at one clip."""

    seconds: float
    """After the last that was seen."""
    psnr: float
    """Of the fixed cameras, dB, at most 50."""
    ssim: float
    gmsd: float
    wrist_psnr: float
    wrist_ssim: float
    wrist_gmsd: float
    lpips: float | None
    """Of the fixed cameras; None where no measure was given."""
    wrist_lpips: float | None
    objects: float | None
    """How near the objects are, 0 to 1 (`rewards/robot_state.py`); None where frames are predicted."""
    scenes: int
    """That are so long; scenes of as many clips differ by one or two, by when an object first moves."""


@dataclass(frozen=True)
class Ranked:
    """One policy, in the model and in truth."""

    policy: str
    told: float
    """Mean share of the way to the goal that the object comes in the model, 0 to 1."""
    true: float
    """The same in the simulator."""


@dataclass(frozen=True)
class ModelEvaluation:
    """What `evaluate_world_model` found."""

    model: str
    scenes: tuple[str, ...]
    horizon: tuple[Horizon, ...]
    ranking: tuple[Ranked, ...]
    """Empty where the model predicts frames: no object's place is known then."""
    pearson: float | None
    """Over policies; None where all are alike, or none is ranked."""
    mmrv: float | None
    pearson_interval: tuple[float, float] | None
    """95 %, by drawing the scenes anew; None where there is no r, or fewer than 8 scenes."""

    def table(self) -> "Group":
        """Tables for the terminal."""
        from .world_model_report import report

        return report(self)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write numbers and plot into a folder; returns their paths."""
        from .world_model_report import draw

        folder.mkdir(parents=True, exist_ok=True)
        numbers, plot = folder / FILE, folder / PLOT
        numbers.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        draw(self, plot)
        return numbers, plot


def evaluate_world_model(
    model: str | WorldModel | Callable[[Scene], WorldModel],
    scenes: Sequence[Scene],
    policies: Mapping[str, Policy] = POLICIES,
    *,
    lpips: Callable[[np.ndarray, np.ndarray], float] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ModelEvaluation:
    """Play scenes in a model and in the simulator, and compare.

    Args:
        model: as `tools.world_model.world_model` takes it; a model object is reset for each scene.
        scenes: where; those of `robot_scene(..., clips=14)` have the published length.
        policies: name -> what makes (T, 8) commands of a scene, to be ranked; may be empty.
        lpips: a learned distance of two (H, W, 3) uint8 pictures, for the columns of that name. eyesmith
            brings none: the backbones of the package of that name have to be downloaded.
        progress: called with the number of scenes that are done.

    Raises:
        UsageError: no scene, or a model that answers with something else than a prediction.
    """
    if not scenes:
        raise UsageError("evaluate_world_model: at least one scene is needed")
    clips: list[list[np.ndarray]] = []
    told: dict[str, list[float]] = {name: [] for name in policies}
    true: dict[str, list[float]] = {name: [] for name in policies}
    name = ""
    for number, scene in enumerate(scenes, 1):
        own = world_model(model, scene)
        name = own.name
        clips.append(_fidelity(own, scene, lpips))
        for policy, made in policies.items() if scene.goal.body else ():
            commands = made(scene)
            found = _told(own, scene, commands)
            if found is not None:
                told[policy].append(found)
                true[policy].append(_nearness(scene, simulate(scene, commands).poses[-1]))
        if progress is not None:
            progress(number)
    ranking = tuple(
        Ranked(policy, float(np.mean(told[policy])), float(np.mean(true[policy])))
        for policy in policies
        if told[policy]
    )
    a, b = np.array([one.told for one in ranking]), np.array([one.true for one in ranking])
    return ModelEvaluation(
        name,
        tuple(scene.id for scene in scenes),
        _by_clip(clips),
        ranking,
        _pearson(a, b),
        mmrv(b, a) if len(ranking) > 1 else None,
        _interval(
            np.array([told[one.policy] for one in ranking]), np.array([true[one.policy] for one in ranking])
        ),
    )


def mmrv(true: Sequence[float] | np.ndarray, told: Sequence[float] | np.ndarray) -> float:
    """Mean maximum rank violation: what the worst swap costs, averaged over policies; 0 is best.

    Formula: mean_i max_j |r_i - r_j| [(s_i > s_j) != (r_i > r_j)], r true, s told (SIMPLER, arXiv 2405.05941,
    section IV).

    Args:
        true: of each policy.
        told: of each policy.

    Raises:
        UsageError: lengths that differ, or none.

    >>> mmrv([0.1, 0.5, 0.9], [0.2, 0.3, 0.4]), mmrv([0.1, 0.5], [0.6, 0.2])
    (0.0, 0.4)
    """
    r, s = np.asarray(true, float), np.asarray(told, float)
    if r.shape != s.shape or r.ndim != 1 or not len(r):
        raise UsageError(
            f"mmrv: as many true numbers as told ones, at least one; got {r.shape} and {s.shape}"
        )
    swapped = (s[:, None] > s[None]) != (r[:, None] > r[None])
    return float((np.abs(r[:, None] - r[None]) * swapped).max(axis=1).mean())


def _fidelity(
    model: WorldModel, scene: Scene, lpips: Callable[[np.ndarray, np.ndarray], float] | None
) -> list[np.ndarray]:
    """(10,) measures of each clip: three of the fixed views, three of the wrist, LPIPS, objects, time."""
    truth = simulate(scene)
    first = _starts(truth)
    model.reset(_context(scene, truth, first))
    start = truth.poses[first]
    found = []
    for tick in range(first, scene.ticks - CLIP_TICKS + 1, CLIP_TICKS):
        count = CLIP_TICKS
        prediction = check_prediction(model.predict(scene.commands[tick : tick + count].copy()), scene, count)
        end = tick + count
        told, true = _last_frames(prediction, scene), film(scene, truth.track, [end])
        plain = frame_metrics(told, true)
        row = [plain[key][0, views].mean() for views in (FIXED, WRIST) for key in ("psnr", "ssim", "gmsd")]
        for views in (FIXED, WRIST):
            far = [lpips(told[0, view], true[0, view]) for view in views] if lpips else [np.nan]
            row.append(float(np.mean(far)))
        near = np.nan
        if prediction.track is not None:
            symmetry: tuple[Symmetry, ...] = tuple(body.symmetry for body in scene.bodies)
            poses = prediction.track.poses[-1:]
            near = object_levels(poses, truth.poses[end : end + 1], start, symmetry=symmetry).level.mean()
        found.append(np.array([*row, near, (end - first) * TICK_S]))
    return found


def _context(scene: Scene, truth: Rollout, tick: int) -> Context:
    rows = slice(0, tick + 1)
    seen = Track(truth.joints[rows].copy(), truth.width[rows].copy(), truth.poses[rows].copy())
    return Context(replace(scene, hidden=scene.nominal), seen, truth.states[tick].copy())


def _starts(truth: Rollout) -> int:
    """The last tick that is shown: shortly after the first movement of an object."""
    gone = np.linalg.norm(truth.poses[..., :3] - truth.poses[0, :, :3], axis=2).max(axis=1) > MOVED_M
    first = int(gone.argmax()) if gone.any() else 0
    return min(first + SEEN_TICKS, truth.ticks - CLIP_TICKS)


def _last_frames(prediction: Prediction, scene: Scene) -> np.ndarray:
    """(1, views, H, W, 3) of the last row."""
    if prediction.frames is not None:
        return prediction.frames[-1:]
    if prediction.track is None:
        raise UsageError("a prediction holds a track or frames")
    return film(scene, prediction.track, [len(prediction.track.joints) - 1])


def _told(model: WorldModel, scene: Scene, commands: np.ndarray) -> float | None:
    """What a policy reaches in the model; None where it predicts frames."""
    start = simulate(scene, commands[:1])
    model.reset(_context(scene, start, 0))
    last: Track | None = None
    for tick in range(0, len(commands), CLIP_TICKS):
        chunk = commands[tick : tick + CLIP_TICKS]
        last = check_prediction(model.predict(chunk.copy()), scene, len(chunk)).track
    return None if last is None else _nearness(scene, last.poses[-1])


def _nearness(scene: Scene, poses: np.ndarray) -> float:
    """Share of the way to the goal that its object has come, 0 to 1."""
    number, goal = scene.names.index(scene.goal.body), np.array(scene.goal.position)
    way = float(np.linalg.norm(scene.start_poses[number, :3] - goal))
    left = float(np.linalg.norm(poses[number, :3] - goal))
    return float(np.clip(1.0 - left / max(way, 1e-9), 0.0, 1.0))


def _by_clip(clips: Sequence[Sequence[np.ndarray]]) -> tuple[Horizon, ...]:
    """Means over the scenes that are as long."""
    rows = []
    for number in range(max(len(one) for one in clips)):
        here = np.stack([one[number] for one in clips if number < len(one)])
        values = [float(one) for one in here.mean(axis=0)]
        far, wrist_far, objects = (None if np.isnan(one) else one for one in values[6:9])
        psnr, ssim, gmsd, wrist_psnr, wrist_ssim, wrist_gmsd = values[:6]
        rows.append(
            Horizon(
                round(values[9], 4),
                psnr,
                ssim,
                gmsd,
                wrist_psnr,
                wrist_ssim,
                wrist_gmsd,
                far,
                wrist_far,
                objects,
                len(here),
            )
        )
    return tuple(rows)


def _pearson(a: np.ndarray, b: np.ndarray) -> float | None:
    if len(a) < 3 or np.ptp(a) < 1e-9 or np.ptp(b) < 1e-9:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def _interval(told: np.ndarray, true: np.ndarray) -> tuple[float, float] | None:
    """95 % of Pearson's r over policies, from (policies, scenes), by a bootstrap over scenes."""
    count = told.shape[-1]
    if count < LEAST_SCENES or _pearson(told.mean(axis=1), true.mean(axis=1)) is None:
        return None
    draws = np.random.default_rng(0).integers(count, size=(BOOTSTRAPS, count))
    found = [_pearson(told[:, drawn].mean(axis=1), true[:, drawn].mean(axis=1)) for drawn in draws]
    low, high = np.percentile([one for one in found if one is not None], (2.5, 97.5))
    return float(low), float(high)
