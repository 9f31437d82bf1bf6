"""The information reports of a period, put together from what stands on each whom they name. Pure.

Facts stand on mentions, so a report is met as often as it names somebody. It counts once: in its
original where that may be seen, else in a sanitised version. What was withdrawn does not count.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Named
from services.mash.views.intelligence import IntelligenceLine, intelligence_of
from services.mash.views.nodes import NO_NAME
from shared.contracts import times
from shared.contracts.mentions import PersonIdentity
from shared.projecting.facts import Fact

DWELT_IN = frozenset({"lives_at", "placed_at", "missing_from"})
"""Roles of places where somebody lives: no places where anything was done."""


class Suspect(Struct, frozen=True, kw_only=True):
    """Somebody who is said to exploit, as reports describe them; `named` beyond a nickname."""

    told: tuple[PersonIdentity, ...]
    named: bool


class InformationReport(Struct, frozen=True, kw_only=True):
    """One report of the period.

    Attributes:
        at: when it was given.
        times: of its dated incidents in the period; its own where it has none that is dated.
        incidents: the suspects of each incident of the period, as subjects.
        victims, suspects: as subjects.
        online: it speaks of grooming online.
        places: the type of each place that it names, or None.
    """

    at: datetime
    times: tuple[datetime, ...]
    incidents: tuple[frozenset[UUID], ...]
    victims: frozenset[UUID]
    suspects: frozenset[UUID]
    online: bool
    places: tuple[str | None, ...]


class Reports(Struct, frozen=True, kw_only=True):
    """All reports of the period, and everybody who is suspected in one."""

    reports: tuple[InformationReport, ...]
    suspects: dict[UUID, Suspect]

    def of_victim(self, subject: UUID) -> list[InformationReport]:
        """Those that call a subject a victim."""
        return [report for report in self.reports if subject in report.victims]

    def of_suspect(self, subject: UUID) -> list[InformationReport]:
        """Those in which a subject is suspected."""
        return [report for report in self.reports if subject in report.suspects]


class _Type(Struct, frozen=True):
    type: str | None = None


class Gathering:
    """Takes the facts of one subject after another, as the asker may see them."""

    def __init__(self) -> None:
        self._versions: dict[UUID, IntelligenceLine] = {}
        self._places: dict[UUID, dict[UUID, str | None]] = {}
        self._told: dict[UUID, list[PersonIdentity]] = {}

    def take(self, subject_id: UUID, facts: Sequence[Fact]) -> None:
        """Take what stands on a subject."""
        for line in intelligence_of(facts).lines:
            known = self._versions.get(line.report_id)
            if line.passed is not None and (known is None or line.original > known.original):
                self._versions[line.report_id] = line
        for fact in facts:
            if fact.kind not in {"named", "beside"}:
                continue
            named = msgspec.json.decode(fact.value, type=Named)
            content = named.details.opened
            if named.kind == "place" and named.role not in DWELT_IN:
                kind = msgspec.json.decode(content, type=_Type).type if content else None
                self._places.setdefault(fact.event_id, {})[named.mention_id] = kind
            elif fact.kind == "named" and named.role == "perpetrator" and content is not None:
                identity = msgspec.json.decode(content, type=PersonIdentity)
                self._told.setdefault(subject_id, []).append(identity)

    @property
    def mentions(self) -> set[UUID]:
        """Everybody whom a report calls a victim or suspects."""
        return {
            mention
            for line in self._versions.values()
            if line.passed is not None
            for mention in (*line.passed.victims, *line.passed.perpetrators)
        }

    def reports(self, subjects: Mapping[UUID, UUID], first: datetime, after: datetime) -> Reports:
        """The reports of a period.

        Args:
            subjects: of each of `mentions`, whom it is about.
            first: the period's first moment.
            after: the first moment after it.
        """
        found = [
            report
            for line in self._versions.values()
            if (report := self._report(line, subjects, first, after)) is not None
        ]
        suspects = {subject for report in found for subject in report.suspects}
        return Reports(
            reports=tuple(sorted(found, key=lambda report: report.at)),
            suspects={subject: self._suspect(subject) for subject in suspects},
        )

    def _suspect(self, subject: UUID) -> Suspect:
        told = tuple(self._told.get(subject, ()))
        return Suspect(
            told=told,
            named=any(name.use not in NO_NAME for each in told for name in each.names),
        )

    def _report(
        self,
        line: IntelligenceLine,
        subjects: Mapping[UUID, UUID],
        first: datetime,
        after: datetime,
    ) -> InformationReport | None:
        passed = line.passed
        assert passed is not None  # noqa: S101 (only such are kept)
        at = times.read(line.said.occurred_at)
        suspected = {mention: subjects[mention] for mention in passed.perpetrators}
        everybody = frozenset(suspected.values())
        dated = [
            (incident.began, frozenset(suspected[m] for m in incident.involves if m in suspected))
            for incident in passed.incidents
            if incident.began is not None
        ]
        happened: list[tuple[datetime, frozenset[UUID]]] = [
            (began, there or everybody)
            for began, there in dated or [(at, everybody)]
            if first <= began < after
        ]
        if not happened:
            return None
        return InformationReport(
            at=at,
            times=tuple(began for began, _ in happened),
            incidents=tuple(there for _, there in happened),
            victims=frozenset(subjects[mention] for mention in passed.victims),
            suspects=everybody,
            online="online-grooming" in passed.models,
            places=tuple(self._places.get(line.said.event_id, {}).values()),
        )
