"""Settings: switches, sliders, choices, and a dark mode for all of it."""

__all__ = ["SettingsApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import avatar
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, large_title, nav_height
from ..gui_parts_controls import slider
from ..gui_parts_layers import dialog
from ..gui_parts_rows import card, divider, heading, row_text, setting_row
from ..gui_words import NAMES
from .phone import PhoneApp, chance, phone

TIMEOUTS = ("30 seconds", "1 minute", "5 minutes", "10 minutes")
NETWORKS = ("Lindenhaus 5G", "Cafe Aurora", "Studio Nord", "Harbour Guest", "Kite Office")
STEP = 10
ROWS: dict[str, tuple[str, str, str]] = {
    "wifi": ("wifi", "Wi-Fi", "Off"),
    "bluetooth": ("bluetooth", "Bluetooth", "Not in use"),
    "airplane": ("airplane", "Airplane mode", "Radios are on"),
    "location": ("pin", "Location", "Off for all apps"),
    "saver": ("battery", "Battery saver", "Off"),
    "dark": ("moon", "Dark theme", "Always light"),
    "warm": ("sun", "Night light", "Off at all times"),
    "auto": ("display", "Adaptive brightness", "Set by hand"),
    "vibrate": ("vibrate", "Vibrate for calls", "Off"),
    "touch": ("bell", "Touch sounds", "Silent"),
    "wake": ("bolt", "Lift to wake", "Off"),
}
ON: dict[str, str] = {
    "bluetooth": "Looking for devices",
    "airplane": "Radios are off",
    "location": "On for 14 apps",
    "saver": "On until charged",
    "dark": "Always dark",
    "warm": "Warm colours at night",
    "auto": "Follows the light",
    "vibrate": "On",
    "touch": "On",
    "wake": "On",
}
LEVELS = {
    "brightness": ("sun", "Brightness"),
    "media": ("volume", "Media volume"),
    "ring": ("bell", "Ring volume"),
    "alarm": ("alarm", "Alarm volume"),
}
PAGES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "network": (
        "wifi",
        "Network",
        "Wi-Fi, Bluetooth, location",
        ("wifi", "bluetooth", "airplane", "location"),
    ),
    "display": ("display", "Display", "Brightness, dark theme, timeout", ("dark", "warm", "auto", "wake")),
    "sound": ("volume", "Sound", "Volumes, vibration", ("vibrate", "touch")),
}


class SettingsApp(PhoneApp):
    """The phone's settings."""

    kind = "settings"
    icon = "settings"

    def start(self, rng: np.random.Generator) -> State:
        """A first page, or one below it."""
        state = phone(
            rng,
            "Settings",
            "main",
            owner=chance(rng, NAMES, 1)[0],
            face=int(rng.integers(10)),
            network=chance(rng, NETWORKS, 1)[0],
            on={name: bool(rng.random() < 0.5) for name in ROWS},
            levels={name: int(rng.integers(1, 10)) * STEP for name in LEVELS},
            timeout=int(rng.integers(len(TIMEOUTS))),
        )
        state["on"]["dark"] = state["theme"]["is_dark"]
        return state

    def draw(self, s: State, d: Sheet) -> None:
        """The page on top, and its dialog."""
        page = s["pages"][-1][0]
        if page == "main":
            self._main(s, d)
        else:
            self._page(s, d, page)
        if s["modal"] and s["modal"][0] == "timeout":
            dialog(
                d,
                "Screen timeout",
                "",
                yes=("Done", "dismiss", "Close the dialog"),
                choices=TIMEOUTS,
                chosen=s["timeout"],
                choose="timeout",
            )
        elif s["modal"]:
            dialog(
                d,
                "Reset all settings?",
                (
                    "Networks, volumes and display go back to what they were when the phone was "
                    "new. Your data stays."
                ),
                yes=("Reset", "reset", "Reset all settings"),
                no=("Cancel", "dismiss", "Cancel the reset"),
                icon="refresh",
                danger=True,
            )

    def _main(self, s: State, d: Sheet) -> None:
        theme = d.theme
        y = large_title(d, STATUS_PX + 26, "Settings") + 18
        card(d, MARGIN, y, WIDTH - 2 * MARGIN, 104, fill=theme.soft if theme.is_material else "")
        avatar(d, MARGIN + 18, y + 18, 68, s["owner"], s["face"])
        row_text(d, MARGIN + 104, y, 330, 104, s["owner"], "Account, backup, family", weight=600)
        y += 122
        quick = ("wifi", "airplane", "saver", "dark")
        y = heading(d, y, "Quick settings")
        y = self._group(s, d, y, quick)
        y = heading(d, y + 6, "Device")
        high = theme.row(88)
        rows = [(*PAGES[name][:3], f"open:{name}", f"Open {PAGES[name][1]} settings") for name in PAGES]
        self._ground(d, y, high * len(rows))
        for index, (icon, title, subtitle, spot, goal) in enumerate(rows):
            setting_row(
                d, y, high, icon, index + 4, title, subtitle, spot=spot, role="row", value=title, goal=goal
            )
            if index:
                divider(d, y, left=MARGIN + 64 if theme.is_material else MARGIN + 78)
            y += high
        if y + 70 < HEIGHT - nav_height(theme):
            d.text(
                0,
                y + 22,
                WIDTH,
                "Reset all settings",
                18,
                theme.danger,
                weight=600,
                align="center",
                leading=26,
            )
            d.spot(
                "ask_reset", (120, y + 8, 420, y + 62), "Ask to reset all settings", "Tap Reset all settings"
            )

    def _page(self, s: State, d: Sheet, page: str) -> None:
        _, title, _, names = PAGES[page]
        y = app_bar(d, title, back="Go back to all settings") + 6
        if page == "network" and s["on"]["wifi"]:
            y = heading(d, y, "Connected to")
            self._ground(d, y, 88)
            setting_row(
                d,
                y,
                88,
                "lock",
                1,
                s["network"],
                "Secured, strong signal",
                spot="share",
                role="row",
                value=s["network"],
                goal="",
            )
            y += 94
        levels = {"display": ("brightness",), "sound": ("media", "ring", "alarm")}.get(page, ())
        if levels:
            y = heading(d, y, "Brightness" if page == "display" else "Volume")
            self._ground(d, y, 116 * len(levels))
            for name in levels:
                self._level(s, d, y, name)
                y += 116
            y += 6
        y = heading(d, y, {"network": "Connections", "display": "Appearance", "sound": "Feedback"}[page])
        y = self._group(s, d, y, names)
        if page == "display":
            y = heading(d, y + 6, "Screen")
            high = d.theme.row(88)
            self._ground(d, y, high)
            setting_row(
                d,
                y,
                high,
                "timer",
                5,
                "Screen timeout",
                "After a time without touch",
                spot="ask_timeout",
                role="value",
                value=TIMEOUTS[s["timeout"]],
                goal="Choose another screen timeout",
                end=TIMEOUTS[s["timeout"]],
                derived=True,
            )

    def _group(self, s: State, d: Sheet, y: float, names: tuple[str, ...]) -> float:
        high = d.theme.row(88)
        self._ground(d, y, high * len(names))
        for index, name in enumerate(names):
            icon, title, off = ROWS[name]
            on = s["on"][name]
            state = (s["network"] if name == "wifi" else ON[name]) if on else off
            if index:
                divider(d, y, left=MARGIN + 64 if d.theme.is_material else MARGIN + 78)
            setting_row(
                d,
                y,
                high,
                icon,
                index,
                title,
                state,
                spot=f"switch:{name}",
                role="switch",
                value="on" if on else "off",
                goal=f"Turn {title} {'off' if on else 'on'}",
                on=on,
            )
            y += high
        return y

    def _ground(self, d: Sheet, y: float, h: float) -> None:
        if not d.theme.is_material:
            d.box(MARGIN - 4, y, WIDTH - 2 * MARGIN + 8, h, d.theme.surface, radius=18)

    def _level(self, s: State, d: Sheet, y: float, name: str) -> None:
        icon, title = LEVELS[name]
        level, theme = s["levels"][name], d.theme
        inset = MARGIN + (0 if theme.is_material else 14)
        d.icon(icon, inset, y + 22, 28, theme.muted)
        d.text(inset + 44, y + 20, 260, title, 20, leading=30)
        d.text(
            WIDTH - inset - 100,
            y + 20,
            100,
            f"{level} %",
            18,
            theme.muted,
            align="right",
            leading=30,
            derived=True,
        )
        x, w = inset + 2.0, WIDTH - 2 * inset - 4.0
        probes = slider(d, x, y + 62, w, level / 100)
        box = (0.0, y + 10, float(WIDTH), y + 112)
        d.widget(f"level:{name}", "slider", box, f"{level} %", [d.paint(*p) for p in probes])
        for target in (0, 20, 40, 60, 80, 100):
            at = x + w * target / 100
            goal = f"Set {title} to {target} %" if target != level else ""
            d.spot(
                f"level:{name}={target}",
                (at - 26, y + 58, at + 26, y + 108),
                goal,
                f"Tap the {title} slider at {target} %",
            )

    def tap_switch(self, s: State, name: str) -> None:
        """Turn a setting over; airplane mode takes the radios with it."""
        on = s["on"]
        on[name] = not on[name]
        if name == "airplane" and on[name]:
            on["wifi"] = on["bluetooth"] = False
        elif name in ("wifi", "bluetooth") and on[name]:
            on["airplane"] = False
        elif name == "dark":
            s["theme"]["is_dark"] = on[name]

    def tap_level(self, s: State, argument: str) -> None:
        """Move a slider."""
        name, _, target = argument.partition("=")
        s["levels"][name] = int(target)

    def tap_open(self, s: State, page: str) -> None:
        """Go a page down."""
        s["pages"].append([page, ""])

    def tap_share(self, s: State, _: str) -> None:
        """The connected network stays as it is."""

    def tap_ask_timeout(self, s: State, _: str) -> None:
        """Ask for a screen timeout."""
        s["modal"] = ["timeout"]

    def tap_timeout(self, s: State, index: str) -> None:
        """Choose a screen timeout."""
        s["timeout"] = int(index)

    def tap_ask_reset(self, s: State, _: str) -> None:
        """Ask whether to reset."""
        s["modal"] = ["reset"]

    def tap_reset(self, s: State, _: str) -> None:
        """Reset everything that can be set."""
        s["on"] = dict.fromkeys(s["on"], False) | {"wifi": True, "auto": True}
        s["theme"]["is_dark"] = False
        s["levels"] = dict.fromkeys(s["levels"], 60)
        s["timeout"] = 1
        s["modal"] = None
        s["toast"] = "All settings were reset"
