"""The exception file: rows that failed, with why, to be mended and imported by themselves."""

import csv
import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from services.cli.importing.cells import harmless, restored
from services.cli.importing.json_rows import BROKEN
from services.cli.importing.rows import ADDED, BadFile, Row, Wrong
from shared.web.limits import Unclean, check_json


class FailedRows:
    """Writes an exception file beside the file that is imported.

    It appears under its name when it is whole, readable by its owner only: it holds what the rows
    hold. No file is ever overwritten, since somebody may be mending it.

    Args:
        path: of the file that is imported.
        header: its header, where it is a CSV file.
        delimiter: of its columns.
    """

    def __init__(self, path: Path, header: Sequence[str] | None, delimiter: str) -> None:
        self._path = path
        self._header = header
        self._delimiter = delimiter
        self._part = path.with_name(f".{path.name}.failed.part")
        self._file: TextIO | None = None
        self.count = 0

    def add(self, row: Row, wrong: Sequence[Wrong]) -> None:
        """Write a row with what is wrong with it."""
        if row.given is None:
            return
        if self._file is None:
            self._file = self._begun()
        self.count += 1
        if isinstance(row.given, bytes):
            self._file.write(_json_line(row.number, row.given, wrong))
        else:
            self._write_cells(self._file, row.number, row.given, wrong)

    def finish(self) -> Path | None:
        """Give the file its name: `reports.failed.csv`, or with a number where that is taken.

        Returns:
            Its name; None where no row failed.
        """
        if self._file is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        stem = self._path.stem.removesuffix(".failed").partition(".failed-")[0]
        for number in range(1, 1000):
            ending = "failed" if number == 1 else f"failed-{number}"
            final = self._path.with_name(f"{stem}.{ending}{self._path.suffix}")
            try:
                os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                continue
            self._part.replace(final)
            self.discard()
            return final
        raise BadFile(f"there are too many exception files beside it: remove {stem}.failed*")

    def discard(self) -> None:
        """Leave nothing of an unfinished file."""
        if self._file is not None:
            self._part.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _begun(self) -> TextIO:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._part, flags, 0o600)
        except OSError as reason:
            raise BadFile(
                f"the rows that failed cannot be written beside it ({reason.strerror}): import a "
                "copy of it in a folder where you may write"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BadFile("another import of it is running: wait for that one") from None
        # One that a killed import left is begun anew.
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
        file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        if self._header is not None:
            # Spreadsheets take a file without this mark for the alphabet of their own country.
            file.write("\ufeff")
            own = [name for name in self._header if name.strip().lower() not in ADDED]
            self._writer(file).writerow([*map(harmless, own), *ADDED])
        return file

    def _write_cells(
        self, file: TextIO, number: int, given: Sequence[str], wrong: Sequence[Wrong]
    ) -> None:
        assert self._header is not None  # noqa: S101 (a row of cells has a header)
        header = self._header
        own = [
            harmless(restored(cell))
            for index, cell in enumerate(given)
            if index >= len(header) or header[index].strip().lower() not in ADDED
        ]
        said = "; ".join(map(str, wrong))
        width = sum(name.strip().lower() not in ADDED for name in header)
        # What stands beyond the header stays beyond it, after our own columns.
        own += [""] * (width - len(own))
        cells = [*own[:width], str(number), harmless(said), *own[width:]]
        self._writer(file).writerow(cells)

    def _writer(self, file: TextIO) -> Any:
        return csv.writer(file, delimiter=self._delimiter, quoting=csv.QUOTE_ALL)


def _json_line(number: int, given: bytes, wrong: Sequence[Wrong]) -> str:
    document: Any
    try:
        document = check_json(given)
    except Unclean:
        document = {BROKEN: given.decode("utf-8", "replace")}
    if not isinstance(document, dict):
        document = {BROKEN: given.decode("utf-8", "replace")}
    added = dict(zip(ADDED, (number, [str(each) for each in wrong]), strict=True))
    return json.dumps({**document, **added}, ensure_ascii=False) + "\n"
