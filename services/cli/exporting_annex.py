"""`throughline export annex-a-missing`: what the inspectorate's list is made from, as a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.exporting import console, post, write
from services.cli.exporting_profile import export_app
from services.cli.people import PERSONAS

if TYPE_CHECKING:
    from services.mash.application.inspection import MissingChildren

__all__ = ["export_app"]

COLUMNS = (
    "CHILD", "STANDING", "MISSING", "STARTS", "ENDS", "OFFERED", "ACCEPTED", "SOURCES", "SUBJECT",
)  # fmt: skip


@export_app.command("annex-a-missing")
def annex_a_missing(
    authority: Annotated[str, typer.Option(help="Whose children: an agency's code.")],
    first: Annotated[str, typer.Option(help="The period's first day, `2015-01-01`.")],
    last: Annotated[str, typer.Option(help="Its last day, included.")],
    to: Annotated[Path, typer.Option(help="The folder for the file.", metavar="FOLDER")] = Path(),
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    persona: Annotated[
        str, typer.Option("--as", help=f"Who asks. One of: {', '.join(PERSONAS)}.")
    ] = "statutory-returns",
) -> None:
    """Write an authority's children who were away, and whether an interview was offered.

    One line for each time away that began in the period: offered and accepted, each Y, N, NA, or
    empty where nobody has said. It is what the inspectorate's Annex A list is made from; the rest
    of that list's layout was not read. That you were shown every child in it is recorded first.

    Example: `throughline export annex-a-missing --authority northvale-council --first 2015-01-01
    --last 2015-12-31`
    """
    # Imported here: whoever only asks for help pays nothing for it.
    from services.mash.application.inspection import MissingChildren  # noqa: PLC0415

    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    asked = {"authority": authority, "first": first, "last": last}
    found = post(data, "/exports/annex-a-missing", asked, persona=persona, shape=MissingChildren)
    path = to / f"annex-a-missing-{authority}-{first}-{last}.csv"
    write(path, COLUMNS, rows(found))
    console.print(
        f"{path}: {len(found.rows):,} times away of {found.children:,} children.", soft_wrap=True
    )
    for note in found.notes:
        console.print(note, soft_wrap=True)
    if found.withheld:
        console.print(
            f"[yellow]{found.withheld:,} lines about them are not yours to see: an offer may stand "
            "in one.[/]",
            soft_wrap=True,
        )


def rows(found: "MissingChildren") -> Iterator[tuple[str, ...]]:
    """The file's lines; what nobody has said is empty."""
    for row in found.rows:
        yield (
            row.child or "",
            row.standing,
            row.missing or "",
            row.starts,
            row.ends or "",
            row.offered or "",
            row.accepted or "",
            " ".join(str(source) for source in row.sources),
            str(row.subject_id),
        )
