"""Finding the document that a text speaks of: BM25 and its rank.

Deterministic: equal scores keep the order of the documents. Knows neither briefs nor decks; numbers count as
strong terms, because what tells two reports of one company apart is their figures.
"""

__all__ = ["Bm25", "index_terms", "retrieve"]

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log

from ..errors import UsageError
from .numbers import figures
from .score import Score
from .vocabulary import STOPWORDS, stem
from .wording import plain

K1, B = 1.2, 0.75
NUMBER_WEIGHT = 2.0
FIRST_LEVEL = 0.8
FULL_MARGIN = 0.1

_WORD = re.compile(r"[^\W\d_][^\W_]*(?:'[^\W_]+)*")


@lru_cache(maxsize=4_096)
def index_terms(text: str) -> tuple[str, ...]:
    """What a text is found by: stems of its words but stopwords, and its figures in one spelling.

    >>> index_terms("Sales of the north: EUR 58.1 million")
    ('sal', 'north', '#58100000.0EUR')
    """
    found = [(figure.start, f"#{figure.value}{figure.unit}") for figure in figures(text)]
    taken = [(figure.start, figure.end) for figure in figures(text)]
    blanked = text
    for start, end in reversed(taken):
        blanked = blanked[:start] + " " * (end - start) + blanked[end:]
    for match in _WORD.finditer(blanked):
        word = plain(match[0]).casefold()
        if word not in STOPWORDS:
            found.append((match.start(), stem(word)))
    return tuple(term for _, term in sorted(found))


class Bm25:
    """An index of documents.

    Formula: score(d) = sum over distinct terms t of the query of w_t * ln(1 + (N - n_t + 0.5)/(n_t + 0.5)) *
    f * (k1 + 1) / (f + k1 * (1 - b + b * |d| / mean |d|)), f = how often t stands in d, n_t = documents that
    hold t, k1 = 1.2, b = 0.75 (Robertson and Zaragoza 2009, with Lucene's idf, which is never negative);
    w_t = 2 for figures, else 1.

    Args:
        documents: texts, at least one.

    Raises:
        UsageError: no document.

    >>> Bm25(["costs of the depot", "sales of the shop"]).rank("How did sales go?")[0][0]
    1
    """

    def __init__(self, documents: Sequence[str]) -> None:
        if not documents:
            raise UsageError("Bm25 needs at least one document, got none")
        self._counts = [Counter(index_terms(document)) for document in documents]
        lengths = [counts.total() for counts in self._counts]
        mean = sum(lengths) / len(lengths) or 1.0
        self._norms = [K1 * (1.0 - B + B * length / mean) for length in lengths]
        held = Counter(term for counts in self._counts for term in counts)
        total = len(documents)
        self._weights = {
            term: (NUMBER_WEIGHT if term.startswith("#") else 1.0) * log(1.0 + (total - n + 0.5) / (n + 0.5))
            for term, n in held.items()
        }

    def scores(self, query: str) -> list[float]:
        """Score of each document, in their order; 0 where nothing is shared."""
        terms = [term for term in dict.fromkeys(index_terms(query)) if term in self._weights]
        return [
            sum(
                self._weights[term] * counts[term] * (K1 + 1.0) / (counts[term] + norm)
                for term in terms
                if term in counts
            )
            for counts, norm in zip(self._counts, self._norms, strict=True)
        ]

    def rank(self, query: str) -> list[tuple[int, float]]:
        """(index, score) of all documents, best first; equal scores in the documents' order."""
        return sorted(enumerate(self.scores(query)), key=lambda pair: (-pair[1], pair[0]))


def retrieve(document_text: str, candidates: Sequence[str]) -> Score:
    """How surely a text points to the first of several descriptions.

    Formula: rank 1: 0.8 + 0.2 * min(1, margin / 0.1), margin = (best - second) / best; rank r > 1: 0.8 / r.
    Candidates as good as the first stand before it, so that a text that says nothing, or everything, finds
    nothing: no shared term scores 0. Ours, an offline stand-in for the judged inverse specification of
    "Learning to Present" (arXiv 2603.16839).

    Args:
        document_text: what the work shows.
        candidates: the true description first, then at least one other.

    Raises:
        UsageError: fewer than two candidates.

    >>> found = retrieve("Sales of the shop rose 4.2%", ["sales shop 4.2%", "sales shop 3.1%", "depot costs"])
    >>> found.value, found.parts["rank"]
    (1.0, 1.0)
    >>> retrieve("", ["sales", "costs"]).value
    0.0
    """
    if len(candidates) < 2:
        raise UsageError(f"retrieve needs the true description and at least one other, got {len(candidates)}")
    scores = Bm25(candidates).scores(document_text)
    own, best_other = scores[0], max(scores[1:])
    if own <= 0.0:
        return Score(0.0, {"rank": 0.0, "margin": 0.0}, "shares no term with the true description")
    rank = 1 + sum(score >= own for score in scores[1:])
    margin = max(0.0, (own - best_other) / own)
    sure = min(1.0, margin / FULL_MARGIN)
    value = FIRST_LEVEL + (1.0 - FIRST_LEVEL) * sure if rank == 1 else FIRST_LEVEL / rank
    why = f"the true description is number {rank} of {len(candidates)}, margin {margin:.0%}"
    return Score(value, {"rank": 1.0 / rank, "margin": sure}, why)
