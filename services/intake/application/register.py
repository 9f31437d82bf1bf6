"""The use cases of the register: agencies, subjects and links."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.intake.domain import (
    Agency,
    Link,
    NewMention,
    StrongIdentifier,
    Subject,
    link_by_rule,
)
from shared import failpoints
from shared.contracts import intake, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, RuleBroken
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository
from shared.vault.keyring import Keyring

IDENTIFIER = "identifier"
"""Claims on what is unique to a person or thing: the holder is the first mention that carried it,
so that it follows that mention wherever that is linked. A claim is never taken back: where the
holder's link is, the next mention that carries the number claims it as its next turn."""

AGENCY_CODE = "agency-code"


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
        areas: Sequence[str] = (),
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Register an agency under its code.

        Raises:
            RuleBroken: the code is taken.
        """
        data = intake.AgencyRegistered(
            code=code, name=name, kind=kind, since=since, areas=tuple(areas)
        )
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
                async with failpoints.step("link"):
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
        confidence: intake.Confidence | None = None,
        basis: Sequence[intake.Basis] = (),
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Link a mention to another subject, or link it again.

        Raises:
            NotFound: no such mention or subject.
            RuleBroken: it is linked to that subject already, they are of different kinds, or
                somebody is identified without a word of how sure that is and on what it rests.
        """
        subject = await self._repository.load(Subject, subject_id)
        by, now = _person(context), times.now()

        def decide(link: Link) -> None:
            if link.subject_kind != subject.kind:
                raise RuleBroken("a mention can be linked only to a subject of its own kind")
            link.move(
                subject_id,
                decided_by=by,
                reason=reason,
                confidence=confidence,
                basis=basis,
                now=now,
            )

        _, receipt = await self._repository.change(
            Link, mention_id, decide, context=context, answer=answer
        )
        return receipt

    async def _decide(
        self, mentions: Sequence[NewMention]
    ) -> tuple[list[Subject | Link], list[Claim]]:
        known = await self._known(
            [i for mention in mentions for i in (*mention.identifiers, *mention.apart)]
        )
        records: list[Subject | Link] = []
        claims: list[Claim] = []
        for mention in mentions:
            agreed = [
                (intake.Evidence(matched_on=identifier.scheme, with_mention=holder), subject_id)
                for identifier in mention.identifiers
                for holder, subject_id in known[identifier].linked.items()
            ]
            if mention.same_as is not None:
                same = await self._subject_of(mention.same_as)
                if same is not None:
                    agreed.insert(
                        0,
                        (
                            intake.Evidence(matched_on="same-report", with_mention=mention.same_as),
                            same,
                        ),
                    )
            apart_from = {s for i in mention.apart for s in known[i].linked.values()}
            made, subject_id, link = link_by_rule(
                mention, agreed, apart_from=apart_from, now=times.now()
            )
            records += [link] if made is None else [made, link]
            for identifier in (*mention.identifiers, *mention.apart):
                if not known[identifier].linked:
                    claims.append(Claim(IDENTIFIER, known[identifier].free, mention.mention_id))
                    known[identifier].linked[mention.mention_id] = subject_id
        return records, claims

    async def _known(
        self, identifiers: Sequence[StrongIdentifier]
    ) -> dict[StrongIdentifier, "_Known"]:
        """Who holds each number, turn by turn, until one that nobody has claimed."""
        known: dict[StrongIdentifier, _Known] = {}
        todo, turn = list(dict.fromkeys(identifiers)), 1
        while todo:
            keys = {identifier: self._key(identifier, turn) for identifier in todo}
            holders = await self._repository.store.holders(IDENTIFIER, list(keys.values()))
            for identifier, key in keys.items():
                found = known.setdefault(identifier, _Known(key))
                found.free = key
                if (holder := holders.get(key)) is None:
                    todo.remove(identifier)
                elif (subject_id := await self._subject_of(holder)) is not None:
                    found.linked[holder] = subject_id
            turn += 1
        return known

    def _key(self, identifier: StrongIdentifier, turn: int) -> bytes:
        return self._keyring.index(
            IDENTIFIER, identifier.scheme, identifier.issuer, identifier.value, str(turn)
        )

    async def _subject_of(self, mention_id: UUID) -> UUID | None:
        link = await self._repository.find(Link, mention_id)
        return link.subject_id if link is not None else None


def _person(context: Context) -> intake.Decider:
    return intake.Decider(kind="person", name=context.actor, version=0)


@dataclass(slots=True)
class _Known:
    """What is known of a number.

    Attributes:
        free: the claim that the next holder would make.
        linked: the mentions that hold it, with the subject each is linked to.
    """

    free: bytes
    linked: dict[UUID, UUID] = field(default_factory=dict)
