"""A child's view in words: codes and sealed details as a person reads them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from rich.console import Console

from services.mash.views.child import Line
from services.mash.views.facts import Details
from shared.contracts import times
from shared.contracts.mentions import (
    OrganisationDetails,
    PersonIdentity,
    PhoneDetails,
    PlaceDetails,
    VehicleDetails,
)

HOW = {
    "returned_by_self": "came back by themselves",
    "found_by_police": "found by police",
    "found_by_carer": "found by a carer",
    "found_by_other_agency": "found by another agency",
    "found_by_public": "found by a member of the public",
    "unknown": "how is not known",
}
ROLES = {
    "lives_at": "lives at",
    "last_seen_at": "last seen at",
    "found_at": "found at (police)",
    "said_visited": "said they visited",
    "seen_in": "seen in",
    "seen_with": "seen with",
    "used_by": "phone",
}
INTERVIEWERS = {
    "independent": "somebody independent of the placement and of the responsible authority",
    "responsible-authority": "the responsible authority's own staff",
    "placement": "the placement's own staff",
}
UNREADABLE = {
    "erased": "erased",
    "withheld": "not for this service",
    "absent": "nothing given",
    "sealed": "sealed",
    "plain": "",
}


def print_as_of(as_of: Mapping[str, int], console: Console) -> None:
    """Print up to which event of each store an answer goes, and that it is on record."""
    known = [f"{store} {position}" for store, position in sorted(as_of.items())]
    console.print(
        f"\n[dim]As of these events: {', '.join(known)}. That you looked is on record.[/]"
    )


def names_in(details: Details) -> list[str]:
    """The names that sealed details give; none where they cannot be read."""
    content = details.opened
    if content is None:
        return []
    return [name.full for name in msgspec.json.decode(content, type=PersonIdentity).names]


def person_in_words(details: Details) -> str:
    """Who somebody is, as one report says."""
    content = details.opened
    if content is None:
        return UNREADABLE[details.state]
    identity = msgspec.json.decode(content, type=PersonIdentity)
    parts = [
        name.full if name.use == "known" else f"{name.full} ({name.use})" for name in identity.names
    ]
    if identity.date_of_birth is not None:
        basis = f" ({identity.date_of_birth_basis})" if identity.date_of_birth_basis else ""
        parts.append(f"born {identity.date_of_birth}{basis}")
    if identity.age_from is not None or identity.age_to is not None:
        ages = "-".join(str(age) for age in (identity.age_from, identity.age_to) if age is not None)
        parts.append(f"age {ages}")
    if identity.sex not in {"not-recorded", "unknown"}:
        parts.append(identity.sex)
    parts += [
        f"{number.scheme} {number.value}{'' if number.verified else ' (not verified)'}"
        for number in identity.identifiers
    ]
    if identity.description is not None:
        parts.append(identity.description)
    return "; ".join(parts) or "nothing given"


def written(details: Details) -> str:
    """The sentences of a narrative, in the order of its fields."""
    content = details.opened
    if content is None:
        return UNREADABLE[details.state]
    fields = msgspec.json.decode(content)
    return " ".join(text for text in fields.values() if isinstance(text, str)) or "nothing given"


def thing_in_words(kind: str, details: Details) -> str:
    """A person, place or thing, as one report says."""
    content = details.opened
    if content is None:
        return UNREADABLE[details.state]
    if kind == "person":
        return person_in_words(details)
    types = {
        "place": PlaceDetails,
        "vehicle": VehicleDetails,
        "phone": PhoneDetails,
        "organisation": OrganisationDetails,
    }
    thing = msgspec.json.decode(content, type=types[kind])
    parts: list[str] = []
    for name in thing.__struct_fields__:
        value = getattr(thing, name)
        if isinstance(value, tuple):
            parts.extend(value)
        elif isinstance(value, str):
            parts.append(value)
        elif value is True and name == "registration_is_partial":
            parts[-1] += " (part of the registration)"
    return ", ".join(parts) or "nothing given"


def what_happened(line: Line) -> str:
    """A line of the chronology."""
    if line.what == "return":
        return f"returned: {HOW[line.how or 'unknown']}"
    if line.level is not None:
        return f"{line.what.replace('-', ' ')}: level {line.level}"
    if line.what not in {"report", "revised-report"}:
        how = HOW[line.how] if line.how else None
        codes = [line.concern, f"risk {line.risk}" if line.risk else None, how, line.kind]
        said = ", ".join(code.replace("-", " ") for code in codes if code)
        return line.what.replace("-", " ") + (f": {said}" if said else "")
    version = "" if line.what == "report" else " (another version of the report)"
    risk = f", risk {line.risk}" if line.risk else ""
    return f"reported {line.concern}{risk}{version}"


def when(moment: str | datetime) -> str:
    """A moment by the clocks of the place, to the minute: `27 Mar 2015 18:00`."""
    found = times.read(moment) if isinstance(moment, str) else moment
    return times.in_london(found).strftime("%-d %b %Y %H:%M")
