"""What the fault tests run instead of `throughline`: the same, with faults armed, or a mutant.

`python -m tests.crash.program FOLDER serve NAME ...` arms the faults in the first line of
`FOLDER/NAME`, and takes that line away: started again, it arms the next. Nothing of this is in any
package that is installed.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from services.cli.commands import main
from shared import failpoints
from shared.contracts import times
from shared.contracts.registry import EVENTS
from tests.crash import broken


def arm(plan: Path) -> None:
    """Arm the first line of a plan, and take it away."""
    try:
        first, _, rest = plan.read_text().partition("\n")
    except FileNotFoundError:
        return
    new = plan.with_suffix(".new")
    new.write_text(rest)
    new.replace(plan)
    if first:
        failpoints.arm(failpoints.faults_in(first))


def break_by_design(service: str) -> None:
    """Make a service the mutants that the environment says: `missing=early-receipt mash=...`."""
    for word in os.environ.get("CRASH_BROKEN", "").split():
        name, _, how = word.partition("=")
        if name == service:
            broken.BREAK[how]()


def misread(service: str) -> None:
    """Be code with a fault, that cannot read an event type: `CRASH_MISREADS` says which."""
    for word in os.environ.get("CRASH_MISREADS", "").split():
        name, _, event = word.partition("=")
        if name == service:
            EVENTS._decoders[event] = msgspec.json.Decoder(int)


def follow_clock(file: Path) -> None:
    """Have the process's clock be ahead of the real time by as many seconds as a file says."""
    now = times.now

    def ahead() -> datetime:
        try:
            return now() + timedelta(seconds=float(file.read_text()))
        except (FileNotFoundError, ValueError):  # not set, or being set
            return now()

    times.now = ahead


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    if sys.argv[1:2] == ["serve"]:
        break_by_design(sys.argv[2])
        misread(sys.argv[2])
        arm(folder / sys.argv[2])
        follow_clock(folder / "clock")
    main()
