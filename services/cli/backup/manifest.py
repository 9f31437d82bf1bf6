"""What a backup says about itself: which stores up to which event, and what its files must be."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

VERSION = 1
NAME = "manifest.json"
BLOCK = 1024 * 1024


class BackupError(Exception):
    """It cannot be backed up, restored or verified; the message says why and what to do."""


class StoreMark(Struct, frozen=True, kw_only=True):
    """How far a store reached at the cut.

    Attributes:
        epoch: which store it is, from its first day on.
        position: of its last event.
        last_event: that event's id; none in an empty store.
        leaves: SHA-256 over the leaf hashes of all its events in order, in hexadecimal.
    """

    service: str
    epoch: UUID
    position: int
    last_event: UUID | None
    leaves: str


class FileMark(Struct, frozen=True, kw_only=True):
    """A file of the backup, to know it again."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """A backup's description. It holds nothing about anybody.

    Attributes:
        made_at: the moment of the cut: nothing that was recorded later is in the backup.
        views: whether the folded views are in it; without them they are folded again.
        files: by their path within the backup.
    """

    version: int
    made_at: datetime
    views: bool
    stores: dict[str, StoreMark]
    files: dict[str, FileMark]


def mark_of(path: Path) -> FileMark:
    """A file's size and digest."""
    digest = sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return FileMark(bytes=size, sha256=digest.hexdigest())


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file, or in a backup's folder.

    Raises:
        BackupError: it is not there, or no manifest that this version reads.
    """
    file = path / NAME if path.is_dir() else path
    try:
        manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except OSError as reason:
        raise BackupError(
            f"{file} cannot be read ({reason.strerror}): name the folder that `throughline backup` "
            "made"
        ) from None
    except msgspec.DecodeError:
        raise BackupError(f"{file} is not the manifest of a backup, or it was changed") from None
    if manifest.version != VERSION:
        raise BackupError(
            f"{file} was made by another version of Throughline (layout {manifest.version}; this "
            f"reads {VERSION}): restore it with that one"
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a backup's manifest: the last of its files, for without it the backup is none."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / NAME).write_bytes(text + b"\n")
