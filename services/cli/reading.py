"""Asking a running installation, as somebody of the demonstration."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec

from services.cli.keys import TokenKeys
from services.cli.people import PERSONAS
from services.mash.application import ChildAnswer
from shared.access.tokens import Issuer
from shared.embedded import Postgres

T = TypeVar("T")


class NotShown(Exception):
    """There is nothing to show; the message says why."""


def addresses(data: Path) -> dict[str, str]:
    """Where the services of a running installation answer.

    Raises:
        NotShown: nothing was ever started in this folder.
    """
    try:
        ports: dict[str, int] = json.loads((data / "ports.json").read_text())
    except FileNotFoundError:
        raise _nothing_in(data) from None
    return {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}


def admin_url(data: Path) -> str:
    """The running PostgreSQL of an installation, as its superuser.

    Raises:
        NotShown: nothing was ever started in this folder, or nothing runs there.
    """
    url = Postgres(data).running_url
    if url is None:
        raise _nothing_in(data)
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 5432), timeout=5).close()
    except OSError:
        raise NotShown(
            f"the databases of {data} do not answer: start them with `throughline up --data {data}`"
        ) from None
    return url


def token_for(data: Path, persona: str, *, lifetime_seconds: int = 300) -> str:
    """A token for somebody of the demonstration.

    Raises:
        NotShown: nothing was ever started in this folder, so nobody would know the token's issuer.
    """
    if not (data / "keys").is_dir():
        raise _nothing_in(data)
    issuer = Issuer(TokenKeys(data / "keys").demo)
    return issuer.issue(PERSONAS[persona].actor, lifetime_seconds=lifetime_seconds)


def child_answer(data: Path, child: UUID, persona: str, as_at: str | None = None) -> ChildAnswer:
    """A child's view, as somebody of the demonstration sees it, now or as of a moment.

    Raises:
        NotShown: nothing runs, they may not see it, or there is no such child.
    """
    asked = {"as_at": as_at} if as_at is not None else {}
    return answer(data, f"/children/{child}", persona, shape=ChildAnswer, params=asked)


def answer(
    data: Path, path: str, persona: str, *, shape: type[T], params: Mapping[str, str] | None = None
) -> T:
    """What mash answers, as somebody of the demonstration sees it.

    Raises:
        NotShown: nothing runs, they may not see it, or there is nothing.
    """
    token = token_for(data, persona)
    try:
        response = httpx.get(
            f"{addresses(data)['mash']}{path}",
            params=dict(params or {}),
            headers={"Authorization": f"Bearer {token}"},
        )
        if response.status_code != httpx.codes.OK:
            raise NotShown(response.json()["detail"])
        return msgspec.json.decode(response.content, type=shape)
    except (httpx.HTTPError, ValueError, LookupError):
        # Nobody, or by now another program, which answers something else.
        raise NotShown(
            f"nothing answers for {data}: start it with `throughline up --data {data}`"
        ) from None


def _nothing_in(data: Path) -> NotShown:
    return NotShown(
        f"nothing was ever started in the folder {data}: start it with `throughline up`, or name "
        "another with --data (the demonstration's is data/demo)"
    )
