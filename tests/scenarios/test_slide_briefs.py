"""Briefs: the library's own are sound, and every rule of a file is kept with a message that helps."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from eyesmith.errors import ScenarioError
from eyesmith.scenarios.slide_brief import AUDIENCES, Brief, Note
from eyesmith.scenarios.slide_briefs import read_briefs, written_briefs
from eyesmith.scenarios.slide_checks import FIELD_NAMES, check_brief, spans_of, stands_in

NOTE = (
    "Sales came to £58.1 million, up 6.8%. North 30, South 20, West 8.1. "
    + "We did well and say so here. " * 8
)
STALE = "Sales came to £44.2 million, up 1.9%. " + "That was another year and we say so here. " * 7


def row(**changes):
    brief = {
        "id": "retail-own",
        "field": "retail",
        "company": "Pellworth Stores",
        "topic": "Sales in the north",
        "scope": "the northern stores",
        "period": "Q3 2026",
        "audience": "board",
        "purpose": "The board shall know how sales went.",
        "slides": [4, 7],
        "words": [12, 70],
        "facts": [
            {
                "id": f"sales-{number}",
                "ask": "how sales went",
                "text": "Sales rose by 6.8% to £58.1 million.",
                "values": ["6.8%", "£58.1 million"],
                "terms": ["sales"],
                "note": "report",
            }
            for number in range(4)
        ],
        "series": [
            {
                "id": "parts",
                "title": "Sales by part",
                "unit": "£ million",
                "labels": ["North", "South", "West"],
                "values": [30, 20, 8.1],
                "note": "report",
            }
        ],
        "notes": [
            {"id": "report", "title": "Report", "text": NOTE},
            *({"id": f"more-{number}", "title": "More", "text": NOTE} for number in range(3)),
            {"id": "old", "title": "Old report", "text": STALE, "is_current": False},
        ],
        "recommendations": ["We did well and say so here.", "We did well."],
    }
    return brief | changes


def written(tmp_path, rows):
    path = tmp_path / "own.yaml"
    path.write_text(rows if isinstance(rows, str) else yaml.safe_dump(rows, allow_unicode=True))
    return path


def test_there_are_48_own_briefs_four_to_a_field():
    briefs = written_briefs()
    assert [brief.id for brief in briefs] == sorted({brief.id for brief in briefs})
    assert len(briefs) == 48
    assert {name: sum(brief.field == name for brief in briefs) for name in FIELD_NAMES} == dict.fromkeys(
        FIELD_NAMES, 4
    )
    assert {brief.audience for brief in briefs} == set(AUDIENCES)
    assert all(8 <= len(brief.facts) <= 14 for brief in briefs)
    assert written_briefs() is briefs


def test_a_file_of_ones_own_is_read(tmp_path):
    (brief,) = read_briefs(written(tmp_path, [row()]))
    assert isinstance(brief, Brief)
    assert brief.slides == (4, 7)
    assert brief.series[0].values == (30.0, 20.0, 8.1)
    assert not brief.notes[-1].is_current
    assert brief.notes[0].text == NOTE.strip()


def fact(**changes):
    return {"facts": [row()["facts"][0] | changes, *row()["facts"][1:]]}


def note(number, **changes):
    notes = row()["notes"]
    return {"notes": [*notes[:number], notes[number] | changes, *notes[number + 1 :]]}


def series(**changes):
    return {"series": [row()["series"][0] | changes]}


FAULTS = {
    "unknown key": (row(audiense="board"), "unknown key 'audiense'. Did you mean 'audience'?"),
    "unknown key of a fact": (row(**fact(valeus=["1"])), "facts[0]: unknown key 'valeus'"),
    "missing key": ({k: v for k, v in row().items() if k != "scope"}, "the key 'scope' is missing"),
    "field": (row(field="retial"), "no field 'retial'"),
    "audience": (row(audience="bord"), "Did you mean 'board'?"),
    "long topic": (row(topic="word " * 13), "at most 12 words"),
    "purpose": (row(purpose="Know it"), "one sentence with a full stop"),
    "slides": (row(slides=[7, 4]), "slides: write [fewest, most]"),
    "slides in words": (row(slides="4 to 7"), "two whole numbers"),
    "words": (row(words=[40, 60]), "at least twice"),
    "id": (row(id="Retail Own"), "lower-case words joined by hyphens"),
    "few facts": (row(facts=row()["facts"][:3]), "facts: 4 to 14 are needed, got 3"),
    "twice the same fact": (row(**fact(id="sales-1")), "'sales-1' stands there twice"),
    "value not in the text": (
        row(**fact(text="Sales rose by 6.8%.")),
        "'£58.1 million' does not stand in the fact's",
    ),
    "value not in the note": (
        row(**fact(text="Sales rose by 6.9%.", values=["6.9%"])),
        "'6.9%' does not stand in the note 'report'",
    ),
    "value inside a longer number": (row(**fact(values=["8.1 million"])), "'8.1 million' does not stand"),
    "value as a number": (row(**fact(values=[6.8])), "in quotes"),
    "no values": (row(**fact(values=[])), "at least one is needed"),
    "value in the question": (row(**fact(ask="whether sales rose by 6.8%")), "gives away"),
    "upper-case term": (row(**fact(terms=["Sales"])), "must be in lower case"),
    "term not in the text": (row(**fact(terms=["profit"])), "none of profit stands in its text"),
    "long fact": (row(**fact(text="Sales 6.8% £58.1 million " + "and more " * 12)), "at most 24 words"),
    "unknown note": (row(**fact(note="reprot")), "Did you mean 'report'?"),
    "stale note": (row(**fact(note="old")), "'old' is not current"),
    "short note": (row(**note(1, text="Too short.")), "60 to 220 words"),
    "nothing stale": (row(**note(4, is_current=True)), "at least one must be of another period"),
    "stale note says the fact": (row(**note(4, text=NOTE)), "states the fact 'sales-0' in full"),
    "stale note without figures": (
        row(**note(4, text="Nothing to see here at all. " * 12)),
        "states figures of its own",
    ),
    "is_current in words": (row(**note(4, is_current="no")), "write true or false"),
    "labels": (row(**series(labels=["North", "South"])), "2 labels and 3 values"),
    "long label": (
        row(**series(labels=["North", "South", "West of everything else"])),
        "at most 18 characters",
    ),
    "point not in the note": (row(**series(values=[30, 20, 8.2])), "8.2 does not stand in the note"),
    "recommendation from nowhere": (
        row(recommendations=["Sell everything.", "We did well."]),
        "no current note states 'Sell everything.'",
    ),
    "long recommendation": (row(recommendations=["We did well.", "so " * 15]), "at most 14 words"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(tmp_path, name):
    rows, told = FAULTS[name]
    with pytest.raises(ScenarioError, match=re.escape(told)) as caught:
        read_briefs(written(tmp_path, [rows]))
    assert "own.yaml" in str(caught.value)
    if "id" not in name and "key" not in name:
        assert "retail-own" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must hold a list of briefs"),
        ("a: b", "must hold a list of briefs"),
        ("- [", "is not valid YAML"),
        ("- just a text", "must be a mapping"),
        ("- id: a\n  id: b", "the key 'id' stands twice"),
        ("- !!python/object/apply:os.getcwd []", "is not valid YAML"),
        ("- &a [x, x]\n- [*a, *a]", "must be a mapping"),
    ],
)
def test_no_file_of_briefs(tmp_path, text, told):
    with pytest.raises(ScenarioError, match=re.escape(told)):
        read_briefs(written(tmp_path, text))


def test_text_that_grows_without_bound_is_refused_shortly(tmp_path):
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(ScenarioError) as caught:
        read_briefs(written(tmp_path, "\n".join([*lines, "- {id: *a11}"])))
    assert len(str(caught.value)) < 1_000


def test_ids_are_unique_in_a_file_and_the_file_must_be_there(tmp_path):
    with pytest.raises(ScenarioError, match="'retail-own' stands there twice"):
        read_briefs(written(tmp_path, [row(), row()]))
    with pytest.raises(ScenarioError, match="there is no file"):
        read_briefs(Path("nowhere.yaml"))
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"- id: caf\xe9")
    with pytest.raises(ScenarioError, match="UTF-8"):
        read_briefs(path)


def test_the_check_holds_objects_too():
    brief = written_briefs()[0]
    check_brief(brief, "here")
    with pytest.raises(ScenarioError, match=f"here, brief '{brief.id}', notes: 5 to 9"):
        check_brief(replace(brief, notes=brief.notes[:2]), "here")
    with pytest.raises(ScenarioError, match="'x' stands there twice"):
        check_brief(replace(brief, notes=tuple(Note("x", "X", NOTE) for _ in range(5))), "here")


def test_values_stand_whole():
    assert stands_in("6.8%", "up 6.8%, so")
    assert stands_in("EUR 5", "at EUR 5.")
    assert not stands_in("6.8%", "up 16.8%")
    assert not stands_in("EUR 5", "EUR 5.20")
    assert not stands_in("412", "412%")
    assert not stands_in("412", "1,412")
    assert list(spans_of("a", "a ab a")) == [(0, 1), (5, 6)]
