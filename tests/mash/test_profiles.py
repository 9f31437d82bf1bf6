"""Carers' profiles in the child view: that there is one, whom to ask, and never what is in it."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from services.mash.application.asking import seen
from services.mash.views.child import ChildView, child_view, now_of
from services.missing.domain import Episode, Photograph, Profile
from services.topology import SERVICES
from shared.contracts import missing
from shared.contracts.sealed import Sealed, sealed_in
from tests.mash.test_views import actor
from tests.support.told import COUNCIL, FORCE, SUBJECT, Told, a_child, moment

HOME = "harbour-house"
EVENING = moment("2015-03-27 20:00")
NIGHT = EVENING + timedelta(hours=3)
MASH, POLICE, KEEPER = actor(COUNCIL), actor(FORCE), actor(HOME)


def prepare(told: Told, *, known: bool = True) -> Profile:
    child = a_child()
    data = missing.CarerProfilePrepared(
        mentions=(child,),
        child=child.mention_id,
        keeper=HOME,
        placing_authority=COUNCIL,
        may_be_known=known,
        profile_version=1,
        profile=Sealed.of(
            child.mention_id, missing.CarerProfile(places_frequented="Behind the ropery.")
        ),
    )
    profile = Profile.prepare(data, now=EVENING - timedelta(days=30))
    hear(told, profile, HOME)
    return profile


def hear(told: Told, record: Any, agency: str) -> None:
    told.hear(record, agency)
    for each in told.events:
        assert each.data is not None
        for box in sealed_in(each.data):
            box.state = "opened"


def release(told: Told, profile: Profile, episode: Episode) -> None:
    clothing = missing.WhenMissing(clothing="Green parka.")
    profile.release(episode, when_missing=Sealed.of(profile.child, clothing), now=NIGHT)
    hear(told, profile, HOME)


def as_seen(told: Told, by: Any) -> ChildView:
    view = child_view(SUBJECT, seen(told.facts(), by).facts)
    assert view is not None
    return view


def test_a_child_who_is_missing_shows_which_profile_to_ask_for_and_whom() -> None:
    told = Told()
    profile = prepare(told)
    assert now_of(told.view(), NIGHT).ask_for == ()
    episode = told.episode(EVENING)

    for by in (MASH, POLICE):
        (ask,) = now_of(as_seen(told, by), NIGHT).ask_for
        assert (ask.profile_id, ask.episode_id) == (profile.id, episode.id)
        assert (ask.keeper, ask.placing_authority, ask.to) == (HOME, COUNCIL, FORCE)

    release(told, profile, episode)
    view = as_seen(told, MASH)
    assert now_of(view, NIGHT).ask_for == ()
    (line,) = view.profiles
    (given,) = line.given
    assert (given.to, given.episode_id, given.profile_version) == (FORCE, episode.id, 1)


def test_a_release_that_was_taken_back_is_to_be_asked_for_again() -> None:
    told = Told()
    profile, episode = prepare(told), told.episode(EVENING)
    release(told, profile, episode)
    profile.withdraw_release(episode.id, why="wrong-version", now=NIGHT)
    hear(told, profile, HOME)
    (ask,) = now_of(told.view(), NIGHT).ask_for
    assert ask.profile_id == profile.id
    assert told.view().profiles[0].given[0].withdrawn


def test_after_the_return_nobody_is_told_to_ask() -> None:
    told = Told()
    prepare(told)
    told.episode(EVENING, NIGHT)
    assert now_of(told.view(), NIGHT).ask_for == ()


@pytest.mark.parametrize("by", [MASH, POLICE, KEEPER])
def test_what_is_in_a_profile_is_in_no_fact_of_a_view(by: Any) -> None:
    told = Told()
    profile, episode = prepare(told), told.episode(EVENING)
    release(told, profile, episode)
    shown = msgspec.json.encode(as_seen(told, by))
    assert b"carer-profile-released" in shown
    assert b"ropery" not in shown
    assert b"parka" not in shown
    assert not any(b"ropery" in fact.value or b"parka" in fact.value for fact in told.facts())


def test_where_it_may_not_be_known_only_its_keeper_sees_that_it_exists() -> None:
    told = Told()
    profile, episode = prepare(told, known=False), told.episode(EVENING)
    release(told, profile, episode)
    for by in (MASH, POLICE):
        view = as_seen(told, by)
        assert view.profiles == ()
        assert not any("profile" in line.what for line in view.chronology)
    assert len(as_seen(told, KEEPER).profiles) == 1


def test_whom_to_ask_is_whoever_keeps_it_now() -> None:
    told = Told()
    profile = prepare(told)
    profile.hand_over(to="quay-house", placing_authority=None, now=NIGHT)
    hear(told, profile, HOME)
    (line,) = told.view().profiles
    assert (line.keeper, line.placing_authority) == ("quay-house", None)


def test_no_view_is_granted_pictures_or_holds_one() -> None:
    """mash archives the sealed bytes; the picture, and that there is one, is its keeper's."""
    granted = {name for name, service in SERVICES.items() if "missing.picture" in service.reads}
    assert granted == {"missing"}

    told = Told()
    profile = prepare(told)
    before = told.facts()
    photograph = Photograph.keep(
        profile.id, profile.child, jpeg=b"\xff\xd8\xff", width=9, height=9,
        taken_on=date(2015, 2, 20), now=EVENING,
    )  # fmt: skip
    profile.show_photograph(photograph.id, date(2015, 2, 20), now=EVENING)
    hear(told, photograph, HOME)
    hear(told, profile, HOME)
    profile.withdraw_photograph(photograph.id, why="wrong-child", now=EVENING)
    hear(told, profile, HOME)

    assert told.events[-3].data is not None
    assert told.facts() == before
