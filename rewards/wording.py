"""Texts as they are compared: one spelling, and what counts as a refusal.

Loose where people differ without meaning to (case, quotes, dashes, a leading article), strict in everything
that could make one answer look like another.
"""

__all__ = ["REFUSALS", "as_words", "is_refusal", "plain"]

import re
import unicodedata

REFUSALS = frozenset(
    {
        "unanswerable",
        "not answerable",
        "cannot be answered",
        "can't be answered",
        "cannot answer",
        "cannot be determined",
        "can't be determined",
        "cannot determine",
        "cannot tell",
        "can't tell",
        "not present",
        "not visible",
        "not shown",
        "not readable",
        "illegible",
        "not in image",
        "not in the image",
        "not in picture",
        "not in the picture",
        "absent",
        "does not exist",
        "no such thing",
        "not enough information",
        "insufficient information",
    }
)
_KEPT = ("<super>", "<sub>", "<fraction>", "<circle>")  # 5² is not 52, and ½ is not 12
_SPELLINGS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")  # dashes and the minus sign
    | dict.fromkeys("\u2018\u2019\u02bc", "'")
    | dict.fromkeys("\u201c\u201d", '"')
)
_AROUND = " ,;:!?\"'`()"


def plain(text: str) -> str:
    r"""Text in one spelling: NFKC but for raised, lowered and fraction digits; plain dashes, quotes, spaces.

    >>> plain("  KX\N{EN DASH}4471 "), plain("5²")
    ('KX-4471', '5²')
    """
    kept = [
        c if unicodedata.decomposition(c).startswith(_KEPT) else unicodedata.normalize("NFKC", c)
        for c in text
    ]
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).translate(_SPELLINGS).split())


def as_words(text: str) -> str:
    """Text as it is compared: casefolded, without a leading article or punctuation around it.

    Only the outside is stripped: 3.5 is not 35, and C++ is not C. A dash between letters is a space.

    >>> as_words("The Red-Brick House."), as_words("vitamin A")
    ('red brick house', 'vitamin a')
    """
    folded = plain(text).casefold().rstrip("." + _AROUND).lstrip(_AROUND)
    folded = folded if re.match(r"\.[0-9]", folded) else folded.lstrip("." + _AROUND)  # .5 is not 5
    folded = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", folded)
    return re.sub(r"^(?:a|an|the)\s+(?=\S)", "", folded)


def is_refusal(text: str) -> bool:
    """Whether a text is one of the closed list of ways to say that there is no answer.

    >>> is_refusal("Not visible."), is_refusal("none of the above")
    (True, False)
    """
    return as_words(text) in REFUSALS
