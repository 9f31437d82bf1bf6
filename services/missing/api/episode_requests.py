"""What a force sends about an episode after its report, and what it decides."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.missing.api.requests import DefinedBy, Risk
from services.missing.domain import Episode
from services.missing.risk import Scheme
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Moment, Paragraph, example
from shared.web.mentions import Others

SchemeAt = Callable[[datetime], Scheme]
"""Schemes changed over time: what a level means depends on when it was given."""


class EpisodeStep(Body):
    """A later fact of an episode."""

    @abstractmethod
    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:
        """Let the episode decide it; `scheme_at` tells the force's risk scheme at a time.

        Raises:
            Refused: whatever the episode refuses.
        """


class Regrade(EpisodeStep):
    """The risk was graded anew. Having gone missing often is no reason to grade lower."""

    risk: Risk
    regraded_at: Moment
    reason: Paragraph

    model_config = example(
        risk={"level": "high"},
        regraded_at="2015-03-27T22:00:00Z",
        reason="A friend named an older man.",
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:
        """Record it."""
        scheme = scheme_at(self.regraded_at)
        data = missing.RiskRegraded(
            about=(episode.child,),
            child=episode.child,
            risk=_graded(self.risk, scheme),
            regraded_at=self.regraded_at,
            reason=_note(episode.child, self.reason),
        )
        episode.regrade(data, scheme=scheme, now=now)


class ChangeConcern(EpisodeStep):
    """An absent child is now treated as missing, or a missing one as absent."""

    concern: missing.Concern
    risk: Risk | None = None
    definition: DefinedBy = None
    changed_at: Moment
    reason: Paragraph

    model_config = example(
        concern="missing",
        risk={"level": "medium"},
        definition="college-2013-missing",
        changed_at="2015-03-27T22:00:00Z",
        reason="Not back by ten, and her phone is off.",
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:
        """Record it."""
        scheme = scheme_at(self.changed_at)
        data = missing.ConcernChanged(
            about=(episode.child,),
            child=episode.child,
            concern=self.concern,
            risk=_graded(self.risk, scheme) if self.risk is not None else None,
            risk_scheme=scheme.code,
            definition=self.definition,
            changed_at=self.changed_at,
            reason=_note(episode.child, self.reason),
        )
        episode.change_concern(data, scheme=scheme, now=now)


class Sighting(Others, EpisodeStep):
    """Somebody says they saw the child: where is a place with the role `seen_at`."""

    seen_at: Moment = Field(
        description="Up to 24 hours before the child went missing or was last seen, as the report "
        "says: those times are often estimates, which a sighting corrects."
    )
    confirmed: Literal["yes", "no", "unknown"] = "unknown"
    notes: Paragraph | None = None

    model_config = example(
        seen_at="2015-03-27T21:20:00Z",
        confirmed="unknown",
        notes="Getting into a silver car.",
        places=[{"role": "seen_at", "name": "Lantern Arcade"}],
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:  # noqa: ARG002
        """Record it."""
        data = missing.ChildSighted(
            about=(episode.child,),
            mentions=tuple(self.mentions(episode.child)),
            child=episode.child,
            seen_at=self.seen_at,
            confirmed=self.confirmed,
            narrative=_maybe(episode.child, self.notes),
        )
        episode.sight(data, now=now)


class Located(Others, EpisodeStep):
    """It is known where the child is, who is not back yet."""

    located_at: Moment
    notes: Paragraph | None = None

    model_config = example(
        located_at="2015-03-28T05:50:00Z", notes="Rang her mother from the ring road."
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:  # noqa: ARG002
        """Record it."""
        data = missing.ChildLocated(
            about=(episode.child,),
            mentions=tuple(self.mentions(episode.child)),
            child=episode.child,
            located_at=self.located_at,
            narrative=_maybe(episode.child, self.notes),
        )
        episode.locate(data, now=now)


class CorrectReturn(EpisodeStep):
    """What was said about the return was wrong. The first account stays beside it."""

    returned_at: Moment
    how: missing.HowReturned
    reason: Paragraph

    model_config = example(
        returned_at="2015-03-28T06:10:00Z", how="found_by_police", reason="The officer's own time."
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:  # noqa: ARG002
        """Record it."""
        data = missing.ReturnCorrected(
            about=(episode.child,),
            child=episode.child,
            returned_at=self.returned_at,
            how=self.how,
            reason=_note(episode.child, self.reason),
        )
        episode.correct_return(data, now=now)


class InError(EpisodeStep):
    """The child was not missing: the report was a mistake."""

    found_at: Moment
    reason: Paragraph

    model_config = example(
        found_at="2015-03-27T21:00:00Z", reason="She was at her nan's, as her mother knew."
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:  # noqa: ARG002
        """Record it."""
        data = missing.ReportedInError(
            about=(episode.child,),
            child=episode.child,
            found_at=self.found_at,
            reason=_note(episode.child, self.reason),
        )
        episode.withdraw(data, now=now)


class PoliceCheck(EpisodeStep):
    """The police saw the child after the return. It is no return interview, and stops no clock."""

    kind: Literal["safe-and-well", "prevention-interview"]
    done_at: Moment
    notes: Paragraph | None = None

    model_config = example(
        kind="safe-and-well", done_at="2015-03-28T07:30:00Z", notes="Tired, no injuries seen."
    )

    def decide(self, episode: Episode, scheme_at: SchemeAt, now: datetime) -> None:  # noqa: ARG002
        """Record it."""
        data = missing.PoliceCheckRecorded(
            about=(episode.child,),
            child=episode.child,
            kind=self.kind,
            done_at=self.done_at,
            narrative=_maybe(episode.child, self.notes),
        )
        episode.check(data, now=now)


EPISODE_STEPS: dict[str, type[EpisodeStep]] = {
    "risk": Regrade,
    "concern": ChangeConcern,
    "sightings": Sighting,
    "located": Located,
    "return-correction": CorrectReturn,
    "in-error": InError,
    "police-check": PoliceCheck,
}
"""Each by the last part of its address."""


def _graded(risk: Risk, scheme: Scheme) -> missing.RiskGrade:
    return missing.RiskGrade(scheme=risk.scheme or scheme.code, level=risk.level)


def _note(child: UUID, text: str) -> Sealed[missing.EpisodeNote]:
    return Sealed.of(child, missing.EpisodeNote(text=text))


def _maybe(child: UUID, text: str | None) -> Sealed[missing.EpisodeNote] | None:
    return _note(child, text) if text is not None else None
