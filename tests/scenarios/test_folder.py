"""Questions about own pictures: what is read, and what is refused with what words."""

import json
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from PIL import Image as Picture

from eyesmith.envs import ToolEnv
from eyesmith.errors import ScenarioError
from eyesmith.rewards.answer_key import KEY_TYPES
from eyesmith.scenarios.folder import read_folder, read_picture
from eyesmith.tools.tool import ToolCall

ROW: dict[str, Any] = {
    "image": "a.png",
    "question": "What is it?",
    "type": "text",
    "answer": "noise",
    "boxes": [[10, 10, 40, 30]],
}


def noise(width: int = 96, height: int = 64, seed: int = 0) -> Picture.Image:
    return Picture.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "pictures"
    found.mkdir()
    noise().save(found / "a.png")
    return found


def ask(folder: Path, *rows: dict[str, Any] | str | bytes) -> Path:
    lines = [
        row
        if isinstance(row, bytes)
        else (row if isinstance(row, str) else json.dumps(row)).encode("utf-8", "surrogatepass")
        for row in rows
    ]
    (folder / "questions.jsonl").write_bytes(b"\n".join(lines))
    return folder


def make(folder: Path, **kwargs: Any) -> ToolEnv:
    env = gymnasium.make(
        "eyesmith/ZoomQA-v0", source=f"folder:{folder}", disable_env_checker=True, **kwargs
    ).unwrapped
    assert isinstance(env, ToolEnv)
    return env


def refused(folder: Path, said: str, row: dict[str, Any] | str | bytes) -> None:
    """The row is refused in one paragraph that names its line."""
    with pytest.raises(ScenarioError, match=said) as caught:
        read_folder(ask(folder, ROW, row))
    assert "line 2" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_rows_are_read_in_order_and_split(folder: Path) -> None:
    rows = read_folder(
        ask(folder, ROW, "", ROW | {"split": "test", "id": "q2", "difficulty": 4}, ROW | {"boxes": []})
    )
    assert [row.where for row in rows] == [f"questions.jsonl line {n}" for n in (1, 3, 4)]
    assert (rows[1].split, rows[1].id, rows[1].difficulty) == ("test", "q2", 4)
    env = make(folder)
    assert (env.num_tasks("train"), env.num_tasks("test")) == (2, 1)
    assert env.get_task("test", 0).id.endswith(":folder:q2")
    assert env.get_task("test", 0).difficulty == 4


@pytest.mark.parametrize("name", sorted(set(KEY_TYPES) - {"choice"}))
def test_every_type_of_answer_can_be_asked_and_answered(folder: Path, name: str) -> None:
    example = dict(KEY_TYPES[name].example)
    row = {"image": "a.png", "question": "?", "boxes": [[10, 10, 40, 30]], "type": name}
    row["answer"] = example.pop("value", None)
    env = make(ask(folder, row | {key: value for key, value in example.items() if key != "type"}))
    env.begin(env.get_task("train", 0))
    turns = [env.call(call) for call in env.expert()]
    assert turns[-1].terminated
    assert turns[-1].score == pytest.approx(1.0), turns[-1].why
    env.begin(env.get_task("train", 0))
    assert env.call(ToolCall("answer", {"value": "something else entirely"})).score == 0.0


@pytest.mark.parametrize("answer", ["B", "green"])
def test_options_are_shown_with_letters_and_either_form_is_a_key(folder: Path, answer: str) -> None:
    row = {"image": "a.png", "question": "Which?", "boxes": [], "options": ["red", "green"], "answer": answer}
    env = make(ask(folder, row))
    task = env.get_task("train", 0)
    assert task.prompt.endswith("A. red\nB. green\nAnswer with the letter.")
    env.begin(task)
    assert env.call(ToolCall("answer", {"value": "B"})).components["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"imgae": "a.png"}, "unknown key 'imgae'. Did you mean 'image'"),
        ({"question": ""}, "'question' must be a text"),
        ({"question": 7}, "'question' must be a text"),
        ({"type": "txt"}, "unknown type 'txt'. Did you mean 'text'"),
        ({"type": "number"}, "'value'|value"),
        ({"type": "choice"}, "options|letter"),
        ({"options": ["a", "b"]}, "goes with the type 'choice' only"),
        ({"type": "choice", "options": ["a"]}, "2 to 26 texts"),
        ({"type": "choice", "options": ["a", 1]}, "2 to 26 texts"),
        ({"type": "choice", "options": "ab"}, "2 to 26 texts"),
        ({"type": "choice", "options": ["a", "b"], "answer": "C"}, "C"),
        ({"type": "choice", "options": ["a", "b"], "answer": ["a"]}, "choice|letter|value"),
        ({"difficulty": 6}, "must be from 1 to 5, got 6"),
        ({"difficulty": True}, "must be a int|must be an int"),
        ({"difficulty": "3"}, "'difficulty' must be"),
        ({"max_tokens": 1}, "'max_tokens' must be from"),
        ({"scale": 0}, "'scale' must be a number above 0"),
        ({"scale": 9}, "at most 4, got 9"),
        ({"split": 1}, "'split' must be"),
        ({"id": 1}, "'id' must be"),
        ({"rtol": 0.1}, "rtol"),
        ({"boxes": None}, "'boxes' is a list"),
        ({"boxes": [10, 10, 40, 30]}, "got 10"),
        ({"boxes": [[10, 10, 40]]}, "'boxes' is a list of"),
        ({"boxes": [[40, 10, 10, 30]]}, "x0 < x1"),
        ({"boxes": [[10, 10, 10, 30]]}, "x0 < x1"),
        ({"boxes": [[-1, 10, 10, 30]]}, "0 <= x0"),
        ({"boxes": [[0, 0, True, True]]}, "got"),
        ({"boxes": [["0", 0, 5, 5]]}, "got"),
        ({"boxes": [[0, 0, float("nan"), 5]]}, "got"),
        ({"boxes": [[0, 0, float("inf"), 5]]}, "got"),
        ({"image": ""}, "'image' must be a path"),
        ({"image": ["a.png"]}, "'image' must be a path"),
        ({"image": "b.png"}, "there is no picture 'b.png' in the folder. Did you mean 'a.png'"),
        ({"image": "."}, "there is no picture|leaves the folder"),
        ({"image": "a.png\0.jpg"}, "there is no picture|cannot be a path"),
        ({"image": "x" * 5000 + ".png"}, "there is no picture|cannot be a path"),
    ],
)
def test_a_row_that_cannot_be_is_refused(folder: Path, row: dict[str, Any], said: str) -> None:
    refused(folder, said, ROW | row)


@pytest.mark.parametrize("name", ["image", "question", "answer", "boxes"])
def test_what_is_missing_is_named(folder: Path, name: str) -> None:
    refused(folder, f"the key '{name}' is missing", {key: v for key, v in ROW.items() if key != name})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not valid JSON"),
        ("[1]", "must be a JSON object, got list"),
        ('{"image": "a.png",}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        (b'{"image": "\xff.png"}', "UTF-8"),
    ],
    ids=["cut", "list", "comma", "deep", "latin"],
)
def test_a_line_that_is_no_object_is_refused(folder: Path, line: str | bytes, said: str) -> None:
    refused(folder, said, line)


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder: Path) -> None:
    text = (json.dumps(ROW) + "\r\n") * 2
    (folder / "questions.jsonl").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert len(read_folder(folder)) == 2


def test_line_ends_inside_a_text_do_not_cut_a_row(folder: Path) -> None:
    """JSON may hold U+2028 and U+0085 as they are, and str.splitlines would cut there."""
    (row,) = read_folder(
        ask(folder, json.dumps(ROW | {"question": "one\u2028two\x85three"}, ensure_ascii=False))
    )
    assert row.prompt == "one\u2028two\x85three"


@pytest.mark.parametrize(
    "image", ["../outside.png", "sub/../../outside.png", "{}/outside.png", "/etc/hostname"]
)
def test_a_path_that_leaves_the_folder_is_refused(folder: Path, image: str) -> None:
    noise().save(folder.parent / "outside.png")
    refused(folder, "leaves the folder", ROW | {"image": image.format(folder.parent)})


def test_symbolic_links_may_not_leave_the_folder(folder: Path) -> None:
    outside = folder.parent / "elsewhere"
    outside.mkdir()
    noise().save(outside / "secret.png")
    (folder / "link.png").symlink_to(outside / "secret.png")
    (folder / "linked").symlink_to(outside)
    (folder / "inside.png").symlink_to("a.png")
    (folder / "loop.png").symlink_to("loop.png")
    refused(folder, "leaves the folder", ROW | {"image": "link.png"})
    refused(folder, "leaves the folder", ROW | {"image": "linked/secret.png"})
    refused(folder, "loop|no picture", ROW | {"image": "loop.png"})
    assert len(read_folder(ask(folder, ROW | {"image": "inside.png"}))) == 1


def test_a_link_that_is_turned_outwards_after_reading_does_not_matter_before(folder: Path) -> None:
    """The path is resolved when it is read: turning the link later does not move what is opened."""
    (folder / "inside.png").symlink_to("a.png")
    env = make(ask(folder, ROW | {"image": "inside.png"}))
    outside = folder.parent / "outside.png"
    noise(200, 200, 5).save(outside)
    (folder / "inside.png").unlink()
    (folder / "inside.png").symlink_to(outside)
    turn = env.begin(env.get_task("train", 0))
    assert "96x64" in turn.text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no pictures"),
        ({"notes.txt": "x"}, "holds no pictures"),
        ({"a.png": "x"}, "has no questions.jsonl"),
        ({"a.png": "x", "questions.jsonl": ""}, "is empty"),
        ({"a.png": "x", "questions.jsonl": "\n \n"}, "is empty"),
    ],
)
def test_a_folder_that_cannot_be_used(tmp_path: Path, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ScenarioError, match=said):
        make(tmp_path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no folder"):
        make(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ScenarioError, match="there is no folder"):
        make(tmp_path / "file")


def test_a_box_must_lie_in_the_picture(folder: Path) -> None:
    env = make(ask(folder, ROW | {"boxes": [[50, 10, 97, 20]]}))
    with pytest.raises(ScenarioError, match=r"line 1: the box .* leaves the picture a\.png of 96x64 px"):
        env.get_task("train", 0)
    env = make(ask(folder, ROW | {"boxes": [[0, 0, 96, 64]]}))
    env.begin(env.get_task("train", 0))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_rotation_is_applied_and_boxes_are_in_the_turned_picture(folder: Path, orientation: int) -> None:
    exif = Picture.Exif()
    exif[0x0112] = orientation
    noise(128, 64).save(folder / "turned.jpg", exif=exif, quality=95)
    is_turned = orientation in (6, 8)
    assert read_picture(folder / "turned.jpg").shape[:2] == ((128, 64) if is_turned else (64, 128))
    env = make(ask(folder, ROW | {"image": "turned.jpg", "boxes": [[4, 100, 40, 120]]}))
    if is_turned:
        assert "64x128" in env.begin(env.get_task("train", 0)).text
    else:
        with pytest.raises(ScenarioError, match="after EXIF rotation"):
            env.get_task("train", 0)


@pytest.mark.parametrize("kind", ["cut", "empty", "text", "folder", "svg"])
def test_a_file_that_is_no_picture_is_named(folder: Path, kind: str) -> None:
    path = folder / "bad.png"
    data = (folder / "a.png").read_bytes()
    content = {"cut": data[: len(data) // 2], "empty": b"", "text": b"hello", "svg": b"<svg/>"}
    if kind == "folder":
        path.mkdir()
        with pytest.raises(ScenarioError, match="no picture"):
            read_folder(ask(folder, ROW | {"image": "bad.png"}))
        return
    path.write_bytes(content[kind])
    env = make(ask(folder, ROW, ROW | {"image": "bad.png"}))
    env.begin(env.get_task("train", 0))
    with pytest.raises(ScenarioError, match=r"bad\.png cannot be read .*replace it"):
        env.get_task("train", 1)


def claims(path: Path, width: int, height: int) -> None:
    """A PNG whose head claims a size, with next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + body)


@pytest.mark.parametrize("side", [14_200, 20_000, 60_000])
def test_a_picture_that_claims_to_be_huge_is_not_decoded(folder: Path, side: int) -> None:
    claims(folder / "huge.png", side, side)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ScenarioError, match=r"huge\.png has over 178 megapixels: scale it down"):
            read_picture(folder / "huge.png")


@pytest.mark.parametrize(("width", "height"), [(4000, 16), (15, 15), (1, 1), (16, 8000)])
def test_a_picture_that_is_too_thin_or_too_small_is_refused(folder: Path, width: int, height: int) -> None:
    noise(width, height).save(folder / "odd.png")
    with pytest.raises(ScenarioError, match=f"{width}x{height} px: too thin or too small"):
        read_picture(folder / "odd.png")


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16", "CMYK"])
def test_every_common_mode_becomes_rgb(folder: Path, mode: str) -> None:
    path = folder / ("m.tif" if mode in ("I;16", "CMYK") else "m.png")
    picture = (
        Picture.fromarray(np.linspace(0, 65535, 64 * 64, dtype=np.uint16).reshape(64, 64))
        if mode == "I;16"
        else noise(64, 64).convert("L").convert(mode)
        if mode != "CMYK"
        else noise(64, 64).convert(mode)
    )
    picture.save(path)
    pixels = read_picture(path)
    assert (pixels.shape, pixels.dtype) == ((64, 64, 3), np.uint8)
    if mode == "I;16":
        assert 100 < pixels.mean() < 155, "16 bits are scaled to 8, not cut off"


def test_transparent_pixels_are_not_black_by_accident(folder: Path) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    Picture.fromarray(pixels, "RGBA").save(folder / "clear.png")
    assert read_picture(folder / "clear.png").min() == 255, "laid on white, as viewers show it"


def test_the_answer_is_a_secret_unless_the_prompt_says_it(folder: Path) -> None:
    rows = read_folder(ask(folder, ROW, ROW | {"question": "Is it noise?"}, ROW | {"answer": "abc"}))
    assert [row.secrets for row in rows] == [("noise",), (), ()]


def test_reading_does_not_depend_on_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(folder, ROW)
    monkeypatch.chdir(folder.parent)
    env = make(Path("pictures"))
    monkeypatch.chdir(os.sep)
    env.begin(env.get_task("train", 0))
