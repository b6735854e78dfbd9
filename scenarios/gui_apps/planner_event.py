"""One event of a planner, and the page that adds one."""

__all__ = ["HOURS", "HUES", "draw_event", "draw_new", "long", "span"]

from datetime import date

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_bars import MARGIN, app_bar, nav_height
from ..gui_parts_controls import button, chip, field, switch
from ..gui_parts_layers import keyboard
from ..gui_parts_rows import card
from ..gui_theme_tones import tone

HUES = {"Work": 262, "Family": 150, "Health": 25, "Fun": 75}
HOURS = ("9:00", "11:30", "14:00", "18:30")


def draw_event(s: State, d: Sheet, argument: str) -> None:
    """The page of one event."""
    theme, event = d.theme, s["events"][int(argument)]
    y = app_bar(
        d,
        "",
        back="Go back to the month",
        actions=(("trash", "ask", "Ask to delete this event", "Tap the bin icon"),),
    )
    hue = HUES[event[5]]
    d.box(MARGIN, y + 20, 22, 22, tone(0.75 if theme.is_dark else 0.58, 0.15, hue), radius=7)
    d.text(MARGIN + 40, y + 8, 420, event[3], 34, weight=700, leading=44, face=theme.display)
    d.text(MARGIN + 40, y + 54, 420, event[5], 18, theme.muted, leading=26)
    d.widget("event", "page", (0, y, WIDTH, y + 86), event[3])
    y += 108
    day = date.fromisoformat(event[0])
    for icon, line in (
        ("calendar", long(day)),
        ("clock", span(event)),
        ("pin", event[4]),
        ("bell", "15 minutes before"),
    ):
        d.icon(icon, MARGIN, y + 14, 28, theme.muted)
        d.text(MARGIN + 52, y + 14, 400, line, 20, leading=28, derived=icon in ("calendar", "clock"))
        d.widget(f"line:{icon}", "row", (0, y, WIDTH, y + 56), line)
        y += 60
    y += 16
    d.text(MARGIN, y, 300, "Move it", 18, weight=600, leading=26)
    half = (WIDTH - 2 * MARGIN - 14) / 2
    for index, (label, spot, goal) in enumerate(
        (
            ("One hour earlier", "shift:-60", "Move the event an hour earlier"),
            ("One hour later", "shift:60", "Move the event an hour later"),
            ("Tomorrow", "days:1", "Move the event to the next day"),
            ("Next week", "days:7", "Move the event by a week"),
        )
    ):
        button(
            d,
            MARGIN + (half + 14) * (index % 2),
            y + 40 + 70 * (index // 2),
            half,
            label,
            kind="tonal",
            spot=spot,
            goal=goal,
        )


def draw_new(s: State, d: Sheet, _: str) -> None:
    """The page that adds an event."""
    theme, draft = d.theme, s["draft"]
    y = app_bar(d, "New event", back="Leave without adding an event") + 12
    focused = s["focus"] == "title"
    w = WIDTH - 2 * MARGIN
    field(d, MARGIN, y, w, "Title", draft["title"], focused=focused, icon="edit")
    box = (float(MARGIN), y, WIDTH - float(MARGIN), y + 68)
    d.widget("title_field", "field", box, draft["title"] + ("|" if focused else ""))
    d.spot("title", box, "" if focused else "Go into the field Title", "Tap the field Title")
    y += 96
    card(d, MARGIN, y, w, 76)
    d.icon("calendar", MARGIN + 18, y + 24, 28, theme.muted)
    d.text(MARGIN + 62, y + 24, 240, "All day", 20, leading=28)
    probes = switch(d, WIDTH - MARGIN - 84, y + 18, draft["all_day"])
    box = (float(MARGIN), y, WIDTH - float(MARGIN), y + 76)
    d.widget("all_day", "switch", box, "on" if draft["all_day"] else "off", [d.paint(*p) for p in probes])
    d.spot(
        "all_day",
        box,
        f"Make the event {'a part of the day' if draft['all_day'] else 'last all day'}",
        "Tap the All day switch",
    )
    y += 96
    groups = [("Calendar", "group", list(HUES), list(HUES).index(draft["kind"]))]
    if not draft["all_day"]:
        groups.insert(0, ("Begins at", "hour", list(HOURS), draft["hour"]))
    for title, verb, choices, chosen in groups:
        d.text(MARGIN, y, 300, title, 18, weight=600, leading=26)
        d.widget(f"label:{verb}", "label", (MARGIN, y, 300, y + 28), title)
        x = float(MARGIN)
        for index, choice in enumerate(choices):
            on = index == chosen
            wide, probes = chip(d, x, y + 38, choice, on, icon="" if not on else "check")
            box = (x, y + 34, x + wide, y + 86)
            d.widget(
                f"{verb}:{choice}",
                "chip",
                box,
                "chosen" if on else "not chosen",
                [d.paint(*p) for p in probes],
            )
            d.spot(f"{verb}:{index}", box, "" if on else f"Choose {choice}", f"Tap {choice}")
            x += wide + 10
        y += 112
    foot = HEIGHT - nav_height(theme) - 78
    ready = bool(draft["title"])
    if not focused:
        d.foot_px = 80
        button(
            d,
            MARGIN,
            foot,
            w,
            "Add event",
            kind="filled" if ready else "off",
            spot="add",
            goal="Add the event",
            h=62,
        )
        d.widget(
            "add",
            "button",
            (MARGIN, foot, WIDTH - MARGIN, foot + 62),
            "on" if ready else "off",
            [d.paint(MARGIN + 60, foot + 31, theme.accent if ready else theme.line)],
        )
    if focused:
        keyboard(d, action="check", capital=not ready)
        for text in s["titles"]:
            if text != draft["title"]:
                d.spot(
                    "title",
                    (0, 0, WIDTH, HEIGHT),
                    f"Call the event {text}",
                    f"Type {text}",
                    gesture="type",
                    text=text,
                )
        d.spot("close", (0, 0, WIDTH, HEIGHT), "Finish typing", "Press enter", gesture="key", text="enter")


def long(day: date) -> str:
    """A day as it is written."""
    return f"{day:%A}, {day.day} {day:%B}"


def span(event: list) -> str:
    """From when to when an event lasts."""
    begin, end = event[1], event[1] + event[2]
    return f"{begin // 60}:{begin % 60:02d} - {end // 60 % 24}:{end % 60:02d}"
