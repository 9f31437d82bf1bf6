"""What comes again in a child's episodes: days, times of day, places, people, vehicles. Pure.

A pattern is shown only where more than one episode has it, with the evidence for each: nothing is
scored, and nothing follows from one by itself. Things are the same here when reports name them the
same; by what is said with each pattern. Where no two reports agree in words there is no pattern,
which is no sign that there is none in the world.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.child.episodes import Episode
from services.mash.views.said import Beside, Said
from services.mash.views.terms import spoken
from shared.contracts import times
from shared.contracts.mentions import PersonIdentity, PhoneDetails, PlaceDetails, VehicleDetails

PatternKind = Literal["weekday", "time-of-day", "place", "person", "vehicle", "phone"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES_OF_DAY = ((6, "night"), (12, "morning"), (18, "afternoon"), (22, "evening"), (24, "night"))
"""Until which hour, by the clocks of the place. Night is 22:00 to 06:00."""

AT_HOME = frozenset({"lives_at", "placed_at"})
"""Where a child lives is in every report, and says nothing of where she or he goes."""

EXPECTED = frozenset({"carer", "professional"})
"""People who are in every report because they made it."""

ASSOCIATES = frozenset({"associate", "seen_with"})


class Seen(Struct, frozen=True, kw_only=True):
    """Where a pattern was seen.

    Attributes:
        episode_id: none where no episode is spoken of, as in a concern that nobody reported.
        said: who said so and when; of a day or a time of day, the report of the episode.
        mention_id: the place, person or thing in that report.
        role: in which role it was named there.
    """

    episode_id: UUID | None
    said: Said
    mention_id: UUID | None = None
    role: str | None = None


class Pattern(Struct, frozen=True, kw_only=True):
    """Something that more than one episode has.

    Attributes:
        what: the weekday, the time of day, the name, the number: as the newest report gives it.
        matched_on: what agreed: `name`, `postcode`, `registration`, `description`, `number`.
        episodes: how many have it.
    """

    kind: PatternKind
    what: str
    matched_on: str
    episodes: int
    seen: tuple[Seen, ...]


class Associate(Struct, frozen=True, kw_only=True):
    """Somebody named as the child's associate, or seen with the child, in all reports that do.

    Attributes:
        name: as the newest report gives it; none where nobody named them.
    """

    name: str | None
    seen: tuple[Seen, ...]


def patterns_of(
    episodes: Sequence[Episode], beside: Sequence[Beside], episodes_of: Mapping[UUID, set[UUID]]
) -> tuple[Pattern, ...]:
    """What comes again, the most frequent first of each kind.

    Args:
        episodes: the child's episodes.
        beside: whom and what reports name beside the child, newest first.
        episodes_of: for each event, the episodes that it speaks of.
    """
    real = [each for each in episodes if not each.in_error and each.began is not None]
    counted = {each.episode_id for each in real}
    groups: dict[tuple[PatternKind, str, str], tuple[str, list[Seen]]] = {}
    for episode in real:
        assert episode.began is not None  # noqa: S101 (filtered above)
        assert episode.current is not None  # noqa: S101 (it began with a report)
        local = times.in_london(episode.began)
        hour = next(name for until, name in TIMES_OF_DAY if local.hour < until)
        seen = Seen(episode_id=episode.episode_id, said=episode.current.said)
        for kind, what in (("weekday", WEEKDAYS[local.weekday()]), ("time-of-day", hour)):
            groups.setdefault((kind, "start", what), (what, []))[1].append(seen)  # type: ignore[arg-type]
    for line in beside:
        if line.named.role in AT_HOME | EXPECTED:
            continue
        for kind, matched_on, key, what in _keys(line):
            group = groups.setdefault((kind, matched_on, key), (what, []))
            group[1].extend(_seen(line, episodes_of.get(line.said.event_id, set()) & counted))
    found = [
        Pattern(
            kind=kind,
            what=what,
            matched_on=matched_on,
            episodes=len({each.episode_id for each in seen_in}),
            seen=tuple(seen_in),
        )
        for (kind, matched_on, _), (what, seen_in) in groups.items()
        if len({each.episode_id for each in seen_in}) > 1
    ]
    return tuple(sorted(_once(found), key=lambda pattern: (pattern.kind, -pattern.episodes)))


def associates_of(
    beside: Sequence[Beside], episodes_of: Mapping[UUID, set[UUID]]
) -> tuple[Associate, ...]:
    """People named as associates or seen with the child; the unnamed stand each for themselves."""
    groups: dict[str, tuple[str | None, list[Seen]]] = {}
    for line in beside:
        if line.named.kind != "person" or line.named.role not in ASSOCIATES:
            continue
        name = next((what for _, on, _, what in _keys(line) if on == "name"), None)
        key = _same(name) if name is not None else str(line.named.mention_id)
        seen = groups.setdefault(key, (name, []))[1]
        seen.extend(_seen(line, episodes_of.get(line.said.event_id) or {None}))
    return tuple(Associate(name=name, seen=tuple(seen)) for name, seen in groups.values())


def _seen(line: Beside, episodes: Iterable[UUID | None]) -> list[Seen]:
    return [
        Seen(
            episode_id=episode_id,
            said=line.said,
            mention_id=line.named.mention_id,
            role=line.named.role,
        )
        for episode_id in sorted(episodes, key=str)
    ]


def _once(patterns: Iterable[Pattern]) -> list[Pattern]:
    """One pattern for the same evidence: a place that agrees in name and postcode is one place."""
    kept: dict[tuple[str, frozenset[UUID | None]], Pattern] = {}
    for pattern in patterns:
        things = frozenset(each.mention_id for each in pattern.seen)
        key = (pattern.kind + (pattern.what if things == {None} else ""), things)
        kept.setdefault(key, pattern)
    return list(kept.values())


Key = tuple[PatternKind, str, str, str]
"""Kind, what agrees, the value that must be equal, and how to show it."""


def _keys(line: Beside) -> list[Key]:
    """By what something may be the same as in another report; nothing where it cannot be read."""
    content = line.named.details.opened
    if content is None:
        return []
    match line.named.kind:
        case "person":
            identity = msgspec.json.decode(content, type=PersonIdentity)
            return [
                ("person", "name", key, name.full)
                for name in identity.names
                if (key := _same(name.full))
            ]
        case "place":
            return _place_keys(msgspec.json.decode(content, type=PlaceDetails))
        case "vehicle":
            return _vehicle_keys(msgspec.json.decode(content, type=VehicleDetails))
        case "phone":
            number = msgspec.json.decode(content, type=PhoneDetails).number or ""
            digits = "".join(filter(str.isdigit, number))
            return [("phone", "number", digits, number)] if digits else []
    return []


def _place_keys(place: PlaceDetails) -> list[Key]:
    keys: list[Key] = []
    what = place.name or ", ".join(place.address) or place.postcode or ""
    if place.name and (key := _same(place.name)):
        keys.append(("place", "name", key, what))
    if place.uprn:
        keys.append(("place", "uprn", place.uprn, what))
    if place.postcode and place.address:
        # Fifteen homes share a postcode: it proves a place only together with the first line.
        keys.append(("place", "address", f"{place.postcode} {_same(place.address[0])}", what))
    return keys


def _vehicle_keys(vehicle: VehicleDetails) -> list[Key]:
    parts = [part for part in (vehicle.colour, vehicle.make, vehicle.model) if part]
    keys: list[Key] = []
    if vehicle.registration:
        on = "part of the registration" if vehicle.registration_is_partial else "registration"
        keys.append(("vehicle", on, vehicle.registration, vehicle.registration))
    if parts:
        what = " ".join(parts)
        keys.append(("vehicle", "description", _same(what), what))
    return keys


def _same(words: str) -> str:
    """Words without case, accents, punctuation and spaces: O'Dell and o dell are one name."""
    return spoken(words).replace(" ", "")
