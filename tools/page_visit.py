"""What is done with a page in a tab: show, look, print.

Runs scripts of its own beside the page, in a world that the page cannot see; the page itself has none.
"""

__all__ = ["bind", "visit"]

import asyncio
import base64
import contextlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import cv2
import numpy as np

from ..errors import BrowserError
from ..rewards.block import PageFacts
from .browser_tab import Tab
from .page_facts import page_facts
from .page_fields import FIELDS, field_texts, has_fields
from .page_frame import LAYER
from .page_ink import InkReader
from .page_paint import Covers, Sketch
from .page_snapshot import SNAPSHOT, read_snapshot

Part = tuple[int, int, int, int]

SHOW = """html => {
  document.adoptedStyleSheets = [];
  document.open(); document.write(html); document.close();
  const ready = () => Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
  if (document.readyState === 'complete') return document.images.length ? ready().then(() => 0) : 0;
  return new Promise(done => addEventListener('load', () => ready().then(() => done(0)), {once: true}));
}"""
HIDE = f"""isOdd => {{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@layer {LAYER} {{
    *, *::before, *::after, *::marker, *::first-letter, *::first-line, *::placeholder {{
      -webkit-text-fill-color: transparent !important; -webkit-text-stroke-color: transparent !important;
      text-shadow: none !important; }}
    text, tspan, textPath {{ fill: transparent !important; stroke: transparent !important; }}
  }}`);
  const odd = [...(isOdd ? document.querySelectorAll('*') : [])].map(element => {{
    const style = getComputedStyle(element);
    return [element.style, style.backgroundClip.includes('text'),
      style.textDecorationLine !== 'none' && style.textDecorationColor];
  }});
  for (const [style, isClipped, color] of odd) {{
    if (isClipped) style.setProperty('background', 'none', 'important');
    if (color) style.setProperty('text-decoration-color', color, 'important');
  }}
  document.adoptedStyleSheets = [sheet];
}}"""
BIND = """([pages, width, height]) => {
  const size = `${width}px`, tall = `${height}px`;
  document.adoptedStyleSheets = [];
  document.open();
  document.write(`<!doctype html><style>@page { size: ${size} ${tall}; margin: 0 }
    html, body { margin: 0 }
    iframe { display: block; border: 0; width: ${size}; height: ${tall}; break-after: page }
    iframe:last-child { break-after: auto }</style><body></body>`);
  document.close();
  for (const page of pages) {
    const frame = document.createElement('iframe');
    frame.srcdoc = page;
    document.body.append(frame);
  }
}"""
BOUND = """() => [...document.querySelectorAll('iframe')].every(frame =>
  frame.contentDocument && frame.contentDocument.URL === 'about:srcdoc'
  && frame.contentDocument.readyState === 'complete')"""
POLL_S = 0.01
SETTLE_S = 10.0


async def visit(
    tab: Tab, html: str, size_px: tuple[int, int], scale: float, workers: Executor | None
) -> tuple[np.ndarray, PageFacts]:
    """Picture, (H, W, 3) uint8 RGB, read-only, and facts of a page.

    Args:
        tab: of that size and scale.
        html: a whole document.
        size_px: width and height of the canvas.
        scale: px of the picture per px of the page.
        workers: where to compute, so that the tab's loop stays free; None for the loop's own.
    """
    work = partial(asyncio.get_running_loop().run_in_executor, workers)

    async def sketched() -> tuple[Sketch, Covers]:
        snapshot = await tab.cdp.send("DOMSnapshot.captureSnapshot", SNAPSHOT)
        fields = await tab.cdp.send("DOMSnapshot.getSnapshot", FIELDS) if has_fields(snapshot) else None
        return await work(_sketched, snapshot, fields, size_px)

    # A page that waits for what never comes is shown as it is; what is at work is stopped by its tab.
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(tab.page.evaluate(SHOW, html), SETTLE_S)
    shot, (sketch, covers) = await asyncio.gather(_shot(tab, (0, 0, *size_px), scale), sketched())

    def look() -> tuple[np.ndarray, InkReader]:
        image = _decoded(shot)
        return image, InkReader(sketch, covers, image, scale)

    image, reader = await work(look)
    second = None
    if reader.wanted is not None:
        await tab.page.evaluate(HIDE, reader.is_odd)
        second = await _shot(tab, reader.wanted, scale)

    def tell() -> PageFacts:
        inks = reader.read(None if second is None else _decoded(second))
        return page_facts(sketch, covers, inks, image, scale)

    page = await work(tell)
    image.setflags(write=False)
    return image, page


async def bind(tab: Tab, pages: Sequence[str], size_px: tuple[int, int]) -> bytes:
    """A PDF with a page for each document.

    Args:
        tab: any.
        pages: whole documents.
        size_px: width and height of every page.
    """
    await tab.page.emulate_media(media="screen")
    await tab.page.evaluate(BIND, [list(pages), *size_px])
    while not await tab.page.evaluate(BOUND):
        await asyncio.sleep(POLL_S)
    width, height = size_px
    written: bytes = await tab.page.pdf(
        width=f"{width}px", height=f"{height}px", print_background=True, prefer_css_page_size=True
    )
    return written


async def _shot(tab: Tab, part: Part, scale: float) -> Mapping[str, str]:
    """The picture of a part of the page, without loss; the fast packing halves the time."""
    clip = {**dict(zip(("x", "y", "width", "height"), part, strict=True)), "scale": scale}
    asked = {"format": "png", "optimizeForSpeed": True, "clip": clip}
    shot: Mapping[str, str] = await tab.cdp.send("Page.captureScreenshot", asked)
    return shot


def _sketched(
    snapshot: Mapping[str, Any], fields: Mapping[str, Any] | None, size_px: tuple[int, int]
) -> tuple[Sketch, Covers]:
    sketch = read_snapshot(snapshot, size_px, field_texts(fields) if fields else {})
    return sketch, Covers(sketch.drafts)


def _decoded(shot: Mapping[str, str]) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    packed = np.frombuffer(base64.b64decode(shot["data"]), np.uint8)
    picture = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if picture is None:
        raise BrowserError("the browser sent a picture that cannot be read")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
