"""A small application made of the pieces that every service is made of, and its log."""

import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import structlog
from fastapi import APIRouter, Depends, FastAPI
from pydantic import Field

from shared.access.actor import Actor
from shared.access.tokens import Issuer, Verifier, make_issuer, publish_issuers
from shared.web.app import make_app
from shared.web.body import Body, Code, Day, Line, Moment
from shared.web.caller import Caller, May, public
from shared.web.idempotency import IdempotencyKey, _key
from shared.web.logs import clean

CANARY = "Zqxwv"
"""Stands in what is sent, and may come back nowhere."""

SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
}


class Inner(Body):
    """A part of a body."""

    word: Line
    number: int = 0


class Sent(Body):
    """A body of every kind of field."""

    code: Code
    line: Line
    at: Moment
    on: Day | None = None
    count: int = 1
    sure: bool = False
    inner: list[Inner] = Field(default=[])


Anybody = Annotated[Caller, Depends(May("list-agencies"))]
Registrar = Annotated[Caller, Depends(May("register-agency"))]

router = APIRouter(prefix="/things")


@router.post("", status_code=201)
async def send(
    body: Sent, caller: Anybody, idempotency_key: IdempotencyKey = None
) -> dict[str, str]:
    """Take a body, and answer without a word of it."""
    _key(idempotency_key)
    return {"at": body.at.isoformat()}


@router.get("/{thing_id}")
async def read(thing_id: UUID, caller: Anybody, after: int = 0) -> dict[str, str]:
    """Answer with an id."""
    return {"id": str(thing_id)}


@router.post("/registered", status_code=201)
async def register(body: Sent, caller: Registrar) -> dict[str, str]:
    """What our caller may not do."""
    return {}


@router.get("/fault/now")
@public("for tests")
async def fault() -> None:
    """Fail as nobody foresaw, with somebody's data in the text."""
    raise RuntimeError(f"{CANARY} did not come home")


@dataclass
class Light:
    """A runtime as far as the health page asks it."""

    fenced: dict[str, str] = field(default_factory=dict)
    opened: bool = True
    lists_whole: bool = True
    views_whole: bool = True
    stores: dict[str, Any] = field(default_factory=dict)
    on_disclosure_failure: Any = None

    async def is_open(self) -> bool:
        return self.opened


def small_app(folder: Path, routers: tuple[APIRouter, ...] = (router,)) -> FastAPI:
    """The application, with an issuer of tokens of its own."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    make_issuer(folder / "issuer.json", "test")
    publish_issuers([folder / "issuer.json"], folder / "issuers.json")
    app = make_app(
        "small", routers=routers, lifespan=lifespan, verifier=Verifier(folder / "issuers.json")
    )
    app.state.runtime = Light()
    app.state.issuer = Issuer(folder / "issuer.json")
    return app


def token(app: FastAPI, subject: str = "system", *roles: str) -> str:
    """A valid token."""
    issuer: Issuer = app.state.issuer
    actor = Actor(
        f"test|{subject}",
        "northvale-police",
        "system",
        frozenset(roles or {"police-reporter"}),
        "missing-child",
        "sharing-agreement",
        "uk-gdpr",
    )
    return issuer.issue(actor)


def client(app: FastAPI) -> httpx.AsyncClient:
    """A client that asks over ASGI, and sees every fault as a client would: as an answer."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


def headers(app: FastAPI, **changed: str | None) -> dict[str, str]:
    """The headers of a good request; `content_type=None` leaves one out."""
    found: dict[str, str | None] = {
        "authorization": f"Bearer {token(app)}",
        "content-type": "application/json",
        "idempotency-key": str(uuid4()),
    }
    found |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {name: value for name, value in found.items() if value is not None}


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as the services write it."""
    text = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.add_log_level, clean, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(text),
        cache_logger_on_first_use=False,
    )
    try:
        yield text
    finally:
        structlog.configure(**before)


def is_problem(response: httpx.Response, log: str, status: int | None = None) -> dict[str, Any]:
    """The problem that an answer is, once it is one and repeats nothing."""
    body: dict[str, Any] = json.loads(response.content)
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert status is None or response.status_code == status, body
    assert set(body) <= {"type", "title", "status", "detail", "instance", "errors"}
    assert str(UUID(response.headers["correlation-id"])) == response.headers["correlation-id"]
    assert body["instance"].endswith(response.headers["correlation-id"])
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    everything = response.text + str(response.headers) + log
    assert not re.search(CANARY, everything, re.IGNORECASE), everything
    return body
