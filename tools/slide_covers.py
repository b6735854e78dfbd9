"""Title and section slides: large type beside the theme's art."""

__all__ = ["section", "title_slide"]

from collections.abc import Callable

from .slide_text import escaped, fitted, glued
from .slide_type import Role, line_count

COVER_SIZES = (72, 64, 56, 48, 44)
COVER_LINES = 5
COVER_PX = 672
TALLEST_PX = 310
TITLE_HEIGHT = 1.12
SECTION_PX = 912
SUBTITLE_SIZES = (28, 26, 24, 22)
BYLINE_PX, KICKER_PX = 20, 24


def title_slide(title: str, blocks: list[str], room_px: int) -> str:
    """The first slide: kicker, title, subtitle, line on audience and date."""
    subtitle, byline, kicker = [*blocks, "", "", ""][:3]
    size = _title_size(title, COVER_PX)
    small = fitted([("the subtitle", subtitle)], _within(3, "body", COVER_PX), SUBTITLE_SIZES)
    fitted([("the line on audience and date", byline)], _within(2, "body", COVER_PX), (BYLINE_PX,))
    fitted([("the kicker", kicker)], _within(1, "strong", COVER_PX), (KICKER_PX,))
    lines = [
        f'<p class="kicker">{escaped(kicker)}</p>' if kicker else "",
        f'<h1 style="--t:{size}px">{escaped(title)}</h1>',
        f'<p class="subtitle" style="font-size:{small}px">{escaped(subtitle)}</p>' if subtitle else "",
        f'<p class="byline">{escaped(byline)}</p>' if byline else "",
    ]
    return _cover("cover opening", lines)


def section(title: str, blocks: list[str], room_px: int) -> str:
    """A divider between the parts of a deck."""
    size = _title_size(title, SECTION_PX)
    for text in blocks:
        fitted([("the kicker", text)], _within(1, "strong", SECTION_PX), (KICKER_PX,))
    lines = [*(f'<p class="kicker">{escaped(text)}</p>' for text in blocks)]
    return _cover("cover section", [*lines, f'<h1 style="--t:{size}px">{escaped(title)}</h1>'])


def _within(lines: int, role: Role, room_px: int) -> Callable[[str, int], bool]:
    return lambda text, size: line_count(glued(text), size, role, room_px) <= lines


def _title_size(title: str, room_px: int) -> int:
    def fits(text: str, size: int) -> bool:
        lines = line_count(glued(text), size, "display", room_px)
        return lines <= COVER_LINES and lines * size * TITLE_HEIGHT <= TALLEST_PX

    return fitted([("the title", title)], fits, COVER_SIZES)


def _cover(kind: str, lines: list[str]) -> str:
    words = "\n".join(line for line in lines if line)
    return (
        f'<section class="{kind}">\n<div class="art"></div>\n<div class="words">\n{words}\n</div>\n</section>'
    )
