"""A PostgreSQL database cluster: who owns it, which programs run it, and how it is made."""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from shared.embedded.binaries import (
    OLDEST_POSTGRES,
    Account,
    copy_postgres,
    find_postgres,
    new_copy_folder,
    postgres_version,
    remove_copy,
)
from shared.embedded.errors import EmbeddedError, NotAvailable
from shared.embedded.folder import Folder

ADMIN = "throughline_admin"
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
FIRST_WITH_BUILTIN_LOCALES = 17
FIRST_TO_STAY = (
    16  # before, its programs left the folder they were started in, and came back by name
)
INITDB_PATIENCE = 120.0
UNFINISHED = "cluster.unfinished-"
# Through this path a process reaches the folder it works in even if it may not pass through the
# folders above, which are closed to other accounts where somebody works in root's home.
HERE = Path("/proc/self/cwd")


class Programs(NamedTuple):
    """The PostgreSQL to run.

    Attributes:
        folder: where `postgres` and `initdb` are.
        version: the major version.
    """

    folder: Path
    version: int


def account_for(cluster: Path) -> Account | None:
    """Whom to run PostgreSQL as: ourselves (None), or somebody without rights where we are root.

    Raises:
        EmbeddedError: we are root and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and there is no account '{UNPRIVILEGED}': run this as"
            " an ordinary user, or set DATABASE_URL to a server that runs."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def programs_for(folder: Folder, account: Account | None) -> Programs:
    """The programs to run as an account.

    If the account cannot read them where they are (root's home is closed to others), a copy that
    it can read is made in the temporary folder: programs only, so no data is lost with it.

    Raises:
        NotAvailable: PostgreSQL is not installed, or too old.
        EmbeddedError: it does not run.
    """
    remove_private_copy(folder)
    found = find_postgres()
    version = postgres_version(found, account)
    if version is None and account is not None:
        copy = new_copy_folder()
        folder.write("copy", f"{copy}\n")
        found = copy_postgres(found, copy)
        version = postgres_version(found, account)
    if version is None:
        who = "here" if account is None else f"as the account {account.uid}"
        raise EmbeddedError(
            f"the PostgreSQL in {found} does not run {who}: install one that does, or set"
            " DATABASE_URL to a server that runs."
        )
    if version < OLDEST_POSTGRES:
        raise NotAvailable(
            f"PostgreSQL {OLDEST_POSTGRES} or later is needed and {found} holds {version}: install"
            " a later one, or set DATABASE_URL to a server that runs."
        )
    return Programs(found, version)


def remove_private_copy(folder: Folder) -> None:
    """Removes the copy that programs_for made, if it made one. No server may run from it."""
    copy = folder.read("copy")
    if copy:
        remove_copy(Path(copy.strip()))
        folder.remove("copy")


def password_of(folder: Folder, cluster: Path, programs: Programs) -> str:
    """The superuser's password of a cluster that these programs can run.

    Raises:
        EmbeddedError: the cluster is not ours, or of another version.
    """
    password = folder.read("password")
    made_by = _made_by(cluster)
    if password is None or made_by is None:
        raise EmbeddedError(
            f"{cluster} is not whole, or {folder.path / 'password'} is gone: put back what is"
            " missing, or move the folder away to begin with an empty one."
        )
    if made_by != str(programs.version):
        raise EmbeddedError(
            f"{cluster} was made by PostgreSQL {made_by} and this is {programs.version}: install"
            f" PostgreSQL {made_by}, or move the folder away to begin with an empty one."
        )
    return password.strip()


def make_cluster(
    folder: Folder, cluster: Path, programs: Programs, account: Account | None
) -> None:
    """Runs initdb. The cluster gets its name only when it is whole.

    What an initdb that was killed has left bears another name, is thereby known to hold nobody's
    data, and is removed. Each attempt has a name of its own, because an initdb whose owner was
    killed may still be writing.

    Raises:
        EmbeddedError: it failed.
    """
    for left in folder.path.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = folder.path / f"{UNFINISHED}{secrets.token_hex(4)}"
    given = folder.path / "password.initdb"
    password = secrets.token_urlsafe(24)
    try:
        unfinished.mkdir(mode=0o700)
        folder.write("password", f"{password}\n")
        folder.write(given.name, f"{password}\n")
        if account is not None:
            os.chown(unfinished, *account)
            os.chown(given, *account)
        _initdb(programs, account, unfinished)
        folder.put(unfinished, cluster.name)
    except OSError as error:
        raise EmbeddedError(
            f"the database cluster cannot be made in {folder.path} ({error.strerror}): give a data"
            " folder on a disk of this machine that has room, or run this as an ordinary user."
        ) from error
    finally:
        given.unlink(missing_ok=True)


def path_for(programs: Programs, account: Account | None, folder: Path) -> Path:
    """How programs that run as an account name a folder of its own that they are started in.

    Raises:
        EmbeddedError: it cannot reach it by any name.
    """
    if account is None:
        return folder
    reached = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", "-c", 'cd "$1"', "sh", folder],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    if reached.returncode == 0:
        return folder
    if programs.version < FIRST_TO_STAY or not HERE.exists():
        raise EmbeddedError(
            f"PostgreSQL {programs.version} cannot reach {folder} as the account {account.uid}:"
            " give a data folder that every account can pass through to, or run this as an ordinary"
            " user."
        )
    return HERE


def _initdb(programs: Programs, account: Account | None, cluster: Path) -> None:
    # The C rules sort by code point, everywhere and for ever alike: an index outlives the C library
    # that it was sorted with.
    locale = ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=en_US.UTF-8"]
    if programs.version >= FIRST_WITH_BUILTIN_LOCALES:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    elif sys.platform != "linux":
        locale += ["--lc-collate=C"]
    try:
        done = subprocess.run(  # noqa: S603 - a program that find_postgres found, and no shell
            [
                programs.folder / "initdb",
                f"--pgdata={path_for(programs, account, cluster)}",
                f"--username={ADMIN}",
                "--pwfile=../password.initdb",
                "--auth=scram-sha-256",
                "--data-checksums",
                "--encoding=UTF8",
                *locale,
            ],
            cwd=cluster,
            env={"PATH": os.defpath, "TZ": "UTC", "LC_MESSAGES": "C"},
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INITDB_PATIENCE,
        )
    except subprocess.SubprocessError as error:
        raise EmbeddedError(f"initdb did not end well in {cluster}: {error}.") from error
    if done.returncode != 0:
        words = " / ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise EmbeddedError(f"initdb failed in {cluster}: {words}")


def _made_by(cluster: Path) -> str | None:
    """The major version that made a cluster; None if it does not say."""
    try:
        return (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return None
