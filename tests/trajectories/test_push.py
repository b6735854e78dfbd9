"""Publishing a data set, end to end against a hub on this machine."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from eyesmith.__main__ import main
from eyesmith.errors import InfrastructureError, MissingExtraError, UsageError
from eyesmith.trajectories.push import push
from eyesmith.trajectories.run import Run

from .hub import TOKEN, Hub, serving
from .published import write_run

REPO = "me/zooms"
REWARDS = [(0.2, 1.0, 0.6, 0.2), (0.9, 0.9)]

# What stands on the other side: each config as JSON, pictures as hexadecimal bytes.
LOAD = """
import json, sys
from datasets import Image, load_dataset
found = {}
for config in ("default", "tokens", "images"):
    rows = load_dataset(sys.argv[1], config, split="train")
    if config == "images":
        rows = rows.cast_column("image", Image(decode=False))
    found[config] = list(rows)
print(json.dumps(found, default=lambda value: value.hex() if isinstance(value, bytes) else str(value)))
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the environment points to, and a home of its own, so that nothing is left elsewhere."""
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # read long before
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        yield hub


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", REWARDS)


def in_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Another process: the libraries read their settings once, when they are imported."""
    return subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, env=dict(os.environ), check=False
    )


def test_a_data_set_comes_back_as_it_was(hub: Hub, run: Path, tmp_path: Path) -> None:
    words = ["push", str(run), REPO, "--private", "--licence", "apache-2.0"]
    pushed = in_process("-m", "eyesmith", *words)
    assert pushed.returncode == 0, pushed.stderr
    assert f"{hub.url}/datasets/{REPO}/commit/" in pushed.stdout
    assert hub.repos[REPO]["private"]
    assert hub.commits == 1
    files = hub.files(REPO)
    assert {"README.md", "default/train-00000.parquet", "images/train-00000.parquet"} <= files.keys()
    assert b"license: apache-2.0" in files["README.md"]
    assert f'load_dataset("{REPO}", "tokens", split="train")'.encode() in files["README.md"]

    other = in_process("-c", LOAD, REPO)
    assert other.returncode == 0, other.stderr
    found = json.loads(other.stdout.splitlines()[-1])
    store = Run.open(run)
    episodes = list(store.episodes())
    assert len(episodes) == len(found["default"]) == len(found["tokens"]) == 6
    for one, light, tokens in zip(episodes, found["default"], found["tokens"], strict=True):
        assert one.id == light["id"] == tokens["id"]
        assert light["components"] == [vars(part) for part in one.components]
        assert light["step_rewards"] == one.step_rewards
        assert json.loads(light["messages"]) == one.messages
        for name in ("prompt_ids", "completion_ids", "loss_mask", "logprobs", "engine_ids", "token_exact"):
            assert tokens[name] == getattr(one, name), name
        assert tokens["image_spans"] == [vars(span) for span in one.image_spans]
        assert tokens["segments"] == [asdict(segment) for segment in one.segments]
    images = {row["sha256"]: bytes.fromhex(row["image"]["bytes"]) for row in found["images"]}
    assert images == {sha: store.image(sha).bytes for one in episodes for sha in one.image_hashes}

    sent = b"".join(body for _, _, body in hub.requests)
    assert TOKEN.encode() not in sent
    assert TOKEN not in pushed.stdout + pushed.stderr
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not any(TOKEN.encode() in path.read_bytes() for path in left)


def test_pushing_again_replaces_what_was_there(hub: Hub, run: Path, tmp_path: Path) -> None:
    push(run, REPO)
    hub.files(REPO)["default/train-00007.parquet"] = b"of an earlier, longer run"
    hub.files(REPO)["notes.txt"] = b"mine"
    (tmp_path / "short").mkdir()
    push(write_run(tmp_path / "short" / "run", [(1.0,)]), REPO)
    assert "default/train-00007.parquet" not in hub.files(REPO)
    assert hub.files(REPO)["notes.txt"] == b"mine"
    assert b"1 episodes" in hub.files(REPO)["README.md"]
    assert hub.commits == 2


def test_a_dry_run_needs_no_token_and_no_network(
    hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert main(["push", str(run), REPO, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "4 files" in said
    assert f"would go to {REPO}" in said
    assert "images/train-00000.parquet" in said
    assert "## Columns of `tokens`" in said
    assert hub.requests == []
    assert sorted(path.name for path in run.iterdir() if "export" in path.name) == []


def test_what_is_lacking_is_named(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="owner/name"):
        push(run, "zooms")
    with monkeypatch.context() as patch:
        patch.delenv("HF_TOKEN")
        with pytest.raises(UsageError, match="HF_TOKEN"):
            push(run, REPO)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[hub\]"'):
        push(run, REPO)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        (("POST", "/api/repos/create", 401), UsageError, "HF_TOKEN"),
        (("POST", "/api/repos/create", 403), UsageError, "may write"),
        (("POST", "/commit/", 403), UsageError, "may write"),
        (("POST", "/commit/", 500), InfrastructureError, "push again"),
    ],
)
def test_a_refusal_is_one_paragraph(
    hub: Hub, run: Path, refusal: tuple[str, str, int], error: type[Exception], words: str
) -> None:
    hub.refuse = refusal
    with pytest.raises(error, match=words) as told:
        push(run, REPO)
    assert "\n" not in str(told.value)
    assert str(refusal[2]) in str(told.value)
    assert TOKEN not in str(told.value)
    assert hub.commits == 0


def test_a_wrong_token_is_refused(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    with pytest.raises(UsageError, match="401") as told:
        push(run, REPO)
    assert "hf_of_somebody_else" not in str(told.value)
    assert hub.repos == {}


def test_an_unknown_licence_is_refused_before_anything_is_sent(hub: Hub, run: Path) -> None:
    with pytest.raises(UsageError, match="must be one of") as told:
        push(run, REPO, licence="not-a-licence")
    assert "\n" not in str(told.value)
    assert hub.files(REPO) == hub.blobs == {}


def test_private_refuses_a_repository_that_is_public(hub: Hub, run: Path) -> None:
    hub.repos[REPO] = {"files": {}, "private": False}
    with pytest.raises(UsageError, match="is public, so nothing was sent"):
        push(run, REPO, private=True)
    assert hub.blobs == {}
    push(run, REPO)
    assert hub.commits == 1


@pytest.mark.parametrize("at", ["/preupload/", "/commit/"])
def test_a_lost_connection_is_one_paragraph(
    hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    hub.breaks_at = at
    monkeypatch.setattr(time, "sleep", lambda _: None)  # the library waits 23 s between its tries
    with pytest.raises(InfrastructureError, match="all of me/zooms or nothing") as told:
        push(run, REPO)
    assert "\n" not in str(told.value)
    assert hub.files(REPO) == {}
    hub.breaks_at = None
    push(run, REPO)
    assert hub.commits == 1


def test_no_hub_at_all(
    hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["push", str(run), REPO]) == 1
    assert "the connection to the hub broke off" in capsys.readouterr().err
