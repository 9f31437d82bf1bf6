"""The rows of a CSV file, as spreadsheets write them."""

import csv
import difflib
import re
from collections.abc import Generator, Iterator, Sequence
from typing import Final

from services.cli.importing.cells import restored
from services.cli.importing.columns import Column, Layout
from services.cli.importing.rows import ADDED, BadFile, Row, Wrong
from services.cli.importing.source import MAX_ROW_BYTES, MAX_ROWS, Line, Source, decoded

DELIMITERS: Final = (",", ";", "\t")
MAX_COLUMNS: Final = 500
SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])\r?\n?")
"""A line that tells spreadsheets how columns are separated."""


class Table:
    """A CSV file.

    Attributes:
        header: its first row as it stands.
        delimiter: what separates its columns.
    """

    def __init__(self, source: Source, layout: Layout, kind: str) -> None:
        self._source = source
        self._kind = kind
        self._layout = layout
        self.delimiter, self._told = _delimiter(source, layout)
        reader = _reader(source, self.delimiter, told=self._told)
        header: list[str] | None = None
        for _ in range(1 + self._told):
            header = next(reader, (0, None))[1]
        reader.close()
        if header is None:
            raise BadFile("it has no header")
        self.header = header
        self._columns = self._matched()

    def rows(self) -> Iterator[Row]:
        """Every row below the header that says something.

        Raises:
            BadFile: from here on nobody can say where a row begins.
        """
        for number, cells in _reader(self._source, self.delimiter, told=self._told):
            if number == 1 + self._told or not any(map(str.strip, cells)):
                continue
            if number > MAX_ROWS:
                raise BadFile(f"it has more than {MAX_ROWS:,} rows: split it")
            yield self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> Row:
        if any("\0" in cell for cell in cells):
            return Row(number, cells, wrong=(Wrong("", "this row holds a NUL character"),))
        if len(cells) < len(self.header):
            what = f"this row has {len(cells)} cells, and the header {len(self.header)}"
            return Row(number, cells, wrong=(Wrong("", what),))
        nameless = [
            Wrong(f"column {_letters(index)}", "this column has no name in the header")
            for index, cell in enumerate(cells)
            if cell.strip() and (index >= len(self.header) or not self.header[index].strip())
        ]
        if nameless:
            return Row(number, cells, wrong=tuple(nameless))
        said = [restored(cell).replace("\r\n", "\n") for cell in cells]
        return Row(number, cells, tree=self._layout.plant(self._columns, said))

    def _matched(self) -> Sequence[Column | None]:
        names = [name.strip().lower() for name in self.header]
        if len(names) > MAX_COLUMNS:
            raise BadFile(f"it has more than {MAX_COLUMNS} columns")
        columns = [None if name in ADDED else self._layout.find(name) for name in names]
        ask = f"`throughline import --columns {self._kind}` lists them"
        if sum(map(bool, columns)) * 2 < sum(map(bool, names)):
            raise BadFile(f"its first row must be the names of the columns: {ask}")
        known = [column.name for column in columns if column is not None]
        for name in known:
            if known.count(name) > 1:
                raise BadFile(f"there are two columns {name}: remove one of them")
        for index, (name, column) in enumerate(zip(names, columns, strict=True)):
            if name and column is None and name not in ADDED:
                # The name itself is not told: it may be somebody's data, above which no header was.
                raise BadFile(
                    f"column {_letters(index)} has a name that is not known"
                    f"{self._meant(name)}: {ask}"
                )
        lacking = [name for name in self._layout.needed if name not in known]
        if lacking:
            raise BadFile(f"it lacks the columns {', '.join(lacking)}: {ask}")
        return columns

    def _meant(self, name: str) -> str:
        close = difflib.get_close_matches(
            re.sub(r"[1-9][0-9]?", "N", name.replace(" ", "_")),
            [column.name for column in self._layout.columns],
            n=1,
            cutoff=0.8,
        )
        return f" (is {close[0]} meant?)" if close else ""


def _reader(
    source: Source, delimiter: str, *, told: bool
) -> Generator[tuple[int, list[str]], None, None]:
    """Every record with its number, the first being 1."""
    csv.field_size_limit(MAX_ROW_BYTES)
    text = _Text(source.lines())
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    while True:
        text.begin(number + 1)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadFile(
                f"row {number + 1} is no CSV: a quotation mark that begins a cell must end it, and "
                'one inside is written twice (""). Nothing from there on can be read'
            ) from None
        number += 1
        yield number, [] if told and number == 1 else cells


class _Text:
    """The lines of a file as text, for as long as a row is not too long."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._row = 0
        self._size = 0

    def begin(self, row: int) -> None:
        """A row begins."""
        self._row = row
        self._size = 0

    def __iter__(self) -> "_Text":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if line.content is not None:
            self._size += len(line.content)
        if line.content is None or self._size > MAX_ROW_BYTES:
            raise BadFile(
                f"row {self._row} is longer than {MAX_ROW_BYTES // 1024} KiB: perhaps a quotation "
                "mark is missing in it"
            )
        return decoded(line.content, f"row {self._row}")


def _delimiter(source: Source, layout: Layout) -> tuple[str, bool]:
    """What separates columns, and whether the first line says so: what makes most names known."""
    first = next(source.lines()).content or b""
    line = decoded(first, "row 1")
    if told := SEPARATOR_LINE.fullmatch(line):
        return told[1], True
    known = {
        delimiter: sum(
            layout.find(name.strip('" \r\n')) is not None for name in line.split(delimiter)
        )
        for delimiter in DELIMITERS
    }
    return max(DELIMITERS, key=lambda delimiter: known[delimiter]), False


def _letters(index: int) -> str:
    """A column as spreadsheets name it: A to Z, AA and on."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
