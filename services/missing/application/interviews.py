"""Return interviews: what providers, social care and the clock ask for."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from services.missing.areas import councils_of, is_known
from services.missing.domain import Commission, Episode, Interview, not_future
from services.missing.store import InterviewList
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, NotFound, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Happened, Repository

COMMISSION = "commission"
"""Claims on (area, first day): one area is not given to two providers from the same day."""

Decide = Callable[[Interview], None]


class InterviewApplication:
    """Commissions, and every step of an interview."""

    def __init__(self, repository: Repository, interviews: InterviewList) -> None:
        self._repository = repository
        self._interviews = interviews

    async def commission(
        self,
        *,
        provider: str,
        area: str,
        since: date,
        until: date | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Commission a provider for an area.

        Raises:
            Invalid: it would end before it begins.
            RuleBroken: the area is given to somebody from that day already.
        """
        data = missing.ProviderCommissioned(provider=provider, area=area, since=since, until=until)
        commission = Commission.give(data, now=times.now())
        key = f"{area}:{since.isoformat()}".encode()
        try:
            return await self._repository.save(
                commission,
                context=context,
                claims=(Claim(COMMISSION, key, commission.id),),
                answer=answer,
            )
        except Claimed as reason:
            raise RuleBroken("this area is given to a provider from that day already") from reason

    async def end_commission(
        self,
        *,
        commission_id: UUID,
        until: date,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Give a commission a last day.

        Raises:
            NotFound: there is no such commission.
            RuleBroken: it ends before that day already, or begins after it.
        """
        now = times.now()
        _, receipt = await self._repository.change(
            Commission,
            commission_id,
            lambda commission: commission.end(until, now=now),
            context=context,
            answer=answer,
        )
        return receipt

    async def own_commission(self, *, commission_id: UUID, area: str) -> None:
        """Check that a commission is for this area.

        Raises:
            NotFound: there is no such commission, or it is another area's.
        """
        commission = await self._repository.load(Commission, commission_id)
        if commission.area != area:
            raise NotFound("there is no such record")

    async def allocate(
        self,
        *,
        interview_id: UUID,
        area: str,
        on: datetime | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Give an interview to the provider commissioned for the area on that day.

        Raises:
            NotFound: there is no such interview.
            NotPermitted: it is for another council.
            Invalid: the day is in the future.
            RuleBroken: nobody is commissioned for the area on that day, or the interview is over.
        """
        interview = await self._repository.load(Interview, interview_id)
        episode = await self._repository.load(Episode, interview.episodes[0])
        near = councils_of(episode.force)
        interview.refuse_other_councils(area, near=near)
        now = times.now()
        at = on or now
        not_future(at, "/on", now)
        day = times.in_london(at).date()
        commission = await self.commissioned(area=area, day=day)
        if commission is None:
            raise RuleBroken("no provider is commissioned for this area on that day")

        def decide(interview: Interview) -> None:
            interview.refuse_other_councils(area, near=near)
            interview.allocate(
                provider=commission.provider, area=area, commission_id=commission.id, at=at
            )

        return await self.change(
            interview_id=interview_id,
            decide=decide,
            context=context,
            answer=answer,
        )

    async def commissioned(self, *, area: str, day: date) -> Commission | None:
        """The commission of an area on a day: the newest to begin, where two overlap."""
        rows = await self._repository.store.fetch(
            "SELECT holder FROM missing.claim WHERE kind = $1 AND key >= $2 AND key <= $3 "
            "ORDER BY key DESC",
            COMMISSION,
            f"{area}:".encode(),
            f"{area}:{day.isoformat()}".encode(),
        )
        for row in rows:
            commission = await self._repository.load(Commission, row[0])
            if commission.covers(day):
                return commission
        return None

    async def change(
        self,
        *,
        interview_id: UUID,
        decide: Decide,
        context: Context,
        provider: str | None = None,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let an interview decide; where `provider` is given, only one that is allocated to it.

        Raises:
            NotFound: there is no such interview, or it is another provider's.
            Refused: whatever the interview refuses.
        """

        def checked(interview: Interview) -> None:
            if provider is not None and interview.provider != provider:
                raise NotFound("there is no such record")
            decide(interview)

        _, receipt = await self._repository.change(
            Interview, interview_id, checked, context=context, answer=answer
        )
        return receipt

    async def child_of(self, *, interview_id: UUID, provider: str | None) -> UUID:
        """The mention of the child that an interview is with.

        Raises:
            NotFound: there is no such interview, or it is another provider's.
        """
        interview = await self._repository.load(Interview, interview_id)
        if provider is not None and interview.provider != provider:
            raise NotFound("there is no such record")
        return interview.child

    async def own_interview(self, *, interview_id: UUID, agency: str) -> list[Happened]:
        """An interview's events, opened, for the provider that holds it and whoever allocated it.

        Raises:
            NotFound: there is no such interview of this agency.
            Unavailable: the vault does not answer.
        """
        interview = await self._repository.load(Interview, interview_id)
        if agency not in {interview.provider, interview.allocated_by}:
            raise NotFound("there is no such record")
        return await self._repository.history(interview_id)

    async def copy(
        self,
        *,
        interview_id: UUID,
        to: str,
        provider: str,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Send a copy to children's social care: what was held, and what a carer told.

        Raises:
            NotFound: there is no such interview, or it is another provider's.
            RuleBroken: there is nothing to copy yet.
            Invalid: nobody knows that council.
        """
        sent = tuple(
            recorded.event_id
            for recorded in await self._repository.store.of_record(interview_id)
            if recorded.type.partition(".v")[0]
            in {"missing.interview-conducted", "missing.carer-informed"}
        )
        now = times.now()
        return await self.change(
            interview_id=interview_id,
            decide=lambda interview: interview.copy(
                to=to, sent=sent, at=now, is_known=is_known(to)
            ),
            context=context,
            provider=provider,
            answer=answer,
        )

    async def record_overdue(self, *, context: Context) -> int:
        """Record every interview whose time has run out, once.

        Returns:
            How many.
        """
        now = times.now()
        recorded = 0
        for interview_id in await self._interviews.running_out(now):
            interview = await self._repository.load(Interview, interview_id)
            if interview.run_out(now=now):
                try:
                    await self._repository.save(interview, context=context)
                except Conflict:
                    # Another process was faster, or a step was just recorded: the next sweep looks.
                    continue
                recorded += 1
        return recorded
