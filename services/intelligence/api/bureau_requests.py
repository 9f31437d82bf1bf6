"""What a bureau sends about a report, and what it decides."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import structs
from pydantic import Field

from services.intelligence.api.requests import (
    IncidentBody,
    RelationshipBody,
    in_role,
    incidents_of,
    relationships_of,
)
from services.intelligence.domain import InformationReport, graded
from services.intelligence.grading import grading
from shared.contracts import intelligence, mentions
from shared.contracts.ids import new_mention_id, new_record_id
from shared.contracts.refusals import Fault, Invalid
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Moment, Paragraph, Text, example
from shared.web.mentions import MAX_OF_A_KIND, Person, Ref

MAX_KEPT = 100
Conditions = Annotated[list[intelligence.Condition], Field(max_length=7)]
Part = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[A-Z0-9]$")]


class Conditioned(Body):
    """Under which conditions something may be shared."""

    conditions: Conditions = Field(
        default=[], description="Needed, in codes or in words, unless the handling is P."
    )
    conditions_in_words: Paragraph | None = None

    def codes(self) -> tuple[intelligence.Condition, ...]:
        """The codes, each once."""
        return tuple(dict.fromkeys(self.conditions))

    def words(self, owner: UUID) -> Sealed[intelligence.ConditionsInWords] | None:
        """The words, to be sealed for the owner of the version's words."""
        text = self.conditions_in_words
        return (
            Sealed.of(owner, intelligence.ConditionsInWords(text=text))
            if text is not None
            else None
        )


class BureauStep(Body):
    """What the bureau decides about a report."""

    @abstractmethod
    def decide(self, report: InformationReport, now: datetime) -> None:
        """Let the report decide it.

        Raises:
            Refused: whatever the report refuses.
        """


class GradeBody(Conditioned, BureauStep):
    """The bureau's own grade of the original, for the first time or anew.

    What its author answered stays beside it. Nothing is filled in from that: the scales of the form
    and the police's have no lossless mapping.
    """

    scheme: Code = Field("3x5x2", description="`5x5x5` for what was graded before 3x5x2 was used.")
    source: Part = Field(description="3x5x2: 1 reliable, 2 untested, 3 not reliable.")
    information: Part = Field(
        description="3x5x2: A known directly, B known indirectly but corroborated, C known "
        "indirectly, D not known, E suspected to be false."
    )
    handling: Part = Field(
        description="3x5x2: P lawful sharing permitted: whoever may see the child sees the "
        "original. C: with conditions: your agency only, and whoever you give it to."
    )
    covert: bool = Field(
        False, description="Nobody is to know of it but who is cleared for covert work."
    )
    graded_at: Moment | None = Field(None, description="Left out: now.")
    reason: Paragraph | None = None

    model_config = example(
        scheme="3x5x2",
        source="1",
        information="B",
        handling="C",
        conditions=["not-to-family", "not-in-meetings-with-family"],
        conditions_in_words="The family knows the man.",
        graded_at="2015-04-22T08:30:00Z",
        reason="The plate agrees with two police reports.",
    )

    def decide(self, report: InformationReport, now: datetime) -> None:
        """Record it."""
        grade = graded(
            scheme=self.scheme,
            source=self.source,
            information=self.information,
            handling=self.handling,
        )
        scheme = grading().scheme(self.scheme)
        assert scheme is not None  # noqa: S101 (it was graded by it a moment ago)
        version = report.original
        data = intelligence.ReportGraded(
            about=version.mentions,
            grade=grade,
            graded_at=self.graded_at or now,
            covert=self.covert,
            opens=scheme.opens[self.handling],
            conditions=self.codes(),
            conditions_in_words=self.words(version.owner),
            reason=_reason(version.owner, self.reason),
        )
        report.grade(data, now=now)


class DisseminateBody(Conditioned, BureauStep):
    """A version is given to an agency: from now on that agency may see that version."""

    version: UUID = Field(
        strict=False, description="The report's own id for the original; else a sanitised one's."
    )
    to: Code
    disseminated_at: Moment | None = Field(None, description="Left out: now.")

    model_config = example(
        version="01920000-0000-7000-8000-000000000001",
        to="southmere-police",
        conditions=["no-further-dissemination"],
        disseminated_at="2015-04-22T10:00:00Z",
    )

    def decide(self, report: InformationReport, now: datetime) -> None:
        """Record it."""
        version = report.version_of(self.version)
        data = intelligence.ReportDisseminated(
            about=version.mentions,
            version=self.version,
            to=self.to,
            disseminated_at=self.disseminated_at or now,
            conditions=self.codes(),
            conditions_in_words=self.words(version.owner),
        )
        report.disseminate(data, now=now)


class WithdrawBody(BureauStep):
    """Nobody is to rely on it any more. It stays, and who was shown it can be asked for."""

    version: UUID | None = Field(None, strict=False, description="Left out: every version.")
    why: intelligence.WithdrawalReason
    withdrawn_at: Moment | None = Field(None, description="Left out: now.")
    reason: Paragraph | None = None

    model_config = example(
        version=None,
        why="wrong-person",
        withdrawn_at="2015-05-02T09:00:00Z",
        reason="The man at the desk was somebody else.",
    )

    def decide(self, report: InformationReport, now: datetime) -> None:
        """Record it."""
        report.withdraw(
            version=self.version,
            why=self.why,
            reason=intelligence.BureauReason(text=self.reason) if self.reason is not None else None,
            at=self.withdrawn_at or now,
            now=now,
        )


class Kept(Body):
    """Somebody or something of the original that the sanitised version still names."""

    mention: UUID = Field(strict=False, description="Its `mention_id` in the original.")
    ref: Ref | None = None
    person: Person | None = Field(
        None,
        description="A person in other words, so that nobody can tell who described them. Left "
        "out: as in the original.",
    )


class SanitiseBody(Conditioned):
    """A version from which nobody can tell who the source is, sealed apart from the original."""

    account: Text | None = None
    incidents: list[IncidentBody] = Field(default=[], max_length=MAX_OF_A_KIND)
    relationships: list[RelationshipBody] = Field(default=[], max_length=MAX_OF_A_KIND)
    keep: list[Kept] = Field(min_length=1, max_length=MAX_KEPT)
    handling: Literal["P", "C"] = Field(
        description="P: whoever may see the child. C: whoever you give it to."
    )
    sanitised_at: Moment | None = Field(None, description="Left out: now.")

    model_config = example(
        account="A man in a silver car has brought two girls to premises in Northvale.",
        incidents=[{"began": "2015-03-27T20:00:00Z", "precision": "day", "involves": ["car"]}],
        keep=[{"mention": "01920000-0000-7000-8000-000000000001", "ref": "car"}],
        handling="C",
        conditions=["ask-the-bureau-first"],
        sanitised_at="2015-04-22T09:30:00Z",
    )

    def event(
        self, original: intelligence.ReportSubmitted, now: datetime
    ) -> intelligence.ReportSanitised:
        """What is stored, made from the opened original.

        Raises:
            Invalid: it keeps what the original does not name, or its items do not fit together.
        """
        known = {mention.mention_id: mention for mention in original.mentions}
        faults = [
            Fault(f"/keep/{number}/{name}", detail)
            for number, kept in enumerate(self.keep)
            for name, detail in self._wrong(number, kept, known)
        ]
        if faults:
            raise Invalid("the items do not fit together; nothing was stored", tuple(faults))
        new = {kept.mention: new_mention_id() for kept in self.keep}
        named = tuple(_restated(known[kept.mention], new, kept.person) for kept in self.keep)
        refs = {kept.ref: new[kept.mention] for kept in self.keep if kept.ref is not None}
        victims, perpetrators = in_role(named, "child"), in_role(named, "perpetrator")
        owner = (*victims, *perpetrators, named[0].mention_id)[0]
        account = intelligence.ReportAccount(
            text=self.account, incidents=tuple(incident.account for incident in self.incidents)
        )
        return intelligence.ReportSanitised(
            about=tuple(new),
            mentions=named,
            version=new_record_id(),
            owner=owner,
            victims=victims,
            perpetrators=perpetrators,
            account=Sealed.of(owner, account),
            incidents=incidents_of(self.incidents, refs),
            relationships=relationships_of(self.relationships, refs),
            sanitised_at=self.sanitised_at or now,
            restates=tuple(
                intelligence.Restated(mention=mention, original=original_mention)
                for original_mention, mention in new.items()
            ),
            conditions=self.codes(),
            conditions_in_words=self.words(owner),
        )

    def _wrong(
        self, number: int, kept: Kept, known: dict[UUID, mentions.Mention]
    ) -> Iterator[tuple[str, str]]:
        before = self.keep[:number]
        if kept.mention not in known:
            yield "mention", "the report has no such mention"
        elif kept.person is not None and not isinstance(
            known[kept.mention], mentions.PersonMention
        ):
            yield "person", "this is no person"
        if kept.mention in {other.mention for other in before}:
            yield "mention", "this mention is kept already"
        if kept.ref is not None and kept.ref in {other.ref for other in before}:
            yield "ref", "this ref is used twice"


def _restated(
    mention: mentions.Mention, new: dict[UUID, UUID], person: Person | None
) -> mentions.Mention:
    mention_id = new[mention.mention_id]
    of = new.get(mention.of) if mention.of is not None else None
    again = mentions.restated(mention, mention_id, of=of)
    if person is None:
        return again
    return structs.replace(again, identity=Sealed.of(mention_id, person.content()))


def _reason(owner: UUID, text: str | None) -> Sealed[intelligence.BureauReason] | None:
    return Sealed.of(owner, intelligence.BureauReason(text=text)) if text is not None else None


STEPS: dict[str, tuple[type[BureauStep], str]] = {
    "grade": (GradeBody, "assess-intelligence"),
    "disseminate": (DisseminateBody, "share-intelligence"),
    "withdraw": (WithdrawBody, "share-intelligence"),
}
"""Each step by the last part of its address, and the action that it is."""
