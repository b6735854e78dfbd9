"""Tasks: boxes to tick, lists in tabs, swipes that move and delete."""

__all__ = ["TasksApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_bars import MARGIN, STATUS_PX, floating_button, nav_height, tab_strip
from ..gui_parts_controls import button, checkbox, chip, progress
from ..gui_parts_layers import KEYBOARD_PX, dialog, keyboard
from ..gui_parts_rows import card
from ..gui_theme_tones import tone
from ..gui_words import TASKS
from .phone import PhoneApp, chance, phone

TABS = ("Today", "Week", "Done")
TAGS = {"Home": 150, "Work": 262, "Errand": 55}
DUE = ("9:00", "10:30", "12:00", "15:00", "17:30", "19:00")


class TasksApp(PhoneApp):
    """A list of things to do."""

    kind = "tasks"
    icon = "check"

    def start(self, rng: np.random.Generator) -> State:
        """A dozen things, some of them done."""
        titles = chance(rng, TASKS, 16)
        return phone(
            rng,
            "Tasks",
            "list",
            things=[
                {
                    "id": index,
                    "title": title,
                    "tag": list(TAGS)[int(rng.integers(3))],
                    "due": DUE[int(rng.integers(6))],
                    "day": 0 if index < 6 else 1,
                    "done": bool(rng.random() < 0.25),
                    "flag": bool(rng.random() < 0.25),
                }
                for index, title in enumerate(titles[:11])
            ],
            ideas=titles[11:14],
            tab=0,
            draft="",
            tag="Home",
            gone=None,
            undo=None,
            toast_action="Undo",
        )

    def draw(self, s: State, d: Sheet) -> None:
        """The list, the field to add, the question before all is cleared."""
        theme, y = d.theme, STATUS_PX + 14.0
        today = [thing for thing in s["things"] if thing["day"] == 0]
        done = sum(thing["done"] for thing in today)
        d.text(MARGIN, y, 300, "Tasks", 36, weight=700, leading=46, face=theme.display)
        d.widget("title", "title", (0, y - 4, 200, y + 50), "Tasks")
        if any(thing["done"] for thing in s["things"]):
            box = (WIDTH - MARGIN - 120.0, y, WIDTH - 10.0, y + 54)
            d.text(
                WIDTH - MARGIN - 116,
                y + 12,
                116,
                "Clear done",
                17,
                theme.accent,
                weight=600,
                align="right",
                leading=26,
            )
            d.widget("clear", "button", box, "shown")
            d.spot("ask_clear", box, "Ask to clear what is done", "Tap Clear done")
        y += 62
        card(d, MARGIN, y, WIDTH - 2 * MARGIN, 96, fill=theme.soft)
        text = f"{done} of {len(today)} done today"
        d.text(MARGIN + 22, y + 18, 340, text, 19, theme.on_soft, weight=600, leading=28, derived=True)
        share = done / len(today) if today else 0.0
        d.text(
            WIDTH - MARGIN - 102,
            y + 18,
            80,
            f"{round(100 * share)} %",
            19,
            theme.on_soft,
            weight=700,
            align="right",
            leading=28,
            derived=True,
        )
        progress(d, MARGIN + 22, y + 60, WIDTH - 2 * MARGIN - 44, share, h=10)
        d.widget("progress", "progress", (MARGIN, y, WIDTH - MARGIN, y + 96), text)
        y = tab_strip(d, y + 106, TABS, s["tab"]) + 8
        adding = s["focus"] == "draft"
        foot = HEIGHT - (KEYBOARD_PX + 134 if adding else nav_height(theme) + 92)
        high = theme.row(86)
        shown = self._shown(s)
        for thing in shown:
            if y + high > foot:
                break
            self._row(s, d, y, high, thing)
            y += high
        if not shown:
            d.icon("check", WIDTH / 2 - 36, y + 60, 72, theme.faint)
            d.text(
                0,
                y + 146,
                WIDTH,
                "All clear" if s["tab"] < 2 else "Nothing done yet",
                22,
                weight=600,
                align="center",
            )
            d.widget("none", "message", (0, y + 40, WIDTH, y + 190), str(s["tab"]))
        if adding:
            self._adding(s, d)
        elif not s["toast"]:
            floating_button(d, HEIGHT - nav_height(theme) + 8, "plus", "add", "Add a task", label="New task")
        if s["modal"]:
            count = sum(thing["done"] for thing in s["things"])
            dialog(
                d,
                "Clear what is done?",
                f"{count} finished task{'s' * (count > 1)} will be gone for good.",
                yes=("Clear", "clear", "Clear what is done"),
                no=("Keep", "dismiss", "Keep what is done"),
                danger=True,
            )

    def _shown(self, s: State) -> list[dict]:
        if s["tab"] == 2:
            return [thing for thing in s["things"] if thing["done"]]
        things = [thing for thing in s["things"] if s["tab"] == 1 or thing["day"] == 0]
        return sorted(things, key=lambda thing: (thing["done"], thing["day"], not thing["flag"]))

    def _row(self, s: State, d: Sheet, y: float, high: float, thing: dict) -> None:
        theme, number, done = d.theme, thing["id"], thing["done"]
        title = thing["title"]
        top = y + (high - 52) / 2
        probes = checkbox(d, MARGIN + 4, y + (high - 30) / 2, done, round_=True)
        d.text(
            MARGIN + 56,
            top,
            350,
            title,
            20,
            theme.muted if done else "",
            leading=28,
            style="text-decoration:line-through" if done else "",
        )
        d.box(
            MARGIN + 56,
            top + 34,
            12,
            12,
            tone(0.72 if theme.is_dark else 0.6, 0.15, TAGS.get(thing["tag"], 0)),
            radius=4,
        )
        d.text(
            MARGIN + 76,
            top + 28,
            260,
            f"{thing['tag']}, {'today' if thing['day'] == 0 else 'Friday'} {thing['due']}",
            16,
            theme.muted,
            leading=24,
        )
        d.icon(
            "flag",
            WIDTH - MARGIN - 30,
            y + (high - 28) / 2,
            28,
            theme.danger if thing["flag"] else theme.faint,
            filled=thing["flag"],
        )
        row = (0.0, y, float(WIDTH), y + high)
        ground = [d.paint(*p) for p in probes] or [d.paint(MARGIN + 19, y + high / 2 - 10, theme.paper)]
        d.widget(f"done:{number}", "checkbox", row, "done" if done else "open", ground)
        flag = (WIDTH - 76.0, y, float(WIDTH), y + high)
        d.widget(
            f"flag:{number}",
            "flag",
            flag,
            "flagged" if thing["flag"] else "plain",
            [d.paint(WIDTH - MARGIN - 17, y + high / 2 - 4, theme.danger if thing["flag"] else theme.paper)],
        )
        d.spot(
            f"done:{number}",
            (0.0, y, MARGIN + 380.0, y + high),
            f'Mark "{title}" as {"open" if done else "done"}',
            f'Tap the circle of "{title}"',
        )
        d.spot(
            f"flag:{number}",
            flag,
            f'{"Take the flag off" if thing["flag"] else "Flag"} "{title}"',
            f'Tap the flag of "{title}"',
        )
        d.spot(
            f"row:{number}",
            row,
            f'Delete "{title}"',
            f'Swipe "{title}" to the left',
            gesture="swipe",
            direction="left",
        )
        d.spot(
            f"row:{number}",
            row,
            f'Move "{title}" to {"Friday" if thing["day"] == 0 else "today"}',
            f'Swipe "{title}" to the right',
            gesture="swipe",
            direction="right",
        )

    def _adding(self, s: State, d: Sheet) -> None:
        theme = d.theme
        d.foot_px = 126
        keyboard(d, action="check", capital=not s["draft"])
        y = HEIGHT - KEYBOARD_PX - 126.0
        d.cover((0, y, WIDTH, y + 126))
        d.box(0, y, WIDTH, 130, theme.surface, radius="26px 26px 0 0", shadow=2)
        d.text(
            MARGIN,
            y + 20,
            380,
            s["draft"] or "What is to be done?",
            20,
            "" if s["draft"] else theme.muted,
            leading=28,
            derived=True,
        )
        d.widget("draft", "field", (0, y + 10, 420, y + 56), s["draft"])
        x = float(MARGIN)
        for tag in TAGS:
            on = tag == s["tag"]
            w, probes = chip(d, x, y + 68, tag, on)
            box = (x, y + 62, x + w, y + 116)
            d.widget(
                f"tag:{tag}", "chip", box, "chosen" if on else "not chosen", [d.paint(*p) for p in probes]
            )
            d.spot(f"tag:{tag}", box, "" if on else f"Choose the tag {tag}", f"Tap {tag}")
            x += w + 10
        ready = bool(s["draft"])
        button(
            d,
            WIDTH - MARGIN - 92,
            y + 14,
            92,
            "Add",
            kind="filled" if ready else "off",
            spot="save",
            goal="Add the task" if ready else "",
            h=48,
        )
        d.widget(
            "save",
            "button",
            (WIDTH - MARGIN - 92.0, y + 14, WIDTH - float(MARGIN), y + 62),
            "on" if ready else "off",
            [d.paint(WIDTH - MARGIN - 78, y + 38, theme.accent if ready else theme.line)],
        )
        for idea in s["ideas"]:
            if idea != s["draft"]:
                d.spot(
                    "draft",
                    (0, 0, WIDTH, HEIGHT),
                    f"Write down: {idea}",
                    f"Type {idea}",
                    gesture="type",
                    text=idea,
                )
        if ready:
            d.spot("save", (0, 0, WIDTH, HEIGHT), "Add the task", "Press enter", gesture="key", text="enter")

    def tap_tab(self, s: State, index: str) -> None:
        """Another list."""
        s["tab"] = int(index)

    def tap_done(self, s: State, number: str) -> None:
        """Done or open again."""
        thing = _thing(s, number)
        thing["done"] = not thing["done"]

    def tap_flag(self, s: State, number: str) -> None:
        """Flag it or not."""
        thing = _thing(s, number)
        thing["flag"] = not thing["flag"]

    def swipe_row(self, s: State, number: str, direction: str, _: str) -> None:
        """Delete to the left, move to another day to the right."""
        thing = _thing(s, number)
        if direction == "left":
            s["undo"], s["things"] = thing, [other for other in s["things"] if other is not thing]
            s["toast"] = "Task deleted"
        else:
            thing["day"] = 1 - thing["day"]
            s["undo"], s["toast"] = None, f"Moved to {'Friday' if thing['day'] else 'today'}"

    def tap_undo(self, s: State, _: str) -> None:
        """Bring back what was deleted."""
        if s["undo"]:
            s["things"] = sorted([*s["things"], s["undo"]], key=lambda thing: thing["id"])
        s["undo"], s["toast"] = None, ""

    def tap_add(self, s: State, _: str) -> None:
        """Begin a task."""
        s["focus"], s["draft"], s["tag"] = "draft", "", "Home"

    def type_draft(self, s: State, _: str, text: str) -> None:
        """Type what is to be done."""
        s["draft"] = text[:34]

    def tap_tag(self, s: State, tag: str) -> None:
        """Choose a tag."""
        s["tag"] = tag

    def tap_save(self, s: State, _: str) -> None:
        """Add the task to today."""
        if not s["draft"]:
            return
        number = 1 + max((thing["id"] for thing in s["things"]), default=0)
        s["things"].append(
            {
                "id": number,
                "title": s["draft"],
                "tag": s["tag"],
                "due": "20:00",
                "day": 0,
                "done": False,
                "flag": False,
            }
        )
        s["focus"], s["draft"], s["undo"], s["toast"] = "", "", None, "Task added"

    key_save = tap_save

    def tap_ask_clear(self, s: State, _: str) -> None:
        """Ask before they go."""
        s["modal"] = ["clear"]

    def tap_clear(self, s: State, _: str) -> None:
        """Clear what is done."""
        s["things"] = [thing for thing in s["things"] if not thing["done"]]
        s["modal"], s["undo"], s["toast"] = None, None, "Cleared"


def _thing(s: State, number: str) -> dict:
    return next(thing for thing in s["things"] if thing["id"] == int(number))
