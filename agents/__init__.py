"""Who acts: policies, the rollout of an episode, the collection.

Names are loaded when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .collection import CollectReport, collect
    from .config import CollectConfig
    from .playing import rollout

__all__ = ["CollectConfig", "CollectReport", "collect", "rollout"]

_ROOMS = {
    "CollectConfig": ".config",
    "CollectReport": ".collection",
    "collect": ".collection",
    "rollout": ".playing",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name], __package__), name)
