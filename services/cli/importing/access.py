"""Where an import sends, as whom, and the secret from which it makes its keys."""

import ipaddress
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from services.cli.people import PERSONAS
from services.cli.reading import addresses, token_for

TOKEN_VARIABLE: Final = "THROUGHLINE_TOKEN"  # noqa: S105 (the name of a variable)
MAX_TOKEN: Final = 8192
SECRET_BYTES: Final = 32


class NotSent(Exception):
    """The import did not begin, or had to stop; the message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """A service to send to.

    Attributes:
        address: of the service.
        token: says who sends, anew each time: the last one may have run out.
        on_this_machine: nothing leaves it.
    """

    address: str
    token: Callable[[], str]
    on_this_machine: bool


def target_at(address: str, token_file: Path | None) -> Target:
    """A service elsewhere, with a token from a file or the environment.

    Raises:
        NotSent: the address or the token cannot be used.
    """
    parts = urlsplit(address)
    local = _is_loopback(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotSent("--to must be an address like https://missing.example")
    if parts.scheme == "http" and not local:
        raise NotSent(
            "--to must begin with https://: a token and children's records may not travel in clear"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise NotSent("--to is an address only, without a name, password, ? or #")
    return Target(address.rstrip("/"), lambda: _token(token_file), local)


def target_here(data: Path, service: str, persona: str) -> Target:
    """The installation in a folder of this machine, as somebody of the demonstration.

    Raises:
        NotShown: nothing was ever started there.
    """
    if persona not in PERSONAS:
        raise NotSent(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    return Target(addresses(data)[service], lambda: token_for(data, persona), on_this_machine=True)


def row_secret(path: Path | None) -> bytes:
    """The secret of idempotency keys, made where absent.

    Raises:
        NotSent: its file is not one of ours, or cannot be made.
    """
    file = path or _config_folder() / "import-key"
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as made:
                made.write(secrets.token_hex(SECRET_BYTES) + "\n")
            try:
                os.link(new, file)  # whoever was first
            except FileExistsError:
                pass
            finally:
                new.unlink()
        with file.open("rb") as kept:
            found = bytes.fromhex(kept.read(1024).decode("ascii").strip())
    except OSError as reason:
        raise NotSent(f"the file of row keys, {file}, cannot be used: {reason.strerror}") from None
    except ValueError:
        found = b""
    if len(found) != SECRET_BYTES:
        raise NotSent(f"{file} is no file of row keys: name another with --row-keys")
    return found


def _token(file: Path | None) -> str:
    if file is not None:
        try:
            with file.open("rb") as kept:
                found = kept.read(MAX_TOKEN + 1).decode("ascii").strip()
        except OSError as reason:
            raise NotSent(f"the token file {file} cannot be read: {reason.strerror}") from None
        except ValueError:
            raise NotSent(f"{file} holds no token") from None
    else:
        found = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not found or len(found) > MAX_TOKEN or not found.isascii() or not found.isprintable():
        raise NotSent(
            f"give a token: --token-file FILE, or {TOKEN_VARIABLE} in the environment (never on "
            "the command line, which others can read)"
        )
    return found


def _config_folder() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "throughline"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
