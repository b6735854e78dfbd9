"""Known ways to cheat at predicting screens, as tool calls.

Each takes what a cheat could know, and often more: the true next screens, the action that reaches the goal.
"""

__all__ = ["CHEATS", "Cheat", "Loot", "picture_page"]

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

from ..tools.tool import ToolCall

JPEG_QUALITY, QUALITY_STEP = 80, 15
MAX_PICTURE_BYTES = 135_000
TILE_PX = 30
GIANT_PX = 90
SMALL_PX = 11
MOVED_PX = 240
ROOT = re.compile(r"(<div\b[^>]*\bid\s*=\s*[\"']?render-target\b[^>]*>)", re.IGNORECASE)


@dataclass(frozen=True)
class Loot:
    """What a cheat works with.

    Args:
        size: width and height of the canvas, px.
        given: the first screen as a document.
        picture: (H, W, 3) uint8, the first screen.
        screens: the true next screens as documents.
        texts: texts of each true next screen.
        new: those of them that do not stand on the first screen.
        notes: content that the app may show.
        others: documents of screens that another action leads to, one a stage.
        answer: the action to choose; 0 where there is none.
    """

    size: tuple[int, int]
    given: str
    picture: np.ndarray
    screens: Sequence[str]
    texts: Sequence[Sequence[str]]
    new: Sequence[Sequence[str]]
    notes: Sequence[str]
    others: Sequence[str]
    answer: int


Cheat = Callable[[Loot], Iterator[ToolCall]]


def _handed_in(loot: Loot, pages: Sequence[str]) -> Iterator[ToolCall]:
    for page in pages:
        yield ToolCall("submit_html", {"html": page})
    if loot.answer:
        yield ToolCall("choose", {"candidate": loot.answer})


def _same(loot: Loot, page: str) -> Iterator[ToolCall]:
    return _handed_in(loot, [page] * len(loot.screens))


def picture_page(picture: np.ndarray, size: tuple[int, int], style: str = "") -> str:
    """A page that shows a picture and nothing else.

    Args:
        picture: (H, W, 3) uint8.
        size: width and height of the canvas, px.
        style: of the picture, CSS.
    """
    width, height = size
    image = f"<img src='{_data_uri(picture)}' style='width:{width}px;height:{height}px;{style}'>"
    return _page(size, image, "background:#888")


def _page(size: tuple[int, int], inner: str, style: str = "background:#fff") -> str:
    width, height = size
    return (
        "<!doctype html><html><body style='margin:0'><div id='render-target' style='position:relative;"
        f"width:{width}px;height:{height}px;overflow:hidden;{style}'>{inner}</div></body></html>"
    )


def _put(page: str, inner: str) -> str:
    """A page with something more at the beginning of its root."""
    return ROOT.sub(lambda found: found[1] + inner, page, count=1)


def _copy_of_the_screen(loot: Loot) -> Iterator[ToolCall]:
    return _same(loot, loot.given)


def _blank_page(loot: Loot) -> Iterator[ToolCall]:
    return _same(loot, _page(loot.size, ""))


def _screenshot_as_data(loot: Loot) -> Iterator[ToolCall]:
    return _same(loot, picture_page(loot.picture, loot.size))


def _average_screen(loot: Loot) -> Iterator[ToolCall]:
    """The mean colours of the screen, in tiles."""
    width, height = loot.size
    columns, rows = width // TILE_PX, height // TILE_PX
    small = np.asarray(cv2.resize(loot.picture, (columns, rows), interpolation=cv2.INTER_AREA))
    tiles = "".join(
        f"<div style='position:absolute;left:{x * TILE_PX}px;top:{y * TILE_PX}px;width:{TILE_PX}px;"
        f"height:{TILE_PX}px;background:rgb({red},{green},{blue})'></div>"
        for y, row in enumerate(small.tolist())
        for x, (red, green, blue) in enumerate(row)
    )
    return _same(loot, _page(loot.size, tiles))


def _giant_text(loot: Loot) -> Iterator[ToolCall]:
    pages = []
    for texts in loot.new:
        told = escape(" ".join(texts) or "next")
        pages.append(_put(loot.given, _over(f"font-size:{GIANT_PX}px;font-weight:700", told)))
    return _handed_in(loot, pages)


def _right_text_wrong_place(loot: Loot) -> Iterator[ToolCall]:
    """The true screens, moved down."""
    width, height = loot.size
    opening = f"<div style='position:absolute;left:0;top:{MOVED_PX}px;width:{width}px;height:{height}px'>"
    return _handed_in(loot, [_put(page, opening) for page in loot.screens])


def _new_texts_on_a_heap(loot: Loot) -> Iterator[ToolCall]:
    """The screen as it is, with every new text in a corner."""
    pages = []
    for texts in loot.new:
        told = "".join(f"<div>{escape(text)}</div>" for text in texts)
        style = f"font-size:{SMALL_PX}px;line-height:1.1;background:#fff;color:#000;left:0;bottom:0"
        pages.append(_put(loot.given, f"<div style='position:absolute;z-index:99;{style}'>{told}</div>"))
    return _handed_in(loot, pages)


def _all_texts_of_all_states(loot: Loot) -> Iterator[ToolCall]:
    texts = dict.fromkeys([*(text for some in loot.texts for text in some), *loot.notes])
    told = "".join(f"<span>{escape(text)}</span> " for text in texts)
    return _same(
        loot, _page(loot.size, f"<div style='font-size:14px;line-height:1.3;padding:8px'>{told}</div>")
    )


def _hidden_truth(loot: Loot) -> Iterator[ToolCall]:
    """The screen as it is; the new texts stand on it and cannot be seen."""
    pages = []
    for texts in loot.new:
        told = escape(" ".join(texts))
        pages.append(_put(loot.given, _over("opacity:0;font-size:16px", told)))
    return _handed_in(loot, pages)


def _another_actions_screen(loot: Loot) -> Iterator[ToolCall]:
    return _handed_in(loot, loot.others)


def _choice_alone(loot: Loot) -> Iterator[ToolCall]:
    if loot.answer:
        yield ToolCall("choose", {"candidate": loot.answer})
    else:
        yield from _blank_page(loot)


def _faint_screenshot(loot: Loot) -> Iterator[ToolCall]:
    """The screen as a picture, faint over one flat colour: neither state and a little of both."""
    return _same(loot, picture_page(loot.picture, loot.size, "opacity:.5"))


def _over(style: str, told: str) -> str:
    return f"<div style='position:absolute;z-index:99;left:0;top:0;{style}'>{told}</div>"


def _data_uri(picture: np.ndarray) -> str:
    """A picture as a JPEG small enough for a page."""
    quality, turned = JPEG_QUALITY, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    while True:
        _, packed = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if packed.nbytes <= MAX_PICTURE_BYTES or quality <= QUALITY_STEP:
            return f"data:image/jpeg;base64,{base64.b64encode(packed.tobytes()).decode()}"
        quality -= QUALITY_STEP


CHEATS: Mapping[str, Cheat] = {
    "copy_of_the_screen": _copy_of_the_screen,
    "blank_page": _blank_page,
    "screenshot_as_data": _screenshot_as_data,
    "average_screen": _average_screen,
    "giant_text": _giant_text,
    "right_text_wrong_place": _right_text_wrong_place,
    "new_texts_on_a_heap": _new_texts_on_a_heap,
    "all_texts_of_all_states": _all_texts_of_all_states,
    "hidden_truth": _hidden_truth,
    "another_actions_screen": _another_actions_screen,
    "choice_alone": _choice_alone,
    "faint_screenshot": _faint_screenshot,
}
"""Name -> the calls of a cheat, the closing one included."""
