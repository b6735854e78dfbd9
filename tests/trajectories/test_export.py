"""What an export holds, what it leaves out, and that nothing private or half written leaves."""

import json
import socket
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from eyesmith.__main__ import main
from eyesmith.errors import RunError, StorageError, UsageError
from eyesmith.trajectories import formats
from eyesmith.trajectories.chats import chat, parted
from eyesmith.trajectories.export import export
from eyesmith.trajectories.formats import FORMATS, SCHEMAS
from eyesmith.trajectories.meanings import meaning
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.shards import IMAGES, JSON_LIST, Shards

from .made import picture
from .published import ENV, episode, shown, write_run

# Group 0 differs, group 1 is all alike, group 2 is bad throughout, group 3 is a lone episode.
REWARDS = [(0.2, 1.0, 0.6, 0.2), (0.9, 0.9), (0.1, 0.3), (0.8,)]
FAILED = {"reward": None, "score": None, "step_rewards": [], "components": []}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    failed = episode(0, 9, 0.0, status="error", error="a worker died", **FAILED)
    wordless = episode(
        1, 5, 0.9, prompt_ids=[], completion_ids=[], loss_mask=[], logprobs=[], engine_ids=[], image_spans=[],
        token_exact=None, status="truncated",
    )  # fmt: skip
    return write_run(tmp_path / "run", REWARDS, failed, wordless)


def rows(folder: Path, config: str = "default") -> list[dict]:
    return [
        row for path in sorted((folder / config).glob("*.parquet")) for row in pq.read_table(path).to_pylist()
    ]


def loaded(folder: Path, config: str, cache: Path) -> list[dict]:
    """Rows as `load_dataset` gives them, pictures as the bytes of their files."""
    from datasets import Image, List, load_dataset

    found = load_dataset(str(folder), config, split="train", cache_dir=str(cache))
    for name, feature in found.features.items():
        if isinstance(feature, Image):
            found = found.cast_column(name, Image(decode=False))
        elif isinstance(feature, List) and isinstance(feature.feature, Image):
            found = found.cast_column(name, List(Image(decode=False)))
    return list(found)


def test_hf_keeps_every_token_component_and_picture(run: Path, tmp_path: Path) -> None:
    report = export(run, "hf", tmp_path / "out")
    episodes = list(Run.open(run).episodes())
    light = loaded(tmp_path / "out", "default", tmp_path / "cache")
    tokens = {row["id"]: row for row in loaded(tmp_path / "out", "tokens", tmp_path / "cache")}
    images = {row["sha256"]: row for row in loaded(tmp_path / "out", "images", tmp_path / "cache")}
    assert [row["id"] for row in light] == [one.id for one in episodes]
    assert report.rows == {"default": 11, "tokens": 10, "images": len(images)}
    assert not {"completion_ids", "image"} & light[0].keys()
    for one, row in zip(episodes, light, strict=True):
        assert json.loads(row["messages"]) == one.messages
        assert json.loads(row["metrics"]) == one.metrics
        assert row["components"] == [vars(part) for part in one.components]
        assert (row["reward"], row["status"], row["image_hashes"]) == (
            one.reward,
            one.status,
            one.image_hashes,
        )
        if one.completion_ids:
            held = tokens.pop(one.id)
            for name in ("prompt_ids", "completion_ids", "loss_mask", "logprobs", "engine_ids"):
                assert held[name] == getattr(one, name), name
            assert held["image_spans"] == [vars(span) for span in one.image_spans]
            assert held["segments"] == [asdict(segment) for segment in one.segments]
    assert tokens == {}
    assert images.keys() == {sha256 for one in episodes for sha256 in one.image_hashes}
    for sha256, row in images.items():
        stored = Run.open(run).image(sha256)
        assert row["image"]["bytes"] == stored.bytes
        assert (row["height"], row["width"]) == (stored.height, stored.width)


def test_pictures_are_decoded_where_nobody_asks_for_bytes(run: Path, tmp_path: Path) -> None:
    import numpy as np
    from datasets import load_dataset

    export(run, "hf", tmp_path / "out")
    row = load_dataset(str(tmp_path / "out"), "images", split="train", cache_dir=str(tmp_path / "cache"))[0]
    assert (np.asarray(row["image"]) == Run.open(run).image(row["sha256"]).decode()).all()


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_runs_give_the_same_bytes(run: Path, tmp_path: Path, to: str) -> None:
    made = [export(run, to, tmp_path / name / "out") for name in ("a", "b")]
    assert made[0].files == made[1].files
    for name in made[0].files:
        assert (made[0].path / name).read_bytes() == (made[1].path / name).read_bytes()


def test_an_unsealed_run_is_exported_alike(tmp_path: Path) -> None:
    for name, seals in (("a", True), ("b", False)):
        write_run(tmp_path / name / "run", REWARDS, seals=seals)
        export(tmp_path / name / "run", "grpo", tmp_path / name / "out")
    assert rows(tmp_path / "a" / "out") == rows(tmp_path / "b" / "out")


def test_sft_takes_the_best_of_each_good_group(run: Path, tmp_path: Path) -> None:
    report = export(run, "trl-sft", tmp_path / "out")
    made = loaded(tmp_path / "out", "default", tmp_path / "cache")
    assert [(row["group_id"][-1], row["reward"]) for row in made] == [("0", 1.0), ("1", 0.9), ("3", 0.8)]
    assert report.left_out == {
        "not the best of their group": 6,
        "below the least reward": 1,
        "status error": 1,
    }
    more = export(run, "trl-sft", tmp_path / "more", min_reward=0.6)
    assert more.rows == {"default": 6}
    assert more.left_out == {"below the least reward": 4, "status error": 1}


def test_sft_rows_fill_trls_placeholders(run: Path, tmp_path: Path) -> None:
    export(run, "trl-sft", tmp_path / "out")
    store = Run.open(run)
    wanted = {one.id: one for one in store.episodes()}
    for row in loaded(tmp_path / "out", "default", tmp_path / "cache"):
        one = wanted[row["id"]]
        # TRL counts and fills no placeholder in a tool message, and wants parts once there is a picture.
        assert all(isinstance(message["content"], list) for message in row["messages"])
        placeholders = [
            part
            for message in row["messages"]
            for part in message["content"]
            if part["type"] == "image" and message["role"] != "tool"
        ]
        assert placeholders == [{"type": "image"}] * len(row["images"]) == [{"type": "image"}] * 2
        assert [image["bytes"] for image in row["images"]] == [
            store.image(sha).bytes for sha in one.image_hashes
        ]
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["system", "user", "assistant", "tool", "user", "assistant", "tool"]
        function = row["messages"][2]["tool_calls"][0]["function"]
        assert function["arguments"] == {"bbox_2d": [one.sample, 0, 9, 9.5], "note": None}
        assert "tool_calls" not in row["messages"][0], "no keys of other messages, filled with null"
        assert row["tools"] == one.tools


def test_dpo_pairs_the_best_and_the_worst_of_a_group(run: Path, tmp_path: Path) -> None:
    report = export(run, "trl-dpo", tmp_path / "out")
    made = loaded(tmp_path / "out", "default", tmp_path / "cache")
    store = Run.open(run)
    assert [(row["chosen_reward"], row["rejected_reward"]) for row in made] == [(1.0, 0.2), (0.3, 0.1)]
    assert report.left_out == {
        "groups without a difference": 1,
        "groups with one graded episode": 1,
        "status error": 1,
    }
    for row in made:
        assert row["prompt"][-1]["role"] == "user"
        assert [image["bytes"] for image in row["images"]] == [picture(int(row["group_id"][-1])).bytes]
        for side in ("chosen", "rejected"):
            (message,) = row[side]  # what each led to begins with a picture, which TRL cannot carry here
            sample = next(one.sample for one in store.episodes(["sample"]) if one.id == row[f"{side}_id"])
            assert message["tool_calls"][0]["function"]["arguments"]["bbox_2d"][0] == sample
    assert export(run, "trl-dpo", tmp_path / "wide", margin=0.5).left_out["groups without a difference"] == 2


def test_conversations_without_pictures_part_to_their_end() -> None:
    question = {"role": "user", "content": "1 + 1?"}
    good = [question, {"role": "assistant", "content": "hm"}, question, {"role": "assistant", "content": "2"}]
    bad = [question, {"role": "assistant", "content": "3"}, {"role": "tool", "content": "done"}]
    assert parted(good, bad) == ([question], good[1:], bad[1:2], [])
    assert parted(good, good) is None
    assert parted(good, good[:1]) is None
    assert parted(good, [{"role": "user", "content": "1 + 2?"}]) is None


def test_grpo_advantages_and_what_is_left_out(run: Path, tmp_path: Path) -> None:
    report = export(run, "grpo", tmp_path / "out")
    made = loaded(tmp_path / "out", "default", tmp_path / "cache")
    store = Run.open(run)
    assert report.left_out == {"status error": 1}
    assert report.without_tokens == 1
    assert [row["has_tokens"] for row in made] == [True] * 9 + [False]
    assert made[-1]["messages"], "an episode without tokens keeps its messages"
    # group 0: 0.2, 1.0, 0.6, 0.2; mean 0.5, standard deviation with n - 1 of 0.3829708
    assert [row["advantage_raw"] for row in made[:4]] == pytest.approx([-0.3, 0.5, 0.1, -0.3])
    assert [row["advantage"] for row in made[:4]] == pytest.approx(
        [value / 0.3830708 for value in (-0.3, 0.5, 0.1, -0.3)], rel=1e-5
    )
    assert made[8]["advantage"] == made[8]["advantage_raw"] == 0.0, "a group of one has none"
    for row in made:
        assert [image["bytes"] for image in row["images"]] == [
            store.image(s).bytes for s in row["image_hashes"]
        ]
        assert all(span["image"] < len(row["images"]) for span in row["image_spans"])
        assert sum(row["step_rewards"]) == row["reward"]


def test_runs_in_one_folder_keep_equal_ids_apart(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", [(0.0, 1.0)])
    write_run(tmp_path / "runs" / "b", [(1.0, 1.0)])
    report = export(tmp_path / "runs", "grpo")
    assert report.path == tmp_path / "runs" / "export-grpo"
    assert [(row["run"], row["advantage_raw"]) for row in rows(report.path)] == [
        ("a", -0.5), ("a", 0.5), ("b", 0.0), ("b", 0.0),
    ]  # fmt: skip
    assert len(rows(export(tmp_path / "runs", "hf").path, "images")) == 3
    assert [row["run"] for row in rows(export(tmp_path / "runs", "trl-dpo").path)] == ["a"]


@pytest.mark.parametrize("to", FORMATS)
def test_nothing_private_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    secret, home, host = "sk-planted-0123456789", str(tmp_path / "planted-home"), "planted-box-7"
    monkeypatch.setenv("PLANTED_API_KEY", secret)
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    spilt = f"{secret} in {home}/x on {host}"
    drawing = "http://www.w3.org/2000/svg"
    one, images = episode(0, 1, 1.0)
    messages = [*one.messages, {"role": "assistant", "content": f"{drawing} {spilt}"}]
    turns = [replace(one.turns[0], text=spilt, calls=[{"name": "zoom_in", "arguments": {"note": spilt}}])]
    leaky = replace(
        one,
        messages=messages,
        turns=turns,
        why=spilt,
        stop_reason=spilt,
        error=spilt,
        model=f"{home}/models/m",
        backend=f"http://me:pw@{host}:8000/v1",
        env_kwargs={"source": f"folder:{home}/pictures", "api_key": secret},
        sampling={"stop": [spilt]},
    )
    run = write_run(tmp_path / "run", [(0.0,)], (leaky, images))
    report = export(run, to, tmp_path / "out")
    text = "".join(str(rows(report.path, config)) for config in report.rows)
    text += (report.path / "README.md").read_text()
    for private in (secret, home, host, "me:pw"):
        assert private not in text
    if to in ("hf", "trl-sft", "grpo"):
        assert drawing in text, "an address that an agent drew stays"
    if to in ("hf", "grpo"):
        assert report.withheld == 1, "its tokens spell what its messages do"
        held = rows(report.path, "tokens" if to == "hf" else "default")
        assert [row["id"][-1] for row in held if row["completion_ids"]] == ["0"]


def test_hostile_values_load(tmp_path: Path) -> None:
    nasty = "a\ud800b\x00</script>"
    hostile, images = episode(0, 1, 1.0)
    arguments = f'{{"x": NaN, "big": {10**30}, "text": {json.dumps(nasty)}}}'
    messages = [dict(message) for message in hostile.messages]
    messages[2]["tool_calls"] = [
        {"id": "call_0", "type": "function", "function": {"name": "z", "arguments": arguments}}
    ]
    messages[4] = {"role": "assistant", "content": nasty}
    run = write_run(tmp_path / "run", [(0.0,)], (replace(hostile, messages=messages), images))
    export(run, "trl-sft", tmp_path / "out")
    (row,) = loaded(tmp_path / "out", "default", tmp_path / "cache")
    clean = nasty.replace("\ud800", "\ufffd")
    assert row["messages"][2]["tool_calls"][0]["function"]["arguments"] == {
        "x": None, "big": str(10**30), "text": clean,
    }  # fmt: skip
    assert row["messages"][5]["content"] == [{"type": "text", "text": clean}]


def test_the_card_names_what_is_there(run: Path, tmp_path: Path) -> None:
    report = export(run, "hf", tmp_path / "out", title="zooms", licence="apache-2.0")
    _, header, body = (report.path / "README.md").read_text().split("---\n", 2)
    told = yaml.safe_load(header)
    assert [config["config_name"] for config in told["configs"]] == ["default", "tokens", "images"]
    assert told["license"] == "apache-2.0"
    assert f"| {ENV} | expert | train | 1 | ok | 4 | 0.500 |" in body
    assert f"| {ENV} | expert | train | 1 | error | 1 |  |" in body
    assert "eyesmith collect eyesmith/ZoomQA-v0 --policy expert -n 8 -g 4 --seed 0 --env.kind=swatch" in body
    for word in (
        "recipe `default`",
        "accuracy",
        "abc123",
        "tiny (vllm 0.32)",
        "#### Episode end",
        "By status",
    ):
        assert word in body
    for schema in SCHEMAS["hf"].values():
        assert all(f"| `{name}` |" in body for name in schema.names)


def test_every_column_has_a_meaning() -> None:
    for format, configs in SCHEMAS.items():
        for schema in configs.values():
            assert all(meaning(name, format) for name in schema.names)


def test_tables_are_cut_into_files_and_row_groups(tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int32()), ("json", JSON_LIST), ("images", IMAGES)])
    table = Shards(tmp_path / "t", schema, shard_bytes=100_000)
    for n in range(200):
        table.add({"n": n, "json": ["{}"], "images": [{"bytes": bytes(1000), "path": "x"}]})
    table.close()
    assert table.rows == 200
    assert [row["n"] for row in rows(tmp_path, "t")] == list(range(200))
    assert len(list((tmp_path / "t").iterdir())) == 2
    assert pq.ParquetFile(tmp_path / "t" / "train-00000.parquet").metadata.row_group(0).num_rows == 64


def test_a_table_without_a_row_leaves_no_folder(tmp_path: Path) -> None:
    Shards(tmp_path / "t", pa.schema([("n", pa.int32())])).close()
    assert not (tmp_path / "t").exists()


def test_what_cannot_be_exported_says_so(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there are: hf, trl-sft, trl-dpo, grpo\. Minari"):
        export(run, "minari")
    with pytest.raises(UsageError, match="Did you mean 'trl-sft'"):
        export(run, "tlr-sft")
    with pytest.raises(UsageError, match="--min-reward belongs to --to trl-sft"):
        export(run, "hf", min_reward=0.5)
    with pytest.raises(UsageError, match="above 0"):
        export(run, "trl-dpo", margin=0.0)
    with pytest.raises(RunError, match="nothing was written"):
        export(run, "trl-dpo", tmp_path / "none", margin=5.0)
    Run.create(tmp_path / "empty", {}).close()
    with pytest.raises(RunError, match="no episode"):
        export(tmp_path / "empty", "hf")
    assert not (tmp_path / "none").exists()


def test_what_is_there_is_not_touched(run: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="there already"):
        export(run, "hf", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("broken", ["disk", "picture"])
def test_a_failure_leaves_nothing_behind(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    add = Shards.add

    def full(table: Shards, row: dict) -> None:
        if table.rows == 3:
            raise OSError(28, "No space left on device")
        add(table, row)

    if broken == "disk":
        monkeypatch.setattr(formats.Shards, "add", full)
    else:
        path = run / "images-00000.parquet"
        before[path.name] = path.read_bytes()[:-100]
        path.write_bytes(before[path.name])
    with pytest.raises(StorageError if broken == "disk" else RunError, match=r"No space left|damaged"):
        export(run, "hf", tmp_path / "place" / "out")
    assert list((tmp_path / "place").iterdir()) == []
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(run), "--to", "grpo", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "default 10 rows" in said
    assert "left out: 1 status error" in said
    assert "without tokens: 1 rows" in said
    assert main(["export", str(run), "--to", "minari"]) == 2
    assert "hf, trl-sft, trl-dpo, grpo" in capsys.readouterr().err


def test_plain_texts_stay_plain_without_pictures() -> None:
    assert chat([{"role": "user", "content": "hi"}]) == ([{"role": "user", "content": "hi"}], [])
    made, hashes = chat(
        [{"role": "system", "content": "s"}, {"role": "user", "content": shown("ab", text="t")}]
    )
    assert made[0]["content"] == [{"type": "text", "text": "s"}]
    assert hashes == ["ab"]
