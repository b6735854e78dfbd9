"""A person plays an environment in the terminal and sees what comes back.

Knows what every environment shares and nothing of any world. Pictures are written to files; a capable
terminal shows a small preview of each.
"""

__all__ = ["play"]

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import cv2
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..envs.base import ToolEnv
from ..envs.turn import Turn
from ..errors import StorageError, did_you_mean
from ..scenarios.task import Task
from ..tools.tool import Image, ToolCall
from .preview import half_blocks
from .typed import read_call, short_form

PROMPT = "> "
COMMANDS = {
    ":help": "this help",
    ":task": "the task and the latest answer again",
    ":tools": "the tools and their arguments",
    ":undo": "take the last call back",
    ":expert": "let the expert make its next call",
    ":quit": "end the episode as it stands and see the score",
}
PREVIEW_COLUMNS, PREVIEW_ROWS = 72, 22
BAR_CHARS = 24
PREVIEW_COLOURS = ("truecolor", "256")

Read = Callable[[str], str]


def play(
    env: ToolEnv,
    task: Task,
    *,
    read: Read | None = None,
    console: Console,
    out_dir: Path | None = None,
    opens: bool = False,
) -> Turn:
    """Play one episode by hand.

    Args:
        env: the environment.
        task: one of its tasks.
        read: takes a prompt and returns a line, like `input`; raises EOFError at the end, which quits. None
            reads standard input, a terminal or a pipe.
        console: where to print.
        out_dir: folder for the pictures; None makes a temporary one and says where.
        opens: open each picture in the desktop's viewer, where there is one.

    Returns:
        The last turn, with the score.

    Raises:
        TaskError: a task of another environment.
        StorageError: a picture cannot be written.
    """
    folder = Path(mkdtemp(prefix="eyesmith-play-")) if out_dir is None else out_dir
    return _Session(env, task, read or _reader(console), console, folder, opens).run()


class _Session:
    def __init__(
        self, env: ToolEnv, task: Task, read: Read, console: Console, folder: Path, opens: bool
    ) -> None:
        self.env, self.task, self.read, self.console, self.folder = env, task, read, console, folder
        self.tools = {tool.name: tool for tool in env.tools}
        self.viewer = _viewer() if opens else None
        self.opens = opens
        self.turn = env.begin(task)
        self.number, self.paid, self.asked = 0, 0.0, 0
        self.past: list[tuple[bytes, float, int]] = []  # before each call: state, paid, calls of the expert
        self.expert: Iterator[ToolCall] | None = None

    def run(self) -> Turn:
        self._welcome()
        self._show()
        while not self.turn.done:
            try:
                line = self.read(PROMPT).strip()
            except EOFError:
                line = ":quit"
            if line.startswith(":"):
                self._command(line)
            elif line:
                call = read_call(line, self.tools)
                if isinstance(call, str):
                    self._say(f"not sent: {call}", "yellow")
                else:
                    self._call(call)
        self._grade()
        return self.turn

    def _command(self, line: str) -> None:
        if line == ":help":
            self._help()
        elif line == ":task":
            self._say(self.task.prompt, "bold")
            self._show()
        elif line == ":tools":
            self._list_tools()
        elif line == ":undo":
            self._undo()
        elif line == ":expert":
            self._ask_expert()
        elif line == ":quit":
            self._take(self.env.finish("quit"))
        else:
            self._say(
                f"there is no {line}; there is: {', '.join(COMMANDS)}.{did_you_mean(line, COMMANDS)}",
                "yellow",
            )

    def _call(self, call: ToolCall) -> None:
        self.past.append((self.env.snapshot(), self.paid, self.asked))
        self._take(self.env.call(call))

    def _take(self, turn: Turn) -> None:
        self.turn = turn
        self.number += 1
        self.paid += turn.reward
        self._show()

    def _undo(self) -> None:
        if not self.past:
            self._say("there is no call to take back", "yellow")
            return
        state, self.paid, self.asked = self.past.pop()
        self.turn = self.env.restore(state)
        self.number -= 1
        self.expert = None
        self._say("taken back", "yellow")
        self._show()

    def _ask_expert(self) -> None:
        if self.expert is None:
            self.expert = self.env.expert()
            for _ in range(self.asked):  # what it did before the last undo still stands
                next(self.expert, None)
        call = next(self.expert, None)
        if call is None:
            self._say("the expert has nothing left to do", "yellow")
            return
        self._say(f"the expert: {short_form(call)}", "cyan")
        self._call(call)
        self.asked += 1

    def _welcome(self) -> None:
        print_ = self.console.print
        print_()
        print_(
            Text.assemble(
                (self.env.ID, "bold"),
                f"  {self.task.split} {self.task.index}, difficulty {self.task.difficulty}",
            )
        )
        if self.env.system_prompt:
            self._say(self.env.system_prompt, "dim")
        self._list_tools()
        print_(f"pictures are written to {self.folder}", style="dim", markup=False, soft_wrap=True)
        if self.opens and self.viewer is None:
            self._say("--open: there is no viewer here (a desktop and xdg-open); look at the files", "yellow")
        self._say("type a call, such as", "dim", end=" ")
        self._say(_example(self.env), "cyan", end=" ")
        self._say("or :help", "dim")

    def _help(self) -> None:
        self._say(f"A call is a line: {_example(self.env)}")
        self._say('or JSON: {"name": "TOOL", "arguments": {...}}')
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, text in COMMANDS.items():
            table.add_row(Text(name, "cyan"), Text(text))
        self.console.print(table)

    def _list_tools(self) -> None:
        for tool in self.env.tools:
            self.console.print(Text.assemble((tool.name, "bold cyan"), "  ", tool.description))
            required = tool.parameters["required"]
            for name, schema in tool.parameters["properties"].items():
                mark = "" if name in required else " (optional)"
                self.console.print(Text.assemble("    ", (name, "cyan"), mark, "  ", schema["description"]))

    def _show(self) -> None:
        self.console.rule(Text(f"turn {self.number}" if self.number else "the task"), style="dim")
        for part in self.turn.parts:
            if isinstance(part, Image):
                self._show_image(part)
            else:
                self._say(part, "red" if self.turn.error else "")
        if self.turn.error:
            self._say(f"error: {self.turn.error}", "red")
        if self.number:
            self._say(f"reward so far: {self.paid:.3f}", "dim")

    def _show_image(self, image: Image) -> None:
        label = re.sub(r"[^\w.-]+", "_", image.label) or "image"
        path = self.folder / f"turn-{self.number:02d}-{label}.png"
        _, data = cv2.imencode(".png", cv2.cvtColor(image.array, cv2.COLOR_RGB2BGR))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.tobytes())
        except OSError as error:
            raise StorageError(
                f"{path} cannot be written ({error.strerror}): choose another --out"
            ) from error
        if self.console.is_terminal and self.console.color_system in PREVIEW_COLOURS:
            columns = min(self.console.width, PREVIEW_COLUMNS)
            self.console.print(half_blocks(image.array, columns=columns, rows=PREVIEW_ROWS))
        height, width = image.array.shape[:2]
        self._say(f"[{image.label}] {width}x{height} px: {path.name}", "green")
        if self.viewer is not None:
            subprocess.Popen(
                [self.viewer, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _grade(self) -> None:
        turn, recipe = self.turn, self.env.recipe
        self.console.rule(Text("the end"), style="dim")
        ended = "your closing call" if turn.terminated else turn.stop_reason
        score = turn.score if turn.score is not None else 0.0
        self.console.print(
            Text.assemble("score ", (f"{score:.3f}", "bold"), f" of {recipe.range[1]:g}; ended by {ended}")
        )
        table = Table(box=None, show_header=False, pad_edge=False)
        for term in recipe.terms:
            level = turn.components.get(term.name, 0.0)
            table.add_row(
                term.name, Text(_bar(level, term.range), "cyan"), f"{level:.3f}", Text(term.role, "dim")
            )
        self.console.print(table)
        self._say(f"{recipe.name}: {recipe.formula}", "dim")
        if turn.why:
            self._say(f"why: {turn.why}")

    def _say(self, text: str, style: str = "", *, end: str = "\n") -> None:
        # A text may come from a file of questions: its control characters must not reach the terminal.
        shown = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
        self.console.print(Text(shown, style), end=end)


def _bar(level: float, span: tuple[float, float]) -> str:
    """A level as a bar over its range.

    >>> _bar(0.5, (0.0, 1.0))
    '████████████░░░░░░░░░░░░'
    """
    low, high = span
    share = (level - low) / (high - low) if high > low else 0.0
    full = round(min(1.0, max(0.0, share)) * BAR_CHARS)
    return "█" * full + "░" * (BAR_CHARS - full)


def _example(env: ToolEnv) -> str:
    """A line that calls the first tool, its arguments left open."""
    first = env.tools[0]
    return " ".join([first.name, *(f"{name}=..." for name in first.parameters["properties"])])


def _viewer() -> str | None:
    has_desktop = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return shutil.which("xdg-open") if has_desktop else None


def _reader(console: Console) -> Read:
    """Lines of standard input; what comes through a pipe is printed too, so that a log reads as a session."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401 editing and history of the line
        return input

    def piped(prompt: str) -> str:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        console.print(Text(prompt + line.rstrip("\n")))
        return line

    return piped
