"""What the missing service can be asked to do: one method a use case."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec

from services.missing.application.councils import refuse_unknown_council
from services.missing.application.held import HELD_RETURN, HeldReturns
from services.missing.domain import Episode, HeldReturn, Interview, told_on
from services.missing.risk import Scheme, schemes
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import PersonMention
from shared.contracts.refusals import Conflict, NotFound, Refused
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Happened, Repository
from shared.vault.keyring import Keyring
from shared.vault.sealing import Vault

FORCE_REPORT = "force-report"
"""Claims on a force's reference number: all versions of one report belong to one episode."""

INTERVIEW_OF = "interview-of-episode"
"""Claims on an episode by the return interview that it requires: one, whoever was first."""

COVERED = "interview-covering-episode"
"""Claims on an episode by another interview that covers it instead of its own: one."""


class MissingApplication:
    """Reports of missing and absent children, and their return."""

    def __init__(self, repository: Repository, keyring: Keyring, vault: Vault) -> None:
        self._repository = repository
        self._keyring = keyring
        self._vault = vault
        self._held = HeldReturns(repository, vault)
        self._joined: set[bytes] = set()

    def scheme_for(self, force: str, reported_at: datetime) -> Scheme:
        """The risk scheme that a force used when it was told."""
        return schemes().in_force(force, times.in_london(reported_at).date())

    async def report_episode(
        self,
        *,
        report: missing.EpisodeReported,
        force_reference: str,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Take in a version of a force's report: a new episode, or another version of a known one.

        A child who goes missing is to be offered a return interview: it is required with the report
        itself.

        Raises:
            Invalid: the report contradicts itself, the scheme in force, or the calendar, or names a
                council that nobody knows.
            RuleBroken: this version is recorded already.
            Unavailable: nothing was stored.
        """
        refuse_unknown_council(report.responsible_authority, force=report.force)
        key = self._reference_key(report.force, force_reference)
        scheme = schemes().in_force(report.force, told_on(report))
        # Kept also with an absent child who has no level: the data that it follows from may change.
        report = msgspec.structs.replace(report, risk_scheme=scheme.code)
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            holders = await self._repository.store.holders(FORCE_REPORT, [key])
            if (episode_id := holders.get(key)) is not None:
                return await self._revise(
                    episode_id, report, scheme=scheme, context=context, answer=answer
                )
            episode = Episode.report(report, scheme=scheme, now=now)
            claims = [Claim(FORCE_REPORT, key, episode.id)]
            records: list[Episode | Interview] = [episode]
            if report.concern == "missing":
                records.append(self._require_interview(episode, claims))
            try:
                receipt = await self._repository.save(
                    *records, context=context, claims=tuple(claims), answer=answer
                )
                # The report is stored whatever becomes of the joining: the sweep does it again.
                with suppress(Refused):
                    await self._join_held(key, episode.id, context)
                return receipt
            except Claimed:
                # Another version of the same report was a moment faster; this one revises it.
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def record_return(
        self,
        *,
        episode_id: UUID,
        force: str,
        returned: missing.ChildReturned,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record that the child of an episode came back or was found.

        Raises:
            NotFound: there is no such episode of this force.
            RuleBroken: the return is recorded already, or is earlier than the going missing.
            Invalid: it is in the future.
        """
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            episode = await self._repository.load(Episode, episode_id)
            _own(episode, force)
            episode.record_return(returned, now=now)
            claims: list[Claim] = []
            records = [episode, *await self._interviews_after(episode, claims, now)]
            try:
                return await self._repository.save(
                    *records, context=context, claims=tuple(claims), answer=answer
                )
            except (Conflict, Claimed):
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def change(
        self,
        *,
        episode_id: UUID,
        force: str,
        decide: Callable[[Episode], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let an episode of this force decide: a sighting, a regrade, a correction and the like.

        Raises:
            NotFound: there is no such episode of this force.
            Refused: whatever the episode refuses.
        """
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            episode = await self._repository.load(Episode, episode_id)
            _own(episode, force)
            decide(episode)
            claims: list[Claim] = []
            records = [episode, *await self._interviews_after(episode, claims, now)]
            try:
                return await self._repository.save(
                    *records, context=context, claims=tuple(claims), answer=answer
                )
            except (Conflict, Claimed):
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def interview_of(self, *, episode_id: UUID) -> UUID | None:
        """The return interview that an episode requires, if it requires one."""
        holders = await self._repository.store.holders(INTERVIEW_OF, [episode_id.bytes])
        return holders.get(episode_id.bytes)

    async def episode_by_reference(self, *, force: str, force_reference: str) -> UUID:
        """The episode of a force's report, for whoever knows the number.

        Raises:
            NotFound: there is no such report, or it has not come yet.
        """
        key = self._reference_key(force, force_reference)
        holders = await self._repository.store.holders(FORCE_REPORT, [key])
        if key not in holders:
            raise NotFound("there is no such record")
        return holders[key]

    async def interview_by_reference(self, *, force: str, force_reference: str) -> UUID:
        """The return interview that a force's report requires, for whoever knows the number.

        Raises:
            NotFound: there is no such report, or it requires none.
        """
        key = self._reference_key(force, force_reference)
        holders = await self._repository.store.holders(FORCE_REPORT, [key])
        found = None
        if key in holders:
            found = await self.interview_of(episode_id=holders[key])
        if found is None:
            raise NotFound("there is no such record")
        return found

    async def record_return_by_reference(
        self,
        *,
        force: str,
        force_reference: str,
        returned: Callable[[UUID], missing.ChildReturned],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Record a return by the force's own number; kept where its report has not come yet.

        Args:
            force: whose number it is.
            force_reference: the number.
            returned: makes the return's data for a mention of the child.
            context: who says it.
            answer: see `report_episode`.

        Raises:
            RuleBroken: the return is recorded already, or is earlier than the going missing.
            Invalid: it is in the future.
        """
        key = self._reference_key(force, force_reference)
        holders = await self._repository.store.holders(FORCE_REPORT, [key])
        if (episode_id := holders.get(key)) is not None:
            child = await self.child_of(episode_id=episode_id, force=force)
            return await self.record_return(
                episode_id=episode_id,
                force=force,
                returned=returned(child),
                context=context,
                answer=answer,
            )
        child = new_mention_id()
        data = returned(child)
        held = missing.ReturnHeld(
            mentions=(PersonMention(mention_id=child, role="child"), *data.mentions),
            force=force,
            child=child,
            returned_at=data.returned_at,
            how=data.how,
            family_may_know_place=data.family_may_know_place,
            narrative=data.narrative,
        )
        receipt = await self._held.hold(key=key, data=held, context=context, answer=answer)
        # The report may have come while this return was being kept.
        holders = await self._repository.store.holders(FORCE_REPORT, [key])
        if key in holders:
            await self._join_held(key, holders[key], context)
        return receipt

    async def _join_held(self, key: bytes, episode_id: UUID, context: Context) -> None:
        held = await self._held.waiting(key)
        if held is not None:
            episode = await self._repository.load(Episode, episode_id)
            interviews = await self._interviews_of(episode_id)
            await self._held.join(held, episode, interviews, context=context)

    async def join_held(self, *, context: Context) -> int:
        """Join every kept return whose report has come; what a crash left undone is done here.

        Returns:
            How many are still kept.
        """
        rows = await self._repository.store.fetch(
            "SELECT h.key, r.holder FROM missing.claim h JOIN missing.claim r "
            "ON r.kind = $1 AND r.key = h.key WHERE h.kind = $2",
            FORCE_REPORT,
            HELD_RETURN,
        )
        for key, episode_id in rows:
            if key not in self._joined:
                await self._join_held(key, episode_id, context)
                if await self._held.waiting(key) is None:
                    # Joined for good: the next sweep need not look at it.
                    self._joined.add(key)
        return len(rows) - len(self._joined)

    async def child_of(self, *, episode_id: UUID, force: str) -> UUID:
        """The mention of the child that an episode of this force is about.

        Raises:
            NotFound: there is no such episode of this force.
        """
        episode = await self._repository.load(Episode, episode_id)
        _own(episode, force)
        return episode.child

    async def own_episode(self, *, episode_id: UUID, force: str) -> list[Happened]:
        """An episode's events, opened, for the force that sent them.

        Raises:
            NotFound: there is no such episode of this force.
            Unavailable: the vault does not answer.
        """
        episode = await self._repository.load(Episode, episode_id)
        _own(episode, force)
        return await self._repository.history(episode_id)

    async def own_held_return(self, *, return_id: UUID, force: str) -> list[Happened]:
        """A return that came before its report, opened, for the force that sent it.

        Raises:
            NotFound: there is no such return of this force.
            Unavailable: the vault does not answer.
        """
        held = await self._repository.load(HeldReturn, return_id)
        if held.force != force:
            raise NotFound("there is no such record")
        return await self._repository.history(return_id)

    async def _revise(
        self,
        episode_id: UUID,
        report: missing.EpisodeReported,
        *,
        scheme: Scheme,
        context: Context,
        answer: AnswerDraft | None,
    ) -> Receipt:
        fields = {name: getattr(report, name) for name in report.__struct_fields__}
        revision = missing.ReportRevised(**fields)
        now = times.now()

        def decide(episode: Episode) -> None:
            # Every version makes a mention of its own; that both are about one child is the
            # force's word, which intake needs where a report has no identifier to compare.
            same_child = msgspec.structs.replace(revision, about=(episode.child,))
            episode.revise(same_child, scheme=scheme, now=now)

        return await self.change(
            episode_id=episode_id,
            force=report.force,
            decide=decide,
            context=context,
            answer=answer,
        )

    async def _interviews_after(
        self, episode: Episode, claims: list[Claim], now: datetime
    ) -> list[Interview]:
        """What an episode's interviews have to become, whatever was said of it and in which order.

        Every child who was missing at any time is to be offered one, an absent child who became
        missing like any other; its time runs from the return; and a report that was a mistake asks
        nobody to hold one.
        """
        interviews = await self._interviews_of(episode.id)
        if not interviews and episode.was_ever_missing and not episode.in_error:
            interviews = [self._require_interview(episode, claims)]
        for interview in interviews:
            if interview.episodes[0] == episode.id and episode.area is not None:
                interview.name_area(episode.area, now=now)
            if not episode.in_error and episode.returned_at is not None:
                interview.start_clock(episode_id=episode.id, returned_at=episode.returned_at)
            elif episode.in_error and interview.is_open and interview.episodes == (episode.id,):
                interview.give_up(
                    missing.InterviewNotCompleted(
                        about=(interview.child,),
                        decided_at=now,
                        why="reported-in-error",
                        attempts=0,
                        reason=None,
                    ),
                    now=now,
                )
        return interviews

    def _require_interview(self, episode: Episode, claims: list[Claim]) -> Interview:
        """Every child who goes missing is offered an interview: required with the report itself."""
        interview = Interview.require(
            child=episode.child,
            episode_id=episode.id,
            since=episode.missing_since,
            area=episode.area,
        )
        claims.append(Claim(INTERVIEW_OF, episode.id.bytes, interview.id))
        return interview

    async def _interviews_of(self, episode_id: UUID) -> list[Interview]:
        """The interview that an episode requires, and another that covers it instead, if any."""
        found = []
        for kind in (INTERVIEW_OF, COVERED):
            holders = await self._repository.store.holders(kind, [episode_id.bytes])
            if episode_id.bytes in holders:
                found.append(await self._repository.load(Interview, holders[episode_id.bytes]))
        return found

    def _reference_key(self, force: str, force_reference: str) -> bytes:
        """Blind, and blind to spacing and case: forces write their numbers in many ways."""
        return self._keyring.index(FORCE_REPORT, force, "".join(force_reference.split()).upper())


def _own(episode: Episode, force: str) -> None:
    if episode.force != force:
        # The same as if it were not there: whether another force has reported is not told.
        raise NotFound("there is no such record")
