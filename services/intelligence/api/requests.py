"""What an author sends, and the contract struct that it becomes."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from services.intelligence.api import examples
from services.intelligence.grading import grading
from shared.contracts import intelligence, mentions
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.sealed import Sealed
from shared.reference.premises import PremisesType
from shared.web.body import Body, Code, Line, Moment, Paragraph, Text
from shared.web.mentions import (
    MAX_OF_A_KIND,
    Item,
    Organisation,
    Others,
    Person,
    Place,
    Postcode,
    Ref,
    mentions_of,
)

Reliability = Literal[
    "reliability-5-always-reliable", "reliability-4-mostly-reliable", "reliability-3-between",
    "reliability-2-mostly-unreliable", "reliability-1-unreliable", "reliability-dont-know",
]  # fmt: skip
"""Codes instead of numbers: on this scale 5 is the best."""

Accuracy = Literal[
    "accuracy-1-known-true", "accuracy-2-probably-true", "accuracy-3-between",
    "accuracy-4-probably-false", "accuracy-5-suspected-false", "accuracy-dont-know",
]  # fmt: skip
"""Codes instead of numbers: on this scale 1 is the best."""

NOBODY_DESCRIBED = Person.model_validate({})

Refs = Annotated[list[Ref], Field(max_length=50)]


class Author(Body):
    """Who gives the report.

    It is kept apart from what you report: it is in no view, no event and no log, and only the
    bureau's source handlers may read it.
    """

    name: Line | None = None
    post: Line | None = Field(None, description="Post or job title.")
    agency: Line | None = None
    contact: Line | None = None


UNNAMED = Author.model_validate({})


class Source(Body):
    """The form's three boxes. Tick all that are true."""

    witnessed_incident: bool = False
    professional: bool = False
    member_of_public: bool = False


class ThirdParty(Body):
    """Somebody else told you this. Leave the whole thing out where you speak for yourself."""

    reliability: Reliability | None = Field(
        None,
        description="How reliable you think that person is: 5 is always reliable, 1 unreliable. If "
        "you cannot say, answer `reliability-dont-know` rather than guess.",
    )
    willing_to_engage: intelligence.YesNoUnknown | None = Field(
        None, description="Whether that person would be willing to engage with the police."
    )
    name: Line | None = Field(None, description="Kept with your own name, apart from the report.")
    contact: Line | None = None


class Licensed(Body):
    """A licensed service: a takeaway, a pub, an off-licence, a newsagent, a hotel, a taxi firm."""

    ref: Ref | None = None
    trading_name: Line | None = None
    type: PremisesType | None = Field(None, description="What kind of service it is.")
    fixed_premises: bool = Field(True, description="False for a service without any, as a taxi.")
    address: list[Line] = Field(default=[], max_length=8)
    postcode: Postcode | None = None
    description: Paragraph | None = None

    def item(self) -> Item:
        """The item that it is."""
        if self.fixed_premises:
            given = self.model_dump(exclude={"fixed_premises", "trading_name"})
            return Place(role="premises", name=self.trading_name, **given)
        where = ", ".join(part for part in (self.type, *self.address) if part is not None)
        described = ". ".join(part for part in (where, self.description) if part)
        return Organisation.model_validate(
            {
                "ref": self.ref,
                "role": "licensed_service",
                "name": self.trading_name,
                "description": described or None,
            }
        )


class Somebody(Body):
    """A victim or a perpetrator: give what you have. A person without a name is worth reporting."""

    ref: Ref | None = None
    person: Person = NOBODY_DESCRIBED
    notes: Paragraph | None = Field(None, description="Anything else about this person.")


class IncidentBody(Body):
    """Something that happened, at its own time: not the time at which you report it."""

    began: Moment | None = None
    ended: Moment | None = None
    precision: intelligence.IncidentPrecision | None = Field(
        None, description="How exact `began` is; left out: to the minute."
    )
    witnessed: intelligence.YesNoUnknown = "unknown"
    involves: Refs = Field(
        default=[], description="Who and what was there, and where it was, each by its `ref`."
    )
    account: Text | None = None


class RelationshipBody(Body):
    """What one person was to another: `of` was `kind` `to`."""

    of: Ref
    kind: intelligence.RelationshipKind
    to: Ref


class Told(Others):
    """What a version of a report says."""

    account: Text | None = Field(
        None,
        description="Clear and accurate information, with as much as you can tell of names, "
        "descriptions, nicknames, vehicles, addresses.",
    )
    incidents: list[IncidentBody] = Field(default=[], max_length=MAX_OF_A_KIND)
    perpetrators: list[Somebody] = Field(default=[], max_length=MAX_OF_A_KIND)
    victims: list[Somebody] = Field(default=[], max_length=MAX_OF_A_KIND)
    licensed: list[Licensed] = Field(default=[], max_length=MAX_OF_A_KIND)
    relationships: list[RelationshipBody] = Field(default=[], max_length=MAX_OF_A_KIND)

    def says_nothing(self) -> bool:
        """Whether there is nothing in it at all."""
        return not any(
            getattr(self, name)
            for name in (
                "account", "incidents", "perpetrators", "victims", "licensed", "people", "places",
                "vehicles", "phones", "organisations",
            )
        )  # fmt: skip

    def fields(self) -> dict[str, Any]:
        """The fields of `VersionFields`.

        Raises:
            Invalid: its items do not fit together.
        """
        roles: dict[str, mentions.PersonRole] = {"victims": "child", "perpetrators": "perpetrator"}
        people: list[tuple[str, mentions.PersonRole, Somebody, UUID]] = [
            (f"/{kind}/{number}", role, somebody, new_mention_id())
            for kind, role in roles.items()
            for number, somebody in enumerate(getattr(self, kind))
        ]
        refs: dict[str, UUID] = {}
        for pointer, _, somebody, mention_id in people:
            if somebody.ref is not None and somebody.ref in refs:
                raise Invalid(
                    "the items do not fit together; nothing was stored",
                    (Fault(f"{pointer}/ref", "this ref is used twice"),),
                )
            if somebody.ref is not None:
                refs[somebody.ref] = mention_id
        others, refs = mentions_of(self._items(), refs)
        named: list[mentions.Mention] = [
            *(_person(mention_id, role, somebody) for _, role, somebody, mention_id in people),
            *others,
        ]
        if not named:
            # Its words need somebody to belong to, whom a person may identify later.
            named = [mentions.PersonMention(mention_id=new_mention_id(), role="concerned")]
        owner = named[0].mention_id
        return {
            "owner": owner,
            "mentions": tuple(named),
            "victims": in_role(named, "child"),
            "perpetrators": in_role(named, "perpetrator"),
            "account": Sealed.of(
                owner,
                intelligence.ReportAccount(
                    text=self.account, incidents=tuple(i.account for i in self.incidents)
                ),
            ),
            "incidents": incidents_of(self.incidents, refs),
            "relationships": relationships_of(self.relationships, refs),
            "notes": tuple(
                intelligence.Noted(
                    person=mention_id,
                    notes=Sealed.of(mention_id, intelligence.PersonNotes(text=somebody.notes)),
                )
                for _, _, somebody, mention_id in people
                if somebody.notes is not None
            ),
        }

    def _items(self) -> list[tuple[str, Item]]:
        items: list[tuple[str, Item]] = [
            (f"/licensed/{number}", licensed.item())
            for number, licensed in enumerate(self.licensed)
        ]
        items += [
            (f"/{kind}/{number}", item)
            for kind in ("people", "places", "vehicles", "phones", "organisations")
            for number, item in enumerate(getattr(self, kind))
        ]
        return items


class Report(Told):
    """An information report: anything about a victim or a perpetrator, however insignificant.

    Nearly everything may be left out.

    THIS IS NOT A REFERRAL TO THE POLICE: in an emergency call 999; if it is no emergency but you
    need to speak to the police, call 101.

    THIS IS NOT A REFERRAL TO CHILDREN'S SERVICES: if you have any concern about a child, contact
    the children's services of the area.
    """

    bureau: Code = Field(description="The force whose intelligence bureau it is for: its code.")
    reported_at: Moment | None = Field(None, description="Left out: now.")
    author: Author = UNNAMED
    source: Source = Source()
    third_party: ThirdParty | None = None
    accuracy: Accuracy | None = Field(
        None,
        description="How accurate the information is: 1 is known to be true without doubt, 5 "
        "suspected to be false. If you cannot say, answer `accuracy-dont-know` rather than guess.",
    )
    licensed_service: intelligence.YesNoUnknown | None = Field(
        None, description="Whether a licensed service is involved; name it under `licensed`."
    )
    models: list[intelligence.ExploitationModel] = Field(default=[], max_length=7)
    from_interview: UUID | None = Field(
        None,
        strict=False,
        description="The return interview that this comes from. It is kept with your name, apart "
        "from the report.",
    )
    from_screening: UUID | None = Field(
        None,
        strict=False,
        description="The screening that this belongs to; kept in the same place.",
    )

    model_config = examples.REPORT

    @model_validator(mode="after")
    def _something(self) -> "Report":
        if self.says_nothing():
            raise ValueError("say something: an account, a person, a place, a vehicle")
        if self.licensed_service == "no" and self.licensed:
            raise ValueError("licensed_service is no, and yet one is named")
        return self

    def event(self, source_ref: UUID, now: Any) -> intelligence.ReportSubmitted:
        """What is stored.

        Raises:
            Invalid: its items do not fit together.
        """
        third = self.third_party
        return intelligence.ReportSubmitted(
            bureau=self.bureau,
            reported_at=self.reported_at or now,
            source_ref=source_ref,
            source=intelligence.SourceBoxes(**self.source.model_dump()),
            third_party=third is not None,
            reliability=_answer("reliability", third.reliability if third is not None else None),
            accuracy=_answer("accuracy", self.accuracy),
            willing_to_engage=third.willing_to_engage if third is not None else None,
            licensed_service=self.licensed_service or ("yes" if self.licensed else None),
            models=tuple(dict.fromkeys(self.models)),
            **self.fields(),
        )

    def identity(self, actor: str, agency: str) -> intelligence.SourceIdentity:
        """Who gives it."""
        third = self.third_party
        return intelligence.SourceIdentity(
            actor=actor,
            signed_in_for=agency,
            **self.author.model_dump(),
            third_party=third.name if third is not None else None,
            third_party_contact=third.contact if third is not None else None,
            interview_id=self.from_interview,
            screening_id=self.from_screening,
        )


def incidents_of(
    bodies: list[IncidentBody], refs: dict[str, UUID]
) -> tuple[intelligence.Incident, ...]:
    """Incidents with the mentions that they involve.

    Raises:
        Invalid: one involves what is not in the request.
    """
    return tuple(
        intelligence.Incident(
            began=incident.began,
            ended=incident.ended,
            precision=_precision(incident),
            witnessed=incident.witnessed,
            involves=tuple(
                dict.fromkeys(
                    _known(refs, ref, f"/incidents/{number}/involves/{place}")
                    for place, ref in enumerate(incident.involves)
                )
            ),
        )
        for number, incident in enumerate(bodies)
    )


def relationships_of(
    bodies: list[RelationshipBody], refs: dict[str, UUID]
) -> tuple[intelligence.Relationship, ...]:
    """Relationships between mentions.

    Raises:
        Invalid: one is with somebody who is not in the request.
    """
    return tuple(
        intelligence.Relationship(
            of=_known(refs, found.of, f"/relationships/{number}/of"),
            kind=found.kind,
            to=_known(refs, found.to, f"/relationships/{number}/to"),
        )
        for number, found in enumerate(bodies)
    )


def in_role(named: Sequence[mentions.Mention], role: mentions.PersonRole) -> tuple[UUID, ...]:
    """The people who are named in a role."""
    return tuple(
        mention.mention_id
        for mention in named
        if isinstance(mention, mentions.PersonMention) and mention.role == role
    )


def _answer(part: str, code: str | None) -> intelligence.ScaleAnswer | None:
    if code is None:
        return None  # not answered, which is not the same as `dont-know`
    found = grading().answer(part, code)
    assert found is not None  # noqa: S101 (a test compares the codes above with the data)
    return found


def _person(
    mention_id: UUID, role: mentions.PersonRole, somebody: Somebody
) -> mentions.PersonMention:
    return mentions.PersonMention(
        mention_id=mention_id, role=role, identity=Sealed.of(mention_id, somebody.person.content())
    )


def _precision(incident: IncidentBody) -> intelligence.IncidentPrecision:
    if incident.precision is not None:
        return incident.precision
    return "minute" if incident.began is not None else "unknown"


def _known(refs: dict[str, UUID], ref: str, pointer: str) -> UUID:
    if ref not in refs:
        raise Invalid(
            "the items do not fit together; nothing was stored",
            (Fault(pointer, "no item of this request has this ref"),),
        )
    return refs[ref]
