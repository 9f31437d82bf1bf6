"""Every event, in order, once: when all is well."""

import pytest

from tests.bus.support import Bus, append, stored, until

pytestmark = pytest.mark.integration


@pytest.mark.asyncio
async def test_a_reader_sees_every_event_with_the_stores_own_bytes_and_positions(bus: Bus) -> None:
    await append(bus.store, 700)
    relay = await bus.relay()
    tail = await bus.tail()
    await tail.reaches(700)
    await append(bus.store, 5, each=1)
    await tail.reaches(705)
    assert tail.read == await stored(bus.store)
    await until(lambda: relay.state.published == 705)
    assert relay.state.lag == 0
    assert relay.state.error is None
