"""The player itself: the record, its bar and its buttons."""

__all__ = ["clock", "draw_heart", "draw_now", "draw_play"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import cover
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, nav_height
from ..gui_parts_controls import icon_button, slider
from ..gui_theme_tones import mixed


def draw_now(s: State, d: Sheet) -> None:
    """The player with what is on."""
    theme, song = d.theme, s["songs"][s["now"]]
    app_bar(
        d,
        "Now playing",
        back="Go back to the library",
        actions=(("queue", "queue", "Show the queue", "Tap the queue icon"),),
    )
    side = 440
    x, y = (WIDTH - side) / 2, STATUS_PX + 96
    d.box(x + 6, y + 10, side - 12, side - 4, "transparent", radius=theme.radius + 8, shadow=3)
    cover(d, x, y, side, song["art"], radius=theme.radius + 8)
    y += side + 34
    left = float(MARGIN + 26)
    d.text(left, y, 350, song["title"], 32, weight=700, leading=42, face=theme.display)
    d.text(left, y + 44, 350, song["by"], 20, theme.muted, leading=28)
    d.widget("song", "song", (0, y - 6, WIDTH - 100, y + 76), song["title"])
    liked = song["liked"]
    d.icon("heart", WIDTH - left - 34, y + 12, 34, theme.accent if liked else theme.muted, filled=liked)
    draw_heart(
        d,
        s["now"],
        song,
        (WIDTH - left - 52, y, WIDTH - left + 16, y + 60),
        (WIDTH - left - 17, y + 26),
        theme.paper,
    )
    y += 100
    w = WIDTH - 2 * left
    probes = slider(d, left, y, w, s["at"] / 100, thin=True)
    done = song["seconds"] * s["at"] // 100
    d.text(left, y + 40, 100, clock(done), 16, theme.muted, leading=22, derived=True)
    d.text(
        WIDTH - left - 100,
        y + 40,
        100,
        "-" + clock(song["seconds"] - done),
        16,
        theme.muted,
        align="right",
        leading=22,
        derived=True,
    )
    d.widget(
        "seek:",
        "slider",
        (left - 12, y - 2, WIDTH - left + 12, y + 64),
        f"{s['at']} %",
        [d.paint(*p) for p in probes],
    )
    for target in (0, 25, 50, 75):
        at = left + 9 + (w - 18) * target / 100
        place = clock(song["seconds"] * target // 100)
        goal = "" if target == s["at"] else f"Go to {place} of the song"
        d.spot(f"seek:={target}", (at - 24, y, at + 24, y + 40), goal, f"Tap the bar at {target} %")
    y += 96
    middle = WIDTH / 2
    draw_play(s, d, middle - 46, y, 92)
    for step, icon, at in ((-1, "previous", middle - 140), (1, "next", middle + 76)):
        icon_button(d, at, y + 14, 64, icon)
        d.spot(
            f"skip:{step}",
            (at, y + 10, at + 64, y + 82),
            f"Skip to the {'next' if step > 0 else 'previous'} song",
            f"Tap the {icon} button",
        )
    for name, at in (("shuffle", left - 8), ("repeat", WIDTH - left - 48)):
        on = bool(s[name])
        ground = theme.soft if on else theme.paper
        d.box(at, y + 18, 56, 56, ground, radius=28)
        d.icon(name, at + 14, y + 32, 28, theme.on_soft if on else theme.muted)
        value = ("off", "all", "one")[s[name]] if name == "repeat" else "on" if on else "off"
        if value == "one":
            d.box(at + 33, y + 19, 22, 22, theme.accent, radius=11)
            d.text(at + 33, y + 20, 22, "1", 14, theme.on_accent, weight=700, align="center", leading=20)
        box = (at - 4, y + 10, at + 60, y + 82)
        d.widget(name, "switch", box, value, [d.paint(at + 8, y + 46, ground)])
        goal = (
            {"off": "Repeat all songs", "all": "Repeat this song", "one": "Stop repeating"}[value]
            if name == "repeat"
            else f"Turn shuffle {'off' if on else 'on'}"
        )
        d.spot(name, box, goal, f"Tap the {name} icon")
    following = s["songs"][(s["now"] + 1) % len(s["songs"])]
    top = HEIGHT - nav_height(theme) - 104
    d.box(MARGIN, top, WIDTH - 2 * MARGIN, 84, theme.raised, radius=theme.radius)
    cover(d, MARGIN + 14, top + 14, 56, following["art"], radius=10)
    d.text(MARGIN + 86, top + 14, 300, "Next", 15, theme.muted, leading=24)
    d.text(
        MARGIN + 86,
        top + 38,
        330,
        f"{following['title']} by {following['by']}",
        18,
        weight=600,
        leading=28,
    )
    d.widget("following", "song", (MARGIN, top, WIDTH - MARGIN, top + 84), following["title"])
    d.spot("queue", (MARGIN, top, WIDTH - MARGIN, top + 84), "Show the queue", "Tap the next song")


def draw_heart(d: Sheet, index: int, song: dict, box: tuple, probe: tuple[float, float], ground: str) -> None:
    """A heart to like a song."""
    liked = song["liked"]
    d.widget(
        f"like:{song['title']}",
        "heart",
        box,
        "liked" if liked else "plain",
        [d.paint(*probe, d.theme.accent if liked else ground)],
    )
    d.spot(
        f"like:{index}",
        box,
        f"{'Unlike' if liked else 'Like'} {song['title']}",
        f"Tap the heart of {song['title']}",
    )


def draw_play(s: State, d: Sheet, x: float, y: float, size: float, *, small: bool = False) -> None:
    """The button that plays and pauses."""
    theme, on = d.theme, s["playing"]
    fill, tint = ("", theme.ink) if small else (theme.accent, theme.on_accent)
    icon_button(d, x, y, size, "pause" if on else "play", color=tint, fill=fill)
    middle = x + size / 2
    ground = mixed(theme.raised, theme.soft, 0.5) if small else theme.accent
    d.widget(
        "play",
        "play button",
        (x, y, x + size, y + size),
        "playing" if on else "paused",
        [d.paint(middle, y + size / 2, ground if on else tint)],
    )
    d.spot(
        "toggle",
        (x, y, x + size, y + size),
        "Pause the music" if on else "Play the music",
        f"Tap the {'pause' if on else 'play'} button",
    )


def clock(seconds: int) -> str:
    """Seconds as minutes and seconds."""
    return f"{seconds // 60}:{seconds % 60:02d}"
