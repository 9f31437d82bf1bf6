"""What agencies send about a part of a region, taken in: each thing once, whatever was interrupted.

A request is kept under the same idempotency key as when it is sent.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

from examples.regional.bulk.handing import Kept, hand
from examples.regional.bulk.services import Services
from examples.regional.reports import Sent
from examples.regional.sending import NotTaken
from shared.contracts.refusals import Refused, RuleBroken, Unavailable
from shared.eventstore.append import AlreadyAnswered

AT_ONCE = 128
"""Chains of requests under way in a process: enough to share transactions, few enough to hold."""


async def take(sent: Sequence[Sent], seed: int, services: Services) -> None:
    """Take what is sent about a part of a region: what was taken before is passed over.

    Args:
        sent: in its order, which is kept among requests that have to do with one another.
        seed: of the part: with the number of a request it makes the idempotency key.

    Raises:
        NotTaken: a use case refused something, which a region never sends.
        Unavailable: a server does not answer; what was taken is stored.
    """
    keys = [each.key(seed, number) for number, each in enumerate(sent)]
    done, kept = await _done(keys, services), Kept()
    chains: dict[str, list[tuple[Sent, str]]] = {}
    for each, key in zip(sent, keys, strict=True):
        if key not in done:
            chains.setdefault(_chain(each, key), []).append((each, key))
        elif each.keep is not None:
            kept[each.keep] = done[key]
    waiting = iter(chains.values())

    async def some() -> None:
        for chain in waiting:
            for each, key in chain:
                try:
                    await hand(each, key, services, kept)
                except (Refused, ValueError) as reason:
                    if isinstance(reason, Unavailable):
                        raise
                    raise NotTaken(
                        f"{each.path} under key {key} of seed {seed}: {type(reason).__name__}"
                    ) from reason

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())


async def introduce(sent: Iterable[Sent], services: Services) -> None:
    """Register agencies and commissions, where nobody has."""
    for number, each in enumerate(sent):
        with suppress(RuleBroken, AlreadyAnswered):
            await hand(each, each.key(0, number), services, Kept())


async def _done(keys: Sequence[str], services: Services) -> dict[str, UUID]:
    """The requests that were answered before, each with the record that it made or changed."""
    found: dict[str, UUID] = {}
    for name, runtime in services.runtimes.items():
        rows = await runtime.stores[name].fetch(
            f"SELECT key, body FROM {name}.answer WHERE key = ANY($1)",  # noqa: S608 (our own name)
            list(keys),
        )
        found |= {row[0]: UUID(json.loads(row[1])["id"]) for row in rows}
    return found


def _chain(sent: Sent, key: str) -> str:
    """What must be taken one after the other has the same name here."""
    if sent.named is not None:
        return sent.named
    reference = sent.body.get("force_reference") if sent.service == "missing" else sent.keep
    return str(reference or key)
