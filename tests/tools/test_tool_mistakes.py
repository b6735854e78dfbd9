"""An author's mistakes in a tool's declaration: each is told when the hand is defined."""

from typing import Annotated

import pytest

from eyesmith.errors import UsageError
from eyesmith.tools.tool import Between, ToolResult, tool


def bad_missing_doc(self, a: int, b: int) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_extra_doc(self, a: int) -> ToolResult:
    """Do.

    Args:
        a: A.
        c: C.
    """


def bad_no_docstring(self, a: int) -> ToolResult: ...


def bad_no_summary(self, a: int) -> ToolResult:
    """
    Args:
        a: A.
    """


def bad_hint(self, a: dict) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_no_hint(self, a) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_star(self, *a: int) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_stars(self, **a: int) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_default(self, a: Annotated[int, Between(1, 3)] = 5) -> ToolResult:
    """Do.

    Args:
        a: A.
    """


def bad_null(self, a: int = None) -> ToolResult:  # noqa: RUF013
    """Do.

    Args:
        a: A.
    """


def bad_default_kind(self, a: list[int] = {1}) -> ToolResult:  # noqa: B006
    """Do.

    Args:
        a: A.
    """


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (bad_missing_doc, "does not describe 'b'"),
        (bad_extra_doc, r"describes \['c'\]"),
        (bad_no_docstring, "docstring"),
        (bad_no_summary, "docstring"),
        (bad_hint, "cannot be"),
        (bad_no_hint, "'a' has no type hint"),
        (bad_star, "'a' must be a named parameter"),
        (bad_stars, "'a' must be a named parameter"),
        (bad_default, "default of 'a' must be an integer from 1 to 3"),
        (bad_null, "default of 'a' must be an integer"),
        (bad_default_kind, "default of 'a' must be a list"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_authors_mistake_is_told(method, words) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        tool(method)
    if words != "cannot be":
        assert method.__name__ in str(caught.value)
