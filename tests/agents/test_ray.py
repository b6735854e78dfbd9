"""Environment workers on a Ray cluster: a local one of two CPUs, shared by the tests of this file."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import gymnasium
import pytest

from eyesmith.agents import CollectConfig, CollectReport, collect, ray_workers
from eyesmith.agents.collection import collecting
from eyesmith.agents.loop import Model
from eyesmith.agents.policy import EngineSettings, Generation, Sampling, TokenPrompt
from eyesmith.agents.ray_workers import RayPool, RayWorker
from eyesmith.errors import EpisodeTimeoutError, MissingExtraError, UsageError, WorkerError
from eyesmith.tools.tool import Image
from eyesmith.trajectories.run import Run

from .test_collection import TROUBLE, by_place, told, trouble
from .test_workers import order

ray = pytest.importorskip("ray", reason="needs ray: make test")

ZOOM: dict[str, Any] = {
    "env": "eyesmith/ZoomQA-v0",
    "policy": "random",
    "episodes": 12,
    "group": 4,
    "env_kwargs": {"kind": "swatch"},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; this process is connected to it."""
    os.environ["TROUBLE_PIDS"] = str(tmp_path_factory.mktemp("pids") / "pid")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = ray.init(
        address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
    )
    yield made.address_info["gcs_address"]
    ray.shutdown()


class Painter:
    """Takes messages; paints cells by the chance of each turn, and hands in after four pictures."""

    takes_tokens = False
    context = None
    weight_version = 0
    settings = EngineSettings(model="painter")

    def __init__(self, meanwhile: Callable[[int], None] = lambda turns: None) -> None:
        self.meanwhile, self.turns, self.seen = meanwhile, 0, Counter[str]()

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def abort(self, key: str) -> None: ...

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        self.turns += 1
        self.meanwhile(self.turns)
        self.seen.update(image.sha256 for image in images)
        chance = Random(sampling.seed)
        call = {"name": "paint", "arguments": json.dumps({"cell": chance.randrange(8)})}
        if len(images) > 3:
            call = {"name": "submit", "arguments": "{}"}
        await asyncio.sleep(0.01)
        calls = [{"id": f"c{len(prompt.messages)}", "type": "function", "function": call}]
        said = {"role": "assistant", "content": f"chance {chance.random()}", "tool_calls": calls}
        return Generation(text=json.dumps(said))


def config(**changes: Any) -> CollectConfig:
    settings: dict[str, Any] = {"workers": 2, "timeout_s": 60.0, "episodes": 8, "group": 2}
    return CollectConfig(**(settings | {"env": TROUBLE} | changes))


def talked(folder: Path, painter: Painter, **changes: Any) -> CollectReport:
    model = Model(painter, None, Sampling(), {"model": "painter", "backend": "simulated"})
    return asyncio.run(collecting(config(model="painter", concurrency=6, **changes), folder, model=model))


def as_played(folder: Path) -> dict[tuple[int, int], Any]:
    """Episodes without what may differ from one playing to the next, and the bytes of their pictures."""
    run = Run.open(folder)
    found = {}
    for place, episode in by_place(folder).items():
        turns = [replace(turn, latency_ms=None) for turn in told(episode).turns]
        metrics = {name: value for name, value in episode.metrics.items() if name != "pid"}
        same = replace(told(episode), turns=turns, metrics=metrics)
        found[place] = same, [run.image(sha256).bytes for sha256 in episode.image_hashes]
    return found


def until(is_so: Callable[[], bool], within_s: float = 15.0) -> bool:
    limit = time.monotonic() + within_s
    while not is_so() and time.monotonic() < limit:
        time.sleep(0.05)
    return is_so()


def is_gone(pid: int) -> bool:
    try:
        return stat(pid)[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_scripted_collection_equals_the_local_one_to_the_byte(cluster: str, tmp_path: Path) -> None:
    report = collect(config(**ZOOM, ray=True), tmp_path / "ray")
    collect(config(**ZOOM), tmp_path / "local")
    assert report.statuses.total() == 12
    played = as_played(tmp_path / "ray")
    assert played == as_played(tmp_path / "local")
    assert all(pictures for _, pictures in played.values())
    assert ray.is_initialized(), "who connected before goes on using it"


def test_a_models_collection_equals_the_local_one(cluster: str, tmp_path: Path) -> None:
    ours, local = Painter(), Painter()
    assert talked(tmp_path / "ray", ours, ray=True).statuses == Counter(ok=8)
    assert talked(tmp_path / "local", local).statuses == Counter(ok=8)
    assert ours.seen == local.seen
    assert len(ours.seen) > 8
    assert as_played(tmp_path / "ray") == as_played(tmp_path / "local")


def test_a_models_episodes_outlive_the_actors_they_are_played_in(cluster: str, tmp_path: Path) -> None:
    pids: list[int] = []

    def kill(turns: int) -> None:
        if turns == 14:
            pids.extend(actors())
            os.kill(pids[0], signal.SIGKILL)

    report = talked(tmp_path / "ray", Painter(kill), ray=True)
    assert report.statuses == Counter(ok=8)
    assert len(pids) == 2
    assert is_gone(pids[0])
    assert {episode.attempts for episode in by_place(tmp_path / "ray").values()} == {1}
    talked(tmp_path / "local", Painter())
    assert as_played(tmp_path / "ray") == as_played(tmp_path / "local"), "no turn was sampled again"


def actors() -> list[int]:
    """Living actors of eyesmith on the cluster of this process: below its raylet."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name = (entry / "cmdline").read_bytes()
            raylet = int(stat(int(entry.name))[1])
            is_ours = name.startswith(b"ray::RayActor") and int(stat(raylet)[1]) == os.getpid()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if is_ours and not is_gone(int(entry.name)):
            found.append(int(entry.name))
    return found


def stat(pid: int) -> list[str]:
    """State, parent and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("die", "WorkerError: a worker died during its episode (ActorDiedError)"),
        ("bug", "ValueError: no such key in ~/thing (trouble.py:"),
    ],
)
def test_what_fails_each_time_is_an_error_and_never_a_reward(
    cluster: str, tmp_path: Path, what: str, said: str
) -> None:
    """What is told of a dead actor names no address, process or folder, though Ray's own words do."""
    settings = trouble(what, at=2, retries=1)
    report = collect(config(**vars(settings) | {"ray": True}), tmp_path)
    assert report.statuses == Counter(ok=6, error=2)
    assert report.mean_reward == pytest.approx(1.0)
    failed = [episode for place, episode in by_place(tmp_path).items() if place[0] == 2]
    assert len(failed) == 2
    for episode in failed:
        assert (episode.status, episode.attempts, episode.reward) == ("error", 2, None)
        assert episode.error.startswith(said), episode.error


def test_a_dead_actor_and_a_slow_one_are_replaced_with_what_they_started(cluster: str) -> None:
    async def play() -> None:
        pool = RayPool(1)
        try:
            await pool.open(lambda text: None)
            (worker,) = pool.workers
            with pytest.raises(WorkerError, match="died during its episode"):
                await worker.ask(order(env_kwargs={"what": "die"}), 30.0)
            assert worker.pid is None
            await worker.ask(order(), 30.0)
            slow, child = worker.pid, Path(os.environ["TROUBLE_PIDS"])
            assert slow is not None
            assert worker.incarnation == 2
            with pytest.raises(EpisodeTimeoutError, match=r"took longer than 5 s"):
                await worker.ask(order(env_kwargs={"what": "hang_with_a_child"}), 5.0)
            assert until(lambda: is_gone(slow))
            assert until(lambda: is_gone(int(child.read_text())))
            reply, _ = await worker.ask(order(), 30.0)
            assert reply["row"]["status"] == "ok"
            last = worker.pid
            assert last is not None
            pool.close()
            assert until(lambda: is_gone(last))
        finally:
            pool.close()

    asyncio.run(play())


def test_cancelling_an_episode_ends_its_actor_and_leaving_a_session_does_not(cluster: str) -> None:
    async def play() -> None:
        pool = RayPool(1)
        try:
            await pool.open(lambda text: None)
            (worker,) = pool.workers
            pid = worker.pid
            begin = order(do="begin", session=1)
            reply, blobs = await worker.ask(begin, 30.0)
            assert len(blobs) == len(reply["pictures"]) == 1
            say = {"do": "say", "session": 1, "text": "?", "engine": {}}
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(worker.ask(say, 30.0), 1e-4)
            assert worker.pid == pid
            hang = order(env_kwargs={"what": "hang"})
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(worker.ask(hang, 30.0), 1.0)
            assert worker.pid is None
        finally:
            pool.close()

    asyncio.run(play())


def test_the_callers_mistake_ends_the_collection(cluster: str, tmp_path: Path) -> None:
    from trouble import TroubleEnv

    gymnasium.register(id="elsewhere/Trouble-v0", entry_point=TroubleEnv)
    try:
        with pytest.raises(UsageError, match="do not know 'elsewhere/Trouble-v0': register it in a module"):
            collect(config(env="elsewhere/Trouble-v0", ray=True), tmp_path)
    finally:
        del gymnasium.registry["elsewhere/Trouble-v0"]


def test_a_full_cluster_is_waited_for_and_that_is_said(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_workers, "SAY_EVERY_S", 0.3)
    said: list[str] = []

    class Tenant:
        def hello(self) -> None: ...

    tenant = ray.remote(Tenant).options(num_cpus=1).remote()
    ray.get(tenant.hello.remote())

    async def play() -> None:
        pool = RayPool(2)
        opening = asyncio.ensure_future(pool.open(said.append))
        try:
            async with asyncio.timeout(60.0):
                while not any("1 of 2 workers have a CPU (it has 2;" in text for text in said):
                    await asyncio.sleep(0.05)
                assert not opening.done()
                ray.kill(tenant)
                await opening
            assert said[0] == "connecting to the Ray cluster"
            assert said[-1] == ""
            assert len({worker.pid for worker in pool.workers} - {None}) == 2
        finally:
            opening.cancel()
            pool.close()

    asyncio.run(play())


def test_a_machine_of_the_cluster_with_another_version_or_none(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unable:
        def __init__(self) -> None:
            raise ImportError("no module named eyesmith")

        async def hello(self) -> None: ...

    async def start() -> None:
        await RayWorker(0).start()

    with monkeypatch.context() as here:
        here.setattr(ray_workers, "__version__", "0.0.7")
        here.setattr(ray_workers, "RayActor", actor_of_now())
        with pytest.raises(UsageError, match=r"here is 0\.0\.7: install the same on every machine"):
            asyncio.run(start())
    monkeypatch.setattr(ray_workers, "RayActor", Unable)
    with pytest.raises(UsageError, match="install this version of eyesmith"):
        asyncio.run(start())


def actor_of_now() -> type:
    """The actor's class, with the version as it is on the machines of the cluster."""
    from eyesmith import __version__

    class RayActor:
        async def hello(self) -> tuple[str, int]:
            return __version__, 1

    return RayActor


def test_an_actor_that_cannot_be_placed_again_is_left_alone_for_a_while(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_workers, "REPLACE_S", 0.5)

    async def play() -> None:
        pool = RayPool(2)
        tenant = None
        try:
            await pool.open(lambda text: None)
            lost, other = pool.workers
            lost.kill()
            tenant = ray.remote(Sitter).options(num_cpus=1).remote()
            await tenant.hello.remote()
            with pytest.raises(EpisodeTimeoutError, match="no CPU of the Ray cluster was free"):
                await lost.start()
            assert [pool.seat("group") for _ in range(6)] == [other] * 6
            for _ in range(3):
                async with pool.borrow("group") as worker:
                    assert worker is other
        finally:
            if tenant is not None:
                ray.kill(tenant)
            pool.close()

    asyncio.run(play())


class Sitter:
    async def hello(self) -> None: ...


def test_without_ray_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for changes in ({}, {"model": "no/such-model"}):
        with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[ray\]"'):
            collect(config(ray=True, **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "[::1]:1"])
def test_a_cluster_that_cannot_be_reached_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    started = time.monotonic()
    with pytest.raises(UsageError, match="the Ray cluster of RAY_ADDRESS cannot be used") as caught:
        ray_workers._connect(None)
    assert address not in str(caught.value)
    assert time.monotonic() - started < 30


def test_the_cluster_of_the_environment_is_used_else_one_is_made_and_ended(
    cluster: str,
    start: Callable[..., "subprocess.Popen[str]"],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"env": TROUBLE, "episodes": 4, "group": 2, "workers": 2, "ray": True}
    monkeypatch.setenv("RAY_ADDRESS", cluster)
    joined = start(str(tmp_path / "joined"), json.dumps(settings))
    assert until(lambda: len(actors()) == 2, 60.0)
    output, _ = joined.communicate(timeout=60)
    assert (joined.returncode, "before 0 done 4 {'ok': 4}" in output) == (0, True), output
    monkeypatch.delenv("RAY_ADDRESS")
    alone = start(str(tmp_path / "alone"), json.dumps(settings))
    output, _ = alone.communicate(timeout=90)
    assert (alone.returncode, "before 0 done 4 {'ok': 4}" in output) == (0, True), output
    stored = (tmp_path / "joined" / "config.json").read_text()
    assert cluster not in stored
    assert cluster.partition(":")[0] not in stored
    assert as_played(tmp_path / "joined") == as_played(tmp_path / "alone")


def test_what_it_waits_for_is_shown(cluster: str, tmp_path: Path) -> None:
    phases: list[str] = []
    collect(config(episodes=2, ray=True), tmp_path, progress=lambda report: phases.append(report.phase))
    assert phases[0] == "connecting to the Ray cluster"
    assert phases[-1] == ""
