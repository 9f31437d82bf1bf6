"""What authorities send about a child's standing, and the contract structs that it becomes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.intake.api.requests.known import CHILD, Known
from shared.contracts import intake, mentions
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import Mention
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Day, Line, Moment, Paragraph, example
from shared.web.mentions import (
    Name,
    Organisation,
    Place,
    Postcode,
    Uprn,
    child_mention,
    mentions_of,
)

ReturnCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,6}$")]
"""A code of the statutory return (SSDA903). The list changes by year and is not checked here."""

LegalStatus = Literal[
    "C1", "C2", "D1", "E1", "J1", "J2", "J3", "L1", "L2", "L3", "V2", "V3", "V4",
]  # fmt: skip
"""The legal statuses of the return: interim and full care order (C1, C2), freeing and placement
order (D1, E1), by the youth courts (J1 to J3), police and emergency protection and child assessment
(L1 to L3), accommodated by agreement (V2 to V4). As those who work on the return publish the list;
the department's own guides were not read."""

Handled = Annotated[
    Handling,
    Field(description="P: lawful sharing permitted. C: with conditions; shown to you only."),
]

OURS = frozenset({"looked-after", "child-protection-plan", "child-in-need"})
"""Kinds by which an authority is responsible for a child."""


class PlacementPlace(Body):
    """Where the child is placed."""

    name: Line | None = None
    address: list[Line] = Field(default=[], max_length=8)
    postcode: Postcode | None = None
    uprn: Uprn | None = None
    type: Code | None = None
    handling: Handled = "P"

    def place(self) -> Place:
        """The same as an item of a report."""
        return Place(role="placed_at", **self.model_dump())


class Worker(Body):
    """The allocated worker."""

    name: Name
    team: Line | None = None
    phone: Line | None = None
    email: Line | None = None


class StatusWhole(Body):
    """A status, whole but for the child."""

    kind: intake.StatusKind
    since: Day
    until: Day | None = Field(None, description="The last day, included; left out: no end known.")
    responsible_authority: Code | None = Field(
        None,
        description="Who is responsible for the child: for a child looked after, the placing "
        "authority. Left out: yours, for the three kinds by which an authority is.",
    )
    host_authority: Code | None = Field(None, description="In whose area the child lives.")
    said_at: Moment | None = Field(
        None, description="When your authority said so. Left out: now. Of two, the later stands."
    )
    legal_status: LegalStatus | None = Field(
        None, description="The code of the return on looked-after children (SSDA903)."
    )
    placement_type: ReturnCode | None = None
    category: intake.AbuseCategory | None = None
    placement: PlacementPlace | None = None
    worker: Worker | None = None
    school: Line | None = Field(None, description="The school's name.")
    notes: Paragraph | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> "StatusWhole":
        only = {
            "legal_status": "looked-after",
            "placement_type": "looked-after",
            "placement": "looked-after",
            "category": "child-protection-plan",
            "worker": "allocated-worker",
            "school": "school",
        }
        for name, kind in only.items():
            if getattr(self, name) is not None and self.kind != kind:
                raise ValueError(f"{name} belongs to the kind {kind}")
        if self.kind == "allocated-worker" and self.worker is None:
            raise ValueError("say who the worker is")
        if self.kind == "school" and self.school is None:
            raise ValueError("say which school")
        return self

    def fields(
        self, child: UUID, *, authority: str, now: datetime, reference: str | None = None
    ) -> dict[str, Any]:
        """The fields of the event, and the mentions beside the child."""
        worker = new_mention_id() if self.worker is not None else None
        contact = None
        if worker is not None and self.worker is not None:
            reached = self.worker.model_dump(exclude={"name"})
            if any(reached.values()):
                contact = Sealed.of(worker, intake.WorkerContact(**reached))
        responsible = self.responsible_authority or (authority if self.kind in OURS else None)
        return {
            "child": child,
            "mentions": tuple(self._beside(child, worker)),
            "kind": self.kind,
            "since": self.since,
            "until": self.until,
            "responsible": responsible,
            "host": self.host_authority,
            "said_at": self.said_at or now,
            "worker": worker,
            "contact": contact,
            "details": Sealed.of(
                child,
                intake.StatusDetails(
                    reference=reference,
                    legal_status=self.legal_status,
                    placement_type=self.placement_type,
                    category=self.category,
                    notes=self.notes,
                ),
            ),
        }

    def _beside(self, child: UUID, worker: UUID | None) -> Sequence[Mention]:
        items: list[tuple[str, Place | Organisation]] = []
        if self.placement is not None:
            items.append(("/placement", self.placement.place()))
        if self.school is not None:
            items.append(("/school", _school(self.school)))
        found, _ = mentions_of(items, {})
        if worker is not None and self.worker is not None:
            named = mentions.PersonIdentity(
                names=(mentions.PersonName(**self.worker.name.model_dump()),)
            )
            found.append(
                mentions.PersonMention(
                    mention_id=worker,
                    of=child,
                    role="professional",
                    identity=Sealed.of(worker, named),
                )
            )
        return found


class StatusBody(StatusWhole):
    """A status that your authority says a child has, or had."""

    reference: Line = Field(description="Your own number for it, so that it is recorded once.")
    handling: Handled = "P"
    child: Known

    model_config = example(
        reference="LAC/40417/1",
        kind="looked-after",
        since="2015-04-07",
        host_authority="southmere-council",
        legal_status="V2",
        placement_type="K2",
        placement={"name": "Saltmarsh House", "type": "childrens-home"},
        child=CHILD,
    )

    def event(self, *, authority: str, now: datetime) -> intake.StatusRecorded:
        """What is stored."""
        child = new_mention_id()
        fields = self.fields(child, authority=authority, now=now, reference=self.reference)
        fields["mentions"] = (child_mention(self.child, child), *fields["mentions"])
        return intake.StatusRecorded(**fields)


class Why(Body):
    """Why it ended or was wrong."""

    reason: ReturnCode | None = Field(None, description="The return's code, such as `E8`.")
    text: Paragraph | None = None

    def content(self) -> intake.EndDetails:
        """What is sealed."""
        return intake.EndDetails(reason=self.reason, text=self.text)


class CorrectBody(StatusWhole):
    """A status of yours as it is right, whole. The first account stays on record."""

    why: Why

    model_config = example(
        kind="looked-after",
        since="2015-04-08",
        host_authority="southmere-council",
        legal_status="C2",
        why={"text": "The order was made the day after."},
    )

    def event(self, child: UUID, *, authority: str, now: datetime) -> intake.StatusCorrected:
        """What is stored."""
        return intake.StatusCorrected(
            about=(child,),
            reason=Sealed.of(child, self.why.content()),
            **self.fields(child, authority=authority, now=now),
        )


class EndBody(Body):
    """The last day of a status of yours."""

    until: Day
    said_at: Moment | None = None
    why: Why | None = None

    model_config = example(until="2015-06-30", why={"reason": "E8"})

    def event(self, child: UUID, *, now: datetime) -> intake.StatusEnded:
        """What is stored."""
        return intake.StatusEnded(
            about=(child,),
            child=child,
            until=self.until,
            said_at=self.said_at or now,
            reason=Sealed.of(child, self.why.content()) if self.why is not None else None,
        )


class EndByReferenceBody(EndBody):
    """The last day of a status, by your own number; kept if the status has not come."""

    reference: Line

    model_config = example(reference="LAC/39911/2", until="2015-06-30", why={"reason": "E4"})


class WithdrawBody(Body):
    """A status of yours was never so."""

    why: intake.WithdrawnWhy
    said_at: Moment | None = None
    text: Paragraph | None = None

    model_config = example(why="another-child", text="Recorded on her sister's file.")

    def event(self, child: UUID, *, now: datetime) -> intake.StatusWithdrawn:
        """What is stored."""
        text = intake.EndDetails(text=self.text)
        return intake.StatusWithdrawn(
            about=(child,),
            child=child,
            why=self.why,
            said_at=self.said_at or now,
            reason=Sealed.of(child, text) if self.text is not None else None,
        )


def _school(name: str) -> Organisation:
    return Organisation.model_validate({"role": "school", "name": name})
