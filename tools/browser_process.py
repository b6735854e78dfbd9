"""A Chromium that runs, and the driver that speaks to it.

Knows neither jobs nor budgets: it opens tabs, says which processes it has, and ends.
"""

__all__ = ["Chromium", "first_line"]

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..errors import BrowserError, MissingExtraError
from .browser_launch import CONTEXT, FAMILIES, MEND, environment, switches, write_fonts_conf
from .browser_tab import CLOSE_S, Size, Tab

T = TypeVar("T")

LOOK_S = 0.1
LAUNCH_S = 30.0
PROFILE = b"--user-data-dir="


class Chromium:
    """One browser; made by `start`.

    Attributes:
        helpers: process by type: `browser`, `GPU` (which draws for all tabs) and others, without renderers.
    """

    def __init__(self) -> None:
        self.helpers: dict[str, int] = {}
        self._driver: Any = None
        self._browser: Any = None
        self._session: Any = None
        self._profile = ""
        self._opening = asyncio.Lock()

    @classmethod
    async def start(cls, executables: Sequence[str], folder: Path) -> "Chromium":
        """Start the first that starts.

        Args:
            executables: best first.
            folder: empty at first; stands in for the home folder.

        Raises:
            MissingExtraError: Playwright is not installed.
            BrowserError: none of them starts.
        """
        write_fonts_conf(folder)
        for place, executable in enumerate(executables, 1):
            made = cls()
            try:
                await made._start(executable, folder)
            except MissingExtraError:
                raise
            except Exception as problem:
                await made.stop()
                if place == len(executables):
                    raise _does_not_start(executable, problem) from problem
            else:
                return made
        raise BrowserError(f"there is no browser to start: {MEND}")

    @property
    def is_up(self) -> bool:
        """Whether it runs, as far as is known."""
        return self._browser is not None and self._browser.is_connected()

    async def processes(self) -> dict[int, str]:
        """Type of each of its processes."""
        info = await self._session.send("SystemInfo.getProcessInfo")
        found = {int(each["id"]): str(each["type"]) for each in info["processInfo"]}
        self.helpers = {kind: pid for pid, kind in found.items() if kind != "renderer"}
        return found

    async def new_tab(self, size: Size) -> Tab:
        """A page in a context and a process of its own."""
        return await self._while_up(self._new_tab(size))

    async def stop(self) -> None:
        """End browser and driver, at once; twice is once."""
        for pid in self.helpers.values() if self.is_up else ():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)  # asked politely, they would first finish their work
        browser, driver, self._browser, self._driver = self._browser, self._driver, None, None
        for closing in (browser and browser.close(), driver and driver.stop()):
            if closing is not None:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(closing, CLOSE_S)
        if self._profile:
            shutil.rmtree(self._profile, ignore_errors=True)

    async def _start(self, executable: str, folder: Path) -> None:
        try:
            from playwright.async_api import async_playwright
        except ImportError as missing:
            told = f"pages are rendered with Playwright, which is not installed: {MEND}"
            raise MissingExtraError(told) from missing
        self._driver = await asyncio.wait_for(async_playwright().start(), LAUNCH_S)
        self._browser = await self._driver.chromium.launch(
            executable_path=executable,
            args=switches(),
            env=environment(folder),
            chromium_sandbox=os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_S * 1e3,
        )
        self._session = await self._while_up(self._browser.new_browser_cdp_session())
        await self._while_up(self.processes())
        self._profile = _profile_of(self.helpers.get("browser", 0))

    async def _new_tab(self, size: Size) -> Tab:
        async with self._opening:  # one at a time, so that the new renderer is this tab's
            before = await self.processes()
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
            after = await self.processes()
        new = sorted(pid for pid, kind in after.items() if kind == "renderer" and pid not in before)
        return Tab(page, cdp, size, new[-1] if new else 0)

    async def _while_up(self, doing: Coroutine[Any, Any, T]) -> T:
        """Wait for the browser, no longer than it lives: what dies does not always say so."""
        task, started = asyncio.ensure_future(doing), time.monotonic()
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=LOOK_S)
                if not task.done() and not self.is_up:
                    raise BrowserError("the browser has ended")
                if time.monotonic() - started > LAUNCH_S:
                    raise BrowserError(f"no answer in {LAUNCH_S:.0f} s")
            return task.result()
        finally:
            task.cancel()


def first_line(problem: BaseException) -> str:
    """What a problem says of itself, in short."""
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


async def _abort(route: Any) -> None:
    await route.abort()


async def _dismiss(dialog: Any) -> None:
    await dialog.dismiss()


def _does_not_start(executable: str, problem: Exception) -> BrowserError:
    name = Path(executable).name
    if "No usable sandbox" in str(problem):
        return BrowserError(
            f"{name} finds no sandbox for this user and does not start without one: allow user namespaces on "
            "this machine, or run as root in a container of its own"
        )
    return BrowserError(f"{name} does not start: {first_line(problem)}. Another is installed by: {MEND}")


def _profile_of(pid: int) -> str:
    """The folder that Playwright made for a browser; a browser that was killed leaves it behind."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    named = [word[len(PROFILE) :].decode() for word in words if word.startswith(PROFILE)]
    return named[0] if named and Path(named[0]).name.startswith("playwright_") else ""
