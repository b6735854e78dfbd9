"""Folders in AndroidControl's layout: written, read back, and refused with file and field named."""

import json

import numpy as np
import pytest
from PIL import Image as Picture

from eyesmith.errors import ScenarioError, UsageError
from eyesmith.scenarios.gui_app import Action
from eyesmith.scenarios.gui_files import TRANSITIONS, read_gui_folder, write_gui_folder
from eyesmith.scenarios.gui_transitions import transition
from eyesmith.tools.browser import shared_renderer

GOOD = {
    "before": "a.png",
    "after": "b.png",
    "action": {"action": "click", "coordinate": [20, 30]},
    "html": "b.html",
    "goal": "Turn it on",
}


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png"):
        Picture.fromarray(np.full((200, 90, 3), 80, np.uint8)).save(tmp_path / name)
    Picture.fromarray(np.full((100, 90, 3), 80, np.uint8)).save(tmp_path / "short.png")
    (tmp_path / "b.html").write_text("<p>x</p>")
    (tmp_path / "odd.html").write_bytes(b"\xff\xfe<p>")
    (tmp_path / "no.png").write_bytes(b"not a picture")
    return tmp_path


def write(folder, *rows):
    (folder / TRANSITIONS).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_row_is_read(folder):
    write(folder, GOOD)
    (row,) = read_gui_folder(folder)
    assert row.action == Action(kind="click", x=20, y=30)
    assert (row.id, row.split, row.size_px, row.html, row.goal) == (
        "1",
        "train",
        (90, 200),
        "<p>x</p>",
        "Turn it on",
    )


def test_a_whole_call_is_read_and_code_may_be_missing(folder):
    call = {"name": "mobile_use", "arguments": {"action": "system_button", "button": "Back"}}
    write(folder, {"before": "a.png", "after": "b.png", "action": call})
    (row,) = read_gui_folder(folder)
    assert row.action == Action(kind="back")
    assert row.html is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"before": "c.png"}, "'before'.*c.png"),
        ({"after": "../b.png"}, "'after' leaves"),
        ({"after": "no.png"}, "'after'.*no.png"),
        ({"after": "short.png"}, "differ in size"),
        ({"html": "odd.html"}, "odd.html.*UTF-8"),
        ({"html": "c.html"}, "'html'.*c.html"),
        ({"action": {"action": "click"}}, "'action'.*coordinate"),
        ({"action": {"action": "click", "coordinate": [90.5, 3]}}, "'action'.*outside"),
        ({"action": {"name": "computer", "arguments": {}}}, "'action'.*mobile_use"),
        ({"split": "dev"}, "'split'"),
        ({"goal": 3}, "'goal'"),
        ({"gaol": "x"}, "'gaol'.*goal"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line_and_field(folder, change, said):
    write(folder, GOOD, GOOD | {"id": "two"} | change)
    with pytest.raises(ScenarioError, match=f"line 2.*{said}"):
        read_gui_folder(folder)


def test_files_that_are_no_rows_are_refused(folder):
    with pytest.raises(ScenarioError, match=TRANSITIONS):
        read_gui_folder(folder)
    for content, said in (
        (b"", "empty"),
        (b"[1]", "JSON object"),
        (b"{", "not valid JSON"),
        (b"\xff\xff", "UTF-8"),
    ):
        (folder / TRANSITIONS).write_bytes(content)
        with pytest.raises(ScenarioError, match=said):
            read_gui_folder(folder)
    write(folder, {name: value for name, value in GOOD.items() if name != "after"})
    with pytest.raises(ScenarioError, match="'after' is missing"):
        read_gui_folder(folder)
    write(folder, GOOD | {"id": "x"}, GOOD | {"id": "x"})
    with pytest.raises(ScenarioError, match="unique"):
        read_gui_folder(folder)


@pytest.mark.browser
def test_own_transitions_come_back_as_they_were_written(tmp_path):
    made = [transition([8, index], "test", 1 + index % 5) for index in range(4)]
    write_gui_folder(tmp_path / "set", made, shared_renderer(), split="test")
    rows = read_gui_folder(tmp_path / "set")
    assert [row.action for row in rows] == [each.action for each in made]
    assert [row.html for row in rows] == [each.after_html for each in made]
    assert [row.goal for row in rows] == [each.goal for each in made]
    assert {row.split for row in rows} == {"test"}
    for row, each in zip(rows, made, strict=True):
        shown = shared_renderer().render(each.before_html, size_px=each.canvas).image
        assert np.array_equal(np.asarray(Picture.open(row.before)), shown)
    with pytest.raises(UsageError, match="already"):
        write_gui_folder(tmp_path / "set", made, shared_renderer())
    with pytest.raises(UsageError, match="split"):
        write_gui_folder(tmp_path / "other", made, shared_renderer(), split="dev")
