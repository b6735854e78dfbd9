"""Runs of a model as a whole: interrupted, large, scored, shown, exported, and silent about the machine."""

import asyncio
import gc
import json
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import eyesmith
from eyesmith.__main__ import main
from eyesmith.agents import CollectReport
from eyesmith.agents.collection import collecting
from eyesmith.agents.loop import Model
from eyesmith.agents.policy import Sampling
from eyesmith.errors import UsageError
from eyesmith.trajectories.export import export
from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.run import Run
from eyesmith.trajectories.score import rescore

from .conftest import HERE, gone, workers_of
from .engines import ScriptedEngine, changed, fails, model_of, once
from .played import MISHAP, sampled, tokens
from .test_model_collection import CODEC, EPISODES, TURNS, collect, config, found, prompt_of

ROOT = Path(eyesmith.__file__).parent
SETTINGS: dict[str, Any] = {"episodes": 24, "group": 4, "concurrency": 6}


# -- Ctrl-C


@pytest.fixture
def converse() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `conversing.py`; what still runs is killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def run(out: Path, **settings: Any) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        told = {"env": MISHAP, "model": "simulated", "workers": 2, "env_kwargs": {"max_turns": TURNS}}
        words = [str(out), json.dumps(told | SETTINGS | settings)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.agents.conversing", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


def wait_for_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return
    raise AssertionError(f"it ended before it said {start!r}")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl_c", "kill_9"])
def test_interrupted_and_resumed_it_is_the_run_that_it_would_have_been(
    tmp_path: Path, converse: Callable[..., subprocess.Popen[str]], how: signal.Signals
) -> None:
    process = converse(tmp_path / "run", delay_s=0.05)
    wait_for_line(process, "done 8/")
    time.sleep(0.2)
    children = workers_of(process.pid)
    assert len(children) == 2
    process.send_signal(how)
    output, _ = process.communicate(timeout=30)
    assert gone(children)
    kept = found(tmp_path / "run")
    finished = {place for place, episode in kept.items() if episode.status == "truncated"}
    if how is signal.SIGINT:
        assert process.returncode == 130, output
        assert "interrupted, aborted 6" in output
        assert "Traceback" not in output
        assert not list((tmp_path / "run").glob("*.eslog"))
        assert {episode.status for episode in kept.values()} == {"truncated", "aborted"}
        parts = [sampled(kept[place]) for place in set(kept) - finished]
        assert len(parts) == 6
        assert all(parts), "the tokens so far are kept"
    report, again = collect(tmp_path / "run", **SETTINGS, resume=True)
    assert (report.before, report.done) == (len(finished), 24 - len(finished))
    _, whole = collect(tmp_path / "other", **SETTINGS)
    assert sorted(again) == sorted(whole) == [(index, sample) for index in range(6) for sample in range(4)]
    assert {place: tokens(episode) for place, episode in again.items()} == {
        place: tokens(episode) for place, episode in whole.items()
    }
    assert sum(pq.read_table(path).num_rows for path in (tmp_path / "other").glob("episodes-*.parquet")) == 24


# -- 256 at once


def test_256_episodes_at_once_leave_no_descriptor_and_no_memory(tmp_path: Path) -> None:
    def once_more(name: str) -> tuple[int, int, int]:
        engine = ScriptedEngine(CODEC, delay_s=0.3)
        settings: dict[str, Any] = {
            "episodes": 256,
            "group": 8,
            "concurrency": 256,
            "env_kwargs": {"max_turns": 3},
        }
        report, places = collect(tmp_path / name, engine, **settings)
        assert report.statuses == {"truncated": 256}
        assert all(episode.token_exact for episode in places.values())
        del places
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return engine.most_at_once, len(os.listdir("/proc/self/fd")), pages * resource.getpagesize()

    _, before, memory = once_more("first")
    most, after, later = once_more("second")
    assert most > 128
    assert after <= before
    assert later - memory < 60e6


# -- scored, shown, exported


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every status but `aborted`, and some segments."""
    monkeypatch = pytest.MonkeyPatch()
    out = tmp_path_factory.mktemp("mixed") / "run"
    drift = once(changed(prompt_ids=(1,)), turn=1, where=prompt_of(1))
    lost = once(fails("lost"), turn=2, times=10**6, where=prompt_of(2))
    short = once(changed(finish_reason="context", token_ids=(), logprobs=()), turn=1, where=prompt_of(3))

    def schedule(asked: Any) -> Any:
        return drift(asked) or lost(asked) or short(asked)

    def answer(asked: Any) -> str:
        ends = asked.turn == 3 and prompt_of(0) in asked.text
        call = (
            '{"name": "submit", "arguments": {}}' if ends else '{"name": "paint", "arguments": {"cell": %d}}'
        )
        cell = (asked.sampling.seed or 0) % 8
        return f"<tool_call>\n{call if ends else call % cell}\n</tool_call>"

    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(HERE))
        collect(out, ScriptedEngine(CODEC, answer, schedule=schedule), retries=0, image_window=3)
    return out


def test_every_status_is_there(mixed: Path) -> None:
    places = found(mixed)
    assert {episode.status for episode in places.values()} == {"ok", "truncated", "drift", "error"}
    assert {e.stop_reason for e in places.values() if e.status == "truncated"} == {"context", "max_turns"}
    assert any(episode.segments for episode in places.values())
    for episode in places.values():
        assert (episode.reward is None) == (episode.status in ("drift", "error"))


def test_scoring_again_finds_no_difference(mixed: Path) -> None:
    report = rescore(Run.open(mixed))
    assert not report.differences
    assert report.scored == sum(e.status in ("ok", "truncated") for e in found(mixed).values())
    assert main(["score", str(mixed)]) == 0


def test_it_is_shown(mixed: Path, tmp_path: Path) -> None:
    assert main(["show", str(mixed), "--out", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text()
    for episode in found(mixed).values():
        assert json.dumps(episode.id)[1:-1] in page


@pytest.mark.parametrize("to", ["hf", "grpo", "trl-sft"])
def test_it_is_exported(mixed: Path, tmp_path: Path, to: str) -> None:
    report = export(mixed, to, tmp_path / "made", **({"min_reward": -1.0} if to == "trl-sft" else {}))
    places = {episode.id: episode for episode in found(mixed).values()}
    rows = {row["id"]: row for row in read(tmp_path / "made" / "default")}
    graded = {name for name, episode in places.items() if episode.reward is not None}
    assert set(rows) == (set(places) if to == "hf" else graded), report.left_out
    for name, row in rows.items():
        assert row["reward"] == places[name].reward
        if to == "grpo":
            assert row["has_tokens"] is True
            assert row["completion_ids"] == places[name].completion_ids
            assert [s["completion_ids"] for s in row["segments"]] == [
                s.completion_ids for s in places[name].segments
            ]
    if to == "hf":
        told = {row["id"]: row for row in read(tmp_path / "made" / "tokens")}
        for name, row in told.items():
            assert {
                key: row[key]
                for key in ("prompt_ids", "completion_ids", "loss_mask", "logprobs", "engine_ids")
            } == {key: value for key, value in tokens(places[name]).items() if key != "image_spans"}
        images = {row["sha256"] for row in read(tmp_path / "made" / "images")}
        assert images == {sha256 for episode in places.values() for sha256 in episode.image_hashes}


def read(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


# -- silence

KEY, PASSWORD, HOST = "sk-planted-0123456789", "hunter2-hunter2", "inference-7.internal.example"


def test_no_key_home_or_host_is_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home" / "somebody"
    folder = home / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"\0" * 9)
    (home / "own.jinja").write_text("x")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("EYESMITH_API_KEY", KEY)
    monkeypatch.setattr(socket, "gethostname", lambda: "box-17")
    monkeypatch.setattr(platform, "node", lambda: "box-17")
    said = f"401: bad key {KEY} at http://user:{PASSWORD}@{HOST}:8000/v1?key={KEY} of box-17, see {home}/log"
    engine = ScriptedEngine(CODEC, schedule=once(fails(said), turn=1, times=10**6, where=prompt_of(1)))
    settings: dict[str, Any] = {
        "model": str(folder),
        "tokenizer": str(folder),
        "chat_template": str(home / "own.jinja"),
        "backend": "vllm-server",
        "base_url": f"http://user:{PASSWORD}@{HOST}:8000/v1",
        "engine": {"extra_body": {"note": f"made on box-17 by {KEY}"}},
        "env_kwargs": {"what": "bug", "at": [2]},
        "retries": 0,
    }
    told = {"model": "tiny", "backend": "vllm-server", "sampling": Sampling().as_dict()}
    model = Model(engine, CODEC, Sampling(), told)
    logged: list[str] = []

    def look(report: CollectReport) -> None:
        logged.extend([report.failure, *everything(tmp_path / "run")])

    report = asyncio.run(collecting(config(**settings), tmp_path / "run", model=model, progress=look))
    assert report.statuses == {"truncated": EPISODES - 4, "error": 4}
    text = "".join([*logged, *everything(tmp_path / "run")])
    assert "no such key in ~/thing" in text, "the bug is told"
    assert "401: bad key $EYESMITH_API_KEY at http://<host>:8000/v1" in text
    for private in (KEY, PASSWORD, HOST, str(home), "somebody", "box-17"):
        assert private not in text, private
    assert {episode.policy for episode in Run.open(tmp_path / "run").episodes()} == {"tiny"}
    assert capsys.readouterr().out == ""


def everything(folder: Path) -> Iterator[str]:
    """All texts of a run's files."""
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            yield json.dumps(pq.read_table(path).to_pylist(), default=repr)
        elif path.is_file():
            yield path.read_text(errors="replace")
    for episode in Run.open(folder).episodes():
        yield repr(vars(episode))


@pytest.mark.parametrize("name", ["api_key", "hf_token"])
def test_a_secret_among_the_engine_s_settings_is_refused(tmp_path: Path, name: str) -> None:
    secret = config(engine={name: KEY})
    with pytest.raises(UsageError, match=r"looks like a secret.*environment variable"):
        asyncio.run(collecting(secret, tmp_path / "run", model=model_of(ScriptedEngine(CODEC))))
    assert not (tmp_path / "run").exists()


def test_a_record_says_which_model_it_was(tmp_path: Path) -> None:
    engine = ScriptedEngine(CODEC)
    model = model_of(engine, temperature=0.5)
    asyncio.run(collecting(config(episodes=2), tmp_path / "run", model=model))
    stored = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (stored["model"], stored["policy"], stored["model_files"]) == ("simulated", "model", "")
    episodes: list[Episode] = list(Run.open(tmp_path / "run").episodes())
    for episode in episodes:
        assert (episode.model, episode.backend, episode.policy) == ("simulated", "simulated", "simulated")
        assert episode.env_kwargs["action_format"] == "hermes"
        assert {"python", "eyesmith"} <= set(episode.versions)
