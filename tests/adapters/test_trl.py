"""Environments as TRL takes them: tools alone, a guard after the end, a task in every row."""

import asyncio
import inspect

import pytest

from eyesmith.adapters.trl import OVER, trl_dataset, trl_environment, trl_rewards
from eyesmith.errors import TaskError, UsageError, WorkerError

ZOOM = "eyesmith/ZoomQA-v0"
SWATCH = {"kind": "swatch", "difficulty": 1}


@pytest.fixture
def zoom():
    return trl_environment(ZOOM, **SWATCH)


def row(env_id=ZOOM, index=0, **kwargs):
    from eyesmith.envs.describe import make_env

    task = make_env(env_id, **(kwargs or SWATCH)).get_task("train", index)
    return {"prompt": [], "env": env_id, "split": "train", "index": index, "task_hash": task.hash}


def begun(environment, index=0):
    episode = environment()
    return episode, episode.reset(**row(index=index))


def test_the_model_sees_the_tools_and_nothing_else(zoom):
    names = {name for name, _ in inspect.getmembers(zoom, inspect.isfunction) if name[0] != "_"}
    assert names == {"zoom_in", "answer", "reset", "get_reward"}
    assert zoom.__name__ == "ZoomQA"
    assert all(inspect.iscoroutinefunction(getattr(zoom, name)) for name in ("zoom_in", "answer"))


def test_transformers_reads_the_schemas_back(zoom):
    pytest.importorskip("transformers", reason="it reads signatures: make test")
    from transformers.utils import get_json_schema

    episode, _ = begun(zoom)
    for tool in episode._env.tools:
        told = get_json_schema(getattr(episode, tool.name))["function"]
        assert (told["name"], told["description"]) == (tool.name, tool.description)
        wanted = tool.openai()["function"]["parameters"]
        assert told["parameters"]["properties"].keys() == wanted["properties"].keys()
        assert set(told["parameters"].get("required", ())) == set(wanted.get("required", ()))
        for name, schema in wanted["properties"].items():
            assert told["parameters"]["properties"][name]["type"] == schema["type"]


def test_an_episode_by_hand(zoom):
    episode, first = begun(zoom)
    assert [part["type"] for part in first] == ["text", "image"]
    assert "prompt" not in first[0]["text"]

    async def play():
        seen = await episode.zoom_in(bbox_2d=[0, 0, 100, 100])
        assert [part["type"] for part in seen] == ["text", "image"]
        assert seen[1]["image"].size == (224, 224)
        wrong = await episode.zoom_in(bbox_2d="everything")
        assert isinstance(wrong, str) and "bbox_2d" in wrong  # noqa: PT018
        assert OVER in await episode.answer(value="A")
        assert await episode.answer(value="B") == OVER
        return await episode.get_reward()

    score = asyncio.run(play())
    assert score == episode._env.finish().score
    assert episode.components.keys() >= {"accuracy", "evidence"}
    assert episode.metrics["views"] >= 1.0


def test_the_expert_earns_what_it_earns_here(zoom):
    episode, _ = begun(zoom, index=3)

    async def play():
        for call in list(episode._env.expert()):
            await getattr(episode, call.name)(**call.arguments)
        return await episode.get_reward()

    assert asyncio.run(play()) > 0.9


def test_what_was_left_open_is_graded_as_it_stands_before_its_parts_are_told(zoom):
    episode, _ = begun(zoom)
    rewards = {reward.__name__: reward for reward in trl_rewards(ZOOM, **SWATCH)}
    assert list(rewards) == ["accuracy", "evidence", "efficiency"]
    assert asyncio.run(rewards["accuracy"](environments=[episode])) == [0.0]
    assert episode._last.done


def test_calls_of_one_message_come_one_after_another(zoom):
    episode, _ = begun(zoom)

    async def both():
        boxes = [[0, 0, 50, 50], [50, 50, 99, 99], [0, 50, 50, 99]]
        return await asyncio.gather(*(episode.zoom_in(bbox_2d=box) for box in boxes))

    told = [parts[0]["text"].split(":")[0] for parts in asyncio.run(both())]
    assert told == ["v1", "v2", "v3"]


def test_the_machines_failure_is_no_reward(zoom, monkeypatch):
    episode, _ = begun(zoom)

    def die(call):
        raise WorkerError("the worker died")

    monkeypatch.setattr(episode._env, "call", die)

    async def play():
        assert await episode.zoom_in(bbox_2d=[0, 0, 9, 9]) == OVER
        return await episode.get_reward()

    assert asyncio.run(play()) is None
    (accuracy, *_) = trl_rewards(ZOOM, **SWATCH)
    assert asyncio.run(accuracy(environments=[episode])) == [None]
    episode.reset(**row())  # an instance is used again
    assert asyncio.run(episode.get_reward()) == 0.0


def test_rows_of_another_environment_or_of_other_arguments_are_refused(zoom):
    episode = zoom()
    with pytest.raises(TaskError, match="trl_dataset"):
        episode.reset(**(row() | {"env": "eyesmith/SlideBuild-v0"}))
    with pytest.raises(TaskError, match="same arguments"):
        episode.reset(**(row() | {"task_hash": "0" * 64}))
    with pytest.raises(UsageError, match="no task has begun"):
        asyncio.run(zoom().get_reward())


def test_a_data_set_names_its_tasks():
    pytest.importorskip("datasets", reason="rows are a Dataset: make test")
    data = trl_dataset(ZOOM, n=3, **SWATCH)
    assert [each["index"] for each in data] == [0, 1, 2]
    assert data[0]["prompt"][0]["role"] == "system"
    episode = trl_environment(ZOOM, **SWATCH)()
    for each in data:
        episode.reset(**each)
        assert episode._env.task.prompt == each["prompt"][-1]["content"]
    later = trl_dataset(ZOOM, split="test", n=1, first=999, **SWATCH)
    assert (later[0]["split"], later[0]["index"]) == ("test", 999)
    for n, first in ((0, 0), (2, 999), (1, -1)):
        with pytest.raises(UsageError, match=f"asked for {n} from number {first} on"):
            trl_dataset(ZOOM, split="test", n=n, first=first, **SWATCH)


def test_a_tool_of_a_name_that_trl_keeps(monkeypatch):
    from dataclasses import replace

    from eyesmith.envs.zoom_qa import ZoomQAEnv

    tools = ZoomQAEnv().tools
    monkeypatch.setattr(ZoomQAEnv, "tools", (replace(tools[0], name="reset"),))
    with pytest.raises(UsageError, match="for itself; tools: reset"):
        trl_environment(ZOOM)
