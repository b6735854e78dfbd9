"""A training's picture: rewards of steps, success with its interval."""

__all__ = ["draw"]

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from ..tools.fonts import font

WIDTH_PX, HEIGHT_PX = 900, 520
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 70, 30, 60, 60
SMOOTH_STEPS = 9
INK, FAINT, GRID = (33, 37, 41), (173, 181, 189), (233, 236, 239)
REWARD, PALE_REWARD, SUCCESS = (28, 126, 214), (165, 216, 255), (224, 49, 49)

Lines = Sequence[Mapping[str, float]]


def draw(lines: Lines, evals: Lines, path: Path) -> None:
    """Draw what the tables hold.

    Args:
        lines: of the steps, with `step` and `reward`.
        evals: of the evaluations, with `step`, `success`, `success_low`, `success_high`.
        path: of the PNG.
    """
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "white")
    pen = ImageDraw.Draw(picture)
    rewards = [(each["step"], each["reward"]) for each in lines if "reward" in each]
    last = max([1.0, *(step for step, _ in rewards), *(each["step"] for each in evals)])
    low = min([0.0, *(reward for _, reward in rewards)])
    high = max([1.0, *(reward for _, reward in rewards)])

    def at(step: float, value: float) -> tuple[float, float]:
        across = LEFT_PX + (WIDTH_PX - LEFT_PX - RIGHT_PX) * step / last
        return across, HEIGHT_PX - BOTTOM_PX - (HEIGHT_PX - TOP_PX - BOTTOM_PX) * (value - low) / (high - low)

    for i in range(6):
        value, step = low + (high - low) * i / 5, last * i / 5
        pen.line([at(0, value), at(last, value)], GRID)
        pen.text((LEFT_PX - 10, at(0, value)[1]), f"{value:.1f}", INK, font(size_px=14), anchor="rm")
        pen.text(
            (at(step, 0)[0], HEIGHT_PX - BOTTOM_PX + 8), f"{step:.0f}", INK, font(size_px=14), anchor="ma"
        )
    pen.text((WIDTH_PX / 2, HEIGHT_PX - 14), "steps", INK, font(size_px=15), anchor="mb")
    _line(pen, [at(*point) for point in rewards], PALE_REWARD, 1)
    _line(pen, [at(*point) for point in _smooth(rewards)], REWARD, 3)
    for each in evals:
        x, y = at(each["step"], each["success"])
        if "success_low" in each and "success_high" in each:
            ends = [at(each["step"], each[name]) for name in ("success_low", "success_high")]
            pen.line(ends, SUCCESS, 2)
        pen.ellipse([x - 5, y - 5, x + 5, y + 5], SUCCESS)
    _line(pen, [at(each["step"], each["success"]) for each in evals], SUCCESS, 1)
    pen.text((LEFT_PX, 20), "reward of a step's episodes", REWARD, font(size_px=16, weight=600))
    pen.text((LEFT_PX + 300, 20), "success on unseen tasks, 95 %", SUCCESS, font(size_px=16, weight=600))
    pen.line([at(0, low), at(last, low)], FAINT)
    half = path.with_name(path.name + ".half")
    picture.save(half, "PNG")
    half.replace(path)


def _smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each with the mean of those around it."""
    reach = SMOOTH_STEPS // 2
    found = []
    for i, (step, _) in enumerate(points):
        near = [value for _, value in points[max(0, i - reach) : i + reach + 1]]
        found.append((step, sum(near) / len(near)))
    return found


def _line(
    pen: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], ink: tuple[int, int, int], width: int
) -> None:
    if len(points) > 1:
        pen.line(list(points), ink, width, joint="curve")
