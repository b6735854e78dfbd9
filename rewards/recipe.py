"""A recipe composes parts into a reward by a declared, checkable formula.

Knows only names and numbers. The default form is gated: a gate, a base and bonuses are never added to
each other, because a sum of "did it" and "left the rest alone" is won by doing nothing. Published linear
sums are kept as recipes of their own, so that both can be compared on the same trajectories.
"""

__all__ = ["Recipe", "Role", "Term"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Literal

from ..errors import UsageError
from .score import Score

Role = Literal["gate", "base", "bonus", "penalty"]


@dataclass(frozen=True)
class Term:
    """One part of a recipe.

    Args:
        name: the part's name in `Score.parts` and in `info["reward_components"]`.
        role: gate and base multiply, bonuses are added inside the bracket, penalties are paid apart.
        weight: share of a bonus, or factor of a term in a linear sum; 1 for gates and bases.
        source: `rewards/file.py:function` that measures it.
        range: lowest and highest level.
    """

    name: str
    role: Role
    weight: float
    source: str
    range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Recipe:
    """A named composition of terms.

    Args:
        name: the value of `recipe=`.
        terms: its parts; penalties are listed here too but are no part of the score.
        formula: what `compose` computes, in one line, for the docs.
        compose: levels by name -> reward.
        range: lowest and highest reward, before penalties.
        paper: where the formula comes from, or "" for our own.
        needs_judge: whether some of its levels are a judge's answers; without a judge it cannot be used.
    """

    name: str
    terms: tuple[Term, ...]
    formula: str
    compose: Callable[[Mapping[str, float]], float]
    range: tuple[float, float] = (0.0, 1.0)
    paper: str = ""
    needs_judge: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the terms that make the score, penalties left out."""
        return tuple(term.name for term in self.terms if term.role != "penalty")

    @property
    def penalties(self) -> tuple[str, ...]:
        """Names of the terms that are paid apart from the score."""
        return tuple(term.name for term in self.terms if term.role == "penalty")

    def score(self, levels: Mapping[str, float], why: str = "") -> Score:
        """Compose the levels into a Score.

        Raises:
            UsageError: a part is missing or unknown.
        """
        if set(levels) != set(self.parts):
            odd = sorted(set(levels) ^ set(self.parts))
            raise UsageError(f"recipe {self.name!r} takes the parts {sorted(self.parts)}; at odds: {odd}")
        return Score(self.compose(levels), levels, why)

    @classmethod
    def gated(cls, name: str, terms: tuple[Term, ...], *, paper: str = "") -> "Recipe":
        """The house formula: prod(gates) * prod(bases) * (floor + sum(weight * bonus)).

        floor = 1 - sum of the bonus weights, so that the reward lies in [0, 1].

        >>> r = Recipe.gated("default", (
        ...     Term("accuracy", "gate", 1.0, "rewards/answer.py:match"),
        ...     Term("evidence", "bonus", 0.4, "rewards/evidence.py:evidence")))
        >>> r.compose({"accuracy": 1.0, "evidence": 0.5}), r.compose({"accuracy": 0.0, "evidence": 1.0})
        (0.8, 0.0)
        """
        factors = tuple(term for term in terms if term.role in ("gate", "base"))
        bonuses = tuple(term for term in terms if term.role == "bonus")
        total = sum(term.weight for term in bonuses)
        if not factors:
            raise UsageError(f"recipe {name!r}: a gated recipe needs at least one gate or base")
        if any(term.weight < 0 for term in bonuses) or total > 1 + 1e-12:
            raise UsageError(f"recipe {name!r}: bonus weights must be >= 0 and sum to at most 1, got {total}")
        floor = 0.0 if isclose(total, 1.0) else 1.0 - total

        def compose(levels: Mapping[str, float]) -> float:
            value = floor + sum(term.weight * levels[term.name] for term in bonuses)
            for term in factors:
                value *= levels[term.name]
            return value

        bracket = " + ".join([f"{floor:g}", *(f"{term.weight:g}*{term.name}" for term in bonuses)])
        formula = " * ".join([*(term.name for term in factors), *([f"({bracket})"] if bonuses else [])])
        return cls(name, terms, formula, compose, paper=paper)

    @classmethod
    def linear(cls, name: str, terms: tuple[Term, ...], *, paper: str) -> "Recipe":
        """A published weighted sum: sum(weight * level). Kept for comparison, never a default.

        >>> Recipe.linear("sum", (Term("a", "base", 2.0, ""),), paper="x").compose({"a": 0.5})
        1.0
        """
        summed = tuple(term for term in terms if term.role != "penalty")

        def compose(levels: Mapping[str, float]) -> float:
            return sum(term.weight * levels[term.name] for term in summed)

        low = sum(min(term.weight * bound for bound in term.range) for term in summed)
        high = sum(max(term.weight * bound for bound in term.range) for term in summed)
        formula = " + ".join(f"{term.weight:g}*{term.name}" for term in summed)
        return cls(name, terms, formula, compose, range=(low, high), paper=paper)
