"""How good a predicted screen is: similarity, effect, four columns.

Similarity alone is won by handing the current screen back, for most of it does not change; so its own
similarity is taken off, and what the action changes must be there to be seen. Knows no app and no browser.
"""

__all__ = [
    "DEFAULT",
    "PARTS",
    "Effect",
    "Paint",
    "ScreenLook",
    "choice",
    "effect",
    "gain",
    "identifiability",
    "layout_integrity",
    "similarity",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from ..errors import UsageError
from .block import Box, PageFacts
from .gui_blocks import UNIT_PX, Element, block_f1, elements_of, region_text
from .gui_regions import region_ssim
from .layout import overflow, overlap
from .palette import delta_e, palette
from .recipe import Recipe, Term
from .score import Score
from .shaping import gain_over
from .visibility import TextGroup, visible_groups

PARTS: Mapping[str, float] = {
    "blocks": 0.35,
    "changed": 0.25,
    "unchanged": 0.15,
    "text": 0.15,
    "palette": 0.10,
}
"""Part of the similarity -> weight."""
SLACK_PX = 12.0
PAINT_PX = 1
PAINT_FAR = 12.0
PAINT_MOST = 20.0
PAINT_STEP = 8.0


class Paint(NamedTuple):
    """A pixel whose colour proves a state that no word names."""

    x: float
    y: float
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Effect:
    """What proves that one widget is as it should be after the action.

    Args:
        id: the widget.
        box: its place on the next screen, px of the page.
        shows: texts that stand there.
        hides: texts that stood there and do not any more.
        paints: pixels and their colours.
    """

    id: str
    box: Box
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    paints: tuple[Paint, ...] = ()


@dataclass(frozen=True, eq=False)
class ScreenLook:
    """A screen as it was shown, ready to be compared.

    Args:
        page: its blocks.
        image: (H, W, 3) uint8, at the scale at which screens are compared.
        known: its elements, where they are not read off page and picture.
    """

    page: PageFacts
    image: np.ndarray
    known: tuple[Element, ...] | None = None

    @classmethod
    def of(cls, page: PageFacts, image: np.ndarray, known: tuple[Element, ...] | None = None) -> "ScreenLook":
        """Of a rendered page; pictures of 1080 px and wider are compared at a width of 540 px."""
        if image.shape[1] >= 2 * UNIT_PX:
            size = UNIT_PX, round(image.shape[0] * UNIT_PX / image.shape[1])
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        return cls(page, image, known)

    @property
    def scale(self) -> float:
        """Px of the picture per px of the page."""
        return self.image.shape[1] / self.page.size_px[0]

    @property
    def unit(self) -> float:
        """Width of the page in canvases of 540 px."""
        return self.page.size_px[0] / UNIT_PX

    @cached_property
    def groups(self) -> tuple[TextGroup, ...]:
        """What can be read."""
        return visible_groups(self.page)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """What can be seen."""
        return elements_of(self.page, self.image, self.groups) if self.known is None else self.known

    @cached_property
    def texts(self) -> tuple[tuple[str, Box], ...]:
        """Each text and its place: of groups, and of the runs that inline tags make."""
        found = [(_plain(group.text), group.box) for group in self.groups]
        for group in self.groups:
            if len(group.blocks) > 1:
                found += [(_plain(block.text), block.box) for block in group.blocks]
        return tuple(found)


def similarity(found: ScreenLook, true: ScreenLook, changed: np.ndarray) -> Score:
    """How alike two screens are.

    Formula: 0.35 blocks + 0.25 changed + 0.15 unchanged + 0.15 text + 0.10 palette: F1 of texts, areas and
    pictures; SSIM in the changed region and elsewhere; F1 of the words in the changed region; palettes. Ours.

    Args:
        found: the screen.
        true: the true one, of the same size.
        changed: (H, W) bool, the region that changes, at the pictures' size.

    Raises:
        UsageError: sizes that differ.
    """
    blocks = block_f1(found.elements, true.elements, size_px=true.page.size_px)
    regions = region_ssim(found.image, true.image, changed)
    text = region_text(found.elements, true.elements, changed, scale=true.scale)
    parts = {
        "blocks": blocks.value,
        "changed": regions.parts["changed"],
        "unchanged": regions.parts["unchanged"],
        "text": text.value,
        "palette": palette(found.image, true.image).value,
    }
    value = sum(weight * parts[name] for name, weight in PARTS.items())
    return Score(min(1.0, value), parts, f"{blocks.why}; {regions.why}; {text.why}")


def gain(found: float, copy: float) -> Score:
    """What a screen won over handing the current one back.

    Formula: max(0, S - S(copy)) / (1 - S(copy)).

    Args:
        found: similarity of the screen, in [0, 1].
        copy: similarity of the current screen, in [0, 1).

    Raises:
        UsageError: out of range.

    >>> gain(0.9, 0.8).value, gain(0.7, 0.8).value
    (0.5, 0.0)
    """
    value = round(gain_over(found, copy), 12)
    return Score(value, {"gain": value}, f"similarity {found:.3f}, of a copy {copy:.3f}")


def effect(found: ScreenLook, effects: Sequence[Effect], *, before: np.ndarray) -> Score:
    """Whether what the action changes can be seen.

    Formula: 0 unless the first effect holds (the widget that was acted upon), else the share that holds.
    Where the first only says what is gone, which an empty page fulfils, so must the first that shows
    something. An effect holds if each of its texts can be read with its middle in its box (12 px of slack on
    a canvas of 540 px), no text that must be gone can, and each of its pixels has its colour, within ΔE00 12
    or less than half way to the colour that was there before.

    Args:
        found: the screen.
        effects: the one of the widget acted upon first.
        before: (H, W, 3) uint8, the screen acted upon, at the size of the pictures compared.

    Raises:
        UsageError: no effect at all.
    """
    if not effects:
        raise UsageError("an action without an effect proves nothing: give at least one effect")
    faults = [_fault(found, one, before) for one in effects]
    share = sum(not fault for fault in faults) / len(faults)
    first = float(not faults[0] and not faults[_proving(effects)])
    worst = next(
        (f"{one.id}: {why}" for one, why in zip(effects, faults, strict=True) if why), "all are seen"
    )
    told = f"{sum(not fault for fault in faults)} of {len(faults)} changes can be seen; {worst}"
    return Score(first * share, {"first": first, "share": share}, told)


def choice(chosen: int | None, answer: int) -> Score:
    """Whether the right action was chosen; 1 where none was to be.

    Args:
        chosen: number of an action, or None.
        answer: number of the right one; 0 where there was nothing to choose.

    >>> choice(2, 2).value, choice(None, 2).value, choice(None, 0).value
    (1.0, 0.0, 1.0)
    """
    return Score(float(not answer or chosen == answer), {}, f"chosen: {chosen}" if answer else "no choice")


def identifiability(own: float, rivals: Sequence[float]) -> Score:
    """Whether a screen tells which action led to it.

    Formula: share of the other actions whose effect is seen less than the true one's; 0 where the true one's
    is not seen; without others 1 where it is. A measure in place of Code2World's judge (arXiv 2602.09856).

    Args:
        own: level of the action's effect, in [0, 1].
        rivals: level of each other action's.

    >>> identifiability(1.0, [0.0, 0.5, 1.0]).value
    0.6666666666666666
    """
    if own <= 0.0:
        return Score(0.0, {}, "the action's effect is not seen")
    beaten = sum(rival < own for rival in rivals)
    value = beaten / len(rivals) if rivals else 1.0
    return Score(value, {}, f"told from {beaten} of {len(rivals)} other actions")


def layout_integrity(found: ScreenLook, true: ScreenLook, unchanged: float) -> Score:
    """Whether the layout holds: what stays is in its place, nothing is cut off or lies on other things.

    Formula: unchanged * min(1, overflow / overflow of the true screen) * min(1, overlap / overlap of the true
    screen), the levels of `rewards/layout.py`. A measure in place of Code2World's judge (arXiv 2602.09856).

    Args:
        found: the screen.
        true: the true one.
        unchanged: similarity where nothing changes, in [0, 1].
    """
    ratios = [_ratio(level(found.page).value, level(true.page).value) for level in (overflow, overlap)]
    value = unchanged * ratios[0] * ratios[1]
    why = f"what stays is alike by {unchanged:.2f}, nothing cut off {ratios[0]:.2f}, overlap {ratios[1]:.2f}"
    return Score(value, {"cut": ratios[0], "overlap": ratios[1]}, why)


DEFAULT = Recipe.gated(
    "default",
    (
        Term("choice", "gate", 1.0, "rewards/gui.py:choice"),
        Term("action", "gate", 1.0, "rewards/gui.py:effect"),
        Term("gain", "base", 1.0, "rewards/gui.py:gain"),
    ),
)
"""choice * action * gain."""


def _proving(effects: Sequence[Effect]) -> int:
    """Position of the first effect that shows something; 0 where none does."""
    return next((at for at, one in enumerate(effects) if one.shows or one.paints), 0)


def _ratio(level: float, best: float) -> float:
    return min(1.0, level / best) if best > 0.0 else 1.0


def _fault(found: ScreenLook, one: Effect, before: np.ndarray) -> str:
    """Why an effect does not hold; "" where it does."""
    slack = SLACK_PX * found.unit
    for text in one.shows:
        if not _stands(found, text, one.box, slack):
            return f"{text!r} is not to be read in its place"
    for text in one.hides:
        if _stands(found, text, one.box, 0.0):
            return f"{text!r} is still there"
    for paint in one.paints:
        color = _color(found.image, paint, found.scale)
        wanted, old = np.array([paint.rgb], float), _color(before, paint, found.scale)
        step = float(delta_e(wanted, old)[0, 0])
        limit = min(PAINT_MOST, step / 2.0) if step >= PAINT_STEP else PAINT_FAR
        away = float(delta_e(wanted, color)[0, 0])
        if away > limit:
            return f"at ({paint.x:.0f}, {paint.y:.0f}) the colour is off by {away:.0f}"
    return ""


def _stands(found: ScreenLook, text: str, box: Box, slack: float) -> bool:
    wanted = _plain(text)
    x0, y0, x1, y1 = box[0] - slack, box[1] - slack, box[2] + slack, box[3] + slack
    return any(
        told == wanted and x0 <= (place[0] + place[2]) / 2 <= x1 and y0 <= (place[1] + place[3]) / 2 <= y1
        for told, place in found.texts
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _color(image: np.ndarray, paint: Paint, scale: float) -> np.ndarray:
    """Median colour of a small patch, (1, 3)."""
    x = int(np.clip(paint.x * scale, PAINT_PX, image.shape[1] - 1 - PAINT_PX))
    y = int(np.clip(paint.y * scale, PAINT_PX, image.shape[0] - 1 - PAINT_PX))
    patch = image[y - PAINT_PX : y + PAINT_PX + 1, x - PAINT_PX : x + PAINT_PX + 1].reshape(-1, 3)
    return np.median(patch, axis=0)[None]
