"""What an agency reads back of its own, and the lists of what has become of it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.missing.api import concerns, examples, profiles
from services.missing.api.episode_requests import EPISODE_STEPS
from services.missing.api.interview_requests import STEPS, CommissionBody
from services.missing.store import Submissions
from shared.contracts import EVENTS, disclosure, envelope
from shared.contracts.times import in_london, now
from shared.embedded import Postgres
from shared.web.body import Body
from tests.missing.test_api import example, reported, without_number
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FORCE, COUNCIL, PROVIDER, SCHOOL = (
    "northvale-police-system", "social-care", "interviewer", "school",
)  # fmt: skip
BEGUN: dict[str, type[Body]] = {
    "concerns": concerns.ConcernBody,
    "truancy-stops": concerns.StopBody,
    "education-statuses": concerns.EducationBody,
}
SAYS = {
    "concerns": "slept at a friend's",
    "truancy-stops": "two older males",
    "education-statuses": "part-time-timetable",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("own"), "missing") as made:
        body = example(CommissionBody.model_config, since="2014-04-01")
        assert (await post(made, "/commissions", body, COUNCIL)).status_code == 201
        yield made


async def post(apps: Apps, path: str, body: Any, persona: str) -> httpx.Response:
    return await apps.ask("missing", "POST", path, persona, json=body)


async def get(apps: Apps, path: str, persona: str, **params: Any) -> httpx.Response:
    return await apps.ask("missing", "GET", path, persona, params=params)


async def get_as(apps: Apps, path: str, persona: str, agency: str) -> httpx.Response:
    """As somebody like a persona, of another agency."""
    return await apps.ask(
        "missing", "GET", path, None, headers=apps.token_as(persona, agency=agency)
    )


async def begun(apps: Apps, path: str, **changed: Any) -> str:
    response = await post(apps, f"/{path}", example(BEGUN[path].model_config, **changed), SCHOOL)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def held(apps: Apps) -> str:
    """An interview that the provider held."""
    episode_id, _ = await reported(apps)
    found = await apps.running["missing"].state.application.interview_of(
        episode_id=UUID(episode_id)
    )
    body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
    assert (await post(apps, f"/interviews/{found}/allocate", body, COUNCIL)).status_code == 200
    for step in ("offer", "conduct"):
        body = example(STEPS[step].model_config)
        assert (await post(apps, f"/interviews/{found}/{step}", body, PROVIDER)).status_code == 200
    return str(found)


async def shown(apps: Apps) -> disclosure.DisclosureMade:
    """The newest disclosure."""
    found = envelope.read(await apps.newest("missing_disclosures", "missing"))
    data = EVENTS.decode(found.type, found.data)
    assert isinstance(data, disclosure.DisclosureMade)
    return data


async def listed(apps: Apps, persona: str, path: str = "/submissions", **params: Any) -> Any:
    app = apps.running["missing"]
    while await app.state.interview_list.catch_up(app.state.stores["missing"]):
        pass
    response = await get(apps, path, persona, **params)
    assert response.status_code == 200, response.text
    return response.json()


async def statuses(apps: Apps, persona: str) -> dict[str, tuple[str, str]]:
    """Kind and status of each submission, by its id; every page of them."""
    found: dict[str, tuple[str, str]] = {}
    page: dict[str, Any] = {"next": None}
    while True:
        page = await listed(
            apps, persona, limit=200, **({"cursor": page["next"]} if page["next"] else {})
        )
        found |= {row["record_id"]: (row["kind"], row["status"]) for row in page["submissions"]}
        if page["next"] is None:
            return found


@pytest.mark.parametrize("path", BEGUN)
async def test_what_an_agency_sent_is_shown_to_it_once_that_is_on_record(
    apps: Apps, path: str
) -> None:
    record_id = await begun(apps, path)

    response = await get(apps, f"/{path}/{record_id}", SCHOOL)

    assert response.status_code == 200, response.text
    assert response.json()["id"] == record_id
    assert SAYS[path] in response.text
    assert "Ashdown" in response.text
    made = await shown(apps)
    assert (made.action, made.outcome) == ("read-own-concern", "shown")
    assert str(made.about[0]) == response.json()["events"][0]["data"]["child"]


@pytest.mark.parametrize("path", BEGUN)
async def test_another_agencys_record_is_as_if_it_were_not_there_and_that_is_on_record(
    apps: Apps, path: str
) -> None:
    record_id = await begun(apps, path)
    other_path = next(other for other in BEGUN if other != path)

    not_mine = await get_as(apps, f"/{path}/{record_id}", SCHOOL, "harbour-school")
    made = await shown(apps)
    not_there = await get(apps, f"/{path}/{uuid4()}", SCHOOL)
    of_another_kind = await get(apps, f"/{other_path}/{record_id}", SCHOOL)

    assert not_mine.status_code == not_there.status_code == of_another_kind.status_code == 404
    assert without_number(not_mine) == without_number(not_there) == without_number(of_another_kind)
    assert (made.outcome, made.about) == ("nothing-found", ())


@pytest.mark.parametrize(
    ("persona", "path"), [(SCHOOL, "concerns"), (PROVIDER, "interviews"), (FORCE, "returns")]
)
async def test_nothing_is_shown_that_cannot_be_put_on_record(
    apps: Apps, persona: str, path: str
) -> None:
    if path == "concerns":
        record_id = await begun(apps, path)
    elif path == "interviews":
        record_id = await held(apps)
    else:
        record_id = await waiting_return(apps)
    async with apps.without("INSERT", "missing_disclosures.event", "missing"):
        response = await get(apps, f"/{path}/{record_id}", persona)
    assert response.status_code == 503
    assert "Ashdown" not in response.text
    assert (await get(apps, f"/{path}/{record_id}", persona)).status_code == 200


async def test_an_interview_is_read_by_its_provider_and_by_who_allocated_it(apps: Apps) -> None:
    interview_id = await held(apps)
    for persona in (PROVIDER, COUNCIL):
        response = await get(apps, f"/interviews/{interview_id}", persona)
        assert response.status_code == 200, response.text
        said = example(STEPS["conduct"].model_config)
        (data,) = [
            event["data"]
            for event in response.json()["events"]
            if event["type"] == "missing.interview-conducted.v1"
        ]
        assert (data["push"], data["pull"]) == (said["push"], said["pull"])
        # The child's own words are apart from what the interviewer makes of them.
        assert data["words"]["account"] == said["childs_account"]
        assert data["view"]["exploitation_rationale"] == said["exploitation_rationale"]
        assert data["view"]["support_needed"] == said["support_needed"]
        assert said["childs_account"] not in str(data["view"])
        made = await shown(apps)
        assert (made.action, made.outcome) == ("read-own-interview", "shown")
    for persona, agency in ((PROVIDER, "harbour-trust"), (COUNCIL, "southmere-council")):
        refused = await get_as(apps, f"/interviews/{interview_id}", persona, agency)
        assert refused.status_code == 404
        assert (await shown(apps)).outcome == "nothing-found"
    for persona in (FORCE, SCHOOL, "auditor", "operator"):
        assert (await get(apps, f"/interviews/{interview_id}", persona)).status_code == 403


async def waiting_return(apps: Apps) -> str:
    body = example(examples.RETURN_BY_REFERENCE, force_reference=f"NV/{uuid4()}")
    response = await post(apps, "/returns", body, FORCE)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def test_a_return_that_waits_for_its_report_is_read_by_its_force_only(apps: Apps) -> None:
    return_id = await waiting_return(apps)
    response = await get(apps, f"/returns/{return_id}", FORCE)
    assert response.status_code == 200
    assert "ring road" in response.text
    refused = await get(apps, f"/returns/{return_id}", "southmere-police-system")
    assert refused.status_code == 404


async def test_a_force_sees_what_became_of_each_report(apps: Apps) -> None:
    (away, _), (back, _), (error, _) = [await reported(apps) for _ in range(3)]
    returned = {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}
    await post(apps, f"/episodes/{back}/return", returned, FORCE)
    in_error = example(EPISODE_STEPS["in-error"].model_config)
    await post(apps, f"/episodes/{error}/in-error", in_error, FORCE)
    waiting = await waiting_return(apps)

    found = await statuses(apps, FORCE)

    assert found[away] == ("episode", "open")
    assert found[back] == ("episode", "returned")
    assert found[error] == ("episode", "reported-in-error")
    assert found[waiting] == ("held-return", "waiting-for-report")
    assert {kind for kind, _ in found.values()} == {"episode", "held-return"}
    assert not set(found) & set(await statuses(apps, "southmere-police-system"))
    only = await listed(apps, FORCE, status="reported-in-error", limit=200)
    assert error in {row["record_id"] for row in only["submissions"]}
    assert {row["status"] for row in only["submissions"]} == {"reported-in-error"}


async def test_a_provider_sees_what_it_holds_and_a_school_what_it_sent(apps: Apps) -> None:
    interview_id = await held(apps)
    concern, stop = await begun(apps, "concerns"), await begun(apps, "truancy-stops")
    await post(
        apps,
        f"/truancy-stops/{stop}/follow-up",
        example(concerns.FollowUpBody.model_config),
        SCHOOL,
    )

    of_provider, of_school = await statuses(apps, PROVIDER), await statuses(apps, SCHOOL)

    assert of_provider[interview_id] == ("interview", "conducted")
    assert of_school[concern] == ("concern", "open")
    assert of_school[stop] == ("truancy-stop", "followed-up")
    assert interview_id not in of_school
    only = await listed(apps, SCHOOL, kind="concern", limit=200)
    assert {row["kind"] for row in only["submissions"]} == {"concern"}
    assert (await listed(apps, SCHOOL, kind="episode"))["submissions"] == []
    row = next(row for row in only["submissions"] if row["record_id"] == concern)
    at = datetime.fromisoformat(row["received_at"])
    for since, until, expected in (
        (at, at + timedelta(microseconds=1), True),
        (at + timedelta(microseconds=1), None, False),
        (None, at, False),
    ):
        asked = {"since": since, "until": until}
        given = {name: moment.isoformat() for name, moment in asked.items() if moment is not None}
        some = await listed(apps, SCHOOL, kind="concern", limit=200, **given)
        assert (concern in {row["record_id"] for row in some["submissions"]}) is expected


async def test_a_profile_stands_in_the_list_of_whoever_keeps_it(apps: Apps) -> None:
    body = example(profiles.ProfileBody.model_config)
    kept = (await post(apps, "/profiles", body, SCHOOL)).json()["id"]
    assert (await statuses(apps, SCHOOL))[kept] == ("profile", "kept")

    body = example(profiles.HandOverBody.model_config, to="northvale-council")
    moved = await post(apps, f"/profiles/{kept}/hand-over", body, SCHOOL)

    assert moved.status_code == 201, moved.text
    assert kept not in await statuses(apps, SCHOOL)
    assert (await statuses(apps, COUNCIL))[kept] == ("profile", "kept")


async def test_a_list_names_nobody_and_its_cursor_neither(apps: Apps) -> None:
    for _ in range(2):
        await begun(apps, "concerns")
    page = await listed(apps, SCHOOL, limit=1)
    assert set(page["submissions"][0]) == {
        "record_id", "kind", "status", "received_at", "changed_at", "events",
    }  # fmt: skip
    assert page["next"] is not None


async def test_a_cursor_that_is_wrong_or_another_lists_is_refused(apps: Apps) -> None:
    for _ in range(2):
        await begun(apps, "concerns")
    cursor = (await listed(apps, SCHOOL, limit=1))["next"]
    for path, persona, params in (
        ("/submissions", SCHOOL, {"cursor": "nonsense"}),
        ("/submissions", SCHOOL, {"cursor": "€" * 20}),
        ("/submissions", SCHOOL, {"cursor": cursor[:-4]}),
        ("/submissions", SCHOOL, {"cursor": cursor, "kind": "concern"}),
        ("/submissions", FORCE, {"cursor": cursor}),
        ("/truancy-stops", SCHOOL, {"cursor": cursor}),
        ("/interviews", COUNCIL, {"cursor": cursor}),
    ):
        response = await get(apps, path, persona, **params)
        assert response.status_code == 422, response.text
        assert response.json()["errors"][0]["pointer"] == "/query/cursor"
    assert (await get(apps, "/submissions", SCHOOL, limit=0)).status_code == 422
    assert (await get(apps, "/submissions", SCHOOL, limit=201)).status_code == 422


@pytest.mark.parametrize("seed", range(8))
async def test_while_rows_are_added_each_earlier_row_is_shown_once(apps: Apps, seed: int) -> None:
    """Rows come with the same time, newer and older ones, between any two pages."""
    choose, agency = Random(seed), f"agency-{uuid4().hex[:8]}"
    submissions = Submissions(apps.running["missing"].state.runtime.pool)
    began = datetime.fromisoformat("2015-03-27T22:10:00Z")

    async def add(many: int) -> set[UUID]:
        ids = [UUID(int=choose.getrandbits(128)) for _ in range(many)]
        async with apps.admin("missing") as connection:
            await connection.executemany(
                "INSERT INTO lists.submission VALUES ($1, 'concern', $2, 'open', $3, $3, 1)",
                [(row, agency, began + timedelta(seconds=choose.randrange(6))) for row in ids],
            )
        return set(ids)

    earlier, seen, after = await add(choose.randrange(1, 40)), list[UUID](), None
    while True:
        limit = choose.randrange(1, 6)
        page = await submissions.rows(agency=agency, kinds={"concern"}, after=after, limit=limit)
        seen += [row.record_id for row in page]
        if len(page) < limit:
            break
        after = (page[-1].received_at, page[-1].record_id)
        await add(choose.randrange(3) if len(seen) < 60 else 0)

    assert earlier <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_stop_is_due_until_it_is_followed_up_and_overdue_the_day_after(apps: Apps) -> None:
    today = in_london(now()).date()
    yesterday = await begun(apps, "truancy-stops", follow_up_by=str(today - timedelta(days=1)))
    due_today = await begun(apps, "truancy-stops", follow_up_by=str(today))
    later = await begun(apps, "truancy-stops", follow_up_by=str(today + timedelta(days=9)))

    async def stops(**params: Any) -> list[str]:
        page = await listed(apps, SCHOOL, "/truancy-stops", limit=200, **params)
        days = [row["follow_up_by"] for row in page["stops"]]
        assert days == sorted(days)
        return [row["stop_id"] for row in page["stops"]]

    assert {yesterday, due_today, later} <= set(await stops())
    assert {yesterday, due_today, later} & set(await stops(overdue=True)) == {yesterday}
    assert later not in await stops(due_before=str(today + timedelta(days=9)))
    for outcome, is_due in (("not-found", True), ("support-offered", False)):
        body = example(concerns.FollowUpBody.model_config, outcome=outcome)
        done = await post(apps, f"/truancy-stops/{yesterday}/follow-up", body, SCHOOL)
        assert done.status_code == 201, done.text
        assert (yesterday in await stops(overdue=True)) is is_due
    assert yesterday not in await stops(overdue=True)
    assert yesterday in await stops(overdue=True, include_done=True)
    one = await listed(apps, SCHOOL, "/truancy-stops", limit=1)
    rest = await listed(apps, SCHOOL, "/truancy-stops", limit=200, cursor=one["next"])
    assert one["stops"][0]["stop_id"] not in {row["stop_id"] for row in rest["stops"]}
    assert (await get(apps, "/truancy-stops", COUNCIL)).status_code == 403


async def test_a_concern_stays_listed_until_the_child_is_seen_safe_and_well(apps: Apps) -> None:
    untold = await begun(apps, "concerns", police_told="no")
    told = await begun(apps, "concerns", police_told="yes")
    ids = {untold, told}

    async def open_ones(**params: Any) -> list[str]:
        rows = (await listed(apps, SCHOOL, "/concerns", limit=200, **params))["concerns"]
        assert [row["raised_at"] for row in rows] == sorted(row["raised_at"] for row in rows)
        return [row["concern_id"] for row in rows]

    assert ids <= set(await open_ones())
    assert ids & set(await open_ones(police_told="no")) == {untold}
    assert not ids & set(await open_ones(open_since="2015-03-28T00:00:00Z"))
    assert ids <= set(await open_ones(open_since=now().isoformat()))
    for concern, safe in ((untold, False), (told, True)):
        body = example(concerns.CloseBody.model_config, safe_and_well=safe)
        done = await post(apps, f"/concerns/{concern}/close", body, SCHOOL)
        assert done.status_code == 201, done.text
    assert not ids & set(await open_ones())
    assert ids & set(await open_ones(include_closed=True)) == {untold}


async def test_a_page_of_concerns_is_on_record_for_each_child_and_is_its_agencys(
    apps: Apps,
) -> None:
    for _ in range(2):
        await begun(apps, "concerns")
    first = await listed(apps, SCHOOL, "/concerns", limit=1)
    on_record = await shown(apps)
    (row,) = first["concerns"]
    assert (on_record.action, on_record.outcome) == ("list-concerns", "shown")
    assert [str(mention) for mention in on_record.about] == [row["child"]]
    rest = await listed(apps, SCHOOL, "/concerns", limit=200, cursor=first["next"])
    assert row["concern_id"] not in {other["concern_id"] for other in rest["concerns"]}
    other = await get(apps, "/concerns", SCHOOL, police_told="no", cursor=first["next"])
    assert other.status_code == 422
    anothers = await get_as(apps, "/concerns", SCHOOL, "southmere-school")
    assert anothers.json() == {"concerns": [], "next": None}
    assert (await shown(apps)).outcome == "nothing-found"
    assert (await get(apps, "/concerns", FORCE)).status_code == 403


async def test_a_council_sees_that_a_concern_for_its_child_is_open_and_reads_no_word_of_it(
    apps: Apps,
) -> None:
    named = await begun(apps, "concerns")
    unnamed = await begun(apps, "concerns", responsible_authority=None)
    page = await listed(apps, COUNCIL, "/concerns", limit=200)
    rows = {row["concern_id"]: row for row in page["concerns"]}
    assert named in rows
    assert unnamed not in rows
    assert rows[named]["responsible_authority"] == "northvale-council"
    assert rows[named]["police_told"] == "no"
    assert rows[named]["child"] in {str(mention) for mention in (await shown(apps)).about}
    assert (await get(apps, f"/concerns/{named}", COUNCIL)).status_code == 403
    others = await get_as(apps, "/concerns", COUNCIL, "southmere-council")
    assert others.json() == {"concerns": [], "next": None}


async def test_the_lists_fold_to_the_same_again(apps: Apps) -> None:
    await held(apps)
    before = [await listed(apps, who, limit=200) for who in (FORCE, PROVIDER, SCHOOL)]
    open_before = await listed(apps, SCHOOL, "/concerns", limit=200, include_closed=True)
    async with apps.admin("missing") as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM lists.progress FOR UPDATE")
        await connection.execute(
            "DELETE FROM lists.interview; DELETE FROM lists.submission; "
            "DELETE FROM lists.truancy_stop; DELETE FROM lists.concern; "
            "DELETE FROM lists.truancy_patrol; "
            "UPDATE lists.progress SET position = 0"
        )
    again = [await listed(apps, who, limit=200) for who in (FORCE, PROVIDER, SCHOOL)]
    assert again == before
    assert open_before == await listed(apps, SCHOOL, "/concerns", limit=200, include_closed=True)


async def test_that_she_was_located_may_come_after_the_return_and_leaves_it_returned(
    apps: Apps,
) -> None:
    episode_id, _ = await reported(apps)
    for step, body in (
        ("return", {"returned_at": "2015-03-28T06:00:00Z", "how": "found_by_police"}),
        ("located", example(EPISODE_STEPS["located"].model_config)),
    ):
        response = await post(apps, f"/episodes/{episode_id}/{step}", body, FORCE)
        assert response.status_code == 201, response.text
    assert (await statuses(apps, FORCE))[episode_id] == ("episode", "returned")
