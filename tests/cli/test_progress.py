"""Progress where nobody sees a bar: plain lines, not too many, with rate and time remaining."""

import io

from rich.console import Console

from services.cli.progress import progress_on


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_lines_tell_rate_and_time_remaining_every_few_seconds() -> None:
    clock, out = Clock(), io.StringIO()
    with progress_on(Console(file=out, force_terminal=False), clock) as told:
        told("reading events", 1000, 10_000)
        for second in range(1, 10):
            clock.at = 100.0 + second
            told("reading events", 1000 + second * 1000, 10_000)
        told("reading events", 10_000, 10_000)

    assert out.getvalue().splitlines() == [
        "reading events: 1,000 of 10,000",
        "reading events: 6,000 of 10,000, 1,000/s, 4 s left",
        "reading events: 10,000 of 10,000, 1,000/s",
    ]


def test_a_bar_is_shown_on_a_terminal() -> None:
    out = io.StringIO()
    with progress_on(Console(file=out, force_terminal=True, width=100)) as told:
        told("reading events", 0, 2)
        told("reading events", 2, 2)

    assert "reading events" in out.getvalue()
    assert "2/2" in out.getvalue()
