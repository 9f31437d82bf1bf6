"""A simulated region is sent through the interfaces; its profile is the simulator's own ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio

from examples.regional.ledger import OWN, POPULATION, figures
from examples.regional.reports import Sent, register, reports, screened
from examples.regional.sending import send
from examples.regional.sizes import AUTHORITIES, Size
from examples.regional.truth import Screening, World, make
from services.cli.provision import with_database
from services.mash.views.profile import Profile
from services.topology import REFERENCE_DATABASE
from shared.access.tokens import Issuer
from shared.contracts import EVENTS, disclosure, envelope, times
from shared.embedded import Postgres
from tests.examples.comparing import told
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
SERVICES = ("missing", "intake", "screening", "intelligence", "mash")
READ = ("missing", "screening", "intelligence", "intake")
HALF_YEARS = {
    1: (date(2015, 7, 1), date(2015, 12, 31)),
    2: (date(2016, 1, 1), date(2016, 6, 30)),
    3: (date(2016, 7, 1), date(2016, 12, 31)),
    4: (date(2017, 1, 1), date(2017, 6, 30)),
    5: (date(2017, 7, 1), date(2017, 12, 31)),
}
"""One for each seed, so that five regions stand in one system: a profile is of a period."""


@dataclass
class Region:
    """A system that a region's agencies report to."""

    apps: Apps
    clients: dict[str, httpx.AsyncClient]

    async def send(self, sent: list[Sent], seed: int) -> None:
        await send(sent, seed=seed, clients=self.clients, issuer=Issuer(self.apps.keys.demo))

    async def settled(self) -> None:
        """Wait until every mention is linked, and all of it is in the views."""
        readers = self.apps.running["intake"].state.runtime.readers
        projector = self.apps.running["mash"].state.projector
        for source in READ:
            head = await self.apps.head(source)
            for _ in range(4_000):
                if readers[f"follow:{source}"].positions[source] >= head:
                    break
                await asyncio.sleep(0.02)
            else:
                raise AssertionError(f"intake never took in all of {source}")
        for source in READ:
            await projector.reached(source, await self.apps.head(source))

    async def profile(self, world: World, **changed: Any) -> Profile:
        asked = {
            "authorities": list(AUTHORITIES),
            "first": world.size.first.isoformat(),
            "last": world.size.last.isoformat(),
            "shared": False,
            "populations": dict.fromkeys(AUTHORITIES, POPULATION),
            "own_areas": sorted(OWN),
        }
        answer = await self.apps.ask(
            "mash", "POST", "/exports/problem-profile", "profile-analyst", json=asked | changed
        )
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=Profile)


@pytest_asyncio.fixture
async def region(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Region]:
    async with (
        running_apps(postgres, tmp_path, *SERVICES, bus=True) as apps,
        AsyncExitStack() as stack,
    ):
        clients = {}
        for name, app in apps.running.items():
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60)
            clients[name] = await stack.enter_async_context(client)
        yield Region(apps, clients)


async def directory(region: Region, worlds: list[World]) -> None:
    """Let the directory of postcodes know the invented ones, as it knows those of the country."""
    known = {code: area for world in worlds for code, area in world.directory.items()}
    admin = await asyncpg.connect(with_database(region.apps.admin_url, REFERENCE_DATABASE))
    try:
        await admin.executemany(
            "INSERT INTO public.postcode (postcode, authority) VALUES ($1, $2)", known.items()
        )
        await admin.execute("INSERT INTO public.edition (name, postcodes) VALUES ('invented', 1)")
    finally:
        await admin.close()


def an_alteration(world: World) -> Sent:
    """One more screening of a child, which changes the truth and is one more thing to send."""
    child = next(each for each in world.children if not each.screenings and each.episodes)
    at = child.episodes[0].since + timedelta(hours=1)
    child.screenings.append(Screening(at, "significant", ["M7", "S6", "V8"]))
    return screened(child, child.screenings[0])


async def test_the_profile_is_the_ledger_for_five_seeds_and_after_one_altered_input(
    region: Region,
) -> None:
    worlds = [
        make(seed, Size(children=6, first=first, last=last))
        for seed, (first, last) in HALF_YEARS.items()
    ]
    await directory(region, worlds)
    await region.send(register(), 0)
    for world in worlds:
        await region.send(reports(world), world.seed)
    await region.settled()

    for world in worlds:
        assert told(await region.profile(world)) == told(figures(world)), world.seed
    everything = {f"PP{number}" for number in range(1, 18)} - {"PP16"}
    assert {figure for world in worlds for figure in told(figures(world))} == everything

    world = worlds[0]
    before, was, then = await region.profile(world), figures(world), times.now()
    await region.send([an_alteration(world)], 100)
    await region.settled()
    after, now = await region.profile(world), figures(world)

    assert told(now) != told(was)
    assert told(after) == told(now)
    assert {f.id for f in after.figures if f not in before.figures} == {
        figure for figure in now if told(now).get(figure) != told(was).get(figure)
    }
    assert told(await region.profile(world, known_by=then.isoformat())) == told(was)
    for_sharing = await region.profile(world, shared=True)
    assert not [
        cell
        for figure in for_sharing.figures
        for area in figure.areas
        for cell in (*area.cells, *area.outside)
        if cell.count in {1, 2, 3, 4}
    ]
    for other in worlds[1:]:
        assert told(await region.profile(other)) == told(figures(other)), other.seed

    stored = envelope.read(await region.apps.newest("mash_disclosures", "mash"))
    made = EVENTS.decode(stored.type, stored.data)
    assert isinstance(made, disclosure.DisclosureMade)
    assert (made.action, stored.purpose) == ("export-problem-profile", "problem-profile")
    assert len(made.subjects) == figures(worlds[-1])["PP1"]["region"]["base"]
