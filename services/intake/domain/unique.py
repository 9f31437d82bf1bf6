"""What the rules may look at of a mention: what is unique to one person or thing. Pure."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from services.intake.domain.register import NewMention, StrongIdentifier
from shared.contracts.mentions import (
    Mention,
    OrganisationMention,
    PersonIdentity,
    PersonMention,
    PhoneDetails,
    PhoneMention,
    PlaceDetails,
    PlaceMention,
    VehicleDetails,
    VehicleMention,
    kind_of,
)
from shared.contracts.sealed import SealedContent
from shared.reference import identifiers, phones, vehicles
from shared.reference.premises import premises_key

NATIONAL = frozenset({"nhs-number", "upn"})
"""Schemes with one numbering for the whole country."""


def new_mention(
    mention: Mention, *, same_as: UUID | None = None, report: UUID | None = None
) -> NewMention:
    """What the rules may look at, in normal form.

    A value that is not a valid one of its scheme proves nothing and is left out; so is a local
    number without its issuer, and whatever was erased meanwhile.

    Args:
        mention: the mention, opened as far as intake may.
        same_as: an earlier mention that the agency itself says it is.
        report: the report whose other versions may describe it again.
    """
    content = _content(mention)
    found: dict[StrongIdentifier, None] = {}
    apart: tuple[StrongIdentifier, ...] = ()
    match content:
        case PersonIdentity():
            found.update(dict.fromkeys(_of_person(content)))
        case PlaceDetails():
            found.update(dict.fromkeys(_of_place(content)))
            apart = _apart(tuple(found))
        case VehicleDetails():
            found.update(dict.fromkeys(_of_vehicle(content)))
        case PhoneDetails():
            found.update(dict.fromkeys(_of_phone(content)))
    if report is not None and content is not None and content != type(content)():
        words = f"{mention.role}|{msgspec.json.encode(content, order='sorted').decode()}"
        found[StrongIdentifier("same-words", str(report), words)] = None
    return NewMention(mention.mention_id, kind_of(mention), tuple(found), apart, same_as)


def _content(mention: Mention) -> SealedContent | None:
    match mention:
        case PersonMention():
            return mention.identity.opened if mention.identity is not None else None
        case PlaceMention():
            return mention.place.opened if mention.place is not None else None
        case VehicleMention():
            return mention.vehicle.opened if mention.vehicle is not None else None
        case PhoneMention():
            return mention.phone.opened if mention.phone is not None else None
        case OrganisationMention():
            return mention.organisation.opened if mention.organisation is not None else None


def _of_person(identity: PersonIdentity) -> Iterator[StrongIdentifier]:
    for given in identity.identifiers:
        if not given.verified:
            continue
        try:
            value = identifiers.normalised(given.scheme, given.value)
        except ValueError:
            continue
        # A national number is one numbering, whoever is said to have issued it.
        issuer = "" if given.scheme in NATIONAL else given.issuer
        if issuer is not None:
            yield StrongIdentifier(given.scheme, issuer, value)


def _of_place(place: PlaceDetails) -> Iterator[StrongIdentifier]:
    if place.uprn is not None:
        try:
            number = identifiers.normalised_uprn(place.uprn)
        except ValueError:
            pass
        else:
            if number != "0":
                yield StrongIdentifier("uprn", "", number)
    key = premises_key(place.name, place.address, place.postcode)
    if key is not None:
        yield StrongIdentifier("premises", "", key)


def _apart(found: tuple[StrongIdentifier, ...]) -> tuple[StrongIdentifier, ...]:
    """Premises whose property number is given: of two numbers at one address, one is another's."""
    schemes = {identifier.scheme: identifier for identifier in found}
    if "uprn" not in schemes or "premises" not in schemes:
        return ()
    return (StrongIdentifier("premises", "numbered", schemes["premises"].value),)


def _of_vehicle(vehicle: VehicleDetails) -> Iterator[StrongIdentifier]:
    if vehicle.registration is None or vehicle.registration_is_partial:
        return
    try:
        plate = vehicles.registration(vehicle.registration)
    except ValueError:
        return
    if vehicles.is_full(plate):
        yield StrongIdentifier("registration", "", plate)


def _of_phone(phone: PhoneDetails) -> Iterator[StrongIdentifier]:
    if phone.number is None:
        return
    try:
        yield StrongIdentifier("phone-number", "", phones.phone_number(phone.number))
    except ValueError:
        return
