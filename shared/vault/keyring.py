"""What one service holds of the secrets: key-encrypting keys of its scopes, and its index key.

A scope is `<store>.<field class>` (`missing.identity`): whose events, what kind of field. A service
that has no key-encrypting key of a scope cannot unwrap its keys, whatever its database shows it.
In production the file is a mounted secret, one a service, readable by that service's user only.
"""

import base64
import hmac
import json
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.sealed import FieldClass

KEY_SIZE = 32
NONCE_SIZE = 12


def scope_of(store: str, field_class: FieldClass) -> str:
    """The scope of a store's fields of a class."""
    return f"{store}.{field_class.name.lower()}"


class Keyring:
    """A service's key-encrypting keys by scope and number, newest last, and its index key."""

    def __init__(self, service: str, keks: dict[str, dict[int, bytes]], index_key: bytes) -> None:
        self.service = service
        self._ciphers = {
            (scope, number): AESGCM(key)
            for scope, numbered in keks.items()
            for number, key in numbered.items()
        }
        self._newest = {scope: max(numbered) for scope, numbered in keks.items()}
        self._index_key = index_key

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Read a keyring file.

        Raises:
            ValueError: the file is missing or is not a keyring; the message names it.
        """
        try:
            stored = json.loads(path.read_bytes())
            keks = {
                scope: {int(number): base64.b64decode(key) for number, key in numbered.items()}
                for scope, numbered in stored["keks"].items()
            }
            return cls(stored["service"], keks, base64.b64decode(stored["index_key"]))
        except (OSError, KeyError, TypeError, ValueError) as reason:
            raise ValueError(f"{path} is not a readable keyring file") from reason

    def write(self, path: Path, keks: dict[str, dict[int, bytes]]) -> None:
        """Write a keyring file that only its owner can read."""
        stored = {
            "service": self.service,
            "keks": {
                scope: {str(number): base64.b64encode(key).decode() for number, key in ks.items()}
                for scope, ks in keks.items()
            },
            "index_key": base64.b64encode(self._index_key).decode(),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(stored, file)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that this service can open."""
        return frozenset(self._newest)

    def wrap(self, scope: str, owner: bytes, key: bytes) -> tuple[int, bytes]:
        """A key of a mention, wrapped for storing: the number of the wrapping key, and the bytes.

        Raises:
            KeyError: the scope is not on this keyring.
        """
        number = self._newest[scope]
        nonce = os.urandom(NONCE_SIZE)
        sealed = self._ciphers[scope, number].encrypt(nonce, key, scope.encode() + owner)
        return number, nonce + sealed

    def unwrap(self, scope: str, owner: bytes, number: int, wrapped: bytes) -> bytes:
        """The key of a mention.

        Raises:
            KeyError: the scope, or that number of it, is not on this keyring.
            cryptography.exceptions.InvalidTag: the stored bytes were changed.
        """
        cipher = self._ciphers[scope, number]
        return cipher.decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], scope.encode() + owner)

    def index(self, label: str, *parts: str) -> bytes:
        """A blind index: the same parts give the same 32 bytes, which tell nothing without the key.

        Used where equality must be found without keeping the value: identifiers, reference numbers.
        """
        message = b"".join(
            len(part.encode()).to_bytes(4, "big") + part.encode() for part in (label, *parts)
        )
        return hmac.new(self._index_key, message, sha256).digest()


def cut_keyrings(
    folder: Path, reads: dict[str, frozenset[str]], *, writes: dict[str, frozenset[str]]
) -> dict[str, Path]:
    """Make each service's keyring file where it is absent; the master copy stays in `folder`.

    Args:
        folder: where `master.json` and `<service>.json` lie; 0700.
        reads: for each service, the scopes granted to it.
        writes: for each service, the scopes of its own stores.

    Returns:
        The path of each service's keyring.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    master = folder / "master.json"
    keks: dict[str, dict[int, bytes]] = {}
    index_keys: dict[str, bytes] = {}
    if master.exists():
        stored = json.loads(master.read_bytes())
        keks = {
            scope: {int(number): base64.b64decode(key) for number, key in numbered.items()}
            for scope, numbered in stored["keks"].items()
        }
        index_keys = {name: base64.b64decode(key) for name, key in stored["index_keys"].items()}
    for scope in sorted(frozenset().union(*reads.values(), *writes.values())):
        keks.setdefault(scope, {1: os.urandom(KEY_SIZE)})
    for service in reads:
        index_keys.setdefault(service, os.urandom(KEY_SIZE))
    descriptor = os.open(master.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(
            {
                "keks": {
                    scope: {str(n): base64.b64encode(k).decode() for n, k in numbered.items()}
                    for scope, numbered in keks.items()
                },
                "index_keys": {n: base64.b64encode(k).decode() for n, k in index_keys.items()},
            },
            file,
        )
        file.flush()
        os.fsync(file.fileno())
    master.with_suffix(".new").replace(master)
    paths = {}
    for service, granted in reads.items():
        held = {scope: keks[scope] for scope in granted | writes.get(service, frozenset())}
        paths[service] = folder / f"{service}.json"
        Keyring(service, held, index_keys[service]).write(paths[service], held)
    return paths
