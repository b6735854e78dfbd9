"""Where the browser is, and how it is started: switches and fonts.

Starts nothing itself (`browser_thread.py` does) and imports nothing heavy.
"""

__all__ = [
    "BROWSERS",
    "CONTEXT",
    "FAMILIES",
    "MEND",
    "browser_paths",
    "environment",
    "find_browser",
    "find_browsers",
    "switches",
    "write_fonts_conf",
]

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ..errors import MissingExtraError, UsageError

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PLAYWRIGHT_BROWSERS = (
    "*/chrome-linux*/*headless_shell",
    "*/chrome-*/chrome-headless-shell",
    "*/chrome-linux*/chrome",
)
MEND = "eyesmith doctor --install browser"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens

FAMILIES = {
    "standard": "Inter",
    "fixed": "JetBrains Mono",
    "serif": "Source Serif 4",
    "sansSerif": "Inter",
    "cursive": "Inter",
    "fantasy": "Inter",
}
ALIASES: Mapping[str, tuple[str, ...]] = {
    "Inter": (
        "sans-serif",
        "sans",
        "system-ui",
        "ui-sans-serif",
        "ui-rounded",
        "cursive",
        "fantasy",
        "Arial",
        "Helvetica",
        "Helvetica Neue",
        "Segoe UI",
        "Roboto",
        "Open Sans",
        "Verdana",
        "Tahoma",
        "Calibri",
        "Liberation Sans",
        "Nimbus Sans",
    ),
    "Source Serif 4": (
        "serif",
        "ui-serif",
        "Georgia",
        "Times",
        "Times New Roman",
        "Cambria",
        "Garamond",
        "Palatino",
        "Source Serif Pro",
        "Liberation Serif",
    ),
    "JetBrains Mono": (
        "monospace",
        "ui-monospace",
        "Courier",
        "Courier New",
        "Consolas",
        "Menlo",
        "Monaco",
        "SF Mono",
        "Liberation Mono",
    ),
    "Barlow Condensed": ("Arial Narrow", "Liberation Sans Narrow", "Oswald"),
}
SWITCHES = (
    "--disable-gpu",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--disable-font-subpixel-positioning",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--disable-checker-imaging",  # else a picture that is still being decoded may be missing
    "--disable-frame-rate-limit",
    "--disable-partial-raster",
    "--disable-smooth-scrolling",
    "--disable-skia-runtime-opts",
    "--blink-settings=imageAnimationPolicy=2",
    "--mute-audio",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    f"--proxy-server={NOWHERE}",
    "--proxy-bypass-list=<-loopback>",  # without it, loopback would go past the proxy
    "--js-flags=--max-old-space-size=256",
)
CONTEXT: Mapping[str, Any] = {
    "java_script_enabled": False,
    "offline": True,
    "service_workers": "block",
    "accept_downloads": False,
    "reduced_motion": "reduce",
    "color_scheme": "light",
    "forced_colors": "none",
    "locale": "en-US",
    "timezone_id": "UTC",
}
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "XDG_RUNTIME_DIR")


def find_browser() -> Path:
    """The browser to drive: EYESMITH_BROWSER, else the system's, else Playwright's own.

    Raises:
        UsageError: EYESMITH_BROWSER names no program.
        MissingExtraError: there is none; the message names the command that installs it.
    """
    return find_browsers()[0]


def find_browsers() -> list[Path]:
    """All that may be driven, best first; a stub that only tells what to install may be among them.

    Raises:
        UsageError, MissingExtraError: as `find_browser` does.
    """
    named = os.environ.get("EYESMITH_BROWSER")
    found = list(browser_paths())
    if named and shutil.which(named) is None:
        raise UsageError(f"EYESMITH_BROWSER is {named!r}, and that is no program; unset it or correct it")
    if not found:
        raise MissingExtraError(f"no Chromium is installed, and pages are rendered with it: {MEND}")
    return found[:1] if named else found


def browser_paths() -> Iterator[Path]:
    """Every browser of this machine: the one of EYESMITH_BROWSER, the smaller ones, Playwright's own."""
    named = shutil.which(os.environ.get("EYESMITH_BROWSER", ""))
    if named:
        yield Path(named)
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            yield Path(found)
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folder = Path(own) if own not in ("", "0") else Path.home() / ".cache" / "ms-playwright"
    for pattern in PLAYWRIGHT_BROWSERS:
        yield from sorted(folder.glob(pattern), reverse=True)


def switches() -> list[str]:
    """The command line of the browser."""
    return list(SWITCHES)


def environment(folder: Path) -> dict[str, str]:
    """The browser's whole environment: it sees neither keys nor settings of this user.

    Args:
        folder: holds `fonts.conf`; stands in for the home folder.
    """
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    own = {"HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return {**kept, **own, "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}


def write_fonts_conf(folder: Path) -> None:
    """Write a `fonts.conf` that knows the shipped fonts alone, with a cache of its own.

    Args:
        folder: where to write.
    """
    fonts = Path(__file__).parent / "fonts"
    rules = "".join(_alias(name, face) for face, names in ALIASES.items() for name in names)
    (folder / "fonts.conf").write_text(
        "<?xml version='1.0'?>\n<!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'>\n<fontconfig>\n"
        f"<dir>{escape(str(fonts))}</dir>\n<cachedir>{escape(str(folder / 'font-cache'))}</cachedir>\n{rules}"
        "<match target='scan'><test name='family'><string>Barlow Condensed Medium</string></test>"
        "<edit name='family' mode='append'><string>Barlow Condensed</string></edit></match>\n"
        "<match target='pattern'><edit name='family' mode='append_last'><string>DejaVu Sans</string></edit>"
        "</match>\n"
        "<match target='font'><edit name='antialias' mode='assign'><bool>true</bool></edit>"
        "<edit name='hinting' mode='assign'><bool>false</bool></edit>"
        "<edit name='autohint' mode='assign'><bool>false</bool></edit>"
        "<edit name='hintstyle' mode='assign'><const>hintnone</const></edit>"
        "<edit name='rgba' mode='assign'><const>none</const></edit>"
        "<edit name='lcdfilter' mode='assign'><const>lcdnone</const></edit></match>\n</fontconfig>\n"
    )


def _alias(name: str, face: str) -> str:
    return (
        f"<match target='pattern'><test name='family'><string>{escape(name)}</string></test>"
        f"<edit name='family' mode='assign' binding='same'><string>{face}</string></edit></match>\n"
    )
