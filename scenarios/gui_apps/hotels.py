"""Hotels: a search with filters, orders, hearts and a page a house."""

__all__ = ["HotelsApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_bars import MARGIN, STATUS_PX, nav_height
from ..gui_parts_controls import button, chip, radio, stepper
from ..gui_parts_layers import bottom_sheet, keyboard
from ..gui_parts_rows import divider
from ..gui_words import CITIES, HOTELS
from .hotels_stays import AMENITIES, draw_cards, draw_house, draw_waiting
from .phone import PhoneApp, chance, phone

ORDERS = ("Best rated", "Lowest price", "Highest price", "Nearest first")


class HotelsApp(PhoneApp):
    """A search for a place to stay."""

    kind = "hotels"
    icon = "bed"

    def start(self, rng: np.random.Generator) -> State:
        """Ten houses of a town."""
        towns = chance(rng, CITIES, 4)
        return phone(
            rng,
            "Stays",
            "list",
            town=towns[0],
            towns=towns[1:],
            draft="",
            houses=[
                {
                    "name": name,
                    "part": part,
                    "price": int(rng.integers(58, 290)),
                    "score": round(float(rng.uniform(7.2, 9.7)), 1),
                    "km": round(float(rng.uniform(0.2, 4.8)), 1),
                    "has": [key for key in AMENITIES if rng.random() < 0.55],
                    "art": int(rng.integers(400)),
                    "liked": bool(rng.random() < 0.25),
                }
                for name, part in chance(rng, HOTELS, 10)
            ],
            filters=[],
            order=0,
            guests=2,
            rooms=1,
            busy=False,
            scroll={"list": 0},
        )

    def is_busy(self, s: State) -> str:
        """A search takes a while."""
        return "the results" if s["busy"] else ""

    def rest(self, s: State) -> None:
        """The results are there."""
        s["busy"] = False

    def draw(self, s: State, d: Sheet) -> None:
        """The list, a house, and the sheets over them."""
        page, argument = s["pages"][-1]
        if page == "list":
            self._list(s, d)
        else:
            draw_house(s, d, s["houses"][int(argument)], int(argument))
        if s["modal"] and s["modal"][0] == "order":
            x, y, _ = bottom_sheet(d, "Sort by", 366)
            ground = d.theme.surface
            for index, name in enumerate(ORDERS):
                on, box = index == s["order"], (8.0, y, WIDTH - 8.0, y + 62)
                radio(d, x + 4, y + 16, on, ground)
                d.text(x + 56, y + 17, 380, name, 20, weight=600 if on else 400, leading=28)
                d.widget(f"order:{index}", "radio", box, "on" if on else "off")
                d.spot(f"order:{index}", box, "" if on else f"Sort by {name.lower()}", f"Tap {name}")
                y += 66
        elif s["modal"]:
            x, y, foot = bottom_sheet(d, "Guests and rooms", 360)
            for key, label, least in (("guests", "Guests", 1), ("rooms", "Rooms", 1)):
                d.text(x, y + 20, 240, label, 21, leading=30)
                left = WIDTH - 28 - 132.0
                stepper(d, left, y + 13, s[key], least=least)
                box = (left - 8, y + 6, WIDTH - 20.0, y + 64)
                d.widget(key, "amount", box, str(s[key]))
                if s[key] > least:
                    d.spot(
                        f"fewer:{key}",
                        (left, y + 6, left + 48, y + 64),
                        f"One of the {key} less",
                        f"Tap minus at {label}",
                    )
                if s[key] < 9:
                    d.spot(
                        f"more:{key}",
                        (left + 84, y + 6, left + 132, y + 64),
                        f"One of the {key} more",
                        f"Tap plus at {label}",
                    )
                divider(d, y + 76, left=28, right=WIDTH - 28)
                y += 84
            button(d, 28, foot - 78, WIDTH - 56, "Show stays", spot="dismiss", goal="Close the sheet", h=60)
        elif s["focus"]:
            keyboard(d, action="search")

    def _list(self, s: State, d: Sheet) -> None:
        theme, y = d.theme, STATUS_PX + 10.0
        focused = s["focus"] == "town"
        d.box(
            MARGIN - 4,
            y,
            WIDTH - 2 * MARGIN + 8,
            76,
            theme.surface,
            radius=38 if theme.is_material else 20,
            shadow=2,
        )
        d.icon("search", MARGIN + 18, y + 24, 28, theme.accent)
        guests = (
            f"18 - 21 May, {s['guests']} guest{'s' * (s['guests'] > 1)}, {s['rooms']} "
            f"room{'s' * (s['rooms'] > 1)}"
        )
        shown = s["draft"] if focused else s["town"]
        d.text(
            MARGIN + 62,
            y + 11,
            300,
            shown or "Where to?",
            20,
            "" if shown else theme.muted,
            weight=600,
            leading=28,
            derived=True,
        )
        d.text(MARGIN + 62, y + 39, 310, guests, 16, theme.muted, leading=24, derived=True)
        d.box(WIDTH - MARGIN - 62, y + 12, 52, 52, theme.soft, radius=26)
        d.icon("users", WIDTH - MARGIN - 50, y + 24, 28, theme.on_soft)
        box = (MARGIN, y, WIDTH - MARGIN - 70.0, y + 76)
        d.widget("town", "field", box, f"{shown}; {guests}" + ("|" if focused else ""))
        d.spot("town", box, "" if focused else "Search for another town", "Tap the search field")
        d.spot(
            "who",
            (WIDTH - MARGIN - 70, y, WIDTH - 10, y + 76),
            "Change guests and rooms",
            "Tap the icon of the guests",
        )
        y += 92
        if focused:
            for town in s["towns"]:
                d.icon("clock", MARGIN + 8, y + 18, 28, theme.muted)
                d.text(MARGIN + 56, y + 18, 300, town, 20, leading=28)
                row = (0.0, y, float(WIDTH), y + 64)
                d.widget(f"went:{town}", "row", row, town)
                d.spot(f"went:{town}", row, f"Search for stays in {town}", f"Tap {town}")
                d.spot(
                    "town",
                    (0, 0, WIDTH, HEIGHT),
                    f"Look for {town}",
                    f"Type {town}",
                    gesture="type",
                    text=town,
                )
                y += 66
            if s["draft"]:
                d.spot(
                    "find",
                    (0, 0, WIDTH, HEIGHT),
                    f"Search for stays in {s['draft']}",
                    "Press enter",
                    gesture="key",
                    text="enter",
                )
            return
        x = float(MARGIN)
        for key, (icon, label) in AMENITIES.items():
            on = key in s["filters"]
            w, probes = chip(d, x, y, label, on, icon=icon)
            if x + w > WIDTH - 8:
                break
            box = (x, y - 4, x + w, y + 48)
            d.widget(f"filter:{key}", "chip", box, "on" if on else "off", [d.paint(*p) for p in probes])
            d.spot(f"filter:{key}", box, f"{'Take away' if on else 'Use'} the filter {label}", f"Tap {label}")
            x += w + 10
        y += 60
        found = _found(s)
        count = f"{len(found)} stay{'s' * (len(found) != 1)} in {s['town']}"
        d.text(MARGIN, y + 6, 260, count, 18, weight=600, leading=28, derived=True)
        d.widget("count", "count", (MARGIN, y, 290, y + 40), count)
        d.icon("sort", WIDTH - MARGIN - 26, y + 8, 24, theme.accent)
        d.text(
            WIDTH - MARGIN - 190,
            y + 6,
            156,
            ORDERS[s["order"]],
            17,
            theme.accent,
            weight=600,
            align="right",
            leading=28,
        )
        box = (WIDTH - MARGIN - 196.0, y, float(WIDTH), y + 42)
        d.widget("sorting", "button", box, ORDERS[s["order"]])
        d.spot("sort", box, "Choose another order", f"Tap {ORDERS[s['order']]}")
        y += 50
        foot = HEIGHT - nav_height(theme)
        if s["busy"]:
            draw_waiting(d, y, foot)
            return
        draw_cards(s, d, y, foot, found)

    def tap_town(self, s: State, _: str) -> None:
        """Go into the search field."""
        s["focus"], s["draft"] = "town", ""

    def type_town(self, s: State, _: str, text: str) -> None:
        """Type a town."""
        s["draft"] = text[:20]

    def tap_went(self, s: State, town: str) -> None:
        """Search for a town that was searched for before."""
        s["towns"] = [s["town"], *(other for other in s["towns"] if other != town)][:3]
        s["town"], s["focus"], s["draft"], s["busy"] = town, "", "", True
        for house in s["houses"]:
            house["price"] = 58 + (house["price"] * 7 + len(town) * 31) % 230
            house["art"] = (house["art"] + 17 * len(town)) % 400
        s["scroll"]["list"] = 0

    def key_find(self, s: State, _: str) -> None:
        """Search for what was typed."""
        self.tap_went(s, s["draft"])

    def tap_filter(self, s: State, key: str) -> None:
        """Use a filter or not."""
        s["filters"].remove(key) if key in s["filters"] else s["filters"].append(key)
        s["scroll"]["list"], s["busy"] = 0, False

    def tap_sort(self, s: State, _: str) -> None:
        """Ask for an order."""
        s["modal"] = ["order"]

    def tap_order(self, s: State, index: str) -> None:
        """Choose an order."""
        s["order"], s["modal"], s["scroll"]["list"] = int(index), None, 0

    def tap_who(self, s: State, _: str) -> None:
        """Ask for guests and rooms."""
        s["modal"], s["focus"] = ["who"], ""

    def tap_more(self, s: State, key: str) -> None:
        """One more."""
        s[key] += 1

    def tap_fewer(self, s: State, key: str) -> None:
        """One less."""
        s[key] -= 1

    def tap_like(self, s: State, index: str) -> None:
        """Save a house or forget it."""
        s["houses"][int(index)]["liked"] ^= True

    def tap_house(self, s: State, index: str) -> None:
        """Look at a house."""
        s["pages"].append(["house", index])

    def tap_book(self, s: State, index: str) -> None:
        """Book it."""
        s["houses"][int(index)]["booked"] = True
        s["toast"] = "Your stay is booked"


def _found(s: State) -> list[int]:
    """Positions of the houses that pass the filters, in order."""
    keys = {
        0: lambda house: -house["score"],
        1: lambda house: house["price"],
        2: lambda house: -house["price"],
        3: lambda house: house["km"],
    }
    good = [index for index, house in enumerate(s["houses"]) if set(s["filters"]) <= set(house["has"])]
    return sorted(good, key=lambda index: (keys[s["order"]](s["houses"][index]), index))
