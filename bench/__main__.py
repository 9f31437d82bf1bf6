"""Every benchmark, or some: `python -m bench`, `python -m bench --only relay,read --runs 3`.

Prints a table and writes `bench/results.json`, in which figures that were not measured now stay.
"""

import importlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from bench.harness import Result, line, measured

RESULTS = Path(__file__).with_name("results.json")

FILES: dict[str, tuple[str, ...]] = {
    "append": ("append_async_32", "append_async_256", "append_recorder"),
    "relay": ("relay",),
    "read": ("read",),
    "project": ("project_live",),
    "same_views": ("project_same_views", "rebuild_same_views"),
    "large": ("rebuild", "view_read_scale", "read_under_rebuild", "disclosure_p99_ms"),
    "codec": ("codec_decode",),
    "kernel": ("e2e_kernel_p50_ms", "e2e_kernel_p99_ms"),
    "http": (
        "http_post",
        "view_read",
        "e2e_http_p50_ms",
        "e2e_http_p99_ms",
        "e2e_http_200_p50_ms",
        "e2e_http_200_p99_ms",
        "rss_loaded_mb",
    ),
    "start": ("start_cold_s", "start_warm_s", "rss_mb"),
}
"""Which file measures what; a file measures all of its figures in one run."""

LONG = (
    "region_100k_bulk_s", "region_100k_live_s", "region_100k_rebuild_s", "child_view_p50_ms",
    "child_view_p99_ms", "child_view_scale_p50", "child_view_scale_p99", "rebuild_1m_s",
    "rebuild_10m_s", "soak_growth_mb",
)  # fmt: skip
"""Measured by `bench.long`, with `make bench-long`."""


def main(only: str = "", runs: int = 5) -> None:
    """Measure, print and write."""
    wanted = set(only.split(",")) if only else {f for figures in FILES.values() for f in figures}
    unknown = wanted - {figure for figures in FILES.values() for figure in figures}
    if unknown:
        raise typer.BadParameter(f"there is no {', '.join(sorted(unknown))}")
    console = Console()
    results: list[Result] = []
    for name, figures in FILES.items():
        if not wanted.intersection(figures):
            continue
        with console.status(f"measuring {', '.join(figures)} ({runs} runs, in turns)"):
            found = measured(importlib.import_module(f"bench.{name}").measure, runs)
        found = [result for result in found if result.id in wanted]
        keep(found)  # at once: what was measured is not lost if the next one fails
        results += found
        for result in found:
            console.print(line(result), soft_wrap=True)
    console.print(_table(results))
    console.print(f"Written to {RESULTS}")


def _table(results: list[Result]) -> Table:
    table = Table("figure", "value", "ratio", "lowest-highest", "against")
    for result in results:
        spread = f"{result.spread[0]:,}-{result.spread[1]:,}"
        table.add_row(
            result.id,
            f"{result.value:,.1f} {result.unit}",
            f"{result.ratio}x" if result.ratio is not None else "",
            f"{spread}x" if result.ratio is not None else spread,
            f"{result.baseline_value:,.1f} {result.baseline}" if result.baseline else result.what,
        )
    return table


def keep(results: list[Result]) -> None:
    """Write these figures; those that were not measured now stay."""
    kept: dict[str, Any] = {}
    if RESULTS.exists():
        kept = {result["id"]: result for result in json.loads(RESULTS.read_text())}
    kept |= {result.id: asdict(result) for result in results}
    order = [figure for figures in FILES.values() for figure in figures] + [*LONG]
    RESULTS.write_text(
        json.dumps([kept[figure] for figure in order if figure in kept], indent=1) + "\n"
    )


if __name__ == "__main__":
    typer.run(main)
