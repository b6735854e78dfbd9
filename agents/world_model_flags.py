"""`eyesmith eval --world-model`: its flags, and what it does."""

__all__ = ["add_world_model", "run_world_model"]

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from ..tools.robot_scene import Scene

SCENES, MOST_SCENES = 40, 10_000
CLIPS = 14
DIFFICULTY = 3
FOLDER = "runs/world-model"


def add_world_model(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    group = parser.add_argument_group("a robot's world model, in place of a policy")
    group.add_argument(
        "--world-model", metavar="NAME", help="copy-last, robot-only, nominal, exact or module:attribute"
    )
    group.add_argument("--scenes", type=int, metavar="N", help=f"how many (default {SCENES})")
    group.add_argument("--families", metavar="A,B", help="of scenes (default: those with hidden parameters)")
    group.add_argument("--clips", type=int, metavar="N", help=f"of 0.25 s a scene (default {CLIPS})")


def run_world_model(arguments: argparse.Namespace, console: "Console") -> int:
    """Evaluate a world model: print tables, write numbers and a plot into `--out`; returns the exit status.

    Raises:
        UsageError: an unknown family or model, or a number out of range.
    """
    from ..scenarios.robot_scenes import FAMILIES, HIDDEN_FAMILIES, robot_scene
    from ..tools.world_model import world_model
    from .world_models import evaluate_world_model

    if arguments.env is not None:
        raise UsageError(
            f"--world-model evaluates a model on robot scenes; it takes no environment, got {arguments.env}"
        )
    families = arguments.families.split(",") if arguments.families else list(HIDDEN_FAMILIES)
    for name in families:
        if name not in FAMILIES:
            raise UsageError(
                f"--families: of {', '.join(FAMILIES)}, got {name!r}.{did_you_mean(name, FAMILIES)}"
            )
    count = SCENES if arguments.scenes is None else arguments.scenes
    if not 1 <= count <= MOST_SCENES:
        raise UsageError(f"--scenes: 1 to {MOST_SCENES}, got {count}")
    level = getattr(arguments, "difficulty", None) or DIFFICULTY
    if not 1 <= level <= 5:
        raise UsageError(f"--difficulty: 1 to 5, got {level}")
    clips = CLIPS if arguments.clips is None else arguments.clips
    with console.status("") as status:
        scenes: list[Scene] = []
        for number in range(count):
            family = families[number % len(families)]
            scenes.append(robot_scene(family, [1, number], (level - 1) / 4.0, clips=clips))
            if not number:
                world_model(arguments.world_model, scenes[0])  # one that is not there is told before all else
            status.update(f"{number + 1} of {count} scenes are made")

        def told(done: int) -> None:
            status.update(f"{arguments.world_model}: {done} of {count} scenes")

        evaluation = evaluate_world_model(arguments.world_model, scenes, progress=told)
    console.print(evaluation.table())
    for path in evaluation.write(Path(getattr(arguments, "out", None) or FOLDER)):
        console.print(f"wrote {path}", markup=False)
    return 0
