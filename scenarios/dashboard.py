"""Wall displays of operations rooms, 12 megapixels, for ZoomQA.

A company's sector, a theme and a grid of panels are drawn first; the question is derived from what was
painted. Titles can be read in the first view, the evidence only in a zoom. Knows no tools and no rewards.
"""

__all__ = ["HEIGHT_PX", "WIDTH_PX", "generate", "paint"]

from datetime import date, timedelta
from typing import Any

import numpy as np

from ..errors import UsageError
from .dashboard_canvas import CAP_SHARE, Canvas, blend, text_width
from .dashboard_charts import Box, Wall, card, dials, heat_map, pill, tile, trend
from .dashboard_inquiry import Inquirer
from .dashboard_lookalikes import drawn
from .dashboard_panels import Panel, codes, days, footnote
from .dashboard_plots import bars, shares, trend_points
from .dashboard_sectors import SECTORS, Sector
from .dashboard_tables import event_log, sheet_table, site_map
from .dashboard_themes import THEMES
from .scene import Scene

WIDTH_PX, HEIGHT_PX = 4000, 3000
MARGIN_PX, GAP_PX = 64, 32
HEADER_PX, TILE_PX = 190, 330

FINE_PX = {1: 13, 2: 12, 3: 11, 4: 11, 5: 10}
LIKENESS = {1: 0.0, 2: 0.15, 3: 0.3, 4: 0.45, 5: 0.6}

# Grids of four by four cells; T and L are tall, W and P wide, M is the map, lower case are single cells.
LAYOUTS = (
    ("TMMa", "TMML", "bWWL", "cPPd"),
    ("WWaT", "MMbT", "MMLc", "PPLd"),
    ("aWWT", "LMMT", "LMMb", "PPcd"),
    ("MMTL", "MMTL", "aWWb", "PPcd"),
    ("TLMM", "TLMM", "WWab", "cdPP"),
)


def generate(rng: np.random.Generator, *, difficulty: int, answerable: bool = True) -> Scene:
    """A wall display and a question about its small text.

    What the difficulty changes:

    | | 1 | 2 | 3 | 4 | 5 |
    |---|---|---|---|---|---|
    | cap height of the evidence, px | 9.5 | 8.7 | 8.0 | 8.0 | 7.3 |
    | share of values that are one character from another | 0 | 0.15 | 0.3 | 0.45 | 0.6 |
    | place | named | named | named or searched | mostly searched | searched, or two hops |
    | families | look-up, footnote | and count | and search, compare | and two hops | hops, compare, search |

    Yes-or-no questions are about one in twelve, at difficulties 1 to 4.

    Args:
        rng: the only source of randomness; the same state gives the same bytes.
        difficulty: 1 to 5.
        answerable: False asks, in the same words, for something that is not there.

    Returns:
        A scene of kind `dashboard`; image (3000, 4000, 3) uint8.

    Raises:
        UsageError: a difficulty that is not 1 to 5.
    """
    inquirer, facts = paint(rng, difficulty=difficulty)
    inquirer.answerable = answerable
    inquiry = inquirer.ask()
    return Scene(
        "dashboard",
        inquirer.canvas.image,
        inquiry.question,
        inquiry.answer,
        inquiry.targets,
        inquiry.variants,
        inquiry.secrets,
        facts={**facts, **inquiry.facts, "answerable": answerable},
    )


def paint(rng: np.random.Generator, *, difficulty: int) -> tuple[Inquirer, dict[str, Any]]:
    """A finished wall and who asks about it, and the facts that hold for every question.

    Args:
        rng: random source; the inquirer goes on drawing from it.
        difficulty: 1 to 5, see `generate`.

    Raises:
        UsageError: a difficulty that is not 1 to 5.
    """
    if difficulty not in FINE_PX:
        raise UsageError(f"difficulty must be 1 to 5, got {difficulty!r}")
    sector = SECTORS[int(rng.integers(len(SECTORS)))]
    theme = THEMES[int(rng.integers(len(THEMES)))]
    today = date(2026, 1, 5) + timedelta(days=int(rng.integers(330)))
    canvas = Canvas(WIDTH_PX, HEIGHT_PX, theme.page)
    wall = Wall(canvas, theme, rng, FINE_PX[difficulty], LIKENESS[difficulty])
    _header(wall, sector, today)
    panels = _tiles(wall, sector)
    panels += _grid(wall, sector, today)
    refs = _footnotes(wall, panels, today)
    canvas.finish()
    facts = {
        "sector": sector.name,
        "theme": theme.name,
        "cap_px": round(CAP_SHARE * wall.fine_px, 2),
        "panels": [panel.title for panel in panels],
    }
    return Inquirer(canvas, panels, refs, rng, difficulty, True), facts


def _header(wall: Wall, sector: Sector, today: date) -> None:
    canvas, theme, rng = wall.canvas, wall.theme, wall.rng
    x, y = MARGIN_PX, MARGIN_PX - 6
    company = sector.companies[int(rng.integers(len(sector.companies)))]
    canvas.plate(x, y, x + 116, y + 116, theme.series[0], 30)
    for i, tall in enumerate((34, 62, 46)):
        left = x + 28 + i * 22
        canvas.plate(left, y + 90 - tall, left + 15, y + 90, theme.card, 7)
    canvas.write(x + 150, y + 62, company, theme.ink, 76, face=theme.face, weight=theme.weight)
    canvas.write(x + 152, y + 110, f"Operations wall  ·  {sector.name}", theme.faint, 32)
    right = WIDTH_PX - MARGIN_PX
    clock = f"{rng.integers(24):02d}:{rng.integers(60):02d}"
    canvas.write(right, y + 88, clock, theme.ink, 112, face=theme.face, weight=theme.weight, anchor="rs")
    wide = text_width(clock, 112, theme.face, theme.weight)
    left = right - wide - 48
    canvas.plate(left, y + 8, left + 2, y + 108, theme.edge)
    canvas.write(left - 40, y + 44, today.strftime("%A"), theme.soft, 36, weight=600, anchor="rs")
    canvas.write(left - 40, y + 94, today.strftime("%d %B %Y"), theme.faint, 34, anchor="rs")
    tabs = ("Overview", "Assets", "Energy", "People", "Reports")
    x = WIDTH_PX / 2 - 520
    for i, tab in enumerate(tabs):
        wide = text_width(tab, 32, "Inter", 600)
        if i == 0:
            canvas.plate(x - 30, y + 26, x + wide + 30, y + 92, blend(theme.page, theme.series[0], 0.16), 33)
        canvas.write(x, y + 71, tab, theme.series[0] if i == 0 else theme.faint, 32, weight=600)
        x += wide + 84


def _tiles(wall: Wall, sector: Sector) -> list[Panel]:
    count = 6
    wide = (WIDTH_PX - 2 * MARGIN_PX - (count - 1) * GAP_PX) / count
    panels = []
    order = wall.rng.permutation(len(sector.figures))
    for i in range(count):
        title, measure = sector.figures[int(order[i])]
        x = round(MARGIN_PX + i * (wide + GAP_PX))
        box = (x, HEADER_PX + 16, round(x + wide), HEADER_PX + 16 + TILE_PX)
        tile(wall, box, title, measure)
        panels.append(Panel(title, box))
    return panels


def _grid(wall: Wall, sector: Sector, today: date) -> list[Panel]:
    """All panels below the tiles; returns those with small text."""
    rng = wall.rng
    rows = LAYOUTS[int(rng.integers(len(LAYOUTS)))]
    if rng.random() < 0.5:
        rows = tuple(row[::-1] for row in rows)
    sheets = list(sector.sheets)
    order = [sheets[int(i)] for i in rng.permutation(len(sheets))]
    single = dict(zip(drawn(rng, "abcd", 4), ("table", "bars", "shares", "other"), strict=True))
    trends = [sector.trends[int(i)] for i in rng.permutation(len(sector.trends))]
    panels = []
    for letter in dict.fromkeys("".join(rows)):
        box = _cell_box(rows, letter)
        kind = single.get(letter, letter)
        painted = _paint(wall, box, kind, sector, order, trends, today)
        if painted is not None:
            panels.append(painted)
    return panels


def _cell_box(rows: tuple[str, ...], letter: str) -> Box:
    top = HEADER_PX + 16 + TILE_PX + GAP_PX
    wide = (WIDTH_PX - 2 * MARGIN_PX - 3 * GAP_PX) / 4
    tall = (HEIGHT_PX - MARGIN_PX - top - 3 * GAP_PX) / 4
    where = [(row, column) for row in range(4) for column in range(4) if rows[row][column] == letter]
    (r0, c0), (r1, c1) = where[0], where[-1]
    x0, y0 = MARGIN_PX + c0 * (wide + GAP_PX), top + r0 * (tall + GAP_PX)
    x1, y1 = MARGIN_PX + c1 * (wide + GAP_PX) + wide, top + r1 * (tall + GAP_PX) + tall
    return round(x0), round(y0), round(x1), round(y1)


def _paint(
    wall: Wall, box: Box, kind: str, sector: Sector, sheets: list, trends: list, today: date
) -> Panel | None:
    rng = wall.rng
    if kind == "other":
        if rng.random() < 0.5:
            heat_map(wall, card(wall, box, sector.heat, "Mean of the last eight weeks", note=False))
        else:
            dials(wall, card(wall, box, sector.dials[0], "Share of the target", note=False), sector.dials[1])
        return None
    if kind == "L":
        panel = Panel("Event log", box)
        body = card(wall, box, panel.title, "Newest first, local time")
        units = [f"{sheet.prefix}-{rng.integers(100, 1000)}" for sheet in sector.sheets]
        event_log(wall, body, panel, "EV", sector.events, units)
    elif kind == "M":
        title, prefix, measure = sector.site
        panel = Panel(title, box)
        site_map(wall, card(wall, box, title, "Live positions and readings"), panel, prefix, measure)
    elif kind == "P":
        title, measure = trends.pop()
        panel = Panel(title, box)
        body = card(wall, box, title, f"Last 24 h, {measure.name.lower()} in {measure.unit}, marked readings")
        trend_points(wall, body, panel, "PT", measure)
    elif kind == "bars":
        title, prefix, measure = sector.bars
        panel = Panel(title, box)
        bars(wall, card(wall, box, title, f"{measure.name} in {measure.unit}, today"), panel, prefix, measure)
    elif kind == "shares":
        title, noun = sector.shares
        panel = Panel(title, box)
        shares(wall, card(wall, box, title, "Share of the total, today"), panel, noun)
    else:
        sheet = sheets.pop()
        panel = Panel(sheet.title, box)
        x0, y0, x1, y1 = card(wall, box, sheet.title, f"Every {sheet.noun} in service")
        if kind == "W":
            title, measure = trends.pop()
            middle = x0 + (x1 - x0) * 0.46
            trend(wall, (x0, y0, middle - 40, y1), measure, (title, "Plan", "Last week"))
            x0 = middle + 20
        sheet_table(wall, (x0, y0 - 8, x1, y1), panel, sheet, today=today)
    if rng.random() < 0.6:
        size = 22
        live = rng.random() < 0.8
        theme = wall.theme
        pill(
            wall,
            box[2] - 36,
            box[1] + 66,
            "Live" if live else "Delayed",
            theme.good if live else theme.warn,
            size,
        )
    return panel


def _footnotes(wall: Wall, panels: list[Panel], today: date) -> dict[str, tuple[str, str]]:
    """Small print for every panel; returns what each refers to (see `Inquirer`)."""
    rng = wall.rng
    serials = iter(codes(wall, len(panels)))
    checked = iter(days(wall, len(panels), today - timedelta(days=200), 190))
    homes = [panel for panel in panels if len(panel.labels) >= 9 and "-" in next(iter(panel.labels))]
    finder = Inquirer(wall.canvas, panels, {}, rng, 1, False)
    refs = {}
    for panel in panels:
        version = f"{rng.integers(1, 10)}.{rng.integers(10, 100)}.{rng.integers(1, 10)}"
        pairs = (("FR", "PR", version), ("PC", "FC", next(serials)), ("RD", "BD", next(checked)))
        fields = [(a if rng.random() < 0.5 else b, value) for a, b, value in pairs]
        home = homes[int(rng.integers(len(homes)))]
        names = list(home.labels)
        label = names[int(rng.integers(len(names)))]
        if rng.random() < 0.5:
            label = finder.absent_label(home) or label
        if home is not panel:
            fields.append(("REF", label))
            refs[panel.title] = (label, home.title)
        footnote(wall, panel, fields)
    return refs
