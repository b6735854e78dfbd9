"""What the sanitiser takes out, what it leaves, and that a second reading finds nothing more."""

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.tools import html_policy
from eyesmith.tools.css_sanitizer import clean_declarations, clean_sheet, clean_value
from eyesmith.tools.css_tokens import tokens
from eyesmith.tools.data_image import is_opaque_image, read_data_image
from eyesmith.tools.sanitizer import PageError, sanitize

pytest.importorskip("lxml")

DOT = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
CLEAR = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)


def body(page):
    """What is left of a page, without the frame."""
    html = sanitize(page).html
    head = re.search(r"</style>(.*?)</head>", html, re.DOTALL)
    inner = re.search(r"<body[^>]*>(.*)</body></html>$", html, re.DOTALL)
    assert head is not None
    assert inner is not None
    return head[1] + inner[1]


def removed(page):
    return sanitize(page).removed


def css(text):
    return clean_sheet(
        text, address=lambda url: url if url.startswith("#") else None, report=lambda line: None
    )


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("plain text", "plain text"),
        ("<p>a &amp; b &lt;c&gt; \u00a0</p>", "<p>a &amp; b &lt;c&gt; \u00a0</p>"),
        ("<h1 class=x id=y style='color:red'>T</h1>", '<h1 class="x" id="y" style="color:red;">T</h1>'),
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<style>p{color:red}</style><p>x", "<style>p{color:red;}</style><p>x</p>"),
        ("<p>x<script>1</script>y", "<p>xy</p>"),
        ("<iframe src=x>fallback</iframe>z", "z"),
        ("<object><p>inner</object>z", "z"),
        ("<noscript><b>n</b></noscript>", "<b>n</b>"),
        ("<template><b>t</b></template>z", "z"),
        ("<blink>b</blink><my-card>c</my-card>", "b<my-card>c</my-card>"),
        ("<a href='javascript:1'>a</a>", '<a href="#">a</a>'),
        ("<a href=http://x target=_blank ping=y>a</a>", '<a href="#">a</a>'),
        ("<img src=http://x alt=a>", '<img alt="a">'),
        (f"<img src='{DOT}'>", f'<img src="{DOT}">'),
        (f"<img src=' {DOT} ' srcset='{DOT} 2x' loading=lazy>", f'<img src="{DOT}">'),
        (
            "<table><tr><td colspan=2 rowspan=9000>x",
            '<table><tr><td colspan="2" rowspan="100">x</td></tr></table>',
        ),
        (
            "<input value=v autofocus onfocus=1><progress></progress>",
            '<input value="v"><progress value="0"></progress>',
        ),
        ("<marquee>m</marquee>", "<div>m</div>"),
        (
            "<svg viewBox='0 0 9 9'><path d='M0 0' fill=red /></svg>",
            '<svg viewbox="0 0 9 9"><path d="M0 0" fill="red"></path></svg>',
        ),
        (
            "<svg><rect fill='url(#a)' filter='url(http://x#b)'/></svg>",
            '<svg><rect fill="url(&quot;#a&quot;)" filter="none"></rect></svg>',
        ),
        (
            "<svg><use href='#a'/><use xlink:href=http://x#a /></svg>",
            '<svg><use href="#a"></use><use></use></svg>',
        ),
        ("<svg><style>a{b:c}</style><g/></svg>", "<style>a{b:c;}</style><svg><g></g></svg>"),
        ("<svg><animate/><set/><g><animateTransform/></g></svg>", "<svg><g></g></svg>"),
        (
            "<svg><fegaussianblur stdDeviation=900 /></svg>",
            '<svg><fegaussianblur stddeviation="64"></fegaussianblur></svg>',
        ),
        (
            "<p data-a=1 aria-label=l role=r itemprop=i contenteditable>x",
            '<p data-a="1" aria-label="l" role="r">x</p>',
        ),
        ("<!-- c --><!--[if IE]><b><![endif]--><p>x<?pi?>", "<p>x</p>"),
        ("<body class=b style='margin:0'><p>x", "<p>x</p>"),
        ("<pre>\n a</pre>", "<pre>\n a</pre>"),
        ("", ""),
        ("<!-- nothing -->", ""),
        ("\x00<p\x00>x\x01", "\ufffdx\ufffd"),
        ("<title>t</title>", "<title>t</title>"),
        ("<style type=text/less>a{b:c}</style>x", "x"),
        ("<style media='(width>1px)'>a{b:c}</style>", '<style media="(width&gt;1px)">a{b:c;}</style>'),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 8),
    ],
)
def test_what_is_left(page, left):
    assert body(page) == left


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("<p>x", ()),
        ("<meta charset=utf-8><meta name=viewport content=x><title>t</title><p>x", ()),
        ("<script>1</script><p onclick=1>x<script>2</script>", ("script element", "onclick attribute")),
        ("<meta http-equiv=refresh content=0><base href=x>", ("meta element", "base element")),
        ("<p style='background:url(http://x)'>x", ("url()",)),
        ("<style>@import 'x';@font-face{src:url(y)}</style>", ("@import rule", "@font-face rule")),
        ("<style>p{animation:a 1s}@keyframes a{}</style>", ("animation",)),
        ("<img src=http://x><form action=y>", ("address in img", "action attribute")),
        ("<a href=http://x>y</a>", ()),
        ("<p style='box-shadow:0 0 900px red'>", ("number that is too large",)),
    ],
)
def test_what_was_taken_out_is_told_once_in_order(page, lines):
    assert removed(page) == lines


def test_the_report_is_bounded_and_repeats_nothing_odd():
    page = (
        "".join(f"<x{number}>" for number in range(100))
        + "<p "
        + " ".join(f'a{n}"<=1' for n in range(50))
        + ">"
    )
    lines = removed(page)
    assert len(lines) == 20
    assert all(re.fullmatch(r"[\w:.?() @-]{1,60}", line) for line in lines)


def test_root_attributes_stay():
    html = sanitize("<html lang=de class=a><body class=b style='margin:0' onload=1>x").html
    assert '<html lang="de" class="a">' in html
    assert '<body class="b" style="margin:0;">' in html


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a{color:red}", "a{color:red;}"),
        ("a{color:red!important;;b:c}", "a{color:red!important;b:c;}"),
        ("/* c */a/**/b{c:d/**/e}", "a b{c:d e;}"),
        ("<!-- a{b:c} -->", "a{b:c;}"),
        ("@media screen and (min-width:9px){a{b:c}}", "@media screen and (min-width:9px){a{b:c;}}"),
        ("@media (100px<width<9em){a{b:c}}", "@media (100px< width< 9em){a{b:c;}}"),
        ("@supports (a:b){@layer x{c{d:e}}}", "@supports (a:b){@layer x{c{d:e;}}}"),
        ("@layer a,b;", "@layer a,b;"),
        ("@layer eyesmith{a{b:c}}d{e:f}", "d{e:f;}"),
        ("@layer \\65yesmith;", ""),
        ("@layer x.EyeSmith{a{b:c}}", ""),
        ("@import url(x);a{b:c}", "a{b:c;}"),
        ("@\\69mport 'x';a{b:c}", "a{b:c;}"),
        ("@IMPORT 'x'", ""),
        ("@font-face{src:url(x)}a{b:c}", "a{b:c;}"),
        ("@namespace x url(y);@charset 'z';", ""),
        ("@keyframes a{from{b:c}}", ""),
        ("@page{size:9px}", ""),
        ("@property --a{syntax:'*';inherits:true}", "@property --a{syntax:'*';inherits:true;}"),
        ("a{b:url(http://x)}", "a{b:none;}"),
        ("a{b:url( '#c' ) d}", 'a{b:url("#c") d;}'),
        ("a{b:u\\72l(http://x)}", "a{b:none;}"),
        ('a{b:URL("http://x"}', "a{b:none;}"),
        ("a{b:url(x y)}c{d:e}", "a{}c{d:e;}"),
        ("a{b:url(x'y)}c{d:e}", "a{}c{d:e;}"),
        ("a{b:'x\n}c{d:e}", "a{}c{d:e;}"),
        ("a{b:image-set('x' 1x,url(y) 2x) c}", "a{b:none c;}"),
        ("a{b:\\69mage-set('x')}", "a{b:none;}"),
        ("a{b:src('x')}", "a{b:none;}"),
        ("a{--x:url(y);--z:{a:b}}", "a{--x:none;--z:{a:b};}"),
        ("a{behavior:x;-moz-binding:y;c:d}", "a{c:d;}"),
        ("a{transition:all 1s;-webkit-animation:b;c:d}", "a{c:d;}"),
        ("a{b:c;&:hover{d:e}f:g}", "a{b:c;&:hover{d:e;}f:g;}"),
        ("a{b:c}}d{e:f}", "a{b:c;}d{e:f;}"),
        ("a{b:(c}d{e:f}", "a{b:(c);}d{e:f;}"),
        ("a{b:c)d]e}", "a{b:cde;}"),
        ("a{b:'</style><script>'}", "a{b:'\\3c /style>\\3c script>';}"),
        ("a::before{content:'\\3c/style>'}", "a::before{content:'\\3c/style>';}"),
        ("</style><b>", ""),
        ("a{filter:blur(9px) blur(999px)}", "a{filter:blur(9px) blur(64px);}"),
        ("a{filter:" + "blur(1px) " * 9 + "}", "a{}"),
        ("a{box-shadow:0 0 9px 9999px red}", "a{box-shadow:0 0 9px 9999px red;}"),
        ("a{box-shadow:0 0 0 1px red,0 0 999px red}", "a{box-shadow:0 0 0 1px red,0 0 64px red;}"),
        ("a{text-shadow:" + "0 0 1px red," * 20 + "0 0 1px red}", "a{}"),
        ("a{font-size:99999px}", "a{font-size:2000px;}"),
        ("a{font-size:1.5rem;width:99999px}", "a{font-size:1.5rem;width:99999px;}"),
        ("a{grid-template-columns:repeat(99999,1fr)}", "a{grid-template-columns:repeat(500,1fr);}"),
        ("a{grid-area:1/-99999}", "a{grid-area:1/-500;}"),
        ("a{columns:9999;--n:99999999}", "a{columns:50;--n:10000;}"),
        ("a{text-decoration:line-through 40px}", "a{text-decoration:line-through 3px;}"),
        ("a{-webkit-text-security:disc;b:c}", "a{b:c;}"),
        ("a{b:" + "(" * 100 + ")" * 100 + "c}", "a{b:" + "(" * 63 + ")" * 63 + "c;}"),
        ("a:has(b)>c~d+e[f='g' i]{h:i}", "a:has(b)>c~d+e[f='g' i]{h:i;}"),
        (
            "a{background:linear-gradient(45deg,#fff 10%,rgb(1 2 3/.5))}",
            "a{background:linear-gradient(45deg,#fff 10%,rgb(1 2 3/.5));}",
        ),
        ("a{width:calc(100% - 2 * var(--x,3px))}", "a{width:calc(100% - 2 * var(--x,3px));}"),
    ],
)
def test_css(text, left):
    assert css(text) == left
    assert css(left) == left


def test_a_style_attribute_cannot_leave_its_element():
    told = []
    text = "color:red}body{background:url(x)"
    assert clean_declarations(text, address=lambda url: None, report=told.append) == "color:red;"
    assert clean_value("red;} x{y:z", "fill", address=lambda url: None, report=told.append) == "red;"
    assert told == []


def test_every_token_of_a_sheet_is_kept_or_named():
    kinds = {token.kind for token in tokens("a{b:c(1px) 'd' #e url(f)!g}/**/@h\n<!--\"i\n")}
    assert kinds == {
        "name",
        "open",
        "mark",
        "function",
        "number",
        "close",
        "space",
        "string",
        "hash",
        "url",
        "at",
        "bad",
    }


def svg(inner, **attributes):
    text = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def inside(page):
    found = re.search(r"data:image/svg\+xml;base64,([\w+/=]+)", sanitize(page).html)
    return base64.b64decode(found[1]).decode() if found else None


def test_pictures_that_are_drawings_obey_the_same_rules():
    shapes = "<linearGradient id='a'/><script>1</script><rect onclick='b' fill='url(#a)'/>"
    drawn = inside(f'<img src="{svg(shapes)}">')
    assert drawn is not None
    assert "<linearGradient" in drawn
    assert "script" not in drawn
    assert "onclick" not in drawn
    assert inside(f"<p style=\"background:url('{svg('<circle/>')}')\">x") is not None
    for address in ("http://x", svg("<circle/>")):
        outer = svg(f"<image href='{address}'/>")
        assert removed(f'<img src="{outer}">') == ("address in image",)


@pytest.mark.parametrize(
    "text",
    [
        "<svg",
        "<html xmlns='http://www.w3.org/1999/xhtml'><script/></html>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        "<!DOCTYPE svg SYSTEM 'http://x'><svg xmlns='http://www.w3.org/2000/svg'/>",
        "",
    ],
)
def test_drawings_that_are_none_are_refused(text):
    address = "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()
    assert body(f'<img src="{address}">') == "<img>"


@pytest.mark.parametrize(
    "address",
    [
        "data:text/html,<p>x",
        "data:image/png;base64,AAAA",
        "data:image/png,x",
        "data:image/bmp;base64,Qk0=",
        "data:,x",
        "data:image/png",
        "blob:x",
        "file:///etc/passwd",
        "//x/y.png",
        "x.png",
        "",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:application/octet-stream;base64," + DOT.partition(",")[2],
    ],
)
def test_addresses_that_hold_no_picture_are_refused(address):
    assert read_data_image(address) is None
    assert body(f'<img src="{address}">') == "<img>"


def test_pictures_are_read_however_they_are_written():
    raw = read_data_image(DOT)
    assert raw is not None
    assert (raw.kind, raw.pixels) == ("png", 1)
    spaced = DOT.replace("base64,", "base64, \n ").replace("AAAA", "AA%41A", 1)
    assert read_data_image(spaced) == raw
    assert read_data_image(DOT.replace("image/png", "IMAGE/PNG;charset=x").replace("base64", "BASE64")) == raw
    assert read_data_image(DOT.rstrip("=")) == raw
    assert raw.url() == DOT


def test_opaque_pictures_are_told_from_clear_ones():
    assert is_opaque_image(DOT)
    assert not is_opaque_image(CLEAR)
    assert not is_opaque_image(svg("<circle/>"))
    assert not is_opaque_image("data:image/png;base64,AAAA")


def test_limits_are_exact():
    assert sanitize("x" * html_policy.MAX_BYTES).html
    with pytest.raises(PageError) as caught:
        sanitize("x" * (html_policy.MAX_BYTES + 1))
    assert caught.value.code == "too_large"
    with pytest.raises(PageError) as caught:
        sanitize("\u00e9" * (html_policy.MAX_BYTES // 2 + 1))
    assert caught.value.code == "too_large"
    elements = html_policy.MAX_ELEMENTS - 2  # html and body count
    assert sanitize("<p></p>" * elements).html
    with pytest.raises(PageError) as caught:
        sanitize("<p></p>" * (elements + 1))
    assert caught.value.code == "too_many_elements"
    depth = html_policy.MAX_DEPTH - 2
    assert sanitize("<div>" * depth).html
    with pytest.raises(PageError) as caught:
        sanitize("<div>" * (depth + 1))
    assert caught.value.code == "too_deep"


@pytest.mark.parametrize("tag", sorted(html_policy.DROPPED))
def test_every_dropped_element_goes(tag):
    left = body(f"<p>a<{tag} src=x href=y>z</{tag}></p>")
    assert f"<{tag}" not in left
    assert "src=" not in left
    assert "href=" not in left


PIECES = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<table>",
    "<tr>",
    "<td>",
    "<select>",
    "<option>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "<foreignObject>",
    "<desc>",
    "<a id='x\"'>",
    "<img src=x onerror=1>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "&lt;img src=x onerror=1&gt;",
    "&amp;lt;",
    "x",
    " ",
    "\n",
    "'",
    '"',
    "<",
    ">",
    "/>",
    "=",
    "<script>",
    "</script>",
    "a{b:url(x)}",
    "@import 'x';",
    "\\",
    "\\3c",
    "/*",
    "*/",
    "{",
    "}",
    "(",
    ")",
    ";",
    ":",
    "<xmp>",
    "<plaintext>",
    "<iframe srcdoc=x>",
    "<body onload=1>",
    "<html a=b>",
    "<form action=x>",
    "<frameset>",
    "<image xlink:href=x>",
    "<use href=#a />",
    "style='a:b;c:url(d)'",
    "<p style=\"a:'b",
    "<style media=x>",
    "\x00",
    "\u0301" * 9,
    "\ud800",
    "<custom-x onx=1>",
    "</",
    "<//",
    "<p/b>",
    '<svg><p><style><a id="</style><img src=1>">',
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_second_reading_finds_nothing_more(page):
    first = sanitize(page)
    again = sanitize(first.html)
    assert again.html == first.html
    assert again.removed == ()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=10).map("".join)))
def test_css_never_opens_a_tag_and_is_always_balanced(text):
    clean = css(text)
    assert not re.search(r"<[a-zA-Z/!?]", clean)
    assert css(clean) == clean
    inline = clean_declarations(text, address=lambda url: None, report=lambda line: None)
    assert not any(token.raw in ("{", "}") for token in tokens(inline))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_page(text):
    html = sanitize(text).html
    assert html.startswith("<!doctype html>")
    html.encode("utf-8")
