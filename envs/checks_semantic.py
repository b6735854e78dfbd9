"""Checks of what an environment means: only the expert wins."""

__all__ = ["canaries", "floor", "leakage", "oracle", "replay", "verifier"]

from collections.abc import Iterator
from statistics import mean
from typing import Any

from ..tools.tool import ToolCall
from .fingerprint import actions_of
from .subject import Subject, play
from .turn import Turn

EXPERT_MEAN = 0.95
EXPERT_LOW = 0.8
FLOOR = 0.05


def oracle(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """The expert's mean is at least 0.95 and no task's score below 0.8, under the default recipe."""
    env = subject.make(recipe="default", judge=None)
    scores = {}
    for task in subject.tasks:
        turns = list(play(env, task))
        scores[task.id] = turns[-1].score or 0.0
        if not turns[-1].terminated:
            yield f"{task.id}: the expert does not end the episode ({turns[-1].stop_reason})"
        if any(turn.error for turn in turns):
            yield f"{task.id}: the expert makes a mistake: {next(t.text for t in turns if t.error)}"
    measured |= {
        "expert_mean": mean(scores.values()),
        "expert_lowest": min(scores.values()),
        "tasks": len(scores),
    }
    if measured["expert_mean"] < EXPERT_MEAN:
        yield f"the expert's mean is {measured['expert_mean']:.3f}, below {EXPERT_MEAN}"
    yield from (f"{task_id}: the expert scores {s:.3f}" for task_id, s in scores.items() if s < EXPERT_LOW)


def floor(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Doing nothing scores at most 0.05."""
    env = subject.make(recipe="default", judge=None)
    measured["do_nothing"] = mean((list(play(env, task, []))[-1].score or 0.0) for task in subject.tasks)
    if measured["do_nothing"] > FLOOR:
        yield f"doing nothing scores {measured['do_nothing']:.3f}, above {FLOOR}"


def canaries(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Every known cheat's mean stays below half of the expert's."""
    env = subject.make(recipe="default", judge=None)
    expert = mean((list(play(env, task))[-1].score or 0.0) for task in subject.tasks)
    scores: dict[str, list[float]] = {}
    for task in subject.tasks:
        env.begin(task)
        for name in env.cheats():
            env.begin(task)
            turns = list(play(env, task, _cheat(env, name)))
            scores.setdefault(name, []).append(turns[-1].score or 0.0)
    measured |= {name: mean(values) for name, values in scores.items()}
    if not scores:
        yield "cheats() names no way to cheat: think of at least one"
    for name, values in scores.items():
        if mean(values) >= expert / 2:
            yield f"the cheat {name!r} scores {mean(values):.3f}, not below half of the expert's {expert:.3f}"


def leakage(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """No secret stands in a prompt or in a tool result before the end."""
    env = subject.make()
    measured["secrets"] = sum(len(task.secrets) for task in subject.tasks)
    for task in subject.tasks:
        told = [("the prompt", task.prompt), ("the system prompt", env.system_prompt)]
        told += [(f"a result of {turn.tool}", turn.text) for turn in play(env, task) if not turn.done]
        env.begin(task)
        for name in env.cheats():
            env.begin(task)
            turns = play(env, task, _cheat(env, name))
            told += [
                (f"a result of {turn.tool}", turn.text) for turn in turns if not turn.done and not turn.error
            ]
        for where, text in told:
            for secret in task.secrets:
                if secret.casefold() in text.casefold():
                    yield f"{task.id}: {where} shows the secret {secret!r}"


def verifier(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Grading the same end twice gives the same score and reason."""
    env = subject.make()
    for task in subject.tasks:
        first, second = (list(play(env, task))[-1] for _ in range(2))
        if (first.score, first.why, dict(first.components)) != (
            second.score,
            second.why,
            dict(second.components),
        ):
            yield f"{task.id}: graded {first.score} and then {second.score}"


def replay(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """From a snapshot at any turn, going on gives what it would have given; forks share the world."""
    sizes = []
    for dense in (False, True):
        env = subject.make(dense=dense)
        for task in subject.tasks:
            actions = actions_of(env, task, "expert")
            for cut in range(len(actions)):
                env.begin(task)
                for action in actions[:cut]:
                    _do(env, action)
                blob = env.snapshot()
                sizes.append(len(blob))
                twin = env.fork(1)[0]
                told = [_told(_do(env, action)) for action in actions[cut:]]
                fresh = subject.make(dense=dense)
                fresh.restore(blob)
                if [_told(_do(fresh, action)) for action in actions[cut:]] != told:
                    yield f"{task.id}: restoring after {cut} calls and going on differs"
                if [_told(_do(twin, action)) for action in actions[cut:]] != told:
                    yield f"{task.id}: a fork after {cut} calls goes on differently"
                if twin._world is not env._world:
                    yield f"{task.id}: a fork builds the world again"
    measured["largest_snapshot_bytes"] = max(sizes)


def _cheat(env: Any, name: str) -> Iterator[ToolCall]:
    """A cheat's calls, made while its episode runs (a cheat may read what it has seen)."""
    yield from env.cheats()[name]()


def _do(env: Any, action: ToolCall | str) -> Turn:
    return env.call(action) if isinstance(action, ToolCall) else env.say(action)[-1]


def _told(turn: Turn) -> tuple[Any, ...]:
    images = tuple(image.sha256 for image in turn.images)
    return (
        turn.text,
        images,
        turn.reward,
        dict(turn.components),
        turn.score,
        turn.done,
        turn.error,
        dict(turn.metrics),
    )
