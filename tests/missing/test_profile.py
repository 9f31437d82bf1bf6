"""The carer's profile: whose it is, its versions, and to whom it is given while a child is away."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.missing.domain import Episode, Profile
from shared.contracts import missing
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed
from tests.support.histories import BEGAN, report
from tests.support.scenario import given, replayed, when_made

NOW = datetime(2015, 3, 27, 23, 0, tzinfo=UTC)
CHILD = new_mention_id()
KEEPER, COUNCIL = "harbour-house", "northvale-council"
EPISODE = uuid4()


def sealed(**fields: str) -> Sealed[missing.CarerProfile]:
    return Sealed.of(CHILD, missing.CarerProfile(**fields))


def prepared(*, known: bool = True, **fields: str) -> missing.CarerProfilePrepared:
    return missing.CarerProfilePrepared(
        child=CHILD,
        keeper=KEEPER,
        placing_authority=COUNCIL,
        may_be_known=known,
        profile_version=1,
        profile=sealed(**(fields or {"places_frequented": "Lantern Arcade."})),
    )


def renewed(version: int, **fields: str) -> missing.CarerProfileRenewed:
    return missing.CarerProfileRenewed(
        about=(CHILD,),
        may_be_known=True,
        profile_version=version,
        profile=sealed(**(fields or {"medical": "Asthma."})),
    )


def released(version: int = 1, episode_id: UUID = EPISODE) -> missing.CarerProfileReleased:
    return missing.CarerProfileReleased(
        about=(CHILD,),
        to="northvale-police",
        episode_id=episode_id,
        profile_version=version,
        released_at=NOW,
        when_missing=None,
    )


def withdrawn() -> missing.CarerProfileReleaseWithdrawn:
    return missing.CarerProfileReleaseWithdrawn(
        about=(CHILD,), episode_id=EPISODE, why="wrong-child", withdrawn_at=NOW
    )


def an_episode(*later: EventData, episode_id: UUID = EPISODE) -> Episode:
    return replayed(Episode, report(), *later, record_id=episode_id)


def back() -> missing.ChildReturned:
    return missing.ChildReturned(
        about=(CHILD,),
        child=CHILD,
        returned_at=BEGAN + timedelta(hours=4),
        how="returned_by_self",
        family_may_know_place=True,
        narrative=None,
    )


def in_error() -> missing.ReportedInError:
    reason = Sealed.of(CHILD, missing.EpisodeNote(text="She was at her grandmother's."))
    return missing.ReportedInError(about=(CHILD,), child=CHILD, found_at=NOW, reason=reason)


def release(profile: Profile, *later: EventData, episode_id: UUID = EPISODE) -> None:
    episode = an_episode(*later, episode_id=episode_id)
    profile.release(episode, when_missing=None, now=NOW)


def test_a_profile_is_prepared_in_advance_and_handled_with_conditions() -> None:
    profile = when_made(lambda: Profile.prepare(prepared(), now=NOW)).then(prepared())
    assert profile.belongs_to(KEEPER)
    assert profile.belongs_to(COUNCIL)
    assert not profile.belongs_to("northvale-police")
    assert Profile.prepare(prepared(), now=NOW).new_events()[0].handling == "C"


def test_a_profile_that_says_nothing_is_refused() -> None:
    empty = msgspec.structs.replace(prepared(), profile=sealed())
    when_made(lambda: Profile.prepare(empty, now=NOW)).refuses(Invalid, "/profile")
    nothing = msgspec.structs.replace(renewed(2), profile=sealed())
    given(Profile, prepared()).when(lambda p: p.renew(nothing, now=NOW)).refuses(
        Invalid, "/profile"
    )


@pytest.mark.parametrize("version", [1, 3])
def test_a_newer_version_has_the_next_number(version: int) -> None:
    given(Profile, prepared()).when(lambda p: p.renew(renewed(version), now=NOW)).refuses(
        RuleBroken, match="2"
    )
    given(Profile, prepared()).when(lambda p: p.renew(renewed(2), now=NOW)).then(renewed(2))


def test_the_newest_version_is_given_for_one_open_episode() -> None:
    given(Profile, prepared(), renewed(2)).when(release).then(released(2))


def test_the_same_version_is_given_once_for_an_episode() -> None:
    given(Profile, prepared(), released()).when(release).refuses(RuleBroken, match="already")


def test_what_was_renewed_meanwhile_is_given_by_another_release() -> None:
    given(Profile, prepared(), released(), renewed(2)).when(release).then(released(2))


def test_each_episode_needs_a_release_of_its_own() -> None:
    other = uuid4()
    given(Profile, prepared(), released()).when(lambda p: release(p, episode_id=other)).then(
        released(episode_id=other)
    )


@pytest.mark.parametrize(
    "over",
    [
        (back(),),
        (in_error(),),
    ],
    ids=["returned", "in-error"],
)
def test_nothing_is_given_once_the_episode_is_over(over: Sequence[EventData]) -> None:
    given(Profile, prepared()).when(lambda p: release(p, *over)).refuses(RuleBroken, match="over")


def test_what_was_given_by_mistake_is_taken_back_and_may_be_given_again() -> None:
    take_back: Any = lambda p: p.withdraw_release(EPISODE, why="wrong-child", now=NOW)  # noqa: E731
    given(Profile, prepared(), released()).when(take_back).then(withdrawn())
    given(Profile, prepared()).when(take_back).refuses(RuleBroken)
    given(Profile, prepared(), released(), withdrawn()).when(take_back).refuses(RuleBroken)
    given(Profile, prepared(), released(), withdrawn()).when(release).then(released())


def test_it_moves_with_the_child_and_is_the_new_keepers_alone() -> None:
    moved = missing.CarerProfileHandedOver(
        about=(CHILD,), to="quay-house", placing_authority=None, handed_over_at=NOW
    )
    profile = (
        given(Profile, prepared())
        .when(lambda p: p.hand_over(to="quay-house", placing_authority=None, now=NOW))
        .then(moved)
    )
    assert profile.belongs_to("quay-house")
    assert not profile.belongs_to(KEEPER)
    assert not profile.belongs_to(COUNCIL)
    given(Profile, prepared(), moved).when(
        lambda p: p.hand_over(to="quay-house", placing_authority=None, now=NOW)
    ).refuses(RuleBroken)


@pytest.mark.parametrize(("known", "handling"), [(True, "P"), (False, "C")])
def test_where_it_may_not_be_known_its_release_is_not_either(known: bool, handling: str) -> None:
    profile = replayed(Profile, prepared(known=known))
    release(profile)
    assert [event.handling for event in profile.new_events()] == [handling]
