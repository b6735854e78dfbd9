"""shapely, or the one command that installs it."""

__all__ = ["shapely"]

from ..errors import MissingExtraError

try:
    import shapely
except ImportError as error:
    raise MissingExtraError('A city needs shapely: pip install "eyesmith[city]"') from error
