"""MuJoCo, loaded with a way to draw without a screen; compiled models.

How it draws is chosen before MuJoCo is imported, because MuJoCo reads it then. Everything else of eyesmith
reaches MuJoCo through here.
"""

__all__ = ["gl_context", "load_model", "load_mujoco"]

import ctypes
import os
import sys
from ctypes.util import find_library
from functools import lru_cache
from importlib import import_module
from typing import Any

from ..errors import InfrastructureError, MissingExtraError

MODELS = 64
DRAWERS = (("egl", ("EGL", "GL")), ("osmesa", ("OSMesa",)))  # value of MUJOCO_GL, libraries it needs


@lru_cache(maxsize=1)
def load_mujoco() -> Any:
    """The module, with EGL or else OSMesa chosen for drawing, unless MUJOCO_GL says otherwise.

    Raises:
        MissingExtraError: it is not installed.
        InfrastructureError: it is, and does not start, as with settings of OpenGL that contradict each other.
    """
    is_first = "mujoco" not in sys.modules
    if is_first and not os.environ.get("MUJOCO_GL") and sys.platform.startswith("linux"):
        name = next((name for name, needs in DRAWERS if all(_loads(one) for one in needs)), None)
        if name is not None:
            os.environ["MUJOCO_GL"] = name
    try:
        import mujoco
    except ImportError as error:
        if error.name != "mujoco":
            raise InfrastructureError(f"MuJoCo is installed and cannot be imported: {error}") from error
        raise MissingExtraError('robots need MuJoCo: pip install "eyesmith[robot]"') from error
    return mujoco


def gl_context(width: int, height: int) -> Any:
    """A current OpenGL context without a screen: as MUJOCO_GL says, else EGL, else OSMesa.

    It does not matter who imported MuJoCo first, and with what in MUJOCO_GL.

    Args:
        width: px of the largest picture.
        height: of it.

    Raises:
        MissingExtraError: MuJoCo is not installed.
        InfrastructureError: neither works here.
    """
    load_mujoco()
    wanted = os.environ.get("MUJOCO_GL", "").lower()
    names = [wanted] if wanted in dict(DRAWERS) else list(dict(DRAWERS))
    told = []
    for name in names:
        try:
            made = import_module(f"mujoco.{name}").GLContext(width, height)
            made.make_current()
        except Exception as error:  # every driver fails in its own way
            told.append(f"{name}: {error!s:.200}")
        else:
            return made
    raise InfrastructureError(
        f"MuJoCo cannot draw without a screen ({'; '.join(told)}): eyesmith doctor --install gl"
    )


@lru_cache(maxsize=MODELS)
def load_model(xml: str) -> Any:
    """The compiled model of a text; shared, so never written into.

    Raises:
        InfrastructureError: MuJoCo takes the text for wrong, which is a fault of what made it.
    """
    try:
        return load_mujoco().MjModel.from_xml_string(xml)
    except ValueError as error:
        raise InfrastructureError(f"MuJoCo does not compile this model: {error}") from error


def _loads(library: str) -> bool:
    found = find_library(library)
    if found is None:
        return False
    try:
        ctypes.CDLL(found)
    except OSError:
        return False
    return True
