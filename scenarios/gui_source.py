"""Tasks of GuiNextState from a folder of one's own.

`source="android:DIR"` reads what `gui_files.py` describes. Of the screen acted upon only its picture is
known, so that its elements are estimated: what does not change is taken to be there already. The action
proves itself by the texts that stand where the picture changes, and by the pixel that changes most.
"""

__all__ = ["SOURCE", "read_source", "source_world"]

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..errors import ScenarioError, UsageError, did_you_mean
from ..rewards.block import PageFacts
from ..rewards.gui import Effect, Paint, ScreenLook, similarity
from ..rewards.gui_regions import changed_region
from ..tools.browser import Rendered, shared_renderer
from .folder import read_picture
from .gui_files import TRANSITIONS, GuiRow, read_gui_folder
from .gui_stage import LEAST_TO_WIN, GuiStage, GuiWorld, rules, told_action

SOURCE = "android"
INSIDE = 0.5
MAX_EFFECTS = 24
PATCH_PX = 9


def read_source(source: str) -> dict[str, tuple[GuiRow, ...]]:
    """Rows of each split of a source such as `android:DIR`.

    Raises:
        UsageError: no such source.
        ScenarioError: files that cannot be used, or without the next screens as code.
    """
    name, _, folder = source.partition(":")
    if name != SOURCE or not folder:
        raise UsageError(f'source is "{SOURCE}:DIR", got {source!r}.{did_you_mean(name, (SOURCE,))}')
    rows = read_gui_folder(Path(folder).expanduser())
    bare = [row.id for row in rows if row.html is None]
    if bare:
        raise ScenarioError(
            f"{TRANSITIONS}: {len(bare)} of {len(rows)} rows have no 'html', such as {bare[0]!r}: a screen "
            "is graded against the next one as code; leave these rows out"
        )
    splits = {split: tuple(row for row in rows if row.split == split) for split in ("train", "test")}
    return {split: found for split, found in splits.items() if found}


def source_world(row: GuiRow) -> tuple[GuiWorld, str]:
    """World and prompt of a row.

    Raises:
        ScenarioError: its next screen cannot be shown, or is what a copy is.
        MissingExtraError, BrowserError: there is no browser that shows it.
    """
    html = row.html or ""
    before, after = read_picture(row.before), read_picture(row.after)
    shown = shared_renderer().render(html, size_px=row.size_px)
    true = ScreenLook.of(shown.page, shown.image)
    page = PageFacts(blocks=(), size_px=row.size_px, content_px=_floats(row.size_px))
    given, next_picture = ScreenLook.of(page, before), ScreenLook.of(page, after)
    changed = changed_region(given.image, next_picture.image)
    kept = tuple(one for one in true.elements if _share(one.box, changed, true.scale) < INSIDE)
    copy = similarity(ScreenLook.of(page, before, kept), true, changed).value
    effects = _effects(true, changed, given.image)
    if 1.0 - copy < LEAST_TO_WIN or not effects:
        raise ScenarioError(
            f"{TRANSITIONS}: of the row {row.id!r} a copy is as good as the next screen; leave it out"
        )
    told = "\n".join(
        [
            row.description or "An action on a phone app",
            f"Goal: {row.goal or 'not told'}",
            told_action(row.action),
        ]
    )
    stage = GuiStage(told, row.goal, row.action, html, true, given, changed, copy, effects, ())
    prompt = "\n".join(["Predict the next screen of this phone app.", rules(row.size_px), told])
    return GuiWorld("single", Rendered(before, page, "", ()), "", (stage,), 0, ()), prompt


def _effects(true: ScreenLook, changed: np.ndarray, before: np.ndarray) -> tuple[Effect, ...]:
    """Texts where the picture changes, and the colour that changes most."""
    found = [
        Effect(f"text {number}", group.box, shows=(group.text,))
        for number, group in enumerate(true.groups)
        if _share(group.box, changed, true.scale) >= INSIDE
    ][:MAX_EFFECTS]
    step = cv2.absdiff(before, true.image).max(axis=2)
    step = np.asarray(
        cv2.erode(np.where(changed, step, 0).astype(np.uint8), np.ones((PATCH_PX, PATCH_PX), np.uint8))
    )
    y, x = (int(value) for value in np.unravel_index(int(step.argmax()), step.shape))
    if step[y, x]:
        red, green, blue = (int(value) for value in true.image[y, x])
        place = (x / true.scale, y / true.scale)
        box = (place[0] - PATCH_PX, place[1] - PATCH_PX, place[0] + PATCH_PX, place[1] + PATCH_PX)
        found.insert(0, Effect("colour", box, paints=(Paint(*place, (red, green, blue)),)))
    return tuple(found)


def _share(box: Sequence[float], region: np.ndarray, scale: float) -> float:
    """Share of a box in a region."""
    x0, y0, x1, y1 = (max(0, round(side * scale)) for side in box)
    part = region[y0:y1, x0:x1]
    return float(part.mean()) if part.size else 0.0


def _floats(size: tuple[int, int]) -> tuple[float, float]:
    return float(size[0]), float(size[1])
