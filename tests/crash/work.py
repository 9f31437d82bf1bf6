"""What clients send while things break: for each service a report, and a look at what was sent.

A service that is added gets a line in `WORK`; a test fails until then.
"""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from services.intelligence.api import examples as intelligence
from services.screening.api import examples as screening

SYLLABLES = [first + second for first in "bdfghklmnrstvwyz" for second in "aeio"]
FORCE = "southmere-police"

Body = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """Something that clients of a service do.

    Attributes:
        service, persona: whom they ask, and as whom.
        path: where they post.
        body: what, from a seed, a number and a reference of their own.
        begins: the type of the event with which what they reported begins.
        shows: where they read what they sent, by its id; none where there is nothing to read.
        follows: what they post afterwards to what they sent, every fourth time.
    """

    service: str
    persona: str
    path: str
    body: Callable[[int, int, str], Body]
    begins: str
    shows: str | None = None
    follows: tuple[str, Callable[[Body], Body]] | None = None


def name_of(seed: int, number: int) -> str:
    """A name that nobody else has."""
    chance = random.Random(f"{seed}-{number}")
    first, last = ("".join(chance.choices(SYLLABLES, k=4)).capitalize() for _ in range(2))
    return f"{first} {last}"


def report(seed: int, number: int, reference: str) -> Body:
    """A report about a child of its own, every third about one of a few children."""
    chance = random.Random(f"{seed}+{number}")
    # Every fifth is under 13, so that a rule speaks of each such report.
    born = 2003 if number % 5 == 0 else 2001
    identifiers = []
    if number % 3 == 0:
        # The same few numbers again and again: links that depend on what was linked before.
        value = nhs_number(900_000_000 + seed % 1000 * 100 + number % 20)
        identifiers = [{"scheme": "nhs-number", "value": value, "verified": True}]
    return {
        "force": FORCE,
        "force_reference": reference,
        "report_version": 1,
        "concern": "missing",
        "missing_from": "care",
        "missing_since": "2015-04-18T21:30:00Z",
        "reported_at": "2015-04-18T23:05:00Z",
        "risk": {"level": "high"},
        "at_risk_of_exploitation": "yes",
        "known_to_social_care": "yes",
        "circumstances": "Not back by curfew.",
        "child": {
            "names": [{"full": name_of(seed, number)}],
            "date_of_birth": f"{born}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "identifiers": identifiers,
        },
        "places": [{"role": "missing_from", "name": "Saltmarsh House", "type": "childrens-home"}],
    }


def returned(sent: Body) -> Body:
    """The return of a child who was reported."""
    return {
        "force_reference": sent["force_reference"],
        "returned_at": "2015-04-19T06:00:00Z",
        "how": "found_by_police",
        "family_may_know_place": True,
    }


def screened(seed: int, number: int, _reference: str) -> Body:
    """A filled screening tool about a child of its own."""
    form = _example(screening.SCREENING)
    form["child"] = {"names": [{"full": name_of(seed, number)}], "date_of_birth": "2001-02-15"}
    return form


def informed(seed: int, number: int, _reference: str) -> Body:
    """An information report."""
    given = _example(intelligence.REPORT)
    given["account"] = f"{name_of(seed, number)} was in room {number} again."
    return given


def _example(config: Any) -> Body:
    found: Body = deepcopy(config["json_schema_extra"]["examples"][0])
    return found


def nhs_number(nine: int) -> str:
    """A valid NHS number that begins with these nine digits, or with the next that can."""
    while True:
        digits = f"{nine:09}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
        nine += 50


MISSING = Work(
    service="missing",
    persona="southmere-police-system",
    path="/episodes",
    body=report,
    begins="missing.episode-reported.",
    shows="/episodes/{id}",
    follows=("/returns", returned),
)

WORK = {
    work.service: work
    for work in (
        MISSING,
        Work(
            service="screening",
            persona="school",
            path="/screenings",
            body=screened,
            begins="screening.screening-completed.",
            shows="/screenings/{id}",
        ),
        Work(
            service="intelligence",
            persona="hotel-watch",
            path="/reports",
            body=informed,
            begins="intelligence.report-submitted.",
            shows="/submissions/{id}",
        ),
    )
}
"""By service. The read side, and intake, are worked with by `tests.crash.lookers`."""
