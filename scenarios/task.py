"""A task: what is asked, and the key that only the grader sees.

Knows nothing of tools or rewards. `public()` is all that may leave the process.
"""

__all__ = ["Task", "task_seed"]

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any
from zlib import crc32


@dataclass(frozen=True, eq=False)
class Task:
    """One task of an environment.

    Args:
        id: `<env id>:<split>:<index>` and the arguments that shape it.
        split: its split.
        index: its index in the split.
        seed: the words that seed its generator and its episodes (see `task_seed`).
        difficulty: 1 (easy) to 5 (hard).
        prompt: what the agent is asked, plain text.
        payload: JSON-able description of the world; hidden from the agent.
        key: JSON-able answer key; hidden from the agent.
        secrets: texts of 4 characters and more that must not show before the end.
        limits: JSON-able bounds of this task, such as `{"max_turns": 6}`.
    """

    id: str
    split: str
    index: int
    seed: tuple[int, ...]
    difficulty: int
    prompt: str
    payload: Mapping[str, Any] = field(repr=False, default_factory=dict)
    key: Mapping[str, Any] = field(repr=False, default_factory=dict)
    secrets: tuple[str, ...] = field(repr=False, default=())
    limits: Mapping[str, Any] = field(default_factory=dict)

    def public(self) -> dict[str, Any]:
        """Id, split, index, difficulty and prompt: all that may leave the process."""
        return {
            "id": self.id,
            "split": self.split,
            "index": self.index,
            "difficulty": self.difficulty,
            "prompt": self.prompt,
        }

    @cached_property
    def hash(self) -> str:
        """sha256 over everything that defines the task, as hex."""
        whole = [self.public(), list(self.seed), self.payload, self.key, list(self.secrets), self.limits]
        return sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def task_seed(env_id: str, version: int, split: str, index: int) -> tuple[int, ...]:
    """Entropy words of a task's generator, for `numpy.random.SeedSequence`.

    >>> task_seed("eyesmith/ZoomQA-v0", 0, "train", 3)[1:]
    (0, 1550247075, 3)
    """
    return (crc32(env_id.encode()), version, crc32(split.encode()), index)
