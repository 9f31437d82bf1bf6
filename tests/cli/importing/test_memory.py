"""A large file takes no more memory than a small one: it is read row by row, never whole.

`python -m tests.cli.importing.test_memory 2000 200000` prints what the numbers of rows that are
given take, and their ratio to the first: see docs/performance.md.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.importing.files import cells_of, small_report, table

PEAK = (
    "import resource, sys; from services.cli.commands import main\n"
    "try: main()\n"
    "finally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
)


def peak_of(file: Path) -> int:
    """The most memory that checking a file took, in KiB."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, "import", "report", str(file), "--check"],
        capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    return int(run.stderr.rpartition("peak ")[2])


def made(folder: Path, rows: int, ending: str) -> Path:
    """A file of so many reports."""
    path = folder / f"{rows}.{ending}"
    with path.open("wb") as file:
        if ending == "csv":
            file.write(table([cells_of("report", small_report(0))]).partition(b"\r\n")[0] + b"\r\n")
        for number in range(rows):
            report = small_report(number, circumstances="Not back from school. " * 20)
            if ending == "csv":
                file.write(table([cells_of("report", report)]).partition(b"\r\n")[2])
            else:
                file.write(json.dumps(report).encode() + b"\n")
    return path


@pytest.mark.integration
@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_ten_times_the_rows_take_no_more_memory(ending: str, tmp_path: Path) -> None:
    """The larger file has 15 MB: kept whole, parsed, it would more than double the memory."""
    small, large = (peak_of(made(tmp_path, rows, ending)) for rows in (2_000, 20_000))
    assert large < 1.1 * small, (small, large)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        first = 0
        for rows in map(int, sys.argv[1:]):
            for ending in ("csv", "ndjson"):
                file = made(Path(folder), rows, ending)
                peak = peak_of(file)
                first = first or peak
                print(  # noqa: T201
                    f"{rows:>8} rows, {ending:<6} {file.stat().st_size / 2**20:>6.0f} MiB: "
                    f"peak {peak / 1024:.0f} MiB, {peak / first:.2f} times the first"
                )
