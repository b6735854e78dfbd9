"""Mail: rows to swipe away, star, choose by long press, and open."""

__all__ = ["MailApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import avatar
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, bottom_nav, floating_button, nav_height
from ..gui_parts_controls import button
from ..gui_parts_rows import card
from ..gui_theme_tones import mixed
from ..gui_words import COMPANIES, MAILS, NAMES
from .phone import PhoneApp, chance, phone

BOXES = (("inbox", "Inbox"), ("star", "Starred"), ("archive", "Archive"))
ROW_PX = 122


class MailApp(PhoneApp):
    """An inbox."""

    kind = "mail"
    icon = "mail"

    def start(self, rng: np.random.Generator) -> State:
        """A dozen mails, some unread, some starred, some in the archive."""
        mails = chance(rng, MAILS, 12)
        senders = chance(rng, (*NAMES, *COMPANIES), 12)
        hours = sorted((int(rng.integers(6, 22)) for _ in mails), reverse=True)
        state = phone(
            rng,
            "Mail",
            "box",
            owner=chance(rng, NAMES, 1)[0],
            mails=[
                {
                    "id": index,
                    "from": sender,
                    "title": title,
                    "text": text,
                    "time": f"{hour}:{int(rng.integers(60)):02d}" if index < 5 else f"{13 - index // 4} May",
                    "unread": bool(rng.random() < 0.45),
                    "star": bool(rng.random() < 0.3),
                    "box": "inbox" if index < 9 else "archive",
                    "hue": int(rng.integers(10)),
                }
                for index, ((title, text), sender, hour) in enumerate(zip(mails, senders, hours, strict=True))
            ],
            tab=0,
            chosen=[],
            undo=None,
            toast_action="Undo",
        )
        return state

    def draw(self, s: State, d: Sheet) -> None:
        """A box of mails, or one mail."""
        page, argument = s["pages"][-1]
        if page == "mail":
            self._mail(s, d, s["mails"][int(argument)])
            return
        theme = d.theme
        shown = _shown(s)
        if s["chosen"]:
            y = app_bar(
                d,
                f"{len(s['chosen'])} selected",
                leading="close",
                actions=(
                    ("archive", "archive_all", "Archive the selected mails", "Tap the archive icon"),
                    ("trash", "delete_all", "Delete the selected mails", "Tap the bin icon"),
                ),
                fill=theme.soft,
                derived=True,
            )
            d.spot("clear", (6, STATUS_PX, 70, STATUS_PX + 72), "Clear the selection", "Tap the cross")
        else:
            y = self._head(s, d)
        foot = HEIGHT - nav_height(theme) - (84 if s["chosen"] else 176)
        for mail in shown:
            if y + theme.row(ROW_PX) > foot:
                break
            self._row(s, d, y, mail)
            y += theme.row(ROW_PX)
        if not shown:
            d.icon("inbox", WIDTH / 2 - 40, 470, 80, theme.faint)
            d.text(0, 570, WIDTH, "Nothing here", 24, weight=600, align="center")
            d.text(0, 608, WIDTH, "Mails that you put here will show up", 18, theme.muted, align="center")
        top = bottom_nav(d, BOXES, s["tab"])
        if not s["chosen"] and not s["toast"]:
            floating_button(d, top, "edit", "compose", "Write a new mail", label="Compose")

    def _head(self, s: State, d: Sheet) -> float:
        theme, y = d.theme, STATUS_PX + 12
        if not theme.is_material:
            d.text(MARGIN, y + 4, 360, BOXES[s["tab"]][1], 36, weight=700, leading=46)
            avatar(d, WIDTH - MARGIN - 48, y + 4, 48, s["owner"], 3)
            y += 60
            d.box(MARGIN, y, WIDTH - 2 * MARGIN, 50, theme.raised, radius=14)
            d.icon("search", MARGIN + 14, y + 13, 24, theme.muted)
            d.text(MARGIN + 48, y + 11, 300, "Search", 19, theme.muted, leading=28)
            d.widget("title", "title", (0, STATUS_PX, WIDTH, y - 6), BOXES[s["tab"]][1])
            return y + 64
        d.box(MARGIN - 6, y, WIDTH - 2 * MARGIN + 12, 66, theme.raised, radius=33)
        d.icon("menu", MARGIN + 14, y + 20, 26, theme.muted)
        d.text(MARGIN + 58, y + 19, 300, "Search in mails", 20, theme.muted, leading=28)
        avatar(d, WIDTH - MARGIN - 48, y + 10, 46, s["owner"], 3)
        d.text(MARGIN, y + 78, 300, BOXES[s["tab"]][1], 16, theme.muted, weight=600, leading=26)
        unread = sum(mail["unread"] for mail in _shown(s))
        d.text(
            WIDTH - MARGIN - 160,
            y + 78,
            160,
            f"{unread} unread",
            16,
            theme.muted,
            align="right",
            leading=26,
            derived=True,
        )
        d.widget("title", "title", (0, y + 74, 300, y + 108), BOXES[s["tab"]][1])
        d.widget("unread", "count", (300, y + 74, WIDTH, y + 108), str(unread))
        return y + 112

    def _row(self, s: State, d: Sheet, y: float, mail: dict) -> None:
        theme, number = d.theme, mail["id"]
        high = theme.row(ROW_PX)
        chosen, unread = number in s["chosen"], mail["unread"]
        if chosen:
            d.box(10, y + 2, WIDTH - 20, high - 4, theme.soft, radius=theme.radius)
        top = y + (high - 86) / 2
        if chosen:
            d.box(MARGIN, top + 8, 56, 56, theme.accent, radius=28)
            d.icon("check", MARGIN + 13, top + 21, 30, theme.on_accent)
            probe = (MARGIN + 28.0, top + 13, theme.accent)
        else:
            avatar(d, MARGIN, top + 8, 56, mail["from"], mail["hue"])
            probe = None
        x, weight = MARGIN + 74, 700 if unread else 400
        d.text(x, top, 290, mail["from"], 20, weight=weight, leading=28)
        d.text(
            WIDTH - MARGIN - 90,
            top + 1,
            90,
            mail["time"],
            15,
            theme.accent if unread else theme.muted,
            weight=600 if unread else 400,
            align="right",
            leading=24,
        )
        room = WIDTH - MARGIN - 46 - x
        d.text(x, top + 30, room, mail["title"], 18, weight=600 if unread else 400, leading=26)
        d.text(x, top + 57, room, mail["text"], 17, theme.muted, leading=24)
        d.icon(
            "star",
            WIDTH - MARGIN - 29,
            top + 44,
            28,
            theme.warning if mail["star"] else theme.faint,
            filled=mail["star"],
        )
        if unread:
            d.box(8, top + 31, 9, 9, theme.accent, radius=4.5)
        box = (0.0, y, float(WIDTH), y + high)
        value = ", ".join(
            word for word, on in (("selected", chosen), ("unread", unread), ("read", not unread)) if on
        )
        paints = [d.paint(*probe)] if probe else []
        if unread:
            paints.append(d.paint(12.5, top + 35.5, theme.accent))
        d.widget(f"mail:{number}", "row", box, value, paints)
        star = (WIDTH - 76.0, top + 30, float(WIDTH), y + high)
        d.widget(
            f"star:{number}",
            "star",
            star,
            "starred" if mail["star"] else "plain",
            [
                d.paint(
                    WIDTH - MARGIN - 15,
                    top + 59,
                    theme.warning if mail["star"] else theme.soft if chosen else theme.paper,
                )
            ],
        )
        name = f"the mail from {mail['from']}"
        if s["chosen"]:
            d.spot(f"mark:{number}", box, f"{'Deselect' if chosen else 'Select'} {name}", f"Tap {name}")
            return
        d.spot(f"mail:{number}", box, f"Open {name}", f"Tap {name}")
        d.spot(f"mark:{number}", box, f"Select {name}", f"Press {name} long", gesture="long_press")
        if BOXES[s["tab"]][0] != "star":
            d.spot(
                f"row:{number}",
                box,
                f"Archive {name}" if mail["box"] == "inbox" else f"Move {name} to the inbox",
                f"Swipe {name} to the right",
                gesture="swipe",
                direction="right",
            )
        d.spot(
            f"row:{number}",
            box,
            f"Delete {name}",
            f"Swipe {name} to the left",
            gesture="swipe",
            direction="left",
        )
        d.spot(
            f"star:{number}",
            star,
            f"{'Take the star off' if mail['star'] else 'Star'} {name}",
            f"Tap the star of {name}",
        )

    def _mail(self, s: State, d: Sheet, mail: dict) -> None:
        theme, number = d.theme, mail["id"]
        name = f"the mail from {mail['from']}"
        moving = "Archive" if mail["box"] == "inbox" else "Move to the inbox"
        y = app_bar(
            d,
            "",
            back="Go back to the list",
            actions=(
                ("archive", f"file:{number}", f"{moving}: {name}", "Tap the archive icon"),
                ("trash", f"delete:{number}", f"Delete {name}", "Tap the bin icon"),
                ("mail", f"unread:{number}", f"Mark {name} as unread", "Tap the envelope icon"),
            ),
        )
        y = d.text(
            MARGIN,
            y + 16,
            WIDTH - 2 * MARGIN - 50,
            mail["title"],
            30,
            weight=600,
            lines=2,
            leading=40,
            face=theme.display,
        )
        star = (WIDTH - 76.0, y - 44, WIDTH - 8.0, y + 6)
        d.icon(
            "star",
            WIDTH - MARGIN - 30,
            y - 35,
            30,
            theme.warning if mail["star"] else theme.faint,
            filled=mail["star"],
        )
        d.widget(
            f"star:{number}",
            "star",
            star,
            "starred" if mail["star"] else "plain",
            [d.paint(WIDTH - MARGIN - 15, y - 19, theme.warning if mail["star"] else theme.paper)],
        )
        d.spot(
            f"star:{number}",
            star,
            "Take the star off this mail" if mail["star"] else "Star this mail",
            "Tap the star",
        )
        avatar(d, MARGIN, y + 24, 60, mail["from"], mail["hue"])
        d.text(MARGIN + 78, y + 26, 300, mail["from"], 20, weight=600, leading=28)
        d.text(MARGIN + 78, y + 54, 300, "to me", 16, theme.muted, leading=24)
        d.text(WIDTH - MARGIN - 100, y + 28, 100, mail["time"], 16, theme.muted, align="right", leading=24)
        first = mail["from"].split()[0]
        y = d.text(MARGIN, y + 112, WIDTH - 2 * MARGIN, "Hello,", 20, leading=32)
        y = d.text(MARGIN, y + 14, WIDTH - 2 * MARGIN, mail["text"], 20, lines=6, leading=32)
        y = d.text(MARGIN, y + 14, WIDTH - 2 * MARGIN, f"Best wishes, {first}", 20, leading=32)
        card(d, MARGIN, y + 36, WIDTH - 2 * MARGIN, 88)
        d.box(MARGIN + 16, y + 52, 56, 56, theme.danger_soft, radius=14)
        d.icon("clip", MARGIN + 30, y + 66, 28, theme.danger)
        d.text(MARGIN + 88, y + 54, 260, "Attachment.pdf", 19, weight=600, leading=28)
        d.text(MARGIN + 88, y + 82, 260, f"PDF, {140 + 37 * number} kB", 16, theme.muted, leading=24)
        d.icon("download", WIDTH - MARGIN - 50, y + 67, 26, theme.muted)
        d.widget(f"open:{number}", "mail", (0, STATUS_PX + 72, WIDTH, y + 140), mail["title"])
        foot = HEIGHT - nav_height(theme) - 88
        ground = mixed(theme.paper, theme.raised, 0.6)
        d.box(0, foot - 12, WIDTH, 100, ground)
        d.foot_px = 100
        half = (WIDTH - 2 * MARGIN - 16) / 2
        button(d, MARGIN, foot + 6, half, "Reply", kind="outlined", icon="reply")
        button(d, MARGIN + half + 16, foot + 6, half, "Forward", kind="outlined", icon="forward")

    def tap_nav(self, s: State, index: str) -> None:
        """Another box."""
        s["tab"], s["chosen"] = int(index), []

    def tap_mail(self, s: State, number: str) -> None:
        """Open a mail, which is read by that."""
        s["mails"][int(number)]["unread"] = False
        s["pages"].append(["mail", number])

    def tap_star(self, s: State, number: str) -> None:
        """Star a mail or take the star off."""
        s["mails"][int(number)]["star"] ^= True

    def tap_mark(self, s: State, number: str) -> None:
        """Select a mail or not."""
        chosen, index = s["chosen"], int(number)
        chosen.remove(index) if index in chosen else chosen.append(index)

    hold_mark = tap_mark

    def swipe_row(self, s: State, number: str, direction: str, _: str) -> None:
        """Archive to the right, delete to the left."""
        mail = s["mails"][int(number)]
        target = "deleted" if direction == "left" else "archive" if mail["box"] == "inbox" else "inbox"
        _move(s, [int(number)], target)

    def tap_file(self, s: State, number: str) -> None:
        """Archive the open mail, or bring it back."""
        mail = s["mails"][int(number)]
        s["pages"].pop()
        _move(s, [int(number)], "archive" if mail["box"] == "inbox" else "inbox")

    def tap_delete(self, s: State, number: str) -> None:
        """Delete the open mail."""
        s["pages"].pop()
        _move(s, [int(number)], "deleted")

    def tap_unread(self, s: State, number: str) -> None:
        """Leave the open mail as unread."""
        s["mails"][int(number)]["unread"] = True
        s["pages"].pop()

    def tap_archive_all(self, s: State, _: str) -> None:
        """Archive what is selected."""
        _move(s, s["chosen"], "archive")

    def tap_delete_all(self, s: State, _: str) -> None:
        """Delete what is selected."""
        _move(s, s["chosen"], "deleted")

    def tap_clear(self, s: State, _: str) -> None:
        """Select nothing."""
        s["chosen"] = []

    def tap_menu(self, s: State, _: str) -> None:
        """The cross of the selection."""
        s["chosen"] = []

    def tap_compose(self, s: State, _: str) -> None:
        """Start a draft."""
        s["toast"], s["undo"] = "Draft saved", None

    def tap_undo(self, s: State, _: str) -> None:
        """Bring back what was moved last."""
        for number, box in s["undo"] or ():
            s["mails"][number]["box"] = box
        s["undo"], s["toast"] = None, ""


def _shown(s: State) -> list[dict]:
    name = BOXES[s["tab"]][0]
    if name == "star":
        return [mail for mail in s["mails"] if mail["star"] and mail["box"] != "deleted"]
    return [mail for mail in s["mails"] if mail["box"] == name]


def _move(s: State, numbers: list[int], box: str) -> None:
    s["undo"] = [[number, s["mails"][number]["box"]] for number in numbers]
    for number in numbers:
        s["mails"][number]["box"] = box
    what = "Mail" if len(numbers) == 1 else f"{len(numbers)} mails"
    s["toast"] = (
        f"{what} {({'archive': 'archived', 'deleted': 'deleted', 'inbox': 'moved to the inbox'})[box]}"
    )
    s["chosen"] = []
