"""A deck of slides: what stands on each, and how it looks in a browser.

Holds the work and renders it; knows neither brief nor reward. A slide is the HTML inside a fixed root of
1280x720 px, so that a theme can be changed without touching a slide.
"""

__all__ = ["MAX_SLIDES", "SLIDE_PX", "Deck", "Slide", "thumbnail"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

import cv2
import numpy as np

from .browser import PageError, Rendered, shared_renderer
from .slide_layouts import LAYOUTS, document
from .slide_themes import THEMES

SLIDE_PX = (1280, 720)
SMALL_PX = (640, 360)
MAX_SLIDES = 20
SHEET_GAP_PX = 16
SHEET_PAPER = (226, 228, 232)
DEFAULT_THEME = "clean"

Render = Callable[[str], Rendered]


@dataclass(frozen=True)
class Slide:
    """One slide.

    Args:
        inner: HTML inside the slide's root.
        layout: the layout that made it, or "" for free HTML; only slides of a layout carry the footer.
    """

    inner: str
    layout: str = ""


class Deck:
    """Slides in order, their theme and their footer.

    Args:
        slides: what it holds at the start.
        theme: name of a theme.
        footer: text at the foot of each slide that has a layout.
        render: shows a page; the process's own browser by default.
    """

    def __init__(
        self,
        slides: Sequence[Slide] = (),
        *,
        theme: str = DEFAULT_THEME,
        footer: str = "",
        render: Render | None = None,
    ) -> None:
        self.slides = list(slides)
        self.theme = theme
        self.footer = footer
        self._render = render or _shown

    def __len__(self) -> int:
        return len(self.slides)

    def html(self, index: int) -> str:
        """The whole page of a slide."""
        return self._page(self.slides[index], index)

    def shown(self, index: int) -> Rendered:
        """Picture (720, 1280, 3) and blocks of a slide; a blank one where it cannot be shown any more.

        A slide is shown before it is taken, but another footer, theme or load may make it too slow later.
        """
        try:
            return self._render(self.html(index))
        except PageError:
            return self._render(self._page(Slide(""), index))

    def try_slide(self, slide: Slide, index: int) -> Rendered:
        """How a slide would look at an index; the deck stays as it is.

        Raises:
            PageError: the slide cannot be shown.
        """
        return self._render(self._page(slide, index))

    def put(self, index: int, slide: Slide) -> None:
        """Replace the slide of an index, or append at the end."""
        self.slides[index : index + 1] = [slide]

    def edited(self, index: int, find: str, replacement: str) -> tuple[Slide | None, int]:
        """A slide with a text replaced where it stands once, and how often it stands there."""
        slide = self.slides[index]
        count = slide.inner.count(find) if find else 0
        if count != 1:
            return None, count
        return replace(slide, inner=slide.inner.replace(find, replacement)), 1

    def sheet(self) -> np.ndarray:
        """(720, 1280, 3) uint8: all slides side by side."""
        return contact_sheet([self.shown(index).image for index in range(len(self))])

    def state(self) -> dict[str, Any]:
        """Everything that changes, as JSON."""
        slides = [[slide.inner, slide.layout] for slide in self.slides]
        return {"slides": slides, "theme": self.theme, "footer": self.footer}

    def load(self, state: dict[str, Any]) -> None:
        """Put a saved state back.

        Raises:
            ValueError: no state of a deck; also KeyError and TypeError.
        """
        slides = [Slide(_text(inner), _text(layout)) for inner, layout in state["slides"]]
        known = all(slide.layout in ("", *LAYOUTS) for slide in slides)
        if len(slides) > MAX_SLIDES or not known or state["theme"] not in THEMES:
            raise ValueError("a deck has few slides, of known layouts and a known theme")
        self.slides, self.theme, self.footer = slides, state["theme"], _text(state["footer"])

    def _page(self, slide: Slide, index: int) -> str:
        footer = f"{self.footer}\n{index + 1}" if slide.layout else ""
        return document(slide.inner, THEMES[self.theme], footer=footer)


def thumbnail(image: np.ndarray, size_px: tuple[int, int] = SMALL_PX) -> np.ndarray:
    """A picture made smaller, (height, width, 3) uint8.

    Args:
        image: (H, W, 3) uint8.
        size_px: width and height.
    """
    return cv2.resize(image, size_px, interpolation=cv2.INTER_AREA)


def contact_sheet(images: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures side by side on a sheet of 1280x720 px, in reading order.

    Args:
        images: (720, 1280, 3) uint8 each.
    """
    sheet = np.empty((SLIDE_PX[1], SLIDE_PX[0], 3), np.uint8)
    sheet[:] = SHEET_PAPER
    if not images:
        return sheet
    columns = ceil(sqrt(len(images)))
    width = (SLIDE_PX[0] - SHEET_GAP_PX * (columns + 1)) // columns
    height = width * SLIDE_PX[1] // SLIDE_PX[0]
    rows = ceil(len(images) / columns)
    top = (SLIDE_PX[1] - rows * height - (rows - 1) * SHEET_GAP_PX) // 2
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        x = SHEET_GAP_PX + column * (width + SHEET_GAP_PX)
        y = top + row * (height + SHEET_GAP_PX)
        sheet[y : y + height, x : x + width] = thumbnail(image, (width, height))
    return sheet


def _shown(html: str) -> Rendered:
    return shared_renderer().render(html, size_px=SLIDE_PX)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("a text is needed")
    return value
