"""A large region in bulk: what is stored is what was true, whatever interrupted it."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from examples.regional.bulk.run import Region, store_in
from examples.regional.bulk.services import opened
from examples.regional.bulk.taking import introduce, take
from examples.regional.parts import part_of, parts_of, seed_of, year_from
from examples.regional.reports import Sent, register, reports
from examples.regional.sizes import Size
from examples.regional.truth import make
from services.cli.backup.verifying import verify
from services.cli.installation import Installation
from services.cli.provision import with_database
from services.topology import SERVICES
from shared.reference import identifiers

FIRST, LAST = year_from(date(2015, 7, 1))


def test_nobody_and_nothing_of_one_part_is_met_in_another() -> None:
    size = Size(children=1300, first=FIRST, last=LAST)
    assert parts_of(size.children) == [500, 500, 300]
    worlds = [part_of(1, size, part) for part in range(3)]
    for one, other in itertools.combinations(worlds, 2):
        numbers = [
            {who.number for who in (*world.children, *world.offenders)} for world in (one, other)
        ]
        references = [
            {each.reference for child in world.children for each in child.statuses}
            | {each.reference for child in world.children for each in child.episodes}
            for world in (one, other)
        ]
        assert not numbers[0] & numbers[1]
        assert not references[0] & references[1]
    assert sum(len(world.children) for world in worlds) == size.children


def test_a_year_has_a_last_day_and_nobody_grows_up_in_it() -> None:
    assert year_from(date(2015, 7, 1)) == (date(2015, 7, 1), date(2016, 6, 30))
    world = part_of(1, Size(children=400, first=FIRST, last=LAST), 0)
    for child in world.children:
        assert child.born is not None
        assert (LAST - child.born).days < 18 * 365.25
    for sent in reports(world):
        assert sent.path == "/statuses" or FIRST <= sent.at.date() <= LAST


def test_the_last_part_takes_no_number_that_is_none() -> None:
    # Among its numbers is 999 999 9999, whose check digit is right and which nobody may have.
    for seed in range(20):
        size = Size(children=3, numbers=(999_990, 1_000_000))
        for child in make(seed, size).children:
            assert identifiers.normalised("nhs-number", child.number)


@pytest.mark.integration
def test_begun_again_after_an_interruption_everything_is_stored_once(tmp_path: Path) -> None:
    region = Region(3, Size(children=40, first=FIRST, last=LAST), clean=True)
    sent = reports(part_of(region.seed, region.size, 0))
    with Installation(tmp_path, names=()) as installation:
        asyncio.run(_interrupted(tmp_path, sent))
        told: list[tuple[str, int, int]] = []
        found = store_in(tmp_path, region, told=lambda *one: told.append(one))
        asyncio.run(_is_what_was_true(installation.postgres.url, sent, found.events))
        assert told[-1][0] == "linking"
        assert told[-1][1] == told[-1][2]


async def _interrupted(data: Path, sent: list[Sent]) -> None:
    """Half of it is stored, in its order."""
    async with opened(data) as services:
        await introduce(register(), services)
        await take(sent[: len(sent) // 2], seed_of(3, 0), services)


async def _is_what_was_true(url: str, sent: list[Sent], events: dict[str, int]) -> None:
    verified = await verify(url)
    assert not verified.findings
    assert {name: verified.events[name] for name in events} == events
    paths = Counter("grade" if each.named else each.path for each in sent)
    async with _store(url, "missing") as store:
        types = await _types(store, "missing")
        assert types["missing.episode-reported"] == paths["/episodes"]
        assert types["missing.child-returned"] == paths["/returns"]
        assert types["missing.interview-conducted"] == paths["/interview-records"]
        assert types["missing.interview-allocated"] == paths["/interview-records"]
    async with _store(url, "screening") as store:
        assert (await _types(store, "screening"))["screening.screening-completed"] == paths[
            "/screenings"
        ]
    async with _store(url, "intelligence") as store:
        types = await _types(store, "intelligence")
        assert types["intelligence.report-submitted"] == paths["/reports"]
        assert types["intelligence.report-graded"] == paths["grade"]
    async with _store(url, "intake") as store:
        types = await _types(store, "intake")
        assert types["intake.status-recorded"] == paths["/statuses"]
        # One for each screening that obliges to it, and for each child whom the force says is
        # at risk.
        assert types["intake.referral-opened"] == sum(
            each.body.get("level") in {"medium", "significant"}
            or each.body.get("at_risk_of_exploitation") == "yes"
            for each in sent
        )
        # Clean records give everybody's number: the register has each of them once. Of a form's
        # referrer there is a name only, and by a name nobody is linked.
        people = {who for each in sent for who in each.who.values()}
        registered = await store.fetch(
            "SELECT body FROM intake.event WHERE type LIKE 'intake.subject-registered.%'"
        )
        persons = sum(b'"kind":"person"' in row[0] for row in registered)
        assert persons == len(people) + paths["/screenings"]
        parked = await store.fetchval("SELECT count(*) FROM public.follower_parked")
        assert parked == 0


@asynccontextmanager
async def _store(url: str, name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(with_database(url, SERVICES[name].database))
    try:
        yield connection
    finally:
        await connection.close()


async def _types(connection: Any, store: str) -> Counter[str]:
    rows = await connection.fetch(f"SELECT type FROM {store}.event")
    return Counter(row[0].partition(".v")[0] for row in rows)
