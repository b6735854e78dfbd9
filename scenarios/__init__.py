"""What is asked: seeded generators, hand-written sets, loaders of folders."""

from .task import Task

__all__ = ["Task"]
