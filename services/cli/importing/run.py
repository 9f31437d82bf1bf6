"""An import from beginning to end: the whole file is checked first, then sent."""

import ssl
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from services.cli.importing.access import NotSent, Target
from services.cli.importing.checking import Checker
from services.cli.importing.columns import layout_of
from services.cli.importing.csv_rows import Table
from services.cli.importing.failed import FailedRows
from services.cli.importing.json_rows import Lines
from services.cli.importing.kinds import Kind
from services.cli.importing.rows import BadFile
from services.cli.importing.sending import TIMEOUT_SECONDS, Sender
from services.cli.importing.source import Source
from services.cli.importing.telling import Teller
from services.cli.interrupting import ended_in_order
from services.cli.progress import Told

KIB = 1024


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        target: where to; None to check the file only.
        rehearse: ask the service, and let it store nothing.
        keep_going: send every row that is right, and write the others to an exception file.
    """

    file: Path
    kind: Kind
    secret: bytes
    target: Target | None = None
    rehearse: bool = False
    keep_going: bool = False
    at_once: int = 8
    authorities: Path | None = None
    patience: float = 300.0


@dataclass
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    wrong: int = 0
    repeated: int = 0
    became: dict[str, int] = field(default_factory=dict)
    stopped_at: int | None = None
    stored_after: int = 0

    def count(self, became: str) -> None:
        """One more."""
        self.became[became] = self.became.get(became, 0) + 1
        # Rows are sent several at once: some after the refused one were under way.
        self.stored_after += self.stopped_at is not None and became == "stored"

    def of(self, became: str) -> int:
        """How many."""
        return self.became.get(became, 0)

    @property
    def failed(self) -> int:
        """Rows that are not in, and will not be."""
        return max(self.wrong, self.of("refused"))


async def run(plan: Plan, told: Told, teller: Teller) -> bool:
    """Import a file.

    Returns:
        Whether all of it is right, and in where it was to be.

    Raises:
        BadFile: the file cannot be read as what it should be. Nothing was sent.
        NotSent: the service cannot be reached, or does not know us.
    """
    with Source(plan.file) as source:
        table = _table(source, plan.kind)
        tally = _check(source, table, plan, told, teller)
        if not tally.rows:
            raise BadFile("it has no rows")
        if tally.wrong and not plan.keep_going and not plan.rehearse:
            teller.not_begun(tally.rows, tally.wrong)
            return False
        if plan.target is None:
            teller.checked(tally.rows, tally.wrong, tally.repeated)
            return not tally.wrong
        failed = FailedRows(
            plan.file,
            table.header if isinstance(table, Table) else None,
            table.delimiter if isinstance(table, Table) else ",",
        )
        try:
            await _send(source, table, plan, tally, failed, told, teller)
            written = failed.finish()
        finally:
            # Of an import that did not come to its end: the same command again finds them anew.
            failed.discard()
        if written is not None:
            teller.written(written, failed.count)
        return teller.summed_up(tally, rehearsed=plan.rehearse)


def _table(source: Source, kind: Kind) -> Table | Lines:
    if source.head.lstrip().startswith((b"{", b"[")):
        return Lines(source)
    return Table(source, layout_of(kind.body), kind.name)


def _check(source: Source, table: Table | Lines, plan: Plan, told: Told, teller: Teller) -> Tally:
    tally = Tally()
    for checked in Checker(plan.kind, plan.secret).check(table.rows()):
        tally.rows += 1
        tally.repeated += checked.same_as is not None
        if checked.wrong:
            tally.wrong += 1
            if not plan.keep_going and not plan.rehearse:
                teller.wrong(checked.row.number, checked.wrong)
        told("checking, in KiB", source.read // KIB, max(source.size // KIB, 1))
    source.refuse_if_changed()
    return tally


async def _send(
    source: Source,
    table: Table | Lines,
    plan: Plan,
    tally: Tally,
    failed: FailedRows,
    told: Told,
    teller: Teller,
) -> None:
    assert plan.target is not None  # noqa: S101 (the caller looked)
    checker = Checker(plan.kind, plan.secret)
    stage = "asking, in rows" if plan.rehearse else "sending, in rows"
    sender = Sender(
        _connecting(plan.target, plan),
        plan.target,
        plan.kind,
        rehearse=plan.rehearse,
        at_once=plan.at_once,
        patience=plan.patience,
    )
    done = 0
    with ended_in_order():
        async with aclosing(sender.outcomes(checker.check(table.rows()))) as outcomes:
            async for outcome in outcomes:
                done += 1
                tally.count(outcome.became)
                if outcome.became == "refused":
                    teller.wrong(outcome.checked.row.number, outcome.wrong)
                    if plan.keep_going and not plan.rehearse:
                        failed.add(outcome.checked.row, outcome.wrong)
                    elif not plan.rehearse:
                        tally.stopped_at = tally.stopped_at or outcome.checked.row.number
                        sender.stop()
                told(stage, done, tally.rows)
    source.refuse_if_changed()


def _connecting(target: Target, plan: Plan) -> Callable[[], httpx.AsyncClient]:
    try:
        authorities = ssl.create_default_context(
            cafile=str(plan.authorities) if plan.authorities is not None else None
        )
    except OSError:
        raise NotSent("the file of --ca cannot be read as certificates") from None
    return lambda: httpx.AsyncClient(
        verify=authorities,
        timeout=TIMEOUT_SECONDS,
        limits=httpx.Limits(max_connections=1),
        # What is for this machine goes through no proxy.
        trust_env=not target.on_this_machine,
    )
