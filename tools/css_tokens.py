"""CSS as tokens, as CSS Syntax Level 3 cuts it.

Only what a sanitiser needs: names and strings with their escapes undone, the rest as it stands.
"""

__all__ = ["CLOSERS", "Token", "tokens", "unescaped"]

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal[
    "space", "string", "url", "bad", "function", "name", "at", "hash", "number", "mark", "open", "close"
]

CLOSERS = {"(": ")", "[": "]", "{": "}"}
_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F])"
_START = rf"(?:[a-zA-Z_\u0080-\U0010ffff]|{_ESCAPE})"
_REST = rf"(?:[-\w\u0080-\U0010ffff]|{_ESCAPE})*"
_NAME = rf"(?:--|-?{_START}){_REST}"
_TOKEN = re.compile(
    rf"""(?P<comment>/\*.*?(?:\*/|\Z))
    |(?P<space>[ \t\n\r\f]+)
    |(?P<string>"(?:[^"\\\n\r\f]|\\(?:\r\n|.|\Z))*(?:"|\Z)|'(?:[^'\\\n\r\f]|\\(?:\r\n|.|\Z))*(?:'|\Z))
    |(?P<bad>"(?:[^"\\\n\r\f]|\\(?:\r\n|.))*|'(?:[^'\\\n\r\f]|\\(?:\r\n|.))*)
    |(?P<number>[+-]?(?:\d*\.)?\d+(?:[eE][+-]?\d+)?(?:%|{_NAME})?)
    |(?P<cdo><!--|-->)
    |(?P<function>{_NAME}\()
    |(?P<name>{_NAME})
    |(?P<at>@{_NAME})
    |(?P<hash>\#(?:[-\w\u0080-\U0010ffff]|{_ESCAPE})+)
    |(?P<open>[(\[{{])
    |(?P<close>[)\]}}])
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_URL = re.compile(
    rf"[ \t\n\r\f]*((?:[^\"'()\\ \t\n\r\f\x00-\x08\x0b\x0e-\x1f\x7f]|{_ESCAPE})*)[ \t\n\r\f]*(?:\)|\Z)"
)
_QUOTED = re.compile(r"[ \t\n\r\f]*[\"']")
_BAD_URL = re.compile(r"(?:[^)\\]|\\.)*(?:\)|\Z)", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|.)|\Z)", re.DOTALL)


class Token(NamedTuple):
    """A token: its kind, how it is written, and what it means."""

    kind: Kind
    raw: str
    value: str


def tokens(text: str) -> Iterator[Token]:
    r"""The tokens of a style sheet; comments count as white space.

    Args:
        text: without NUL.

    >>> [(token.kind, token.value) for token in tokens('a{b:\\75rl(x)}')]  # doctest: +NORMALIZE_WHITESPACE
    [('name', 'a'), ('open', '{'), ('name', 'b'), ('mark', ':'), ('url', 'x'), ('close', '}')]
    """
    at, end = 0, len(text)
    while at < end:
        found = _TOKEN.match(text, at)
        assert found is not None  # the last branch takes any character
        kind, raw, at = found.lastgroup, found[0], found.end()
        if kind == "comment":
            yield Token("space", " ", " ")
        elif kind == "space":
            yield Token("space", raw, " ")
        elif kind == "string":
            closed = raw if len(raw) > 1 and raw.endswith(raw[0]) and not _ends_escaped(raw) else raw + raw[0]
            yield Token("string", closed, unescaped(closed[1:-1]))
        elif kind == "function":
            name = unescaped(raw[:-1]).lower()
            if name == "url" and not _QUOTED.match(text, at):
                inside = _URL.match(text, at)
                if inside is None:
                    gone = _BAD_URL.match(text, at)
                    at = gone.end() if gone else end
                    yield Token("bad", "", "")
                    continue
                at = inside.end()
                yield Token("url", raw + inside[1] + ")", unescaped(inside[1]))
            else:
                yield Token("function", raw, name)
        elif kind in ("name", "at", "hash"):
            yield Token(kind, raw, unescaped(raw.lstrip("@#") if kind != "name" else raw).lower())  # type: ignore[arg-type]
        elif kind != "cdo":
            yield Token(kind, raw, raw)  # type: ignore[arg-type]


def unescaped(text: str) -> str:
    r"""Text with CSS escapes undone.

    >>> unescaped(r"\75 rl \"")
    'url "'
    """
    return _ESCAPED.sub(_undo, text) if "\\" in text else text


def _undo(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return "" if found[2] in ("\n", "\r\n", "\r", "\f", None) else found[2]


def _ends_escaped(raw: str) -> bool:
    """Whether the quotation mark at the end belongs to an escape."""
    body = raw[1:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1
