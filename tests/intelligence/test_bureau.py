"""A bureau's work on reports through the interface, and who may do none of it."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.intelligence.api.bureau_requests import (
    DisseminateBody,
    GradeBody,
    SanitiseBody,
    WithdrawBody,
)
from shared.contracts import EVENTS, disclosure, envelope, intelligence
from shared.contracts.mentions import PersonMention, VehicleMention
from tests.intelligence.asking import apps, folder, get, of, post, stored, submitted
from tests.support.apps import Apps

__all__ = ["apps", "folder"]

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

OFFICER, HANDLER, CLEARED = "intelligence-officer", "source-handler", "covert-officer"
NEIGHBOUR = "southmere-police"


def grading(**changed: Any) -> dict[str, Any]:
    return of(GradeBody.model_config, **changed)


async def graded(apps: Apps, **changed: Any) -> str:
    report_id = await submitted(apps)
    response = await post(apps, f"/reports/{report_id}/grade", grading(**changed), OFFICER)
    assert response.status_code == 201, response.text
    return report_id


async def newest(apps: Apps, of_type: str) -> Any:
    body = envelope.read(await apps.newest("intelligence", of_type=of_type))
    return EVENTS.decode(body.type, body.data)


async def disclosed(apps: Apps) -> disclosure.DisclosureMade:
    body = envelope.read(await apps.newest("intelligence_disclosures", "intelligence"))
    found = EVENTS.decode(body.type, body.data)
    assert isinstance(found, disclosure.DisclosureMade)
    return found


async def test_what_the_author_answered_stays_beside_the_police_grade(apps: Apps) -> None:
    report_id = await graded(apps)
    answer = (await get(apps, f"/reports/{report_id}", OFFICER)).json()
    submission, grade = (event["data"] for event in answer["events"])
    assert submission["reliability"] == {
        "scale": "information-report-2015-reliability",
        "value": "5",
        "meaning": "always reliable",
    }
    assert grade["grade"]["scheme"] == "3x5x2"
    assert grade["grade"]["information"] == {
        "value": "B",
        "meaning": "known indirectly to the source but corroborated",
    }
    assert grade["conditions"] == ["not-to-family", "not-in-meetings-with-family"]
    assert grade["conditions_in_words"]["text"] == "The family knows the man."

    again = await post(
        apps, f"/reports/{report_id}/grade", grading(source="2", graded_at=None), OFFICER
    )
    assert again.status_code == 201
    events = (await get(apps, f"/reports/{report_id}", OFFICER)).json()["events"]
    assert [e["data"]["grade"]["source"]["value"] for e in events[1:]] == ["1", "2"]
    assert events[0]["data"] == submission


async def test_a_report_shows_its_reader_nothing_of_the_source_and_is_on_record(
    apps: Apps,
) -> None:
    report_id = await submitted(apps)
    response = await get(apps, f"/reports/{report_id}", OFFICER)
    assert response.status_code == 200
    for word in ("Morgan", "Teale", "960417", "late shift"):
        assert word not in response.text
    on_record = await disclosed(apps)
    assert (on_record.action, on_record.outcome) == ("read-intelligence", "shown")
    assert set(on_record.about) == {m.mention_id for m in (await stored(apps)).mentions}


async def test_a_source_handler_reads_the_source_once_it_is_on_record(apps: Apps) -> None:
    interview = str(uuid4())
    report_id = await submitted(apps, from_interview=interview)
    for persona in (OFFICER, "mash-worker", "hotel-watch", "auditor", "police-mash"):
        assert (await get(apps, f"/reports/{report_id}/source", persona)).status_code == 403
    async with apps.without("INSERT", "intelligence_disclosures.event", "intelligence"):
        closed = await get(apps, f"/reports/{report_id}/source", HANDLER)
    assert closed.status_code == 503
    assert "Morgan" not in closed.text

    answer = (await get(apps, f"/reports/{report_id}/source", HANDLER)).json()
    assert answer["source"]["name"] == "Morgan Teale"
    assert answer["source"]["post"] == "night receptionist"
    assert answer["source"]["third_party"] == "a colleague on the late shift"
    assert answer["source"]["interview_id"] == interview
    assert ((await disclosed(apps)).action, (await disclosed(apps)).outcome) == (
        "read-source",
        "shown",
    )


async def test_an_erased_source_is_said_to_be_erased_and_its_report_stays(apps: Apps) -> None:
    report_id = await submitted(apps)
    source_ref = (await stored(apps)).source_ref
    async with apps.admin("vault") as connection:
        await connection.execute(
            "UPDATE key SET wrapped = NULL, destroyed_at = now() WHERE mention_id = $1", source_ref
        )
    apps.running["intelligence"].state.runtime.vault.keys.forget([source_ref])
    answer = (await get(apps, f"/reports/{report_id}/source", HANDLER)).json()
    assert (answer["state"], answer["source"]) == ("erased", None)
    shown = (await get(apps, f"/reports/{report_id}", OFFICER)).json()
    assert shown["events"][0]["data"]["account"]["text"].startswith("The same man")


async def kept(apps: Apps) -> tuple[str, str]:
    """The child and the car of the newest report."""
    data = await stored(apps)
    car = next(m.mention_id for m in data.mentions if isinstance(m, VehicleMention))
    return str(data.victims[0]), str(car)


async def sanitised(apps: Apps, report_id: str, **changed: Any) -> str:
    girl, car = await kept(apps)
    keep = [
        {"mention": girl, "ref": "girl", "person": {"age_from": 13, "age_to": 16}},
        {"mention": car, "ref": "car"},
    ]
    body = of(SanitiseBody.model_config, keep=keep, **changed)
    response = await post(apps, f"/reports/{report_id}/sanitise", body, OFFICER)
    assert response.status_code == 201, response.text
    version: str = response.json()["version"]
    return version


async def test_a_sanitised_version_is_sealed_by_itself(apps: Apps) -> None:
    report_id = await graded(apps)
    original = await stored(apps)
    version = await sanitised(apps, report_id)
    data = await newest(apps, "%report-sanitised%")
    assert isinstance(data, intelligence.ReportSanitised)
    assert str(data.version) == version
    new = {mention.mention_id for mention in data.mentions}
    assert not new & {mention.mention_id for mention in original.mentions}
    assert data.account.owner in new
    assert {restated.mention for restated in data.restates} == new
    assert set(data.about) == {restated.original for restated in data.restates}

    events = (await get(apps, f"/reports/{report_id}", OFFICER)).json()["events"]
    shown = events[-1]["data"]
    people = [m for m in shown["mentions"] if m["kind"] == "person"]
    vehicles = [m for m in shown["mentions"] if m["kind"] == "vehicle"]
    assert people[0]["identity"]["age_to"] == 16
    assert "description" not in people[0]["identity"]
    assert vehicles[0]["vehicle"]["registration"] == "NV12"
    assert vehicles[0].get("of") is None, "the man is not kept, so the car is nobody's"
    assert isinstance(data.mentions[0], PersonMention)


@pytest.mark.parametrize(
    ("keep", "pointer"),
    [
        ([], "/keep"),
        ([{"mention": str(uuid4())}], "/keep/0/mention"),
        ("twice", "/keep/1/mention"),
        ("person", "/keep/0/person"),
    ],
)
async def test_what_a_sanitised_version_cannot_keep(apps: Apps, keep: Any, pointer: str) -> None:
    report_id = await graded(apps)
    girl, car = await kept(apps)
    if keep == "twice":
        keep = [{"mention": girl}, {"mention": girl}]
    elif keep == "person":
        keep = [{"mention": car, "person": {}}]
    head = await apps.head("intelligence")
    body = of(SanitiseBody.model_config, keep=keep, incidents=[])
    response = await post(apps, f"/reports/{report_id}/sanitise", body, OFFICER)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert await apps.head("intelligence") == head


async def test_a_version_is_given_and_withdrawn(apps: Apps) -> None:
    report_id = await graded(apps)
    version = await sanitised(apps, report_id)
    body = of(DisseminateBody.model_config, version=version)
    given = await post(apps, f"/reports/{report_id}/disseminate", body, OFFICER)
    assert given.status_code == 201, given.text
    again = await post(apps, f"/reports/{report_id}/disseminate", body, OFFICER)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")

    back = await post(
        apps, f"/reports/{report_id}/withdraw", of(WithdrawBody.model_config), OFFICER
    )
    assert back.status_code == 201, back.text
    data = await newest(apps, "%report-withdrawn%")
    assert data.given_to == (NEIGHBOUR,)
    versions = (await get(apps, f"/reports/{report_id}", OFFICER)).json()["versions"]
    assert [(v["original"], v["given_to"], v["withdrawn"]) for v in versions] == [
        (True, [], True),
        (False, [NEIGHBOUR], True),
    ]
    late = await post(apps, f"/reports/{report_id}/grade", grading(graded_at=None), OFFICER)
    assert late.status_code == 409
    assert (await get(apps, f"/submissions/{report_id}")).json()["status"] == "withdrawn"


STEPS = {
    "grade": grading(),
    "disseminate": of(DisseminateBody.model_config),
    "withdraw": of(WithdrawBody.model_config),
    "sanitise": of(SanitiseBody.model_config),
}


@pytest.mark.parametrize("step", STEPS)
async def test_another_bureau_finds_nothing(apps: Apps, step: str) -> None:
    report_id = await graded(apps)
    neighbour = apps.token_as(OFFICER, agency=NEIGHBOUR)
    for path, body in ((f"/reports/{report_id}/{step}", STEPS[step]), (f"/reports/{report_id}", 0)):
        method = "POST" if body else "GET"
        options = {"json": body} if body else {}
        not_mine = await apps.ask("intelligence", method, path, None, headers=neighbour, **options)
        nowhere = path.replace(report_id, str(uuid4()))
        not_there = await apps.ask(
            "intelligence", method, nowhere, None, headers=neighbour, **options
        )
        assert (not_mine.status_code, not_there.status_code) == (404, 404)
        assert not_mine.json() | {"instance": 0} == not_there.json() | {"instance": 0}
        assert (await disclosed(apps)).outcome == "nothing-found"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("persona", ["hotel-watch", "mash-worker", "police-mash", "auditor"])
async def test_nobody_but_an_officer_works_on_a_report(apps: Apps, step: str, persona: str) -> None:
    response = await post(apps, f"/reports/{uuid4()}/{step}", STEPS[step], persona)
    assert response.status_code == 403


async def test_a_covert_report_is_not_there_for_most_of_its_own_bureau(apps: Apps) -> None:
    report_id = await graded(apps, covert=True)
    reports = apps.running["intelligence"].state.reports
    while await reports.catch_up(apps.running["intelligence"].state.stores["intelligence"]):
        pass

    for persona in (OFFICER, HANDLER):
        hidden = await get(apps, f"/reports/{report_id}", persona)
        nowhere = await get(apps, f"/reports/{uuid4()}", persona)
        assert (hidden.status_code, nowhere.status_code) == (404, 404)
        assert hidden.json() | {"instance": 0} == nowhere.json() | {"instance": 0}
    assert (await get(apps, f"/reports/{report_id}/source", HANDLER)).status_code == 404
    listed = (await get(apps, "/reports?limit=200", OFFICER)).json()["reports"]
    assert report_id not in {row["report_id"] for row in listed}

    assert (await get(apps, f"/reports/{report_id}", CLEARED)).status_code == 200
    listed = (await get(apps, "/reports?limit=200", CLEARED)).json()["reports"]
    assert report_id in {row["report_id"] for row in listed}


async def test_the_list_holds_no_word_and_what_waits_is_found(apps: Apps) -> None:
    waiting, done = await submitted(apps), await graded(apps)
    reports = apps.running["intelligence"].state.reports
    while await reports.catch_up(apps.running["intelligence"].state.stores["intelligence"]):
        pass
    response = await get(apps, "/reports?only_ungraded=true&limit=200", OFFICER)
    found = {row["report_id"] for row in response.json()["reports"]}
    assert waiting in found
    assert done not in found
    for word in ("Marlo", "silver", "Harbour", "Teale"):
        assert word not in response.text
    first = (await get(apps, "/reports?limit=1", OFFICER)).json()["reports"][0]["report_id"]
    second = (await get(apps, f"/reports?limit=1&after={first}", OFFICER)).json()["reports"]
    assert second[0]["report_id"] != first


async def test_anybody_may_read_what_the_scales_mean(apps: Apps) -> None:
    found = (await get(apps, "/scales", None)).json()
    best = {scale["part"]: scale["best"] for scale in found["scales"]}
    assert best == {"reliability": "5", "accuracy": "1"}
    assert {scheme["code"] for scheme in found["schemes"]} == {"3x5x2", "5x5x5"}


async def test_two_officers_grading_at_once_both_stand(apps: Apps) -> None:
    report_id = await submitted(apps)
    answers = await asyncio.gather(
        *(
            post(apps, f"/reports/{report_id}/grade", grading(source=source), OFFICER)
            for source in ("1", "2", "3")
        )
    )
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    events = (await get(apps, f"/reports/{report_id}", OFFICER)).json()["events"]
    assert {e["data"]["grade"]["source"]["value"] for e in events[1:]} == {"1", "2", "3"}
