"""A row of a file, as it was read: and why a file cannot be read at all."""

from dataclasses import dataclass
from typing import Any

from services.cli.importing.columns import Tree


class BadFile(Exception):
    """The file cannot be imported; the message says why and what to do, and repeats none of it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with a row.

    Attributes:
        where: the column or field; empty for the row as a whole.
        what: what to do about it; never the value that was given.
    """

    where: str
    what: str

    def __str__(self) -> str:
        """For a list of them."""
        return f"{self.where}: {self.what}" if self.where else self.what


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Attributes:
        number: as a spreadsheet shows it (the header is 1), or the line of an NDJSON file.
        given: what stood there: cells, or a line; None where it was too long to keep.
        tree: what it says, lists as objects by item number; None where that cannot be read.
        wrong: why not.
    """

    number: int
    given: list[str] | bytes | None
    tree: Tree | None = None
    wrong: tuple[Wrong, ...] = ()


Document = dict[str, Any]

ADDED = ("import_row", "import_errors")
"""What an exception file has beside the row's own columns. Imported, they are ignored."""
