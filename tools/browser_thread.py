"""One Chromium on a thread with its own event loop, and its tabs.

Knows neither what a page says nor what is done in a tab: a job is a coroutine function that gets one.
"""

__all__ = ["BrowserThread", "Tab", "TabError"]

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import BrowserError, MissingExtraError
from .browser_gate import Gate
from .browser_launch import CONTEXT, FAMILIES, MEND, environment, find_browsers, switches, write_fonts_conf
from .browser_tab import CLOSE_S, Size, Tab, cpu_s, resident_bytes

T = TypeVar("T")
Fault = Literal["too_slow", "crashed"]

JOBS_PER_TAB = 500
FAULTS = 2
FAILURES = 3
LOOK_S = 0.1
REST_LOOKS = 10
ANSWER_S = 5.0
STUCK_S = 30.0
LAUNCH_S = 30.0
LAUNCHES = 3
MEMORY_BYTES = 1_500_000_000
PROFILE = b"--user-data-dir="


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
        self._driver: Any = None
        self._browser: Any = None
        self._session: Any = None
        self._helpers: dict[str, int] = {}
        self._idle: list[Tab] = []
        self._open = 0
        self._is_closed = False
        self._promised: set[Future[Any]] = set()
        self._profile = ""
        self._free = asyncio.Condition()
        self._gate = Gate()
        self._launching = asyncio.Lock()
        self._creating = asyncio.Lock()
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
        return self._helpers.get("browser", 0)

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
        try:
            await asyncio.wait_for(self._processes(), ANSWER_S)
        except Exception:
            await self._drop()
            return
        drawing = self._helpers.get("GPU", 0)
        for _ in range(REST_LOOKS if is_alone and drawing else 0):
            before = cpu_s(drawing)
            await asyncio.sleep(LOOK_S)
            if cpu_s(drawing) - before < LOOK_S / 2:
                return
        if is_alone and drawing:
            await self._drop()

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
        watched = [tab.pid, self._helpers.get("GPU", 0)]
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
                raise _TabLostError(fault, _first_line(problem)) from problem
            raise
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=LOOK_S)

    async def _take(self, size: Size) -> Tab:
        """An idle tab of this size, or a new one; waits where all are at work."""
        if self._browser is not None and not self._is_up():
            await self._drop()
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

    async def _forget(self) -> None:
        async with self._free:
            self._open -= 1
            self._free.notify()

    async def _opened(self, size: Size) -> Tab:
        """A new tab; the browser is started where there is none."""
        for attempt in range(LAUNCHES):
            await self._launch()
            try:
                return await asyncio.wait_for(self._new_tab(size), LAUNCH_S)
            except Exception as problem:
                if attempt + 1 == LAUNCHES:
                    raise BrowserError(f"the browser opens no page: {_first_line(problem)}") from problem
                await self._drop()
        raise AssertionError("unreachable")

    async def _new_tab(self, size: Size) -> Tab:
        async with self._creating:  # one at a time, so that the new renderer is this tab's
            before = await self._processes()
            width, height, scale = size
            context = await self._browser.new_context(
                viewport={"width": width, "height": height}, device_scale_factor=scale, **CONTEXT
            )
            await context.route(lambda url: not url.startswith("data:"), _abort)
            page = await context.new_page()
            page.on("dialog", _dismiss)
            cdp = await context.new_cdp_session(page)
            await cdp.send("Page.enable")
            await cdp.send("Page.setFontFamilies", {"fontFamilies": FAMILIES})
            after = await self._processes()
        new = sorted(pid for pid, kind in after.items() if kind == "renderer" and pid not in before)
        self._helpers = {kind: pid for pid, kind in after.items() if kind != "renderer"}
        return Tab(page, cdp, size, new[-1] if new else 0)

    async def _processes(self) -> dict[int, str]:
        info = await self._session.send("SystemInfo.getProcessInfo")
        return {int(each["id"]): str(each["type"]) for each in info["processInfo"]}

    def _is_up(self) -> bool:
        return self._browser is not None and self._browser.is_connected()

    async def _launch(self) -> None:
        async with self._launching:
            if self._is_up():
                return
            await self._drop()
            if self._is_closed:
                raise BrowserError("the renderer was closed before the page was shown")
            try:
                from playwright.async_api import async_playwright
            except ImportError as missing:
                raise MissingExtraError(
                    f"pages are rendered with Playwright, which is not installed: {MEND}"
                ) from missing
            executables = [self._executable] if self._executable else [str(path) for path in find_browsers()]
            write_fonts_conf(self._folder)
            for place, executable in enumerate(executables, 1):
                try:
                    await self._start(async_playwright, executable)
                    return
                except Exception as problem:
                    await self._drop()
                    if place == len(executables):
                        raise _does_not_start(executable, problem) from problem

    async def _start(self, async_playwright: Callable[[], Any], executable: str) -> None:
        self._driver = await asyncio.wait_for(async_playwright().start(), LAUNCH_S)
        self._browser = await self._driver.chromium.launch(
            executable_path=executable,
            args=switches(),
            env=environment(self._folder),
            chromium_sandbox=os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_S * 1e3,
        )
        self._session = await self._browser.new_browser_cdp_session()
        self._helpers = {kind: pid for pid, kind in (await self._processes()).items()}
        self._profile = _profile_of(self._helpers.get("browser", 0))

    async def _drop(self) -> None:
        """Forget browser and driver, and all idle tabs with them."""
        async with self._free:
            self._open -= len(self._idle)
            self._idle.clear()
        for pid in self._helpers.values() if self._is_up() else ():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)  # asked politely, they would first finish their work
        browser, driver, self._browser, self._driver = self._browser, self._driver, None, None
        self._helpers = {}
        for closing in (browser and browser.close(), driver and driver.stop()):
            if closing is not None:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(closing, CLOSE_S)
        if self._profile:
            shutil.rmtree(self._profile, ignore_errors=True)
            self._profile = ""

    async def _shut(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for future in list(self._promised):
            future.cancel()
        await self._drop()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        await self._drop()


async def _abort(route: Any) -> None:
    await route.abort()


async def _dismiss(dialog: Any) -> None:
    await dialog.dismiss()


def _does_not_start(executable: str, problem: Exception) -> BrowserError:
    name, told = Path(executable).name, str(problem)
    if "sandbox" in told and "No usable sandbox" in told:
        return BrowserError(
            f"{name} finds no sandbox for this user and does not start without one: allow user namespaces on "
            "this machine, or run as root in a container of its own"
        )
    return BrowserError(f"{name} does not start: {_first_line(problem)}. Another is installed by: {MEND}")


def _profile_of(pid: int) -> str:
    """The folder that Playwright made for a browser; a browser that was killed leaves it behind."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    named = [word[len(PROFILE) :].decode() for word in words if word.startswith(PROFILE)]
    return named[0] if named and Path(named[0]).name.startswith("playwright_") else ""


def _is_playwrights(problem: BaseException) -> bool:
    return type(problem).__module__.partition(".")[0] == "playwright"


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]
