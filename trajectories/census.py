"""A census: who is in some runs, counted from the light columns.

Reads no messages, tokens or pictures, so that choosing and counting come before anything heavy is read.
"""

__all__ = ["GRADED", "Census", "Member", "census_of", "env_of"]

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import gymnasium

from ..envs.base import ToolEnv
from ..envs.describe import make_env
from ..errors import EyesmithError
from .provenance import scrub_text
from .run import Run

GRADED = ("ok", "truncated")
"""What ended by itself; `error`, `aborted` and `drift` are the machine's failures and never taught."""

COLUMNS = (
    "group_id", "split", "difficulty", "policy", "reward", "recipe",
    "model", "backend", "versions", "git_commit",
)  # fmt: skip


class Member(NamedTuple):
    """An episode in few words; `group` is what its siblings share within one run."""

    run: str
    id: str
    group: tuple[str, str]
    sample: int
    status: str
    env_id: str
    recipe: str
    reward: float | None

    @property
    def key(self) -> tuple[str, str]:
        """Run and id: an id alone may stand in two runs."""
        return self.run, self.id

    @property
    def is_graded(self) -> bool:
        """Whether it ended by itself and has a reward."""
        return self.status in GRADED and self.reward is not None


@dataclass
class Census:
    """What was found.

    Args:
        members: every episode, in the order of the runs and of writing.
        counts: (environment, policy, split, difficulty, status) -> episodes.
        recipes: environment -> recipes that its episodes were graded by.
        models: models and their backends, as told.
        versions: package -> versions.
        commits: commits of the code that collected.
        configs: run -> its resolved config.
    """

    members: list[Member] = field(default_factory=list)
    counts: Counter[tuple[str, str, str, int | None, str]] = field(default_factory=Counter)
    totals: defaultdict[tuple[str, str, str, int | None, str], float] = field(
        default_factory=lambda: defaultdict(float)
    )
    recipes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    models: set[str] = field(default_factory=set)
    versions: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    commits: set[str] = field(default_factory=set)
    configs: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def groups(self) -> dict[tuple[str, str], list[Member]]:
        """Group -> its graded episodes, by sample; groups without any are left out."""
        found: dict[tuple[str, str], list[Member]] = {}
        for member in self.members:
            if member.is_graded:
                found.setdefault(member.group, []).append(member)
        return {group: sorted(members, key=lambda one: one.sample) for group, members in found.items()}

    def failed(self) -> Counter[str]:
        """Status -> episodes that are not graded."""
        return Counter(member.status for member in self.members if not member.is_graded)


def census_of(runs: Sequence[Run]) -> Census:
    """Count the episodes of some runs.

    Raises:
        RunError: a file is damaged.
    """
    found = Census()
    clean = lru_cache(4096)(scrub_text)
    for run in runs:
        name = run.folder.resolve().name
        found.configs[name] = run.config
        for episode in run.episodes(COLUMNS):
            policy = clean(episode.policy)
            who = (episode.env_id, policy, episode.split, episode.difficulty, episode.status)
            found.counts[who] += 1
            found.totals[who] += episode.reward or 0.0
            found.recipes[episode.env_id] |= {episode.recipe} - {""}
            model = f"{episode.model} ({episode.backend})" if episode.backend else episode.model
            found.models |= {clean(model)} - {""}
            for package, version in episode.versions.items():
                found.versions[package].add(str(version))
            found.commits |= {episode.git_commit} - {""}
            group = (name, episode.group_id or episode.id)
            found.members.append(
                Member(
                    name,
                    episode.id,
                    group,
                    episode.sample,
                    episode.status,
                    episode.env_id,
                    episode.recipe,
                    episode.reward,
                )
            )
    return found


def env_of(env_id: str) -> ToolEnv | None:
    """An environment by id, or None where it is not at hand."""
    try:
        return make_env(env_id)
    except (gymnasium.error.Error, ImportError, EyesmithError):
        return None
