"""Events that were put aside in an installation: which, and another try at them, for a person."""

from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.table import Table

from services.cli.reading import NotShown, addresses, token_for
from shared.projecting.parking import PutAside
from shared.web.parked import Parked, Replayed

Aside = list[tuple[str, str, PutAside]]
"""(service, consumer, event)"""


def put_aside(data: Path) -> tuple[Aside, list[str]]:
    """What every service put aside, and which services do not answer.

    Raises:
        NotShown: nothing was ever started in this folder.
    """
    found: Aside = []
    silent = []
    for name, address in addresses(data).items():
        try:
            answer = httpx.get(f"{address}/parked", headers=_operator(data), timeout=10)
            answer.raise_for_status()
            listed = msgspec.json.decode(answer.content, type=Parked)
        except (httpx.HTTPError, msgspec.DecodeError):
            silent.append(name)
            continue
        found += [
            (name, consumer, event)
            for consumer, events in listed.consumers.items()
            for event in events
        ]
    return found, silent


def replay_aside(
    data: Path, aside: Aside, source: str | None, position: int | None
) -> tuple[int, list[tuple[str, PutAside]]]:
    """Try again what was put aside: how many events are done, and what is left of each service.

    Args:
        aside: as `put_aside` found it.
        source, position: only the events of this source, or this one event.

    Raises:
        NotShown: a service did not take the order; what was done before stays done.
    """
    wanted = {
        (service, consumer, event.source)
        for service, consumer, event in aside
        if source in {None, event.source} and position in {None, event.position}
    }
    done = 0
    left: list[tuple[str, PutAside]] = []
    for service, consumer, of in sorted(wanted):
        order = {"consumer": consumer, "source": of, "position": position}
        try:
            answer = httpx.post(
                f"{addresses(data)[service]}/parked/replay",
                json=order,
                headers=_operator(data),
                timeout=120,
            )
            answer.raise_for_status()
        except httpx.HTTPError:
            raise NotShown(
                f"{service} cannot replay now; see `throughline status`, then repeat the command"
            ) from None
        replayed = msgspec.json.decode(answer.content, type=Replayed)
        done += replayed.done
        left += [(service, event) for event in replayed.left]
    return done, left


def print_aside(aside: Aside, silent: list[str], console: Console) -> None:
    """A line an event, and what to do."""
    if aside:
        table = Table(
            "service", "consumer", "source", "event", "why", "since", box=None, pad_edge=False
        )
        for service, consumer, event in aside:
            table.add_row(
                service,
                consumer,
                event.source,
                str(event.position),
                event.reason,
                f"{event.parked_at:%d %b %Y %H:%M} UTC",
            )
        console.print(table)
        console.print(
            "\nThese could not be read or dealt with; everything behind them went on. Mend what is "
            "wrong (as a rule the code: an event is never changed), then "
            "`throughline parked replay`.",
            soft_wrap=True,
        )
    elif not silent:
        console.print("Nothing is put aside.")
    for name in silent:
        console.print(f"[yellow]{name} does not answer: what it put aside is not known.[/]")


def print_replayed(done: int, left: list[tuple[str, PutAside]], console: Console) -> None:
    """How many, and what is left."""
    console.print(f"{done} event{'' if done == 1 else 's'} dealt with.")
    for service, event in left:
        console.print(
            f"[yellow]{service}: event {event.position} of {event.source} still cannot be dealt "
            f"with ({event.reason}).[/]",
            soft_wrap=True,
        )


def _operator(data: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_for(data, 'operator')}"}
