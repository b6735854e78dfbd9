"""Do the rewards teach? A tiny model with eyes imitates an expert until it is half as good, then GRPO.

Run it: `python examples/learn_swatch/prove.py --out runs/prove` (`make prove`). Each seed builds a model from
random weights, lets it imitate episodes that `eyesmith export` wrote, and trains it on the kind `swatch` of
ZoomQA as `eyesmith train grpo` does; the control is trained likewise, with the rewards of each group dealt
out anew. All are measured on the same tasks of the split `test`, which nothing was trained or chosen on. What
is done already is not done again. `--smoke` runs all of it in two minutes, too small to learn anything.
"""

import argparse
import json
import runpy
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from curves import draw_curves
from imitation import Lessons, imitate
from scipy.stats import binomtest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.collection import collect
from eyesmith.agents.config import CollectConfig
from eyesmith.agents.grpo import train
from eyesmith.agents.grpo_config import GrpoConfig
from eyesmith.agents.grpo_learner import Learner
from eyesmith.agents.results import results_of
from eyesmith.agents.statistics import share_interval
from eyesmith.trajectories.export import export
from eyesmith.trajectories.run import Run

make_tiny = runpy.run_path(str(Path(__file__).parent.parent / "tiny_models.py"))["make_tiny"]

ENV = "eyesmith/ZoomQA-v0"
# Index of the first task of the split `train`: of the expert, and of deciding when to stop imitating.
LESSON_TASKS, HELD_OUT_TASKS = 10_000, 20_000
LEADS = ((8, 200), (200, 220), (220, 800), (800, 800))  # tokens before a call, phase by phase
RATE, WARMUP, WEIGHT_DECAY = 3e-3, 20, 0.01
GREEDY = 0.0
SOLVED = 0.5  # score of a right answer at least
STAGES = ("untrained", "sft", "grpo", "control")


@dataclass(frozen=True)
class Size:
    """How much of everything.

    Args:
        lessons: episodes of the expert.
        phases: updates of each of LEADS; the last is repeated.
        chunk: updates of a repetition.
        stop: success on held-out tasks from which on nothing is imitated any more.
        most: updates at most.
        held_out: tasks that decide it.
        steps: of GRPO.
        groups: of a step.
        group: episodes of a task.
        tasks: of the split `train`, gone round in by GRPO.
        minibatches: updates of a step.
        warmup: steps in which the rate rises.
        rate: of GRPO's optimizer.
        test: tasks of the split `test`.
        eval_every: steps of GRPO between two measurements.
    """

    lessons: int = 400
    phases: tuple[int, ...] = (60, 250, 40)
    chunk: int = 5
    stop: float = 0.4
    most: int = 900
    held_out: int = 48
    steps: int = 24
    groups: int = 6
    group: int = 8
    tasks: int = 48
    minibatches: int = 2
    warmup: int = 4
    rate: float = 3e-4
    test: int = 100
    eval_every: int = 16


SMOKE = Size(
    lessons=6, phases=(4, 2, 1), chunk=1, most=8, held_out=2, steps=2, groups=2, group=2, tasks=2, test=2
)


def main() -> None:
    """Run what is owed, then write results.json and curves.png."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("runs/prove"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="two minutes, one seed")
    asked = parser.parse_args()
    size = SMOKE if asked.smoke else Size()
    proof = Proof(asked.out, size)
    proof.ask_expert()
    seeds = range(1 if asked.smoke else asked.seeds)
    found = [proof.prove(seed) for seed in seeds]
    told = {"size": asdict(size), "seeds": found, "together": together(found)}
    (asked.out / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    draw_curves([asked.out / f"seed-{seed}" for seed in seeds], asked.out / "curves.png")
    print(table(told))


class Proof:
    """The stages of a proof, in a folder.

    Args:
        out: the folder.
        size: of everything.
    """

    def __init__(self, out: Path, size: Size) -> None:
        self._out, self._size = out.resolve(), size
        self._out.mkdir(parents=True, exist_ok=True)

    def ask_expert(self) -> None:
        """Episodes of the expert, exported for imitation."""
        folder = self._out / "expert"
        if (self._out / "lessons").exists():
            return
        print(f"the expert plays {self._size.lessons} tasks", flush=True)
        asked = CollectConfig(
            env=ENV,
            env_kwargs=self._world(),
            policy="expert",
            episodes=self._size.lessons,
            group=1,
            seed=LESSON_TASKS,
            workers=1,
        )
        collect(asked, folder, resume=folder.exists())
        export(folder, "trl-sft", self._out / "lessons")

    def prove(self, seed: int) -> dict[str, Any]:
        """All stages of a seed; what they achieved."""
        folder = self._out / f"seed-{seed}"
        start = make_tiny("qwen2_5_vl", folder / "untrained", seed=seed)
        taught, imitation = self._imitate(seed, start, folder / "sft")
        models = {"untrained": start, "sft": taught}
        spent: dict[str, float] = {"sft": imitation["seconds"]}
        for name in STAGES[2:]:
            models[name], spent[name] = self._reinforce(
                seed, taught, folder / name, shuffled=name == "control"
            )
        # Training has measured before and after, as the model samples.
        evals = {
            "sft": ("grpo", 0),
            "grpo": ("grpo", self._size.steps),
            "control": ("control", self._size.steps),
        }
        sampled = {name: folder / of / "evals" / f"step-{step:05d}" for name, (of, step) in evals.items()}
        played = {
            name: {
                "sampled": sampled.get(name)
                or self._played(model, folder / "tests" / f"{name}-sampled", 1.0),
                "greedy": self._played(model, folder / "tests" / f"{name}-greedy", GREEDY),
            }
            for name, model in models.items()
        }
        found = {name: {how: _rates(run) for how, run in own.items()} for name, own in played.items()}
        gained = {how: _gained(played["sft"][how], played["grpo"][how]) for how in played["grpo"]}
        return {"seed": seed, "imitation": imitation, "seconds": spent, "test": found, "gained": gained}

    def _imitate(self, seed: int, start: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
        """Imitate until the held-out tasks are solved as often as asked; the model and how it went."""
        note = folder / "imitation.json"
        if note.exists():
            return folder / "model", json.loads(note.read_text())
        shutil.rmtree(folder, ignore_errors=True)
        began, size = time.perf_counter(), self._size
        learner = Learner(
            GrpoConfig(
                collect=self._model(start),
                learning_rate=RATE,
                warmup=WARMUP,
                weight_decay=WEIGHT_DECAY,
                micro_batch=24,
                device="cpu",
            )
        )
        lessons = Lessons(self._out / "lessons", TurnCodec.load(str(start)))
        done = 0
        for steps, lead in zip(size.phases, LEADS, strict=False):
            loss = imitate(learner, lessons, steps, lead=lead, first=done, seed=seed)
            done += steps
            print(f"seed {seed}: {done} updates of imitation, loss {loss:.3f}", flush=True)
        line: list[tuple[int, float]] = []
        while True:
            loss = imitate(learner, lessons, size.chunk, lead=LEADS[-1], first=done, seed=seed)
            done += size.chunk
            learner.save(folder / "model")
            success = self._held_out(folder / "model", folder / f"held-out-{done}")
            line.append((done, success))
            print(
                f"seed {seed}: {done} updates of imitation, loss {loss:.3f}, success on held-out tasks "
                f"{success:.0%}",
                flush=True,
            )
            if success >= size.stop or done >= size.most:
                break
        found = {"updates": done, "held_out": line, "seconds": time.perf_counter() - began}
        note.write_text(json.dumps(found))
        return folder / "model", found

    def _held_out(self, model: Path, folder: Path) -> float:
        config = replace(
            self._model(model), episodes=self._size.held_out, group=1, split="train", seed=HELD_OUT_TASKS
        )
        collect(config, folder)
        (result,) = results_of(Run.open(folder))
        return result.overall.success

    def _reinforce(self, seed: int, model: Path, folder: Path, *, shuffled: bool) -> tuple[Path, float]:
        """Train by GRPO; the model, and seconds without the measurements."""
        size = self._size
        print(f"seed {seed}: {folder.name}, {size.steps} steps", flush=True)
        config = GrpoConfig(
            collect=replace(self._model(model), seed=seed * size.tasks),
            steps=size.steps,
            tasks=size.tasks,
            learning_rate=size.rate,
            minibatches=size.minibatches,
            warmup=size.warmup,
            micro_batch=16,
            device="cpu",
            eval_every=size.eval_every,
            eval_episodes=size.test,
            eval_temperature=1.0,
            checkpoint_every=size.eval_every,
            shuffled=shuffled,
        )
        report = train(config, folder, resume=folder.exists(), told=_say)
        return folder / "model", sum(line["collect_s"] + line["learn_s"] for line in report.lines)

    def _played(self, model: Path, folder: Path, temperature: float) -> Path:
        """The test tasks, played."""
        config = replace(
            self._model(model),
            episodes=self._size.test,
            group=1,
            split="test",
            seed=0,
            temperature=temperature,
        )
        collect(config, folder, resume=folder.exists())
        return folder

    def _model(self, model: Path) -> CollectConfig:
        size = self._size
        return CollectConfig(
            env=ENV,
            env_kwargs=self._world(),
            model=str(model),
            backend="transformers",
            engine={"threads": 1, "dtype": "float32", "device": "cpu"},
            context=4096,
            max_tokens=64,
            episodes=size.groups * size.group,
            group=size.group,
            concurrency=64,
            workers=1,
        )

    def _world(self) -> dict[str, Any]:
        return {
            "kind": "swatch",
            "difficulty": 1,
            "max_turns": 4,
            "cache_dir": str(self._out / "worlds"),
        }


def _rates(folder: Path) -> dict[str, Any]:
    (result,) = results_of(Run.open(folder))
    rates = result.overall
    return {
        "tasks": rates.tasks,
        "success": rates.success,
        "interval": list(rates.success_interval or ()),
        "reward": rates.reward,
        "turns": rates.turns,
    }


def _gained(before: Path, after: Path) -> list[int]:
    """Tasks that only the one behind solves, and tasks that only the one before did."""
    one, other = (
        {episode.task_index for episode in Run.open(run).episodes() if (episode.score or 0.0) >= SOLVED}
        for run in (before, after)
    )
    return [len(other - one), len(one - other)]


def together(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Success of each stage over all seeds, with the interval of all their episodes."""
    whole: dict[str, Any] = {}
    for stage in STAGES:
        whole[stage] = {}
        for how in ("sampled", "greedy"):
            each = [seed["test"][stage][how] for seed in found]
            episodes = sum(one["tasks"] for one in each)
            solved = round(sum(one["success"] * one["tasks"] for one in each))
            shares = [1.0] * solved + [0.0] * (episodes - solved)
            whole[stage][how] = {
                "episodes": episodes,
                "success": solved / episodes,
                "interval": list(share_interval(shares, episodes) or ()),
                "reward": sum(one["reward"] for one in each) / len(each),
            }
    return whole


def table(told: Mapping[str, Any]) -> str:
    """The results as a table of Markdown."""
    seeds = [f"seed {one['seed']}" for one in told["seeds"]]
    lines = [
        f"| model | sampled, all (95 %) | {' | '.join(seeds)} | greedy, all (95 %) | reward, sampled |",
        "|---|---|" + "---|" * (len(seeds) + 2),
    ]
    for stage in STAGES:
        sampled, greedy = told["together"][stage]["sampled"], told["together"][stage]["greedy"]
        own = [f"{one['test'][stage]['sampled']['success']:.1%}" for one in told["seeds"]]
        lines.append(
            f"| {stage} | {_share(sampled)} | {' | '.join(own)} | {_share(greedy)} "
            f"| {sampled['reward']:.3f} |"
        )
    for how in ("sampled", "greedy"):
        won, lost = (sum(one["gained"][how][i] for one in told["seeds"]) for i in (0, 1))
        chance = binomtest(won, won + lost).pvalue if won + lost else 1.0
        lines.append(
            f"\n{how}, task by task: grpo wins {won} and loses {lost} to sft (sign test, p = {chance:.2g})"
        )
    return "\n".join(lines)


def _share(rate: Mapping[str, Any]) -> str:
    low, high = rate["interval"]
    return f"{rate['success']:.1%} ({low:.1%} to {high:.1%})"


def _say(line: Mapping[str, float]) -> None:
    print("  ".join(f"{name} {value:.4g}" for name, value in line.items()), flush=True)


if __name__ == "__main__":
    main()
