"""Grades the city of each stage, and composes the stages into levels.

A stage is a brief, or one instruction of a chain. Brings together what is measured of the city and what the
stage asks for; knows no episode.
"""

__all__ = ["MET", "NOT_REACHED", "StageMarks", "constraints_told", "mark_stage", "over_stages", "rows_of"]

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from ..rewards.city import gain, preservation
from ..rewards.score import Score
from ..scenarios.city_stage import Stage
from ..tools.city import City
from ..tools.city_checks import fulfilment_of, plausibility_of
from ..tools.city_constraint import Constraint
from ..tools.city_difference import difference
from ..tools.city_validity import check

MET = 0.99
OF_WHOLE = frozenset(
    {
        "far",
        "coverage",
        "open_space",
        "mean_height",
        "max_height",
        "skyline",
        "connectivity",
        "dead_ends",
        "junctions",
        "street_length",
    }
)


@dataclass(frozen=True)
class StageMarks:
    """How one stage was done.

    Args:
        built: 1 where the city has a building, else 0.
        validity: how free of defects it is.
        fulfilment: how far it does what was asked.
        plausibility: whether its buildings stand as buildings do.
        gain: of what an edit could win, what it won; 0 where a city was to be made.
        preservation: how much of the rest is as it was; 0 where a city was to be made.
        overlap: ground shared pair by pair, as a share of all elements' ground.
        coverage: share of the site under buildings.
        met: share of the constraints that are met.
        is_edit: whether a city was to be changed.
        why: in one line.
    """

    built: float = 0.0
    validity: float = 0.0
    fulfilment: float = 0.0
    plausibility: float = 0.0
    gain: float = 0.0
    preservation: float = 0.0
    overlap: float = 0.0
    coverage: float = 0.0
    met: float = 0.0
    is_edit: bool = True
    why: str = "not reached"


NOT_REACHED = StageMarks()


def mark_stage(stage: Stage, before: City, after: City, *, is_edit: bool) -> StageMarks:
    """The marks of a stage.

    Args:
        stage: what was asked.
        before: the city when it was asked.
        after: the city that was handed in.
        is_edit: whether a city was to be changed; else one was to be made.
    """
    valid = check(after)
    done, each = fulfilment_of(after, stage.constraints)
    looks = plausibility_of(after)
    won, kept = Score(0.0), Score(0.0)
    if is_edit:
        old = fulfilment_of(before, stage.constraints)[0].value
        # What is so already cannot be won: doing nothing earns nothing.
        won = gain(old, done.value) if old < 1.0 else Score(0.0, {}, "the instruction was fulfilled before")
        changed = difference(before.program, after.program, touched=stage.touched)
        kept = preservation(changed.overlaps, changed.likeness)
    told = (valid.score, won, kept) if is_edit else (valid.score, done, looks)
    worst = min(zip(each, stage.constraints, strict=True), key=lambda pair: pair[0].value)
    weakest = f"weakest: {_named(worst[1])}, {worst[0].why}" if worst[0].value < MET else "all are met"
    return StageMarks(
        built=valid.built,
        validity=valid.score.value,
        fulfilment=done.value,
        plausibility=looks.value,
        gain=won.value,
        preservation=kept.value,
        overlap=valid.overlap,
        coverage=after.gsi,
        met=fmean(score.value >= MET for score in each),
        is_edit=is_edit,
        why="; ".join((*(score.why for score in told), weakest)),
    )


def over_stages(stages: Sequence[StageMarks]) -> dict[str, float]:
    """Levels of the recipe `default` whose product is the mean of the stages' own products.

    Formula: each level is the mean over the stages, weighted by the product of the levels before it: built
    B = mean b, validity V = sum bv / sum b, gain G = sum bvg / sum bv, preservation P = sum bvgp / sum bvg;
    then B V G (0.6 + 0.4 P) = mean bvg (0.6 + 0.4 p), which means of each level would not give. Fulfilment
    and plausibility likewise. Where all weights are 0 the plain mean stands, and is multiplied by 0.

    Args:
        stages: at least one.
    """
    made, edited = [not one.is_edit for one in stages], [one.is_edit for one in stages]
    built = [one.built for one in stages]
    valid = [one.built * one.validity for one in stages]
    done = [v * m * one.fulfilment for v, m, one in zip(valid, made, stages, strict=True)]
    won = [v * e * one.gain for v, e, one in zip(valid, edited, stages, strict=True)]
    return {
        "built": fmean(built),
        "validity": _mean([one.validity for one in stages], built),
        "fulfilment": _mean([m * one.fulfilment for m, one in zip(made, stages, strict=True)], valid),
        "plausibility": _mean([m * one.plausibility for m, one in zip(made, stages, strict=True)], done),
        "gain": _mean([e * one.gain for e, one in zip(edited, stages, strict=True)], valid),
        "preservation": _mean([e * one.preservation for e, one in zip(edited, stages, strict=True)], won),
    }


def constraints_told(city: City, constraints: Sequence[Constraint]) -> str:
    """How far each constraint is met, as the agent may ask; the very measure that is graded."""
    done, _ = fulfilment_of(city, constraints)
    lines = [f"{level:.2f} {text}" for level, text in rows_of(city, constraints)]
    return "\n".join([f"fulfilment {done.value:.3f}: {done.why}", *lines])


def rows_of(city: City, constraints: Sequence[Constraint]) -> list[tuple[float, str]]:
    """Level of each constraint, and what it is, what is there and what is wanted, in words."""
    _, each = fulfilment_of(city, constraints)
    return [
        (score.value, f"{_named(constraint)}: {score.why}")
        for score, constraint in zip(each, constraints, strict=True)
    ]


def _named(constraint: Constraint) -> str:
    """A constraint in short: its kind, of what, and how."""
    who = [] if constraint.kind in OF_WHOLE else [constraint.who, constraint.other, constraint.third]
    options = [f"{key} {_plain(value)}" for key, value in constraint.options.items()]
    told = ", ".join([*filter(None, who), *options])
    return f"{constraint.kind}({told})" if told else constraint.kind


def _plain(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _mean(levels: Sequence[float], weights: Sequence[float]) -> float:
    most = max(weights)
    if not most:
        return fmean(levels)
    shares = [weight / most for weight in weights]  # weights may be as small as numbers get
    return min(1.0, sum(w * level for w, level in zip(shares, levels, strict=True)) / sum(shares))
