"""Generated briefs: sound, consistent, varied, and the same for the same seed."""

import re
from itertools import pairwise

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.numbers import figures
from eyesmith.rewards.vocabulary import holds_phrase, phrase_stems, stems
from eyesmith.scenarios.slide_checks import FIELD_NAMES, LABEL_CHARS, RECOMMENDATION_WORDS, check_brief
from eyesmith.scenarios.slide_draws import Amount, Draws, Period
from eyesmith.scenarios.slide_field import COUNT, MEASURE, MONEY, SHARE
from eyesmith.scenarios.slide_fields import FIELDS
from eyesmith.scenarios.slide_statements import Teller
from eyesmith.scenarios.slide_tables import FACTS_OF_DIFFICULTY, generated_brief

SEEDS = range(60)


def brief_of(seed, difficulty=None):
    return generated_brief(np.random.default_rng(seed), difficulty=difficulty or 1 + seed % 5)


@pytest.fixture(scope="module")
def briefs():
    return [brief_of(seed) for seed in SEEDS]


def test_twelve_fields_each_with_words_of_its_own():
    assert tuple(sorted(FIELDS)) == FIELD_NAMES
    for field in FIELDS.values():
        assert len(field.metrics) >= 10
        assert len({metric.name for metric in field.metrics}) == len(field.metrics)
        assert sum(metric.adds for metric in field.metrics) >= 2
        assert min(len(field.products), len(field.aspects)) >= 7
        assert all(len(label) <= LABEL_CHARS for label in (*field.products, *field.aspects))
        for metric in field.metrics:
            assert metric.kind in (MONEY, COUNT, SHARE, MEASURE)
            assert 0 < metric.low < metric.high
            assert holds_phrase(stems(f"{metric.name} {metric.unit}"), phrase_stems(metric.terms[0])), metric
        for project in field.projects:
            assert 3 <= len(project.steps) <= 4
            assert all(len(step.split()) <= RECOMMENDATION_WORDS for step in project.steps)
            assert holds_phrase(stems(project.name), phrase_stems(project.term))
        for incident in field.incidents:
            assert holds_phrase(stems(incident.effect), phrase_stems(incident.term))


def test_briefs_keep_the_rules_of_written_ones(briefs):
    for seed, brief in zip(SEEDS, briefs, strict=True):
        check_brief(brief, "test")
        assert len(brief.facts) == FACTS_OF_DIFFICULTY[seed % 5]
        assert brief.slides[1] <= 12


def test_harder_briefs_have_more_notes_that_mislead():
    notes = [brief_of(7, difficulty).notes for difficulty in range(1, 6)]
    assert [sum(note.is_current for note in some) for some in notes] == [4, 4, 5, 6, 6]
    assert [sum(not note.is_current for note in some) for some in notes] == [1, 1, 2, 2, 3]


def test_every_asked_note_is_needed(briefs):
    for brief in briefs:
        current = {note.id for note in brief.notes if note.is_current}
        assert {fact.note for fact in brief.facts} == current


def test_growth_agrees_with_levels(briefs):
    pattern = re.compile(
        r"against (\S+?[\d,.]+)\S* ?(?:million|thousand)?.{0,60}?: a (rise|fall) of ([\d.]+)%"
    )
    checked = 0
    for brief in briefs:
        for note in brief.notes:
            for sentence in re.split(r"(?<=[a-z%])\. |\n\n", note.text):
                found = pattern.search(sentence)
                if not found:
                    continue
                amounts = [f for f in figures(sentence) if f.unit not in ("%", "year", "date", "month")]
                now, before = amounts[0], amounts[1]
                growth = 100 * (now.value - before.value) / before.value
                assert abs(abs(growth) - float(found[3])) < 0.051, sentence
                assert (growth > 0) == (found[2] == "rise"), sentence
                checked += 1
    assert checked > 20


def test_parts_sum_up_to_the_level():
    for seed in range(40):
        draws = Draws(np.random.default_rng(seed))
        field = FIELDS[FIELD_NAMES[seed % 12]]
        teller = Teller(draws, field, draws.period())
        for metric in field.metrics:
            if metric.adds:
                teller.development(metric)
                level = teller.levels[metric.name].value
                for told in (teller.by_time(metric), teller.by_product(metric)):
                    total = sum(value for _, value in told.points)
                    assert abs(total - level) < 1e-6 * level
                    share = next(value for value in told.values if value.endswith("%"))
                    top = max(value for _, value in told.points)
                    assert abs(100 * top / level - float(share[:-1])) < 0.051


def test_series_are_stated_and_labelled(briefs):
    for brief in briefs:
        for series in brief.series:
            text = next(note.text for note in brief.notes if note.id == series.note)
            assert all(label in text for label in series.labels)


def test_briefs_differ_and_repeat(briefs):
    assert len({brief.id for brief in briefs}) == len(briefs)
    assert {brief.field for brief in briefs} == set(FIELD_NAMES)
    assert len({note.text for brief in briefs for note in brief.notes}) == sum(len(b.notes) for b in briefs)
    assert brief_of(3) == briefs[3]


def test_one_text_does_not_look_like_another(briefs):
    """Openings vary: no first sentence heads more than a fifth of all notes of its kind."""
    reports = [n.text.split(".")[0] for b in briefs for n in b.notes if n.id.startswith("report")]
    heads = [" ".join(text.split()[:3]) for text in reports]
    assert max(heads.count(head) for head in set(heads)) < 0.6 * len(heads)
    assert len(set(heads)) >= 4


def test_no_seam_shows(briefs):
    for brief in briefs:
        for text in (
            *(note.text for note in brief.notes),
            *(fact.text for fact in brief.facts),
            brief.purpose,
        ):
            assert "{" not in text
            assert "  " not in text
            assert " ." not in text
            assert ".." not in text
            assert not re.search(r"\b(\w+) \1\b", text.lower().replace("that that", "")), text


def test_periods():
    quarter = Period.quarter(2026, 3)
    assert (quarter.label, quarter.before, quarter.parts) == (
        "Q3 2026",
        "Q3 2025",
        ("July", "August", "September"),
    )
    assert (quarter.first.isoformat(), quarter.last.isoformat()) == ("2026-07-01", "2026-09-30")
    assert (quarter.earlier.label, quarter.earlier.before) == ("Q3 2025", "Q3 2024")
    assert Period.year(2026).last.isoformat() == "2026-12-31"
    assert Period.half(2025, 2).earlier.label == "July to December 2024"


def test_amounts_show_what_they_hold():
    assert str(Amount(581, 1, "£", " million")) == "£58.1 million"
    assert str(Amount(412_000, 0, "EUR ")) == "EUR 412,000"
    draws = Draws(np.random.default_rng(0))
    sizes = [draws.money(size).value for size in (1.0, 2.4, 31.0)]
    assert all(first < second for first, second in pairwise(sizes))
    assert draws.take("6.8%")
    assert not draws.take("1", "6.8%")
    assert draws.take("1")


@pytest.mark.parametrize("difficulty", [0, 6, 2.0, True])
def test_difficulty_is_one_to_five(difficulty):
    with pytest.raises(UsageError, match="1 to 5"):
        generated_brief(np.random.default_rng(0), difficulty=difficulty)
