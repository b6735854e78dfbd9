"""Pages made to stop the browser: each is refused or shown in time, and the next page is shown as ever."""

import base64
import os
import re
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest

from eyesmith.tools import browser_thread
from eyesmith.tools.browser import BrowserError, HtmlRenderer, PageError
from eyesmith.tools.browser_tab import resident_bytes
from eyesmith.tools.sanitizer import Sanitized, sanitize

pytestmark = pytest.mark.browser

SVG = "http://www.w3.org/2000/svg"
AREA = "width:1280px;height:720px"
COVER = "position:absolute;inset:0"


def png(width, height):
    """A black picture, far smaller as a file than in memory."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width * 3)) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return f"data:image/png;base64,{base64.b64encode(raw).decode()}"


def uses(levels, times):
    groups = "".join(f"<g id=g{i}>{f'<use href=#g{i - 1} />' * times}</g>" for i in range(1, levels))
    return f"<svg><defs><g id=g0><path d='M0 0h9v9z'/></g>{groups}</defs><use href=#g{levels - 1} /></svg>"


def in_xml(svg):
    """The same as a document of its own, in base64."""
    quoted = re.sub(r"=([^\s'\">/]+)", r"='\1'", svg).replace("<svg>", f"<svg xmlns='{SVG}'>")
    return base64.b64encode(quoted.encode()).decode()


def nested(kind, levels):
    """SVG definitions of which each uses the one before twice."""
    name, attribute = {
        "mask": ("mask", "mask"),
        "clip": ("clipPath", "clip-path"),
        "fill": ("pattern", "fill"),
    }[kind]
    size = "width=1280 height=720"
    return (
        f"<svg {size}>"
        + "".join(
            f"<{name} id=n{i} {size}>" + f"<rect {size} {attribute}='url(#n{i - 1})'/>" * 2 + f"</{name}>"
            for i in range(levels)
        )
        + f"<rect {size} {attribute}='url(#n{levels - 1})'/></svg>"
    )


LAUGHS = "".join(f"--a{i}:" + f"var(--a{i - 1})" * 10 + ";" for i in range(1, 20))
REFUSED = {
    "nodes": ("<b>x</b>" * 300_000, "too_large"),
    "elements": ("<b>x</b>" * 16_000, "too_many_elements"),
    "depth": ("<div>" * 300, "too_deep"),
    "depth_beyond_the_parser": ("<div>" * 4_000, "too_deep"),
    "uses": (uses(9, 10), "too_deep"),
    "uses_flat": (uses(2, 201), "too_many_elements"),
    "uses_wide": (uses(4, 40), "too_many_elements"),
    "uses_in_a_circle": (
        "<svg><g id=a><use href=#b /></g><g id=b><use href=#a /></g><use href=#a /></svg>",
        "too_deep",
    ),
    "uses_with_xlink": (uses(9, 10).replace("href", "xlink:href"), "too_deep"),
    "uses_in_a_picture": (f'<img src="data:image/svg+xml;base64,{in_xml(uses(9, 10))}">', "too_deep"),
    "pixels": (f'<img src="{png(12_000, 3_000)}">', "too_large"),
    "pixels_in_many": ("".join(f'<img src="{png(3_000, 1_500 + i)}">' for i in range(4)), "too_large"),
}
BOUNDED = {
    "blurs": f"<div style='{COVER};background:red;filter:blur(500px)'></div>" * 50,
    "shadows": f"<div style='{COVER};box-shadow:0 0 900px 900px red'></div>" * 50,
    "shadow_list": f"<div style='{AREA};box-shadow:{','.join(['0 0 99px 9px red'] * 400)}'></div>",
    "filter_chain": f"<div style='{AREA};background:red;filter:{'blur(60px) ' * 500}'></div>",
    "svg_filter": f"<svg {AREA}><filter id=f>{'<feGaussianBlur stdDeviation=900 />' * 20}</filter>"
    "<rect width=1280 height=720 filter='url(#f)'/></svg>",
    "turbulence": "<svg width=1280 height=720><filter id=f><feTurbulence baseFrequency=.9 numOctaves=999 />"
    "</filter>"
    "<rect width=1280 height=720 filter='url(#f)'/></svg>",
    "deep_flex": "<div style='display:flex'>" * 240 + "x",
    "deep_grid": "<div style='display:grid'>" * 240 + "x",
    "deep_tables": "<table><tr><td>" * 60 + "x",
    "table_span": "<table border=1>" + "<tr><td colspan=100000 rowspan=65000>x" * 60,
    "grid_tracks": "<div style='display:grid;grid-template:repeat(9999999,1px)/repeat(9999999,1px)'><p>x"
    "</div>",
    "grid_lines": "<div style='display:grid'><p style='grid-area:9999999/9999999'>x</div>",
    "grid_by_variable": "<div style='--n:9999999;display:grid;grid-template-columns:repeat(var(--n),1px)'>"
    "<p>x</div>",
    "columns": "<div style='columns:9999999;height:9px'>" + "word " * 500,
    "gradient_stops": f"<div style='{AREA};"
    f"background:linear-gradient(90deg{''.join(f',rgb({i % 255},0,0)' for i in range(10_000))})'>",
    "gradient_tiles": f"<div style='{AREA};background:linear-gradient(red,blue);background-size:.001px "
    ".001px'>",
    "gradient_repeats": f"<div style='{AREA};background:repeating-radial-gradient(red 0 .0001px,blue "
    ".0002px)'>",
    "font_size": "<p style='font-size:99999999px'>HUGE</p>" * 9,
    "font_size_nested": "<div style='font-size:2em'>" * 240 + "x",
    "combining": "a" + "\u0301" * 100_000,
    "combining_entities": "a" + "&#x301;" * 30_000,
    "one_word": "<p>" + "x" * 250_000,
    "many_words": "<p style='text-wrap:balance'>" + "word " * 50_000,
    "right_to_left": "<p>" + "\u0645\u0631\u062d\u0628\u0627 " * 20_000,
    "billion_laughs": f"<style>:root{{--a0:lol lol;{LAUGHS}}}p::before{{content:var(--a19)}}</style><p>x",
    "calc": f"<p style='width:{'calc(' * 20_000}1px{')' * 20_000}'>x",
    "brackets": f"<style>p{{width:{'(' * 50_000}}}{'{' * 50_000}</style><p>x",
    "selectors": "<style>"
    + "* * * * * * * *:not(:has(b)) .c{color:red}" * 300
    + "</style>"
    + "<div>" * 90
    + "<p>x" * 90,
    "counters": "<style>p{counter-increment:a 99999}p::before{content:counters(a,'.')counter(a,roman)}"
    "</style>" + "<p>" * 200,
    "boxes_without_end": "<div style='width:33554400px;height:33554400px;background:linear-gradient(red,"
    "blue);"
    "transform:translateZ(0)'>x</div>" * 30,
    "layers": f"<div style='{COVER};transform:translateZ(0);will-change:transform;background:#f001'>x</div>"
    * 150,
    "canvas": "<canvas width=32000 height=32000></canvas>" * 9,
    "picture": f"<img src='{png(4_000, 4_000)}'>",
    "markers": "<svg><marker id=m><circle r=9 /></marker><path marker-mid='url(#m)' d='M0 "
    f"0{' 1 1' * 20_000}'/></svg>",
    "options": "<select multiple size=400>" + "<option>x" * 2_000,
    "containers": "<style>div{container-type:size}"
    + "@container (width>1px){div{width:90%}}" * 50
    + "</style>"
    + "<div>" * 99,
}
OVER_BUDGET = {
    "masks": nested("mask", 40),
    "clips": nested("clip", 40),
    "patterns": nested("fill", 30),
    "backdrops": f"<div style='{COVER};backdrop-filter:blur(60px)'></div>" * 100,
    "dashes": "<svg width=1280 height=720>"
    + "<path stroke=red stroke-dasharray=.001 d='M0 0L1280 720'/>" * 200
    + "</svg>",
    "columns_nested": "<div style='columns:2'>" * 100 + "x" * 100,
}


@pytest.fixture(scope="module")
def renderer():
    renderer = HtmlRenderer(pages=2)
    yield renderer
    renderer.close()


def test_the_next_page_is_shown(renderer):
    assert renderer.render("<p>calm").page.blocks[0].text == "calm"


@pytest.mark.parametrize("bomb", REFUSED)
def test_what_is_too_much_at_sight_is_refused_at_once(bomb):
    page, code = REFUSED[bomb]
    started = time.process_time()
    with pytest.raises(PageError) as caught:
        sanitize(page)
    assert caught.value.code == code
    assert time.process_time() - started < 5
    assert any(word in str(caught.value) for word in ("may have", "at most", "draw fewer"))


@pytest.mark.parametrize("bomb", BOUNDED)
def test_what_is_bounded_is_shown(bomb, renderer):
    shown = renderer.render(BOUNDED[bomb])
    assert shown.image.shape == (720, 1280, 3)
    assert renderer.render(f"<p>{bomb}").page.blocks[0].text == bomb


@pytest.mark.parametrize("bomb", OVER_BUDGET)
def test_what_takes_too_long_is_the_agents_error(bomb, monkeypatch):
    renderer = HtmlRenderer(pages=2, budget_s=0.5)
    try:
        calm = [renderer._show(sanitize(f"<p>beside {number}"), (1280, 720), 1.0) for number in range(4)]
        with pytest.raises(PageError) as caught:
            renderer.render(OVER_BUDGET[bomb])
        assert caught.value.code == "too_slow"
        assert "simpler" in str(caught.value)
        with pytest.raises(PageError):  # remembered, not tried again
            renderer.render(OVER_BUDGET[bomb])
        assert [each.result().page.blocks[0].text for each in calm] == [
            f"beside {number}" for number in range(4)
        ]
        assert renderer.render("<p>after").page.blocks[0].text == "after"
    finally:
        renderer.close()


def test_a_loop_without_end_ends():
    """With the sanitiser left out; scripts are off, so that only markup may loop."""
    renderer = HtmlRenderer(pages=1, budget_s=0.5)
    try:
        with pytest.raises(Exception) as caught:  # noqa: PT011 the job's own error, before it is told to the agent
            renderer._show(Sanitized(uses(12, 10), ()), (1280, 720), 1.0).result()
        assert caught.value.fault in ("too_slow", "crashed")
        assert renderer.render("<p>after").page.blocks[0].text == "after"
    finally:
        renderer.close()


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(browser_thread, "MEMORY_BYTES", 60_000_000)  # less than an empty tab takes
    renderer = HtmlRenderer(pages=1)
    try:
        with pytest.raises(PageError) as caught:
            renderer.render("<p>x</p>" * 4_000)
        assert caught.value.code == "crashed"
        assert "memory" in str(caught.value)
    finally:
        renderer.close()


def test_a_busy_machine_is_no_pages_fault():
    """Four processes of pure work beside the browser, on any number of cores."""
    stop = threading.Event()
    pids = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            while True:
                sum(range(100_000))
        pids.append(pid)
    renderer = HtmlRenderer(pages=2, budget_s=0.6)
    try:
        for number in range(4):
            page = "".join(f"<p style='box-shadow:0 2px 9px #0003'>{number} {line}" for line in range(200))
            assert renderer.render(page).page.blocks
    finally:
        stop.set()
        renderer.close()
        for pid in pids:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def test_a_browser_that_does_not_answer_is_the_machines_failure(monkeypatch):
    import signal

    monkeypatch.setattr(browser_thread, "STUCK_S", 0.5)
    monkeypatch.setattr(browser_thread, "ANSWER_S", 0.5)
    renderer = HtmlRenderer(pages=1, budget_s=0.2)
    try:
        renderer.render("<p>first")
        os.kill(renderer._service.browser_pid, signal.SIGSTOP)
        assert renderer.render("<p>second").page.blocks[0].text == "second"
    except BrowserError as problem:
        pytest.fail(f"a browser that sleeps is replaced: {problem}")
    finally:
        renderer.close()


def test_bombs_leave_no_memory_behind(renderer):
    renderer.render("<p>weigh")
    helpers = renderer._service._browser.helpers
    weight = sum(resident_bytes(pid) for pid in helpers.values())
    assert 0 < weight < 1_500_000_000
    assert all(Path(f"/proc/{pid}").exists() for pid in helpers.values())
