"""The command line: `eyesmith COMMAND` or `python -m eyesmith COMMAND`.

Reads arguments and prints; everything that is done is done in the rooms.
"""

__all__ = ["main"]

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import EyesmithError, JudgeError, UsageError, did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    arguments, rest = parser.parse_known_args(words)
    try:
        arguments.env_kwargs = _env_kwargs(parser, arguments, rest)
        from rich.console import Console

        return arguments.run(arguments, Console(highlight=False))
    except KeyboardInterrupt:
        hints = {"collect": " Go on with the same command and --resume."}
        hints["eval"] = " Go on with the same command, --resume and that folder as --out."
        hints["train"] = hints["collect"]
        hint = hints.get(arguments.command, "")
        print(f"\neyesmith: interrupted.{hint}", file=sys.stderr)
        return INTERRUPTED
    except UsageError as error:
        print(f"eyesmith: {error}", file=sys.stderr)
        return USAGE
    except EyesmithError as error:
        print(f"eyesmith: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return OK


def _list(arguments: argparse.Namespace, console: "Console") -> int:
    from .envs.describe import summaries

    for found in summaries():
        tasks = ", ".join(f"{split} {count:,}" for split, count in found.tasks.items())
        console.print(f"[bold]{found.id}[/bold]  {found.title}")
        for name, text in (
            ("tools", ", ".join(found.tools)),
            ("recipes", ", ".join(found.recipes)),
            ("tasks", tasks),
            ("cost", found.cost),
        ):
            console.print(f"  [dim]{name:8}[/dim]{text}")
    return OK


def _describe(arguments: argparse.Namespace, console: "Console") -> int:
    from rich.markdown import Markdown

    from .envs.describe import make_env, write_page
    from .envs.page import render_page

    if arguments.write:
        console.print(f"wrote {write_page(arguments.env).name} into docs/envs")
        return OK
    page = render_page(make_env(arguments.env, **arguments.env_kwargs)).split("\n", 2)[2]
    console.print(Markdown(page) if console.is_terminal else page, markup=False)
    return OK


def _new(arguments: argparse.Namespace, console: "Console") -> int:
    from .envs.describe import checkout
    from .envs.scaffold import scaffold

    root = checkout(Path(arguments.root).resolve()) if arguments.root else checkout()
    for path in scaffold(arguments.name, root):
        console.print(f"wrote {path.relative_to(root)}")
    console.print(f"next: eyesmith validate eyesmith/{arguments.name}-v0")
    return OK


def _play(arguments: argparse.Namespace, console: "Console") -> int:
    from .agents.play import play
    from .envs.describe import make_env

    env = make_env(arguments.env, **arguments.env_kwargs)
    split = arguments.split or env.list_splits()[0]
    index = arguments.index if arguments.seed is None else arguments.seed % env.num_tasks(split)
    task = env.get_task(split, index)
    out = Path(arguments.out) if arguments.out else None
    play(env, task, console=console, out_dir=out, opens=arguments.open)
    return OK


def _collect(arguments: argparse.Namespace, console: "Console") -> int:
    from .agents.flags import COLLECT, settings_of
    from .agents.gathering import gather

    settings = settings_of(arguments, COLLECT)
    if "out" not in settings.values:
        raise UsageError("collect needs a folder for the run: give --out DIR")
    out = Path(settings.values["out"])
    failed = gather(settings, out, console)
    console.print(f"look at them: eyesmith show {out}", markup=False)
    if failed:
        console.print("what failed is owed: the same command with --resume --retry-errors plays it again")
    return FAILED if failed else OK


def _eval(arguments: argparse.Namespace, console: "Console") -> int:
    if arguments.world_model:
        from .agents.world_model_flags import run_world_model

        return run_world_model(arguments, console)
    from .agents.evaluate import check_success, evaluate
    from .agents.flags import EVAL, settings_of
    from .agents.gathering import eval_folder, gather
    from .trajectories.folders import runs_in

    settings = settings_of(arguments, EVAL)
    success, against = (settings.values.get(name) for name in ("success", "against"))
    check_success(success)
    others = runs_in(Path(against)) if against else None
    target = str(settings.values.get("env", ""))
    if target and Path(target).is_dir():
        if settings.values.keys() - {"env", "success", "against"} or settings.env_kwargs:
            raise UsageError(
                f"{target} is a folder, which eval only reads: with it go --against and --success, and no "
                "setting of a collection. `eyesmith score` grades by another recipe"
            )
        folder = Path(target)
    else:
        folder = eval_folder(settings, target)
        console.print(f"collecting into {folder}", markup=False)
        gather(settings, folder, console)
    evaluation = evaluate(folder, success=success, against=others)
    console.print(evaluation.table())
    console.print(f"wrote {evaluation.write(folder)}", markup=False)
    return OK if evaluation.is_sound else FAILED


def _train(arguments: argparse.Namespace, console: "Console") -> int:
    from .adapters.trl_training import run_trl
    from .agents.grpo_flags import run_train

    return run_train(arguments, console, trl=run_trl)


def _score(arguments: argparse.Namespace, console: "Console") -> int:
    from .agents.env_flags import judge_of
    from .trajectories.folders import runs_in
    from .trajectories.run import Run
    from .trajectories.score import rescore

    clean, judge = True, judge_of(arguments)
    for folder in runs_in(Path(arguments.dir)):
        try:
            report = rescore(
                Run.open(folder), recipe=arguments.recipe, parts_only=arguments.parts_only, judge=judge
            )
        except JudgeError as error:
            raise UsageError(f"{error}. Nothing was written for {folder.name}") from None
        console.print(report.table())
        clean = clean and not report.differences
    return OK if clean else FAILED


def _show(arguments: argparse.Namespace, console: "Console") -> int:
    from .trajectories.folders import runs_in
    from .trajectories.pages import page_of

    folder = Path(arguments.dir)
    out = Path(arguments.out) if arguments.out else folder / "index.html"
    page = page_of(runs_in(folder), out, title=folder.resolve().name, limit=arguments.limit)
    of = f" of {page.total}" if page.total > page.shown else ""
    console.print(
        f"{page.path}  {page.shown}{of} episodes, {page.pictures} pictures, {page.size_bytes / 1e6:.1f} MB"
    )
    return OK


def _validate(arguments: argparse.Namespace, console: "Console") -> int:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from .envs.contract import validate

    with console.status("checking") as status:
        report = validate(
            arguments.env,
            tasks=arguments.n,
            kwargs=arguments.env_kwargs,
            progress=lambda check_id: status.update(check_id),
        )
    table = Table(
        title=f"{report.target}: {'passed' if report else 'FAILED'}",
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
    )
    for name in ("check", "status", "seconds"):
        table.add_column(name, no_wrap=True)
    table.add_column("measured, or what is wrong", overflow="fold")
    colours = {"pass": "green", "skip": "yellow", "fail": "red", "error": "red"}
    for finding in report.results:
        advice = [finding.remediation] if finding.remediation else []
        numbers = ", ".join(f"{name} {_told(value)}" for name, value in finding.measured.items())
        words = "\n".join([*finding.evidence[:5], *advice]) or numbers
        colour = colours[finding.status]
        status_text = f"[{colour}]{finding.status}[/{colour}]"
        table.add_row(finding.check_id, status_text, f"{finding.duration_s:.1f}", words.replace("[", "\\["))
    console.print(table)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report.as_dict(), indent=2, default=str) + "\n")
    return OK if report else FAILED


def _told(value: Any) -> str:
    """A measured value as a person reads it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_told(inner) for inner in value)
    return f"{value:,.3g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _bench(arguments: argparse.Namespace, console: "Console") -> int:
    from .bench import run

    run(arguments.pattern, arguments.json)
    return OK


def _demo(arguments: argparse.Namespace, console: "Console") -> int:
    from .agents.demo import run_demo

    reports = run_demo(Path(arguments.out), console)
    return FAILED if any(report.statuses["error"] for report in reports) else OK


def _doctor(arguments: argparse.Namespace, console: "Console") -> int:
    from .tools.doctor import run_doctor

    return run_doctor(arguments.install, console)


def _parser() -> argparse.ArgumentParser:
    from .agents.env_flags import add_env_flags, add_judge_flags
    from .agents.flags import COLLECT, EVAL, add_flags
    from .agents.grpo_flags import add_train
    from .agents.world_model_flags import add_world_model
    from .trajectories.commands import COMMANDS

    parser = argparse.ArgumentParser(
        prog="eyesmith",
        description="Environments where an agent makes or inspects something visual and is graded by rewards "
        "that can be checked.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"eyesmith {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str, *, env: bool | str = False) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.set_defaults(run=run, takes_env=bool(env), takes_model=name in ("collect", "eval"))
        if env:
            told = "environment id, such as eyesmith/ZoomQA-v0"
            told += ", or a folder of a run or of runs" if name == "eval" else ""
            made.add_argument("env", metavar="ENV", nargs="?" if env == "?" else None, help=told)
            add_env_flags(made)
        return made

    command("list", _list, "list the environments")
    one = command("describe", _describe, "print an environment's page", env=True)
    one.add_argument("--write", action="store_true", help="write the page into the checkout's docs")
    one = command("new", _new, "write the files of a small working environment")
    one.add_argument("name", metavar="NAME", help="CamelCase, such as CountDots")
    one.add_argument("--root", metavar="DIR", help="checkout to write into (default: the running one)")
    one = command("play", _play, "play an environment by hand in the terminal", env=True)
    one.add_argument("--split", help="default: the environment's first")
    one.add_argument("--index", type=int, default=0, help="index of the task")
    one.add_argument("--seed", type=int, help="instead of an index: the task that reset(seed=) begins")
    one.add_argument("--out", metavar="DIR", help="folder for the images (default: a new temporary one)")
    one.add_argument("--open", action="store_true", help="open each image in the desktop's viewer")
    for name, run, text, flags in (
        ("collect", _collect, "collect episodes into a folder", COLLECT),
        ("eval", _eval, "tell how good a policy is: collect and report, or read a folder", EVAL),
    ):
        one = command(name, run, text, env="?")
        add_flags(one, flags)
        one.add_argument("--engine.K=V", dest="_", metavar="", help="any further setting of the engine")
        one.add_argument("--template.K=V", dest="_", metavar="", help="any argument of the chat template")
        if name == "eval":
            add_world_model(one)
    one = command("train", _train, "train a model on the episodes that it plays")
    one.set_defaults(takes_env=True, takes_model=True)
    add_train(one)
    add_env_flags(one)
    one = command("score", _score, "play recorded episodes again and grade them again")
    one.add_argument("dir", metavar="DIR")
    one.add_argument("--recipe", help="grade by another recipe")
    one.add_argument("--parts-only", action="store_true", help="recompute from recorded parts, play nothing")
    add_judge_flags(one)
    one = command("show", _show, "write one HTML page of a run, or of a folder of runs")
    one.add_argument("dir", metavar="DIR")
    one.add_argument("--limit", type=int, default=200, help="most episodes on the page (default 200)")
    one.add_argument("--out", metavar="PATH", help="the page (default DIR/index.html)")
    for name, (text, add, run) in COMMANDS.items():
        add(command(name, run, text))
    one = command("validate", _validate, "check that an environment keeps the contract", env=True)
    one.add_argument("-n", type=int, default=5, metavar="TASKS", help="tasks tried in each split (default 5)")
    one.add_argument("--json", metavar="FILE", help="write the report in the schema of OpenEnv's RFC 008")
    one = command("bench", _bench, "measure against peers")
    one.add_argument("pattern", nargs="?", help="rows to run, such as 'zoom.*'")
    one.add_argument("--json", metavar="FILE", help="write the rows")
    one = command("demo", _demo, "collect with scripted policies and write a page")
    one.add_argument("--out", default="runs/demo", metavar="DIR")
    one = command("doctor", _doctor, "say what is installed, what is missing and what mends it")
    one.add_argument("--install", choices=["browser", "gl"], help="install it")
    return parser


def _env_kwargs(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, rest: list[str]
) -> dict[str, Any]:
    """Arguments of the environment: the shared flags that were given, and every `--env.k=v`.

    What is written as `--engine.k=v` or `--template.k=v` becomes a setting of the arguments.
    """
    import yaml

    from .agents.env_flags import judge_of
    from .agents.flags import MAPPINGS

    kwargs: dict[str, Any] = {}
    into = {"env": kwargs} if arguments.takes_env else {}
    given: dict[str, dict[str, Any]] = {name: {} for name in MAPPINGS if arguments.takes_model}
    for word in rest:
        name, equals, value = word.removeprefix("--").partition("=")
        prefix, dot, key = name.partition(".")
        target = (into | given).get(prefix)
        if target is None or not (word.startswith("--") and equals and dot and key):
            flags = [flag for flag in _flags(parser, arguments.command) if flag.startswith("--")]
            raise UsageError(
                f"{arguments.command} has no argument {word!r}.{did_you_mean(word.split('=')[0], flags)}"
            )
        target[key.replace("-", "_")] = yaml.safe_load(value)
    for prefix, found in given.items():
        if found:
            setattr(arguments, MAPPINGS[prefix], found)
    if arguments.takes_env:
        given_flags = {
            "difficulty": arguments.difficulty,
            "recipe": arguments.recipe,
            "max_turns": arguments.max_turns,
        }
        kwargs |= {name: value for name, value in given_flags.items() if value is not None}
        kwargs |= {"dense": True} if arguments.dense else {}
        judge = judge_of(arguments)
        kwargs |= {"judge": judge} if judge else {}
    return kwargs


def _flags(parser: argparse.ArgumentParser, command: str) -> list[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return [flag for made in action.choices[command]._actions for flag in made.option_strings]
    return []


if __name__ == "__main__":
    sys.exit(main())
