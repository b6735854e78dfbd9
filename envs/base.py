"""ToolEnv: strict Gymnasium outside, tasks, turns and tool calls inside.

`reset` and `step` take and give plain arrays and texts: a projection of the turns of `inner.py`. Knows no
particular world: an environment names its hands and says how things stand (`authored.py`).
"""

__all__ = ["ToolEnv"]

from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any, ClassVar

import gymnasium

from ..errors import InfrastructureError, UsageError, did_you_mean
from .actions import MAX_ACTION_BYTES, format_hint
from .inner import InnerEnv
from .projection import choose_task, observation_space, project
from .spaces import Utf8
from .turn import Turn


class ToolEnv(InnerEnv, gymnasium.Env[dict[str, Any], str]):
    """Base of every environment.

    Args:
        split: split of tasks that no explicit reset option names.
        difficulty: 1 to 5, or None for 1 + index mod 5.
        source: None for the seeded generator, or `name:PATH` of a data source.
        recipe: name of the reward recipe.
        max_turns: calls before truncation; None takes the task's own limit.
        action_format: how a Gymnasium action is written, one of ACTION_FORMATS.
        dense: pay V_t - V_(t-1) each turn instead of the score at the end.
        judge: None, or a judge's address, for recipes that ask one.
        render_mode: None, "rgb_array" or "ansi".
        cache_dir: folder in which built worlds are kept for later processes, or None.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 2}  # type: ignore[misc]

    def __init__(
        self,
        *,
        split: str = "train",
        difficulty: int | None = None,
        source: str | None = None,
        recipe: str = "default",
        max_turns: int | None = None,
        action_format: str = "json",
        dense: bool = False,
        judge: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
        cache_dir: str | None = None,
        **own: Any,
    ) -> None:
        kwargs = dict(
            split=split,
            difficulty=difficulty,
            source=source,
            recipe=recipe,
            max_turns=max_turns,
            action_format=action_format,
            dense=dense,
            judge=judge,
            render_mode=render_mode,
            cache_dir=cache_dir,
        )
        known = _own_arguments(type(self))
        for name in own:
            if name not in known:
                there = tuple(dict.fromkeys((*kwargs, *known)))
                hint = did_you_mean(name, there)
                raise UsageError(f"{self.ID} takes no argument {name!r}; it takes: {', '.join(there)}.{hint}")
        kwargs |= own
        super().__init__(kwargs)
        self.render_mode = render_mode
        self.action_space = Utf8(MAX_ACTION_BYTES)
        self.observation_space = observation_space(self.IMAGES)
        self.last_turns: list[Turn] = []  # what the last reset or step was projected from

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin the task that seed and options choose (see DESIGN §2, "Which task")."""
        super().reset(seed=seed)
        self._split, self._index = choose_task(self, seed, options, self._split, self._index)
        turn = self._begin(*self._entry(self._split, self._index))
        self.last_turns = [turn]
        tools = "\n".join(tool.text() for tool in self.tools)
        guide = f"Tools:\n{tools}\n{format_hint(self.action_format)}"
        parts = (self.system_prompt, *turn.parts, guide) if self.system_prompt else (*turn.parts, guide)
        return project(parts, self.IMAGES), self._info(turn)

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Run an action; every text is answered with an observation.

        Raises:
            UsageError: the action is no text.
        """
        if not isinstance(action, str):
            raise UsageError(f"an action is a text, got {type(action).__name__}: send a tool call as JSON")
        try:
            turns = self.say(action)
        except InfrastructureError as error:
            return self._broken(error)
        self.last_turns = turns
        last = turns[-1]
        reward = sum(turn.reward for turn in turns)
        parts = tuple(part for turn in turns for part in turn.parts)
        error = next((turn.error for turn in turns if turn.error), "")
        info = self._info(last) | {"error_code": error}
        return project(parts, self.IMAGES), float(reward), last.terminated, last.truncated, info

    def render(self) -> Any:
        """(H, W, 3) uint8 of constant size, the last turn as text, or None without a render mode."""
        if self.render_mode == "rgb_array":
            return self._draw() if self._task is not None else None
        return self._last.text if self.render_mode == "ansi" and self._task is not None else None

    def close(self) -> None:
        """Let go of the episode; may be called twice."""
        self._task = None

    def _broken(self, error: InfrastructureError) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """The machine failed under a Gymnasium user: the episode is cut off, unpaid and marked."""
        self._over, self._stop = True, "infrastructure"
        text = f"the machine failed, not the agent ({type(error).__name__}); reset and go on"
        self._last = Turn(
            (text,),
            components=self._zero_components(),
            truncated=True,
            error="infrastructure",
            metrics=self._metrics(),
            stop_reason="infrastructure",
        )
        self.last_turns = [self._last]
        info = self._info(self._last) | {"is_infrastructure_error": True}
        return project(self._last.parts, self.IMAGES), 0.0, False, True, info

    def _info(self, turn: Turn) -> dict[str, Any]:
        return {
            "reward_components": dict(turn.components),
            "metrics": dict(turn.metrics),
            "task_id": self.task.id,
            "tool": turn.tool,
            "error_code": turn.error,
            "is_infrastructure_error": False,
        }


def _own_arguments(cls: type) -> list[str]:
    """Names that the constructors of a class and of its bases take."""
    found: dict[str, None] = {}
    for base in cls.__mro__:
        if issubclass(base, ToolEnv) and "__init__" in vars(base):
            for parameter in list(signature(base.__init__).parameters.values())[1:]:
                if parameter.kind is not Parameter.VAR_KEYWORD:
                    found[parameter.name] = None
    return list(found)
