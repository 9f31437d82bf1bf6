"""What a problem profile of a world has to say, counted from the truth of it alone.

It shares no code with the service: it knows children and not mentions, events or folds. What each
figure counts is written down beside the service's own (`docs/howto/problem-profile.md`).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from examples.regional.sizes import AUTHORITIES, area_code
from examples.regional.truth import Child, Incident, Information, Person, Place, World

REGION, NOT_RECORDED, SEVERAL = "region", "not-recorded", "several-areas"
POPULATION = 60_000
"""Children in each authority. Invented, and the same everywhere: rates are then easy to check."""

ETHNIC = {
    "W1": "white-european", "W9": "white-european", "B1": "african-caribbean",
    "B2": "african-caribbean", "A2": "asian", "A9": "asian", "M1": "other", "O9": "other",
}  # fmt: skip
OWN = {area_code(authority) for authority in AUTHORITIES}


@dataclass
class Count:
    """One figure of one area."""

    base: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    value: float | None = None


def figures(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Each figure, by its id and area: its base, cells, what stands outside the base, its value."""
    return {
        figure: {
            area: {
                "base": count.base,
                "cells": dict(sorted(count.cells.items())),
                "outside": dict(sorted(count.outside.items())),
                "value": count.value,
            }
            for area, count in sorted(areas.items())
        }
        for figure, areas in sorted(_Ledger(world).count().items())
    }


class _Ledger:
    def __init__(self, world: World) -> None:
        self._world = world
        self._last = world.size.last
        self._reports: dict[str, list[Information]] = {}
        for report in world.information:
            for who in [*report.children, *report.offenders]:
                self._reports.setdefault(who, []).append(report)
        self._counts: dict[str, dict[str, Count]] = {}

    def count(self) -> dict[str, dict[str, Count]]:
        world = self._world
        known = [child for child in world.children if self._noticed(child)]
        self._areas = {child.id: self._area(child) for child in known}
        telling = {child.authority for child in known if child.statuses}
        for child in known:
            self._who(child)
            self._care(child, telling)
            self._harm(child)
            self._went(child)
        people = {each.id: each for each in world.offenders}
        for report in world.information:
            self._incidents(report, people)
        for offender in world.offenders:
            if self._reports.get(offender.id):
                self._offender(offender)
        self._rates()
        return self._counts

    def _in(self, figure: str, area: str) -> list[Count]:
        """The counts of an area and of the region."""
        areas = self._counts.setdefault(figure, {})
        return [areas.setdefault(name, Count()) for name in (area, REGION)]

    def _add(self, figure: str, area: str, *cells: str) -> None:
        for count in self._in(figure, area):
            count.base += 1
            count.cells.update(cells)

    def _beside(self, figure: str, area: str, cell: str) -> None:
        for count in self._in(figure, area):
            count.outside[cell] += 1

    def _noticed(self, child: Child) -> list[datetime]:
        """When somebody first or later said that this child is exploited or at risk."""
        found = [screening.at for screening in child.screenings]
        for episode in child.episodes:
            if episode.at_risk == "yes":
                found.append(episode.since)
            interview = episode.interview
            if interview is not None and interview.exploitation != "no-current-concern":
                found.append(interview.at)
        for report in self._reports.get(child.id, []):
            found += [incident.at for incident in report.incidents] or [report.at]
        return found

    def _in_care(self, child: Child) -> bool:
        return any(
            status.kind == "looked-after" and (status.until is None or status.until >= self._last)
            for status in child.statuses
        )

    def _area(self, child: Child) -> str:
        in_force = any(s.until is None or s.until >= self._last for s in child.statuses)
        return child.authority if in_force or child.screenings else NOT_RECORDED

    def _who(self, child: Child) -> None:
        area = self._areas[child.id]
        self._add("PP1", area)
        first = min(self._noticed(child)).date()
        self._add("PP2", area, str(_age(child.born, first)) if child.born else NOT_RECORDED)
        self._add("PP3", area, child.sex or NOT_RECORDED)
        self._add("PP4", area, ETHNIC.get(child.ethnicity, NOT_RECORDED))

    def _care(self, child: Child, telling: set[str]) -> None:
        area = self._areas[child.id]
        if area not in telling:
            self._beside("PP9", area, "authority-tells-nothing")
            return
        if self._in_care(child):
            self._add("PP9", area, "in-care")
            return
        self._add("PP9", area, "not-in-care")
        lived = any(status.in_home for status in child.statuses)
        self._add("PP10", area, "lived-in-childrens-home" if lived else "not-told")

    def _harm(self, child: Child) -> None:
        area = self._areas[child.id]
        newest = child.screenings[-1] if child.screenings else None
        level = newest.level if newest is not None else None
        ticks = set(newest.ticks) if newest is not None else set()
        reports = self._reports.get(child.id, [])
        if level == "significant" or reports:
            online = "S6" in ticks or any(report.online for report in reports)
            self._add("PP12", area, "online" if online else "not-told")
        if newest is not None and level in {"significant", "low"}:
            cells = [str(level)]
            told = {"alcohol-or-drugs": {"M6", "M7"}, "sexual-health": {"M5"}, "V8": {"V8"}}
            cells += [f"{level}: {name}" for name, codes in told.items() if codes & ticks]
            self._add("PP13", area, *cells)
        for count in self._in("PP17", area):
            count.cells["screened"] += newest is not None
            count.cells["significant"] += level == "significant"

    def _went(self, child: Child) -> None:
        area = self._areas[child.id]
        concerns = {episode.concern for episode in child.episodes}
        away = "missing" if "missing" in concerns else "absent-only" if concerns else "neither"
        self._add("PP11", area, away)
        places = [place for episode in child.episodes for place in _of(episode)]
        for report in self._reports.get(child.id, []):
            places += report.places
        areas = {place.area for place in places if place.area is not None}
        if areas:
            self._add("PP15", area, *(areas - OWN))
        elif places:
            self._beside("PP15", area, NOT_RECORDED)

    def _incidents(self, report: Information, people: dict[str, Person]) -> None:
        area = self._area_of([report])
        # A report that dates nothing still tells of something: once, with everybody in it.
        for incident in report.incidents or [Incident(report.at, report.offenders)]:
            named = any(people[who].family for who in incident.offenders)
            suspected = "not-named" if incident.offenders else "nobody-suspected"
            self._add("PP5", area, "named" if named else suspected)
        for place in report.places:
            self._add("PP14", area, place.type or NOT_RECORDED)

    def _offender(self, who: Person) -> None:
        reports = self._reports[who.id]
        area = self._area_of(reports)
        if who.sex:
            self._add("PP6", area, who.sex)
        else:
            self._beside("PP6", area, NOT_RECORDED)
        age = self._age_of(who, min(report.at for report in reports).date())
        if age is None:
            self._beside("PP7", area, NOT_RECORDED)
        else:
            for count in self._in("PP7", area):
                count.value = (count.value or 0) + age  # the sum, until all are counted
                count.base += 1
        contexts = {report.online for report in reports}
        context = "both" if len(contexts) > 1 else "online" if contexts.pop() else "not-online"
        self._add("PP8", area, f"{context}: {ETHNIC.get(who.ethnicity, NOT_RECORDED)}")

    def _age_of(self, who: Person, day: date) -> float | None:
        if who.born is not None:
            return _age(who.born, day)
        return sum(who.about) / 2 if who.about is not None else None

    def _area_of(self, reports: list[Information]) -> str:
        areas = {self._areas[child] for report in reports for child in report.children}
        return areas.pop() if len(areas) == 1 else SEVERAL

    def _rates(self) -> None:
        for area, count in self._counts.get("PP17", {}).items():
            count.base = len(AUTHORITIES) * POPULATION if area == REGION else 0
            if area in AUTHORITIES:
                count.base = POPULATION
            count.cells = +count.cells
            if count.base:
                count.value = round(count.cells["significant"] / count.base * 10_000, 1)
        for count in self._counts.get("PP7", {}).values():
            count.value = round(count.value / count.base, 1) if count.value is not None else None


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _of(episode: Any) -> list[Place]:
    visited = episode.interview.visited if episode.interview is not None else None
    return [place for place in (episode.found_at, visited) if place is not None]
