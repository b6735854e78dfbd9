"""Messages: talks to read and answer, pin, mute and delete."""

__all__ = ["MessagesApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet, width_of
from ..gui_parts_art import avatar
from ..gui_parts_bars import MARGIN, STATUS_PX, floating_button, large_title, nav_height
from ..gui_parts_controls import chip
from ..gui_parts_layers import dialog, menu
from ..gui_words import NAMES, REPLIES, TALKS
from .messages_talk import draw_talk
from .phone import PhoneApp, chance, phone

FILTERS = ("All", "Unread", "Pinned")
ROW_PX = 96


class MessagesApp(PhoneApp):
    """Talks with people."""

    kind = "messages"
    icon = "send"

    def start(self, rng: np.random.Generator) -> State:
        """Eight talks."""
        people = chance(rng, NAMES, 8)
        talks = [
            TALKS[int(index)] + TALKS[(int(index) + 3) % len(TALKS)]
            for index in rng.permutation(len(TALKS))[:8]
        ]
        hours = sorted((int(rng.integers(6, 23)) for _ in people), reverse=True)
        state = phone(
            rng,
            "Messages",
            "list",
            talks=[
                {
                    "id": index,
                    "with": person,
                    "hue": int(rng.integers(10)),
                    "time": f"{hour}:{int(rng.integers(60)):02d}",
                    "unread": int(rng.integers(1, 4)) if rng.random() < 0.35 else 0,
                    "pinned": index == 0 and bool(rng.random() < 0.6),
                    "muted": bool(rng.random() < 0.2),
                    "lines": [[text, number % 2 == 1, False] for number, text in enumerate(lines)],
                }
                for index, (person, lines, hour) in enumerate(zip(people, talks, hours, strict=True))
            ],
            replies=chance(rng, REPLIES, 3),
            draft="",
            filter=0,
        )
        if rng.random() < 0.55:
            chosen = int(rng.integers(8))
            state["pages"].append(["talk", str(chosen)])
            state["talks"][chosen]["unread"] = 0
        return state

    def draw(self, s: State, d: Sheet) -> None:
        """The list of talks, or one of them."""
        page, argument = s["pages"][-1]
        if page == "list":
            self._list(s, d)
        else:
            draw_talk(s, d, s["talks"][int(argument)])
        if s["modal"] and s["modal"][0] == "talk":
            talk = s["talks"][int(s["modal"][1])]
            name = talk["with"]
            menu(
                d,
                WIDTH - 310,
                float(s["modal"][2]),
                (
                    (
                        "pinned",
                        "Unpin" if talk["pinned"] else "Pin",
                        f"pin:{talk['id']}",
                        f"{'Unpin' if talk['pinned'] else 'Pin'} the talk with {name}",
                    ),
                    (
                        "volume" if talk["muted"] else "mute",
                        "Unmute" if talk["muted"] else "Mute",
                        f"mute:{talk['id']}",
                        f"{'Unmute' if talk['muted'] else 'Mute'} the talk with {name}",
                    ),
                    (
                        "mail",
                        "Mark as read" if talk["unread"] else "Mark as unread",
                        f"read:{talk['id']}",
                        (f"Mark the talk with {name} as {'read' if talk['unread'] else 'unread'}"),
                    ),
                    ("trash", "Delete", f"ask:{talk['id']}", f"Ask to delete the talk with {name}"),
                ),
            )
        elif s["modal"]:
            talk = s["talks"][int(s["modal"][1])]
            dialog(
                d,
                "Delete this talk?",
                f"All messages with {talk['with']} will be gone from this phone.",
                yes=("Delete", f"delete:{talk['id']}", f"Delete the talk with {talk['with']}"),
                no=("Cancel", "dismiss", "Keep the talk"),
                icon="trash",
                danger=True,
            )

    def _list(self, s: State, d: Sheet) -> None:
        theme = d.theme
        y = large_title(d, STATUS_PX + 18, "Messages") + 14
        x = float(MARGIN)
        for index, name in enumerate(FILTERS):
            on = index == s["filter"]
            w, probes = chip(d, x, y, name, on)
            box = (x, y - 4, x + w, y + 48)
            d.widget(f"filter:{index}", "chip", box, "on" if on else "off", [d.paint(*p) for p in probes])
            d.spot(f"filter:{index}", box, "" if on else f"Show talks: {name.lower()}", f"Tap {name}")
            x += w + 10
        y += 62
        foot = HEIGHT - nav_height(theme) - 88
        shown = _shown(s)
        high = theme.row(ROW_PX)
        for talk in shown:
            if y + high > foot:
                break
            self._row(d, y, high, talk)
            y += high
        if not shown:
            d.icon("inbox", WIDTH / 2 - 40, 500, 80, theme.faint)
            d.text(0, 600, WIDTH, "No talks here", 24, weight=600, align="center")
            d.widget("none", "message", (0, 480, WIDTH, 650), "none")
        if not s["toast"]:
            floating_button(d, HEIGHT - nav_height(theme) + 8, "edit", "write", "Write to somebody")

    def _row(self, d: Sheet, y: float, high: float, talk: dict) -> None:
        theme, number, name = d.theme, talk["id"], talk["with"]
        avatar(d, MARGIN, y + (high - 64) / 2, 64, name, talk["hue"])
        top = y + (high - 54) / 2
        x = MARGIN + 82
        unread = talk["unread"]
        shown = min(width_of(name, 20, 600) + 4, 240)
        d.text(x, top, 240, name, 20, weight=600, leading=28)
        if talk["muted"]:
            d.icon("mute", x + shown + 6, top + 4, 20, theme.muted)
        if talk["pinned"]:
            d.icon("pinned", x + shown + (34 if talk["muted"] else 6), top + 4, 20, theme.accent, filled=True)
        last, mine, _ = talk["lines"][-1]
        d.text(
            x,
            top + 28,
            300,
            ("You: " if mine else "") + last,
            17,
            theme.ink if unread else theme.muted,
            weight=600 if unread else 400,
            leading=26,
        )
        d.text(
            WIDTH - MARGIN - 80,
            top + 1,
            80,
            talk["time"],
            15,
            theme.accent if unread else theme.muted,
            align="right",
            leading=26,
        )
        paints = []
        if unread:
            d.box(WIDTH - MARGIN - 28, top + 28, 28, 28, theme.accent, radius=14)
            d.text(
                WIDTH - MARGIN - 28,
                top + 31,
                28,
                str(unread),
                15,
                theme.on_accent,
                weight=700,
                align="center",
                leading=22,
            )
        else:
            paints.append(d.paint(WIDTH - MARGIN - 14, top + 34, theme.paper))
        if not talk["muted"] and not talk["pinned"]:
            paints.append(d.paint(x + shown + 16, top + 14, theme.paper))
        box = (0.0, y, float(WIDTH), y + high)
        value = (
            f"{unread}, {'pinned' if talk['pinned'] else 'loose'}, "
            f"{'muted' if talk['muted'] else 'loud'}, {last}"
        )
        d.widget(f"talk:{number}", "row", box, value, paints)
        d.spot(f"talk:{number}", box, f"Open the talk with {name}", f"Tap {name}")
        d.spot(
            f"more:{number}={y:g}",
            box,
            f"Show what can be done with the talk with {name}",
            f"Press {name} long",
            gesture="long_press",
        )
        d.spot(
            f"row:{number}",
            box,
            f"{'Unpin' if talk['pinned'] else 'Pin'} the talk with {name}",
            f"Swipe {name} to the right",
            gesture="swipe",
            direction="right",
        )
        d.spot(
            f"row:{number}",
            box,
            f"{'Unmute' if talk['muted'] else 'Mute'} the talk with {name}",
            f"Swipe {name} to the left",
            gesture="swipe",
            direction="left",
        )

    def tap_filter(self, s: State, index: str) -> None:
        """Show other talks."""
        s["filter"] = int(index)

    def tap_talk(self, s: State, number: str) -> None:
        """Open a talk, which is read by that."""
        s["talks"][int(number)]["unread"] = 0
        s["pages"].append(["talk", number])
        s["draft"] = ""

    def hold_more(self, s: State, argument: str) -> None:
        """The menu of a talk."""
        number, _, y = argument.partition("=")
        s["modal"] = ["talk", number, min(float(y) + 40, 780.0)]

    def swipe_row(self, s: State, number: str, direction: str, _: str) -> None:
        """Pin to the right, mute to the left."""
        key = "pinned" if direction == "right" else "muted"
        s["talks"][int(number)][key] ^= True

    def tap_pin(self, s: State, number: str) -> None:
        """Pin a talk or not."""
        s["talks"][int(number)]["pinned"] ^= True
        s["modal"] = None

    def tap_mute(self, s: State, number: str) -> None:
        """Mute a talk or not."""
        talk = s["talks"][int(number)]
        talk["muted"] ^= True
        s["modal"] = None
        s["toast"] = "Talk muted" if talk["muted"] else "Talk unmuted"

    def tap_read(self, s: State, number: str) -> None:
        """Read or unread."""
        talk = s["talks"][int(number)]
        talk["unread"], s["modal"] = 0 if talk["unread"] else 1, None

    def tap_ask(self, s: State, number: str) -> None:
        """Ask before it goes."""
        s["modal"], s["focus"] = ["delete", number], ""

    def tap_delete(self, s: State, number: str) -> None:
        """Delete a talk."""
        s["talks"][int(number)]["gone"] = True
        s["pages"], s["modal"], s["toast"] = [["list", ""]], None, "Talk deleted"

    def tap_write(self, s: State, _: str) -> None:
        """Write to the one who wrote last."""
        shown = _shown(s)
        if shown:
            self.tap_talk(s, str(shown[0]["id"]))
            s["focus"] = "reply"

    def tap_reply(self, s: State, _: str) -> None:
        """Go into the field."""
        s["focus"] = "reply"

    def type_reply(self, s: State, _: str, text: str) -> None:
        """Type a message."""
        s["draft"] = text[:80]

    def tap_send(self, s: State, _: str) -> None:
        """Send it."""
        if s["draft"]:
            s["talks"][int(s["pages"][-1][1])]["lines"].append([s["draft"], True, False])
            s["draft"] = ""

    key_send = tap_send

    def hold_like(self, s: State, number: str) -> None:
        """A heart on a message, or off."""
        line = s["talks"][int(s["pages"][-1][1])]["lines"][int(number)]
        line[2] = not line[2]


def _shown(s: State) -> list[dict]:
    talks = [talk for talk in s["talks"] if not talk.get("gone")]
    if s["filter"] == 1:
        talks = [talk for talk in talks if talk["unread"]]
    elif s["filter"] == 2:
        talks = [talk for talk in talks if talk["pinned"]]
    return sorted(talks, key=lambda talk: not talk["pinned"])
