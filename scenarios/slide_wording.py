"""A fact's sentence worded for a slide: card, line, headline, theme.

Plain patterns over English sentences; where none applies, the sentence stands as it is. Every wording keeps
all values letter for letter and one of the fact's terms, or it is not used.
"""

__all__ = ["card_of", "headline_of", "is_dated", "lead_of", "line_of", "message_of", "says", "theme_of"]

import re
from collections.abc import Sequence
from functools import cache

from ..rewards.numbers import figures
from ..rewards.vocabulary import holds_phrase, phrase_stems, stems
from .slide_brief import Fact
from .slide_checks import stands_in

TITLE_WORDS = 12
LEAD_WORDS = 5
LEAD_CHARS = 34
LABEL_WORDS = 9
VALUE_CHARS = 17
UPWARD = "rose|grew|increased|climbed|went up|improved"
DOWNWARD = "fell|dropped|decreased|shrank|slipped|declined|went down|narrowed"
LEVELS = "reached|reaches|stands at|stood at|came to|comes to|amounts to|hit|totals|totalled"
PRICES = "costs|cost|would cost"
_OTHER_VERBS = """
is are was were has have had can will must may would should could do does did makes make made takes
take took brings bring brought begins begin began starts start started ends ended needs need needed
gives gave gets got pays pay paid saves save saved lost lose loses won win wins holds hold held
remains remain remained works worked covers cover covered delivers delivered uses use used runs run
ran shows showed finds find found spends spend spent earns earn earned carries carried caused causes
receives received employs contributed contributes asks adds added expects opens opened closes closed
leaves came come comes went go goes rises falls grows guarantees guarantee secures secure provides
provide suffered harvested produce produces produced yielded moves moved puts put cuts cut raises
raised lend failed fails answered charges charge joined attended increases drops dropped exceeded
exceeds offers offer reduced stopped shortens doubled halved stays stayed gained treats treated
serves served sold sells met meets
"""
_VERBS = f"{UPWARD}|{DOWNWARD}|{LEVELS}|{PRICES}|{'|'.join(_OTHER_VERBS.split())}"
_SPLIT = re.compile(rf"(?P<subject>[^,;:]+?) (?P<verb>{_VERBS})\b(?P<rest>.*)", re.DOTALL)
_FROM_TO = re.compile(
    rf"(?P<subject>[^,;:]+?) (?P<verb>{UPWARD}|{DOWNWARD}|\w+ed) from (?P<first>\S.*?) to (?P<second>\S.*)"
)
_BY_TO = re.compile(
    rf"(?P<subject>[^,;:]+?) (?P<verb>{UPWARD}|{DOWNWARD}) by (?P<growth>\S.*?) to (?P<level>\S.*)"
)
_LEVEL = re.compile(rf"(?P<subject>[^,;:]+?) (?P<verb>{LEVELS}|{PRICES}) (?P<rest>\S.*)")
_CLAUSE = re.compile(r",(?= [^\d]*\w)(?! \d)|;| because | which | although | while | so that ")
# No headline: it points at something else, or its main clause comes late.
_OPEN_HEADS = ("It ", "That ", "They ", "If ", "There ", "Of ", "Among ", "We ")
# No subject, whatever verb follows.
_LOOSE = re.compile(
    r"(?:In|On|At|From|For|With|Of|By|Without|Under|Until|If|Among|Within|Between|To|Down|Next|Always|There|"
    r"It|That|We|They|You|Already|Only|Both|After|Before|Every|Each|Some)\b"
)
_NOUNS = frozenset(
    {"charge", "charges", "cost", "costs", "cut", "cuts", "drops", "end", "find", "need", "needs", "offer"}
    | {"offers", "run", "runs", "show", "shows", "start", "starts", "use", "uses", "win", "works"}
)
# What follows a number and belongs to it: `accidents per million hours`.
_UNIT = re.compile(r" (?!(?:a|and|after|as|at|because|by|for|in|of|on|since|the|when|while|with)\b)\w")
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)


def says(text: str, fact: Fact) -> bool:
    """Whether a text holds all values of a fact and one of its terms.

    Args:
        text: title or body of a slide.
        fact: what should stand there.
    """
    words = stems(text)
    return all(stands_in(value, text) for value in fact.values) and any(
        holds_phrase(words, phrase_stems(term)) for term in fact.terms
    )


@cache
def card_of(fact: Fact) -> str:
    """`value | label | note` of a fact; "" where none of its values can stand alone as a large number."""
    text = fact.text.rstrip(".").replace("|", "/")
    for made in (
        _risen(text, fact),
        _changed(text, fact),
        _level(text, fact),
        _share(text, fact),
        _plain(text, fact),
    ):
        parts = [part.strip() for part in made.split("|")]
        if len(parts) >= 2 and len(parts[0]) <= VALUE_CHARS and says(made, fact):
            is_short = len(parts[1].split()) <= LABEL_WORDS
            if is_short and all(parts):
                return f"{parts[0]} | {' | '.join(_capital(part) for part in parts[1:])}"
    return ""


@cache
def line_of(fact: Fact) -> str:
    """`Lead: rest` of a fact, the rest without what the lead says already."""
    text = fact.text.rstrip(".").replace("|", "/")
    subject, verb, rest = _parts(text)
    if subject and not any(map(str.isdigit, subject)):
        lead = _bare(subject)
        verb = "" if verb in ("is", "are", "was", "were", "stands at", "stood at") else verb
        made = f"{lead}: {_capital((verb + rest).strip())}"
        if len(lead.split()) <= LEAD_WORDS and len(lead) <= LEAD_CHARS and says(made, fact):
            return made
    lead = lead_of(fact)
    return text if text.casefold().startswith(lead.casefold()) else f"{lead}: {text}"


def lead_of(fact: Fact) -> str:
    """What a fact is about, in a word or two: its id in words."""
    return _capital(re.sub(r"-\d+$", "", fact.id).replace("-", " "))


def headline_of(fact: Fact) -> str:
    """The sentence cut to a headline of at most 12 words, at the end of a clause; "" for none."""
    text = fact.text.rstrip(".").replace("|", "/")
    if text.startswith(_OPEN_HEADS):
        return ""
    if len(text.split()) <= TITLE_WORDS:
        return text
    for found in reversed([match.start() for match in _CLAUSE.finditer(text)]):
        head = text[:found].rstrip(" ,;")
        if 4 <= len(head.split()) <= TITLE_WORDS and _is_whole(head):
            return head
    return ""


def message_of(facts: Sequence[Fact]) -> str:
    """A headline for a slide of several facts, at most 12 words.

    Two developments become one sentence (`Revenue rose, the gross margin slipped`); else the first fact that
    has a headline speaks for the slide; else its themes are named.
    """
    moves: list[str] = []
    for fact in facts:
        found = re.match(rf"([^,;:\d]+?) ({UPWARD}|{DOWNWARD})\b", fact.text)
        if found:
            moves.append(found[0] if not moves else _lower(found[0]))
    if len(moves) >= 2:
        made = ", ".join(moves[:2])
        if len(made.split()) <= TITLE_WORDS:
            return _capital(made)
    told = [headline for fact in facts if (headline := headline_of(fact))]
    return _capital(told[0]) if told else theme_of(facts)


def theme_of(facts: Sequence[Fact]) -> str:
    """What some facts are about: `Revenue, margin and forecast`."""
    names = list(dict.fromkeys(lead_of(fact).lower() for fact in facts))[:3]
    return _capital(names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}")


def is_dated(fact: Fact) -> str:
    """The first value that is a date or a month, "" for none."""
    return next((value for value in fact.values if _is_date(value)), "")


def _parts(text: str) -> tuple[str, str, str]:
    """Subject, verb and rest of a sentence; no subject where none is sure."""
    found = _SPLIT.fullmatch(text)
    if not found or _LOOSE.match(text):
        return "", "", ""
    subject, verb, rest = found["subject"], found["verb"], found["rest"]
    if verb in _NOUNS:  # `use fell`: the first is a noun
        later = _SPLIT.fullmatch(f"{subject}_{verb}{rest}".replace(" ", "_", subject.count(" ")))
        if later and later["subject"].count(" ") == 0:
            subject, verb, rest = f"{subject} {verb}", later["verb"], later["rest"]
        elif rest.startswith((",", ";")) or _ARTICLE.fullmatch(f"{subject} "):
            return "", "", ""
    return ("", "", "") if _ARTICLE.fullmatch(f"{subject} ") else (subject, verb, rest)


def _risen(text: str, fact: Fact) -> str:
    """`Revenue rose by 6.8% on last year to £58.1 million`: the level, then the change."""
    found = _BY_TO.fullmatch(text)
    if not found or _LOOSE.match(text):
        return ""
    level, rest = _value_at(found["level"], fact)
    way = "up" if re.fullmatch(UPWARD, found["verb"]) else "down"
    label, note = _bare(found["subject"]), f"{way} {found['growth']}"
    if _UNIT.match(rest):
        label, rest = f"{label}, {rest.strip()}", ""
    return f"{level} | {label} | {note}{rest}" if level else ""


def _changed(text: str, fact: Fact) -> str:
    """`The margin slipped from 31.9% to 31.2% because ...`: both values, then why."""
    found = _FROM_TO.fullmatch(text)
    if not found or _LOOSE.match(text) or found["first"] not in fact.values:
        return ""
    second, rest = _value_at(found["second"], fact)
    if not second:
        return ""
    label = _bare(found["subject"])
    if _UNIT.match(rest) or rest.startswith(" of "):
        label, rest = f"{label}, {rest.strip()}", ""
    note = f"{found['verb']} {rest.strip(' ,')}" if rest.strip(" ,") else ""
    return " | ".join(filter(None, (f"{found['first']} to {second}", label, note)))


def _level(text: str, fact: Fact) -> str:
    """`Footfall reached 9,640 visitors a week, 3.1% more`: the level, what it counts."""
    found = _LEVEL.fullmatch(text)
    if not found or _LOOSE.match(text):
        return ""
    level, rest = _value_at(found["rest"], fact)
    if not level:
        return ""
    subject = _bare(found["subject"])
    is_price = re.fullmatch(PRICES, found["verb"]) and not re.search(
        "cost|price|investment", subject.casefold()
    )
    if is_price:
        lowered = _lower(found["subject"])
        subject = f"cost of {lowered}" if lowered != found["subject"] else f"{subject}: cost"
    return " | ".join(filter(None, (level, subject, rest.strip(" ,;").removeprefix("and "))))


def _share(text: str, fact: Fact) -> str:
    """`Only 62% of customers are content with queues, ...`: the number, then the rest of the clause."""
    found = re.match(r"(?P<head>(?:Only|About|Some|In all|At present|Of [^\d,]+?)? ?)(?=[^\s])", text)
    head = found["head"] if found else ""
    value, rest = _value_at(text[len(head) :], fact)
    if not value or not rest.strip():
        return ""
    clause, _, note = rest.partition(",")
    of = head.strip().lower() + " " if head.strip().lower().startswith("of ") else ""
    only = "only " if head.strip() == "Only" and note else ""
    return " | ".join(
        filter(
            None,
            (value, f"{of}{clause.strip()}", f"{only}{note.strip().removeprefix('and ')}" if note else ""),
        )
    )


def _plain(text: str, fact: Fact) -> str:
    """A number, or at worst a date, what it is about, the whole sentence."""
    for value in sorted(fact.values, key=_is_moment):
        if any(map(str.isdigit, value)) and len(value) <= VALUE_CHARS:
            return f"{value} | {lead_of(fact)} | {text}"
    return ""


def _value_at(text: str, fact: Fact) -> tuple[str, str]:
    """The value that a text begins with, and what follows it; "" for none."""
    for value in sorted(fact.values, key=len, reverse=True):
        if text.startswith(value) and stands_in(value, text[: len(value) + 2]) and _is_number(value):
            return value, text[len(value) :]
    return "", ""


def _is_number(value: str) -> bool:
    return any(letter.isdigit() for letter in value) and not _is_moment(value)


@cache
def _is_moment(value: str) -> bool:
    """Whether a value is a date or a clock time."""
    return _is_date(value) or any(figure.unit == "time" for figure in figures(value))


@cache
def _is_date(value: str) -> bool:
    found = figures(value)
    return len(found) == 1 and found[0].unit in ("date", "month") and len(value) <= 18


def _is_whole(head: str) -> bool:
    """Whether a clause can stand alone: it has a verb."""
    return re.search(rf"\b(?:{_VERBS})\b", head) is not None


def _bare(subject: str) -> str:
    return _capital(_ARTICLE.sub("", subject.strip()))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """A lower-case head, but for names and abbreviations: only articles and plain words of a list change."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in ("The", "A", "An", "Our", "Each", "All", "Every") else text
