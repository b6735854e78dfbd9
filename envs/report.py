"""The report of a validation: findings in the schema of OpenEnv's RFC 008.

Knows no check: `contract.py` fills it. The check ids are those of OpenEnv's severity policy v2, whose graders
are not implemented there; `runtime.vector_stepping` is ours.
"""

__all__ = ["CheckStatus", "Finding", "Report"]

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..errors import ContractError

CheckStatus = Literal["pass", "fail", "skip", "error"]


@dataclass(frozen=True)
class Finding:
    """Outcome of one check.

    Args:
        check_id: `static.*`, `runtime.*` or `semantic.*`.
        status: pass, fail, skip (with a reason in evidence) or error (the check itself broke).
        measured: name -> value.
        evidence: lines for a person.
        remediation: what the author changes.
        duration_s: wall time.
    """

    check_id: str
    status: CheckStatus
    measured: dict[str, Any] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    remediation: str | None = None
    duration_s: float = 0.0


@dataclass(frozen=True)
class Report:
    """Findings on one environment.

    Args:
        target: its id.
        source_digest: sha256 over the source of the class and its bases.
        results: the findings, in order.
    """

    target: str
    source_digest: str
    results: Sequence[Finding]

    @property
    def passed(self) -> bool:
        """No check failed or broke."""
        return all(finding.status in ("pass", "skip") for finding in self.results)

    def __bool__(self) -> bool:
        return self.passed

    def raise_if_failed(self) -> None:
        """Raise what failed, for use in tests.

        Raises:
            ContractError: at least one check failed or broke.
        """
        bad = [finding for finding in self.results if finding.status in ("fail", "error")]
        if bad:
            lines = [f"{f.check_id}: {line}" for f in bad for line in (f.evidence or ["failed"])]
            raise ContractError(f"{self.target} breaks its contract\n" + "\n".join(lines))

    def as_dict(self) -> dict[str, Any]:
        """The report in RFC 008's schema 1, JSON-able."""
        return {
            "report_schema_version": "1",
            "target": self.target,
            "source_digest": self.source_digest,
            "signature": "openenv.yaml",
            "manifest": None,
            "policy_version": "v2",
            "lane": "local",
            "levels_run": [1, 2, 3],
            "results": [asdict(finding) for finding in self.results],
            "verdict": "pass" if self.passed else "fail",
        }
