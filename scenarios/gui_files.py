"""Transitions from files laid out as AndroidControl and AndroidCode are.

A folder with `transitions.jsonl`: one JSON object a line with `before` and `after` (pictures below the
folder), `action` (`{"action": "click", "coordinate": [540, 300]}` and the like; px of the picture), and where
there is one `html` (a file with the next screen as code). Optional: `id`, `split` (train or test), `goal`,
`description`. Whole calls are read too: `{"name": "mobile_use", "arguments": {...}}`. Nothing is downloaded;
no path leaves the folder.
"""

__all__ = ["TRANSITIONS", "GuiRow", "read_gui_folder", "write_gui_folder"]

import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from ..errors import ScenarioError, UsageError, did_you_mean
from ..tools.browser import HtmlRenderer
from .folder import read_picture
from .gui_app import Action
from .gui_transitions import Transition

TRANSITIONS = "transitions.jsonl"
REQUIRED = ("before", "action", "after")
OPTIONAL = ("html", "id", "split", "goal", "description")
SPLITS = ("train", "test")
TOOL = "mobile_use"
MAX_HTML_BYTES = 262_144


@dataclass(frozen=True)
class GuiRow:
    """One transition of a folder, checked.

    Args:
        id: its name.
        split: train or test.
        before: picture of the screen.
        action: what is done, px of that picture.
        after: picture of the next screen, of the same size.
        html: the next screen as code, None where only the picture is known.
        goal: what the user wants; may be empty.
        description: the action in words; may be empty.
        size_px: width and height of both pictures.
    """

    id: str
    split: str
    before: Path
    action: Action
    after: Path
    html: str | None
    goal: str
    description: str
    size_px: tuple[int, int]


def read_gui_folder(folder: Path) -> tuple[GuiRow, ...]:
    """Every transition of a folder.

    Raises:
        ScenarioError: a file or a field that cannot be used; the text names both.
    """
    file = folder / TRANSITIONS
    if not file.is_file():
        raise ScenarioError(
            f"there is no {TRANSITIONS} in {folder.name!r}: write one JSON object a line, such as "
            '{"before": "0_before.png", "action": {"action": "click", "coordinate": [540, 300]}, '
            '"after": "0_after.png", "html": "0_after.html", "goal": "Turn Wi-Fi on"}'
        )
    lines = file.read_bytes().removeprefix(BOM_UTF8).split(b"\n")
    rows = tuple(_row(line, number, folder) for number, line in enumerate(lines, 1) if line.strip())
    if not rows:
        raise ScenarioError(f"{TRANSITIONS} in {folder.name!r} is empty: write one JSON object a line")
    names = [row.id for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"{TRANSITIONS}: the id {name!r} stands in two lines; ids are unique")
    return rows


def write_gui_folder(
    folder: Path, transitions: Iterable[Transition], renderer: HtmlRenderer, *, split: str = "train"
) -> Path:
    """Write transitions as such a folder: pictures, code, and a line each; returns the file of lines.

    Args:
        folder: made if it is not there.
        transitions: what to write.
        renderer: takes the pictures.
        split: train or test.

    Raises:
        UsageError: no such split, or the folder holds transitions already.
    """
    if split not in SPLITS:
        raise UsageError(f"split is train or test; got {split!r}")
    file = folder / TRANSITIONS
    if file.exists():
        raise UsageError(f"{folder.name!r} holds {TRANSITIONS} already: name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, each in enumerate(transitions):
        stem = f"{number:05d}"
        for part, html in (("before", each.before_html), ("after", each.after_html)):
            image = renderer.render(html, size_px=each.canvas).image
            Picture.fromarray(np.asarray(image)).save(folder / f"{stem}_{part}.png")
        (folder / f"{stem}_after.html").write_text(each.after_html, encoding="utf-8")
        row = {
            "id": stem,
            "split": split,
            "before": f"{stem}_before.png",
            "action": each.action.to_json(),
            "after": f"{stem}_after.png",
            "html": f"{stem}_after.html",
            "goal": each.goal,
            "description": each.description,
        }
        lines.append(json.dumps(row, ensure_ascii=False))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _row(line: bytes, number: int, folder: Path) -> GuiRow:
    where = f"{TRANSITIONS} line {number}"
    row = _fields(line, where)
    split = row.get("split", "train")
    if split not in SPLITS:
        raise ScenarioError(f"{where}: the field 'split' is train or test, got {split!r}")
    before, after = (_inside(row[name], name, where, folder) for name in ("before", "after"))
    size = _size(before, "before", where)
    if _size(after, "after", where) != size:
        raise ScenarioError(f"{where}: {before.name} and {after.name} differ in size; both are one screen")
    return GuiRow(
        id=row.get("id") or str(number),
        split=split,
        before=before,
        action=_action(row["action"], where, size),
        after=after,
        html=_html(row["html"], where, folder) if "html" in row else None,
        goal=row.get("goal", ""),
        description=row.get("description", ""),
        size_px=size,
    )


def _fields(line: bytes, where: str) -> dict[str, Any]:
    """A line as an object of known fields, all that are needed among them."""
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ScenarioError(f"{where} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError):
        raise ScenarioError(f"{where} is not valid JSON: write one object a line") from None
    if not isinstance(row, dict):
        raise ScenarioError(f"{where} must be a JSON object, got {type(row).__name__}")
    known = (*REQUIRED, *OPTIONAL)
    for name in row:
        if name not in known:
            raise ScenarioError(
                f"{where}: unknown field {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}."
            )
    for name in REQUIRED:
        if name not in row:
            raise ScenarioError(f"{where}: the field {name!r} is missing. Needed: {', '.join(REQUIRED)}.")
    for name in OPTIONAL:
        if name in row and not isinstance(row[name], str):
            raise ScenarioError(f"{where}: the field {name!r} is a text, got {row[name]!r}")
    return row


def _action(data: Any, where: str, size: tuple[int, int]) -> Action:
    if isinstance(data, Mapping) and set(data) == {"name", "arguments"}:
        if data["name"] != TOOL:
            raise ScenarioError(f"{where}: the field 'action' calls {data['name']!r}; only {TOOL!r} is known")
        data = data["arguments"]
    try:
        action = Action.from_json(data)
    except UsageError as error:
        raise ScenarioError(f"{where}: the field 'action': {error}") from None
    for x, y in ((action.x, action.y), (action.x2, action.y2)):
        if x is not None and y is not None and not (0 <= x <= size[0] and 0 <= y <= size[1]):
            raise ScenarioError(
                f"{where}: the field 'action' lies at ({x:g}, {y:g}), outside of a picture of "
                f"{size[0]}x{size[1]} px; coordinates are px of the picture"
            )
    return action


def _inside(value: Any, name: str, where: str, folder: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise ScenarioError(f"{where}: the field {name!r} is a path below the folder, got {value!r}")
    root = folder.resolve()
    try:
        path = (root / value).resolve()
        is_file = path.is_file()
    except (OSError, ValueError, RuntimeError):
        raise ScenarioError(f"{where}: the field {name!r} cannot be a path: {value[:60]!r}") from None
    if not path.is_relative_to(root):
        raise ScenarioError(f"{where}: the field {name!r} leaves the folder: {value!r}")
    if not is_file:
        raise ScenarioError(f"{where}: the field {name!r} names {value!r}, which is not in the folder")
    return path


def _size(path: Path, name: str, where: str) -> tuple[int, int]:
    try:
        height, width = read_picture(path).shape[:2]
    except ScenarioError as error:
        raise ScenarioError(f"{where}: the field {name!r}: {error}") from None
    return width, height


def _html(value: Any, where: str, folder: Path) -> str:
    path = _inside(value, "html", where, folder)
    data = path.read_bytes()
    if len(data) > MAX_HTML_BYTES:
        raise ScenarioError(f"{where}: {path.name} has {len(data)} bytes; at most {MAX_HTML_BYTES} are read")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ScenarioError(f"{where}: {path.name} is not UTF-8") from None
