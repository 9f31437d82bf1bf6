"""What a service is told when it starts: one JSON file, and nothing else.

A missing or contradictory setting stops the start with a sentence that names it.
"""

from pathlib import Path

import msgspec
from msgspec import Struct


class NatsSettings(Struct, frozen=True, kw_only=True):
    """How to reach the bus as this service."""

    url: str
    user: str
    password: str


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a service needs to know about its surroundings.

    Attributes:
        service: its name.
        host, port: where it listens.
        database_url: its own database, as its own role.
        vault_url: the vault's database, as its own role.
        keyring: path of its keyring file.
        token_keys: path of the public keys of token issuers (a JWK set).
        own_token_key: path of the private key with which it asks other services for their feeds.
        feeds: for each store it follows, the address of the owner's feed.
        reference_url: the directory of postcodes, as its own role; empty for a service that looks
            none up.
        version: shown by the health pages.
    """

    service: str
    host: str
    port: int
    database_url: str
    vault_url: str
    nats: NatsSettings
    keyring: str
    token_keys: str
    own_token_key: str
    feeds: dict[str, str] = {}
    reference_url: str = ""
    version: str = "development"


class SettingsError(Exception):
    """The service cannot start with these settings; the message says which and why."""


def read_settings(path: Path) -> Settings:
    """The settings in a file.

    Raises:
        SettingsError: the file is missing, unreadable or incomplete.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Settings)
    except OSError as reason:
        raise SettingsError(f"cannot read the settings file {path}: {reason.strerror}") from reason
    except msgspec.DecodeError as reason:
        raise SettingsError(f"the settings file {path} is not right: {reason}") from reason
    for name in ("keyring", "token_keys", "own_token_key"):
        if not Path(getattr(found, name)).exists():
            raise SettingsError(f"{path} names a {name} file that does not exist")
    return found
