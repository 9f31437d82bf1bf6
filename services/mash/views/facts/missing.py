"""Facts of the missing service's events: reports, returns, and everything else as it happened."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts.kernel import (
    Details,
    Happening,
    details,
    fact_of,
    happened,
    said_of,
    what_of,
)
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Event, Fact


class Report(Struct, frozen=True, kw_only=True):
    """A force's report of a missing episode, in one of its versions.

    Attributes:
        risk_scheme: the scheme that was in force, also where the child has no level.
        definition: code of the definition by which the force calls the child missing or absent.
    """

    episode_id: UUID
    force: str
    report_version: int
    concern: missing.Concern
    missing_from: missing.MissingFrom
    missing_since: datetime
    last_seen_at: datetime | None
    reported_at: datetime
    risk: missing.RiskGrade | None
    at_risk_of_exploitation: missing.Answer
    known_to_social_care: missing.Answer
    narrative: Details
    risk_scheme: str | None = None
    definition: str | None = None


class Return(Struct, frozen=True, kw_only=True):
    """A child's return from an episode.

    Attributes:
        narrative: `withheld` from whoever may not see the words, where the family may not know
            the place.
    """

    episode_id: UUID
    returned_at: datetime
    how: missing.HowReturned
    narrative: Details


class ReturnWords(Struct, frozen=True, kw_only=True):
    """What is said about a return in words, where only the agency that said it may see them."""

    episode_id: UUID
    narrative: Details


def facts_of(event: Event) -> list[Fact]:
    """The facts of one of missing's events."""
    match event.data:
        case missing.EpisodeReported() | missing.ReportRevised() as data:
            return said_of(event, (data.child,), "report", _report(event, data))
        case missing.ChildReturned() as data:
            return _returned(event, data)
        case missing.CarerProfilePrepared() as data:
            return _profile(event, data.child, "P" if data.may_be_known else "C")
        case missing.CarerProfileRenewed() as data:
            return _profile(event, data.about[0], "P" if data.may_be_known else "C")
        case (
            missing.CarerProfileReleased()
            | missing.CarerProfileReleaseWithdrawn()
            | missing.CarerProfileHandedOver()
        ) as data:
            return _profile(event, data.about[0], event.envelope.handling)
    # A return that waits for its report may name, in its words, the place to be kept.
    kept = getattr(event.data, "family_may_know_place", True) is False
    return [] if isinstance(event.data, OF_PICTURES) else happened(event, "C" if kept else None)


def _profile(event: Event, child: UUID, handling: str) -> list[Fact]:
    """That there is a carer's profile, who keeps it and who was given it; never what is in it.

    The words stay with missing, which opens them to its keeper, and to a force for one episode and
    no longer than that. A second copy here would be open to whoever may see the child. See ADR 24.
    """
    assert event.data is not None  # noqa: S101 (only called where data matched)
    data = event.data
    clear = {
        name: value
        for name in data.__struct_fields__
        if not isinstance(value := getattr(data, name), Sealed) and name not in ABOUT_WHOM
    }
    kept = Happening(
        what=what_of(event),
        record_id=event.envelope.subject,
        data=msgspec.Raw(msgspec.json.encode(clear)),
    )
    return said_of(event, (child,), "happening", kept, handling)


OF_PICTURES = (
    missing.PhotographKept,
    missing.CarerProfilePhotographed,
    missing.CarerProfilePhotographWithdrawn,
)
"""A picture, and that there is one, is its keeper's to give: no view knows of it (ADR 30)."""

ABOUT_WHOM = frozenset({"about", "mentions"})
"""Who and what an event names stand in facts of their own."""


def _returned(event: Event, data: missing.ChildReturned) -> list[Fact]:
    """A return's facts; its words apart where the family may not know the place.

    Free text may name the place, and nobody can tell by looking. So the words are then a fact of
    their own under handling C. That the child is back, when, and by whom found, stays for everybody
    with the right to see the child: a child who is shown as missing long after would be looked for,
    and an agency that does not know of the return cannot offer the interview.
    """
    narrative = details(data.narrative)
    apart = not data.family_may_know_place and narrative.state != "absent"
    returned = Return(
        episode_id=event.envelope.subject,
        returned_at=data.returned_at,
        how=data.how,
        narrative=Details(state="withheld") if apart else narrative,
    )
    facts = said_of(event, (data.child,), "return", returned)
    if apart:
        words = ReturnWords(episode_id=event.envelope.subject, narrative=narrative)
        facts.append(fact_of(event, len(facts), data.child, "return-words", words, "C"))
    return facts


def _report(event: Event, data: missing.ReportFields) -> Report:
    return Report(
        episode_id=event.envelope.subject,
        force=data.force,
        report_version=data.report_version,
        concern=data.concern,
        missing_from=data.missing_from,
        missing_since=data.missing_since,
        last_seen_at=data.last_seen_at,
        reported_at=data.reported_at,
        risk=data.risk,
        at_risk_of_exploitation=data.at_risk_of_exploitation,
        known_to_social_care=data.known_to_social_care,
        narrative=details(data.narrative),
        risk_scheme=data.risk_scheme,
        definition=data.definition,
    )
