"""From whoever passed it on to whoever may see it, every service running; and who was shown it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.intelligence.api.bureau_requests import (
    DisseminateBody,
    GradeBody,
    SanitiseBody,
    WithdrawBody,
)
from shared.contracts import EVENTS, disclosure, envelope
from shared.embedded import Postgres
from tests.intelligence.asking import of
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

AUTHOR, OFFICER, WORKER, POLICE, ABROAD = (
    "hotel-watch", "intelligence-officer", "mash-worker", "police-mash", "southmere-mash",
)  # fmt: skip
NEIGHBOUR = "southmere-police"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("intelligence-seen")
    async with running_apps(postgres, folder, "intelligence", "intake", "mash", bus=True) as made:
        yield made


async def settled(apps: Apps) -> None:
    """Wait until every report is linked and in the views."""
    projector = apps.running["mash"].state.projector
    head = await apps.head("intelligence")
    await apps.consumed("intelligence")
    async with asyncio.timeout(30):
        await projector.reached("intelligence", head)
        await projector.reached("intake", await apps.head("intake"))


async def sent(apps: Apps, path: str, body: Any, persona: str = OFFICER) -> dict[str, Any]:
    response = await apps.ask("intelligence", "POST", path, persona, json=body)
    assert response.status_code == 201, response.text
    await settled(apps)
    found: dict[str, Any] = response.json()
    return found


class Case:
    """A report about one girl of a name of her own."""

    def __init__(self, apps: Apps, name: str, report_id: str) -> None:
        self.apps = apps
        self.name = name
        self.report_id = report_id
        self.girl = UUID(int=0)

    @classmethod
    async def begun(cls, apps: Apps, **changed: Any) -> "Case":
        name = f"Ottilie {uuid4().hex}"
        body = {
            "bureau": "northvale-police",
            "account": f"{name} was seen with a man.",
            "victims": [{"ref": "girl", "person": {"names": [{"full": name}]}}],
            "vehicles": [{"role": "seen_in", "of": "girl", "colour": "silver"}],
        }
        receipt = await sent(apps, "/reports", body | changed, AUTHOR)
        case = cls(apps, name, receipt["id"])
        found = envelope.read(await apps.newest("intelligence", of_type="%report-submitted%"))
        data = EVENTS.decode(found.type, found.data)
        case.girl = data.mentions[0].mention_id
        return case

    async def grade(self, handling: str = "C", **changed: Any) -> None:
        body = of(GradeBody.model_config, handling=handling, graded_at=None, **changed)
        await sent(self.apps, f"/reports/{self.report_id}/grade", body)

    async def sanitise(self) -> tuple[str, UUID]:
        """The new version, and the girl in it."""
        keep = [{"mention": str(self.girl), "person": {"age_from": 13, "age_to": 16}}]
        body = of(SanitiseBody.model_config, keep=keep, incidents=[], sanitised_at=None)
        receipt = await sent(self.apps, f"/reports/{self.report_id}/sanitise", body)
        found = envelope.read(await self.apps.newest("intelligence", of_type="%sanitised%"))
        return receipt["version"], EVENTS.decode(found.type, found.data).mentions[0].mention_id

    async def give(self, version: str, to: str = NEIGHBOUR) -> None:
        body = of(DisseminateBody.model_config, version=version, to=to, disseminated_at=None)
        await sent(self.apps, f"/reports/{self.report_id}/disseminate", body)

    async def withdraw(self) -> None:
        body = of(WithdrawBody.model_config, withdrawn_at=None)
        await sent(self.apps, f"/reports/{self.report_id}/withdraw", body)

    async def look(self, persona: str, mention: UUID | None = None) -> Any:
        return await self.apps.ask("mash", "GET", f"/children/{mention or self.girl}", persona)

    async def shown(self, persona: str = OFFICER) -> Any:
        looks = self.apps.running["mash"].state.looks
        while await looks.catch_up(self.apps.running["mash"].state.stores["mash_disclosures"]):
            pass
        return await self.apps.ask("mash", "GET", f"/intelligence/{self.report_id}/shown", persona)


async def test_what_was_passed_on_is_seen_once_it_is_graded_and_only_as_it_may_be(
    apps: Apps,
) -> None:
    case = await Case.begun(apps)
    assert [(await case.look(who)).status_code for who in (WORKER, POLICE)] == [404, 404]
    await case.grade("C")
    assert [(await case.look(who)).status_code for who in (WORKER, POLICE)] == [404, 200]
    await case.grade("P")
    seen = await case.look(WORKER)
    assert seen.status_code == 200
    (line,) = seen.json()["view"]["intelligence"]["lines"]
    assert line["passed"]["account"]["content"]["text"].startswith("Ottilie")
    assert [grade["grade"]["handling"]["value"] for grade in line["grades"]] == ["C", "P"]
    assert seen.json()["withheld"] == 0
    for word in ("Teale", "hotel-watch", "source"):
        assert word not in line["said"]["agency"]


async def test_a_hidden_child_is_not_found_by_any_search(apps: Apps) -> None:
    case = await Case.begun(apps)
    await case.grade("C")
    for persona, found in ((WORKER, 0), (POLICE, 1)):
        response = await apps.ask(
            "mash", "POST", "/children/search", persona, json={"name": case.name}
        )
        assert len(response.json()["candidates"]) == found


async def test_an_agency_is_given_exactly_one_version(apps: Apps) -> None:
    case = await Case.begun(apps)
    await case.grade("C")
    version, girl = await case.sanitise()
    assert (await case.look(ABROAD, girl)).status_code == 404
    await case.give(version)

    seen = await case.look(ABROAD, girl)
    assert seen.status_code == 200, seen.text
    assert [line["version"] for line in seen.json()["view"]["intelligence"]["lines"]] == [version]
    assert case.name not in seen.text
    assert str(case.girl) not in seen.text
    # By the mention of the original, which she was linked to: to answer would tell that it exists.
    assert (await case.look(ABROAD)).status_code == 404
    assert (await case.look(WORKER, girl)).status_code == 404
    # Both versions are about one child, and the bureau's own force sees both.
    both = (await case.look(POLICE, girl)).json()["view"]
    assert {line["version"] for line in both["intelligence"]["lines"]} == {case.report_id, version}


async def test_who_was_shown_it_is_told_with_the_version_that_they_could_see(apps: Apps) -> None:
    case = await Case.begun(apps)
    await case.look(POLICE)  # nothing is there for her yet
    await case.grade("C")
    await case.look(POLICE)
    await case.look(WORKER)  # may not see it
    version, girl = await case.sanitise()
    await case.give(version)
    await case.look(ABROAD, girl)
    await case.look(POLICE)
    await case.withdraw()
    await case.look(ABROAD, girl)  # what was withdrawn says nothing more

    response = await case.shown()
    assert response.status_code == 200, response.text
    answer = response.json()
    assert set(answer["versions"]) == {case.report_id, version}
    assert [(one["agency"], set(one["versions"])) for one in answer["shown"]] == [
        ("northvale-police", {case.report_id}),
        (NEIGHBOUR, {version}),
        ("northvale-police", {case.report_id, version}),
    ]
    assert [one["action"] for one in answer["shown"]] == ["view-child"] * 3
    assert {one["purpose"] for one in answer["shown"]} == {"child-protection-enquiry"}
    found = envelope.read(await apps.newest("mash_disclosures", "mash"))
    on_record = EVENTS.decode(found.type, found.data)
    assert isinstance(on_record, disclosure.DisclosureMade)
    assert (on_record.action, on_record.outcome) == ("list-shown", "shown")
    # That somebody asked for the list is no look at the report.
    assert (await case.shown()).json()["shown"] == answer["shown"]


async def test_the_list_is_the_bureaus_own(apps: Apps) -> None:
    case = await Case.begun(apps)
    await case.grade("P")
    for persona in (WORKER, POLICE, AUTHOR, "auditor"):
        assert (await case.shown(persona)).status_code == 403
    neighbour = apps.token_as(OFFICER, agency=NEIGHBOUR)
    for report_id in (case.report_id, str(uuid4())):
        response = await apps.ask(
            "mash", "GET", f"/intelligence/{report_id}/shown", None, headers=neighbour
        )
        assert response.status_code == 404


async def test_a_covert_report_is_not_there_for_most_of_its_own_force(apps: Apps) -> None:
    case = await Case.begun(apps)
    await case.grade("C", covert=True)
    assert (await case.look(POLICE)).status_code == 404
    assert (await case.look("covert-officer")).status_code == 200
    assert (await case.shown(OFFICER)).status_code == 404
    assert len((await case.shown("covert-officer")).json()["shown"]) == 1


async def test_a_car_and_a_man_are_seen_as_the_report_may_be(apps: Apps) -> None:
    plate = f"NV{uuid4().int % 90 + 10}XYZ"
    case = await Case.begun(
        apps,
        perpetrators=[{"ref": "man", "person": {"names": [{"full": "Marlo", "use": "nickname"}]}}],
        vehicles=[{"role": "seen_in", "of": "man", "registration": plate}],
    )
    await case.grade("C")

    async def found(persona: str) -> int:
        response = await apps.ask(
            "mash", "POST", "/vehicles/search", persona, json={"registration": plate}
        )
        assert response.status_code == 200, response.text
        return len(response.json()["candidates"])

    assert (await found(WORKER), await found(POLICE)) == (0, 1)
    await case.grade("P")
    assert await found(WORKER) == 1
    await case.withdraw()
    assert (await found(WORKER), await found(POLICE)) == (0, 0)
