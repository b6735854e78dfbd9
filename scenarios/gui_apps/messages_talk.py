"""A talk: its head, its bubbles and the field to write in."""

__all__ = ["draw_talk"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet, line_count, width_of
from ..gui_parts_art import avatar
from ..gui_parts_bars import MARGIN, STATUS_PX, nav_height
from ..gui_parts_layers import KEYBOARD_PX, keyboard


def draw_talk(s: State, d: Sheet, talk: dict) -> None:
    """One talk."""
    theme, name = d.theme, talk["with"]
    top = STATUS_PX + 76.0
    foot = HEIGHT - (KEYBOARD_PX if s["focus"] else nav_height(theme)) - 82
    lines = list(enumerate(talk["lines"]))
    room = 330
    heights = [line_count(text, room, 19) * 27 + 26 + (22 if liked else 0) for _, (text, _, liked) in lines]
    while lines and top + 60 + sum(heights) + 10 * len(heights) > foot:
        lines.pop(0)
        heights.pop(0)
    y = top + 14
    d.text(0, y, WIDTH, f"Today, {talk['time']}", 15, theme.muted, align="center", leading=24)
    y += 38
    for (number, (text, mine, liked)), high in zip(lines, heights, strict=True):
        _draw_bubble(d, y, number, text, mine, liked, room)
        y += high + 10
    _draw_head(d, talk, name)
    _draw_entry(s, d, foot + 4)


def _draw_entry(s: State, d: Sheet, y: float) -> None:
    theme = d.theme
    focused = s["focus"] == "reply"
    if focused:
        keyboard(d, action="send", capital=not s["draft"])
    d.box(0, y - 6, WIDTH, 88, theme.paper)
    d.foot_px = 84
    d.box(MARGIN - 8, y + 6, WIDTH - 2 * MARGIN - 56, 60, theme.raised, radius=30)
    d.icon("smile", MARGIN + 8, y + 22, 28, theme.muted)
    room = WIDTH - 2 * MARGIN - 130
    if s["draft"] or focused:
        d.text(MARGIN + 48, y + 23, room, s["draft"], 19, leading=27, derived=True)
        if focused:
            d.box(
                MARGIN + 50 + min(width_of(s["draft"], 19) * 0.985 + 1, room),
                y + 24,
                2.5,
                25,
                theme.accent,
            )
    else:
        d.text(MARGIN + 48, y + 23, room, "Message", 19, theme.muted, leading=27)
    box = (MARGIN - 8.0, y, WIDTH - MARGIN - 60.0, y + 70)
    d.widget("reply", "field", box, s["draft"] + ("|" if focused else ""))
    d.spot("reply", box, "" if focused else "Go into the field for a message", "Tap the field for a message")
    x, ready = WIDTH - MARGIN - 54.0, bool(s["draft"])
    d.box(x, y + 6, 60, 60, theme.accent if ready else theme.raised, radius=30)
    d.icon("send" if ready else "mic", x + 16, y + 21, 29, theme.on_accent if ready else theme.muted)
    d.widget(
        "send",
        "button",
        (x, y, x + 60, y + 70),
        "send" if ready else "speak",
        [d.paint(x + 30, y + 12, theme.accent if ready else theme.raised)],
    )
    if ready:
        d.spot("send", (x - 4, y, x + 64, y + 70), "Send the message", "Tap the send button")
    if focused:
        for text in s["replies"]:
            if text != s["draft"]:
                d.spot(
                    "reply",
                    (0, 0, WIDTH, HEIGHT),
                    f'Write "{text}"',
                    f"Type {text}",
                    gesture="type",
                    text=text,
                )
        if ready:
            d.spot(
                "send",
                (0, 0, WIDTH, HEIGHT),
                "Send the message",
                "Press enter",
                gesture="key",
                text="enter",
            )


def _draw_head(d: Sheet, talk: dict, name: str) -> None:
    theme = d.theme
    ground = theme.surface if not theme.is_material else theme.raised
    d.box(0, 0, WIDTH, STATUS_PX + 76, ground)
    y = STATUS_PX + 8.0
    d.icon(
        "back" if theme.is_material else "chevron_left",
        18,
        y + 16,
        30,
        theme.ink if theme.is_material else theme.accent,
    )
    d.spot("up", (6, y, 62, y + 62), "Go back to all talks", "Tap the arrow at the top left")
    avatar(d, 70, y + 6, 50, name, talk["hue"])
    d.text(134, y + 5, 230, name, 20, weight=600, leading=28)
    d.text(
        134,
        y + 33,
        230,
        "Muted" if talk["muted"] else "Online",
        15,
        theme.muted,
        leading=22,
        derived=True,
    )
    d.widget("person", "title", (70, y, 370, y + 62), f"{name}, {'muted' if talk['muted'] else 'loud'}")
    icon = "mute" if talk["muted"] else "bell"
    d.icon(icon, WIDTH - 128, y + 17, 28, theme.accent)
    d.spot(
        f"mute:{talk['id']}",
        (WIDTH - 144, y, WIDTH - 86, y + 62),
        f"{'Unmute' if talk['muted'] else 'Mute'} this talk",
        f"Tap the {'loudspeaker' if talk['muted'] else 'bell'} at the top",
    )
    d.icon("trash", WIDTH - 62, y + 17, 28, theme.accent)
    d.spot(
        f"ask:{talk['id']}",
        (WIDTH - 80, y, WIDTH - 10, y + 62),
        f"Ask to delete the talk with {name}",
        "Tap the bin at the top",
    )


def _draw_bubble(d: Sheet, y: float, number: int, text: str, mine: bool, liked: bool, room: int) -> None:
    theme = d.theme
    rows = line_count(text, room, 19)
    wide = min(room, width_of(text, 19) + 2) + 36 if rows == 1 else room + 36.0
    high = rows * 27 + 26
    x = WIDTH - MARGIN - wide if mine else float(MARGIN)
    fill, tint = (theme.accent, theme.on_accent) if mine else (theme.raised, theme.ink)
    radius = "24px 24px 6px 24px" if mine else "24px 24px 24px 6px"
    d.box(x, y, wide, high, fill, radius=radius)
    d.text(x + 18, y + 13, wide - 36, text, 19, tint, lines=6, leading=27)
    at = x + 18 if mine else x + wide - 54
    probe = (at + 18.0, y + high + 4.0)
    if liked:
        d.box(at, y + high - 10, 36, 32, theme.surface, radius=16, shadow=1)
        d.icon("heart", at + 8, y + high - 4, 20, theme.danger, filled=True)
    box = (x, y, x + wide, y + high)
    full = (x, y, x + wide, y + high + 22)
    d.widget(
        f"line:{number}",
        "message",
        full,
        f"{text}{' liked' if liked else ''}",
        [d.paint(*probe, theme.danger if liked else theme.paper)],
    )
    d.spot(
        f"like:{number}",
        box,
        f'{"Take the heart off" if liked else "Put a heart on"} "{text}"',
        f'Press "{text}" long',
        gesture="long_press",
    )
