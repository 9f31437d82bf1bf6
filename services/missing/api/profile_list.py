"""The list from which a keeper sees which profiles, and which pictures, have become old."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from msgspec import Struct

from services.missing.store import ProfileList
from services.missing.timescales import renewals
from services.missing.views import ProfileRow
from shared.contracts import times
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.openapi import answers
from shared.web.paging import Next, Paged

router = APIRouter(tags=["profiles"])

Lister = Annotated[Caller, Depends(May("list-profiles"))]


class PhotographKept(Struct, frozen=True, kw_only=True):
    """The picture that a profile is given with.

    Attributes:
        taken_on: the day on which it was taken, as the carer says.
        kept_at: when it was sent.
        age_days: since it was taken.
        recent_until: the last day on which it counts as recent, by local practice.
    """

    photograph_id: UUID
    taken_on: date
    kept_at: datetime
    age_days: int
    recent_until: date
    overdue: bool


class ProfileKept(Struct, frozen=True, kw_only=True):
    """A profile, and how old its words and its picture are today.

    Attributes:
        renewed_at: when its newest version was written.
        renew_by: the last day on which that counts as up to date.
        interval_from: who says how often it is to be renewed: local practice, and no law.
        photograph: none where it has none; then one is wanted.
    """

    profile_id: UUID
    keeper: str
    placing_authority: str | None
    profile_version: int
    renewed_at: datetime
    renew_by: date
    overdue: bool
    interval_from: str
    photograph: PhotographKept | None


class ProfilePage(Struct, frozen=True, kw_only=True):
    """Some of your agency's profiles, the longest not renewed first."""

    profiles: list[ProfileKept]
    next: Next


@router.get("/profiles", response_class=Response)
@answers(ProfilePage)
async def list_profiles(
    caller: Lister, listed: Annotated[ProfileList, Depends(held("profile_list"))], paging: Paged
) -> Response:
    """The profiles that your agency keeps or stands behind, the longest not renewed first.

    A profile that nobody has renewed for long, and a picture in which a child is not known again,
    help nobody: both are shown as overdue once the interval of the authority that placed the child
    is over. A renewal of the words is `renew`, of the picture another picture.
    """
    agency = caller.actor.agency
    scope = ("profiles", agency)
    rows = await listed.rows(
        agency=agency,
        after=paging.after(tuple[datetime, UUID], *scope),
        limit=paging.limit + 1,
    )
    page, following = paging.cut(rows, lambda row: (row.renewed_at, row.profile_id), *scope)
    today = times.in_london(times.now()).date()
    answer = ProfilePage(
        profiles=[kept_on(row, today) for row in page],
        next=following,
    )
    return Response(msgspec.json.encode(answer), media_type="application/json")


def kept_on(row: ProfileRow, today: date) -> ProfileKept:
    """A row as of a day."""
    renewal = renewals().of(row.placing_authority)
    renew_by = renewal.words_by(times.in_london(row.renewed_at).date())
    photograph = None
    if row.photograph_id and row.photograph_taken_on and row.photograph_kept_at:
        recent_until = renewal.photograph_by(row.photograph_taken_on)
        photograph = PhotographKept(
            photograph_id=row.photograph_id,
            taken_on=row.photograph_taken_on,
            kept_at=row.photograph_kept_at,
            age_days=(today - row.photograph_taken_on).days,
            recent_until=recent_until,
            overdue=recent_until < today,
        )
    return ProfileKept(
        profile_id=row.profile_id,
        keeper=row.keeper,
        placing_authority=row.placing_authority,
        profile_version=row.profile_version,
        renewed_at=row.renewed_at,
        renew_by=renew_by,
        overdue=renew_by < today,
        interval_from=renewal.source,
        photograph=photograph,
    )
