"""Statuses as an authority sends them over HTTP: once, in any order, its own only, and sealed."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.intake.api.requests import CHILD, StatusBody
from shared.contracts import EVENTS, envelope, intake
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CARE, OTHER = "social-care", "southmere-council"
CANARY = "Zqxwv"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("statuses"), "intake") as made:
        yield made


def status(**changed: Any) -> dict[str, Any]:
    config: Any = StatusBody.model_config
    example: dict[str, Any] = config["json_schema_extra"]["examples"][0]
    return example | {"reference": f"LAC/{secrets.token_hex(6)}"} | changed


async def post(
    apps: Apps, path: str, body: Any, persona: str | None = CARE, **options: Any
) -> httpx.Response:
    return await apps.ask("intake", "POST", path, persona, json=body, **options)


async def stored(apps: Apps, record_id: str) -> list[Any]:
    async with apps.admin("intake") as connection:
        rows = await connection.fetch(
            "SELECT body FROM intake.event WHERE record_id = $1 ORDER BY position", record_id
        )
    found = [envelope.read(row["body"]) for row in rows]
    return [EVENTS.decode(each.type, each.data) for each in found]


async def recorded(apps: Apps, **changed: Any) -> str:
    response = await post(apps, "/statuses", status(**changed))
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


async def test_every_example_is_accepted(apps: Apps) -> None:
    document = (await apps.ask("intake", "GET", "/openapi.json", None)).json()

    def example(name: str) -> Any:
        return document["components"]["schemas"][name]["examples"][0]

    first = await post(apps, "/statuses", example("StatusBody"))
    assert first.status_code == 201, first.text
    record = first.json()["id"]
    for path, name in (
        ("correct", "CorrectBody"),
        ("end", "EndBody"),
        ("withdraw", "WithdrawBody"),
    ):
        response = await post(apps, f"/statuses/{record}/{path}", example(name))
        assert response.status_code == 201, response.text
    held = await post(apps, "/statuses/endings", example("EndByReferenceBody"))
    assert held.status_code == 201, held.text

    asked = await post(apps, "/responsibility-requests", example("RequestBody"))
    assert asked.status_code == 201, asked.text
    own = await post(apps, f"/responsibility-requests/{asked.json()['id']}/accept", {})
    assert own.status_code == 404  # only the authority that was asked answers
    theirs = apps.token_as(CARE, agency=OTHER)
    for path, name in (("accept", "AcceptBody"), ("decline", "DeclineBody")):
        answer = await post(
            apps,
            f"/responsibility-requests/{asked.json()['id']}/{path}",
            example(name),
            None,
            headers=theirs,
        )
        assert answer.status_code == {"accept": 201, "decline": 409}[path], answer.text
        asked_again = await post(apps, "/responsibility-requests", example("RequestBody"))
        back = f"/responsibility-requests/{asked_again.json()['id']}/withdraw"
        assert (await post(apps, back, example("TakeBackBody"))).status_code == 201

    period = await post(apps, "/missing-periods", example("PeriodBody"))
    assert period.status_code == 201, period.text
    for path, name in (("change", "ChangePeriodBody"), ("withdraw", "WithdrawPeriodBody")):
        response = await post(apps, f"/missing-periods/{period.json()['id']}/{path}", example(name))
        assert response.status_code == 201, response.text


async def test_a_status_keeps_its_four_authorities_apart(apps: Apps) -> None:
    record = await recorded(apps, responsible_authority="abbey-council")
    (found,) = await stored(apps, record)
    assert isinstance(found, intake.StatusRecorded)
    assert (found.responsible, found.host) == ("abbey-council", OTHER)
    (own,) = await stored(apps, await recorded(apps))
    assert own.responsible == "northvale-council"
    school = status(kind="school", school="Quarry Bank School")
    for name in ("legal_status", "placement_type", "placement", "host_authority"):
        school.pop(name)
    response = await post(apps, "/statuses", school)
    assert response.status_code == 201, response.text
    (at_school,) = await stored(apps, response.json()["id"])
    assert at_school.responsible is None
    assert [mention.role for mention in at_school.mentions] == ["child", "school"]


async def test_one_reference_is_one_status_and_another_authoritys_is_another(apps: Apps) -> None:
    body = status()
    assert (await post(apps, "/statuses", body)).status_code == 201
    again = await post(apps, "/statuses", body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/rule-broken")
    theirs = apps.token_as(CARE, agency=OTHER)
    assert (await post(apps, "/statuses", body, None, headers=theirs)).status_code == 201


async def test_an_ending_that_comes_first_is_kept_and_joined(apps: Apps) -> None:
    body = status()
    ending = {
        "reference": body["reference"].lower(),
        "until": "2015-06-30",
        "why": {"reason": "E8"},
    }
    held = await post(apps, "/statuses/endings", ending)
    assert held.status_code == 201, held.text
    assert (await post(apps, "/statuses/endings", ending)).status_code == 409

    first = await post(apps, "/statuses", body)

    assert first.status_code == 201, first.text
    said, end = await stored(apps, first.json()["id"])
    assert (type(end), end.until.isoformat()) == (intake.StatusEnded, "2015-06-30")
    assert end.reason.owner == said.child
    kept, joined = await stored(apps, held.json()["id"])
    assert (kept.status_id, joined.status_id) == (joined.status_id, kept.status_id)
    # From now on the same way ends the status itself.
    later = {"reference": body["reference"], "until": "2015-07-01"}
    assert (await post(apps, "/statuses/endings", later)).json()["id"] == first.json()["id"]


async def test_a_status_and_its_ending_that_meet_are_never_lost(apps: Apps) -> None:
    for _ in range(5):
        body = status()
        ending = {"reference": body["reference"], "until": "2015-06-30"}
        answers = await asyncio.gather(
            post(apps, "/statuses", body), post(apps, "/statuses/endings", ending)
        )
        assert [answer.status_code for answer in answers] == [201, 201]
        kinds = [type(event) for event in await stored(apps, answers[0].json()["id"])]
        assert kinds == [intake.StatusRecorded, intake.StatusEnded]


async def test_one_of_two_equal_requests_is_recorded(apps: Apps) -> None:
    body = status()
    answers = await asyncio.gather(*(post(apps, "/statuses", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_another_authority_goes_on_with_nothing_and_reads_nothing(apps: Apps) -> None:
    record = await recorded(apps)
    head = await apps.head("intake")
    theirs = apps.token_as(CARE, agency=OTHER)
    end = await post(apps, f"/statuses/{record}/end", {"until": "2015-06-30"}, None, headers=theirs)
    read = await apps.ask("intake", "GET", f"/statuses/{record}", None, headers=theirs)
    assert (end.status_code, read.status_code) == (404, 404)
    assert await apps.head("intake") == head


async def test_what_an_authority_reads_back_is_on_record_before(apps: Apps) -> None:
    record = await recorded(apps)
    before = await apps.head("intake_disclosures", "intake")
    response = await apps.ask("intake", "GET", f"/statuses/{record}", CARE)
    assert response.json()["events"][0]["data"]["details"]["legal_status"] == "V2"
    assert await apps.head("intake_disclosures", "intake") == before + 1
    async with apps.without("INSERT", "intake_disclosures.event", "intake"):
        refused = await apps.ask("intake", "GET", f"/statuses/{record}", CARE)
    assert refused.status_code == 503
    assert "Ashdown" not in refused.text


@pytest.mark.parametrize(
    "persona", [None, "northvale-police-system", "mash-worker", "registrar", "auditor", "school"]
)
async def test_only_social_care_speaks_of_statuses(apps: Apps, persona: str | None) -> None:
    head = await apps.head("intake")
    for path, body in (("/statuses", status()), ("/statuses/endings", {})):
        response = await post(apps, path, body, persona)
        assert response.status_code == (401 if persona is None else 403)
    assert await apps.head("intake") == head


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": CANARY},
        {"kind": "school"},
        {"kind": "child-in-need"},
        {"kind": "allocated-worker"},
        {"since": CANARY},
        {"since": "2015-02-30"},
        {"since": "0001-01-01"},
        {"since": 1},
        {"until": "2015-04-06"},
        {"said_at": "2215-01-01T00:00:00Z"},
        {"said_at": "2015-05-01T00:00:00"},
        {"legal_status": "; DROP"},
        {"legal_status": "V1X"},
        {"legal_status": "c2"},
        {"legal_status": "C3"},
        {"category": "sexual"},
        {"host_authority": f"{CANARY} "},
        {"reference": ""},
        {"reference": CANARY * 50},
        {"handling": CANARY},
        {"child": {}},
        {"child": {"names": [{"full": CANARY}]}},
        {"child": CHILD | {"identifiers": [{"scheme": "nhs-number", "value": CANARY}]}},
        {"placement": {"postcode": CANARY}},
        {"placement": {"name": CANARY * 50}},
        {CANARY: CANARY},
    ],
)
async def test_a_hostile_status_is_refused_and_not_repeated(
    apps: Apps, changed: dict[str, Any]
) -> None:
    head = await apps.head("intake")
    response = await post(apps, "/statuses", status(**changed))
    assert response.status_code == 422, response.text
    assert CANARY not in response.text
    assert await apps.head("intake") == head


async def test_nothing_that_is_stored_tells_who_where_or_why(apps: Apps) -> None:
    worker = {"name": {"full": "Sorrel Finch"}, "team": "Fostering", "phone": "01632 960002"}
    body = status(kind="allocated-worker", worker=worker, notes="Knows her well.")
    for name in ("legal_status", "placement_type", "placement"):
        body.pop(name)
    for sent in (body, status()):
        assert (await post(apps, "/statuses", sent)).status_code == 201
    async with apps.admin("intake") as connection:
        rows = await connection.fetch("SELECT body FROM intake.event")
        claims = await connection.fetch("SELECT key FROM intake.claim")
        answers = await connection.fetch("SELECT body FROM intake.answer")
    kept = b"".join(row[0] for row in [*rows, *claims, *answers])
    for word in (
        "Ashdown", "2001-02", "NC40417", "943476", "Saltmarsh", "Sorrel", "Fostering", "01632",
        "LAC/", "Knows her", '"V2"', '"K2"',
    ):  # fmt: skip
        assert word.encode() not in kept, word


async def listed(apps: Apps, **options: Any) -> list[dict[str, Any]]:
    """Every page of the list, two rows each."""
    app = apps.running["intake"]
    while await app.state.status_list.catch_up(app.state.stores["intake"]):
        pass
    params, headers = options.get("params", {}), options.get("headers")
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        response = await apps.ask(
            "intake", "GET", "/statuses", None if headers else CARE,
            params=params | {"limit": 2} | cursor, headers=headers or {},
        )  # fmt: skip
        assert response.status_code == 200, response.text
        page = response.json()
        found += page["statuses"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_an_authority_lists_its_own_statuses_as_they_stand(apps: Apps) -> None:
    own = {"headers": apps.token_as(CARE, agency="abbey-council")}
    assert await listed(apps, **own) == []
    records = []
    for number in range(5):
        body = status(since=f"2015-04-0{number + 1}", said_at="2015-04-10T09:00:00Z")
        response = await post(apps, "/statuses", body, None, **own)
        assert response.status_code == 201, response.text
        records.append(response.json()["id"])

    async def say(number: int, path: str, **body: Any) -> None:
        response = await post(apps, f"/statuses/{records[number]}/{path}", body, None, **own)
        assert response.status_code == 201, response.text

    await say(0, "end", until="2015-06-30", said_at="2015-07-02T09:00:00Z")
    await say(0, "end", until="2015-06-01", said_at="2015-07-01T09:00:00Z")  # late: stands no more
    right = {"kind": "looked-after", "since": "2015-03-01", "why": {"text": "The day before."}}
    await say(1, "correct", **right, said_at="2015-07-01T09:00:00Z")
    await say(1, "correct", **(right | {"since": "2015-02-01"}), said_at="2015-06-01T09:00:00Z")
    await say(2, "withdraw", why="recorded-in-error")

    rows = await listed(apps, **own)
    assert [row["status_id"] for row in rows] == [records[n] for n in (4, 3, 1, 0)]
    found = {row["status_id"]: row for row in rows}
    assert found[records[0]]["until"] == "2015-06-30"
    assert found[records[1]]["since"] == "2015-03-01"
    assert found[records[4]]["host"] == OTHER
    assert all(row["responsible"] == "abbey-council" for row in rows)

    async def those(**params: Any) -> set[str]:
        return {row["status_id"] for row in await listed(apps, params=params, **own)}

    assert await those(on="2015-03-01") == {records[1]}
    assert records[0] in await those(on="2015-06-30")
    assert records[0] not in await those(on="2015-07-01")
    assert records[2] in await those(include_withdrawn=True)
    assert await those(kind="school") == set()
    mine = {row["status_id"] for row in await listed(apps)}
    assert not mine & set(records)


async def test_a_list_of_statuses_is_on_record_before_and_tells_nobody(apps: Apps) -> None:
    await recorded(apps)
    (row, *_) = await listed(apps)
    for word in ("Ashdown", "Saltmarsh", "V2", "LAC/"):
        assert word not in str(row)
    before = await apps.head("intake_disclosures", "intake")
    asked = {"params": {"limit": 1}}
    response = await apps.ask("intake", "GET", "/statuses", CARE, **asked)
    assert response.status_code == 200
    assert await apps.head("intake_disclosures", "intake") == before + 1
    made = envelope.read(await apps.newest("intake_disclosures", "intake"))
    about = EVENTS.decode(made.type, made.data).about
    assert [str(mention) for mention in about] == [response.json()["statuses"][0]["child"]]
    async with apps.without("INSERT", "intake_disclosures.event", "intake"):
        refused = await apps.ask("intake", "GET", "/statuses", CARE, **asked)
    assert (refused.status_code, "statuses" in refused.text) == (503, False)
    for persona in ("school", "auditor", "northvale-police-system"):
        assert (await apps.ask("intake", "GET", "/statuses", persona)).status_code == 403
    theirs = apps.token_as(CARE, agency=OTHER)
    cursor = {"limit": 1, "cursor": response.json()["next"]}
    for headers, params in ((theirs, cursor), (None, cursor | {"kind": "school"})):
        wrong = await apps.ask(
            "intake", "GET", "/statuses", None if headers else CARE,
            params=params, headers=headers or {},
        )  # fmt: skip
        assert wrong.status_code == 422
