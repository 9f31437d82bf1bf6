"""Which times an episode takes: none before the child went missing, but a sighting's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.missing.domain import Episode
from services.missing.domain.episode import SEEN_BEFORE
from shared.contracts import missing
from shared.contracts.refusals import Invalid
from shared.contracts.sealed import Sealed
from tests.missing.test_episode import (
    BEGAN,
    CHILD,
    HOUR,
    INSTANT,
    NOW,
    changed,
    report,
    reporting,
    revised,
    scheme_for,
)


def regraded(at: datetime) -> missing.RiskRegraded:
    risk = missing.RiskGrade(scheme="college-2013", level="high")
    note = Sealed.of(CHILD, missing.EpisodeNote(text="A friend named an older man."))
    return missing.RiskRegraded(about=(CHILD,), child=CHILD, risk=risk, regraded_at=at, reason=note)


def sighted(at: datetime) -> missing.ChildSighted:
    return missing.ChildSighted(
        about=(CHILD,), child=CHILD, seen_at=at, confirmed="unknown", narrative=None
    )


OF_AN_EPISODE: dict[str, Callable[[Episode, datetime], None]] = {
    "/regraded_at": lambda episode, at: episode.regrade(
        regraded(at), scheme=scheme_for(report()), now=NOW
    ),
    "/changed_at": lambda episode, at: episode.change_concern(
        changed("absent", at), scheme=scheme_for(report()), now=NOW
    ),
    "/located_at": lambda episode, at: episode.locate(
        missing.ChildLocated(about=(CHILD,), child=CHILD, located_at=at, narrative=None), now=NOW
    ),
    "/found_at": lambda episode, at: episode.withdraw(
        missing.ReportedInError(
            about=(CHILD,),
            child=CHILD,
            found_at=at,
            reason=Sealed.of(CHILD, missing.EpisodeNote(text="She was at her nan's.")),
        ),
        now=NOW,
    ),
    "/done_at": lambda episode, at: episode.check(
        missing.PoliceCheckRecorded(
            about=(CHILD,), child=CHILD, kind="safe-and-well", done_at=at, narrative=None
        ),
        now=NOW,
    ),
    "/seen_at": lambda episode, at: episode.sight(sighted(at), now=NOW),
}
"""Each later fact of an episode that has a time, by the field that it stands in."""
EARLIEST = {pointer: BEGAN - (SEEN_BEFORE if pointer == "/seen_at" else HOUR * 0)
            for pointer in OF_AN_EPISODE}  # fmt: skip


@pytest.mark.parametrize("pointer", OF_AN_EPISODE)
@for_any(earlier=st.timedeltas(min_value=INSTANT, max_value=timedelta(days=9000)))
def test_nothing_is_said_of_a_time_before_the_child_went_missing_but_a_sighting_of_the_day_before(
    pointer: str, earlier: timedelta
) -> None:
    episode = Episode.report(report(), scheme=scheme_for(report()), now=NOW)
    episode.new_events()
    with pytest.raises(Invalid) as refused:
        OF_AN_EPISODE[pointer](episode, EARLIEST[pointer] - earlier)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert episode.new_events() == []
    OF_AN_EPISODE[pointer](episode, EARLIEST[pointer])
    assert len(episode.new_events()) == 1


@pytest.mark.parametrize("pointer", OF_AN_EPISODE)
@pytest.mark.parametrize("versions", [(1, 2), (2, 1)])
def test_what_fits_any_version_of_the_report_is_taken(
    pointer: str, versions: tuple[int, int]
) -> None:
    """It may have been said before a newer version moved the start, and come after it."""
    scheme = scheme_for(report())
    earlier = BEGAN - 3 * HOUR
    began = {1: earlier, 2: BEGAN}
    first, second = versions
    episode = Episode.report(
        report(report_version=first, missing_since=began[first]), scheme=scheme, now=NOW
    )
    episode.revise(revised(second, missing_since=began[second]), scheme=scheme, now=NOW)
    OF_AN_EPISODE[pointer](episode, earlier)


def test_whoever_was_last_seen_days_before_was_seen_by_others_then_too() -> None:
    """When it was noticed that a child is missing is not when they went."""
    seen = report(last_seen_at=BEGAN - 50 * HOUR)
    episode = Episode.report(seen, scheme=scheme_for(seen), now=NOW)
    episode.sight(sighted(BEGAN - 74 * HOUR), now=NOW)
    with pytest.raises(Invalid):
        episode.sight(sighted(BEGAN - 74 * HOUR - INSTANT), now=NOW)


def test_a_child_was_not_last_seen_in_another_century() -> None:
    reporting(report(last_seen_at=datetime(1989, 12, 31, 23, 59, tzinfo=UTC))).refuses(
        Invalid, "/last_seen_at"
    )
