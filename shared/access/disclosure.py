"""Disclosures: the record of who was shown what, durable before the first byte of it leaves.

No record, no data: where a disclosure cannot be stored, the answer is not given.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from eventsourcing.domain import event

from shared import failpoints
from shared.access.actor import Actor
from shared.contracts import disclosure, times
from shared.contracts.context import Handling
from shared.contracts.ids import new_mention_id, new_record_id
from shared.contracts.mentions import PersonIdentity, PersonMention
from shared.contracts.sealed import Sealed
from shared.eventstore.append import Receipt
from shared.eventstore.record import Record
from shared.eventstore.repository import Repository
from shared.vault.keyring import Keyring


class Disclosure(Record):
    """One disclosure."""

    class Made(Record.Created):
        """It was made."""

        data: disclosure.DisclosureMade

    @event(Made)
    def __init__(
        self, data: disclosure.DisclosureMade, timestamp: datetime, handling: Handling
    ) -> None:
        self.data = data


class Decided(Protocol):
    """A decision of the policy (`shared.access.policy.Decision`)."""

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """Which policies decided."""

    @property
    def policy_set_hash(self) -> str:
        """Of the policy set in force."""


@dataclass(frozen=True, kw_only=True)
class Showing:
    """What is about to be shown.

    Attributes:
        action: what was asked for.
        outcome: shown, nothing found, or refused.
        answer: the bytes about to leave; only a keyed digest of them is kept.
        subjects: whom it shows.
        mentions: whose facts it shows.
        vector: up to which position of each store it knows.
        withheld: how many lines the caller is not shown.
        criteria: what a search for a person asked for.
        asked: what else a search asked for, field by field.
    """

    action: str
    outcome: disclosure.Outcome
    answer: bytes = b""
    subjects: Iterable[UUID] = ()
    mentions: Iterable[UUID] = ()
    vector: Mapping[str, int] = field(default_factory=dict)
    withheld: int = 0
    criteria: PersonIdentity | None = None
    asked: Mapping[str, str] = field(default_factory=dict)


class Disclosures:
    """The disclosure log of one service, in its own event store."""

    def __init__(
        self,
        repository: Repository,
        keyring: Keyring,
        *,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_failure = on_failure
        self._repository = repository
        self._keyring = keyring

    async def record(
        self, showing: Showing, *, actor: Actor, correlation_id: UUID, decided: Decided
    ) -> Receipt:
        """Record what is about to be shown; durable on return.

        Raises:
            Unavailable: it cannot be recorded, so it must not be shown.
        """
        mentions: tuple[PersonMention, ...] = ()
        criteria: Sealed[PersonIdentity] | None = None
        asked: Sealed[disclosure.SearchedFor] | None = None
        if showing.criteria is not None or showing.asked:
            # What was searched for is somebody's data too: it makes a mention of its own, whose key
            # can be destroyed like any other.
            searched = PersonMention(mention_id=new_mention_id(), role="searched_for")
            mentions = (searched,)
            if showing.criteria is not None:
                criteria = Sealed.of(searched.mention_id, showing.criteria)
            if showing.asked:
                fields = disclosure.SearchedFor(fields=dict(showing.asked))
                asked = Sealed.of(searched.mention_id, fields)
        data = disclosure.DisclosureMade(
            about=tuple(showing.mentions),
            mentions=mentions,
            action=showing.action,
            outcome=showing.outcome,
            roles=tuple(sorted(actor.roles)),
            subjects=tuple(showing.subjects),
            vector=dict(showing.vector),
            shown=self._keyring.index("shown", showing.answer.hex()).hex(),
            withheld=showing.withheld,
            policies=decided.policy_ids,
            policy_set=decided.policy_set_hash,
            criteria=criteria,
            asked=asked,
        )
        made = Disclosure._create(  # noqa: SLF001 (the library's constructor with an id of ours)
            Disclosure.Made,
            id=new_record_id(),
            data=data,
            timestamp=times.now(),
            handling="P",
        )
        try:
            async with failpoints.step("disclosure"):
                return await self._repository.save(made, context=actor.context(correlation_id))
        except Exception:
            self._on_failure()
            raise
