"""The design rewards on real pages: good slides have 1.0 everywhere, each damage lowers its own part."""

from collections.abc import Callable
from functools import cache

import pytest

from eyesmith.rewards.consistency import consistency
from eyesmith.rewards.layout import alignment, contrast, overflow, overlap
from eyesmith.rewards.layout_balance import balance, whitespace
from eyesmith.rewards.score import Score
from eyesmith.rewards.slide_text import slide_text
from eyesmith.rewards.spacing import spacing
from eyesmith.rewards.text import titles
from eyesmith.rewards.typography import type_scale
from eyesmith.rewards.visibility import visible_text

pytestmark = pytest.mark.browser

CSS = """
*{box-sizing:border-box;margin:0;padding:0}
#slide{position:relative;width:1280px;height:720px;overflow:hidden;background:#fff;color:#1f2937;
font:400 24px/1.4 Inter}
h1{position:absolute;left:64px;top:56px;font:700 40px/48px Inter;color:#0f172a}
.foot{position:absolute;left:64px;right:64px;bottom:32px;display:flex;justify-content:space-between;
font-size:16px;color:#475569}
.list{position:absolute;left:64px;right:64px;top:152px;bottom:96px;display:flex;flex-direction:column}
.item{flex:1;display:flex;flex-direction:column;justify-content:center}
.item b{display:block;font-size:26px}
.row{position:absolute;left:64px;right:64px;top:152px;height:456px;display:flex;gap:24px}
.card{position:relative;flex:1;background:#eef2ff;border-radius:12px;padding:40px}
.number{font:700 64px/1.2 Inter;color:#1d4ed8}
.label{margin-top:16px}
"""
FOOT = '<div class="foot"><span>Pellworth Stores, Q3 2026</span><span>{number}</span></div>'

ITEMS = (
    ("Revenue", "rose by 6.8% on last year to £58.1 million, helped by the bank holiday in August"),
    ("Margin", "slipped from 31.9% to 31.2%, almost wholly because of garden furniture sold at a discount"),
    ("Outlook", "the forecast for the full year is raised to £236 million, from a budget of £231 million"),
)
LIST = "<h1>Revenue grew while promotions cost margin</h1><div class='list'>{}</div>".format(
    "".join(f"<div class='item'><b>{lead}</b><p class='{lead}'>{text}</p></div>" for lead, text in ITEMS)
)
NUMBERS = (
    ("one", "9,640", "visitors per store and week, 3.1% more than a year ago"),
    ("two", "27.4%", "of visitors bought something, the best figure so far"),
    ("three", "23%", "of all visits fall on a Saturday, the strongest day"),
)
CARDS = "<h1>More visitors came, and more of them bought</h1><div class='row'>{}</div>".format(
    "".join(
        f"<div class='card {name}'><p class='number'>{value}</p><p class='label'>{label}</p></div>"
        for name, value, label in NUMBERS
    )
)
BARS = "".join(
    f'<rect x="{120 + 160 * i}" y="{400 - 14 * value}" width="96" height="{14 * value}" fill="#1d4ed8"/>'
    f'<text x="{168 + 160 * i}" y="{390 - 14 * value}" text-anchor="middle" font-size="20">{value}%</text>'
    f'<text x="{168 + 160 * i}" y="432" text-anchor="middle" font-size="20">{day}</text>'
    for i, (day, value) in enumerate(
        zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), (10, 9, 11, 13, 17, 23, 17), strict=True)
    )
)
TICKS = "".join(
    f'<text x="40" y="{406 - 14 * value}" font-size="16" fill="#475569">{value}</text>'
    f'<line x1="80" x2="1152" y1="{400 - 14 * value}" y2="{400 - 14 * value}" stroke="#cbd5e1"/>'
    for value in (0, 10, 20)
)
CHART = f"""<h1>Saturday remains the strongest day of the week</h1>
<svg class="chart" style="position:absolute;left:64px;top:152px" width="1152" height="456"
viewBox="0 0 1152 456" font-family="Inter" fill="#1f2937">{TICKS}{BARS}</svg>"""
GOOD = {"list": LIST, "cards": CARDS, "chart": CHART}


@pytest.fixture(scope="module")
def look():
    """Renders the inside of a slide, once for each text."""
    from eyesmith.tools.browser import HtmlRenderer

    renderer = HtmlRenderer(pages=1)

    @cache
    def shown(inner: str, css: str = "", number: int = 2):
        body = f'<div id="slide">{inner}{FOOT.format(number=number)}</div>'
        return renderer.render(f"<!doctype html><style>{CSS}{css}</style>{body}")

    yield shown
    renderer.close()


PARTS: dict[str, Callable[..., Score]] = {
    "overflow": lambda shown: overflow(shown.page),
    "overlap": lambda shown: overlap(shown.page),
    "contrast": lambda shown: contrast(shown.page),
    "alignment": lambda shown: alignment(shown.page),
    "balance": lambda shown: balance(shown.page),
    "whitespace": lambda shown: whitespace(shown.image),
    "type": lambda shown: type_scale(shown.page),
    "spacing": lambda shown: spacing(shown.page),
    "titles": lambda shown: titles([shown.page]),
}
PARAGRAPH = (
    "The region traded well in the third quarter although promotions in the garden range took their toll, "
    "and all those who were asked about it agreed that the clearance would have to be repeated next year. "
)
# name -> (slide, style that does the damage, the part that must fall, text put in the place of another)
DAMAGE = {
    "a card hangs over the foot": ("cards", ".two{top:300px}", "overflow", None),
    "a text runs off the side": ("list", ".Outlook{white-space:nowrap;margin-left:700px}", "overflow", None),
    "a text is clipped": ("list", ".Revenue{height:12px;overflow:hidden}", "overflow", None),
    "items lie on each other": ("list", ".Outlook{position:absolute;top:196px}", "overlap", None),
    "a card covers the next": ("cards", ".one{left:180px;z-index:2}", "overlap", None),
    "a plate covers a text": (
        "list", "#slide::after{content:'';position:absolute;inset:330px 700px 300px 40px;background:#1d4ed8}",
        "overlap", None,
    ),
    "lines are crushed": ("cards", ".label{line-height:.6}", "overlap", None),
    "the title lies on the chart": ("chart", "h1{top:340px;left:200px}", "overlap", None),
    "grey on white": ("list", "p{color:#cbd5e1}", "contrast", None),
    "one pale label": ("cards", ".three .label{color:#a5b4fc}", "contrast", None),
    "white on white": ("list", ".Outlook{color:#fff}", "contrast", None),
    "items jitter": (
        "list", ".item:nth-child(1){margin-left:7px}.item:nth-child(2){margin-left:15px}",
        "alignment", None,
    ),
    "a card is out of line": ("cards", ".two{top:9px}", "alignment", None),
    "text at the very edge": ("list", ".list,h1,.foot{left:6px}", "alignment", None),
    "all in a corner": (
        "list", ".list{right:700px;bottom:400px;font-size:16px}.item b{font-size:16px}", "balance", None,
    ),
    "a strip on an empty slide": ("list", ".item{display:none}", "whitespace", None),
    "a wall of text": ("list", ".item p{font-size:17px;line-height:1.25}", "whitespace", PARAGRAPH * 3),
    "tiny text": ("list", "p{font-size:11px}", "type", None),
    "a giant number": ("cards", ".one .number{font-size:190px;margin:0 -36px}", "type", None),
    "text as large as the title": ("list", "h1{font-size:26px}p{font-size:26px}", "type", None),
    "a size for each": (
        "cards",
        ".one .label{font-size:17px}.two .label{font-size:21px}.two .number{font-size:56px}"
        ".three .label{font-size:28px}.three .number{font-size:48px}",
        "type", None,
    ),
    "endless lines": ("list", "p{font-size:16px;white-space:nowrap}", "type", PARAGRAPH[:170]),
    "uneven gaps": ("cards", ".two{left:14px}", "spacing", None),
    "text touches its card": ("cards", ".card{padding:40px 0}", "spacing", None),
    "no title": ("list", "h1{display:none}", "titles", None),
    "the title is hidden": ("list", "h1{color:#fff}", "titles", None),
}  # fmt: skip


def damaged(look, name):
    slide, css, part, text = DAMAGE[name]
    inner = GOOD[slide]
    for _, words in ITEMS if text else ():
        inner = inner.replace(words, text)
    return PARTS[part], look(GOOD[slide]), look(inner, css)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_slide_is_flawless(look, name):
    shown = look(GOOD[name])
    assert {part: measure(shown).value for part, measure in PARTS.items()} == dict.fromkeys(PARTS, 1.0)


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damage_lowers_its_own_part(look, name):
    part, before, after = damaged(look, name)
    assert part(before).value == 1.0
    assert part(after).value <= 0.9, part(after)


def test_a_deck_of_good_slides_is_consistent_and_a_moved_title_shows(look):
    deck = [look(inner, number=number).page for number, inner in enumerate((LIST, CARDS, CHART, LIST, CARDS))]
    assert consistency(deck).value == 1.0
    moved = look(CHART, "h1{top:80px;left:120px;font-size:34px}").page
    assert consistency([*deck[:2], moved, *deck[3:]]).value <= 0.7
    other = look(
        CHART, "svg,h1{font-family:'JetBrains Mono'!important}.foot{font-family:'Source Serif 4'}"
    ).page
    assert consistency([*deck[:2], other, *deck[3:]]).value <= 0.9


def test_a_chart_reads_as_text_with_ticks(look):
    text = slide_text(look(CHART).page)
    assert text.passages[text.title].text == "Saturday remains the strongest day of the week"
    assert [passage.text for passage in text.passages if passage.is_tick] == ["0", "10", "20"]


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff",
        "opacity:0",
        "opacity:.02",
        "font-size:4px",
        "position:absolute;left:-900px",
        "text-indent:-2000px;overflow:hidden",
        "height:0;overflow:hidden",
        "transform:scale(.02)",
        "visibility:hidden",
        "display:none",
        "clip-path:inset(100%)",
        "filter:opacity(0)",
        "-webkit-text-fill-color:transparent",
        "position:absolute;z-index:-1",
    ],
)
def test_what_is_hidden_is_not_read(look, style):
    inner = LIST.replace("<p class='Outlook'>", f'<p class="Outlook" style="{style}">')
    css = ".list{background:#fff}" if "z-index" in style else ""
    assert "£236 million" in visible_text(look(LIST).page)
    assert "£236 million" not in visible_text(look(inner, css).page)


def test_tags_inside_a_word_do_not_part_it(look):
    inner = LIST.replace("Margin</b>", "Mar<i>gin</i> and <u>profit</u></b>").replace(
        "£58.1", "<b style='display:inline'>£58</b>.1"
    )
    text = visible_text(look(inner).page)
    assert "Margin and profit" in text
    assert "to £58.1 million" in text
