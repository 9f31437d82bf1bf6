"""From stored bytes to an event's typed data, sealed fields left sealed: envelope and registry.

Baseline: the library's `Mapper.to_domain_event` of the same report, from its stored bytes.
"""

import time
from uuid import UUID

from eventsourcing.persistence import (
    DatetimeAsISO,
    DecimalAsStr,
    JSONTranscoder,
    Mapper,
    StoredEvent,
    UUIDAsHex,
)

from bench.harness import Result, compared, in_turns, missing_store, run, servers
from bench.stock import StockEpisode, stock_report
from shared.contracts import envelope
from shared.contracts.registry import EVENTS
from tests.support.histories import Thing, context, report

OURS, THEIRS = 20_000, 4_000


async def measure(runs: int) -> list[Result]:
    """The figure."""
    with servers() as (postgres, folder):
        async with missing_store(postgres, folder) as repository:
            await repository.save(Thing.report(report()), context=context())
            ((body),) = [event.body for event in await repository.store.after(0)]
    transcoder = JSONTranscoder()
    for transcoding in (UUIDAsHex(), DecimalAsStr(), DatetimeAsISO()):
        transcoder.register(transcoding)
    mapper: Mapper[UUID] = Mapper(transcoder)
    stored = mapper.to_stored_event(stock_report(StockEpisode).collect_events()[0])

    async def ours() -> float:
        return decoded(body)

    async def theirs() -> float:
        return mapped(mapper, stored)

    measured = await in_turns(ours, theirs, runs)
    return [
        compared("codec_decode", f"a sealed report of {len(body)} bytes decoded", "events/s",
                 f"events/s, to_domain_event of {len(stored.state)} bytes, unsealed", measured)
    ]  # fmt: skip


def decoded(body: bytes) -> float:
    """Events a second by us."""
    started = time.perf_counter()
    for _ in range(OURS):
        found = envelope.read(body)
        EVENTS.decode(found.type, found.data)
    return OURS / (time.perf_counter() - started)


def mapped(mapper: Mapper[UUID], stored: StoredEvent) -> float:
    """Events a second by the library."""
    started = time.perf_counter()
    for _ in range(THEIRS):
        mapper.to_domain_event(stored)
    return THEIRS / (time.perf_counter() - started)


if __name__ == "__main__":
    run(measure, __doc__ or "")
