"""News: tabs of articles, bookmarks, writers to follow."""

__all__ = ["NewsApp"]

import numpy as np

from ..gui_app import Box, State
from ..gui_parts import WIDTH, Sheet
from ..gui_parts_art import avatar, landscape
from ..gui_parts_bars import MARGIN, STATUS_PX, bottom_nav, tab_strip
from ..gui_parts_controls import button
from ..gui_parts_layers import bottom_sheet
from ..gui_parts_rows import divider
from ..gui_words import CITIES, HEADLINES, NAMES
from .news_article import SIZES, draw_article
from .phone import PhoneApp, chance, phone

TABS = ("For you", "World", "Science", "Culture")
NAV = (("home", "Today"), ("bookmark", "Saved"), ("user", "Following"))


class NewsApp(PhoneApp):
    """A newspaper."""

    kind = "news"
    icon = "globe"

    def start(self, rng: np.random.Generator) -> State:
        """Fifteen articles in three sections."""
        order = chance(rng, HEADLINES, len(HEADLINES))
        writers = chance(rng, NAMES, 6)
        return phone(
            rng,
            "Gazette",
            "front",
            articles=[
                {
                    "title": title,
                    "section": section,
                    "by": writers[int(rng.integers(6))],
                    "city": CITIES[int(rng.integers(len(CITIES)))],
                    "minutes": int(rng.integers(2, 12)),
                    "art": int(rng.integers(400)),
                    "saved": bool(rng.random() < 0.25),
                    "claps": int(rng.integers(12, 400)),
                    "clapped": False,
                }
                for title, section in order
            ],
            writers=[[writer, bool(rng.random() < 0.4), int(rng.integers(10))] for writer in writers],
            tab=0,
            nav=0,
            size=1,
            scroll={"list": 0},
        )

    def draw(self, s: State, d: Sheet) -> None:
        """The front page, what was saved, the writers, or an article."""
        page, argument = s["pages"][-1]
        if page == "article":
            draw_article(s, d, int(argument))
            if s["modal"]:
                self._sizes(s, d)
            return
        theme, y = d.theme, STATUS_PX + 14.0
        title = ("Gazette", "Saved", "Following")[s["nav"]]
        y = d.text(
            MARGIN,
            y,
            320,
            title,
            36,
            weight=700,
            face="SourceSerif4" if s["nav"] == 0 else theme.display,
            leading=48,
        )
        d.widget("title", "title", (0, y - 50, 330, y), title)
        d.text(
            WIDTH - MARGIN - 170, y - 38, 170, "Thursday, 14 May", 16, theme.muted, align="right", leading=24
        )
        y += 10
        top = bottom_nav(d, NAV, s["nav"])
        if s["nav"] == 2:
            self._writers(s, d, y)
            return
        if s["nav"] == 0:
            y = tab_strip(d, y, TABS, s["tab"]) + 8
            self._pager(s, d, (0.0, y, float(WIDTH), top))
        self._list(s, d, y, top)

    def _sizes(self, s: State, d: Sheet) -> None:
        x, y, _ = bottom_sheet(d, "Size of type", 190)
        wide = (WIDTH - 56 - 28) / 3
        for index, (_, _, name) in enumerate(SIZES):
            at, on = x + (wide + 14) * index, index == s["size"]
            button(d, at, y + 6, wide, name, kind="filled" if on else "tonal", h=64)
            box = (at, y, at + wide, y + 76)
            d.widget(
                f"size:{index}",
                "radio",
                box,
                "on" if on else "off",
                [d.paint(at + wide / 2, y + 14, d.theme.accent if on else d.theme.soft)],
            )
            d.spot(f"size:{index}", box, "" if on else f"Make the type {name.lower()}", f"Tap {name}")

    def _pager(self, s: State, d: Sheet, area: Box) -> None:
        if s["tab"] < len(TABS) - 1:
            d.spot(
                "pager:1",
                area,
                f"Go on to {TABS[s['tab'] + 1]}",
                "Swipe left on the page",
                gesture="swipe",
                direction="left",
            )
        if s["tab"]:
            d.spot(
                "pager:-1",
                area,
                f"Go back to {TABS[s['tab'] - 1]}",
                "Swipe right on the page",
                gesture="swipe",
                direction="right",
            )

    def _list(self, s: State, d: Sheet, y: float, top: float) -> None:
        theme = d.theme
        found = [index for index, article in enumerate(s["articles"]) if self._is_shown(s, article)]
        if not found:
            d.icon("bookmark", WIDTH / 2 - 40, 470, 80, theme.faint)
            d.text(0, 570, WIDTH, "Nothing saved yet", 24, weight=600, align="center")
            d.widget("none", "message", (0, 460, WIDTH, 620), "none")
            return
        most = max(0, len(found) - 4)
        first = min(s["scroll"]["list"], most)
        area = (0.0, y, float(WIDTH), top)
        if most:
            d.widget("scroll:list", "list", area, str(first))
        if first < most:
            d.spot(
                "scroll:list",
                area,
                "Read on further down",
                "Swipe up on the page",
                gesture="swipe",
                direction="up",
                text=str(min(first + 3, most)),
            )
        if first:
            d.spot(
                "scroll:list",
                area,
                "Go up again",
                "Swipe down on the page",
                gesture="swipe",
                direction="down",
                text=str(max(first - 3, 0)),
            )
        if first == 0:
            y = self._lead(s, d, y, found[0])
            found = found[1:]
        for index in found[max(first - 1, 0) if first else 0 :]:
            if y + 134 > top:
                break
            y = self._row(s, d, y, index)

    def _is_shown(self, s: State, article: dict) -> bool:
        if s["nav"] == 1:
            return article["saved"]
        return s["tab"] == 0 or article["section"] == TABS[s["tab"]]

    def _lead(self, s: State, d: Sheet, y: float, index: int) -> float:
        theme, article = d.theme, s["articles"][index]
        landscape(d, MARGIN, y + 4, WIDTH - 2 * MARGIN, 250, article["art"], radius=theme.radius)
        box = (0.0, y, float(WIDTH), y + 390)
        d.widget(f"article:{index}", "article", box, article["title"])
        d.spot(f"article:{index}", box, f'Read "{article["title"]}"', f'Tap "{article["title"]}"')
        d.text(
            MARGIN,
            y + 266,
            300,
            article["section"].upper(),
            14,
            theme.accent,
            weight=700,
            leading=22,
            style="letter-spacing:.6px",
        )
        d.text(
            MARGIN,
            y + 290,
            WIDTH - 2 * MARGIN - 10,
            article["title"],
            27,
            weight=700,
            face="SourceSerif4",
            lines=2,
            leading=34,
        )
        self._foot(s, d, y + 364, index)
        return y + 398

    def _row(self, s: State, d: Sheet, y: float, index: int) -> float:
        theme, article = d.theme, s["articles"][index]
        divider(d, y)
        landscape(d, WIDTH - MARGIN - 104, y + 14, 104, 104, article["art"], radius=min(theme.radius, 16))
        box = (0.0, y, float(WIDTH), y + 132)
        d.widget(f"article:{index}", "article", box, article["title"])
        d.spot(f"article:{index}", box, f'Read "{article["title"]}"', f'Tap "{article["title"]}"')
        d.text(
            MARGIN, y + 16, 350, article["title"], 20, weight=700, face="SourceSerif4", lines=2, leading=27
        )
        self._foot(s, d, y + 96, index, right=WIDTH - MARGIN - 118)
        return y + 134

    def _foot(self, s: State, d: Sheet, y: float, index: int, *, right: float = WIDTH - MARGIN) -> None:
        theme, article = d.theme, s["articles"][index]
        d.text(MARGIN, y - 2, 300, f"{article['by']}, {article['minutes']} min", 15, theme.muted, leading=24)
        saved = article["saved"]
        d.icon("bookmark", right - 26, y - 4, 26, theme.accent if saved else theme.muted, filled=saved)
        box = (right - 44, y - 22, right + 8, y + 38)
        d.widget(
            f"save:{index}",
            "bookmark",
            box,
            "saved" if saved else "plain",
            [d.paint(right - 13, y + 4, theme.accent if saved else theme.paper)],
        )
        d.spot(
            f"save:{index}",
            box,
            f'{"Forget" if saved else "Save"} "{article["title"]}"',
            f'Tap the bookmark of "{article["title"]}"',
        )

    def _writers(self, s: State, d: Sheet, y: float) -> None:
        theme, high = d.theme, d.theme.row(96)
        for index, (name, follows, hue) in enumerate(s["writers"]):
            avatar(d, MARGIN, y + (high - 60) / 2, 60, name, hue)
            d.text(MARGIN + 78, y + (high - 52) / 2, 240, name, 20, weight=600, leading=28)
            d.text(
                MARGIN + 78,
                y + (high - 52) / 2 + 28,
                240,
                f"{sum(a['by'] == name for a in s['articles'])} articles",
                16,
                theme.muted,
                leading=24,
            )
            w, x = 132, WIDTH - MARGIN - 132.0
            button(
                d,
                x,
                y + (high - 46) / 2,
                w,
                "Following" if follows else "Follow",
                kind="tonal" if follows else "filled",
                h=46,
            )
            box = (x, y + 10, x + w, y + high - 10)
            ground = theme.soft if follows else theme.accent
            d.widget(
                f"follow:{index}",
                "button",
                box,
                "following" if follows else "free",
                [d.paint(x + w / 2, y + high / 2 - 18, ground)],
            )
            d.spot(
                f"follow:{index}",
                box,
                f"{'Stop following' if follows else 'Follow'} {name}",
                f"Tap the button beside {name}",
            )
            y += high

    def tap_nav(self, s: State, index: str) -> None:
        """Another part of the app."""
        s["nav"], s["scroll"]["list"] = int(index), 0

    def tap_tab(self, s: State, index: str) -> None:
        """Another section."""
        s["tab"], s["scroll"]["list"] = int(index), 0

    def swipe_pager(self, s: State, step: str, _: str, __: str) -> None:
        """The section beside."""
        s["tab"], s["scroll"]["list"] = s["tab"] + int(step), 0

    def tap_article(self, s: State, index: str) -> None:
        """Read an article."""
        s["pages"].append(["article", index])

    def tap_next(self, s: State, index: str) -> None:
        """Read another in its place."""
        s["pages"][-1] = ["article", index]

    def tap_save(self, s: State, index: str) -> None:
        """Save an article or forget it."""
        s["articles"][int(index)]["saved"] ^= True

    def tap_follow(self, s: State, index: str) -> None:
        """Follow a writer or not."""
        s["writers"][int(index)][1] ^= True

    def tap_clap(self, s: State, index: str) -> None:
        """Like an article or not."""
        s["articles"][int(index)]["clapped"] ^= True

    def tap_sizes(self, s: State, _: str) -> None:
        """Ask for a size of type."""
        s["modal"] = ["sizes"]

    def tap_size(self, s: State, index: str) -> None:
        """Choose a size of type."""
        s["size"], s["modal"] = int(index), None
