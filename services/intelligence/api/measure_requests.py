"""What an authority sends about a measure, and the contract struct that it becomes."""

from abc import abstractmethod
from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from services.intelligence.domain import Measure
from shared.contracts import intelligence, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Day, Moment, Text, example
from shared.web.mentions import (
    MAX_OF_A_KIND,
    Item,
    Organisation,
    OtherPerson,
    Person,
    Place,
    Vehicle,
    child_mention,
    mentions_of,
)

TARGETS = ("person", "place", "vehicle", "organisation")


class Taken(Body):
    """A measure against somebody or somewhere: a notice, an order, conditions, a licence reviewed.

    It is shown with the person or place, and with the children whom it is to protect, from then on;
    until when it holds is shown with it. Whom it is against and whom it protects are linked like
    anybody whom a report names: give a strong identifier where you have one.
    """

    kind: intelligence.MeasureKind
    person: OtherPerson | None = Field(None, description="Against a person; named or not.")
    place: Place | None = Field(None, description="Against premises.")
    vehicle: Vehicle | None = None
    organisation: Organisation | None = None
    children: list[Person] = Field(
        default=[], max_length=MAX_OF_A_KIND, description="Whom it is to protect."
    )
    ordered_by: intelligence.OrderedBy | None = Field(None, description="Who made it.")
    taken_at: Moment | None = Field(
        None, description="When it was served, made or done. Left out: now."
    )
    since: Day | None = Field(None, description="Its first day. Left out: that on which it was.")
    until: Day | None = Field(None, description="Its last day. Left out: it has no end.")
    conditions: Text | None = Field(None, description="What it demands or forbids.")
    handling: Handling = Field(
        "P", description="P: lawful sharing permitted. C: with conditions; shown to you only."
    )

    model_config = example(
        kind="child-abduction-warning-notice",
        person={
            "role": "perpetrator",
            "person": {
                "names": [{"full": "Marlon Pike"}, {"full": "Marlo", "use": "nickname"}],
                "date_of_birth": "1990-06-11",
            },
        },
        children=[
            {
                "names": [{"full": "Wren Ashdown"}],
                "date_of_birth": "2001-02-15",
                "identifiers": [{"scheme": "nhs-number", "value": "9434765919", "verified": True}],
            }
        ],
        ordered_by="own-authority",
        taken_at="2015-05-06T11:30:00Z",
        until="2016-05-05",
        conditions="Not to contact or harbour the child, nor let her into his car.",
    )

    @model_validator(mode="after")
    def _one_target(self) -> "Taken":
        if sum(getattr(self, name) is not None for name in TARGETS) != 1:
            raise ValueError("say against whom or what it is: one person, place, vehicle or firm")
        return self

    def event(self, agency: str, now: datetime) -> intelligence.MeasureTaken:
        """What is stored.

        Raises:
            Invalid: its items do not fit together.
        """
        items: list[tuple[str, Item]] = [
            (f"/{name}", item) for name in TARGETS if (item := getattr(self, name)) is not None
        ]
        (target,), _ = mentions_of(items, {})
        children = [child_mention(child, new_mention_id()) for child in self.children]
        owner = target.mention_id
        taken_at = self.taken_at or now
        return intelligence.MeasureTaken(
            mentions=(target, *children),
            kind=self.kind,
            taken_by=agency,
            target=owner,
            protects=tuple(child.mention_id for child in children),
            ordered_by=self.ordered_by,
            taken_at=taken_at,
            since=self.since or times.in_london(taken_at).date(),
            until=self.until,
            conditions=_conditions(owner, self.conditions),
        )


class MeasureStep(Body):
    """What became of a measure."""

    @abstractmethod
    def decide(self, measure: Measure, now: datetime) -> None:
        """Let the measure decide it.

        Raises:
            Refused: whatever the measure refuses.
        """


class VaryBody(MeasureStep):
    """It was extended, shortened, or its conditions changed."""

    varied_at: Moment | None = Field(None, description="Left out: now.")
    until: Day | None = Field(
        None, description="Its last day from now on. Left out: it has no end from now on."
    )
    conditions: Text | None = Field(None, description="All of them. Left out: as they were.")

    model_config = example(varied_at="2015-09-01T10:00:00Z", until="2016-11-05")

    def decide(self, measure: Measure, now: datetime) -> None:
        """Record it."""
        data = intelligence.MeasureVaried(
            about=measure.mentions,
            varied_at=self.varied_at or now,
            until=self.until,
            conditions=_conditions(measure.target, self.conditions),
        )
        measure.vary(data, now=now)


class BreachBody(MeasureStep):
    """Somebody did what it forbids."""

    breached_at: Moment
    account: Text | None = None

    model_config = example(
        breached_at="2015-07-14T22:40:00Z", account="She was in his car outside the arcade."
    )

    def decide(self, measure: Measure, now: datetime) -> None:
        """Record it."""
        account = (
            Sealed.of(measure.target, intelligence.BreachAccount(text=self.account))
            if self.account is not None
            else None
        )
        data = intelligence.MeasureBreached(
            about=measure.mentions, breached_at=self.breached_at, account=account
        )
        measure.breach(data, now=now)


class EndBody(MeasureStep):
    """It ended before its last day, or it had none."""

    ended_on: Day = Field(description="The last day on which it held.")
    why: intelligence.WhyMeasureEnded

    model_config = example(ended_on="2015-10-30", why="charged-instead")

    def decide(self, measure: Measure, now: datetime) -> None:
        """Record it."""
        data = intelligence.MeasureEnded(
            about=measure.mentions, ended_on=self.ended_on, why=self.why
        )
        measure.end(data, now=now)


class MistakeBody(MeasureStep):
    """There was no such measure: it was somebody else's, or a slip. It stays on record as that."""

    model_config = example()

    def decide(self, measure: Measure, now: datetime) -> None:
        """Record it."""
        measure.mark_in_error(now=now)


def _conditions(owner: UUID, text: str | None) -> Sealed[intelligence.MeasureConditions] | None:
    if text is None:
        return None
    return Sealed.of(owner, intelligence.MeasureConditions(text=text))


STEPS: dict[str, type[MeasureStep]] = {
    "vary": VaryBody,
    "breach": BreachBody,
    "end": EndBody,
    "mistake": MistakeBody,
}
"""Each step by the last part of its address."""
