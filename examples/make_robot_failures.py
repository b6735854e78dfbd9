"""A data set for judges of robots: videos, instructions, and the marks 1 to 5 that the state gives them.

Run it: `python examples/make_robot_failures.py`; needs `pip install "eyesmith[robot]"`. `runs/robot_failures`
then holds `videos.parquet` (a row a rollout, frames as PNG, 0.25 s apart) and `labels.parquet` (a row an
instruction: `key` of the video, how many of its `frames` are seen, the `mark`). Successes are cut short or
asked for something else, as RoboReward (arXiv 2601.00675) makes failures; the marks are exact.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eyesmith.errors import EyesmithError
from eyesmith.scenarios.robot_failures import FRAME_TICKS, LabelledRollout, label_rollout
from eyesmith.scenarios.robot_plan import KINDS, PlanWorld, plan_task
from eyesmith.tools.robot_kinematics import TICK_S
from eyesmith.tools.robot_views import film

TASKS = 28
CAMERAS = ("front", "side")
DIFFICULTIES = 5
SALT = 2601
FRAMES = pa.list_(pa.binary())
VIDEOS = pa.schema(
    [
        ("key", pa.string()),
        ("kind", pa.string()),
        ("difficulty", pa.int8()),
        ("frame_s", pa.float32()),
        *((camera, FRAMES) for camera in CAMERAS),
    ]
)
LABELS = pa.schema(
    [
        ("key", pa.string()),
        ("frames", pa.int16()),
        ("instruction", pa.string()),
        ("mark", pa.int8()),
        ("how", pa.string()),
        ("missed", pa.list_(pa.string())),
    ]
)


def main(arguments: list[str] | None = None) -> int:
    """Write both files and say how many rows have which mark."""
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
    print(f"{asked.out}: {asked.tasks} videos, {sum(marks.values())} labels ({told})")
    return 0


def make(out: Path, tasks: int, seed: int) -> Counter[int]:
    """Write `videos.parquet` and `labels.parquet`, rollout by rollout.

    Args:
        out: folder; files of an earlier run are replaced.
        tasks: how many rollouts; kinds and difficulties take turns.
        seed: of the tasks.

    Returns:
        Mark -> number of labels.
    """
    out.mkdir(parents=True, exist_ok=True)
    marks: Counter[int] = Counter()
    with (
        pq.ParquetWriter(out / "videos.parquet", VIDEOS) as videos,
        pq.ParquetWriter(out / "labels.parquet", LABELS) as labels,
    ):
        for index in range(tasks):
            kind = KINDS[index % len(KINDS)]
            difficulty = 1 + index % DIFFICULTIES
            key, words = f"{kind}-{seed}-{index:05d}", [SALT, seed, index]
            task, world = plan_task(key, "train", index, words, difficulty, kind=kind)
            made = label_rollout(world, str(task.payload["instruction"]), key=key, seed=words)
            videos.write_table(pa.Table.from_pylist([video_row(made, world, difficulty)], VIDEOS))
            rows = label_rows(made)
            labels.write_table(pa.Table.from_pylist(rows, LABELS))
            marks.update(int(row["mark"]) for row in rows)
    return marks


def video_row(made: LabelledRollout, world: PlanWorld, difficulty: int) -> dict[str, object]:
    """The frames of a rollout, and what it is."""
    frames = film(world.shown, made.rollout.track, made.ticks, CAMERAS)
    pictures = {camera: [png(one) for one in frames[:, n]] for n, camera in enumerate(CAMERAS)}
    shown = {"key": made.key, "kind": world.kind, "difficulty": difficulty}
    return shown | {"frame_s": FRAME_TICKS * TICK_S} | pictures


def label_rows(made: LabelledRollout) -> list[dict[str, object]]:
    """The labels of a rollout."""
    return [
        {
            "key": made.key,
            "frames": row.frames,
            "instruction": row.instruction,
            "mark": row.mark,
            "how": row.how,
            "missed": list(row.missed),
        }
        for row in made.rows
    ]


def png(frame: np.ndarray) -> bytes:
    """(H, W, 3) uint8 as PNG."""
    return cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1].tobytes()


if __name__ == "__main__":
    sys.exit(main())
