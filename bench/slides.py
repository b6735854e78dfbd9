"""Slides in a browser: picture and blocks, one and many at a time.

The peer does what slide environments commonly do: a new context a slide, wait until the network is idle, a
PNG. Both drive the same browser binary. It measures no blocks.
"""

__all__ = ["slide_rate", "slide_screenshot"]

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import count
from time import perf_counter, sleep

from ..errors import MissingExtraError
from .harness import Row

SIZE_PX = (1280, 720)
BATCH = 16
THREADS = 4
POLL_S = 0.005
CARDS = (("Revenue", "41.5 M", "+12 %"), ("Margin", "18.2 %", "-2 pt"), ("Cities", "27", "+4"))
BARS = (32, 41, 55, 61, 58, 74, 83, 91)
STYLE = """
body { margin: 0; background: #f4f6fa; font-family: Inter, sans-serif; color: #14213d }
h1 { margin: 48px 64px 8px; font-size: 44px } p { margin: 0 64px; font-size: 20px; color: #475569 }
.cards { display: flex; gap: 24px; margin: 32px 64px } .card { flex: 1; padding: 24px; background: #fff;
border-radius: 16px; box-shadow: 0 8px 32px rgba(20, 33, 61, .14) }
.card b { display: block; font-size: 36px }
.card i { font-style: normal; color: #1d4ed8 } svg { margin: 0 64px }
"""


def slide(number: int) -> str:
    """A slide with cards, shadows and inline SVG bars.

    >>> slide(7).count("<rect"), "page 7" in slide(7)
    (8, True)
    """
    cards = "".join(
        f'<div class="card">{name}<b>{value}</b><i>{change} on last year</i></div>'
        for name, value, change in CARDS
    )
    bars = "".join(
        f'<rect x="{40 + 136 * place}" y="{210 - 2 * high}" width="88" height="{2 * high}" fill="#1d4ed8"/>'
        f'<text x="{84 + 136 * place}" y="238" text-anchor="middle" font-size="16">Q{place + 1}</text>'
        for place, high in enumerate(BARS)
    )
    return (
        f"<!doctype html><html><head><style>{STYLE}</style></head><body><h1>Growth held in a hard year</h1>"
        f'<p>Three numbers that matter, page {number}</p><div class="cards">{cards}</div>'
        f'<svg width="1152" height="250" viewBox="0 0 1152 250">{bars}</svg></body></html>'
    )


def slide_screenshot() -> Row:
    """Picture and blocks of a 1280x720 slide that was never shown before."""
    from ..tools.browser import HtmlRenderer

    renderer, peer = HtmlRenderer(pages=1), _peer()
    numbers = count()

    def close() -> None:
        renderer.close()
        peer.close()

    return Row(
        "slide.screenshot",
        lambda: renderer.render(slide(next(numbers)), size_px=SIZE_PX),
        lambda: peer.shot(slide(next(numbers))),
        "Playwright: new context, networkidle, PNG",
        budget_ms=60.0,
        ratio_floor=12.0,
        close=close,
    )


def slide_rate() -> Row:
    """16 such slides at once, from 4 threads."""
    from ..tools.browser import HtmlRenderer

    renderer, single = HtmlRenderer(), HtmlRenderer(pages=1)
    threads = ThreadPoolExecutor(THREADS)
    numbers = count()
    rate = 0.0

    def batch() -> None:
        nonlocal rate
        pages = [slide(next(numbers)) for _ in range(BATCH)]
        started = perf_counter()
        list(threads.map(renderer.render, pages))
        rate = BATCH / (perf_counter() - started)

    def one_by_one() -> None:
        for _ in range(BATCH):
            single.render(slide(next(numbers)))

    def close() -> None:
        threads.shutdown()
        renderer.close()
        single.close()

    return Row(
        "slide.rate",
        batch,
        one_by_one,
        "the same, one after another",
        close=close,
        also=lambda: {"renders_per_s": round(rate, 1)},
    )


class _Peer:
    """A browser as slide environments commonly use it."""

    def __init__(self) -> None:
        from playwright.sync_api import sync_playwright

        from ..tools.browser import find_browser

        self._driver = sync_playwright().start()
        self._browser = self._driver.chromium.launch(
            executable_path=str(find_browser()), args=["--disable-gpu"]
        )
        self._session = self._browser.new_browser_cdp_session()

    def shot(self, html: str) -> bytes:
        """The slide as a PNG; ends when the slide's process has ended, so that it slows nobody else."""
        context = self._browser.new_context(viewport={"width": SIZE_PX[0], "height": SIZE_PX[1]})
        try:
            page = context.new_page()
            page.set_content(html, wait_until="networkidle")
            return page.screenshot(type="png")
        finally:
            context.close()
            while self._renderers():
                sleep(POLL_S)

    def _renderers(self) -> int:
        processes = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(process["type"] == "renderer" for process in processes)

    def close(self) -> None:
        """End it."""
        self._browser.close()
        self._driver.stop()


def _peer() -> _Peer:
    if find_spec("playwright") is None:
        raise MissingExtraError("this row needs a browser: eyesmith doctor --install browser")
    return _Peer()
