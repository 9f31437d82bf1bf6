"""PostgreSQL's own programs for dumping and restoring, run so that no password is seen."""

import asyncio
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.cli.backup.manifest import BackupError
from shared.embedded.binaries import find_postgres


async def dump(url: str, *, snapshot: str, to: Path, leave_out: str | None = None) -> None:
    """Dump a database as one moment saw it.

    Args:
        url: the database, as its superuser.
        snapshot: an exported snapshot, held open by whoever exported it.
        to: the file to write.
        leave_out: a pattern of schemas that are not dumped.

    Raises:
        BackupError: pg_dump failed.
    """
    options = ["--format=custom", "--compress=1", f"--snapshot={snapshot}", f"--file={to}"]
    if leave_out is not None:
        options.append(f"--exclude-schema={leave_out}")
    await _run("pg_dump", url, *options)


async def restore(url: str, *, dumped: Path) -> None:
    """Restore a dump into an empty database, all of it or nothing.

    Raises:
        BackupError: pg_restore failed.
    """
    await _run("pg_restore", url, "--exit-on-error", "--single-transaction", str(dumped))


async def _run(program: str, url: str, *options: str) -> None:
    folder = find_postgres()
    path = folder / program
    if not path.is_file():
        raise BackupError(
            f"{program} was not found in {folder}: install PostgreSQL's client programs there"
        )
    parts = urlsplit(url)
    process = await asyncio.create_subprocess_exec(
        path,
        f"--dbname={parts.path.removeprefix('/')}",
        "--no-password",
        *options,
        # In the environment only: everybody on a machine can read another's command line.
        env=os.environ
        | {
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port or 5432),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, words = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        # Its words may quote a row; only their first line's kind is repeated.
        kind = words.decode(errors="replace").splitlines()[0] if words else "no reason given"
        raise BackupError(f"{program} failed for {parts.path.removeprefix('/')}: {kind[:200]}")
