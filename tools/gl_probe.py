"""Which OpenGL draws without a screen, asked of EGL and OSMesa.

The doctor runs this file as a program, for a driver may end its process. It knows nothing of eyesmith, and
prints JSON.
"""

__all__ = ["probe"]

import json
from ctypes import CDLL, CFUNCTYPE, byref, c_char_p, c_int, c_void_p, util
from typing import Any

PLATFORM_DEVICE, PLATFORM_SURFACELESS = 0x313F, 0x31DD
SURFACE_TYPE, PBUFFER_BIT, RENDERABLE_TYPE, OPENGL_BIT, OPENGL_API = 0x3033, 0x0001, 0x3040, 0x0008, 0x30A2
NONE, GL_RENDERER, MAX_DEVICES = 0x3038, 0x1F01, 16


def probe() -> dict[str, str]:
    """What draws: library -> name of the renderer; "" where the library is there and draws nothing."""
    found = {}
    if path := util.find_library("EGL"):
        found["EGL"] = _egl(path)
    if util.find_library("OSMesa"):
        found["OSMesa"] = "llvmpipe"
    if util.find_library("GL"):
        found["GL"] = "there"
    return found


def _egl(path: str) -> str:
    try:
        egl = CDLL(path)
    except OSError:
        return ""
    for name in ("eglGetProcAddress", "eglCreateContext", "eglCreatePbufferSurface"):
        getattr(egl, name).restype = c_void_p
    egl.eglGetProcAddress.argtypes = [c_char_p]
    names = (_renderer(egl, display) for display in _displays(egl))
    return next((name for name in names if name), "")


def _displays(egl: Any) -> list[Any]:
    """Displays of all devices, the first device first, then the one without a device."""
    get_display = _function(egl, b"eglGetPlatformDisplayEXT", c_void_p)
    query = _function(egl, b"eglQueryDevicesEXT", c_int)
    if get_display is None:
        return []
    devices, count = (c_void_p * MAX_DEVICES)(), c_int()
    if query is not None:
        query(c_int(MAX_DEVICES), devices, byref(count))
    wanted = [(PLATFORM_DEVICE, devices[i]) for i in range(count.value)] + [(PLATFORM_SURFACELESS, None)]
    displays = (get_display(c_int(kind), c_void_p(device), None) for kind, device in wanted)
    return [c_void_p(display) for display in displays if display]


def _renderer(egl: Any, display: Any) -> str:
    """Name of what draws on a display, or ""."""
    if not egl.eglInitialize(display, None, None):
        return ""
    wanted = (c_int * 5)(SURFACE_TYPE, PBUFFER_BIT, RENDERABLE_TYPE, OPENGL_BIT, NONE)
    config, count = c_void_p(), c_int()
    egl.eglChooseConfig(display, wanted, byref(config), c_int(1), byref(count))
    if not count.value or not egl.eglBindAPI(c_int(OPENGL_API)):
        return ""
    context = c_void_p(egl.eglCreateContext(display, config, None, (c_int * 1)(NONE)))
    surface = c_void_p(egl.eglCreatePbufferSurface(display, config, (c_int * 1)(NONE)))
    if not context or not egl.eglMakeCurrent(display, surface, surface, context):
        return ""
    get_string = _function(egl, b"glGetString", c_char_p)
    name = get_string(c_int(GL_RENDERER)) if get_string is not None else None
    return (name or b"").decode(errors="replace")


def _function(egl: Any, name: bytes, result: Any) -> Any:
    address = egl.eglGetProcAddress(name)
    return CFUNCTYPE(result)(address) if address else None


if __name__ == "__main__":
    print(json.dumps(probe()))
