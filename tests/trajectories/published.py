"""Runs for the tests of export and push: groups with tokens, pictures and failures, written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eyesmith.trajectories.record import Component, EncodedImage, Episode, ImageSpan, Segment, TurnRecord
from eyesmith.trajectories.run import Run

from .made import picture

ENV = "eyesmith/ZoomQA-v0"
TOOLS = [
    {"type": "function", "function": {"name": "zoom_in", "parameters": {"type": "object", "properties": {}}}}
]
CONFIG = {
    "env": ENV,
    "policy": "expert",
    "episodes": 8,
    "group": 4,
    "seed": 0,
    "env_kwargs": {"kind": "swatch"},
}


def call(name: str, number: int, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
    }


def shown(*hashes: str, text: str = "") -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": text},
        *({"type": "image", "image": one, "label": "v"} for one in hashes),
    ]


def episode(
    task: int, sample: int, grade: float, **changes: Any
) -> tuple[Episode, Mapping[str, EncodedImage]]:
    """Looks at a picture that its group shares, zooms in to one of its own, answers."""
    first, closer = picture(task), picture(1000 + 10 * task + sample)
    hashes = [first.sha256, closer.sha256]
    box = f'{{"bbox_2d": [{sample}, 0, 9, 9.5], "note": null}}'
    made = Episode(
        id=f"{ENV}:train:{task}#{sample}",
        env_id=ENV,
        task_index=task,
        sample=sample,
        status="ok",
        group_id=f"{ENV}:train:{task}",
        task_id=f"{ENV}:train:{task}",
        split="train",
        difficulty=1 + task % 5,
        policy="expert",
        stop_reason="answered",
        messages=[
            {"role": "system", "content": "You look."},
            {"role": "user", "content": shown(hashes[0], text="Which colour?")},
            call("zoom_in", 0, box),
            {
                "role": "tool",
                "tool_call_id": "call_0",
                "name": "zoom_in",
                "content": shown(hashes[1], text="view_1"),
            },
            call("answer", 1, f'{{"value": "{"red" if grade > 0.5 else "blue"}"}}'),
            {"role": "tool", "tool_call_id": "call_1", "name": "answer", "content": "done"},
        ],
        tools=TOOLS,
        image_hashes=hashes,
        turns=[
            TurnRecord(calls=[{"name": "zoom_in", "arguments": {"bbox_2d": [sample, 0, 9, 9.5]}}], text="z")
        ],
        prompt_ids=[1, 2, 7, 7],
        completion_ids=[10 + sample, 11, 7, 7, 12],
        loss_mask=[1, 1, 0, 0, 1],
        logprobs=[-0.1, -1 / 3, 0.0, 0.0, -2.5],
        engine_ids=[1, 2, 7, 10 + sample, 11, 7, 12],
        image_spans=[ImageSpan(2, 2, 0), ImageSpan(6, 2, 1)],
        segments=[Segment(prompt_ids=[5, 6], completion_ids=[7], loss_mask=[1], logprobs=[-0.5])],
        token_exact=True,
        reward=grade,
        score=grade,
        components=[Component("accuracy", grade, "gate", 1.0), Component("spam", -1 / 7, "penalty", 1.0)],
        step_rewards=[0.0, grade],
        metrics={"turns": 2.0},
        recipe="default",
        model="tiny",
        backend="vllm 0.32",
        versions={"eyesmith": "0.1.0"},
        git_commit="abc123",
    )
    return replace(made, **changes), {image.sha256: image for image in (first, closer)}


def write_run(folder: Path, rewards: Sequence[Sequence[float]], *extra: Any, seals: bool = True) -> Path:
    """A run of groups with these rewards, one task each, and further episodes as they are."""
    run = Run.create(folder, CONFIG)
    for task, group in enumerate(rewards):
        for sample, reward in enumerate(group):
            run.write(*episode(task, sample, reward))
        if seals and task == 0:
            run.seal()
    for one in extra:
        run.write(*one)
    run.close()
    return folder
