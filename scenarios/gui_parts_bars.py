"""Bars of a phone screen: status, title, tabs, navigation, snackbar."""

__all__ = [
    "APP_BAR_PX",
    "MARGIN",
    "STATUS_PX",
    "app_bar",
    "bottom_nav",
    "floating_button",
    "large_title",
    "nav_height",
    "snackbar",
    "status_bar",
    "system_nav",
    "tab_strip",
]

from collections.abc import Sequence

from .gui_parts import HEIGHT, WIDTH, Sheet, width_of
from .gui_theme import Theme
from .gui_theme_tones import mixed

STATUS_PX = 46
APP_BAR_PX = 72
BOTTOM_NAV_PX = 92
MARGIN = 24


def nav_height(theme: Theme) -> int:
    """Height of the system's bar at the foot, px."""
    return 52 if theme.nav == "buttons" else 30


def status_bar(sheet: Sheet, time: str, battery: int, color: str = "") -> None:
    """Time on the left, signal, Wi-Fi and battery on the right."""
    color = color or sheet.theme.ink
    sheet.text(30, 12, 90, time, 18, color, weight=600)
    sheet.svg(
        424,
        15,
        24,
        18,
        f'<g fill="{color}"><rect x="0" y="12" width="4" height="6" rx="1"/><rect x="6" y="8" width="4" '
        f'height="10" rx="1"/><rect x="12" y="4" width="4" height="14" rx="1"/><rect x="18" y="0" width="4" '
        'height="18" rx="1"/></g>',
    )
    sheet.icon("wifi", 451, 11, 25, color)
    filled = 22 * battery / 100
    sheet.svg(
        480,
        15,
        34,
        18,
        f'<rect x="1" y="1" width="28" height="16" rx="5" fill="none" stroke="{color}" stroke-opacity=".5" '
        f'stroke-width="1.6"/><rect x="4" y="4" width="{filled:.1f}" height="10" rx="2.6" fill="{color}"/>'
        f'<rect x="31" y="6" width="2.6" height="6" rx="1.3" fill="{color}" fill-opacity=".5"/>',
    )


def system_nav(sheet: Sheet, color: str = "") -> None:
    """The gesture pill, or back, home and overview."""
    theme = sheet.theme
    color = color or theme.ink
    if theme.nav == "gesture":
        sheet.box(WIDTH / 2 - 75, HEIGHT - 16, 150, 6, color, radius=3)
        return
    y = HEIGHT - 26
    body = (
        f'<g fill="none" stroke="{color}" stroke-width="2.4" stroke-linejoin="round">'
        f'<path d="M150 15v22l-18-11z"/><circle cx="270" cy="26" r="11"/>'
        f'<rect x="380" y="16" width="20" height="20" rx="4"/></g>'
    )
    sheet.svg(0, HEIGHT - 52, WIDTH, 52, body)
    sheet.spot("system_back", (100, y - 24, 190, y + 24))
    sheet.spot("system_home", (225, y - 24, 315, y + 24))


def app_bar(
    sheet: Sheet,
    title: str,
    *,
    back: str = "",
    leading: str = "",
    actions: Sequence[tuple[str, str, str, str]] = (),
    fill: str = "",
    derived: bool = False,
) -> float:
    """Title with a way back and actions; returns the y below it.

    Args:
        sheet: where to draw.
        title: what the page is called.
        back: goal of the arrow; "" for none.
        leading: another icon in its place.
        actions: icon, spot, goal, description of each, from left to right.
        fill: colour of the bar.
        derived: whether the title follows from what was done.
    """
    theme, top = sheet.theme, STATUS_PX
    if fill:
        sheet.box(0, 0, WIDTH, top + APP_BAR_PX, fill)
    middle = top + APP_BAR_PX / 2
    x = MARGIN
    if back or leading:
        name = leading or ("back" if theme.is_material else "chevron_left")
        tint = theme.ink if theme.is_material or leading else theme.accent
        sheet.icon(name, 20, middle - 15, 30, tint)
        sheet.spot(
            "up" if back else "menu", (6, middle - 32, 70, middle + 32), back, "Tap the arrow at the top left"
        )
        x = 72
    right = WIDTH - 12 - 56 * len(actions)
    if theme.is_material:
        sheet.text(
            x,
            middle - 18,
            right - x - 8,
            title,
            27,
            face=theme.display,
            weight=700 if theme.display != "Inter" else 600,
            leading=36,
            derived=derived,
        )
    else:
        inset = max(80, WIDTH - right + 6)
        sheet.text(
            inset,
            middle - 15,
            WIDTH - 2 * inset,
            title,
            22,
            weight=600,
            align="center",
            leading=30,
            derived=derived,
        )
    for index, (icon, spot, goal, description) in enumerate(actions):
        left = right + 56 * index
        filled = icon.endswith("!")
        sheet.icon(
            icon.rstrip("!"),
            left + 14,
            middle - 14,
            28,
            theme.accent if filled or not theme.is_material else theme.ink,
            filled=filled,
        )
        sheet.spot(spot, (left, middle - 30, left + 56, middle + 30), goal, description)
    sheet.widget("title", "title", (0, top, WIDTH, top + APP_BAR_PX), title)
    return top + APP_BAR_PX


def large_title(sheet: Sheet, y: float, title: str, subtitle: str = "", *, derived: bool = False) -> float:
    """A page's title in large letters; returns the y below it."""
    theme = sheet.theme
    y = sheet.text(
        MARGIN, y, WIDTH - 2 * MARGIN, title, 38, weight=700, face=theme.display, leading=48, derived=derived
    )
    if subtitle:
        y = sheet.text(MARGIN, y + 2, WIDTH - 2 * MARGIN, subtitle, 18, theme.muted, derived=derived)
    sheet.widget("title", "title", (0, y - 76, WIDTH, y), title)
    return y


def tab_strip(
    sheet: Sheet, y: float, tabs: Sequence[str], chosen: int, *, spot: str = "tab", fill: str = ""
) -> float:
    """Tabs in a row, one of them chosen; returns the y below it."""
    theme = sheet.theme
    if fill:
        sheet.box(0, y, WIDTH, 62, fill)
    if not theme.is_material:
        inner, high = WIDTH - 2 * MARGIN, 44
        sheet.box(MARGIN, y + 6, inner, high, theme.raised, radius=12)
        wide = (inner - 6) / len(tabs)
        for index, tab in enumerate(tabs):
            left = MARGIN + 3 + wide * index
            on = index == chosen
            fill_on = mixed(theme.raised, "#ffffff", 0.14) if theme.is_dark else "#ffffff"
            if on:
                sheet.box(left, y + 9, wide, high - 6, fill_on, radius=10, shadow=1)
            sheet.text(left, y + 15, wide, tab, 17, weight=600 if on else 400, align="center", leading=26)
            _tab(
                sheet,
                spot,
                index,
                tab,
                on,
                (left, y + 4, left + wide, y + high + 8),
                (left + 8, y + 13),
                fill_on if on else theme.raised,
            )
        return y + high + 16
    wide = WIDTH / len(tabs)
    sheet.box(0, y + 60, WIDTH, 1, theme.line)
    for index, tab in enumerate(tabs):
        left, on = wide * index, index == chosen
        sheet.text(
            left + 4,
            y + 17,
            wide - 8,
            tab,
            18,
            theme.accent if on else theme.muted,
            weight=600,
            align="center",
            leading=26,
        )
        bar = min(wide - 20, width_of(tab, 18, 600) + 8)
        if on:
            sheet.box(left + (wide - bar) / 2, y + 57, bar, 4, theme.accent, radius="4px 4px 0 0")
        ground = theme.accent if on else fill or theme.paper
        _tab(sheet, spot, index, tab, on, (left, y, left + wide, y + 61), (left + wide / 2, y + 58.5), ground)
    return y + 62


def bottom_nav(sheet: Sheet, items: Sequence[tuple[str, str]], chosen: int, *, spot: str = "nav") -> float:
    """Icons with labels at the foot, one of them chosen; returns its top."""
    theme = sheet.theme
    foot = nav_height(theme)
    top = HEIGHT - foot - BOTTOM_NAV_PX + (8 if foot < 40 else 0)
    sheet.foot_px = HEIGHT - foot - top
    ground = theme.raised if theme.is_material else theme.surface
    sheet.box(0, top, WIDTH, HEIGHT - top, ground)
    if not theme.is_material:
        sheet.box(0, top, WIDTH, 1, theme.line)
    sheet.cover((0, top, WIDTH, HEIGHT))
    wide = WIDTH / len(items)
    for index, (icon, label) in enumerate(items):
        middle, on = wide * (index + 0.5), index == chosen
        if theme.is_material:
            if on:
                sheet.box(middle - 38, top + 13, 76, 38, theme.soft, radius=19)
            sheet.icon(icon, middle - 14, top + 18, 28, theme.on_soft if on else theme.muted, filled=False)
            probe, ground_here = (middle - 26, top + 32), theme.soft if on else ground
        else:
            sheet.icon(icon, middle - 15, top + 12, 30, theme.accent if on else theme.muted)
            probe, ground_here = (0, 0), ground
        tint = theme.ink if on and theme.is_material else theme.accent if on else theme.muted
        sheet.text(
            middle - wide / 2,
            top + 55,
            wide,
            label,
            15,
            tint,
            weight=600 if on else 400,
            align="center",
            leading=22,
        )
        _tab(
            sheet,
            spot,
            index,
            label,
            on,
            (middle - wide / 2, top, middle + wide / 2, top + 82),
            probe,
            ground_here,
        )
    return top


def floating_button(sheet: Sheet, foot: float, icon: str, spot: str, goal: str, *, label: str = "") -> None:
    """The page's main action, over its lower right corner."""
    theme = sheet.theme
    wide = 72 if not label else round(width_of(label, 18, 600)) + 84
    x, y = WIDTH - wide - 22, foot - 94
    radius = 22 if theme.is_material else 36
    fill, tint = (theme.soft, theme.on_soft) if theme.is_material else (theme.accent, theme.on_accent)
    sheet.cover((x, y, x + wide, y + 72))
    sheet.box(x, y, wide, 72, fill, radius=radius, shadow=2)
    sheet.icon(icon, x + 22, y + 22, 28, tint)
    if label:
        sheet.text(x + 60, y + 23, wide - 68, label, 18, tint, weight=600, leading=26)
    sheet.spot(spot, (x, y, x + wide, y + 72), goal, f"Tap the {label or icon} button at the lower right")


def snackbar(sheet: Sheet, foot: float, text: str, action: str = "", goal: str = "") -> None:
    """A short message above the foot, with an action at its right."""
    theme = sheet.theme
    fill = theme.ink if not theme.is_dark else mixed(theme.ink, theme.paper, 0.08)
    tint = mixed(theme.accent, "#ffffff", 0.55) if not theme.is_dark else mixed(theme.accent, "#000000", 0.45)
    y = foot - 78
    box = (18.0, y, WIDTH - 18.0, y + 66)
    sheet.cover(box)
    sheet.box(18, y, WIDTH - 36, 66, fill, radius=14 if theme.is_material else 20, shadow=2)
    room = WIDTH - 84 - (110 if action else 0)
    sheet.text(42, y + 20, room, text, 18, theme.paper, leading=26, derived=True)
    if action:
        sheet.text(WIDTH - 138, y + 20, 96, action, 18, tint, weight=600, align="right", leading=26)
        sheet.spot("undo", (WIDTH - 150, y, WIDTH - 18, y + 66), goal, f"Tap {action} in the message")
    sheet.widget("message", "message", box, text)


def _tab(
    sheet: Sheet,
    spot: str,
    index: int,
    name: str,
    on: bool,
    box: tuple[float, float, float, float],
    probe: tuple[float, float],
    ground: str,
) -> None:
    paints = [sheet.paint(*probe, ground)] if probe != (0, 0) else []
    sheet.widget(f"{spot}:{index}", "tab", box, "chosen" if on else "not chosen", paints)
    if not on:
        sheet.spot(f"{spot}:{index}", box, f"Go to {name}", f"Tap {name}")
