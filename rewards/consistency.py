"""Whether the slides of a deck belong together: titles, fonts, colours.

Measured over pages; cover, closing and dividers may look different. Knows no theme.
"""

__all__ = ["consistency"]

from collections import Counter
from collections.abc import Sequence
from colorsys import rgb_to_hsv
from math import prod

from .block import PageFacts, Rgb
from .boxes import area
from .score import Score
from .shaping import plateau
from .slide_text import title_of
from .visibility import TextGroup, visible_groups
from .vocabulary import word_count

PLACE_PX, SIZE_PX = 6.0, 1.5
DIVIDER_WORDS = 16
MOST_FAMILIES, FAR_TOO_MANY_FAMILIES = 2, 5
MOST_HUES, FAR_TOO_MANY_HUES = 5, 10
HUE_BINS = 12
COLOURFUL, DARK = 0.25, 0.2
LEAST_HUE_SHARE = 0.002
FOOT_ZONE = 0.9
MARGIN_PX = 6.0
TINT = 48


def consistency(pages: Sequence[PageFacts]) -> Score:
    """Whether the slides of a deck look like one deck.

    Formula: titles^2 * h(margins) * h(footers) * h(grounds) * families * hues, h(x) = 0.5 + 0.5 x. Over
    content slides (all but the first, the last, and dividers of under 16 words): titles = share whose
    title has the commonest place (left edge or middle, and top, within 6 px) and size (within 1.5 px);
    margins = share whose leftmost text stands at the commonest place; footers = share that has, or has
    not, a text in the lowest tenth, whichever is commoner; grounds = share of the commonest background,
    48 levels alike. Over all slides: families = 1 up to 2 font families, 0 at 5; hues = 1 up to 5 of 12
    hues of colourful areas over 0.2 % of the deck, 0 at 10. With fewer than two content slides nothing
    can differ but families and hues. No visible text scores 0. Ours.

    Args:
        pages: in order.
    """
    groups = [visible_groups(page) for page in pages]
    if not any(groups):
        return Score(0.0, why="no text stands on any slide")
    content = [
        index
        for index in range(1, len(pages) - 1)
        if sum(word_count(group.text) for group in groups[index]) >= DIVIDER_WORDS
    ]
    families = {block.family for page in groups for group in page for block in group.blocks if block.family}
    hues = _hues(pages)
    parts = {
        "titles": 1.0,
        "margins": 1.0,
        "footers": 1.0,
        "grounds": 1.0,
        "families": _few(len(families), MOST_FAMILIES, FAR_TOO_MANY_FAMILIES),
        "hues": _few(hues, MOST_HUES, FAR_TOO_MANY_HUES),
    }
    if len(content) >= 2:
        chosen = [pages[index] for index in content]
        texts = [groups[index] for index in content]
        parts["titles"] = _titles(chosen, texts) ** 2
        parts["margins"] = _half(_mode_share([_left(page) for page in texts], MARGIN_PX))
        parts["footers"] = _half(_footers(chosen, texts))
        parts["grounds"] = _half(_grounds([page.background for page in chosen]))
    whys = {
        "titles": "titles differ in place or size",
        "margins": "left margins differ",
        "footers": "some slides have a footer and some have none",
        "grounds": "backgrounds differ",
        "families": f"{len(families)} font families",
        "hues": f"{hues} hues",
    }
    worst = min(parts, key=lambda name: parts[name])
    value = prod(parts.values())
    return Score(value, parts, whys[worst] if value < 1.0 else "the slides look like one deck")


def _few(count: int, one: int, zero: int) -> float:
    return plateau(count, zero_low=0, one_low=0, one_high=one, zero_high=zero)


def _half(share: float) -> float:
    return 0.5 + 0.5 * share


def _titles(pages: Sequence[PageFacts], texts: Sequence[Sequence[TextGroup]]) -> float:
    """Share of the pages whose title has the commonest place and size."""
    found = [title_of(page, groups) for page, groups in zip(pages, texts, strict=True)]

    def alike(one: TextGroup, other: TextGroup) -> bool:
        lefts, middles = abs(one.box[0] - other.box[0]), abs(sum(one.box[::2]) - sum(other.box[::2])) / 2
        tops = abs(one.box[1] - other.box[1])
        return (
            min(lefts, middles) <= PLACE_PX
            and tops <= PLACE_PX
            and abs(one.font_px - other.font_px) <= SIZE_PX
        )

    shown = [title for title in found if title]
    return max((sum(alike(one, other) for other in shown) for one in shown), default=0) / len(pages)


def _grounds(colours: Sequence[Rgb]) -> float:
    """Largest share of the backgrounds that are like one of them; a large card may tint a page."""

    def alike(one: Rgb, other: Rgb) -> bool:
        return all(abs(a - b) <= TINT for a, b in zip(one, other, strict=True))

    return max(sum(alike(one, other) for other in colours) for one in colours) / len(colours)


def _left(groups: Sequence[TextGroup]) -> float:
    return min(group.box[0] for group in groups)


def _mode_share(values: Sequence[float], slack: float) -> float:
    """Largest share of the values that lie within a slack of one of them."""
    return max(sum(abs(one - other) <= slack for other in values) for one in values) / len(values)


def _footers(pages: Sequence[PageFacts], texts: Sequence[Sequence[TextGroup]]) -> float:
    having = sum(
        any(group.box[1] >= FOOT_ZONE * page.size_px[1] for group in groups)
        for page, groups in zip(pages, texts, strict=True)
    )
    return max(having, len(pages) - having) / len(pages)


def _hues(pages: Sequence[PageFacts]) -> int:
    """How many hues the coloured texts, boxes and shapes of a deck have."""
    sizes: Counter[int] = Counter()
    whole = 0.0
    for page in pages:
        whole += page.size_px[0] * page.size_px[1]
        for block in page.blocks:
            if block.kind == "picture" or block.alpha < 0.3:
                continue
            colour = block.background if block.kind == "box" else block.color
            hue = _hue(colour)
            if hue is not None:
                share = max(block.ink, 0.1) if block.kind == "text" else 1.0
                sizes[hue] += round(area(block.seen) * share)
    return sum(size >= LEAST_HUE_SHARE * whole for size in sizes.values())


def _hue(colour: Rgb) -> int | None:
    """Number of a colour's hue among twelve; None for greys and the nearly black."""
    hue, saturation, value = rgb_to_hsv(*(channel / 255 for channel in colour))
    return int(hue * HUE_BINS + 0.5) % HUE_BINS if saturation >= COLOURFUL and value >= DARK else None
