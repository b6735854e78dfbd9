"""Cards, tiles, charts and gauges of a wall display.

What is drawn here is seen but never asked about; `dashboard_panels` draws what is.
"""

__all__ = ["Box", "Wall", "axes", "card", "coast", "dials", "heat_map", "pill", "smooth", "tile", "trend"]

from dataclasses import dataclass

import cv2
import numpy as np

from .dashboard_canvas import Canvas, Colour, blend, text_width
from .dashboard_sectors import Measure
from .dashboard_themes import Theme

PAD_PX = 36
SHADOW_PX = 14
HOURS = ("00", "04", "08", "12", "16", "20", "24")

Box = tuple[float, float, float, float]


@dataclass
class Wall:
    """What every painter needs.

    Args:
        canvas: the surface.
        theme: the look.
        rng: the scene's random source.
        fine_px: em size of the evidence.
        likeness: share of values that are look-alikes of others.
    """

    canvas: Canvas
    theme: Theme
    rng: np.random.Generator
    fine_px: int
    likeness: float

    def number(self, measure: Measure) -> str:
        """A value of the measure as it is painted."""
        return f"{self.rng.uniform(measure.low, measure.high):.{measure.decimals}f}"


def card(wall: Wall, box: Box, title: str, caption: str, *, note: bool = True) -> Box:
    """Paint an empty panel with its title; returns the box of the body.

    Args:
        wall: where to paint.
        box: the panel, px.
        title: capitals of at least 36 px.
        caption: small words beneath.
        note: keep room for a footnote.
    """
    canvas, theme = wall.canvas, wall.theme
    x0, y0, x1, y1 = box
    for i in range(SHADOW_PX, 0, -2):
        share = 0.6 * (1 - i / SHADOW_PX) ** 2
        colour = blend(theme.page, theme.shadow, share)
        canvas.plate(x0 - i, y0 - i + 8, x1 + i, y1 + i + 8, colour, theme.radius + i)
    canvas.plate(x0, y0, x1, y1, theme.edge, theme.radius)
    canvas.plate(x0 + 2, y0 + 2, x1 - 2, y1 - 2, theme.card, theme.radius - 2)
    canvas.write(
        x0 + PAD_PX, y0 + PAD_PX + 38, title, theme.ink, theme.title_px, face=theme.face, weight=theme.weight
    )
    canvas.write(x0 + PAD_PX, y0 + PAD_PX + 76, caption, theme.faint, 22)
    foot = 62 if note else PAD_PX
    return x0 + PAD_PX, y0 + PAD_PX + 100, x1 - PAD_PX, y1 - foot


def pill(wall: Wall, x1: float, y: float, text: str, colour: Colour, size_px: int) -> None:
    """A rounded status mark that ends at `x1`; `y` is its baseline."""
    wide = text_width(text, size_px, "Inter", 600) + size_px * 2.1
    tall = size_px * 1.7
    top = y - size_px * 0.36 - tall / 2
    wall.canvas.plate(x1 - wide, top, x1, top + tall, blend(wall.theme.card, colour, 0.14), tall / 2)
    wall.canvas.disc(x1 - wide + size_px * 0.8, top + tall / 2, size_px * 0.24, colour)
    ink = blend(colour, wall.theme.ink, 0.25)
    wall.canvas.write(x1 - size_px * 0.7, y, text, ink, size_px, weight=600, anchor="rs")


def smooth(rng: np.random.Generator, count: int, *, rough: float = 0.25) -> np.ndarray:
    """A believable course over a day: (count,) float64 in [0, 1]."""
    way = np.linspace(0, 2 * np.pi, count)
    phase = rng.uniform(0, 2 * np.pi, 3)
    slow = np.sin(way + phase[0]) + 0.45 * np.sin(2 * way + phase[1]) + 0.2 * np.sin(5 * way + phase[2])
    noise = np.cumsum(rng.normal(0, 1, count))
    noise -= np.linspace(noise[0], noise[-1], count)
    course = slow + rough * noise / max(1e-9, float(np.abs(noise).max()))
    jitter = np.convolve(rng.normal(0, 1, count + 4), np.ones(5) / 5, mode="valid")
    course = course + 0.35 * rough * jitter
    low, high = float(course.min()), float(course.max())
    return (course - low) / max(1e-9, high - low)


def axes(wall: Wall, box: Box, measure: Measure, *, ticks: int = 4) -> Box:
    """Hairlines, ticks and hours of a chart over a day; returns the plot's box."""
    canvas, theme = wall.canvas, wall.theme
    size = 18
    x0, y0, x1, y1 = box[0] + 66, box[1] + 14, box[2] - 8, box[3] - 40
    for i in range(ticks + 1):
        y = y1 - (y1 - y0) * i / ticks
        canvas.plate(x0, y, x1, y + 1, theme.grid if i else theme.edge)
        value = measure.low + (measure.high - measure.low) * i / ticks
        canvas.write(x0 - 14, y + 6, f"{value:.{measure.decimals}f}", theme.faint, size, anchor="rs")
    for i, hour in enumerate(HOURS):
        x = x0 + (x1 - x0) * i / (len(HOURS) - 1)
        canvas.write(x, y1 + 30, hour, theme.faint, size, anchor="ms")
    return x0, y0, x1, y1


def trend(wall: Wall, box: Box, measure: Measure, names: tuple[str, ...]) -> np.ndarray:
    """An area chart over a day with quieter companions and a legend; returns the first curve.

    Returns:
        (n, 2) float64, px.
    """
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x = box[2]
    for name, colour in list(zip(names, theme.series, strict=False))[::-1]:
        run = canvas.write(x, box[1] - 24, name, theme.soft, 20, anchor="rs")
        canvas.plate(run.box[0] - 34, box[1] - 33, run.box[0] - 12, box[1] - 28, colour, 2)
        x = run.box[0] - 60
    x0, y0, x1, y1 = axes(wall, box, measure)
    across = np.linspace(x0, x1, 145)
    curves = []
    for i in range(len(names)):
        course = smooth(rng, 145, rough=0.5)
        reach = (0.16, 0.72) if i == 0 else (0.08 + 0.05 * i, 0.42)
        height = reach[0] + reach[1] * course
        curves.append(np.stack([across, y1 - (y1 - y0) * height], axis=1))
    for i in range(len(names) - 1, 0, -1):
        canvas.line(curves[i], theme.series[i], 3)
    canvas.shade(curves[0], y1, theme.series[0], 0.34)
    canvas.line(curves[0], theme.series[0], 5)
    return curves[0]


def tile(wall: Wall, box: Box, title: str, measure: Measure) -> None:
    """A figure in large type with the course that led to it."""
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x0, _, x1, y1 = card(wall, box, title, f"Last 24 h{', ' + measure.unit if measure.unit else ''}")
    value = wall.number(measure)
    canvas.write(x0, y1 - 10, value, theme.ink, 88, face=theme.face, weight=theme.weight)
    wide = text_width(value, 88, theme.face, theme.weight)
    canvas.write(x0 + wide + 12, y1 - 10, measure.unit, theme.faint, 34)
    rises = bool(rng.random() < 0.55)
    colour = theme.good if rises else theme.warn
    pill(wall, x1, box[1] + PAD_PX + 30, f"{'+' if rises else '-'}{rng.uniform(0.4, 6.5):.1f} %", colour, 22)
    left = max(x0 + wide + 130, x0 + (x1 - x0) * 0.52)
    across = np.linspace(left, x1 - 6, 60)
    curve = np.stack([across, y1 - 14 - 74 * smooth(rng, 60, rough=0.6)], axis=1)
    canvas.shade(curve, y1, theme.series[0], 0.25)
    canvas.line(curve, theme.series[0], 4)
    canvas.disc(curve[-1, 0], curve[-1, 1], 9, theme.card)
    canvas.disc(curve[-1, 0], curve[-1, 1], 6, theme.series[0])


def heat_map(wall: Wall, box: Box) -> None:
    """A week by hours, darker where there is more."""
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x0, y0, x1, y1 = box[0] + 66, box[1] + 4, box[2], box[3] - 38
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    wide, tall = (x1 - x0) / 24, (y1 - y0) / 7
    base = smooth(rng, 24, rough=0.2)
    for row, day in enumerate(days):
        weight = 0.55 if row > 4 else 1.0
        y = y0 + row * tall
        canvas.write(box[0], y + tall / 2 + 7, day, theme.faint, 19)
        for column in range(24):
            heat = float(np.clip(weight * base[column] + rng.normal(0, 0.07), 0, 1))
            colour = blend(blend(theme.card, theme.series[0], 0.07), theme.series[0], heat**1.2)
            x = x0 + column * wide
            canvas.plate(x + 2, y + 2, x + wide - 2, y + tall - 2, colour, 6)
    for i, hour in enumerate(HOURS):
        anchor = "ls" if i == 0 else "rs" if i == len(HOURS) - 1 else "ms"
        canvas.write(x0 + (x1 - x0) * i / 6, y1 + 30, hour, theme.faint, 18, anchor=anchor)


def dials(wall: Wall, box: Box, names: tuple[str, str, str]) -> None:
    """Three half-round gauges."""
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x0, y0, x1, y1 = box
    third = (x1 - x0) / 3
    outer = min(third / 2 - 14, (y1 - y0) * 0.62)
    for i, name in enumerate(names):
        x, y = x0 + third * (i + 0.5), y0 + (y1 - y0) / 2 + outer * 0.42
        share = float(rng.uniform(0.24, 0.95))
        colour = theme.series[0] if share < 0.8 else theme.warn
        canvas.ring(x, y, outer * 0.76, outer, -0.25, 0.25, blend(theme.card, theme.edge, 0.85))
        canvas.ring(x, y, outer * 0.76, outer, -0.25, -0.25 + 0.5 * share, colour)
        canvas.write(
            x, y - 6, f"{share * 100:.0f}", theme.ink, 68, face=theme.face, weight=theme.weight, anchor="ms"
        )
        canvas.write(x, y + 34, "per cent", theme.faint, 19, anchor="ms")
        canvas.write(x, y + 76, name, theme.soft, 26, weight=600, anchor="ms")


def coast(wall: Wall, box: Box, radius: float) -> None:
    """A map's ground: water with a graticule, and land with contour lines, in a rounded frame."""
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x0, y0, x1, y1 = (round(v) for v in box)
    canvas.plate(x0, y0, x1, y1, blend(theme.card, theme.series[1], 0.09), radius)
    ground = canvas.image[y0:y1, x0:x1]
    layers = [blend(theme.card, theme.faint, share) for share in (0.12, 0.19, 0.26)]
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    wave = np.zeros_like(angle)
    for k in range(2, 9):
        wave += rng.normal(0, 0.5 / k) * np.sin(k * angle + rng.uniform(0, 2 * np.pi))
    middle = ((x1 - x0) * rng.uniform(0.4, 0.6), (y1 - y0) * rng.uniform(0.45, 0.55))
    spread = ((x1 - x0) * 0.78, (y1 - y0) * 0.8)
    for i, colour in enumerate(layers):
        reach = (1 + 0.3 * wave) * (0.62 - 0.17 * i)
        land = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1) * spread + middle
        cv2.fillPoly(ground, [np.rint(land * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    _round_corners(ground, round(radius), theme.card)
    for i in range(1, 8):
        x = x0 + (x1 - x0) * i / 8
        canvas.plate(x, y0 + 2, x + 1, y1 - 2, theme.grid)
    for i in range(1, 5):
        y = y0 + (y1 - y0) * i / 5
        canvas.plate(x0 + 2, y, x1 - 2, y + 1, theme.grid)


def _round_corners(picture: np.ndarray, radius: int, ground: Colour) -> None:
    """Cut the corners of a picture (H, W, 3) off in place."""
    across = np.arange(radius) + 0.5 - radius
    beyond = np.clip(np.hypot(across[:, None], across[None, :]) - radius + 0.5, 0.0, 1.0)[:, :, None]
    for rows in (slice(None), slice(None, None, -1)):
        for columns in (slice(None), slice(None, None, -1)):
            corner = picture[rows, columns][:radius, :radius]
            corner[:] = np.rint(corner + (np.asarray(ground) - corner) * beyond).astype(np.uint8)
