"""Truancy patrols and what came of their stops: counts only. Pure."""

from datetime import date
from uuid import UUID

from msgspec import Struct


class PatrolRow(Struct, frozen=True, kw_only=True):
    """A truancy patrol and its effect, for whoever manages it.

    Stops are counted by the day on which the child was met, by the clocks of the place, and not
    children: who was met twice counts twice, as both stops need a follow-up. Each of the stops that
    name the patrol's code is in `stops` or in one of `outside_its_days` and `of_others`.

    Attributes:
        stops: of the agencies that run it, within its days.
        followed_up: whose child was found again; `in_time` by the last day for it.
        due, overdue: stops without, as of the question; an overdue one is no longer due.
        tried: of those without, where the child was looked for and not found.
        no_concern, support_offered, referred: what the follow-ups came to; they sum to
            `followed_up`.
        outside_its_days: stops of the agencies that run it, before its first or after its last day.
        of_others: stops that name it, of agencies that do not run it.
    """

    patrol_id: UUID
    code: str
    run_by: list[str]
    areas: list[str]
    since: date
    until: date
    stops: int
    followed_up: int
    in_time: int
    due: int
    overdue: int
    tried: int
    no_concern: int
    support_offered: int
    referred: int
    outside_its_days: int
    of_others: int
