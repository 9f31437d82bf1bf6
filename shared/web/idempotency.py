"""Idempotency keys: the same request twice is done once and answered alike.

Draft RFC "The Idempotency-Key HTTP Header Field". The first answer is stored in the transaction of
its events, so there is no moment in which one exists without the other. A request that was refused
leaves no answer: mended, it may come again under its key.

A request that says `Dry-Run: true` is a rehearsal: everything is decided as for any other, and
nothing is stored, neither its events nor its answer.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Request
from fastapi.responses import Response

from shared.contracts import times
from shared.contracts.refusals import Fault, InFlight, Invalid, KeyReused, MissingKey, Refused
from shared.eventstore.append import AnswerDraft, Receipt, Rehearsed
from shared.eventstore.store import EventStore, StoredAnswer
from shared.vault.keyring import Keyring
from shared.web.caller import Caller

KEY = re.compile(r"^[A-Za-z0-9_-]{16,128}$")

KEY_HEADER = "Idempotency-Key"
REPLAYED = "idempotency-replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        description="16 to 128 letters, digits, `-` and `_`: new for each thing you report, the "
        "same whenever you repeat it. A UUID is a good one.",
        examples=["5f2b1c0e-6f0a-4f6e-9f43-0d7b1e6f5a10"],
    ),
]
DRY_RUN = "dry-run"


async def _dry_run(
    _given: Annotated[
        bool,
        Header(
            alias=DRY_RUN,
            description="`true`: say what would be stored, or what is wrong, and store nothing. "
            "The answer is 200 with `would_store`, the types of the events; or the first answer, "
            "where this key was answered before.",
        ),
    ] = False,
) -> None:
    """Nothing: `Idempotency` reads the header, on every route, so that none can overlook it."""


MAY_REHEARSE = Depends(_dry_run)
"""Dependency of a route that can be rehearsed: it makes its documents say so."""

Command = Callable[[AnswerDraft], Awaitable[Receipt]]


class Idempotency:
    """Carries out each keyed request of a service once."""

    def __init__(self, store: EventStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._in_flight: set[tuple[str, str]] = set()

    async def once(
        self,
        request: Request,
        caller: Caller,
        given_key: str | None,
        command: Command,
        *,
        status: int = 201,
        body: Callable[[Receipt], bytes] | None = None,
        asked: str | None = None,
        may_rehearse: bool = False,
    ) -> Response:
        """Carry out a command, or answer as the first time.

        Args:
            command: gets the draft to store with its events; returns the receipt.
            status: of the answer.
            body: makes the answer from the receipt; `receipt_body` unless told otherwise.
            asked: what is asked for, where that is not the body alone: a file with its headers.
            may_rehearse: the command does nothing but decide and save, so that it can be stopped
                before it saves. Others refuse a rehearsal, which they would carry out.

        Raises:
            Invalid: it is to be a rehearsal, which this command has not.
            MissingKey: there is no key, or it is malformed.
            KeyReused: the key came before with another body.
            InFlight: the first request is not answered yet.
            Refused: whatever the command refuses.
        """
        key = _key(given_key)
        rehearsal = _is_rehearsal(request, may_rehearse=may_rehearse)
        client = caller.actor.id
        if asked is None:
            asked = (await request.body()).hex()
        request_hash = self._keyring.index("request", request.method, request.url.path, asked)
        if (client, key) in self._in_flight:
            raise InFlight("the first request with this key is not answered yet")
        self._in_flight.add((client, key))
        make = body or receipt_body
        try:
            if (kept := await self._store.answer(client, key)) is not None:
                return _replay(kept, request_hash)
            try:
                receipt = await command(
                    AnswerDraft(client, key, request_hash, status, make, rehearsal)
                )
            except Rehearsed as would:
                content = msgspec.json.encode({"would_store": would.types})
                return Response(content, 200, media_type="application/json")
            except Refused:
                # Another process may have carried out this very request since we looked. Then what
                # was refused here is to do it a second time (`this version was sent before`), and
                # the caller, who asked once, gets the first answer.
                kept = await self._store.answer(client, key)
                if kept is None:
                    raise
                return _replay(kept, request_hash)
        finally:
            self._in_flight.discard((client, key))
        return Response(make(receipt), status, media_type="application/json")


def receipt_body(receipt: Receipt) -> bytes:
    """A receipt as it is answered: no positions, which would tell of other records (ADR 9)."""
    return msgspec.json.encode(
        {
            "id": receipt.record_ids[0],
            "events": receipt.event_ids,
            "recorded_at": times.written(receipt.recorded_at),
        }
    )


def _is_rehearsal(request: Request, *, may_rehearse: bool) -> bool:
    given = request.headers.get(DRY_RUN, "false").strip().lower()
    if given not in {"true", "false"}:
        raise Invalid(
            "Dry-Run is true or false", (Fault("/", "say Dry-Run: true, or leave it out"),)
        )
    if given == "true" and not may_rehearse:
        raise Invalid("this has no dry run", (Fault("/", "leave out Dry-Run to do it"),))
    return given == "true"


def _key(given: str | None) -> str:
    # The draft writes the key as a quoted string; most clients send it bare.
    key = (given or "").strip().removeprefix('"').removesuffix('"')
    if not KEY.fullmatch(key):
        raise MissingKey("send an Idempotency-Key of 16 to 128 letters, digits, - and _")
    return key


def _replay(kept: StoredAnswer, request_hash: bytes) -> Response:
    if kept.request_hash != request_hash:
        raise KeyReused("this key was used for another request: use a new one")
    return Response(
        kept.body, kept.status, media_type="application/json", headers={REPLAYED: "true"}
    )
