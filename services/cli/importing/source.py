"""Opening a file that somebody gave us, and reading it line by line, never whole."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from services.cli.importing.rows import BadFile
from shared.web.limits import MAX_BODY_BYTES

MAX_FILE_BYTES: Final = 2 * 1024**3
"""A million reports of two kilobytes. What is larger can be split and imported in parts."""

MAX_ROW_BYTES: Final = MAX_BODY_BYTES
"""A row becomes a request, which may not be larger."""

MAX_ROWS: Final = 1_000_000

HEAD: Final = 4096

UTF8_MARK: Final = b"\xef\xbb\xbf"
SAVE_AS_UTF8: Final = (
    "save it as UTF-8 (a spreadsheet calls that `CSV UTF-8`), and import that file"
)

NOT_TEXT: Final = (
    (b"\x1f\x8b", "it is compressed (gzip): unpack it first"),
    (b"PK\x03\x04", "it is a workbook or a zip file: save the sheet as `CSV UTF-8`"),
    (b"\xd0\xcf\x11\xe0", "it is a workbook of an old spreadsheet: save the sheet as `CSV UTF-8`"),
    (b"BZh", "it is compressed (bzip2): unpack it first"),
    (b"\xfd7zXZ\x00", "it is compressed (xz): unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed (zstd): unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "it is compressed (7z): unpack it first"),
    (b"%PDF", "it is a PDF"),
    (b"SQLite format 3\0", "it is a database"),
    (b"\xff\xfe\0\0", f"it is UTF-32 text: {SAVE_AS_UTF8}"),
    (b"\0\0\xfe\xff", f"it is UTF-32 text: {SAVE_AS_UTF8}"),
    (b"\xff\xfe", f"it is UTF-16 text: {SAVE_AS_UTF8}"),
    (b"\xfe\xff", f"it is UTF-16 text: {SAVE_AS_UTF8}"),
)
"""How what is no UTF-8 text begins, and what to say of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end; None where it was too long to keep."""

    number: int
    content: bytes | None


class Source:
    """An open file, which can be read several times.

    Attributes:
        size: in bytes, when it was opened.
        read: how many bytes this reading has come to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self._file = _opened(path)
        found = os.fstat(self._file.fileno())
        self._as_opened = (found.st_size, found.st_mtime_ns)
        self.size = found.st_size
        try:
            self._check()
        except BadFile:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        reason: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def head(self) -> bytes:
        """How it begins, without the mark of UTF-8."""
        self._file.seek(0)
        return self._file.read(HEAD).removeprefix(UTF8_MARK)

    def lines(self) -> Iterator[Line]:
        """Every line from the beginning.

        Raises:
            BadFile: it is larger, or has more lines, than it may.
        """
        self._file.seek(0)
        self.read = 0
        number = 0
        while content := self._file.readline(MAX_ROW_BYTES + 1):
            number += 1
            self.read += len(content)
            whole = content.endswith(b"\n") or len(content) <= MAX_ROW_BYTES
            if not whole:
                self._skip()
            if self.read > MAX_FILE_BYTES:
                # It grew, or never told its size.
                raise BadFile(TOO_LARGE)
            if number == 1:
                content = content.removeprefix(UTF8_MARK)
            yield Line(number, content if whole else None)

    def refuse_if_changed(self) -> None:
        """Whoever imports reads twice, and both must have read the same.

        Raises:
            BadFile: it was written to meanwhile.
        """
        found = os.fstat(self._file.fileno())
        if (found.st_size, found.st_mtime_ns) != self._as_opened:
            raise BadFile("it was changed while it was being read: import it again when it is done")

    def _skip(self) -> None:
        while part := self._file.readline(HEAD):
            self.read += len(part)
            if part.endswith(b"\n") or self.read > MAX_FILE_BYTES:
                return

    def _check(self) -> None:
        if self.size > MAX_FILE_BYTES:
            raise BadFile(TOO_LARGE)
        head = self.head
        if not head.strip():
            raise BadFile("it is empty")
        for mark, what in NOT_TEXT:
            if head.startswith(mark):
                raise BadFile(what)
        if re.search(rb"^(?:[^\0]\0){4}|^(?:\0[^\0]){4}", head, re.DOTALL):
            raise BadFile(f"it is UTF-16 text: {SAVE_AS_UTF8}")
        if b"\r" in head and b"\n" not in head and len(head) == HEAD:
            raise BadFile("its lines end as on very old machines (CR alone): save it with LF")


TOO_LARGE = f"it is larger than {MAX_FILE_BYTES // 1024**3} GiB: split it, and import each part"


def decoded(content: bytes, where: str) -> str:
    """Text of a file.

    Raises:
        BadFile: it is not UTF-8. The whole file is refused, for all of it was written alike.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise BadFile(
            f"{where} has letters that are not UTF-8, perhaps Windows-1252: {SAVE_AS_UTF8}"
        ) from None


def _opened(path: Path) -> BinaryIO:
    try:
        # Without O_NONBLOCK, opening a pipe would wait for whoever writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as reason:
        if reason.errno == errno.ELOOP:
            raise BadFile("it is a symbolic link: name the file itself") from None
        raise BadFile(f"it cannot be read: {reason.strerror}") from None
    except ValueError:
        raise BadFile("there can be no file of that name") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "no ordinary file (a device or a pipe)"
        raise BadFile(f"it is {kind}: name a file, which can be read twice")
    return os.fdopen(descriptor, "rb")
