"""Working days in England and Wales: Monday to Friday without the bank holidays.

The holidays are the government's own list (gov.uk/bank-holidays, as kept in the package
`govuk-bank-holidays`), read from the package and never fetched. Before and after the years of that
list only weekends are known to be free, and `is_known` says so.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

from shared.contracts import times

SATURDAY = 5


@cache
def bank_holidays() -> frozenset[date]:
    """Every bank holiday of England and Wales that the list has."""
    listed = BankHolidays(use_cached_holidays=True)
    return frozenset(
        holiday["date"] for holiday in listed.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    )


def is_known(day: date) -> bool:
    """Whether the list has the holidays of that day's year."""
    years = {holiday.year for holiday in bank_holidays()}
    return min(years) <= day.year <= max(years)


def is_working_day(day: date) -> bool:
    """Whether people who work office hours work on that day."""
    return day.weekday() < SATURDAY and day not in bank_holidays()


def working_day_after(day: date, count: int) -> date:
    """The working day that follows a day as the first, second, ... one.

    The day itself never counts: of something that comes on a Saturday, the first working day is the
    Monday.
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def end_of_working_day(moment: datetime, count: int) -> datetime:
    """The moment at which "within so many working days" of a moment is over, in UTC.

    It is the end, at midnight by the clocks of the place, of the working day that follows as that
    number. "Within one working day" is not defined in the guidance that uses it; ours is the
    reading with no part of a day in it, which two people reckon alike.
    """
    return _midnight(working_day_after(times.in_london(moment).date(), count))


def midnight_after(moment: datetime, days: int) -> datetime:
    """The end of the day that is so many days after a moment's, by the clocks of the place."""
    return _midnight(times.in_london(moment).date() + timedelta(days=days))


def _midnight(day: date) -> datetime:
    """The midnight that ends a day."""
    following = day + timedelta(days=1)
    local = datetime(following.year, following.month, following.day, tzinfo=times.LONDON)
    return local.astimezone(UTC)


def hours_after(moment: datetime, hours: int) -> datetime:
    """So many elapsed hours after a moment, whatever the clocks do meanwhile."""
    return moment + timedelta(hours=hours)


def working_hours_after(moment: datetime, hours: int, *, opens: time, closes: time) -> datetime:
    """The moment at which so many hours of work have passed since a moment, in UTC.

    Work goes on between two times of day by the clocks of the place, on working days. The clocks
    change at night, so that no working day is longer than another.
    """
    left = timedelta(hours=hours)
    day = times.in_london(moment).date()
    while True:
        if is_working_day(day):
            begins = max(moment, datetime.combine(day, opens, times.LONDON).astimezone(UTC))
            ends = datetime.combine(day, closes, times.LONDON).astimezone(UTC)
            if begins + left <= ends:
                return begins + left
            left -= max(ends - begins, timedelta())
        day += timedelta(days=1)
