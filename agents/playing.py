"""The rollout: one episode, played and written down.

Plays scripted policies; they run beside the environment and need no engine.
"""

__all__ = ["rollout"]

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from ..envs.actions import Malformed
from ..envs.base import ToolEnv
from ..envs.turn import Turn
from ..scenarios.task import Task
from ..tools.tool import ToolCall
from ..trajectories.record import EncodedImage, Episode, ImageFormat
from ..trajectories.recorder import Recorder
from .scripted import scripted


def rollout(
    env: ToolEnv,
    task: Task,
    policy: str = "expert",
    *,
    sample: int = 0,
    recorded: Sequence[Mapping[str, Any]] = (),
    stop_reason: str = "",
    image_format: ImageFormat = "png",
    encoded: dict[str, EncodedImage] | None = None,
) -> tuple[Episode, dict[str, EncodedImage]]:
    """Play one episode of a task with a scripted policy.

    Args:
        env: the environment.
        task: one of its tasks.
        policy: one of `scripted.POLICIES`.
        sample: number of the episode in its group.
        recorded: turns to play again, for `replay`.
        stop_reason: with what reason to finish if the recorded turns do not end the episode.
        image_format: how images are stored.
        encoded: images encoded before, by sha256; read and added to.

    Returns:
        The episode and its images by sha256.

    Raises:
        InfrastructureError: the machine failed.
    """
    turn = env.begin(task)
    recorder = Recorder(env, task, turn, image_format=image_format, encoded=encoded)
    for action in scripted(policy, env, sample, recorded):
        started = perf_counter()
        calls, text, turns = _act(env, action)
        recorder.acted(calls, text, turns, (perf_counter() - started) * 1e3)
        turn = turns[-1]
        if turn.done:
            break
    if not turn.done:
        started = perf_counter()
        turn = env.finish(stop_reason or "policy_ended")
        recorder.finished(turn, (perf_counter() - started) * 1e3)
    identity = {
        "id": f"{task.id}#{policy}#{sample}",
        "group_id": f"{task.id}#{policy}",
        "sample": sample,
        "policy": policy,
        "env_kwargs": env.shared_kwargs(),
    }
    return recorder.episode(identity), recorder.images


def _act(env: ToolEnv, action: ToolCall | str) -> tuple[list[ToolCall], str | None, list[Turn]]:
    if isinstance(action, ToolCall):
        return [action], None, [env.call(action)]
    parsed = env.parse(action)
    return [] if isinstance(parsed, Malformed) else parsed, action, env.say(action)
