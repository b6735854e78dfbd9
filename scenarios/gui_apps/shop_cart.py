"""The cart of a shop: amounts, a code, totals, and the thanks."""

__all__ = ["CODES", "draw_cart", "draw_thanks", "money", "sums"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import goods
from ..gui_parts_bars import MARGIN, app_bar, nav_height
from ..gui_parts_controls import button, field, stepper
from ..gui_parts_layers import keyboard
from ..gui_parts_rows import card, divider

SHIPPING_CENTS = 495
FREE_FROM_CENTS = 9000
CODES = {"SPRING10": 10, "HELLO15": 15, "FRIEND20": 20}


def draw_cart(s: State, d: Sheet, _: str) -> None:
    """The cart."""
    theme = d.theme
    y = app_bar(d, "Cart", back="Go back to the store") + 8
    if not s["cart"]:
        d.icon("bag", WIDTH / 2 - 48, 420, 96, theme.faint)
        d.text(0, 540, WIDTH, "Your cart is empty", 26, weight=600, align="center", derived=True)
        d.text(
            0,
            582,
            WIDTH,
            "Things that you add will be here",
            18,
            theme.muted,
            align="center",
            derived=True,
        )
        d.widget("empty", "message", (0, 400, WIDTH, 620), "empty")
        return
    w = WIDTH - 2 * MARGIN
    for index, count in s["cart"]:
        _draw_line(s, d, y, index, count)
        y += 138
    focused = s["focus"] == "code"
    box = (MARGIN, y + 4, WIDTH - MARGIN - 128, y + 72)
    field(
        d,
        MARGIN,
        y + 4,
        w - 128,
        "Discount code",
        s["draft"] or s["code"],
        focused=focused,
        error=s["fault"],
        icon="tag",
    )
    d.widget(
        "code",
        "field",
        (box[0], box[1], box[2], box[3] + (26 if s["fault"] else 0)),
        (s["draft"] or s["code"]) + s["fault"] + ("|" if focused else ""),
    )
    d.spot("code", box, "" if focused else "Enter a discount code", "Tap the field for the discount code")
    button(
        d,
        WIDTH - MARGIN - 116,
        y + 8,
        116,
        "Apply",
        kind="tonal",
        spot="apply",
        goal="Apply the discount code" if s["draft"] else "",
        h=60,
    )
    y += 104 if s["fault"] else 88
    _draw_sums(s, d, y)
    foot = HEIGHT - nav_height(theme) - 84
    if not focused:
        d.foot_px = 84
        button(d, MARGIN, foot, w, "Check out", spot="order", goal="Place the order", h=64)
    if focused:
        keyboard(d, capital=True)
        right = next((code for code in CODES if code not in (s["code"], s["draft"])), "SPRING10")
        for text in (right, "WELCOME"):
            d.spot(
                "code",
                (0, 0, WIDTH, HEIGHT),
                f"Enter the code {text}",
                f"Type {text}",
                gesture="type",
                text=text,
            )
        if s["draft"]:
            d.spot(
                "apply",
                (0, 0, WIDTH, HEIGHT),
                "Apply the discount code",
                "Press enter",
                gesture="key",
                text="enter",
            )


def _draw_line(s: State, d: Sheet, y: float, index: int, count: int) -> None:
    theme, w = d.theme, WIDTH - 2 * MARGIN
    item = s["goods"][index]
    card(d, MARGIN, y, w, 126)
    goods(d, MARGIN + 12, y + 12, 102, 102, item["kind"], item["art"], radius=max(theme.radius - 6, 6))
    x = MARGIN + 132
    d.text(x, y + 14, w - 200, item["name"], 19, weight=600, leading=28)
    d.text(x, y + 42, w - 200, item["about"], 16, theme.muted, leading=24)
    d.text(x, y + 80, 120, money(item["cents"] * count), 20, weight=700, leading=30, derived=True)
    d.icon("trash", WIDTH - MARGIN - 42, y + 14, 26, theme.muted)
    d.spot(
        f"ask:{index}",
        (WIDTH - MARGIN - 60, y, WIDTH - MARGIN, y + 58),
        f"Ask to remove {item['name']}",
        f"Tap the bin of {item['name']}",
    )
    left = WIDTH - MARGIN - 146.0
    stepper(d, left, y + 70, count, least=1)
    box = (x - 4.0, y + 62, WIDTH - MARGIN - 4.0, y + 122)
    d.widget(f"cart:{index}", "amount", box, str(count))
    if count > 1:
        d.spot(
            f"less:{index}",
            (left, y + 64, left + 48, y + 120),
            f"Take one {item['name']} out of the cart",
            f"Tap minus at {item['name']}",
        )
    d.spot(
        f"more:{index}",
        (left + 84, y + 64, left + 132, y + 120),
        f"Add one more {item['name']}",
        f"Tap plus at {item['name']}",
    )
    d.spot(
        f"row:{index}",
        (MARGIN, y, WIDTH - MARGIN, y + 126),
        f"Remove {item['name']} with a swipe",
        f"Swipe {item['name']} to the left",
        gesture="swipe",
        direction="left",
    )


def _draw_sums(s: State, d: Sheet, y: float) -> None:
    theme = d.theme
    goods_cents, off_cents, ship_cents = sums(s)
    lines = [("goods", "Goods", money(goods_cents))]
    if off_cents:
        lines.append(("off", f"Discount {CODES[s['code']]} %", "-" + money(off_cents)))
    lines.append(("shipping", "Shipping", money(ship_cents) if ship_cents else "Free"))
    lines.append(("total", "Total", money(goods_cents - off_cents + ship_cents)))
    for name, label, value in lines:
        total = name == "total"
        if total:
            divider(d, y + 4)
            y += 12
        d.text(
            MARGIN + 4,
            y + 6,
            250,
            label,
            22 if total else 18,
            "" if total else theme.muted,
            weight=700 if total else 400,
            leading=30,
            derived=True,
        )
        d.text(
            WIDTH - MARGIN - 204,
            y + 6,
            200,
            value,
            22 if total else 18,
            weight=700 if total else 600,
            align="right",
            leading=30,
            derived=True,
        )
        d.widget(f"sum:{name}", "sum", (MARGIN, y, WIDTH - MARGIN, y + 40), value)
        y += 36


def draw_thanks(s: State, d: Sheet, argument: str) -> None:
    """What the shop says once an order is placed."""
    theme = d.theme
    d.box(WIDTH / 2 - 70, 330, 140, 140, theme.soft, radius=70)
    d.icon("check", WIDTH / 2 - 40, 360, 80, theme.on_soft)
    d.text(
        MARGIN,
        510,
        WIDTH - 2 * MARGIN,
        "Thank you!",
        38,
        weight=700,
        align="center",
        leading=48,
        face=theme.display,
    )
    d.text(
        60,
        566,
        WIDTH - 120,
        f"Your order of {argument} is placed. It leaves our warehouse tomorrow.",
        20,
        theme.muted,
        align="center",
        lines=3,
        leading=30,
    )
    d.widget("thanks", "message", (0, 500, WIDTH, 640), argument)
    button(
        d,
        MARGIN,
        HEIGHT - nav_height(theme) - 84,
        WIDTH - 2 * MARGIN,
        "Back to the store",
        spot="up",
        goal="Go back to the store",
        h=64,
    )


def sums(s: State) -> tuple[int, int, int]:
    """Goods, discount and shipping, in cents."""
    whole = sum(s["goods"][index]["cents"] * count for index, count in s["cart"])
    off = whole * CODES.get(s["code"], 0) // 100
    return whole, off, 0 if whole - off >= FREE_FROM_CENTS else SHIPPING_CENTS


def money(cents: int) -> str:
    """An amount as it is written."""
    return f"€{cents // 100}.{cents % 100:02d}"
