"""An article to read, in three sizes of type."""

__all__ = ["SIZES", "draw_article"]

from ..gui_app import State
from ..gui_parts import HEIGHT, WIDTH, Sheet
from ..gui_parts_art import landscape
from ..gui_parts_bars import MARGIN, STATUS_PX, app_bar, nav_height
from ..gui_parts_controls import button
from ..gui_parts_rows import divider

SIZES = ((17, 26, "Small"), (20, 31, "Medium"), (24, 36, "Large"))
BODY = (
    "When the first people in {city} heard of the plan, few believed in it. Two years later it "
    "is part of the town, "
    "and visitors come from far to see how it works.",
    "The idea is simple, says {name}: begin with what is there, and change one thing at a time. "
    "Most of the money came "
    "from small gifts.",
    (
        "Not all are convinced. Some ask who will care for it in ten years. The council wants to "
        "decide before the summer."
    ),
)


def draw_article(s: State, d: Sheet, index: int) -> None:
    """The page of one article."""
    theme, article = d.theme, s["articles"][index]
    saved = article["saved"]
    y = app_bar(
        d,
        "",
        back="Go back to the paper",
        actions=(
            ("text", "sizes", "Choose another size of type", "Tap the T at the top right"),
            (
                "bookmark!" if saved else "bookmark",
                f"save:{index}",
                f"{'Forget' if saved else 'Save'} this article",
                "Tap the bookmark",
            ),
        ),
    )
    d.widget(
        f"save:{index}",
        "bookmark",
        (WIDTH - 68.0, STATUS_PX + 6.0, WIDTH - 12.0, STATUS_PX + 66.0),
        "saved" if saved else "plain",
        [d.paint(WIDTH - 40, y - 36 - 4, theme.accent if saved else theme.paper)],
    )
    landscape(d, 0, y + 4, WIDTH, 270, article["art"])
    y += 292
    d.text(
        MARGIN,
        y,
        300,
        article["section"].upper(),
        15,
        theme.accent,
        weight=700,
        leading=22,
        style="letter-spacing:.6px",
    )
    y = d.text(
        MARGIN,
        y + 28,
        WIDTH - 2 * MARGIN,
        article["title"],
        33,
        weight=700,
        face="SourceSerif4",
        lines=3,
        leading=41,
    )
    d.text(
        MARGIN,
        y + 8,
        400,
        f"By {article['by']}, {article['minutes']} minutes",
        17,
        theme.muted,
        leading=26,
    )
    y += 50
    size, leading, _ = SIZES[s["size"]]
    foot = HEIGHT - nav_height(theme) - 84
    start = y
    for part in BODY:
        words = part.format(city=article["city"], name=article["by"].split()[0])
        rows = (foot - 16 - y) // leading
        if rows < 1:
            break
        y = (
            d.text(
                MARGIN,
                y,
                WIDTH - 2 * MARGIN,
                words,
                size,
                face="SourceSerif4",
                lines=int(rows),
                leading=leading,
            )
            + 14
        )
    d.widget("body", "text", (0, start - 6, WIDTH, foot), str(s["size"]))
    d.foot_px = 84
    divider(d, foot, left=0, right=WIDTH)
    clapped = article["clapped"]
    ground = theme.soft if clapped else theme.raised
    d.box(MARGIN, foot + 14, 132, 54, ground, radius=27)
    d.icon("thumb", MARGIN + 20, foot + 27, 28, theme.accent if clapped else theme.muted, filled=clapped)
    d.text(
        MARGIN + 60,
        foot + 28,
        60,
        str(article["claps"] + clapped),
        18,
        weight=600,
        leading=26,
        derived=True,
    )
    box = (float(MARGIN), foot + 8, MARGIN + 132.0, foot + 74)
    d.widget(
        "clap", "button", box, "liked" if clapped else "plain", [d.paint(MARGIN + 112, foot + 22, ground)]
    )
    d.spot(f"clap:{index}", box, "Take the like back" if clapped else "Like this article", "Tap the thumb")
    following = (index + 1) % len(s["articles"])
    button(
        d,
        WIDTH - MARGIN - 180,
        foot + 14,
        180,
        "Next article",
        kind="outlined",
        spot=f"next:{following}",
        goal="Read the next article",
        h=54,
    )
