"""The rows of an NDJSON file: one JSON object a line."""

from collections.abc import Iterator
from typing import Any, Final

from services.cli.importing.rows import ADDED, BadFile, Row, Wrong
from services.cli.importing.source import MAX_ROW_BYTES, MAX_ROWS, Source, decoded
from shared.web.limits import Unclean, check_json

BROKEN: Final = "import_line"
"""In an exception file: a line that was no JSON, as it stood."""


class Lines:
    """An NDJSON file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        if source.head.lstrip().startswith(b"["):
            raise BadFile(
                "it is one JSON list: write each of its objects on a line of its own, without "
                "brackets around them or commas between them (jq -c '.[]')"
            )
        if source.head.split()[0] == b"{" and b"\n" in source.head.lstrip()[:3]:
            raise BadFile("its objects run over many lines: write each on one line (jq -c .)")

    def rows(self) -> Iterator[Row]:
        """Every line that is not blank."""
        for line in self._source.lines():
            if line.number > MAX_ROWS:
                raise BadFile(f"it has more than {MAX_ROWS:,} lines: split it")
            if line.content is None:
                what = f"this line is longer than {MAX_ROW_BYTES // 1024} KiB"
                yield Row(line.number, None, wrong=(Wrong("", what),))
            elif line.content.strip():
                decoded(line.content, f"line {line.number}")
                yield _row(line.number, line.content.strip())


def _row(number: int, content: bytes) -> Row:
    try:
        document: Any = check_json(content)
    except Unclean as reason:
        said = reason.detail.replace("the body", "this line")
        if reason.detail == "the body is not JSON":
            said += ": write one whole object on each line"
        return Row(number, content, wrong=(Wrong("", said),))
    if not isinstance(document, dict):
        return Row(number, content, wrong=(Wrong("", "this line is no JSON object"),))
    if BROKEN in document:
        what = f"write the mended object here, in place of the one with {BROKEN}"
        return Row(number, content, wrong=(Wrong("", what),))
    return Row(
        number,
        content,
        tree={name: value for name, value in document.items() if name not in ADDED},
    )
