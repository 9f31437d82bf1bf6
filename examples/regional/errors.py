"""What goes wrong between what is true and what agencies send, at rates with a reason for each."""

import copy
import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from examples.regional.reports import Body, Sent

DAYS_LATE = 30


def rates() -> dict[str, float]:
    """The committed rates; each stands with its reason in `error-rates.json`."""
    text = (files("examples.regional") / "error-rates.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return {name: entry["rate"] for name, entry in found.items()}


def with_errors(
    sent: list[Sent], seed: int, rate: dict[str, float]
) -> tuple[list[Sent], list[str]]:
    """What is sent with errors, and a line for each error that was made.

    Each line has the number of the request as it is sent, the error, and where in the body.
    """
    making = _Errors(seed, rate)
    changed = [each for one in sent for each in making.changed(one)]
    # What answers to another request, a grade or an interview, is sent after all of the others.
    order = sorted(range(len(changed)), key=lambda number: _when(changed[number][0]))
    made = [f"{number} {error}" for number, old in enumerate(order) for error in changed[old][1]]
    return [changed[old][0] for old in order], made


def _when(sent: Sent) -> tuple[bool, datetime]:
    return (sent.allocated_by is not None or "{" in sent.path, sent.at)


class _Errors:
    def __init__(self, seed: int, rate: dict[str, float]) -> None:
        self._random = random.Random(f"errors {seed}")  # noqa: S311 (a simulator's dice)
        self._rate = rate

    def changed(self, sent: Sent) -> list[tuple[Sent, list[str]]]:
        """A request as it is really sent: changed, late, twice."""
        body, errors = copy.deepcopy(sent.body), []
        # The tool refuses an age that does not go with its level, so there it is seen at once.
        dated = sent.path != "/screenings"
        for pointer in sent.who:
            made = self._person(_at(body, pointer), dated=dated)
            errors += [f"{error} {pointer}" for error in made]
        if sent.path == "/statuses" and not body["child"]["identifiers"]:
            # An authority finds its child by a number: it is refused without one.
            body["child"]["identifiers"] = sent.body["child"]["identifiers"]
            errors.remove("no-number /child")
        for number, place in enumerate(body.get("places", ())):
            if "postcode" in place and self._happens("no-postcode"):
                del place["postcode"]
                errors.append(f"no-postcode /places/{number}")
        at = sent.at
        if "{" not in sent.path and self._happens("late"):
            at += timedelta(days=self._random.randrange(1, DAYS_LATE))
            errors.append("late")
        found = [(replace(sent, body=body, at=at), errors)]
        if sent.path == "/reports" and self._happens("duplicate"):
            again = replace(sent, body=copy.deepcopy(body), at=at + timedelta(days=1), keep=None)
            found.append((again, ["duplicate"]))
        return found

    def _person(self, person: Body, *, dated: bool) -> list[str]:
        errors = []
        for name in person["names"]:
            if "family" in name and self._happens("misspelt-name"):
                name["family"] = self._misspelt(name["family"])
                errors.append("misspelt-name")
            if "family" in name and self._happens("swapped-names"):
                name["given"], name["family"] = name["family"], name["given"]
                errors.append("swapped-names")
            if "family" in name:
                name["full"] = f"{name['given']} {name['family']}"
        if dated and "date_of_birth" in person and self._happens("wrong-birth"):
            person["date_of_birth"] = self._wrong(person["date_of_birth"])
            errors.append("wrong-birth")
        if self._happens("no-number"):
            person["identifiers"] = []
            errors.append("no-number")
        return errors

    def _happens(self, error: str) -> bool:
        return self._random.random() < self._rate[error]

    def _misspelt(self, name: str) -> str:
        at = self._random.randrange(1, len(name) - 2)
        if self._random.random() < 0.5:  # noqa: PLR2004 (either slip is as likely)
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        return name[:at] + name[at + 1 :]

    def _wrong(self, written: str) -> str:
        born = datetime.fromisoformat(written)
        if born.day <= 12 and born.day != born.month:  # noqa: PLR2004 (it can be a month)
            return f"{born.year}-{born.day:02}-{born.month:02}"
        return (born + timedelta(days=365)).date().isoformat()


def _at(body: Body, pointer: str) -> Body:
    found: Any = body
    for part in pointer.strip("/").split("/"):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found  # type: ignore[no-any-return] # of a body
