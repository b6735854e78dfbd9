"""What all apps share: system bars, way back, home screen, messages.

A state holds `theme`, `name`, `time`, `battery`, `pages` (a stack of `[page, argument]`), `toast`, `modal`
(name and arguments of what lies over the page), `focus` (the field that is typed into) and `home`.
"""

__all__ = ["PhoneApp", "chance", "phone"]

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from json import dumps, loads
from typing import Any, TypeVar

import numpy as np

from ..gui_app import CANVAS_PX, Action, App, Screen, Spot, State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_bars import nav_height, snackbar, status_bar, system_nav
from ..gui_parts_layers import KEYBOARD_PX
from ..gui_theme import ACCENTS, draw_theme, theme_of
from ..gui_theme_tones import tone

T = TypeVar("T")

HOME_APPS = (
    ("Calendar", "calendar", 25),
    ("Photos", "image", 85),
    ("Camera", "camera", 260),
    ("Mail", "mail", 240),
    ("Clock", "clock", 300),
    ("Maps", "compass", 150),
    ("Weather", "sun", 225),
    ("Wallet", "card", 65),
    ("Notes", "edit", 90),
    ("Files", "folder", 200),
    ("Music", "note", 355),
    ("Store", "bag", 190),
)
DOCK = (("phone", 150), ("mail", 240), ("globe", 220), ("camera", 265))


class PhoneApp(App):
    """An app on a phone: a subclass draws its pages and answers its own verbs."""

    @abstractmethod
    def draw(self, s: State, d: Sheet) -> None:
        """Put the state on a sheet."""

    def screen(self, state: State, size_px: tuple[int, int] = CANVAS_PX) -> Screen:
        """What a state looks like."""
        return _screen(self, dumps(state, sort_keys=True), tuple(size_px))

    def happen(self, state: State, spot: Spot, action: Action) -> None:
        """Let an action at a spot change a state in place."""
        verb, _, argument = spot.id.partition(":")
        if verb != "undo":
            state["toast"] = ""
        prefix = {"click": "tap", "long_press": "hold", "swipe": "swipe", "type": "type", "key": "key"}
        match action.kind:
            case "back":
                self.tap_system_back(state, argument)
            case "open":
                state["home"] = False
            case "wait":
                self.rest(state)
            case "swipe":
                getattr(self, f"swipe_{verb}")(state, argument, action.direction, spot.text)
            case "type":
                getattr(self, f"type_{verb}")(state, argument, action.text)
            case kind:
                getattr(self, f"{prefix[kind]}_{verb}")(state, argument)

    def rest(self, s: State) -> None:
        """What happens when one waits; the passing message has gone already."""

    def is_busy(self, s: State) -> str:
        """What one waits for; "" for nothing."""
        return ""

    def tap_system_back(self, s: State, _: str) -> None:
        """Close what lies on top, or go back a page, or leave the app."""
        if s["modal"]:
            s["modal"] = None
            s["focus"] = ""
        elif s["focus"]:
            s["focus"] = ""
        elif len(s["pages"]) > 1:
            s["pages"].pop()
        else:
            s["home"] = True

    def tap_up(self, s: State, _: str) -> None:
        """The arrow of the title bar."""
        s["modal"], s["focus"] = None, ""
        if len(s["pages"]) > 1:
            s["pages"].pop()

    def tap_system_home(self, s: State, _: str) -> None:
        """The home button."""
        s["home"], s["modal"], s["focus"] = True, None, ""

    key_system_home = tap_system_home

    def tap_dismiss(self, s: State, _: str) -> None:
        """Close what lies on top."""
        s["modal"], s["focus"] = None, ""

    def tap_hold_still(self, s: State, _: str) -> None:
        """A tap on something that takes it and does nothing."""

    def tap_icon(self, s: State, _: str) -> None:
        """This app's icon on the home screen."""
        s["home"] = False

    def swipe_scroll(self, s: State, name: str, _: str, target: str) -> None:
        """Scroll a list to where its spot says."""
        s["scroll"][name] = int(target)


def phone(rng: np.random.Generator, name: str, page: str, **content: Any) -> State:
    """A state to begin with."""
    hour = int(rng.integers(7, 23))
    return loads(
        dumps(
            {
                "theme": draw_theme(rng),
                "name": name,
                "time": f"{hour}:{int(rng.integers(60)):02d}",
                "battery": int(rng.integers(24, 100)),
                "wallpaper": int(rng.integers(1000)),
                "pages": [[page, ""]],
                "toast": "",
                "modal": None,
                "focus": "",
                "home": False,
                "scroll": {},
                **content,
            }
        )
    )


def chance(rng: np.random.Generator, things: Sequence[T], count: int) -> list[T]:
    """Some of many things, none twice, in random order."""
    return [things[int(index)] for index in rng.permutation(len(things))[:count]]


@lru_cache(maxsize=256)
def _screen(app: PhoneApp, written: str, size_px: tuple[int, int]) -> Screen:
    state = loads(written)
    theme = theme_of(state["theme"])
    sheet = Sheet(theme)
    if state["home"]:
        _home(app, state, sheet)
        return sheet.screen("Home", size_px)
    app.draw(state, sheet)
    foot = HEIGHT - nav_height(theme)
    if state["toast"]:
        above = (HEIGHT - KEYBOARD_PX if state["focus"] else foot) - sheet.foot_px
        action = state.get("toast_action", "") if state.get("undo") else ""
        snackbar(sheet, above, state["toast"], action, "Undo that")
    status_bar(sheet, state["time"], state["battery"], sheet.bar_color)
    system_nav(sheet)
    if state["modal"]:
        goal = "Close what lies on top"
    elif state["focus"]:
        goal = "Hide the keyboard"
    elif len(state["pages"]) > 1:
        goal = "Go back to the page before"
    else:
        goal = "Leave the app"
    sheet.spot("back", (0, 0, WIDTH, HEIGHT), goal, "Press the system's back button", gesture="back")
    sheet.spot(
        "system_home",
        (0, 0, WIDTH, HEIGHT),
        "Go to the home screen",
        "Press the home key",
        gesture="key",
        text="home",
    )
    waits = app.is_busy(state) or ("the message to go away" if state["toast"] else "")
    if waits:
        sheet.spot("wait", (0, 0, WIDTH, HEIGHT), f"Wait for {waits}", "Wait a few seconds", gesture="wait")
    return sheet.screen(state["name"], size_px)


def _home(app: PhoneApp, s: State, d: Sheet) -> None:
    """The home screen with this app among others."""
    theme = d.theme
    hue = ACCENTS[theme.accent_name][0]
    top, middle, low = (
        (tone(0.32, 0.09, hue), tone(0.24, 0.08, hue + 30), tone(0.16, 0.05, hue + 60))
        if theme.is_dark
        else (tone(0.74, 0.11, hue), tone(0.66, 0.13, hue + 30), tone(0.5, 0.13, hue + 55))
    )
    d.box(0, 0, WIDTH, HEIGHT, f"linear-gradient(168deg,{top},{middle} 52%,{low})")
    d.svg(
        0,
        0,
        WIDTH,
        HEIGHT,
        '<path d="M0 760C130 690 240 830 360 760s140-90 180-70v510H0Z" fill="#ffffff" fill-opacity=".07"/>'
        '<path d="M0 900c110-70 210 50 330-10s150-60 210-40v350H0Z" fill="#000000" fill-opacity=".08"/>'
        '<circle cx="430" cy="330" r="120" fill="#ffffff" fill-opacity=".08"/>',
    )
    status_bar(d, s["time"], s["battery"], "#ffffff")
    d.text(0, 96, WIDTH, s["time"], 92, "#ffffff", weight=600, align="center", leading=104)
    d.text(0, 204, WIDTH, "Thursday, 14 May", 22, "#ffffff", align="center", leading=30)
    names = [entry for entry in HOME_APPS if entry[0] != s["name"]][:11]
    at = s["wallpaper"] % 12
    names.insert(at, (s["name"], self_icon(app), round(hue)))
    for index, (name, icon, tint) in enumerate(names):
        x, y = 34 + 122 * (index % 4), 420 + 146 * (index // 4)
        _app_icon(d, x, y, 84, icon, tint)
        d.text(x - 18, y + 92, 120, name, 16, "#ffffff", align="center", leading=24)
        box = (x - 12.0, y - 8.0, x + 98.0, y + 120.0)
        if name == s["name"]:
            d.widget("icon", "app icon", box, name)
            d.spot("icon", box, f"Open {name}", f"Tap the {name} icon")
    d.widget("home", "home screen", (0, 90, WIDTH, 300), "shown", [])
    foot = HEIGHT - nav_height(theme)
    d.box(20, foot - 134, WIDTH - 40, 118, "rgba(255,255,255,.22)", radius=38)
    for index, (icon, tint) in enumerate(DOCK):
        _app_icon(d, 48 + 120 * index, foot - 117, 84, icon, tint)
    system_nav(d, "#ffffff")
    d.spot(
        "open",
        (0, 0, WIDTH, HEIGHT),
        f"Open {s['name']}",
        f"Open the app {s['name']}",
        gesture="open",
        text=s["name"],
    )


def self_icon(app: PhoneApp) -> str:
    """The icon of an app on the home screen."""
    return app.icon


def _app_icon(d: Sheet, x: float, y: float, size: float, icon: str, hue: float) -> None:
    fill = f"linear-gradient(150deg,{tone(0.72, 0.15, hue)},{tone(0.54, 0.17, hue + 18)})"
    d.box(x, y, size, size, fill, radius=size * 0.28, shadow=2)
    d.icon(icon, x + size * 0.24, y + size * 0.24, size * 0.52, "#ffffff")
