"""Importing into the real service: once, again, in part, interrupted, and by whom it may not be."""

import csv
import json
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.cli.importing.access import NotSent, Target
from services.cli.importing.rows import ADDED, BadFile
from services.cli.importing.source import Line, Source
from shared.embedded import Postgres
from tests.cli.importing.files import CANARY, cells, example, kept, lines, small_report, table
from tests.cli.importing.served import (
    COUNCIL,
    POLICE,
    Served,
    answering,
    at_first,
    losing,
    served,
)
from tests.cli.importing.test_hostile_files import FILES

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REPORTED = "missing.episode-reported.v1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with served(postgres, tmp_path_factory.mktemp("importing")) as made:
        yield made
        assert made.door.instead is None


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def reports(*numbers: int, **changed: Any) -> list[dict[str, Any]]:
    return [small_report(number, **changed) for number in numbers]


async def test_a_file_is_stored_row_by_row_and_again_changes_nothing(
    service: Served, tmp_path: Path
) -> None:
    before = (await service.types()).get(REPORTED, 0)
    file = kept(tmp_path, lines(reports(*range(1000, 1030))))

    well, said = await service.imported(file)
    assert well
    assert "Of 30 rows 30 were stored, 0 were there already, 0 were refused." in said
    assert (await service.types())[REPORTED] == before + 30

    stored = await service.types()
    well, said = await service.imported(file)
    assert well
    assert "0 were stored, 30 were there already" in said
    assert await service.types() == stored


async def test_the_same_row_is_the_same_in_csv_and_json_and_in_any_order_of_columns(
    service: Served, tmp_path: Path
) -> None:
    row = cells("report", force_reference="NV/SAME/1")
    backwards = dict(reversed(row.items()))
    well, said = await service.imported(kept(tmp_path, table([row])))
    assert (well, "Of 1 row 1 was stored, 0 were there already" in said) == (True, True), said
    for content in (
        table([backwards], delimiter=";", end="\n"),
        lines([example("report", force_reference="NV/SAME/1")]),
    ):
        well, said = await service.imported(kept(tmp_path, content))
        assert well
        assert "1 was there already" in said


async def test_nothing_of_a_hostile_file_is_stored(service: Served, tmp_path: Path) -> None:
    before, asked = await service.types(), service.door.requests
    for name, (content, _) in FILES.items():
        try:
            well, _ = await service.imported(kept(tmp_path, content))
        except BadFile:
            continue
        assert not well, name
    assert await service.types() == before
    assert service.door.requests == asked


async def test_of_a_hostile_file_only_rows_that_are_right_are_stored_by_keep_going(
    service: Served, tmp_path: Path
) -> None:
    """Each of them has at most one row that is right, and it is the same report in all."""
    before = await service.types()
    for number, (content, _) in enumerate(FILES.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            well, said = await service.imported(kept(folder, content), keep_going=True)
        except BadFile:
            assert len(inside(folder)) == 1
            continue
        assert not well
        assert CANARY not in said
    after = await service.types()
    assert {name: after[name] - before.get(name, 0) for name in after} == {
        name: 1 if name in {REPORTED, "missing.interview-required.v1"} else 0 for name in after
    }


async def test_rows_that_failed_can_be_mended_and_sent_by_themselves(
    service: Served, tmp_path: Path
) -> None:
    row = cells("report", force_reference="NV/M/1", circumstances="=HYPERLINK(0)")
    rows = [
        row,
        row | {"force_reference": "NV/M/2", "concern": CANARY},
        row | {"force_reference": "NV/M/3", "risk.level": "nonsense"},
        row | {"force_reference": "+NV/M/4", "force": "southmere-police"},
        row | {"force_reference": "NV/M/5"},
    ]
    well, said = await service.imported(kept(tmp_path, table(rows, delimiter=";")), keep_going=True)

    assert not well
    assert "2 were stored, 0 were there already, 3 were refused" in said
    assert "row 3: concern: this must be one of" in said
    assert "row 4: risk.level: under" in said
    assert "row 5: your agency, roles or purpose do not allow this" in said
    assert CANARY not in said
    failed = tmp_path / "file.failed.csv"
    assert set(inside(tmp_path)) == {"file.csv", failed.name}
    assert stat.S_IMODE(failed.stat().st_mode) == 0o600
    with failed.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert [line["import_row"] for line in found] == ["3", "4", "5"]
    assert found[0]["import_errors"].startswith("concern: this must be one of")
    assert {line["circumstances"] for line in found} == {"'=HYPERLINK(0)"}
    assert found[2]["force_reference"] == "'+NV/M/4"

    # Mended in a spreadsheet, with our own columns still there.
    for line, right in zip(
        found, [{"concern": "missing"}, {"risk.level": "high"}, {"force": "northvale-police"}],
        strict=True,
    ):  # fmt: skip
        line.update(right)
    well, said = await service.imported(kept(tmp_path, table(found), "mended.csv"))
    assert well, said
    assert "3 were stored" in said
    shown = await service.apps.newest("missing", of_type=REPORTED)
    assert b"HYPERLINK" not in shown  # sealed, and stored as what it says

    # The first file again: the mended rows are refused there still, and nothing is overwritten.
    well, said = await service.imported(tmp_path / "file.csv", keep_going=True)
    assert not well
    assert "2 were there already" in said
    assert (tmp_path / "file.failed-2.csv").exists()
    with failed.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file, delimiter=";"))["concern"] == CANARY


async def test_lines_that_failed_are_kept_as_they_are(service: Served, tmp_path: Path) -> None:
    wrong = small_report(1101, concern=CANARY)
    file = kept(tmp_path, lines([small_report(1100), wrong]) + b'{"force":\n[]\n', "r.ndjson")
    well, said = await service.imported(file, keep_going=True)
    assert not well
    failed = [json.loads(line) for line in (tmp_path / "r.failed.ndjson").read_text().splitlines()]
    assert failed[0] == wrong | dict(zip(ADDED, (2, failed[0]["import_errors"]), strict=True))
    assert [line.get("import_line") for line in failed] == [None, '{"force":', "[]"]

    mended = kept(tmp_path, lines([failed[0] | {"concern": "missing"}]), "again.ndjson")
    well, said = await service.imported(mended)
    assert well, said
    # Ours are no part of what a row says: sent without them, it is the same row.
    well, said = await service.imported(kept(tmp_path, lines([small_report(1101)])))
    assert "1 was there already" in said


async def test_without_keep_going_it_stops_and_says_where(service: Served, tmp_path: Path) -> None:
    before = (await service.types()).get(REPORTED, 0)
    rows = reports(*range(1200, 1300))
    rows[20]["risk"] = {"level": "nonsense"}  # of the right form: only the service can tell
    file = kept(tmp_path, lines(rows))

    well, said = await service.imported(file, at_once=2)

    assert not well
    assert "row 21: risk.level: under" in said
    assert "Stopped at row 21" in said
    stored = (await service.types())[REPORTED] - before
    assert 20 <= stored < 60
    assert f"{stored} were stored" in said
    after = stored - 20
    assert f"{99 - stored} rows after it are not sent" in said
    assert ("under way already and stored" in said) is (after > 0)
    assert inside(tmp_path) == [file.name]

    rows[20]["risk"] = {"level": "high"}
    file.write_bytes(lines(rows))
    well, said = await service.imported(file)
    assert well
    assert f"{100 - stored} were stored, {stored} were there already" in said
    assert (await service.types())[REPORTED] == before + 100


async def test_rows_about_one_record_are_sent_in_the_order_of_the_file(
    service: Served, tmp_path: Path
) -> None:
    """However many are under way, an interview is offered before it is accepted."""
    body = {"provider": "lantern-trust", "area": "northvale-council", "since": "2014-04-01"}
    await service.apps.ask("missing", "POST", "/commissions", COUNCIL, json=body)
    numbers = range(1500, 1520)
    file = kept(tmp_path, lines(reports(*numbers)))
    assert (await service.imported(file))[0]
    for number in numbers:
        found = await service.apps.running["missing"].state.application.interview_by_reference(
            force="northvale-police", force_reference=f"NV/T/{number:06}"
        )
        body = {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"}
        allocated = f"/interviews/{found}/allocate"
        await service.apps.ask("missing", "POST", allocated, COUNCIL, json=body)
    whole = example("interview")
    rows = [
        {"force": "northvale-police", "force_reference": f"NV/T/{number:06}", part: whole[part]}
        for part in ("offered", "accepted", "held")
        for number in numbers
    ]
    well, said = await service.imported(kept(tmp_path, lines(rows)), "interview", at_once=16)
    assert well, said
    assert "60 were stored" in said


async def test_a_dry_run_says_what_would_become_of_each_row(
    service: Served, tmp_path: Path
) -> None:
    rows = reports(1600, 1601, 1602)
    assert (await service.imported(kept(tmp_path, lines(rows[:1]))))[0]
    before = await service.types()
    rows[1]["risk"] = {"level": "nonsense"}
    rows += [rows[2], small_report(1603, concern=CANARY)]

    well, said = await service.imported(kept(tmp_path, lines(rows)), rehearse=True)

    assert not well
    assert "row 2: risk.level: under" in said
    assert "row 5: concern: this must be one of" in said
    assert "Of 5 rows 1 would be stored, 2 are there already, 2 would be refused" in said
    assert await service.types() == before
    assert len(inside(tmp_path)) == 1


TROUBLES: dict[str, Callable[[Any], Any]] = {
    "busy": lambda app: answering(503, b"{}"),
    "too many": lambda app: answering(429, b""),
    "a gateway": lambda app: answering(502, b"<html>"),
    "a fault": lambda app: answering(500, b"Internal Server Error"),
    "a lost answer": losing,
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_on_the_way_loses_and_doubles_nothing(
    service: Served, tmp_path: Path, trouble: str
) -> None:
    before = (await service.types()).get(REPORTED, 0)
    first = 2000 + 100 * list(TROUBLES).index(trouble)
    file = kept(tmp_path, lines(reports(*range(first, first + 20))))
    app = service.door.app
    service.door.instead = at_first(TROUBLES[trouble](app), app)
    try:
        well, said = await service.imported(file)
    finally:
        service.door.instead = None
    assert well, said
    assert (await service.types())[REPORTED] == before + 20


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        (answering(200, b"<html>Welcome to nginx</html>"), "is not Throughline's missing"),
        (answering(200, b'{"id": 1}', "application/json"), "is not Throughline's missing"),
        (answering(404, b"not here"), "is not Throughline's missing"),
        (answering(301, b""), "is not Throughline's missing"),
        (answering(400, b"[]", "application/json"), "is not Throughline's missing"),
        (answering(503, b""), "is busy or away. Every row that was acknowledged is stored"),
        (answering(401, b"{}"), "the token is not valid"),
    ],
    ids=["a web page", "another service", "no such page", "elsewhere", "a list", "away", "no"],
)  # fmt: skip
async def test_what_is_not_ours_ends_it_with_a_sentence(
    service: Served, tmp_path: Path, instead: Any, words: str
) -> None:
    file = kept(tmp_path, lines(reports(*range(3000, 3040))))
    service.door.instead = instead
    try:
        with pytest.raises(NotSent, match=words):
            await service.imported(file, patience=0.2)
    finally:
        service.door.instead = None


async def test_nobody_there_ends_it_with_a_sentence(service: Served, tmp_path: Path) -> None:
    target = Target("http://127.0.0.1:9", lambda: "x", on_this_machine=True)
    file = kept(tmp_path, lines(reports(3100)))
    with pytest.raises(NotSent, match="does not answer"):
        await service.imported(file, target=target, patience=0.2)


async def test_a_token_that_ran_out_is_read_anew(service: Served, tmp_path: Path) -> None:
    tokens = iter(["run out", service.apps.token(POLICE)])
    target = Target(service.address, lambda: next(tokens), on_this_machine=True)
    file = kept(tmp_path, lines(reports(*range(3200, 3230))))
    well, said = await service.imported(file, target=target)
    assert well, said


async def test_a_problem_cannot_steer_the_terminal(service: Served, tmp_path: Path) -> None:
    problem = {"type": "/problems/x", "detail": "a\x1b[2Jb\nc", "errors": [{"pointer": 1}, 7]}
    service.door.instead = answering(422, json.dumps(problem).encode(), "application/json")
    try:
        _, said = await service.imported(kept(tmp_path, lines(reports(3300))))
    finally:
        service.door.instead = None
    assert "row 1: a [2Jb c\n" in said


async def test_a_file_that_changes_meanwhile_is_said(service: Served, tmp_path: Path) -> None:
    file = kept(tmp_path, lines(reports(*range(3400, 3420))))

    async def meddling(scope: Any, receive: Any, send: Any) -> None:
        with file.open("ab") as more:
            more.write(lines([small_report(3500)]))
        await service.door.app(scope, receive, send)

    service.door.instead = meddling
    try:
        with pytest.raises(BadFile, match="was changed while"):
            await service.imported(file)
    finally:
        service.door.instead = None


async def test_whoever_may_not_is_told_so_for_each_row(service: Served, tmp_path: Path) -> None:
    before = await service.types()
    file = kept(tmp_path, lines(reports(3600, 3601)))
    well, said = await service.imported(file, target=service.target("auditor"), keep_going=True)
    assert not well
    assert said.count("do not allow this") == 2
    assert await service.types() == before


async def test_long_rows_are_not_read_far_ahead(
    service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one row waits for its answer, no more than so many bytes of others are held."""
    monkeypatch.setattr("services.cli.importing.sending.AHEAD_BYTES", 200_000)
    long = [small_report(3700 + n, circumstances="long " * 3900) for n in range(40)]
    file = kept(tmp_path, lines(long))
    far = 0

    class Watched(Source):
        def lines(self) -> Iterator[Line]:
            nonlocal far
            for line in super().lines():
                if service.door.requests > asked:
                    far = max(far, line.number - (service.door.requests - asked))
                yield line

    monkeypatch.setattr("services.cli.importing.run.Source", Watched)
    asked = service.door.requests
    well, said = await service.imported(file, at_once=4)
    assert well, said
    assert 0 < far <= 200_000 // 40_000 + 2 + 4
