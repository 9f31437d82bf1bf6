"""Tables as files: private, whole or absent, and no formula in them."""

import csv
from pathlib import Path

from msgspec.structs import replace
from typer.testing import CliRunner

from services.cli import exporting
from services.cli import exporting_annex as annex
from services.cli.exporting_profile import COLUMNS, HIDDEN, export_app, rows
from services.mash.api import inspection
from services.mash.api.exports import EXAMPLE_PROFILE


def test_a_written_table_has_no_formula_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    exporting.write(path, ("CHILD",), [("=1+1",), ("-2",), ("@x",), ("NC1",)])
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["CHILD"], ["'=1+1"], ["'-2"], ["'@x"], ["NC1"]]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]


def test_a_profile_is_a_line_for_each_count_and_one_for_a_figure_without() -> None:
    bail = replace(EXAMPLE_PROFILE.figures[0], id="PP16", state="not-held", areas=())
    found = replace(EXAMPLE_PROFILE, figures=(*EXAMPLE_PROFILE.figures, bail))
    lines = [dict(zip(COLUMNS, row, strict=True)) for row in rows(found)]
    assert [(line["FIGURE"], line["AREA"], line["LABEL"], line["COUNT"]) for line in lines] == [
        ("PP3", "region", "female", "55"),
        ("PP3", "region", "male", HIDDEN),
        ("PP3", "region", "not-recorded", HIDDEN),
        ("PP16", "", "not-held", ""),
    ]
    for line in lines:
        assert line["CAVEAT"]
        assert line["BASE_IS"]
        assert line["FIRST"] == "2015-01-01"


def test_the_inspectorates_list_has_nothing_where_nobody_has_said() -> None:
    (row,) = inspection.EXAMPLE.rows
    found = replace(inspection.EXAMPLE, rows=(replace(row, accepted=None, ends=None),))
    (line,) = [dict(zip(annex.COLUMNS, each, strict=True)) for each in annex.rows(found)]
    assert (line["CHILD"], line["OFFERED"], line["ACCEPTED"], line["ENDS"]) == (
        "NC40417", "Y", "", "",
    )  # fmt: skip


def test_a_population_that_is_no_number_is_refused() -> None:
    options = ["--authority", "northvale-council", "--first", "2015-01-01", "--last", "2015-06-30"]
    wrong = [*options, "--population", "northvale-council=many"]
    refused = CliRunner().invoke(export_app, ["problem-profile", *wrong])
    assert refused.exit_code == 2
    assert "northvale-council=60000" in refused.output
