"""`throughline export problem-profile`, `times-away`, `education`: counts of a region, as files."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.exporting import console, export_app, post, write
from services.cli.people import PERSONAS

if TYPE_CHECKING:
    from services.mash.views.profile import Profile

__all__ = ["export_app"]

COLUMNS = (
    "FIGURE", "WHAT", "AREA", "LABEL", "COUNT", "PERCENT", "BASE", "BASE_IS", "FIRST", "LAST",
    "AS_AT", "PUBLISHED_2014", "CAVEAT",
)  # fmt: skip
HIDDEN = "hidden"


@export_app.command("problem-profile")
def problem_profile(
    authority: Annotated[
        list[str], typer.Option(help="A council of the region: its agency code. Once for each.")
    ],
    first: Annotated[str, typer.Option(help="The period's first day, `2015-01-01`.")],
    last: Annotated[str, typer.Option(help="Its last day, included.")],
    population: Annotated[
        list[str] | None,
        typer.Option(help="Children who live in an authority: `northvale-council=60000`."),
    ] = None,
    own_area: Annotated[
        list[str] | None,
        typer.Option(help="A code of the region's own in the directory of postcodes: E08000030."),
    ] = None,
    known_by: Annotated[
        str | None, typer.Option(help="As it was known then: `2015-08-01T00:00:00Z`.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exact numbers, for whoever counts; do not share it.")
    ] = False,
    to: Annotated[Path, typer.Option(help="The folder for the file.", metavar="FOLDER")] = Path(),
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    persona: Annotated[
        str, typer.Option("--as", help=f"Who asks. One of: {', '.join(PERSONAS)}.")
    ] = "profile-analyst",
) -> None:
    """Write the regional problem profile: seventeen figures with base, time and caveat of each.

    That every child in it was counted for you is recorded first. Unless you ask for exact numbers,
    one to four are hidden and the others rounded to fives.

    Example: `throughline export problem-profile --authority northvale-council --first 2015-01-01
    --last 2015-06-30`
    """
    found = ask(
        data,
        "/exports/problem-profile",
        {
            "authorities": authority,
            "first": first,
            "last": last,
            "known_by": known_by,
            "shared": not exact,
            "populations": dict(_population(each) for each in population or ()),
            "own_areas": own_area or [],
        },
        persona=persona,
    )
    path = to / f"problem-profile-{first}-{last}{'-exact' if exact else ''}.csv"
    write(path, COLUMNS, rows(found))
    shown = sum(figure.state == "counted" for figure in found.figures)
    console.print(f"{path}: {shown} of {len(found.figures)} figures are counted.", soft_wrap=True)
    for figure in found.figures:
        if figure.state != "counted":
            console.print(f"[yellow]{figure.id} is {figure.state}.[/]")
    if exact:
        console.print("[yellow]The numbers are exact: the file is not for sharing.[/]")


@export_app.command("times-away")
def times_away(
    authority: Annotated[
        list[str], typer.Option(help="A council: its agency code. Once for each.")
    ],
    first: Annotated[str, typer.Option(help="The period's first day, `2015-01-01`.")],
    last: Annotated[str, typer.Option(help="Its last day, included.")],
    known_by: Annotated[
        str | None, typer.Option(help="As it was known then: `2015-08-01T00:00:00Z`.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exact numbers, for whoever counts; do not share it.")
    ] = False,
    to: Annotated[Path, typer.Option(help="The folder for the file.", metavar="FOLDER")] = Path(),
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    persona: Annotated[
        str, typer.Option("--as", help=f"Who asks. One of: {', '.join(PERSONAS)}.")
    ] = "profile-analyst",
) -> None:
    """Write how many children go missing or run away in a period, in each area.

    Children and times: missing, absent, and concerns that no police report holds, each apart. That
    every child in it was counted for you is recorded first. Unless you ask for exact numbers, one
    to four are hidden and the others rounded to fives.

    Example: `throughline export times-away --authority northvale-council --first 2015-01-01
    --last 2015-12-31`
    """
    asked = _asked(authority, first, last, known_by, exact=exact)
    found = ask(data, "/exports/times-away", asked, persona=persona)
    _written(found, "times-away", "children and times away, by area", to, exact=exact)


@export_app.command("education")
def education(
    authority: Annotated[
        list[str], typer.Option(help="A council: its agency code. Once for each.")
    ],
    first: Annotated[str, typer.Option(help="The period's first day, `2015-01-01`.")],
    last: Annotated[str, typer.Option(help="Its last day, included.")],
    known_by: Annotated[
        str | None, typer.Option(help="As it was known then: `2015-08-01T00:00:00Z`.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exact numbers, for whoever counts; do not share it.")
    ] = False,
    to: Annotated[Path, typer.Option(help="The folder for the file.", metavar="FOLDER")] = Path(),
    data: Annotated[
        Path, typer.Option("--data", help="The folder of the installation.", metavar="FOLDER")
    ] = Path("data"),
    persona: Annotated[
        str, typer.Option("--as", help=f"Who asks. One of: {', '.join(PERSONAS)}.")
    ] = "profile-analyst",
) -> None:
    """Write which children were screened or away in a period, by how they were taught.

    Levels of screenings and times away of children in mainstream school, taught at home, in
    alternative provision, part-time or not in education. That every child in it was counted for you
    is recorded first. Unless you ask for exact numbers, one to four are hidden and the others
    rounded to fives.

    Example: `throughline export education --authority northvale-council --first 2015-01-01
    --last 2015-12-31`
    """
    asked = _asked(authority, first, last, known_by, exact=exact)
    found = ask(data, "/exports/education", asked, persona=persona)
    _written(found, "education", "screenings and times away by education", to, exact=exact)


def _asked(
    authority: list[str], first: str, last: str, known_by: str | None, *, exact: bool
) -> dict[str, Any]:
    return {
        "authorities": authority,
        "first": first,
        "last": last,
        "known_by": known_by,
        "shared": not exact,
    }


def _written(found: "Profile", name: str, what: str, to: Path, *, exact: bool) -> None:
    """Write the figures' file and say what to bear in mind."""
    path = to / f"{name}-{found.first}-{found.last}{'-exact' if exact else ''}.csv"
    write(path, COLUMNS, rows(found))
    console.print(f"{path}: {what}.", soft_wrap=True)
    for note in found.notes:
        console.print(note, soft_wrap=True)
    if exact:
        console.print("[yellow]The numbers are exact: the file is not for sharing.[/]")


def ask(data: Path, path: str, body: dict[str, Any], *, persona: str) -> "Profile":
    """The figures, as somebody of the demonstration gets it.

    Raises:
        NotShown: nothing runs, the question is not right, or they may not have it.
        BadParameter: there is no such somebody.
    """
    if persona not in PERSONAS:
        raise typer.BadParameter(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    # Imported here: whoever only asks for help pays nothing for it.
    from services.mash.views.profile import Profile  # noqa: PLC0415

    return post(data, path, body, persona=persona, shape=Profile)


def rows(found: "Profile") -> Iterator[tuple[str, ...]]:
    """The file's lines: one for each count, and one for a figure that has none."""
    for figure in found.figures:
        when = tuple(str(day or "") for day in (figure.first, figure.last, figure.as_at))
        about = (figure.base_is, *when, figure.published, figure.caveat)
        if not figure.areas:
            yield (figure.id, figure.what, "", figure.state, "", "", "", *about)
        for area in figure.areas:
            base = HIDDEN if area.base is None else str(area.base)
            start = (figure.id, figure.what, area.area)
            if area.value is not None:
                yield (*start, "value", str(area.value), "", base, *about)
            elif not area.cells:
                yield (*start, "all", base, "", base, *about)
            for cell in area.cells:
                count = HIDDEN if cell.count is None else str(cell.count)
                yield (*start, cell.label, count, _percent(cell.percent), base, *about)
            for cell in area.outside:
                count = HIDDEN if cell.count is None else str(cell.count)
                yield (*start, f"beside the base: {cell.label}", count, "", base, *about)


def _percent(percent: float | None) -> str:
    return "" if percent is None else f"{percent:g}"


def _population(given: str) -> tuple[str, int]:
    authority, sign, number = given.partition("=")
    if not sign or not number.isdigit():
        raise typer.BadParameter("a population is given as northvale-council=60000")
    return authority, int(number)
