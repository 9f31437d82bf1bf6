"""Screenings: filled in, amended, acted on, and read back by whoever filled them in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.screening.application.tools import ToolApplication
from services.screening.domain import Advice, Facts, Form, Screening, Tool, consider
from services.screening.domain import youngest_credible as age_of
from services.screening.store import ScreeningList
from shared.contracts import screening, times
from shared.contracts.context import Context, Handling
from shared.contracts.mentions import PersonIdentity, PersonMention
from shared.contracts.refusals import Conflict, NotFound, RuleBroken
from shared.contracts.screening import ToolDefinition
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Happened, Repository
from shared.vault.sealing import Vault

REFERRAL_ACT = "referral-act"
"""Claims on what social care did about a referral: each act closes a duty once."""

SERIES = "series"
"""Claims on (first screening, screening): which screenings an agency made of one child."""


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom somebody acts on screenings.

    Attributes:
        for_own: for those that their agency filled in.
        for_area: as the social care of the council whose area they are in.
    """

    agency: str
    for_own: bool = False
    for_area: bool = False

    def owns(self, record: Screening) -> bool:
        """Whether the screening is theirs to act on."""
        own = self.for_own and record.agency == self.agency
        return own or (self.for_area and record.area == self.agency)


class ScreeningApplication:
    """Screenings and what they oblige to."""

    def __init__(
        self,
        repository: Repository,
        vault: Vault,
        tools: ToolApplication,
        listed: ScreeningList,
    ) -> None:
        self._repository = repository
        self._vault = vault
        self._tools = tools
        self._listed = listed

    async def tool_for(self, form: Form, tool_id: UUID | None) -> Tool:
        """The version that a form answers: the one named, else the one in force for its area.

        Raises:
            NotFound: there is no such version.
        """
        if tool_id is not None:
            return await self._tools.load(tool_id=tool_id)
        day = times.in_london(form.completed_at).date()
        return await self._tools.in_force(authority=form.area, day=day)

    async def advise(self, *, form: Form, tool_id: UUID | None) -> tuple[Tool, Facts, Advice]:
        """What the tool says about a form, before anybody gives a level. Nothing is stored.

        Raises:
            Invalid: an answer is none of this tool's, or the child is older than it is for.
            NotFound: there is no such version.
        """
        tool = await self.tool_for(form, tool_id)
        considered = consider(form, tool.definition)
        return tool, considered.facts, considered.advice

    async def complete(
        self,
        *,
        form: Form,
        tool_id: UUID | None,
        continues: UUID | None,
        handling: Handling,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Fill in the tool for a child.

        Args:
            form: the form.
            tool_id: the version that was answered; the one in force where none is named.
            continues: an earlier screening of the same child by the same agency, any of them.
            handling: who may see it.
            context: who does it.
            answer: what to answer, now and whenever the request comes again.

        Raises:
            Invalid: see `Screening.complete`.
            NotFound: there is no such version, or no such earlier screening of this agency.
            Unavailable: nothing was stored.
        """
        tool = await self.tool_for(form, tool_id)
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            series = await self._series(continues, context.agency) if continues else []
            made = Screening.complete(
                form,
                agency=context.agency,
                tool_id=tool.id,
                tool=tool.definition,
                series=series,
                handling=handling,
                now=now,
            )
            reviewed = [other for other in series if other.review_by(made)]
            claim = Claim(SERIES, made.series.bytes + made.id.bytes, made.id)
            try:
                return await self._repository.save(
                    made, *reviewed, context=context, claims=(claim,), answer=answer
                )
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def amend(
        self,
        *,
        screening_id: UUID,
        form: Form,
        reason: str,
        tool_id: UUID | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Put a form of the caller's own agency right.

        Raises:
            NotFound: there is no such screening of this agency, or no such version.
            Invalid: see `Screening.amend`.
        """
        acting = Acting(context.agency, for_own=True)
        known = await self._load(screening_id, acting)
        # The form that is put right was answered under a version, and still is.
        tool = await self._tools.load(tool_id=tool_id or known.fields.tool_id)
        now = times.now()
        return await self.change(
            screening_id=screening_id,
            acting=acting,
            decide=lambda record: record.amend(
                form, reason=reason, tool_id=tool.id, tool=tool.definition, now=now
            ),
            context=context,
            answer=answer,
        )

    async def override(
        self,
        *,
        screening_id: UUID,
        level: str,
        rationale: str,
        acting: Acting,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Give another level to the same answers.

        Raises:
            NotFound: there is no such screening for this caller.
            Invalid: the tool has no such level, or a floor forbids it.
            RuleBroken: it is the level already.
        """
        now = times.now()
        return await self._change_on_answers(
            screening_id=screening_id,
            acting=acting,
            decide=lambda record, facts, tool: record.override(
                level, rationale=rationale, facts=facts, tool=tool, now=now
            ),
            context=context,
            answer=answer,
        )

    async def lift(
        self,
        *,
        screening_id: UUID,
        obligation: screening.Obligation,
        reason: str,
        acting: Acting,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Decide that an obligation need not be met.

        Raises:
            NotFound: there is no such screening for this caller.
            RuleBroken: it is not open, or must be met.
        """
        now = times.now()
        return await self._change_on_answers(
            screening_id=screening_id,
            acting=acting,
            decide=lambda record, facts, tool: record.lift(
                obligation, reason=reason, facts=facts, tool=tool, now=now
            ),
            context=context,
            answer=answer,
        )

    async def change(
        self,
        *,
        screening_id: UUID,
        acting: Acting,
        decide: Callable[[Screening], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a screening decide, if it is the caller's to act on.

        Raises:
            NotFound: there is no such screening for this caller.
            Refused: whatever the screening refuses.
        """

        def checked(record: Screening) -> None:
            _own(record, acting)
            decide(record)

        _, receipt = await self._repository.change(
            Screening, screening_id, checked, context=context, answer=answer
        )
        return receipt

    async def referral_acted_on(
        self, *, screening_id: UUID, referral_id: UUID, at: datetime, act: UUID, context: Context
    ) -> None:
        """Social care acted on the referral that this screening made necessary.

        Raises:
            NotFound: there is no such screening.
            Conflict: it kept changing meanwhile.
        """
        for _ in range(MAX_ATTEMPTS):
            if act.bytes in await self._repository.store.holders(REFERRAL_ACT, [act.bytes]):
                return
            record = await self._repository.load(Screening, screening_id)
            if "referral-or-discussion" not in record.open:
                return
            data = screening.ReferralMade(
                about=(record.child,),
                child=record.child,
                kind="referral",
                spoken_to="duty-team",
                made_at=at,
                tool_sent=True,
                referral_id=referral_id,
                notes=None,
            )
            record.refer(data, now=times.now())
            claim = Claim(REFERRAL_ACT, act.bytes, record.id)
            with suppress(Conflict, Claimed):
                await self._repository.save(record, context=context, claims=(claim,))
                return
        raise Conflict("this screening kept changing: it will be looked at again")

    async def child_of(self, *, screening_id: UUID, acting: Acting) -> UUID:
        """The mention of the child that a screening is about.

        Raises:
            NotFound: there is no such screening for this caller.
        """
        return (await self._load(screening_id, acting)).child

    async def own_screening(self, *, screening_id: UUID, agency: str) -> list[Happened]:
        """A screening's events, opened, for the agency that filled it in.

        Raises:
            NotFound: there is no such screening of this agency.
            Unavailable: the vault does not answer.
        """
        await self._load(screening_id, Acting(agency, for_own=True))
        return await self._repository.history(screening_id)

    async def own_series(
        self, *, screening_id: UUID, agency: str
    ) -> list[tuple[Screening, screening.ScreeningFields]]:
        """Every screening of the same child by this agency, oldest first, its form opened.

        Raises:
            NotFound: there is no such screening of this agency.
            Unavailable: the vault does not answer.
        """
        found = await self._series(screening_id, agency)
        found.sort(key=lambda record: (record.completed_at, record.id))
        return [(record, await self._form_of(record)) for record in found]

    async def own_form(
        self, *, screening_id: UUID, agency: str
    ) -> tuple[Screening, screening.ScreeningFields, ToolDefinition]:
        """A screening with its form as it stands, opened, and the version that was answered.

        Raises:
            NotFound: there is no such screening of this agency.
        """
        record = await self._load(screening_id, Acting(agency, for_own=True))
        tool = await self._tools.load(tool_id=record.fields.tool_id)
        return record, await self._form_of(record), tool.definition

    async def record_overdue(self, *, context: Context) -> int:
        """Record every obligation whose time has run out, once.

        Returns:
            Of how many screenings.
        """
        now = times.now()
        recorded = 0
        for screening_id in await self._listed.running_out(now):
            record = await self._repository.load(Screening, screening_id)
            if record.run_out(now=now):
                # Changed meanwhile, perhaps by another process that noticed the same: if it is
                # still late, the next sweep finds it.
                with suppress(Conflict):
                    await self._repository.save(record, context=context)
                    recorded += 1
        return recorded

    async def _change_on_answers(
        self,
        *,
        screening_id: UUID,
        acting: Acting,
        decide: Callable[[Screening, Facts, ToolDefinition], None],
        context: Context,
        answer: AnswerDraft | None,
    ) -> Receipt:
        """Let a screening decide on what its form says, which is sealed until somebody asks."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            record = await self._load(screening_id, acting)
            tool = await self._tools.load(tool_id=record.fields.tool_id)
            fields = await self._form_of(record)
            decide(record, _facts(fields), tool.definition)
            try:
                return await self._repository.save(record, context=context, answer=answer)
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _load(self, screening_id: UUID, acting: Acting) -> Screening:
        record = await self._repository.load(Screening, screening_id)
        _own(record, acting)
        return record

    async def _series(self, screening_id: UUID, agency: str) -> list[Screening]:
        known = await self._load(screening_id, Acting(agency, for_own=True))
        rows = await self._repository.store.fetch(
            "SELECT holder FROM screening.claim WHERE kind = $1 AND key >= $2 AND key < $3 "
            "ORDER BY key",
            SERIES,
            known.series.bytes,
            known.series.bytes + b"\xff" * 17,
        )
        return [await self._repository.load(Screening, row[0]) for row in rows]

    async def _form_of(self, record: Screening) -> screening.ScreeningFields:
        """A screening's form as it stands, opened.

        Where it was amended this moment it is the newer one: what is decided on it meets a
        conflict, and is decided again.
        """
        for event in reversed(await self._repository.history(record.id)):
            if isinstance(event.data, screening.ScreeningFields):
                return event.data
        raise NotFound("there is no such record")


def _own(record: Screening, acting: Acting) -> None:
    if not acting.owns(record):
        # The same as if it were not there: whether another agency has screened is not told.
        raise NotFound("there is no such record")


def _facts(fields: screening.ScreeningFields) -> Facts:
    """What the rules look at, of a form that was opened.

    Raises:
        RuleBroken: what it needs was erased.
    """
    identity = next(
        mention.identity
        for mention in fields.mentions
        if isinstance(mention, PersonMention) and mention.mention_id == fields.child
    )
    boxes = (fields.about_child, fields.circumstances, fields.answers)
    if any(box.opened is None for box in boxes):
        raise RuleBroken("what this screening says was erased: it cannot be changed any more")
    day = times.in_london(fields.completed_at).date()
    who = identity.opened if identity is not None else None
    return Facts(
        age_of(who or PersonIdentity(), fields.about_child.content.ages, day),
        fields.circumstances.content.learning_disability,
        fields.answers.content.ticks,
    )
