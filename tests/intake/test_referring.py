"""Referrals on a real database: opened once for what needs them, worked, listed, told back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from services.intake.api.requests.referrals import (
    DecisionBody,
    FeedbackBody,
    NotReferredBody,
    RatingBody,
    ReferralBody,
    SharingBody,
)
from services.intake.consumers import ReferralOpener
from shared.contracts import EVENTS, envelope, intake, missing, screening
from shared.contracts.ids import new_event_id, new_mention_id
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed
from shared.embedded import Postgres
from shared.projecting.facts import Event
from tests.support.apps import Apps, running_apps
from tests.support.histories import BEGAN, context, report

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

WORKER, SCHOOL, FORCE = "mash-worker", "school", "northvale-police-system"


def example(config: Any, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = config["json_schema_extra"]["examples"][0]
    return found | changed


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("referring"), "intake") as made:
        for code, kind in (
            ("northvale-council", "local-authority"),
            ("northvale-police", "police"),
            ("lantern-trust", "charity"),
        ):
            agency = {"code": code, "name": code, "kind": kind, "since": "2014-07-01"}
            await made.ask("intake", "POST", "/agencies", "registrar", json=agency)
        yield made


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = WORKER, **options: Any
) -> httpx.Response:
    return await apps.ask("intake", "POST", path, persona, json=body, **options)


async def get(apps: Apps, path: str, persona: str | None = WORKER, **params: Any) -> Any:
    return await apps.ask("intake", "GET", path, persona, params=params)


def event(data: EventData, record_id: UUID, agency: str = "quarry-bank-school") -> Event:
    """An event of another service as it comes from the bus."""
    event_type = EVENTS.of(type(data)).type
    body = envelope.finish(
        envelope.prepare(
            event_id=new_event_id(),
            store=event_type.partition(".")[0],
            event_type=event_type,
            record_id=record_id,
            record_version=1,
            occurred_at="2015-02-11T15:30:00.000000Z",
            handling="P",
            context=context(agency),
            data=b"{}",
        ),
        1,
        "2015-02-11T15:30:00.000000Z",
    )
    return Event(event_type.partition(".")[0], 1, body, envelope.read(body), data)


def obliged(level: str = "medium", area: str = "northvale-council") -> screening.ObligationOpened:
    child = new_mention_id()
    return screening.ObligationOpened(
        about=(child,),
        child=child,
        obligation="referral-or-discussion",
        rule="RF",
        area=area,
        level=level,
        must=True,
        due_by=None,
    )


def opener(apps: Apps) -> ReferralOpener:
    state = apps.running["intake"].state
    return ReferralOpener(state.referrals, state.referral_list)


async def referrals(apps: Apps, persona: str = WORKER, **params: Any) -> list[dict[str, Any]]:
    listed = apps.running["intake"].state.referral_list
    while await listed.catch_up(apps.running["intake"].state.stores["intake"]):
        pass
    answer = await get(apps, "/referrals", persona, limit=200, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["referrals"]
    return found


async def of_origin(apps: Apps, record_id: UUID) -> list[dict[str, Any]]:
    rows = await referrals(apps, include_decided=True)
    return [row for row in rows if row["origin_id"] == str(record_id)]


async def opened(apps: Apps, area: str = "northvale-council") -> str:
    screening_id = uuid4()
    await opener(apps).handle(event(obliged(area=area), screening_id))
    (row,) = await of_origin(apps, screening_id)
    found: str = row["referral_id"]
    return found


async def test_exactly_one_referral_for_a_screening_whatever_is_delivered_again(
    apps: Apps,
) -> None:
    screening_id, handler = uuid4(), opener(apps)
    came = event(obliged(), screening_id)
    await asyncio.gather(*(handler.handle(came) for _ in range(5)))
    await handler.handle(came)
    (row,) = await of_origin(apps, screening_id)
    assert (row["council"], row["origin_kind"], row["level"], row["referred_by"]) == (
        "northvale-council",
        "screening",
        "medium",
        "quarry-bank-school",
    )
    assert row["due_by"] == row["first_due_by"] == "2015-02-13T00:00:00Z"


async def test_a_raised_level_comes_into_the_same_referral_and_is_decided_anew(
    apps: Apps,
) -> None:
    screening_id, handler = uuid4(), opener(apps)
    await handler.handle(event(obliged(), screening_id))
    (row,) = await of_origin(apps, screening_id)
    decided = await post(
        apps,
        f"/referrals/{row['referral_id']}/decision",
        example(DecisionBody.model_config, actions=["early-help"]),
    )
    assert decided.status_code == 201, decided.text
    higher = event(obliged("significant"), screening_id)
    for _ in range(2):
        await handler.handle(higher)
    (row,) = await of_origin(apps, screening_id)
    assert (row["level"], row["decided_at"]) == ("significant", None)
    history = (await get(apps, f"/referrals/{row['referral_id']}")).json()["events"]
    types = [e["type"] for e in history if "overdue" not in e["type"]]
    assert types == [
        "intake.referral-opened.v1",
        "intake.referral-decided.v1",
        "intake.referral-informed.v1",
    ]


@pytest.mark.parametrize("obligation", ["action", "panel-list", "review", "strategy-meeting"])
async def test_no_other_obligation_refers(apps: Apps, obligation: Any) -> None:
    screening_id = uuid4()
    await opener(apps).handle(event(replace(obliged(), obligation=obligation), screening_id))
    assert await of_origin(apps, screening_id) == []


def conducted(*, needs_action_now: bool) -> missing.InterviewConducted:
    child = new_mention_id()
    return missing.InterviewConducted(
        about=(child,),
        held_at=BEGAN,
        setting="home",
        interviewer_role="worker",
        independent=True,
        push=(),
        pull=(),
        exploitation="significant",
        needs_action_now=needs_action_now,
        words=Sealed.of(child, missing.ChildsWords()),
        view=Sealed.of(child, missing.InterviewersView()),
    )


async def test_an_interview_that_needs_action_refers_to_its_council_once(apps: Apps) -> None:
    interview_id, episode_id, handler = uuid4(), uuid4(), opener(apps)
    child = new_mention_id()
    required = missing.InterviewRequired(
        about=(child,), child=child, episode_id=episode_id, area="northvale-council"
    )
    await handler.handle(event(required, interview_id, "northvale-police"))
    held = event(conducted(needs_action_now=True), interview_id, "lantern-trust")
    for _ in range(2):
        await handler.handle(held)
    (row,) = await of_origin(apps, interview_id)
    assert (row["council"], row["origin_kind"]) == ("northvale-council", "interview")
    await handler.handle(event(conducted(needs_action_now=False), uuid4(), "lantern-trust"))
    assert len(await of_origin(apps, interview_id)) == 1


async def test_a_report_of_exploitation_refers_and_is_directed_when_its_council_is_known(
    apps: Apps,
) -> None:
    episode_id, handler = uuid4(), opener(apps)
    first = replace(report(), at_risk_of_exploitation="yes")
    await handler.handle(event(first, episode_id, "northvale-police"))
    (row,) = await of_origin(apps, episode_id)
    assert row["council"] is None
    # Every council sees what is directed to nobody: it must not lie unseen.
    assert episode_id in {
        UUID(row["origin_id"]) for row in await referrals(apps, "social-care") if row["origin_id"]
    }
    required = missing.InterviewRequired(
        about=(first.child,), child=first.child, episode_id=episode_id, area="northvale-council"
    )
    for _ in range(2):
        await handler.handle(event(required, uuid4(), "northvale-police"))
    (row,) = await of_origin(apps, episode_id)
    assert row["council"] == "northvale-council"


@pytest.mark.parametrize("answer", ["no", "unknown", "not_asked"])
async def test_a_report_that_says_anything_else_refers_nobody(apps: Apps, answer: Any) -> None:
    episode_id = uuid4()
    data = replace(report(), at_risk_of_exploitation=answer)
    await opener(apps).handle(event(data, episode_id, "northvale-police"))
    assert await of_origin(apps, episode_id) == []


async def test_every_example_is_accepted_in_the_order_of_the_work(apps: Apps) -> None:
    made = await post(apps, "/referrals", example(ReferralBody.model_config), SCHOOL)
    against = await post(apps, "/referrals-not-made", example(NotReferredBody.model_config), SCHOOL)
    assert (made.status_code, against.status_code) == (201, 201), (made.text, against.text)
    path = f"/referrals/{made.json()['id']}"
    for step, body in (
        ("rating", RatingBody),
        ("sharing", SharingBody),
        ("decision", DecisionBody),
        ("feedback", FeedbackBody),
    ):
        answer = await post(apps, f"{path}/{step}", example(body.model_config))
        assert answer.status_code == 201, (step, answer.text)
    sent = await get(apps, f"/referrals/sent/{made.json()['id']}", SCHOOL)
    events = sent.json()["events"]
    assert [e["type"] for e in events] == [
        "intake.referral-opened.v1",
        "intake.referral-fed-back.v1",
    ]
    assert events[0]["data"]["details"]["concerns"].startswith("She told her tutor")
    assert events[1]["data"]["words"]["text"].startswith("We hold a strategy discussion")
    all_of_it = (await get(apps, path)).json()["events"]
    assert "rationale" in str(all_of_it)
    assert "rationale" not in str(events)


async def test_a_decision_not_to_share_is_on_record_with_why(apps: Apps) -> None:
    referral_id = await opened(apps)
    await post(apps, f"/referrals/{referral_id}/sharing", example(SharingBody.model_config))
    (_, decided) = (await get(apps, f"/referrals/{referral_id}")).json()["events"][:2]
    assert decided["type"] == "intake.sharing-decided.v1"
    assert (decided["data"]["share"], decided["data"]["consent"]) == (False, "not-sought")
    assert "volunteers there" in decided["data"]["reason"]["text"]


async def test_a_charity_that_is_no_first_responder_cannot_refer_for_trafficking(
    apps: Apps,
) -> None:
    referral_id = await opened(apps)
    for agency, expected in (("lantern-trust", 422), ("nobody", 422), ("northvale-police", 201)):
        body = example(DecisionBody.model_config, actions=["nrm-referral"], first_responder=agency)
        answer = await post(apps, f"/referrals/{referral_id}/decision", body)
        assert answer.status_code == expected, answer.text
        if expected == 422:
            assert answer.json()["errors"][0]["pointer"] == "/first_responder"


async def test_another_council_neither_decides_nor_reads_nor_lists(apps: Apps) -> None:
    referral_id = await opened(apps)
    elsewhere = apps.token_as(WORKER, agency="southmere-council")
    read = await apps.ask("intake", "GET", f"/referrals/{referral_id}", None, headers=elsewhere)
    rate = await apps.ask(
        "intake", "POST", f"/referrals/{referral_id}/rating", None,
        json=example(RatingBody.model_config),
        headers=elsewhere | {"Idempotency-Key": str(uuid4())},
    )  # fmt: skip
    listed = await apps.ask("intake", "GET", "/referrals", None, headers=elsewhere)
    assert (read.status_code, rate.status_code) == (404, 404)
    assert referral_id not in listed.text
    # Nor does another agency see what was sent.
    other = apps.token_as(SCHOOL, agency="another-school")
    sent = await apps.ask("intake", "GET", f"/referrals/sent/{referral_id}", None, headers=other)
    assert sent.status_code == 404


async def test_a_referral_directed_to_nobody_is_taken_by_one_council_only(apps: Apps) -> None:
    episode_id = uuid4()
    data = replace(report(), at_risk_of_exploitation="yes")
    await opener(apps).handle(event(data, episode_id, "northvale-police"))
    (row,) = await of_origin(apps, episode_id)
    path = f"/referrals/{row['referral_id']}"
    other = apps.token_as(WORKER, agency="southmere-council")
    answers = await asyncio.gather(
        post(apps, f"{path}/take", {}),
        apps.ask(
            "intake", "POST", f"{path}/take", None, json={},
            headers=other | {"Idempotency-Key": str(uuid4())},
        ),
    )  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [201, 404]


async def test_pages_have_every_referral_once_though_one_is_decided_between_them(
    apps: Apps,
) -> None:
    made = [await opened(apps) for _ in range(4)]
    await referrals(apps)
    found: list[str] = []
    params: dict[str, Any] = {"limit": 1}
    while True:
        answer = await get(apps, "/referrals", WORKER, **params)
        assert answer.status_code == 200, answer.text
        found += [row["referral_id"] for row in answer.json()["referrals"]]
        if found[-1] in made:  # The one where the page ended is no longer in the list.
            body = example(DecisionBody.model_config)
            decided = await post(apps, f"/referrals/{found[-1]}/decision", body)
            assert decided.status_code == 201, decided.text
            await referrals(apps)
        if answer.json()["next"] is None:
            break
        params["cursor"] = answer.json()["next"]
    assert set(made) <= set(found)
    assert len(set(found)) == len(found)


async def test_a_cursor_is_of_its_list_its_caller_and_its_filters(apps: Apps) -> None:
    for _ in range(2):
        await opened(apps)
    await referrals(apps)
    cursor = (await get(apps, "/referrals", limit=1)).json()["next"]
    assert (await get(apps, "/referrals", limit=1, cursor=cursor)).status_code == 200
    other = apps.token_as(WORKER, agency="southmere-council")
    refused = [
        await get(apps, "/referrals", include_decided=True, cursor=cursor),
        await get(apps, "/referrals/sent", SCHOOL, cursor=cursor),
        await get(apps, "/referrals", cursor="nonsense"),
        await apps.ask("intake", "GET", "/referrals", None, params={"cursor": cursor},
                       headers=other),
    ]  # fmt: skip
    for answer in refused:
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


async def test_what_is_overdue_is_recorded_once_and_listed(apps: Apps) -> None:
    referral_id = await opened(apps)
    await referrals(apps)
    use = apps.running["intake"].state.referrals
    await asyncio.gather(*(use.record_overdue(context=context("throughline")) for _ in range(3)))
    late = await referrals(apps, due_before="2015-02-14T00:00:00Z")
    (row,) = [row for row in late if row["referral_id"] == referral_id]
    assert row["overdue_noticed_at"] is not None
    history = (await get(apps, f"/referrals/{referral_id}")).json()["events"]
    assert [e["type"] for e in history].count("intake.referral-overdue.v1") == 1


async def test_nothing_of_a_child_stands_in_a_stored_referral(apps: Apps) -> None:
    await post(apps, "/referrals", example(ReferralBody.model_config), SCHOOL)
    body = await apps.newest("intake", of_type="intake.referral-opened%")
    for word in (b"Wren", b"2001-02-15", b"tutor", b"Calloway", b"Arcade", b"safeguarding@"):
        assert word not in body


async def test_nothing_is_shown_before_it_is_on_record(apps: Apps) -> None:
    made = await post(apps, "/referrals", example(ReferralBody.model_config), SCHOOL)
    async with apps.without("INSERT", "intake_disclosures.event", "intake"):
        answer = await get(apps, f"/referrals/{made.json()['id']}")
    assert answer.status_code == 503
    assert "Wren" not in answer.text


async def test_a_council_that_is_none_is_refused(apps: Apps) -> None:
    for to in ("nobody", "northvale-police"):
        answer = await post(apps, "/referrals", example(ReferralBody.model_config, to=to), SCHOOL)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/to")


async def test_an_information_report_opens_no_referral(apps: Apps) -> None:
    # Printed on its form: this is not a referral to children's services.
    handled = {data.__name__ for data in opener(apps)._handlers}
    assert handled.isdisjoint({"ReportSubmitted", "ReportGraded", "ReportDisseminated"})
    assert intake.ReferralOpened.__name__ not in handled
