"""The renderer: what it shows, how alike, from which threads, and what happens when the browser dies."""

import asyncio
import gc
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from eyesmith.errors import BrowserError, InfrastructureError, MissingExtraError, UsageError
from eyesmith.tools import browser, browser_launch, browser_thread
from eyesmith.tools.browser import HtmlRenderer, PageError, find_browser, shared_renderer
from eyesmith.tools.sanitizer import Sanitized

SLIDE = """<!doctype html><html><head><style>
  body { margin: 0; background: #f4f6fa; font-family: Inter }
  .card { position: absolute; top: 200px; width: 300px; height: 180px; padding: 20px; background: #fff;
          border-radius: 12px; box-shadow: 0 6px 24px rgba(0, 0, 0, .15) }
</style></head><body><h1 style="padding: 40px">Results of the year</h1>
<div class="card" style="left: 40px"><b>Revenue</b><p>rose to 41.5 million</p></div>
<div class="card" style="left: 440px"><b>Margin</b><p>fell by two points</p></div>
<svg style="position: absolute; left: 840px; top: 200px" width="400" height="300">
<rect x="20" y="100" width="60" height="200" fill="#36c"/>
<rect x="120" y="40" width="60" height="260" fill="#9bd"/>
<text x="20" y="90">12</text></svg></body></html>"""
MOVING = {
    "animation": "<style>@keyframes a{to{transform:translateX(400px)}}p{animation:a .3s infinite}</style><p>x"
    "</p>",
    "animation_important": '<p style="animation:a .2s infinite!important">x</p>'
    "<style>@keyframes a{to{left:9px}}</style>",
    "transition": "<style>p{transition:all 1s;@starting-style{opacity:0}}</style><p>x</p>",
    "marquee": "<marquee>moving</marquee>",
    "caret": "<input autofocus value=x><textarea autofocus>y</textarea>",
    "indeterminate": "<progress></progress>",
    "smil": '<svg><circle r=40><animate attributeName=r values="9;90" dur=".3s" '
    'repeatCount="indefinite"/></circle></svg>',
    "scrollbars": '<div style="overflow:scroll;width:90px;height:90px"><p style="height:900px;width:900px">x'
    "</div>",
    "lazy": '<div style="content-visibility:auto;contain-intrinsic-size:90px">x</div>',
    "dialog": "<dialog open>x</dialog>",
    "select": "<select><option>a<option selected>b</select>",
    "date": "<input type=date><input type=time><input type=color>",
}


@pytest.fixture(scope="module")
def renderer():
    renderer = HtmlRenderer(pages=2)
    yield renderer
    renderer.close()


def is_gone(pid):
    """Whether a process has ended; where nobody buries the dead, some stay listed as such."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def is_same(a, b):
    return np.array_equal(a.image, b.image) and a.page == b.page


@pytest.mark.browser
def test_a_page_becomes_a_picture_and_blocks(renderer):
    shown = renderer.render(SLIDE)
    assert shown.image.shape == (720, 1280, 3)
    assert shown.image.dtype == np.uint8
    assert not shown.image.flags.writeable
    assert tuple(shown.image[5, 5]) == (0xF4, 0xF6, 0xFA)
    assert tuple(shown.image[420, 900]) == (0x33, 0x66, 0xCC)
    kinds = Counter(block.kind for block in shown.page.blocks)
    assert kinds == {"text": 6, "box": 2, "picture": 1, "shape": 2}
    assert shown.page.size_px == (1280, 720)
    assert shown.page.background == (0xF4, 0xF6, 0xFA)
    assert shown.removed == ()
    assert shown.html.startswith("<!doctype html><html>")


@pytest.mark.browser
def test_size_and_scale(renderer):
    page = '<body style="margin:0"><div style="width:50vw;height:10vh;background:#0a0">green</div>'
    whole = renderer.render(page, size_px=(400, 300))
    double = renderer.render(page, size_px=(400, 300), scale=2.0)
    half = renderer.render(page, size_px=(400, 300), scale=0.5)
    assert [each.image.shape for each in (whole, double, half)] == [
        (300, 400, 3),
        (600, 800, 3),
        (150, 200, 3),
    ]
    assert [each.page.blocks[0].box for each in (whole, double, half)] == [(0.0, 0.0, 200.0, 30.0)] * 3
    assert tuple(double.image[50, 390]) == (0, 170, 0)
    assert abs(whole.page.blocks[1].ink - double.page.blocks[1].ink) < 0.05
    assert is_same(whole, HtmlRenderer.render(renderer, page, size_px=(400, 300)))


@pytest.mark.browser
def test_content_beyond_the_canvas_is_told(renderer):
    page = renderer.render(
        '<body style="margin:0;overflow:hidden"><div style="width:1600px;height:1000px">x</div>'
    ).page
    assert page.content_px == (1600.0, 1000.0)
    assert renderer.render("x").page.content_px == (1280.0, 720.0)


@pytest.mark.browser
def test_the_same_page_is_shown_once(renderer):
    first = renderer.render("<p>once")
    assert renderer.render("<p>once") is first
    assert renderer.render("<p>once", scale=2.0) is not first


@pytest.mark.browser
def test_the_same_page_is_the_same_in_every_tab_after_every_other_page_and_in_a_fresh_browser(renderer):
    first = renderer.render(SLIDE)
    for between in (*MOVING.values(), "<style>*{color:red!important;zoom:2}</style><p>loud"):
        renderer.render(between)
    clean = renderer.sanitize(SLIDE)
    both = [renderer._show(clean, (1280, 720), 1.0) for _ in range(6)]
    assert all(is_same(first, each.result()) for each in both)
    other = HtmlRenderer(pages=1)
    try:
        assert is_same(first, other.render(SLIDE))
    finally:
        other.close()


@pytest.mark.browser
@pytest.mark.parametrize("kind", MOVING)
def test_nothing_moves(kind, renderer):
    clean = renderer.sanitize(MOVING[kind])
    shown = []
    for pause in (0.0, 0.11, 0.23):
        time.sleep(pause)
        shown.append(renderer._show(clean, (320, 200), 1.0).result())
    assert all(is_same(shown[0], each) for each in shown[1:])


@pytest.mark.browser
def test_a_moving_picture_shows_its_first_frame(renderer):
    import base64
    import io

    from PIL import Image

    written = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=30, loop=0)
    address = f"data:image/gif;base64,{base64.b64encode(written.getvalue()).decode()}"
    clean = renderer.sanitize(f'<body style="margin:0"><img src="{address}">')
    for _ in range(3):
        assert tuple(renderer._show(clean, (60, 60), 1.0).result().image[20, 20]) == (255, 0, 0)
        time.sleep(0.05)


@pytest.mark.browser
def test_preferences_are_fixed(renderer):
    page = """<style>p{display:none} @media (prefers-color-scheme:light){.a{display:block}}
      @media (prefers-reduced-motion:reduce){.b{display:block}} @media print{.c{display:block}}
      @media (width:1280px) and (height:720px) and (resolution:1dppx){.d{display:block}}</style>
      <p class=a>light<p class=b>still<p class=c>paper<p class=d>size"""
    assert [block.text for block in renderer.render(page).page.blocks] == ["light", "still", "size"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("asked", "shipped"),
    [
        ("Comic Sans MS", "Inter"),
        ("Arial", "Inter"),
        ("Helvetica Neue", "Inter"),
        ("system-ui", "Inter"),
        ("sans-serif", "Inter"),
        ("cursive", "Inter"),
        ("no such font, Verdana", "Inter"),
        ("Georgia", "'Source Serif 4'"),
        ("Times New Roman", "'Source Serif 4'"),
        ("serif", "'Source Serif 4'"),
        ("Courier New", "'JetBrains Mono'"),
        ("monospace", "'JetBrains Mono'"),
        ("ui-monospace, Menlo", "'JetBrains Mono'"),
        ("Arial Narrow", "'Barlow Condensed'"),
    ],
)
def test_every_font_is_a_shipped_one(asked, shipped, renderer):
    page = '<body style="font:20px {0}"><p>Hamburgefonstiv 0123 <b>bold</b> <i>italic</i> → ✓'
    one, other = (renderer.render(page.format(family), size_px=(600, 100)) for family in (asked, shipped))
    assert np.array_equal(one.image, other.image)


@pytest.mark.browser
def test_weights_differ_and_arrows_have_a_glyph(renderer):
    def ink(style, text="Hamburgefonstiv"):
        page = renderer.render(f'<p style="font:40px Inter;{style}">{text}', size_px=(600, 120)).page
        return page.blocks[0].ink, page.blocks[0].box[2]

    light, semi, bold = (ink(f"font-weight:{weight}") for weight in (400, 600, 700))
    assert light[0] < semi[0] < bold[0]
    assert light[1] < semi[1] < bold[1]
    condensed = [ink(f"font-family:Barlow Condensed;font-weight:{weight}") for weight in (500, 700)]
    assert condensed[0][0] < condensed[1][0]
    arrows = renderer.render('<p style="font:40px Inter">→ ✓', size_px=(200, 90)).image
    boxes = renderer.render('<p style="font:40px Inter">\ue001 \ue001', size_px=(200, 90)).image
    assert not np.array_equal(arrows, boxes)


@pytest.mark.browser
def test_two_threads_at_once(renderer):
    pages = [f'<p style="font-size:{10 + number}px">page {number}' for number in range(20)]
    shown = {}

    def work(name, order):
        shown[name] = {
            number: renderer.render(f"<!--{name}-->{pages[number]}", size_px=(320, 200)) for number in order
        }

    threads = [
        threading.Thread(target=work, args=("up", range(20))),
        threading.Thread(target=work, args=("down", reversed(range(20)))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(is_same(shown["up"][number], shown["down"][number]) for number in range(20))
    assert len({shown["up"][number].image.tobytes() for number in range(20)}) == 20


@pytest.mark.browser
def test_from_event_loops(renderer):
    async def many():
        pages = [renderer.arender(f"<p>async {number}", size_px=(320, 200)) for number in range(8)]
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        ticking = asyncio.ensure_future(tick())
        shown = await asyncio.gather(*pages)
        ticking.cancel()
        return [each.page.blocks[0].text for each in shown], ticks

    for _ in range(2):
        texts, ticks = asyncio.run(many())
        assert texts == [f"async {number}" for number in range(8)]
    assert ticks >= 1

    async def wrong():
        await renderer.arender("<p>" * 6000)

    with pytest.raises(PageError):
        asyncio.run(wrong())

    async def impatient():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(renderer.arender("<p>late", size_px=(320, 200)), 0.001)
        return await renderer.arender("<p>late", size_px=(320, 200))

    assert asyncio.run(impatient()).page.blocks[0].text == "late"


@pytest.mark.browser
def test_a_pdf_has_a_page_each_and_text(renderer):
    pages = [
        f"<style>body{{background:#123;color:#fff}}</style><h1>Slide {number}</h1>" for number in range(3)
    ]
    written = renderer.pdf(pages, size_px=(1280, 720))
    assert written.startswith(b"%PDF-")
    assert written.count(b"/MediaBox [0 0 960 540]") == 3
    assert renderer.pdf(pages, size_px=(1280, 720)) == written
    if importlib.util.find_spec("pypdfium2"):
        import pypdfium2

        document = pypdfium2.PdfDocument(written)
        texts = [page.get_textpage().get_text_range().strip() for page in document]
        assert texts == [f"Slide {number}" for number in range(3)]
        corner = document[0].render().to_numpy()[3, 3]
        assert sorted(corner[:3].tolist()) == [0x11, 0x22, 0x33]
    with pytest.raises(UsageError, match="at least one page"):
        renderer.pdf([])
    with pytest.raises(PageError):
        renderer.pdf(["<p>" * 6000])


@pytest.mark.browser
def test_a_killed_browser_is_replaced_and_the_page_is_shown(renderer):
    before = renderer.render("<p>before")
    first = renderer._service.browser_pid
    os.kill(first, signal.SIGKILL)
    after = renderer.render("<p>after")
    assert after.page.blocks[0].text == "after"
    assert renderer._service.browser_pid != first
    assert is_same(before, renderer._show(renderer.sanitize("<p>before"), (1280, 720), 1.0).result())


@pytest.mark.browser
def test_a_browser_that_is_killed_in_the_middle_loses_no_page(renderer):
    pages = ["".join(f"<p>{number} {line}" for line in range(300)) for number in range(12)]
    futures = [renderer._show(renderer.sanitize(page), (1280, 720), 1.0) for page in pages]
    killed = 0
    while not all(future.done() for future in futures) and killed < 2:
        time.sleep(0.15)
        if renderer._service.browser_pid:
            os.kill(renderer._service.browser_pid, signal.SIGKILL)
            killed += 1
            time.sleep(1.0)
    assert killed
    for number, future in enumerate(futures):
        assert future.result().page.blocks[0].text == f"{number} 0"


@pytest.mark.browser
def test_a_killed_tab_is_replaced(renderer):
    renderer.render("<p>tab")
    for tab in list(renderer._service._idle):
        os.kill(tab.pid, signal.SIGKILL)
    assert renderer.render("<p>other tab").page.blocks[0].text == "other tab"


@pytest.mark.browser
def test_a_killed_driver_is_replaced(renderer):
    renderer.render("<p>driver")
    drivers = [
        pid for pid in _children(os.getpid()) if b"run-driver" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert drivers
    for pid in drivers:
        os.kill(pid, signal.SIGKILL)
    assert renderer.render("<p>other driver").page.blocks[0].text == "other driver"


@pytest.mark.browser
def test_a_tab_is_renewed_after_many_pages(monkeypatch):
    monkeypatch.setattr(browser_thread, "JOBS_PER_TAB", 3)
    renderer = HtmlRenderer(pages=1)
    try:
        pids = []
        for number in range(7):
            renderer.render(f"<p>{number}")
            pids += [tab.pid for tab in renderer._service._idle]
        assert len(set(pids)) == 3
    finally:
        renderer.close()


@pytest.mark.browser
def test_close_twice_and_start_again():
    renderer = HtmlRenderer(pages=1)
    renderer.close()
    renderer.render("<p>one")
    pid, folder = renderer._service.browser_pid, renderer._service._folder
    assert folder.is_dir()
    renderer.close()
    renderer.close()
    deadline = time.monotonic() + 5
    while not is_gone(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_gone(pid)
    assert not folder.exists()
    assert renderer.render("<p>two").page.blocks[0].text == "two"
    renderer.close()


@pytest.mark.browser
def test_closing_in_the_middle_is_an_error_of_the_machine():
    renderer = HtmlRenderer(pages=1)
    futures = [renderer._future("<p>x" * 400 + str(number), (1280, 720), 1.0) for number in range(6)]
    renderer.close()
    for future in futures:
        with pytest.raises(InfrastructureError):
            future.result(10)


@pytest.mark.browser
def test_a_child_of_fork_gets_a_browser_of_its_own():
    mine = shared_renderer()
    mine.render("<p>parent")
    parent = mine._service.browser_pid
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            shown = shared_renderer().render("<p>child")
            told = f"{shown.page.blocks[0].text} {shared_renderer()._service.browser_pid}"
            os.write(writing, told.encode())
            shared_renderer().close()
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    assert os.waitpid(child, 0)[1] == 0
    text, pid = os.read(reading, 100).decode().split()
    os.close(reading)
    assert text == "child"
    assert int(pid) != parent
    assert mine.render("<p>parent again").page.blocks[0].text == "parent again"
    assert mine._service.browser_pid == parent
    assert shared_renderer() is mine


@pytest.mark.browser
def test_a_process_shows_the_same_and_leaves_neither_a_browser_nor_a_folder(renderer, tmp_path):
    script = (
        "import hashlib, sys\nfrom eyesmith.tools.browser import shared_renderer\n"
        "renderer = shared_renderer()\nshown = renderer.render(sys.argv[1])\n"
        "told = [hashlib.sha256(part).hexdigest() for part in (shown.image, repr(shown.page).encode())]\n"
        "print(renderer._service.browser_pid, *told)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, SLIDE],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    pid, image, facts = done.stdout.split()
    assert is_gone(pid)
    assert list(tmp_path.iterdir()) == []
    mine = renderer.render(SLIDE)
    assert image == hashlib.sha256(mine.image).hexdigest()
    assert facts == hashlib.sha256(repr(mine.page).encode()).hexdigest()


@pytest.mark.browser
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_takes_its_browser_along(blow, tmp_path):
    script = (
        "import sys, time\nfrom eyesmith.tools.browser import shared_renderer\n"
        "renderer = shared_renderer()\nrenderer.render('<p>x')\n"
        "print(renderer._service.browser_pid, flush=True)\ntime.sleep(60)\n"
    )
    own = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=own
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(blow)
        process.wait(10)
    deadline = time.monotonic() + 10
    while not is_gone(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_gone(pid)


def test_nothing_is_started_or_loaded_before_the_first_page():
    script = (
        "import sys\nfrom eyesmith.tools.browser import HtmlRenderer, shared_renderer, find_browser\n"
        "HtmlRenderer(); shared_renderer()\n"
        "import threading\n"
        "heavy = {'playwright', 'lxml', 'cv2', 'PIL'} & set(sys.modules)\n"
        "print(sorted(heavy), threading.active_count())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[] 1", done.stderr


@pytest.mark.parametrize("size_px", [(0, 10), (10,), (1280.0, 720), (5000, 10), (True, 10), ("a", 1)])
def test_a_bad_canvas_is_the_callers_mistake(size_px):
    with pytest.raises(UsageError, match="size_px"):
        HtmlRenderer().render("x", size_px=size_px)


@pytest.mark.parametrize("scale", [0.0, 5.0, float("nan")])
def test_a_bad_scale_is_the_callers_mistake(scale):
    with pytest.raises(UsageError, match="scale"):
        HtmlRenderer().render("x", scale=scale)


@pytest.mark.parametrize("html", [None, b"<p>", 3])
def test_a_page_is_text(html):
    with pytest.raises(PageError) as caught:
        HtmlRenderer().render(html)
    assert caught.value.code == "not_text"


def test_no_browser_names_the_command_that_installs_one(monkeypatch, tmp_path):
    monkeypatch.delenv("EYESMITH_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match="eyesmith doctor --install browser"):
        find_browser()
    renderer = HtmlRenderer(pages=1)
    with pytest.raises(MissingExtraError, match="eyesmith doctor --install browser"):
        renderer.render("<p>x")
    renderer.close()


@pytest.mark.parametrize("package", ["playwright.async_api", "lxml"])
def test_a_missing_package_names_the_command_that_installs_it(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    renderer = HtmlRenderer(pages=1)
    with pytest.raises(MissingExtraError, match="eyesmith doctor --install browser"):
        renderer.render("<p>x")
    renderer.close()


def test_the_browser_may_be_named(monkeypatch, tmp_path):
    named = tmp_path / "chrome"
    monkeypatch.setenv("EYESMITH_BROWSER", str(named))
    with pytest.raises(UsageError, match="EYESMITH_BROWSER"):
        find_browser()
    named.write_text("#!/bin/sh\nexit 1\n")
    named.chmod(0o755)
    assert find_browser() == named


def test_a_browser_that_does_not_start_is_the_machines_failure(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    broken.chmod(0o755)
    renderer = HtmlRenderer(pages=1, executable=str(broken))
    with pytest.raises(BrowserError, match="chromium does not start"):
        renderer.render("<p>x")
    renderer.close()


@pytest.mark.browser
def test_a_browser_that_is_only_a_stub_is_passed_over(monkeypatch, tmp_path):
    stub = tmp_path / "chromium-headless-shell"
    stub.write_text("#!/bin/sh\necho install the snap >&2\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setattr(browser_thread, "find_browsers", lambda: [stub, find_browser()])
    renderer = HtmlRenderer(pages=1)
    assert renderer.render("<p>x").page.blocks[0].text == "x"
    renderer.close()


@pytest.mark.browser
def test_a_renderer_that_nobody_holds_takes_its_browser_along():
    renderer = HtmlRenderer(pages=1)
    renderer.render("<p>x")
    pid = renderer._service.browser_pid
    del renderer
    gc.collect()
    deadline = time.monotonic() + 10
    while not is_gone(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_gone(pid)


def test_the_sandbox_is_no_switch_of_ours():
    assert not any("sandbox" in switch for switch in browser_launch.switches())


def test_the_cache_forgets_what_is_oldest():
    from concurrent.futures import Future

    cache = browser._Cache(3 * 5000)
    futures = [Future() for _ in range(4)]
    for number, future in enumerate(futures):
        cache.put(bytes([number]), future, 500)
        cache.get(bytes([0]))
    assert cache.get(bytes([0])) is futures[0]
    assert cache.get(bytes([1])) is None
    assert cache.get(bytes([3])) is futures[3]


@pytest.mark.browser
@pytest.mark.long
def test_two_thousand_pages_leave_nothing_behind():
    def weight():
        gc.collect()
        pids = [os.getpid(), *_children(os.getpid())]
        return sum(_resident(pid) for pid in pids), len(os.listdir("/proc/self/fd")), len(pids)

    renderer = HtmlRenderer(pages=2)
    try:
        samples = []
        for number in range(2000):
            renderer._show(renderer.sanitize(f"{SLIDE}<p>{number}"), (1280, 720), 1.0).result()
            if number % 250 == 249:
                samples.append(weight())
        memory, files, processes = zip(*samples, strict=True)
        assert max(memory[4:]) < 1.25 * max(memory[:3])
        assert max(files) - min(files) <= 4
        assert max(processes) - min(processes) <= 3
    finally:
        renderer.close()


def _children(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *_children(child)]
    return found


def _resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def test_a_page_error_survives_the_way_between_processes():
    import copy

    twin = copy.copy(PageError("too much", "too_large"))
    assert (str(twin), twin.code) == ("too much", "too_large")
    assert Sanitized("x", ()).removed == ()
