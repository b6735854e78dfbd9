"""One recorded episode, graded again: played again, or by its parts alone.

Knows no files: it takes a record and an environment, or a recipe, and gives the grade and what differs.
"""

__all__ = ["Regraded", "act_again", "by_parts", "played_again"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose

from ..envs.base import ToolEnv
from ..envs.inner import MAX_PENALTY
from ..envs.turn import Turn
from ..errors import UsageError
from ..rewards.recipe import Recipe
from ..scenarios.task import Task
from ..tools.tool import ToolCall
from .record import Episode, TurnRecord

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Regraded:
    """The grade that an episode gets now.

    Args:
        reward: sum of the step rewards; None where it could not be graded.
        score: the recipe's value; None likewise.
        components: name -> level, penalties included.
        why: the score's reason in one line.
        differences: what is not as it was recorded, in words; empty when all is.
    """

    reward: float | None = None
    score: float | None = None
    components: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    differences: tuple[str, ...] = ()


def played_again(env: ToolEnv, episode: Episode) -> Regraded:
    """Run an episode's recorded actions and grade what comes of them.

    The text of a message is said where it was recorded, else its calls are run. What does not end by itself
    is ended for the recorded reason. Under another recipe than the recorded one only what no recipe may
    change is compared: the task, the pictures and the end.

    Args:
        env: an environment of the record's id and arguments, its recipe perhaps another.
        episode: a graded record with its turns, grade, hashes and task.

    Raises:
        InfrastructureError: the machine failed.
    """
    try:
        task = env.get_task(episode.split, episode.task_index)
    except UsageError as error:
        return Regraded(differences=(f"its task cannot be made any more: {error}",))
    if task.hash != episode.task_hash:
        return Regraded(
            differences=(
                f"its task is another one now ({episode.task_hash[:8]} recorded, {task.hash[:8]} now): "
                "the generator or the data source has changed",
            )
        )
    turns, rewards = act_again(env, task, episode)
    last = turns[-1]
    found = _ends(episode, last) + _pictures(episode, turns)
    if env.recipe.name == episode.recipe:
        found += _grades(episode, last, rewards)
    return Regraded(sum(rewards), last.score, dict(last.components), last.why, tuple(found))


def act_again(env: ToolEnv, task: Task, episode: Episode) -> tuple[list[Turn], list[float]]:
    """Run an episode's recorded actions to its end.

    Returns:
        The first turn and all that followed, and the reward of each message.
    """
    turns = [env.begin(task)]
    rewards: list[float] = []
    for recorded in episode.turns:
        answered = _act(env, recorded)
        if answered:
            turns += answered
            rewards.append(sum(turn.reward for turn in answered))
        if turns[-1].done:
            break
    if not turns[-1].done:
        turns.append(env.finish(episode.stop_reason or "finished"))
        rewards.append(turns[-1].reward)
    return turns, rewards


def by_parts(recipe: Recipe, episode: Episode) -> Regraded:
    """Compose an episode's recorded levels by a recipe; no environment takes part.

    Formula: score = recipe(levels); reward = score + max(-0.2, sum of the penalties).

    Raises:
        UsageError: the recipe takes parts that were not recorded.
    """
    levels = {component.name: component.value for component in episode.components}
    lacking = [name for name in (*recipe.parts, *recipe.penalties) if name not in levels]
    if lacking:
        raise UsageError(
            f"the recipe {recipe.name!r} takes {', '.join(lacking)}, which the run did not record: under "
            f"{episode.recipe!r} it has {', '.join(levels) or 'no parts'}. Leave --parts-only out: the "
            "episodes are then played again."
        )
    score = recipe.score({name: levels[name] for name in recipe.parts}).value
    penalty = max(-MAX_PENALTY, sum(levels[name] for name in recipe.penalties)) if recipe.penalties else 0.0
    found: list[str] = []
    if recipe.name == episode.recipe:
        found = _number("reward", episode.reward, score + penalty) + _number("score", episode.score, score)
    return Regraded(score + penalty, score, levels, episode.why, tuple(found))


def _act(env: ToolEnv, recorded: TurnRecord) -> list[Turn]:
    if recorded.text is not None:
        return env.say(recorded.text)
    turns: list[Turn] = []
    for call in recorded.calls:
        turns.append(env.call(ToolCall(call["name"], call["arguments"])))
        if turns[-1].done:
            break
    return turns


def _ends(episode: Episode, last: Turn) -> list[str]:
    status = "ok" if last.terminated else "truncated"
    was, now = f"{episode.status} ({episode.stop_reason})", f"{status} ({last.stop_reason})"
    return [] if was == now else [f"end: {was} recorded, {now} now"]


def _pictures(episode: Episode, turns: Sequence[Turn]) -> list[str]:
    shown = [image.sha256 for turn in turns for image in turn.images]
    if shown == episode.image_hashes:
        return []
    if len(shown) != len(episode.image_hashes):
        return [f"pictures: {len(episode.image_hashes)} recorded, {len(shown)} now"]
    other = [i for i, (was, now) in enumerate(zip(episode.image_hashes, shown, strict=True)) if was != now]
    return [f"pictures: {len(other)} of {len(shown)} have other pixels, first number {other[0]}"]


def _grades(episode: Episode, last: Turn, rewards: Sequence[float]) -> list[str]:
    found = _number("reward", episode.reward, sum(rewards)) + _number("score", episode.score, last.score)
    recorded = {component.name: component.value for component in episode.components}
    for name in dict.fromkeys((*recorded, *last.components)):
        found += _number(name, recorded.get(name), last.components.get(name))
    if len(rewards) != len(episode.step_rewards):
        return [*found, f"step rewards: {len(episode.step_rewards)} recorded, {len(rewards)} now"]
    for i, (was, now) in enumerate(zip(episode.step_rewards, rewards, strict=True)):
        found += _number(f"step reward {i}", was, now)
    return found


def _number(name: str, was: float | None, now: float | None) -> list[str]:
    if was is None or now is None:
        same = was is now
    else:
        same = isclose(was, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return [] if same else [f"{name}: {_shown(was)} recorded, {_shown(now)} now"]


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.12g}"
