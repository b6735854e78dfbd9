"""Checks of how an environment runs, from spaces to rewards.

Each check yields one line for each fault that it finds, and writes what it measured into a dict.
"""

__all__ = [
    "determinism",
    "isolation",
    "observation_schema",
    "seeds",
    "startup",
    "state_contract",
    "tasks",
    "tools",
    "vectors",
]

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import gymnasium
import jsonschema
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from ..errors import UsageError
from ..scenarios.task import Task
from ..tools.tool import ToolCall
from .actions import ACTION_FORMATS
from .base import ToolEnv
from .fingerprint import actions_of, fingerprint, order_of
from .page import faults
from .projection import project
from .subject import Skip, Subject, play

PROCESS_TIMEOUT_S = 300
VECTOR_STEPS = 3
INFO_KEYS = ("reward_components", "metrics", "task_id", "tool", "error_code", "is_infrastructure_error")


def startup(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Building, copying and closing."""
    env = subject.make()
    env.close()
    env.close()
    copy.deepcopy(subject.make())
    if subject.env_id:
        spec = gymnasium.spec(subject.env_id)
        again = EnvSpec.from_json(spec.to_json())
        if again.id != spec.id or not isinstance(spec.entry_point, str):
            yield "the spec does not survive JSON, or its entry point is no string"
    if subject.env_id and subject.env_id.split(":")[-1] != subject.cls.ID:
        yield f"the class says ID = {subject.cls.ID!r}, it is registered as {subject.env_id!r}"


def observation_schema(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Gymnasium's own checks, the page's observation table, and every observation of an expert."""
    check_env(subject.make(render_mode=None), skip_render_check=True)
    for mode in ("rgb_array", "ansi"):
        env = subject.make(render_mode=mode)
        env.reset(seed=0)
        picture = env.render()
        if mode == "rgb_array" and not (isinstance(picture, np.ndarray) and picture.dtype == np.uint8):
            yield "render() in rgb_array mode must give (H, W, 3) uint8"
        if mode == "ansi" and not isinstance(picture, str):
            yield "render() in ansi mode must give a text"
    env = subject.make()
    for task in subject.tasks:
        for turn in play(env, task):
            if not env.observation_space.contains(project(turn.parts, env.IMAGES)):
                yield f"{task.id}: an observation lies outside its space"
    yield from (line for line in faults(env) if line.startswith(("Observation", "the headings")))


def state_contract(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """The info tree: constant keys, floats, new dicts."""
    env = subject.make()
    task = subject.tasks[0]
    _, info = env.reset(options={"split": task.split, "index": task.index})
    first, infos = _shape(info), [info]
    if tuple(info) != INFO_KEYS:
        yield f"info has the keys {tuple(info)}, it must have {INFO_KEYS}"
    for action in (
        "nonsense",
        "{}",
        *(_written(call) for call in actions_of(subject.make(), task, "expert")),
    ):
        infos.append(env.step(action)[4])
        if _shape(infos[-1]) != first:
            yield f"info changed its tree after {action[:40]!r}"
    names = [*infos[0]["metrics"], *infos[0]["reward_components"]]
    if any(name.startswith("_") for name in names):
        yield "no metric or component may start with '_'"
    for name in ("metrics", "reward_components"):
        if len({id(info[name]) for info in infos}) < len(infos):
            yield f"info[{name!r}] must be a new dict each time"
    measured["metrics"] = sorted(infos[0]["metrics"])


def tools(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Declarations that are valid schemas, and the page's list of tools."""
    env = subject.make()
    for tool in env.tools:
        jsonschema.Draft202012Validator.check_schema(dict(tool.parameters))
        if not tool.description:
            yield f"tool {tool.name} has no description"
        if list(tool.signature().parameters) and not tool.docstring():
            yield f"tool {tool.name} has no docstring form"
    yield from (line for line in faults(env) if line.startswith("Tools"))
    measured["tools"] = [tool.name for tool in env.tools]


def tasks(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Tasks: what they are made of, and what never changes them."""
    env = subject.make()
    measured["splits"] = {split: env.num_tasks(split) for split in env.list_splits()}
    if len({task.id for task in subject.tasks}) < len(subject.tasks):
        yield "two tasks share an id"
    for task in subject.tasks:
        if not task.prompt.strip() or not 1 <= task.difficulty <= 5:
            yield f"{task.id}: an empty prompt, or a difficulty outside 1 to 5"
        short = [secret for secret in task.secrets if len(secret) < 4]
        if short:
            yield f"{task.id}: secrets of under 4 characters: {short}"
    yield from _loose_indices(env)
    yield from _changed_tasks(subject)


def _loose_indices(env: ToolEnv) -> Iterator[str]:
    """Indices that `get_task` takes but must refuse."""
    for split in env.list_splits():
        for index in (-1, env.num_tasks(split), True, 0.0, "0"):
            try:
                env.get_task(split, index)  # type: ignore[arg-type]
            except UsageError:
                continue
            yield f"get_task({split!r}, {index!r}) must be refused"


def _changed_tasks(subject: Subject) -> Iterator[str]:
    """Arguments that change a task although they must not."""
    formats = [name for name in ACTION_FORMATS if name != subject.kwargs["action_format"]]
    changes: list[dict[str, Any]] = [{"recipe": name} for name in subject.recipes]
    for change in [*changes, {"dense": True}, {"max_turns": 3}, {"action_format": formats[0]}]:
        other = subject.make(**change)
        for task in subject.tasks[:2]:
            if other.get_task(task.split, task.index).hash != task.hash:
                yield f"{task.id}: {change} changed the task"


def seeds(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Which task a reset begins."""
    env = subject.make()
    split = subject.tasks[0].split
    count = env.num_tasks(split)
    env.reset(options={"split": split, "index": 0})
    for seed in (0, 1, count, count + 1):
        _, info = env.reset(seed=seed)
        if info["task_id"] != env.get_task(split, seed % count).id:
            yield f"reset(seed={seed}) began {info['task_id']}"
    _, info = env.reset(seed=5, options={"split": split, "index": count - 1})
    if info["task_id"] != env.get_task(split, count - 1).id:
        yield "options must win over a seed"
    for options in (
        {"index": True},
        {"index": 0.0},
        {"index": "0"},
        {"place": 0},
        {"split": "no_such_split"},
    ):
        try:
            env.reset(options=options)
        except UsageError:
            continue
        yield f"reset(options={options}) must be refused"
    env.reset(seed=0, options={"minari_autoseed": True})


def determinism(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """The same task and calls give the same bytes: twice, after other tasks, and in two processes."""
    env, chosen = subject.make(), _few(subject)
    here: dict[tuple[str, str], str] = {}
    orders = []
    for task in chosen:
        for policy in ("expert", "noise"):
            actions = actions_of(env, task, policy)
            here[task.id, policy] = fingerprint(env, task, actions)
            if fingerprint(subject.make(), task, actions) != here[task.id, policy]:
                yield f"{task.id}: {policy} played twice gives other bytes"
            orders.append(order_of(env, task, policy, before=[t for t in chosen if t is not task]))
    measured["episodes"] = len(orders)
    if subject.cls.__module__ in ("__main__", "builtins") or "<locals>" in subject.cls.__qualname__:
        raise Skip("the class cannot be imported in another process")
    for hash_seed in ("0", "12345"):
        for (task_id, policy), there in zip(here, _elsewhere(orders, hash_seed), strict=True):
            if there != here[task_id, policy]:
                yield f"{task_id}: {policy} gives other bytes in another process (PYTHONHASHSEED={hash_seed})"


def isolation(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Two environments side by side, and one environment after another task, do not disturb each other."""
    first, *others = _few(subject)
    env, other_env = subject.make(), subject.make()
    actions = actions_of(env, first, "expert")
    alone = fingerprint(env, first, actions)
    for other in others or [first]:
        noise = iter(actions_of(other_env, other, "noise"))
        other_env.begin(other)
        interleaved = []
        for action in actions:
            interleaved.append(action)
            message = next(noise, "")
            _ = other_env.call(message) if isinstance(message, ToolCall) else other_env.say(message)
        if fingerprint(env, first, interleaved) != alone:
            yield f"{first.id} gives other bytes beside {other.id}"


def vectors(subject: Subject, measured: dict[str, Any]) -> Iterator[str]:
    """Sync and async vectors, with shared memory, give what single environments give."""
    lanes = [task for task in subject.tasks if task.split == subject.tasks[0].split][:2]
    kwargs: dict[str, Any] = subject.kwargs | {"split": lanes[0].split}
    cls = subject.cls
    single = [cls(**kwargs) for _ in lanes]
    actions = [[_written(a) for a in actions_of(subject.make(), task, "expert")] for task in lanes]
    builders: list[Any] = [(lambda: cls(**kwargs)) for _ in lanes]
    for name, made in (
        ("sync", lambda: gymnasium.vector.SyncVectorEnv(builders)),
        ("async", lambda: gymnasium.vector.AsyncVectorEnv(builders)),
        (
            "async without shared memory",
            lambda: gymnasium.vector.AsyncVectorEnv(builders, shared_memory=False),
        ),
    ):
        vector = made()
        try:
            seen = [vector.reset(seed=[task.index for task in lanes])[0]]
            wanted = [[env.reset(seed=task.index)[0] for env, task in zip(single, lanes, strict=True)]]
            for step in range(VECTOR_STEPS):
                sent = [own[step] if step < len(own) - 1 else "é 中 🙂" for own in actions]
                seen.append(vector.step(tuple(sent))[0])
                wanted.append([env.step(text)[0] for env, text in zip(single, sent, strict=True)])
            for step, (got, want) in enumerate(zip(seen, wanted, strict=True)):
                for lane, one in enumerate(want):
                    if any(not np.array_equal(got[key][lane], one[key]) for key in one):
                        yield f"{name}: observation {step} of environment {lane} differs from the single one"
        finally:
            vector.close()


def _few(subject: Subject) -> list[Task]:
    """At most three tasks for the slower checks, from as many splits as there are."""
    return subject.tasks[:: max(1, len(subject.tasks) // 3)][:3]


def _elsewhere(orders: list[dict[str, Any]], hash_seed: str) -> list[str]:
    environment = dict(os.environ) | {"PYTHONHASHSEED": hash_seed}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "eyesmith.envs.fingerprint"],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        env=environment,
        timeout=PROCESS_TIMEOUT_S,
    )
    if done.returncode:
        raise RuntimeError(f"another process could not play: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)


def _written(action: ToolCall | str) -> str:
    if isinstance(action, str):
        return action
    return json.dumps({"name": action.name, "arguments": dict(action.arguments)})


def _shape(tree: Any) -> Any:
    """A tree's keys and leaf types."""
    return {key: _shape(value) for key, value in tree.items()} if isinstance(tree, dict) else type(tree)
