"""The words of questions about wall displays.

Answerable and unanswerable questions use the same templates. Knows no pictures.
"""

__all__ = [
    "ASKED",
    "COMPARED",
    "COUNTED",
    "HOPPED",
    "NAMED",
    "NOTED",
    "NOTE_TAGS",
    "SEARCHED",
    "listed",
    "word",
]

from collections.abc import Sequence

from .dashboard_panels import Column

# Tag, what it is called, kind, and the tag that looks most like it: a blurred view shows the same of both.
NOTE_TAGS = {
    "FR": ("firmware release (FR)", "code", "PR"),
    "PR": ("protocol release (PR)", "code", "FR"),
    "PC": ("part code (PC)", "code", "FC"),
    "FC": ("frame code (FC)", "code", "PC"),
    "RD": ("review date (RD)", "date", "BD"),
    "BD": ("build date (BD)", "date", "RD"),
}

NAMED = (
    "In the panel '{panel}', what is the {what} of {label}?",
    "What {what} does the panel '{panel}' give for {label}?",
    "Find {label} in the panel '{panel}'. What is its {what}?",
)
SEARCHED = (
    "One of the panels lists {label}. What is its {what}?",
    "Find {label} on this wall. What {what} is given for it?",
    "Somewhere on this wall stands {label}: what is its {what}?",
)
NOTED = (
    "What {what} does the footnote of the panel '{panel}' give?",
    "Read the footnote of the panel '{panel}': what is the {what}?",
    "Which {what} stands in the small print of the panel '{panel}'?",
)
HOPPED = (
    "The footnote of the panel '{panel}' names a reference (REF). "
    "What is the {what} of that {noun} in the panel '{there}'?",
    "Take the reference (REF) in the footnote of the panel '{panel}' and look it up in the panel '{there}': "
    "what {what} does that {noun} have?",
)
COUNTED = (
    "Of {labels} in the panel '{panel}', how many are in class {key}?",
    "How many of these rows of the panel '{panel}' have the class {key}: {labels}?",
)
COMPARED = (
    "Which of these has the highest {what} in the panel '{panel}'?",
    "Compare these rows of the panel '{panel}'. Which one has the highest {what}?",
)
ASKED = (
    "In the panel '{panel}', is the {what} of {label} higher than that of {other}? Answer yes or no.",
    "Does {label} have a higher {what} than {other} in the panel '{panel}'? Answer yes or no.",
)
_WORDS = {
    "Checked": "check time",
    "Serial": "serial number",
    "Service": "service date",
    "Operator": "operator",
    "Class": "class",
    "Time": "time",
}


def word(column: Column) -> str:
    """How a question speaks of a column."""
    return _WORDS.get(column.name, column.name[0].lower() + column.name[1:])


def listed(options: Sequence[str]) -> str:
    """The lines that offer options A to F."""
    lines = [f"{letter}. {option}" for letter, option in zip("ABCDEF", options, strict=False)]
    return "\n" + "\n".join(lines) + "\nAnswer with the letter."
