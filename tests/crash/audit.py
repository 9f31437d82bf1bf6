"""What must be true after anything was broken, whatever it was: each fault in words.

An audit takes the evidence and says what is wrong. `AUDITS` is every one of them; a promise that a
new service makes is one more function in that list, and every fault test then watches it.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import httpx
from rich.console import Console

from services.cli.installation import Installation
from services.cli.rebuilding import run_rebuild
from services.topology import SERVICES
from tests.crash.client import token_of
from tests.crash.evidence import Evidence

Audit = Callable[[Evidence], Iterable[str]]

ONCE_A_RECORD = ("missing.interview-overdue.",)
"""What the clock records by itself, once."""


def everything_arrived(found: Evidence) -> Iterator[str]:
    """Every consumer has everything, and put nothing aside."""
    yield from (f"did not get everything: {consumer}" for consumer in found.behind)
    if found.parked:
        yield f"{found.parked} events are put aside"


def positions_have_no_gap(found: Evidence) -> Iterator[str]:
    """1, 2, 3 ..."""
    for store, events in found.events.items():
        if [event.position for event in events] != list(range(1, len(events) + 1)):
            yield f"the positions of {store} have a gap"


def what_was_acknowledged_is_there_once(found: Evidence) -> Iterator[str]:
    """No event of a receipt is missing, and none is there twice."""
    for service in SERVICES.values():
        if service.name not in found.events:
            continue
        times = Counter(event.event_id for event in found.events[service.name])
        for receipt in found.acknowledged:
            if receipt.service == service.name:
                yield from (f"lost: {event}" for event in receipt.events if not times[event])
                yield from (f"stored twice: {e}" for e in receipt.events if times[e] > 1)


def what_is_there_was_acknowledged_once(found: Evidence) -> Iterator[str]:
    """Clients repeat until they have a receipt: what no receipt names was done a second time."""
    told = Counter(event for receipt in found.acknowledged for event in receipt.events)
    for service in SERVICES:
        events = found.events.get(service, [])
        asked = [event for event in events if event.by_a_client]
        yield from (
            f"doubled: {event.type} that nobody was told of: {event.event_id}"
            for event in asked
            if not told[event.event_id]
        )
    yield from (f"told twice: {event}" for event, times in told.items() if times > 1)
    if len({receipt.key for receipt in found.acknowledged}) != len(found.acknowledged):
        yield "a key was acknowledged twice"


def a_report_begins_one_record(found: Evidence) -> Iterator[str]:
    """As many records as there are different things that were reported."""
    kinds = {(r.service, r.begins) for r in found.acknowledged if r.begins}
    for service, begins in sorted(kinds):
        reported = {r.reference for r in found.acknowledged if r.begins == begins}
        begun = [e for e in found.events[service] if e.type.startswith(begins)]
        if len(begun) != len(reported):
            yield f"doubled: {len(begun)} times {begins} of {len(reported)} reports"


def the_clock_records_once(found: Evidence) -> Iterator[str]:
    """A deadline that ran out is recorded once."""
    for store, events in found.events.items():
        late = Counter(e.record for e in events if e.type.startswith(ONCE_A_RECORD))
        yield from (f"late {n} times in {store}: {record}" for record, n in late.items() if n > 1)


def every_mention_is_linked_once(found: Evidence) -> Iterator[str]:
    """By the rule, when it is met; moves come after."""
    for mention in found.mentions:
        if found.linked[mention] != 1:
            yield f"mention linked {found.linked[mention]} times"
    if set(found.linked) - set(found.mentions):
        yield "something was linked that nobody mentioned"


def a_rule_speaks_of_something_once(found: Evidence) -> Iterator[str]:
    """However often it was asked, and by however many processes."""
    yield from (f"alert raised {n} times: {alert}" for alert, n in found.alerts.items() if n > 1)


def what_needs_a_referral_has_exactly_one(found: Evidence) -> Iterator[str]:
    """One for a screening, interview or episode; each event that obliges to it is in it once."""
    for record in sorted(set(found.obliging.values())):
        if found.opened[record] != 1:
            yield f"referred {found.opened[record]} times: {record}"
    for event in found.obliging:
        if found.informed[event] != 1:
            yield f"a referral was told {found.informed[event]} times of {event}"
    if set(found.opened) - set(found.obliging.values()) - {None}:
        yield "something was referred that does not need it"


def the_archive_is_what_was_stored(found: Evidence) -> Iterator[str]:
    """Byte for byte."""
    for source in found.archive_differs:
        yield f"mash's archive of {source} is not what {source} stored"


def whatever_was_shown_is_on_record(found: Evidence) -> Iterator[str]:
    """For each answer with content there is a disclosure of the same request."""
    recorded = {
        service: {event.request for event in found.events[f"{service}_disclosures"]}
        for service in {service for service, _ in found.shown}
    }
    for service, request in found.shown:
        if request not in recorded[service]:
            yield f"shown and not on record: {request} of {service}"


def stores_keys_and_archive_verify(found: Evidence) -> Iterator[str]:
    """What `throughline verify` finds: hashes, times that go back, lost keys."""
    for finding in found.verified.findings:
        yield f"verify: {finding.store}: {finding.what}"


def clients_were_refused_nothing(found: Evidence) -> Iterator[str]:
    """Whatever was refused passed by itself."""
    yield from (f"refused: {refusal}" for refusal in found.refused)


AUDITS: list[Audit] = [
    everything_arrived,
    positions_have_no_gap,
    what_was_acknowledged_is_there_once,
    what_is_there_was_acknowledged_once,
    a_report_begins_one_record,
    the_clock_records_once,
    every_mention_is_linked_once,
    a_rule_speaks_of_something_once,
    what_needs_a_referral_has_exactly_one,
    the_archive_is_what_was_stored,
    whatever_was_shown_is_on_record,
    stores_keys_and_archive_verify,
    clients_were_refused_nothing,
]


def faults_in(found: Evidence) -> list[str]:
    """Everything that is wrong."""
    return [fault for audit in AUDITS for fault in audit(found)]


async def views_faults(
    installation: Installation, found: Evidence, *, seed: int, at_most: int
) -> list[str]:
    """Whether the views are what the archive says, and whether each child can be found."""
    faults = []
    rebuilt = await run_rebuild(installation.folder, Console(quiet=True), switch_if_different=False)
    if rebuilt.digest != rebuilt.live_digest:
        faults.append("a rebuild differs from the live views")
    if rebuilt.events == 0:
        faults.append("the rebuild read nothing")
    chance = random.Random(seed)
    names = [receipt.name for receipt in found.acknowledged if receipt.name]
    names = chance.sample(names, k=min(at_most, len(names)))
    children = chance.sample(found.children, k=min(10 * at_most, len(found.children)))
    token = token_of(installation, "mash-worker")
    async with httpx.AsyncClient(
        base_url=installation.addresses["mash"],
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    ) as client:
        for child in children:
            response = await client.get(f"/children/{child}")
            if response.status_code != 200:
                faults.append(f"child {child} is not shown: {response.status_code}")
        for name in names:
            response = await client.post("/children/search", json={"name": name})
            shown = response.json().get("candidates", [])
            if not any(name in candidate["names"] for candidate in shown):
                faults.append(f"{name} is not found")
    return faults
