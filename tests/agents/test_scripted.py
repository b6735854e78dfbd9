from collections import Counter
from itertools import islice
from types import ModuleType

import gymnasium
import pytest

from eyesmith.agents.scripted import check_policy, replay, replay_source, scripted
from eyesmith.envs import ToolEnv
from eyesmith.errors import RunError, UsageError
from eyesmith.tools.tool import ToolCall

ZOOM = "eyesmith/ZoomQA-v0"


@pytest.fixture(scope="module")
def zoom() -> ToolEnv:
    env = gymnasium.make(ZOOM, kind="swatch", disable_env_checker=True).unwrapped
    assert isinstance(env, ToolEnv)
    env.begin(env.get_task("train", 0))
    return env


@pytest.mark.parametrize("policy", ["expert", "random", "cheat:x", "replay:/a:b"])
def test_policies(policy: str) -> None:
    check_policy(policy)


@pytest.mark.parametrize(
    "policy", ["", "Expert", "expert ", "cheat", "cheat:", "replay:", "random:3", "noop"]
)
def test_what_is_no_policy(policy: str) -> None:
    with pytest.raises(UsageError, match="there is: expert, random"):
        check_policy(policy)


@pytest.mark.parametrize("name", ["zoom", "paint"])
def test_random_calls_keep_to_the_schemas_and_use_every_tool(
    name: str, request: pytest.FixtureRequest
) -> None:
    env: ToolEnv = request.getfixturevalue(name)
    calls = [call for call in islice(scripted("random", env, 0), 300) if isinstance(call, ToolCall)]
    assert len(calls) == 300
    tools = {tool.name: tool for tool in env.tools}
    assert {call.name for call in calls} == set(tools)
    problems = Counter(bool(tools[call.name].validate(dict(call.arguments))[1]) for call in calls)
    assert problems[False] == 300


def test_random_differs_by_sample_and_task_and_is_the_same_again(paint: ToolEnv) -> None:
    def first(sample: int) -> list[object]:
        return [
            (call.name, call.arguments)
            for call in islice(scripted("random", paint, sample), 20)
            if isinstance(call, ToolCall)
        ]

    drawn = [first(0), first(1), first(2)]
    assert drawn == [first(0), first(1), first(2)]
    assert drawn[0] != drawn[1] != drawn[2] != drawn[0]
    paint.begin(paint.get_task("train", 4))
    assert first(0) != drawn[0]


def test_random_does_not_disturb_the_episode(paint: ToolEnv) -> None:
    before = paint.snapshot()
    list(islice(scripted("random", paint, 0), 10))
    assert paint.snapshot() == before


def test_cheats_by_name(paint: ToolEnv) -> None:
    assert [call.name for call in scripted("cheat:nothing", paint, 0) if isinstance(call, ToolCall)] == [
        "submit"
    ]
    with pytest.raises(UsageError, match=r"has no cheat 'nothin'; it has: nothing\. Did you mean 'nothing'"):
        scripted("cheat:nothin", paint, 0)


def test_a_replay_says_texts_and_runs_calls() -> None:
    call = {"name": "paint", "arguments": {"cell": 1}}
    turns = [
        {"text": None, "calls": [call, call]},
        {"text": "", "calls": []},
        {"text": "raw {", "calls": [call]},
        {"text": None, "calls": []},
    ]
    one, two, *texts = list(replay(turns))
    assert isinstance(one, ToolCall)
    assert isinstance(two, ToolCall)
    assert (one.name, one.arguments) == (two.name, two.arguments) == ("paint", {"cell": 1})
    assert texts == ["", "raw {"], "what was said is said, also when it was nothing"


def test_a_replay_needs_a_folder(toys: ModuleType) -> None:
    assert replay_source("expert") is None
    with pytest.raises(RunError, match="there is none at '/nowhere'"):
        replay_source("replay:/nowhere")
