"""OpenGL without a screen: a context for each thread that draws cities.

moderngl on EGL: a GPU where there is one, else Mesa's llvmpipe. Each thread of each process has a context of
its own, made when first needed, so that nothing is shared across a fork; all work happens inside it, so that
MuJoCo's contexts in the same process are left as they were.
"""

__all__ = ["Drawer", "drawer", "drawn", "forget", "why_none"]

import atexit
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import InfrastructureError, MissingExtraError
from .city_drawer import Drawer
from .city_gl_process import RemoteDrawer

LOCAL = threading.local()
_FAILURE = ""
_DRAWERS: "dict[threading.Thread, Drawer | RemoteDrawer]" = {}
_INHERITS_DRIVER = False
_LOCK = threading.Lock()


def drawer() -> "Drawer | RemoteDrawer | None":
    """This thread's drawer, or None where no OpenGL can be had (`why_none` says why).

    In a process that was forked from one with OpenGL it is one that draws in a process of its own.

    Raises:
        MissingExtraError: moderngl is not installed.
    """
    global _FAILURE
    kept = getattr(LOCAL, "drawer", None)
    if kept is not None and kept.process == os.getpid():
        return kept
    if _FAILURE:
        return None
    try:
        import moderngl
    except ImportError as error:
        raise MissingExtraError('Views of a city need moderngl: pip install "eyesmith[city]"') from error
    if _INHERITS_DRIVER:
        return _kept(RemoteDrawer())
    try:
        context = moderngl.create_context(
            standalone=True,
            backend="egl",  # pyright: ignore[reportArgumentType] its hint is wrong
            require=330,
        )
    except Exception as error:  # whatever a driver says, there is the painter
        _FAILURE = str(error) or type(error).__name__
        return None
    return _kept(Drawer(context))


def _kept(made: "Drawer | RemoteDrawer") -> "Drawer | RemoteDrawer":
    """The drawer as this thread's; those of threads that have ended are closed."""
    LOCAL.drawer = made
    with _LOCK:
        for thread, old in list(_DRAWERS.items()):
            if not thread.is_alive() or old.process != os.getpid():
                _DRAWERS.pop(thread).close()
        _DRAWERS[threading.current_thread()] = made
    return made


def drawn(work: Callable[["Drawer | RemoteDrawer"], np.ndarray]) -> np.ndarray | None:
    """What some work makes with this thread's drawer; None where no OpenGL can be had.

    A context that was lost meanwhile is made anew, once.

    Raises:
        MissingExtraError: moderngl is not installed.
        InfrastructureError: a new context failed as well.
    """
    failure: Exception | None = None
    for _ in range(2):
        found = drawer()
        if found is None:
            return None
        try:
            made = work(found)
            if found.is_well:
                return made
        except Exception as error:  # a lost context fails in many ways
            failure = error
        forget()
    raise InfrastructureError("OpenGL failed twice, the second time in a new context") from failure


def forget() -> None:
    """Drop this thread's context; the next picture makes a new one."""
    kept = getattr(LOCAL, "drawer", None)
    LOCAL.drawer = None
    with _LOCK:
        _DRAWERS.pop(threading.current_thread(), None)
    if kept is not None:
        kept.close()


def _forget_all() -> None:
    with _LOCK:
        left = list(_DRAWERS.values())
        _DRAWERS.clear()
    for kept in left:
        kept.close()


def why_none() -> str:
    """Why this process has no OpenGL, or ""."""
    return _FAILURE


def _after_fork() -> None:
    """In the child: another thread may have held the lock, and a driver's threads are gone."""
    global _LOCK, _INHERITS_DRIVER
    _LOCK = threading.Lock()
    _DRAWERS.clear()
    try:
        loaded = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        loaded = "libEGL"
    _INHERITS_DRIVER = "libEGL" in loaded


atexit.register(_forget_all)
os.register_at_fork(after_in_child=_after_fork)
