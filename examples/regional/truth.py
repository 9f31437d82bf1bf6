"""What is true in the region: children, what happened to them, who did it, and where.

Made from a seed and a size with nothing else, so that the same seed makes the same world.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from examples.regional.names import FAMILY, GIVEN, NICKNAMES
from examples.regional.sizes import AUTHORITIES, DESTINATIONS, Size, area_code

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
ASKED_FROM = date(2015, 2, 1)
"""Before, forces did not ask whether a missing child is at risk of exploitation."""


@dataclass
class Place:
    """Somewhere.

    Attributes:
        type: a code; empty where nobody says.
        area: the code of the authority in whose area its postcode is; none where nobody gives one.
    """

    type: str
    postcode: str | None
    area: str | None


@dataclass
class Status:
    """What an authority says of a child's standing, by its days."""

    reference: str
    kind: str
    since: date
    until: date | None
    in_home: bool = False


@dataclass
class Screening:
    """The tool, filled in."""

    at: datetime
    level: str
    ticks: list[str]


@dataclass
class Interview:
    """A return interview that was held."""

    at: datetime
    exploitation: str
    visited: Place | None


@dataclass
class Episode:
    """A time away."""

    reference: str
    since: datetime
    back: datetime
    concern: str
    at_risk: str
    found_at: Place | None
    interview: Interview | None


@dataclass
class Person:
    """A child, or somebody who is said to exploit.

    Attributes:
        id: in the ledger.
        born: none where nobody knows.
        about: years from and to, where only an age was estimated.
        number: an NHS number of the range that is kept for tests, or the force's own.
    """

    id: str
    given: str
    family: str
    number: str
    sex: str
    ethnicity: str
    born: date | None
    about: tuple[int, int] | None = None
    nickname: str = ""


@dataclass
class Child(Person):
    """A child, and what happened."""

    authority: str = ""
    statuses: list[Status] = field(default_factory=list)
    screenings: list[Screening] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)


@dataclass
class Incident:
    """Something that is said to have happened; `offenders` may be fewer than the report's."""

    at: datetime
    offenders: list[str]


@dataclass
class Information:
    """An information report."""

    id: str
    at: datetime
    by: str
    children: list[str]
    offenders: list[str]
    incidents: list[Incident]
    places: list[Place]
    online: bool


@dataclass
class World:
    """Everything.

    Attributes:
        directory: the invented postcodes, and the authority's code of each.
    """

    seed: int
    size: Size
    children: list[Child]
    offenders: list[Person]
    information: list[Information]
    directory: dict[str, str]


def make(seed: int, size: Size) -> World:
    """The world of a seed."""
    return _Making(seed, size).world()


class _Making:
    def __init__(self, seed: int, size: Size) -> None:
        self._random = random.Random(f"region {seed}")  # noqa: S311 (a simulator's dice)
        self._seed = seed
        self._size = size
        self._numbers: set[str] = set()
        # By so many days may a child be older than their age: nobody grows up before the end.
        self._days_older = min(270, 362 - ((size.last - size.first) / 2).days)
        self.directory: dict[str, str] = {}

    def world(self) -> World:
        size = self._size
        children = [self._child(number) for number in range(size.children)]
        reports = round(size.children * size.reports)
        offenders = [self._offender(number) for number in range(round(reports * size.offenders))]
        information = [self._information(n, children, offenders) for n in range(reports)]
        return World(self._seed, size, children, offenders, information, self.directory)

    def _pick(self, kind: str) -> str:
        weights = self._size.weights[kind]
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _child(self, number: int) -> Child:
        age = int(self._pick("age"))
        middle = self._size.first + (self._size.last - self._size.first) / 2
        child = Child(
            id=f"child-{number}",
            given=self._random.choice(GIVEN),
            family=self._random.choice(FAMILY),
            number=self._nhs_number(),
            sex=self._pick("sex"),
            ethnicity=self._pick("ethnicity"),
            born=middle - timedelta(days=age * 365.25 + self._random.randrange(self._days_older)),
            authority=self._random.choice(AUTHORITIES),
        )
        self._stand(child)
        self._screen(child)
        for count in range(
            self._random.choice((1, 1, 2)) if self._chance(self._size.missing) else 0
        ):
            child.episodes.append(self._episode(child, count))
        if not child.screenings and not child.episodes:
            # Somebody noticed something of everybody here; who is noticed by nobody is not told.
            child.episodes.append(self._episode(child, 0))
        return child

    def _stand(self, child: Child) -> None:
        """Care of now, care of before, or another standing: each a status of its own."""
        if self._chance(self._size.in_care):
            since = self._size.first - timedelta(days=self._random.randrange(10, 700))
            home = self._chance(0.3)
            child.statuses.append(self._status(child, "looked-after", since, None, in_home=home))
            return
        if self._chance(self._size.lived_in_home):
            since = self._size.first - timedelta(days=self._random.randrange(500, 900))
            until = since + timedelta(days=self._random.randrange(30, 300))
            child.statuses.append(self._status(child, "looked-after", since, until, in_home=True))
        if self._chance(0.3):
            kind = self._random.choice(("child-in-need", "child-protection-plan"))
            since = self._size.first - timedelta(days=self._random.randrange(10, 200))
            child.statuses.append(self._status(child, kind, since, None))

    def _status(
        self, child: Child, kind: str, since: date, until: date | None, *, in_home: bool = False
    ) -> Status:
        reference = f"R{self._seed}/{child.id}/{len(child.statuses) + 1}"
        return Status(reference, kind, since, until, in_home)

    def _screen(self, child: Child) -> None:
        for _ in range(self._random.choice((1, 1, 2)) if self._chance(self._size.screened) else 0):
            level = self._pick("level")
            at = self._moment()
            if level == "low" and (at.date() - (child.born or at.date())).days < 13 * 366:
                level = "medium"  # the tool's first floor
            child.screenings.append(Screening(at, level, self._ticks(level)))
        child.screenings.sort(key=lambda screening: screening.at)

    def _ticks(self, level: str) -> list[str]:
        """What is ticked: more alcohol, drugs and ill health where the risk is higher (PP13)."""
        often = {"low": 0.15, "medium": 0.3, "significant": 0.6}[level]
        ticks = [code for code in ("M2", "M5", "M6", "M7", "M9", "V6", "V8") if self._chance(often)]
        if level == "significant":
            ticks += [code for code in ("S1", "S3", "S4") if self._chance(0.5)]
        if self._chance(self._size.online):
            ticks.append("S6")
        return sorted(ticks) or ["V6"]

    def _episode(self, child: Child, count: int) -> Episode:
        since = self._moment()
        back = since + timedelta(hours=self._random.randrange(3, 40))
        interview = None
        concern = "missing" if self._chance(0.85) else "absent"
        at_risk = self._random.choice(("yes", "yes", "no", "unknown"))
        if concern == "missing" and self._chance(self._size.interviewed):
            visited = self._place(child.authority) if self._chance(0.6) else None
            exploitation = self._random.choice(("no-current-concern", "low", "medium"))
            interview = Interview(back + timedelta(hours=30), exploitation, visited)
        return Episode(
            reference=f"R{self._seed}/{child.id}/M{count + 1}",
            since=since,
            back=back,
            concern=concern,
            at_risk=at_risk if since.date() >= ASKED_FROM else "not_asked",
            found_at=self._place(child.authority) if self._chance(0.7) else None,
            interview=interview,
        )

    def _offender(self, number: int) -> Person:
        age = max(15, min(70, round(self._random.gauss(27, 8))))
        known = self._pick("offender-age")
        born = self._size.first - timedelta(days=age * 365.25 + self._random.randrange(365))
        named = self._chance(self._size.named)
        return Person(
            id=f"offender-{number}",
            given=self._random.choice(GIVEN) if named else "",
            family=self._random.choice(FAMILY) if named else "",
            nickname=self._random.choice(NICKNAMES),
            number=f"F{self._seed:03}{number:06}",
            sex=self._pick("offender-sex"),
            ethnicity=self._pick("ethnicity"),
            born=born if known == "born" else None,
            about=(age - 2, age + 3) if known == "about" else None,
        )

    def _information(
        self, number: int, children: list[Child], offenders: list[Person]
    ) -> Information:
        victims = self._random.sample(children, min(len(children), self._random.choice((1, 1, 2))))
        by = self._random.sample(offenders, min(len(offenders), self._random.choice((0, 1, 1, 2))))
        ids = [offender.id for offender in by]
        incidents = [
            Incident(self._moment(), ids if self._chance(0.7) else ids[:1])
            for _ in range(self._random.choice((1, 1, 2)))
        ]
        at = max(incident.at for incident in incidents) + timedelta(hours=2)
        authority = victims[0].authority
        return Information(
            id=f"information-{number}",
            at=at,
            by=authority,
            children=[child.id for child in victims],
            offenders=ids,
            incidents=incidents,
            places=[self._place(authority) for _ in range(self._random.choice((0, 1, 1, 2)))],
            online=self._chance(self._size.online),
        )

    def _moment(self) -> datetime:
        """Within the period and by daylight, a few days before its end for what follows it."""
        days = (self._size.last - self._size.first).days - 5
        day = self._size.first + timedelta(days=self._random.randrange(1, days))
        minute = self._random.randrange(9 * 60, 17 * 60)
        return datetime.combine(day, time(minute // 60, minute % 60), UTC)

    def _place(self, authority: str) -> Place:
        kind = self._pick("place")
        if self._chance(0.2):
            return Place(kind, None, None)
        far = self._chance(self._size.far)
        area = self._random.choice(DESTINATIONS) if far else area_code(authority)
        # No outward code of the United Kingdom begins with Q: none of these is anybody's.
        outward = f"QX{area[-1]}" if far else f"QN{area[-1]}"
        inward = f"{self._random.randrange(10)}{''.join(self._random.choices(LETTERS, k=2))}"
        postcode = f"{outward} {inward}"
        self.directory[postcode] = area
        return Place(kind, postcode, area)

    def _nhs_number(self) -> str:
        """A number of the range 999, which is kept for tests and never given to anybody."""
        while True:
            first = f"999{self._random.randrange(*self._size.numbers):06}"
            total = sum(
                int(digit) * weight for digit, weight in zip(first, range(10, 1, -1), strict=True)
            )
            check = (11 - total % 11) % 11
            number = f"{first}{check}"
            # Modulus 11 has no 10; and ten times the same digit is no number, not even a test's.
            if check != 10 and len(set(number)) > 1 and number not in self._numbers:  # noqa: PLR2004
                self._numbers.add(number)
                return number
