"""Collections of a model that meet every fault: what ends how, and that no token is lost or doubled."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eyesmith.agents import CollectConfig, CollectReport
from eyesmith.agents.collection import HOPELESS_AFTER, collecting
from eyesmith.envs.describe import make_env
from eyesmith.errors import InfrastructureError, UsageError
from eyesmith.trajectories.record import Episode
from eyesmith.trajectories.run import Run

from .conftest import gone, workers_of
from .engines import ScriptedEngine, changed, codec_of, fails, hangs, model_of, once, refuses
from .played import END, sampled, tokens

MISHAP, LONELY = "mishaps:mishaps/Mishap-v0", "mishaps:mishaps/Lonely-v0"
EPISODES, GROUP, TURNS = 8, 2, 6
CODEC = codec_of()

Found = dict[tuple[int, int], Episode]
Disturb = Callable[[ScriptedEngine], Any]


def config(**changes: Any) -> CollectConfig:
    kwargs = {"max_turns": TURNS} | changes.pop("env_kwargs", {})
    standard = {"env": MISHAP, "model": "simulated", "episodes": EPISODES, "group": GROUP, "workers": 2}
    return CollectConfig(**(standard | {"concurrency": 8, "env_kwargs": kwargs} | changes))


def found(out: Path) -> Found:
    episodes = list(Run.open(out).episodes())
    places = {(episode.task_index, episode.sample): episode for episode in episodes}
    assert len(places) == len(episodes), "nothing twice"
    assert all(episode.id.endswith(f"#simulated#{episode.sample}") for episode in episodes)
    return places


def collect(
    out: Path, engine: ScriptedEngine | None = None, *, disturb: Disturb | None = None, **changes: Any
) -> tuple[CollectReport, Found]:
    """A whole collection; `disturb` runs beside it."""
    options = {name: changes.pop(name) for name in ("resume", "retry_errors") if name in changes}
    engine = engine or ScriptedEngine(CODEC)

    async def play() -> CollectReport:
        beside = asyncio.ensure_future(disturb(engine)) if disturb else None
        try:
            return await collecting(config(**changes), out, model=model_of(engine), **options)
        finally:
            if beside is not None:
                beside.cancel()

    return asyncio.run(play()), found(out)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The collection with nothing going wrong."""
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(Path(__file__).parent))
        report, places = collect(tmp_path_factory.mktemp("calm") / "run")
    assert report.statuses == {"truncated": EPISODES}
    assert report.stops == {"max_turns": EPISODES}
    assert report.turns == EPISODES * TURNS
    assert report.tokens == sum(sum(episode.loss_mask) for episode in places.values())
    assert sorted(places) == [
        (index, sample) for index in range(EPISODES // GROUP) for sample in range(GROUP)
    ]
    assert {episode.attempts for episode in places.values()} == {1}
    return places


def check_untouched(places: Found, calm: Found, but: tuple[int, ...] = ()) -> None:
    """Every episode but those of some tasks is to the token what it is when nothing happens."""
    for place, episode in places.items():
        if place[0] not in but:
            assert (episode.status, episode.attempts) == ("truncated", 1), (place, episode.error)
            assert tokens(episode) == tokens(calm[place]), place
            assert episode.messages == calm[place].messages
            assert episode.reward == calm[place].reward


def test_the_tokens_do_not_hang_on_how_it_is_run(tmp_path: Path, calm: Found) -> None:
    assert len({tuple(episode.completion_ids) for episode in calm.values()}) == EPISODES
    _, places = collect(tmp_path / "run", workers=1, concurrency=3, image_format="webp")
    check_untouched(places, calm)
    _, later = collect(tmp_path / "later", seed=2, episodes=4)
    assert sorted(later) == [(2, 0), (2, 1), (3, 0), (3, 1)]


# -- the engine


def prompt_of(index: int) -> str:
    return make_env(MISHAP).get_task("train", index).prompt


def test_an_engine_that_fails_now_and_then_costs_nothing(tmp_path: Path, calm: Found) -> None:
    shaky = ScriptedEngine(CODEC, schedule=lambda asked: fails() if asked.number % 5 == 4 else None)
    _, places = collect(tmp_path / "run", shaky)
    check_untouched(places, calm)
    assert len(shaky.asked) > EPISODES * TURNS + 5


def test_an_engine_that_fails_for_good_at_one_task(tmp_path: Path, calm: Found) -> None:
    bad = ScriptedEngine(CODEC, schedule=once(fails("lost"), turn=3, times=10**6, where=prompt_of(1)))
    report, places = collect(tmp_path / "run", bad)
    check_untouched(places, calm, but=(1,))
    assert report.statuses == {"truncated": EPISODES - 2, "error": 2}
    assert report.failure == "EngineError: lost"
    for sample in range(GROUP):
        episode = places[1, sample]
        assert (episode.status, episode.reward, episode.attempts) == ("error", None, 3)
        assert len(episode.turns) == 3
        assert sampled(episode).count(END) == 3, "what was sampled is kept"


def test_a_dead_engine_ends_the_collection_and_a_new_one_goes_on(tmp_path: Path) -> None:
    asked = 2 * HOPELESS_AFTER
    dead = ScriptedEngine(CODEC, schedule=lambda asked: fails("the card fell off"))
    said = (
        rf"the first {HOPELESS_AFTER} episodes all failed alike.*the card fell off.*--resume --retry-errors"
    )
    with pytest.raises(InfrastructureError, match=said):
        collect(tmp_path / "run", dead, episodes=asked, concurrency=4, retries=0)
    kept = found(tmp_path / "run")
    assert Counter(episode.status for episode in kept.values())["error"] >= HOPELESS_AFTER
    assert all(episode.reward is None for episode in kept.values())
    report, places = collect(tmp_path / "run", episodes=asked, concurrency=8, resume=True, retry_errors=True)
    assert len(places) == report.done == asked
    assert {episode.status for episode in places.values()} == {"truncated"}


def test_a_refusal_ends_the_collection_and_keeps_what_there_is(tmp_path: Path, calm: Found) -> None:
    strict = ScriptedEngine(CODEC, schedule=once(refuses, turn=2, where=prompt_of(3)), delay_s=0.01)
    with pytest.raises(UsageError, match="no such model"):
        collect(tmp_path / "run", strict, concurrency=3)
    kept = found(tmp_path / "run")
    assert {episode.status for episode in kept.values()} <= {"truncated", "aborted"}
    finished = {place: episode for place, episode in kept.items() if episode.status == "truncated"}
    assert len(finished) >= 4
    check_untouched(finished, calm)
    report, places = collect(tmp_path / "run", resume=True)
    assert (report.before, report.done) == (len(finished), EPISODES - len(finished))
    check_untouched(places, calm)


def test_a_drift_is_written_once_and_not_played_again(tmp_path: Path, calm: Found) -> None:
    fault = changed(prompt_ids=lambda whole: [1, *whole.prompt_ids])
    drifting = ScriptedEngine(CODEC, schedule=once(fault, turn=1, times=2, where=prompt_of(2)))
    report, places = collect(tmp_path / "run", drifting)
    check_untouched(places, calm, but=(2,))
    assert report.statuses == {"truncated": EPISODES - 2, "drift": 2}
    assert {(e.status, e.attempts, e.reward, e.token_exact) for (i, _), e in places.items() if i == 2} == {
        ("drift", 1, None, False)
    }
    report, _ = collect(tmp_path / "run", resume=True, retry_errors=True)
    assert (report.before, report.done) == (EPISODES, 0)


def test_an_engine_that_hangs_is_aborted_and_asked_again(tmp_path: Path, calm: Found) -> None:
    hanging = ScriptedEngine(CODEC, schedule=once(hangs(3), turn=2, where=prompt_of(0)))
    _, places = collect(tmp_path / "run", hanging, timeout_s=3.0)
    check_untouched(places, calm, but=(0,))
    assert len(hanging.aborted) == 1
    assert sorted(places[0, sample].attempts for sample in range(GROUP)) == [1, 2]
    for sample in range(GROUP):
        assert places[0, sample].status == "truncated"


def test_a_small_context_ends_episodes_graded(tmp_path: Path) -> None:
    engine = ScriptedEngine(CODEC, context=900)
    report, places = collect(tmp_path / "run", engine)
    assert report.stops == {"context": EPISODES}
    for episode in places.values():
        assert len(episode.prompt_ids) + len(episode.completion_ids) <= 900
        assert episode.reward is not None


# -- workers


def killer(at: int) -> Disturb:
    """Kills every worker once, when the engine was asked so often."""

    async def kill(engine: ScriptedEngine) -> None:
        while len(engine.asked) < at:
            await asyncio.sleep(0.005)
        for pid in workers_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)

    return kill


@pytest.mark.parametrize("at", [EPISODES - 2, 3 * EPISODES])
def test_killed_workers_cost_nothing(tmp_path: Path, calm: Found, at: int) -> None:
    engine = ScriptedEngine(CODEC, delay_s=0.02)
    _, places = collect(tmp_path / "run", engine, disturb=killer(at))
    check_untouched(places, calm)
    assert len(engine.asked) == EPISODES * TURNS, "no token is sampled twice"


@pytest.mark.parametrize(
    ("what", "said"), [("hang", "EpisodeTimeoutError: a tool call took longer than 1 s"), ("die", "signal 9")]
)
def test_a_tool_that_hangs_or_kills_takes_nobody_along(
    tmp_path: Path, calm: Found, what: str, said: str
) -> None:
    kwargs = {"what": what, "at": [1], "turn": 2}
    _, places = collect(tmp_path / "run", env_kwargs=kwargs, tool_timeout_s=1.0, retries=1)
    check_untouched(places, calm, but=(1,))
    for sample in range(GROUP):
        episode = places[1, sample]
        assert (episode.status, episode.reward, episode.attempts, len(episode.turns)) == ("error", None, 2, 2)
        assert said in episode.error
        assert sampled(episode).count(END) == 3, "the message that was never answered is kept too"


def test_one_that_hangs_once_is_played_again(tmp_path: Path, calm: Found) -> None:
    kwargs = {"what": "hang", "at": [1], "mark": str(tmp_path / "mark")}
    _, places = collect(tmp_path / "run", env_kwargs=kwargs, tool_timeout_s=1.0)
    check_untouched(places, calm, but=(1,))
    assert sorted(places[1, sample].attempts for sample in range(GROUP)) == [1, 2]


def test_an_environment_that_depends_on_its_process_is_told_of(tmp_path: Path) -> None:
    engine = ScriptedEngine(CODEC, delay_s=0.02)
    kwargs = {"what": "depend", "turn": 0}
    _, places = collect(tmp_path / "run", engine, disturb=killer(4 * EPISODES), env_kwargs=kwargs, retries=0)
    failed = [episode for episode in places.values() if episode.status == "error"]
    assert failed
    for episode in failed:
        assert "answered differently when an episode was played again" in episode.error
        assert (episode.reward, episode.messages, episode.completion_ids) == (None, [], [])


def test_a_broken_environment_is_not_used_again(tmp_path: Path, calm: Found) -> None:
    kwargs = {"what": "ruin", "mark": str(tmp_path / "mark")}
    _, places = collect(tmp_path / "run", env_kwargs=kwargs, workers=1, concurrency=1)
    assert Counter(episode.attempts for episode in places.values()) == {1: EPISODES - 1, 2: 1}
    assert {episode.status for episode in places.values()} == {"truncated"}


def test_a_picture_that_no_model_takes_costs_its_own_episode(tmp_path: Path, calm: Found) -> None:
    _, places = collect(tmp_path / "run", env_kwargs={"what": "long_picture", "at": [2]}, retries=0)
    check_untouched(places, calm, but=(2,))
    assert {places[2, sample].status for sample in range(GROUP)} == {"error"}
    assert "the model takes no such picture: aspect ratio over 200" in places[2, 0].error


def test_environments_that_must_not_meet_wait_for_each_other(tmp_path: Path) -> None:
    _, places = collect(
        tmp_path / "run", env=LONELY, env_kwargs={"wait_s": 0.05}, workers=1, tool_timeout_s=1.0
    )
    assert {(e.status, e.attempts, e.metrics["painted"]) for e in places.values()} == {("truncated", 1, 0.0)}


# -- being stopped


def test_stopped_in_the_middle_every_record_has_its_own_name(tmp_path: Path, calm: Found) -> None:
    engine = ScriptedEngine(CODEC, delay_s=0.05)
    done: list[int] = []

    async def stopped() -> None:
        made = collecting(
            config(concurrency=3),
            tmp_path / "run",
            model=model_of(engine),
            progress=lambda report: done.append(report.statuses["truncated"]),
        )
        task = asyncio.ensure_future(made)
        while not done or done[-1] < 3:
            await asyncio.sleep(0.005)
        asked = len(engine.asked)
        while len(engine.asked) < asked + 6:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    kept = found(tmp_path / "run")
    finished = {place: episode for place, episode in kept.items() if episode.status != "aborted"}
    assert len(finished) == done[-1] >= 3, "nothing takes the place of what was finished"
    assert 1 <= len(kept) - len(finished) <= 3
    check_untouched(finished, calm)
    parts = {place: sampled(kept[place]) for place in set(kept) - set(finished)}
    for place, part in parts.items():
        assert (kept[place].reward, part) == (None, sampled(calm[place])[: len(part)])
    assert any(parts.values())
    report, places = collect(tmp_path / "run", resume=True)
    assert (report.before, report.done) == (len(finished), EPISODES - len(finished))
    check_untouched(places, calm)


def test_a_model_is_both_named_and_started(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the model 'simulated' is not started: give one of"):
        asyncio.run(collecting(config(), tmp_path / "run"))
    nameless = CollectConfig(env=MISHAP, episodes=2, group=2)
    with pytest.raises(UsageError, match="a model acts, and the config names none"):
        asyncio.run(collecting(nameless, tmp_path / "run", model=model_of(ScriptedEngine(CODEC))))
    assert not (tmp_path / "run").exists()


def test_no_worker_is_left_behind(tmp_path: Path) -> None:
    collect(tmp_path / "run", env_kwargs={"what": "hang", "at": [0]}, tool_timeout_s=0.5, retries=0)
    assert gone(workers_of(os.getpid()))


@pytest.mark.long
def test_workers_that_die_all_the_time_only_cost_time(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"episodes": 96, "group": 4, "concurrency": 32}
    rng = random.Random(5)
    killed: list[int] = []

    async def chaos(engine: ScriptedEngine) -> None:
        while True:
            await asyncio.sleep(rng.uniform(0.2, 0.8))
            living = workers_of(os.getpid())
            if living:
                killed.append(rng.choice(living))
                os.kill(killed[-1], signal.SIGKILL)

    _, expected = collect(tmp_path / "calm", **settings)
    shaky = ScriptedEngine(
        CODEC, schedule=lambda asked: fails() if asked.number % 11 == 4 else None, delay_s=0.05
    )
    _, places = collect(tmp_path / "run", shaky, disturb=chaos, **settings)
    assert len(killed) > 10
    assert {episode.status for episode in places.values()} == {"truncated"}
    again = [place for place, episode in places.items() if episode.attempts > 1]
    assert len(again) < len(places) / 4
    for place in set(places) - set(again):
        assert tokens(places[place]) == tokens(expected[place])
