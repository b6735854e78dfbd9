"""The layouts of slides: a title and blocks of text become HTML.

Knows no theme: sizes are chosen so that the texts fit in every theme. A text stays text, whatever it holds.
"""

__all__ = ["LAYOUTS", "LayoutInfo", "SlideMistake", "compose", "document"]

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import did_you_mean
from .slide_charts import bars, line
from .slide_covers import section, title_slide
from .slide_figures import cards, quote, table, timeline
from .slide_lists import agenda, bullets, closing, two_columns
from .slide_room import CLOSING_PX, MAIN_PX, WIDTH_PX
from .slide_text import SlideMistake, cleaned, escaped, fitted, glued
from .slide_themes import Theme, stylesheet
from .slide_type import line_count

TITLE_SIZE_PX = 40
TITLE_LINES = 2
SECOND_LINE_PX = 48
# Running text, in which a line shall not end between a number and its unit: not the large values and dates.
_PROSE = re.compile(r'(<(?:h1|p|span|blockquote)(?! class="(?:value|when)")[^>]*>)([^<]+)')


@dataclass(frozen=True)
class LayoutInfo:
    """What a layout takes."""

    syntax: str
    """Its blocks in one line, for the agent."""
    blocks: tuple[int, int]
    """Fewest and most blocks."""
    draw: Callable[[str, list[str], int], str]
    """Escaped title, blocks and height of the room below the title in px -> HTML."""
    is_cover: bool = False
    """Whether it sets the title itself."""


LAYOUTS: Mapping[str, LayoutInfo] = {
    "title": LayoutInfo(
        "[subtitle, line on audience and date, optional kicker above the title]", (1, 3), title_slide, True
    ),
    "section": LayoutInfo("[optional kicker], a divider between parts", (0, 1), section, True),
    "agenda": LayoutInfo("2-8 items", (2, 8), agenda),
    "bullets": LayoutInfo('2-6 of "Lead: rest" or a sentence', (2, 6), bullets),
    "two_columns": LayoutInfo(
        'twice "# heading" followed by its 1-5 items: ["# Now", "item", "# Next", "item"]',
        (4, 12),
        two_columns,
    ),
    "cards": LayoutInfo('2-6 of "value | label | optional note", the most important first', (2, 6), cards),
    "bars": LayoutInfo(
        '3-8 of "label | number", then optional "unit: EUR m", "note: takeaway", "source: text"',
        (3, 11),
        bars,
    ),
    "line": LayoutInfo("as bars, drawn as a line over time", (3, 11), line),
    "timeline": LayoutInfo('3-6 of "when | what"', (3, 6), timeline),
    "table": LayoutInfo('2-7 rows "a | b | c", the first is the header, 2-5 columns', (2, 7), table),
    "quote": LayoutInfo("[quote, who said it]", (1, 2), quote),
    "closing": LayoutInfo('1-4 next steps, then optional "contact: text"', (1, 5), closing),
}
"""Name -> what it takes."""


def compose(layout: str, title: str, blocks: Sequence[str]) -> str:
    """A slide of a layout: the HTML inside the slide's root, every text escaped.

    Args:
        layout: one of `LAYOUTS`.
        title: its headline, at most two lines.
        blocks: its texts, in the layout's syntax.

    Raises:
        SlideMistake: blocks that the layout cannot take or that do not fit; says what to send instead.

    >>> "Revenue &lt; plan" in compose("quote", "Revenue < plan", ["We saw it coming.", "The board"])
    True
    """
    info = LAYOUTS.get(layout)
    if info is None:
        there = ", ".join(LAYOUTS)
        raise SlideMistake(f"no layout {layout!r}; there are: {there}.{did_you_mean(layout, LAYOUTS)}")
    headline, texts = cleaned(title), [cleaned(block) for block in blocks]
    fewest, most = info.blocks
    if not fewest <= len(texts) <= most:
        span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise SlideMistake(f"{layout} takes {span} blocks, {len(texts)} came. Its blocks: {info.syntax}")
    if not headline:
        raise SlideMistake("the title is empty: send a headline that says what the slide shows")
    if layout != "title" and not all(texts):
        raise SlideMistake(f"block {texts.index('') + 1} of {len(texts)} is empty: leave it out")
    if info.is_cover:
        return info.draw(headline, texts, 0)
    is_end = layout == "closing"
    lines = _title_lines(headline, CLOSING_PX if is_end else WIDTH_PX)
    inner = info.draw(headline, texts, MAIN_PX - SECOND_LINE_PX * (lines - 1))
    kind, art = (" end", '<div class="art"></div>\n') if is_end else ("", "")
    return (
        f'<section class="page{kind}">\n{art}<h1 class="title">{escaped(headline)}</h1>\n{inner}\n</section>'
    )


def document(inner_html: str, theme: Theme, *, footer: str = "") -> str:
    """A whole page: style sheet, and the slide's root of 1280x720 px.

    Slides of a layout are set with no-break spaces between a number and its unit; `compose` leaves them out,
    so that an edit finds a text as it was sent.

    Args:
        inner_html: what stands inside the root.
        theme: its looks.
        footer: text at the foot on the left; what follows a line break stands on the right.
    """
    if inner_html.startswith('<section class="'):
        inner_html = _PROSE.sub(lambda found: found[1] + glued(found[2]), inner_html)
    left, _, right = footer.partition("\n")
    foot = f'<div class="foot"><span>{escaped(left)}</span><b>{escaped(right)}</b></div>' if footer else ""
    return (
        '<!doctype html>\n<html lang="en"><head><title>Slide</title>'
        f"<style>{stylesheet(theme)}</style></head>\n"
        f'<body><div id="slide">\n{inner_html}\n{foot}</div></body></html>'
    )


def _title_lines(title: str, width: int) -> int:
    def fits(text: str, size: int) -> bool:
        return line_count(glued(text), size, "display", width) <= TITLE_LINES

    fitted([("the title", title)], fits, (TITLE_SIZE_PX,))
    return line_count(glued(title), TITLE_SIZE_PX, "display", width)
