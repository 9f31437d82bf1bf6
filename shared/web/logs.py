"""Logs that cannot hold a person: fixed sentences, and values that are ids, numbers or codes.

Anything else is left out, whoever put it in: a log is copied, kept and read in places where no key
can be destroyed.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog

CODE = re.compile(r"[A-Za-z0-9._:/{}=-]{1,80}")
ALLOWED = {
    "event", "level", "timestamp", "service", "request", "method", "route", "status",
    "milliseconds", "store", "position", "lag", "fault", "at", "attempt", "source", "port",
}  # fmt: skip


def clean(_logger: Any, _method: str, values: MutableMapping[str, Any]) -> Any:
    """Structlog processor: keep what is known to be harmless, leave out the rest."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name == "event":
            kept[name] = value
        elif name in ALLOWED and _harmless(value):
            kept[name] = str(value) if isinstance(value, UUID | datetime) else value
    return kept


def _harmless(value: Any) -> bool:
    if isinstance(value, str):
        return CODE.fullmatch(value) is not None
    if isinstance(value, list):
        return all(_harmless(item) for item in value)
    return isinstance(value, bool | int | float | UUID | datetime)


def set_up(service: str) -> None:
    """One JSON line an event, on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            clean,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries speak through the standard library's logging: asyncio prints the exception of a task
    # that nobody awaited, uvicorn one that it did not expect, and their text may hold anything.
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    sys.excepthook = _unhandled


STANDARD_ERROR = 2


class _Lines:
    """Standard error, a whole line in one write: a process that dies leaves no half of one.

    A line for which there is no room is lost, and nothing else is. A full disk once ended every
    task that wanted to say that something was wrong: saying it failed too, and nobody saw it end.
    """

    def __init__(self, *_names: object) -> None:
        pass

    def msg(self, line: str) -> None:
        """Write it."""
        with suppress(OSError):
            os.write(STANDARD_ERROR, line.encode(errors="replace") + b"\n")

    debug = info = warning = error = critical = exception = fatal = log = msg


class _Libraries(logging.Handler):
    """What libraries log: who spoke, the kind of fault and its place, and no word of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record without its text."""
        reason = record.exc_info[1] if record.exc_info else None
        if reason is None and isinstance(record.msg, BaseException):
            reason = record.msg
        structlog.get_logger().warning(
            "a library logged",
            source=record.name,
            fault=type(reason).__name__ if reason is not None else record.levelname,
            at=where(reason) if reason is not None else [],
        )


def _unhandled(
    kind: type[BaseException], reason: BaseException, _trace: TracebackType | None
) -> None:
    structlog.get_logger().critical("fault", fault=kind.__name__, at=where(reason))


def where(reason: BaseException) -> list[str]:
    """Where an exception came from: files and lines of ours, never its text."""
    frames = traceback.extract_tb(reason.__traceback__)
    return [
        f"{frame.filename.rpartition('/services/')[2].rpartition('/shared/')[2]}:{frame.lineno}"
        for frame in frames
        if "/services/" in frame.filename or "/shared/" in frame.filename
    ][-5:]
