"""Making files to import. Everybody in them is invented."""

import csv
import io
import json
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from services.cli.importing.columns import layout_of
from services.cli.importing.kinds import KINDS

CANARY = "Zqxwv"
"""Stands in what is wrong; nothing that is said may repeat it."""


def example(kind: str, **changed: Any) -> dict[str, Any]:
    """The example of a kind's request, with fields changed."""
    config: Any = KINDS[kind].body.model_config
    found: dict[str, Any] = deepcopy(config["json_schema_extra"]["examples"][0])
    return {name: value for name, value in (found | changed).items() if value is not None}


def cells(kind: str, **changed: Any) -> dict[str, str]:
    """A row of a table."""
    return cells_of(kind, example(kind, **changed))


def cells_of(kind: str, document: dict[str, Any]) -> dict[str, str]:
    """A document as a row of a table."""
    return layout_of(KINDS[kind].body).cells(document)


def table(rows: Iterable[dict[str, str]], *, delimiter: str = ",", end: str = "\r\n") -> bytes:
    """Rows as a CSV file."""
    rows = list(rows)
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    for row in rows:
        writer.writerow(row.get(name, "") for name in header)
    return text.getvalue().encode()


def lines(documents: Iterable[Any]) -> bytes:
    """Documents as an NDJSON file."""
    return "".join(json.dumps(document) + "\n" for document in documents).encode()


def small_report(number: int, **changed: Any) -> dict[str, Any]:
    """A short report under a number of its own."""
    return {
        "force": "northvale-police",
        "force_reference": f"NV/T/{number:06}",
        "report_version": 1,
        "concern": "missing",
        "missing_from": "home",
        "missing_since": "2015-03-27T18:00:00Z",
        "reported_at": "2015-03-27T20:15:00Z",
        "risk": {"level": "medium"},
        "at_risk_of_exploitation": "unknown",
        "known_to_social_care": "no",
        "circumstances": "Not back from school.",
        "child": {"names": [{"full": f"Invented Child {number}"}], "date_of_birth": "2001-02-15"},
        **changed,
    }


def kept(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content)
    return path
