"""A page as SlideForge reads it: text, title and sections of its HTML.

The published code asks BeautifulSoup for `.title`, `.section` and all text; the same is read here with the
standard library, for any HTML: our slides may use the two class names, and score without them where the
published rewards pay for them.
"""

__all__ = ["forge_slide"]

from collections.abc import Sequence
from html.parser import HTMLParser

from .slideforge import ForgeSlide

VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "command", "embed", "frame", "hr", "image", "img"}
    | {"input", "isindex", "keygen", "link", "menuitem", "meta", "nextid", "param", "source", "spacer"}
    | {"track", "wbr"}
)
UNREAD = frozenset({"script", "style", "template", "rt", "rp"})


def forge_slide(html: str, *, rendered: bool = True) -> ForgeSlide:
    """The slide that a page is for SlideForge.

    Args:
        html: any text.
        rendered: whether there is a picture of it.

    >>> page = '<style>p {}</style><h1 class="big title">Q3</h1><p class="section">Up <b>8</b></p>1 / 7'
    >>> forge_slide(page)
    ForgeSlide(text='Q3 Up 8 1 / 7', title='Q3', sections=('Up8',), rendered=True)
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.flush()
    titles = reader.found["title"]
    text = " ".join(reader.pieces)
    return ForgeSlide(
        text, titles[0].text if titles else None, tuple(one.text for one in reader.found["section"]), rendered
    )


class _Element:
    """An element of one of the classes, and the pieces of text inside it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        # Without blanks between the pieces, as the published code asks for it.
        return "".join(self.pieces)


class _Reader(HTMLParser):
    """Collects the pieces of text, and who holds them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.found: dict[str, list[_Element]] = {"title": [], "section": []}
        self._open: list[tuple[str, list[_Element]]] = []
        self._run: list[str] = []
        self._ended: list[str] = []  # void elements, whose end tags say nothing

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """An element begins; one that holds nothing ends at once."""
        self.flush()
        is_inert = any(open_tag == "template" for open_tag, _ in self._open)
        classes = "" if is_inert else dict(attrs).get("class") or ""
        held: list[_Element] = []
        for name in self.found.keys() & set(classes.split()):
            held.append(_Element())
            self.found[name].append(held[-1])
        if tag in VOID:
            self._ended.append(tag)
        else:
            self._open.append((tag, held))

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """An element that is closed in its own tag holds nothing."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """The innermost such element ends, with all that was left open in it."""
        if tag in self._ended:
            self._ended.remove(tag)
            return
        self.flush()
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        """Text, or a part of one."""
        self._run.append(data)

    def handle_comment(self, data: str) -> None:
        """A comment parts two texts."""
        self.flush()

    def handle_decl(self, decl: str) -> None:
        """So does a declaration."""
        self.flush()

    def handle_pi(self, data: str) -> None:
        """So does an instruction."""
        self.flush()

    def flush(self) -> None:
        """A text has come to its end."""
        piece = "".join(self._run).strip()
        self._run.clear()
        if not piece or any(tag in UNREAD for tag, _ in self._open):
            return
        self.pieces.append(piece)
        for _, held in self._open:
            for element in held:
                element.pieces.append(piece)
