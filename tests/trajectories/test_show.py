import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from shutil import which
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eyesmith.errors import StorageError, UsageError
from eyesmith.trajectories.filmstrip import filmstrip
from eyesmith.trajectories.show import _data, write_page
from eyesmith.trajectories.thumbnails import LADDER, thumbnails

HOSTILE = [
    "<script>window.__pwned=1</script>",
    "</script><script>window.__pwned=2</script>",
    '"><img src=x onerror="window.__pwned=3">',
    "<svg onload='window.__pwned=4'><animate onbegin=alert(1)></svg>",
    "javascript:window.__pwned=5",
    "[click](javascript:window.__pwned=6) ![see](https://example.org/leak.png)",
    "<!--<script>window.__pwned=7</script>-->",
    "</style><style>*{background:url(https://example.org/css)}</style>",
    "x;background:url(https://example.org/css2)",
    "line\u2028separator\u2029window.__pwned=8",
    "<iframe srcdoc='<script>parent.__pwned=9</script>'></iframe><base href='https://example.org/'>",
    "{{script}}{{data}} ${window.__pwned=10} \\u003cscript>",
    "__proto__",
    "\u202eright to left\u202c \ud800 lone",
]


def encoded(pixels: np.ndarray, form: str = "PNG") -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, form, **({"compress_level": 1} if form == "PNG" else {}))
    return out.getvalue()


def flat(grey: int, size: tuple[int, int] = (84, 112)) -> bytes:
    return encoded(np.full((*size, 3), grey, np.uint8))


def call(name: str, arguments: Any, key: str = "c0") -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": key, "type": "function", "function": {"name": name, "arguments": text}}


def episode(at: int = 0, **changes: Any) -> dict[str, Any]:
    """A stored row: look at v0, zoom to v1, answer."""
    group = at // 2
    messages = [
        {"role": "system", "content": "You look closely."},
        {
            "role": "user",
            "content": [
                {"type": "image", "image": "first", "label": "v0"},
                {"type": "text", "text": f"Question {group}?"},
            ],
        },
        {
            "role": "assistant",
            "content": "I zoom.",
            "tool_calls": [call("zoom_in", {"image": "v0", "bbox_2d": [100, 200, 300, 400]})],
        },
        {
            "role": "tool",
            "tool_call_id": "c0",
            "content": [
                {"type": "text", "text": "View v1."},
                {"type": "image", "image": "zoom", "label": "v1"},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [call("answer", {"value": f"A{at}"}, "c1")]},
        {"role": "tool", "tool_call_id": "c1", "content": "The episode is over."},
    ]
    row = {
        "id": f"episode-{at}",
        "group_id": f"group-{group}",
        "sample": at % 2,
        "env_id": "eyesmith/ZoomQA-v0",
        "env_kwargs": json.dumps({"vision": "qwen3_vl"}),
        "task_id": f"task-{group}",
        "task_index": group,
        "difficulty": 1 + group % 5,
        "split": "train",
        "policy": "expert" if at % 2 == 0 else "random",
        "status": "ok",
        "stop_reason": "answer",
        "messages": json.dumps(messages),
        "tools": "[]",
        "turns": [
            {"calls": "[]", "text": "I zoom.", "env_ms": 12.0, "error": ""},
            {"calls": "[]", "text": None, "env_ms": 3.0, "error": ""},
        ],
        "reward": 1.0 - at / 10,
        "score": 1.0 - at / 10,
        "components": [{"name": "acc", "value": 1.0, "role": "base", "weight": 1.0}],
        "step_rewards": [0.0, 1.0 - at / 10],
        "metrics": json.dumps({"calls": 2.0}),
        "recipe": "default",
        "why": "2 of 2 targets were resolved",
    }
    return row | changes


IMAGES = {"first": flat(90), "zoom": flat(200)}


def source(key: str) -> tuple[bytes, str]:
    return IMAGES[key], "png"


def block(page: str, name: str) -> Any:
    return json.loads(
        re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)[1]
    )


def test_data_survives_and_holds_no_markup():
    for text in [*HOSTILE, "&amp;<>", "é" * 10]:
        written = _data({"text": text})
        assert not set(written) & set("<>&\u2028\u2029")
        assert written.isascii()
        assert json.loads(written) == {"text": text}


def test_page_holds_only_its_own_elements(tmp_path: Path):
    rows = [episode(at, id=text, policy=text, why=text, error=text) for at, text in enumerate(HOSTILE)]
    report = write_page(rows, source, tmp_path / "p.html", title=HOSTILE[1])
    page = report.path.read_text("utf-8")
    assert page.count("<script") == 3 + report.pictures == 5
    assert page.count("</script>") == 5
    assert page.count("</style>") == 1
    assert [row["id"] for row in block(page, "data")["episodes"]] == HOSTILE
    assert report.size_bytes == report.path.stat().st_size


def test_policy_names_the_hashes_of_what_is_there(tmp_path: Path):
    from base64 import b64encode
    from hashlib import sha256

    page = write_page([episode()], source, tmp_path / "p.html", title="t").path.read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    for tag, text in (
        ("style", re.search(r"<style>(.*?)</style>", page, re.S)[1]),
        ("script", re.search(r"<script>(.*?)</script>", page, re.S)[1]),
    ):
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|fetch\(|setAttribute\(\"style", text
        )
    assert policy.startswith("default-src 'none'; img-src data: blob:;")
    assert not re.search(
        r"\son[a-z]+=|\sstyle=", page.split("<style>")[0] + page.split("</style>")[1].split("<script")[0]
    )


def test_episode_becomes_turns():
    strip, new = filmstrip(episode())
    assert new == ["first", "zoom"]
    assert (strip["system"], strip["prompt"][1]["text"]) == ("You look closely.", "Question 0?")
    zoom, answer = strip["turns"]
    assert zoom["calls"][0]["boxes"] == [
        {"image": 0, "label": "v0", "box": [100, 200, 300, 400], "unit": 1000}
    ]
    assert zoom["calls"][0]["results"] == [{"text": "View v1."}, {"image": 1, "label": "v1"}]
    assert (zoom["says"], zoom["raw"], zoom["calls"][0]["reward"], zoom["env_ms"]) == (
        "I zoom.",
        "",
        0.0,
        12.0,
    )
    assert answer["calls"][0]["args"] == [["value", "text", "A0"]]
    assert answer["calls"][0]["reward"] == 1.0
    assert strip["steps"] == []


def test_a_refused_box_is_not_drawn():
    row = episode()
    row["turns"][0]["error"] = "bad_argument"
    [zoom, _] = filmstrip(row)[0]["turns"]
    assert (zoom["error"], zoom["calls"][0]["boxes"]) == ("bad_argument", [])


def test_objects_are_rows_too():
    assert filmstrip(SimpleNamespace(**episode(3))) == filmstrip(episode(3))


@pytest.mark.parametrize(
    ("kwargs", "coord", "label", "units"),
    [
        ({"vision": "qwen2_5_vl"}, None, "v0", [0]),
        ({"coord": "norm1"}, None, "v0", [1]),
        ({}, "norm1000", "v0", [1000]),
        ({"coord": "norm1"}, "norm1000", "v0", [1]),
        ({}, None, "v0", []),
        ({"vision": "qwen3_vl"}, None, "another", []),
    ],
)
def test_boxes_need_a_convention_and_a_label(kwargs: dict, coord: str | None, label: str, units: list[int]):
    row = episode(env_kwargs=json.dumps(kwargs))
    row["messages"] = row["messages"].replace('"label": "v0"', f'"label": "{label}"')
    boxes = filmstrip(row, coord=coord)[0]["turns"][0]["calls"][0]["boxes"]
    assert [box["unit"] for box in boxes] == units


def test_boxes_use_the_default_of_the_tool_and_marks_as_labels():
    messages = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "<image 0: v0>"}, {"type": "image", "image": "a"}],
        },
        {
            "role": "assistant",
            "tool_calls": [
                call(
                    "answer",
                    {"evidence": [{"image": "v0", "bbox_2d": [1, 2, 3, 4]}, {"bbox_2d": [1, 2, 3, True]}]},
                ),
                call("zoom_in", {"bbox_2d": [5, 6, 7, 8]}),
            ],
        },
    ]
    tools = [
        {
            "type": "function",
            "function": {"name": "zoom_in", "parameters": {"properties": {"image": {"default": "v0"}}}},
        }
    ]
    turn = filmstrip(episode(messages=messages, tools=json.dumps(tools), turns=[], step_rewards=[]))[0][
        "turns"
    ][0]
    assert [box["box"] for box in turn["calls"][0]["boxes"]] == [[1, 2, 3, 4]]
    assert [box["box"] for box in turn["calls"][1]["boxes"]] == [[5, 6, 7, 8]]


@pytest.mark.parametrize(
    "arguments",
    ["{not json", '{"a": 1, "a": 2}', "[" * 20_000, "[" * 600 + "]" * 600, '"just text"', "9" * 5000, "null"],
)
def test_arguments_that_are_no_object_are_shown_as_they_came(arguments: str):
    row = episode(messages=[{"role": "assistant", "tool_calls": [call("zoom_in", arguments)]}])
    assert filmstrip(row)[0]["turns"][0]["calls"][0]["args"][0][2] == arguments


def test_failed_episodes_have_no_reward(tmp_path: Path):
    rows = [episode(0), episode(2, status="error", reward=0.0, score=None), episode(4, reward=float("nan"))]
    data = block(write_page(rows, source, tmp_path / "p.html", title="t").path.read_text("utf-8"), "data")
    assert [row["reward"] for row in data["episodes"]] == [1.0, None, None]
    assert data["policies"] == [{"name": "expert", "mean": 1.0, "n": 3}]
    assert data["statuses"] == {"ok": 2, "error": 1}


def test_rows_with_nothing_in_them_are_shown(tmp_path: Path):
    rows = [
        {},
        {
            "id": "x",
            "messages": "[3, null]",
            "components": None,
            "turns": [{"text": "t", "calls": '[{"name": "n", "arguments": {"a": 1}}]'}],
        },
    ]
    data = block(write_page(rows, source, tmp_path / "p.html", title="").path.read_text("utf-8"), "data")
    assert data["episodes"][1]["turns"][0]["calls"][0]["args"] == [["a", "json", "1"]]


def test_limit_shows_the_first_and_counts_all(tmp_path: Path):
    report = write_page(
        (episode(at) for at in range(9)), source, tmp_path / "deep" / "p.html", title="t", limit=4
    )
    assert (report.shown, report.total) == (4, 9)
    data = block(report.path.read_text("utf-8"), "data")
    assert (len(data["episodes"]), data["total"], sum(row["n"] for row in data["policies"])) == (4, 9, 9)
    with pytest.raises(UsageError, match="at least 1"):
        write_page([], source, tmp_path / "q.html", title="t", limit=0)


def test_missing_and_damaged_pictures_are_named(tmp_path: Path):
    def some(key: str) -> tuple[bytes, str]:
        if key == "first":
            raise KeyError(key)
        return b"\x89PNG\r\n\x1a\n no picture", "png"

    report = write_page([episode()], some, tmp_path / "p.html", title="t")
    assert (report.pictures, report.missing) == (0, 2)
    assert [item[3] for item in block(report.path.read_text("utf-8"), "sizes")] == [
        "not in this run",
        "cannot be decoded",
    ]


def test_pictures_stand_once(tmp_path: Path):
    page = write_page(
        [episode(at) for at in range(20)], source, tmp_path / "p.html", title="t"
    ).path.read_text("utf-8")
    assert page.count('<script type="text/plain"') == 2


def noisy(count: int) -> dict[str, bytes]:
    """Pictures of noise, 1120x840 px: nothing compresses worse."""
    rng = np.random.default_rng(7)
    base = rng.integers(0, 256, (840, 1120, 3), np.uint8)
    pool = [encoded(np.roll(base, at * 97, axis=1), "JPEG") for at in range(4)]
    return {f"n{at}": pool[at % len(pool)] for at in range(count)}


def test_two_hundred_episodes_stay_in_the_budget(tmp_path: Path):
    pictures = noisy(800)
    rows = []
    for at in range(200):
        parts = [{"type": "image", "image": f"n{at * 4 + i}", "label": f"v{i}"} for i in range(4)]
        rows.append(episode(at, messages=[{"role": "user", "content": parts}]))
    report = write_page(rows, lambda key: (pictures[key], "jpeg"), tmp_path / "p.html", title="t")
    assert 25_000_000 < report.size_bytes <= 50_000_000
    assert (report.shown, report.pictures, report.left_out) == (200, 800, 0)


def test_ladder_goes_down_only_for_the_large():
    pictures = noisy(6) | {f"f{at}": flat(at, (840, 1120)) for at in range(6)}
    made = thumbnails(list(pictures), lambda key: (pictures[key], ""), budget_bytes=400_000)
    assert sum(item.cost for item in made) <= 400_000
    assert all(item.data and (item.width, item.height) == (1120, 840) for item in made)
    sides = [max(Image.open(BytesIO(item.data)).size) for item in made]
    assert max(sides[:6]) < min(sides[6:])


def test_what_does_not_fit_is_left_out_and_said():
    pictures = noisy(8)
    made = thumbnails(list(pictures), lambda key: (pictures[key], ""), budget_bytes=1_000)
    assert sum(item.cost for item in made) <= 1_000
    assert {item.problem for item in made} == {"", "left out: the page is full"}
    assert LADDER[-1][0] == max(Image.open(BytesIO(next(item.data for item in made if item.data))).size)


def test_small_pictures_stay_as_they_are():
    rows, columns = np.indices((64, 64)) // 8
    board = encoded(np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2))
    [made] = thumbnails(["board"], lambda key: (board, "png"), budget_bytes=10**6)
    assert (made.data, made.mime) == (board, "image/png")


def test_long_texts_are_cut_before_the_page_is_full(tmp_path: Path):
    rows = [episode(at, why="w" * 150_000) for at in range(10)]
    report = write_page(rows, source, tmp_path / "p.html", title="t", max_bytes=500_000)
    assert report.size_bytes <= 500_000
    assert report.text_cap == 12_000
    why = block(report.path.read_text("utf-8"), "data")["episodes"][0]["why"]
    assert why.endswith("138,000 more characters are not on this page")
    with pytest.raises(UsageError, match="--limit"):
        write_page(rows, source, tmp_path / "q.html", title="t", max_bytes=30_000)
    assert not (tmp_path / "q.html").exists()


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old = write_page([episode()], source, tmp_path / "p.html", title="old").path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eyesmith.trajectories.show.os.fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_page([episode()], source, tmp_path / "p.html", title="new")
    assert [path.name for path in tmp_path.iterdir()] == ["p.html"]
    assert (tmp_path / "p.html").read_bytes() == old


# In a browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    found = which("chromium-headless-shell") or which("chromium") or which("google-chrome")
    if found is None:
        pytest.fail("no Chromium on PATH; `make test` installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page of the viewer, and all it said and asked for."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, height: int = 900) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.trouble: list[str] = []
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.trouble.append("dialog"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.trouble.append("popup"))
        self.uri = path.as_uri()
        self.page.goto(self.uri)

    def rows(self) -> list[str]:
        return self.page.locator("#rows .card").evaluate_all("nodes => nodes.map(node => node.title)")

    def check(self) -> None:
        assert self.trouble == []
        outside = [
            url
            for url in self.requests
            if url.split("#")[0] != self.uri and not url.startswith(("data:", "blob:"))
        ]
        assert outside == []
        assert self.page.evaluate("window.__pwned") is None
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [episode(at) for at in range(8)]
    rows[3] |= {"status": "error", "score": None, "error": "the worker died"}
    return write_page(rows, source, tmp_path_factory.mktemp("plain") / "p.html", title="plain run").path


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_texts_are_only_text(chromium: Any, tmp_path: Path, width: int):
    rows = []
    for at, text in enumerate([*HOSTILE, "x" * 100_000 + "<script>window.__pwned=11</script>"]):
        messages = [
            {"role": "system", "content": text},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": text},
                    {"type": "image", "image": text, "label": text},
                    {"type": text},
                ],
            },
            {
                "role": "assistant",
                "content": text,
                "tool_calls": [call(text, {text: text, "deep": [{text: text}]}), call(text, text, "c1")],
            },
            {
                "role": "tool",
                "tool_call_id": "c0",
                "content": [
                    {"type": "text", "text": text},
                    {"type": "image", "image": "zoom", "label": text},
                ],
            },
        ]
        turn = {"text": text + " ", "error": text, "finish_reason": text, "calls": "[]"}
        names = (
            "id",
            "env_id",
            "task_id",
            "policy",
            "status",
            "stop_reason",
            "error",
            "recipe",
            "why",
            "split",
            "model",
        )
        part = {"name": text, "value": 0.5, "role": text, "weight": 1.0}
        extra = {
            "group_id": f"{text} {at % 2}",
            "messages": json.dumps(messages),
            "turns": [turn],
            "components": [part],
            "metrics": {text: 1.0},
        }
        rows.append(episode(at, **dict.fromkeys(names, text), **extra))
    path = write_page(rows, source, tmp_path / "p.html", title=HOSTILE[2]).path
    opened = Opened(chromium, path, width)
    assert opened.page.locator("h1").text_content() == HOSTILE[2]
    opened.check()
    for at, text in enumerate([*HOSTILE, "x" * 100_000]):
        opened.page.goto(f"{opened.uri}#e{at}")
        shown = opened.page.locator("#detail").text_content()
        assert shown.count(text.replace("\ud800", "\ufffd")) + shown.count(text) >= 8, text[:80]
        for fold in opened.page.locator("#detail summary").all():
            fold.click()
        opened.check()
        opened.page.goto(f"{opened.uri}#g{at}")
        opened.check()
    assert opened.page.locator("#detail script, #detail iframe, #rows script").count() == 0
    assert opened.page.locator("a:not([href^='#'])").count() == 0


@pytest.mark.browser
def test_search_filters_sort_and_groups(chromium: Any, plain: Path):
    opened = Opened(chromium, plain)
    page = opened.page
    assert opened.rows() == [f"episode-{at}" for at in range(8)]
    page.select_option("#sort", "reward")
    assert opened.rows()[0] == "episode-0"
    page.get_by_label("Reverse the order").click()
    assert opened.rows() == [f"episode-{at}" for at in (7, 6, 5, 4, 2, 1, 0, 3)], "no reward stands last"
    page.select_option("#filter-policy", "expert")
    assert opened.rows() == [f"episode-{at}" for at in (6, 4, 2, 0)]
    page.fill("#reward-low", "0.5")
    assert opened.rows() == ["episode-4", "episode-2", "episode-0"]
    page.fill("#reward-low", "")
    page.select_option("#filter-policy", "")
    page.fill("#search", "A5")
    assert opened.rows() == ["episode-5"]
    page.fill("#search", "nothing has this")
    assert "No episode fits" in page.locator("#rows").text_content()
    page.fill("#search", "")
    page.select_option("#filter-status", "error")
    assert opened.rows() == ["episode-3"]
    page.select_option("#filter-status", "")
    page.click("#groups")
    assert len(opened.rows()) == 4
    page.locator("#rows .card", has_text="Question 1?").click()
    page.wait_for_selector(".column:has-text('error')")
    assert page.locator(".columns > li").count() == 2
    assert page.locator(".stats dd").all_text_contents() == ["0.80", "0.00", "0.80 to 0.80", "1 of 2"]
    opened.check()


@pytest.mark.browser
def test_the_detail_is_that_of_the_marked_row(chromium: Any, plain: Path):
    opened = Opened(chromium, plain)
    page = opened.page
    marked = page.locator("#rows .card[aria-current]")
    page.select_option("#filter-policy", "random")
    assert marked.get_attribute("title") == "episode-1"
    assert "episode-1" in page.locator("#detail").text_content()
    page.click("#groups")
    page.click("#groups")
    page.select_option("#filter-policy", "expert")
    assert "episode-1" in page.locator("#detail").text_content(), "an episode in the address stays"
    opened.check()


@pytest.mark.browser
def test_keyboard(chromium: Any, plain: Path):
    opened = Opened(chromium, plain)
    page = opened.page
    current = page.locator("#rows .card[aria-current]")
    assert current.get_attribute("title") == "episode-0"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.wait_for_selector("#rows .card[aria-current][title='episode-1']")
    assert current.get_attribute("title") == "episode-1"
    page.keyboard.press("/")
    page.keyboard.type("jk")
    assert page.input_value("#search") == "jk"
    page.keyboard.press("Escape")
    page.fill("#search", "")
    page.locator("#prompt .open").click()
    assert "Prompt" in page.locator("#lightbox .name").text_content()
    page.keyboard.press("ArrowRight")
    assert page.locator("#lightbox .name").text_content() == "Turn 1 · zoom_in · v1"
    assert page.locator("#lightbox img").evaluate("img => img.decode().then(() => img.naturalWidth)") == 112
    page.keyboard.press("Escape")
    assert not page.locator("#lightbox").is_visible()
    opened.check()


@pytest.mark.browser
def test_boxes_lie_where_the_call_put_them(chromium: Any, plain: Path):
    opened = Opened(chromium, plain)
    rect = opened.page.locator("#prompt rect.line")
    place = [float(rect.get_attribute(name)) for name in ("x", "y", "width", "height")]
    assert place == pytest.approx([100, 200, 200, 200])
    drawn, picture = rect.bounding_box(), opened.page.locator("#prompt img").bounding_box()
    assert abs(drawn["x"] - picture["x"] - 0.1 * picture["width"]) < 4
    assert abs(drawn["height"] - 0.2 * picture["height"]) < 8
    opened.check()


@pytest.mark.browser
def test_phone_shows_the_list_or_one_episode(chromium: Any, plain: Path):
    opened = Opened(chromium, plain, 390, 800)
    page = opened.page
    assert page.locator("#rows .card").first.is_visible()
    assert not page.locator("#detail").is_visible()
    page.locator("#rows .card").nth(2).click()
    page.locator("#detail h2").wait_for()
    assert not page.locator("#list").is_visible()
    opened.check()
    page.locator(".back").click()
    page.locator("#rows .card").first.wait_for()
    assert not page.locator("#detail").is_visible()
    opened.check()
