"""Questions about a folder of pictures, from its `questions.jsonl`.

One JSON object a line: `image`, `question`, either `options` with `answer` (the letter or the option's text)
or `type` with `answer` (see `rewards.answer_key.KEY_TYPES`), and `boxes` ([[x0, y0, x1, y1], ...] in px of
the picture: what must be seen; [] when the whole picture is the evidence). Optional: `id`, `split`,
`difficulty`, `max_tokens` (budget of a view), `scale` (view px per picture px from which the boxes can be
read), and the fields of the answer's type (`aliases`, `unit`, `atol`, `rtol`). Nothing is downloaded; no path
leaves the folder.
"""

__all__ = ["QUESTIONS", "Row", "read_folder", "read_picture"]

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from ..errors import ScenarioError, UsageError, did_you_mean
from ..rewards.answer_key import KEY_TYPES, check_key
from ..tools.schema import shown
from ..tools.vision import MAX_ASPECT

QUESTIONS = "questions.jsonl"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
REQUIRED = ("image", "question", "answer", "boxes")
OPTIONAL = ("id", "split", "difficulty", "max_tokens", "scale", "options", "type")
KEY_FIELDS = ("aliases", "unit", "atol", "rtol", "iou", "dash_insensitive")
MAX_PIXELS = 178_000_000  # just below where Pillow refuses to open

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Row:
    """One question, checked but for what needs the picture's size."""

    where: str
    image: str
    path: Path
    prompt: str
    key: Mapping[str, Any]
    boxes: tuple[Box, ...]
    split: str = "train"
    difficulty: int | None = None
    max_tokens: int | None = None
    scale: float | None = None
    id: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The answer where it is a text of 4 characters and more that no option shows."""
        value = self.key.get("value")
        hidden = self.key["type"] in ("code", "text") and isinstance(value, str) and len(value) >= 4
        return (value,) if hidden and value.lower() not in self.prompt.lower() else ()  # type: ignore[union-attr]

    def check_box(self, box: Box, width: int, height: int) -> None:
        """Refuse a box that leaves the picture.

        Raises:
            ScenarioError: it does.
        """
        if box[2] > width or box[3] > height:
            raise ScenarioError(
                f"{self.where}: the box {list(box)} leaves the picture {self.image} of {width}x{height} px. "
                "Boxes are [x0, y0, x1, y1] in px of the picture as it is stored, after EXIF rotation."
            )


def read_folder(folder: Path) -> tuple[Row, ...]:
    """Every question of a folder.

    Raises:
        ScenarioError: no folder, no questions, no pictures, or a row that cannot be used.
    """
    if not folder.is_dir():
        raise ScenarioError(
            f"there is no folder {str(folder)!r}: source is 'folder:DIR' with pictures and {QUESTIONS}"
        )
    if not any(path.suffix.lower() in SUFFIXES for path in folder.rglob("*")):
        raise ScenarioError(
            f"the folder {folder.name!r} holds no pictures ({', '.join(SUFFIXES)}): put them beside "
            f"{QUESTIONS}, or in folders below"
        )
    file = folder / QUESTIONS
    if not file.is_file():
        raise ScenarioError(
            f"the folder {folder.name!r} has no {QUESTIONS}: write one JSON object a line, such as "
            '{"image": "a.jpg", "question": "What does the sign say?", "type": "text", "answer": "stop", '
            '"boxes": [[10, 20, 110, 60]]}'
        )
    # Not str.splitlines, which also cuts at U+2028 and the like, and those may stand inside a text.
    lines = file.read_bytes().removeprefix(BOM_UTF8).split(b"\n")
    rows = tuple(
        _row(line, f"{QUESTIONS} line {i + 1}", folder) for i, line in enumerate(lines) if line.strip()
    )
    if not rows:
        raise ScenarioError(
            f"{QUESTIONS} in the folder {folder.name!r} is empty: write one JSON object a line"
        )
    return rows


def read_picture(path: Path) -> np.ndarray:
    """A picture file as (H, W, 3) uint8 RGB, rotated as its EXIF says, transparency laid on white.

    Raises:
        ScenarioError: not a picture, damaged, too large or too thin.
    """
    try:
        with Picture.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large(path)
            array = _rgb(ImageOps.exif_transpose(picture))
    except Picture.DecompressionBombError:
        raise _too_large(path) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(
            f"the picture {path.name} cannot be read (damaged, cut short or of an unknown format): replace "
            f"it, or take its rows out of {QUESTIONS}"
        ) from None
    height, width = array.shape[:2]
    if max(height, width) > MAX_ASPECT * min(height, width) or min(height, width) < 16:
        raise ScenarioError(
            f"the picture {path.name} is {width}x{height} px: too thin or too small to look at"
        )
    return array


def _too_large(path: Path) -> ScenarioError:
    return ScenarioError(f"{path.name} has over {MAX_PIXELS // 10**6} megapixels: scale it down")


def _rgb(picture: Picture.Image) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16 bits a pixel, which convert would cut off instead of scaling
        grey = np.clip(np.asarray(picture).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        picture = Picture.alpha_composite(Picture.new("RGBA", clear.size, "white"), clear)
    return np.array(picture.convert("RGB"))


def _row(line: bytes, where: str, folder: Path) -> Row:
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ScenarioError(f"{where} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError):
        raise ScenarioError(
            f"{where} is not valid JSON: write one object a line, with double quotes"
        ) from None
    if not isinstance(row, dict):
        raise ScenarioError(f"{where} must be a JSON object, got {type(row).__name__}")
    known = (*REQUIRED, *OPTIONAL, *KEY_FIELDS)
    for name in row:
        if name not in known:
            raise ScenarioError(
                f"{where}: unknown key {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}."
            )
    for name in REQUIRED:
        if name not in row:
            raise ScenarioError(f"{where}: the key {name!r} is missing. Needed: {', '.join(REQUIRED)}.")
    question = row["question"]
    if not isinstance(question, str) or not question.strip():
        raise ScenarioError(f"{where}: 'question' must be a text, got {question!r}")
    key, options = _key(row, where)
    lettered = "".join(
        f"\n{letter}. {option}" for letter, option in zip(ascii_uppercase, options, strict=False)
    )
    return Row(
        where=where,
        image=row["image"],
        path=_inside(row["image"], where, folder),
        prompt=question.strip() + (f"{lettered}\nAnswer with the letter." if options else ""),
        key=key,
        boxes=_boxes(row["boxes"], where),
        split=_typed(row, "split", str, where) or "train",
        difficulty=_ranged(row, "difficulty", 1, 5, where),
        max_tokens=_ranged(row, "max_tokens", 4, 16384, where),
        scale=_scale(row, where),
        id=_typed(row, "id", str, where) or "",
    )


def _key(row: dict[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """The answer key and the options to show."""
    options = row.get("options")
    if options is None and "type" not in row:
        raise ScenarioError(f"{where}: give 'options', or a 'type' of answer: {', '.join(KEY_TYPES)}")
    key: dict[str, Any] = {name: row[name] for name in KEY_FIELDS if name in row}
    if options is not None:
        good = (
            isinstance(options, list) and 2 <= len(options) <= 26 and all(isinstance(o, str) for o in options)
        )
        if not good or row.get("type", "choice") != "choice":
            raise ScenarioError(
                f"{where}: 'options' is a list of 2 to 26 texts, and goes with the type 'choice' only"
            )
        answer = row["answer"]
        letter = ascii_uppercase[options.index(answer)] if answer in options else answer
        key |= {"type": "choice", "value": letter, "options": options}
    else:
        key["type"] = row["type"]
        if row["type"] != "unanswerable":
            key["value"] = row["answer"]
    try:
        check_key(key)
    except UsageError as error:
        raise ScenarioError(f"{where}: {error}") from None
    return key, options or []


def _inside(image: Any, where: str, folder: Path) -> Path:
    if not isinstance(image, str) or not image:
        raise ScenarioError(f"{where}: 'image' must be a path below the folder, got {image!r}")
    root = folder.resolve()
    try:
        path = (root / image).resolve()
        path.is_file()
    except (OSError, ValueError, RuntimeError):  # a link to itself, a NUL, a name that is too long
        raise ScenarioError(
            f"{where}: {shown(image)} cannot be a path: name a file below the folder"
        ) from None
    if not path.is_relative_to(root):
        raise ScenarioError(f"{where}: the path {image!r} leaves the folder; pictures must lie inside it")
    if not path.is_file():
        near = did_you_mean(
            image, [str(p.relative_to(root)) for p in root.rglob("*") if p.suffix.lower() in SUFFIXES]
        )
        raise ScenarioError(f"{where}: there is no picture {image!r} in the folder.{near}")
    return path


def _boxes(boxes: Any, where: str) -> tuple[Box, ...]:
    wanted = f"{where}: 'boxes' is a list of [x0, y0, x1, y1] in px with 0 <= x0 < x1 and 0 <= y0 < y1"
    if not isinstance(boxes, list):
        raise ScenarioError(f"{wanted}, got {boxes!r}")
    for box in boxes:
        numbers = (
            isinstance(box, list)
            and len(box) == 4
            and all(type(v) in (int, float) and isfinite(v) for v in box)
        )
        if not numbers or not (0 <= box[0] < box[2] and 0 <= box[1] < box[3]):
            raise ScenarioError(f"{wanted}, got {box!r}")
    return tuple((float(b[0]), float(b[1]), float(b[2]), float(b[3])) for b in boxes)


def _typed(row: dict[str, Any], name: str, kind: type, where: str) -> Any:
    value = row.get(name)
    if value is not None and type(value) is not kind:
        raise ScenarioError(f"{where}: {name!r} must be a {kind.__name__}, got {value!r}")
    return value


def _ranged(row: dict[str, Any], name: str, low: int, high: int, where: str) -> int | None:
    value = _typed(row, name, int, where)
    if value is not None and not low <= value <= high:
        raise ScenarioError(f"{where}: {name!r} must be from {low} to {high}, got {value}")
    return value


def _scale(row: dict[str, Any], where: str) -> float | None:
    value = row.get("scale")
    if value is not None and (type(value) not in (int, float) or not 0 < value <= 4):
        raise ScenarioError(f"{where}: 'scale' must be a number above 0 and at most 4, got {value!r}")
    return value
