"""A real service behind a real socket, and importing into it."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp, Receive, Scope, Send

from services.cli.importing.access import Target
from services.cli.importing.kinds import KINDS
from services.cli.importing.run import Plan, run
from services.cli.importing.telling import Teller
from services.cli.progress import progress_on
from shared.embedded import Postgres
from tests.support.apps import Apps, running_apps

SECRET = b"a secret for the tests, 32 bytes"
POLICE, COUNCIL, PROVIDER = "northvale-police-system", "social-care", "interviewer"
SENDERS = {
    "report": POLICE, "return": POLICE, "interview": PROVIDER,
    "status": COUNCIL, "status-ending": COUNCIL,
}  # fmt: skip


class Door:
    """In front of the service: lets every request in, unless a test says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.instead: ASGIApp | None = None
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        await (self.instead or self.app)(scope, receive, send)


class Served:
    """A running service."""

    def __init__(self, apps: Apps, name: str, door: Door, address: str) -> None:
        self.apps = apps
        self.name = name
        self.door = door
        self.address = address

    def target(self, persona: str) -> Target:
        return Target(self.address, lambda: self.apps.token(persona), on_this_machine=True)

    async def imported(self, file: Path, kind: str = "report", **changed: Any) -> tuple[bool, str]:
        """Import a file, as the command does: whether all is well, and what was said."""
        said = io.StringIO()
        console = Console(file=said, width=300, highlight=False)
        target = changed.pop("target", None) or self.target(SENDERS[kind])
        plan = Plan(file=file, kind=KINDS[kind], secret=SECRET, target=target, **changed)
        with progress_on(console) as told:
            well = await run(plan, told, Teller(console))
        return well, said.getvalue()

    async def types(self) -> dict[str, int]:
        """How many events of each type the service has stored."""
        async with self.apps.admin(self.name) as connection:
            rows = await connection.fetch(
                f"SELECT type, count(*) AS number FROM {self.name}.event GROUP BY type"
            )
        return {row["type"]: row["number"] for row in rows}


@asynccontextmanager
async def served(postgres: Postgres, folder: Path, name: str = "missing") -> AsyncIterator[Served]:
    """A service, on databases of its own and a port of its own."""
    async with running_apps(postgres, folder, name) as apps:
        door = Door(apps.running[name])
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            config = uvicorn.Config(door, log_config=None, lifespan="off", access_log=False)
            server = uvicorn.Server(config)
            running = asyncio.create_task(server.serve([listening]))
            port = listening.getsockname()[1]
            try:
                yield Served(apps, name, door, f"http://127.0.0.1:{port}")
            finally:
                server.should_exit = True
                await running


def answering(status: int, body: bytes, kind: str = "text/html") -> ASGIApp:
    """A server that answers everything alike."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode()), (b"location", b"/elsewhere")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def at_first(trouble: ASGIApp, app: ASGIApp) -> ASGIApp:
    """Every row meets trouble, and only when it comes again is there the service."""
    seen: set[bytes] = set()

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        key = dict(scope["headers"])[b"idempotency-key"]
        met = key in seen
        seen.add(key)
        await (app if met else trouble)(scope, receive, send)

    return door


def losing(app: ASGIApp) -> ASGIApp:
    """Does what it is asked, and loses the answer."""

    async def lost(scope: Scope, receive: Receive, send: Send) -> None:
        async def nowhere(_message: Any) -> None:
            return

        await app(scope, receive, nowhere)
        raise ConnectionResetError

    return lost
