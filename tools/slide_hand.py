"""The slide hand: writes, changes, orders and looks at slides.

Holds a deck and nothing else. What it shows of quality are the measures that the environment's page names;
it knows neither brief nor key. Indices count from 0.
"""

__all__ = ["SlideHand"]

from html import escape
from typing import Annotated, Literal

from .browser import PageError, Rendered
from .deck import MAX_SLIDES, Deck, Slide, thumbnail
from .schema import Between, Length, shown
from .slide_layouts import LAYOUTS, SlideMistake, compose
from .slide_lint import deck_lint, measured, slide_lint
from .slide_text import with_minus
from .slide_themes import THEMES
from .tool import Image, ToolResult, mistake, tool

MAX_HTML_CHARS = 60_000
MAX_REMOVED = 5
INDEX = Between(0, MAX_SLIDES - 1)
LayoutName = Literal[
    "title",
    "section",
    "agenda",
    "bullets",
    "two_columns",
    "cards",
    "bars",
    "line",
    "timeline",
    "table",
    "quote",
    "closing",
]
ThemeName = Literal["clean", "ink", "night", "forest", "coral", "editorial", "slate"]


class SlideHand:
    """Carries the tools that make and show slides."""

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        self.outline: list[str] = []

    @tool
    def plan(
        self, outline: Annotated[list[Annotated[str, Length(1, 200)]], Length(1, MAX_SLIDES)]
    ) -> ToolResult:
        """Write down what each slide will say; nothing is drawn.

        Args:
            outline: One line a slide, in order.

        Returns:
            The plan, numbered.
        """
        self.outline = list(outline)
        return ToolResult(("\n".join(f"{number}. {line}" for number, line in enumerate(outline)),))

    @tool
    def write_slide(
        self, index: Annotated[int, INDEX], html: Annotated[str, Length(1, MAX_HTML_CHARS)]
    ) -> ToolResult:
        """Write a slide as free HTML in a root of 1280x720 px; replaces the slide of that index, or appends.

        Args:
            index: Which slide; the number of slides appends one.
            html: What stands inside the root. Inline CSS, <style> and inline SVG work; scripts, links and
                files do not. The theme's colours are there as var(--ink), var(--paper), var(--panel),
                var(--muted), var(--line), var(--accent) and var(--on-accent); fonts are {fonts}.

        Returns:
            A small picture of the slide and what is wrong with it.
        """
        return self._put(index, Slide(html))

    @tool
    def set_slide(
        self,
        index: Annotated[int, INDEX],
        layout: LayoutName,
        title: Annotated[str, Length(1, 200)],
        blocks: Annotated[list[Annotated[str, Length(0, 600)]], Length(0, 20)],
    ) -> ToolResult:
        """Make a slide from a layout; replaces the slide of that index, or appends.

        Args:
            index: Which slide; the number of slides appends one.
            layout: How it is laid out.
            title: Its headline.
            blocks: What it says, one text a block. {layouts}

        Returns:
            A small picture of the slide and what is wrong with it.
        """
        try:
            inner = compose(layout, title, blocks)
        except SlideMistake as problem:
            return mistake(f"set_slide: {problem}", "bad_blocks")
        return self._put(index, Slide(inner, layout))

    @tool
    def edit_slide(
        self,
        index: Annotated[int, INDEX],
        find: Annotated[str, Length(1, 2000)],
        replace: Annotated[str, Length(0, 8000)],
    ) -> ToolResult:
        """Replace a text of a slide that stands there exactly once.

        Args:
            index: Which slide.
            find: What to replace, as it stands in the slide's HTML or text.
            replace: What to put there; empty deletes it.

        Returns:
            A small picture of the slide and what is wrong with it.
        """
        if problem := self._missing(index):
            return problem
        made, count = self.deck.edited(index, find, replace)
        for spelled in (escape, _as_set):
            if not count and spelled(find) != find:
                made, count = self.deck.edited(index, spelled(find), spelled(replace))
        if made is None:
            often = "does not stand" if not count else f"stands {count} times"
            more = "" if not count else "; send a longer text that stands there once"
            return mistake(f"{shown(find)} {often} on slide {index}{more}", "not_found")
        return self._put(index, made)

    @tool
    def set_theme(self, theme: ThemeName, footer: Annotated[str, Length(0, 80)] = "") -> ToolResult:
        """Choose the theme of all slides, and the text at the foot of slides that have a layout.

        Args:
            theme: Its name.
            footer: Text at the foot; empty shows the slide number alone.

        Returns:
            What the theme is like.
        """
        self.deck.theme, self.deck.footer = theme, footer
        made = THEMES[theme]
        look = f"{made.ink} on {made.paper}, accent {made.accent}, titles in {made.display_font}"
        return ToolResult((f"theme {theme}: {look}",))

    @tool
    def move_slide(self, index: Annotated[int, INDEX], to: Annotated[int, INDEX]) -> ToolResult:
        """Move a slide to another place.

        Args:
            index: Which slide.
            to: Its index after the move.

        Returns:
            The new order.
        """
        if problem := self._missing(index) or self._missing(to):
            return problem
        self.deck.slides.insert(to, self.deck.slides.pop(index))
        return ToolResult((f"slide {index} is slide {to} now; {self._count()}",))

    @tool
    def insert_slide(
        self, index: Annotated[int, INDEX], html: Annotated[str, Length(1, MAX_HTML_CHARS)]
    ) -> ToolResult:
        """Insert a slide of free HTML before the slide of an index; set_slide may then lay it out anew.

        Args:
            index: Index of the new slide; later slides move up by one.
            html: What stands inside the root, as in write_slide.

        Returns:
            A small picture of the slide and what is wrong with it.
        """
        if len(self.deck) >= MAX_SLIDES:
            return mistake(f"a deck holds at most {MAX_SLIDES} slides", "deck_full")
        if index > len(self.deck):
            return mistake(
                f"the deck has {len(self.deck)} slides; insert at 0 to {len(self.deck)}", "no_slide"
            )
        return self._put(index, Slide(html), insert=True)

    @tool
    def delete_slide(self, index: Annotated[int, INDEX]) -> ToolResult:
        """Delete a slide; later slides move down by one.

        Args:
            index: Which slide.

        Returns:
            How many slides are left.
        """
        if problem := self._missing(index):
            return problem
        del self.deck.slides[index]
        return ToolResult((f"slide {index} is deleted; {self._count()}",))

    @tool
    def view_slide(self, index: Annotated[int, INDEX]) -> ToolResult:
        """Look at a slide at full size.

        Args:
            index: Which slide.

        Returns:
            The slide at 1280x720 px, its texts, and what is wrong with it.
        """
        if problem := self._missing(index):
            return problem
        page = self.deck.shown(index)
        told = f"{self._told(index, page)}\n{measured(page).text.text}".rstrip()
        return ToolResult((told, Image(page.image.copy(), f"slide {index}, full size")))

    @tool
    def review_deck(self) -> ToolResult:
        """Look at all slides side by side.

        Returns:
            A sheet of all slides, and what is wrong with each.
        """
        if not len(self.deck):
            return ToolResult(("the deck has no slides yet",))
        pages = [self.deck.shown(index) for index in range(len(self.deck))]
        lines = [self._told(index, page) for index, page in enumerate(pages)]
        text = "\n".join([*lines, *deck_lint(pages)])
        return ToolResult((text, Image(self.deck.sheet(), "deck")))

    def _put(self, index: int, slide: Slide, *, insert: bool = False) -> ToolResult:
        """Show a slide first, then take it: a deck never holds what cannot be shown."""
        if index > len(self.deck):
            return mistake(
                f"the deck has {len(self.deck)} slides: write one of 0 to {len(self.deck) - 1}, or append "
                f"slide {len(self.deck)}",
                "no_slide",
            )
        try:
            page = self.deck.try_slide(slide, index)
        except PageError as problem:
            return mistake(f"the slide was not taken: {problem}", f"page_{problem.code}")
        if insert:
            self.deck.slides.insert(index, slide)
        else:
            self.deck.put(index, slide)
        text = self._told(index, page)
        if page.removed:
            told = "; ".join(page.removed[:MAX_REMOVED])
            text += f"\nremoved, for slides hold no such thing: {told}"
        return ToolResult((text, Image(thumbnail(page.image), f"slide {index}")))

    def _told(self, index: int, page: Rendered) -> str:
        return f"slide {index}: {'; '.join(slide_lint(page))}"

    def _missing(self, index: int) -> ToolResult | None:
        if index < len(self.deck):
            return None
        return mistake(f"there is no slide {index}; {self._count()}", "no_slide")

    def _count(self) -> str:
        count = len(self.deck)
        return f"the deck has {count} slide{'' if count == 1 else 's'}" + (
            f", 0 to {count - 1}" if count else ""
        )


def _as_set(text: str) -> str:
    """A text as layouts set it: escaped, with real minus signs."""
    return escape(with_minus(text))


def words_for_tools() -> dict[str, str]:
    """What the descriptions of the tools say about fonts and layouts."""
    layouts = "; ".join(f"{name}: {layout.syntax}" for name, layout in LAYOUTS.items())
    return {"layouts": f"{layouts}.", "fonts": "Inter, Source Serif 4, Barlow Condensed and JetBrains Mono"}
