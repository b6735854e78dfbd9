"""The error-list protocol: differences from a reference, by severity.

A judge sees the reference and the work, both rendered, and lists every difference with a category and a
severity of 1 to 3; the score falls with their sum S. Visual-ERM (arXiv 2603.13224): the published code for
charts and SVG pays 1 + clip(1 - S/50, 0, 1), the 1 for rendering at all; here rendering is a gate of the
environment's, and the score is the second term. For tables the published code pays -S; the same term is used
here. After two unreadable answers it goes on with S = 25; here that is an error unless `unreadable` says so.
The published sampling is temperature 0.7 and `SAMPLING`; pictures were at most 1024 px wide or high.
"""

__all__ = ["CATEGORIES", "SAMPLING", "SCALE", "Discrepancy", "ErrorList"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import JudgeError, UsageError
from .json_reply import list_in, mapping_in
from .judge import Judge
from .question import Part, Question
from .score import Score

PROTOCOL = "error_list/1"
SCALE = 50.0
MAX_ERRORS = 200
MAX_TOKENS = 4096
SEVERITIES = (1, 2, 3)

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "chart": ("structure", "data", "text", "style"),
    "table": ("layout", "text", "numeric"),
    "svg": ("structure", "shape", "style", "text_symbol"),
}
"""The published taxonomies."""

SAMPLING: Mapping[str, float] = {"top_p": 0.8, "top_k": 20, "presence_penalty": 1.5}
"""For a judge's `extra`, with temperature 0.7, to ask as published; `top_k` is vLLM's."""


@dataclass(frozen=True)
class Discrepancy:
    """One difference.

    Args:
        category: one of the list's.
        severity: 1 (hardly seen), 2 (plainly seen) or 3 (changes what is said or is missing).
        description: what differs and where.
    """

    category: str
    severity: int
    description: str = ""


@dataclass(frozen=True)
class ErrorList:
    """A comparison with a reference by a list of typed errors.

    Args:
        name: of the whole in the Score's parts.
        what: what is compared, such as `chart`.
        categories: kinds of errors; by default the published ones for `what`.
        scale: sum of severities that scores 0.
        unreadable: sum of severities that stands for a list that cannot be read, 25 as published; None: that
            is an error.

    Raises:
        UsageError: no category, or a scale that is not positive.
    """

    name: str
    what: str
    categories: tuple[str, ...] = ()
    scale: float = SCALE
    unreadable: int | None = None

    def __post_init__(self) -> None:
        if not self.categories:
            object.__setattr__(self, "categories", CATEGORIES.get(self.what, ()))
        if not self.categories or self.name in self.categories or not self.scale > 0:
            raise UsageError(
                f"an error list needs categories (published: {', '.join(CATEGORIES)}), none of them called "
                f"{self.name!r}, and a scale > 0; got {self.what!r}, {self.categories}, {self.scale}"
            )

    def score(self, judge: Judge, reference: Sequence[Part], work: Sequence[Part]) -> Score:
        """How little a work differs from its reference.

        Args:
            judge: who is asked.
            reference: as it should be, mostly one picture.
            work: as it is.

        Raises:
            JudgeError, UsageError, StorageError: as `Judge.ask`.
        """
        parts = ("The REFERENCE:", *reference, "The WORK:", *work)
        schema, system = self._schema(), self._system()
        question = Question(PROTOCOL, system, parts, schema=schema, max_tokens=MAX_TOKENS)
        try:
            listed = list_in(judge.ask(question).value["errors"])
        except JudgeError as error:
            if error.reason != "unreadable" or self.unreadable is None:
                raise
            value = max(0.0, 1.0 - self.unreadable / self.scale)
            why = f"{self.name}: no list that can be read, taken as severities of {self.unreadable}"
            return Score(value, {self.name: value, **dict.fromkeys(self.categories, value)}, why)
        return self.graded([_discrepancy(mapping_in(one)) for one in listed])

    def graded(self, errors: Sequence[Discrepancy]) -> Score:
        """The Score of a list.

        Formula: clip(1 - S / scale, 0, 1), S = sum of severities; each category's part the same of its own.

        >>> errors = [Discrepancy("text", 2), Discrepancy("data", 3)]
        >>> ErrorList("equivalence", "chart").graded(errors).value
        0.9
        """
        sums = dict.fromkeys(self.categories, 0)
        for one in errors:
            sums[one.category] += one.severity
        total = sum(sums.values())
        value = max(0.0, 1.0 - total / self.scale)
        parts = {kind: max(0.0, 1.0 - each / self.scale) for kind, each in sums.items()}
        told = ", ".join(f"{kind} {each}" for kind, each in sums.items() if each)
        why = f"{self.name}: {len(errors)} errors, severities {total}" + (f" ({told})" if told else "")
        return Score(value, {self.name: value, **parts}, why)

    def _system(self) -> str:
        kinds = ", ".join(self.categories)
        return (
            f"You compare a rendered {self.what} with its reference and list every visible difference. The "
            f"categories are: {kinds}. Severity 1: hardly seen; 2: plainly seen; 3: changes what is said, or "
            "something is missing or added. One entry a difference; do not list what is the same. Answer "
            'with one JSON object and nothing else, of this form:\n{"errors": [{"category": "'
            f'{self.categories[0]}", "severity": 2, "location": "where", "description": "what differs"}}]}}\n'
            "An empty list says that nothing differs."
        )

    def _schema(self) -> dict[str, Any]:
        entry = {
            "type": "object",
            "required": ["category", "severity"],
            "properties": {
                "category": {"enum": list(self.categories)},
                "severity": {"enum": list(SEVERITIES)},
                "location": {"type": "string"},
                "description": {"type": "string"},
            },
        }
        errors = {"type": "array", "maxItems": MAX_ERRORS, "items": entry}
        return {"type": "object", "required": ["errors"], "properties": {"errors": errors}}


def _discrepancy(entry: Mapping[str, Any]) -> Discrepancy:
    told = f"{entry.get('location', '')}: {entry.get('description', '')}".strip(": ")
    return Discrepancy(entry["category"], int(entry["severity"]), told)
