"""Numbers, each with the command that makes it."""

from .harness import Row, run

__all__ = ["Row", "run"]
