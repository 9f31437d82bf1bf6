"""Use cases of return interviews and kept returns, on a real database."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from services.missing.application import InterviewApplication, MissingApplication
from services.missing.domain import Episode, HeldReturn, Interview
from services.missing.store import InterviewList
from shared.contracts import missing
from shared.contracts.mentions import PlaceDetails, PlaceMention
from shared.contracts.refusals import Invalid, NotFound, NotPermitted, RuleBroken, Unavailable
from shared.contracts.sealed import Sealed, sealed_in
from shared.vault.keyring import Keyring
from tests.conftest import Stores
from tests.support.histories import BEGAN, context, report
from tests.support.scenario import state_of

pytestmark = pytest.mark.integration

FORCE = "northvale-police"
REFERENCE = "NV-15-000127"
BACK = BEGAN + timedelta(hours=6)


@pytest.fixture
def episodes(stores: Stores) -> MissingApplication:
    keyring = Keyring.read(stores.keyrings["missing"])
    return MissingApplication(stores.repository, keyring, stores.repository.mapper._vault)


@pytest_asyncio.fixture
async def interviews(stores: Stores) -> InterviewApplication:
    await stores.database.admin.execute((files("services.missing") / "lists.sql").read_text())
    return InterviewApplication(stores.repository, InterviewList(stores.pool))


def returned(child: UUID) -> missing.ChildReturned:
    place = PlaceMention(
        mention_id=UUID(int=child.int ^ 1),
        role="found_at",
        place=Sealed.of(UUID(int=child.int ^ 1), PlaceDetails(name="Harbour Lodge Hotel")),
    )
    return missing.ChildReturned(
        about=(child,),
        mentions=(place,),
        child=child,
        returned_at=BACK,
        how="found_by_police",
        family_may_know_place=False,
        narrative=Sealed.of(child, missing.ReturnNarrative(circumstances="By the harbour.")),
    )


async def reported(episodes: MissingApplication) -> UUID:
    receipt = await episodes.report_episode(
        report=msgspec.structs.replace(report(), responsible_authority="northvale-council"),
        force_reference=REFERENCE,
        context=context(),
    )
    return receipt.record_ids[0]


async def interview_of(stores: Stores, episodes: MissingApplication, episode: UUID) -> Interview:
    interview_id = await episodes.interview_of(episode_id=episode)
    assert interview_id is not None
    return await stores.repository.load(Interview, interview_id)


@pytest.mark.asyncio
async def test_a_report_requires_an_interview_and_the_return_starts_its_clock(
    stores: Stores, episodes: MissingApplication
) -> None:
    episode = await reported(episodes)
    interview = await interview_of(stores, episodes, episode)
    assert interview.due_by is None

    child = await episodes.child_of(episode_id=episode, force=FORCE)
    await episodes.record_return(
        episode_id=episode, force=FORCE, returned=returned(child), context=context()
    )

    interview = await interview_of(stores, episodes, episode)
    assert interview.due_by == BACK + timedelta(hours=72)


@pytest.mark.asyncio
async def test_an_absent_child_is_offered_one_only_when_treated_as_missing(
    stores: Stores, episodes: MissingApplication
) -> None:
    absent = report()
    fields = {name: getattr(absent, name) for name in absent.__struct_fields__}
    absent = missing.EpisodeReported(**(fields | {"concern": "absent", "risk": None}))
    receipt = await episodes.report_episode(
        report=absent, force_reference=REFERENCE, context=context()
    )
    episode = receipt.record_ids[0]
    assert await episodes.interview_of(episode_id=episode) is None

    def treat_as_missing(found: Episode) -> None:
        data = missing.ConcernChanged(
            about=(found.child,),
            child=found.child,
            concern="missing",
            risk=missing.RiskGrade(scheme="college-2013", level="medium"),
            changed_at=BEGAN + timedelta(hours=3),
            reason=Sealed.of(found.child, missing.EpisodeNote(text="Her phone is off.")),
        )
        scheme = episodes.scheme_for(FORCE, BEGAN)
        found.change_concern(data, scheme=scheme, now=datetime.now(UTC))

    await episodes.change(
        episode_id=episode, force=FORCE, decide=treat_as_missing, context=context()
    )

    assert await episodes.interview_of(episode_id=episode) is not None


@pytest.mark.asyncio
async def test_an_interview_goes_to_whoever_was_commissioned_on_that_day(
    stores: Stores, episodes: MissingApplication, interviews: InterviewApplication
) -> None:
    for provider, since, until in (
        ("harbour-trust", date(2014, 4, 1), date(2015, 3, 31)),
        ("lantern-trust", date(2015, 4, 1), None),
    ):
        await interviews.commission(
            provider=provider,
            area="northvale-council",
            since=since,
            until=until,
            context=context("northvale-council"),
        )
    episode = await reported(episodes)
    interview_id = await episodes.interview_of(episode_id=episode)
    assert interview_id is not None

    async def allocate(day: datetime) -> str | None:
        await interviews.allocate(
            interview_id=interview_id, area="northvale-council", on=day, context=context()
        )
        return (await stores.repository.load(Interview, interview_id)).provider

    # By the clocks of the place: 23:30 UTC on 31 March is 00:30 on 1 April.
    assert await allocate(datetime(2015, 3, 31, 22, 30, tzinfo=UTC)) == "harbour-trust"
    assert await allocate(datetime(2015, 3, 31, 23, 30, tzinfo=UTC)) == "lantern-trust"
    with pytest.raises(RuleBroken):
        await allocate(datetime(2014, 3, 31, tzinfo=UTC))
    with pytest.raises(NotPermitted):
        await interviews.allocate(
            interview_id=interview_id, area="southmere-council", on=BACK, context=context()
        )
    with pytest.raises(Invalid):
        await allocate(datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(RuleBroken):
        await interviews.commission(
            provider="third-trust",
            area="northvale-council",
            since=date(2015, 4, 1),
            until=None,
            context=context(),
        )


@pytest.mark.asyncio
async def test_an_interview_is_another_providers_business_to_nobody_else(
    episodes: MissingApplication, interviews: InterviewApplication
) -> None:
    episode = await reported(episodes)
    interview_id = await episodes.interview_of(episode_id=episode)
    assert interview_id is not None

    with pytest.raises(NotFound):
        await interviews.child_of(interview_id=interview_id, provider="lantern-trust")


@pytest.mark.asyncio
async def test_a_return_that_comes_first_is_kept_and_joined_when_its_report_comes(
    stores: Stores, episodes: MissingApplication
) -> None:
    kept = await episodes.record_return_by_reference(
        force=FORCE, force_reference=REFERENCE, returned=returned, context=context()
    )
    held = await stores.repository.load(HeldReturn, kept.record_ids[0])
    assert held.episode_id is None

    episode_id = await reported(episodes)

    episode = await stores.repository.load(Episode, episode_id)
    assert episode.returned_at == BACK
    held = await stores.repository.load(HeldReturn, held.id)
    assert held.episode_id == episode_id
    assert (await interview_of(stores, episodes, episode_id)).due_by is not None
    # Its words belong to the child of the report now, and its place came along.
    own = await episodes.own_episode(episode_id=episode_id, force=FORCE)
    back = next(event.data for event in own if isinstance(event.data, missing.ChildReturned))
    assert back.narrative is not None
    assert back.narrative.content.circumstances == "By the harbour."
    assert {field.state for field in sealed_in(back)} == {"opened"}
    assert back.mentions[0].role == "found_at"
    assert await episodes.join_held(context=context()) == 0


@pytest.mark.asyncio
async def test_what_a_crash_left_unjoined_the_sweep_joins(
    stores: Stores, episodes: MissingApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    await episodes.record_return_by_reference(
        force=FORCE, force_reference=REFERENCE, returned=returned, context=context()
    )

    async def dies(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as crashing:
        crashing.setattr(episodes, "_join_held", dies)
        with pytest.raises(ConnectionError):
            await reported(episodes)

    await episodes.join_held(context=context())

    joined = [
        event.type
        for event in await stores.store.after(0)
        if event.type in {"missing.child-returned.v1", "missing.held-return-joined.v1"}
    ]
    assert sorted(joined) == ["missing.child-returned.v1", "missing.held-return-joined.v1"]
    await episodes.join_held(context=context())
    assert len(await stores.store.after(0)) == 6


@pytest.mark.asyncio
async def test_a_newer_version_that_says_missing_requires_an_interview_and_its_clock_runs(
    stores: Stores, episodes: MissingApplication
) -> None:
    absent = msgspec.structs.replace(report(), concern="absent", risk=None)
    receipt = await episodes.report_episode(
        report=absent, force_reference=REFERENCE, context=context()
    )
    episode = receipt.record_ids[0]
    child = await episodes.child_of(episode_id=episode, force=FORCE)
    await episodes.record_return(
        episode_id=episode, force=FORCE, returned=returned(child), context=context()
    )
    assert await episodes.interview_of(episode_id=episode) is None

    await episodes.report_episode(
        report=report(version=2), force_reference=REFERENCE, context=context()
    )

    interview = await interview_of(stores, episodes, episode)
    assert interview.due_by == BACK + timedelta(hours=72)


@pytest.mark.parametrize("first_says", [None, "southmere-council", "northvale-council"])
@pytest.mark.parametrize("first_concern", ["absent", "missing"])
@pytest.mark.asyncio
async def test_the_council_that_a_version_names_has_the_interview_in_its_list(
    stores: Stores,
    episodes: MissingApplication,
    interviews: InterviewApplication,
    first_says: str | None,
    first_concern: missing.Concern,
) -> None:
    """Whether the child was absent at first, and whether the first version said whose it is."""
    first = msgspec.structs.replace(
        report(),
        concern=first_concern,
        risk=report().risk if first_concern == "missing" else None,
        responsible_authority=first_says,
    )
    second = msgspec.structs.replace(
        report(version=2),
        # A version that leaves it out takes nothing back.
        responsible_authority="northvale-council" if first_says != "northvale-council" else None,
    )
    for version in (first, second):
        await episodes.report_episode(report=version, force_reference=REFERENCE, context=context())
    listed = InterviewList(stores.pool)
    while await listed.catch_up(stores.store):
        pass
    assert len(await listed.rows(area="northvale-council")) == 1
    assert await listed.rows(area="southmere-council") == []


def in_error(episode: Episode) -> None:
    reason = Sealed.of(episode.child, missing.EpisodeNote(text="At her grandmother's."))
    data = missing.ReportedInError(
        about=(episode.child,), child=episode.child, found_at=BACK, reason=reason
    )
    episode.withdraw(data, now=datetime.now(UTC))


@pytest.mark.asyncio
async def test_a_report_that_was_a_mistake_asks_nobody_to_hold_its_interview(
    stores: Stores, episodes: MissingApplication
) -> None:
    episode = await reported(episodes)
    child = await episodes.child_of(episode_id=episode, force=FORCE)
    await episodes.record_return(
        episode_id=episode, force=FORCE, returned=returned(child), context=context()
    )
    await episodes.change(episode_id=episode, force=FORCE, decide=in_error, context=context())
    interview = await interview_of(stores, episodes, episode)
    assert not interview.is_open
    assert not interview.run_out(now=BACK + timedelta(days=30))


@pytest.mark.asyncio
async def test_a_corrected_return_moves_the_deadline(
    stores: Stores, episodes: MissingApplication
) -> None:
    episode = await reported(episodes)
    child = await episodes.child_of(episode_id=episode, force=FORCE)
    await episodes.record_return(
        episode_id=episode, force=FORCE, returned=returned(child), context=context()
    )

    def correct(found: Episode) -> None:
        data = missing.ReturnCorrected(
            about=(child,),
            child=child,
            returned_at=BACK - timedelta(hours=2),
            how="found_by_police",
            reason=Sealed.of(child, missing.EpisodeNote(text="The officer's own time.")),
        )
        found.correct_return(data, now=datetime.now(UTC))

    await episodes.change(episode_id=episode, force=FORCE, decide=correct, context=context())
    interview = await interview_of(stores, episodes, episode)
    assert interview.due_by == BACK + timedelta(hours=70)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["safe-and-well", "prevention-interview"])
async def test_a_police_check_is_its_own_record_and_stops_no_clock(
    stores: Stores, episodes: MissingApplication, kind: Literal["safe-and-well"]
) -> None:
    episode = await reported(episodes)
    child = await episodes.child_of(episode_id=episode, force=FORCE)
    await episodes.record_return(
        episode_id=episode, force=FORCE, returned=returned(child), context=context()
    )
    before = state_of(await interview_of(stores, episodes, episode))
    data = missing.PoliceCheckRecorded(
        about=(child,), child=child, kind=kind, done_at=BACK + timedelta(hours=1), narrative=None
    )
    await episodes.change(
        episode_id=episode,
        force=FORCE,
        decide=lambda found: found.check(data, now=datetime.now(UTC)),
        context=context(),
    )
    interview = await interview_of(stores, episodes, episode)
    assert state_of(interview) == before
    assert interview.run_out(now=BACK + timedelta(hours=73))


async def nobodys(episodes: MissingApplication, number: str) -> UUID:
    """An interview whose report names no authority."""
    receipt = await episodes.report_episode(
        report=report(), force_reference=number, context=context()
    )
    found = await episodes.interview_of(episode_id=receipt.record_ids[0])
    assert found is not None
    return found


@pytest.mark.asyncio
async def test_an_interview_that_names_no_authority_is_for_a_council_in_the_forces_area(
    stores: Stores, episodes: MissingApplication, interviews: InterviewApplication
) -> None:
    for area in ("northvale-council", "southmere-council"):
        await interviews.commission(
            provider=f"{area}-trust", area=area, since=date(2014, 4, 1), until=None,
            context=context(area),
        )  # fmt: skip
    interview_id = await nobodys(episodes, "NV-15-000200")
    head = (await stores.store.head()).position

    with pytest.raises(NotPermitted):
        await interviews.allocate(
            interview_id=interview_id, area="southmere-council", on=BACK, context=context()
        )
    assert (await stores.store.head()).position == head

    for _ in range(2):
        await interviews.allocate(
            interview_id=interview_id, area="northvale-council", on=BACK, context=context()
        )
    found = await stores.repository.load(Interview, interview_id)
    assert (found.provider, found.allocated_by) == ("northvale-council-trust", "northvale-council")


def test_who_allocated_an_interview_keeps_it_and_whom_the_force_named_comes_before_the_area() -> (
    None
):
    named = Interview.require(child=uuid4(), episode_id=uuid4(), since=BEGAN, area="abbey-council")
    near = frozenset({"northvale-council"})
    named.refuse_other_councils("abbey-council", near=near)
    with pytest.raises(NotPermitted):
        named.refuse_other_councils("northvale-council", near=near)
    taken = Interview.require(child=uuid4(), episode_id=uuid4(), since=BEGAN)
    taken.allocate(provider="trust", area="northvale-council", commission_id=uuid4(), at=BACK)
    taken.refuse_other_councils("northvale-council", near=frozenset())
    with pytest.raises(NotPermitted):
        taken.refuse_other_councils("harbour-council", near=frozenset({"harbour-council"}))


async def overdue(stores: Stores, listed: InterviewList, interview_id: UUID) -> list[str]:
    while await listed.catch_up(stores.store):
        pass
    return [
        event.type
        for event in await stores.store.of_record(interview_id)
        if event.type == "missing.interview-overdue.v1"
    ]


@pytest.mark.asyncio
async def test_that_time_ran_out_is_recorded_once_by_however_many_processes(
    stores: Stores, episodes: MissingApplication, interviews: InterviewApplication
) -> None:
    listed = interviews._interviews
    ids = []
    for number in range(5):
        interview_id = await nobodys(episodes, f"NV-15-0003{number}")
        interview = await stores.repository.load(Interview, interview_id)
        interview.start_clock(episode_id=interview.episodes[0], returned_at=BACK)
        await stores.repository.save(interview, context=context())
        ids.append(interview_id)
        await overdue(stores, listed, interview_id)
    another = InterviewApplication(stores.repository, InterviewList(stores.pool))

    # Both have the same list before them, and neither hears of the other.
    counted = await asyncio.gather(
        *(each.record_overdue(context=context()) for each in (interviews, another))
    )

    assert sum(counted) == len(ids)
    # The list has not caught up: what it still says was recorded is not recorded again.
    assert await interviews.record_overdue(context=context()) == 0
    for interview_id in ids:
        assert len(await overdue(stores, listed, interview_id)) == 1
    assert await another.record_overdue(context=context()) == 0


@pytest.mark.asyncio
async def test_a_sweep_that_died_half_way_is_finished_by_the_next_and_nothing_is_recorded_twice(
    stores: Stores,
    episodes: MissingApplication,
    interviews: InterviewApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = interviews._interviews
    ids = []
    for number in range(3):
        interview_id = await nobodys(episodes, f"NV-15-0004{number}")
        interview = await stores.repository.load(Interview, interview_id)
        interview.start_clock(episode_id=interview.episodes[0], returned_at=BACK)
        await stores.repository.save(interview, context=context())
        ids.append(interview_id)
        await overdue(stores, listed, interview_id)
    save, saved = stores.repository.save, list[object]()

    async def dies_at_the_second(*records: Any, **options: Any) -> Any:
        receipt = await save(*records, **options)
        saved.append(receipt)
        if len(saved) == 2:
            raise Unavailable("the connection broke after the commit")
        return receipt

    with monkeypatch.context() as dying:
        dying.setattr(stores.repository, "save", dies_at_the_second)
        with pytest.raises(Unavailable):
            await interviews.record_overdue(context=context())

    assert await interviews.record_overdue(context=context()) == 1
    for interview_id in ids:
        assert len(await overdue(stores, listed, interview_id)) == 1
