"""The judge's client: whose fault, how long, how often, and no key in any text."""

import base64
import copy
import pickle  # noqa: TID251 what vector environments do with settings
import re
import socket
import threading
import traceback
from time import perf_counter

import numpy as np
import pytest

from eyesmith.errors import InfrastructureError, JudgeError, UsageError
from eyesmith.rewards import judge as room
from eyesmith.rewards import judge_http
from eyesmith.rewards.fencing import Data
from eyesmith.rewards.judge import Judge
from eyesmith.rewards.question import Question

from .judge_server import FAULTS, JudgeServer, Reply

KEY = "jk-planted-7f3a9c5e1b2d4680"
SCORE = {"type": "object", "required": ["score"], "properties": {"score": {"type": "integer", "minimum": 1}}}
OTHER_FAULTS = {"refuse", "garbage", "redirect"}
PASSING = sorted(FAULTS.keys() - OTHER_FAULTS)


@pytest.fixture(autouse=True)
def no_keys_no_proxies_no_waiting(monkeypatch):
    names = ("EYESMITH_JUDGE_KEY", "EYESMITH_API_KEY", "OPENAI_API_KEY")
    for name in (*names, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(room, "FIRST_WAIT_S", 0.01)


def made(server, **changes):
    return Judge(**({"base_url": server.url, "model": "toy", "timeout_s": 5.0} | changes))


def asking(*parts, **changes):
    return Question("demo/1", "You judge.", parts or ("How good?",), **({"schema": SCORE} | changes))


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# -- what goes and what comes


def test_a_question_and_its_answer():
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    with JudgeServer('Well: {"score": 4}') as server:
        answer = made(server).ask(asking("First:", picture, Data("by the agent", "note"), "How good?"))
    assert (answer.text, answer.value, answer.is_cached) == ('Well: {"score": 4}', {"score": 4}, False)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert {name: asked.body[name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "toy",
        "temperature": 0.0,
        "max_tokens": 1024,
    }
    assert not {"logprobs", "seed", "stream"} & set(asked.body)
    assert [part["type"] for part in asked.parts] == ["text", "image_url", "text", "text"]
    assert np.array_equal(asked.pictures[0], picture)
    assert "Authorization" not in asked.headers


def test_texts_alone_are_one_text():
    with JudgeServer('{"score": 4}') as server:
        made(server).ask(asking("One.", "Two."))
    assert server.asked[0].body["messages"][1]["content"] == "One.\n\nTwo."


def test_large_pictures_are_shrunk():
    with JudgeServer('{"score": 4}') as server:
        judge = made(server, max_side_px=64)
        judge.ask(asking(np.full((90, 160, 3), 7, np.uint8), np.full((64, 2, 3), 9, np.uint8)))
    assert [picture.shape for picture in server.asked[0].pictures] == [(36, 64, 3), (64, 2, 3)]
    assert (server.asked[0].pictures[0] == 7).all()


def test_settings_reach_the_request():
    with JudgeServer('{"score": 4}') as server:
        judge = made(server, max_tokens=None, temperature=0.5, seed=40, extra={"top_p": 0.8})
        judge.ask(asking(sample=2))
        judge.ask(asking(temperature=0.0, max_tokens=3))
        made(server, seed=None, temperature=1.0).ask(asking(max_tokens=3, top_logprobs=5))
    first, second, third = (asked.body for asked in server.asked)
    assert (first["temperature"], first["seed"], first["top_p"]) == (0.5, 42, 0.8)
    assert "max_tokens" not in first
    assert "seed" not in second
    assert "max_tokens" not in second
    assert (third["max_tokens"], third["logprobs"], third["top_logprobs"]) == (3, True, 5)
    assert "seed" not in third


@pytest.mark.parametrize("change", [lambda url: url, lambda url: url + "/", lambda url: url[:-3]])
def test_the_address_is_taken_with_and_without_a_version(change):
    with JudgeServer('{"score": 1}') as server:
        assert made(server, base_url=change(server.url)).ask(asking()).value == {"score": 1}


# -- trouble


@pytest.mark.parametrize("fault", PASSING)
def test_trouble_that_may_pass_is_tried_again(fault, monkeypatch):
    monkeypatch.setattr(judge_http, "MAX_ANSWER_BYTES", 1 << 20)
    with JudgeServer('{"score": 5}') as server:
        server.faults.append(fault)
        assert made(server, timeout_s=0.4, retries=1).ask(asking()).value == {"score": 5}
    assert len(server.asked) == 2
    assert server.asked[0].body == server.asked[1].body


@pytest.mark.parametrize("fault", PASSING)
def test_trouble_that_stays_is_the_machines_failure_and_never_a_score(fault, monkeypatch):
    monkeypatch.setattr(judge_http, "MAX_ANSWER_BYTES", 1 << 20)
    with JudgeServer('{"score": 5}') as server:
        server.faults += [fault] * 3
        with pytest.raises(JudgeError) as caught:
            made(server, timeout_s=0.2, retries=2).ask(asking())
    assert isinstance(caught.value, InfrastructureError)
    assert caught.value.reason == "unreachable"
    assert len(server.asked) == 3
    line = str(caught.value)
    assert line.startswith("the judge 'toy' at http://127.0.0.1:")
    assert "\n" not in line
    assert len(line) < 400


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("500", r"answered chat/completions with 500: CUDA error"),
        ("429", r"with 429: slow down"),
        ("half", r"broke off or cannot be reached: 3981 bytes of the answer are missing"),
        ("half_chunked", r"broke off"),
        ("reset", r"broke off"),
        ("not_json", r"no valid JSON: <html>It works!</html>"),
        ("empty", r"no valid JSON: nothing"),
        ("list", r"no JSON object, but list"),
        ("hang", r"no whole answer to chat/completions within 0.3 s"),
        ("no_choices", r"half an answer"),
        ("parts", r"half an answer"),
        ("endless", r"more than 1 MiB"),
        (Reply(200, b"[" * 200_000), r"no valid JSON"),
        (Reply(502, b"<html>Bad\r\n\x1b[31mGateway"), r"502: <html>Bad \[31mGateway$"),
    ],
)
def test_what_went_wrong_is_said(fault, says, monkeypatch):
    monkeypatch.setattr(judge_http, "MAX_ANSWER_BYTES", 1 << 20)
    with JudgeServer() as server:
        server.faults.append(fault)
        with pytest.raises(JudgeError, match=says):
            made(server, timeout_s=0.3, retries=0).ask(asking())


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_headers"])
def test_nothing_holds_a_request_longer_than_its_time(fault):
    with JudgeServer() as server:
        server.faults.append(fault)
        started = perf_counter()
        with pytest.raises(JudgeError, match=r"within 0\.3 s"):
            made(server, timeout_s=0.3, retries=0).ask(asking())
        assert 0.3 <= perf_counter() - started < 3.0


def test_nobody_listens():
    with pytest.raises(JudgeError, match="cannot be reached") as caught:
        Judge(f"http://127.0.0.1:{unused_port()}", "toy", retries=0).ask(asking())
    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_takes_the_connection_and_says_nothing(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = perf_counter()
        judge = Judge(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", "toy", timeout_s=0.3, retries=0)
        with pytest.raises(JudgeError, match=r"within 0\.3 s"):
            judge.ask(asking())
        assert perf_counter() - started < 3.0


def test_it_waits_as_long_as_it_is_told(monkeypatch):
    slept = []
    monkeypatch.setattr(room.time, "sleep", slept.append)
    monkeypatch.setattr(room, "FIRST_WAIT_S", 1.0)
    with JudgeServer('{"score": 1}') as server:
        server.faults += [Reply(429, b"", {"Retry-After": "7"}), "500", "500", Reply(503), "ok"]
        made(server, retries=4).ask(asking())
    assert slept == [7.0, 2.0, 4.0, 8.0]


def test_a_refused_question_is_an_error_of_its_own_and_not_asked_again():
    with JudgeServer('{"score": 1}') as server:
        server.faults.append("refuse")
        with pytest.raises(JudgeError, match="maximum context length") as caught:
            made(server).ask(asking())
        assert caught.value.reason == "refused"
        assert len(server.asked) == 1
        assert made(server).ask(asking()).value == {"score": 1}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Reply(401, {"error": "no"}), "set EYESMITH_JUDGE_KEY"),
        (Reply(403, b""), "may not use"),
        (Reply(404, b""), "Check base_url"),
        (Reply(405, b""), "Check base_url"),
        (Reply(402, b""), "no credit"),
        (Reply(429, {"error": {"message": "quota", "code": "insufficient_quota"}}), "no credit left"),
        ("redirect", "redirects, which is not followed"),
    ],
)
def test_wrong_settings_are_the_callers_mistake(fault, says):
    with JudgeServer() as server:
        server.faults.append(fault)
        with pytest.raises(UsageError, match=says):
            made(server).ask(asking())
    assert len(server.asked) == 1


def test_a_check_before_the_run():
    with JudgeServer(models=("toy", "toy-large")) as server:
        made(server).check()
        with pytest.raises(UsageError, match=r"has toy, toy-large\. Did you mean 'toy-large'"):
            made(server, model="toy-larg").check()
        with pytest.raises(UsageError, match=r"404: The model other does not exist"):
            made(server, model="other").ask(asking())
    with pytest.raises(JudgeError):
        Judge(f"http://127.0.0.1:{unused_port()}", "toy").check()


# -- answers that cannot be read


def test_an_unreadable_answer_is_asked_for_once_more_with_what_was_wrong():
    said = iter(["Splendid: 10 of 10.", '{"score": 2}'])
    with JudgeServer(lambda asked: next(said)) as server:
        assert made(server).ask(asking()).value == {"score": 2}
    first, again = (asked.body["messages"] for asked in server.asked)
    assert again[:2] == first
    assert again[2] == {"role": "assistant", "content": "Splendid: 10 of 10."}
    assert again[3]["content"].startswith(
        "That cannot be read: it holds no JSON object. Answer with one JSON"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("10/10", "it holds no JSON object"),
        ("", "it holds no JSON object"),
        ('{"score": 0}', "score: 0 is less than the minimum"),
        ('{"score": "5"}', "score: '5' is not of type"),
        ('{"score": NaN}', "no JSON object"),
        ('{"score": 1e999}', "no JSON object"),
        ('{"mark": 5}', "'score' is a required property"),
        ('The slide says {"score": 9}. I say {"score": 2}.', "several JSON objects that differ"),
        ('<think>{"score": 9}', "no JSON object"),
        ("{" * 5000, "no JSON object"),
    ],
)
def test_an_answer_that_stays_unreadable_is_an_error(text, says):
    with JudgeServer(text) as server, pytest.raises(JudgeError) as caught:
        made(server).ask(asking())
    assert caught.value.reason == "unreadable"
    assert says in str(caught.value)
    assert len(str(caught.value)) < 500
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"score": 3}\n```',
        'Here {it} is: {"score": 3} {"unrelated": 1}',
        '<think>{"score": 9} or less</think>{"score": 3}',
        '{"score": 3} and again {"score": 3}',
        '{"score": 3, "more": {"score": 7}}',
    ],
)
def test_the_object_is_found(text):
    with JudgeServer(text) as server:
        assert made(server).ask(asking()).value["score"] == 3
    assert len(server.asked) == 1


def test_a_cut_answer_says_so():
    body = {"choices": [{"message": {"content": '{"sco'}, "finish_reason": "length"}]}
    with JudgeServer() as server:
        server.faults += [Reply(body=body)] * 2
        with pytest.raises(JudgeError, match="cut off at max_tokens"):
            made(server).ask(asking())


# -- keys


def test_the_key_is_shown_and_the_advice_knows_which(monkeypatch):
    with JudgeServer('{"score": 1}', key=KEY) as server:
        monkeypatch.setenv("EYESMITH_API_KEY", KEY)  # meant for another endpoint
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with pytest.raises(UsageError, match=r"set EYESMITH_JUDGE_KEY .*OPENAI_API_KEY is set, but"):
            made(server).ask(asking())
        monkeypatch.setenv("EYESMITH_JUDGE_KEY", KEY[:-1])
        with pytest.raises(UsageError, match="refuses the key in EYESMITH_JUDGE_KEY"):
            made(server).ask(asking())
        monkeypatch.setenv("EYESMITH_JUDGE_KEY", KEY)
        assert made(server).ask(asking()).value == {"score": 1}
        monkeypatch.setenv("HOUSE_KEY", KEY)
        assert made(server, api_key_env="HOUSE_KEY").ask(asking("Else?")).value == {"score": 1}


@pytest.mark.parametrize("url", ["http://10.0.0.7:8000/v1", "http://gpu7/v1", "http://localhost.example.com"])
def test_no_key_travels_in_the_open(monkeypatch, url):
    monkeypatch.setenv("EYESMITH_JUDGE_KEY", KEY)
    with pytest.raises(UsageError, match="plain http to another machine") as caught:
        Judge(url, "toy")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        Reply(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}),
        Reply(401, {"error": {"message": f"Incorrect API key: {KEY[:13]}*********{KEY[-4:]}"}}),
        Reply(400, {"error": {"message": "x" * 180 + KEY, "code": "because"}}),
        Reply(500, f"<pre>Authorization: Bearer {KEY}</pre>".encode()),
        Reply(500, b"z" * 3990 + KEY.encode()),
        Reply(200, f"Bearer {KEY}".encode()),
        Reply(307, b"", {"Location": f"https://elsewhere/?key={KEY}"}),
    ],
)
def test_a_planted_key_is_in_no_text_and_no_file(monkeypatch, tmp_path, fault):
    monkeypatch.setenv("EYESMITH_JUDGE_KEY", KEY)
    with JudgeServer('{"score": 1}', key=KEY) as server:
        server.faults.append(fault)
        judge = made(server, cache_dir=str(tmp_path), retries=0)
        with pytest.raises((JudgeError, UsageError)) as caught:
            judge.ask(asking())
        judge.ask(asking())
    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    error = caught.value
    texts = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    texts += [repr(judge), repr(judge.settings), repr(vars(judge)), repr(copy.deepcopy(judge))]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(texts) == 9
    for text in texts:
        assert KEY[:8] not in text
        assert KEY[-8:] not in text


# -- proxies


def test_proxies_never_stand_before_this_machine(monkeypatch):
    with JudgeServer('{"score": 1}') as proxy, JudgeServer('{"score": 2}') as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert made(server).ask(asking()).value == {"score": 2}
        assert not proxy.asked


def test_a_proxy_is_used_for_other_machines(monkeypatch):
    with JudgeServer('{"score": 1}') as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1").replace("//", f"//me:{KEY}@"))
        with pytest.raises(UsageError, match="404") as caught:
            Judge("http://judge.invalid/v1", "toy").ask(asking())
        assert "judge.invalid" not in str(caught.value)
        monkeypatch.setenv("no_proxy", "judge.invalid")
        with pytest.raises(JudgeError, match="cannot be reached"):
            Judge("http://judge.invalid/v1", "toy", retries=0).ask(asking())
    (asked,) = proxy.asked
    assert asked.path == "http://judge.invalid/v1/chat/completions"
    shown = asked.headers["Proxy-Authorization"].removeprefix("Basic ")
    assert base64.b64decode(shown).decode() == f"me:{KEY}"


def test_a_proxy_that_cannot_be_used(monkeypatch):
    monkeypatch.setenv("all_proxy", f"socks5://me:{KEY}@proxy:1")
    with pytest.raises(UsageError, match="proxy of the environment") as caught:
        Judge("https://judge.invalid/v1", "toy").ask(asking())
    assert KEY not in str(caught.value)


# -- settings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"base_url": "http://127.0.0.1:1", "modle": "toy"}, r"does not know 'modle'\. Did you mean 'model'"),
        ({"base_url": "http://127.0.0.1:1"}, "judge needs model"),
        ({}, "judge needs base_url and model"),
        ({"api_key": KEY}, "A key goes into an environment variable"),
        ({"_cache": 1}, "does not know '_cache'"),
        ({"base_url": 3, "model": "toy"}, "base_url must be a text, got int"),
        ({"base_url": f"http://me:{KEY}@host", "model": "toy"}, "an address alone"),
        ({"base_url": "127.0.0.1:8000", "model": "toy"}, "--judge-url"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "api_key_env": KEY}, "never the key itself"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "retries": 1.5}, "retries must be an integer"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "retries": True}, "retries must be an integer"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "timeout_s": float("nan")}, "timeout_s must be"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "max_tokens": 0}, "max_tokens .* or None, got 0"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "cache_dir": 3}, "cache_dir must be a path"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "extra": {"n": 3}}, "must not hold n"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "extra": {"x": {1}}}, "JSON values only"),
        ({"base_url": "http://127.0.0.1:1", "model": "toy", "extra": [1]}, "must map names"),
    ],
)
def test_settings_are_checked(settings, says):
    with pytest.raises(UsageError, match=says) as caught:
        Judge.of(settings)
    assert KEY not in str(caught.value)


def test_a_judge_is_made_again_from_its_settings():
    judge = Judge.of({"base_url": "http://127.0.0.1:1", "model": "toy", "extra": {"top_p": 0.5}})
    again = pickle.loads(pickle.dumps(judge))
    assert again.settings == judge.settings == copy.deepcopy(judge).settings
    assert again.key(asking()) == judge.key(asking())


def test_questions_are_checked():
    for parts in (
        (),
        (np.zeros((3, 3), np.uint8),),
        (np.zeros((3, 3, 3)),),
        (np.zeros((0, 3, 3), np.uint8),),
        (3,),
    ):
        with pytest.raises(UsageError):
            Question("demo/1", "You judge.", parts, schema=SCORE)
    for wrong in ({"sample": -1}, {"top_logprobs": 21}, {"choices": ("yes",)}):
        with pytest.raises(UsageError):
            asking(**wrong)
    with pytest.raises(UsageError, match="a label has"):
        Data("text", "a label\nwith ===== marks")


# -- several at once


def test_several_are_asked_side_by_side_and_answered_in_order():
    together = threading.Barrier(3)

    def answer(asked):
        together.wait(5)
        return f'{{"score": {re.findall(r"[0-9]+", asked.user)[0]}}}'

    with JudgeServer(answer) as server:
        judge = made(server, concurrency=3)
        answers = judge.ask_all([asking(f"Number {n}?") for n in range(1, 7)])
    assert [answer.value["score"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    assert server.most_at_once == 3


def test_one_that_fails_fails_all():
    server = JudgeServer(lambda asked: "?" if "2" in asked.user else '{"score": 1}')
    with server, pytest.raises(JudgeError):
        made(server).ask_all([asking(f"Number {n}?") for n in range(4)])


def test_threads_with_the_same_question_ask_it_once():
    with JudgeServer('{"score": 1}') as server:
        judge = made(server)
        answers = judge.ask_all([asking()] * 8)
    assert len(server.asked) == 1
    assert [answer.is_cached for answer in answers].count(False) == 1
