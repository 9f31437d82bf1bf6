"""The table of docs/performance.md, from bench/results.json: `python -m bench.page`."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: made by python -m bench.page -->", "<!-- end of figures -->"

AT_LEAST = {
    "append_async_256": 10, "append_recorder": 30, "relay": 10, "read": 4.5,
    "project_same_views": 30, "rebuild": 100, "rebuild_same_views": 100,
}  # fmt: skip
"""Ratios that we want to reach."""

AT_MOST = {
    "rebuild_10m_s": 300, "e2e_http_p99_ms": 50, "e2e_http_200_p99_ms": 100,
    "e2e_kernel_p99_ms": 25, "start_cold_s": 15, "start_warm_s": 6, "read_under_rebuild": 2,
    "child_view_scale_p50": 1.5, "child_view_scale_p99": 1.5, "region_100k_bulk_s": 1200,
}  # fmt: skip
"""Bare figures that we do not want to exceed."""


def table(results: list[dict[str, Any]]) -> str:
    """The figures as a Markdown table, each with its bar."""
    lines = [
        "| figure | ours | against | how many times better (lowest–highest) | bar |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        low, high = result["spread"]
        ours = f"{_number(result['value'])} {result['unit']}"
        if result["ratio"] is None:
            spread = f" ({_number(low)}–{_number(high)})" if result["runs"] > 1 else ""
            lines.append(
                f"| `{result['id']}` | {ours}{spread} | {result['what']} | | {_bar(result)} |"
            )
        else:
            against = f"{_number(result['baseline_value'])} {result['baseline']}"
            lines.append(
                f"| `{result['id']}` | {ours}: {result['what']} | {against} | "
                f"**{result['ratio']:g}** ({low:g}–{high:g}) | {_bar(result)} |"
            )
    return "\n".join(lines)


def _bar(result: dict[str, Any]) -> str:
    if (wanted := AT_LEAST.get(result["id"])) is not None:
        return f"{wanted:g}" if result["ratio"] >= wanted else f"{wanted:g}: missed"
    if (wanted := AT_MOST.get(result["id"])) is not None:
        return f"≤ {wanted:g}" if result["value"] <= wanted else f"≤ {wanted:g}: missed"
    return ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def page_with(text: str, results: list[dict[str, Any]]) -> str:
    """The page with these figures in place of its own."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Renew the page."""
    PAGE.write_text(page_with(PAGE.read_text(), json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()
