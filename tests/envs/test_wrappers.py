"""The history that `Messages` keeps: what a chat endpoint would be sent."""

import base64
import json

import cv2
import gymnasium
import numpy as np
import pytest

from eyesmith.envs.wrappers import Messages
from eyesmith.errors import UsageError


@pytest.fixture
def wrapped(toys):
    def make(*, images_in_user: bool = True, **kwargs) -> Messages:
        return Messages(gymnasium.make("toys/Paint-v0", **kwargs), images_in_user=images_in_user)

    return make


def pixels(part: dict) -> np.ndarray:
    head, _, data = part["image_url"]["url"].partition(",")
    assert (part["type"], head) == ("image_url", "data:image/png;base64")
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), 1), cv2.COLOR_BGR2RGB)


def test_history_only_grows_and_is_valid(wrapped, write) -> None:
    env = wrapped()
    env.reset(seed=4)
    assert [message["role"] for message in env.messages] == ["user"]
    texts = [
        write("paint", cell=2),
        "nonsense 🙂",
        write("paint", cell=99),
        write("roll"),
        write("submit"),
        "late",
    ]
    before = json.dumps(env.messages)
    answered: list[str] = []
    for text in texts:
        env.step(text)
        now = json.dumps(env.messages, ensure_ascii=True)
        assert now.startswith(before[:-1]), "an earlier message is never changed"
        before = now
    open_ids: set[str] = set()
    for message in env.messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in open_ids
            answered.append(message["tool_call_id"])
        elif message["role"] == "assistant":
            ids = [call["id"] for call in message.get("tool_calls", ())]
            assert not open_ids.intersection(ids)
            open_ids.update(ids)
            for one in message.get("tool_calls", ()):
                assert isinstance(json.loads(one["function"]["arguments"]), dict)
    assert sorted(answered) == sorted(open_ids)
    assert len(answered) == 4
    said = [message["content"] for message in env.messages if message["role"] == "assistant"]
    assert "nonsense 🙂" in said


@pytest.mark.parametrize("in_user", [True, False])
def test_images_stand_where_the_endpoint_takes_them(wrapped, write, in_user) -> None:
    env = wrapped(images_in_user=in_user)
    env.reset(seed=4)
    observation, *_ = env.step(write("roll"))
    tail = env.messages[2:]
    assert [message["role"] for message in tail] == (["tool", "user"] if in_user else ["tool"])
    images = [part for part in tail[-1]["content"] if part["type"] == "image_url"]
    assert len(images) == 1
    assert np.array_equal(pixels(images[0]), observation["images"][0, :5, :7])
    assert any("image_url" in part for part in env.messages[0]["content"])


def test_several_calls_in_one_message(wrapped, write) -> None:
    env = wrapped(action_format="hermes")
    env.reset(seed=4)
    env.step("".join(f"<tool_call>{write('paint', cell=i)}</tool_call>" for i in range(6)))
    assistant = env.messages[1]
    assert [json.loads(call["function"]["arguments"])["cell"] for call in assistant["tool_calls"]] == [
        0,
        1,
        2,
        3,
    ]
    assert [m["tool_call_id"] for m in env.messages if m["role"] == "tool"] == [f"call_{i}" for i in range(4)]
    env.step(f"<tool_call>{write('submit')}</tool_call>")
    assert env.messages[-1]["tool_call_id"] == "call_4"


def test_a_reset_starts_anew(wrapped, write) -> None:
    env = wrapped()
    env.reset(seed=4)
    first = json.dumps(env.messages)
    kept = env.messages
    env.step(write("roll"))
    env.reset(seed=4)
    assert json.dumps(env.messages) == first
    assert len(kept) > 1, "an older history is left alone"
    env.step(write("roll"))
    assert env.messages[1]["tool_calls"][0]["id"] == "call_0"


def test_observations_pass_unchanged(wrapped, toys, write, digest) -> None:
    env, bare = wrapped(dense=True), gymnasium.make("toys/Paint-v0", dense=True)
    assert digest(env.reset(seed=2)) == digest(bare.reset(seed=2))
    for text in (write("roll"), write("paint", cell=1), "?", write("submit"), "late"):
        assert digest(env.step(text)) == digest(bare.step(text))


def test_the_system_prompt_and_the_tools(toys) -> None:
    env = Messages(gymnasium.make("toys/Talk-v0"))
    env.reset(seed=0)
    assert env.messages[0] == {"role": "system", "content": "Ω be brief"}
    assert env.messages[1]["content"].startswith("é 中 🙂 paint")
    assert "Paint one cell" not in json.dumps(env.messages)
    assert [tool["function"]["name"] for tool in env.tools] == ["paint", "roll", "say", "submit"]


def test_what_is_no_text(wrapped) -> None:
    env = wrapped()
    env.reset(seed=4)
    with pytest.raises(UsageError, match="an action is a text"):
        env.step(5)
    assert len(env.messages) == 1


def test_a_broken_machine_ends_in_a_valid_history(wrapped, write) -> None:
    env = wrapped()
    env.reset(seed=4)
    assert env.step(write("say", text="break the machine"))[4]["is_infrastructure_error"]
    assert [message["role"] for message in env.messages] == ["user", "assistant", "tool"]


def test_it_wraps_eyesmith_only() -> None:
    with pytest.raises(UsageError, match="wraps an eyesmith environment"):
        Messages(gymnasium.make("CartPole-v1"))


def test_it_survives_the_spec(wrapped) -> None:
    env = wrapped(images_in_user=False)
    twin = gymnasium.make(env.spec)
    twin.reset(seed=1)
    assert isinstance(twin, Messages)
    assert twin._images_in_user is False


def test_lone_surrogates_can_be_sent(wrapped) -> None:
    env = wrapped()
    env.reset(seed=4)
    env.step("lone \ud800")
    env.step('{"name": "say", "arguments": {"text": "\ud800"}}')
    json.dumps(env.messages, ensure_ascii=False).encode()
