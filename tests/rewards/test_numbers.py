"""Figures in running text: every usual spelling of one value, and what is none."""

import pytest

from eyesmith.rewards.numbers import figures, is_digits_of, is_same


def read(text):
    return [(figure.value, figure.unit) for figure in figures(text)]


def one(text):
    (found,) = figures(text)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "EUR 212.6 million",
        "EUR 212.6 m",
        "€212.6m",
        "€ 212.6 mn",
        "212.6 million euros",
        "212.6 MILLION EUROS",
        "212.6 EUR m",
        "EUR 212,600,000",
        "€212,600k",
        "EUR 212\u00a0600\u00a0000",
        "EUR 212\u202f600\u202f000",
        "EUR 212'600'000",
        "€0.2126bn",
        "212,6 Mio EUR".replace("Mio EUR", "mio EUR"),
        "EUR 212.6-million",
        "+€212.6 million",
    ],
)
def test_spellings_of_an_amount(text):
    assert is_same(one("EUR 212.6 million"), one(text))


@pytest.mark.parametrize(
    "text",
    ["USD 212.6 million", "EUR 212.6", "EUR 212.6 thousand", "212.6 million", "EUR 213 million", "212.6%"],
)
def test_what_is_another_amount(text):
    assert not is_same(one("EUR 212.6 million"), one(text))


@pytest.mark.parametrize(
    "text", ["8.4%", "8.4 %", "8,4 %", "8.4 percent", "8.4 per cent", "\N{MINUS SIGN}8.4 %", "+8.4%"]
)
def test_spellings_of_a_percentage(text):
    assert is_same(one("8.4%"), one(text))


@pytest.mark.parametrize("text", ["8.4", "84%", "8.40 pp", "8.4 percentage points", "8.5%"])
def test_what_is_another_percentage(text):
    assert not is_same(one("8.4%"), one(text))


@pytest.mark.parametrize(
    "text",
    [
        "14 March 2026",
        "14 Mar 2026",
        "14th of March 2026",
        "March 14, 2026",
        "2026-03-14",
        "14.03.2026",
        "14/3/2026",
    ],
)
def test_spellings_of_a_date(text):
    assert read(text) == [(20260314.0, "date")]


def test_a_date_without_its_year_is_the_date_of_any_year():
    assert is_same(one("14 March 2026"), one("14 March"))
    assert not is_same(one("14 March 2026"), one("14 March 2025"))
    assert not is_same(one("14 March 2026"), one("15 March"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,240 and 8,4 and 1.234,5 and 1.234.567", [1240.0, 8.4, 1234.5, 1234567.0]),
        ("B2B, Q3, v2.4.1, A4, COVID-19, FY2026, H1", []),
        ("in 2026, 412 people", [2026.0, 412.0]),
        ("10\N{EN DASH}15 %", [10.0, 15.0]),
        ("sites \N{EN DASH} 4 of them", [4.0]),
        ("3, 4, 5", [3.0, 4.0, 5.0]),
        ("42 m of pipe", [42.0]),
        (".5 and 0.25", [0.5, 0.25]),
        ("The march of 30 may end", [30.0]),
        ("", []),
    ],
)
def test_which_figures_a_text_has(text, values):
    assert [value for value, _ in read(text)] == values


def test_units_of_doubtful_figures():
    assert (10.0, "%") in figures("10-15%")[0].readings
    assert figures("4.2m visitors")[0].readings == ((4.2e6, ""), (4.2, ""))
    assert (24.0, "") in figures("January 24 weeks")[0].readings
    assert read("by 2027") == [(2027.0, "year")]
    assert read("2,027 shops") == [(2027.0, "")]


@pytest.mark.parametrize(
    ("text", "sign"),
    [("-4.1%", -1), ("\N{MINUS SIGN}£238,000", -1), ("£-1.2 bn", -1), ("+3", 1), ("±3", 0), ("a-3", None)],
)
def test_signs(text, sign):
    assert [figure.sign for figure in figures(text)] == ([] if sign is None else [sign])


def test_two_written_signs_must_agree():
    assert not is_same(one("-4.1%"), one("+4.1%"))
    assert is_same(one("-4.1%"), one("4.1%"))


def test_numbers_in_words_are_found_only_when_asked_for():
    assert read("three of twelve sites") == []
    assert [figure.value for figure in figures("three of twelve sites", words=True)] == [3.0, 12.0]


def test_bare_digits_of_a_figure():
    assert is_digits_of(one("EUR 212.6 m"), one("212.6"))
    assert not is_digits_of(one("EUR 212.6 m"), one("212.6%"))
    assert not is_digits_of(one("14 March 2026"), one("14"))


def test_positions_and_text_are_those_of_the_source():
    text = "Costs: \N{MINUS SIGN}£1.2bn by 14 March 2026, that is 8,4 %."
    assert [text[figure.start : figure.end] for figure in figures(text)] == [
        "\N{MINUS SIGN}£1.2bn",
        "14 March 2026",
        "8,4 %",
    ]
    assert all(figure.text == text[figure.start : figure.end] for figure in figures(text))


@pytest.mark.parametrize(
    "text", ["1" * 5000, "1," * 5000, "€" * 5000, "-" * 5000 + "3", "٣٤٥", "1e999", "\ud800 5"]
)
def test_hostile_texts_are_read_quickly(text):
    assert len(figures(text)) <= 5000
