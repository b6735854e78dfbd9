"""How a page is laid out: overflow, overlap, contrast, alignment.

Measured on the blocks of a rendered page; what a page says is not its business. Every level is a plateau: a
professional slide has exactly 1. An empty page scores 0, for it is not a tidy one.
"""

__all__ = ["alignment", "aspect", "contrast", "overflow", "overlap"]

from collections.abc import Sequence
from math import exp, log, prod

from .block import Block, PageFacts
from .boxes import area
from .collisions import card_collisions, edge_crossings, is_backdrop, text_collisions
from .elements import is_in_line, margins, near_misses, page_elements
from .score import Score
from .visibility import visible_groups, visible_texts

LOST_FREE, LOST_ALL = 0.02, 0.5
TOTAL_ALL = 0.25
OVERLAP_FREE, OVERLAP_ALL = 0.04, 0.4
LARGE_PX, LARGE_BOLD_PX, BOLD = 24.0, 18.66, 700
NORMAL_CONTRAST, LARGE_CONTRAST = 4.5, 3.0
CONTRAST_SLACK = 0.02
LONE_NONE, LONE_ALL = 0.15, 0.6
MISSES_ALL = 0.6
SIDE_MARGIN_PX, FOOT_MARGIN_PX, NO_MARGIN_PX = 32.0, 18.0, 4.0
ASPECT = 16 / 9


def overflow(page: PageFacts) -> Score:
    """Whether everything on a page lies inside what is shown of it.

    Formula: 0.5 * (1 - worst) + 0.5 * (1 - min(1, total / 0.25)); lost = share of the box of a text, a
    picture or a box with text in it that the canvas or a clipping element cuts off, from 2 % (counts
    nothing) to 50 % (counts in full); worst = the largest, total = their mean weighted by area.
    Decoration may bleed off the page. Ours.
    """
    holders = {block.parent for block in page.blocks if block.kind == "text" and block.text.strip()}
    parts = [
        block
        for position, block in enumerate(page.blocks)
        if area(block.box) > 0.0
        and (
            (block.kind == "text" and block.text.strip())
            or (block.kind == "picture" and not is_backdrop(block, page))
            or (block.kind == "box" and position in holders and not is_backdrop(block, page))
        )
    ]
    if not any(block.kind != "box" for block in parts):
        return Score(0.0, why="nothing stands on the page")
    lost = [_ramp(1.0 - area(block.seen) / area(block.box), LOST_FREE, LOST_ALL) for block in parts]
    worst = max(range(len(parts)), key=lambda index: lost[index])
    areas = [area(block.box) for block in parts]
    value = _worst_and_total(lost, areas, sum(areas))
    why = f"{_named(parts[worst])} is cut off" if lost[worst] else "nothing is cut off"
    return Score(value, {"worst": 1.0 - lost[worst]}, why)


def overlap(page: PageFacts) -> Score:
    """Whether texts, pictures and cards keep out of each other's way.

    Formula: 0.5 * (1 - worst) + 0.5 * (1 - min(1, total / 0.25)), worst = largest damage, total = their
    sum weighted by area over the area of all texts. A damage grows from 4 % of a text's area (none) to
    40 % (all): what glyphs of another text share with it; what opaque blocks painted later cover; what
    lies on an opaque box or a picture painted earlier whose edge it crosses; and, for cards and pictures
    that cut into each other, the share of the smaller one. A text is at home on its own ancestors and on
    the shapes of its own drawing. Ours, for AeSlides' collision metric (arXiv 2604.22840) is not
    published.
    """
    texts = [block for block in page.blocks if block.kind == "text" and _is_laid_out(block)]
    if not texts:
        return Score(0.0, why="no text stands on the page")
    damages: list[tuple[float, float, str]] = []  # level, area of the text, reason
    for block in texts:
        damages.append((block.covered, area(block.box), f"{_named(block)} is covered"))
    seen = visible_texts(page)
    for first, second, share in text_collisions(seen):
        names = " and ".join(dict.fromkeys((_named(seen[first]), _named(seen[second]))))
        smaller = min(area(seen[first].box), area(seen[second].box))
        damages.append((share, smaller, f"{names} overlap"))
    for index, block, share in edge_crossings(page, seen):
        why = f"{_named(seen[index])} crosses the edge of {_named(block)}"
        damages.append((share, area(seen[index].box), why))
    for one, other, share in card_collisions(page):
        damages.append((share, 0.0, f"{_named(one)} and {_named(other)} overlap"))
    levels = [_ramp(share, OVERLAP_FREE, OVERLAP_ALL) for share, _, _ in damages]
    whole = sum(area(block.box) for block in texts)
    worst = max(range(len(levels)), key=lambda index: levels[index])
    why = damages[worst][2] if levels[worst] else "nothing overlaps"
    value = _worst_and_total(levels, [size for _, size, _ in damages], whole)
    return Score(value, {"worst": 1.0 - levels[worst]}, why)


def contrast(page: PageFacts) -> Score:
    """Whether texts stand out from what is behind them.

    Formula: 0.5 * mean + 0.5 * worst of min(1, (c - 1) / (need - 1)) of each text, the mean weighted by
    area; need = 3 for large text (from 24 px, or 18.66 px bold), else 4.5 (WCAG 2.2, success criterion
    1.4.3), less 2 % for what measuring in pixels costs. Texts that nobody can see count too.
    """
    texts = [block for block in page.blocks if block.kind == "text" and _is_laid_out(block)]
    if not texts:
        return Score(0.0, why="no text stands on the page")
    levels: list[float] = []
    for block in texts:
        is_large = block.font_px >= LARGE_PX or (block.font_px >= LARGE_BOLD_PX and block.weight >= BOLD)
        need = (LARGE_CONTRAST if is_large else NORMAL_CONTRAST) * (1.0 - CONTRAST_SLACK)
        levels.append(min(1.0, max(0.0, (block.contrast - 1.0) / (need - 1.0))))
    areas = [area(block.box) for block in texts]
    mean = sum(level * size for level, size in zip(levels, areas, strict=True)) / sum(areas)
    worst = min(range(len(texts)), key=lambda index: levels[index])
    why = f"{_named(texts[worst])} has contrast {texts[worst].contrast:.1f}"
    value = 1.0 if levels[worst] >= 1.0 else 0.5 * mean + 0.5 * levels[worst]
    return Score(
        value, {"mean": min(1.0, mean), "worst": levels[worst]}, why if value < 1 else "contrast is high"
    )


def alignment(page: PageFacts) -> Score:
    """Whether edges share lines, and content keeps away from the canvas's edge.

    Formula: lines * misses * margins. lines = 1 up to 15 % and one of the elements (texts, cards,
    pictures) that share no edge or middle within 2 px with another or the canvas, 0 from 60 %. misses = 1
    - min(1, m / (0.6 * n)), m of n elements being nearly, but not truly, in line with a neighbour
    (`elements.py:near_misses`). margins = distance of the nearest text from the canvas's sides, 0 at 4
    px, 1 from 32 px (18 px at top and foot). Ours.
    """
    groups = visible_groups(page)
    elements = page_elements(page, groups)
    if not groups or not elements:
        return Score(0.0, why="no text stands on the page")
    lone = [element for element in elements if not is_in_line(element, elements, page.size_px)]
    missed = near_misses(elements)
    side_px, foot_px, nearest = margins(groups, page.size_px)
    side, foot = _ramp(side_px, NO_MARGIN_PX, SIDE_MARGIN_PX), _ramp(foot_px, NO_MARGIN_PX, FOOT_MARGIN_PX)
    parts = {
        "lines": 1.0 - _ramp((len(lone) - 1) / len(elements), LONE_NONE, LONE_ALL),
        "misses": 1.0 - min(1.0, len(missed) / (MISSES_ALL * max(len(elements), 4))),
        "margins": min(side, foot),
    }
    whys = {
        "lines": f"{lone[0].name} is in line with nothing" if lone else "",
        "misses": f"{missed[0].name} is nearly in line with its neighbour" if missed else "",
        "margins": f"{nearest} stands {min(side_px, foot_px):.0f} px from the canvas's edge",
    }
    worst = min(parts, key=lambda name: parts[name])
    value = prod(parts.values())
    return Score(value, parts, whys[worst] if value < 1.0 else "edges share lines")


def aspect(size_px: tuple[float, float]) -> Score:
    """Whether content keeps the shape of a slide, 16:9, as AeSlides measures it.

    Formula: s(r), r = exp(-16 e^2 - 64 max(-e - 0.04, 0)^2), e = ln((width / height) / (16 / 9)), so that
    content that is too tall costs most; s is the smoothstep 3t^2 - 2t^3 of t = (r - 0.8) / (0.995 - 0.8),
    cut to [0, 1] (AeSlides, arXiv 2604.22840, and its published reward.py).

    Args:
        size_px: width and height that the content takes, both > 0; anything else scores 0.

    >>> aspect((1280, 720)).value, aspect((1280, 960)).value
    (1.0, 0.0)
    """
    width, height = size_px
    if not (width > 0 and height > 0):
        return Score(0.0, why="no content")
    e = log(width / height / ASPECT)
    r = exp(-16 * e * e - 64 * max(-e - 0.04, 0.0) ** 2)
    t = min(1.0, max(0.0, (r - 0.8) / (0.995 - 0.8)))
    return Score(t * t * (3 - 2 * t), why=f"the content is {width:.0f} x {height:.0f} px")


def _ramp(x: float, free: float, full: float) -> float:
    """0 up to `free`, 1 from `full` on, straight between."""
    return min(1.0, max(0.0, (x - free) / (full - free)))


def _worst_and_total(levels: Sequence[float], areas: Sequence[float], whole: float) -> float:
    worst = max(levels)
    total = sum(level * size for level, size in zip(levels, areas, strict=True)) / whole
    return 1.0 - 0.5 * worst - 0.5 * min(1.0, total / TOTAL_ALL)


def _named(block: Block) -> str:
    text = " ".join(block.text.split())
    return repr(text if len(text) <= 32 else text[:29] + "...") if text else f"a {block.kind}"


def _is_laid_out(block: Block) -> bool:
    """Whether a text takes a place on the canvas, seen or not."""
    return any(letter.isalnum() for letter in block.text) and area(block.seen) > 0.0
