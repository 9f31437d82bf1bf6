"""The list of return interviews, and its counts over 2,000 episodes, against figures by hand.

How many were required, offered, accepted, done in time? A council with 685 incidents could not say.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.missing.domain import Interview
from services.missing.store import InterviewList, Submissions, order_of
from services.missing.views import Kind
from shared.contracts import missing
from shared.contracts.ids import new_mention_id
from shared.contracts.sealed import Sealed
from tests.conftest import Stores
from tests.support.histories import context

pytestmark = pytest.mark.integration

NOW = datetime(2016, 1, 1, tzinfo=UTC)
FIRST = datetime(2015, 1, 1, 12, 0, tzinfo=UTC)
EPISODES = 2000
KINDS: tuple[Kind, ...] = ("interview",)


@pytest_asyncio.fixture
async def interviews(stores: Stores) -> AsyncIterator[InterviewList]:
    await stores.database.admin.execute((files("services.missing") / "lists.sql").read_text())
    yield InterviewList(stores.pool)


def interview(number: int) -> Interview:
    """The `number`th of 2,000: one begins every four hours; what becomes of it is by its number.

    Of every ten: all are required. 0: the child is still away. 1-9: back after two hours. 1: never
    offered. 2: offered and declined by the child. 3: offered, declined, and accepted after all,
    held in time. 4-6: offered, accepted, held after 24 hours, in time. 7: offered, accepted, held
    after 80 hours, late. 8: offered, given up. 9: offered, accepted, not held yet.
    """
    kind = number % 10
    went = FIRST + timedelta(hours=4 * number)
    back = went + timedelta(hours=2)
    child, episode = new_mention_id(), uuid4()
    made = Interview.require(child=child, episode_id=episode, since=went, area=f"area-{number % 2}")
    if kind == 0:
        return made
    made.start_clock(episode_id=episode, returned_at=back)
    if kind == 1:
        return made
    made.allocate(
        provider="lantern-trust", area=f"area-{number % 2}", commission_id=uuid4(), at=back
    )
    made.offer(missing.InterviewOffered(offered_at=back, to="child"), now=NOW)
    if kind in {2, 3}:
        made.decline(missing.InterviewDeclined(declined_at=back, by="child", reason=None), now=NOW)
    if kind in {3, 4, 5, 6, 7, 9}:
        made.accept(missing.InterviewAccepted(accepted_at=back, planned_for=None), now=NOW)
    if kind in {3, 4, 5, 6, 7}:
        made.conduct(held(child, back + timedelta(hours=80 if kind == 7 else 24)), now=NOW)
    if kind == 8:
        made.give_up(
            missing.InterviewNotCompleted(
                decided_at=back, why="child-could-not-be-reached", attempts=3, reason=None
            ),
            now=NOW,
        )
    return made


def held(child: UUID, at: datetime) -> missing.InterviewConducted:
    return missing.InterviewConducted(
        about=(child,),
        held_at=at,
        setting="school",
        interviewer_role="return-interviewer",
        independent=True,
        push=(),
        pull=(),
        exploitation="low",
        needs_action_now=False,
        words=Sealed.of(child, missing.ChildsWords()),
        view=Sealed.of(child, missing.InterviewersView(exploitation_rationale="None seen.")),
    )


@pytest.mark.parametrize("accepted_later", [True, False])
@pytest.mark.parametrize("accepted_comes_first", [True, False])
@pytest.mark.asyncio
async def test_what_the_child_said_last_is_listed_whatever_came_first(
    stores: Stores, interviews: InterviewList, accepted_later: bool, accepted_comes_first: bool
) -> None:
    made = interview(11)
    back = made.returned_at
    assert back is not None
    made.allocate(provider="lantern-trust", area="area-1", commission_id=uuid4(), at=back)
    made.offer(missing.InterviewOffered(offered_at=back, to="child"), now=NOW)
    moments = [back + timedelta(hours=1), back + timedelta(hours=2)]
    accepted_at, declined_at = moments[::-1] if accepted_later else moments
    steps: list[Callable[[], None]] = [
        lambda: made.accept(
            missing.InterviewAccepted(accepted_at=accepted_at, planned_for=None), now=NOW
        ),
        lambda: made.decline(
            missing.InterviewDeclined(declined_at=declined_at, by="child", reason=None), now=NOW
        ),
    ]
    for step in steps if accepted_comes_first else steps[::-1]:
        step()
    await stores.repository.save(made, context=context())
    while await interviews.catch_up(stores.store):
        pass
    (row,) = await interviews.rows(only_open=False)
    assert (row.accepted_at, row.declined_at) == (
        accepted_at,
        None if accepted_later else declined_at,
    )
    (sent,) = await Submissions(stores.pool).rows(agency="lantern-trust", kinds=KINDS)
    assert sent.status == ("accepted" if accepted_later else "declined")
    found = await interviews.counts(since=FIRST, until=NOW, now=NOW)
    assert (found.declined, found.overdue) == ((0, 1) if accepted_later else (1, 0))


@pytest.mark.asyncio
async def test_an_acceptance_that_comes_late_changes_neither_list_nor_the_time_that_is_planned(
    stores: Stores, interviews: InterviewList
) -> None:
    made = interview(11)
    back = made.returned_at
    assert back is not None
    made.allocate(provider="lantern-trust", area="area-1", commission_id=uuid4(), at=back)
    made.offer(missing.InterviewOffered(offered_at=back, to="child"), now=NOW)
    hour = timedelta(hours=1)
    for after, planned in ((2, 30), (1, 20)):
        said = missing.InterviewAccepted(
            accepted_at=back + after * hour, planned_for=back + planned * hour
        )
        made.accept(said, now=NOW)
    made.decline(
        missing.InterviewDeclined(declined_at=back + 3 * hour, by="child", reason=None), now=NOW
    )
    late = missing.InterviewAccepted(accepted_at=back + 1.5 * hour, planned_for=back + 25 * hour)
    made.accept(late, now=NOW)
    # To be offered it again is no answer of the child's.
    made.offer(missing.InterviewOffered(offered_at=back + 4 * hour, to="child"), now=NOW)
    await stores.repository.save(made, context=context())
    while await interviews.catch_up(stores.store):
        pass
    (row,) = await interviews.rows(only_open=False)
    assert (row.declined_at, row.accepted_at) == (back + 3 * hour, back + 2 * hour)
    assert row.planned_for == back + 30 * hour
    (sent,) = await Submissions(stores.pool).rows(agency="lantern-trust", kinds=KINDS)
    assert sent.status == "declined"


@pytest.mark.asyncio
async def test_the_counts_over_two_thousand_episodes(
    stores: Stores, interviews: InterviewList
) -> None:
    records = [interview(number) for number in range(EPISODES)]
    for start in range(0, EPISODES, 200):
        await stores.repository.save(*records[start : start + 200], context=context())
    while await interviews.catch_up(stores.store):
        pass

    everything = await interviews.counts(since=FIRST - timedelta(days=1), until=NOW, now=NOW)
    assert everything.required == 2000
    assert everything.allocated == 1600
    assert everything.offered == 1600
    assert everything.accepted == 1200
    assert everything.declined == 200
    assert everything.conducted == 1000
    assert everything.in_time == 800
    assert everything.given_up == 200
    assert everything.open == 600
    assert everything.overdue == 400

    # Even numbers are area-0: kinds 0, 2, 4, 6, 8, of which 4 and 6 are held, in time.
    even = await interviews.counts(since=FIRST, until=NOW, area="area-0", now=NOW)
    assert (even.required, even.conducted, even.in_time, even.declined) == (1000, 400, 400, 200)

    # One day has six: numbers 0 to 5 begin at 12, 16, 20 o'clock and on; three are back that day,
    # and the one still away counts by when she went.
    day = await interviews.counts(since=FIRST, until=datetime(2015, 1, 2, tzinfo=UTC), now=NOW)
    assert (day.required, day.offered, day.declined) == (3, 1, 1)

    overdue = await interviews.running_out(NOW)
    assert len(overdue) == 400


@pytest.mark.asyncio
async def test_the_list_pages_by_deadline_and_folds_to_the_same_again(
    stores: Stores, interviews: InterviewList
) -> None:
    for number in range(60):
        await stores.repository.save(interview(number), context=context())
    while await interviews.catch_up(stores.store):
        pass

    first = await interviews.rows(provider="lantern-trust", limit=4, only_open=False)
    second = await interviews.rows(
        provider="lantern-trust", limit=100, only_open=False, after=order_of(first[-1])
    )
    assert len(first) + len(second) == 48
    deadlines = [row.due_by for row in [*first, *second] if row.due_by is not None]
    assert deadlines == sorted(deadlines)
    assert {row.interview_id for row in first}.isdisjoint(row.interview_id for row in second)

    before = await interviews.rows(only_open=False, limit=100)
    await stores.database.admin.execute(
        "TRUNCATE lists.interview; UPDATE lists.progress SET position = 0"
    )
    while await interviews.catch_up(stores.store):
        pass
    assert await interviews.rows(only_open=False, limit=100) == before
