"""Words as they are counted and compared: tokens, stems, phrases.

A light English stemmer that treats a text and what is looked for in it alike; it knows no dictionary.
"""

__all__ = ["STOPWORDS", "content_stems", "holds_phrase", "phrase_stems", "stem", "stems", "word_count"]

import re
from collections.abc import Sequence
from functools import lru_cache

from .wording import plain

_STOPWORDS = """
a about after against all also an and any are as at be been before between but by can do down during
each for from had has have how if in into is it its more most no nor not of off on or our out over
own per so some such than that the their them then there these they this those to too under until up
upon was we were what when where which while who why will with within without would you your
"""
STOPWORDS = frozenset(_STOPWORDS.split())
MIN_STEM_CHARS = 3

_TOKEN = re.compile(r"[^\W_]+(?:['.][^\W_]+)*")
_COUNTED = re.compile(r"[^\W_]+(?:['\u2019.,\-\u2010\u2011][^\W_]+)*")


def word_count(text: str) -> int:
    """How many words a text has: runs of letters and digits, joined by point, comma, quote or hyphen.

    Slashes and other signs part words: `a/b/c` is three, so that a wall of text stays one.

    >>> word_count("Revenue rose by 6.8 % - to £58.1 million")
    7
    """
    return len(_COUNTED.findall(text))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The part of a word that its common forms share; at least three letters stay.

    Plural, possessive, -ing, -ed and a last e are cut, in that order, after Harman's S-stemmer (1991) and the
    first steps of Porter's (1980).

    >>> [stem(word) for word in ("stores", "pricing", "prices", "companies", "stopped", "loss", "6.8")]
    ['stor', 'pric', 'pric', 'compani', 'stop', 'loss', '6.8']
    """
    word = word.casefold()
    if not word.isascii() or not word.replace("'", "").isalpha():
        return word
    word = word.removesuffix("'s").replace("'", "")
    if word.endswith("ies") and len(word) > MIN_STEM_CHARS + 1:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > MIN_STEM_CHARS:
        word = word[:-1]
        word = word[:-1] if word.endswith(("xe", "che", "she", "sse", "zze")) else word
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= MIN_STEM_CHARS and re.search("[aeiouy]", rest):
            doubled = len(rest) > MIN_STEM_CHARS and rest[-1] == rest[-2] and rest[-1] not in "aeiouls"
            word = rest[:-1] if doubled else rest
            break
    if word.endswith("y") and len(word) > MIN_STEM_CHARS:
        word = word[:-1] + "i"
    return word[:-1] if word.endswith("e") and len(word) > MIN_STEM_CHARS else word


@lru_cache(maxsize=16_384)
def stems(text: str) -> tuple[str, ...]:
    """Stems of all words in order; a hyphen parts words.

    >>> stems("The full-year Forecasts")
    ('the', 'full', 'year', 'forecast')
    """
    return tuple(stem(token) for token in _TOKEN.findall(plain(text)))


@lru_cache(maxsize=16_384)
def content_stems(text: str) -> frozenset[str]:
    """Distinct stems of the words that are neither numbers nor stopwords.

    >>> sorted(content_stems("Sales of the 42 stores"))
    ['sal', 'stor']
    """
    tokens = _TOKEN.findall(plain(text).casefold())
    return frozenset(stem(token) for token in tokens if token not in STOPWORDS and not token[0].isdigit())


def phrase_stems(phrase: str) -> tuple[str, ...]:
    """Stems of a phrase that is looked for, without leading articles.

    >>> phrase_stems("the Pilot stores")
    ('pilot', 'stor')
    """
    found = stems(phrase)
    while len(found) > 1 and found[0] in ("a", "an", "the"):
        found = found[1:]
    return found


def holds_phrase(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether stems stand in a row in others; an empty phrase stands nowhere.

    >>> holds_phrase(stems("It pays back early"), phrase_stems("pay back"))
    True
    """
    count = len(phrase)
    if not count or count > len(words):
        return False
    first, wanted = phrase[0], tuple(phrase)
    return any(
        word == first and tuple(words[start : start + count]) == wanted for start, word in enumerate(words)
    )
