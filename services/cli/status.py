"""How an installation is doing, for a person."""

from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.reading import addresses, token_for
from shared.web.condition import Condition, ReaderCondition


def conditions(data: Path) -> dict[str, Condition | None]:
    """Every service's condition; None of one that does not answer.

    Raises:
        NotShown: nothing was ever started in this folder.
    """
    headers = {"Authorization": f"Bearer {token_for(data, 'operator')}"}
    found: dict[str, Condition | None] = {}
    with httpx.Client(timeout=10, headers=headers) as client:
        for name, address in addresses(data).items():
            found[name] = None
            try:
                answer = client.get(f"{address}/health/condition")
                if answer.status_code == httpx.codes.OK:
                    found[name] = msgspec.json.decode(answer.content, type=Condition)
            except (httpx.HTTPError, msgspec.DecodeError):
                continue  # nobody, or by now another program
    return found


def print_status(found: dict[str, Condition | None], console: Console) -> None:
    """A line a service, a line for each way that events take, and what to do."""
    services = Table("service", "is", "connections", "task restarts", box=None, pad_edge=False)
    ways = Table("from", "to", "at", "behind", "oldest", "put aside", box=None, pad_edge=False)
    for name, condition in found.items():
        if condition is None:
            services.add_row(name, Text("does not answer", style="bold red"))
            continue
        services.add_row(
            name,
            Text("well", style="green")
            if not condition.advice
            else Text("needs a look", style="bold yellow"),
            f"{condition.pool.in_use} of {condition.pool.limit}",
            str(sum(condition.restarts.values())),
        )
        for relay in condition.relays:
            ways.add_row(relay.store, "stream", f"{relay.published:,}", f"{relay.lag:,}")
        for reader in condition.readers:
            ways.add_row(
                reader.source,
                f"{name} ({reader.name})",
                f"{reader.position:,}",
                "?" if reader.lag is None else f"{reader.lag:,}",
                _age(reader),
                f"{reader.parked:,}" if reader.parked else "",
            )
    console.print(services)
    console.print()
    console.print(ways)
    for name, condition in found.items():
        sentences = (
            ("It does not answer: start it with `throughline up`, or look at its log.",)
            if condition is None
            else condition.advice
        )
        for sentence in sentences:
            console.print(Text(f"\n{name}: {sentence}", style="yellow"), soft_wrap=True)
    if all(condition is not None and not condition.advice for condition in found.values()):
        console.print("\nAll is well; there is nothing to do.")


def _age(reader: ReaderCondition) -> str:
    if reader.oldest_seconds is None:
        return ""
    if reader.oldest_seconds < 120:  # noqa: PLR2004 (two minutes: seconds still tell something)
        return f"{reader.oldest_seconds:.0f} s"
    return f"{reader.oldest_seconds / 60:,.0f} min"
