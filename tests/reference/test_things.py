"""Premises, vehicles and phones: every form, and what must hold for any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import phones, vehicles
from shared.reference.postcodes import is_pseudo
from shared.reference.premises import LICENSED, PREMISES_TYPES, WITHOUT_ADDRESS, premises_key


def test_the_kinds_of_place_that_the_report_names_have_a_code() -> None:
    named = {
        "dwelling", "hotel", "park", "childrens-home", "shopping-centre", "cafe", "takeaway", "pub",
        "bus-station", "railway-station", "taxi-rank", "taxi-office", "school", "newsagent",
        "off-licence", "licensed-premises", "party-house", "online",
    }  # fmt: skip
    assert named <= set(PREMISES_TYPES)
    assert {"newsagent", "takeaway", "pub", "off-licence", "taxi"} <= LICENSED <= {*PREMISES_TYPES}
    assert set(PREMISES_TYPES) > WITHOUT_ADDRESS
    assert len(set(PREMISES_TYPES)) == len(PREMISES_TYPES)


PC = "NV1 2AB"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, ("12 Quay Street",), PC), (None, ("12, QUAY ST.", "Northvale"), "nv12ab")),
        ((None, ("Flat 2, 12 Quay Street",), PC), (None, ("flat 2", "12 Quay Street"), PC)),
        (("Harbour Lodge", (), PC), ("HARBOUR  LODGE", ("Quay Street", "Northvale"), PC)),
        (("O'Dell's", ("3 Quay Street",), PC), ("ODells", ("3 Quay Street",), PC)),
        (
            (None, ("Rose Cottage", "Mill Lane"), PC),
            (None, ("Rose Cottage", "Mill Lane", "Northvale"), PC),
        ),
    ],
)
def test_two_ways_to_write_the_same_premises_have_one_key(one: object, other: object) -> None:
    assert premises_key(*one) is not None  # type: ignore[misc]
    assert premises_key(*one) == premises_key(*other)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, ("12 Quay Street",), PC), (None, ("14 Quay Street",), PC)),
        ((None, ("12 Quay Street",), PC), (None, ("12a Quay Street",), PC)),
        ((None, ("Flat 1, 12 Quay Street",), PC), (None, ("Flat 2, 12 Quay Street",), PC)),
        ((None, ("Flat 1, 12 Quay Street",), PC), (None, ("12 Quay Street",), PC)),
        ((None, ("12 Quay Street",), PC), (None, ("12 Quay Street",), "NV1 2AD")),
        (("Star Kebab", ("12 Quay Street",), PC), (None, ("12 Quay Street",), PC)),
        (("Star Kebab", ("12 Quay Street",), PC), ("Sun Nails", ("12 Quay Street",), PC)),
    ],
)
def test_a_neighbour_a_flat_or_another_business_is_not_the_same(one: object, other: object) -> None:
    assert premises_key(*one) != premises_key(*other)  # type: ignore[misc]


@pytest.mark.parametrize(
    "place",
    [
        (None, (), PC),
        (None, ("Quay Street",), PC),
        (None, ("Quay Street", "Northvale"), PC),
        (None, ("Northvale",), PC),
        ("Harbour Lodge", ("12 Quay Street",), None),
        ("Harbour Lodge", ("12 Quay Street",), "ZZ99 3VZ"),
        ("Harbour Lodge", ("12 Quay Street",), "somewhere"),
        ("...", (), PC),
    ],
)
def test_what_many_places_share_is_no_key(place: object) -> None:
    assert premises_key(*place) is None  # type: ignore[misc]


def test_pseudo_postcodes_stand_for_no_place() -> None:
    assert is_pseudo("ZZ99 3VZ")
    assert not is_pseudo("ZE1 0AA")


@pytest.mark.parametrize(
    ("value", "normal", "full"),
    [
        ("ab12 cde", "AB12CDE", True),
        ("A123 BCD", "A123BCD", True),
        ("a1 bcd", "A1BCD", True),
        ("ABC 123D", "ABC123D", True),
        ("abc-1d", "ABC1D", True),
        ("AIZ 1234", "AIZ1234", True),
        ("1234 AZ", "1234AZ", True),
        ("BX12", "BX12", False),
        ("12 CDE", "12CDE", False),
        ("AB12 CD", "AB12CD", False),
        ("AB12 CDEF", "AB12CDEF", False),
        ("AB1? CDE", "AB1?CDE", False),
        ("AB1*", "AB1?", False),
        ("1 A", "1A", False),
    ],
)
def test_a_registration_has_one_form_and_a_part_is_known_for_a_part(
    value: str, normal: str, full: bool
) -> None:
    assert vehicles.registration(value) == normal
    assert vehicles.is_full(normal) is full


@pytest.mark.parametrize("value", ["", "   ", "AB12;DROP", "ÅB12 CDE", "ſB12CDE", "A" * 13])
def test_what_cannot_be_a_registration_is_refused(value: str) -> None:
    with pytest.raises(ValueError) as refused:
        vehicles.registration(value)
    assert not value.strip() or value not in str(refused.value)


@given(st.text(max_size=14))
def test_the_form_of_a_registration_is_stable(value: str) -> None:
    try:
        once = vehicles.registration(value)
    except ValueError:
        return
    assert vehicles.registration(once) == once
    assert once.isascii()


@given(st.from_regex(r"\A[A-Z]{2}[0-9]{2}[A-Z]{3}\Z"), st.integers(0, 6), st.integers(1, 7))
def test_every_part_of_a_plate_may_be_that_plate(plate: str, start: int, length: int) -> None:
    part = plate[start : start + length]
    assert vehicles.may_be(part, plate)
    assert vehicles.may_be("?" + part[1:], plate)
    assert vehicles.is_full(part) is (part == plate) or start > 0


def test_a_part_with_another_letter_is_another_plate() -> None:
    assert vehicles.may_be("BX12", "BX12ABC")
    assert vehicles.may_be("B?12", "BX12ABC")
    assert not vehicles.may_be("BX13", "BX12ABC")
    assert not vehicles.may_be("BX12ABCD", "BX12ABC")


def test_makes_and_colours_have_one_name() -> None:
    assert vehicles.make("VW") == vehicles.make(" volkswagen ") == "volkswagen"
    assert vehicles.make("Mercedes  Benz") == vehicles.make("merc") == "mercedes-benz"
    assert vehicles.make("Wartburg") == "wartburg"
    assert vehicles.colour("Gray") == vehicles.colour("dark grey") == "grey"
    for make in vehicles.MAKES.values():
        assert vehicles.make(make) == make or make == "mercedes-benz"
    for colour in vehicles.COLOURS.values():
        assert vehicles.colour(colour) == colour


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 7700 900123", "+447700900123"),
        ("+44 (0)7700 900-123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("01632 960088", "+441632960088"),
        ("(01632) 96008", "+44163296008"),
        ("020 7946 0958", "+442079460958"),
        ("+353 1 234 5678", "+35312345678"),
    ],
)
def test_a_phone_number_has_one_form(value: str, expected: str) -> None:
    assert phones.phone_number(value) == expected
    assert phones.phone_number(expected) == expected


@pytest.mark.parametrize(
    "value",
    ["", "999", "456", "555777", "07800 55577", "07800 5557777", "unknown", "٠٧٧٠٠٩٠٠١٢٣", "+0123"],
)
def test_part_of_a_number_is_none(value: str) -> None:
    with pytest.raises(ValueError) as refused:
        phones.phone_number(value)
    assert not value or value not in str(refused.value)


@given(st.text(alphabet="0123456789+() -", max_size=20))
def test_the_form_of_a_phone_number_is_stable(value: str) -> None:
    try:
        once = phones.phone_number(value)
    except ValueError:
        return
    assert phones.phone_number(once) == once
