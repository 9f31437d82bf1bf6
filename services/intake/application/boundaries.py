"""Telling authorities of children in, or of, another authority's area: once each."""

from contextlib import suppress
from uuid import UUID

from msgspec.structs import replace

from services.intake.domain import (
    BoundaryNotice,
    Crossing,
    Link,
    ToldFinding,
    ToldStatus,
    crossings,
)
from services.intake.store import BoundaryList, MemberList
from shared.contracts import times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository

TOLD = "boundary-notice"
"""Claims on what an authority is told: of one occasion once, whatever is delivered again. Each of
the statuses that make up one occasion is claimed with it."""

MAX_MENTIONS = 10_000


class BoundaryApplication:
    """Notices across boundaries."""

    def __init__(self, repository: Repository, listed: BoundaryList, members: MemberList) -> None:
        self._repository = repository
        self._listed = listed
        self._members = members

    async def status(self, told: ToldStatus, *, context: Context) -> None:
        """Take in what a status says. Done again, it changes nothing.

        Raises:
            Unavailable: nothing was stored, or not all of it.
        """
        await self._listed.status(told)
        await self.look_at(told.child, context=context)

    async def finding(self, told: ToldFinding, *, context: Context) -> None:
        """Take in where a child was found, or lives as a report says. The same done again.

        Raises:
            Unavailable: nothing was stored, or not all of it.
        """
        await self._listed.finding(told)
        await self.look_at(told.child, context=context)

    async def look_at(self, mention: UUID, *, context: Context) -> None:
        """Tell whoever is to be told of the child of a mention.

        Whom nobody has linked yet is looked at when that is done.

        Raises:
            Unavailable: not all of it was stored.
        """
        if not await self._listed.tells_of(mention):
            return
        link = await self._repository.find(Link, mention)
        if link is None or link.subject_id is None:
            return
        mentions = await self._members.of_subject(link.subject_id, limit=MAX_MENTIONS)
        statuses, findings = await self._listed.of_children(mentions)
        now = times.now()
        for crossing in crossings(statuses, findings, times.in_london(now).date()):
            await self._tell(crossing, context=context)

    async def acknowledge(
        self, *, notice_id: UUID, context: Context, answer: AnswerDraft | None = None
    ) -> Receipt:
        """Say that the authority that was told has read it.

        Raises:
            NotFound: there is no such notice to this authority.
            RuleBroken: it was acknowledged already.
        """
        now = times.now()

        def decide(notice: BoundaryNotice) -> None:
            if notice.to != context.agency:
                raise NotFound("there is no such record")
            notice.acknowledge(now=now)

        _, receipt = await self._repository.change(
            BoundaryNotice, notice_id, decide, context=context, answer=answer
        )
        return receipt

    async def _tell(self, crossing: Crossing, *, context: Context) -> None:
        keys = [_key(crossing, record) for record in crossing.occasions]
        held = await self._repository.store.holders(TOLD, keys)
        if held:
            return
        notice = BoundaryNotice.tell(crossing, now=times.now())
        with suppress(Claimed):  # another process, or another of the statuses, was first
            await self._repository.save(
                notice,
                context=replace(context, agency=crossing.said_by),
                claims=tuple(Claim(TOLD, key, notice.id) for key in keys),
            )


def _key(crossing: Crossing, record: UUID) -> bytes:
    return f"{crossing.to}:{crossing.reason}:".encode() + record.bytes
