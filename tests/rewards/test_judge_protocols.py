"""The protocols: what is asked, and what is made of the answers."""

import re

import numpy as np
import pytest

from eyesmith.errors import JudgeError, UsageError
from eyesmith.rewards import judge as room
from eyesmith.rewards.deck_judging import AESTHETICS, marks_of_html, marks_of_pictures, told_brief
from eyesmith.rewards.error_list import CATEGORIES, Discrepancy, ErrorList
from eyesmith.rewards.fencing import Data
from eyesmith.rewards.inverse import InverseSpecification, Specification
from eyesmith.rewards.judge import Judge
from eyesmith.rewards.pairwise import Pair
from eyesmith.rewards.rubric import Criterion, Rubric
from eyesmith.rewards.yes_probability import YesNo, chance_of_yes

from .judge_server import JudgeServer, Reply, likely

DARK, LIGHT = np.full((8, 8, 3), 10, np.uint8), np.full((8, 8, 3), 240, np.uint8)
CLEAR = YesNo("clear", "Is the message clear?", samples=4)
LOOK = Rubric(
    "look", "You judge a slide.", (Criterion("layout", "Is it tidy?"), Criterion("type", "Legible?"))
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(room, "FIRST_WAIT_S", 0.01)


def judge(server, **changes):
    return Judge(server.url, "toy", **({"retries": 0} | changes))


# -- yes probability


def test_yes_by_probability():
    with JudgeServer(("Yes", likely(Yes=0.6, No=0.15, The=0.1) | {" yes": -3.0})) as server:
        score = CLEAR.score(judge(server, temperature=0.9), "A slide:", DARK)
    yes = 0.6 + np.exp(-3.0)
    assert score.value == pytest.approx(yes / (yes + 0.15))
    assert score.parts == {"clear": score.value}
    assert score.why == "clear: yes with probability 0.812"
    (asked,) = server.asked
    wanted = {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": 20}
    assert {name: asked.body[name] for name in wanted} == wanted
    assert asked.user.endswith("Is the message clear? Answer yes or no.")


@pytest.mark.parametrize(("yes", "no"), [(1.0, 1e-9), (0.5, 0.5), (1e-9, 1.0)])
def test_yes_by_probability_is_a_probability(yes, no):
    assert chance_of_yes(likely(Yes=yes, No=no)) == pytest.approx(yes / (yes + no))


def test_yes_by_drawing_where_there_are_no_probabilities():
    said = iter(["y", "Yes, it is.", "no", "**Yes**", "<think>no?</think>yes"])
    with JudgeServer(lambda asked: next(said), gives_logprobs=False) as server:
        score = CLEAR.score(judge(server, concurrency=1), DARK)
    assert (score.value, score.why) == (0.75, "clear: 3 of 4 answers were yes")
    assert score.parts == {"clear": 0.75, "clear_0": 1.0, "clear_1": 0.0, "clear_2": 1.0, "clear_3": 1.0}
    drawn = [asked.body for asked in server.asked[1:]]
    assert [body["seed"] for body in drawn] == [0, 1, 2, 3]
    assert {body["temperature"] for body in drawn} == {1.0}
    assert not any("logprobs" in body for body in drawn)


@pytest.mark.parametrize("fault", [None, Reply(400, {"error": "logprobs are not supported"})])
def test_yes_by_drawing_where_the_first_token_says_neither(fault):
    with JudgeServer(lambda asked: ("no", {"<think>": -0.01, "No": -6.0})) as server:
        server.faults += [fault] if fault else []
        score = CLEAR.score(judge(server), DARK)
    assert (score.value, len(server.asked)) == (0.0, 5)


def test_yes_by_drawing_alone():
    with JudgeServer("yes") as server:
        assert (
            YesNo("clear", "Clear?", samples=2, reads_first_token=False).score(judge(server), DARK).value
            == 1.0
        )
    assert len(server.asked) == 2


def test_neither_yes_nor_no_is_an_error():
    with (
        JudgeServer("Perhaps.", gives_logprobs=False) as server,
        pytest.raises(JudgeError, match="none of yes, no"),
    ):
        CLEAR.score(judge(server), DARK)
    with pytest.raises(UsageError):
        YesNo("clear", "Clear?", samples=0)


# -- rubric


def marks(layout, kind):
    return f'{{"layout": {{"reason": "r", "score": {layout}}}, "type": {{"reason": "r", "score": {kind}}}}}'


def test_a_rubric_in_three_passes():
    said = {0: marks(5, 3), 1: marks(4, 2), 2: marks(3, 1)}
    with JudgeServer(lambda asked: said[asked.body["seed"]]) as server:
        score = LOOK.score(judge(server), DARK)
    assert score.value == pytest.approx(0.5)
    assert score.parts["layout"] == pytest.approx(0.75)
    assert score.parts["type"] == pytest.approx(0.25)
    assert score.parts["spread"] == pytest.approx(np.std([0.75, 0.5, 0.25]))
    assert [score.parts[f"pass_{k}"] for k in range(3)] == pytest.approx([0.75, 0.5, 0.25])
    assert score.parts["look"] == score.value
    assert score.why == "look: layout 4, type 2 of 5, 3 passes, spread 0.20"
    assert {asked.body["temperature"] for asked in server.asked} == {0.7}
    assert "- layout: Is it tidy?" in server.asked[0].system


def test_one_pass_is_asked_at_temperature_0():
    one = Rubric("look", "You judge.", LOOK.criteria, passes=1)
    with JudgeServer(marks(5, 5)) as server:
        score = one.score(judge(server, temperature=0.9), DARK)
    assert (score.value, score.parts["spread"]) == (1.0, 0.0)
    assert server.asked[0].body["temperature"] == 0.0


@pytest.mark.parametrize(("combine", "value"), [("mean", 0.625), ("min", 0.25), ("geometric", 0.5)])
def test_how_a_pass_becomes_one_number(combine, value):
    rubric = Rubric("look", "You judge.", LOOK.criteria, passes=1, combine=combine)
    assert rubric.graded([{"layout": 5, "type": 2}]).value == pytest.approx(value)


def test_a_rubric_falls_with_every_mark():
    values = [LOOK.graded([{"layout": mark, "type": 5}] * 3).value for mark in (5, 4, 2.5, 1)]
    assert values == sorted(values, reverse=True)
    assert LOOK.graded([{"layout": 5, "type": 5}]).value == 1.0
    assert LOOK.graded([{"layout": 1, "type": 1}]).value == 0.0


@pytest.mark.parametrize(
    "text", [marks(10, 5), marks(0, 5), '{"layout": {"reason": "r", "score": 5}}', marks('"5"', 5)]
)
def test_marks_outside_of_the_scale_are_no_marks(text):
    with JudgeServer(text) as server, pytest.raises(JudgeError) as caught:
        LOOK.score(judge(server), DARK)
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize(
    "wrong",
    [
        {"criteria": ()},
        {"criteria": (LOOK.criteria[0],) * 2},
        {"criteria": (Criterion("look", "?"),)},
        {"criteria": (Criterion("spread", "?"),)},
        {"criteria": (Criterion("a b", "?"),)},
        {"passes": 0},
        {"low": 5},
    ],
)
def test_rubrics_are_checked(wrong):
    with pytest.raises(UsageError):
        Rubric(**({"name": "look", "task": "You judge.", "criteria": LOOK.criteria} | wrong))


# -- pairs


def winner(name):
    return f'{{"reason": "because", "winner": "{name}"}}'


def brighter(asked):
    means = [picture.mean() for picture in asked.pictures]
    return winner("tie" if means[0] == means[1] else "first" if means[0] > means[1] else "second")


@pytest.mark.parametrize(
    ("work", "other", "value"), [(LIGHT, DARK, 1.0), (DARK, LIGHT, 0.0), (DARK, DARK, 0.5)]
)
def test_a_judge_that_looks_is_followed(work, other, value):
    with JudgeServer(brighter) as server:
        score = Pair("better", "Which is brighter?").score(
            judge(server), [work], [other], told=["For a board."]
        )
    assert score.value == value
    assert score.parts == {"better": value, "straight": value, "swapped": value}
    assert "both orders agree" in score.why
    for asked in server.asked:
        assert asked.user == "For a board.\nThe FIRST work:\nThe SECOND work:"
    assert len(server.asked) == (1 if np.array_equal(work, other) else 2)


@pytest.mark.parametrize("place", ["first", "second"])
def test_a_judge_that_prefers_a_place_decides_nothing(place):
    with JudgeServer(winner(place)) as server:
        score = Pair("better", "Which is better?").score(judge(server), [LIGHT], [DARK])
    assert (score.value, score.why) == (0.5, "better: a tie, the orders disagree")
    first, second = (asked.pictures for asked in server.asked)
    assert np.array_equal(first[0], second[1])
    assert np.array_equal(first[1], second[0])


def test_half_a_win_is_a_tie():
    pair = Pair("better", "Which?")
    assert [pair.decided(*two).value for two in (("first", "tie"), ("tie", "first"), ("tie", "tie"))] == [
        0.5
    ] * 3


# -- error lists


def error(category, severity):
    return (
        f'{{"category": "{category}", "severity": {severity}, "location": "top", "description": "differs"}}'
    )


def listed(*errors):
    return f'{{"errors": [{", ".join(errors)}]}}'


def test_errors_are_weighed_by_severity():
    with JudgeServer(listed(error("text", 2), error("text", 3), error("style", 1))) as server:
        score = ErrorList("equal", "chart").score(judge(server), [DARK], [LIGHT])
    assert score.value == pytest.approx(1 - 6 / 50)
    assert score.parts == pytest.approx(
        {"equal": 0.88, "structure": 1.0, "data": 1.0, "text": 0.9, "style": 0.98}
    )
    assert score.why == "equal: 3 errors, severities 6 (text 5, style 1)"
    (asked,) = server.asked
    assert asked.user == "The REFERENCE:\nThe WORK:"
    assert [picture.mean() for picture in asked.pictures] == [10, 240]
    assert "structure, data, text, style" in asked.system


@pytest.mark.parametrize(
    ("count", "value"), [(0, 1.0), (1, 0.94), (8, 0.52), (16, 0.04), (17, 0.0), (60, 0.0)]
)
def test_the_score_falls_to_0_at_50(count, value):
    assert ErrorList("equal", "svg").graded([Discrepancy("shape", 3)] * count).value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        listed(error("shape", 2)),
        listed(error("text", 4)),
        listed(error("text", 0)),
        listed(error("text", 1.5)),
        '{"errors": "none"}',
        "All is well.",
    ],
)
def test_a_list_that_cannot_be_read(text):
    with JudgeServer(text) as server:
        with pytest.raises(JudgeError):
            ErrorList("equal", "chart").score(judge(server), [DARK], [LIGHT])
        score = ErrorList("equal", "chart", unreadable=25).score(judge(server), [DARK], [LIGHT])
        assert (score.value, score.parts["text"]) == (0.5, 0.5)
        server.faults.append("500")
        with pytest.raises(JudgeError):
            ErrorList("equal", "chart", unreadable=25).score(judge(server, seed=1), [DARK], [LIGHT])


def test_own_categories():
    assert ErrorList("equal", "table").categories == CATEGORIES["table"] == ("layout", "text", "numeric")
    assert ErrorList("equal", "screen", ("missing",)).graded([Discrepancy("missing", 1)]).value == 0.98
    for wrong in ({"what": "screen"}, {"what": "svg", "scale": 0.0}, {"what": "x", "categories": ("equal",)}):
        with pytest.raises(UsageError):
            ErrorList("equal", **wrong)


# -- inverse specification


AUDIENCES = ("sales team", "board", "engineers")
TRUTH = Specification(
    "Footfall of the northern stores in Q3", "board", (("revenue", "sales"), ("staff turnover",), ("rent",))
)
ASKED = InverseSpecification("slides of a presentation", AUDIENCES)
TOLD = '{"topic": "Q3 footfall, northern stores", "audience": "board", "themes": ["weekly sales", "rents"]}'


def test_what_was_asked_for_is_told_from_pictures_alone():
    with JudgeServer(TOLD) as server:
        score = ASKED.score(judge(server), [DARK, LIGHT, DARK], TRUTH)
    assert score.parts == {"topic": 1.0, "audience": 1.0, "themes": 1.0}
    assert score.value == 1.0
    assert score.why == "topic 1.00, audience right, 2 of 3 themes"
    (asked,) = server.asked
    assert len(asked.pictures) == 3
    assert asked.user == "These are the slides of a presentation."


def test_neither_the_brief_nor_the_number_of_slides_is_told():
    with JudgeServer(TOLD) as server:
        for count in (2, 7):
            ASKED.score(judge(server), [DARK] * count, TRUTH)
    two, seven = server.asked
    assert (two.system, two.user) == (seven.system, seven.user)
    said = (two.system + two.user).lower()
    assert not {"footfall", "northern", "revenue", "turnover"} & set(re.findall(r"\w+", said))
    assert re.findall(r"^- (.*)$", two.system, re.MULTILINE) == sorted(AUDIENCES)
    assert re.findall(r"\d+", said) == ["12"]  # the most themes


def test_the_audience_is_of_the_closed_list():
    with (
        JudgeServer(TOLD.replace("board", "everybody")) as server,
        pytest.raises(JudgeError, match="everybody"),
    ):
        ASKED.recovered(judge(server), [DARK])


def test_what_is_recovered_less_is_worth_less():
    said = [
        Specification(
            "Q3 footfall of the northern stores", "board", (("sales",), ("staff turnover",), ("rent",))
        ),
        Specification("Q3 footfall of the northern stores", "board", (("sales",),)),
        Specification("Q3 footfall of the northern stores", "engineers", (("sales",),)),
        Specification("Footfall", "engineers", ()),
        Specification("Our company", "engineers", (("turnover of staff and others",),)),
        Specification("", "engineers", ()),
    ]
    values = [TRUTH.recovered_by(one).value for one in said]
    assert values == sorted(values, reverse=True)
    assert (values[0], values[-1]) == (1.0, 0.0)
    assert TRUTH.recovered_by(TRUTH).value == 1.0


def test_a_heap_of_words_is_no_topic():
    heap = "Footfall northern stores Q3 " + " ".join(f"word{n}" for n in range(30))
    assert TRUTH.recovered_by(Specification(heap, "engineers", ())).parts["topic"] < 0.25


def test_an_inverse_specification_is_checked():
    with JudgeServer(TOLD) as server:
        for pictures in ([], ["Topic: footfall"], [Data("Topic: footfall")]):
            with pytest.raises(UsageError, match="pictures alone"):
                ASKED.score(judge(server), pictures, TRUTH)
        with pytest.raises(UsageError, match="is none of"):
            ASKED.score(judge(server), [DARK], Specification("x", "everybody", ()))
        assert not server.asked
    with pytest.raises(UsageError, match="two audiences"):
        InverseSpecification("slides", ("board",))


# -- decks


def test_marks_for_slideforge():
    with JudgeServer('{"scores": [0.5, 1]}') as server:
        assert marks_of_html(judge(server), ["<p>one", "<p>two"]) == [0.5, 1.0]
        assert marks_of_pictures(judge(server), [DARK, LIGHT]) == [0.5, 1.0]
        for nothing in (marks_of_html, marks_of_pictures):
            with pytest.raises(UsageError, match="at least one slide"):
                nothing(judge(server), [])
    html, pictures = server.asked
    assert "(slide 1) =====\n<p>one\n=====" in html.user
    assert pictures.user == "Slide 1:\nSlide 2:"
    assert len(pictures.pictures) == 2
    assert "CSS" in html.system
    assert "CSS" not in pictures.system


def test_the_brief_for_slideforge():
    answer = '{"topic": "AI", "audience": "board", "num_slides": 2, "key_themes": ["growth"]}'
    with JudgeServer(answer) as server:
        told = told_brief(judge(server), ["<p>one", "<p>two"])
    assert told == {"topic": "AI", "audience": "board", "num_slides": 2, "key_themes": ["growth"]}
    assert "The deck has 2 slides:" in server.asked[0].user


def test_aesthetics_is_a_rubric():
    four = {
        name: {"reason": "seen", "score": 4} for name in ("visual_design", "layout", "typography", "polish")
    }
    with JudgeServer(str(four).replace("'", '"')) as server:
        score = AESTHETICS.score(judge(server), DARK, LIGHT)
    assert score.value == 0.75
    assert len(server.asked) == 3
