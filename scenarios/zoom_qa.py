"""Tasks of ZoomQA: seeded scenes that need a closer look.

Scenes come from `street.py`, `dashboard.py` and `swatch.py`, or from a folder of pictures (`folder.py`). A
seeded scene is taken only if its information-gap certificate holds for every vision spec, so that a task does
not depend on the model that looks at it. One task in eight of the first two kinds asks for something that is
not there. Difficulty is the generator's dial; what it changes is written in each generator.
"""

__all__ = ["KINDS", "ZoomWorld", "check_kinds", "folder_task", "seeded_task"]

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ..errors import EyesmithError, UsageError, did_you_mean
from ..rewards.answer_key import check_key
from ..tools.views import View, ViewStore
from ..tools.vision import GENERIC, QWEN2_5_VL, QWEN3_VL, VisionSpec
from .folder import Row
from .scene import Certificate, Scene, Target, certify, view_limits
from .task import Task

KINDS = ("street", "dashboard", "swatch")
ALWAYS_ANSWERABLE = ("swatch",)
UNANSWERABLE_EVERY = 8
MAX_ATTEMPTS = 12
CERTIFIED_FOR = (QWEN2_5_VL, QWEN3_VL, GENERIC)


class ZoomWorld:
    """A picture, and its first view under each vision spec; read-only, shared by episodes."""

    def __init__(self, image: np.ndarray, limits: dict[str, Any]) -> None:
        image.flags.writeable = False
        self.image = image
        self.limits = limits
        self._firsts: dict[VisionSpec, np.ndarray] = {}
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """Bytes that the world holds, first views included."""
        return self.image.nbytes + 4 * 1120 * 840 * 3

    def __deepcopy__(self, memo: dict[int, Any]) -> "ZoomWorld":
        """Itself: a world is never written, so copies of an environment share it."""
        return self

    def store(self, spec: VisionSpec) -> ViewStore:
        """A fresh store of views, the first view taken from the world."""
        with self._lock:
            store = ViewStore(self.image, spec, first=self._firsts.get(spec), **view_limits(self.limits))
            first = store.pixels("v0")
            first.flags.writeable = False
            self._firsts[spec] = first
        return store


def seeded_task(
    task_id: str, split: str, index: int, seed: Sequence[int], difficulty: int, kinds: tuple[str, ...]
) -> tuple[Task, ZoomWorld]:
    """The task of an index: its kind, whether it can be answered, and the first scene that certifies.

    Raises:
        EyesmithError: no scene certified in MAX_ATTEMPTS attempts, which is a fault of the generator.
    """
    kind = kinds[index % len(kinds)]
    answerable = (
        kind in ALWAYS_ANSWERABLE
        or (index // len(kinds)) % UNANSWERABLE_EVERY != seed[0] % UNANSWERABLE_EVERY
    )
    generate = import_module(f".{kind}", __package__).generate
    told: dict[str, Any] = {} if kind in ALWAYS_ANSWERABLE else {"answerable": answerable}
    for attempt in range(MAX_ATTEMPTS):
        rng = np.random.default_rng(np.random.SeedSequence([*seed, attempt]))
        scene: Scene = generate(rng, difficulty=difficulty, **told)
        proofs = {spec.name: certify(scene, spec) for spec in CERTIFIED_FOR}
        if all(proof.holds for proof in proofs.values()):
            return _task(task_id, split, index, seed, difficulty, scene, proofs, attempt)
    raise EyesmithError(
        f"{task_id}: no {kind} scene certified in {MAX_ATTEMPTS} attempts; mend the generator"
    )


def folder_task(
    task_id: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    row: Row,
    read: Callable[[Path], np.ndarray],
) -> tuple[Task, ZoomWorld]:
    """The task of a row of a folder's question file."""
    image = read(row.path)
    height, width = image.shape[:2]
    limits: dict[str, Any] = {"max_tokens": row.max_tokens} if row.max_tokens else {}
    boxes = row.boxes or ((0.0, 0.0, float(width), float(height)),)
    for box in boxes:
        row.check_box(box, width, height)
    store = ViewStore(image, QWEN2_5_VL, **view_limits(limits))
    # Where the whole picture is the evidence, the first view shows it.
    needed = row.scale or (None if row.boxes else store.views[0].scale)
    targets = tuple(Target(box, needed or _reachable(store, box)) for box in boxes)
    return (
        Task(
            id=task_id,
            split=row.split,
            index=index,
            seed=tuple(seed),
            difficulty=row.difficulty or difficulty,
            prompt=row.prompt,
            payload={"kind": "folder", "image": row.image},
            key={"answer": row.key, "targets": _plain(targets)},
            secrets=row.secrets,
            limits=limits,
        ),
        ZoomWorld(image, limits),
    )


def check_kinds(kind: str | None) -> tuple[str, ...]:
    """The kinds of scene that an argument names; None for all.

    Raises:
        UsageError: no such kind.
    """
    if kind is None:
        return KINDS
    if kind not in KINDS:
        raise UsageError(
            f"unknown kind {kind!r}; there is: {', '.join(KINDS)}.{did_you_mean(str(kind), KINDS)}"
        )
    return (kind,)


def _task(
    task_id: str,
    split: str,
    index: int,
    seed: Sequence[int],
    difficulty: int,
    scene: Scene,
    proofs: dict[str, Certificate],
    attempt: int,
) -> tuple[Task, ZoomWorld]:
    answer = dict(scene.answer)
    if answer["type"] == "unanswerable":
        answer = {"type": "unanswerable"}
    check_key(answer)
    limits = dict(scene.limits)
    certificate = {
        name: {"first_rms": round(proof.first_rms, 3), "zoom_rms": round(proof.zoom_rms, 2)}
        for name, proof in proofs.items()
    }
    task = Task(
        id=task_id,
        split=split,
        index=index,
        seed=tuple(seed),
        difficulty=difficulty,
        prompt=scene.question,
        payload={"kind": scene.kind, "attempt": attempt, "certificate": certificate},
        key={"answer": answer, "targets": _plain(scene.targets)},
        secrets=tuple(scene.secrets),
        limits=limits,
    )
    return task, ZoomWorld(scene.image, limits)


def _plain(targets: Sequence[Target]) -> list[dict[str, Any]]:
    return [
        {"box": [float(v) for v in target.box], "scale": float(target.scale), "weight": float(target.weight)}
        for target in targets
    ]


def _reachable(store: ViewStore, box: tuple[float, float, float, float]) -> float:
    """Scale that counts as seen where a row names none: full detail, or 0.9 of what a zoom gives."""
    closest: View = store.add(box)
    return min(1.0, 0.9 * closest.scale)
