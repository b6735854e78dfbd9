"""The picture of a proof: success on unseen tasks over the steps of GRPO, beside the control's."""

__all__ = ["draw_curves"]

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from PIL import Image, ImageDraw

from eyesmith.tools.fonts import font

WIDTH_PX, HEIGHT_PX = 900, 520
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 70, 30, 60, 60
INK, GRID = (33, 37, 41), (233, 236, 239)
INKS = {"grpo": ((28, 126, 214), (165, 216, 255)), "control": ((134, 142, 150), (206, 212, 218))}
SAID = {"grpo": "GRPO", "control": "control: rewards dealt out anew"}

Points = Sequence[tuple[float, float]]


def draw_curves(seeds: Sequence[Path], path: Path) -> None:
    """Draw success on the test tasks, each seed pale and their mean strong.

    Args:
        seeds: folders of `prove`.
        path: of the PNG.
    """
    curves = {name: [_evals(seed / name) for seed in seeds] for name in INKS}
    last = max(step for lines in curves.values() for line in lines for step, _ in line) or 1.0
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "white")
    pen = ImageDraw.Draw(picture)

    def at(step: float, value: float) -> tuple[float, float]:
        across = LEFT_PX + (WIDTH_PX - LEFT_PX - RIGHT_PX) * step / last
        return across, HEIGHT_PX - BOTTOM_PX - (HEIGHT_PX - TOP_PX - BOTTOM_PX) * value

    for i in range(6):
        share = i / 5
        pen.line([at(0, share), at(last, share)], GRID)
        pen.text((LEFT_PX - 10, at(0, share)[1]), f"{share:.0%}", INK, font(size_px=14), anchor="rm")
    for step in sorted({step for lines in curves.values() for line in lines for step, _ in line}):
        pen.text((at(step, 0)[0], at(0, 0)[1] + 8), f"{step:.0f}", INK, font(size_px=14), anchor="ma")
    pen.text((WIDTH_PX / 2, HEIGHT_PX - 14), "steps of GRPO", INK, font(size_px=15), anchor="mb")
    for name, (strong, pale) in reversed(INKS.items()):
        for line in curves[name]:
            pen.line([at(*point) for point in line], pale, 2)
        mean = _mean(curves[name])
        pen.line([at(*point) for point in mean], strong, 4, joint="curve")
        for point in mean:
            x, y = at(*point)
            pen.ellipse([x - 5, y - 5, x + 5, y + 5], strong)
    x = LEFT_PX
    for name, (strong, _) in INKS.items():
        pen.text((x, 20), SAID[name], strong, font(size_px=16, weight=600))
        x += 120
    pen.text((WIDTH_PX - RIGHT_PX, 20), "success on unseen tasks", INK, font(size_px=16), anchor="ra")
    picture.save(path, "PNG")


def _evals(folder: Path) -> Points:
    with (folder / "evals.csv").open(newline="") as file:
        return [(float(line["step"]), float(line["success"])) for line in csv.DictReader(file)]


def _mean(lines: Sequence[Points]) -> Points:
    return [(points[0][0], fmean(value for _, value in points)) for points in zip(*lines, strict=True)]
