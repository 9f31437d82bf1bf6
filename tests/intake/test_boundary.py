"""Whom rules tell of children in another authority's area: each at its boundary, and of no more."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from services.intake.domain import BoundaryNotice, Crossing, ToldFinding, ToldStatus, crossings
from shared.contracts.refusals import RuleBroken

HOME, HOST, THIRD = "northvale-council", "southmere-council", "eastleigh-council"
TODAY = date(2015, 6, 1)
FOUND = datetime(2015, 5, 1, 22, 0, tzinfo=UTC)


def status(
    responsible: str = HOME,
    host: str | None = HOST,
    *,
    said_by: str = HOME,
    since: str = "2015-01-01",
    until: str | None = None,
) -> ToldStatus:
    return ToldStatus(
        record_id=uuid4(),
        child=uuid4(),
        said_by=said_by,
        responsible=responsible,
        host=host,
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )


def finding(found_in: str | None, lives_in: str | None = None) -> ToldFinding:
    return ToldFinding(uuid4(), uuid4(), "northvale-police", found_in, lives_in, FOUND)


def told(*statuses: ToldStatus, found: tuple[ToldFinding, ...] = ()) -> list[tuple[str, str, str]]:
    return [(one.to, one.reason, one.other) for one in crossings(statuses, found, TODAY)]


def test_the_host_is_told_by_whoever_places_and_the_placing_authority_by_the_host() -> None:
    assert told(status()) == [(HOST, "living-in", HOME)]
    assert told(status(said_by=HOST)) == [(HOME, "placed-by", HOST)]
    assert told(status(said_by=THIRD)) == [(HOST, "living-in", HOME), (HOME, "placed-by", HOST)]


def test_a_child_in_the_area_of_whoever_is_responsible_is_nobodys_news() -> None:
    assert told(status(host=HOME)) == []
    assert told(status(host=None)) == []


def test_where_a_child_does_not_live_any_more_nobody_is_told() -> None:
    assert told(status(until="2015-05-31")) == []
    assert told(status(until="2015-06-01")) == [(HOST, "living-in", HOME)]
    assert told(status(since="2015-07-01")) == [(HOST, "living-in", HOME)], "told in advance"


@pytest.mark.parametrize(
    ("until", "since", "occasions"),
    [
        ("2015-03-31", "2015-04-01", [2]),
        ("2015-03-31", "2015-03-01", [2]),
        ("2015-03-31", "2015-04-02", [1]),
        (None, "2015-04-02", [2]),
    ],
)
def test_statuses_without_a_gap_are_one_occasion(
    until: str | None, since: str, occasions: list[int]
) -> None:
    # The one that is over is no news where the other is another occasion.
    found = crossings([status(until=until), status(since=since)], (), TODAY)
    assert [len(one.occasions) for one in found] == occasions


def test_a_host_that_says_so_itself_is_not_told() -> None:
    assert told(status(), status(said_by=HOST)) == []


def test_found_where_the_child_neither_belongs_nor_lives() -> None:
    living = (HOST, "living-in", HOME)
    assert told(status(), found=(finding(THIRD),)) == [living, (THIRD, "found-in", HOME)]
    assert told(status(), found=(finding(HOST),)) == [living]
    assert told(status(), found=(finding(HOME),)) == [living]
    assert told(status(), found=(finding(None),)) == [living]
    over = status(until="2015-04-30")
    assert told(over, found=(finding(THIRD),)) == [], "of whom nobody knew that day"
    assert told(over, found=(finding(THIRD, HOME),)) == [(THIRD, "found-in", HOME)]
    assert told(status(until="2015-05-01"), found=(finding(THIRD),)) == [(THIRD, "found-in", HOME)]


def test_a_status_says_more_than_the_address_of_a_report() -> None:
    assert told(status(host=None), found=(finding(HOME, THIRD),)) == []
    assert told(found=(finding(HOST, HOME),)) == [(HOST, "found-in", HOME)]
    assert told(found=(finding(HOST, HOST),)) == []


def test_each_time_found_is_an_occasion_of_its_own() -> None:
    two = (finding(HOST, HOME), finding(HOST, HOME))
    occasions: list[tuple[UUID, ...]] = [one.occasions for one in crossings([], two, TODAY)]
    assert occasions == [(each.record_id,) for each in two]


def test_a_notice_is_acknowledged_once() -> None:
    record = uuid4()
    made = BoundaryNotice.tell(
        Crossing(HOST, "living-in", HOME, uuid4(), record, TODAY, HOME, (record,)), now=FOUND
    )
    made.acknowledge(now=FOUND)
    with pytest.raises(RuleBroken, match="already"):
        made.acknowledge(now=FOUND)
