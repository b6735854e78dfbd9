"""Rivals: near enough that the prompt tells nothing, and the right facts find the right brief."""

from statistics import fmean

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.numbers import figures
from eyesmith.rewards.recovery import recovery
from eyesmith.rewards.retrieval import Bm25, retrieve
from eyesmith.rewards.text import closed_choice
from eyesmith.scenarios.slide_brief import AUDIENCES
from eyesmith.scenarios.slide_briefs import written_briefs
from eyesmith.scenarios.slide_figures import Pattern, altered, other_name
from eyesmith.scenarios.slide_rivals import closed_choices, distractors, document, slide_ranges
from eyesmith.scenarios.slide_tables import generated_brief

TRIALS = 200


@pytest.fixture(scope="module")
def trials():
    found = []
    written = written_briefs()
    for seed in range(TRIALS):
        rng = np.random.default_rng(seed)
        brief = (
            generated_brief(rng, difficulty=1 + seed % 5) if seed % 2 else written[seed // 2 % len(written)]
        )
        found.append((brief, distractors(brief, rng), closed_choices(brief, rng)))
    return found


def mean_rank(query, brief, rivals):
    """Rank of the true document, ties shared evenly."""
    scores = Bm25([document(brief), *(rival.document for rival in rivals)]).scores(query)
    above = sum(score > scores[0] + 1e-12 for score in scores[1:])
    return 1 + above + sum(abs(score - scores[0]) <= 1e-12 for score in scores[1:]) / 2


def test_the_right_facts_find_the_brief(trials):
    hits = 0
    for brief, rivals, _ in trials:
        query = " ".join(fact.text for fact in brief.facts)
        hits += retrieve(query, [document(brief), *(r.document for r in rivals)]).parts["rank"] == 1
    assert hits >= 0.99 * TRIALS


@pytest.mark.parametrize("what", ["company", "words", "stale"])
def test_what_tells_nothing_finds_a_random_one(trials, what):
    ranks = []
    for brief, rivals, _ in trials:
        query = {
            "company": brief.company,
            "words": " ".join((brief.company, *(term for fact in brief.facts for term in fact.terms))),
            "stale": " ".join(note.text for note in brief.notes if not note.is_current),
        }[what]
        ranks.append(mean_rank(query, brief, rivals))
    assert 11 <= fmean(ranks) <= 22  # 16.5 by chance
    assert fmean(rank <= 1 for rank in ranks) <= 0.1


def test_the_prompt_alone_does_not_find_it(trials):
    found = [
        mean_rank(f"{b.company} {b.topic} {b.scope} {b.period} {b.audience} {b.purpose}", b, rivals) <= 1
        for b, rivals, _ in trials
    ]
    assert fmean(found) <= 0.25


def test_half_the_facts_are_less_sure_than_all(trials):
    def value(brief, rivals, part):
        query = " ".join(fact.text for fact in brief.facts[:part])
        return retrieve(query, [document(brief), *(r.document for r in rivals)]).value

    half = [value(b, rivals, max(1, len(b.facts) // 4)) for b, rivals, _ in trials[:60]]
    whole = [value(b, rivals, len(b.facts)) for b, rivals, _ in trials[:60]]
    assert fmean(whole) > fmean(half)


def test_rivals_share_field_and_company_and_differ(trials):
    for brief, rivals, _ in trials:
        assert len(rivals) == 31
        true = document(brief)
        assert len({true, *(rival.document for rival in rivals)}) == 32
        own = {(f.value, f.unit) for f in figures(true)}
        for rival in rivals:
            assert rival.document.startswith(brief.company)
            assert (rival.scope, rival.period, rival.audience) != (brief.scope, brief.period, brief.audience)
            assert rival.audience in AUDIENCES
            assert 3 <= rival.slides[0] < rival.slides[1]
            assert {(f.value, f.unit) for f in figures(rival.document)} != own
        assert len({rival.scope for rival in rivals}) > 8
        assert len({rival.period for rival in rivals}) > 3
        assert len({rival.audience for rival in rivals}) > 3
        assert len({rival.topic for rival in rivals}) > 2


def test_the_same_seed_gives_the_same_rivals():
    brief = written_briefs()[5]
    first = distractors(brief, np.random.default_rng(3))
    assert first == distractors(brief, np.random.default_rng(3))
    assert first != distractors(brief, np.random.default_rng(4))
    assert document(brief) == document(brief)
    assert len(distractors(brief, np.random.default_rng(3), 7)) == 7
    with pytest.raises(UsageError, match="at least 1"):
        distractors(brief, np.random.default_rng(0), 0)


def test_closed_lists_are_decided_by_the_facts_alone(trials):
    told = []
    for brief, rivals, choices in trials:
        query = " ".join((f"For the {brief.audience}.", *(fact.text for fact in brief.facts)))
        documents = [document(brief), *(rival.document for rival in rivals)]
        told.append(recovery(query, documents, list(choices.values())).parts["told"])
        for name, choice in choices.items():
            assert choice.name == name
            assert choice.answer == 0
            assert len(set(choice.options)) == len(choice.options)
            assert closed_choice("We did well and the numbers are good.", choice.options) == -1
    assert fmean(told) > 0.98


def test_options_have_values_of_the_same_unit_and_size(trials):
    for brief, _, choices in trials[:80]:
        current = {(f.value, f.unit) for note in brief.notes if note.is_current for f in figures(note.text)}
        for fact in brief.facts:
            choice = choices.get(f"fact:{fact.id}")
            if choice is None:
                assert all(figures(value) for value in fact.values)
                continue
            assert choice.options[0] == fact.values
            assert len(choice.options) == 4
            for option in choice.options[1:]:
                assert not set(option) >= set(fact.values)
                for value, true in zip(option, fact.values, strict=True):
                    for made, was in zip(figures(value), figures(true), strict=False):
                        assert made.unit == was.unit
                        if made.unit not in ("date", "month", "year", "time") and was.value > 12:
                            assert 0.5 <= made.value / was.value <= 2
                            assert (made.value, made.unit) not in current or len(fact.values) > 1


def test_listing_every_option_decides_nothing(trials):
    for _, _, choices in trials[:20]:
        for choice in choices.values():
            everything = ". ".join(value for option in choice.options for value in option)
            assert closed_choice(everything, choice.options) == -1


def test_ranges_of_slides_share_no_number():
    for brief in written_briefs():
        ranges = slide_ranges(brief, np.random.default_rng(0))
        assert ranges[0] == brief.slides
        numbers = [number for low, high in ranges for number in range(low, high + 1)]
        assert len(numbers) == len(set(numbers))
        assert len(ranges) == 4


def test_figures_change_within_their_kind():
    rng = np.random.default_rng(0)
    values = (
        ("8.4%", r"\d{1,2}\.\d%"),
        ("EUR 212.6 million", r"EUR \d{3}\.\d million"),
        ("£412,000", r"£\d{3},000"),
        ("14 March 2026", r"\d{1,2} [A-Z][a-z]+ 20\d\d"),
        ("03:40", r"\d\d:\d\d"),
        ("58 till hours", r"\d\d till hours"),
        ("Q3", "Q[124]"),
        ("Saturday", r"[A-Z][a-z]+day"),
        ("2028", r"20\d\d"),
        ("98%", r"\d{2,3}%"),
    )
    for value, shape in values:
        made = {altered(value, rng) for _ in range(30)}
        assert value not in made
        assert len(made) >= 3
        for one in made:
            assert np.any(__import__("re").fullmatch(shape, one) is not None), (value, one)
            found = figures(one)
            assert not found or found[0].unit != "%" or found[0].value <= 100
    assert other_name("Garsby", rng) != "Garsby"


def test_a_pattern_keeps_what_it_is_told_to():
    pattern = Pattern.of("Garsby lost £412,000 by the 41st week", ["Garsby"])
    rng = np.random.default_rng(1)
    assert pattern.varied(rng, kept=1.0) == "Garsby lost £412,000 by the 41st week"
    changed = [pattern.varied(rng, kept=0.0) for _ in range(40)]
    assert all("£412,000" not in text and "Garsby" not in text for text in changed)
    assert all(text.endswith("week") for text in changed)
    assert not any(
        text.split()[-2].endswith(("1th", "2th", "3th")) and "1" not in text.split()[-2][-4:-3]
        for text in changed
    )
