"""Player: a record that plays, its queue, hearts and a menu a song."""

__all__ = ["PlayerApp"]

import numpy as np

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import cover
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, bottom_nav, large_title, nav_height
from ..gui_parts_controls import icon_button
from ..gui_parts_layers import menu
from ..gui_parts_rows import heading
from ..gui_theme_tones import mixed
from ..gui_words import ALBUMS, ARTISTS, SONGS
from .phone import PhoneApp, chance, phone
from .player_now import clock, draw_heart, draw_now, draw_play

TABS = (("home", "Home"), ("play", "Player"), ("queue", "Queue"))


class PlayerApp(PhoneApp):
    """A music player."""

    kind = "player"
    icon = "note"

    def start(self, rng: np.random.Generator) -> State:
        """A queue of nine songs, one of them on."""
        songs = chance(rng, SONGS, 9)
        artists = chance(rng, ARTISTS, 5)
        state = phone(
            rng,
            "Music",
            "home",
            songs=[
                {
                    "title": title,
                    "by": artists[int(rng.integers(5))],
                    "seconds": int(rng.integers(140, 320)),
                    "art": int(rng.integers(400)),
                    "liked": bool(rng.random() < 0.35),
                }
                for title in songs
            ],
            albums=[
                [album, artists[index % 5], int(rng.integers(400))]
                for index, album in enumerate(chance(rng, ALBUMS, 4))
            ],
            now=int(rng.integers(9)),
            at=int(rng.integers(5, 100)),
            playing=bool(rng.random() < 0.5),
            shuffle=False,
            repeat=0,
        )
        if rng.random() < 0.7:
            state["pages"].append(["now", ""])
        return state

    def draw(self, s: State, d: Sheet) -> None:
        """The library with a small player, the player, or its queue."""
        page = s["pages"][-1][0]
        {"home": self._home, "now": draw_now, "queue": self._queue}[page](s, d)
        if s["modal"]:
            song = s["songs"][int(s["modal"][1])]
            liked = song["liked"]
            menu(
                d,
                WIDTH - 300,
                float(s["modal"][2]),
                (
                    (
                        "heart",
                        "Unlike" if liked else "Like",
                        f"like:{s['modal'][1]}",
                        f"{'Unlike' if liked else 'Like'} {song['title']}",
                    ),
                    ("queue", "Play next", f"after:{s['modal'][1]}", f"Play {song['title']} next"),
                    ("trash", "Remove", f"drop:{s['modal'][1]}", f"Remove {song['title']} from the list"),
                ),
            )

    def _home(self, s: State, d: Sheet) -> None:
        theme = d.theme
        hour = int(s["time"].split(":")[0])
        y = large_title(
            d,
            STATUS_PX + 22,
            "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening",
        )
        y = heading(d, y + 6, "Made for you")
        for index, (album, artist, art) in enumerate(s["albums"][:3]):
            x = MARGIN + index * 172
            cover(d, x, y + 4, 156, art, radius=theme.radius)
            d.text(x, y + 170, 152, album, 17, weight=600, leading=24)
            d.text(x, y + 194, 152, artist, 15, theme.muted, leading=22)
        y = heading(d, y + 232, "Up next")
        top = HEIGHT - nav_height(theme) - 84
        for index, song in enumerate(s["songs"]):
            if y + 84 > top - 84:
                break
            self._song(s, d, y, index, song)
            y += theme.row(84)
        song, ground = s["songs"][s["now"]], mixed(theme.raised, theme.soft, 0.5)
        box = (12.0, top - 84, WIDTH - 12.0, top - 8)
        d.cover(box)
        d.box(12, top - 84, WIDTH - 24, 76, ground, radius=18)
        cover(d, 22, top - 74, 56, song["art"], radius=10)
        d.text(92, top - 74, 290, song["title"], 18, weight=600, leading=28)
        d.text(92, top - 47, 290, song["by"], 16, theme.muted, leading=24)
        d.spot("show", box, "Show the player", "Tap the small player")
        draw_play(s, d, WIDTH - 128, top - 72, 52, small=True)
        icon_button(d, WIDTH - 74, top - 72, 52, "next")
        d.spot(
            "skip:1",
            (WIDTH - 76, top - 80, WIDTH - 14, top - 12),
            "Skip to the next song",
            "Tap the skip button",
        )
        d.widget("song", "song", box, song["title"])
        bottom_nav(d, TABS, 0)

    def _queue(self, s: State, d: Sheet) -> None:
        y = app_bar(d, "Queue", back="Go back to the player")
        y = heading(d, y, f"{len(s['songs'])} songs")
        foot = HEIGHT - nav_height(d.theme) - 10
        for index, song in enumerate(s["songs"]):
            if y + 88 > foot:
                break
            self._song(s, d, y, index, song)
            y += d.theme.row(92)

    def _song(self, s: State, d: Sheet, y: float, index: int, song: dict) -> None:
        theme, on = d.theme, index == s["now"]
        high = d.theme.row(92 if s["pages"][-1][0] == "queue" else 84)
        if on:
            d.box(10, y + 1, WIDTH - 20, high - 2, theme.soft, radius=theme.radius)
        ground = theme.soft if on else theme.paper
        cover(d, MARGIN, y + (high - 60) / 2, 60, song["art"], radius=10)
        top = y + (high - 52) / 2
        d.text(MARGIN + 78, top, 270, song["title"], 19, theme.on_soft if on else "", weight=600, leading=28)
        d.text(
            MARGIN + 78,
            top + 28,
            270,
            f"{song['by']}, {clock(song['seconds'])}",
            16,
            theme.muted,
            leading=24,
        )
        box = (0.0, y, float(WIDTH), y + high)
        d.widget(
            f"song:{song['title']}",
            "row",
            box,
            "playing" if on else "waiting",
            [d.paint(WIDTH - 140, y + 6, ground)],
        )
        d.spot(f"play:{index}", box, "" if on else f"Play {song['title']}", f"Tap {song['title']}")
        d.spot(
            f"about:{index}={y:g}",
            box,
            f"Show what can be done with {song['title']}",
            f"Press {song['title']} long",
            gesture="long_press",
        )
        if s["pages"][-1][0] == "queue":
            d.spot(
                f"row:{index}",
                box,
                f"Remove {song['title']} from the queue",
                f"Swipe {song['title']} to the left",
                gesture="swipe",
                direction="left",
            )
        liked = song["liked"]
        d.icon(
            "heart",
            WIDTH - MARGIN - 84,
            y + high / 2 - 14,
            28,
            theme.accent if liked else theme.faint,
            filled=liked,
        )
        draw_heart(
            d,
            index,
            song,
            (WIDTH - MARGIN - 98, y + 4, WIDTH - MARGIN - 42, y + high - 4),
            (WIDTH - MARGIN - 70, y + high / 2 - 2),
            ground,
        )
        d.icon("more", WIDTH - MARGIN - 26, y + high / 2 - 14, 28, theme.muted)
        d.spot(
            f"about:{index}={y:g}",
            (WIDTH - MARGIN - 40, y, WIDTH, y + high),
            f"Show what can be done with {song['title']}",
            f"Tap the three dots of {song['title']}",
        )

    def tap_toggle(self, s: State, _: str) -> None:
        """Play or pause."""
        s["playing"] = not s["playing"]

    def tap_skip(self, s: State, step: str) -> None:
        """The next song, or the one before."""
        self.tap_play(s, str((s["now"] + int(step)) % len(s["songs"])))

    def tap_play(self, s: State, index: str) -> None:
        """Play a song from its beginning."""
        s["now"], s["at"], s["playing"] = int(index), 0, True

    def tap_seek(self, s: State, argument: str) -> None:
        """Go to a part of the song."""
        s["at"] = int(argument.removeprefix("="))

    def tap_show(self, s: State, _: str) -> None:
        """The whole player."""
        s["pages"].append(["now", ""])

    def tap_queue(self, s: State, _: str) -> None:
        """The queue."""
        s["pages"].append(["queue", ""])

    def tap_shuffle(self, s: State, _: str) -> None:
        """Shuffle or not."""
        s["shuffle"] = not s["shuffle"]

    def tap_repeat(self, s: State, _: str) -> None:
        """Off, all, one."""
        s["repeat"] = (s["repeat"] + 1) % 3

    def tap_like(self, s: State, index: str) -> None:
        """Like a song or not."""
        s["songs"][int(index)]["liked"] ^= True
        s["modal"] = None

    def tap_about(self, s: State, argument: str) -> None:
        """The menu of a song."""
        index, _, y = argument.partition("=")
        s["modal"] = ["song", index, min(float(y) + 30, 800.0)]

    hold_about = tap_about

    def tap_after(self, s: State, index: str) -> None:
        """Play a song after this one."""
        song, now = s["songs"][int(index)], s["songs"][s["now"]]
        s["modal"] = None
        if song is not now:
            s["songs"].remove(song)
            s["now"] = s["songs"].index(now)
            s["songs"].insert(s["now"] + 1, song)
        s["toast"] = "Playing next"

    def tap_drop(self, s: State, index: str) -> None:
        """Take a song out; the one that plays gives way to the next."""
        s["modal"] = None
        if len(s["songs"]) <= 3:
            s["toast"] = "The list needs three songs"
            return
        gone = int(index)
        s["songs"].pop(gone)
        if gone == s["now"]:
            s["at"] = 0
        s["now"] = (s["now"] - (gone < s["now"])) % len(s["songs"])
        s["toast"] = "Removed from the queue"

    def swipe_row(self, s: State, index: str, _: str, __: str) -> None:
        """Swipe a song out of the queue."""
        self.tap_drop(s, index)

    def tap_nav(self, s: State, index: str) -> None:
        """The player or its queue."""
        s["pages"].append([("home", "now", "queue")[int(index)], ""])
