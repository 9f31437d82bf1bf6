"""Whatever the order in which a force's messages come, and however often, the child's view is one.

What happened is told in its own order, and then shuffled, each message up to three times. Whoever
is refused sends again, as a police system does, until nothing more is taken. Real aggregates on a
real store, and the folds that mash shows a child by.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.mash.views.child import child_view, now_of
from services.mash.views.facts import facts_of
from services.missing.application import MissingApplication
from services.missing.domain import Episode
from shared.contracts import EVENTS, missing
from shared.contracts.refusals import Refused
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Event
from shared.vault.keyring import Keyring
from tests.conftest import Stores
from tests.support.histories import context, report

pytestmark = pytest.mark.integration

BEGAN = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(days=3, hours=1)
HOUR = timedelta(hours=1)
SUBJECT = UUID(int=0xC41D)
MEDIUM = missing.RiskGrade(scheme="college-2013", level="medium")
FORCES = ("northvale-police", "southmere-police")


@dataclass(frozen=True)
class Story:
    """What happened of one absence, as one force knows it.

    Attributes:
        since: when the child went, by each version of the report, in hours after `BEGAN`.
        concerns: what each version says.
        changes: what the force treated the child as from when on, in hours after `BEGAN`.
        back, corrected: the return, and what is right about it.
        in_error: the child was not missing at all.
    """

    force: str
    since: tuple[int, ...]
    concerns: tuple[missing.Concern, ...]
    changes: dict[int, missing.Concern]
    back: int | None
    corrected: int | None
    in_error: bool
    number: str = field(default_factory=lambda: f"NV/{uuid4()}", compare=False)


Send = Callable[[], Awaitable[object]]
CONCERN: st.SearchStrategy[missing.Concern] = st.sampled_from(["missing", "absent"])


@st.composite
def stories(draw: st.DrawFn, force: str) -> Story:
    versions = draw(st.integers(1, 3))
    back = draw(st.none() | st.integers(20, 40))
    return Story(
        force=force,
        since=tuple(draw(st.integers(0, 6)) for _ in range(versions)),
        concerns=tuple(draw(CONCERN) for _ in range(versions)),
        changes=draw(st.dictionaries(st.integers(7, 19), CONCERN, max_size=3)),
        back=back,
        corrected=draw(st.none() | st.integers(20, 60)) if back is not None else None,
        in_error=draw(st.integers(0, 5)) == 0,
    )


SEEN_BY = st.one_of(
    st.tuples(stories(FORCES[0])), st.tuples(stories(FORCES[0]), stories(FORCES[1]))
)


class Desk:
    """Sends what a story tells, as a force's system would."""

    def __init__(self, stores: Stores, number: str) -> None:
        keyring = Keyring.read(stores.keyrings["missing"])
        vault = stores.repository.mapper._vault
        self._use = MissingApplication(stores.repository, keyring, vault)
        self._number = number

    def messages(self, story: Story) -> list[Send]:
        """In the order in which it happened."""
        sent: list[Send] = []
        for version, (since, concern) in enumerate(
            zip(story.since, story.concerns, strict=True), 1
        ):
            sent.append(self._report(story, version, since, concern))
        for hours, concern in sorted(story.changes.items()):
            sent.append(self._change(story, hours, concern))
        if story.back is not None:
            sent.append(self._return(story, story.back))
        if story.corrected is not None:
            sent.append(self._correct(story, story.corrected))
        if story.in_error:
            sent.append(self._withdraw(story))
        return sent

    async def join(self) -> None:
        """What the service's clock does every few seconds."""
        await self._use.join_held(context=context())

    def _reference(self, story: Story) -> str:
        return f"{story.number}/{self._number}"

    def _report(self, story: Story, version: int, since: int, concern: missing.Concern) -> Send:
        data = msgspec.structs.replace(
            report(began=BEGAN + since * HOUR, version=version),
            force=story.force,
            reported_at=BEGAN + 7 * HOUR,
            concern=concern,
            risk=MEDIUM if concern == "missing" else None,
        )
        return lambda: self._use.report_episode(
            report=data,
            force_reference=self._reference(story),
            context=context(story.force),
        )

    def _return(self, story: Story, hours: int) -> Send:
        def returned(child: UUID) -> missing.ChildReturned:
            return missing.ChildReturned(
                about=(child,),
                child=child,
                returned_at=BEGAN + hours * HOUR,
                how="returned_by_self",
                family_may_know_place=True,
                narrative=None,
            )

        return lambda: self._use.record_return_by_reference(
            force=story.force,
            force_reference=self._reference(story),
            returned=returned,
            context=context(story.force),
        )

    def _change(self, story: Story, hours: int, concern: missing.Concern) -> Send:
        def decide(episode: Episode) -> None:
            at = BEGAN + hours * HOUR
            data = missing.ConcernChanged(
                about=(episode.child,),
                child=episode.child,
                concern=concern,
                risk=MEDIUM if concern == "missing" else None,
                changed_at=at,
                reason=_note(episode.child),
            )
            episode.change_concern(data, scheme=self._use.scheme_for(story.force, at), now=NOW)

        return self._step(story, decide)

    def _correct(self, story: Story, hours: int) -> Send:
        def decide(episode: Episode) -> None:
            data = missing.ReturnCorrected(
                about=(episode.child,),
                child=episode.child,
                returned_at=BEGAN + hours * HOUR,
                how="found_by_police",
                reason=_note(episode.child),
            )
            episode.correct_return(data, now=NOW)

        return self._step(story, decide)

    def _withdraw(self, story: Story) -> Send:
        def decide(episode: Episode) -> None:
            data = missing.ReportedInError(
                about=(episode.child,),
                child=episode.child,
                found_at=BEGAN + 61 * HOUR,
                reason=_note(episode.child),
            )
            episode.withdraw(data, now=NOW)

        return self._step(story, decide)

    def _step(self, story: Story, decide: Callable[[Episode], None]) -> Send:
        async def send() -> None:
            episode_id = await self._use.episode_by_reference(
                force=story.force, force_reference=self._reference(story)
            )
            await self._use.change(
                episode_id=episode_id,
                force=story.force,
                decide=decide,
                context=context(story.force),
            )

        return send


def _note(child: UUID) -> Sealed[missing.EpisodeNote]:
    return Sealed.of(child, missing.EpisodeNote(text="As the control room says."))


async def deliver(messages: Sequence[Send], desk: Desk) -> None:
    """Deliver, and whatever is refused again and again, until nothing more is taken."""
    waiting = list(messages)
    while waiting:
        refused = []
        for send in waiting:
            try:
                await send()
            except Refused:
                refused.append(send)
        if len(refused) == len(waiting):
            break
        waiting = refused
    await desk.join()


async def shown(stores: Stores, after: int) -> dict[str, Any]:
    """What the child's view says once everything has come that was stored after a position."""
    facts = []
    for stored in await stores.store.after(after, 10_000):
        data = EVENTS.decode(stored.envelope.type, stored.envelope.data)
        facts += facts_of(Event("missing", stored.position, stored.body, stored.envelope, data))
    view = child_view(SUBJECT, sorted(facts, key=lambda fact: fact.order))
    assert view is not None
    now = now_of(view, NOW)
    return {
        "counts": now.counts,
        "durations": sorted((each.minutes, each.still) for each in now.durations),
        "missing now": [(each.concern, each.since, each.agency) for each in view.missing_now],
        "clocks": sorted(str((each.state, each.due_by)) for each in now.interviews),
    }


def told_of(*stories: Story) -> tuple[tuple[Story, ...], list[int]]:
    """An example of the property below: these stories, delivered backwards."""
    return stories, [50 - number for number in range(50)]


ABSENT_THEN_MISSING = Story(
    FORCES[0], (0,), ("absent",), {9: "missing", 12: "absent"}, 20, 25, False
)
EARLIER_AFTER_ALL = Story(FORCES[1], (2, 0), ("missing", "missing"), {}, 30, 21, False)
A_MISTAKE = Story(FORCES[1], (0,), ("missing",), {}, 22, None, True)


@pytest.mark.asyncio
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@for_any(SEEN_BY, st.lists(st.integers(0, 1000), min_size=50, max_size=50))
@example(*told_of(ABSENT_THEN_MISSING))
@example(*told_of(ABSENT_THEN_MISSING, EARLIER_AFTER_ALL))
@example(*told_of(A_MISTAKE))
async def test_whatever_the_order_and_however_often_the_view_is_that_of_its_own_order(
    stores: Stores, told: tuple[Story, ...], shuffle: list[int]
) -> None:
    in_order, mixed = Desk(stores, "in order"), Desk(stores, "mixed")
    begin = await head(stores)
    for story in told:
        await deliver(in_order.messages(story), in_order)
    expected = await shown(stores, begin)

    begin = await head(stores)
    once = [send for story in told for send in mixed.messages(story)]
    thrice = [send for send in once for _ in range(3)]
    order = sorted(range(len(thrice)), key=lambda number: (shuffle[number % 50], number))
    # Some come once, some twice, some three times; each at least once.
    often = [thrice[number] for number in order if number % 3 == 0 or shuffle[number % 50] % 2]
    await deliver(often, mixed)

    assert await shown(stores, begin) == expected


async def head(stores: Stores) -> int:
    found = await stores.store.fetch("SELECT position FROM missing.head")
    return int(found[0][0])
