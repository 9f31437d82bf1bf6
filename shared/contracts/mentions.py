"""Mentions: what one report says about one person, place or thing, exactly as that agency said it.

A mention is immutable and carries a *role in that report*, never a type of person: the same child
may be the victim in one report and suspected in another. Which subject it is about is decided
elsewhere (links), and can be undone; the mention does not change.
"""

from typing import Any, Literal, cast
from uuid import UUID

from msgspec import Struct, structs

from shared.contracts.context import Handling
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

PersonRole = Literal[
    "child", "perpetrator", "associate", "carer", "witness", "professional", "seen_with",
    "searched_for", "concerned",
]  # fmt: skip
PlaceRole = Literal[
    "missing_from", "last_seen_at", "found_at", "seen_at", "lives_at", "said_visited", "frequents",
    "premises", "placed_at",
]  # fmt: skip
VehicleRole = Literal["seen_in", "owned_by", "travelled_in"]
PhoneRole = Literal["used_by"]
OrganisationRole = Literal["premises", "employer", "school", "placement", "licensed_service"]

NameUse = Literal["known", "birth", "alias", "nickname", "previous", "online"]
Sex = Literal["female", "male", "other", "unknown", "not-recorded"]
IdentifierScheme = Literal["nhs-number", "upn", "la-child-id", "force-person-id"]


class PersonName(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name as it was given. One full name fits most people; parts only where they were given."""

    full: str
    given: str | None = None
    family: str | None = None
    use: NameUse = "known"


class Identifier(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number by which some authority knows a person.

    Attributes:
        issuer: whose numbering it is, where the scheme is local (`la-child-id`,
            `force-person-id`): an agency code. A national scheme has none.
        verified: somebody checked that it is this person's, not only that its check digit is
            right. A valid check digit never proves that it is the right child.
    """

    scheme: IdentifierScheme
    value: str
    issuer: str | None = None
    verified: bool = False


class Ethnicity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An ethnicity code in the scheme it was recorded in; schemes are never mapped silently."""

    scheme: str
    code: str


@content(1, FieldClass.IDENTITY)
class PersonIdentity(SealedContent, frozen=True, kw_only=True):
    """Who a person is, as one report says.

    Attributes:
        date_of_birth: `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where no more is known.
        date_of_birth_basis: how it is known. The 15th of a month is often a guess.
        age_from, age_to: years, where only an age was given or estimated.
        description: appearance and anything else that tells a person apart who has no name yet.
    """

    names: tuple[PersonName, ...] = ()
    date_of_birth: str | None = None
    date_of_birth_basis: Literal["documented", "stated", "estimated"] | None = None
    age_from: int | None = None
    age_to: int | None = None
    sex: Sex = "not-recorded"
    gender: str | None = None
    ethnicity: Ethnicity | None = None
    identifiers: tuple[Identifier, ...] = ()
    description: str | None = None


@content(2, FieldClass.WHEREABOUTS)
class PlaceDetails(SealedContent, frozen=True, kw_only=True):
    """Where, as one report says. A place may have no address: a park, a taxi, a web site.

    Attributes:
        uprn: Unique Property Reference Number, at most 12 digits.
        type: dwelling, hotel, park, takeaway and so on: a code, where the report gave one.
    """

    name: str | None = None
    address: tuple[str, ...] = ()
    postcode: str | None = None
    uprn: str | None = None
    type: str | None = None
    description: str | None = None


@content(3, FieldClass.IDENTITY)
class VehicleDetails(SealedContent, frozen=True, kw_only=True):
    """A vehicle, as one report says.

    Attributes:
        registration: as seen, without spaces; a part of it is common and worth keeping.
        registration_is_partial: it is only a part.
    """

    registration: str | None = None
    registration_is_partial: bool = False
    make: str | None = None
    model: str | None = None
    colour: str | None = None
    description: str | None = None


@content(4, FieldClass.CONTACT)
class PhoneDetails(SealedContent, frozen=True, kw_only=True):
    """A phone, as one report says."""

    number: str | None = None
    description: str | None = None


@content(5, FieldClass.IDENTITY)
class OrganisationDetails(SealedContent, frozen=True, kw_only=True):
    """A school, a home, a business, as one report says."""

    name: str | None = None
    description: str | None = None


class MentionBase(Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every mention holds.

    Attributes:
        of: the mention that this one belongs to: whose home, whose phone, who was in the car.
        handling: who may see it; stricter than its event's where the report says so.
    """

    mention_id: UUID
    of: UUID | None = None
    handling: Handling = "P"


class PersonMention(MentionBase, frozen=True, kw_only=True, tag="person"):
    """A person, named or not."""

    role: PersonRole
    identity: Sealed[PersonIdentity] | None = None


class PlaceMention(MentionBase, frozen=True, kw_only=True, tag="place"):
    """A place, with an address or without."""

    role: PlaceRole
    place: Sealed[PlaceDetails] | None = None


class VehicleMention(MentionBase, frozen=True, kw_only=True, tag="vehicle"):
    """A vehicle."""

    role: VehicleRole
    vehicle: Sealed[VehicleDetails] | None = None


class PhoneMention(MentionBase, frozen=True, kw_only=True, tag="phone"):
    """A phone."""

    role: PhoneRole
    phone: Sealed[PhoneDetails] | None = None


class OrganisationMention(MentionBase, frozen=True, kw_only=True, tag="organisation"):
    """An organisation."""

    role: OrganisationRole
    organisation: Sealed[OrganisationDetails] | None = None


Mention = PersonMention | PlaceMention | VehicleMention | PhoneMention | OrganisationMention


MentionKind = Literal["person", "place", "vehicle", "phone", "organisation"]


def kind_of(mention: Mention) -> MentionKind:
    """`person`, `place`, `vehicle`, `phone` or `organisation`."""
    return cast("MentionKind", type(mention).__struct_config__.tag)


def restated(mention: Mention, mention_id: UUID, *, of: UUID | None) -> Mention:
    """The same under a new id, its fields to be sealed anew; what cannot be read is left out.

    Args:
        mention: opened.
        mention_id: the new one's.
        of: the mention that it belongs to from now on.
    """
    changes: dict[str, Any] = {"mention_id": mention_id, "of": of}
    for name in mention.__struct_fields__:
        field = getattr(mention, name)
        if isinstance(field, Sealed):
            opened = field.opened
            changes[name] = Sealed.of(mention_id, opened) if opened is not None else None
    return structs.replace(mention, **changes)
