"""The answer matcher: what it takes, and the cheats that it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import UsageError
from eyesmith.rewards.answer import KEY_TYPES, check_key, match

COLOURS = {
    "type": "choice",
    "value": "B",
    "options": ["dark red", "light blue", "green", "none of the above"],
}
CODE = {"type": "code", "value": "KX-4471"}
KILOMETRES = {"type": "number", "value": 3, "unit": "km"}
PERCENT = {"type": "number", "value": 12, "unit": "%"}
BARE = {"type": "number", "value": 12}
DATE = {"type": "date", "value": "2024-03-01"}
TIME = {"type": "time", "value": "14:30"}
RANGE = {"type": "interval", "value": [10, 20], "atol": 0.5, "unit": "s"}
FRUIT = {"type": "set", "value": ["apple", "salt and pepper", "pear"]}
TEXT = {"type": "text", "value": "The Old Mill", "aliases": ["mill"]}
BOX = {"type": "bbox", "value": [10, 10, 30, 20]}
NOTHING = {"type": "unanswerable"}
YES = {"type": "yesno", "value": "yes"}
COUNT = {"type": "int", "value": 27}


RIGHT = [
    *(
        (COLOURS, text)
        for text in ("B", "(B)", "B.", "B:", "b", "(b).", "B)", " B \n", "Light  blue", "light blue.")
    ),
    *(
        (COLOURS, text)
        for text in ("B. light blue", "(B) Light Blue", "B: light blue", "b light blue", '"B"')
    ),
    ({"type": "choice", "value": "A", "options": ["(A) yes", "(B) no"]}, "yes"),
    ({"type": "choice", "value": "A", "options": ["a dog or a cat", "a dog"]}, "a dog or a cat"),
    ({"type": "choice", "value": "B", "options": ["visible", "not visible"]}, "not visible"),
    ({"type": "choice", "value": "D", "options": COLOURS["options"]}, "none of the above"),
    ({"type": "choice", "value": "B", "options": ["x" * 90, "y" * 90]}, "B. " + "y" * 90),
    ({"type": "choice", "value": "H"}, "h"),
    *(
        (CODE, text)
        for text in ("KX-4471", "kx-4471", "KX - 4471", "KX\N{EN DASH}4471", "'KX-4471'", "KX-4471.")
    ),
    (CODE, "\N{FULLWIDTH LATIN CAPITAL LETTER K}X-4471"),
    ({**CODE, "dash_insensitive": True}, "KX4471"),
    *((COUNT, text) for text in ("27", "0027", "+27", "27.")),
    ({"type": "int", "value": 1234}, "1,234"),
    ({"type": "int", "value": 42}, "0042"),
    ({"type": "int", "value": -5}, "\N{MINUS SIGN}5"),
    *(
        (KILOMETRES, text)
        for text in ("3", "3.0", "3 km", "3km", "3000 m", "3,000 metres", "300000 cm", "3 KM", "3e3 m")
    ),
    ({"type": "number", "value": 100, "rtol": 0.05}, "104.9"),
    ({"type": "number", "value": 0, "unit": "°C"}, "32 °F"),
    ({"type": "number", "value": 12.5, "unit": "$"}, "$12.50"),
    ({"type": "number", "value": 50, "unit": "km/h"}, "50 km / h"),
    ({"type": "number", "value": 4, "unit": "m²"}, "4 m2"),
    *((PERCENT, text) for text in ("12", "12%", "12 %", "12 percent")),
    *(
        (DATE, text)
        for text in (
            "2024-03-01",
            "2024/3/1",
            "1 March 2024",
            "March 1, 2024",
            "1st of mar 2024",
            "01.03.2024",
        )
    ),
    ({"type": "date", "value": "2024-03-25"}, "25/03/2024"),
    ({"type": "date", "value": "2024-03-25"}, "03/25/2024"),
    *((TIME, text) for text in ("14:30", "2:30 pm", "2:30 p.m.", "02:30PM", "14:30:00")),
    ({"type": "time", "value": "00:05"}, "12:05 am"),
    *(
        (RANGE, text)
        for text in (
            "10-20",
            "10 to 20 s",
            "10 s to 20 s",
            "[10, 20]",
            "between 10 and 20",
            "10.4\N{EN DASH}19.6",
        )
    ),
    *((FRUIT, text) for text in ("pear, apple, salt and pepper", "apple; pear; salt and pepper")),
    *((FRUIT, text) for text in ("an apple, pear, and salt and pepper", "Apple, salt and pepper, PEAR.")),
    ({"type": "set", "value": ["red", "blue"]}, "blue and red"),
    *((TEXT, text) for text in ("The Old Mill", "old mill", "old mill.", "Mill", "the mill!", "“Old Mill”")),
    ({"type": "text", "value": "don't walk"}, "don\N{RIGHT SINGLE QUOTATION MARK}t walk"),
    *((YES, text) for text in ("yes", "Yes.", "Y", "true")),
    ({"type": "yesno", "value": False}, "no"),
    *((BOX, text) for text in ("[10, 10, 30, 20]", "10,10,30,20", "10 10 30 20", "(11, 10, 31, 20)")),
    *(
        (NOTHING, text)
        for text in ("unanswerable", "Not visible.", "cannot be determined", "not present", "Can't tell")
    ),
]

# math-verify 0.9.0 takes each of these for right
FALSE_POSITIVES = [
    ({"type": "text", "value": "2024"}, "2024-03-01"),
    ({"type": "int", "value": 2024}, "2024-03-01"),
    (DATE, "2024"),
    (DATE, "2024-03"),
    ({"type": "time", "value": "12:30"}, "12:45"),
    ({"type": "text", "value": "12:30"}, "12:45"),
    ({"type": "text", "value": "5 apples"}, "5 oranges"),
    ({"type": "int", "value": 5}, "5 oranges"),
    ({"type": "number", "value": 3, "unit": "m"}, "3 km"),
    (KILOMETRES, "3 m"),
    ({"type": "int", "value": 7}, "The options are 1 2 3 4 5 6 7"),
    ({"type": "number", "value": 7}, "The options are 1 2 3 4 5 6 7"),
    ({"type": "code", "value": "42"}, "0042"),
    ({"type": "code", "value": "0042"}, "42"),
    (BARE, "12%"),
    ({"type": "number", "value": 0.12}, "12%"),
    (PERCENT, "0.12"),
]

WRONG = [
    *(
        (COLOURS, text)
        for text in ("A", "C", "E", "Z", "BB", "blue", "A or B", "B or C", "A B C D", "ABCD", "A, B", "B/C")
    ),
    *(
        (COLOURS, text)
        for text in ("A. light blue", "B. dark red", "B light red", "the answer is B", "not B", "B?", "8")
    ),
    (COLOURS, "dark red, light blue, green, none of the above"),
    (COLOURS, "none of the above"),
    (COLOURS, "unanswerable"),
    ({"type": "choice", "value": "A", "options": ["red", "red"]}, "red"),
    ({"type": "choice", "value": "B"}, "blue"),
    *((CODE, text) for text in ("KX-4417", "KX4471", "KX-4471 or KX-4417", "KX-447", "KX-4471KX-4471", "K")),
    ({"type": "code", "value": "X52"}, "X5²"),
    *(
        (COUNT, text)
        for text in (
            "28",
            "27 cars",
            "27.0",
            "2,7",
            "27 or 28",
            "26-28",
            "27 27",
            "about 27",
            "27%",
            "2_7",
            "0x1b",
        )
    ),
    ({"type": "int", "value": 52}, "5²"),
    ({"type": "int", "value": 1234}, "12,34"),
    ({"type": "int", "value": 27}, "\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT SEVEN}"),
    *(
        (KILOMETRES, text)
        for text in ("3 kg", "3 parsec", "3 s", "3 km 3 km", "2 km or 3 km", "3 / 1", "nan", "inf", "1e999")
    ),
    *((BARE, text) for text in ("12 km", "24/2", "12,0", "11 12 13", "$12", "12 or 13", "10..12")),
    ({"type": "number", "value": 0.8}, "4 / 5"),
    ({"type": "number", "value": 5, "unit": "MW"}, "5 mW"),
    *(({"type": "number", "value": 5, "unit": unit}, "5 mw") for unit in ("MW", "mW")),
    ({"type": "number", "value": 5, "unit": "m"}, "5 M"),
    ({"type": "number", "value": 1e-12}, "0"),
    *(
        (DATE, text)
        for text in (
            "2024-01-03",
            "03/01/2024",
            "1 Mar 24",
            "2024-03-01 or 2024-03-02",
            "2024-13-01",
            "March 2024",
        )
    ),
    *(
        (TIME, text)
        for text in ("2:30", "14:31", "14:30 pm", "2:30 am", "24:30", "14", "14:30 or 15:30", "1430")
    ),
    *(
        (RANGE, text)
        for text in ("10", "20-10", "10-20-30", "10-20 m", "8-20", "10-22", "[10, 20, 30]", "0-1000")
    ),
    *(
        (FRUIT, text)
        for text in (
            "apple, pear",
            "apple, pear, salt, pepper",
            "apple",
            "apple, pear, salt and pepper, plum",
        )
    ),
    *(
        (FRUIT, text)
        for text in ("apple, apple, pear, salt and pepper", "apple pear salt and pepper", ",,", "and")
    ),
    *(
        (TEXT, text)
        for text in ("old", "old mill or windmill", "mill windmill house", "the", "oldmill", "not present")
    ),
    ({"type": "text", "value": "C"}, "C++"),
    ({"type": "text", "value": "35"}, "3.5"),
    ({"type": "text", "value": "5"}, ".5"),
    ({"type": "text", "value": "5"}, "-5"),
    ({"type": "text", "value": "vitamin a"}, "vitamin"),
    *((YES, text) for text in ("no", "yes no", "yes or no", "yes/no", "maybe", "yes, no", "unanswerable")),
    *(
        (BOX, text)
        for text in (
            "[0, 0, 4000, 3000]",
            "[10, 10, 11, 11]",
            "[30, 20, 10, 10]",
            "[10, 10, 30]",
            "10 10 30 20 10",
        )
    ),
    *(
        (BOX, text)
        for text in (
            "[10, 10, 30, 20], [0, 0, 1, 1]",
            "[nan, 10, 30, 20]",
            "0.1 0.1 0.3 0.2",
            "10103020",
            "[1e9, 0, 2e9, 1]",
        )
    ),
    *((NOTHING, text) for text in ("yes", "none of the above", "not visible or red", "red", "no", "0")),
]

CHEATS = [
    "",
    " \n\t",
    "<answer>ANSWER</answer>",
    "<answer>A</answer><answer>ANSWER</answer>",
    "ANSWER</think>",
    "<tool_response>the zoom shows ANSWER</tool_response>",
    "tool_response: ANSWER",
    "<|im_start|>ANSWER",
    "```ANSWER```",
    "[INST] ANSWER",
    "ANSWER " + "x" * 100,
    "ANSWER" * 5000,
    "ANSWER or not",
    "\ud800ANSWER",
    "ANSWER\x00",
    '{"answer": "ANSWER"}',
]

ANSWERS = {
    "bbox": (BOX, "[10, 10, 30, 20]"),
    "choice": (COLOURS, "B"),
    "code": (CODE, "KX-4471"),
    "date": (DATE, "2024-03-01"),
    "int": (COUNT, "27"),
    "interval": (RANGE, "10-20"),
    "number": (KILOMETRES, "3 km"),
    "set": (FRUIT, "apple, pear, salt and pepper"),
    "text": (TEXT, "old mill"),
    "time": (TIME, "14:30"),
    "unanswerable": (NOTHING, "unanswerable"),
    "yesno": (YES, "yes"),
}


def test_every_type_is_tried():
    assert set(ANSWERS) == set(KEY_TYPES)
    assert {key["type"] for key, _ in RIGHT} == {key["type"] for key, _ in WRONG} == set(KEY_TYPES)


@pytest.mark.parametrize(("key", "text"), RIGHT)
def test_right_answers(key, text):
    score = match(text, key)
    assert score.value == 1.0, score.why


@pytest.mark.parametrize(("key", "text"), FALSE_POSITIVES + WRONG)
def test_wrong_answers(key, text):
    score = match(text, key)
    assert score.value == 0.0, score.why
    assert score.why
    assert "\n" not in score.why


@pytest.mark.parametrize("name", sorted(KEY_TYPES))
@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_around_the_right_answer(name, cheat):
    key, answer = ANSWERS[name]
    assert match(answer, key).value == 1.0
    assert match(cheat.replace("ANSWER", answer), key).value == 0.0


@pytest.mark.parametrize("name", sorted(set(KEY_TYPES) - {"unanswerable"}))
@pytest.mark.parametrize("refusal", ["unanswerable", "not present", "cannot be determined", "not visible"])
def test_a_refusal_is_wrong_where_there_is_an_answer(name, refusal):
    score = match(refusal, ANSWERS[name][0])
    assert score.value == 0.0
    assert "refusal" in score.why


def test_letter_of_an_option_that_is_not_there():
    assert match("C", {"type": "choice", "value": "B", "options": ["x", "y"]}).value == 0.0


KEYS = [key for key, _ in ANSWERS.values()] + [
    {"type": "choice", "value": "C"},
    {**CODE, "dash_insensitive": True},
]
CROWDED = st.text(alphabet="0123456789.,-+/:%$ eEkmsBb()[]aptorndAB²½°\u0660\ud800\x00;'\"", max_size=40)


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(st.text(max_size=80), CROWDED), key=st.sampled_from(KEYS))
def test_no_text_raises(text, key):
    score = match(text, key)
    assert score.value in (0.0, 1.0)
    assert score == match(text, key)


@settings(max_examples=200, deadline=None)
@given(number=st.integers(-(10**9), 10**9), other=st.integers(-(10**9), 10**9))
def test_integers_are_equal_or_wrong(number, other):
    key = {"type": "int", "value": number}
    assert match(f"{number:,}", key).value == 1.0
    assert match(str(other), key).value == float(number == other)
    assert match(f"{number} {other}", key).value == 0.0


BROKEN = [
    (None, "mapping"),
    ("B", "mapping"),
    ({}, "unknown type None"),
    ({"type": "choise", "value": "B"}, "Did you mean 'choice'"),
    ({"type": ["int"], "value": 1}, "unknown type"),
    ({"type": "number", "valeu": 3}, "Did you mean 'value'"),
    ({"type": "int"}, "'value' of type 'int' is missing"),
    ({"type": "int", "value": 3, "unit": "m"}, "unknown field 'unit'"),
    ({"type": "int", "value": True}, "integer"),
    ({"type": "int", "value": "3"}, "integer"),
    ({"type": "choice", "value": "b"}, "capital letter"),
    ({"type": "choice", "value": "AB"}, "capital letter"),
    ({"type": "choice", "value": "C", "options": ["x", "y"]}, "past the last"),
    ({"type": "choice", "value": "A", "options": ["x"]}, "2 to 26"),
    ({"type": "choice", "value": "A", "options": None}, "2 to 26"),
    ({"type": "choice", "value": "A", "options": ["x", 3]}, "2 to 26"),
    ({"type": "code", "value": ""}, "letters or digits"),
    ({"type": "code", "value": "A1", "dash_insensitive": "yes"}, "true or false"),
    ({"type": "number", "value": float("nan")}, "finite"),
    ({"type": "number", "value": 10**400}, "finite"),
    ({"type": "number", "value": 3, "rtol": -1}, "rtol"),
    ({"type": "number", "value": 3, "unit": "metrs"}, "Did you mean 'metres'"),
    ({"type": "date", "value": "1 March 2024"}, "YYYY-MM-DD"),
    ({"type": "date", "value": "2024-02-30"}, "YYYY-MM-DD"),
    ({"type": "time", "value": "2 pm"}, "HH:MM"),
    ({"type": "time", "value": "25:00"}, "HH:MM"),
    ({"type": "interval", "value": [3, 1]}, "low <= high"),
    ({"type": "interval", "value": 3}, "low <= high"),
    ({"type": "set", "value": []}, "list of texts"),
    ({"type": "set", "value": ["a, b"]}, "comma"),
    ({"type": "set", "value": ["red", "Red."]}, "twice"),
    ({"type": "text", "value": "..."}, "at least one word"),
    ({"type": "text", "value": "red", "aliases": "rot"}, "aliases"),
    ({"type": "text", "value": "not visible"}, "unanswerable"),
    ({"type": "yesno", "value": "maybe"}, "'yes' or 'no'"),
    ({"type": "bbox", "value": [0, 0, 1]}, "x0 < x1"),
    ({"type": "bbox", "value": [1, 0, 1, 2]}, "x0 < x1"),
    ({"type": "bbox", "value": [0, 0, 1, 1], "iou": 0}, "iou"),
    ({"type": "unanswerable", "value": ""}, "unknown field 'value'"),
]


@pytest.mark.parametrize(("key", "says"), BROKEN)
def test_broken_keys_are_named(key, says):
    with pytest.raises(UsageError) as raised:
        check_key(key)
    assert says in str(raised.value)
    with pytest.raises(UsageError):
        match("3", key)


def test_the_examples_of_the_types_are_valid():
    for kind in KEY_TYPES.values():
        check_key(kind.example)
