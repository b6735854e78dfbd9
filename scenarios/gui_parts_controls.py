"""Controls of apps: switches, boxes, sliders, buttons, chips, fields.

Each draws itself, says where it can be touched, and leaves proofs of its state.
"""

__all__ = [
    "button",
    "checkbox",
    "chip",
    "field",
    "icon_button",
    "progress",
    "radio",
    "slider",
    "stepper",
    "switch",
]

from .gui_parts import Sheet, width_of
from .gui_theme_tones import mixed

SWITCH_PX = (66, 40)
BUTTON_PX = 56


def switch(sheet: Sheet, x: float, y: float, on: bool) -> list[tuple[float, float, str]]:
    """A switch of 66 x 40 px; returns the pixels that prove its state: x, y, colour."""
    theme = sheet.theme
    w, h = SWITCH_PX
    if theme.is_material:
        if on:
            sheet.box(x, y, w, h, theme.accent, radius=20)
            sheet.box(x + w - 35, y + 5, 30, 30, theme.on_accent, radius=15)
            return [(x + w - 20, y + 20, theme.on_accent), (x + 16, y + 20, theme.accent)]
        sheet.box(x, y, w, h, theme.raised, radius=20, border=f"3px solid {theme.faint}")
        sheet.box(x + 11, y + 10, 20, 20, theme.muted, radius=10)
        return [(x + 21, y + 20, theme.muted), (x + w - 18, y + 20, theme.raised)]
    track = theme.accent if on else theme.line
    sheet.box(x, y, w, h, track, radius=20)
    left = x + w - 37 if on else x + 3
    sheet.box(left, y + 3, 34, 34, "#ffffff", radius=17, shadow=2)
    return [(left + 17, y + 20, "#ffffff"), (x + 14 if on else x + w - 14, y + 20, track)]


def checkbox(
    sheet: Sheet, x: float, y: float, on: bool, *, round_: bool = False
) -> list[tuple[float, float, str]]:
    """A box of 30 x 30 px with or without a tick; returns its proofs."""
    theme = sheet.theme
    radius = 15 if round_ or not theme.is_material else 7
    if on:
        sheet.box(x, y, 30, 30, theme.accent, radius=radius)
        sheet.icon("check", x + 4, y + 4, 22, theme.on_accent)
        return [(x + 15, y + 5, theme.accent)]
    sheet.box(x, y, 30, 30, "", radius=radius, border=f"2.5px solid {theme.faint}")
    return []


def radio(sheet: Sheet, x: float, y: float, on: bool, ground: str) -> list[tuple[float, float, str]]:
    """A ring of 30 px, filled when chosen; returns its proofs."""
    theme = sheet.theme
    sheet.box(x, y, 30, 30, "", radius=15, border=f"3px solid {theme.accent if on else theme.faint}")
    if on:
        sheet.box(x + 7.5, y + 7.5, 15, 15, theme.accent, radius=7.5)
    return [(x + 15, y + 15, theme.accent if on else ground)]


def slider(
    sheet: Sheet, x: float, y: float, w: float, share: float, *, thin: bool = False
) -> list[tuple[float, float, str]]:
    """A slider of 40 px of height; share is 0 to 1; returns its proofs."""
    theme = sheet.theme
    if thin or not theme.is_material:
        high, knob = (5, 18) if thin else (6, 34)
        at = x + knob / 2 + (w - knob) * share
        sheet.box(x, y + 20 - high / 2, w, high, mixed(theme.line, theme.ink, 0.1), radius=high / 2)
        sheet.box(x, y + 20 - high / 2, max(at - x, high), high, theme.accent, radius=high / 2)
        fill = theme.accent if thin else "#ffffff"
        sheet.box(at - knob / 2, y + 20 - knob / 2, knob, knob, fill, radius=knob / 2, shadow=2)
        return [(at, y + 20, fill)]
    at = x + 6 + (w - 12) * share
    before, after = max(at - 8 - x, 0), max(x + w - at - 8, 0)
    if before > 2:
        sheet.box(x, y + 11, before, 18, theme.accent, radius="9px 3px 3px 9px")
    if after > 2:
        sheet.box(at + 8, y + 11, after, 18, theme.soft, radius="3px 9px 9px 3px")
    sheet.box(at - 2.5, y - 4, 5, 48, theme.accent, radius=2.5)
    found = [(at, y + 20, theme.accent)]
    if before > 30:
        found.append((x + before / 2, y + 20, theme.accent))
    if after > 30:
        found.append((at + 8 + after / 2, y + 20, theme.soft))
    return found


def button(
    sheet: Sheet,
    x: float,
    y: float,
    w: float,
    label: str,
    *,
    kind: str = "filled",
    icon: str = "",
    spot: str = "",
    goal: str = "",
    h: float = BUTTON_PX,
    derived: bool = False,
    danger: bool = False,
) -> None:
    """A button: filled, tonal, outlined or text; with a spot of its own where one is named."""
    theme = sheet.theme
    radius = h / 2 if theme.is_material else min(16, h / 3)
    accent = theme.danger if danger else theme.accent
    fill, tint, border = {
        "filled": (accent, theme.on_danger if danger else theme.on_accent, ""),
        "tonal": (theme.danger_soft if danger else theme.soft, theme.danger if danger else theme.on_soft, ""),
        "outlined": ("", accent, f"1.5px solid {theme.faint}"),
        "text": ("", accent, ""),
        "off": (theme.line, theme.faint if theme.is_dark else theme.muted, ""),
    }[kind]
    if kind != "text":
        sheet.box(x, y, w, h, fill, radius=radius, border=border)
    size = 18 if h >= 48 else 16
    wide = width_of(label, size, 600) + (34 if icon else 0)
    left = x + (w - wide) / 2
    if icon:
        sheet.icon(icon, left, y + h / 2 - 12, 24, tint)
        sheet.text(
            left + 32, y + h / 2 - 13, wide - 30, label, size, tint, weight=600, leading=26, derived=derived
        )
    else:
        sheet.text(
            x + 6,
            y + h / 2 - 13,
            w - 12,
            label,
            size,
            tint,
            weight=600,
            align="center",
            leading=26,
            derived=derived,
        )
    if spot:
        sheet.spot(spot, (x, y, x + w, y + h), goal, f'Tap "{label}"')


def icon_button(
    sheet: Sheet,
    x: float,
    y: float,
    size: float,
    icon: str,
    *,
    on: bool = False,
    filled: bool = False,
    color: str = "",
    fill: str = "",
) -> None:
    """A round button that holds an icon."""
    theme = sheet.theme
    if fill:
        sheet.box(x, y, size, size, fill, radius=size / 2)
    tint = color or (theme.accent if on else theme.ink)
    glyph = size * 0.54
    sheet.icon(icon, x + (size - glyph) / 2, y + (size - glyph) / 2, glyph, tint, filled=filled)


def chip(
    sheet: Sheet, x: float, y: float, label: str, on: bool, *, icon: str = "", derived: bool = False
) -> tuple[float, list[tuple[float, float, str]]]:
    """A filter of 44 px of height; returns its width and its proofs."""
    theme = sheet.theme
    shown = "check" if on and not icon else icon
    w = round(width_of(label, 17, 600)) + 34 + (28 if shown else 0)
    radius = 12 if theme.is_material else 22
    ground = theme.soft if on else theme.surface
    sheet.box(x, y, w, 44, ground, radius=radius, border="" if on else f"1.5px solid {theme.line}")
    left = x + 16
    tint = theme.on_soft if on else theme.ink
    if shown:
        sheet.icon(shown, left - 3, y + 11, 22, tint)
        left += 26
    sheet.text(left, y + 9, w, label, 17, tint, weight=600, leading=26, derived=derived)
    return w, [(x + 8, y + 22, ground)]


def field(
    sheet: Sheet,
    x: float,
    y: float,
    w: float,
    label: str,
    value: str,
    *,
    focused: bool = False,
    error: str = "",
    hint: str = "",
    icon: str = "",
) -> float:
    """A text field of 68 px with its label, and what is wrong below it; returns the y below it."""
    theme = sheet.theme
    tint = theme.danger if error else theme.accent if focused else theme.faint
    sheet.box(
        x,
        y,
        w,
        68,
        theme.surface,
        radius=14 if theme.is_material else 16,
        border=f"{2.5 if focused or error else 1.5}px solid {tint}",
    )
    left = x + 20
    if icon:
        sheet.icon(
            icon, x + 18, y + 21, 26, theme.danger if error else theme.accent if focused else theme.muted
        )
        left = x + 60
    room = x + w - 18 - left
    if value or focused:
        sheet.text(
            left,
            y + 9,
            room,
            label,
            14,
            theme.danger if error else theme.accent if focused else theme.muted,
            leading=20,
        )
        sheet.text(left, y + 31, room, value, 19, leading=28, derived=True)
        if focused:
            sheet.box(left + width_of(value, 19) * 0.985 + 3, y + 33, 2.5, 24, theme.accent)
    else:
        sheet.text(left, y + 21, room, label, 19, theme.muted, leading=26)
    if error or hint:
        sheet.text(
            x + 20, y + 73, w - 30, error or hint, 15, theme.danger if error else theme.muted, leading=20
        )
    return y + 68 + (32 if error or hint else 18)


def stepper(sheet: Sheet, x: float, y: float, count: int, *, least: int = 0) -> None:
    """Minus, a number, plus: 132 x 44 px."""
    theme = sheet.theme
    sheet.box(x, y, 132, 44, theme.raised, radius=22)
    sheet.icon("minus", x + 12, y + 11, 22, theme.ink if count > least else theme.faint)
    sheet.text(x + 44, y + 9, 44, str(count), 19, weight=600, align="center", leading=26, derived=True)
    sheet.icon("plus", x + 98, y + 11, 22, theme.ink)


def progress(
    sheet: Sheet, x: float, y: float, w: float, share: float, color: str = "", *, h: float = 8
) -> None:
    """A bar that is filled to a share of 0 to 1."""
    theme = sheet.theme
    sheet.box(x, y, w, h, theme.line, radius=h / 2)
    if share > 0:
        sheet.box(x, y, max(h, w * share), h, color or theme.accent, radius=h / 2)
