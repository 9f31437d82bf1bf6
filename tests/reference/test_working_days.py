"""Working days and bank holidays in England and Wales, from the government's own list."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import times
from shared.reference.working_days import (
    end_of_working_day,
    is_known,
    is_working_day,
    midnight_after,
    working_day_after,
)

PUBLISHED = [
    # gov.uk/bank-holidays, England and Wales.
    date(2014, 12, 25), date(2014, 12, 26), date(2015, 1, 1), date(2015, 4, 3), date(2015, 4, 6),
    date(2015, 5, 4), date(2015, 5, 25), date(2015, 8, 31), date(2015, 12, 25),
    date(2015, 12, 28),  # Boxing Day was a Saturday: its substitute
    date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19),  # moved, added, and once only
    date(2023, 5, 8),
]  # fmt: skip


@pytest.mark.parametrize("day", PUBLISHED)
def test_a_bank_holiday_is_no_working_day(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2015, 11, 30), date(2015, 3, 17), date(2022, 5, 30)])
def test_holidays_of_elsewhere_and_days_that_were_moved_from_are_working_days(day: date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2015-02-11T15:30:00Z", "2015-02-13T00:00:00Z"),  # Wednesday: the end of Thursday
        ("2015-02-13T23:59:59Z", "2015-02-17T00:00:00Z"),  # Friday: the end of Monday
        ("2015-02-14T09:00:00Z", "2015-02-17T00:00:00Z"),  # Saturday: the end of Monday
        ("2015-04-02T16:00:00Z", "2015-04-07T23:00:00Z"),  # before Easter; summer time by then
        ("2015-03-27T16:00:00Z", "2015-03-30T23:00:00Z"),  # the clocks change in between
        ("2014-12-24T16:00:00Z", "2014-12-30T00:00:00Z"),  # Christmas, then a weekend
        ("2015-04-27T23:30:00Z", "2015-04-29T23:00:00Z"),  # half past midnight on the 28th
    ],
)
def test_within_one_working_day_ends_at_the_midnight_after_the_next_one(
    received: str, due: str
) -> None:
    assert end_of_working_day(times.read(received), 1) == times.read(due)


def test_outside_the_list_only_weekends_are_known_to_be_free() -> None:
    assert is_known(date(2015, 1, 1))
    assert not is_known(date(2011, 12, 31))
    assert is_working_day(date(2011, 12, 27))


@given(
    st.datetimes(
        min_value=datetime(2012, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
        max_value=datetime(2027, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.integers(min_value=1, max_value=20),
)
def test_each_further_working_day_ends_later_and_on_a_working_day(
    moment: datetime, count: int
) -> None:
    due, further = end_of_working_day(moment, count), end_of_working_day(moment, count + 1)
    assert moment < due < further
    assert is_working_day(working_day_after(times.in_london(moment).date(), count))
    assert times.in_london(due).strftime("%H:%M") == "00:00"


def test_days_end_at_midnight_by_the_clocks_of_the_place() -> None:
    assert midnight_after(times.read("2015-03-01T12:00:00Z"), 30) == times.read(
        "2015-03-31T23:00:00Z"
    )
