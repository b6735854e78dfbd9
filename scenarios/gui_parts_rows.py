"""Rows of lists with picture, texts and switch; cards and headings."""

__all__ = ["card", "divider", "heading", "icon_tile", "row_text", "setting_row"]

from collections.abc import Sequence

from .gui_app import Paint
from .gui_parts import WIDTH, Sheet, width_of
from .gui_parts_bars import MARGIN
from .gui_parts_controls import switch
from .gui_theme_tones import tone

_TILE_HUES = (255, 150, 65, 25, 300, 195, 345, 230)


def heading(sheet: Sheet, y: float, text: str, *, right: str = "", spot: str = "", goal: str = "") -> float:
    """A heading over a group of rows; returns the y below it."""
    theme = sheet.theme
    if theme.is_material:
        sheet.text(MARGIN, y + 10, WIDTH - 180, text, 17, theme.accent, weight=600, leading=26)
    else:
        sheet.text(
            MARGIN + 14,
            y + 12,
            WIDTH - 180,
            text.upper(),
            14,
            theme.muted,
            weight=600,
            leading=22,
            style="letter-spacing:.4px",
        )
    if right:
        wide = width_of(right, 17, 600)
        sheet.text(
            WIDTH - MARGIN - wide - 2, y + 10, wide + 2, right, 17, theme.accent, weight=600, leading=26
        )
        sheet.spot(spot, (WIDTH - MARGIN - wide - 14, y, WIDTH - 8, y + 44), goal, f"Tap {right}")
    return y + 44


def card(
    sheet: Sheet, x: float, y: float, w: float, h: float, *, fill: str = "", raised: bool = False
) -> None:
    """A surface that holds things."""
    theme = sheet.theme
    border = "" if raised or not theme.is_material or fill else f"1px solid {theme.line}"
    sheet.box(
        x, y, w, h, fill or theme.surface, radius=theme.radius, border=border, shadow=1 if raised else 0
    )


def divider(sheet: Sheet, y: float, *, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
    """A hairline."""
    sheet.box(left, y, right - left, 1, sheet.theme.line)


def icon_tile(sheet: Sheet, x: float, y: float, size: float, icon: str, index: int) -> None:
    """An icon on a small coloured ground: tonal in Material, vivid in iOS."""
    theme = sheet.theme
    if theme.is_material:
        sheet.box(x, y, size, size, theme.soft, radius=size / 2)
        sheet.icon(icon, x + size * 0.22, y + size * 0.22, size * 0.56, theme.on_soft)
    else:
        hue = _TILE_HUES[index % len(_TILE_HUES)]
        sheet.box(x, y, size, size, tone(0.62, 0.17, hue), radius=size * 0.26)
        sheet.icon(icon, x + size * 0.19, y + size * 0.19, size * 0.62, "#ffffff")


def row_text(
    sheet: Sheet,
    x: float,
    y: float,
    w: float,
    h: float,
    title: str,
    subtitle: str = "",
    *,
    weight: int = 400,
    color: str = "",
    derived: bool = False,
) -> None:
    """One or two lines in the middle of a row's height."""
    if subtitle:
        top = y + (h - 52) / 2
        sheet.text(x, top, w, title, 20, color, weight=weight, leading=28)
        sheet.text(x, top + 28, w, subtitle, 16, sheet.theme.muted, leading=24, derived=derived)
    else:
        sheet.text(x, y + (h - 28) / 2, w, title, 20, color, weight=weight, leading=28)


def setting_row(
    sheet: Sheet,
    y: float,
    h: float,
    icon: str,
    index: int,
    title: str,
    subtitle: str = "",
    *,
    spot: str,
    role: str,
    value: str,
    goal: str,
    on: bool | None = None,
    end: str = "",
    derived: bool = False,
) -> None:
    """A row of settings: icon, title, state, and a switch or a value at its end."""
    theme = sheet.theme
    inset = MARGIN if theme.is_material else MARGIN + 14
    icon_tile(sheet, inset, y + (h - 48) / 2 + 2, 44, icon, index)
    x = inset + 64
    room = WIDTH - inset - x
    paints: Sequence[Paint] = ()
    if on is not None:
        left = WIDTH - inset - 66
        paints = [sheet.paint(*probe) for probe in switch(sheet, left, y + (h - 40) / 2, on)]
        room -= 82
    elif end:
        wide = min(width_of(end, 18) + 2, 190)
        shift = 30 if not theme.is_material else 0
        sheet.text(
            WIDTH - inset - wide - shift,
            y + (h - 28) / 2,
            wide,
            end,
            18,
            theme.muted,
            align="right",
            leading=28,
            derived=derived,
        )
        room -= wide + 14 + shift
    if on is None and not theme.is_material:
        sheet.icon("chevron", WIDTH - inset - 20, y + (h - 22) / 2, 22, theme.faint)
    row_text(sheet, x, y, room, h, title, subtitle, derived=derived)
    box = (0.0, y, float(WIDTH), y + h)
    sheet.widget(spot, role, box, value, paints)
    sheet.spot(spot, box, goal, f"Tap {title}" if on is None else f"Tap the {title} switch")
