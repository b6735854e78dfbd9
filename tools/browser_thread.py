"""One Chromium on a thread with its own event loop, and its tabs.

Knows neither what a page says nor what is done in a tab: a job is a coroutine function that gets one.
"""

__all__ = ["BrowserThread", "Tab", "TabError"]

import asyncio
import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import BrowserError
from .browser_gate import Gate
from .browser_launch import find_browsers
from .browser_process import LOOK_S, Chromium, first_line
from .browser_tab import CLOSE_S, Size, Tab, cpu_s, is_at_work, resident_bytes

T = TypeVar("T")
Fault = Literal["too_slow", "crashed"]

JOBS_PER_TAB = 500
FAULTS = 2
FAILURES = 3
REST_LOOKS = 20
RESTED = 3
ANSWER_S = 5.0
STUCK_S = 30.0
LAUNCHES = 3
MEMORY_BYTES = 1_500_000_000


class TabError(Exception):
    """A page used up its budget or crashed its tab, twice, the second time alone in the browser."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


class _TabLostError(Exception):
    """A tab ended before its job: by its page's fault, or else with the browser."""

    def __init__(self, fault: Fault | None, told: str = "") -> None:
        super().__init__(told or fault)
        self.fault: Fault | None = fault


class BrowserThread:
    """Runs jobs in tabs of one browser; safe from any thread. Starts the browser at the first job.

    Args:
        tabs: how many at most.
        budget_s: processor time that a job's page may take.
        executable: the browser, or None to look for one.
    """

    def __init__(self, *, tabs: int, budget_s: float, executable: str | None = None) -> None:
        self._tabs, self._budget_s, self._executable = tabs, budget_s, executable
        self._folder = Path(tempfile.mkdtemp(prefix="eyesmith-browser-"))
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._browser: Chromium | None = None
        self._idle: list[Tab] = []
        self._open = 0
        self._is_closed = False
        self._promised: set[Future[Any]] = set()
        self._free = asyncio.Condition()
        self._gate = Gate()
        self._launching = asyncio.Lock()
        self._thread = threading.Thread(target=self._serve, name="eyesmith-browser", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Tab], Awaitable[T]], size: Size, *, share: float = 1.0) -> "Future[T]":
        """Start a job.

        Args:
            job: what is done in a tab; asked for again where the tab is lost.
            size: of the tab.
            share: by how much it may exceed the budget.

        Returns:
            Its result, or TabError, BrowserError, MissingExtraError.
        """
        future = asyncio.run_coroutine_threadsafe(self._run(job, size, share), self._loop)
        self._promised.add(future)
        future.add_done_callback(self._promised.discard)
        return future

    def close(self) -> None:
        """End the browser and the thread, and with them what was not done yet; twice is once."""
        if self._is_closed or self._pid != os.getpid():
            return
        self._is_closed = True
        if threading.current_thread() is self._thread:  # where an owner was collected; nobody can wait here
            self._loop.create_task(self._shut()).add_done_callback(lambda _: self._loop.stop())
            return
        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(3 * CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_S)
        for future in list(self._promised):
            future.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def browser_pid(self) -> int:
        """Process of the browser, 0 while there is none."""
        return 0 if self._browser is None else self._browser.helpers.get("browser", 0)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _run(self, job: Callable[[Tab], Awaitable[T]], size: Size, share: float) -> T:
        """A job; asked for again after a fault of its page or a failure of the browser.

        What was too much once is judged alone, for then all the time is its own.
        """
        budget_s = self._budget_s * share
        lost: list[_TabLostError] = []
        while True:
            is_alone = any(each.fault for each in lost)
            async with self._gate.alone() if is_alone else self._gate.beside():
                if lost:
                    await self._recovered(is_alone=is_alone)
                try:
                    return await self._once(job, size, budget_s)
                except _TabLostError as problem:
                    lost.append(problem)
                faults: list[Fault] = [each.fault for each in lost if each.fault]
                if len(faults) == FAULTS:
                    await self._recovered(is_alone=True)
                    raise TabError(faults[-1]) from None
            if len(lost) - len(faults) == FAILURES:
                raise BrowserError(f"the browser failed {FAILURES} times: {lost[-1]}") from lost[-1]

    async def _recovered(self, *, is_alone: bool) -> None:
        """Replace a browser that is dead, or that still draws what nobody waits for."""
        browser = self._browser
        if browser is None:
            return
        try:
            await asyncio.wait_for(browser.processes(), ANSWER_S)
        except Exception:
            await self._drop(browser)
            return
        drawing = browser.helpers.get("GPU", 0)
        rested = 0
        for _ in range(REST_LOOKS if is_alone and drawing else 0):
            rested = 0 if is_at_work(drawing) else rested + 1
            if rested == RESTED:
                return
            await asyncio.sleep(LOOK_S / 2)
        if is_alone and drawing:
            await self._drop(browser)

    async def _once(self, job: Callable[[Tab], Awaitable[T]], size: Size, budget_s: float) -> T:
        tab = await self._take(size)
        is_well = False
        try:
            result = await self._watched(tab, job, budget_s)
            is_well = True
            return result
        finally:
            tab.jobs += 1
            await self._give(tab, is_well=is_well and tab.jobs < JOBS_PER_TAB)

    async def _watched(self, tab: Tab, job: Callable[[Tab], Awaitable[T]], budget_s: float) -> T:
        """A job, unless its page takes more than its share of the machine.

        Processor time counts, not the clock: a busy machine is no page's fault. The process that draws serves
        all tabs, so that what it takes is only a suspicion until a page is alone.
        """
        watched = [tab.pid, self._drawing()]
        used_s, started = [cpu_s(pid) for pid in watched], time.monotonic()
        task = asyncio.ensure_future(job(tab))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=LOOK_S)
                if task.done():
                    break
                if tab.is_crashed or any(resident_bytes(pid) > MEMORY_BYTES for pid in watched):
                    raise _TabLostError("crashed")
                if any(cpu_s(pid) - before > budget_s for pid, before in zip(watched, used_s, strict=True)):
                    raise _TabLostError("too_slow")
                if time.monotonic() - started > STUCK_S + budget_s:
                    raise _TabLostError(None, f"no answer in {STUCK_S + budget_s:.0f} s")
            return task.result()
        except _TabLostError:
            raise
        except Exception as problem:
            if _is_playwrights(problem) or not self._is_up():
                fault: Fault | None = "crashed" if tab.is_crashed or "crashed" in str(problem) else None
                raise _TabLostError(fault, first_line(problem)) from problem
            raise
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=LOOK_S)

    async def _take(self, size: Size) -> Tab:
        """An idle tab of this size, or a new one; waits where all are at work."""
        if self._browser is not None and not self._browser.is_up:
            await self._drop(self._browser)
        unfit = None
        async with self._free:
            while True:
                fitting = [tab for tab in self._idle if tab.size == size and not tab.is_crashed]
                if fitting:
                    self._idle.remove(fitting[-1])  # the one used last: few tabs stay warm
                    return fitting[-1]
                if self._open < self._tabs:
                    self._open += 1
                    break
                if self._idle:
                    unfit = self._idle.pop(0)
                    break
                await self._free.wait()
        try:
            if unfit is not None:
                await unfit.close()
            return await self._opened(size)
        except BaseException:
            await self._forget()
            raise

    async def _give(self, tab: Tab, *, is_well: bool) -> None:
        if is_well and not tab.is_crashed and self._is_up():
            async with self._free:
                self._idle.append(tab)
                self._free.notify()
            return
        await tab.close()
        await self._forget()

    def _is_up(self) -> bool:
        return self._browser is not None and self._browser.is_up

    def _drawing(self) -> int:
        """Process that draws for all tabs."""
        return 0 if self._browser is None else self._browser.helpers.get("GPU", 0)

    async def _forget(self) -> None:
        async with self._free:
            self._open -= 1
            self._free.notify()

    async def _opened(self, size: Size) -> Tab:
        """A new tab; the browser is started where there is none."""
        problem: Exception | None = None
        for _ in range(LAUNCHES):
            browser = await self._launch()
            try:
                return await browser.new_tab(size)
            except Exception as failure:
                problem = failure
                await self._drop(browser)
        told = "" if problem is None else first_line(problem)
        raise BrowserError(f"the browser opens no page: {told}") from problem

    async def _launch(self) -> Chromium:
        async with self._launching:
            if self._browser is None or not self._browser.is_up:
                await self._drop(self._browser)
                if self._is_closed:
                    raise BrowserError("the renderer was closed before the page was shown")
                named = [self._executable] if self._executable else [str(path) for path in find_browsers()]
                self._browser = await Chromium.start(named, self._folder)
            return self._browser

    async def _drop(self, browser: Chromium | None) -> None:
        """Forget a browser, and all idle tabs with it; unless somebody else has done so."""
        if browser is None or browser is not self._browser:
            return
        self._browser = None
        async with self._free:
            self._open -= len(self._idle)
            self._idle.clear()
        await browser.stop()

    async def _shut(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for future in list(self._promised):
            future.cancel()
        await self._drop(self._browser)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        await self._drop(self._browser)


def _is_playwrights(problem: BaseException) -> bool:
    return type(problem).__module__.partition(".")[0] == "playwright"
