"""The board a person watches: scene, draft, and at the end the truth.

A constant 1280x720 px, for `render_mode="rgb_array"` and videos; and the draft as an animation.
"""

__all__ = ["BOARD_PX", "draw_rollout_board", "film_gif"]

import io
import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..scenarios.robot_rollout import CLIP_TICKS, RolloutWorld
from ..tools.fonts import font
from ..tools.robot_hand import IMAGINE_BUDGET, RolloutHand
from ..tools.robot_rollout import TICK_S
from ..tools.robot_sheet import sheet
from ..tools.robot_views import pretty
from .robot_appraisal import RolloutMarks, films_of
from .robot_thumbs import CARD, EDGE, FAINT, INK, PAPER, SIDE_X, thumb_row

BOARD_PX = (720, 1280)
SEEN, ASKED, DONE, TRACK = (120, 130, 144), (206, 210, 217), (225, 73, 36), (230, 232, 236)
STAGE = (28, 96)  # of the large picture, 640x480 px
SIDE_WIDTH = 560
COLUMNS = 4
TIMELINE_Y = 640
CHART = (SIDE_X, 466, SIDE_X + SIDE_WIDTH, 690)
TITLE_LINES, TITLE_CHARS = 2, 120


def draw_rollout_board(
    world: RolloutWorld, hand: RolloutHand, *, title: str, marks: RolloutMarks | None = None
) -> np.ndarray:
    """(720, 1280, 3) uint8.

    Args:
        world: whose truth is shown once marks are there.
        hand: what was seen and drafted.
        title: what the robot was told.
        marks: of a finished episode, or None while it runs.
    """
    board = Picture.new("RGB", (BOARD_PX[1], BOARD_PX[0]), PAPER)
    pen = ImageDraw.Draw(board)
    lines = textwrap.wrap(" ".join(title.split()), TITLE_CHARS) or [""]
    for number, line in enumerate(lines[:TITLE_LINES]):
        pen.text((28, 24 + 28 * number), line, font=font("Inter", 20, 600 if not number else 400), fill=INK)
    _stage(board, pen, world, hand)
    _timeline(pen, world, hand)
    columns = [round(i) for i in np.linspace(0, len(world.queries) - 1, COLUMNS)]
    films, drafted = films_of(world), _draft_frames(world, hand, columns)
    asked = [f"{world.queries[i] * TICK_S:.2f} s" for i in columns]
    if marks is None:
        seen = [f"{tick * TICK_S:.2f} s" for tick in world.context]
        thumb_row(board, pen, 96, "Seen, front", [frames[0] for frames in films.context], seen)
        thumb_row(board, pen, 270, "Draft, front", [frames[0] for frames in drafted], asked)
        thumb_row(board, pen, 444, "Draft, side", [frames[1] for frames in drafted], asked)
    else:
        thumb_row(board, pen, 96, "What happened, front", [films.true[i, 0] for i in columns], asked)
        thumb_row(board, pen, 270, "Draft, front", [frames[0] for frames in drafted], asked)
        _chart(pen, world, marks)
    return np.asarray(board).copy()


def film_gif(film: np.ndarray) -> bytes:
    """Frames as an animated GIF, views side by side.

    Args:
        film: (frames, views, H, W, 3) uint8.
    """
    pictures = [
        Picture.fromarray(sheet([list(frames)])).quantize(128, dither=Picture.Dither.NONE) for frames in film
    ]
    held = io.BytesIO()
    pictures[0].save(
        held,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 * CLIP_TICKS * TICK_S),
        loop=0,
        optimize=False,
    )
    return held.getvalue()


def _draft_frames(world: RolloutWorld, hand: RolloutHand, rows: Sequence[int]) -> list[np.ndarray]:
    """Frames of the draft, whatever it holds."""
    held = hand.draft_held
    if held.kind == "frames":
        return [held.frame(row, films_of(world).last) for row in rows]
    return list(hand.frames_at(held.motion().at(np.array(rows))))


def _stage(board: Picture.Image, pen: ImageDraw.ImageDraw, world: RolloutWorld, hand: RolloutHand) -> None:
    """The scene at the last time that is drafted in states, else at the last one that was seen."""
    held = hand.draft_held
    is_drafted = held.kind == "states" and held.covered > 0
    state = held.motion().at([-1]) if is_drafted else hand.seen.at([-1])
    shown = pretty(world.shown, state.joints[0], float(state.width[0]), state.poses[0])
    board.paste(Picture.fromarray(shown), STAGE)
    high, wide = shown.shape[:2]
    pen.rectangle((STAGE[0], STAGE[1], STAGE[0] + wide - 1, STAGE[1] + high - 1), outline=EDGE)
    told = f"{'draft' if is_drafted else 'seen'}, {state.ticks[0] * TICK_S:.2f} s"
    face = font("Inter", 15, 600)
    box = (STAGE[0] + 12, STAGE[1] + 12, STAGE[0] + 32 + face.getlength(told), STAGE[1] + 40)
    pen.rounded_rectangle(box, 8, fill=CARD)
    pen.text((box[0] + 10, box[1] + 5), told, font=face, fill=DONE if is_drafted else INK)


def _timeline(pen: ImageDraw.ImageDraw, world: RolloutWorld, hand: RolloutHand) -> None:
    """What was seen, and for which times something is drafted."""
    left, right, end = STAGE[0], STAGE[0] + 640, world.queries[-1]

    def x_of(tick: float) -> float:
        return left + 8 + (right - left - 16) * tick / end

    pen.text((left, TIMELINE_Y - 44), "Time", font=font("Inter", 15, 600), fill=INK)
    note = f"{hand.draft_held.covered} of {len(world.queries)} query times are drafted"
    note += f"  ·  imagined {hand.imagined} of {IMAGINE_BUDGET}" if hand.imagined else ""
    pen.text((left + 48, TIMELINE_Y - 44), note, font=font("Inter", 15), fill=FAINT)
    pen.rounded_rectangle((left, TIMELINE_Y - 5, right, TIMELINE_Y + 5), 5, fill=TRACK)
    pen.rounded_rectangle((left, TIMELINE_Y - 5, x_of(world.context[-1]), TIMELINE_Y + 5), 5, fill=SEEN)
    small = font("Inter", 12)
    step = -(-len(world.queries) // 12)
    for number, (tick, is_covered) in enumerate(zip(world.queries, hand.draft_held.is_covered, strict=True)):
        x = x_of(tick)
        pen.ellipse(
            (x - 7, TIMELINE_Y - 7, x + 7, TIMELINE_Y + 7), fill=DONE if is_covered else ASKED, outline=CARD
        )
        if (len(world.queries) - 1 - number) % step == 0:
            told = f"{tick * TICK_S:.2f}"
            pen.text((x - small.getlength(told) / 2, TIMELINE_Y + 14), told, font=small, fill=FAINT)
    told = f"seen until {world.context[-1] * TICK_S:.2f} s"
    pen.text((left, TIMELINE_Y + 34), told, font=small, fill=FAINT)


def _chart(pen: ImageDraw.ImageDraw, world: RolloutWorld, marks: RolloutMarks) -> None:
    """Levels by horizon: how near the objects and the frames are."""
    left, top, right, bottom = CHART
    pen.text((left, top - 22), "By horizon", font=font("Inter", 15, 600), fill=INK)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=CARD, outline=EDGE)
    x0, x1, y0, y1 = left + 44, right - 20, top + 34, bottom - 30
    small = font("Inter", 12)
    for level in (0.0, 0.5, 1.0):
        y = y1 + (y0 - y1) * level
        pen.line((x0, y, x1, y), fill=TRACK)
        pen.text((left + 14, y - 8), f"{level:.1f}", font=small, fill=FAINT)
    times = [tick * TICK_S for tick in world.queries]
    xs = np.interp(times, (times[0], times[-1]), (x0 + 6, x1 - 6))
    curves = (("objects near the truth", "state", DONE), ("fidelity over a copy", "fidelity", (58, 112, 178)))
    at = x0
    for name, key, color in curves:
        if key == "state" and world.is_reach:
            continue
        ys = y1 + (y0 - y1) * np.clip(marks.curves[key], 0.0, 1.0)
        points = list(zip(xs.tolist(), ys.tolist(), strict=True))
        pen.line(points, fill=color, width=3, joint="curve")
        for x, y in points:
            pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=color, outline=CARD)
        pen.ellipse((at, top + 13, at + 8, top + 21), fill=color)
        pen.text((at + 14, top + 9), name, font=small, fill=INK)
        at += 34 + small.getlength(name)
    for i in sorted({0, len(times) - 1, len(times) // 2}):
        told = f"{times[i]:.2f} s"
        pen.text((xs[i] - small.getlength(told) / 2, y1 + 8), told, font=small, fill=FAINT)
