"""From the episodes of a step to what each of their turns is worth.

Knows episodes, no tokens and no tensors. An episode that the machine failed, or whose tokens drifted, has no
worth: it is left out of its group and counted.
"""

__all__ = ["GROUP_RULES", "Worth", "groups_of", "is_usable", "worths"]

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..errors import UsageError
from ..rewards.advantages import per_component, per_turn
from ..rewards.groups import curiosity, direct_answer, injected_expert
from ..trajectories.record import Episode

Rewards = list[float | None]

CORRECT = 0.5  # level of the accuracy from which an answer is right
EXPERT = "expert"


@dataclass(frozen=True)
class Worth:
    """What the episodes of a step are worth.

    Args:
        advantages: id of each episode that teaches -> advantage of each of its turns.
        left_out: reason -> episodes that teach nothing.
    """

    advantages: Mapping[str, Sequence[float]]
    left_out: Mapping[str, int] = field(default_factory=dict)


def is_usable(episode: Episode) -> bool:
    """Whether an episode was graded, and its tokens are exactly those that were sampled."""
    return (
        episode.status in ("ok", "truncated")
        and episode.reward is not None
        and episode.token_exact is True
        and bool(episode.logprobs or episode.policy == EXPERT)
    )


def groups_of(episodes: Sequence[Episode]) -> list[list[Episode]]:
    """Episodes by their task, each group in the order of its samples, groups in the order of their tasks."""
    groups: dict[tuple[int, str], list[Episode]] = {}
    for episode in episodes:
        groups.setdefault((episode.task_index, episode.group_id), []).append(episode)
    return [sorted(groups[key], key=lambda each: each.sample) for key in sorted(groups)]


def worths(
    groups: Sequence[Sequence[Episode]],
    *,
    rule: str,
    advantages: str,
    formula: Callable[[Sequence[float | None]], Sequence[float | None]],
    shuffle: Random | None = None,
) -> Worth:
    """Advantages of every turn, group by group.

    Args:
        groups: of `groups_of`.
        rule: one of GROUP_RULES.
        advantages: `per-turn` and `per-component` look at the parts of a reward, all others at the whole.
        formula: of the advantages of whole rewards.
        shuffle: deals the rewards of a group out anew; None leaves them.

    Raises:
        UsageError: a rule that these episodes say nothing for.
    """
    found: dict[str, Sequence[float]] = {}
    left_out: Counter[str] = Counter()
    for group in groups:
        own = _of_group(group, rule, advantages, formula, shuffle)
        for episode, values in zip(group, own, strict=True):
            if values is not None:
                found[episode.id] = values
            else:
                left_out["the only one of its group" if is_usable(episode) else _why(episode)] += 1
    return Worth(found, dict(left_out))


def _of_group(
    group: Sequence[Episode],
    rule: str,
    advantages: str,
    formula: Callable[[Sequence[float | None]], Sequence[float | None]],
    shuffle: Random | None,
) -> Sequence[Sequence[float] | None]:
    if advantages == "per-turn":
        return per_turn([episode.step_rewards if is_usable(episode) else None for episode in group])
    if advantages == "per-component":
        whole = per_component(_components(group))
    else:
        sampled = [episode for episode in group if episode.policy != EXPERT]
        rewards = GROUP_RULES[rule](sampled)
        if shuffle is not None:
            there = [reward for reward in rewards if reward is not None]
            shuffle.shuffle(there)
            dealt = iter(there)
            rewards = [None if reward is None else next(dealt) for reward in rewards]
        for expert in group[len(sampled) :]:
            # Before the formula, so that the expert is a member like any other.
            rewards = injected_expert(rewards, expert.reward or 0.0)
        whole = formula(rewards)
    return [
        None if own is None else [own] * len(episode.turns) for own, episode in zip(whole, group, strict=True)
    ]


def _components(group: Sequence[Episode]) -> dict[str, Rewards]:
    names = [each.name for episode in group for each in episode.components if each.role != "penalty"]
    return {
        name: [_level(episode, name) if is_usable(episode) else None for episode in group]
        for name in dict.fromkeys(names)
    }


def _level(episode: Episode, name: str) -> float:
    return next((each.value for each in episode.components if each.name == name), 0.0)


def _rewards(group: Sequence[Episode]) -> Rewards:
    return [episode.reward if is_usable(episode) else None for episode in group]


def _visionthink(group: Sequence[Episode]) -> Rewards:
    return direct_answer(
        _rewards(group),
        is_correct=_correct(group),
        is_direct=[_looks(episode) == 0 for episode in group],
    )


def _pixel_reasoner(group: Sequence[Episode]) -> Rewards:
    return curiosity(
        _rewards(group),
        calls=[_looks(episode) for episode in group],
        is_correct=_correct(group),
        last_failed=[len(episode.turns) > 1 and episode.turns[-2].error != "" for episode in group],
    )


def _correct(group: Sequence[Episode]) -> list[bool]:
    graded = [episode for episode in group if is_usable(episode)]
    if any(all(each.name != "accuracy" for each in episode.components) for episode in graded):
        raise UsageError(
            "this group rule asks whether an answer was right, and the environment's recipe has no component "
            "accuracy: use it with an environment of questions, such as eyesmith/ZoomQA-v0"
        )
    return [_level(episode, "accuracy") >= CORRECT for episode in group]


def _looks(episode: Episode) -> int:
    """Calls before the one that closes the episode."""
    calls = sum(len(turn.calls) for turn in episode.turns)
    return calls - 1 if episode.status == "ok" and calls else calls


def _why(episode: Episode) -> str:
    if episode.status not in ("ok", "truncated"):
        return f"status {episode.status}"
    return "no reward" if episode.reward is None else "no exact tokens"


GROUP_RULES: Mapping[str, Callable[[Sequence[Episode]], Rewards]] = {
    "none": _rewards,
    "visionthink": _visionthink,
    "pixel-reasoner": _pixel_reasoner,
}
"""Name -> rewards of a group, None for an episode that teaches nothing."""
