"""By what anybody or anything can be found: names as they are spoken, numbers, descriptions."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Happening, Named
from services.mash.views.nodes import BESIDE, SUSPECTED
from shared.contracts.mentions import (
    OrganisationDetails,
    PersonIdentity,
    PhoneDetails,
    PlaceDetails,
    VehicleDetails,
)
from shared.projecting.facts import Fact, Term
from shared.reference import phones, vehicles

LONGEST = 500
"""Characters of a term: an index takes no more than about 2,700 bytes, and an event that does not
fit would be put aside."""

DAY = len("2015-03-27")

_LETTERS = re.compile(r"[^a-z0-9]+")


def spoken(name: str) -> str:
    """A name without case, accents and punctuation: O'Neill and o neill are one spelling."""
    plain = name.replace("'", "").replace("\u2019", "")
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _LETTERS.sub(" ", plain.casefold()).strip()


def terms_of(fact: Fact) -> list[Term]:
    """The terms of whoever or whatever a report names; facts of other kinds have none.

    People who are accused are found by terms of kinds of their own, so that no search of children
    finds a child by an accusation, and no search of suspects by what is reported of a child.
    """
    if fact.kind == "happening":
        return _standing(fact)
    if fact.kind == "intelligence":
        report_id = msgspec.json.decode(fact.value, type=_OfReport).report_id
        return [Term(fact.mention_id, REPORT, str(report_id))]
    if fact.kind != "named":
        return []
    named = msgspec.json.decode(fact.value, type=Named)
    content = named.details.opened
    if content is None or named.kind not in _TERMS:
        return []
    found = terms_in(named.kind, named.role, content)
    if named.kind == "place":
        # By day, so that the places of a period are found without reading all places.
        found.add(("place-day", f"{fact.occurred_at[:DAY]}|{named.role}"))
    return [Term(fact.mention_id, kind, value) for kind, value in sorted(found)]


REPORT = "intelligence-report"
"""By its id an information report's mentions are found; no search of people or things uses it."""


class _OfReport(Struct, frozen=True):
    report_id: UUID


LOOKED_AFTER = "looked-after"
"""By which authority a child is, or was, looked after: its code, or whose status says that it is
responsible. So a table of all of them reads no other child."""

_OF_A_STATUS = b'{"what":"status-'
"""How such a fact begins: a rebuild looks at every fact, and decodes no more than it must."""


class _Looked(Struct, frozen=True):
    kind: str | None = None
    responsible: str | None = None


def _standing(fact: Fact) -> list[Term]:
    if not fact.value.startswith(_OF_A_STATUS):
        return []
    data = msgspec.json.decode(fact.value, type=Happening).data
    said = msgspec.json.decode(data, type=_Looked)
    if said.kind != LOOKED_AFTER:
        return []
    authorities = sorted({fact.agency, said.responsible or fact.agency})
    return [Term(fact.mention_id, LOOKED_AFTER, authority) for authority in authorities]


def terms_in(kind: str, role: str, content: msgspec.Raw) -> set[tuple[str, str]]:
    """The terms, as (kind, value), of somebody or something that a report describes so."""
    return {(term, value[:LONGEST]) for term, value in _TERMS[kind](content, role) if value}


Terms = Iterator[tuple[str, str]]


def _of_person(content: msgspec.Raw, role: str) -> Terms:
    identity = msgspec.json.decode(content, type=PersonIdentity)
    names = [spoken(name.full) for name in identity.names]
    if role not in SUSPECTED:
        yield from (("name", name) for name in names)
        if identity.date_of_birth is not None:
            yield ("born", identity.date_of_birth)
    if role in BESIDE:
        yield from (("beside-name", name) for name in names)
        if identity.date_of_birth is not None:
            yield ("beside-born", identity.date_of_birth)
        if identity.description is not None:
            yield ("beside-description", spoken(identity.description))


def _of_place(content: msgspec.Raw, _role: str) -> Terms:
    place = msgspec.json.decode(content, type=PlaceDetails)
    if place.name is not None:
        yield ("place-name", spoken(place.name))
    if place.address:
        yield ("place-address", spoken(" ".join(place.address)))
    if place.postcode is not None:
        yield ("postcode", place.postcode.replace(" ", "").upper())
    if place.uprn is not None:
        yield ("uprn", place.uprn)
    if place.type is not None:
        yield ("premises-type", place.type)


def _of_vehicle(content: msgspec.Raw, _role: str) -> Terms:
    vehicle = msgspec.json.decode(content, type=VehicleDetails)
    if vehicle.registration is not None:
        try:
            yield ("registration", vehicles.registration(vehicle.registration))
        except ValueError:
            yield ("registration", spoken(vehicle.registration))
    if vehicle.make is not None:
        yield ("vehicle-make", vehicles.make(vehicle.make))
    if vehicle.colour is not None:
        yield ("vehicle-colour", vehicles.colour(vehicle.colour))


def _of_phone(content: msgspec.Raw, _role: str) -> Terms:
    phone = msgspec.json.decode(content, type=PhoneDetails)
    if phone.number is not None:
        yield ("phone-number", digits_of(phone.number))


def digits_of(number: str) -> str:
    """A telephone number as it is searched: its own form where it is whole, else its digits."""
    try:
        return phones.phone_number(number)
    except ValueError:
        return _DIGITS.sub("", number)


def _of_organisation(content: msgspec.Raw, _role: str) -> Terms:
    organisation = msgspec.json.decode(content, type=OrganisationDetails)
    if organisation.name is not None:
        yield ("organisation-name", spoken(organisation.name))


_DIGITS = re.compile(r"[^0-9]+", re.ASCII)
_TERMS: dict[str, Callable[[msgspec.Raw, str], Terms]] = {
    "person": _of_person,
    "place": _of_place,
    "vehicle": _of_vehicle,
    "phone": _of_phone,
    "organisation": _of_organisation,
}
