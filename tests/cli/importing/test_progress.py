"""How far an import is, where nobody looks: a line now and then, with rate and time left."""

import io

from rich.console import Console

from services.cli.importing.progress import LINE_EVERY_SECONDS, Steps


def test_a_log_gets_a_line_now_and_then() -> None:
    said = io.StringIO()
    now = 1000.0
    with Steps(Console(file=said, width=80), clock=lambda: now) as steps:
        steps.begin("sending", 2000, counts_rows=True)
        for row in range(1, 2001):
            now += 0.0625
            steps.at(row, row)
    told = said.getvalue().splitlines()
    assert told[0] == "sending: 160 rows, 16 a second, about 115 s left"
    assert told[6] == "sending: 1,120 rows, 16 a second, about 55 s left"
    assert len(told) == 2000 // 160
    assert LINE_EVERY_SECONDS == 10


def test_hours_are_said_in_minutes() -> None:
    said = io.StringIO()
    now = 0.0
    with Steps(Console(file=said, width=80), clock=lambda: now) as steps:
        steps.begin("checking", 1_000_000, counts_rows=False)
        now = 20.0
        steps.at(1_000, 10)
    assert said.getvalue() == "checking: 10 rows, 0 a second, about 333 min left\n"
