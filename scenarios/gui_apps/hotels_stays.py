"""Stays as cards in a list, and the page of one."""

__all__ = ["AMENITIES", "draw_cards", "draw_house", "draw_waiting"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import landscape
from ..gui_parts_bars import MARGIN, STATUS_PX, nav_height
from ..gui_parts_controls import button
from ..gui_parts_rows import card, divider

AMENITIES = {
    "breakfast": ("coffee", "Breakfast"),
    "pool": ("pool", "Pool"),
    "parking": ("parking", "Parking"),
    "pets": ("paw", "Pets"),
}
NIGHTS = 3


def draw_cards(s: State, d: Sheet, y: float, foot: float, found: list[int]) -> None:
    """The cards of the stays found, as far as they fit."""
    theme, high = d.theme, 306
    if not found:
        d.icon("search", WIDTH / 2 - 40, y + 160, 80, theme.faint)
        d.text(0, y + 270, WIDTH, "No stays match", 24, weight=600, align="center")
        d.text(0, y + 308, WIDTH, "Take a filter away to see more", 18, theme.muted, align="center")
        d.widget("none", "message", (0, y, WIDTH, foot), "none")
        return
    most = max(0, len(found) - 3)
    first = min(s["scroll"]["list"], most)
    window = (0.0, y, float(WIDTH), foot)
    d.widget("scroll:list", "list", window, str(first))
    if first < most:
        d.spot(
            "scroll:list",
            window,
            "See stays further down",
            "Swipe up on the list",
            gesture="swipe",
            direction="up",
            text=str(min(first + 2, most)),
        )
    if first:
        d.spot(
            "scroll:list",
            window,
            "See stays further up",
            "Swipe down on the list",
            gesture="swipe",
            direction="down",
            text=str(max(first - 2, 0)),
        )
    with d.clip(*window[:2], WIDTH, foot - y):
        for index in found[first:]:
            if y > foot - 20:
                break
            _draw_card(s, d, y, high, index)
            y += high + 16


def _draw_card(s: State, d: Sheet, y: float, high: float, index: int) -> None:
    theme, house = d.theme, s["houses"][index]
    w = WIDTH - 2 * MARGIN
    card(d, MARGIN, y, w, high, raised=True)
    with d.clip(MARGIN, y, w, 186, radius=theme.radius):
        landscape(d, MARGIN, y, w, 186, house["art"])
    box = (float(MARGIN), y, WIDTH - float(MARGIN), y + high)
    d.widget(f"house:{index}", "card", box, house["name"])
    d.spot(f"house:{index}", box, f"Look at {house['name']}", f"Tap {house['name']}")
    _draw_heart(d, index, house, WIDTH - MARGIN - 60, y + 14)
    d.text(MARGIN + 18, y + 196, w - 100, house["name"], 21, weight=600, leading=30)
    d.box(WIDTH - MARGIN - 68, y + 198, 52, 32, theme.accent, radius=9)
    d.text(
        WIDTH - MARGIN - 68,
        y + 201,
        52,
        f"{house['score']:.1f}",
        17,
        theme.on_accent,
        weight=700,
        align="center",
        leading=26,
    )
    d.text(
        MARGIN + 18,
        y + 227,
        w - 100,
        f"{house['part']}, {house['km']:.1f} km from the centre",
        16,
        theme.muted,
        leading=24,
    )
    x = MARGIN + 18.0
    for key in house["has"]:
        d.icon(AMENITIES[key][0], x, y + 262, 24, theme.muted)
        x += 36
    d.text(
        WIDTH - MARGIN - 166,
        y + 258,
        150,
        f"€{house['price']}",
        22,
        weight=700,
        align="right",
        leading=30,
    )


def _draw_heart(d: Sheet, index: int, house: dict, x: float, y: float) -> None:
    theme, liked = d.theme, house["liked"]
    d.box(x, y, 46, 46, theme.surface, radius=23, shadow=1)
    d.icon("heart", x + 10, y + 10, 26, theme.danger if liked else theme.muted, filled=liked)
    box = (x - 6, y - 6, x + 52, y + 52)
    d.widget(
        f"like:{index}",
        "heart",
        box,
        "liked" if liked else "plain",
        [d.paint(x + 23, y + 22, theme.danger if liked else theme.surface)],
    )
    d.spot(
        f"like:{index}",
        box,
        f"{'Forget' if liked else 'Save'} {house['name']}",
        f"Tap the heart of {house['name']}",
    )


def draw_waiting(d: Sheet, y: float, foot: float) -> None:
    """Grey cards while a search runs."""
    theme, w = d.theme, WIDTH - 2 * MARGIN
    d.widget(
        "waiting",
        "progress",
        (0, y, WIDTH, foot),
        "waiting",
        [d.paint(MARGIN + w / 2, y + 60, theme.line)],
    )
    for _ in range(2):
        card(d, MARGIN, y, w, 306)
        d.box(MARGIN, y, w, 186, theme.line, radius=f"{theme.radius}px {theme.radius}px 0 0")
        d.box(MARGIN + 18, y + 206, 240, 20, theme.line, radius=10)
        d.box(MARGIN + 18, y + 240, 320, 16, theme.line, radius=8)
        d.box(MARGIN + 18, y + 270, 120, 16, theme.line, radius=8)
        y += 322


def draw_house(s: State, d: Sheet, house: dict, index: int) -> None:
    """The page of one stay."""
    theme = d.theme
    landscape(d, 0, 0, WIDTH, 420, house["art"])
    d.bar_color = "#ffffff"
    d.box(0, 0, WIDTH, 110, "linear-gradient(rgba(0,0,0,.45),rgba(0,0,0,0))")
    d.box(20, STATUS_PX + 10, 52, 52, theme.surface, radius=26, shadow=1)
    d.icon("back", 32, STATUS_PX + 22, 28)
    d.spot(
        "up",
        (12, STATUS_PX + 2, 80, STATUS_PX + 70),
        "Go back to the list",
        "Tap the arrow at the top left",
    )
    _draw_heart(d, index, house, WIDTH - MARGIN - 48, STATUS_PX + 13)
    d.box(0, 388, WIDTH, HEIGHT - 388, theme.paper, radius="32px 32px 0 0")
    y = d.text(MARGIN, 418, 400, house["name"], 32, weight=700, leading=42, face=theme.display)
    d.icon("pin", MARGIN - 2, y + 8, 24, theme.muted)
    d.text(
        MARGIN + 28,
        y + 7,
        400,
        f"{house['part']}, {s['town']}",
        18,
        theme.muted,
        leading=26,
        derived=True,
    )
    d.box(WIDTH - MARGIN - 62, 422, 62, 40, theme.accent, radius=12)
    d.text(
        WIDTH - MARGIN - 62,
        428,
        62,
        f"{house['score']:.1f}",
        20,
        theme.on_accent,
        weight=700,
        align="center",
        leading=28,
    )
    d.widget("house", "page", (0, 400, WIDTH, 510), house["name"])
    y += 56
    x = float(MARGIN)
    for key in house["has"]:
        icon, label = AMENITIES[key]
        d.box(x, y, 112, 96, theme.raised, radius=theme.radius)
        d.icon(icon, x + 42, y + 16, 28, theme.accent)
        d.text(x, y + 56, 112, label, 16, align="center", leading=24)
        x += 124
    y += 120 if house["has"] else 6
    d.text(MARGIN, y, 300, "About this stay", 22, weight=600, leading=30)
    d.text(
        MARGIN,
        y + 40,
        WIDTH - 2 * MARGIN,
        (
            f"A quiet house {house['km']:.1f} km from the centre. Rooms look out on the garden; "
            f"the front desk is open until midnight."
        ),
        19,
        theme.muted,
        lines=4,
        leading=29,
    )
    y += 146
    d.text(MARGIN, y, 300, "Your stay", 22, weight=600, leading=30)
    d.icon("calendar", MARGIN, y + 46, 26, theme.muted)
    d.text(MARGIN + 42, y + 45, 380, f"18 - 21 May, {NIGHTS} nights", 19, leading=28)
    d.icon("users", MARGIN, y + 90, 26, theme.muted)
    who = f"{s['guests']} guest{'s' * (s['guests'] > 1)}, {s['rooms']} room{'s' * (s['rooms'] > 1)}"
    d.text(MARGIN + 42, y + 89, 300, who, 19, leading=28, derived=True)
    d.text(
        WIDTH - MARGIN - 100,
        y + 89,
        100,
        "Change",
        18,
        theme.accent,
        weight=600,
        align="right",
        leading=28,
    )
    d.widget("who", "row", (0, y + 78, WIDTH, y + 126), who)
    d.spot("who", (0, y + 78, WIDTH, y + 126), "Change guests and rooms", "Tap Change")
    foot = HEIGHT - nav_height(theme)
    d.foot_px = 108
    divider(d, foot - 108, left=0, right=WIDTH)
    total = house["price"] * NIGHTS * s["rooms"]
    d.text(MARGIN, foot - 94, 200, f"€{total}", 28, weight=700, leading=36, derived=True)
    d.text(MARGIN, foot - 56, 200, f"for {NIGHTS} nights", 17, theme.muted, leading=24)
    d.widget("total", "sum", (0, foot - 104, 240, foot - 24), str(total))
    booked = house.get("booked", False)
    button(
        d,
        WIDTH - MARGIN - 230,
        foot - 92,
        230,
        "Booked" if booked else "Book now",
        kind="tonal" if booked else "filled",
        spot=f"book:{index}",
        goal="" if booked else f"Book {house['name']}",
        h=64,
        icon="check" if booked else "",
    )
    d.widget(
        f"book:{index}",
        "button",
        (WIDTH - MARGIN - 236.0, foot - 98, WIDTH - MARGIN + 6.0, foot - 22),
        "booked" if booked else "free",
        [d.paint(WIDTH - MARGIN - 200, foot - 60, theme.soft if booked else theme.accent)],
    )
