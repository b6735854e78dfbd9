"""Rows of the screen rewards for the table of cheats: blocks, regions, palette, similarity, effect."""

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np

from eyesmith.rewards.gui import choice, effect, gain, identifiability, layout_integrity, similarity
from eyesmith.rewards.gui_blocks import block_f1, region_text
from eyesmith.rewards.gui_regions import region_ssim
from eyesmith.rewards.palette import palette

from .screens import AFTER, BEFORE, CHANGED, EFFECTS, NAMES, Phone, blank, settings

BOTH = ("Wi-Fi", "Bluetooth")
WHOLE = np.ones(CHANGED.shape, bool)


def giant():
    phone = Phone()
    phone.text(10, 300, "Bluetooth On", 90)
    return phone.look()


def heap():
    """Every text of every state on one heap."""
    phone = Phone()
    for row, text in enumerate(("Settings", *NAMES, "On", "Off")):
        phone.text(10, 900 + 20 * row, text, 16)
    return phone.look()


def hidden():
    return settings(BOTH, contrast=1.0, ink=0.0)


def moved(dx):
    return settings(BOTH, dx=dx)


def tinted(step):
    return settings(BOTH, card=(255, 255 - step, 255 - step))


def rows_left(count):
    return settings(BOTH, names=NAMES[:count])


def both_words():
    phone = Phone()
    phone.blocks = [*AFTER.page.blocks]
    phone.image = AFTER.image.copy()
    phone.text(300, 378, "Off", 20)
    return phone.look()


def blurred(size):
    return cv2.blur(AFTER.image, (size, size)) if size else AFTER.image


def rows(row: Callable[..., Any]) -> dict[str, Any]:
    """Name -> row, made by the table's own class."""
    blocks = partial(_blocks, block_f1)
    words = partial(_blocks, partial(region_text, region=WHOLE))
    regions = partial(region_ssim, truth=AFTER.image, changed=CHANGED)
    alike = partial(_alike, similarity)
    seen = partial(effect, effects=EFFECTS, before=BEFORE.image)
    noise = np.random.default_rng(2).integers(0, 256, AFTER.image.shape, np.uint8)
    layout = partial(_layout, layout_integrity)
    return {
        "gui_blocks.block_f1": row(
            gold=partial(blocks, AFTER),
            empty=partial(blocks, blank()),
            damage=[
                *(partial(blocks, look) for look in (AFTER, moved(6), moved(20), moved(60))),
                partial(blocks, hidden()),
            ],
            cheats={
                "giant text": partial(blocks, giant()),
                "every text on a heap": partial(blocks, heap()),
                "a flat picture": partial(blocks, blank((128, 128, 128))),
            },
            ceiling=0.1,
        ),
        "gui_blocks.region_text": row(
            gold=partial(words, AFTER),
            empty=partial(words, blank()),
            damage=[partial(words, rows_left(count)) for count in (5, 4, 2)],
            cheats={
                "hidden words": partial(words, hidden()),
                "other words": partial(words, settings(names=("a", "b", "c"), title="d", status="e")),
            },
            ceiling=0.23,
        ),
        "gui_regions.region_ssim": row(
            gold=partial(regions, AFTER.image),
            empty=partial(regions, np.zeros_like(AFTER.image)),
            damage=[partial(regions, blurred(size)) for size in (0, 3, 9, 31)],
            cheats={"noise": partial(regions, noise), "its negative": partial(regions, 255 - AFTER.image)},
            ceiling=0.1,
            floor=0.05,
        ),
        "palette.palette": row(
            gold=partial(palette, AFTER.image, AFTER.image),
            empty=partial(palette, np.zeros_like(AFTER.image), AFTER.image),
            damage=[partial(palette, tinted(step).image, AFTER.image) for step in (0, 20, 60, 140)],
            cheats={
                "one colour of many": partial(palette, np.full_like(AFTER.image, 30), AFTER.image),
                "another palette": partial(palette, np.full_like(AFTER.image, (200, 0, 200)), AFTER.image),
            },
            ceiling=0.2,
            floor=0.1,
        ),
        "gui.similarity": row(
            gold=partial(alike, AFTER),
            empty=partial(alike, blank((0, 0, 0))),
            damage=[
                partial(alike, look)
                for look in (
                    AFTER,
                    settings(BOTH, status="Onn"),
                    settings(BOTH, status="Onn", card=(255, 250, 240)),
                    settings(BOTH, status="Onn", card=(255, 250, 240), dx=30),
                    settings(BOTH, status="Onn", card=(255, 250, 240), dx=30, names=NAMES[:4]),
                )
            ],
            cheats={
                "every text on a heap": partial(alike, heap()),
                "giant text": partial(alike, giant()),
                "noise": partial(alike, Phone().look()),
            },
            ceiling=0.35,
            floor=0.05,
        ),
        "gui.gain": row(
            gold=partial(gain, 1.0, 0.8),
            empty=partial(gain, 0.0, 0.8),
            damage=[partial(gain, value, 0.8) for value in (1.0, 0.95, 0.85, 0.8, 0.3)],
            cheats={"hand the screen back": partial(gain, 0.8, 0.8)},
        ),
        "gui.effect": row(
            gold=partial(seen, AFTER),
            empty=partial(seen, blank()),
            damage=[
                partial(seen, look) for look in (AFTER, settings(BOTH, status="Off"), settings(status="On"))
            ],
            cheats={
                "the screen as it was": partial(seen, BEFORE),
                "a wrong state with a perfect look": partial(seen, settings(("Wi-Fi", "Hotspot"))),
                "the words without the switch": partial(seen, settings(status="On")),
                "the words elsewhere": partial(seen, heap()),
                "giant text": partial(seen, giant()),
            },
        ),
        "gui.choice": row(
            gold=partial(choice, 2, 2),
            empty=partial(choice, None, 2),
            damage=[partial(choice, 2, 2), partial(choice, 3, 2)],
            cheats={"another action": partial(choice, 1, 2)},
        ),
        "gui.identifiability": row(
            gold=partial(identifiability, 1.0, [0.0, 0.5]),
            empty=partial(identifiability, 0.0, [0.0, 0.5]),
            damage=[partial(identifiability, own, [0.0, 0.3, 0.6]) for own in (1.0, 0.6, 0.3, 0.0)],
            cheats={
                "nothing is seen": partial(identifiability, 0.0, []),
                "all actions at once": partial(identifiability, 1.0, [1.0, 1.0]),
            },
        ),
        "gui.layout_integrity": row(
            gold=partial(layout, AFTER, 1.0),
            empty=partial(layout, blank(), 0.0),
            damage=[partial(layout, look, 1.0) for look in (AFTER, moved(300), moved(420))],
            cheats={"an empty page": partial(layout, blank(), 0.9)},
        ),
    }


def _blocks(reward, look):
    return reward(look.elements, AFTER.elements)


def _alike(reward, look):
    return reward(look, AFTER, CHANGED)


def _layout(reward, look, unchanged):
    return reward(look, AFTER, unchanged)
