"""Referrals: opened once for what needs them, worked by councils, told back to who referred."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from services.intake.application.register import IntakeApplication
from services.intake.domain import NotReferred, Referral, first_responders
from services.intake.store import ReferralList
from services.intake.timescales import Table, timescales
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, Fault, Invalid, NotFound
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Happened, Repository

ORIGIN = "referral-of"
"""Claims on what a referral comes from: one referral for one screening, interview or episode,
whatever is delivered again, whoever was killed meanwhile."""

EVENT = "referral-event"
"""Claims on the events that referrals know of: each opens or informs once."""

FED_BACK = "intake.referral-fed-back"


@dataclass(frozen=True, slots=True)
class Needed:
    """Something that needs a referral.

    Attributes:
        child: the mention of the child in it.
        to: the council, where it says so.
        received_at: when it was recorded: the time runs from here, however long ago it happened.
    """

    child: UUID
    origin: intake.Origin
    to: str | None
    received_at: datetime


class ReferralApplication:
    """Referrals."""

    def __init__(
        self, repository: Repository, listed: ReferralList, register: IntakeApplication
    ) -> None:
        self._repository = repository
        self._listed = listed
        self._register = register

    async def need(self, needed: Needed, *, context: Context) -> None:
        """Open the referral of an origin, or add to it. Asked again, it changes nothing.

        Raises:
            Conflict: it kept changing meanwhile.
            Unavailable: nothing was stored.
        """
        origin = needed.origin
        assert origin.record_id is not None  # noqa: S101 (only a professional's own has none)
        assert origin.event_id is not None  # noqa: S101 (the same)
        key, event_key = _origin_key(origin.kind, origin.record_id), origin.event_id.bytes
        for _ in range(MAX_ATTEMPTS):
            if await self._held(EVENT, event_key) is not None:
                return
            referral_id = await self._held(ORIGIN, key)
            if referral_id is None:
                referral = Referral.open(
                    child=needed.child,
                    origin=origin,
                    to=needed.to,
                    received_at=needed.received_at,
                    table=self.table(needed.to, needed.received_at),
                )
            else:
                referral = await self._repository.load(Referral, referral_id)
                referral.inform(
                    replace(origin, agency=referral.origin.agency), at=needed.received_at
                )
                if needed.to is not None:
                    referral.direct(needed.to, at=needed.received_at)
            claims = (Claim(ORIGIN, key, referral.id), Claim(EVENT, event_key, referral.id))
            try:
                await self._repository.save(referral, context=context, claims=claims)
                return
            except (Claimed, Conflict):
                continue  # delivered twice at once, or somebody works on it: look again
        raise Conflict("this referral kept changing: it will be looked at again")

    async def direct(
        self, kind: intake.OriginKind, record_id: UUID, *, to: str, at: datetime, context: Context
    ) -> None:
        """Direct the referral of an origin, where there is one that is not directed yet.

        Raises:
            Conflict: it kept changing meanwhile.
        """
        referral_id = await self._held(ORIGIN, _origin_key(kind, record_id))
        if referral_id is None:
            return
        for _ in range(MAX_ATTEMPTS):
            referral = await self._repository.load(Referral, referral_id)
            if referral.to is not None:
                return
            referral.direct(to, at=at)
            with suppress(Conflict):
                await self._repository.save(referral, context=context)
                return
        raise Conflict("this referral kept changing: it will be looked at again")

    async def refer(
        self,
        *,
        given: intake.ReferralOpened,
        to: str,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Open a professional's own referral.

        Raises:
            Invalid: there is no such council.
            Unavailable: nothing was stored.
        """
        await self._council(to)
        now = times.now()
        referral = Referral.open(
            child=given.child,
            origin=given.origin,
            to=to,
            received_at=now,
            table=self.table(to, now),
            immediate=given.immediate,
            given=given,
        )
        return await self._repository.save(referral, context=context, answer=answer)

    async def do_not_refer(
        self, *, data: intake.NotReferred, context: Context, answer: AnswerDraft | None = None
    ) -> Receipt:
        """Record that a referral was decided against.

        Raises:
            Invalid: it was decided in the future.
        """
        record = NotReferred.decide(data, now=times.now())
        return await self._repository.save(record, context=context, answer=answer)

    async def work(
        self,
        *,
        referral_id: UUID,
        decide: Callable[[Referral], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a referral decide, for the council that it is directed to.

        Raises:
            NotFound: there is no such referral to this council.
            Refused: whatever the referral refuses.
        """

        def checked(referral: Referral) -> None:
            if referral.to != context.agency:
                raise NotFound("there is no such record")
            decide(referral)

        _, receipt = await self._repository.change(
            Referral, referral_id, checked, context=context, answer=answer
        )
        return receipt

    async def take(
        self, *, referral_id: UUID, context: Context, answer: AnswerDraft | None = None
    ) -> Receipt:
        """Take on a referral that is directed to nobody.

        Raises:
            NotFound: there is no such referral, or it is another council's.
        """
        now = times.now()

        def decide(referral: Referral) -> None:
            if referral.to is not None:
                raise NotFound("there is no such record")
            referral.direct(context.agency, at=now)

        _, receipt = await self._repository.change(
            Referral, referral_id, decide, context=context, answer=answer
        )
        return receipt

    async def check_first_responder(self, agency: str | None) -> None:
        """Check who would refer to the National Referral Mechanism.

        Raises:
            Invalid: the agency is not registered, or is no first responder organisation.
        """
        if agency is None:
            return
        kinds = {known.code: known.kind for known in await self._register.agencies()}
        if not first_responders.may_refer(agency, kinds.get(agency)):
            raise Invalid(
                "nothing was stored",
                (
                    Fault(
                        "/first_responder",
                        "only a first responder organisation may refer: the police, a council, or "
                        "a charity on the government's list",
                    ),
                ),
            )

    async def for_council(self, *, referral_id: UUID, council: str) -> list[Happened]:
        """A referral's events, opened, for the council that decides it.

        Raises:
            NotFound: there is no such referral to this council, or to nobody.
        """
        referral = await self._repository.load(Referral, referral_id)
        if referral.to not in {council, None}:
            raise NotFound("there is no such record")
        return await self._repository.history(referral_id)

    async def for_referrer(self, *, referral_id: UUID, agency: str) -> list[Happened]:
        """What an agency sent of a referral, and what it was told.

        Raises:
            NotFound: there is no such referral from this agency.
        """
        referral = await self._repository.load(Referral, referral_id)
        if referral.origin.agency != agency:
            raise NotFound("there is no such record")
        return [
            event
            for event in await self._repository.history(referral_id)
            if event.agency == agency or event.type.startswith(FED_BACK)
        ]

    async def record_overdue(self, *, context: Context) -> int:
        """Record every referral whose time has run out, once.

        Returns:
            How many.
        """
        now = times.now()
        recorded = 0
        for referral_id in await self._listed.running_out(now):
            referral = await self._repository.load(Referral, referral_id)
            if referral.run_out(now=now):
                with suppress(Conflict):
                    await self._repository.save(referral, context=context)
                    recorded += 1
        return recorded

    def table(self, council: str | None, moment: datetime) -> Table:
        """The timescales that a council used at a moment."""
        return timescales().in_force(council, moment)

    async def _council(self, code: str) -> None:
        kinds = {known.code: known.kind for known in await self._register.agencies()}
        if kinds.get(code) != "local-authority":
            raise Invalid("nothing was stored", (Fault("/to", "there is no such council"),))

    async def _held(self, kind: str, key: bytes) -> UUID | None:
        return (await self._repository.store.holders(kind, [key])).get(key)


def _origin_key(kind: intake.OriginKind, record_id: UUID) -> bytes:
    return f"{kind}:".encode() + record_id.bytes
