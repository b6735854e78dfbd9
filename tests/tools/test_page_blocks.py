"""Where a real browser's blocks stand, what they are made of, and in which order they are painted."""

import itertools

import pytest

from eyesmith.tools.browser import shared_renderer

pytestmark = pytest.mark.browser

DOT = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
BARE = '<body style="margin:0">'


def page(html, **wanted):
    return shared_renderer().render(BARE + html, **wanted).page


def blocks(html, kind=None, **wanted):
    return [block for block in page(html, **wanted).blocks if kind in (None, block.kind)]


def texts(html):
    return [block.text for block in blocks(html, "text")]


def only(html, kind="text"):
    (block,) = blocks(html, kind)
    return block


def rounded(box):
    return tuple(round(side) for side in box)


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<p>a <b>b</b> c</p>", ["a ", "b", " c"]),
        ("<p><b>a</b> <i>b</i></p>", ["a ", "b"]),
        ("<p>a<br>b</p>", ["a ", "b"]),
        ("<p>  much \n\t space  </p>", ["much space"]),
        ("<pre>a   b\nc</pre>", ["a b c"]),
        ("<p style='text-transform:uppercase'>shout</p>", ["SHOUT"]),
        ("<p>non\u00a0breaking</p>", ["non breaking"]),
        ("<p>emoji \U0001f600 end</p>", ["emoji \U0001f600 end"]),
        ("<ul><li>item</ul>", ["\u2022 ", "item"]),
        ("<ol start=3><li>item</ol>", ["3. ", "item"]),
        ("<style>p::before{content:'(' attr(data-n) ') '}</style><p data-n=7>x</p>", ["(7) ", "x"]),
        ("<q>said</q>", ["\u201c", "said", "\u201d"]),
        ("<div> <p>x</p> </div>", ["x"]),
        ("<table><tr><td>a<td>b</table>", ["a", "b"]),
        ("<svg><text>a <tspan>b</tspan></text></svg>", ["a ", "b"]),
        ("<svg><title>t</title><desc>d</desc><text>a</text></svg>", ["a"]),
        ("<select><option>a<option selected>b</select><button>go</button>", ["b", "go"]),
    ],
)
def test_texts_as_they_are_laid_out(html, told):
    assert [text.strip() if told == ["much space"] else text for text in texts(html)] == told


def test_inline_tags_share_a_group_and_blocks_do_not():
    first, bold, rest, other = blocks("<p>a <b>b</b> c</p><p>d</p>", "text")
    assert first.group == bold.group == rest.group != other.group
    assert (first.tag, bold.tag) == ("p", "b")
    one, two = blocks("<div style='display:flex'><span>a</span><span>b</span></div>", "text")
    assert one.group != two.group
    cell, next_cell = blocks("<table><tr><td>a<td>b</table>", "text")
    assert cell.group != next_cell.group
    label, part = blocks("<svg><text y=20>a<tspan>b</tspan></text></svg>", "text")
    assert label.group == part.group


def test_a_text_has_its_lines():
    block = only(
        "<p style='margin:0;width:120px;font-size:20px;line-height:30px'>several words that wrap here</p>"
    )
    assert len(block.lines) == 3
    tops = [line[1] for line in block.lines]
    assert [round(b - a) for a, b in itertools.pairwise(tops)] == [30, 30]
    assert block.box[0] == 0
    assert block.box[3] >= block.lines[-1][3]
    assert all(line[2] - line[0] <= 120.5 for line in block.lines)


def test_type_is_told():
    block = only("<p style='font:italic 700 22px Georgia,serif;text-align:center;color:#123456'>x</p>")
    assert (block.font_px, block.weight, block.italic, block.family) == (22.0, 700, True, "Georgia")
    assert (block.align, block.color, block.alpha, block.tag) == ("center", (0x12, 0x34, 0x56), 1.0, "p")


@pytest.mark.parametrize(
    ("style", "align"),
    [
        ("text-align:left", "left"),
        ("text-align:end", "right"),
        ("text-align:right", "right"),
        ("text-align:justify", "justify"),
        ("direction:rtl", "right"),
        ("direction:rtl;text-align:end", "left"),
        ("text-align:-webkit-center", "center"),
    ],
)
def test_alignment(style, align):
    assert only(f"<p style='{style}'>x</p>").align == align
    anchors = {"start": "left", "middle": "center", "end": "right"}
    for anchor, told in anchors.items():
        assert only(f"<svg><text x=90 y=20 text-anchor={anchor}>x</text></svg>").align == told


@pytest.mark.parametrize(
    ("html", "size"),
    [
        ("<p style='font-size:16px'>x</p>", 16.0),
        ("<p style='font-size:16px;transform:scale(2)'>x</p>", 32.0),
        ("<p style='font-size:16px;transform:scale(2,.5)'>x</p>", 8.0),
        ("<div style='scale:.5'><p style='font-size:16px;transform:scale(.5)'>x</p></div>", 4.0),
        ("<p style='font-size:16px;transform:rotate(30deg)'>x</p>", 16.0),
        ("<p style='font-size:16px;zoom:2'>x</p>", 32.0),
        ("<p style='font-size:16px;transform:rotateY(90deg)'>x</p>", 0.0),
        ("<p style='font-size:16px;transform:skewX(45deg)'>x</p>", 9.9),
        ("<svg width=400 height=200 viewBox='0 0 200 100'><text y=20 font-size=10>x</text></svg>", 20.0),
        ("<svg width=400 height=100 viewBox='0 0 200 100'><text y=20 font-size=10>x</text></svg>", 10.0),
        (
            "<svg width=400 height=100 viewBox='0 0 200 100' preserveAspectRatio=none>"
            "<text y=20 font-size=10>x</text></svg>",
            10.0,
        ),
        (
            "<svg width=400 height=100 viewBox='0 0 200 100' preserveAspectRatio='xMinYMin slice'>"
            "<text y=20 font-size=10>x</text></svg>",
            20.0,
        ),
        ("<svg width=99 height=99><g transform='scale(3)'><text y=20 font-size=10>x</text></g></svg>", 30.0),
    ],
)
def test_font_size_as_seen(html, size):
    assert only(html).font_px == pytest.approx(size, abs=0.05)


def test_boxes_have_a_colour_a_parent_and_say_whether_they_hide():
    html = (
        "<section style='background:#eef;padding:10px;width:400px'>"
        "<div style='border:2px solid red;width:100px'>x</div>"
        "<div style='background:#0008'>y</div><div style='box-shadow:0 0 9px red'>z</div><div>none</div>"
        "<div style='background:linear-gradient(#000,#fff);opacity:.5'>g</div></section>"
    )
    shown = page(html).blocks
    boxes = [block for block in shown if block.kind == "box"]
    assert [box.tag for box in boxes] == ["section", "div", "div", "div", "div"]
    assert [box.opaque for box in boxes] == [True, False, False, False, False]
    assert boxes[0].background == (0xEE, 0xEE, 0xFF)
    assert boxes[4].background == (128, 128, 128)
    assert boxes[2].alpha == pytest.approx(0.533, abs=0.01)
    assert rounded(boxes[0].box)[:3] == (0, 0, 420)
    parents = {block.text: block.parent for block in shown if block.kind == "text"}
    where = [shown.index(box) for box in boxes]
    assert parents == {"x": where[1], "y": where[2], "z": where[3], "none": where[0], "g": where[4]}
    assert [box.parent for box in boxes] == [-1, *[where[0]] * 4]


def test_the_root_is_no_block():
    html = "<style>html{background:#123}body{background:linear-gradient(red,blue);border:0}</style><p>x</p>"
    assert [block.kind for block in blocks(html)] == ["text"]


def test_pictures_and_the_shapes_of_drawings():
    html = (
        f"<img src='{DOT}' style='width:50px;height:40px;display:block'>"
        "<svg width=200 height=100 style='display:block'><rect x=10 y=20 width=30 height=40 fill='#00ff00'/>"
        "<circle cx=100 cy=50 r=20 fill='#ff000080'/><line x1=0 y1=0 x2=50 y2=50 stroke=blue />"
        "<path d='M0 0h9'/><path d='M0 0h9' fill=none /><g><rect width=9 height=9 opacity=0 /></g>"
        "<defs><rect width=9 height=9 /></defs></svg>"
    )
    image, drawing, rect, circle, line, path, ghost = blocks(html)
    assert (image.kind, image.tag, image.opaque, rounded(image.box)) == (
        "picture",
        "img",
        True,
        (0, 0, 50, 40),
    )
    assert (drawing.kind, drawing.tag, drawing.opaque, rounded(drawing.box)) == (
        "picture",
        "svg",
        False,
        (0, 40, 200, 140),
    )
    assert (rect.kind, rect.color, rect.opaque, rounded(rect.box)) == (
        "shape",
        (0, 255, 0),
        True,
        (10, 60, 40, 100),
    )
    assert (circle.color, circle.opaque) == ((255, 0, 0), False)
    assert circle.alpha == pytest.approx(0.5, abs=0.01)
    assert (line.color, path.tag, ghost.alpha) == ((0, 0, 255), "path", 0.0)
    assert {block.parent for block in (rect, circle, line, path)} == {1}


@pytest.mark.parametrize(
    ("html", "order"),
    [
        ("<p style='background:#fff'>b</p>", ["p", "b"]),
        ("<div style='background:#eee'><p style='background:#fff'>b</p></div>", ["div", "p", "b"]),
        # a later block's background lies under an earlier text that sticks out
        ("<p style='margin:0;height:5px'>t</p><div style='background:#eee;height:40px'></div>", ["div", "t"]),
        (
            "<i style='float:left;background:#ddd'>f</i><div style='background:#eee'>t</div>",
            ["div", "i", "f", "t"],
        ),
        (
            "<b style='position:relative;background:#ddd'>r</b><i style='background:#eee'>t</i>",
            ["i", "t", "b", "r"],
        ),
        (
            "<b style='position:absolute;z-index:2;background:#ddd'>high</b>"
            "<i style='position:absolute;z-index:1;background:#eee'>low</i>",
            ["i", "low", "b", "high"],
        ),
        (
            "<b style='position:absolute;z-index:-1;background:#ddd'>neg</b><p style='background:#eee'>t</p>",
            ["b", "neg", "p", "t"],
        ),
        (
            "<u style='display:inline-block;background:#ddd'>one</u>"
            "<s style='display:inline-block;background:#eee;"
            "margin-left:-20px'>two</s>",
            ["u", "one", "s", "two"],
        ),
        (
            "<div style='display:flex'><p style='background:#ddd'>one</p>"
            "<p style='background:#eee;margin-left:-9px'>two</p></div>",
            ["p", "one", "p", "two"],
        ),
        (
            "<svg><rect width=9 height=9 /><text y=9>t</text><circle r=9 /></svg>",
            ["svg", "rect", "t", "circle"],
        ),
    ],
)
def test_what_is_painted_later_has_a_higher_number(html, order):
    shown = blocks(html)
    assert sorted(block.paint for block in shown) == list(range(len(shown)))
    ordered = sorted(shown, key=lambda block: block.paint)
    assert [block.text.strip() or block.tag for block in ordered] == order


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p style='margin:0;width:50px;height:60px;background:red'></p>", (0, 0, 50, 60)),
        (
            "<p style='position:absolute;left:-20px;top:-5px;margin:0;width:50px;height:60px;background:red'>"
            "</p>",
            (0, 0, 30, 55),
        ),
        (
            "<p style='position:absolute;left:1260px;top:700px;margin:0;width:50px;height:60px;"
            "background:red'></p>",
            (1260, 700, 1280, 720),
        ),
        (
            "<div style='width:30px;height:20px;overflow:hidden'>"
            "<p style='margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 30, 20),
        ),
        (
            "<div style='width:30px;height:20px;overflow-x:clip'>"
            "<p style='margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 30, 60),
        ),
        # the border is outside of what clips
        (
            "<div style='width:30px;height:20px;border:5px solid #0000;overflow:hidden'>"
            "<p style='margin:0;width:50px;height:60px;background:red'></p></div>",
            (5, 5, 35, 25),
        ),
        # what is positioned is clipped by its containing block only
        (
            "<div style='width:30px;height:20px;overflow:hidden'>"
            "<p style='position:absolute;margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 50, 60),
        ),
        (
            "<div style='position:relative;width:30px;height:20px;overflow:hidden'>"
            "<p style='position:absolute;margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 30, 20),
        ),
        (
            "<div style='position:relative;width:30px;height:20px;overflow:hidden'>"
            "<p style='position:fixed;margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 50, 60),
        ),
        (
            "<div style='transform:translate(0);width:30px;height:20px;overflow:hidden'>"
            "<p style='position:fixed;margin:0;width:50px;height:60px;background:red'></p></div>",
            (0, 0, 30, 20),
        ),
        (
            "<div style='clip-path:inset(5px 10px 0 0);width:60px'>"
            "<p style='margin:0;width:60px;height:60px;background:red'></p></div>",
            (0, 5, 50, 60),
        ),
    ],
)
def test_what_is_seen_of_a_box(html, seen):
    (box,) = [block for block in blocks(html, "box") if block.background == (255, 0, 0)]
    assert rounded(box.seen) == seen


def test_cover_is_measured():
    html = (
        "<div style='position:relative;height:100px'><p style='margin:0;width:200px;height:50px;"
        "background:#ddd'></p>"
        "<div style='position:absolute;left:0;top:0;width:100px;height:50px;background:#fff'></div>"
        "<div style='position:absolute;left:50px;top:0;width:100px;height:50px;background:#fff'></div></div>"
    )
    below, left, right = blocks(html, "box")
    assert below.covered == pytest.approx(0.75, abs=0.03)
    assert left.covered == pytest.approx(0.5, abs=0.05)
    assert right.covered == 0.0


@pytest.mark.parametrize(
    ("color", "background", "contrast"),
    [
        ("#000", "#fff", 21.0),
        ("#767676", "#fff", 4.54),
        ("#fff", "#1d4ed8", 6.7),
        ("#999", "#fff", 2.85),
        ("#ff0", "#fff", 1.07),
    ],
)
def test_contrast_is_that_of_wcag(color, background, contrast):
    block = only(f"<p style='font-size:20px;color:{color};background:{background}'>Hamburgefonstiv</p>")
    assert block.contrast == pytest.approx(contrast, abs=0.06)
    # the same, where the background is no flat colour to the reader
    block = only(
        f"<p style='font-size:20px;color:{color};background:linear-gradient({background},{background})'>"
        "Hamburg</p>"
    )
    assert block.contrast == pytest.approx(contrast, abs=0.06)


def test_background_and_colour_are_read_in_the_picture():
    block = only("<p style='background:#123456;color:#fff'>Hamburg</p>")
    assert block.background == (0x12, 0x34, 0x56)
    block = only(f"<div style='background:url({DOT});color:#fff'>Hamburg</div>")
    assert block.background[0] > 200
    assert max(block.background[1:]) < 60
    block = only(
        "<p style='font-size:60px;background:linear-gradient(#0000ff,#0000ff);-webkit-background-clip:text;"
        "color:#0000'>Hamburg"
    )
    assert block.color == (0, 0, 255)
    assert block.alpha == 1.0
    assert only("<p style='color:#0008'>Hamburg").alpha == pytest.approx(0.533, abs=0.01)


def test_ink_does_not_depend_on_the_way_it_is_read():
    ways = (
        "background:#fff",
        "background:linear-gradient(#fff,#fff)",
        "filter:brightness(1)",
        "clip-path:inset(0)",
    )
    inks = [only(f"<p style='font-size:24px;{way}'>Hamburgefonstiv").ink for way in ways]
    assert max(inks) - min(inks) < 0.01
    assert 0.1 < inks[0] < 0.25


def test_texts_on_one_another_count_once():
    html = "<p style='position:absolute;top:40px'>Hamburgefonstiv</p>" * 2
    below, above = blocks(html, "text")
    assert below.ink < 0.01 < above.ink
