"""What lies over photos: questions, names, menus and sharing."""

__all__ = ["draw_layer"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import avatar
from ..gui_parts_bars import STATUS_PX
from ..gui_parts_layers import bottom_sheet, dialog, keyboard, menu

TITLES = ("Spring walk", "Best of May", "For the wall", "Family album")


def draw_layer(s: State, d: Sheet, kind: str, argument: str = "") -> None:
    """What lies over the photos."""
    if kind == "delete":
        count = len(argument.split(","))
        what = "this photo" if count == 1 else f"{count} photos"
        dialog(
            d,
            f"Delete {what}?",
            ("It stays in the bin for 30 days.") if count == 1 else ("They stay in the bin for 30 days."),
            yes=("Delete", f"delete:{argument}", f"Delete {what}"),
            no=("Keep", "dismiss", f"Keep {what}"),
            icon="trash",
            danger=True,
        )
    elif kind == "album":
        index = int(argument)
        focused = s["focus"] == "entry"
        dialog(
            d,
            "Rename the album",
            "",
            yes=("Save", f"rename:{index}", f"Name the album {s['draft']}"),
            no=("Cancel", "dismiss", "Leave the name as it is"),
            entry=s["draft"],
        )
        if focused:
            keyboard(d, action="check", capital=not s["draft"])
            for title in TITLES[:3]:
                if title != s["draft"]:
                    d.spot(
                        "entry",
                        (0, 0, WIDTH, HEIGHT),
                        f"Enter the name {title}",
                        f"Type {title}",
                        gesture="type",
                        text=title,
                    )
            d.spot(
                f"rename:{index}",
                (0, 0, WIDTH, HEIGHT),
                f"Name the album {s['draft']}",
                "Press enter",
                gesture="key",
                text="enter",
            )
    elif kind == "menu":
        index = int(argument)
        name = s["albums"][index][0]
        menu(
            d,
            WIDTH - 300,
            STATUS_PX + 300.0,
            (
                ("edit", "Rename", f"ask_name:{index}", f"Rename the album {name}"),
                ("copy", "Duplicate", f"double:{index}", f"Duplicate the album {name}"),
                ("trash", "Remove", f"remove:{index}", f"Remove the album {name}"),
            ),
        )
    else:
        x, y, _ = bottom_sheet(d, "Share with", 340)
        for number, (name, hue) in enumerate(s["people"]):
            at = x + number * 124
            avatar(d, at + 20, y + 4, 72, name, hue)
            d.text(at, y + 86, 112, name.split()[0], 17, align="center", leading=24)
            d.spot(
                f"give:{number}",
                (at, y, at + 112, y + 116),
                f"Share with {name}",
                f"Tap {name.split()[0]}",
            )
        for number, (icon, label) in enumerate(
            (("mail", "Mail"), ("send", "Message"), ("copy", "Copy"), ("download", "Save"))
        ):
            at = x + number * 124
            d.box(at + 20, y + 130, 72, 72, d.theme.raised, radius=36)
            d.icon(icon, at + 40, y + 150, 32)
            d.text(at, y + 210, 112, label, 16, d.theme.muted, align="center", leading=24)
            d.spot(
                f"send:{label}",
                (at, y + 126, at + 112, y + 240),
                f"Share by {label.lower()}",
                f"Tap {label}",
            )
