import json
from typing import Any

import pytest

from eyesmith.agents import CollectConfig
from eyesmith.errors import UsageError

ZOOM = "eyesmith/ZoomQA-v0"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"episodes": 10, "group": 4}, "use -n 12, or -g 1"),
        ({"episodes": 0}, "episodes must be an integer of at least 1, got 0"),
        ({"episodes": True}, "got True"),
        ({"group": 0}, "group must be"),
        ({"concurrency": 0}, "concurrency must be"),
        ({"concurrency": 2.0}, r"got 2\.0"),
        ({"workers": 0}, "workers must be"),
        ({"seed": -1}, "seed must be an integer of at least 0"),
        ({"retries": -1}, "retries must be"),
        ({"timeout_s": 0}, "timeout_s must be a number of seconds above 0"),
        ({"timeout_s": float("nan")}, "got nan"),
        ({"timeout_s": "60"}, "got '60'"),
        ({"image_format": "gif"}, "png, jpeg, webp"),
        ({"policy": "exprt"}, "Did you mean 'expert'"),
        ({"policy": "cheat:"}, "unknown policy 'cheat:'"),
        ({"policy": "replay"}, "unknown policy 'replay'"),
        ({"policy": "expert:1"}, "unknown policy"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        CollectConfig(**({"env": ZOOM} | changes))


def test_a_plan_keeps_groups_together_and_wraps_around() -> None:
    config = CollectConfig(env=ZOOM, episodes=6, group=2, seed=8)
    assert config.plan(10) == [(8, 0), (8, 1), (9, 0), (9, 1), (0, 0), (0, 1)]
    assert len(set(CollectConfig(env=ZOOM, episodes=20, group=2, seed=3).plan(10))) == 20
    with pytest.raises(UsageError, match="need 3 tasks, but the split 'train' has 2"):
        config.plan(2)


def test_a_larger_run_plans_what_a_smaller_one_did() -> None:
    small = CollectConfig(env=ZOOM, episodes=8, group=4, seed=5).plan(100)
    large = CollectConfig(env=ZOOM, episodes=16, group=4, seed=5).plan(100)
    assert large[: len(small)] == small


def test_names_depend_on_what_shapes_an_episode_and_on_nothing_else() -> None:
    def name(**changes: Any) -> str:
        return CollectConfig(**({"env": ZOOM} | changes)).names(3, 1)[0]

    plain = name()
    assert plain == "eyesmith/ZoomQA-v0:train:3#expert#1"
    assert name(env=f"eyesmith:{ZOOM}", episodes=8, concurrency=1, retries=0, timeout_s=5.0) == plain
    others = [
        name(split="test"),
        name(policy="random"),
        name(env_kwargs={"kind": "swatch"}),
        name(env_kwargs={"recipe": "ergo"}),
    ]
    assert len({plain, *others}) == 5
    assert name(env_kwargs={"a": 1, "b": 2}) == name(env_kwargs={"b": 2, "a": 1})
    config = CollectConfig(env=ZOOM)
    assert config.names(3, 0)[1] == config.names(3, 1)[1] != config.names(4, 0)[1]


def test_a_replay_is_named_without_the_path() -> None:
    assert CollectConfig(env=ZOOM, policy="replay:/home/someone/runs/first").policy_name == "replay:first"


def test_check_counts_the_tasks() -> None:
    assert CollectConfig(env=ZOOM).check() == 10**6
    assert CollectConfig(env=ZOOM, split="test").check() == 1000
    assert CollectConfig(env=f"eyesmith:{ZOOM}").check() == 10**6


def test_check_knows_the_cheats() -> None:
    swatch = {"kind": "swatch"}
    assert CollectConfig(env=ZOOM, policy="cheat:guess", env_kwargs=swatch).check() == 10**6
    with pytest.raises(UsageError, match=r"has no cheat 'gues'; it has: .*Did you mean 'guess'"):
        CollectConfig(env=ZOOM, policy="cheat:gues", env_kwargs=swatch).check()


def test_a_config_is_json() -> None:
    config = CollectConfig(env=ZOOM, env_kwargs={"kind": "swatch"})
    assert CollectConfig(**json.loads(json.dumps(config.as_dict()))) == config
    assert config.processes >= 1
