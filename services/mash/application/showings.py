"""Who was shown a report of intelligence here: for its bureau, above all when it is withdrawn."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.mash.application.asking import Answered, Asker, seen
from services.mash.store import Look, Looks, Snapshot, snapshot
from services.mash.views.facts.limits import limits_of
from services.mash.views.intelligence import TO_DECIDE, withdrawn_in
from services.mash.views.terms import REPORT
from shared.access.actor import Actor
from shared.access.disclosure import Disclosures, Showing
from shared.contracts.refusals import NotFound
from shared.projecting.facts import Fact

STORE = "intelligence"
MOST = 2000
"""Disclosures of one report that one answer names; beyond it there are `more`."""


class Shown(Struct, frozen=True, kw_only=True):
    """Somebody was shown something of a version.

    Attributes:
        disclosure: the event that recorded it, before they saw it.
        at: when.
        actor: the person or system, as their issuer names them.
        versions: the versions of which there was something in what they saw.
    """

    disclosure: UUID
    at: str
    actor: str
    agency: str
    roles: tuple[str, ...]
    purpose: str
    action: str
    versions: tuple[UUID, ...]


class ShownAnswer(Struct, frozen=True, kw_only=True):
    """Everybody who was shown a report here, oldest first.

    Attributes:
        versions: all of the report's that are known here.
        more: there are more than are named.
        as_of: the position in each store up to which this knows everything, the disclosures too.
    """

    report_id: UUID
    versions: tuple[UUID, ...]
    shown: tuple[Shown, ...]
    more: bool
    as_of: dict[str, int]
    agencies: tuple[str, ...]


class ShowingApplication:
    """Who was shown what."""

    def __init__(self, pool: "asyncpg.Pool[Any]", looks: Looks, disclosures: Disclosures) -> None:
        self._pool = pool
        self._looks = looks
        self._disclosures = disclosures

    async def shown(self, *, report_id: UUID, asker: Asker) -> Answered:
        """Who was shown a report of the asker's own bureau, in which version.

        A disclosure names the mentions that it showed and the positions that it knew. Whether a
        version was open to that person at that moment is decided again from the facts of then; so
        whoever looked at the child before the report came, or could not see it, is not named.

        Raises:
            NotFound: there is no such report of the asker's agency, or none they may know of.
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        async with snapshot(self._pool) as snap:
            facts = await _facts(snap, report_id)
            vector = snap.vector
        own = [fact for fact in facts if fact.agency == asker.actor.agency]
        if not seen(own, asker.actor).facts:
            await self._record(asker, Showing(action="list-shown", outcome="nothing-found"))
            raise NotFound("there is no such record")
        mentions = {fact.mention_id for fact in facts}
        looks, reached = await self._looks.at(mentions, limit=MOST + 1)
        shown = tuple(_shown(looks[:MOST], facts))
        answer = ShownAnswer(
            report_id=report_id,
            versions=tuple(dict.fromkeys(_versions(facts))),
            shown=shown,
            more=len(looks) > MOST,
            as_of=vector | {"mash_disclosures": reached},
            agencies=tuple(dict.fromkeys(one.agency for one in shown)),
        )
        body = msgspec.json.encode(answer)
        await self._record(
            asker,
            Showing(
                action="list-shown",
                outcome="shown",
                answer=body,
                mentions=sorted(mentions),
                vector=answer.as_of,
            ),
        )
        return Answered(body)

    async def _record(self, asker: Asker, showing: Showing) -> None:
        await self._disclosures.record(
            showing,
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )


async def _facts(snap: Snapshot, report_id: UUID) -> list[Fact]:
    """Everything that stands on the mentions of a report because of it, in any version."""
    rows = await snap.fetch(
        "SELECT DISTINCT mention_id FROM {schema}.term WHERE kind = $1 AND value = $2",
        REPORT,
        str(report_id),
    )
    kinds = ("intelligence", "named", "beside", "along", *TO_DECIDE)
    facts = await snap.facts_on([row[0] for row in rows], kinds)
    return [fact for fact in facts if fact.source == STORE]


def _shown(looks: Sequence[Look], facts: Sequence[Fact]) -> Iterator[Shown]:
    for look in looks:
        versions = tuple(dict.fromkeys(_versions(_then(look, facts))))
        if versions:
            yield Shown(
                disclosure=look.envelope.id,
                at=look.envelope.time,
                actor=look.envelope.actor,
                agency=look.envelope.agency,
                roles=look.data.roles,
                purpose=look.envelope.purpose,
                action=look.data.action,
                versions=versions,
            )


def _then(look: Look, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that this person could see then on the mentions that they were shown."""
    known = look.data.vector.get(STORE, 0)
    about = set(look.data.about)
    of_then = [fact for fact in facts if fact.position <= known and fact.mention_id in about]
    whoever = Actor(
        id=look.envelope.actor,
        agency=look.envelope.agency,
        kind="person",
        roles=frozenset(look.data.roles),
        purpose=look.envelope.purpose,
        basis=look.envelope.basis,
        regime=look.envelope.regime,
    )
    if look.data.action == "list-shown":
        # It showed who was shown the report, and nothing of the report.
        return []
    withdrawn = withdrawn_in(of_then)
    return [
        fact
        for fact in seen(of_then, whoever).facts
        if (limits := limits_of(fact)) is not None and limits.version not in withdrawn
    ]


def _versions(facts: Sequence[Fact]) -> Iterator[UUID]:
    for fact in facts:
        # That something was decided says nothing of what the report says.
        if fact.kind != "intelligence-decided" and (limits := limits_of(fact)) is not None:
            yield limits.version
