"""Bodies that no honest system sends: refused as problems, stored nowhere, and never repeated."""

import json
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any

import pytest
import pytest_asyncio

from services.missing.api import examples
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

Body = dict[str, Any]
Change = Callable[[Body], object]
CANARY = "Zqxwv"
"""Stands in every hostile body, in the wrong value where that can be; it may come back nowhere."""

REPORT: Body = examples.REPORT["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apps(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apps]:
    async with running_apps(postgres, tmp_path_factory.mktemp("hostile"), "missing") as made:
        yield made


def at(path: str, value: Any) -> Change:
    """Put a value at a path: `child/names/0/full`."""
    *parents, last = path.split("/")

    def change(body: Body) -> None:
        found: Any = body
        for part in parents:
            found = found[int(part)] if isinstance(found, list) else found[part]
        if isinstance(found, list):
            found[int(last)] = value
        else:
            found[last] = value

    return change


def gone(name: str) -> Change:
    return lambda body: body.pop(name)


def item(**fields: Any) -> Body:
    return {"role": "last_seen_at", **fields}


HOSTILE: dict[str, Change] = {
    # What is not there.
    "no force": gone("force"),
    "no reference": gone("force_reference"),
    "no version": gone("report_version"),
    "no concern": gone("concern"),
    "no child": gone("child"),
    "no circumstances": gone("circumstances"),
    "no time it began": gone("missing_since"),
    "no time of the report": gone("reported_at"),
    "no risk for a missing child": gone("risk"),
    "no answer to the question": gone("at_risk_of_exploitation"),
    # What is not ours.
    "a field that nobody knows": at(CANARY, CANARY),
    "a field that nobody knows, deeper": at(f"child/{CANARY}", CANARY),
    "a role on the child": at("child/role", CANARY),
    "a position of their own": at("position", 1),
    "an agency of their own": at("agency", CANARY),
    # Types.
    "a number as text": at("report_version", CANARY),
    "a number in quotes": at("report_version", "1"),
    "a version as a fraction": at("report_version", 1.5),
    "a version as a truth": at("report_version", True),
    "a child as a list": at("child", [CANARY]),
    "a child as text": at("child", CANARY),
    "names as an object": at("child/names", {"full": CANARY}),
    "a name as an object": at("child/names/0/full", {"$ne": CANARY}),
    "verified as text": at("child/identifiers/0/verified", "true"),
    "circumstances as null": at("circumstances", None),
    "places as null": at("places", None),
    # Bounds.
    "version nought": at("report_version", 0),
    "a version below nought": at("report_version", -1),
    "a version past counting": at("report_version", 10_001),
    "a version past 64 bits": at("report_version", 10**25),
    "an empty reference": at("force_reference", ""),
    "a reference of blanks": at("force_reference", "   "),
    "a long reference": at("force_reference", CANARY * 50),
    "a long narrative": at("circumstances", CANARY * 5000),
    "a long name": at("child/names/0/full", CANARY * 50),
    "too many names": at("child/names", [{"full": CANARY}] * 21),
    "too many places": at("places", [item(name=CANARY)] * 21),
    "too many risk factors": at("risk_factors", ["other"] * 21),
    "too many answers": at("questions", [{"question": "company", "answer": CANARY}] * 13),
    "an age before birth": at("child/age_from", -1),
    "an age past all": at("child/age_to", 121),
    "ages the wrong way round": lambda body: body["child"].update(age_from=17, age_to=3),
    # Codes.
    "a concern of their own": at("concern", CANARY),
    "a place to go missing from of their own": at("missing_from", CANARY),
    "an answer of their own": at("known_to_social_care", CANARY),
    "a risk factor of their own": at("risk_factors", [CANARY]),
    "a question of their own": at("questions/0/question", CANARY),
    "a sex of their own": at("child/sex", CANARY),
    "a level of their own": at("risk/level", CANARY.lower()),
    "a scheme of their own": at("risk/scheme", CANARY.lower()),
    "a code with a slash": at("force", f"../{CANARY}"),
    "a code with capitals": at("risk/level", "Medium"),
    "a handling of their own": at("places/0/handling", CANARY),
    "a role that a place has not": at("places/0/role", "associate"),
    "a second child": at("people/0/role", "child"),
    # Times and dates.
    "a time without a zone": at("missing_since", "2015-03-27T18:00:00"),
    "a day for a time": at("missing_since", "2015-03-27"),
    "no such time": at("missing_since", "2015-02-30T18:00:00Z"),
    "words for a time": at("missing_since", CANARY),
    "a time to come": at("reported_at", "2999-01-01T00:00:00Z"),
    "a time before all records": at("missing_since", "0001-01-01T00:00:00+14:00"),
    "a time before London had a zone": at("reported_at", "0001-01-01T00:30:00Z"),
    "a time past all calendars": at("reported_at", "9999-12-31T23:59:59-14:00"),
    "missing after the report": at("missing_since", "2015-03-27T21:00:00Z"),
    "last seen after the report": at("last_seen_at", "2015-03-27T21:00:00Z"),
    "a birth that never was": at("child/date_of_birth", "2001-02-30"),
    "a birth in words": at("child/date_of_birth", CANARY),
    "an answer before it was asked": lambda body: body.update(
        missing_since="2015-01-27T18:00:00Z",
        last_seen_at=None,
        reported_at="2015-01-27T20:15:00Z",
    ),
    # Numbers with rules.
    "a wrong check digit": at("child/identifiers/0/value", "9434765918"),
    "an NHS number in words": at("child/identifiers/0/value", CANARY),
    "a wrong pupil number": at("child/identifiers/0", {"scheme": "upn", "value": CANARY}),
    "a local number of nobody's": at(
        "child/identifiers/0", {"scheme": "la-child-id", "value": CANARY}
    ),
    "a scheme that nobody knows": at(
        "child/identifiers/0", {"scheme": CANARY, "value": "9434765919"}
    ),
    "no postcode": at("places/0/postcode", CANARY),
    "a property number too long": at("places/0", item(uprn="1" * 13)),
    "a registration of blanks": at("vehicles/0/registration", "   "),
    "a long registration": at("vehicles/0/registration", CANARY * 3),
    # References.
    "a ref with blanks": at("people/0/ref", f"{CANARY} friend"),
    "a ref used twice": at("vehicles/0/ref", "friend"),
    "a ref that is the child's": at("vehicles/0/ref", "child"),
    "an of that names nothing": at("vehicles/0/of", CANARY),
    "an of that names itself": lambda body: body["vehicles"][0].update(ref=CANARY, of=CANARY),
    # Text that parsers and databases disagree about.
    "a NUL": at("circumstances", f"{CANARY}\0"),
    "half a character": at("circumstances", f"{CANARY}\ud800"),
    "a NUL in a key": at(f"{CANARY}\0", 1),
}


def deep(levels: int) -> bytes:
    return b'{"child":' * levels + b"1" + b"}" * levels


RAW: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "blanks": (b"  ", "application/json"),
    "words": (CANARY.encode(), "application/json"),
    "half a document": (json.dumps(REPORT | {"force": CANARY}).encode()[:-1], "application/json"),
    "two documents": (json.dumps(REPORT).encode() * 2, "application/json"),
    "a list": (f'["{CANARY}"]'.encode(), "application/json"),
    "a number": (b"1", "application/json"),
    "null": (b"null", "application/json"),
    "not a number": (b'{"report_version": NaN}', "application/json"),
    "the same key twice": (f'{{"force":"a","force":"{CANARY}"}}'.encode(), "application/json"),
    "deep": (deep(40), "application/json"),
    "very deep": (deep(50_000), "application/json"),
    "not UTF-8": (b'{"force":"\xff\xfe"}', "application/json"),
    "a form": (f"force={CANARY}".encode(), "application/x-www-form-urlencoded"),
    "XML": (f"<force>{CANARY}</force>".encode(), "application/xml"),
    "another character set": (json.dumps(REPORT).encode(), "application/json; charset=utf-16"),
    "too large": (b'{"circumstances":"' + b"a" * 1024 * 1024 + b'"}', "application/json"),
}


async def refused(apps: Apps, path: str, body: bytes, kind: str = "application/json") -> None:
    before = await apps.recorded("missing")

    response = await apps.ask(
        "missing", "POST", path, "northvale-police-system", content=body,
        headers={"Content-Type": kind},
    )  # fmt: skip

    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.json()) <= {"type", "title", "status", "detail", "instance", "errors"}
    everything = response.text + repr(response.headers)
    assert CANARY.lower() not in everything.lower()
    assert "Ashdown" not in everything
    assert await apps.recorded("missing") == before


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_report_is_refused_and_not_repeated(apps: Apps, hostile: str) -> None:
    body = deepcopy(REPORT)
    body["force_reference"] = CANARY
    HOSTILE[hostile](body)
    await refused(apps, "/episodes", json.dumps(body).encode())


@pytest.mark.parametrize("raw", RAW)
async def test_what_is_no_report_at_all_is_refused(apps: Apps, raw: str) -> None:
    await refused(apps, "/episodes", *RAW[raw])


RETURNS: dict[str, Body] = {
    "no time": {"how": "unknown"},
    "a way of their own": {"returned_at": "2015-03-28T06:30:00Z", "how": CANARY},
    "a permission in words": {
        "returned_at": "2015-03-28T06:30:00Z", "how": "unknown", "family_may_know_place": CANARY,
    },
}  # fmt: skip


@pytest.mark.parametrize("hostile", RETURNS)
async def test_a_hostile_return_is_refused_and_not_repeated(apps: Apps, hostile: str) -> None:
    body = RETURNS[hostile] | {"force_reference": CANARY}
    await refused(apps, "/returns", json.dumps(body).encode())


@pytest.mark.parametrize("key", ["", "short", "a" * 129, "with blanks in it, too", "é" * 20])
async def test_a_report_needs_a_usable_key(apps: Apps, key: str) -> None:
    response = await apps.ask(
        "missing", "POST", "/episodes", "northvale-police-system", json=REPORT,
        headers={"Idempotency-Key": key.encode()},
    )  # fmt: skip
    assert (response.status_code, response.json()["type"]) == (
        400, "/problems/missing-idempotency-key",
    )  # fmt: skip


async def test_an_id_that_is_none_is_refused_and_not_repeated(apps: Apps) -> None:
    response = await apps.ask("missing", "GET", f"/episodes/{CANARY}", "northvale-police-system")
    assert response.status_code == 422
    assert CANARY not in response.text
