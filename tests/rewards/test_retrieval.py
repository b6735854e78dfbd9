"""BM25 against the formula written out, and what a text is worth as a pointer to its description."""

from collections import Counter
from math import log

import numpy as np
import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.retrieval import Bm25, index_terms, retrieve

DOCUMENTS = [
    "Revenue of the northern stores, Q3 2026, for the board: £58.1 million, 6.8%",
    "Revenue of the southern stores, Q3 2026, for the board: £49.7 million, 1.4%",
    "Revenue of the northern stores, Q2 2026, for investors: £54.4 million, 2.2%",
    "Staff turnover of the northern stores, for the leadership team: 24.6%",
]


def test_it_is_the_formula():
    counts = [Counter(index_terms(text)) for text in DOCUMENTS]
    mean = sum(sum(count.values()) for count in counts) / len(counts)
    query = "northern revenue 6.8 % for the board"
    for index, score in Bm25(DOCUMENTS).rank(query):
        expected = 0.0
        for term in set(index_terms(query)):
            n = sum(term in count for count in counts)
            f, length = counts[index][term], sum(counts[index].values())
            weight = (2 if term.startswith("#") else 1) * log(1 + (len(counts) - n + 0.5) / (n + 0.5))
            expected += weight * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * length / mean)) if f else 0.0
        assert score == pytest.approx(expected, rel=1e-12)


def test_ties_keep_the_documents_order():
    assert [index for index, _ in Bm25(["a b", "b a", "zebra"]).rank("horse")] == [0, 1, 2]
    assert [index for index, _ in Bm25(["cat dog", "dog cat"]).rank("dog")] == [0, 1]


def test_spellings_of_a_figure_are_one_term():
    assert index_terms("£58.1m") == index_terms("GBP 58,100,000") == ("#58100000.0GBP",)


def test_figures_find_the_right_report():
    assert retrieve("Revenue rose 6.8 % to £58.1m for the board in the north", DOCUMENTS).value == 1.0


def test_generic_words_and_everything_at_once_find_nothing_for_sure():
    assert retrieve("Revenue of the stores in Q3 2026", DOCUMENTS).value <= 0.8
    assert (
        retrieve("Pellworth Stores", ["stores and shops", "shops and stores", "stores or shops"]).value
        <= 0.27
    )
    everything = " ".join(DOCUMENTS)
    values = [retrieve(everything, DOCUMENTS[k:] + DOCUMENTS[:k]).value for k in range(4)]
    assert np.mean(values) <= 0.6


def test_a_farther_rank_is_worth_less():
    order = [retrieve("northern revenue 6.8% £58.1 million board", [DOCUMENTS[0], *DOCUMENTS[1:]]).value]
    order.append(retrieve("northern revenue 6.8% £58.1 million board", [DOCUMENTS[1], DOCUMENTS[0]]).value)
    order.append(retrieve("staff turnover 24.6%", [DOCUMENTS[1], DOCUMENTS[3], DOCUMENTS[0]]).value)
    assert order == sorted(order, reverse=True)
    assert order[0] == 1.0


def test_misuse_is_refused():
    with pytest.raises(UsageError, match="at least one document"):
        Bm25([])
    with pytest.raises(UsageError, match="at least one other"):
        retrieve("text", ["only"])
