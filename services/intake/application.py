"""What intake can be asked to do: one method a use case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.intake.domain import Agency, Link, Subject
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.contracts.mentions import IdentifierScheme
from shared.contracts.refusals import Conflict, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository
from shared.vault.keyring import Keyring

IDENTIFIER = "person-identifier"
"""Claims on strong identifiers: the holder is the first mention that carried a number, so that the
number follows that mention wherever it is linked."""

AGENCY_CODE = "agency-code"

RULE = intake.Decider(kind="rule", name="strong-identifier", version=1)
"""The first rule: a verified strong identifier that is known links; everything else is new."""


@dataclass(frozen=True, slots=True)
class StrongIdentifier:
    """A verified identifier in its normal form."""

    scheme: IdentifierScheme
    issuer: str
    value: str


@dataclass(frozen=True, slots=True)
class NewMention:
    """A mention that wants a subject: what the rule may look at, and nothing else."""

    mention_id: UUID
    kind: intake.SubjectKind
    identifiers: tuple[StrongIdentifier, ...] = ()


class IntakeApplication:
    """The register of agencies, and the subject register."""

    def __init__(self, repository: Repository, keyring: Keyring) -> None:
        self._repository = repository
        self._keyring = keyring

    async def register_agency(
        self,
        *,
        code: str,
        name: str,
        kind: intake.AgencyKind,
        since: date,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Register an agency under its code.

        Raises:
            RuleBroken: the code is taken.
        """
        data = intake.AgencyRegistered(code=code, name=name, kind=kind, since=since)
        agency = Agency.register(data, now=times.now())
        claim = Claim(AGENCY_CODE, code.encode(), agency.id)
        try:
            return await self._repository.save(
                agency, context=context, claims=(claim,), answer=answer
            )
        except Claimed as reason:
            raise RuleBroken("an agency with this code is registered already") from reason

    async def agencies(self) -> list[intake.AgencyRegistered]:
        """Every agency, by code."""
        rows = await self._repository.store.fetch(
            "SELECT holder FROM intake.claim WHERE kind = $1 ORDER BY key", AGENCY_CODE
        )
        return [(await self._repository.load(Agency, row[0])).data for row in rows]

    async def link_of(self, *, mention_id: UUID) -> UUID | None:
        """The subject that a mention is linked to, or None.

        Raises:
            NotFound: no decision was ever made about the mention.
        """
        return (await self._repository.load(Link, mention_id)).subject_id

    async def link_mentions(self, mentions: Sequence[NewMention], *, context: Context) -> None:
        """Give every mention a subject, once; done again, it changes nothing.

        Raises:
            Conflict: the register kept changing meanwhile.
        """
        todo = list(mentions)
        for _ in range(MAX_ATTEMPTS):
            if not todo:
                return
            records, claims = await self._decide(todo)
            try:
                await self._repository.save(*records, context=context, claims=tuple(claims))
                return
            except (Conflict, Claimed):
                # Delivered before, or another process was first with one of the identifiers.
                todo = [
                    mention
                    for mention in todo
                    if await self._repository.find(Link, mention.mention_id) is None
                ]
        raise Conflict("the register kept changing; the mentions will be linked later")

    async def unlink(
        self,
        *,
        mention_id: UUID,
        reason: intake.UnlinkReason,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Take a link back.

        Raises:
            NotFound: no decision was ever made about the mention.
            RuleBroken: it is not linked.
        """
        by, now = _person(context), times.now()
        _, receipt = await self._repository.change(
            Link,
            mention_id,
            lambda link: link.unlink(decided_by=by, reason=reason, now=now),
            context=context,
            answer=answer,
        )
        return receipt

    async def move(
        self,
        *,
        mention_id: UUID,
        subject_id: UUID,
        reason: intake.MoveReason,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Link a mention to another subject, or link it again.

        Raises:
            NotFound: no such mention or subject.
            RuleBroken: it is linked to that subject already, or they are of different kinds.
        """
        subject = await self._repository.load(Subject, subject_id)
        by, now = _person(context), times.now()

        def decide(link: Link) -> None:
            if link.subject_kind != subject.kind:
                raise RuleBroken("a mention can be linked only to a subject of its own kind")
            link.move(subject_id, decided_by=by, reason=reason, now=now)

        _, receipt = await self._repository.change(
            Link, mention_id, decide, context=context, answer=answer
        )
        return receipt

    async def _decide(
        self, mentions: Sequence[NewMention]
    ) -> tuple[list[Subject | Link], list[Claim]]:
        keys = {
            identifier: self._keyring.index(
                IDENTIFIER, identifier.scheme, identifier.issuer, identifier.value
            )
            for mention in mentions
            for identifier in mention.identifiers
        }
        holders = await self._repository.store.holders(IDENTIFIER, list(keys.values()))
        linked = {holder: await self._subject_of(holder) for holder in set(holders.values())}
        records: list[Subject | Link] = []
        claims: list[Claim] = []
        for mention in mentions:
            agreed = [
                (identifier, holder)
                for identifier in mention.identifiers
                if (holder := holders.get(keys[identifier])) is not None
                and linked[holder] is not None
            ]
            subjects = list(dict.fromkeys(linked[holder] for _, holder in agreed))
            subject_id = subjects[0] if len(subjects) == 1 else None
            if subject_id is None:
                # Nobody known agrees, or several do: then a person must look, nothing is joined.
                subject = Subject.register(mention.kind, now=times.now())
                records.append(subject)
                subject_id = subject.id
            new = len(subjects) != 1
            data = intake.MentionLinked(
                about=(mention.mention_id,),
                subject_id=subject_id,
                subject_kind=mention.kind,
                new_subject=new,
                decided_by=RULE,
                evidence=()
                if new
                else tuple(
                    intake.Evidence(matched_on=identifier.scheme, with_mention=holder)
                    for identifier, holder in agreed
                ),
                conflicting=tuple(s for s in subjects if s is not None) if new else (),
            )
            records.append(Link.decide(mention.mention_id, data, now=times.now()))
            linked[mention.mention_id] = subject_id
            for identifier in mention.identifiers:
                key = keys[identifier]
                if key not in holders:
                    holders[key] = mention.mention_id
                    claims.append(Claim(IDENTIFIER, key, mention.mention_id))
        return records, claims

    async def _subject_of(self, mention_id: UUID) -> UUID | None:
        link = await self._repository.find(Link, mention_id)
        return link.subject_id if link is not None else None


def _person(context: Context) -> intake.Decider:
    return intake.Decider(kind="person", name=context.actor, version=0)
