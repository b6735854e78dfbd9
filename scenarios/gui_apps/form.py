"""Form: a membership to ask for; fields are checked, faults named."""

__all__ = ["FormApp"]

import re

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import landscape
from ..gui_parts_bars import MARGIN, app_bar, nav_height
from ..gui_parts_controls import button, checkbox, chip, field
from ..gui_parts_layers import dialog, keyboard
from ..gui_parts_rows import divider, heading
from ..gui_words import CITIES, COMPANIES, NAMES
from .phone import PhoneApp, chance, phone

FIELDS = {
    "name": ("user", "Full name", "Enter your first and last name"),
    "email": ("mail", "Email", "Enter an address such as ana@mail.com"),
    "phone": ("phone", "Phone", "Enter at least eight digits"),
    "post": ("pin", "Postcode", "Enter five digits"),
}
PLANS = (("Day", 9), ("Month", 39), ("Year", 349))
RULES = {
    "name": re.compile(r"\S+ \S+.*"),
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}"),
    "phone": re.compile(r"\+?[\d ]{8,16}"),
    "post": re.compile(r"\d{5}"),
}


class FormApp(PhoneApp):
    """A form of one page."""

    kind = "form"
    icon = "edit"

    def start(self, rng: np.random.Generator) -> State:
        """Some fields are filled in, not all of them rightly."""
        name = chance(rng, NAMES, 1)[0]
        first, last = name.split(" ", 1)
        user = "".join(
            letter
            for letter in f"{first}.{last}".lower()
            if (letter.isascii() and letter.isalpha()) or letter == "."
        )
        digits = "".join(str(int(n)) for n in rng.integers(0, 10, 8))
        right = {
            "name": name,
            "email": f"{user}@{chance(rng, ('mail.com', 'post.org', 'inbox.net'), 1)[0]}",
            "phone": f"+44 7{digits[:3]} {digits[3:]}",
            "post": f"{int(rng.integers(10000, 99999))}",
        }
        wrong = {"name": first, "email": f"{user}mail.com", "phone": "+44 7", "post": right["post"][:3]}
        values = {}
        for key in FIELDS:
            luck = rng.random()
            values[key] = right[key] if luck < 0.45 else wrong[key] if luck < 0.6 else ""
        return phone(
            rng,
            "Join",
            "form",
            club=f"{chance(rng, CITIES, 1)[0]} Climbing",
            sender=chance(rng, COMPANIES, 1)[0],
            right=right,
            wrong=wrong,
            values=values,
            faults={},
            plan=int(rng.integers(3)),
            terms=bool(rng.random() < 0.4),
            news=bool(rng.random() < 0.4),
            art=int(rng.integers(400)),
        )

    def draw(self, s: State, d: Sheet) -> None:
        """The form, or the welcome."""
        if s["pages"][-1][0] == "welcome":
            self._welcome(s, d)
            return
        theme = d.theme
        y = app_bar(d, s["club"])
        focused = s["focus"]
        if not focused:
            landscape(d, MARGIN, y + 4, WIDTH - 2 * MARGIN, 128, s["art"], radius=theme.radius)
            y += 144
        y = heading(d, y, "Your details")
        y += 6
        w = WIDTH - 2 * MARGIN
        y = self._fields(s, d, y)
        y = heading(d, y - 2, "Membership") + 4
        x = float(MARGIN)
        for index, (name, euros) in enumerate(PLANS):
            on = index == s["plan"]
            width, probes = chip(d, x, y, f"{name} €{euros}", on)
            box = (x, y - 4, x + width, y + 48)
            d.widget(
                f"plan:{index}", "chip", box, "chosen" if on else "not chosen", [d.paint(*p) for p in probes]
            )
            d.spot(f"plan:{index}", box, "" if on else f"Choose the membership {name}", f"Tap {name}")
            x += width + 10
        y += 58
        for key, label in (("terms", "I accept the rules of the house"), ("news", "Send me news by mail")):
            on, bad = s[key], key in s["faults"]
            probes = checkbox(d, MARGIN + 4, y + 9, on)
            d.text(MARGIN + 50, y + 10, w - 60, label, 18, theme.danger if bad else "", leading=28)
            box = (0.0, y, float(WIDTH), y + 48)
            d.widget(
                key,
                "checkbox",
                box,
                ("on" if on else "off") + (" needed" if bad else ""),
                [d.paint(*p) for p in probes] or [d.paint(MARGIN + 19, y + 24, theme.paper)],
            )
            d.spot(key, box, f"{'Untick' if on else 'Tick'}: {label}", f'Tap the box "{label}"')
            y += 48
        foot = HEIGHT - nav_height(theme) - 78
        if not focused:
            d.foot_px = 80
            button(
                d,
                MARGIN,
                foot,
                w,
                f"Join for €{PLANS[s['plan']][1]}",
                spot="join",
                goal="Send the form",
                h=62,
                derived=True,
            )
            d.widget("join", "button", (MARGIN, foot, WIDTH - MARGIN, foot + 62), str(s["plan"]))
        if focused:
            self._typing(s, d, focused)
        if s["modal"]:
            dialog(
                d,
                "Leave the form?",
                "What you entered will be lost.",
                yes=("Leave", "leave", "Leave the form and lose what was entered"),
                no=("Stay", "dismiss", "Stay with the form"),
                danger=True,
            )

    def _fields(self, s: State, d: Sheet, y: float) -> float:
        w, focused = WIDTH - 2 * MARGIN, s["focus"]
        for key, (icon, label, _) in FIELDS.items():
            value, fault = s["values"][key], s["faults"].get(key, "")
            box = (float(MARGIN), y, WIDTH - float(MARGIN), y + 68 + (28 if fault else 0))
            mine = focused == key
            below = field(d, MARGIN, y, w, label, value, focused=mine, error=fault, icon=icon)
            d.widget(f"field:{key}", "field", box, f"{value}|{fault}" + (" (typing)" if mine else ""))
            d.spot(
                f"field:{key}",
                (*box[:2], box[2], y + 68),
                "" if mine else f"Go into the field {label}",
                f"Tap the field {label}",
            )
            y = below - 2 if not fault else below
        return y

    def _typing(self, s: State, d: Sheet, focused: str) -> None:
        keyboard(d, capital=focused == "name")
        _, label, _ = FIELDS[focused]
        for text in dict.fromkeys((s["right"][focused], s["wrong"][focused])):
            if text != s["values"][focused]:
                d.spot(
                    f"field:{focused}",
                    (0, 0, WIDTH, HEIGHT),
                    f"Enter {text} as {label.lower()}",
                    f"Type {text}",
                    gesture="type",
                    text=text,
                )
        d.spot(
            "on",
            (0, 0, WIDTH, HEIGHT),
            "Go on to the next field",
            "Press enter",
            gesture="key",
            text="enter",
        )

    def _welcome(self, s: State, d: Sheet) -> None:
        theme = d.theme
        landscape(d, 0, 0, WIDTH, 470, s["art"])
        d.box(0, 0, WIDTH, 110, "linear-gradient(rgba(0,0,0,.4),rgba(0,0,0,0))")
        d.bar_color = "#ffffff"
        d.box(0, 436, WIDTH, HEIGHT - 436, theme.paper, radius="34px 34px 0 0")
        d.box(WIDTH / 2 - 52, 384, 104, 104, theme.accent, radius=52)
        d.icon("check", WIDTH / 2 - 30, 406, 60, theme.on_accent)
        name = s["values"]["name"].split()[0]
        d.text(
            MARGIN,
            520,
            WIDTH - 2 * MARGIN,
            f"Welcome, {name}!",
            36,
            weight=700,
            align="center",
            leading=46,
            face=theme.display,
            derived=True,
        )
        d.text(
            56,
            576,
            WIDTH - 112,
            f"You are a member of {s['club']} now. We sent your card to the address below.",
            20,
            theme.muted,
            align="center",
            lines=3,
            leading=30,
        )
        y = 692.0
        rows = (
            ("mail", s["values"]["email"]),
            ("phone", s["values"]["phone"]),
            ("card", f"{PLANS[s['plan']][0]} for €{PLANS[s['plan']][1]}"),
        )
        for icon, value in rows:
            d.icon(icon, MARGIN + 12, y + 18, 28, theme.accent)
            d.text(MARGIN + 62, y + 18, 400, value, 20, leading=28, derived=True)
            divider(d, y + 64, left=MARGIN + 62)
            y += 66
        d.widget("welcome", "message", (0, 510, WIDTH, y), name)
        button(
            d,
            MARGIN,
            HEIGHT - nav_height(theme) - 78,
            WIDTH - 2 * MARGIN,
            "Done",
            spot="done",
            goal="Close the welcome",
            h=62,
        )

    def tap_system_back(self, s: State, _: str) -> None:
        """Ask before what was entered is lost."""
        entered = any(s["values"].values())
        if not s["modal"] and not s["focus"] and entered and s["pages"][-1][0] == "form":
            s["modal"] = ["leave"]
        else:
            super().tap_system_back(s, _)

    def tap_field(self, s: State, key: str) -> None:
        """Go into a field; the one before is checked."""
        _leave(s)
        s["focus"] = key

    def type_field(self, s: State, key: str, text: str) -> None:
        """Type in place of what stands there."""
        s["values"][key] = text[:40]
        s["faults"].pop(key, None)

    def key_on(self, s: State, _: str) -> None:
        """The next field, or none."""
        keys = list(FIELDS)
        at = keys.index(s["focus"]) + 1
        _leave(s)
        s["focus"] = keys[at] if at < len(keys) else ""

    def tap_plan(self, s: State, index: str) -> None:
        """Choose a membership."""
        s["plan"] = int(index)

    def tap_terms(self, s: State, _: str) -> None:
        """Accept the rules or not."""
        s["terms"] = not s["terms"]
        s["faults"].pop("terms", None)

    def tap_news(self, s: State, _: str) -> None:
        """Ask for news or not."""
        s["news"] = not s["news"]

    def tap_join(self, s: State, _: str) -> None:
        """Send the form: what is wrong is named, or the club says welcome."""
        _leave(s)
        s["focus"] = ""
        for key in FIELDS:
            _check(s, key)
        if not s["terms"]:
            s["faults"]["terms"] = "needed"
        if not s["faults"]:
            s["pages"].append(["welcome", ""])
        else:
            count = len(s["faults"])
            s["toast"] = f"Please mend {count} field{'s' * (count > 1)}"

    def tap_leave(self, s: State, _: str) -> None:
        """Lose what was entered."""
        s["values"] = dict.fromkeys(s["values"], "")
        s["faults"], s["modal"], s["home"] = {}, None, True

    def tap_done(self, s: State, _: str) -> None:
        """Back to an empty form."""
        s["pages"] = [["form", ""]]
        s["values"] = dict.fromkeys(s["values"], "")
        s["terms"] = False


def _leave(s: State) -> None:
    """Check the field that was typed into, if anything stands there."""
    if s["focus"] and s["values"][s["focus"]]:
        _check(s, s["focus"])


def _check(s: State, key: str) -> None:
    if RULES[key].fullmatch(s["values"][key]):
        s["faults"].pop(key, None)
    else:
        s["faults"][key] = FIELDS[key][2]
