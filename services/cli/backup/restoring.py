"""Restoring a backup into an empty machine: all of it, checked, or no trace of it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.cli.backup.manifest import BackupError, Manifest, mark_of, read_manifest
from services.cli.backup.programs import restore
from services.cli.backup.verifying import Verified, verify
from services.cli.provision import (
    make_databases,
    make_roles_and_databases,
    secrets_in,
    with_database,
)
from services.topology import SERVICES, VAULT_DATABASE
from shared.embedded import Postgres

Tell = Callable[[str, int, int], None]
"""(what is being done, how many steps are done, of how many)"""


def restore_into(data: Path, *, backup: Path, tell: Tell = lambda *_: None) -> Verified:
    """Restore a backup into a folder that does not exist yet, and check it.

    The streams are not in a backup: the relays fill them again from the stores. Views that are not
    in it are folded again at the first start.

    Args:
        data: the installation's folder to be.
        backup: what `back_up` made. Its folders `vault` and `keys` may have been kept elsewhere and
            put back beside `stores`.
        tell: progress.

    Raises:
        BackupError: the backup is not whole, the folder is not empty, or what was restored is not
            what was backed up. Nothing is left of it then.
        EmbeddedError: PostgreSQL cannot run there.
    """
    manifest = read_manifest(backup)
    steps = len(SERVICES) + 5
    tell("checking the backup", 0, steps)
    _check_files(backup, manifest)
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data} is not empty: restore into a folder that does not exist yet")
    making = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    try:
        tell("putting back the keys", 1, steps)
        shutil.copytree(backup / "keys", making / "keys")
        (making / "keys").chmod(0o700)
        with Postgres(making) as postgres:
            verified = asyncio.run(_fill(postgres.url, making, backup, manifest, tell, steps))
        _refuse_if_not_whole(verified)
        if data.exists():
            data.rmdir()
        making.rename(data)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    tell("done", steps, steps)
    return verified


def _refuse_if_not_whole(verified: Verified) -> None:
    if verified.findings:
        first = verified.findings[0]
        raise BackupError(
            f"what was restored is not whole: {first.store}: {first.what}. Use another backup"
        )


def _check_files(backup: Path, manifest: Manifest) -> None:
    for name, mark in manifest.files.items():
        path = backup / name
        if not path.is_file():
            raise BackupError(
                f"{path} is missing: put back what was kept elsewhere, in its place beside the rest"
            )
        if mark_of(path) != mark:
            raise BackupError(f"{path} is not the file that was backed up: use another backup")
    names = {f"stores/{name}.dump" for name in SERVICES} | {"vault/vault.dump", "keys/master.json"}
    if lacking := sorted(names - manifest.files.keys()):
        raise BackupError(
            f"the backup has no {lacking[0]}: it was made by an older Throughline. Restore it with "
            "that one, and upgrade then"
        )


async def _fill(
    admin_url: str, folder: Path, backup: Path, manifest: Manifest, tell: Tell, steps: int
) -> Verified:
    passwords = secrets_in(folder).database
    tell("making roles and databases", 2, steps)
    await make_roles_and_databases(admin_url, passwords)
    for done, (name, service) in enumerate(SERVICES.items(), 3):
        tell(f"restoring {name}", done, steps)
        url = with_database(admin_url, service.database)
        await restore(url, dumped=backup / "stores" / f"{name}.dump")
        if service.keeps_views and not manifest.views:
            await _forget_views(url)
    tell("restoring the vault", steps - 2, steps)
    await restore(with_database(admin_url, VAULT_DATABASE), dumped=backup / "vault" / "vault.dump")
    # The same that every start does: rights of this machine's roles, and tables that are newer.
    await make_databases(admin_url, passwords)
    tell("verifying", steps - 1, steps)
    return await verify(admin_url, against=manifest)


async def _forget_views(url: str) -> None:
    """The views are not in the backup, so none is being shown: the first start folds them."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DELETE FROM archive.showing")
    finally:
        await connection.close()
