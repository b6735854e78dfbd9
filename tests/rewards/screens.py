"""Phone screens written by hand: blocks as a browser would measure them, and a picture of them."""

from zlib import crc32

import numpy as np

from eyesmith.rewards.block import Block, PageFacts
from eyesmith.rewards.gui import Effect, Paint, ScreenLook
from eyesmith.rewards.gui_regions import changed_region

SIZE = (540, 1200)
PAPER, INK, CARD, ON, OFF = (245, 245, 250), (20, 20, 30), (255, 255, 255), (30, 120, 60), (180, 180, 190)
NAMES = ("Wi-Fi", "Bluetooth", "Hotspot", "Airplane mode", "Location")
TOP, STEP = 200, 120


class Phone:
    """Draws and collects."""

    def __init__(self, paper=PAPER):
        self.image = np.full((SIZE[1], SIZE[0], 3), paper, np.uint8)
        self.blocks = []

    def _add(self, kind, box, **fields):
        box = tuple(float(side) for side in box)
        seen = (max(box[0], 0.0), max(box[1], 0.0), min(box[2], SIZE[0]), min(box[3], SIZE[1]))
        self.blocks.append(Block(kind=kind, box=box, seen=seen, paint=len(self.blocks) + 1, **fields))

    def box(self, x, y, w, h, color):
        self.image[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)] = color
        self._add("box", (x, y, x + w, y + h), color=color, background=color, opaque=True, tag="div")

    def text(self, x, y, text, size=24, color=INK, back=CARD, **fields):
        """Letters are strokes whose heights tell them apart."""
        wide = round(len(text) * size * 0.5)
        for place, letter in enumerate(text):
            left, tall = x + round(place * size * 0.5), 4 + crc32(letter.encode()) % size
            if letter != " ":
                self.image[max(y, 0) : max(y + tall, 0), max(left, 0) : max(left + 3, 0)] = color
        shown = {"contrast": 12.0, "ink": 0.15, "font_px": float(size), "tag": "div"}
        box = (x, y, x + wide, y + size)
        self._add("text", box, text=text, lines=(box,), color=color, background=back, **(shown | fields))

    def look(self):
        page = PageFacts(blocks=tuple(self.blocks), size_px=SIZE, content_px=SIZE, background=PAPER)
        return ScreenLook.of(page, self.image)


def settings(
    on=("Wi-Fi",), *, names=NAMES, title="Settings", status=None, dx=0, dy=0, on_color=ON, card=CARD, **fields
):
    """A page of switches; `status` tells the state of the second one in words."""
    phone = Phone()
    phone.text(32, 90, title, 40, back=PAPER)
    for row, name in enumerate(names):
        y = TOP + row * STEP + (dy if row == 1 else 0)
        x = 24 + (dx if row == 1 else 0)
        phone.box(x, y, 492, 100, card)
        phone.text(x + 24, y + 20, name, back=card, **fields)
        if row == 1:
            told = status if status is not None else ("On" if name in on else "Off")
            phone.text(x + 24, y + 58, told, 20, back=card, **fields)
        phone.box(x + 400, y + 30, 72, 40, on_color if name in on else OFF)
    return phone.look()


def blank(color=PAPER):
    return Phone(color).look()


BEFORE = settings()
AFTER = settings(("Wi-Fi", "Bluetooth"))
CHANGED = changed_region(BEFORE.image, AFTER.image)
ROW_BOX = (24.0, float(TOP + STEP), 516.0, float(TOP + STEP + 100))
EFFECTS = [
    Effect("bluetooth", (424.0, 350.0, 496.0, 390.0), paints=(Paint(460.0, 370.0, ON),)),
    Effect("state", ROW_BOX, shows=("On",), hides=("Off",)),
]
