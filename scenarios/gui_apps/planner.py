"""Planner: months and days with events to add, move and delete."""

__all__ = ["PlannerApp"]

from datetime import date, timedelta

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_bars import MARGIN, STATUS_PX, floating_button, nav_height
from ..gui_parts_controls import chip
from ..gui_parts_layers import dialog
from ..gui_theme_tones import tone
from ..gui_words import EVENTS, VENUES
from .phone import PhoneApp, chance, phone
from .planner_event import HOURS, HUES, draw_event, draw_new, long, span

TODAY = date(2026, 5, 14)
LETTERS = "MTWTFSS"


class PlannerApp(PhoneApp):
    """A calendar."""

    kind = "calendar"
    icon = "calendar"

    def start(self, rng: np.random.Generator) -> State:
        """A month with two dozen events."""
        kinds = list(HUES)
        events = []
        for _ in range(26):
            title, minutes = EVENTS[int(rng.integers(len(EVENTS)))]
            day = TODAY + timedelta(days=int(rng.integers(-13, 40)))
            events.append(
                [
                    day.isoformat(),
                    int(rng.integers(16, 40)) * 30,
                    minutes,
                    title,
                    VENUES[int(rng.integers(len(VENUES)))],
                    kinds[int(rng.integers(4))],
                ]
            )
        for title, minutes in chance(rng, EVENTS, 2):
            events.append(
                [
                    TODAY.isoformat(),
                    int(rng.integers(16, 40)) * 30,
                    minutes,
                    title,
                    VENUES[int(rng.integers(len(VENUES)))],
                    kinds[int(rng.integers(4))],
                ]
            )
        return phone(
            rng,
            "Calendar",
            "month",
            events=sorted(events),
            day=TODAY.isoformat(),
            shown="2026-05",
            hidden=[],
            titles=chance(rng, [title for title, _ in EVENTS], 2),
            draft={"title": "", "hour": 0, "kind": "Work", "all_day": False},
        )

    def draw(self, s: State, d: Sheet) -> None:
        """The month with a day's list, an event, or a new one."""
        page, argument = s["pages"][-1]
        {"month": self._month, "event": draw_event, "new": draw_new}[page](s, d, argument)
        if s["modal"]:
            event = s["events"][int(argument)]
            dialog(
                d,
                "Delete this event?",
                f"{event[3]} on {long(date.fromisoformat(event[0]))} will be gone for all guests.",
                yes=("Delete", "delete", f"Delete {event[3]}"),
                no=("Keep", "dismiss", f"Keep {event[3]}"),
                icon="trash",
                danger=True,
            )

    def _month(self, s: State, d: Sheet, _: str) -> None:
        theme = d.theme
        first = date.fromisoformat(s["shown"] + "-01")
        name = f"{first:%B}"
        y = STATUS_PX + 14.0
        d.text(MARGIN, y, 250, name, 36, weight=700, leading=46, face=theme.display)
        d.text(MARGIN, y + 46, 200, str(first.year), 18, theme.muted, leading=24)
        d.widget("month", "title", (0, y - 4, 290, y + 76), s["shown"])
        for step, icon, x in (
            (-1, "chevron_left", WIDTH - MARGIN - 116),
            (1, "chevron", WIDTH - MARGIN - 52),
        ):
            d.box(x, y + 4, 52, 52, theme.raised, radius=26)
            d.icon(icon, x + 12, y + 16, 28)
            d.spot(
                f"turn:{step}",
                (x - 4, y, x + 58, y + 60),
                f"Go to the month {'before' if step < 0 else 'after'}",
                f"Tap the arrow to the {'left' if step < 0 else 'right'}",
            )
        if s["shown"] != TODAY.isoformat()[:7] or s["day"] != TODAY.isoformat():
            d.box(WIDTH - MARGIN - 212, y + 8, 84, 44, "", radius=22, border=f"1.5px solid {theme.faint}")
            d.text(
                WIDTH - MARGIN - 212,
                y + 17,
                84,
                "Today",
                16,
                theme.accent,
                weight=600,
                align="center",
                leading=26,
            )
            box = (WIDTH - MARGIN - 214.0, y, WIDTH - MARGIN - 122.0, y + 58)
            d.widget("today", "button", box, "shown")
            d.spot("today", box, "Go back to today", "Tap Today")
        y += 84
        wide = (WIDTH - 2 * MARGIN + 12) / 7
        left = MARGIN - 6.0
        for column, letter in enumerate(LETTERS):
            d.text(
                left + wide * column, y, wide, letter, 15, theme.muted, weight=600, align="center", leading=24
            )
        y += 30
        start = first - timedelta(days=first.weekday())
        weeks = 6 if (start + timedelta(days=35)).month == first.month else 5
        high = 60.0
        grid = (0.0, y, float(WIDTH), y + high * weeks)
        d.spot(
            "grid",
            grid,
            "Go to the month after",
            "Swipe left on the month",
            gesture="swipe",
            direction="left",
        )
        d.spot(
            "grid",
            grid,
            "Go to the month before",
            "Swipe right on the month",
            gesture="swipe",
            direction="right",
        )
        for number in range(7 * weeks):
            day = start + timedelta(days=number)
            if day.month != first.month:
                continue
            self._day(s, d, day, left + wide * (number % 7), y + high * (number // 7), wide, high)
        y += high * 6 if weeks == 6 else high * 5 + 20
        y += 8
        x = float(MARGIN)
        for kind in HUES:
            on = kind not in s["hidden"]
            w, probes = chip(d, x, y, kind, on, icon="")
            box = (x, y - 4, x + w, y + 48)
            d.widget(f"kind:{kind}", "chip", box, "shown" if on else "hidden", [d.paint(*p) for p in probes])
            d.spot(f"kind:{kind}", box, f"{'Hide' if on else 'Show'} the calendar {kind}", f"Tap {kind}")
            x += w + 10
        y += 60
        self._agenda(s, d, y)

    def _day(self, s: State, d: Sheet, day: date, x: float, y: float, wide: float, high: float) -> None:
        theme = d.theme
        text = day.isoformat()
        on, today = text == s["day"], day == TODAY
        middle = x + wide / 2
        if on or today:
            d.box(middle - 22, y + 2, 44, 44, theme.accent if on else theme.soft, radius=22)
        tint = theme.on_accent if on else theme.on_soft if today else theme.muted if day.weekday() > 4 else ""
        d.text(
            x,
            y + 11,
            wide,
            str(day.day),
            18,
            tint,
            weight=600 if on or today else 400,
            align="center",
            leading=26,
        )
        marks = [event[5] for event in s["events"] if event[0] == text and event[5] not in s["hidden"]][:3]
        for index, kind in enumerate(marks):
            at = middle - 4.5 * len(marks) + 9 * index + 1
            d.box(at, y + 49, 7, 7, tone(0.75 if theme.is_dark else 0.58, 0.15, HUES[kind]), radius=3.5)
        ground = theme.accent if on else theme.soft if today else theme.paper
        box = (x, y, x + wide, y + high)
        value = f"{'chosen' if on else 'plain'} {len(marks)}"
        d.widget(f"day:{text}", "day", box, value, [d.paint(middle, y + 7, ground)])
        d.spot(f"day:{text}", box, "" if on else f"Show {long(day)}", f"Tap the {day.day}")

    def _agenda(self, s: State, d: Sheet, y: float) -> None:
        theme, day = d.theme, date.fromisoformat(s["day"])
        title = long(day)
        d.text(MARGIN, y, 380, title, 20, weight=600, leading=30, derived=True)
        d.widget("agenda", "list", (0, y - 4, WIDTH, y + 34), s["day"])
        y += 42
        foot = HEIGHT - nav_height(theme)
        shown = [
            (index, event)
            for index, event in enumerate(s["events"])
            if event[0] == s["day"] and event[5] not in s["hidden"]
        ]
        for index, event in shown:
            if (y + 84 > foot - 96 and len(shown) > 2) or y + 84 > foot - 8:
                break
            hue = HUES[event[5]]
            ground = tone(0.3, 0.06, hue) if theme.is_dark else tone(0.945, 0.03, hue)
            wide = WIDTH - 2 * MARGIN - (96 if y + 84 > foot - 98 else 0)
            d.box(MARGIN, y, wide, 78, ground, radius=min(theme.radius, 18))
            d.box(MARGIN + 12, y + 14, 5, 50, tone(0.75 if theme.is_dark else 0.58, 0.15, hue), radius=2.5)
            d.text(MARGIN + 32, y + 12, wide - 60, event[3], 19, weight=600, leading=28)
            d.text(MARGIN + 32, y + 40, wide - 60, f"{span(event)}, {event[4]}", 16, theme.muted, leading=24)
            box = (float(MARGIN), y, MARGIN + wide, y + 78)
            d.widget(f"event:{event[3]}{event[1]}", "row", box, event[3])
            d.spot(f"event:{index}", box, f"Open {event[3]}", f"Tap {event[3]}")
            y += 88
        if not shown:
            d.text(MARGIN, y + 6, 340, "Nothing planned", 19, theme.muted, leading=28)
            d.widget("nothing", "message", (0, y, 380, y + 40), s["day"])
        floating_button(d, foot + 8, "plus", "new", "Add an event to this day")

    def tap_day(self, s: State, day: str) -> None:
        """Show a day."""
        s["day"] = day

    def tap_turn(self, s: State, step: str) -> None:
        """Another month."""
        first = date.fromisoformat(s["shown"] + "-01")
        months = first.year * 12 + first.month - 1 + int(step)
        s["shown"] = f"{months // 12}-{months % 12 + 1:02d}"
        s["day"] = TODAY.isoformat() if s["shown"] == TODAY.isoformat()[:7] else s["shown"] + "-01"

    def swipe_grid(self, s: State, _: str, direction: str, __: str) -> None:
        """Another month by a swipe."""
        self.tap_turn(s, "1" if direction == "left" else "-1")

    def tap_today(self, s: State, _: str) -> None:
        """Back to today."""
        s["shown"], s["day"] = TODAY.isoformat()[:7], TODAY.isoformat()

    def tap_kind(self, s: State, kind: str) -> None:
        """Hide a calendar or show it."""
        s["hidden"].remove(kind) if kind in s["hidden"] else s["hidden"].append(kind)

    def tap_event(self, s: State, index: str) -> None:
        """Open an event."""
        s["pages"].append(["event", index])

    def tap_shift(self, s: State, minutes: str) -> None:
        """Move the open event within its day."""
        event = s["events"][int(s["pages"][-1][1])]
        event[1] = min(max(event[1] + int(minutes), 360), 1380)

    def tap_days(self, s: State, days: str) -> None:
        """Move the open event by days."""
        event = s["events"][int(s["pages"][-1][1])]
        event[0] = (date.fromisoformat(event[0]) + timedelta(days=int(days))).isoformat()

    def tap_ask(self, s: State, _: str) -> None:
        """Ask before it goes."""
        s["modal"] = ["delete"]

    def tap_delete(self, s: State, _: str) -> None:
        """Delete the open event."""
        s["events"].pop(int(s["pages"].pop()[1]))
        s["modal"], s["toast"] = None, "Event deleted"

    def tap_new(self, s: State, _: str) -> None:
        """Begin an event."""
        s["pages"].append(["new", ""])
        s["draft"] = {"title": "", "hour": 0, "kind": "Work", "all_day": False}

    def tap_title(self, s: State, _: str) -> None:
        """Go into the field."""
        s["focus"] = "title"

    def type_title(self, s: State, _: str, text: str) -> None:
        """Type a title."""
        s["draft"]["title"] = text[:30]

    def key_close(self, s: State, _: str) -> None:
        """Hide the keyboard."""
        s["focus"] = ""

    def tap_all_day(self, s: State, _: str) -> None:
        """All day or not."""
        s["draft"]["all_day"] ^= True

    def tap_hour(self, s: State, index: str) -> None:
        """Choose when it begins."""
        s["draft"]["hour"] = int(index)

    def tap_group(self, s: State, index: str) -> None:
        """Choose its calendar."""
        s["draft"]["kind"] = list(HUES)[int(index)]

    def tap_add(self, s: State, _: str) -> None:
        """Add the event, if it has a title."""
        draft = s["draft"]
        if not draft["title"]:
            s["toast"] = "An event needs a title"
            return
        hour, minute = HOURS[draft["hour"]].split(":")
        begin, minutes = (480, 600) if draft["all_day"] else (int(hour) * 60 + int(minute), 60)
        s["events"] = sorted(
            [*s["events"], [s["day"], begin, minutes, draft["title"], "Online", draft["kind"]]]
        )
        s["pages"], s["focus"], s["toast"] = [["month", ""]], "", "Event added"
