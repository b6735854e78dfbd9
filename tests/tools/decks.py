"""A deck whose slides are shown by a stand-in for the browser: colours instead of pages."""

from hashlib import sha256

import numpy as np

from eyesmith.rewards.block import Block, PageFacts
from eyesmith.tools.browser import PageError, Rendered
from eyesmith.tools.deck import Deck

FAULTS = {"SLOW": "too_slow", "DEEP": "too_deep"}


class Painter:
    """Shows each page as one colour of its own; pages that hold a word of `FAULTS` cannot be shown."""

    def __init__(self):
        self.asked = []
        self.faults = dict(FAULTS)

    def __call__(self, html):
        self.asked.append(html)
        for word, code in self.faults.items():
            if word in html:
                raise PageError(f"{word} is too much", code)
        image = np.empty((720, 1280, 3), np.uint8)
        image[:] = tuple(sha256(html.encode()).digest()[:3])
        image.setflags(write=False)
        page = PageFacts(blocks=(_text(html),), size_px=(1280, 720), content_px=(1280.0, 720.0))
        removed = tuple(f"<script> number {number}" for number in range(html.count("<script")))
        return Rendered(image, page, html, removed)


def _text(html):
    """The slide's inner part as one visible text."""
    inner = html.partition('<div id="slide">')[2].partition("</div>")[0].strip()
    box = (64.0, 64.0, 900.0, 120.0)
    return Block(
        kind="text", box=box, seen=box, paint=1, text=inner or " ", lines=(box,), font_px=40.0, contrast=9.0,
        ink=0.2, family="Inter", group=1, tag="h1",
    )  # fmt: skip


def painted(slides=(), **fields):
    """A deck and what shows it."""
    painter = Painter()
    return Deck(slides, render=painter, **fields), painter
