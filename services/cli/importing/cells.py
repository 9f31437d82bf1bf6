"""Cells that a spreadsheet would take for a formula.

We never evaluate anything. But whoever mends a file that we wrote opens it in a program that does,
and what begins with `=`, `+`, `-` or `@` (or a tab or line break before something else) would be
carried out there. Such a cell is written with an apostrophe before it, and read without.
"""

import re

BEGINS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""The signs, and the wide forms that East Asian spreadsheets take for them."""

DANGEROUS = re.compile(rf"'*\s*{BEGINS}")
MARKED = re.compile(rf"'+\s*{BEGINS}")


def harmless(cell: str) -> str:
    """A cell as we write it."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """A cell as it was before `harmless`; any other stays as it is."""
    return cell[1:] if MARKED.match(cell) else cell
