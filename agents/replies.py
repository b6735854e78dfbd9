"""What went wrong in a worker, raised again on this side."""

__all__ = ["BugError", "raised"]

from collections.abc import Mapping

from ..errors import InfrastructureError, UsageError


class BugError(InfrastructureError):
    """An exception that no code raises on purpose; the episode is recorded as an error."""


def raised(error: Mapping[str, str]) -> Exception:
    """The exception of a worker's answer."""
    if error["kind"] == "usage":
        return UsageError(error["text"])
    kind = InfrastructureError if error["kind"] == "infrastructure" else BugError
    return kind(f"{error['type']}: {error['text']}")
