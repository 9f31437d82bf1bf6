"""Every service with real servers behind it, on loopback, in a thread of its own."""

import asyncio
import logging
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import structlog
import uvicorn

from services.topology import SERVICES
from shared.access.tokens import Issuer
from shared.embedded import Postgres
from tests.fuzz.targets import ACTORS, Target, targets
from tests.support.apps import Apps, running_apps

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARAMETER = re.compile(r"\{([^}]+)\}")
PASSES = 2
"""A record's later steps need the record."""
TRIED = 3
"""So many records of a kind are taken through their steps; the others are left as they began."""
SEEN_BY_MASH = 30.0


@dataclass
class Served:
    """Running services, and what was stored in them before anybody fuzzes.

    Attributes:
        urls: where each listens.
        ids: of records of each service, by the parameter that takes them: `episode_id`.
    """

    urls: dict[str, str]
    tokens: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)
    ids: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def headers(self, caller: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.tokens[caller]}",
            "Idempotency-Key": secrets.token_hex(16),
        }

    def ask(self, target: Target, caller: str, path: str, body: Any) -> requests.Response:
        return self.session.request(
            target.method,
            self.urls[target.service] + path,
            headers=self.headers(caller),
            json=body,
            timeout=30,
        )

    def known(self, service: str, parameter: str) -> list[str]:
        """Ids that a parameter may take, of its own kind where there are any."""
        of_service = self.ids.get(service, {})
        return of_service.get(parameter) or [i for ids in of_service.values() for i in ids]

    def seed(self) -> None:
        """Post every example as those who may, until each kind of record has had its steps."""
        for _ in range(PASSES):
            for target in targets():
                if target.service == "mash" and "{" in target.path:
                    self._wait_for_mash()
                for path in self._paths(target):
                    for body in target.examples or (None,):
                        for caller in target.callers[:2]:
                            answer = self.ask(target, caller, path, body)
                            assert answer.status_code < 500, (target.name, answer.text)
                            if answer.ok and "json" in answer.headers["content-type"]:
                                self._keep(target, answer.json())

    def _paths(self, target: Target) -> Iterator[str]:
        names = PARAMETER.findall(target.path)
        for turn in range(TRIED if names else 1):
            path = target.path
            for name in names:
                known = self.known(target.service, name)
                path = path.replace(f"{{{name}}}", known[turn % len(known)] if known else name)
            yield path

    def _keep(self, target: Target, answer: Any) -> None:
        own = target.path.split("/")[1].rpartition("-")[2].removesuffix("s") + "_id"
        if not isinstance(answer, dict) or target.path.startswith(("/contracts", "/problems")):
            return
        for found in (answer, *(i for part in answer.values() for i in _objects(part))):
            for name, value in found.items():
                if isinstance(value, str) and UUID.fullmatch(value) and name.endswith("id"):
                    ids = self.ids.setdefault(target.service, {}).setdefault(
                        own if name == "id" else name, []
                    )
                    if value not in ids:
                        ids.append(value)

    def _wait_for_mash(self) -> None:
        search = next(t for t in targets() if t.path == "/children/search")
        deadline = time.monotonic() + SEEN_BY_MASH
        while time.monotonic() < deadline:
            answer = self.ask(search, "mash-worker", search.path, search.examples[0])
            if answer.ok and answer.json()["candidates"]:
                found = [candidate["subject_id"] for candidate in answer.json()["candidates"]]
                self.ids.setdefault("mash", {})["child_id"] = found
                return
            time.sleep(0.2)
        raise AssertionError("mash saw nothing of what was stored")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


@contextmanager
def served(postgres: Postgres, folder: Path) -> Iterator[Served]:
    """Start every service, store the examples, and stop with the block."""
    started = threading.Event()
    said: dict[str, Any] = {}
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with (
            running_apps(postgres, folder, *SERVICES, bus=True) as apps,
            AsyncExitStack() as stack,
        ):
            said["urls"] = {name: await _listen(apps, name, stack) for name in apps.running}
            issuer = Issuer(apps.keys.demo)
            said["tokens"] = {n: issuer.issue(a, lifetime_seconds=7200) for n, a in ACTORS.items()}
            started.set()
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as reason:
            said["failed"] = reason
            raise
        finally:
            started.set()

    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    thread = threading.Thread(target=run, name="services")
    thread.start()
    try:
        assert started.wait(90)
        if "failed" in said:
            raise AssertionError("the services did not start") from said["failed"]
        made = Served(said["urls"], said["tokens"])
        made.seed()
        yield made
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
        loop.close()
        structlog.reset_defaults()


async def _listen(apps: Apps, name: str, stack: AsyncExitStack) -> str:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(apps.running[name], lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve(sockets=[listening]))

    async def stop() -> None:
        server.should_exit = True
        await task

    stack.push_async_callback(stop)
    while not server.started:  # noqa: ASYNC110 (the library has no event for it)
        await asyncio.sleep(0.01)
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
