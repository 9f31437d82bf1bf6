"""Linking on a real database: what joins two mentions, what never does, and what is kept of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from services.intake.application import IntakeApplication
from services.intake.consumers import MentionLinker
from services.intake.domain import Link
from shared.contracts import intake, missing, screening
from shared.contracts.mentions import Identifier, PersonIdentity, PersonMention
from shared.contracts.refusals import NotFound, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.repository import Repository
from shared.projecting.facts import Event
from shared.projecting.follower import Follower, make_followers
from shared.vault.keyring import Keyring
from tests.conftest import Stores
from tests.projecting.worlds import Feeder
from tests.screening.forms import COMPLETED, NOW, TOOL, TOOL_ID, complete, form, published
from tests.support.histories import Thing, context, report
from tests.support.register import Register, making_register, with_identifiers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

HERS, OTHERS = "9434765919", "9434765870"
NHS = Identifier(scheme="nhs-number", value="943 476 5919", verified=True)
OTHER_NHS = Identifier(scheme="nhs-number", value=OTHERS, verified=True)
FORCE_ID = Identifier(
    scheme="force-person-id", value="nv 77", issuer="northvale-police", verified=True
)


@pytest_asyncio.fixture
async def register(stores: Stores) -> AsyncIterator[Register]:
    async with making_register(stores) as made:
        yield made


async def test_a_known_verified_number_links_and_says_why(register: Register) -> None:
    first, second = await register.hear(NHS), await register.hear(NHS)

    assert await register.subject(first) == await register.subject(second)
    assert (await register.link(first)).new_subject
    link = await register.link(second)
    assert not link.new_subject
    assert link.evidence == (intake.Evidence(matched_on="nhs-number", with_mention=first),)
    # The number is the first mention's; those that link by it do not claim it again.
    holders = await register.stores.database.admin.fetch("SELECT holder FROM intake.claim")
    assert [row["holder"] for row in holders] == [first]


@pytest.mark.parametrize(
    "given",
    [
        Identifier(scheme="nhs-number", value=HERS, verified=False),
        Identifier(scheme="nhs-number", value="9434765918", verified=True),
        Identifier(scheme="force-person-id", value=HERS, issuer="northvale-police", verified=True),
        OTHER_NHS,
    ],
)
async def test_what_proves_nothing_links_nothing(register: Register, given: Identifier) -> None:
    first, second = await register.hear(NHS), await register.hear(given)

    assert await register.subject(first) != await register.subject(second)
    assert (await register.link(second)).conflicting == ()


async def test_the_same_local_number_of_two_agencies_is_two_numbers(register: Register) -> None:
    theirs = msgspec.structs.replace(FORCE_ID, issuer="southmere-police")
    first, second = await register.hear(FORCE_ID), await register.hear(theirs)
    assert await register.subject(first) != await register.subject(second)


async def test_two_numbers_of_two_subjects_join_nothing_and_call_a_person(
    register: Register,
) -> None:
    first, second = await register.hear(NHS), await register.hear(FORCE_ID)

    third = await register.hear(NHS, FORCE_ID)

    link = await register.link(third)
    subjects = {await register.subject(first), await register.subject(second)}
    assert link.new_subject
    assert set(link.conflicting) == subjects
    assert await register.subject(third) not in subjects
    assert len(subjects) == 2


async def test_a_second_number_is_learnt_from_a_mention_that_links(register: Register) -> None:
    first = await register.hear(NHS)
    await register.hear(NHS, FORCE_ID)
    # The number was free when the second mention came: but that mention was linked by the first.
    third = await register.hear(FORCE_ID)
    assert await register.subject(third) == await register.subject(first)


async def test_the_same_number_twice_in_one_event_is_one_subject(register: Register) -> None:
    data = report()
    friend = report().child
    people = tuple(
        PersonMention(
            mention_id=mention_id,
            role=role,  # type: ignore[arg-type] # two of the roles
            identity=Sealed.of(mention_id, PersonIdentity(identifiers=(NHS, NHS))),
        )
        for mention_id, role in ((data.child, "child"), (friend, "seen_with"))
    )
    await register.stores.repository.save(
        Thing.report(msgspec.structs.replace(data, mentions=people)), context=context()
    )
    await MentionLinker(register.application).handle((await register.events())[-1])

    assert await register.subject(data.child) == await register.subject(friend)
    kinds = [type(found).__name__ for found in await register.decided()]
    assert kinds == ["SubjectRegistered", "MentionLinked", "MentionLinked"]


async def test_a_second_delivery_changes_nothing(register: Register) -> None:
    await register.hear(NHS)
    mention = await register.hear(NHS, FORCE_ID)
    before = await register.decided()
    worker = context("northvale-council")

    for event in await register.events():
        await MentionLinker(register.application).handle(event)
    assert await register.decided() == before

    await register.application.unlink(mention_id=mention, reason="wrong-person", context=worker)
    for event in await register.events():
        await MentionLinker(register.application).handle(event)
    assert len(await register.decided()) == len(before) + 1
    assert await register.application.link_of(mention_id=mention) is None


async def test_two_processes_with_the_same_number_make_one_subject(register: Register) -> None:
    await make_followers(register.stores.database.admin, "intake")
    for _ in range(6):
        await register.stores.repository.save(
            Thing.report(with_identifiers(NHS)), context=context()
        )
    bodies = {"missing": [(e.position, e.body) for e in await register.events()]}
    other = Repository(
        type(register.repository.store)("intake", await register.stores.database.pool("intake")),
        await register.stores.vault_of("intake"),
    )
    keyring = Keyring.read(register.stores.keyrings["intake"])
    tasks = []
    for name, repository in (("one", register.repository), ("two", other)):
        feeder = Feeder(bodies, sizes=(1,))
        feeder.let("missing")
        linker = MentionLinker(IntakeApplication(repository, keyring))
        follower = Follower(
            name, "missing", repository.store.pool, register.opener, feeder.batches, linker.handle
        )
        tasks.append((follower, asyncio.create_task(follower.run())))
    async with asyncio.timeout(20):
        while any(follower.position < 6 for follower, _ in tasks):  # noqa: ASYNC110 (nothing tells when)
            await asyncio.sleep(0.01)
    for _, task in tasks:
        task.cancel()
    await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)
    await other.store.close()

    decided = await register.decided()
    links = [found for found in decided if isinstance(found, intake.MentionLinked)]
    assert len(links) == 6
    assert len({link.subject_id for link in links}) == 1
    assert len(decided) == 7
    parked = "SELECT count(*) FROM public.follower_parked"
    assert await register.stores.database.admin.fetchval(parked) == 0


async def test_a_number_follows_its_mention_to_where_a_person_moved_it(register: Register) -> None:
    first, second = await register.hear(NHS), await register.hear(OTHER_NHS)
    target = await register.subject(second)
    await register.application.move(
        mention_id=first,
        subject_id=target,
        reason="same-person",
        context=context("northvale-council"),
    )
    third = await register.hear(NHS)
    assert await register.subject(third) == target


async def test_a_number_whose_link_was_taken_back_is_the_next_mentions(register: Register) -> None:
    first = await register.hear(NHS)
    hers = await register.subject(first)
    worker = context("northvale-council")
    await register.application.unlink(mention_id=first, reason="wrong-person", context=worker)

    second, third = await register.hear(NHS), await register.hear(NHS)
    assert await register.subject(second) == await register.subject(third) != hers

    # Linked again, the first holds the number as well: two subjects, so a person must look.
    await register.application.move(
        mention_id=first, subject_id=hers, reason="undo", context=worker
    )
    fourth = await register.hear(NHS)
    assert set((await register.link(fourth)).conflicting) == {hers, await register.subject(second)}


async def test_versions_of_a_report_are_about_one_child_without_any_number(
    register: Register,
) -> None:
    first = await register.hear()
    data = report(version=2)
    revised = missing.ReportRevised(
        **{name: getattr(data, name) for name in data.__struct_fields__} | {"about": (first,)}
    )
    event = (await register.events())[-1]
    await MentionLinker(register.application).handle(
        Event("missing", 2, b"", event.envelope, revised)
    )

    assert await register.subject(data.child) == await register.subject(first)
    assert (await register.link(data.child)).evidence == (
        intake.Evidence(matched_on="same-report", with_mention=first),
    )


async def test_a_mention_moves_only_to_a_subject_that_is_there_and_of_its_kind(
    register: Register,
) -> None:
    mention = await register.hear(NHS)
    worker = context("northvale-council")
    for subject_id in (mention, UUID(int=1)):
        with pytest.raises(NotFound):
            await register.application.move(
                mention_id=mention, subject_id=subject_id, reason="undo", context=worker
            )
    with pytest.raises(NotFound):
        await register.application.link_of(mention_id=UUID(int=1))
    assert (await register.repository.load(Link, mention)).subject_kind == "person"


async def test_an_agencys_code_is_its_own(register: Register) -> None:
    async def enrol(code: str) -> None:
        await register.application.register_agency(
            code=code,
            name="Northvale Police",
            kind="police",
            since=date(2014, 7, 1),
            context=context("northvale-council"),
        )

    await enrol("northvale-police")
    with pytest.raises(RuleBroken, match="already"):
        await enrol("northvale-police")
    both = await asyncio.gather(enrol("southmere"), enrol("southmere"), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in both) == ["NoneType", "RuleBroken"]
    await enrol("abbey-council")
    codes = [agency.code for agency in await register.application.agencies()]
    assert codes == ["abbey-council", "northvale-police", "southmere"]


async def test_nothing_that_intake_keeps_holds_a_number(register: Register) -> None:
    await register.hear(NHS, FORCE_ID)
    await register.hear(NHS, OTHER_NHS)
    await register.hear(FORCE_ID)
    admin = register.stores.database.admin
    kept = b"".join(event.body for event in await register.repository.store.after(0))
    for table in ("claim", "answer"):
        rows = await admin.fetch(f"SELECT * FROM intake.{table}")
        kept += b"".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in rows
            for value in row.values()
        )
    for value in (HERS, "943 476 5919", OTHERS, "NV77", "nv 77"):
        assert value.encode() not in kept


async def test_the_child_of_a_later_or_amended_screening_is_the_child_of_the_first(
    register: Register,
) -> None:
    # No identifier at all: the school says itself that it is the same child.
    first = complete()
    second = complete(form(completed_at=COMPLETED + timedelta(days=60)), series=(first,))
    first.amend(form(), reason="Mended.", tool_id=TOOL_ID, tool=TOOL, now=NOW)
    stranger = complete()
    children = []
    for event in published(first, second, stranger):
        await MentionLinker(register.application).handle(event)
        if isinstance(event.data, screening.ScreeningFields):
            children.append(event.data.child)
    subjects = [await register.subject(child) for child in children]
    assert len(set(children)) == 4
    assert len(set(subjects)) == 2
    assert subjects[0] == subjects[1] == subjects[2]
