"""A judge's answers on disk: by content, whole or not at all, shared by processes."""

import json
import multiprocessing
from dataclasses import replace

import numpy as np
import pytest

from eyesmith.errors import JudgeError, StorageError
from eyesmith.rewards.fencing import Data
from eyesmith.rewards.judge import Judge
from eyesmith.rewards.judge_cache import JudgeCache
from eyesmith.rewards.question import Answer, Question

from .judge_server import JudgeServer

NOWHERE = "http://127.0.0.1:9/v1"
KEYS = [f"{number:064x}" for number in range(24)]
PICTURE = np.zeros((4, 4, 3), np.uint8)
QUESTION = Question(
    "demo/1", "You judge.", ("Look:", PICTURE, Data("words", "note")), schema={"type": "object"}
)


def judge(url=NOWHERE, folder=None, **changes):
    told = {
        "base_url": url,
        "model": "toy",
        "retries": 0,
        "cache_dir": None if folder is None else str(folder),
    }
    return Judge(**(told | changes))


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_answer_outlives_the_process_and_the_endpoint(tmp_path):
    with JudgeServer('{"score": 4}') as server:
        first = judge(server.url, tmp_path).ask(QUESTION)
        assert judge(server.url, tmp_path).ask(QUESTION) == first
    again = judge(folder=tmp_path).ask(QUESTION)
    assert again == first
    assert (first.is_cached, again.is_cached) == (False, True)
    assert len(server.asked) == 1
    with pytest.raises(JudgeError):
        judge(folder=tmp_path).ask(replace(QUESTION, sample=1))


def test_without_a_folder_it_is_remembered_by_the_judge_alone():
    with JudgeServer('{"score": 4}') as server:
        one = judge(server.url)
        assert [one.ask(QUESTION).is_cached for _ in range(3)] == [False, True, True]
        assert not judge(server.url).ask(QUESTION).is_cached
    assert len(server.asked) == 2


def test_probabilities_are_remembered_too(tmp_path):
    asked = replace(QUESTION, schema=None, top_logprobs=3)
    with JudgeServer(("Yes", {"Yes": -0.25, "No": -1.5})) as server:
        first = judge(server.url, tmp_path).ask(asked)
    assert first.first_token == {"Yes": -0.25, "No": -1.5, "Y": -20.0}
    assert judge(folder=tmp_path).ask(asked) == first


def test_the_key_is_of_all_that_the_answer_depends_on():
    key = judge().key(QUESTION)
    dot = PICTURE.copy()
    dot[0, 0, 0] = 1
    other_questions = [
        replace(QUESTION, protocol="demo/2"),
        replace(QUESTION, system="You judge!"),
        replace(QUESTION, parts=("Look:", dot, Data("words", "note"))),
        replace(QUESTION, parts=("Look:", PICTURE.reshape(2, 8, 3), Data("words", "note"))),
        replace(QUESTION, parts=("Look:", PICTURE, Data("Words", "note"))),
        replace(QUESTION, parts=("Look:", PICTURE, Data("words", "other"))),
        replace(QUESTION, parts=("Look:", PICTURE, "words")),
        replace(QUESTION, parts=(PICTURE, "Look:", Data("words", "note"))),
        replace(QUESTION, schema={"type": "object", "required": ["score"]}),
        replace(QUESTION, schema=None, choices=("yes", "no")),
        replace(QUESTION, sample=1),
        replace(QUESTION, top_logprobs=5),
        replace(QUESTION, max_tokens=7),
        replace(QUESTION, temperature=0.5),
    ]
    settings = {
        "model": "other",
        "max_tokens": 9,
        "temperature": 0.7,
        "max_side_px": 99,
        "extra": {"top_k": 3},
    }
    others = {judge().key(question) for question in other_questions}
    others |= {judge(**{name: value}).key(QUESTION) for name, value in settings.items()}
    others |= {judge(seed=seed).key(replace(QUESTION, temperature=0.5)) for seed in (1, 2, None)}
    assert len(others | {key}) == len(other_questions) + len(settings) + 3 + 1
    for same in ({"base_url": "http://127.0.0.1:8"}, {"timeout_s": 3}, {"retries": 9}, {"concurrency": 1}):
        assert judge(**same).key(QUESTION) == key
    warm = replace(QUESTION, temperature=0.7)
    assert judge().key(warm) == judge(temperature=0.7).key(QUESTION)
    assert judge(temperature=0).key(QUESTION) == key
    assert judge(folder="elsewhere").key(QUESTION) == key
    assert judge(seed=5).key(QUESTION) == key  # at temperature 0 no seed is sent


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\xff" + data,
        lambda data: data.replace(b'"value": {"score": 4}', b'"value": {"score": 9}'),
        lambda data: data.replace(b"4", b"5"),
        lambda data: b"[]",
        lambda data: b'{"form": 1}',
        lambda data: data.replace(b'"form": 1', b'"form": 2'),
        lambda data: data.replace(b'"key": "', b'"key": "0'),
        lambda data: b"[" * 100_000,
        lambda data: b" " * (17 << 20) + data,
    ],
)
def test_a_damaged_file_counts_as_none_and_is_written_anew(tmp_path, damage):
    with JudgeServer('{"score": 4}') as server:
        first = judge(server.url, tmp_path).ask(QUESTION)
        (path,) = files(tmp_path)
        sound = path.read_bytes()
        path.write_bytes(damage(sound))
        assert path.read_bytes() != sound
        again = judge(server.url, tmp_path).ask(QUESTION)
    assert (again, again.is_cached) == (first, False)
    assert len(server.asked) == 2
    assert files(tmp_path) == [path]
    assert path.read_bytes() == sound


def test_the_first_answer_stands(tmp_path):
    early, late = JudgeCache(tmp_path), JudgeCache(tmp_path)
    assert early.find(KEYS[0]) is None
    assert late.find(KEYS[0]) is None
    assert early.keep(KEYS[0], Answer("first")).text == "first"
    assert late.keep(KEYS[0], Answer("second")).text == "first"
    assert late.find(KEYS[0]) == early.find(KEYS[0]) == Answer("first")


def test_nothing_private_stands_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("EYESMITH_JUDGE_KEY", "jk-planted-7f3a9c5e1b2d4680")
    with JudgeServer('{"score": 4}') as server:
        judge(server.url, tmp_path).ask(QUESTION)
    (path,) = files(tmp_path)
    text = path.read_text()
    assert set(json.loads(text)) == {"form", "key", "check", "answer"}
    assert "planted" not in text
    assert "127.0.0.1" not in text


def test_an_answer_that_cannot_be_read_is_not_remembered(tmp_path):
    with JudgeServer("no idea") as server:
        with pytest.raises(JudgeError):
            judge(server.url, tmp_path).ask(QUESTION)
        server.answer = '{"score": 4}'
        assert judge(server.url, tmp_path).ask(QUESTION).value == {"score": 4}
    assert len(files(tmp_path)) == 1


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with JudgeServer('{"score": 4}') as server, pytest.raises(StorageError, match="cache_dir"):
        judge(server.url, tmp_path / "taken").ask(QUESTION)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("eyesmith.rewards.judge_cache.MAX_HELD", 3)
    cache = JudgeCache(None)
    for key in KEYS[:5]:
        cache.keep(key, Answer(key))
        cache.find(KEYS[0])
    assert [cache.find(key) is not None for key in KEYS[:5]] == [True, False, False, True, True]


def fill(folder, name, barrier, queue):
    cache = JudgeCache(folder)
    barrier.wait(30)
    queue.put([cache.keep(key, Answer(f"{name} says {key}")).text for key in KEYS])


def test_processes_that_share_a_folder_agree(tmp_path):
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(4), context.Queue()
    workers = [context.Process(target=fill, args=(tmp_path, name, barrier, queue)) for name in "abcd"]
    for worker in workers:
        worker.start()
    told = [queue.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert all(one == told[0] for one in told)
    assert [JudgeCache(tmp_path).find(key).text for key in KEYS] == told[0]
    assert len(files(tmp_path)) == len(KEYS)
