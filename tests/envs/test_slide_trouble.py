"""SlideBuild in trouble: a browser that dies, hostile pages, junk snapshots, twins, tasks without an end."""

import json
import os
import signal

import numpy as np
import pytest

from eyesmith.envs.describe import make_env
from eyesmith.envs.slide_expert import set_slide
from eyesmith.envs.snapshot import pack, unpack
from eyesmith.envs.subject import play
from eyesmith.errors import SnapshotError, UsageError
from eyesmith.tools import ToolCall
from eyesmith.tools.browser import PageError, shared_renderer

ID = "eyesmith/SlideBuild-v0"
pytestmark = pytest.mark.browser
END = ToolCall("finalize")


def begun(index=1, **kwargs):
    env = make_env(ID, **({"kind": "written", "difficulty": 1} | kwargs))
    env.begin(env.get_task("train", index))
    return env


def write(html, index=0):
    return ToolCall("write_slide", {"index": index, "html": html})


# -- a browser that dies


def test_a_browser_killed_between_two_calls_is_no_news_to_the_episode():
    env = begun()
    calls = list(env.expert())
    quiet = list(play(env, env.task, calls))[-1]
    env.begin(env.task)
    killed = []
    for number, call in enumerate(calls):
        if number in (len(calls) // 2, len(calls) - 2):
            pid = shared_renderer()._service.browser_pid
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
            # Another theme: nothing that comes was shown before.
            env.call(ToolCall("set_theme", {"theme": "slate" if len(killed) == 1 else "night"}))
        turn = env.call(call)
        assert not turn.error, turn.text
    assert len(set(killed)) == 2
    assert turn.terminated
    assert turn.score == pytest.approx(quiet.score, abs=0.05)


# -- pages that do harm

HOSTILE = {
    "script": "<h1>Hi</h1><script>document.title='x';while(1){}</script>",
    "handler": "<h1 onclick='alert(1)' onload='alert(2)'>Hi</h1><svg onload='alert(3)'></svg>",
    "iframe": "<h1>Hi</h1><iframe src='http://127.0.0.1:9/'></iframe><iframe srcdoc='<p>x'></iframe>",
    "refresh": "<h1>Hi</h1><meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "base": "<base href='http://127.0.0.1:9/'><h1>Hi</h1><img src=x.png>",
    "out of the root": "</div></body></html><h1>Hi</h1><style>#slide{display:none}</style>",
    "surrogate": "<h1>Hi \ud800</h1>",
    "nul": "<h1>Hi\x00</h1>",
}
REFUSED = {
    "elements": "<i>" * 15_000,
    "nodes": "<b></b>" * 8_500,
    "deep": "<div>" * 3_000,
    "svg": "<svg><defs><g id='a'>" + "<use href='#a'/>" * 400 + "</g></defs><use href='#a'/></svg>" * 40,
    "shadows": "".join(
        f"<p style='width:1200px;height:700px;filter:blur({900 + n}px)'>x</p>" for n in range(400)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_page_may_not_hold_is_taken_out_and_the_rest_is_shown(name):
    env = begun()
    turn = env.call(write(HOSTILE[name]))
    assert not turn.error
    assert turn.reward == 0.0
    assert len(turn.images) == 1
    shown = env._slides.deck.shown(0)
    assert "Hi" in " ".join(block.text for block in shown.page.blocks) or "display:none" in HOSTILE[name]
    for word in ("<script", "onload", "onclick", "<iframe", "<base", "refresh", "127.0.0.1"):
        assert word not in shown.html
    assert not env.call(ToolCall("review_deck")).error


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_too_heavy_to_show_is_answered_or_shown_and_nothing_breaks(name):
    env = begun()
    env.call(write("<h1>Stays</h1>"))
    before = env._slides.deck.state()
    turn = env.call(write(REFUSED[name]))
    assert turn.reward == 0.0
    if turn.error:
        assert turn.error.startswith("page_")
        assert "the slide was not taken" in turn.text
        assert turn.images == ()
        assert env._slides.deck.state() == before
    else:
        assert name == "shadows", "the sanitiser makes these light"
    assert not env.call(ToolCall("view_slide", {"index": 0})).error
    assert not env.call(write("<h1>Goes on</h1>")).error


def test_300_thousand_nodes_are_longer_than_a_call_may_be():
    env = begun()
    turn = env.call(write("<b></b>" * 300_000))
    assert turn.error == "bad_arguments"
    assert "60000" in turn.text.replace(",", "")
    assert len(env._slides.deck) == 0


def test_a_slide_that_went_too_slow_is_graded_as_a_blank_one(monkeypatch):
    env = begun()
    calls = [set_slide(index, spec) for index, spec in enumerate(env._world.plan)]
    whole = list(play(env, env.task, [*calls, END]))[-1]
    env.begin(env.task)
    for call in calls:
        env.call(call)
    deck, show = env._slides.deck, env._slides.deck._render
    page = deck.html(2)

    def slow(html):
        if html == page:
            raise PageError("the page takes too long to draw", "too_slow")
        return show(html)

    monkeypatch.setattr(deck, "_render", slow)
    assert not env.call(ToolCall("view_slide", {"index": 2})).error
    assert not env.call(ToolCall("review_deck")).error
    last = env.call(END)
    assert last.terminated
    assert last.score < whole.score
    assert last.components["distinct"] < 1.0
    assert env.export_work("pdf").startswith(b"%PDF")


# -- snapshots and twins


def played(env, count):
    calls = list(env.expert())
    for call in calls[:count]:
        env.call(call)
    return calls[count:]


@pytest.mark.parametrize("kind", ["written", "revision"])
def test_a_snapshot_of_a_whole_deck_is_small(kind):
    env = begun(index=4, kind=kind, difficulty=5)
    for call in list(env.expert())[:-1]:
        if call.name != "review_deck":
            env.call(call)
    assert len(env._slides.deck) >= 8
    assert len(env.snapshot()) < 64_000


def test_a_restored_episode_ends_alike_in_another_environment():
    env = begun(kind="revision", index=2)
    rest = played(env, 4)
    other = make_env(ID, kind="revision", difficulty=1)
    turn = other.restore(env.snapshot())
    assert turn.text == env._last.text
    assert [image.sha256 for image in turn.images] == [image.sha256 for image in env._last.images]
    for call in rest:
        one, two = env.call(call), other.call(call)
        assert (one.text, one.error, one.metrics) == (two.text, two.error, two.metrics)
        assert [image.sha256 for image in one.images] == [image.sha256 for image in two.images]
    assert one.score == two.score
    assert one.components == two.components


def test_twins_go_their_own_ways():
    env = begun()
    played(env, 6)
    state = env._slides.deck.state()
    first, second = env.fork(2)
    first.call(write("<h1>Only here</h1>"))
    second.call(ToolCall("set_theme", {"theme": "night", "footer": "Other"}))
    assert env._slides.deck.state() == state
    assert first._slides.deck.state() != state
    assert second._slides.deck.slides == env._slides.deck.slides
    assert second._world is env._world


JUNK = {
    "an unknown note": lambda hands: hands | {"read": ["nowhere"]},
    "no list of notes": lambda hands: hands | {"read": 3},
    "done as a number": lambda hands: hands | {"done": 1},
    "an outline of numbers": lambda hands: hands | {"outline": [1]},
    "findings of numbers": lambda hands: hands | {"found": [None]},
    "no deck": lambda hands: {name: hands[name] for name in hands if name != "deck"},
    "an unknown theme": lambda hands: hands | {"deck": hands["deck"] | {"theme": "neon"}},
    "an unknown layout": lambda hands: hands | {"deck": hands["deck"] | {"slides": [["<p>", "odd"]]}},
    "too many slides": lambda hands: hands | {"deck": hands["deck"] | {"slides": [["<p>", ""]] * 21}},
    "a slide of numbers": lambda hands: hands | {"deck": hands["deck"] | {"slides": [[1, ""]]}},
}


@pytest.mark.parametrize("name", JUNK)
def test_a_snapshot_of_a_state_that_cannot_be_is_refused(name):
    env = begun()
    played(env, 5)
    header, state = unpack(env.snapshot())
    state["hands"] = JUNK[name](state["hands"])
    with pytest.raises(SnapshotError, match="no episode can have"):
        make_env(ID, kind="written", difficulty=1).restore(pack(header, state))


def test_a_snapshot_may_hold_a_slide_that_cannot_be_shown_and_nothing_raises():
    env = begun()
    played(env, 5)
    header, state = unpack(env.snapshot())
    state["hands"]["deck"]["slides"] = [["<i>" * 9_000, ""]]
    env.restore(pack(header, state))
    assert not env.call(ToolCall("review_deck")).error
    assert env.call(END).score == 0.0


# -- ends, pictures, choices


def test_a_truncated_deck_is_graded_as_it_stands():
    env = begun()
    calls = [set_slide(index, spec) for index, spec in enumerate(env._world.plan)]
    whole = list(play(env, env.task, [*calls, END]))[-1].score
    env.begin(env.task)
    for call in calls:
        env.call(call)
    last = env.finish("context")
    assert last.truncated
    assert last.score == pytest.approx(whole)
    limited = begun(max_turns=len(calls))
    for call in calls:
        turn = limited.call(call)
    assert turn.stop_reason == "max_turns"
    assert turn.score == pytest.approx(whole)


@pytest.mark.parametrize("kind", ["written", "revision"])
def test_dense_rewards_sum_to_the_score_and_idling_earns_nothing(kind):
    env = begun(kind=kind, dense=True)
    calls = list(env.expert())
    idle = [
        ToolCall("review_deck"),
        ToolCall("plan", {"outline": ["x"]}),
        ToolCall("view_slide", {"index": 0}),
    ]
    rewards = []
    for call in calls[:-1]:
        rewards.append(env.call(call).reward)
        rewards += (paid := [env.call(one).reward for one in idle[: 1 + (len(calls) < 12)]])
        assert all(reward <= 1e-12 for reward in paid)
    last = env.call(calls[-1])
    assert sum(rewards) + last.reward == pytest.approx(last.score + last.components["calls"], abs=1e-9)
    assert last.score >= 0.95


def test_a_person_sees_the_deck_at_one_size():
    env = make_env(ID, kind="revision", render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    assert before.shape == (720, 1280, 3)
    env.call(ToolCall("delete_slide", {"index": 0}))
    assert env.render().shape == before.shape
    assert (env.render() != before).any()


def test_the_first_turn_lists_the_notes_and_shows_a_given_deck():
    env = begun()
    first = env.begin(env.task)
    assert all(f"- {note.id}: {note.title}" in first.text for note in env._world.brief.notes)
    assert first.images == ()
    env = begun(kind="revision")
    first = env.begin(env.task)
    assert [image.label for image in first.images] == ["deck"]
    assert np.array_equal(first.images[0].array, env._slides.deck.sheet())


def test_measures_count_slides_notes_and_the_experts_calls():
    env = begun()
    calls = list(env.expert())
    names = ("slides", "notes_read", "calls_expert")
    assert [env._last.metrics[name] for name in names] == [0.0, 0.0, len(calls)]
    last = list(play(env, env.task, calls))[-1]
    notes = {fact.note for fact in env._world.brief.facts}
    assert [last.metrics[name] for name in names] == [len(env._world.plan), len(notes), len(calls)]


def test_a_review_of_20_wordy_slides_fits_an_observation():
    env = make_env(ID, kind="written")
    env.reset(seed=1)
    text = "<p style='font-size:10px;position:absolute;left:{0}px;top:{1}px'>A ragged text of {1} words</p>"
    for index in range(20):
        html = "".join(text.format(31 * n % 900 + index, 23 * n) for n in range(30))
        env.call(write(html, index))
    observation, *_, info = env.step(json.dumps({"name": "review_deck", "arguments": {}}))
    assert not info["error_code"]
    assert observation["text"].count("slide ") >= 20
    assert len(observation["text"].encode()) < 16_000
    assert "[cut]" not in observation["text"]


def test_looks_and_difficulty_do_not_change_what_is_asked():
    plain = make_env(ID, kind="written", difficulty=2).get_task("train", 3)
    for kwargs in ({"recipe": "slideforge"}, {"dense": True}, {"max_turns": 3}, {"render_mode": "ansi"}):
        assert make_env(ID, kind="written", difficulty=2, **kwargs).get_task("train", 3).hash == plain.hash
    assert make_env(ID, kind="written", difficulty=3).get_task("train", 3).hash != plain.hash
    assert make_env(ID, kind="generated", difficulty=2).get_task("train", 3).hash != plain.hash


def test_a_source_of_ones_own_has_no_revisions(tmp_path):
    with pytest.raises(UsageError, match="kind='revision' takes none"):
        make_env(ID, kind="revision", source=f"briefs:{tmp_path / 'mine.yaml'}")


def test_no_work_before_the_first_task_and_no_file_of_an_empty_deck():
    env = make_env(ID)
    with pytest.raises(UsageError, match="no task has begun"):
        env.export_work("pdf")
    env.begin(env.get_task("train", 0))
    assert env.export_work("pdf") is None
    with pytest.raises(UsageError, match=r"exports no 'svg'; its formats are: pdf, html, pptx"):
        env.export_work("svg")
