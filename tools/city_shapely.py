"""shapely, loaded when it is first used, or what installs it.

A city can be listed and described without it.
"""

__all__ = ["shapely"]

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtraError

if TYPE_CHECKING:
    import shapely
else:

    class _Shapely:
        """Looks like the module; keeps each name that was asked for."""

        def __getattr__(self, name: str) -> Any:
            try:
                value = getattr(import_module("shapely"), name)
            except ImportError as error:
                raise MissingExtraError('A city needs shapely: pip install "eyesmith[city]"') from error
            setattr(self, name, value)
            return value

    shapely = _Shapely()
