"""Moments and days, as they stand in events.

A moment is written in UTC with six decimals and a `Z` (`2015-03-27T22:10:00.000000Z`): fixed width,
so that text order is time order. A naive time is refused at every door.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""Where the days of rules begin and end."""


def now() -> datetime:
    """The present moment, in UTC. Pure code never calls this: it is given the time."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """The one way a moment is written in an event.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    """The moment that `written` wrote."""
    return datetime.fromisoformat(text)


def in_london(moment: datetime) -> datetime:
    """The same moment by the clocks of the place; its date is the day that rules speak of."""
    return moment.astimezone(LONDON)


def midnight(day: date) -> datetime:
    """When a day begins by the clocks of the place."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON)


def day_after(midnight: datetime) -> datetime:
    """The next midnight by the clocks of the place, also where the day has 23 or 25 hours."""
    # Adding a day to a local time keeps the wall clock, which is what a day means here.
    return midnight + timedelta(days=1)
