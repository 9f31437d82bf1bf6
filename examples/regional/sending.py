"""Sending a world's reports to a running installation, through the interfaces that agencies use."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from examples.regional.reports import Sent
from services.cli.keys import TokenKeys
from services.cli.people import PERSONAS
from services.cli.reading import addresses
from shared.access.actor import Actor
from shared.access.tokens import Issuer

LIKE = {
    "registrar": "registrar",
    "social-care": "social-care",
    "practitioner": "school",
    "police-reporter": "northvale-police-system",
    "interviewer": "interviewer",
    "intelligence-officer": "intelligence-officer",
    "profile-analyst": "profile-analyst",
}
"""For each role the persona of the demonstration that has it; the agency is the sender's own."""


TOKEN_SECONDS = 8 * 3600
PAGE = 100
PATIENCE = 200
PAUSE_SECONDS = 0.2


class NotTaken(Exception):
    """A service refused something, which a world never sends."""


def actor(agency: str, role: str) -> Actor:
    """Somebody of an agency in a role."""
    return replace(PERSONAS[LIKE[role]].actor, agency=agency)


async def send(
    sent: Sequence[Sent],
    *,
    seed: int,
    clients: Mapping[str, httpx.AsyncClient],
    issuer: Issuer,
    told: Callable[[str, int, int], None] = lambda _stage, _done, _of: None,
    kept: dict[str, str] | None = None,
    known: Sequence[int] = (httpx.codes.OK, httpx.codes.CREATED),
) -> dict[str, str]:
    """Send all of it, in its order.

    Args:
        sent: what.
        seed: of the world; with the number of a request it makes the idempotency key.
        clients: for each service one whose base URL is the service's.
        issuer: of tokens that the services believe.
        told: how far it is.
        kept: ids that an earlier part of the same world gave.
        known: codes of answers that are well.

    Raises:
        NotTaken: a service refused one; what was sent before is stored.
    """
    kept = {} if kept is None else kept
    sender = _Sender(clients, issuer, kept)
    for number, each in enumerate(sent):
        response = await sender.post(each, each.key(seed, number))
        if response.status_code not in known:
            raise NotTaken(f"{each.service}{each.path}: {response.status_code} {response.text}")
        if each.keep is not None:
            receipt: dict[str, Any] = response.json()
            kept[each.keep] = receipt["id"]
        told("sending", number + 1, len(sent))
    return kept


class _Sender:
    def __init__(
        self, clients: Mapping[str, httpx.AsyncClient], issuer: Issuer, kept: dict[str, str]
    ) -> None:
        self._clients = clients
        self._issuer = issuer
        self._kept = kept
        self._tokens: dict[tuple[str, str], str] = {}

    async def post(self, each: Sent, key: str) -> httpx.Response:
        """Send one; what is about an interview that is not allocated yet, once it is."""
        tries = 0
        while True:
            tries += 1
            response = await self._clients[each.service].post(
                each.path.format(**self._kept),
                json=each.body,
                headers=self._headers(each.agency, each.role) | {"Idempotency-Key": key},
            )
            waits = each.allocated_by is not None and tries < PATIENCE
            if not waits or response.status_code != httpx.codes.NOT_FOUND:
                return response
            assert each.allocated_by is not None  # noqa: S101 (it waits for that)
            if not await self._allocate_all(each.allocated_by):
                await asyncio.sleep(PAUSE_SECONDS)

    async def _allocate_all(self, area: str) -> int:
        """Allocate whatever a council's list shows that is with nobody yet."""
        client, headers = self._clients["missing"], self._headers(area, "social-care")
        listed: list[dict[str, Any]] = []
        params = {"include_closed": "true", "limit": str(PAGE)}
        while True:
            answer = await client.get("/interviews", params=params, headers=headers)
            page = answer.raise_for_status().json()
            listed += page["interviews"]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        waiting = [row for row in listed if row.get("provider") is None]
        for row in waiting:
            answer = await client.post(
                f"/interviews/{row['interview_id']}/allocate",
                json={"area": area, "on": row["required_at"]},
                headers=headers
                | {"Idempotency-Key": uuid5(NAMESPACE_URL, row["interview_id"]).hex},
            )
            answer.raise_for_status()
        return len(waiting)

    def _headers(self, agency: str, role: str) -> dict[str, str]:
        who = (agency, role)
        if who not in self._tokens:
            self._tokens[who] = self._issuer.issue(actor(*who), lifetime_seconds=TOKEN_SECONDS)
        return {"Authorization": f"Bearer {self._tokens[who]}"}


def clients_of(data: Path) -> dict[str, httpx.AsyncClient]:
    """A client for each service of a running installation; the caller closes them."""
    return {
        name: httpx.AsyncClient(base_url=url, timeout=60) for name, url in addresses(data).items()
    }


def issuer_of(data: Path) -> Issuer:
    """The issuer of the demonstration's tokens, whom the services of an installation believe."""
    return Issuer(TokenKeys(data / "keys").demo)
