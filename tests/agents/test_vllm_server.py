"""The backend `vllm-server` with servers of vLLM on the loopback: exact, seeded, ended, refused, killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.engines.vllm_server import VllmServer
from eyesmith.agents.policy import EngineSettings, Sampling, TokenPrompt
from eyesmith.errors import EngineError, UsageError

from .models import tiny_model
from .tiny import Talk, converse, ended, noise, recomputed

pytest.importorskip("vllm", reason="needs vLLM: make test-vllm")
pytestmark = [
    pytest.mark.vllm,
    # vLLM leaves contexts of zmq behind, which complain whenever they are collected.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEY = "sk-planted-5c1f0e9d8b7a6543"
CONTEXT = 4096
TOLERANCE = 0.02
STARTS_WITHIN_S = 180.0
FLAGS = (
    *("--host", "127.0.0.1", "--served-model-name", "tiny", "--max-model-len", str(CONTEXT)),
    *("--enforce-eager", "--kv-cache-memory-bytes", str(256 << 20), "--dtype", "float32"),
    *("--worker-cls", "eyesmith.agents.engines.vllm_cpu_worker.SeededCpuWorker"),
)
VARIABLES = {
    "TORCHDYNAMO_DISABLE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Running:
    """A server, a policy that talks to it, and the loop that it lives in."""

    process: "subprocess.Popen[bytes]"
    url: str
    policy: VllmServer
    codec: TurnCodec
    folder: Path
    do: Callable[..., Any]

    def talk(self, seed: int, *sizes: tuple[int, int]) -> Talk:
        rng = np.random.default_rng(seed)
        return Talk(self.codec, [noise(rng, *size) for size in sizes])

    def settings(self, **changes: Any) -> EngineSettings:
        told = {"model": "tiny", "backend": "vllm-server", "base_url": self.url, "timeout_s": 60.0}
        return EngineSettings(**told | changes)

    def sampling_now(self) -> int:
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            int(float(line.split()[-1])) for line in lines if line.startswith("vllm:num_requests_running{")
        )

    def samples(self, number: int) -> bool:
        """Whether so many requests are sampled within three seconds: the gauge lags behind the engine."""
        ends_at = time.monotonic() + 3.0
        while self.sampling_now() != number:
            if time.monotonic() > ends_at:
                return False
            time.sleep(0.05)
        return True


def run_server(folder: Path, log: Path, *flags: str) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), *FLAGS, *flags],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | VARIABLES,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        with asyncio.Runner() as runner:
            made = EngineSettings(
                model="tiny", backend="vllm-server", base_url=url, timeout_s=60.0, concurrency=4
            )
            policy = VllmServer(made)
            deadline = time.monotonic() + STARTS_WITHIN_S
            while True:
                try:
                    runner.run(policy.start())
                    break
                except EngineError:
                    assert process.poll() is None, log.read_text()[-4000:]
                    assert time.monotonic() < deadline, log.read_text()[-4000:]
                    time.sleep(0.5)
            yield Running(process, url, policy, TurnCodec.load(str(folder)), folder, runner.run)
            runner.run(policy.close())
            runner.run(policy.close())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EYESMITH_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With eyes and with the routes for token ids."""
    folder = tmp_path_factory.mktemp("server")
    flags = ("--enable-scale-out", "--enable-prompt-tokens-details", "--api-key", KEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EYESMITH_API_KEY", KEY)
        limits = ("--limit-mm-per-prompt", '{"image": 999, "video": 0}')
        yield from run_server(tiny_model("qwen3_vl", tmp_path_factory), folder / "log", *flags, *limits)


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Of text, as vLLM is started by default."""
    folder = tmp_path_factory.mktemp("plain")
    yield from run_server(tiny_model("qwen3", tmp_path_factory), folder / "log")


def test_the_server_sees_exactly_the_training_ids(server: Running) -> None:
    assert (server.policy.context, server.policy.takes_pictures) == (CONTEXT, True)

    async def together() -> list[Any]:
        return await asyncio.gather(*(converse(server.policy, server.codec, seed) for seed in range(8)))

    for given in server.do(together()):
        assert given[0].cached_tokens == 0
        assert all(generation.cached_tokens > 0 for generation in given[2:])


def test_ids_that_are_expanded_already_would_be_expanded_again(server: Running) -> None:
    """Why engine ids are sent: the server expands whatever pad it finds, and says nothing."""
    talk = server.talk(1, (224, 224))
    twice = TokenPrompt(key="twice", engine_ids=talk.train_ids, train_ids=talk.train_ids)
    generation = server.do(server.policy.generate(twice, talk.images, Sampling(max_tokens=1)))
    assert len(generation.prompt_ids) > len(talk.train_ids)


def test_a_picture_travels_once(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[Any]] = []
    post = server.policy._endpoint.post

    async def watched(path: str, payload: Any) -> Any:
        sent.append([part["url"] for part in payload["content_parts"]])
        return await post(path, payload)

    monkeypatch.setattr(server.policy._endpoint, "post", watched)
    talk = server.talk(30, (100, 200))
    first = server.do(talk.turn(server.policy, Sampling(max_tokens=4)))
    talk.add(first, noise(np.random.default_rng(31), 60, 60))
    second = server.do(talk.turn(server.policy, Sampling(max_tokens=4)))
    assert list(second.prompt_ids) == talk.train_ids
    assert [[url is not None for url in urls] for urls in sent] == [[True], [False, True]]


def test_a_picture_that_the_server_forgot_is_sent_again(server: Running) -> None:
    talk = server.talk(40, (100, 200), (200, 100))
    server.policy._remember(talk.images)
    generation = server.do(talk.turn(server.policy, Sampling(max_tokens=4)))
    assert list(generation.prompt_ids) == talk.train_ids


def test_logprobs_are_those_of_the_raw_distribution(server: Running) -> None:
    talk = server.talk(7, (150, 400), (90, 90))
    words = tuple(range(40, 940))
    for sampling in (
        Sampling(max_tokens=16, seed=3),
        Sampling(max_tokens=16, seed=4, temperature=1.9, top_p=0.5, top_k=9, banned=words),
    ):
        generation = server.do(talk.turn(server.policy, sampling))
        assert not set(generation.token_ids) & set(sampling.banned)
        told = np.array(generation.logprobs)
        assert len(told) == len(generation.token_ids) > 0
        assert np.abs(told - recomputed(server.folder, talk, generation)).max() < TOLERANCE


@pytest.mark.parametrize("which", ["server", "plain_server"])
def test_seeds_stops_and_the_likeliest(which: str, request: pytest.FixtureRequest) -> None:
    running: Running = request.getfixturevalue(which)
    talk = Talk(running.codec)

    def tokens(**told: Any) -> tuple[int, ...]:
        generation = running.do(talk.turn(running.policy, Sampling(**{"max_tokens": 32} | told)))
        assert list(generation.prompt_ids) == talk.train_ids
        assert len(generation.logprobs) == len(generation.token_ids)
        return generation.token_ids

    whole = tokens(seed=21)
    assert tokens(seed=21) == whole != tokens(seed=22)
    assert tokens(temperature=0.0) == tokens(top_k=1, seed=5)
    word = next(
        text for each in whole[4:] if len(text := running.codec.text([each]).strip()) > 1 and text.isascii()
    )
    stopped = tokens(seed=21, stop=(word,))
    assert stopped == whole[: len(stopped)] != whole
    assert word in running.codec.text(stopped)
    assert word not in running.codec.text(stopped[:-1])


def test_aborted_turns_keep_their_tokens_though_all_connections_are_busy(server: Running) -> None:
    talks = [server.talk(50 + n, (100, 100)) for n in range(4)]
    sampling = Sampling(max_tokens=3500, seed=1, banned=(server.codec.close_id,))

    async def aborted(after_s: float) -> list[Any]:
        turns = [
            asyncio.ensure_future(talk.turn(server.policy, sampling, key=f"long-{number}"))
            for number, talk in enumerate(talks)
        ]
        await asyncio.sleep(after_s)
        for number in range(4):
            server.policy.abort(f"long-{number}")
        server.policy.abort("nobody")
        return await ended(asyncio.gather(*turns), 10.0)

    for generation, talk in zip(server.do(aborted(2.0)), talks, strict=True):
        assert generation.finish_reason == "abort"
        assert 0 < len(generation.token_ids) == len(generation.logprobs) < 3500
        assert list(generation.prompt_ids) == talk.train_ids
    for after_s in (0.0, 0.01):
        assert [each.finish_reason for each in server.do(aborted(after_s))] == ["abort"] * 4
    assert server.samples(0)


def test_a_cancelled_turn_is_not_sampled_on(server: Running) -> None:
    async def cancelled() -> None:
        long = Sampling(max_tokens=3500, banned=(server.codec.close_id,))
        task = asyncio.ensure_future(server.talk(9, (100, 100)).turn(server.policy, long))
        await asyncio.sleep(0.5)
        assert server.samples(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.5)

    server.do(cancelled())
    assert server.samples(0)


@pytest.mark.parametrize("which", ["server", "plain_server"])
def test_what_does_not_fit(which: str, request: pytest.FixtureRequest) -> None:
    running: Running = request.getfixturevalue(which)
    talk = Talk(running.codec)
    talk.engine_ids += [300] * (CONTEXT - len(talk.engine_ids) - 1)
    one = Sampling(max_tokens=1, banned=(running.codec.close_id,))
    last = running.do(talk.turn(running.policy, one))
    assert (last.finish_reason, len(last.token_ids)) == ("length", 1)
    for train_ids in ((*talk.train_ids, 300), ()):  # by our count, and by the server's
        prompt = TokenPrompt(key="full", engine_ids=[*talk.engine_ids, 300], train_ids=train_ids)
        full = running.do(running.policy.generate(prompt, [], Sampling()))
        assert (full.finish_reason, full.token_ids) == ("context", ())


def test_what_the_server_refuses(server: Running) -> None:
    with pytest.raises(UsageError, match="temperature must be in"):  # every turn would be refused
        server.do(Talk(server.codec).turn(server.policy, Sampling(temperature=2.5)))
    beyond = TokenPrompt(key="beyond", engine_ids=[5, 10**6], train_ids=[5, 10**6])
    with pytest.raises(EngineError, match="400"):  # this one alone
        server.do(server.policy.generate(beyond, [], Sampling()))


def test_a_wrong_key_and_a_wrong_name(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(**changes: Any) -> None:
        policy = VllmServer(server.settings(**changes))
        try:
            await policy.start()
        finally:
            await policy.close()

    with pytest.raises(UsageError, match=r"does not serve 'tinny'; it serves: tiny\. Did you mean 'tiny'\?"):
        server.do(start(model="tinny"))
    wrong = KEY[:-4] + "0000"
    monkeypatch.setenv("EYESMITH_API_KEY", wrong)
    with pytest.raises(UsageError, match="EYESMITH_API_KEY") as caught:
        server.do(start())
    assert wrong[:12] not in str(caught.value)
    monkeypatch.delenv("EYESMITH_API_KEY")
    with pytest.raises(UsageError, match="set EYESMITH_API_KEY"):
        server.do(start())


def test_text_goes_without_the_routes_for_token_ids(plain_server: Running) -> None:
    policy = plain_server.policy
    assert not policy.takes_pictures
    talk = Talk(plain_server.codec, text="what is there")
    for turn in range(3):
        generation = plain_server.do(talk.turn(policy, Sampling(max_tokens=12, seed=turn)))
        assert list(generation.prompt_ids) == talk.train_ids
        told = np.array(generation.logprobs)
        assert np.abs(told - recomputed(plain_server.folder, talk, generation)).max() < TOLERANCE
        talk.add(generation)
    picture = noise(np.random.default_rng(0), 30, 30)
    with pytest.raises(UsageError, match="--enable-scale-out"):
        plain_server.do(policy.generate(talk.prompt(), [picture], Sampling()))

    async def aborted() -> Any:
        long = Sampling(max_tokens=3000, banned=(plain_server.codec.close_id,))
        task = asyncio.ensure_future(talk.turn(policy, long, key="long"))
        await asyncio.sleep(0.3)
        policy.abort("long")
        return await ended(task, 10.0)

    assert plain_server.do(aborted()).finish_reason == "abort"
    assert plain_server.samples(0)


def test_a_killed_server(server: Running) -> None:
    """The last test of this server."""

    async def killed() -> list[Any]:
        long = Sampling(max_tokens=3500, banned=(server.codec.close_id,))
        turns = [asyncio.ensure_future(server.talk(n, (90, 90)).turn(server.policy, long)) for n in range(3)]
        await asyncio.sleep(1.0)
        os.killpg(server.process.pid, signal.SIGKILL)
        return await ended(asyncio.gather(*turns, return_exceptions=True))

    assert [type(each) for each in server.do(killed())] == [EngineError] * 3
    with pytest.raises(EngineError, match="cannot be reached"):
        server.do(Talk(server.codec).turn(server.policy, Sampling()))
