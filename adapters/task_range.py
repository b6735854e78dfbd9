"""Which tasks of a split go into a trainer's data set."""

__all__ = ["task_range"]

from ..envs.base import ToolEnv
from ..errors import UsageError


def task_range(env: ToolEnv, split: str, first: int, n: int) -> range:
    """Indices of `n` tasks from number `first` on.

    Args:
        env: whose tasks.
        split: its split.
        first: index of the first.
        n: how many, at least one.

    Raises:
        UsageError: the split has no such tasks.
    """
    most = env.num_tasks(split)
    if n < 1 or first < 0 or first + n > most:
        raise UsageError(
            f"{env.ID} has {most} tasks in {split!r}, numbers 0 to {most - 1}; asked for {n} from number "
            f"{first} on"
        )
    return range(first, first + n)
