"""Same task and same calls: the same bytes, in any process and thread, after any other task."""

from concurrent.futures import ThreadPoolExecutor

import gymnasium

from eyesmith.tools.tool import ToolCall

ZOOM = "eyesmith/ZoomQA-v0"


SCRIPT = """
import json, sys, hashlib, gymnasium, eyesmith, toys
for env_id, kwargs in (("toys/Paint-v0", {}), ("eyesmith/ZoomQA-v0", {"kind": "swatch"})):
    env = gymnasium.make(env_id, dense=True, **kwargs)
    for seed in json.loads(sys.argv[1]):
        env.reset(seed=seed)
    state = hashlib.sha256()
    def eat(observation, rest):
        for key in sorted(observation):
            value = observation[key]
            state.update(value.encode() if isinstance(value, str) else value.tobytes())
        state.update(repr(rest).encode())
    eat(*env.reset(seed=2))
    texts = [json.dumps({"name": c.name, "arguments": dict(c.arguments)}) for c in env.unwrapped.expert()]
    roll = '{"name": "roll", "arguments": {"sides": 99}}'
    zoom = '{"name": "zoom_in", "arguments": {"bbox_2d": [3, 5.5, 80, 90]}}'
    for text in [roll, zoom, roll, zoom, "nonsense", *texts, "late"]:
        observation, *rest = env.step(text)
        eat(observation, rest)
    print(state.hexdigest())
"""


def test_two_processes_give_the_same_bytes(python) -> None:
    first = python(SCRIPT, "[]", PYTHONHASHSEED="0")
    second = python(SCRIPT, "[0, 4, 2, 9]", PYTHONHASHSEED="12345")
    assert first == second
    assert len(set(first.split())) == 2


def test_four_threads_give_the_same_bytes(toys, digest, say_calls) -> None:
    def play(number: int) -> list[str]:
        env, told = gymnasium.make(ZOOM, kind="swatch"), []
        for seed in (number % 2, 0, 1):
            reset = env.reset(seed=seed)
            texts = say_calls(env.unwrapped.expert())
            told.append(digest([reset, *[env.step(text) for text in texts]]))
        return told[1:]

    with ThreadPoolExecutor(4) as pool:
        plays = list(pool.map(play, range(8)))
    assert all(told == plays[0] for told in plays)


def test_twins_after_other_tasks(toys, digest, say_calls) -> None:
    fresh, used = toys.PaintEnv(), toys.PaintEnv()
    for seed in range(5):
        used.reset(seed=seed)
        used.step(say_calls([ToolCall("roll")])[0])
    told = []
    for env in (fresh, used):
        reset = env.reset(seed=7)
        texts = say_calls([ToolCall("roll", {"sides": 1000})] * 4 + list(env.expert()))
        told.append(digest([reset, *[env.step(text) for text in texts]]))
    assert told[0] == told[1]
    other = fresh.reset(seed=8) and digest([fresh.step(text) for text in say_calls([ToolCall("roll")])])
    assert other not in told
