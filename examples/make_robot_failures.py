"""A data set for judges of robots: videos, instructions, and the marks 1 to 5 that the state gives them.

Run it: `python examples/make_robot_failures.py`; needs `pip install "eyesmith[robot]"`. Then
`runs/robot_failures/train-00000.parquet` holds a row a video: frames as PNG, 0.25 s apart, `instruction` and
`mark`. Successes are cut short or asked for something else, as RoboReward (arXiv 2601.00675) makes failures;
the marks are exact. Rows of one `rollout` belong into one split.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eyesmith.errors import EyesmithError
from eyesmith.scenarios.robot_failures import RobotFailure, robot_failures
from eyesmith.scenarios.robot_plan import KINDS, plan_task
from eyesmith.tools.robot_kinematics import TICK_S
from eyesmith.tools.robot_views import film

TASKS = 14
CAMERAS = ("front", "side")
FRAME_TICKS = 5
DIFFICULTIES = 5
SALT = 2601
FILE = "train-00000.parquet"
COLUMNS = pa.schema(
    [
        ("key", pa.string()),
        ("rollout", pa.string()),
        ("kind", pa.string()),
        ("how", pa.string()),
        ("instruction", pa.string()),
        ("mark", pa.int8()),
        ("progress", pa.float32()),
        ("times_s", pa.list_(pa.float32())),
        *((camera, pa.list_(pa.binary())) for camera in CAMERAS),
    ]
)


def main(arguments: list[str] | None = None) -> int:
    """Write the file and say how many rows have which mark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/robot_failures"), metavar="DIR")
    parser.add_argument("--tasks", type=int, default=TASKS, help=f"rollouts (default {TASKS})")
    parser.add_argument("--seed", type=int, default=0, help="of the tasks (default 0)")
    asked = parser.parse_args(arguments)
    try:
        marks = make(asked.out, asked.tasks, asked.seed)
    except EyesmithError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    told = ", ".join(f"mark {mark}: {marks[mark]}" for mark in sorted(marks))
    print(f"{asked.out / FILE}: {sum(marks.values())} videos of {asked.tasks} rollouts ({told})")
    return 0


def make(out: Path, tasks: int, seed: int) -> Counter[int]:
    """Write the file, rollout by rollout.

    Args:
        out: folder; the file of an earlier run is replaced.
        tasks: how many rollouts; kinds and difficulties take turns.
        seed: of the tasks.

    Returns:
        Mark -> number of videos.
    """
    out.mkdir(parents=True, exist_ok=True)
    marks: Counter[int] = Counter()
    with pq.ParquetWriter(out / FILE, COLUMNS) as file:
        for index in range(tasks):
            kind = KINDS[index % len(KINDS)]
            name, words = f"{kind}-{seed}-{index:05d}", [SALT, seed, index]
            task, world = plan_task(name, "train", index, words, 1 + index % DIFFICULTIES, kind=kind)
            found = robot_failures(world, str(task.payload["instruction"]))
            rows = [row(one, name, kind, number) for number, one in enumerate(found)]
            file.write_table(pa.Table.from_pylist(rows, COLUMNS))
            marks.update(int(one["mark"]) for one in rows)
    return marks


def row(one: RobotFailure, rollout: str, kind: str, number: int) -> dict[str, Any]:
    """The row of a video: the last frame is the state that the mark is of."""
    ticks = sorted({*range(0, one.ticks, FRAME_TICKS), one.ticks})
    frames = film(one.scene, one.rollout.track, ticks, CAMERAS)
    return {
        "key": f"{rollout}-{number:02d}",
        "rollout": rollout,
        "kind": kind,
        "how": one.how,
        "instruction": one.instruction,
        "mark": one.mark,
        "progress": one.progress,
        "times_s": [tick * TICK_S for tick in ticks],
    } | {camera: [png(frame) for frame in frames[:, n]] for n, camera in enumerate(CAMERAS)}


def png(frame: np.ndarray) -> bytes:
    """(H, W, 3) uint8 as PNG."""
    return cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1].tobytes()


if __name__ == "__main__":
    sys.exit(main())
