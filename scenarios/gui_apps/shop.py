"""Shop: goods to look at, like and put into a cart."""

__all__ = ["ShopApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import goods
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, large_title, nav_height
from ..gui_parts_controls import button, chip
from ..gui_parts_layers import dialog
from ..gui_words import GOODS_FOR_SALE
from .phone import PhoneApp, chance, phone
from .shop_cart import CODES, draw_cart, draw_thanks, money, sums

COLOURS = ("Sand", "Forest", "Ink")
MOST = 9


class ShopApp(PhoneApp):
    """A shop of things for the house."""

    kind = "shop"
    icon = "bag"

    def start(self, rng: np.random.Generator) -> State:
        """Eight goods, some of them in the cart."""
        chosen = chance(rng, GOODS_FOR_SALE, 8)
        state = phone(
            rng,
            "Store",
            "home",
            goods=[
                {
                    "kind": kind,
                    "name": name,
                    "about": about,
                    "cents": round(cents * float(rng.uniform(0.8, 1.3)) / 500) * 500
                    - int(rng.choice((0, 5, 10, 50))),
                    "art": int(rng.integers(400)),
                    "liked": bool(rng.random() < 0.3),
                    "stars": f"{rng.uniform(3.9, 5.0):.1f}",
                }
                for kind, name, about, cents in chosen
            ],
            cart=[
                [int(index), int(rng.integers(1, 4))]
                for index in rng.permutation(8)[: int(rng.integers(1, 4))]
            ],
            colour=0,
            code="",
            draft="",
            fault="",
        )
        if rng.random() < 0.55:
            state["pages"].append(["cart", ""])
        return state

    def draw(self, s: State, d: Sheet) -> None:
        """The shop, a thing, the cart, or the thanks."""
        page, argument = s["pages"][-1]
        {"home": self._home, "item": self._item, "cart": draw_cart, "thanks": draw_thanks}[page](
            s, d, argument
        )
        if s["modal"]:
            index = int(s["modal"][1])
            dialog(
                d,
                "Remove from the cart?",
                s["goods"][index]["name"],
                yes=("Remove", f"drop:{index}", f"Remove {s['goods'][index]['name']} from the cart"),
                no=("Keep", "dismiss", f"Keep {s['goods'][index]['name']} in the cart"),
                danger=True,
            )

    def _home(self, s: State, d: Sheet, _: str) -> None:
        theme = d.theme
        y = large_title(d, STATUS_PX + 18, "Store") + 12
        self._bag(s, d)
        w, high = (WIDTH - 2 * MARGIN - 18) / 2, 318
        foot = HEIGHT - nav_height(theme)
        for index, item in enumerate(s["goods"][:6]):
            x, top = MARGIN + (w + 18) * (index % 2), y + (high + 14) * (index // 2)
            if top + high > foot:
                break
            goods(d, x, top, w, 222, item["kind"], item["art"], radius=theme.radius)
            box = (x, top, x + w, top + high)
            d.spot(f"item:{index}", box, f"Look at {item['name']}", f"Tap {item['name']}")
            d.text(x + 4, top + 232, w - 8, item["name"], 18, weight=600, leading=26)
            d.text(x + 4, top + 258, w - 70, item["about"], 16, theme.muted, leading=24)
            d.text(x + 4, top + 283, w - 70, money(item["cents"]), 18, weight=700, leading=28)
            d.box(x + w - 56, top + 12, 44, 44, theme.surface, radius=22, shadow=1)
            self._heart(d, index, item, x + w - 56, top + 12)
            held = any(held == index for held, _ in s["cart"])
            fill = theme.soft if held else theme.accent
            d.box(x + w - 50, top + 262, 46, 46, fill, radius=23)
            d.icon(
                "check" if held else "plus",
                x + w - 39,
                top + 273,
                24,
                theme.on_soft if held else theme.on_accent,
            )
            put = (x + w - 60, top + 250, x + w, top + high)
            d.widget(
                f"put:{index}",
                "button",
                put,
                "in the cart" if held else "add",
                [d.paint(x + w - 27, top + 267, fill)],
            )
            d.spot(
                f"put:{index}",
                put,
                f"Add {item['name']} to the cart",
                f"Tap the button beside the price of {item['name']}",
            )

    def _bag(self, s: State, d: Sheet) -> None:
        theme = d.theme
        x, y, count = WIDTH - MARGIN - 54, STATUS_PX + 18, sum(count for _, count in s["cart"])
        d.box(x, y, 54, 54, theme.raised, radius=27)
        d.icon("bag", x + 12, y + 12, 30)
        if count:
            d.box(x + 32, y - 4, 28, 28, theme.accent, radius=14)
            d.text(
                x + 32,
                y - 1,
                28,
                str(count),
                15,
                theme.on_accent,
                weight=700,
                align="center",
                leading=22,
                derived=True,
            )
        box = (x - 8.0, y - 8.0, WIDTH - 10.0, y + 60.0)
        d.widget("bag", "badge", box, str(count), [] if count else [d.paint(x + 50, y + 3, theme.paper)])
        d.spot("bag", box, "Open the cart", "Tap the bag at the top right")

    def _heart(self, d: Sheet, index: int, item: dict, x: float, y: float) -> None:
        liked = item["liked"]
        d.icon("heart", x + 10, y + 10, 24, d.theme.danger if liked else d.theme.muted, filled=liked)
        box = (x - 4, y - 4, x + 48, y + 48)
        d.widget(
            f"like:{index}",
            "heart",
            box,
            "liked" if liked else "plain",
            [d.paint(x + 22, y + 21, d.theme.danger if liked else d.theme.surface)],
        )
        d.spot(
            f"like:{index}",
            box,
            f"{'Unlike' if liked else 'Like'} {item['name']}",
            f"Tap the heart of {item['name']}",
        )

    def _item(self, s: State, d: Sheet, argument: str) -> None:
        theme, index = d.theme, int(argument)
        item = s["goods"][index]
        y = app_bar(d, "", back="Go back to the store")
        self._bag(s, d)
        goods(d, MARGIN, y + 8, WIDTH - 2 * MARGIN, 430, item["kind"], item["art"], radius=theme.radius + 8)
        d.box(WIDTH - MARGIN - 62, y + 24, 44, 44, theme.surface, radius=22, shadow=1)
        self._heart(d, index, item, WIDTH - MARGIN - 62, y + 24)
        y += 462
        d.text(MARGIN, y, 330, item["name"], 30, weight=700, leading=40, face=theme.display)
        d.text(
            WIDTH - MARGIN - 150,
            y + 2,
            150,
            money(item["cents"]),
            26,
            theme.accent,
            weight=700,
            align="right",
            leading=36,
        )
        d.icon("star", MARGIN, y + 48, 22, theme.warning, filled=True)
        d.text(
            MARGIN + 30,
            y + 47,
            300,
            f"{item['stars']} from {120 + item['art']} reviews",
            17,
            theme.muted,
            leading=24,
        )
        d.widget("item", "product", (0, y - 10, WIDTH, y + 84), item["name"])
        y += 96
        d.text(
            MARGIN,
            y,
            WIDTH - 2 * MARGIN,
            (
                f"{item['about']}. Made in small series from materials that last, and repaired by "
                f"us for as long as you own it."
            ),
            19,
            theme.muted,
            lines=4,
            leading=29,
        )
        y += 112
        d.text(MARGIN, y, 300, "Colour", 18, weight=600, leading=26)
        x = float(MARGIN)
        for number, colour in enumerate(COLOURS):
            on = number == s["colour"]
            w, probes = chip(d, x, y + 36, colour, on)
            box = (x, y + 32, x + w, y + 84)
            d.widget(
                f"colour:{number}",
                "chip",
                box,
                "chosen" if on else "not chosen",
                [d.paint(*p) for p in probes],
            )
            d.spot(f"colour:{number}", box, "" if on else f"Choose the colour {colour}", f"Tap {colour}")
            x += w + 12
        foot = HEIGHT - nav_height(theme) - 84
        d.foot_px = 84
        held = next((count for at, count in s["cart"] if at == index), 0)
        label = f"In the cart ({held}), add another" if held else "Add to cart"
        box = (MARGIN, foot, WIDTH - MARGIN, foot + 64)
        d.widget(f"put:{index}", "button", box, str(held))
        button(
            d,
            MARGIN,
            foot,
            WIDTH - 2 * MARGIN,
            label,
            icon="bag",
            spot=f"put:{index}",
            goal=f"Add {item['name']} to the cart",
            h=64,
            derived=True,
        )

    def tap_item(self, s: State, index: str) -> None:
        """Look at a thing."""
        s["pages"].append(["item", index])
        s["colour"] = 0

    def tap_bag(self, s: State, _: str) -> None:
        """The cart."""
        s["pages"].append(["cart", ""])

    def tap_put(self, s: State, index: str) -> None:
        """Put a thing into the cart."""
        self.tap_more(s, index)

    def tap_more(self, s: State, index: str) -> None:
        """One more of it."""
        for line in s["cart"]:
            if line[0] == int(index):
                line[1] = min(line[1] + 1, MOST)
                return
        if len(s["cart"]) < 4:
            s["cart"].append([int(index), 1])
        else:
            s["toast"] = "The cart is full"

    def tap_less(self, s: State, index: str) -> None:
        """One less of it."""
        for line in s["cart"]:
            if line[0] == int(index):
                line[1] = max(line[1] - 1, 1)

    def tap_ask(self, s: State, index: str) -> None:
        """Ask before it goes."""
        s["modal"] = ["remove", index]
        s["focus"] = ""

    def tap_drop(self, s: State, index: str) -> None:
        """Take it out of the cart."""
        s["cart"] = [line for line in s["cart"] if line[0] != int(index)]
        s["modal"], s["focus"] = None, ""
        s["toast"] = "Removed from the cart"

    def swipe_row(self, s: State, index: str, _: str, __: str) -> None:
        """Swipe it out of the cart."""
        self.tap_drop(s, index)

    def tap_like(self, s: State, index: str) -> None:
        """Like a thing or not."""
        s["goods"][int(index)]["liked"] ^= True

    def tap_colour(self, s: State, number: str) -> None:
        """Choose a colour."""
        s["colour"] = int(number)

    def tap_code(self, s: State, _: str) -> None:
        """Go into the field for the code."""
        s["focus"] = "code"

    def type_code(self, s: State, _: str, text: str) -> None:
        """Type a code in place of what stands there."""
        s["draft"], s["fault"] = text[:14].upper(), ""

    def tap_apply(self, s: State, _: str) -> None:
        """Try the code."""
        if s["draft"] in CODES:
            s["code"], s["draft"], s["fault"] = s["draft"], "", ""
            s["toast"] = f"{CODES[s['code']]} % off"
        elif s["draft"]:
            s["fault"] = "This code does not exist"
        s["focus"] = ""

    key_apply = tap_apply

    def tap_order(self, s: State, _: str) -> None:
        """Place the order."""
        goods_cents, off_cents, ship_cents = sums(s)
        s["pages"] = [["home", ""], ["thanks", money(goods_cents - off_cents + ship_cents)]]
        s["cart"], s["code"], s["draft"], s["fault"], s["focus"] = [], "", "", "", ""
