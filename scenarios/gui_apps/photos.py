"""Photos: a grid and albums, a selection, dialogs that ask, sharing."""

__all__ = ["PhotosApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import landscape
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, bottom_nav, large_title, nav_height
from ..gui_parts_rows import heading
from ..gui_words import CITIES, NAMES
from .phone import PhoneApp, chance, phone
from .photos_layers import draw_layer

NAV = (("image", "Photos"), ("folder", "Albums"))
COLUMNS = 3


class PhotosApp(PhoneApp):
    """A gallery."""

    kind = "photos"
    icon = "image"

    def start(self, rng: np.random.Generator) -> State:
        """Eighteen photos and four albums."""
        return phone(
            rng,
            "Photos",
            "grid",
            photos=[
                {
                    "art": int(art),
                    "liked": bool(rng.random() < 0.2),
                    "city": CITIES[int(rng.integers(len(CITIES)))],
                    "kb": int(rng.integers(900, 4800)),
                }
                for art in rng.permutation(400)[:12]
            ],
            albums=[
                [f"{city} {year}", int(rng.integers(400)), int(rng.integers(8, 240))]
                for city, year in zip(chance(rng, CITIES, 4), (2026, 2025, 2025, 2024), strict=True)
            ],
            people=[[name, int(rng.integers(10))] for name in chance(rng, NAMES, 4)],
            chosen=[],
            nav=0,
            draft="",
        )

    def draw(self, s: State, d: Sheet) -> None:
        """The grid, the albums, one photo, and what lies over them."""
        page, argument = s["pages"][-1]
        if page == "photo":
            self._photo(s, d, int(argument))
        elif s["nav"] == 0:
            self._grid(s, d)
        else:
            self._albums(s, d)
        if s["modal"]:
            draw_layer(s, d, *s["modal"])

    def _grid(self, s: State, d: Sheet) -> None:
        theme = d.theme
        chosen = s["chosen"]
        if chosen:
            y = (
                app_bar(
                    d,
                    f"{len(chosen)} selected",
                    leading="close",
                    fill=theme.soft,
                    derived=True,
                    actions=(
                        ("heart", "like_all", "Like the selected photos", "Tap the heart"),
                        ("share", "share:", "Share the selected photos", "Tap the share icon"),
                        (
                            "trash",
                            "ask:" + ",".join(map(str, chosen)),
                            ("Ask to delete the selected photos"),
                            "Tap the bin",
                        ),
                    ),
                )
                + 8
            )
        else:
            y = large_title(d, STATUS_PX + 16, "Photos") + 6
        side = (WIDTH - 2 * 16 - 2 * 6) / COLUMNS
        top = HEIGHT - nav_height(theme) - 84
        for part, (label, first, last) in enumerate((("Today", 0, 6), ("Yesterday", 6, 12))):
            photos = list(enumerate(s["photos"]))[first:last]
            if not photos or y + 44 + side > top:
                break
            y = heading(d, y, label)
            for number, (index, photo) in enumerate(photos):
                x, at = 16 + (side + 6) * (number % COLUMNS), y + (side + 6) * (number // COLUMNS)
                if at + side > top:
                    break
                self._tile(s, d, x, at, side, index, photo)
            y += (side + 6) * -(-len(photos) // COLUMNS) + (4 if part == 0 else 0)
        bottom_nav(d, NAV, s["nav"])

    def _tile(self, s: State, d: Sheet, x: float, y: float, side: float, index: int, photo: dict) -> None:
        theme, on = d.theme, index in s["chosen"]
        inset = 12 if on else 0
        if on:
            d.box(x, y, side, side, theme.soft, radius=10)
        landscape(d, x + inset, y + inset, side - 2 * inset, side - 2 * inset, photo["art"], radius=10)
        if on:
            d.box(x + 6, y + 6, 36, 36, theme.accent, radius=18)
            d.icon("check", x + 12, y + 12, 24, theme.on_accent)
        if photo["liked"]:
            d.icon("heart", x + side - 34, y + side - 34, 24, "#ffffff", filled=True)
        box = (x, y, x + side, y + side)
        paints = (
            [d.paint(x + 24, y + 9, theme.accent), d.paint(x + side / 2, y + 5, theme.soft)] if on else []
        )
        if photo["liked"]:
            paints.append(d.paint(x + side - 22, y + side - 23, "#ffffff"))
        d.widget(
            f"photo:{photo['art']}",
            "photo",
            box,
            ("selected" if on else "plain") + (" liked" if photo["liked"] else ""),
            paints,
        )
        name = (
            f"the photo in row {1 + int(index % 6 // COLUMNS) + (2 if index >= 6 else 0)}, "
            f"column {1 + index % COLUMNS}"
        )
        if s["chosen"]:
            d.spot(f"mark:{index}", box, f"{'Deselect' if on else 'Select'} {name}", f"Tap {name}")
        else:
            d.spot(f"photo:{index}", box, f"Open {name}", f"Tap {name}")
            d.spot(f"mark:{index}", box, f"Select {name}", f"Press {name} long", gesture="long_press")

    def _albums(self, s: State, d: Sheet) -> None:
        theme = d.theme
        y = large_title(d, STATUS_PX + 16, "Albums") + 16
        w = (WIDTH - 2 * MARGIN - 20) / 2
        for index, (name, art, count) in enumerate(s["albums"][:6]):
            x, top = MARGIN + (w + 20) * (index % 2), y + 318 * (index // 2)
            landscape(d, x, top, w, w, art, radius=theme.radius)
            d.text(x + 4, top + w + 8, w - 44, name, 19, weight=600, leading=28, derived=True)
            d.text(x + 4, top + w + 36, w - 44, f"{count} photos", 16, theme.muted, leading=24)
            d.icon("more", x + w - 30, top + w + 20, 26, theme.muted)
            box = (x, top, x + w, top + w + 64)
            d.widget(f"album:{index}", "album", box, f"{name} {count}")
            d.spot(
                f"menu:{index}",
                (x + w - 44, top + w, x + w, top + w + 64),
                f"Show what can be done with the album {name}",
                f"Tap the three dots of {name}",
            )
            d.spot(
                f"menu:{index}",
                box,
                f"Show what can be done with the album {name}",
                f"Press {name} long",
                gesture="long_press",
            )
        bottom_nav(d, NAV, s["nav"])

    def _photo(self, s: State, d: Sheet, index: int) -> None:
        theme, photo = d.theme, s["photos"][index]
        app_bar(
            d,
            photo["city"],
            back="Go back to all photos",
            actions=(
                (
                    "info",
                    "about",
                    "Hide the details" if s["draft"] == "about" else "Show the details",
                    "Tap the i at the top right",
                ),
            ),
        )
        top, high = STATUS_PX + 88.0, 660.0
        landscape(d, 0, top, WIDTH, high, photo["art"])
        area = (0.0, top, float(WIDTH), top + high)
        d.widget("photo", "photo", area, str(photo["art"]), [])
        if index + 1 < len(s["photos"]):
            d.spot(
                "turn:1",
                area,
                "See the next photo",
                "Swipe left on the photo",
                gesture="swipe",
                direction="left",
            )
        if index:
            d.spot(
                "turn:-1",
                area,
                "See the photo before",
                "Swipe right on the photo",
                gesture="swipe",
                direction="right",
            )
        y = top + high + 20
        if s["draft"] == "about":
            lines = (
                ("pin", photo["city"]),
                ("camera", f"IMG_{4000 + photo['art']}.jpg"),
                ("image", f"{photo['kb'] / 1000:.1f} MB, 4000 x 3000"),
            )
            for icon, line in lines:
                d.icon(icon, MARGIN + 4, y + 8, 26, theme.muted)
                d.text(MARGIN + 48, y + 7, 420, line, 19, leading=28)
                y += 46
            d.widget("details", "list", (0, top + high + 10, WIDTH, y), "shown")
        else:
            d.text(
                MARGIN,
                y + 4,
                400,
                f"{index + 1} of {len(s['photos'])}",
                18,
                theme.muted,
                leading=26,
                derived=True,
            )
            d.widget("place", "count", (0, y, WIDTH, y + 40), str(index))
        foot = HEIGHT - nav_height(theme) - 96
        d.foot_px = 96
        liked = photo["liked"]
        wide = WIDTH / 4
        for number, (icon, label, spot, goal) in enumerate(
            (
                ("share", "Share", "share:", "Share this photo"),
                ("heart", "Like", f"like:{index}", "Unlike this photo" if liked else "Like this photo"),
                ("copy", "Copy", "copy", "Copy this photo"),
                ("trash", "Delete", f"ask:{index}", "Ask to delete this photo"),
            )
        ):
            x, on = wide * number, icon == "heart" and liked
            d.icon(icon, x + wide / 2 - 16, foot + 10, 32, theme.danger if on else theme.ink, filled=on)
            d.text(x, foot + 50, wide, label, 15, theme.muted, align="center", leading=22)
            box = (x, foot, x + wide, foot + 86)
            if icon == "heart":
                d.widget(
                    "like",
                    "heart",
                    box,
                    "liked" if liked else "plain",
                    [d.paint(x + wide / 2, foot + 25, theme.danger if liked else theme.paper)],
                )
            d.spot(spot, box, goal, f"Tap {label}")

    def tap_nav(self, s: State, index: str) -> None:
        """Photos or albums."""
        s["nav"], s["chosen"] = int(index), []

    def tap_photo(self, s: State, index: str) -> None:
        """Open a photo."""
        s["pages"].append(["photo", index])
        s["draft"] = ""

    def tap_mark(self, s: State, index: str) -> None:
        """Select a photo or not."""
        chosen, number = s["chosen"], int(index)
        chosen.remove(number) if number in chosen else chosen.append(number)

    hold_mark = tap_mark

    def tap_menu(self, s: State, index: str) -> None:
        """The cross of the selection, or the menu of an album."""
        if index:
            s["modal"] = ["menu", index]
        else:
            s["chosen"] = []

    hold_menu = tap_menu

    def swipe_turn(self, s: State, step: str, _: str, __: str) -> None:
        """The photo beside."""
        page = s["pages"][-1]
        page[1] = str(int(page[1]) + int(step))

    def tap_about(self, s: State, _: str) -> None:
        """Show the details or hide them."""
        s["draft"] = "" if s["draft"] == "about" else "about"

    def tap_like(self, s: State, index: str) -> None:
        """Like a photo or not."""
        s["photos"][int(index)]["liked"] ^= True

    def tap_like_all(self, s: State, _: str) -> None:
        """Like all that are selected."""
        for index in s["chosen"]:
            s["photos"][index]["liked"] = True
        s["toast"], s["chosen"] = "Added to your favourites", []

    def tap_copy(self, s: State, _: str) -> None:
        """Copy the photo."""
        s["toast"] = "Photo copied"

    def tap_share(self, s: State, _: str) -> None:
        """Ask with whom."""
        s["modal"] = ["share"]

    def tap_give(self, s: State, number: str) -> None:
        """Share with a person."""
        s["toast"] = f"Sent to {s['people'][int(number)][0].split()[0]}"
        s["modal"], s["chosen"] = None, []

    def tap_send(self, s: State, label: str) -> None:
        """Share by other means."""
        s["toast"] = {"Copy": "Photo copied", "Save": "Saved to the phone"}.get(
            label, f"Sent by {label.lower()}"
        )
        s["modal"], s["chosen"] = None, []

    def tap_ask(self, s: State, numbers: str) -> None:
        """Ask before they go."""
        s["modal"] = ["delete", numbers]

    def tap_delete(self, s: State, numbers: str) -> None:
        """Delete photos."""
        gone = {int(number) for number in numbers.split(",")}
        s["photos"] = [photo for index, photo in enumerate(s["photos"]) if index not in gone]
        s["toast"] = "Photo deleted" if len(gone) == 1 else f"{len(gone)} photos deleted"
        s["pages"], s["modal"], s["chosen"] = [["grid", ""]], None, []

    def tap_ask_name(self, s: State, index: str) -> None:
        """Ask for a name."""
        s["modal"], s["draft"], s["focus"] = ["album", index], s["albums"][int(index)][0], "entry"

    def type_entry(self, s: State, _: str, text: str) -> None:
        """Type a name."""
        s["draft"] = text[:18]

    def tap_rename(self, s: State, index: str) -> None:
        """Name the album."""
        if s["draft"]:
            s["albums"][int(index)][0] = s["draft"]
        s["modal"], s["focus"], s["draft"] = None, "", ""

    key_rename = tap_rename

    def tap_double(self, s: State, index: str) -> None:
        """Another album like this one."""
        name, art, count = s["albums"][int(index)]
        s["modal"] = None
        if len(s["albums"]) < 6:
            s["albums"].append([f"{name} copy", art, count])
        s["toast"] = "Album duplicated"

    def tap_remove(self, s: State, index: str) -> None:
        """Remove an album."""
        s["albums"].pop(int(index))
        s["modal"], s["toast"] = None, "Album removed"
