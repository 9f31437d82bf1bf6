"""Asking a running installation, as somebody of the demonstration."""

import json
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from services.cli.keys import TokenKeys
from services.cli.people import PERSONAS
from services.mash.application import ChildAnswer
from shared.access.tokens import Issuer


class NotShown(Exception):
    """There is nothing to show; the message says why."""


def addresses(data: Path) -> dict[str, str]:
    """Where the services of a running installation answer.

    Raises:
        NotShown: nothing was ever started in this folder.
    """
    try:
        ports: dict[str, int] = json.loads((data / "ports.json").read_text())
    except OSError:
        raise NotShown(f"nothing was started in {data}: run `throughline up` first") from None
    return {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}


def child_answer(data: Path, child: UUID, persona: str) -> ChildAnswer:
    """A child's view, as somebody of the demonstration sees it.

    Raises:
        NotShown: nothing runs, they may not see it, or there is no such child.
    """
    if persona not in PERSONAS:
        raise NotShown(f"there is no {persona}; there are {', '.join(PERSONAS)}")
    token = Issuer(TokenKeys(data / "keys").demo).issue(PERSONAS[persona].actor)
    try:
        response = httpx.get(
            f"{addresses(data)['mash']}/children/{child}",
            headers={"Authorization": f"Bearer {token}"},
        )
    except httpx.ConnectError:
        raise NotShown("mash does not answer: run `throughline up` first") from None
    if response.status_code != httpx.codes.OK:
        raise NotShown(response.json()["detail"])
    return msgspec.json.decode(response.content, type=ChildAnswer)
