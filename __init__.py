"""Environments where an agent makes or inspects something visual.

Importing registers every environment with Gymnasium and imports nothing heavy.
"""

from .envs.registry import env_ids, register_all

__version__ = "0.1.0"
__all__ = ["__version__", "env_ids"]

register_all()
