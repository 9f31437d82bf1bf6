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
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import requests
import structlog
import uvicorn

from services.cli.keys import TokenKeys
from services.topology import SERVICES
from shared.access.tokens import Issuer
from shared.embedded import Postgres
from tests.fuzz.targets import ACTORS, File, Target, targets
from tests.support.apps import Apps, running_apps

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARAMETER = re.compile(r"\{([^}]+)\}")
RECORDS = 7
TURNS = 2
TRIES_AGAIN = 2
"""On how many records a step is tried in a later turn: those that had the one before it by now."""
NOBODYS = "01920000-0000-7000-8000-000000000001"
TO_ALL = {"/interviews/{interview_id}/allocate"}
"""What only others' steps follow from."""
WITH_REPORT = {"/episodes", "/interview-records", "/profiles/{profile_id}/release"}
"""Where the force's number is that of a report; elsewhere half of them are nobody's."""
CALLERS = 4
"""Of those who may do something at all, so many are tried."""
SEEN_BY_MASH = 30.0
FORBIDDEN, NOT_THERE, NOT_RIGHT = 403, 404, 422


@dataclass
class Served:
    """Running services, and what was stored in them before anybody fuzzes.

    Attributes:
        urls: where each listens.
        ids: of records of each service, by the parameter that takes them: `episode_id`.
        succeeded: the operations that were seen to do what they are for.
        makers: those of them whose answers named records that were not known before.
        refused: what others, or the same before, were answered last.
        forbidden: who may not do what, whatever the record; they are not asked to again.
        absent: what met no record of its kind under any id, and how many ids were known then.
    """

    urls: dict[str, str]
    tokens: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)
    ids: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    succeeded: set[str] = field(default_factory=set)
    makers: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    absent: dict[str, int] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def headers(self, caller: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.tokens[caller]}",
            "Idempotency-Key": secrets.token_hex(16),
        }

    def content(self, service: str, of: File) -> bytes:
        """An example of a file, as the service itself gives it."""
        if of.address not in self.files:
            answer = self.session.get(self.urls[service] + of.address, timeout=30)
            assert answer.ok, of.address
            self.files[of.address] = answer.content
        return self.files[of.address]

    def ask(self, target: Target, caller: str, path: str, body: Any) -> requests.Response:
        headers = target.headers | self.headers(caller)
        sent: dict[str, Any] = {"json": body}
        if isinstance(body, File):
            headers["Content-Type"] = body.kind
            sent = {"data": self.content(target.service, body)}
        return self.session.request(
            target.method,
            self.urls[target.service] + path,
            headers=headers,
            params={
                name: value
                for name, value in target.given.items()
                if f"{{{name}}}" not in target.path
            },
            timeout=30,
            **sent,
        )

    def known(self, service: str, parameter: str) -> list[str]:
        """Ids that a parameter may take, of its own kind where there are any."""
        own = self.ids.get(service, {})
        elsewhere = (
            ids for of in self.ids.values() for name, ids in of.items() if name == parameter
        )
        return own.get(parameter) or next(elsewhere, [i for ids in own.values() for i in ids])

    def is_kind(self, parameter: str) -> bool:
        return any(parameter in of for of in self.ids.values())

    def seed(self) -> None:
        """Make some records of each kind, and do to them each thing that can be done, once."""
        begin = [target for target in targets() if not _ids_of(target)]
        go_on = [target for target in targets() if _ids_of(target)]
        for number in range(RECORDS):
            for target in begin:
                # A search or a list that named nothing new would name nothing new again.
                if number == 0 or target.name in self.makers:
                    self._do_once(target, number)
        self._wait_for_mash()
        for target in begin:
            if target.method == "GET":
                # What other services made of it stands in lists by now.
                self._do_once(target, 0)
        for turn in range(TURNS):
            self._go_on(go_on, turn)
        for number in range(RECORDS):
            for target in begin:
                if target.name not in self.succeeded:
                    self._do_once(target, number)

    def _go_on(self, targets: list[Target], turn: int) -> None:
        tries = RECORDS if turn == 0 else TRIES_AGAIN
        for number, target in enumerate(targets):
            # Each step on a record of its own, for it may be the record's last; where one needs
            # another before it, it comes to the record that had that.
            known = sum(len(self.known(target.service, name)) for name in _ids_of(target))
            if target.name in self.succeeded or self.absent.get(target.name) == known:
                continue
            self.absent[target.name] = known
            for again in range(RECORDS if target.path in TO_ALL else 1):
                self._do_once(target, number + turn + again, tries)

    def _do_once(self, target: Target, first: int, tries: int = RECORDS) -> None:
        body = target.examples[first % len(target.examples)] if target.examples else None
        for path in islice(self._paths(target, first), tries):
            for caller in target.callers[:CALLERS]:
                if (target.name, caller) in self.forbidden:
                    continue
                answer = self.ask(target, caller, path, self.anew(target, body, first))
                assert answer.status_code < 500, (target.name, answer.text)
                if answer.ok:
                    self.succeeded.add(target.name)
                    if answer.headers["content-type"] == "application/json":
                        self._keep(target, answer.json())
                    return
                self.refused[target.name] = answer.text
                if answer.status_code not in {FORBIDDEN, NOT_THERE}:
                    self.absent.pop(target.name, None)
                if answer.status_code == FORBIDDEN:
                    self.forbidden.add((target.name, caller))
                elif answer.status_code == NOT_RIGHT:
                    # The body is at fault, and another record or caller mends none.
                    return

    def _paths(self, target: Target, first: int) -> Iterator[str]:
        names = _ids_of(target)
        for attempt in range(first, first + (RECORDS if names else 1)):
            path = target.path
            for name, value in target.given.items():
                path = path.replace(f"{{{name}}}", value)
            for name in names:
                # `earlier_id` is of the same kind as what comes before it.
                known = self.known(target.service, name if self.is_kind(name) else names[0])
                one = known[attempt % len(known)] if known else NOBODYS
                path = path.replace(f"{{{name}}}", one)
            yield path

    def anew(self, target: Target, body: Any, which: int) -> Any:
        """An example with a number of its own, and with ids of records that there are."""
        if not isinstance(body, dict):
            return body
        made = dict(body)
        for name, value in body.items():
            if name == "force_reference":
                number = which % RECORDS + (0 if target.path in WITH_REPORT else RECORDS // 2)
                made[name] = f"{value} {number}"
            elif name.endswith("_id") and value is not None:
                known = self.known(target.service, name)
                made[name] = known[which % len(known)] if known else value
        return made

    def _keep(self, target: Target, answer: Any) -> None:
        if not isinstance(answer, dict) or target.path.startswith(("/contracts", "/problems")):
            return
        own = _parameter_after(target)
        nested = [found for part in answer.values() for found in _objects(part)]
        for name, value in [
            (own if name == "id" else name, value) for name, value in answer.items()
        ] + [pair for found in nested for pair in found.items() if pair[0] != "id"]:
            if isinstance(value, str) and UUID.fullmatch(value) and name.endswith("_id"):
                ids = self.ids.setdefault(target.service, {}).setdefault(name, [])
                if value not in ids:
                    ids.append(value)
                    self.makers.add(target.name)

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


def _parameter_after(target: Target) -> str:
    """What takes the id of a record that this makes: `/episodes` makes what `/episodes/{…}` has."""
    begins = f"{target.service} /{target.path.split('/')[1]}/{{"
    for other in targets():
        if f"{other.service} {other.path}".startswith(begins):
            return _ids_of(other)[0]
    return "record_id"


def _ids_of(target: Target) -> list[str]:
    return [name for name in PARAMETER.findall(target.path) if name not in target.given]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a value."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


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
            said["tokens"] = dict(_tokens(apps.keys))
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


def _tokens(keys: TokenKeys) -> Iterator[tuple[str, str]]:
    for name, actor in ACTORS.items():
        # Only a service's own issuer may say that somebody is a service.
        issuer = Issuer(keys.of_services["mash"] if name == "service" else keys.demo)
        subject = actor.id.rpartition("|")[2]
        named = replace(actor, id=f"{issuer.issuer}|{subject}")
        yield name, issuer.issue(named, lifetime_seconds=7200)


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
