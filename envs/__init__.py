"""Where it happens: the ToolEnv contract, environments, the registry.

Names are loaded when they are asked for, so that importing the registry imports nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..scenarios.task import Task
    from .base import ToolEnv
    from .contract import check
    from .registry import env_ids
    from .spaces import Frames, Utf8
    from .turn import Turn

__all__ = ["Frames", "Task", "ToolEnv", "Turn", "Utf8", "check", "env_ids"]

_ROOMS = {
    "Frames": ".spaces",
    "Task": "..scenarios.task",
    "ToolEnv": ".base",
    "Turn": ".turn",
    "Utf8": ".spaces",
    "check": ".contract",
    "env_ids": ".registry",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name], __package__), name)
