"""An evaluated world model as tables for the terminal, and as a picture."""

__all__ = ["draw", "report"]

from collections.abc import Callable, Sequence
from math import cos, dist, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from ..tools.fonts import font

if TYPE_CHECKING:
    from .world_models import ModelEvaluation

SIZE_PX = (1200, 500)
PANEL_TOP, PANEL_BOTTOM = 92, 420
LEFT, RIGHT = (76, 580), (690, 1010)
INK, FAINT, GRID, CARD = (33, 37, 41), (110, 118, 126), (233, 236, 239), (255, 255, 255)
FIXED, WRIST, DOT = (28, 126, 214), (224, 119, 30), (28, 126, 214)
LEAST_DB, BEST_DB, STEP_DB = 10.0, 50.0, 10
LEGEND_X = 1032
DOT_PX, FAR_PX = 5, 14  # of a policy: the dot's radius, and how far from it its number stands


def report(evaluation: "ModelEvaluation") -> Group:
    """Fidelity by horizon, then the policies."""
    parts: list[RenderableType] = []
    title = f"{evaluation.model}: {len(evaluation.scenes)} scenes, fixed cameras | wrist"
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    has_far = evaluation.horizon[0].lpips is not None
    names = ("PSNR", "SSIM", "GMSD", "LPIPS")[: 4 if has_far else 3]
    for name in ("after", *names, *names, "objects"):
        table.add_column(name, justify="right")
    for row in evaluation.horizon:
        fixed = (row.psnr, row.ssim, row.gmsd, row.lpips)
        wrist = (row.wrist_psnr, row.wrist_ssim, row.wrist_gmsd, row.wrist_lpips)
        told = [_told(values) for values in (fixed, wrist)]
        near = "-" if row.objects is None else f"{row.objects:.3f}"
        table.add_row(f"{row.seconds:.2f} s", *told[0], *told[1], near)
    parts.append(table)
    shorter = [row for row in evaluation.horizon if row.scenes < len(evaluation.scenes)]
    parts += [f"{row.scenes} of {len(evaluation.scenes)} scenes last {row.seconds:.2f} s" for row in shorter]
    if not has_far:
        parts.append("no LPIPS: no measure was given (evaluate_world_model(lpips=...))")
    if evaluation.ranking:
        table = Table(title="Policies", title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        table.add_column("policy")
        table.add_column("in the model", justify="right")
        table.add_column("in truth", justify="right")
        for one in evaluation.ranking:
            table.add_row(escape(one.policy), f"{one.told:.3f}", f"{one.true:.3f}")
        parts.append(table)
        told = [f"Pearson {evaluation.pearson:.3f}" if evaluation.pearson is not None else "Pearson -"]
        if evaluation.pearson_interval is not None:
            low, high = evaluation.pearson_interval
            told[0] += f" (95 % over scenes: {low:.3f} to {high:.3f})"
        told += [f"MMRV {evaluation.mmrv:.3f}" if evaluation.mmrv is not None else "MMRV -"]
        parts.append(", ".join(told))
    else:
        parts.append("no policy is ranked: the model predicts frames, or no scene has a goal")
    return Group(*parts)


def draw(evaluation: "ModelEvaluation", path: Path) -> None:
    """Two panels: PSNR by horizon, and what policies reach in the model beside what they reach in truth.

    Args:
        evaluation: what was found.
        path: of the PNG.
    """
    picture = Image.new("RGB", SIZE_PX, CARD)
    pen = ImageDraw.Draw(picture)
    pen.text((LEFT[0] - 46, 22), f"World model: {evaluation.model}", INK, font("Inter", 20, 600))
    told = f"{len(evaluation.scenes)} scenes"
    pen.text((SIZE_PX[0] - 40, 28), told, FAINT, font("Inter", 14), anchor="ra")
    _horizon(pen, evaluation)
    _ranking(pen, evaluation)
    half = path.with_name(path.name + ".half")
    picture.save(half, "PNG")
    half.replace(path)


def _told(values: Sequence[float | None]) -> list[str]:
    """PSNR in dB with two digits, what else there is with three."""
    return [f"{values[0]:.2f}", *(f"{one:.3f}" for one in values[1:] if one is not None)]


def _axes(
    pen: ImageDraw.ImageDraw,
    panel: tuple[int, int],
    across: tuple[float, float, Sequence[float], str],
    up: tuple[float, float, Sequence[float], str],
) -> Callable[[float, float], tuple[float, float]]:
    """Grid, ticks and names; returns where a point lies. Each axis: low, high, ticks, name."""
    small = font("Inter", 13)

    def at(x: float, y: float) -> tuple[float, float]:
        share_x, share_y = (x - across[0]) / (across[1] - across[0]), (y - up[0]) / (up[1] - up[0])
        return panel[0] + (panel[1] - panel[0]) * share_x, PANEL_BOTTOM - (PANEL_BOTTOM - PANEL_TOP) * share_y

    for value in up[2]:
        pen.line([at(across[0], value), at(across[1], value)], GRID)
        pen.text((panel[0] - 10, at(across[0], value)[1]), f"{value:g}", FAINT, small, anchor="rm")
    for value in across[2]:
        pen.text((at(value, up[0])[0], PANEL_BOTTOM + 10), f"{value:g}", FAINT, small, anchor="ma")
    pen.text(((panel[0] + panel[1]) / 2, PANEL_BOTTOM + 36), across[3], INK, small, anchor="ma")
    pen.text((panel[0], PANEL_TOP - 26), up[3], INK, font("Inter", 14, 600))
    return at


def _horizon(pen: ImageDraw.ImageDraw, evaluation: "ModelEvaluation") -> None:
    rows = evaluation.horizon
    last = max(rows[-1].seconds, 0.5)
    step = 0.5 if last <= 4.0 else 1.0 if last <= 8.0 else 2.0
    ticks = [step * number for number in range(1, int(last / step + 1e-9) + 1)]
    ups = [float(value) for value in range(int(LEAST_DB), int(BEST_DB) + 1, STEP_DB)]
    at = _axes(
        pen,
        LEFT,
        (0.0, last * 1.02, ticks, "seconds after what was seen"),
        (LEAST_DB, BEST_DB, ups, "PSNR, dB"),
    )
    x = LEFT[0] + 110
    for name, key, ink in (("fixed cameras", "psnr", FIXED), ("wrist", "wrist_psnr", WRIST)):
        points = [at(row.seconds, max(LEAST_DB, getattr(row, key))) for row in rows]
        if len(points) > 1:
            pen.line(points, ink, 3, joint="curve")
        for px, py in points:
            pen.ellipse((px - 4, py - 4, px + 4, py + 4), ink, CARD)
        pen.ellipse((x, PANEL_TOP - 22, x + 9, PANEL_TOP - 13), ink)
        pen.text((x + 16, PANEL_TOP - 26), name, INK, font("Inter", 13))
        x += 40 + round(font("Inter", 13).getlength(name))


def _beside(dots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A place for the number of each dot, where it is farthest from the other dots and numbers."""
    found: list[tuple[float, float]] = []
    for x, y in dots:
        turns = [pi * step / 8 for step in range(16)]
        around = [(x + FAR_PX * cos(turn), y - FAR_PX * sin(turn)) for turn in turns]
        others = [dot for dot in dots if dot != (x, y)] + found
        found.append(max(around, key=lambda at: min((dist(at, one) for one in others), default=0.0)))
    return found


def _ranking(pen: ImageDraw.ImageDraw, evaluation: "ModelEvaluation") -> None:
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    at = _axes(pen, RIGHT, (0.0, 1.0, ticks, "in truth"), (0.0, 1.0, ticks, "Way to the goal, in the model"))
    pen.line([at(0, 0), at(1, 1)], FAINT, 1)
    small = font("Inter", 12, 700)
    dots = [at(one.true, one.told) for one in evaluation.ranking]
    for x, y in dots:
        pen.ellipse((x - DOT_PX, y - DOT_PX, x + DOT_PX, y + DOT_PX), DOT, CARD)
    for number, (place, one) in enumerate(zip(_beside(dots), evaluation.ranking, strict=True), 1):
        pen.text(place, str(number), INK, small, anchor="mm")
        line = PANEL_TOP + 22 * (number - 1) + 9
        pen.text((LEGEND_X + 16, line), str(number), INK, small, anchor="rm")
        pen.text((LEGEND_X + 26, line), one.policy, INK, font("Inter", 13), anchor="lm")
    r = "-" if evaluation.pearson is None else f"{evaluation.pearson:.3f}"
    worst = "-" if evaluation.mmrv is None else f"{evaluation.mmrv:.3f}"
    told = f"Pearson {r}\nMMRV {worst}" if evaluation.ranking else "no policy\nis ranked"
    pen.text((LEGEND_X, PANEL_BOTTOM - 40), told, INK, font("Inter", 13))
