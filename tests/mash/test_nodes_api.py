"""Perpetrators, places, vehicles and networks as their callers meet them, every service running."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.cli.provision import with_database
from services.missing.api import examples
from services.topology import REFERENCE_DATABASE
from shared.contracts import EVENTS, disclosure, envelope
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

WORKER, FORCE, OTHER_FORCE = "mash-worker", "northvale-police-system", "southmere-police-system"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    folder = tmp_path_factory.mktemp("nodes")
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


async def reported(apps: Apps, child: str, by: str = FORCE, **others: Any) -> None:
    """A report about a child of this name, with these people, places, vehicles and phones."""
    config: Any = examples.REPORT
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"people": [], "vehicles": [], "places": [], "phones": []}
    body |= {"force": "southmere-police"} if by == OTHER_FORCE else {}
    body["force_reference"] = f"NV/{uuid4()}"
    body["child"] = {"names": [{"full": child}], "date_of_birth": "2001-02-15"}
    response = await apps.ask("missing", "POST", "/episodes", by, json=body | others)
    assert response.status_code == 201, response.text
    await settled(apps)


async def asked(apps: Apps, path: str, status: int = 200, **options: Any) -> dict[str, Any]:
    method = "POST" if "json" in options else "GET"
    response = await apps.ask("mash", method, path, WORKER, **options)
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json()
    return found


async def disclosed(apps: Apps) -> disclosure.DisclosureMade:
    read = envelope.read(await apps.newest("mash_disclosures", "mash"))
    found = EVENTS.decode(read.type, read.data)
    assert isinstance(found, disclosure.DisclosureMade)
    return found


def person(nickname: str, role: str = "perpetrator", **more: Any) -> dict[str, Any]:
    return {
        "ref": nickname.replace(" ", "-"),
        "role": role,
        "person": {"names": [{"full": nickname, "use": "nickname"}], **more},
    }


def car(registration: str, **more: Any) -> dict[str, Any]:
    return {"role": "seen_in", "registration": registration, **more}


def hotel(name: str, postcode: str = "WS1 1TP", **more: Any) -> dict[str, Any]:
    return {
        "role": "found_at", "name": name, "address": ["12 Quay Street"], "postcode": postcode,
        "type": "hotel", **more,
    }  # fmt: skip


def names_of(linked: list[dict[str, Any]], kind: str) -> set[str]:
    return {
        name["full"]
        for one in linked
        if one["kind"] == kind
        for told in one["told"]
        for name in told["content"]["names"]
    }


async def test_an_unnamed_man_has_a_view_with_each_description_as_it_was_given(apps: Apps) -> None:
    tall = person("Marlo", description="Tall, a scar through the eyebrow.")
    await reported(
        apps, "Ada North", people=[tall], vehicles=[car("NV12 AAA", of="Marlo", colour="silver")]
    )
    await reported(
        apps, "Bea South", people=[person("Marlo", description="Not tall; black BMW.")],
        vehicles=[car("NV12 AAA", of="Marlo")],
    )  # fmt: skip
    found = await asked(apps, "/perpetrators/search", json={"name": "marlo"})
    assert len(found["candidates"]) == 2
    assert all(not candidate["named"] for candidate in found["candidates"])

    subject = found["candidates"][0]["subject_id"]
    answer = await asked(apps, f"/perpetrators/{subject}")
    assert answer["view"]["suspected"] == 1
    assert names_of(answer["linked"], "child") == {"Ada North"} or names_of(
        answer["linked"], "child"
    ) == {"Bea South"}
    # Nobody joined the two: a nickname proves nothing. But somebody should look.
    (same,) = answer["maybe_same"]
    assert same["on"] == ["beside-name"]
    on_record = await disclosed(apps)
    assert (on_record.action, on_record.outcome) == ("view-perpetrator", "shown")
    assert on_record.vector == answer["as_of"]
    assert str(on_record.subjects[0]) == subject

    (vehicle,) = [one for one in answer["linked"] if one["kind"] == "vehicle"]
    assert vehicle["reports"][0]["belongs"]
    seen = await asked(apps, f"/vehicles/{vehicle['subject_id']}")
    assert names_of(seen["linked"], "child") == {"Ada North", "Bea South"}
    by = {link["mention_id"]: link for link in seen["links"]}
    matched = [by[mention]["matched_on"] for mention in seen["view"]["mentions"]]
    assert sorted(matched) == [[], ["registration"]]


async def test_identified_he_is_one_from_then_on_and_as_before_until_then(apps: Apps) -> None:
    await reported(apps, "Cleo West", people=[person("Big T", description="A scar.")])
    named = {"names": [{"full": "Tariq Rook"}], "date_of_birth": "1984-05-02"}
    await reported(
        apps, "Dot East", people=[{"ref": "man", "role": "perpetrator", "person": named}]
    )
    (unnamed,) = (await asked(apps, "/perpetrators/search", json={"name": "Big T"}))["candidates"]
    (known,) = (await asked(apps, "/perpetrators/search", json={"name": "Tariq Rook"}))[
        "candidates"
    ]
    assert (unnamed["named"], known["named"]) == (False, True)
    waiting = await asked(apps, "/perpetrators/search", json={"unnamed": True})
    assert unnamed["subject_id"] in {c["subject_id"] for c in waiting["candidates"]}

    before = datetime.now(UTC)
    earlier = await asked(apps, f"/perpetrators/{known['subject_id']}")
    (mention,) = (await asked(apps, f"/perpetrators/{unnamed['subject_id']}"))["view"]["mentions"]
    response = await apps.ask(
        "intake", "POST", f"/subjects/{unnamed['subject_id']}/merge", WORKER,
        json={
            "into": known["subject_id"], "reason": "identified", "confidence": "probable",
            "basis": ["witness", "vehicle"], "note": "Picked out by two witnesses.",
        },
    )  # fmt: skip
    assert response.status_code == 201, response.text
    act = response.json()["id"]
    await settled(apps)

    now = await asked(apps, f"/perpetrators/{known['subject_id']}")
    assert names_of(now["linked"], "child") == {"Cleo West", "Dot East"}
    assert len(now["view"]["lines"]) == 2
    (link,) = [link for link in now["links"] if link["mention_id"] == mention]
    assert (link["by"], link["reason"]) == ("person", "identified")
    assert (link["confidence"], link["basis"]) == ("probable", ["witness", "vehicle"])
    assert link["act"] == act
    assert link["who"].endswith("mash-worker")
    # What was said before he was known says so: it was told before it was decided who he is.
    (line,) = [line for line in now["view"]["lines"] if line["mention_id"] == mention]
    assert line["said"]["recorded_at"] < link["decided_at"]

    then = {"as_at": before.isoformat()}
    as_it_was = await asked(apps, f"/perpetrators/{known['subject_id']}", params=then)
    assert as_it_was["view"] == earlier["view"]
    assert names_of(as_it_was["linked"], "child") == {"Dot East"}
    still = await asked(apps, f"/perpetrators/{unnamed['subject_id']}", params=then)
    assert names_of(still["linked"], "child") == {"Cleo West"}
    now = await asked(apps, f"/perpetrators/{unnamed['subject_id']}")
    assert now["view"]["subject_id"] == known["subject_id"]

    await asked(
        apps, f"/perpetrators/{known['subject_id']}", status=404,
        params={"as_at": "2015-01-01T00:00:00Z"},
    )  # fmt: skip

    # Taken back, the named man's view is what it was.
    response = await apps.ask(
        "intake", "POST", f"/regroupings/{act}/undo", WORKER, json={"reason": "wrong-person"}
    )
    assert response.status_code == 201, response.text
    await settled(apps)
    assert (await asked(apps, f"/perpetrators/{known['subject_id']}"))["view"] == earlier["view"]
    shown = await apps.ask("intake", "GET", f"/regroupings/{act}", WORKER)
    assert shown.json()["undone_by"] == response.json()["id"]


async def test_two_that_were_told_apart_are_not_proposed_as_one_again(apps: Apps) -> None:
    for child in ("Una Pike", "Vera Pike"):
        await reported(apps, child, people=[person("Ferret")])
    one, other = [
        candidate["subject_id"]
        for candidate in (await asked(apps, "/perpetrators/search", json={"name": "Ferret"}))[
            "candidates"
        ]
    ]
    assert (await asked(apps, f"/perpetrators/{one}"))["maybe_same"]
    response = await apps.ask(
        "intake", "POST", f"/subjects/{one}/merge", WORKER,
        json={"into": other, "reason": "same-person"},
    )  # fmt: skip
    await apps.ask(
        "intake", "POST", f"/regroupings/{response.json()['id']}/undo", WORKER,
        json={"reason": "wrong-person"},
    )  # fmt: skip
    await settled(apps)
    for subject in (one, other):
        assert (await asked(apps, f"/perpetrators/{subject}"))["maybe_same"] == []


async def test_a_child_who_is_accused_elsewhere_is_found_by_neither_search_as_the_other(
    apps: Apps,
) -> None:
    number = {"scheme": "nhs-number", "value": "9434765870", "verified": True}
    await reported(
        apps, "Edie Quill",
        people=[
            {"ref": "girl", "role": "perpetrator",
             "person": {"names": [{"full": "Fay Rowan"}], "identifiers": [number]}},
        ],
    )  # fmt: skip
    config: Any = examples.REPORT
    body: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    body |= {"people": [], "vehicles": [], "places": [], "force_reference": f"NV/{uuid4()}"}
    body["child"] = {"names": [{"full": "Fay Birdsong"}], "identifiers": [number]}
    assert (await apps.ask("missing", "POST", "/episodes", FORCE, json=body)).status_code == 201
    await settled(apps)

    children = await asked(apps, "/children/search", json={"name": "Fay Birdsong"})
    (child,) = children["candidates"]
    assert (await asked(apps, "/children/search", json={"name": "Fay Rowan"}))["candidates"] == []
    assert (await asked(apps, "/perpetrators/search", json={"name": "Fay Birdsong"}))[
        "candidates"
    ] == []
    (accused,) = (await asked(apps, "/perpetrators/search", json={"name": "Fay Rowan"}))[
        "candidates"
    ]
    assert accused["subject_id"] == child["subject_id"]

    as_child = await asked(apps, f"/children/{child['subject_id']}")
    assert "Fay Rowan" not in str(as_child)
    assert "Edie Quill" not in str(as_child)
    as_accused = await asked(apps, f"/perpetrators/{child['subject_id']}")
    assert "Fay Birdsong" not in str(as_accused)
    assert names_of(as_accused["linked"], "child") == {"Edie Quill"}

    # And no network leads from the one to the other.
    for start, own in (("child", "Fay Birdsong"), ("perpetrator", "Edie Quill")):
        network = await asked(
            apps, f"/network/{child['subject_id']}", params={"steps": 4, "start": start}
        )
        assert own in str(network["nodes"])
        assert ("Fay Birdsong" in str(network)) != ("Edie Quill" in str(network))


async def test_a_place_with_what_happened_there_and_where_it_is(apps: Apps) -> None:
    admin = await asyncpg.connect(with_database(apps.admin_url, REFERENCE_DATABASE))
    await admin.execute(
        "INSERT INTO postcode VALUES ('WS1 1TP', 401200, 298300, 'E08000030') "
        "ON CONFLICT DO NOTHING"
    )
    await admin.execute("INSERT INTO edition VALUES ('of a test', 1) ON CONFLICT DO NOTHING")
    await admin.close()
    await reported(apps, "Gwen Hart", places=[hotel("Anchor Inn")])
    await reported(apps, "Hope Lark", OTHER_FORCE, places=[hotel("ANCHOR INN")])
    await reported(apps, "Gwen Hart", places=[{"role": "seen_at", "name": "Anchor Inn"}])

    found = await asked(apps, "/places/search", json={"name": "anchor inn", "type": "hotel"})
    (place,) = found["candidates"]
    assert (place["reports"], sorted(place["agencies"])) == (
        2,
        ["northvale-police", "southmere-police"],
    )
    answer = await asked(apps, f"/places/{place['subject_id']}")
    assert answer == await asked(apps, f"/locations/{place['subject_id']}")
    assert names_of(answer["linked"], "child") == {"Gwen Hart", "Hope Lark"}
    assert answer["licensed"]
    assert {located["authority"] for located in answer["located"]} == {"E08000030"}
    (same,) = answer["maybe_same"]
    assert same["on"] == ["place-name"]
    assert (await disclosed(apps)).action == "view-place"


async def test_hot_spots_of_a_period_count_reports_and_children_once(apps: Apps) -> None:
    for child in ("Iris Moss", "Jade Fell", "Jade Fell"):
        await reported(apps, child, places=[hotel("Mill House", "WS1 1TQ")])
    body = {"since": "2015-03-01", "until": "2015-03-31", "at_least": 3}
    (spot, *_) = (await asked(apps, "/places/hot-spots", json=body))["places"]
    assert spot["place"]["told"][0]["content"]["name"] == "Mill House"
    # Two reports name Jade Fell, and nobody has joined them: three children until somebody does.
    assert (spot["reports"], spot["children"], spot["accused"]) == (3, 3, 0)
    on_record = await disclosed(apps)
    assert on_record.action == "hot-spots"
    elsewhen = body | {"since": "2014-03-01", "until": "2014-03-31"}
    assert (await asked(apps, "/places/hot-spots", json=elsewhen))["places"] == []
    other_kind = body | {"type": "park"}
    assert (await asked(apps, "/places/hot-spots", json=other_kind))["places"] == []


@pytest.mark.parametrize(
    ("search", "finds"),
    [
        ({"registration": "KX61"}, True),
        ({"registration": "kx6? zzz"}, True),
        ({"registration": "K?61", "colour": "Gray"}, True),
        ({"make": "VW", "colour": "grey"}, True),
        ({"registration": "KX62"}, False),
        ({"registration": "KX61", "colour": "red"}, False),
    ],
)
async def test_a_vehicle_is_found_by_what_somebody_saw_of_it(
    apps: Apps, search: dict[str, str], finds: bool
) -> None:
    known = await asked(apps, "/vehicles/search", json={"registration": "KX61 ZZZ"})
    if not known["candidates"]:
        await reported(
            apps, "Kit Vale", vehicles=[car("KX61 ZZZ", make="Volkswagen", colour="grey")]
        )
    found = await asked(apps, "/vehicles/search", json=search)
    plates = [c["told"][0]["content"]["registration"] for c in found["candidates"]]
    assert ("KX61ZZZ" in plates) is finds
    assert (await disclosed(apps)).asked is not None


async def test_part_of_a_registration_may_be_the_same_and_is_never_joined(apps: Apps) -> None:
    await reported(apps, "Lena Wick", vehicles=[car("LR09 QQQ")])
    await reported(apps, "Mina Holt", vehicles=[car("LR0?", registration_is_partial=True)])
    found = await asked(apps, "/vehicles/search", json={"registration": "LR09 QQQ"})
    whole, part = found["candidates"]
    answer = await asked(apps, f"/vehicles/{whole['subject_id']}")
    assert names_of(answer["linked"], "child") == {"Lena Wick"}
    assert [(one["subject_id"], one["on"]) for one in answer["maybe_same"]] == [
        (part["subject_id"], ["part-of-registration"])
    ]


async def test_a_phone_is_a_node_too(apps: Apps) -> None:
    phone = {"role": "used_by", "number": "07700 900456", "of": "Jax"}
    await reported(apps, "Nell Frost", people=[person("Jax")], phones=[phone])
    (found,) = (await asked(apps, "/phones/search", json={"number": "900456"}))["candidates"]
    answer = await asked(apps, f"/phones/{found['subject_id']}")
    assert names_of(answer["linked"], "child") == {"Nell Frost"}


async def test_the_network_walks_by_reports_and_shows_them_on_each_edge(apps: Apps) -> None:
    shared = car("PQ15 BBB")
    await reported(apps, "Opal Reed", people=[person("Snake")], vehicles=[shared])
    await reported(apps, "Pia Stone", vehicles=[shared], places=[hotel("Far Lodge", "WS1 1TR")])
    (snake,) = (await asked(apps, "/perpetrators/search", json={"name": "Snake"}))["candidates"]

    near = await asked(apps, f"/network/{snake['subject_id']}", params={"steps": 1})
    assert names_in(near) == {"Snake", "Opal Reed"}
    two = await asked(apps, f"/network/{snake['subject_id']}", params={"steps": 2})
    assert names_in(two) == {"Snake", "Opal Reed", "Pia Stone"}
    three = await asked(apps, f"/network/{snake['subject_id']}", params={"steps": 3})
    assert "Far Lodge" in str(three["nodes"])
    assert [node["steps"] for node in three["nodes"]] == sorted(
        node["steps"] for node in three["nodes"]
    )
    for edge in three["edges"]:
        assert edge["one"] != edge["other"]
        for evidence in edge["evidence"]:
            assert evidence["said"]["agency"] == "northvale-police"
            assert set(evidence["mentions"]) <= {link["mention_id"] for link in three["links"]}
    pairs = {(edge["one"], edge["other"]) for edge in three["edges"]}
    assert len(pairs) == len({frozenset(pair) for pair in pairs})
    assert (await disclosed(apps)).action == "view-network"


def names_in(network: dict[str, Any]) -> set[str]:
    return {
        name["full"]
        for node in network["nodes"]
        for told in node["told"]
        for name in told["content"].get("names", [])
    }


async def test_what_is_handled_with_conditions_is_in_no_view_or_network_of_others(
    apps: Apps,
) -> None:
    kept = hotel("Secret Lodge", "WS1 1TS", handling="C")
    await reported(
        apps, "Quin Ash", places=[kept], people=[person("Viper")], vehicles=[car("SC10 CCC")]
    )
    (viper,) = (await asked(apps, "/perpetrators/search", json={"name": "Viper"}))["candidates"]
    view = await asked(apps, f"/perpetrators/{viper['subject_id']}")
    assert "Secret Lodge" not in str(view)
    assert view["withheld"] == 1
    assert {one["kind"] for one in view["linked"]} == {"child", "vehicle"}
    network = await asked(apps, f"/network/{viper['subject_id']}", params={"steps": 4})
    assert "Secret Lodge" not in str(network)
    assert "place" not in {node["kind"] for node in network["nodes"]}
    found = await asked(apps, "/places/search", json={"name": "Secret Lodge"})
    assert found["candidates"] == []
    spots = {"since": "2015-03-01", "until": "2015-03-31", "at_least": 1}
    assert "Secret Lodge" not in str(await asked(apps, "/places/hot-spots", json=spots))

    own = apps.token_as(WORKER, agency="northvale-police")
    response = await apps.ask(
        "mash", "GET", f"/perpetrators/{viper['subject_id']}", None, headers=own
    )
    assert "Secret Lodge" in response.text
    response = await apps.ask(
        "mash", "GET", f"/network/{viper['subject_id']}", None, headers=own, params={"steps": 1}
    )
    assert "Secret Lodge" in response.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/perpetrators/search", {}),
        ("/perpetrators/search", {"unnamed": False}),
        ("/places/search", {}),
        ("/places/search", {"type": "palace"}),
        ("/places/search", {"postcode": "nowhere"}),
        ("/vehicles/search", {"registration": "A"}),
        ("/vehicles/search", {"registration": "%%%%"}),
        ("/vehicles/search", {"registration": "???"}),
        ("/phones/search", {"number": "ab"}),
        ("/places/hot-spots", {"since": "2015-03-02", "until": "2015-03-01"}),
        ("/places/hot-spots", {"since": "2011-03-02", "until": "2015-03-01"}),
        ("/places/hot-spots", {"since": "2015-03-01", "until": "2015-03-02", "roles": ["x"]}),
    ],
)
async def test_a_search_for_nothing_or_nonsense_is_refused(
    apps: Apps, path: str, body: dict[str, Any]
) -> None:
    await asked(apps, path, status=422, json=body)


async def test_who_may_not_see_children_sees_nothing_beside_them(apps: Apps) -> None:
    for persona in ("auditor", "school", "northvale-police-system"):
        for path in ("perpetrators", "places", "vehicles", "phones", "organisations", "network"):
            response = await apps.ask("mash", "GET", f"/{path}/{uuid4()}", persona)
            assert response.status_code == 403
    for path in ("perpetrators", "places", "vehicles", "phones", "organisations", "network"):
        await asked(apps, f"/{path}/{uuid4()}", status=404)
    await asked(apps, f"/network/{uuid4()}", status=422, params={"steps": 5})
