"""What an import says at its end."""

import io

import pytest
from rich.console import Console

from services.cli.importing.run import Tally
from services.cli.importing.telling import Teller


def said(became: list[str], *, stopped_at: int) -> str:
    """What is said of rows of which one, the `stopped_at`th, was refused."""
    tally = Tally(rows=len(became))
    for number, each in enumerate(became, 1):
        tally.count(each)
        if number == stopped_at:
            tally.stopped_at = number
    out = io.StringIO()
    Teller(Console(file=out, width=1000)).summed_up(tally, rehearsed=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (["not-sent", "not-sent"], "2 rows after it are not sent. Mend"),
        (["stored", "not-sent"], "1 row after it is not sent, 1 was under way already and stored."),
        (["stored", "there-already", "stored"], "2 were under way already and stored."),
    ],
)
def test_rows_that_were_under_way_after_the_refused_one_are_told(
    after: list[str], expected: str
) -> None:
    assert expected in said(["stored", "refused", *after], stopped_at=2)
