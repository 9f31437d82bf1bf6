"""The read side as its callers meet it, with every service and the bus running."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.mash.views import FOLDS
from services.missing.api import examples
from services.topology import REFERENCE_DATABASE
from shared.contracts import EVENTS, disclosure, envelope
from shared.contracts.sealed import Sealed
from shared.embedded import Postgres
from shared.projecting.rebuild import rebuild
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

WORKER = "mash-worker"
FORCE = "northvale-police-system"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("mash")
    async with running_apps(postgres, folder, "missing", "intake", "mash", bus=True) as made:
        await reported(made, "Nobody Else")  # before the first event there are no views to ask
        yield made


async def settled(apps: Apps) -> None:
    """Wait until every report is linked and both are in the views."""
    projector = apps.running["mash"].state.projector
    head = await apps.head("missing")
    await apps.consumed("missing")
    async with asyncio.timeout(20):
        await projector.reached("missing", head)
        await projector.reached("intake", await apps.head("intake"))


async def reported(apps: Apps, name: str, **changed: Any) -> UUID:
    """A report about a child of this name; the mention of the child, once it is linked."""
    config: Any = examples.REPORT
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"force_reference": f"NV/{uuid4()}", "people": [], "vehicles": [], "places": []}
    body["child"] = {"names": [{"full": name}], "date_of_birth": changed.pop("born", "2001-02-15")}
    response = await apps.ask("missing", "POST", "/episodes", FORCE, json=body | changed)
    assert response.status_code == 201, response.text
    found = EVENTS.decode(*_typed(await apps.newest("missing", of_type="%report%")))
    await settled(apps)
    return found.mentions[0].mention_id


def _typed(body: bytes) -> tuple[str, Any]:
    found = envelope.read(body)
    return found.type, found.data


async def shown(apps: Apps, child: UUID, persona: str = WORKER) -> dict[str, Any]:
    response = await apps.ask("mash", "GET", f"/children/{child}", persona)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def found_by(apps: Apps, **criteria: str) -> list[dict[str, Any]]:
    response = await apps.ask("mash", "POST", "/children/search", WORKER, json=criteria)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["candidates"]
    return found


def names_of(candidates: list[dict[str, Any]]) -> set[str]:
    return {name for candidate in candidates for name in candidate["names"]}


async def disclosed(apps: Apps) -> disclosure.DisclosureMade:
    found = EVENTS.decode(*_typed(await apps.newest("mash_disclosures", "mash")))
    assert isinstance(found, disclosure.DisclosureMade)
    return found


async def test_a_report_is_seen_by_its_mention_and_its_subject(apps: Apps) -> None:
    mention = await reported(apps, "Ottoline Vane")
    answer = await shown(apps, mention)
    subject = UUID(answer["view"]["subject_id"])

    assert not answer["view"]["provisional"]
    assert answer["view"]["missing_now"][0]["agency"] == "northvale-police"
    assert (await shown(apps, subject))["view"] == answer["view"]
    on_record = await disclosed(apps)
    assert (on_record.action, on_record.outcome) == ("view-child", "shown")
    assert (on_record.subjects, on_record.about) == ((subject,), (mention,))
    assert on_record.vector == answer["as_of"]


async def test_an_unlinked_mention_is_shown_and_said_to_be_provisional(apps: Apps) -> None:
    mention = await reported(apps, "Peregrine Holt")
    subject = (await shown(apps, mention))["view"]["subject_id"]
    response = await apps.ask(
        "intake", "POST", f"/links/{mention}/unlink", WORKER, json={"reason": "wrong-person"}
    )
    assert response.status_code == 200, response.text
    await settled(apps)

    view = (await shown(apps, mention))["view"]
    assert (view["subject_id"], view["provisional"]) == (str(mention), True)
    assert [c["provisional"] for c in await found_by(apps, name="Peregrine Holt")] == [True]
    gone = await apps.ask("mash", "GET", f"/children/{subject}", WORKER)
    unknown = await apps.ask("mash", "GET", f"/children/{uuid4()}", WORKER)
    assert (gone.status_code, unknown.status_code) == (404, 404)
    assert {**gone.json(), "instance": 0} == {**unknown.json(), "instance": 0}
    assert (await disclosed(apps)).outcome == "nothing-found"


async def test_versions_without_any_number_are_one_child_who_came_back_once(apps: Apps) -> None:
    reference = f"NV/{uuid4()}"
    first = await reported(apps, "Linnet Marsh", force_reference=reference)
    second = await reported(apps, "Linet Marsh", force_reference=reference, report_version=2)
    body = {"force_reference": reference, "returned_at": "2015-03-28T06:30:00Z", "how": "unknown"}
    assert (await apps.ask("missing", "POST", "/returns", FORCE, json=body)).status_code == 201
    await settled(apps)

    one, other = await shown(apps, first), await shown(apps, second)
    assert one["view"] == other["view"]
    assert one["view"]["missing_now"] == []
    assert len(one["view"]["statements"]) == 2


async def test_how_alike_the_spellings_are_that_we_speak_of(apps: Apps) -> None:
    async with apps.admin("mash") as connection:
        (alike,) = await connection.fetch(
            "SELECT similarity('macready', 'mccready'), similarity('wren', 'wren ashdown'), "
            "word_similarity('wren', 'wren ashdown')"
        )
    assert [round(value, 2) for value in alike] == [0.5, 0.38, 1.0]


@pytest.mark.parametrize("asked", ["Ivy McCready", "macready", "ivy", "IVY  MacReady"])
async def test_a_child_is_found_by_a_spelling_that_is_near(apps: Apps, asked: str) -> None:
    if not await found_by(apps, name="Ivy Macready"):
        await reported(apps, "Ivy Macready")
    assert "Ivy Macready" in names_of(await found_by(apps, name=asked))
    assert "Ivy Macready" not in names_of(await found_by(apps, name="Bartholomew Quince"))


@pytest.mark.parametrize(
    ("told", "asked", "found"),
    [
        ("1999-07-04", "1999-07-04", True),
        ("1999-07-04", "1999-07", True),
        ("1999-07-04", "1999", True),
        ("1999-07", "1999-07-04", True),
        ("1999", "1999-07-04", True),
        ("1999-07-04", "1999-07-05", False),
        ("1999-07-04", "1999-08", False),
        (None, "1999-07-04", True),
    ],
)
async def test_a_birth_agrees_as_far_as_both_are_known(
    apps: Apps,
    told: str | None,
    asked: str,
    found: bool,
) -> None:
    name = f"Quill {uuid4().hex}"
    await reported(apps, name, born=told)
    assert (name in names_of(await found_by(apps, name=name, date_of_birth=asked))) == found
    if told is not None:
        assert (name in names_of(await found_by(apps, date_of_birth=asked))) == found


PLACES = [
    {"role": "lives_at", "name": "Cinder Row"},
    {"role": "frequents", "name": "Teasel House", "handling": "C"},
]


async def test_a_line_with_conditions_is_its_own_agencys(apps: Apps) -> None:
    mention = await reported(apps, "Saffron Pike", places=PLACES)
    answer = await shown(apps, mention)
    assert [line["named"]["role"] for line in answer["view"]["places"]] == ["lives_at"]
    assert answer["withheld"] == 1
    assert "Teasel" not in str(answer)
    assert (await disclosed(apps)).withheld == 1

    # The police's own analyst in the MASH sees what the police said.
    own = apps.token_as("mash-worker", agency="northvale-police")
    response = await apps.ask("mash", "GET", f"/children/{mention}", None, headers=own)
    assert "Teasel House" in response.text
    assert response.json()["withheld"] == 0


async def test_a_child_is_not_found_by_what_is_withheld(apps: Apps) -> None:
    number = {"scheme": "nhs-number", "value": "9434765870", "verified": True}
    child = {"names": [{"full": "Tamsin Crake"}], "identifiers": [number]}
    await reported(apps, "unused", child=child)
    alias = {"names": [{"full": "Vesper Jolyon"}], "identifiers": [number]}
    people = [{"role": "seen_with", "handling": "C", "person": alias}]
    await reported(apps, "Somebody Else", people=people)

    assert names_of(await found_by(apps, name="Tamsin Crake")) == {"Tamsin Crake"}
    assert await found_by(apps, name="Vesper Jolyon") == []


async def test_what_was_searched_for_is_kept_sealed(apps: Apps) -> None:
    await found_by(apps, name="Perpetua Nightingale", date_of_birth="2003-09")
    stored = await apps.newest("mash_disclosures", "mash")
    assert b"Perpetua" not in stored
    assert b"2003-09" not in stored
    on_record = await disclosed(apps)
    assert (on_record.action, on_record.outcome) == ("search", "nothing-found")
    assert isinstance(on_record.criteria, Sealed)
    assert on_record.mentions[0].role == "searched_for"


@pytest.mark.parametrize("persona", [FORCE, "registrar", "auditor"])
async def test_a_refused_caller_is_on_record(apps: Apps, persona: str) -> None:
    before = await apps.head("mash_disclosures", "mash")
    response = await apps.ask("mash", "GET", f"/children/{uuid4()}", persona)
    assert (response.status_code, response.json()["type"]) == (403, "/problems/not-permitted")
    assert await apps.head("mash_disclosures", "mash") == before + 1
    assert (await disclosed(apps)).outcome == "refused"


async def test_what_cannot_be_recorded_is_not_shown(apps: Apps) -> None:
    mention = await reported(apps, "Juniper Sallow")
    async with apps.without("INSERT", "mash_disclosures.event", "mash"):
        view = await apps.ask("mash", "GET", f"/children/{mention}", WORKER)
        search = await apps.ask(
            "mash", "POST", "/children/search", WORKER, json={"name": "Juniper Sallow"}
        )
    for response in (view, search):
        assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
        assert "Juniper" not in response.text
    assert (await shown(apps, mention))["view"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "Zqxwv" * 50},
        {"name": ["Zqxwv"]},
        {"date_of_birth": "Zqxwv"},
        {"date_of_birth": "2001-02-30"},
        {"Zqxwv": "Zqxwv"},
        {"name": "Zqxwv\0"},
    ],
)
async def test_a_hostile_search_is_refused_and_not_repeated(apps: Apps, body: Any) -> None:
    before = await apps.head("mash_disclosures", "mash")
    response = await apps.ask("mash", "POST", "/children/search", WORKER, json=body)
    assert response.status_code == 422
    assert "Zqxwv" not in response.text
    assert await apps.head("mash_disclosures", "mash") == before


@pytest.mark.parametrize("name", ["%", "_", "'; DROP TABLE x; --", "...", "名前", "\u202e"])
async def test_a_name_of_signs_is_a_name(apps: Apps, name: str) -> None:
    assert isinstance(await found_by(apps, name=name), list)


async def test_the_example_of_a_search_is_answered(apps: Apps) -> None:
    document = (await apps.ask("mash", "GET", "/openapi.json", None)).json()
    (example,) = document["components"]["schemas"]["Search"]["examples"]
    assert isinstance(await found_by(apps, **example), list)


async def test_an_erased_child_is_erased_after_a_refold_and_nobody_else_is(apps: Apps) -> None:
    erased = await reported(apps, "Rowan Thistle", places=PLACES[:1])
    kept = await reported(apps, "Hazel Bramble")
    before = await shown(apps, kept)
    async with apps.admin("vault") as connection:
        await connection.execute(
            "UPDATE key SET wrapped = NULL, destroyed_at = now() WHERE mention_id = $1", erased
        )
    runtime = apps.running["mash"].state.runtime
    runtime.vault.keys.forget([erased])

    # The live rows still hold what was opened before: they differ, and that is what was wanted.
    found = await rebuild(runtime.pool, FOLDS, runtime.opener, switch_if_different=True)

    assert found.switched
    view = (await shown(apps, erased))["view"]
    assert view["statements"][0]["identity"] == {"state": "erased"}
    assert view["episodes"][0]["current"]["report"]["narrative"] == {"state": "erased"}
    assert view["places"][0]["named"]["details"]["content"]["name"] == "Cinder Row"
    assert view["missing_now"]
    assert await found_by(apps, name="Rowan Thistle") == []
    assert (await shown(apps, kept))["view"] == before["view"]


async def test_the_answer_says_how_far_from_home_a_child_was_found(apps: Apps) -> None:
    await apps.know_postcodes(
        ("WS1 1TP", 401_000, 298_000, "E08000030"), ("B1 1BB", 406_000, 286_000, "E08000025")
    )
    reference = f"NV/{uuid4()}"
    child = await reported(
        apps,
        "Far Away",
        force_reference=reference,
        places=[{"role": "lives_at", "postcode": "WS1 1TP"}],
    )
    assert (await shown(apps, child))["found_away"] == []
    config: Any = examples.RETURN_BY_REFERENCE
    body = config["json_schema_extra"]["examples"][0] | {
        "force_reference": reference,
        "family_may_know_place": True,
        "places": [{"role": "found_at", "postcode": "B1 1BB"}],
    }
    response = await apps.ask("missing", "POST", "/returns", FORCE, json=body)
    assert response.status_code == 201, response.text
    await settled(apps)

    (away,) = (await shown(apps, child))["found_away"]
    assert away["metres"] == 13_000
    async with apps.away(REFERENCE_DATABASE):
        assert (await shown(apps, child))["found_away"] == []
