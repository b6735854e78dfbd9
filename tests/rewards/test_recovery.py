"""What can be told of a brief from a deck, without a judge."""

import pytest

from eyesmith.rewards.recovery import Choice, recovery

DOCUMENTS = (
    "Northern stores, Q3. For the board. Revenue rose by 6.8% to £58.1 million, margin 31.2%.",
    "Northern stores, Q3, partners included. For the board. Revenue rose by 7.4% to £61.0 million.",
    "Southern stores, Q3. For the investors. Revenue rose by 5.9% to £49.7 million.",
)
AUDIENCE = Choice("audience", (("board",), ("investors",), ("sales team",)), 0)
REVENUE = Choice("fact:revenue", (("6.8%", "£58.1 million"), ("7.4%", "£61.0 million")), 0)
SAID = "For the board: revenue of the northern stores rose by 6.8 % to £58.1m, the margin is 31.2%"


def told(text, *choices):
    return recovery(text, DOCUMENTS, choices or (AUDIENCE, REVENUE))


def test_a_true_deck_tells_everything():
    score = told(SAID)
    assert score.value == pytest.approx(1.0)
    assert score.parts == {"retrieved": pytest.approx(1.0), "told": 1.0}
    assert "not to be told" not in score.why


def test_half_is_retrieval_and_half_the_choices():
    score = told(SAID.replace("board", "audience"))
    assert score.parts["told"] == 0.5
    assert score.value == pytest.approx(0.5 * score.parts["retrieved"] + 0.25)
    assert score.why.endswith("not to be told: audience")


def test_the_figures_of_a_rival_tell_the_rival():
    score = told(SAID.replace("6.8 %", "7.4%").replace("£58.1m", "£61.0 million").replace("31.2%", ""))
    assert score.parts["told"] == 0.5
    assert score.parts["retrieved"] <= 0.4
    assert "fact:revenue" in score.why


def test_who_names_everything_has_told_nothing():
    all_of_it = f"{SAID} for investors and the sales team, 7.4%, £61.0 million"
    assert told(all_of_it).parts["told"] == 0.0


def test_a_deck_without_words_tells_nothing():
    assert told("").value == 0.0


def test_the_wrong_option_may_stand_anywhere():
    wrong = Choice("audience", AUDIENCE.options, 2)
    assert told(SAID, wrong).parts["told"] == 0.0
    assert told(SAID.replace("board", "sales team"), wrong).parts["told"] == 1.0


def test_without_choices_retrieval_is_all():
    score = recovery(SAID, DOCUMENTS, ())
    assert score.value == score.parts["retrieved"] == pytest.approx(1.0)
    assert set(score.parts) == {"retrieved"}
