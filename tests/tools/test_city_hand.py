"""The city hand: an edit is taken or refused whole, undone, told shortly, and kept in a snapshot."""

import json

import pytest
import towns
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.tools.city_hand import CityHand
from eyesmith.tools.city_problems import FAULTS
from eyesmith.tools.city_program import program_text
from eyesmith.tools.city_told import MAX_REPLY_CHARS
from eyesmith.tools.city_words import words_for_tools
from eyesmith.tools.tool import ToolCall, declared_tools, hand_tools

TOOLS = [
    "submit_program",
    "put_elements",
    "update_element",
    "transform_element",
    "remove_elements",
    "put_streets",
    "put_building_program",
    "assign_program",
    "query",
    "validate",
    "render",
    "undo",
]


def empty(**options):
    return CityHand(towns.built(towns.town()).program, **options)


@pytest.fixture
def hand():
    made = empty()
    assert made.put_elements("all", json.dumps([towns.house("a", 0, 0), towns.park("g", 40, 0)])).error == ""
    return made


def call(hand, called, /, **arguments):
    """As an environment calls: arguments checked first."""
    declaration, method = hand_tools(hand)[called]
    cleaned, problem = declaration.validate(arguments)
    assert problem == ""
    return method(**cleaned)


def test_the_tools_are_those_of_the_page():
    assert [one.name for one in declared_tools(CityHand)] == TOOLS
    for one in declared_tools(CityHand):
        told = one.worded(words_for_tools())
        assert "{elements}" not in told.text()
        assert "{components}" not in told.text()
        assert told.returns
    words = declared_tools(CityHand)[0].worded(words_for_tools()).text()
    assert "greenspace" in words
    assert "brick_red" in words
    assert "arterial" in words


@pytest.mark.parametrize(
    ("code", "polygon"),
    [
        ("bow_tie", [[0, 0], [20, 20], [20, 0], [0, 20]]),
        ("clockwise", [[0, 0], [0, 20], [20, 20], [20, 0]]),
        ("touching_ring", [[0, 0], [20, 0], [20, 20], [10, 0], [0, 20]]),
        ("not_finite", [[0, 0], [20, 0], [20, float("nan")], [0, 20]]),
        ("out_of_range", [[0, 0], [1e9, 0], [1e9, 1e9], [0, 1e9]]),
    ],
)
def test_a_broken_polygon_leaves_the_city_unchanged_whichever_way_it_comes(hand, code, polygon):
    before = program_text(hand.city.program)
    bad = towns.house("bad", 0, 0, polygon=polygon)
    for answer in (
        hand.submit_program(json.dumps(towns.town(bad))),
        hand.put_elements("all", json.dumps([towns.house("good", 80, 80), bad])),
        hand.update_element("a", json.dumps({"polygon": polygon})),
    ):
        assert answer.error == code
        assert "unchanged" in answer.parts[0]
        assert program_text(hand.city.program) == before


def test_duplicate_ids_and_unknown_types_leave_the_city_unchanged(hand):
    before = program_text(hand.city.program)
    twice = [towns.house("x", 80, 80), towns.house("x", 100, 80)]
    assert hand.put_elements("all", json.dumps(twice)).error == "duplicate_id"
    assert (
        hand.put_elements("all", json.dumps([towns.house("x", 0, 0, type="castle")])).error == "unknown_type"
    )
    assert hand.submit_program(json.dumps(towns.town(*twice))).error == "duplicate_id"
    assert program_text(hand.city.program) == before


def test_an_edit_tells_what_stands_and_what_is_wrong(hand):
    answer = hand.put_elements("all", json.dumps([towns.house("b", 5, 0)]))
    assert answer.error == ""
    assert "3 elements (2 buildings) in 1 block, 0 streets; validity 0.000" in answer.parts[0]
    assert "'a' and 'b' share 50.0 m2" in answer.parts[0]
    answer = hand.transform_element("b", dx=60.0)
    assert answer.parts == ("3 elements (2 buildings) in 1 block, 0 streets; validity 1.000",)


def test_undo_goes_back_ten_edits(hand):
    texts = [program_text(hand.city.program)]
    for number in range(14):
        assert hand.put_elements("all", json.dumps([towns.house(f"n{number}", 80, 80)])).error == ""
        texts.append(program_text(hand.city.program))
    assert hand.update_element("zzz", '{"floor_count": 3}').error == "unknown_id"  # is no edit
    for back in range(1, 11):
        assert hand.undo().error == ""
        assert program_text(hand.city.program) == texts[-1 - back]
    assert hand.undo().error == "nothing_to_undo"
    assert program_text(hand.city.program) == texts[4]


def test_a_program_may_leave_out_what_is_given():
    hand = empty(fixed=frozenset({"site", "blocks"}))
    sent = {"blocks": [{"id": "all", "elements": [towns.house("a", 0, 0)]}]}
    assert hand.submit_program(json.dumps(sent)).error == ""
    assert hand.city.count() == 1
    bigger = sent | {"site": {"polygon": towns.ring(0, 0, 900, 900)}}
    assert hand.submit_program(json.dumps(bigger)).error == "fixed"
    assert hand.submit_program(json.dumps({"blocks": [{"id": "all"}, {"id": "more"}]})).error == "missing_key"
    more = {"id": "more", "polygon": towns.ring(0, 0, 9, 9)}
    assert hand.submit_program(json.dumps({"blocks": [{"id": "all"}, more]})).error == "fixed"
    assert hand.put_streets(json.dumps([towns.street("s", (0, 50), (200, 50))])).error == ""


def test_streets_that_are_given():
    data = towns.town(streets=[towns.street("s", (0, 50), (200, 50))])
    hand = CityHand(towns.built(data).program, fixed=frozenset({"site", "streets", "blocks"}))
    assert hand.put_streets("[]").error == "fixed"
    assert hand.submit_program(json.dumps({"blocks": [], "streets": []})).error == "fixed"
    assert hand.submit_program(json.dumps({"blocks": []})).error == ""
    assert len(hand.city.program.blocks) == 1


def test_programs_are_written_and_assigned(hand):
    components = [{"type": "wall", "color": "navy"}]
    assert call(hand, "put_building_program", name="blue", components=json.dumps(components)).error == ""
    assert call(hand, "assign_program", ids=["a"], name="blue").error == ""
    assert hand.city.color("a") == "navy"
    assert call(hand, "assign_program", ids=["g"], name="blue").error == "not_for_flat"
    assert call(hand, "assign_program", ids=["a"], name="").error == ""
    assert hand.city.color("a") is None
    assert call(hand, "remove_elements", ids=["a"]).error == ""
    assert "a" not in hand.city


def test_queries(hand):
    hand.put_elements("all", json.dumps([towns.house("b", 0, 30, floor_count=5)]))
    summary = hand.query("summary").parts[0]
    assert "block all" in summary
    assert "2 residential, 1 greenspace" in summary
    assert "b: residential, 100 m2 at [5.0, 35.0], 5 floors" in hand.query("summary", "all").parts[0]
    assert '"floor_count": 5' in hand.query("element", "b").parts[0]
    assert "top 16.00 m" in hand.query("element", "b").parts[0]
    assert "a (residential): 20.00 m, south" in hand.query("neighbors", "b").parts[0]
    assert "floor area ratio 0.020" in hand.query("metrics").parts[0]
    assert "no constraints" in hand.query("constraints").parts[0]
    assert hand.query("element", "c").error == "unknown_id"
    assert hand.query("element").error == "unknown_id"
    assert hand.query("summary", "west").error == "unknown_id"
    assert "validity 1.000" in hand.validate().parts[0]
    linted = CityHand(hand.city.program, lint=lambda city: f"{city.count()} of 3 buildings")
    assert linted.query("constraints").parts == ("2 of 3 buildings",)


def test_looking(hand):
    (picture,) = call(hand, "render", view="plan", target="a", highlight=["g"]).parts
    assert picture.array.shape == (480, 640, 3)
    assert picture.label.startswith("plan")
    assert call(hand, "render", target="nowhere").error == "unknown_id"
    assert call(hand, "render", highlight=["a", "nowhere"]).error == "unknown_id"


def test_answers_stay_short():
    hand = empty(lint=lambda city: "line\n" * 5000)
    many = [towns.house(f"h{k}", (k % 40) * 4, (k // 40) * 4, 9, 9) for k in range(1500)]
    answers = [
        hand.put_elements("all", json.dumps(many)),
        hand.validate(),
        *(hand.query(kind, "h7") for kind in ("element", "neighbors", "metrics", "constraints")),
        hand.query("summary"),
        hand.query("summary", "all"),
        hand.query("element", "x" * 40),
        hand.remove_elements(["zzz"] * 200),
    ]
    for answer in answers:
        assert len(answer.parts[0]) <= MAX_REPLY_CHARS


def test_a_state_comes_back_to_the_bit(hand):
    hand.transform_element("a", rotate=17.3, scale=1.37)
    hand.put_elements("all", json.dumps([towns.house("b", 60, 60, **{"building:colour": "navy"})]))
    state = json.loads(json.dumps(hand.state()))
    other = empty()
    other.restore(state)
    assert program_text(other.city.program) == program_text(hand.city.program)
    assert other.undo() == hand.undo()
    assert program_text(other.city.program) == program_text(hand.city.program)
    assert other.validity.score == hand.validity.score
    with pytest.raises(UsageError, match="no valid program"):
        other.restore({"program": {}, "before": []})


texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["[]", "{}", "null", "[[]]", '[{"id": 1}]', '{"blocks": 3}', "[" * 50, '{"polygon": []}']
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TOOLS), st.text(min_size=1, max_size=12), texts)
def test_no_text_raises_or_breaks_the_city(name, id, text):
    hand = empty()
    hand.put_elements("all", json.dumps([towns.house("a", 0, 0)]))
    arguments = {
        "submit_program": {"program": text},
        "put_elements": {"block": id, "elements": text},
        "update_element": {"id": "a", "patch": text},
        "put_streets": {"streets": text},
        "put_building_program": {"name": id, "components": text},
        "assign_program": {"ids": [id], "name": text[:40]},
        "remove_elements": {"ids": [id]},
        "query": {"kind": "element", "id": id},
        "transform_element": {"id": id, "dx": 3},
        "render": {"target": id},
    }.get(name, {})
    declaration, method = hand_tools(hand)[name]
    cleaned, problem = declaration.validate(ToolCall(name, arguments).arguments)
    if problem:
        return
    if name == "render" and id == "a":
        return
    answer = method(**cleaned)
    assert answer.error == "" or answer.error in FAULTS
    assert answer.parts[0]
    towns.built(json.loads(program_text(hand.city.program)))
