"""Moving several mentions in one act, and taking that back: nothing lost, nothing guessed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.intake.application import RegroupingApplication
from services.intake.domain import Link, Regrouping, Subject
from services.intake.store import MemberList
from shared.contracts import intake
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import NotFound, RuleBroken
from tests.conftest import Stores
from tests.support.histories import context
from tests.support.register import Register, making_register
from tests.support.scenario import replays_to_the_same

NOW = datetime(2015, 5, 4, 9, 0, tzinfo=UTC)
WORKER = intake.Decider(kind="person", name="demonstration|mash-worker", version=0)
A, B = uuid4(), uuid4()


def link(subject: UUID, kind: intake.SubjectKind = "person") -> Link:
    mention = new_mention_id()
    made = Link.decide(
        mention,
        intake.MentionLinked(
            about=(mention,),
            subject_id=subject,
            subject_kind=kind,
            new_subject=True,
            decided_by=WORKER,
        ),
        now=NOW,
    )
    made.new_events()
    return made


def merged(links: list[Link], into: UUID = B, **why: Any) -> Regrouping:
    asked: dict[str, Any] = {"reason": "same-person", "confidence": None, "basis": (), "note": None}
    return Regrouping.move(links, into, decided_by=WORKER, now=NOW, **(asked | why))


def undone(act: Regrouping, links: list[Link], *came: UUID) -> Regrouping:
    return act.undo(
        {link.id: link for link in links},
        came,
        decided_by=WORKER,
        reason="wrong-person",
        note=None,
        now=NOW,
    )


def test_an_act_moves_all_and_says_from_where() -> None:
    links = [link(A), link(A)]
    act = merged(links)
    assert [each.subject_id for each in links] == [B, B]
    assert {(m.from_subject, m.to_subject) for m in act.data.moved} == {(A, B)}
    (moved, *_) = links[0].new_events()
    assert isinstance(moved.data, intake.MentionMoved)
    assert moved.data.act == act.id
    replays_to_the_same(act, act.new_events())


def test_somebody_is_identified_with_confidence_and_on_a_basis() -> None:
    for why in ({}, {"confidence": "probable"}, {"basis": ("witness",)}):
        with pytest.raises(RuleBroken, match="how sure"):
            merged([link(A)], reason="identified", **why)
    act = merged(
        [link(A)], reason="identified", confidence="probable", basis=("witness",), note="Why."
    )
    assert (act.data.confidence, act.data.basis) == ("probable", ("witness",))
    assert act.data.note is not None
    with pytest.raises(RuleBroken, match="how sure"):
        link(A).move(B, decided_by=WORKER, reason="identified", now=NOW)


def test_nothing_moves_where_one_cannot() -> None:
    there, elsewhere = link(B), link(A)
    with pytest.raises(RuleBroken, match="already"):
        merged([there, elsewhere])
    with pytest.raises(RuleBroken, match="no mention"):
        merged([])


def test_taken_back_each_returns_to_where_it_was() -> None:
    one, other, alone = link(A), link(uuid4()), link(A)
    alone.unlink(decided_by=WORKER, reason="wrong-person", now=NOW)
    before = [each.subject_id for each in (one, other, alone)]
    links = [one, other, alone]
    back = undone(act := merged(links), links)
    assert [each.subject_id for each in links] == before
    assert (back.data.undoes, act.undone_by) == (act.id, back.id)
    assert (back.data.left, back.data.to_assign) == ((), ())
    with pytest.raises(RuleBroken, match="already"):
        undone(act, links)


def test_what_was_decided_since_stays_and_what_came_in_between_is_for_a_person() -> None:
    one, other, came = link(A), link(A), new_mention_id()
    links = [one, other]
    act = merged(links)
    elsewhere = uuid4()
    one.move(elsewhere, decided_by=WORKER, reason="wrong-person", now=NOW)
    back = undone(act, links, came)
    assert (one.subject_id, other.subject_id) == (elsewhere, A)
    assert (back.data.left, back.data.to_assign) == ((one.id,), (came,))
    one.move(uuid4(), decided_by=WORKER, reason="wrong-person", now=NOW)


def test_an_act_of_which_nothing_is_left_cannot_be_taken_back() -> None:
    one = link(A)
    act = merged([one])
    one.move(A, decided_by=WORKER, reason="undo", now=NOW)
    with pytest.raises(RuleBroken, match="otherwise"):
        undone(act, [one])


def test_taking_back_can_be_taken_back() -> None:
    links = [link(A), link(A)]
    back = undone(merged(links), links)
    again = undone(back, links)
    assert [each.subject_id for each in links] == [B, B]
    assert again.data.undoes == back.id


@pytest_asyncio.fixture
async def register(stores: Stores) -> AsyncIterator[Register]:
    async with making_register(stores) as made:
        yield made


@pytest_asyncio.fixture
async def regrouping(register: Register) -> RegroupingApplication:
    pool = await register.stores.database.pool("intake")
    return RegroupingApplication(register.repository, MemberList(pool, register.repository.store))


WHY: dict[str, Any] = {"reason": "same-person", "confidence": None, "basis": (), "note": None}


@pytest.mark.integration
@pytest.mark.asyncio
async def test_a_wrong_merge_is_taken_back_and_what_came_meanwhile_is_queued(
    register: Register, regrouping: RegroupingApplication
) -> None:
    one, other = await register.hear(), await register.hear()
    hers, cousins = await register.subject(one), await register.subject(other)
    receipt = await regrouping.merge(
        subject_id=hers, into=cousins, context=context(), **(WHY | {"note": "The same surname."})
    )
    assert await register.subject(one) == cousins
    act = await regrouping.act(act_id=receipt.record_ids[0])
    assert act.data.note is not None
    assert act.data.note.state == "sealed"

    meanwhile = await register.hear()
    await register.application.move(
        mention_id=meanwhile, subject_id=cousins, reason="same-person", context=context()
    )
    receipt = await regrouping.undo(
        act_id=act.id, reason="wrong-person", note=None, context=context()
    )
    back = await regrouping.act(act_id=receipt.record_ids[0])
    assert (await register.subject(one), await register.subject(other)) == (hers, cousins)
    assert await register.subject(meanwhile) == cousins
    assert (back.data.to_assign, back.data.left) == ((meanwhile,), ())
    assert (await regrouping.act(act_id=act.id)).undone_by == back.id
    with pytest.raises(RuleBroken):
        await regrouping.undo(act_id=act.id, reason="undo", note=None, context=context())


@pytest.mark.integration
@pytest.mark.asyncio
async def test_what_cannot_be_joined_is_refused_and_nothing_changes(
    register: Register, regrouping: RegroupingApplication
) -> None:
    one, other = await register.hear(), await register.hear()
    hers, car = await register.subject(one), Subject.register("vehicle", now=NOW)
    await register.repository.save(car, context=context())
    before = len(await register.decided())
    for subject, into, refused in (
        (hers, hers, RuleBroken),
        (hers, car.id, RuleBroken),
        (car.id, hers, NotFound),
        (hers, uuid4(), NotFound),
        (uuid4(), hers, NotFound),
    ):
        with pytest.raises(refused):
            await regrouping.merge(subject_id=subject, into=into, context=context(), **WHY)
    for mentions in ([one, other], [one, uuid4()]):
        with pytest.raises((RuleBroken, NotFound)):
            await regrouping.move(mentions=mentions, subject_id=hers, context=context(), **WHY)
    assert len(await register.decided()) == before
