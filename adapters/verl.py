"""verl: tasks as a parquet file, and what names our agent loop to it.

The loop itself is `verl_loop.EyesmithLoop`, which needs verl; what is written here does not.
"""

__all__ = ["AGENT", "write_verl"]

import json
from pathlib import Path
from typing import Any

from ..envs.describe import make_env
from ..trajectories.seal import write_atomically
from .task_range import task_range

AGENT = "eyesmith"
LOOPS = "agent_loops.yaml"
LOOP = "eyesmith.adapters.verl_loop.EyesmithLoop"


def write_verl(
    env_id: str, out: Path | str, *, split: str = "train", n: int = 64, first: int = 0, **kwargs: Any
) -> Path:
    """Write tasks as verl's RLHFDataset reads them, and `agent_loops.yaml` beside them.

    A row names its task, from which the loop makes the whole conversation; `prompt` is what verl measures and
    filters by, without pictures. Settings of verl: `data.train_files` is the file, `data.return_raw_chat` is
    true, `actor_rollout_ref.rollout.agent.agent_loop_config_path` is the YAML, and
    `actor_rollout_ref.rollout.multi_turn.enable` is true.

    Args:
        env_id: a registered id.
        out: folder; made if it is not there.
        split: split of the tasks.
        n: how many.
        first: index of the first.
        kwargs: of the environment.

    Returns:
        The parquet file, `out/<split>.parquet`.

    Raises:
        UsageError: no such environment or argument, or fewer tasks.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    env = make_env(env_id, **kwargs)
    try:
        rows = [_row(env, split, index, kwargs) for index in task_range(env, split, first, n)]
    finally:
        env.close()
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    path = out / f"{split}.parquet"
    write_atomically(path, sink.getvalue().to_pybytes())
    write_atomically(out / LOOPS, f"- name: {AGENT}\n  _target_: {LOOP}\n".encode())
    return path


def _row(env: Any, split: str, index: int, kwargs: dict[str, Any]) -> dict[str, Any]:
    task = env.get_task(split, index)
    said = [{"role": "system", "content": env.system_prompt}] if env.system_prompt else []
    order = {"env": env.ID, "kwargs": kwargs, "split": split, "index": index, "task_hash": task.hash}
    return {
        "data_source": env.ID,
        "agent_name": AGENT,
        "prompt": [*said, {"role": "user", "content": task.prompt}],
        "reward_model": {"style": "rule", "ground_truth": ""},  # the environment grades
        "extra_info": {"split": split, "index": index},
        AGENT: json.dumps(order, sort_keys=True),
    }
