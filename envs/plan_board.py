"""The board a person watches: the scene, and what plans did to it.

A constant 1280x720 px, for `render_mode="rgb_array"` and videos.
"""

__all__ = ["draw_plan_board"]

import textwrap

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from ..rewards.roboreward import RUBRIC
from ..scenarios.robot_plan import PlanWorld
from ..tools.fonts import font
from ..tools.plan_hand import IMAGINE_BUDGET, PlanHand
from ..tools.robot_rollout import TICK_S
from ..tools.robot_views import pretty, views
from .plan_appraisal import PlanMarks
from .robot_thumbs import CARD, EDGE, FAINT, INK, PAPER, SIDE_X, thumb_row

BOARD_PX = (720, 1280)
BLUE, RED = (58, 112, 178), (225, 73, 36)
STAGE = (28, 96)
SIDE_WIDTH = 560
COLUMNS = 4
CHART_TOP, CHART_HIGH = 470, 150
TITLE_CHARS = 100


def draw_plan_board(
    world: PlanWorld, hand: PlanHand, *, title: str, marks: PlanMarks | None = None
) -> np.ndarray:
    """(720, 1280, 3) uint8.

    Args:
        world: what is asked.
        hand: what was done.
        title: the instruction.
        marks: of a finished episode, or None while it runs.
    """
    board = Picture.new("RGB", (BOARD_PX[1], BOARD_PX[0]), PAPER)
    pen = ImageDraw.Draw(board)
    for number, line in enumerate(textwrap.wrap(title, TITLE_CHARS)[:2]):
        pen.text((28, 28 + 28 * number), line, font=font("Inter", 22, 600), fill=INK)
    robot = hand.robot
    shown = pretty(world.shown, robot.joints, robot.width, robot.poses)
    board.paste(Picture.fromarray(shown), STAGE)
    pen.rectangle((STAGE[0], STAGE[1], STAGE[0] + 639, STAGE[1] + 479), outline=EDGE)
    told = f"{robot.ticks * TICK_S:.2f} s carried out, {robot.ticks_left * TICK_S:.2f} s left"
    told += f"  ·  imagined {hand.imagined} of {IMAGINE_BUDGET}" if hand.imagined else ""
    pen.text((STAGE[0], 592), told, font=font("Inter", 15), fill=FAINT)
    if robot.has_collided:
        pen.text(
            (STAGE[0], 618), "The robot hit the table or a fixture.", font=font("Inter", 15, 600), fill=RED
        )
    track = robot.track
    ticks = [round(n) for n in np.linspace(0, len(track.joints) - 1, COLUMNS)]
    frames = [views(world.shown, track.joints[t], float(track.width[t]), track.poses[t])[:2] for t in ticks]
    names = [f"{t * TICK_S:.2f} s" for t in ticks]
    for row, name in enumerate(("Front", "Side")):
        thumb_row(board, pen, 96 + 186 * row, name, [one[row] for one in frames], names)
    _way(pen, world, hand)
    if marks is not None:
        meaning = RUBRIC[marks.mark].partition(":")[0]
        pen.text((SIDE_X, 652), f"Mark {marks.mark} of 5: {meaning}", font=font("Inter", 17, 600), fill=INK)
        claimed = "no mark was claimed" if hand.claim is None else f"claimed {hand.claim}"
        pen.text((SIDE_X, 680), claimed, font=font("Inter", 15), fill=FAINT)
    return np.asarray(board).copy()


def _way(pen: ImageDraw.ImageDraw, world: PlanWorld, hand: PlanHand) -> None:
    """How far the object has gone over time, cm."""
    left, right, top, bottom = SIDE_X, SIDE_X + SIDE_WIDTH - 1, CHART_TOP + 24, CHART_TOP + CHART_HIGH
    pen.text((left, CHART_TOP), f"Way of the {world.scene.goal.body}", font=font("Inter", 15, 600), fill=INK)
    pen.rectangle((left, top, right, bottom), fill=CARD, outline=EDGE)
    track, small = hand.robot.track, font("Inter", 12)
    gone = 100.0 * np.linalg.norm(track.poses[:, world.body, :3] - track.poses[0, world.body, :3], axis=1)
    most = max(5.0, 5.0 * np.ceil(gone.max() / 5.0))
    x0, x1, y0, y1 = left + 50, right - 20, bottom - 26, top + 16
    for value in (0.0, most / 2, most):
        y = y0 + (y1 - y0) * value / most
        pen.line((x0, y, x1, y), fill=(230, 232, 236))
        pen.text((x0 - 8, y), f"{value:g} cm", font=small, fill=FAINT, anchor="rm")
    span = max(len(gone) - 1, 1)
    points = [(x0 + (x1 - x0) * n / span, y0 + (y1 - y0) * far / most) for n, far in enumerate(gone.tolist())]
    if len(points) > 1:
        pen.line(points, fill=BLUE, width=3, joint="curve")
    for number, name in ((0, "0 s"), (span, f"{hand.robot.ticks * TICK_S:.2f} s")):
        if number == 0 or len(points) > 1:
            pen.text((x0 + (x1 - x0) * number / span, y0 + 6), name, font=small, fill=FAINT, anchor="ma")
