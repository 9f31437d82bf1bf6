"""An information report: submitted, graded, sanitised, given to agencies, withdrawn. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from services.intelligence.domain.checks import check_incidents, check_report, not_future
from shared.contracts import intelligence
from shared.contracts.context import Handling
from shared.contracts.ids import new_record_id
from shared.contracts.refusals import Fault, Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record


@dataclass(frozen=True)
class Version:
    """One version of a report, as it stands.

    Attributes:
        mentions: whom and what it speaks of.
        owner: the mention whose key seals its words.
        opens: the handling it has; `C` until the bureau says otherwise.
        given_to: the agencies that may see it because it was given to them.
    """

    mentions: tuple[UUID, ...]
    owner: UUID
    opens: Handling = "C"
    given_to: tuple[str, ...] = ()
    withdrawn: bool = False


class InformationReport(Record):
    """An information report. Its id is also the id of its original version."""

    class Submitted(Record.Created):
        """It was passed on."""

        data: intelligence.ReportSubmitted

    class Graded(Record.Event):
        """The bureau graded it."""

        data: intelligence.ReportGraded

    class Sanitised(Record.Event):
        """A sanitised version was written."""

        data: intelligence.ReportSanitised

    class Disseminated(Record.Event):
        """A version was given to an agency."""

        data: intelligence.ReportDisseminated

    class Withdrawn(Record.Event):
        """Versions were withdrawn."""

        data: intelligence.ReportWithdrawn

    @event(Submitted)
    def __init__(
        self, data: intelligence.ReportSubmitted, timestamp: datetime, handling: Handling
    ) -> None:
        self.bureau = data.bureau
        self.source_ref = data.source_ref
        self.reported_at = data.reported_at
        self.graded = False
        self.covert = False
        self.versions: dict[UUID, Version] = {
            self.id: Version(tuple(m.mention_id for m in data.mentions), data.owner)
        }

    @classmethod
    def submit(cls, data: intelligence.ReportSubmitted, *, now: datetime) -> "InformationReport":
        """Take a report in. Until the bureau has graded it, nobody but the bureau sees it.

        Raises:
            Invalid: it contradicts itself or the calendar.
        """
        check_report(data, now)
        return cls._create(
            cls.Submitted,
            id=new_record_id(),
            data=data,
            timestamp=data.reported_at,
            handling="C",
        )

    def grade(self, data: intelligence.ReportGraded, *, now: datetime) -> None:
        """Grade the original, for the first time or anew; the grades before it stay.

        Raises:
            Invalid: its time is not right, a closed grade has no condition, or a covert one is
                open.
            RuleBroken: the report was withdrawn.
        """
        self._refuse_if_withdrawn(self.id)
        not_future(data.graded_at, "/graded_at", now)
        if data.graded_at < self.reported_at:
            raise _wrong("/graded_at", "this is before the report was made")
        if data.opens != "P" and not data.conditions and data.conditions_in_words is None:
            raise _wrong("/conditions", "say under which conditions it may be shared")
        if data.covert and data.opens == "P":
            raise _wrong("/covert", "what is covert cannot have handling P")
        self._graded(data=data, timestamp=data.graded_at, handling=data.opens)

    @event(Graded)
    def _graded(
        self, data: intelligence.ReportGraded, timestamp: datetime, handling: Handling
    ) -> None:
        self.graded = True
        self.covert = data.covert
        self.versions[self.id] = replace(self.versions[self.id], opens=data.opens)

    def sanitise(
        self, data: intelligence.ReportSanitised, *, opens: Handling, now: datetime
    ) -> None:
        """Keep a version from which nobody can tell who the source is.

        Raises:
            Invalid: its time is not right, it restates what the original does not name, or a closed
                one has no condition.
            RuleBroken: the report is not graded yet, or was withdrawn.
        """
        self._refuse_if_withdrawn(self.id)
        self._refuse_if_ungraded()
        not_future(data.sanitised_at, "/sanitised_at", now)
        check_incidents(data.incidents, data.sanitised_at, now)
        known = set(self.versions[self.id].mentions)
        if any(restated.original not in known for restated in data.restates):
            raise _wrong("/keep", "the report has no such mention")
        if opens != "P" and not data.conditions and data.conditions_in_words is None:
            raise _wrong("/conditions", "say under which conditions it may be shared")
        self._sanitised(data=data, timestamp=data.sanitised_at, handling=opens)

    @event(Sanitised)
    def _sanitised(
        self, data: intelligence.ReportSanitised, timestamp: datetime, handling: Handling
    ) -> None:
        self.versions[data.version] = Version(
            tuple(m.mention_id for m in data.mentions), data.owner, handling
        )

    def disseminate(self, data: intelligence.ReportDisseminated, *, now: datetime) -> None:
        """Give a version to an agency.

        Raises:
            Invalid: its time is not right, there is no such version, or it is closed and has no
                condition.
            RuleBroken: it is not graded yet, was withdrawn, was given to this agency already, or is
                the original of a covert report.
        """
        version = self.version_of(data.version)
        self._refuse_if_ungraded()
        self._refuse_if_withdrawn(data.version)
        not_future(data.disseminated_at, "/disseminated_at", now)
        if data.version == self.id and self.covert:
            raise RuleBroken("the original is covert: give a sanitised version")
        if data.to == self.bureau:
            raise _wrong("/to", "the bureau has it already")
        if data.to in version.given_to:
            raise RuleBroken("this version was given to that agency already")
        if version.opens != "P" and not data.conditions and data.conditions_in_words is None:
            raise _wrong("/conditions", "say under which conditions it is given")
        # That it was given is for the two of them: whom else it was given to tells of the case.
        self._disseminated(data=data, timestamp=data.disseminated_at, handling="C")

    @event(Disseminated)
    def _disseminated(
        self, data: intelligence.ReportDisseminated, timestamp: datetime, handling: Handling
    ) -> None:
        given = self.versions[data.version]
        self.versions[data.version] = replace(given, given_to=(*given.given_to, data.to))

    def withdraw(
        self,
        *,
        version: UUID | None,
        why: intelligence.WithdrawalReason,
        reason: intelligence.BureauReason | None,
        at: datetime,
        now: datetime,
    ) -> None:
        """Withdraw one version, or everything.

        Raises:
            Invalid: its time is not right, or there is no such version.
            RuleBroken: it was withdrawn already.
        """
        if version is not None:
            self.version_of(version)
        not_future(at, "/withdrawn_at", now)
        standing = {
            number: found
            for number, found in self.versions.items()
            if not found.withdrawn and version in {None, number}
        }
        if not standing:
            raise RuleBroken("this was withdrawn already")
        owner = next(iter(standing.values())).owner
        data = intelligence.ReportWithdrawn(
            about=tuple(mention for found in standing.values() for mention in found.mentions),
            versions=tuple(standing),
            given_to=tuple(
                dict.fromkeys(agency for found in standing.values() for agency in found.given_to)
            ),
            withdrawn_at=at,
            why=why,
            reason=Sealed.of(owner, reason) if reason is not None else None,
        )
        self._withdrawn(data=data, timestamp=at, handling="C")

    @event(Withdrawn)
    def _withdrawn(
        self, data: intelligence.ReportWithdrawn, timestamp: datetime, handling: Handling
    ) -> None:
        for version in data.versions:
            self.versions[version] = replace(self.versions[version], withdrawn=True)

    @property
    def original(self) -> Version:
        """The version as it was passed on."""
        return self.versions[self.id]

    def version_of(self, version: UUID) -> Version:
        """One version.

        Raises:
            Invalid: there is no such version.
        """
        if version not in self.versions:
            raise _wrong("/version", "this report has no such version")
        return self.versions[version]

    def _refuse_if_withdrawn(self, version: UUID) -> None:
        if self.versions[version].withdrawn:
            raise RuleBroken("this was withdrawn: nobody is to rely on it any more")

    def _refuse_if_ungraded(self) -> None:
        if not self.graded:
            raise RuleBroken("it is not graded yet: grade it first")


def _wrong(pointer: str, detail: str) -> Invalid:
    return Invalid("nothing was stored", (Fault(pointer, detail),))
