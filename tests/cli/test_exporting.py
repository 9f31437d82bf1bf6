"""Tables as files: private, whole or absent, and no formula in them."""

import csv
from pathlib import Path

from services.cli import exporting


def test_a_written_table_has_no_formula_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    exporting.write(path, ("CHILD",), [("=1+1",), ("-2",), ("@x",), ("NC1",)])
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["CHILD"], ["'=1+1"], ["'-2"], ["'@x"], ["NC1"]]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]
