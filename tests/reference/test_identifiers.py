"""Numbers of people: published examples, and what must hold for any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference.identifiers import normalised, normalised_uprn

SCHEMES = ("nhs-number", "upn", "la-child-id", "force-person-id")
NEARLY = st.text(alphabet="0123456789 -ABCSſßı٣\n/_.abcs", max_size=45)
"""Text that comes close, with letters that become others in upper case."""


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        # NHS Data Dictionary, NHS NUMBER: 943 476 5919 is its example.
        ("nhs-number", "943 476 5919", "9434765919"),
        ("nhs-number", "943-476-5919", "9434765919"),
        ("nhs-number", " 9434765919 ", "9434765919"),
        ("nhs-number", "943\u00a0476\u20135919", "9434765919"),
        ("nhs-number", "4010232137", "4010232137"),
        ("upn", "B801200005001", "B801200005001"),
        ("upn", "b801 2000 05001", "B801200005001"),
        # The same serial from Dorset (838), an authority since 2019, which python-stdnum refuses.
        ("upn", "R838200005001", "R838200005001"),
        ("la-child-id", "ab 12", "AB12"),
        ("force-person-id", "nv/15_000.127-x", "NV/15_000.127-X"),
    ],
)
def test_a_number_has_one_normal_form(scheme: str, value: str, expected: str) -> None:
    assert normalised(scheme, value) == expected


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("nhs-number", "943 476 5918"),
        ("nhs-number", "943 476 591"),
        ("nhs-number", "943 476 59190"),
        ("nhs-number", "943476591X"),
        ("nhs-number", "٩٤٣٤٧٦٥٩١٩"),
        ("nhs-number", ""),
        *[("nhs-number", str(digit) * 10) for digit in range(10)],
        ("upn", "A801200005001"),
        ("upn", "B80120000500"),
        ("upn", "B8012000050012"),
        ("upn", "I801200005001"),
        ("upn", "B80120000500\n1"),
        ("upn", ""),
        ("la-child-id", ""),
        ("la-child-id", "A" * 21),
        ("la-child-id", "A-1"),
        ("la-child-id", "ß1"),
        ("force-person-id", "A" * 41),
        ("force-person-id", "ſ1"),
        ("force-person-id", "a;b"),
        ("passport", "123"),
        ("", "123"),
    ],
)
def test_what_cannot_be_one_is_refused(scheme: str, value: str) -> None:
    with pytest.raises(ValueError) as refused:
        normalised(scheme, value)
    assert not value.strip() or value not in str(refused.value)
    assert refused.value.__cause__ is None, "a library's message may hold the value"


def form_of(scheme: str, value: str) -> str | None:
    try:
        return normalised(scheme, value)
    except ValueError:
        return None


@given(st.sampled_from(SCHEMES), st.one_of(NEARLY, st.text(max_size=45)))
def test_normalising_twice_is_normalising_once(scheme: str, value: str) -> None:
    once = form_of(scheme, value)
    if once is not None:
        assert normalised(scheme, once) == once
        assert once.isascii()
        assert not any(character.isspace() for character in once)


@given(st.integers(0, 999_999_999))
def test_exactly_one_last_digit_makes_an_nhs_number_or_none(first_nine: int) -> None:
    numbers = [f"{first_nine:09}{last}" for last in range(10)]
    assert sum(form_of("nhs-number", number) is not None for number in numbers) <= 1


@given(st.sampled_from(SCHEMES), st.text(alphabet="QXZ789\x00;é", min_size=6, max_size=60))
def test_a_message_never_repeats_the_value(scheme: str, value: str) -> None:
    if form_of(scheme, value) is None:
        with pytest.raises(ValueError) as refused:
            normalised(scheme, value)
        assert value not in str(refused.value)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("value", "expected"), [("100 0123 4567", "10001234567"), ("0012", "12"), ("0", "0")]
)
def test_a_uprn_has_one_normal_form(value: str, expected: str) -> None:
    assert normalised_uprn(value) == expected


@pytest.mark.parametrize("value", ["", "1234567890123", "12a", "12\n", "١٢", "-1", "1.0"])
def test_what_cannot_be_a_uprn_is_refused(value: str) -> None:
    with pytest.raises(ValueError) as refused:
        normalised_uprn(value)
    assert not value or value not in str(refused.value).replace("12 digits", "")


@given(st.text(alphabet="0123456789 ", max_size=14))
def test_normalising_a_uprn_twice_is_normalising_it_once(value: str) -> None:
    if 1 <= len(value.replace(" ", "")) <= 12:
        once = normalised_uprn(value)
        assert normalised_uprn(once) == once
