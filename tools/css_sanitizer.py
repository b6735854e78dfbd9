"""Takes out of CSS what loads, moves or takes too long to draw.

Works on tokens (`css_tokens.py`), so that escapes, comments and letter case hide nothing.
"""

__all__ = ["clean_declarations", "clean_sheet", "clean_value"]

import re
from collections.abc import Callable, Sequence

from .css_tokens import CLOSERS, Token, tokens

KEPT_RULES = frozenset({"media", "supports", "container", "layer", "scope"})
KEPT_BLOCKS = frozenset({"counter-style", "property"})
SILENT_RULES = frozenset({"charset", "keyframes", "-webkit-keyframes", "-moz-keyframes", "starting-style"})
LOADING = frozenset(
    {
        "src",
        "image",
        "image-set",
        "-webkit-image-set",
        "cross-fade",
        "-webkit-cross-fade",
        "element",
        "-moz-element",
        "paint",
        "local",
        "url-prefix",
        "domain",
        "expression",
        "-webkit-canvas",
        "format",
        "tech",
    }
)
DROPPED = frozenset(
    {
        "behavior",
        "-moz-binding",
        "-webkit-text-security",
        "will-change",
        "src",
        "interactivity",
        "user-modify",
        "-webkit-user-modify",
        "app-region",
        "-webkit-app-region",
        "speak",
    }
)
MOVING = re.compile(
    r"(-(webkit|moz|o|ms)-)?(animation|transition|view-transition|scroll-timeline|view-timeline)"
)
FILTERS = frozenset({"filter", "backdrop-filter", "-webkit-filter", "-webkit-backdrop-filter"})
SHADOWS = frozenset({"box-shadow", "-webkit-box-shadow", "text-shadow"})
RESERVED_LAYER = "eyesmith"

MAX_NESTED = 64
MAX_FILTERS = 6
MAX_SHADOWS = 12
MAX_BLUR_PX = 64.0
MAX_FONT_PX = 2000.0
MAX_TRACKS = 500
MAX_COLUMNS = 50
MAX_DECORATION_PX = 3.0
UNIT_PX = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
}
RELATIVE_PX = 16.0  # of any other unit: em, rem, vw and their kin are about this large
_NUMBER = re.compile(r"([+-]?(?:\d*\.)?\d+(?:[eE][+-]?\d+)?)(.*)", re.DOTALL)
_OPENING = re.compile(r"<(?=[a-zA-Z/!?])")

Address = Callable[[str], str | None]
Report = Callable[[str], None]


def clean_sheet(text: str, *, address: Address, report: Report) -> str:
    """A style sheet without what a page may not hold.

    Args:
        text: the sheet.
        address: gets what stands in a `url()`; returns what may stand there, or None.
        report: is told of each thing taken out.

    >>> clean_sheet("@import 'x'; a{b:url(http://x) red;c:d", address=lambda url: None, report=print)
    @import rule
    url()
    'a{b:none red;c:d;}'
    """
    cleaner = _Cleaner(address, report)
    return cleaner.rules(_balanced(text))


def clean_declarations(text: str, *, address: Address, report: Report) -> str:
    """The same for the inside of a `style` attribute.

    >>> clean_declarations("color:red; } p{x:y", address=lambda url: None, report=print)
    'color:red;'
    """
    cleaner = _Cleaner(address, report)
    return cleaner.declarations(_balanced(text, braces=False))


def clean_value(text: str, name: str, *, address: Address, report: Report) -> str:
    """The same for the value of one property.

    >>> clean_value("url( '#g' ) red", "fill", address=lambda url: url, report=print)
    'url("#g") red'
    """
    return _Cleaner(address, report).value(_balanced(text, braces=False), name) or ""


def _balanced(text: str, *, braces: bool = True) -> list[Token]:
    """Tokens in which every bracket is closed; without braces, the first one ends the text.

    Brackets within 64 others are left out.
    """
    stack: list[str] = []
    found: list[Token] = []
    skipped = 0
    for token in tokens(text.replace("\x00", "\ufffd")):
        if not braces and token.raw in ("{", "}"):
            break
        if token.kind in ("open", "function"):
            if len(stack) >= MAX_NESTED:
                skipped += 1
                continue
            stack.append(CLOSERS[token.raw[-1]])
        elif token.kind == "close":
            if skipped:
                skipped -= 1
                continue
            if token.raw not in stack or (token.raw != "}" and "}" in stack[stack.index(token.raw) :]):
                continue
            while stack[-1] != token.raw:
                found.append(Token("close", stack[-1], stack.pop()))
            stack.pop()
        found.append(token)
    found.extend(Token("close", each, each) for each in reversed(stack))
    return found


class _Cleaner:
    def __init__(self, address: Address, report: Report) -> None:
        self._address, self._report = address, report

    def rules(self, items: Sequence[Token]) -> str:
        """What stands in a sheet or in a block: rules, and declarations among them."""
        out: list[str] = []
        at = 0
        while at < len(items):
            token = items[at]
            if token.kind == "space" or token.raw == ";":
                at += 1
                continue
            stop = _end(items, at, is_custom=token.kind == "name" and token.value.startswith("--"))
            has_block = stop < len(items) and items[stop].raw == "{"
            close = _matching(items, stop) if has_block else stop
            body = items[stop + 1 : close] if has_block else None
            if token.kind == "at":
                out.append(self._at_rule(token.value, items[at + 1 : stop], body))
            elif body is not None:
                prelude = self._prelude(items[at:stop])
                if prelude is not None:
                    out.append(f"{prelude}{{{self.rules(body)}}}")
            else:
                out.append(self._declaration(items[at:stop]))
            at = close + 1
        return "".join(out)

    def declarations(self, items: Sequence[Token]) -> str:
        """What stands in a `style` attribute."""
        out: list[str] = []
        at = 0
        while at < len(items):
            stop = _end(items, at, is_custom=True)
            out.append(self._declaration(items[at:stop]))
            at = stop + 1
        return "".join(out)

    def _at_rule(self, name: str, prelude: Sequence[Token], body: Sequence[Token] | None) -> str:
        if name not in KEPT_RULES and name not in KEPT_BLOCKS:
            if name not in SILENT_RULES:
                self._report(f"@{_plain(name)} rule")
            return ""
        written = self._prelude(prelude)
        if written is None or any(RESERVED_LAYER in token.value.lower() for token in prelude):
            return ""
        if body is None:
            return f"@{name}{written};" if name == "layer" else ""
        inner = self.rules(body) if name in KEPT_RULES else self.declarations(body)
        return f"@{name}{written}{{{inner}}}"

    def _prelude(self, items: Sequence[Token]) -> str | None:
        """A selector or condition; None where something in it is not allowed."""
        if any(
            token.kind in ("bad", "url") or _is_loading(token) or token.raw in ("{", "}") for token in items
        ):
            self._report("rule with an address")
            return None
        return _written(items)

    def _declaration(self, items: Sequence[Token]) -> str:
        items = _stripped(items)
        if len(items) < 2 or items[0].kind != "name":
            return ""
        name = items[0].value
        rest = _stripped(items[1:])
        if not rest or rest[0].raw != ":":
            return ""
        if name in DROPPED:
            return ""
        if MOVING.match(name):
            self._report("animation")
            return ""
        value = self.value(_stripped(rest[1:]), name)
        return "" if value is None else f"{_written(items[:1])}:{value};"

    def value(self, items: Sequence[Token], name: str) -> str | None:
        """A value with what loads replaced by `none` and what is too large made smaller; None to drop it."""
        if name in FILTERS and sum(token.kind == "function" for token in items) > MAX_FILTERS:
            self._report("long chain of filters")
            return None
        if name in SHADOWS and sum(token.raw == "," for token in _outer(items)) >= MAX_SHADOWS:
            self._report("long list of shadows")
            return None
        kept = self._kept(items)
        return None if kept is None else _written(self._in_bounds(kept, name))

    def _kept(self, items: Sequence[Token]) -> list[Token] | None:
        """What loads becomes `none`; None where something is broken."""
        out: list[Token] = []
        at = 0
        while at < len(items):
            token = items[at]
            if token.kind == "bad":
                return None
            close = _matching(items, at) if token.kind == "function" else at
            if _is_loading(token):
                self._report(f"{_plain(token.value)}()")
                out.append(Token("name", "none", "none"))
            elif token.kind == "url" or (token.kind == "function" and token.value == "url"):
                out.append(self._url(token, items[at + 1 : close]))
            else:
                out.append(token)
                close = at
            at = close + 1
        return out

    def _in_bounds(self, items: Sequence[Token], name: str) -> list[Token]:
        """What is too large becomes smaller."""
        out: list[Token] = []
        around: list[str] = []
        lengths = 0
        for token in items:
            if token.kind in ("function", "open"):
                around.append(token.value)
            elif token.kind == "close" and around:
                around.pop()
            elif token.raw == "," and not around:
                lengths = 0
            elif token.kind == "number":
                lengths += not around
            out.append(self._smaller(token, name, around, lengths) if token.kind == "number" else token)
        return out

    def _url(self, token: Token, inside: Sequence[Token]) -> Token:
        given = (
            token.value
            if token.kind == "url"
            else "".join(each.value for each in inside if each.kind == "string")
        )
        allowed = self._address(given.strip())
        if allowed is None:
            self._report("url()")
            return Token("name", "none", "none")
        quoted = allowed.replace("\\", "\\\\").replace('"', "\\22 ").replace("\n", "\\a ")
        return Token("url", f'url("{quoted}")', allowed)

    def _smaller(self, token: Token, name: str, around: Sequence[str], lengths: int) -> Token:
        """A number that would take too long, made smaller."""
        found = _NUMBER.match(token.raw)
        if found is None:
            return token
        number, unit = float(found[1]), found[2].lower()
        limit = None
        if (name in FILTERS and around and around[-1] in ("blur", "drop-shadow", "calc")) or (
            name in SHADOWS and lengths == 3
        ):
            limit = MAX_BLUR_PX
        elif name in ("font-size", "font"):
            limit = MAX_FONT_PX
        elif name.startswith("text-decoration") and unit:
            limit = MAX_DECORATION_PX
        elif unit == "" and (name.startswith("grid") or name.startswith("--") or "repeat" in around):
            limit = MAX_TRACKS if not name.startswith("--") else None
            if name.startswith("--") and abs(number) > 10_000:
                limit = 10_000.0
        elif unit == "" and name in ("columns", "column-count", "-webkit-column-count"):
            limit = MAX_COLUMNS
        if limit is None:
            return token
        size = UNIT_PX.get(unit, RELATIVE_PX if unit != "%" else RELATIVE_PX / 100)
        if abs(number) * size <= limit:
            return token
        self._report("number that is too large")
        least = f"{'-' if number < 0 else ''}{limit:g}{'px' if unit else ''}"
        return Token("number", least, least)


def _is_loading(token: Token) -> bool:
    return token.kind == "function" and (token.value in LOADING or "progid" in token.value)


def _end(items: Sequence[Token], at: int, *, is_custom: bool) -> int:
    """Where a rule's prelude or a declaration ends: at a `;`, or at a `{` unless a value may hold it."""
    while at < len(items):
        token = items[at]
        if token.raw == ";" or (token.raw == "{" and not is_custom):
            return at
        at = _matching(items, at) + 1 if token.kind in ("open", "function") else at + 1
    return at


def _matching(items: Sequence[Token], at: int) -> int:
    """Where what opens here is closed."""
    depth = 0
    while at < len(items):
        kind = items[at].kind
        depth += (kind in ("open", "function")) - (kind == "close")
        if depth == 0:
            return at
        at += 1
    return at


def _outer(items: Sequence[Token]) -> list[Token]:
    """Tokens outside all brackets."""
    found, depth = [], 0
    for token in items:
        depth += (token.kind in ("open", "function")) - (token.kind == "close")
        if depth == 0:
            found.append(token)
    return found


def _stripped(items: Sequence[Token]) -> Sequence[Token]:
    first, last = 0, len(items)
    while first < last and items[first].kind == "space":
        first += 1
    while last > first and items[last - 1].kind == "space":
        last -= 1
    return items[first:last]


def _written(items: Sequence[Token]) -> str:
    """The tokens as text that opens no tag, wherever it stands."""
    out: list[str] = []
    for place, token in enumerate(items):
        raw = " " if token.kind == "space" else token.raw
        if "<" in raw:
            is_parted = raw == "<" and place + 1 < len(items) and items[place + 1].kind != "space"
            raw = "< " if is_parted else _OPENING.sub(r"\\3c ", raw)
        out.append(raw)
    return "".join(out)


def _plain(name: str) -> str:
    """A name that an agent wrote, fit for a report."""
    return re.sub(r"[^\w-]", "?", name)[:40]
