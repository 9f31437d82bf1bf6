"""The picture in a carer's profile: which one it is given with, and who may still see it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.missing.api.profile_list import kept_on
from services.missing.domain import MOST_PHOTOGRAPHS, Photograph, Profile
from services.missing.timescales import Renewal, Renewals, renewals
from services.missing.views import ProfileRow
from shared.contracts import missing
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from tests.missing.test_profile import (
    CHILD,
    COUNCIL,
    EPISODE,
    NOW,
    an_episode,
    back,
    prepared,
    release,
    released,
    renewed,
    withdrawn,
)
from tests.support.scenario import given, replayed, when_made

FIRST, SECOND = uuid4(), uuid4()
TAKEN = date(2015, 2, 20)
JPEG = b"\xff\xd8\xff" + b"x" * 100


def photographed(photograph_id: UUID = FIRST) -> missing.CarerProfilePhotographed:
    return missing.CarerProfilePhotographed(
        about=(CHILD,), photograph_id=photograph_id, taken_on=TAKEN, kept_at=NOW
    )


def not_shown(photograph_id: UUID = FIRST) -> missing.CarerProfilePhotographWithdrawn:
    return missing.CarerProfilePhotographWithdrawn(
        about=(CHILD,), photograph_id=photograph_id, why="wrong-child", withdrawn_at=NOW
    )


def released_with(photograph_id: UUID | None, version: int = 1) -> missing.CarerProfileReleased:
    return msgspec.structs.replace(
        released(version),
        photograph_id=photograph_id,
        photograph_taken_on=TAKEN if photograph_id is not None else None,
    )


def show(photograph_id: UUID) -> Any:
    return lambda profile: profile.show_photograph(photograph_id, TAKEN, now=NOW)


def withdraw(photograph_id: UUID) -> Any:
    return lambda profile: profile.withdraw_photograph(photograph_id, why="wrong-child", now=NOW)


def keep(**changed: Any) -> Photograph:
    of: dict[str, Any] = {"jpeg": JPEG, "width": 768, "height": 1024, "taken_on": TAKEN}
    return Photograph.keep(EPISODE, CHILD, now=NOW, **(of | changed))


def test_a_picture_is_kept_with_its_day_and_handled_with_conditions() -> None:
    kept = missing.PhotographKept(
        about=(CHILD,),
        profile_id=EPISODE,
        taken_on=TAKEN,
        width=768,
        height=1024,
        size_bytes=len(JPEG),
        picture=Sealed.of(CHILD, missing.PhotographContent(jpeg=JPEG)),
    )
    when_made(keep).then(kept)
    assert keep().new_events()[0].handling == "C"


def test_a_day_that_has_not_come_is_refused_and_today_is_taken() -> None:
    today = NOW.date()
    when_made(lambda: keep(taken_on=today + timedelta(days=1))).refuses(Invalid, "/header/Taken-On")
    assert keep(taken_on=today).taken_on == today


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({"jpeg": b"x" * missing.MAX_PHOTOGRAPH_BYTES}, True),
        ({"jpeg": b"x" * (missing.MAX_PHOTOGRAPH_BYTES + 1)}, False),
        ({"width": missing.MAX_PHOTOGRAPH_SIDE + 1}, False),
        ({"height": missing.MAX_PHOTOGRAPH_SIDE + 1}, False),
    ],
)
def test_a_picture_is_bounded_in_bytes_and_pixels(changed: dict[str, Any], fits: bool) -> None:
    if fits:
        assert keep(**changed).new_events()
    else:
        when_made(lambda: keep(**changed)).refuses(Invalid, "/")


def test_a_profile_is_given_with_its_newest_picture_and_says_which() -> None:
    given(Profile, prepared()).when(show(FIRST)).then(photographed())
    given(Profile, prepared()).when(release).then(released_with(None))
    given(Profile, prepared(), photographed()).when(release).then(released_with(FIRST))
    given(Profile, prepared(), photographed(), photographed(SECOND)).when(release).then(
        released_with(SECOND)
    )
    given(Profile, prepared(), photographed(), renewed(2)).when(release).then(
        released_with(FIRST, 2)
    )


def test_another_picture_is_given_by_another_release_and_the_same_is_not() -> None:
    before = (prepared(), photographed(), released_with(FIRST))
    given(Profile, *before).when(release).refuses(RuleBroken, match="already")
    given(Profile, *before, photographed(SECOND)).when(release).then(released_with(SECOND))
    given(Profile, *before, not_shown()).when(release).then(released_with(None))


def test_a_withdrawn_picture_is_none_any_more_and_no_earlier_one_takes_its_place() -> None:
    two = (prepared(), photographed(), photographed(SECOND))
    given(Profile, *two).when(withdraw(SECOND)).then(not_shown(SECOND))
    given(Profile, *two, not_shown(SECOND)).when(release).then(released_with(None))
    given(Profile, *two, not_shown(FIRST)).when(release).then(released_with(SECOND))
    given(Profile, *two, not_shown(SECOND)).when(withdraw(SECOND)).refuses(RuleBroken)
    given(Profile, prepared()).when(withdraw(FIRST)).refuses(RuleBroken)


@pytest.mark.parametrize(
    ("after", "seen"),
    [
        pytest.param((), {FIRST}, id="as given"),
        pytest.param((photographed(SECOND),), {FIRST}, id="a newer one is not given yet"),
        pytest.param(
            (photographed(SECOND), released_with(SECOND)), {FIRST, SECOND}, id="both were given"
        ),
        pytest.param((not_shown(FIRST),), set(), id="withdrawn"),
        pytest.param((withdrawn(),), set(), id="the release was taken back"),
        pytest.param((withdrawn(), released_with(FIRST)), {FIRST}, id="and given again"),
        pytest.param((renewed(2), released_with(None, 2)), {FIRST}, id="a version without"),
    ],
)
def test_a_force_sees_the_pictures_that_it_was_given_while_the_episode_is_open(
    after: tuple[Any, ...], seen: set[UUID]
) -> None:
    profile = replayed(Profile, prepared(), photographed(), released_with(FIRST), *after)
    shown = {one for one in (FIRST, SECOND) if profile.gives_photograph(one, an_episode())}
    assert shown == seen
    other = an_episode(episode_id=uuid4())
    assert not any(profile.gives_photograph(one, other) for one in (FIRST, SECOND))
    over = an_episode(back())
    assert not any(profile.gives_photograph(one, over) for one in (FIRST, SECOND))


def test_a_profile_has_so_many_pictures_and_no_more_withdrawn_or_not() -> None:
    many = [photographed(uuid4()) for _ in range(MOST_PHOTOGRAPHS - 1)]
    almost = (prepared(), *many, not_shown(many[0].photograph_id))
    given(Profile, *almost).when(show(FIRST)).then(photographed())
    given(Profile, *almost, photographed()).when(show(SECOND)).refuses(RuleBroken, match="at most")


ROW = ProfileRow(
    profile_id=EPISODE,
    keeper="harbour-house",
    placing_authority=COUNCIL,
    profile_version=1,
    renewed_at=NOW,
    photograph_id=FIRST,
    photograph_taken_on=TAKEN,
    photograph_kept_at=NOW,
)


def test_it_is_overdue_on_the_day_after_the_last_and_counts_from_the_day_it_was_taken() -> None:
    days = renewals().of(COUNCIL)
    last = TAKEN + timedelta(days=days.photograph_days)
    for today, overdue in ((last, False), (last + timedelta(days=1), True)):
        picture = kept_on(ROW, today).photograph
        assert picture is not None
        assert (picture.overdue, picture.recent_until) == (overdue, last)
        assert picture.age_days == (today - TAKEN).days
    renew_by = NOW.date() + timedelta(days=days.words_days)
    assert not kept_on(ROW, renew_by).overdue
    assert kept_on(ROW, renew_by + timedelta(days=1)).overdue
    assert kept_on(ROW, renew_by).interval_from == days.source


def test_the_interval_is_the_placing_authoritys_own_and_never_called_law() -> None:
    own = Renewal(words_days=30, photograph_days=90, source="northvale", is_law=False)
    both = Renewals(default=renewals().default, placing_authorities={COUNCIL: own})
    assert both.of(COUNCIL) is own
    assert both.of("southmere-council") is both.of(None) is renewals().default
    assert not renewals().default.is_law
