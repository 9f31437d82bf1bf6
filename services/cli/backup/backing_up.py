"""Making a backup: every store, the vault, the archive and the keys, as of one moment."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from services.cli.backup.cut import Snapshot, cut
from services.cli.backup.manifest import (
    VERSION,
    BackupError,
    Manifest,
    mark_of,
    write_manifest,
)
from services.cli.backup.programs import dump
from services.topology import SERVICES

VIEW_SCHEMAS = "views_v*"
"""The folded views hold opened text, and can be folded again from the archive."""

Tell = Callable[[str, int, int], None]
"""(what is being done, how many steps are done, of how many)"""


def back_up(
    *, admin_url: str, keys: Path, to: Path, views: bool = False, tell: Tell = lambda *_: None
) -> Manifest:
    """Back an installation up, while it runs.

    The folder gets its name only when it is whole, so that what an interruption leaves is never
    taken for a backup.

    Args:
        admin_url: its PostgreSQL, as the superuser.
        keys: the folder of its keyrings and token keys.
        to: a folder that does not exist yet.
        views: also what can be folded again. It is opened text: the backup then holds people's
            data in the clear.
        tell: progress.

    Raises:
        BackupError: the folder exists, or a program failed.
    """
    if to.exists():
        raise BackupError(f"{to} exists already: name a folder that does not, one for each backup")
    to.parent.mkdir(parents=True, exist_ok=True)
    making = to.with_name(f"{to.name}.partial")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    try:
        manifest = asyncio.run(_write(admin_url, making, keys, views=views, tell=tell))
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    write_manifest(making, manifest)
    making.rename(to)
    return manifest


async def _write(admin_url: str, folder: Path, keys: Path, *, views: bool, tell: Tell) -> Manifest:
    async with cut(admin_url) as made:
        steps = len(made.snapshots) + 2
        tell("marking the stores", 0, steps)
        stores = await made.marks()
        paths: list[Path] = []
        for done, (name, snapshot) in enumerate(made.snapshots.items(), 1):
            tell(f"dumping {name}", done, steps)
            paths.append(await _dump(name, snapshot, folder, views=views))
    tell("copying the keys", steps - 1, steps)
    paths.extend(_copy_keys(keys, folder / "keys"))
    files = {str(path.relative_to(folder)): mark_of(path) for path in paths}
    tell("done", steps, steps)
    return Manifest(version=VERSION, made_at=made.at, views=views, stores=stores, files=files)


async def _dump(name: str, snapshot: Snapshot, folder: Path, *, views: bool) -> Path:
    place = folder / ("vault" if name == "vault" else "stores")
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / f"{name}.dump"
    keeps_views = name in SERVICES and SERVICES[name].keeps_views
    await dump(
        snapshot.url,
        snapshot=snapshot.name,
        to=path,
        leave_out=VIEW_SCHEMAS if keeps_views and not views else None,
    )
    path.chmod(0o600)
    return path


def _copy_keys(keys: Path, to: Path) -> list[Path]:
    to.mkdir(mode=0o700)
    copies = []
    for path in sorted(keys.glob("*.json")):
        copy = to / path.name
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        copies.append(copy)
    return copies
