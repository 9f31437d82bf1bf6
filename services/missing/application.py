"""What the missing service can be asked to do: one method a use case."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.missing.domain import Episode, told_on
from services.missing.risk import Scheme, schemes
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound
from shared.contracts.registry import EventData
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository
from shared.vault.keyring import Keyring
from shared.vault.sealing import Vault

FORCE_REPORT = "force-report"
"""Claims on a force's reference number: all versions of one report belong to one episode."""


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """One event of an episode, opened for the force that sent it."""

    event_id: UUID
    type: str
    recorded_at: str
    data: EventData


class MissingApplication:
    """Reports of missing and absent children, and their return."""

    def __init__(self, repository: Repository, keyring: Keyring, vault: Vault) -> None:
        self._repository = repository
        self._keyring = keyring
        self._vault = vault

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

        Raises:
            Invalid: the report contradicts itself, the scheme in force, or the calendar.
            RuleBroken: this version is recorded already.
            Unavailable: nothing was stored.
        """
        key = self._reference_key(report.force, force_reference)
        scheme = schemes().in_force(report.force, told_on(report))
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            holders = await self._repository.store.holders(FORCE_REPORT, [key])
            if (episode_id := holders.get(key)) is not None:
                return await self._revise(
                    episode_id, report, scheme=scheme, context=context, answer=answer
                )
            episode = Episode.report(report, scheme=scheme, now=now)
            try:
                return await self._repository.save(
                    episode,
                    context=context,
                    claims=(Claim(FORCE_REPORT, key, episode.id),),
                    answer=answer,
                )
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

        def decide(episode: Episode) -> None:
            _own(episode, force)
            episode.record_return(returned, now=now)

        _, receipt = await self._repository.change(
            Episode, episode_id, decide, context=context, answer=answer
        )
        return receipt

    async def child_of(self, *, episode_id: UUID, force: str) -> UUID:
        """The mention of the child that an episode of this force is about.

        Raises:
            NotFound: there is no such episode of this force.
        """
        episode = await self._repository.load(Episode, episode_id)
        _own(episode, force)
        return episode.child

    async def episode_of_reference(self, *, force: str, force_reference: str) -> UUID:
        """The episode that a force's own number stands for.

        Raises:
            NotFound: no report of that number has come.
        """
        key = self._reference_key(force, force_reference)
        holders = await self._repository.store.holders(FORCE_REPORT, [key])
        if key not in holders:
            raise NotFound("no report with this reference has come from your force")
        return holders[key]

    async def own_episode(self, *, episode_id: UUID, force: str) -> list[OwnEvent]:
        """An episode's events, opened, for the force that sent them.

        Raises:
            NotFound: there is no such episode of this force.
            Unavailable: the vault does not answer.
        """
        episode = await self._repository.load(Episode, episode_id)
        _own(episode, force)
        found = []
        for recorded in await self._repository.store.of_record(episode_id):
            envelope = recorded.envelope
            data = self._repository.mapper.data_of(envelope)
            await self._vault.open([(envelope.store, envelope.id, envelope.type, data)])
            found.append(OwnEvent(envelope.id, envelope.type, envelope.time, data))
        return found

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

        _, receipt = await self._repository.change(
            Episode, episode_id, decide, context=context, answer=answer
        )
        return receipt

    def _reference_key(self, force: str, force_reference: str) -> bytes:
        """Blind, and blind to spacing and case: forces write their numbers in many ways."""
        return self._keyring.index(FORCE_REPORT, force, "".join(force_reference.split()).upper())


def _own(episode: Episode, force: str) -> None:
    if episode.force != force:
        # The same as if it were not there: whether another force has reported is not told.
        raise NotFound("there is no such record")
