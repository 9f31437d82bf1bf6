"""`throughline export`: tables for whoever must return them, as files."""

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from services.cli.people import PERSONAS

if TYPE_CHECKING:
    from services.mash.application.statutory import MissingTable

T = TypeVar("T")
COLUMNS = ("CHILD", "DOB", "MISSING", "MIS_START", "MIS_END")
PROBLEM_COLUMNS = ("CHILD", "STARTS", "ENDS", "RULES", "WHY", "WHAT", "SOURCES", "SUBJECT")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

console = Console(highlight=False)
export_app = typer.Typer(
    no_args_is_help=True,
    help="Write tables for whoever must return them.\n\n"
    "Example: `throughline export missing-table --authority northvale-council --year 2016`",
)


@export_app.command("missing-table")
def missing_table(
    authority: Annotated[str, typer.Option(help="Whose return: an agency's code.")],
    year: Annotated[int, typer.Option(help="In which the collection year ends, on 31 March.")],
    to: Annotated[
        Path, typer.Option(help="The folder for the two files.", metavar="FOLDER")
    ] = Path(),
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    persona: Annotated[
        str, typer.Option("--as", help=f"Who asks. One of: {', '.join(PERSONAS)}.")
    ] = "statutory-returns",
) -> None:
    """Write an authority's Missing table (SSDA903), and what a person must look at first.

    That you were shown every child in it is recorded first. Two files: the table as it is returned,
    and the exceptions, which are never guessed or merged. Exits 1 while there are exceptions.

    Example: `throughline export missing-table --authority northvale-council --year 2016`
    """
    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    found = ask(data, authority=authority, year=year, persona=persona)
    table = to / f"Missing-{authority}-{year}.csv"
    exceptions = to / f"Missing-{authority}-{year}-exceptions.csv"
    write(table, COLUMNS, ((r.child, r.dob, r.missing, r.mis_start, r.mis_end) for r in found.rows))
    write(
        exceptions,
        PROBLEM_COLUMNS,
        (
            (
                problem.child or "",
                f"{problem.starts:%d/%m/%Y}" if problem.starts else "",
                f"{problem.ends:%d/%m/%Y}" if problem.ends else "",
                " ".join(str(rule) for rule in problem.rules),
                problem.why,
                problem.what,
                " ".join(str(source) for source in problem.sources),
                str(problem.subject_id),
            )
            for problem in found.problems
        ),
    )
    console.print(
        f"{table}: {len(found.rows):,} periods of {found.children:,} looked-after children.",
        soft_wrap=True,
    )
    if found.problems:
        sentence = (
            f"{exceptions}: {len(found.problems):,} things that a person must decide first "
            "(POST /missing-periods of intake)."
        )
        console.print(Text(sentence, style="yellow"), soft_wrap=True)
        sys.exit(1)


def ask(data: Path, *, authority: str, year: int, persona: str) -> "MissingTable":
    """The table, as somebody of the demonstration gets it.

    Raises:
        NotShown: nothing runs, or they may not have it.
    """
    # Imported here: whoever only asks for help pays nothing for it.
    from services.mash.application.statutory import MissingTable  # noqa: PLC0415

    body = {"authority": authority, "year": year}
    return post(data, "/exports/missing-table", body, persona=persona, shape=MissingTable)


def post(data: Path, path: str, body: dict[str, Any], *, persona: str, shape: type[T]) -> T:
    """What mash answers to somebody of the demonstration.

    Raises:
        NotShown: nothing runs, the question is not right, or they may not have it.
    """
    # Imported here: whoever only asks for help pays nothing for it.
    import httpx  # noqa: PLC0415
    import msgspec  # noqa: PLC0415

    from services.cli.reading import NotShown, addresses, token_for  # noqa: PLC0415

    try:
        response = httpx.post(
            f"{addresses(data)['mash']}{path}",
            headers={"Authorization": f"Bearer {token_for(data, persona)}"},
            json=body,
            timeout=120,
        )
        if response.status_code != httpx.codes.OK:
            raise NotShown(response.json()["detail"])
        return msgspec.json.decode(response.content, type=shape)
    except (httpx.HTTPError, ValueError, LookupError):
        raise NotShown(
            f"nothing answers for {data}: start it with `throughline up --data {data}`"
        ) from None


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table that only this account can read, whose cells no spreadsheet takes for formulas.

    The file gets its name only when it is whole.
    """
    half = path.with_name(f"{path.name}.partial")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row)
    half.rename(path)
