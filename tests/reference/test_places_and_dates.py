"""Postcodes and partial dates: every form, and what must hold for any text at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference.partial_dates import earliest, latest
from shared.reference.postcodes import normalised


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("m11aa", "M1 1AA"),
        ("M60 1NW", "M60 1NW"),
        ("W1A 1HQ", "W1A 1HQ"),
        ("cr2 6xh", "CR2 6XH"),
        ("DN55 1PT", "DN55 1PT"),
        ("EC1A1BB", "EC1A 1BB"),
        (" s y 3  8 h q ", "SY3 8HQ"),
        ("gir 0aa", "GIR 0AA"),
        ("ZZ99 3VZ", "ZZ99 3VZ"),
        ("zz993cz", "ZZ99 3CZ"),
        ("BFPO 1", "BFPO 1"),
        ("bfpo1234", "BFPO 1234"),
        ("M1\u00a01AA", "M1 1AA"),
    ],
)
def test_a_postcode_has_one_normal_form(value: str, expected: str) -> None:
    assert normalised(value) == expected
    assert normalised(expected) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", "M1", "1M 1AA", "M1 1A", "M1 1AAA", "M1 1CA", "M1 1AI", "M1 1AO", "ABC1 1AA",
        "M111 1AA", "M1 AAA", "BFPO", "BFPO 12345", "ZZ99 VZ",
        "ſ1 1AA", "M1 1Aſ", "M１ 1AA", "M1-1AA",
    ],
)  # fmt: skip
def test_what_cannot_be_a_postcode_is_refused(value: str) -> None:
    with pytest.raises(ValueError) as refused:
        normalised(value)
    assert not value or value not in str(refused.value)


@given(st.one_of(st.from_regex(r"[A-Za-z]{1,2}[0-9]{1,2} ?[0-9][A-Za-z]{2}"), st.text(max_size=9)))
def test_normalising_a_postcode_twice_is_normalising_it_once(value: str) -> None:
    try:
        once = normalised(value)
    except ValueError:
        return
    assert normalised(once) == once
    assert once.isascii()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2001-02-15", date(2001, 2, 15), date(2001, 2, 15)),
        ("2001-02", date(2001, 2, 1), date(2001, 2, 28)),
        ("2004-02", date(2004, 2, 1), date(2004, 2, 29)),
        ("2001", date(2001, 1, 1), date(2001, 12, 31)),
        ("2004-02-29", date(2004, 2, 29), date(2004, 2, 29)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_partial_date_means_a_span_of_days(text: str, first: date, last: date) -> None:
    assert (earliest(text), latest(text)) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "", "2001-00", "2001-13", "2001-02-00", "2001-02-30", "2003-02-29", "0000", "0000-01",
        "2001-2", "01-02-2001", "15/02/2001", "2001-02-15T00:00", "2001-02-15\n", "2001\n",
        "２００１", "-2001", "20011", "2001-",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    for read in (earliest, latest):
        with pytest.raises(ValueError) as refused:
            read(text)
        assert not text or text not in str(refused.value)


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_a_day_lies_within_its_month_and_year(day: date, length: int) -> None:
    text = day.isoformat()[:length]

    assert earliest(text) <= day <= latest(text)
    assert earliest(text).isoformat()[:length] == latest(text).isoformat()[:length] == text
    if latest(text) < date.max:
        assert (latest(text) + timedelta(days=1)).isoformat()[:length] != text


@given(st.text(alphabet="0123456789-\n ٣", max_size=12))
def test_any_text_is_a_span_or_a_refusal(text: str) -> None:
    try:
        first = earliest(text)
    except ValueError:
        with pytest.raises(ValueError):
            latest(text)
        return
    assert first <= latest(text)
