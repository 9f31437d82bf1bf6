"""The example files are right, and go in the order in which the guide sends them."""

import asyncio
from pathlib import Path

import pytest

from services.cli.importing.command import NAMES
from services.cli.importing.kinds import KINDS
from shared.embedded import Postgres
from tests.cli.importing.files import cells_of, example, kept, table
from tests.cli.importing.served import COUNCIL, served
from tests.cli.importing.test_hostile_files import checked
from tests.cli.running import run

FOLDER = Path(__file__).parents[3] / "examples" / "import"
KIND_OF = {
    "reports.csv": "report",
    "reports.ndjson": "report",
    "returns.csv": "return",
    "interviews.csv": "interview",
    "statuses.csv": "status",
    "status-endings.csv": "status-ending",
}


@pytest.mark.parametrize("name", KIND_OF)
def test_an_example_file_is_right(name: str) -> None:
    well, said = asyncio.run(checked(FOLDER / name, KIND_OF[name]))
    assert well, said


def test_every_example_file_is_known() -> None:
    assert set(KIND_OF.values()) == set(KINDS) == set(NAMES)
    assert {path.name for path in FOLDER.iterdir()} == set(KIND_OF)


@pytest.mark.integration
@pytest.mark.parametrize("kind", NAMES)
def test_the_command_prints_an_example_that_it_takes(kind: str, tmp_path: Path) -> None:
    printed = run("import", kind, "--example")
    assert printed.stdout.encode() == table([cells_of(kind, example(kind))], end="\n")
    told = run("import", kind, str(kept(tmp_path, printed.stdout.encode())), "--check")
    assert (told.returncode, told.stderr) == (0, "")
    listed = run("import", "--columns", kind).stdout
    for name in printed.stdout.splitlines()[0].split(","):
        assert ".".join("N" if part.isdigit() else part for part in name.split(".")) in listed


@pytest.mark.integration
@pytest.mark.asyncio
async def test_the_example_files_are_taken_one_after_another(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with served(postgres, tmp_path) as service:
        for name in ("reports.csv", "returns.csv"):
            well, said = await service.imported(FOLDER / name, KIND_OF[name])
            assert well, said
        body = {"provider": "lantern-trust", "area": "northvale-council", "since": "2014-04-01"}
        await service.apps.ask("missing", "POST", "/commissions", COUNCIL, json=body)
        known = service.apps.running["missing"].state.application
        for reference in ("NV/15/000201", "NV/15/000202"):
            found = await known.interview_by_reference(
                force="northvale-police", force_reference=reference
            )
            body = {"area": "northvale-council", "on": "2015-05-10T09:00:00Z"}
            path = f"/interviews/{found}/allocate"
            assert (
                await service.apps.ask("missing", "POST", path, COUNCIL, json=body)
            ).status_code == 200
        well, said = await service.imported(FOLDER / "interviews.csv", "interview")
        assert well, said
        assert "2 were stored" in said
        types = await service.types()
    assert types["missing.child-returned.v1"] == 3
    assert types["missing.interview-conducted.v1"] == 1
    assert types["missing.carer-informed.v1"] == 1


@pytest.mark.integration
@pytest.mark.asyncio
async def test_statuses_and_their_endings_come_as_files_in_any_order(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with served(postgres, tmp_path, "intake") as service:
        for name in ("status-endings.csv", "statuses.csv"):
            kind = KIND_OF[name]
            before = await service.types()
            well, said = await service.imported(FOLDER / name, kind, rehearse=True)
            assert well, said
            assert await service.types() == before
            well, said = await service.imported(FOLDER / name, kind)
            assert well, said
            stored = await service.types()
            well, said = await service.imported(FOLDER / name, kind)
            assert "0 were stored" in said
            assert await service.types() == stored
        everything = await service.types()
    assert everything["intake.status-recorded.v1"] == 3
    assert everything["intake.status-ended.v1"] == 1
