"""People, places and things in a request, and the mentions that they become."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shared.contracts import mentions
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.sealed import Sealed
from shared.reference import identifiers, partial_dates, postcodes
from shared.reference.premises import PremisesType
from shared.web.body import Body, Code, Line, Paragraph

MAX_OF_A_KIND = 20
OLDEST = 120

Ref = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="A name within this request, so that other items can say `of` it. `child` is "
        "the child.",
    ),
]


def _partial_date(text: str) -> str:
    partial_dates.earliest(text)
    return text


PartialDate = Annotated[Line, AfterValidator(_partial_date)]
Postcode = Annotated[Line, AfterValidator(postcodes.normalised)]
Uprn = Annotated[Line, AfterValidator(identifiers.normalised_uprn)]
Registration = Annotated[str, StringConstraints(min_length=1, max_length=12, strip_whitespace=True)]


class Name(Body):
    """A name as it was given."""

    full: Line
    given: Line | None = None
    family: Line | None = None
    use: mentions.NameUse = "known"


class Identifier(Body):
    """A number by which some authority knows the person."""

    scheme: mentions.IdentifierScheme
    issuer: Code | None = Field(
        None, description="Whose number it is; needed for la-child-id and force-person-id."
    )
    verified: bool = Field(
        False, description="Somebody checked that it is this person's, beyond its check digit."
    )
    value: Line

    @field_validator("value")
    @classmethod
    def _well_formed(cls, value: str, info: ValidationInfo) -> str:
        scheme = info.data.get("scheme")
        return identifiers.normalised(scheme, value) if scheme is not None else value

    @model_validator(mode="after")
    def _issued(self) -> "Identifier":
        if self.scheme in {"la-child-id", "force-person-id"} and self.issuer is None:
            raise ValueError("say whose number it is: issuer")
        return self


class Ethnicity(Body):
    """An ethnicity code in the scheme it was recorded in."""

    scheme: Code
    code: Annotated[str, Field(min_length=1, max_length=10)]


class Person(Body):
    """Who somebody is, as your report says. Give what you have; nothing here is guessed."""

    names: list[Name] = Field(default=[], max_length=MAX_OF_A_KIND)
    date_of_birth: PartialDate | None = Field(
        None, description="YYYY-MM-DD, or YYYY-MM or YYYY where no more is known."
    )
    date_of_birth_basis: Literal["documented", "stated", "estimated"] | None = None
    age_from: int | None = Field(None, ge=0, le=OLDEST)
    age_to: int | None = Field(None, ge=0, le=OLDEST)
    sex: mentions.Sex = "not-recorded"
    gender: Line | None = None
    ethnicity: Ethnicity | None = None
    identifiers: list[Identifier] = Field(default=[], max_length=MAX_OF_A_KIND)
    description: Paragraph | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Person":
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError("age_from is more than age_to")
        return self

    def content(self) -> mentions.PersonIdentity:
        """What is sealed."""
        return mentions.PersonIdentity(
            names=tuple(mentions.PersonName(**name.model_dump()) for name in self.names),
            date_of_birth=self.date_of_birth,
            date_of_birth_basis=self.date_of_birth_basis,
            age_from=self.age_from,
            age_to=self.age_to,
            sex=self.sex,
            gender=self.gender,
            ethnicity=mentions.Ethnicity(**self.ethnicity.model_dump())
            if self.ethnicity is not None
            else None,
            identifiers=tuple(mentions.Identifier(**i.model_dump()) for i in self.identifiers),
            description=self.description,
        )


class Item(Body):
    """Somebody or something named beside the child."""

    ref: Ref | None = None
    of: Ref | None = Field(
        None, description="To whom it belongs, by `ref`: whose home, whose phone, who was with it."
    )
    handling: Handling = Field(
        "P", description="P: lawful sharing permitted. C: with conditions; shown to you only."
    )


class OtherPerson(Item):
    """A person named beside the child; named or not."""

    role: Literal["associate", "carer", "witness", "professional", "seen_with", "perpetrator"]
    person: Person


class Place(Item):
    """A place. It may have no address: a park, a taxi, a web site."""

    role: mentions.PlaceRole
    name: Line | None = None
    address: list[Line] = Field(default=[], max_length=8)
    postcode: Postcode | None = None
    uprn: Uprn | None = None
    type: PremisesType | None = Field(
        None,
        description="What kind of place it is: left out where nobody told, `other` with words in "
        "`description` where the list has it not.",
    )
    description: Paragraph | None = None


class Vehicle(Item):
    """A vehicle. Part of a registration is worth giving."""

    role: mentions.VehicleRole
    registration: Registration | None = None
    registration_is_partial: bool = False
    make: Line | None = None
    model: Line | None = None
    colour: Line | None = None
    description: Paragraph | None = None


class Phone(Item):
    """A phone."""

    role: mentions.PhoneRole = "used_by"
    number: Line | None = None
    description: Paragraph | None = None


class Organisation(Item):
    """A school, a home, a business."""

    role: mentions.OrganisationRole
    name: Line | None = None
    description: Paragraph | None = None


class Others(Body):
    """Everybody and everything that a report names beside the child."""

    people: list[OtherPerson] = Field(default=[], max_length=MAX_OF_A_KIND)
    places: list[Place] = Field(default=[], max_length=MAX_OF_A_KIND)
    vehicles: list[Vehicle] = Field(default=[], max_length=MAX_OF_A_KIND)
    phones: list[Phone] = Field(default=[], max_length=MAX_OF_A_KIND)
    organisations: list[Organisation] = Field(default=[], max_length=MAX_OF_A_KIND)

    def mentions(self, child: UUID) -> list[mentions.Mention]:
        """The mentions that these become.

        Raises:
            Invalid: a `ref` is used twice, or an `of` names nothing or the item itself.
        """
        items = [
            (f"/{kind}/{number}", item)
            for kind in ("people", "places", "vehicles", "phones", "organisations")
            for number, item in enumerate(getattr(self, kind))
        ]
        return mentions_of(items, {"child": child})[0]


def mentions_of(
    items: Sequence[tuple[str, Item]], known: Mapping[str, UUID]
) -> tuple[list[mentions.Mention], dict[str, UUID]]:
    """The mentions that items become, and the mention behind each `ref`.

    Args:
        items: each with the pointer to it in the request.
        known: refs that stand for mentions already.

    Raises:
        Invalid: a `ref` is used twice, or an `of` names nothing or the item itself.
    """
    ids = dict(known)
    faults = []
    made: list[tuple[str, Item, UUID]] = []
    for pointer, item in items:
        mention_id = new_mention_id()
        made.append((pointer, item, mention_id))
        if item.ref is not None and item.ref in ids:
            faults.append(Fault(f"{pointer}/ref", "this ref is used twice"))
        elif item.ref is not None:
            ids[item.ref] = mention_id
    faults += [
        Fault(f"{pointer}/of", "no item of this request has this ref")
        for pointer, item, _ in made
        if item.of is not None and item.of not in ids
    ]
    faults += [
        Fault(f"{pointer}/of", "this item says that it belongs to itself")
        for pointer, item, _ in made
        if item.of is not None and item.of == item.ref
    ]
    if faults:
        raise Invalid("the items do not fit together; nothing was stored", tuple(faults))
    found = [
        _mention(item, mention_id, ids[item.of] if item.of is not None else None)
        for _, item, mention_id in made
    ]
    return found, ids


def child_mention(child: Person, mention_id: UUID) -> mentions.PersonMention:
    """The mention of the child."""
    return mentions.PersonMention(
        mention_id=mention_id, role="child", identity=Sealed.of(mention_id, child.content())
    )


def _mention(item: Item, mention_id: UUID, of: UUID | None) -> mentions.Mention:
    common: dict[str, Any] = {"mention_id": mention_id, "of": of, "handling": item.handling}
    given = item.model_dump(exclude={"ref", "of", "handling", "role"})
    match item:
        case OtherPerson():
            person = Sealed.of(mention_id, item.person.content())
            return mentions.PersonMention(role=item.role, identity=person, **common)
        case Place():
            given["address"] = tuple(item.address)
            place = Sealed.of(mention_id, mentions.PlaceDetails(**given))
            return mentions.PlaceMention(role=item.role, place=place, **common)
        case Vehicle():
            if item.registration is not None:
                given["registration"] = "".join(item.registration.split()).upper()
            vehicle = Sealed.of(mention_id, mentions.VehicleDetails(**given))
            return mentions.VehicleMention(role=item.role, vehicle=vehicle, **common)
        case Phone():
            phone = Sealed.of(mention_id, mentions.PhoneDetails(**given))
            return mentions.PhoneMention(role=item.role, phone=phone, **common)
        case Organisation():
            organisation = Sealed.of(mention_id, mentions.OrganisationDetails(**given))
            return mentions.OrganisationMention(role=item.role, organisation=organisation, **common)
    raise TypeError(type(item).__name__)
