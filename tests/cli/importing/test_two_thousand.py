"""Two thousand episodes from files: the counts are those that were worked out by hand.

How many interviews were required, offered, accepted, done in time? A council with 685 incidents
could not say. Everything here comes through the files of a force and a provider; only the council's
allocations do not.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.missing.application import InterviewApplication, MissingApplication
from services.missing.store import InterviewList
from shared.contracts import times
from shared.embedded import Postgres
from tests.cli.importing.files import cells_of, kept, lines, small_report, table
from tests.cli.importing.served import Served, served
from tests.support.histories import context

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

EPISODES = 2000
FIRST = datetime(2015, 1, 1, 12, 0, tzinfo=UTC)
FORCE, PROVIDER = "northvale-police", "lantern-trust"
AREAS = ("northvale-council", "southmere-council")
Body = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with served(postgres, tmp_path_factory.mktemp("thousands")) as made:
        yield made


def began(number: int) -> datetime:
    """One begins every four hours."""
    return FIRST + timedelta(hours=4 * number)


def reference(number: int) -> str:
    return f"NV/T/{number:06}"


def report(number: int) -> Body:
    asked = "unknown" if began(number) >= datetime(2015, 2, 2, tzinfo=UTC) else "not_asked"
    return small_report(
        number,
        missing_since=times.written(began(number)),
        reported_at=times.written(began(number) + timedelta(hours=1)),
        at_risk_of_exploitation=asked,
        known_to_social_care=asked,
        responsible_authority=AREAS[number % 2],
    )


def back(number: int) -> datetime:
    return began(number) + timedelta(hours=2)


def returned(number: int) -> Body:
    return {
        "force_reference": reference(number),
        "returned_at": times.written(back(number)),
        "how": "returned_by_self",
    }


def record(number: int) -> Body:
    """What becomes of an interview is by its number, of every ten.

    0: the child is still away. 1: never offered. 2: offered and declined by the child. 3: offered,
    declined, and accepted after all, held in time. 4-6: offered, accepted, held after 24 hours, in
    time. 7: offered, accepted, held after 80 hours, late. 8: offered, given up. 9: offered,
    accepted, not held yet.
    """
    kind = number % 10
    at = times.written(back(number))
    found: Body = {
        "force": FORCE,
        "force_reference": reference(number),
        "offered": {"offered_at": at, "to": "child"},
    }
    if kind in {2, 3}:
        found["declined"] = {"declined_at": at, "by": "child"}
    if kind in {3, 4, 5, 6, 7, 9}:
        found["accepted"] = {"accepted_at": at}
    if kind in {3, 4, 5, 6, 7}:
        held_at = back(number) + timedelta(hours=80 if kind == 7 else 24)
        found["held"] = {
            "held_at": times.written(held_at),
            "setting": "school",
            "interviewer_role": "return-interviewer",
            "independent": True,
            "exploitation": "low",
            "exploitation_rationale": "None seen.",
        }
    if kind == 8:
        found["given_up"] = {"decided_at": at, "why": "child-could-not-be-reached", "attempts": 3}
    return found


async def allocate(service: Served, numbers: list[int]) -> None:
    """The councils give the interviews to the provider."""
    state = service.apps.running["missing"].state
    use: InterviewApplication = state.interviews
    known: MissingApplication = state.application
    for area in AREAS:
        await use.commission(
            provider=PROVIDER, area=area, since=date(2014, 4, 1), until=None, context=context(area)
        )

    async def one(number: int) -> None:
        found = await known.interview_by_reference(force=FORCE, force_reference=reference(number))
        area = AREAS[number % 2]
        await use.allocate(interview_id=found, area=area, on=back(number), context=context(area))

    for start in range(0, len(numbers), 100):
        await asyncio.gather(*map(one, numbers[start : start + 100]))


async def folded(service: Served) -> None:
    """Wait until the list holds everything that was stored."""
    head = await service.apps.head("missing")
    async with service.apps.admin("missing") as connection:
        position = 0
        while position < head:
            await asyncio.sleep(0.05)
            position = await connection.fetchval("SELECT position FROM lists.progress")


async def counts(service: Served, persona: str = "social-care", **asked: str) -> Body:
    response = await service.apps.ask(
        "missing", "GET", "/interviews/counts", persona,
        params={"since": "2014-12-31", "until": "2016-01-01"} | asked,
    )  # fmt: skip
    assert response.status_code == 200, response.text
    found: Body = response.json()
    return found


@pytest.mark.timeout(240)
async def test_the_counts_over_two_thousand_imported_episodes(
    service: Served, tmp_path: Path
) -> None:
    numbers = range(EPISODES)
    returns = [number for number in numbers if number % 10 != 0]
    records = [number for number in numbers if number % 10 > 1]
    files = {
        "report": kept(tmp_path, lines(map(report, numbers)), "reports.ndjson"),
        "return": kept(
            tmp_path, table(cells_of("return", returned(n)) for n in returns), "returns.csv"
        ),
        "interview": kept(
            tmp_path,
            table((cells_of("interview", record(n)) for n in records), delimiter=";"),
            "interviews.csv",
        ),
    }
    expected = {"report": 2000, "return": 1800, "interview": 1600}
    for kind in ("report", "return"):
        well, said = await service.imported(files[kind], kind, at_once=24)
        assert well, said
        assert f"{expected[kind]:,} were stored, 0 were there already" in said
    await allocate(service, records)
    well, said = await service.imported(files["interview"], "interview", at_once=24)
    assert well, said
    await folded(service)

    listed: InterviewList = service.apps.running["missing"].state.interview_list
    whole = await listed.counts(
        since=FIRST - timedelta(days=1), until=datetime(2016, 1, 1, tzinfo=UTC), now=times.now()
    )
    assert whole.required == 2000
    assert whole.allocated == 1600
    assert whole.offered == 1600
    assert whole.accepted == 1200
    assert whole.declined == 200
    assert whole.conducted == 1000
    assert whole.in_time == 800
    assert whole.given_up == 200
    assert whole.open == 600
    assert whole.overdue == 400

    # As the council asks: even numbers are its own. Kinds 0, 2, 4, 6, 8, of which 4 and 6 are held.
    own = await counts(service)
    assert (own["required"], own["offered"], own["accepted"]) == (1000, 800, 400)
    assert (own["conducted"], own["in_time"], own["declined"]) == (400, 400, 200)
    # As the provider asks, who has both councils'.
    theirs = await counts(service, "interviewer")
    assert (theirs["required"], theirs["conducted"], theirs["in_time"]) == (1600, 1000, 800)
