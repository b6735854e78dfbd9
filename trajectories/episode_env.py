"""The environment that an episode was played in, made again.

By the id and the arguments of the record; knows nothing of grading.
"""

__all__ = ["EnvOfEpisode", "env_class", "env_name", "recipe_of"]

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..envs.registry import entry_point
from ..errors import UsageError, did_you_mean
from ..rewards.recipe import Recipe
from .record import Episode
from .run import Run


class EnvOfEpisode:
    """Environments of recorded arguments; one is kept until an episode needs another.

    Args:
        judge: who is asked instead of the recorded judge, where a recipe asks one.
    """

    def __init__(self, judge: Mapping[str, Any] | None = None) -> None:
        self._judge = judge
        self._key = ""
        self._env: ToolEnv | None = None

    def __call__(self, run: Run, episode: Episode, recipe: str | None = None) -> ToolEnv:
        """The environment that an episode was played in, perhaps under another recipe.

        Raises:
            UsageError: no such environment or recipe.
        """
        name = env_name(run, episode)
        kwargs: dict[str, Any] = dict(episode.env_kwargs) | {"recipe": recipe or episode.recipe}
        asks = recipe_of(env_class(name), kwargs["recipe"]).needs_judge
        kwargs["judge"] = (self._judge or kwargs.get("judge")) if asks else None
        key = json.dumps([name, kwargs], sort_keys=True)
        if self._env is None or key != self._key:
            self.close()
            self._env, self._key = make_env(name, **kwargs), key
        return self._env

    def close(self) -> None:
        """Let go of the environment."""
        if self._env is not None:
            self._env.close()


def env_name(run: Run, episode: Episode) -> str:
    """The id to make an episode's environment by, with the module that registers it."""
    asked = run.config.get("env")
    return asked if isinstance(asked, str) and asked.rpartition(":")[2] == episode.env_id else episode.env_id


def env_class(name: str) -> type[ToolEnv]:
    """The class of an environment that a run names; nothing is built.

    Raises:
        UsageError: it cannot be imported, or is no eyesmith environment.
    """
    module, _, bare = name.rpartition(":")
    if module:
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(
                f"the run's environment {name!r} needs the module {module!r}, which cannot be imported "
                f"({error}): run this where collecting was run, or put its folder on PYTHONPATH"
            ) from None
    if bare not in gymnasium.registry:
        entry_point(bare)
    maker = gymnasium.spec(bare).entry_point
    made = load_env_creator(maker) if isinstance(maker, str) else maker
    if not isinstance(made, type) or not issubclass(made, ToolEnv):
        raise UsageError(f"{name} is no eyesmith environment")
    return made


def recipe_of(cls: type[ToolEnv], name: str) -> Recipe:
    """A recipe of an environment's class.

    Raises:
        UsageError: no such recipe.
    """
    if name not in cls.RECIPES:
        there = ", ".join(cls.RECIPES)
        raise UsageError(
            f"{cls.ID} has no recipe {name!r}; it has: {there}.{did_you_mean(name, cls.RECIPES)}"
        )
    return cls.RECIPES[name]
