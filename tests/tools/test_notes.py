"""The notes hand: finds, reads, and answers every mistake with what there is."""

import pytest

from eyesmith.tools.notes import NotesHand
from eyesmith.tools.tool import declared_tools

LONG = "Visitors came in large numbers to every store of the region. " * 6
NOTES = (
    ("sales-q3", "Trading report, Q3", "Revenue of the northern stores rose by 6.8% to £58.1 million."),
    ("sales-q3-old", "Trading report, Q3 of last year", "Revenue rose by 2.1% to £54.4 million."),
    ("footfall", "Door counters", LONG),
    ("people", "Rota and staff", "Turnover of staff fell to 24.6%."),
)


@pytest.fixture
def hand():
    return NotesHand(NOTES)


def run(hand, name, **arguments):
    """A call as an environment makes it: validated, then run; the text and the code."""
    tool = next(tool for tool in declared_tools(NotesHand) if tool.name == name)
    cleaned, problem = tool.validate(arguments)
    if problem:
        return problem, "bad_arguments"
    result = getattr(hand, name)(**cleaned)
    return "".join(result.parts), result.error


def test_the_best_note_comes_first_with_its_beginning(hand):
    text, error = run(hand, "search_notes", query="How did revenue develop, £58.1 million?", k=2)
    assert not error
    lines = text.splitlines()
    assert lines[0] == "- sales-q3: Trading report, Q3. " + NOTES[0][2]
    assert lines[1].startswith("- sales-q3-old: ")
    assert hand.found == [text]


def test_k_bounds_the_list_and_only_matches_are_listed(hand):
    for k in (1, 2, 5):
        text, _ = run(hand, "search_notes", query="trading report revenue", k=k)
        assert len(text.splitlines()) == min(k, 2)
    assert len(hand.found) == 3


def test_a_long_note_is_cut_between_words(hand):
    text, _ = run(hand, "search_notes", query="visitors")
    beginning = text.removeprefix("- footfall: Door counters. ")
    assert beginning.endswith(" ...")
    assert LONG.startswith(beginning.removesuffix(" ..."))
    assert len(beginning) <= 144


def test_nothing_found_names_the_notes_and_is_no_research(hand):
    text, error = run(hand, "search_notes", query="submarines")
    assert not error
    assert text == 'no note speaks of "submarines"; the notes are: sales-q3, sales-q3-old, footfall, people'
    assert hand.found == []


@pytest.mark.parametrize("query", ["   ", "the of and", "🙂", "<script>alert(1)</script>", "\x00"])
def test_queries_without_words_find_nothing(hand, query):
    text, error = run(hand, "search_notes", query=query)
    assert not error
    assert text.startswith("no note speaks of")


def test_reading_counts_each_note_once(hand):
    for name in ("people", "people", "sales-q3"):
        text, error = run(hand, "read_note", id=name)
        assert not error
    assert text == "Trading report, Q3\n\n" + NOTES[0][2]
    assert hand.read == ["people", "sales-q3"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sales-q2", " Did you mean 'sales-q3'?"),
        ("Sales-Q3", ""),
        ("sales-q3 ", " Did you mean 'sales-q3'?"),
        ("../../etc/passwd", ""),
    ],
)
def test_an_unknown_note_is_answered_with_those_there_are(hand, name, hint):
    text, error = run(hand, "read_note", id=name)
    assert error == "unknown_note"
    assert "there are: sales-q3, sales-q3-old, footfall, people." in text
    assert text.endswith(hint)
    assert hand.read == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_notes", {}),
        ("search_notes", {"query": ""}),
        ("search_notes", {"query": "x" * 201}),
        ("search_notes", {"query": "x", "k": 0}),
        ("search_notes", {"query": "x", "k": 6}),
        ("search_notes", {"query": "x", "k": 2.0}),
        ("search_notes", {"query": ["x"]}),
        ("read_note", {"id": 3}),
        ("read_note", {"id": None}),
        ("read_note", {"id": "people", "page": 2}),
    ],
)
def test_malformed_arguments_are_told_and_change_nothing(hand, name, arguments):
    text, error = run(hand, name, **arguments)
    assert error == "bad_arguments"
    assert text
    assert hand.read == hand.found == []


def test_the_declarations_are_what_the_model_reads():
    tools = {tool.name: tool for tool in declared_tools(NotesHand)}
    assert set(tools) == {"search_notes", "read_note"}
    assert tools["search_notes"].parameters["required"] == ["query"]
    assert tools["search_notes"].parameters["properties"]["k"]["maximum"] == 5
