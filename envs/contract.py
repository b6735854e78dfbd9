"""The contract, as checks that anyone can run on any environment.

`check(env)` for tests and notebooks, `validate(env_id)` for the command line; both run the same list. The
checks themselves stand in `checks_runtime.py`, `checks_reward.py` and `checks_semantic.py`.
"""

__all__ = ["CHECKS", "check", "validate"]

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from time import perf_counter
from typing import Any

import gymnasium

from ..errors import UsageError
from . import checks_reward, checks_runtime, checks_semantic
from .base import ToolEnv
from .registry import entry_point
from .report import Finding, Report
from .subject import Skip, Subject

Check = Callable[[Subject, dict[str, Any]], Iterator[str]]

# id -> (check, what the author changes to pass)
CHECKS: Mapping[str, tuple[Check, str]] = {
    "runtime.startup": (checks_runtime.startup, "constructors start nothing; specs hold plain values"),
    "runtime.observation_schema": (
        checks_runtime.observation_schema,
        "mend the observation or the page's table",
    ),
    "runtime.state_contract": (checks_runtime.state_contract, "info has one constant tree of new dicts"),
    "runtime.tool_declaration_accuracy": (
        checks_runtime.tools,
        "mend the tools, their docstrings or the page",
    ),
    "runtime.task_declaration_accuracy": (
        checks_runtime.tasks,
        "tasks depend on split, index and difficulty only",
    ),
    "runtime.seed_control": (checks_runtime.seeds, "choose tasks as DESIGN says: seed mod N, options win"),
    "runtime.episode_determinism": (
        checks_runtime.determinism,
        "draw from self.rng only; no set order, no clock",
    ),
    "runtime.episode_isolation": (checks_runtime.isolation, "keep all state in hands made by _open"),
    "runtime.vector_stepping": (checks_runtime.vectors, "observations must fit their spaces in any vector"),
    "runtime.oracle_containment": (checks_reward.containment, "hands hold only the world"),
    "runtime.reward_well_formed": (checks_reward.malformed, "answer malformed calls with a mistake()"),
    "runtime.reward_attribution": (checks_reward.rewards, "let the base pay: say levels and potential only"),
    "runtime.rubric_introspectable": (checks_reward.rubric, "mend the recipe or the page's reward tables"),
    "semantic.oracle_max": (checks_semantic.oracle, "the expert must solve every task"),
    "semantic.floor_gap": (checks_semantic.floor, "doing nothing must earn nothing"),
    "semantic.canary_floor": (checks_semantic.canaries, "gate the term that the cheat earns"),
    "semantic.no_solution_leakage": (checks_semantic.leakage, "keep secrets out of prompts and tool results"),
    "semantic.verifier_determinism": (
        checks_semantic.verifier,
        "grade from state alone, without side effects",
    ),
    "semantic.replayability": (checks_semantic.replay, "save all mutable state in _save"),
}


def validate(
    env_id: str,
    *,
    tasks: int = 5,
    kwargs: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Run every check on a registered environment.

    Args:
        env_id: its id.
        tasks: tasks tried in each split.
        kwargs: arguments of the environment.
        progress: called with each check's id before it runs.

    Raises:
        UsageError: no such environment, or arguments that it refuses.
    """
    if env_id not in gymnasium.registry:
        entry_point(env_id)
    env = gymnasium.make(env_id, disable_env_checker=True, **dict(kwargs or {}))
    return _run(env, tasks, progress, env_id)


def check(env: gymnasium.Env[Any, Any], *, tasks: int = 2) -> Report:
    """Run every check on an environment, wrapped or not, and raise if one fails.

    The environment itself is left alone: the checks build twins of it.

    Args:
        env: an eyesmith environment.
        tasks: tasks tried in each split.

    Returns:
        The report; true, since everything passed.

    Raises:
        ContractError: a check failed or broke; the message lists the evidence.
        UsageError: no eyesmith environment.
    """
    report = _run(env, tasks, None, None)
    report.raise_if_failed()
    return report


def _run(
    env: gymnasium.Env[Any, Any], tasks: int, progress: Callable[[str], None] | None, env_id: str | None
) -> Report:
    bare = env.unwrapped
    if not isinstance(bare, ToolEnv):
        raise UsageError(f"{type(bare).__name__} is no eyesmith environment: it does not extend ToolEnv")
    if type(tasks) is not int or tasks < 1:
        raise UsageError(f"tasks must be a positive integer, got {tasks!r}")
    subject = Subject(type(bare), dict(bare.kwargs), tasks, env_id)
    findings = []
    for check_id, (run, remediation) in CHECKS.items():
        if progress:
            progress(check_id)
        findings.append(_finding(subject, check_id, run, remediation))
    return Report(bare.ID, _digest(type(bare)), findings)


def _finding(subject: Subject, check_id: str, run: Check, remediation: str) -> Finding:
    started, measured = perf_counter(), dict[str, Any]()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
            evidence = list(run(subject, measured))
        status = "fail" if evidence else "pass"
    except Skip as skip:
        status, evidence = "skip", [str(skip)]
    except Exception as error:
        status, evidence = "error", [f"the check broke: {type(error).__name__}: {error}"]
    wrong = status in ("fail", "error")
    taken = perf_counter() - started
    return Finding(check_id, status, measured, evidence, remediation if wrong else None, taken)


def _digest(cls: type) -> str:
    sources = []
    for base in cls.__mro__:
        if issubclass(base, ToolEnv):
            try:
                sources.append(inspect.getsource(base))
            except (OSError, TypeError):
                sources.append(base.__qualname__)
    return sha256("\n".join(sources).encode()).hexdigest()
