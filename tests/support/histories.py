"""Events to test with. Everybody in them is invented."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from eventsourcing.domain import event

from shared.contracts import Context, missing
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id, new_record_id
from shared.contracts.mentions import PersonIdentity, PersonMention, PersonName
from shared.contracts.refusals import RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record

BEGAN = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)


def context(agency: str = "northvale-police") -> Context:
    """Who says it, in tests."""
    return Context(
        actor="test|system",
        agency=agency,
        purpose="missing-child",
        basis="sharing-agreement",
        regime="dpa-part-3",
        correlation_id=uuid4(),
    )


def report(
    name: str = "Wren Ashdown", *, began: datetime = BEGAN, version: int = 1
) -> missing.EpisodeReported:
    """A force's report about a child."""
    child = new_mention_id()
    return missing.EpisodeReported(
        force="northvale-police",
        report_version=version,
        child=child,
        concern="missing",
        missing_from="home",
        missing_since=began,
        last_seen_at=None,
        reported_at=began + timedelta(hours=2),
        risk=missing.RiskGrade(scheme="college-2013", level="medium"),
        at_risk_of_exploitation="unknown",
        known_to_social_care="no",
        narrative=Sealed.of(
            child,
            missing.ReportNarrative(
                force_reference="NV-15-000127", circumstances=f"{name} did not come home."
            ),
        ),
        mentions=(
            PersonMention(
                mention_id=child,
                role="child",
                identity=Sealed.of(
                    child,
                    PersonIdentity(names=(PersonName(full=name),), date_of_birth="2001-02-03"),
                ),
            ),
        ),
    )


class Thing(Record):
    """A record for the kernel's tests: reported once, returned once."""

    class Reported(Record.Created):
        data: missing.EpisodeReported

    class Returned(Record.Event):
        data: missing.ChildReturned

    @event(Reported)
    def __init__(
        self, data: missing.EpisodeReported, timestamp: datetime, handling: Handling
    ) -> None:
        self.child = data.child
        self.returned_at: datetime | None = None

    @classmethod
    def report(
        cls, data: missing.EpisodeReported | None = None, record_id: UUID | None = None
    ) -> "Thing":
        found = data or report()
        return cls._create(
            cls.Reported,
            id=record_id or new_record_id(),
            data=found,
            timestamp=found.missing_since,
            handling="P",
        )

    def come_back(self, at: datetime = BEGAN + timedelta(hours=4)) -> None:
        if self.returned_at is not None:
            raise RuleBroken("the child's return is already recorded")
        data = missing.ChildReturned(
            about=(self.child,),
            child=self.child,
            returned_at=at,
            how="returned_by_self",
            family_may_know_place=True,
            narrative=None,
        )
        self._returned(data=data, timestamp=at, handling="P")

    @event(Returned)
    def _returned(
        self, data: missing.ChildReturned, timestamp: datetime, handling: Handling
    ) -> None:
        self.returned_at = data.returned_at
