"""Renders HTML in a browser: picture and blocks of a page in one visit.

One Chromium a process on a thread of its own (`browser_thread.py`). Pages are untrusted: they are sanitised
(`sanitizer.py`) and shown in a browser without scripts and without a network.
"""

__all__ = ["BrowserError", "HtmlRenderer", "PageError", "Rendered", "find_browser", "shared_renderer"]

import asyncio
import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..errors import BrowserError, UsageError
from ..rewards.block import PageFacts
from .browser_launch import find_browser
from .sanitizer import PageError, Sanitized, sanitize

if TYPE_CHECKING:
    from .browser_tab import Tab
    from .browser_thread import BrowserThread

T = TypeVar("T")

CANVAS_PX = (1280, 720)
BUDGET_S = 2.0
PAGES_PER_CORE = 2
CACHE_BYTES = 256_000_000
MAX_SIDE_PX = 4096
MIN_SCALE, MAX_SCALE = 0.25, 4.0
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")


@dataclass(frozen=True, eq=False)
class Rendered:
    """A page as it was shown."""

    image: np.ndarray
    """(H, W, 3) uint8 RGB, read-only: the canvas times the scale."""
    page: PageFacts
    """Its blocks, in px of the page."""
    html: str
    """The sanitised document that was shown."""
    removed: tuple[str, ...]
    """What the sanitiser took out, one line each."""


class HtmlRenderer:
    """Shows pages in a browser that it starts at the first one; safe from any thread and event loop.

    Args:
        pages: how many pages are shown at a time, at most; by default two a core.
        executable: the browser; by default the one that `find_browser` finds.
        budget_s: processor time a page may take.
    """

    def __init__(
        self, *, pages: int | None = None, executable: str | None = None, budget_s: float = BUDGET_S
    ) -> None:
        self._pages = pages or PAGES_PER_CORE * _cores()
        self._executable, self._budget_s = executable, budget_s
        self._forget()
        _RENDERERS.add(self)

    def render(self, html: str, *, size_px: tuple[int, int] = CANVAS_PX, scale: float = 1.0) -> Rendered:
        """Picture and blocks of a page; the same page is shown once and then remembered.

        Args:
            html: a document, or what stands in its body.
            size_px: width and height of the canvas, px.
            scale: px of the picture per px of the page.

        Raises:
            PageError: the page cannot be shown; the text says what to change.
            BrowserError: the browser does not start, or died again.
            MissingExtraError: Playwright, lxml or Chromium is not installed.
        """
        return self._future(html, size_px, scale).result()

    async def arender(
        self, html: str, *, size_px: tuple[int, int] = CANVAS_PX, scale: float = 1.0
    ) -> Rendered:
        """`render`, for coroutines of any event loop."""
        starting = asyncio.get_running_loop().run_in_executor(None, self._future, html, size_px, scale)
        return await asyncio.wrap_future(await starting)

    def pdf(self, pages: Sequence[str], *, size_px: tuple[int, int] = CANVAS_PX) -> bytes:
        """Pages as one PDF, a page each, with text that can be selected; the same bytes for the same pages.

        Args:
            pages: HTML, as `render` takes it.
            size_px: width and height of every page, px (96 an inch).

        Raises:
            UsageError: no pages.
            PageError, BrowserError, MissingExtraError: as `render` does.
        """
        _check(size_px, 1.0)
        if not pages:
            raise UsageError("a PDF needs at least one page; none came")
        clean = [sanitize(html).html for html in pages]
        service = self._start()
        from .page_visit import bind

        job = service.submit(lambda tab: bind(tab, clean, size_px), (*size_px, 1.0), share=len(pages))
        return _DATE.sub(rb"\g<1>20000101000000", _outcome(job))

    def sanitize(self, html: str) -> Sanitized:
        """The page as it would be shown, and what was taken out of it.

        Raises:
            PageError: it cannot be shown.
        """
        return sanitize(html)

    def close(self) -> None:
        """End the browser; the next page starts another."""
        with self._lock:
            service, self._service = self._service, None
            workers, self._workers = self._workers, None
        if service is not None:
            service.close()
        if workers is not None:
            workers.shutdown(wait=False)

    def _forget(self) -> None:
        """Own nothing yet."""
        self._lock = threading.Lock()
        self._service: BrowserThread | None = None
        self._workers: ThreadPoolExecutor | None = None
        self._cache = _Cache(CACHE_BYTES)

    def _future(self, html: str, size_px: tuple[int, int], scale: float) -> "Future[Rendered]":
        """The page's picture and blocks, as soon as they are there."""
        _check(size_px, scale)
        future: Future[Rendered] = Future()
        future.set_running_or_notify_cancel()  # who waits may leave, not cancel
        try:
            key = _key(html, size_px, scale)
            known = self._cache.get(key)
            if known is not None:
                if problem := known.exception():  # a fresh one: raised again and again, one would grow
                    raise copy(problem)
                return known
            clean = sanitize(html)
        except PageError as problem:
            future.set_exception(problem)
            return future
        self._show(clean, size_px, scale).add_done_callback(lambda done: self._settle(key, done, future))
        return future

    def _show(self, clean: Sanitized, size_px: tuple[int, int], scale: float) -> "Future[Rendered]":
        """Visit a page that was sanitised. Nothing else may call this, but tests of the second wall."""
        service, workers = self._start(), self._workers
        from .page_visit import visit

        async def job(tab: "Tab") -> Rendered:
            image, page = await visit(tab, clean.html, size_px, scale, workers)
            return Rendered(image, page, clean.html, clean.removed)

        width, height = size_px
        return service.submit(job, (width, height, float(scale)))

    def _settle(self, key: bytes, inner: "Future[Rendered]", future: "Future[Rendered]") -> None:
        try:
            shown = _outcome(inner)
        except PageError as problem:  # the same page would only fail again
            future.set_exception(problem)
            self._cache.put(key, future, 0)
        except Exception as problem:
            future.set_exception(problem)
        else:
            future.set_result(shown)
            self._cache.put(key, future, shown.image.nbytes)

    def _start(self) -> "BrowserThread":
        with self._lock:
            if self._service is None:
                from .browser_thread import BrowserThread

                self._service = BrowserThread(
                    tabs=self._pages, budget_s=self._budget_s, executable=self._executable
                )
                self._workers = ThreadPoolExecutor(_cores(), thread_name_prefix="eyesmith-page")
                weakref.finalize(self, self._service.close)  # also at exit
            return self._service


class _Cache:
    """The futures of pages shown lately, as many as fit."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._held = limit_bytes, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[Future[Rendered], int]] = OrderedDict()

    def get(self, key: bytes) -> "Future[Rendered] | None":
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: bytes, future: "Future[Rendered]", size: int) -> None:
        size += 4096
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (future, size)
            self._held += size
            while self._held > self._limit:
                _, (_, freed) = self._kept.popitem(last=False)
                self._held -= freed


_ADVICE = {
    "too_slow": "the page takes too long to draw; use fewer and simpler elements, shadows, filters, patterns",
    "crashed": "the page needs too much memory to draw; use fewer, smaller and simpler elements",
}
_RENDERERS: "weakref.WeakSet[HtmlRenderer]" = weakref.WeakSet()
_INHERITED: list[Any] = []  # kept alive: their end would touch what belongs to the parent
_SHARED: list[HtmlRenderer] = []
_SHARED_LOCK = threading.Lock()


def shared_renderer() -> HtmlRenderer:
    """The renderer of this process: made when first asked for, closed at exit."""
    with _SHARED_LOCK:
        if not _SHARED:
            _SHARED.append(HtmlRenderer())
        return _SHARED[0]


def _after_fork() -> None:
    global _SHARED_LOCK
    _SHARED_LOCK = threading.Lock()
    for renderer in list(_RENDERERS):
        _INHERITED.append((renderer._service, renderer._workers))
        renderer._forget()


os.register_at_fork(after_in_child=_after_fork)


def _outcome(job: "Future[T]") -> T:
    """What a job brought, or what went wrong, told to the one whose fault it is."""
    from .browser_thread import TabError

    try:
        return job.result()
    except TabError as lost:
        raise PageError(_ADVICE[lost.fault], lost.fault) from None
    except CancelledError:
        raise BrowserError("the renderer was closed before the page was shown") from None


def _check(size_px: tuple[int, int], scale: float) -> None:
    sides = tuple(size_px)
    if len(sides) != 2 or not all(type(side) is int and 1 <= side <= MAX_SIDE_PX for side in sides):
        raise UsageError(f"size_px is two whole numbers of px, 1 to {MAX_SIDE_PX} each; got {size_px!r}")
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise UsageError(f"scale is {MIN_SCALE} to {MAX_SCALE}; got {scale!r}")


def _key(html: str, size_px: tuple[int, int], scale: float) -> bytes:
    if not isinstance(html, str):
        raise PageError(f"a page is text, not {type(html).__name__}; send HTML", "not_text")
    head = f"{size_px[0]}x{size_px[1]}@{float(scale)}\n"
    return sha256(head.encode() + html.encode("utf-8", "surrogatepass")).digest()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
