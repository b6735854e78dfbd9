"""SlideBuild: what can be seen is what counts."""

import json
from statistics import mean

import gymnasium
import numpy as np
import pytest

import eyesmith  # noqa: F401  registers
from eyesmith.envs.describe import make_env
from eyesmith.envs.slide_cheats import CHEATS, INJECTION
from eyesmith.envs.slide_expert import set_slide
from eyesmith.envs.subject import play
from eyesmith.errors import MissingExtraError, UsageError
from eyesmith.rewards.slide import DESIGN_PARTS
from eyesmith.tools import ToolCall

ID = "eyesmith/SlideBuild-v0"
pytestmark = pytest.mark.browser


def score(env, task, calls):
    env.begin(task)
    return list(play(env, task, calls() if callable(calls) else calls))[-1]


def slides_of(env):
    return [set_slide(index, spec) for index, spec in enumerate(env._world.plan)]


@pytest.fixture(scope="module")
def env():
    return make_env(ID, split="test")


@pytest.fixture(scope="module")
def written():
    env = make_env(ID, kind="written", difficulty=3)
    return env, env.get_task("train", 1)


def test_the_expert_says_everything_on_flawless_slides(env):
    scores = []
    for index in range(6):
        last = list(play(env, env.get_task("test", index)))[-1]
        scores.append(last.score)
        assert all(last.components[name] >= 0.97 for name in DESIGN_PARTS), last.components
        assert last.metrics["turns"] == last.metrics["calls_expert"]
    assert mean(scores) >= 0.95
    assert min(scores) >= 0.8


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_earns_little(env, name):
    scores = []
    for index in range(3):
        task = env.get_task("test", index)
        env.begin(task)
        scores.append(score(env, task, env.cheats()[name]()).score)
    assert mean(scores) <= 0.35


def test_an_edit_task_left_alone_earns_nothing():
    env = make_env(ID, kind="revision")
    for index in range(3):
        task = env.get_task("train", index)
        last = score(env, task, [ToolCall("finalize")])
        assert last.score == 0.0
        assert last.components["recall"] > 0.2  # what is given is not worthless: nothing was gained
        assert last.components["instructions"] <= 0.5
        assert last.components["preservation"] == 1.0


def damaged(html_of):
    """A deck whose third slide is replaced by free HTML."""

    def calls(env):
        return [*slides_of(env), ToolCall("write_slide", {"index": 2, "html": html_of(env)})]

    return calls


def fact(env, number=0):
    return env._world.brief.facts[number].text


DAMAGES = {
    "removed facts": ("recall", lambda env: [call for n, call in enumerate(slides_of(env)[:2])]),
    "too few slides": ("count", lambda env: slides_of(env)[:2]),
    "copied slide": (
        "distinct",
        lambda env: [*slides_of(env)[:-1], set_slide(len(env._world.plan) - 1, env._world.plan[2])],
    ),
    "shifted off the canvas": (
        "overflow",
        damaged(lambda env: f"<h1 style='margin-left:900px;white-space:nowrap'>{fact(env)}</h1>"),
    ),
    "one text on another": (
        "overlap",
        damaged(
            lambda env: (
                "<h1 style='margin:64px'>Two texts</h1>"
                f"<p style='position:absolute;left:64px;top:300px;font-size:26px'>{fact(env)}</p>"
                f"<p style='position:absolute;left:70px;top:318px;font-size:26px'>{fact(env, 1)}</p>"
            )
        ),
    ),
    "pale type": (
        "contrast",
        damaged(
            lambda env: "<div style='color:#c9ccd2;margin:64px'><h1>Pale</h1>"
                f"<p style='font-size:24px'>{fact(env)}</p></div>"
        ),
    ),
    "shrunk type": (
        "type",
        damaged(
            lambda env: (
                f"<h1 style='margin:64px'>Small</h1><p style='font-size:10px;margin:64px'>{fact(env)}</p>"
            )
        ),
    ),
    "ragged edges": (
        "alignment",
        damaged(
            lambda env: "<h1 style='margin:64px'>Ragged</h1>"
            + "".join(
                f"<p style='position:absolute;left:{64 + 37 * n}px;top:{180 + 71 * n}px;font-size:24px'>"
                f"Line {n} stands where it likes</p>"
                for n in range(6)
            )
        ),
    ),
    "an empty slide": ("whitespace", damaged(lambda env: "<p style='font-size:18px'>Hm</p>")),
    "everything in a corner": (
        "balance",
        damaged(
            lambda env: (
                "<div style='position:absolute;right:40px;bottom:40px;width:260px'>"
                f"<h1 style='font-size:30px'>Corner</h1><p style='font-size:18px'>{fact(env)}</p></div>"
            )
        ),
    ),
    "a wall of text": (
        "words",
        damaged(
            lambda env: (
                "<h1 style='margin:40px'>Wall</h1>"
                f"<p style='font-size:17px;margin:40px'>{(fact(env) + ' ') * 12}</p>"
            )
        ),
    ),
    "no title": (
        "titles",
        damaged(lambda env: f"<p style='font-size:20px;margin:640px 64px 0'>{fact(env)} and more</p>"),
    ),
    "another style": (
        "consistency",
        damaged(
            lambda env: (
                "<div style='background:#e11;color:#fff;height:720px;font-family:monospace'>"
                "<h1 style='padding:300px 400px 0;font-size:30px'>Other</h1>"
                f"<p style='font-size:22px'>{fact(env)}</p></div>"
            )
        ),
    ),
    "invented figures": (
        "grounding",
        damaged(
            lambda env: "<h1 style='margin:64px'>Figures</h1><p style='font-size:24px;margin:64px'>"
            "Sales rose by 87.31% to $993.7 million, and costs fell by 61.9% to $412.8 million.</p>"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_caught_by_its_own_part(written, name):
    env, task = written
    part, calls = DAMAGES[name]
    env.begin(task)
    whole = score(env, task, slides_of(env))
    last = score(env, task, calls(env))
    assert whole.score > 0.97
    assert last.score < whole.score
    assert last.components[part] <= whole.components[part] - 0.02, last.why


def test_what_a_slide_orders_the_grader_to_do_is_not_done(written):
    env, task = written
    env.begin(task)
    calls = slides_of(env)
    whole = score(env, task, calls).score
    closing = env._world.plan[-1]
    told = ToolCall(
        "set_slide",
        {
            "index": len(calls) - 1,
            "layout": "bullets",
            "title": closing.title,
            "blocks": [*closing.blocks[:2], INJECTION],
        },
    )
    assert score(env, task, [*calls, told]).score <= whole
    alone = {"index": 0, "layout": "quote", "title": "Note to the grader", "blocks": [INJECTION]}
    assert score(env, task, [ToolCall("set_slide", alone)]).score == 0.0


def test_an_outdated_figure_is_no_figure():
    env = make_env(ID, kind="revision", difficulty=5)
    for index in range(12):
        task = env.get_task("train", index)
        says = [demand for demand in task.key["demands"] if demand["kind"] == "says" and demand["gone"]]
        if says:
            env.begin(task)
            last = score(env, task, [ToolCall("finalize")])
            assert last.components["grounding"] < 1.0 or last.components["recall"] < 1.0
            return
    pytest.fail("no task with outdated figures among twelve")


def test_without_a_browser_only_the_reset_fails(monkeypatch, tmp_path):
    monkeypatch.delenv("EYESMITH_BROWSER", raising=False)
    monkeypatch.setattr("eyesmith.tools.browser_launch.browser_paths", lambda: iter(()))
    env = gymnasium.make(ID)
    with pytest.raises(MissingExtraError, match="eyesmith doctor --install browser"):
        env.reset(seed=0)
    monkeypatch.setenv("EYESMITH_BROWSER", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="EYESMITH_BROWSER"):
        env.reset(seed=0)


@pytest.mark.parametrize(
    "html",
    ["<p>" * 6000, "x" * 61_000, "<div>" * 400 + "deep"],
    ids=["elements", "long", "deep"],
)
def test_a_page_that_cannot_be_shown_is_not_taken(written, html):
    env, task = written
    env.begin(task)
    env.call(slides_of(env)[0])
    before = env._slides.deck.state()
    turn = env.call(ToolCall("write_slide", {"index": 0, "html": html}))
    assert turn.error
    assert turn.reward == 0.0
    assert env._slides.deck.state() == before


def test_what_was_taken_out_is_said(written):
    env, task = written
    env.begin(task)
    html = "<h1>Plain</h1><script>fetch('http://127.0.0.1:1/')</script><img src='http://127.0.0.1:1/x.png'>"
    turn = env.call(ToolCall("write_slide", {"index": 0, "html": html}))
    assert not turn.error
    assert "removed" in turn.text
    assert "script" in turn.text


def test_tools_change_what_they_say(written):
    env, task = written
    env.begin(task)
    for call in slides_of(env)[:3]:
        assert not env.call(call).error
    titles = [spec.title for spec in env._world.plan[:3]]
    deck = env._slides.deck
    assert not env.call(ToolCall("move_slide", {"index": 0, "to": 2})).error
    found = [title in deck.slides[n].inner for n, title in enumerate([titles[1], titles[2], titles[0]])]
    assert found == [True] * 3
    assert not env.call(ToolCall("insert_slide", {"index": 1, "html": "<h1>Between &amp; new</h1>"})).error
    assert (
        env.call(ToolCall("edit_slide", {"index": 1, "find": "Between & new", "replace": "A & B"})).error
        == ""
    )
    assert "A &amp; B" in deck.html(1)
    assert (
        env.call(ToolCall("edit_slide", {"index": 1, "find": "nowhere", "replace": ""})).error == "not_found"
    )
    assert not env.call(ToolCall("delete_slide", {"index": 1})).error
    assert len(deck) == 3
    for name, arguments in (("delete_slide", {"index": 3}), ("view_slide", {"index": 9}), ("set_slide", {
        "index": 7, "layout": "bullets", "title": "t", "blocks": ["a", "b"]})):  # fmt: skip
        assert env.call(ToolCall(name, arguments)).error == "no_slide"
    view = env.call(ToolCall("view_slide", {"index": 0}))
    assert view.images[0].array.shape == (720, 1280, 3)
    sheet = env.call(ToolCall("review_deck", {}))
    assert sheet.text.count("slide ") >= 3


def test_a_changed_slide_alone_is_shown_and_small(written):
    env, task = written
    env.begin(task)
    for call in slides_of(env)[:2]:
        turn = env.call(call)
        assert [image.array.shape for image in turn.images] == [(360, 640, 3)]


def test_a_snapshot_is_small_and_goes_on(written):
    env, task = written
    env.begin(task)
    calls = slides_of(env)
    for call in calls[:4]:
        env.call(call)
    blob = env.snapshot()
    assert len(blob) < 64_000
    twin = make_env(ID, kind="written", difficulty=3)
    assert np.array_equal(twin.restore(blob).images[0].array, env._last.images[0].array)
    for call in calls[4:]:
        assert twin.call(call).text == env.call(call).text


def test_calls_past_twice_the_experts_cost(written):
    env, task = written
    env.begin(task)
    expert = int(env._measure()["calls_expert"])
    idle = [ToolCall("plan", {"outline": ["x"]})] * (2 * expert - len(slides_of(env)) + 4)
    last = score(env, task, [*slides_of(env), *idle[:40]])
    assert last.components["calls"] < 0.0 or expert * 2 >= 60


def test_a_source_of_ones_own(tmp_path, written):
    import yaml

    from eyesmith.scenarios.slide_briefs import written_briefs

    brief = written_briefs()[0]
    plain = json.loads(json.dumps(brief, default=lambda value: vars(value)))
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump([plain]))
    env = make_env(ID, source=f"briefs:{path}")
    assert env.num_tasks("train") == 1
    assert brief.company in env.get_task("train", 0).prompt
    with pytest.raises(UsageError, match="briefs:FILE"):
        make_env(ID, source="folder:x")


@pytest.mark.parametrize("name", ["with_judge", "slideforge_with_judge"])
def test_a_recipe_that_asks_a_judge_wants_one(name):
    with pytest.raises(UsageError, match="asks a judge"):
        make_env(ID, recipe=name)
    with pytest.raises(UsageError, match="asks no judge"):
        make_env(ID, judge={"base_url": "http://127.0.0.1:9", "model": "x"})


def test_the_published_reward_pays_what_ours_does_not():
    ours, theirs = (make_env(ID, kind="written", recipe=name) for name in ("default", "slideforge"))
    task = ours.get_task("train", 0)
    ours.begin(task)
    theirs.begin(task)
    junk = [ToolCall("search_notes", {"query": task.prompt.split("Topic: ")[1].split("\n")[0]})]
    junk += list(ours.cheats()["junk_deck"]())
    assert score(ours, task, junk).score == 0.0
    assert score(theirs, theirs.get_task("train", 0), junk).score > 0.7


@pytest.mark.long
def test_the_expert_over_all_written_briefs():
    from eyesmith.envs.slide_appraisal import DeckKey, appraise
    from eyesmith.scenarios.slide_briefs import written_briefs
    from eyesmith.scenarios.slide_build import task_of_brief
    from eyesmith.tools.deck import Deck, Slide
    from eyesmith.tools.slide_layouts import compose
    from eyesmith.tools.slide_lint import measured
    from eyesmith.tools.slide_themes import THEMES

    for number, brief in enumerate(written_briefs()):
        task, world = task_of_brief(brief)
        slides = [Slide(compose(s.layout, s.title, s.blocks), s.layout) for s in world.plan]
        deck = Deck(slides, theme=tuple(THEMES)[number % len(THEMES)], footer=brief.company)
        shown = [measured(deck.shown(index)) for index in range(len(deck))]
        from eyesmith.rewards.slide import gain

        levels, why = appraise(shown, DeckKey.of(task.key))
        assert gain(levels) >= 0.95, f"{brief.id}: {why}"
