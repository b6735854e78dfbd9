"""Takes out of a page what loads, runs, moves or takes too long.

Reads HTML as loosely as a browser and writes it strictly: only elements and attributes of `html_policy.py`,
everything else escaped, so that no second reading can find more in it. The first of two walls; the second is
the browser itself, without scripts and network (`browser_launch.py`).
"""

__all__ = ["PageError", "Sanitized", "sanitize"]

import re
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import EyesmithError, MissingExtraError
from . import html_policy as policy
from .css_sanitizer import clean_declarations, clean_sheet, clean_value
from .data_image import SVG, DataImage, read_data_image
from .page_frame import FRAME_STYLE, POLICY, framed
from .svg_weight import drawn_elements

Code = Literal["too_large", "too_many_elements", "too_deep", "too_slow", "crashed", "not_text"]

MAX_REMOVED = 20
MAX_TAGS = 20_000
READINGS = 4
_TAG = re.compile(r"<[a-zA-Z]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_COMBINING = re.compile(f"({_MARK}{{{policy.MAX_COMBINING}}}){_MARK}+")
_CUSTOM = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_FRAGMENT = re.compile(r"#[^\s\"'()<>\\]{1,200}")
_ODD = re.compile(r"[^\w:.-]")


class PageError(EyesmithError):
    """A page cannot be shown; the text says what to send instead.

    Attributes:
        code: what is wrong.
    """

    def __init__(self, text: str, code: Code) -> None:
        super().__init__(text)
        self.code: Code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.code)


@dataclass(frozen=True)
class Sanitized:
    """A page that may be shown.

    Args:
        html: the whole document.
        removed: what was taken out, each thing once, in the order of the page; at most 20 lines.
    """

    html: str
    removed: tuple[str, ...]


def sanitize(html: str) -> Sanitized:
    """The page without what it may not hold.

    Args:
        html: a document, or what stands in its body.

    Raises:
        PageError: it is too large or too deep.
        MissingExtraError: lxml is not installed.
    """
    root = _parsed(_checked(html))
    if root is not None:
        _check_size(root)
    clean = _written(root)
    for _ in range(READINGS - 1):
        again = _written(_parsed(clean.html))
        if again.html == clean.html:
            break
        clean = Sanitized(again.html, clean.removed)
    return clean


def _written(root: Any) -> Sanitized:
    """What may stay of a tree; what was unwrapped may stand differently when it is read again."""
    cleaner = _Cleaner()
    if root is not None:
        cleaner.write(root, cleaner.body)
    head, body, about = "".join(cleaner.head), "".join(cleaner.body), cleaner.attributes
    return Sanitized(framed(head, body, about["html"], about["body"]), tuple(cleaner.removed))


def _checked(html: str) -> str:
    size = len(html.encode("utf-8", "replace"))
    if size > policy.MAX_BYTES:
        raise PageError(
            f"the page has {size:,} bytes and may have {policy.MAX_BYTES:,}; make it shorter", "too_large"
        )
    if len(_TAG.findall(html)) > MAX_TAGS:
        raise _too_many(len(_TAG.findall(html)))
    return _CONTROL.sub("\ufffd", html)


def _parsed(html: str) -> Any:
    """The root of the tree, or None for an empty page."""
    try:
        from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
    except ImportError as missing:
        raise MissingExtraError(
            "pages are sanitised with lxml, which is not installed: eyesmith doctor --install browser"
        ) from missing
    # The parser closes what `/>` ends, and knows neither CDATA nor the depth of what it was given.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(html.encode("utf-8"), parser)
    except etree.XMLSyntaxError:  # nothing but comments, or nothing at all
        return None


def _check_size(root: Any) -> None:
    depth = elements = 0
    stack = [(root, 1)]
    while stack:
        node, level = stack.pop()
        elements += 1
        depth = max(depth, level)
        stack.extend((child, level + 1) for child in node)
    if depth > policy.MAX_DEPTH:
        raise PageError(
            f"elements stand {depth} deep in one another; at most {policy.MAX_DEPTH} may", "too_deep"
        )
    if elements > policy.MAX_ELEMENTS:
        raise _too_many(elements)
    drawn, uses, nested = drawn_elements(root)
    if nested > policy.MAX_USE_DEPTH:
        raise PageError(
            f"SVG use elements refer to one another {nested} deep; at most {policy.MAX_USE_DEPTH} may",
            "too_deep",
        )
    if uses > policy.MAX_USES:
        raise PageError(
            f"the page has {uses} SVG use elements and may have {policy.MAX_USES}", "too_many_elements"
        )
    if drawn > policy.MAX_DRAWN:
        raise PageError(
            f"SVG use elements make {policy.MAX_DRAWN:,} copies and more; draw fewer", "too_many_elements"
        )


def _too_many(count: int) -> PageError:
    return PageError(
        f"the page has {count:,} elements and may have {policy.MAX_ELEMENTS:,}; make it simpler",
        "too_many_elements",
    )


class _Cleaner:
    """Writes what may stay of a tree."""

    def __init__(self, *, is_xml: bool = False) -> None:
        self.head: list[str] = []
        self.body: list[str] = []
        self.removed: dict[str, None] = {}
        self.attributes = {"html": "", "body": ""}
        self._is_xml = is_xml
        self._pictures: dict[str, str | None] = {}
        self._pixels = 0

    def write(self, node: Any, out: list[str], *, is_svg: bool = False) -> None:
        """Write an element and what it holds; its tail is the caller's."""
        name = _name(node)
        if name == "style":
            self._style(node, self.head if is_svg and not self._is_xml else out)
        elif name in policy.DROPPED:
            is_plain = name in policy.IGNORED or (
                name == "meta" and (not node.get("http-equiv") or node.get("content") == POLICY)
            )
            if not is_plain:
                self._report(f"{name} element")
        elif name in ("html", "body"):
            self.attributes[name] = self.attributes[name] or self._attributes(node, name)
            self._inside(node, self.body, is_svg=False)
        elif name == "head":
            self._inside(node, self.head, is_svg=False)
        elif name not in policy.KEPT and not _CUSTOM.fullmatch(name):
            if name and name not in policy.IGNORED:
                self._report(f"{_plain(name)} element")
            self._inside(node, out, is_svg=is_svg)
        else:
            written = policy.CASED.get(name, name) if self._is_xml else policy.RENAMED.get(name, name)
            out.append(f"<{written}{self._attributes(node, name)}>")
            if name not in policy.VOID:
                self._inside(node, out, is_svg=(is_svg or name == "svg") and name != "foreignobject")
                out.append(f"</{written}>")

    def _inside(self, node: Any, out: list[str], *, is_svg: bool) -> None:
        out.append(_text(node.text))
        for child in node:
            if isinstance(child.tag, str):
                self.write(child, out, is_svg=is_svg)
            out.append(_text(child.tail))

    def _style(self, node: Any, out: list[str]) -> None:
        text = "".join(node.itertext())
        kind = (node.get("type") or "text/css").strip().lower()
        if text == FRAME_STYLE or kind != "text/css":
            return
        clean = clean_sheet(text, address=self._css_address, report=self._report)
        media = node.get("media")
        about = f' media="{_quoted(media)}"' if media else ""
        out.append(f"<style{about}>{_text(clean) if self._is_xml else clean}</style>")

    def _attributes(self, node: Any, name: str) -> str:
        written: dict[str, str] = {}
        for key, value in node.attrib.items():
            label = _label(key)
            clean = self._attribute(name, label, value)
            if clean is not None:
                written.setdefault(policy.CASED.get(label, label) if self._is_xml else label, clean)
        if name == "progress":
            written.setdefault("value", "0")  # without one it moves
        if self._is_xml and name == "svg":
            written["xmlns"], written["xmlns:xlink"] = policy.SVG_SPACE, policy.XLINK_SPACE
        return "".join(f' {key}="{_quoted(value)}"' for key, value in written.items())

    def _attribute(self, element: str, label: str, value: str) -> str | None:
        """What an attribute may say; None to leave it out."""
        if label == "style":
            return clean_declarations(value, address=self._css_address, report=self._report) or None
        if label in ("href", "xlink:href", "src"):
            return self._reference(element, label, value.strip())
        if not policy.is_kept_attribute(label):
            if label not in policy.IGNORED and not label.startswith("xmlns"):
                self._report(f"{_plain(label)} attribute")
            return None
        limit = policy.LIMITS.get(label)
        if limit is not None and any(abs(number) > limit for number in _numbers(value)):
            self._report(f"{label} that is too large")
            return f"{limit:g}"
        if label in policy.PAINTS and re.search(r"[(\\]", value):
            return clean_value(value, label, address=self._css_address, report=self._report)
        return value

    def _reference(self, element: str, label: str, value: str) -> str | None:
        bare = "href" if label == "xlink:href" else label
        if (element, bare) in policy.PICTURES:
            picture = self._picture(value)
            if picture is None:
                self._report(f"address in {element}")
            return picture
        if bare == "href" and element in ("a", "area"):
            return "#"
        if bare == "href" and element in policy.REFERRING and _FRAGMENT.fullmatch(value):
            return value
        self._report(f"address in {_plain(element)}")
        return None

    def _css_address(self, value: str) -> str | None:
        return value if _FRAGMENT.fullmatch(value) else self._picture(value)

    def _picture(self, url: str) -> str | None:
        """A picture's address, if it holds the picture itself and can be drawn in time."""
        if url not in self._pictures:
            found = read_data_image(url)
            self._pictures[url] = None if found is None else self._drawable(found)
        return self._pictures[url]

    def _drawable(self, picture: DataImage) -> str | None:
        self._pixels += picture.pixels
        if self._pixels > policy.MAX_PIXELS:
            raise PageError(
                f"the pictures have {self._pixels:,} pixels together and may have {policy.MAX_PIXELS:,}",
                "too_large",
            )
        if picture.kind != SVG:
            return picture.url()
        if self._is_xml:
            return None
        clean = self._svg(picture.raw)
        return None if clean is None else DataImage(SVG, clean.encode(), 0).url()

    def _svg(self, raw: bytes) -> str | None:
        """An SVG that is a picture of its own, under the same rules."""
        from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(raw, parser)
        except (etree.XMLSyntaxError, ValueError):
            return None
        if root.getroottree().docinfo.doctype or _name(root) != "svg":
            return None
        _check_size(root)
        inner, out = _Cleaner(is_xml=True), []
        inner.write(root, out)
        for line in inner.removed:
            self._report(line)
        return "".join(out)

    def _report(self, line: str) -> None:
        if len(self.removed) < MAX_REMOVED:
            self.removed.setdefault(line)


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower()


def _label(key: str) -> str:
    """The name of an attribute in lower case, as HTML writes it."""
    space, brace, name = key.rpartition("}")
    return f"xlink:{name}".lower() if brace and space.endswith("xlink") else name.lower()


def _text(text: str | None) -> str:
    if not text:
        return ""
    shorter = _COMBINING.sub(r"\1", text) if not text.isascii() else text
    return shorter.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return _text(text).replace('"', "&quot;")


def _numbers(text: str) -> list[float]:
    found = []
    for each in re.findall(r"[+-]?(?:\d*\.)?\d+(?:[eE][+-]?\d+)?", text):
        found.append(float(each))
    return found


def _plain(name: str) -> str:
    """A name that an agent wrote, fit for a report."""
    return _ODD.sub("?", name)[:40]
