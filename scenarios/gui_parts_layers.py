"""What lies over a page: dialogs, sheets from below, menus, the keyboard.

Each takes over the gestures of what it covers.
"""

__all__ = ["KEYBOARD_PX", "bottom_sheet", "dialog", "keyboard", "menu"]

from collections.abc import Sequence

from .gui_parts import HEIGHT, WIDTH, Sheet, line_count, width_of
from .gui_parts_bars import nav_height
from .gui_parts_controls import button, radio
from .gui_theme_tones import mixed

KEYBOARD_PX = 392
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def dialog(
    sheet: Sheet,
    title: str,
    text: str,
    *,
    yes: tuple[str, str, str],
    no: tuple[str, str, str] = ("Cancel", "dismiss", "Cancel"),
    icon: str = "",
    danger: bool = False,
    choices: Sequence[str] = (),
    chosen: int = -1,
    choose: str = "choose",
    entry: str | None = None,
) -> None:
    """A dialog in the middle of the screen.

    Args:
        sheet: where to draw.
        title: its question.
        text: what it explains; "" for nothing.
        yes: label, spot and goal of the button that does it.
        no: the same of the one that does not.
        icon: above the title.
        danger: whether the first button destroys something.
        choices: lines with radio buttons.
        chosen: which of them is on.
        choose: spot of the choices.
        entry: text of a field to be typed into.
    """
    theme = sheet.theme
    w = 448 if theme.is_material else 408
    inner = w - 56
    x = (WIDTH - w) / 2
    title_lines = line_count(title, inner, 25, 600, theme.display)
    text_lines = line_count(text, inner, 18) if text else 0
    h = 30 + (46 if icon else 0) + 34 * title_lines + (14 + 26 * text_lines if text else 0)
    h += 20 + 58 * len(choices) + (92 if entry is not None else 0) + 84
    y = (HEIGHT - h) / 2 - 20 if entry is None else 260
    sheet.modal()
    sheet.spot("dismiss", (0, 0, WIDTH, HEIGHT))
    sheet.cover((x, y, x + w, y + h))
    ground = (
        theme.raised if theme.is_material and not theme.is_dark else mixed(theme.surface, theme.raised, 0.6)
    )
    sheet.box(x, y, w, h, ground, radius=32 if theme.is_material else 24, shadow=3)
    sheet.spot("hold_still", (x, y, x + w, y + h))
    align = "center" if icon or not theme.is_material else "left"
    top = y + 30
    if icon:
        sheet.icon(icon, WIDTH / 2 - 17, top, 34, theme.danger if danger else theme.accent)
        top += 46
    top = sheet.text(
        x + 28, top, inner, title, 25, weight=600, align=align, lines=3, leading=34, face=theme.display
    )
    if text:
        top = sheet.text(x + 28, top + 14, inner, text, 18, theme.muted, align=align, lines=6, leading=26)
    top += 20
    for index, choice in enumerate(choices):
        on = index == chosen
        probes = radio(sheet, x + 28, top + 14, on, ground)
        sheet.text(x + 74, top + 16, inner - 46, choice, 19, leading=26)
        box = (x + 12, top, x + w - 12, top + 58)
        sheet.widget(
            f"{choose}:{index}", "radio", box, "on" if on else "off", [sheet.paint(*p) for p in probes]
        )
        sheet.spot(f"{choose}:{index}", box, "" if on else f"Choose {choice}", f"Tap {choice}")
        top += 58
    if entry is not None:
        sheet.box(x + 28, top, inner, 64, theme.surface, radius=14, border=f"2.5px solid {theme.accent}")
        sheet.text(x + 46, top + 18, inner - 40, entry, 19, leading=28, derived=True)
        sheet.box(x + 49 + width_of(entry, 19) * 0.985, top + 20, 2.5, 24, theme.accent)
        sheet.widget("entry", "field", (x + 28, top, x + 28 + inner, top + 64), entry)
        top += 92
    sheet.widget("dialog", "dialog", (x, y, x + w, y + h), title)
    foot = y + h - 74
    yes_w = width_of(yes[0], 18, 600) + 52
    no_w = width_of(no[0], 18, 600) + 44
    if theme.is_material:
        right = x + w - 24
        button(
            sheet,
            right - yes_w,
            foot,
            yes_w,
            yes[0],
            kind="filled",
            spot=yes[1],
            goal=yes[2],
            h=50,
            danger=danger,
        )
        button(sheet, right - yes_w - no_w - 6, foot, no_w, no[0], kind="text", spot=no[1], goal=no[2], h=50)
    else:
        half = (w - 56 - 14) / 2
        button(sheet, x + 28, foot - 6, half, no[0], kind="tonal", spot=no[1], goal=no[2], h=54)
        button(
            sheet,
            x + 42 + half,
            foot - 6,
            half,
            yes[0],
            kind="filled",
            spot=yes[1],
            goal=yes[2],
            h=54,
            danger=danger,
        )


def bottom_sheet(sheet: Sheet, title: str, height: float) -> tuple[float, float, float]:
    """A sheet from below with a handle; returns x and y where its content begins, and the y of its foot."""
    theme = sheet.theme
    foot = nav_height(theme)
    top = HEIGHT - foot - height
    sheet.modal()
    sheet.spot("dismiss", (0, 0, WIDTH, top), "Close the sheet", "Tap outside the sheet")
    sheet.cover((0, top, WIDTH, HEIGHT))
    ground = theme.surface if not theme.is_dark else mixed(theme.surface, theme.raised, 0.5)
    sheet.box(0, top, WIDTH, height + foot, ground, radius="32px 32px 0 0", shadow=3)
    sheet.spot("hold_still", (0, top, WIDTH, HEIGHT))
    sheet.box(WIDTH / 2 - 22, top + 14, 44, 5, theme.faint, radius=2.5)
    y = sheet.text(28, top + 36, WIDTH - 56, title, 25, weight=600, leading=34, face=theme.display)
    sheet.widget("sheet", "sheet", (0, top, WIDTH, HEIGHT - foot), title)
    return 28, y + 14, HEIGHT - foot


def menu(
    sheet: Sheet, x: float, y: float, items: Sequence[tuple[str, str, str, str]], *, w: float = 270
) -> None:
    """A small menu: icon, label, spot and goal of each line."""
    theme = sheet.theme
    h = 58 * len(items) + 16
    box = (x, y, x + w, y + h)
    sheet.modal(veiled=False)
    sheet.spot("dismiss", (0, 0, WIDTH, HEIGHT), "Close the menu", "Tap beside the menu")
    sheet.cover(box)
    ground = theme.surface if not theme.is_dark else theme.raised
    sheet.box(
        x, y, w, h, ground, radius=16, shadow=3, border=f"1px solid {theme.line}" if theme.is_dark else ""
    )
    sheet.spot("hold_still", box)
    for index, (icon, label, spot, goal) in enumerate(items):
        top = y + 8 + 58 * index
        danger = label in ("Delete", "Remove")
        tint = theme.danger if danger else theme.ink
        sheet.icon(icon, x + 20, top + 16, 26, theme.danger if danger else theme.muted)
        sheet.text(x + 62, top + 16, w - 76, label, 19, tint, leading=26)
        sheet.spot(spot, (x, top, x + w, top + 58), goal, f"Tap {label}")
    sheet.widget("menu", "menu", box, " / ".join(label for _, label, _, _ in items))


def keyboard(sheet: Sheet, *, action: str = "enter", capital: bool = False) -> float:
    """The keyboard at the foot; returns its top."""
    theme = sheet.theme
    foot = nav_height(theme)
    top = HEIGHT - KEYBOARD_PX
    sheet.cover((0, top, WIDTH, HEIGHT))
    ground = mixed(theme.raised, theme.ink, 0.05)
    key = theme.surface if not theme.is_dark else mixed(theme.raised, theme.ink, 0.16)
    quiet = mixed(ground, theme.ink, 0.12)
    sheet.box(0, top, WIDTH, KEYBOARD_PX, ground)
    sheet.spot("hold_still", (0, top, WIDTH, HEIGHT))
    high = (KEYBOARD_PX - foot - 34) / 4 - 10
    y = top + 14
    for index, row in enumerate(_ROWS):
        left = (WIDTH - 52 * len(row)) / 2 + 1
        if index == 2:
            sheet.box(8, y, 66, high, theme.accent if capital else quiet, radius=9)
            sheet.icon("shift", 28, y + high / 2 - 13, 26, theme.on_accent if capital else theme.ink)
            sheet.box(WIDTH - 74, y, 66, high, quiet, radius=9)
            sheet.icon("backspace", WIDTH - 55, y + high / 2 - 14, 28, theme.ink)
        for letter in row:
            shown = letter.upper() if capital else letter
            sheet.box(
                left + 3,
                y,
                46,
                high,
                key,
                radius=9,
                style=f"box-shadow:0 1px 0 {mixed(ground, '#000000', 0.25)}",
            )
            sheet.text(left + 3, y + high / 2 - 16, 46, shown, 24, align="center", leading=32)
            left += 52
        y += high + 10
    sheet.box(8, y, 84, high, quiet, radius=9)
    sheet.text(8, y + high / 2 - 13, 84, "?123", 18, align="center", leading=26)
    sheet.box(100, y, 46, high, quiet, radius=9)
    sheet.icon("smile", 111, y + high / 2 - 12, 24, theme.ink)
    sheet.box(154, y, 216, high, key, radius=9)
    sheet.text(154, y + high / 2 - 11, 216, "English", 16, theme.muted, align="center", leading=22)
    sheet.box(378, y, 46, high, key, radius=9)
    sheet.text(378, y + high / 2 - 18, 46, ".", 24, align="center", leading=32)
    sheet.box(432, y, 100, high, theme.accent, radius=9 if not theme.is_material else high / 2)
    sheet.icon(action, 469, y + high / 2 - 14, 28, theme.on_accent)
    sheet.widget("keyboard", "keyboard", (0, top, WIDTH, HEIGHT - foot), "capitals" if capital else "shown")
    return top
