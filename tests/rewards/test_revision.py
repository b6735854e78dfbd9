"""Instructions of an edit task: each kind done, left undone, and done in a wrong way."""

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.revision import instructions_followed, reads
from eyesmith.rewards.slide_text import SlideText

REVENUE = {"id": "revenue", "values": ["6.8%", "£58.1 million"], "terms": ["revenue", "sales"]}
MARGIN = {"id": "margin", "values": ["31.2%"], "terms": ["margin"]}
STAFF = {"id": "staff", "values": ["24.6%"], "terms": ["turnover", "staff"]}
COVER = SlideText.of("Results of the northern stores", "For the board, third quarter of 2026")
OLD = SlideText.of("Revenue grew", "Revenue rose by 5.1% to £55.2 million in the northern stores")
NEW = SlideText.of("Revenue grew", "Revenue rose by 6.8% to £58.1 million in the northern stores")
MARGINS = SlideText.of("The margin slipped", "The gross margin is 31.2% after the promotions in July")
STAYS = SlideText.of("People stay longer", "Turnover of staff fell to 24.6% since the new rota began")
PARTY = SlideText.of("The party needs helpers", "Every team brings a salad and a cake to the long table")
STEPS = SlideText.of("Next steps", "Give notice on both leases and add two tills in each store")
GIVEN = [COVER, OLD, MARGINS, PARTY, STEPS]


def level(slides, *demands):
    return instructions_followed(slides, demands, GIVEN).value


def demand(kind, **more):
    return {"kind": kind, "ask": f"do {kind}", **more}


SAYS = demand("says", facts=[REVENUE], gone=["5.1%", "£55.2 million"])
AFTER = demand("after", slide=2, facts=[STAFF])
GONE = demand("gone", slide=3)
ORDER = demand("order", slide=4, behind=1)
SPLIT = demand("split", facts=[REVENUE, MARGIN], words=20)
TITLE = demand("title", slide=2, title="Promotions cost margin")
RETITLED = SlideText.of("Promotions cost margin", MARGINS.passages[1].text)
CROWDED = SlideText.of("Results", NEW.passages[1].text, MARGINS.passages[1].text)
CASES = {
    "says": (SAYS, [COVER, NEW, STEPS], [GIVEN, [COVER, STEPS], [COVER, OLD, NEW], []]),
    "says it in other spelling": (
        SAYS,
        [SlideText.of("Sales are up by 6.8 per cent", "£58.1m")],
        [[SlideText.of("Growth of 6.8%", "£58.1 million")]],
    ),
    "after": (
        AFTER,
        [COVER, OLD, MARGINS, STAYS, STEPS],
        [GIVEN, [COVER, STAYS, MARGINS, STEPS], [COVER, MARGINS, STEPS, STAYS], [COVER, STAYS], [MARGINS]],
    ),
    "gone": (GONE, [COVER, NEW, STEPS], [GIVEN, [PARTY], []]),
    "gone, not in other words": (
        GONE,
        [COVER],
        [[SlideText.of("Helpers are needed for the party", PARTY.passages[1].text)]],
    ),
    "order": (ORDER, [COVER, OLD, STEPS, MARGINS], [GIVEN, [STEPS, OLD], [OLD, COVER, STEPS], [OLD], []]),
    "split": (SPLIT, [COVER, NEW, MARGINS], [[COVER, CROWDED], [NEW], [MARGINS], [CROWDED, NEW, MARGINS]]),
    "title": (
        TITLE,
        [COVER, RETITLED],
        [GIVEN, [COVER, SlideText.of("Promotions cost margin", "Something else")], [RETITLED.__class__(())]],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_is_done_or_not(name):
    asked, done, undone = CASES[name]
    assert level(done, asked) == 1.0
    assert [level(slides, asked) for slides in undone] == [0.0] * len(undone)


def test_each_instruction_counts_alike_and_is_named():
    done = [COVER, NEW, MARGINS, STEPS]
    score = instructions_followed(done, [SAYS, GONE, AFTER], GIVEN)
    assert score.value == pytest.approx(2 / 3)
    assert score.why == "not done: do after"
    assert instructions_followed(done, [SAYS, GONE], GIVEN).why == "all instructions followed"


def test_no_instructions_are_followed_by_anything():
    assert instructions_followed([], [], []).value == 1.0


def test_no_slide_follows_no_instruction():
    every = [SAYS, AFTER, GONE, ORDER, SPLIT, TITLE]
    assert level([], *every) == 0.0


def test_an_unknown_kind_is_the_callers_mistake():
    with pytest.raises(UsageError, match=r"unknown kind of demand 'says_'.*says, after, gone"):
        level(GIVEN, demand("says_"))


@pytest.mark.parametrize(
    ("slide", "text", "is_read"),
    [
        ("Revenue rose to €4,200", "EUR 4200", True),
        ("Revenue rose to €4,200", "EUR 4300", False),
        ("Revenue rose to 4.2 million", "4,200,000", True),
        ("Garsby and Thornlea close", "Thornlea", True),
        ("Garsby closes", "Thornlea", False),
        ("the stores of the north", "northern stores", False),
    ],
)
def test_what_reads_as_a_text(slide, text, is_read):
    assert reads([SlideText.of("A title", slide)], text) is is_read


def test_figures_of_one_text_must_stand_on_one_slide():
    parted = [SlideText.of("A", "6.8%"), SlideText.of("B", "£58.1 million")]
    assert not reads(parted, "6.8% to £58.1 million")
    assert reads([SlideText.of("A", "6.8%", "£58.1 million")], "6.8% to £58.1 million")
