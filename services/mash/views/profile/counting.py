"""The seventeen figures, counted for the region and each of its authorities. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from services.mash.views.profile.described import (
    NOT_RECORDED,
    about_age_of,
    age_of,
    ethnicity_of,
    sex_of,
)
from services.mash.views.profile.noticed import SEVERAL, Noticed, Question
from services.mash.views.profile.reports import InformationReport, Reports, Suspect
from shared.contracts import times

REGION = "region"
NOT_TOLD = "not-told"
BY_LEVEL: dict[str, frozenset[str]] = {
    "alcohol-or-drugs": frozenset({"M6", "M7"}),
    "sexual-health": frozenset({"M5"}),
    "V8": frozenset({"V8"}),
}
"""What the profile compared between levels, by the tool's indicators. V8 asks for domestic abuse,
substance misuse and mental health of the family in one, so it is not called domestic abuse here."""


@dataclass
class Count:
    """One figure of one area.

    Attributes:
        base: what its cells are counted of.
        cells: counts by label; a label that is not there is none.
        outside: what had to be left out of the base, and why.
        total: of values, where the figure is a mean.
    """

    base: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    total: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean of the values; None of nothing."""
        return round(self.total / self.base, 1) if self.base else None


Counts = dict[str, dict[str, Count]]
"""By figure and area."""


def count(
    children: Sequence[Noticed],
    reports: Reports,
    asked: Question,
    areas_of: Mapping[str, str] | None,
) -> Counts:
    """All figures.

    Args:
        children: noticed in the period, of the region's areas or of none that is recorded.
        reports: of the period.
        asked: the question.
        areas_of: the authority's code in the directory of postcodes by postcode; None where the
            directory does not answer, and then there is no figure of destinations.
    """
    counting = _Counting(children, reports, asked)
    for child in children:
        counting.child(child)
        if areas_of is not None:
            counting.destinations(child, areas_of)
    for report in reports.reports:
        if counting.is_here(report.victims):
            counting.report(report)
    for subject, suspect in reports.suspects.items():
        mine = reports.of_suspect(subject)
        if counting.is_here(frozenset().union(*(report.victims for report in mine))):
            counting.suspect(suspect, mine)
    return counting.counts


class _Counting:
    def __init__(self, children: Sequence[Noticed], reports: Reports, asked: Question) -> None:
        self.counts: Counts = {}
        self._asked = asked
        self._reports = reports
        self._areas = {child.subject_id: child.area for child in children}
        self._telling = {authority for child in children for authority in child.told_by}

    def child(self, child: Noticed) -> None:
        """Count a child."""
        day = times.in_london(child.first).date()
        self._add("PP1", child.area)
        self._add("PP2", child.area, age_of(child.told, day))
        self._add("PP3", child.area, sex_of(child.told))
        self._add("PP4", child.area, ethnicity_of(child.told))
        self._care(child)
        away = "missing" if "missing" in child.concerns else "absent-only"
        self._add("PP11", child.area, away if child.concerns else "neither")
        self._harm(child)

    def _care(self, child: Noticed) -> None:
        if child.area not in self._telling:
            for each in self._of("PP9", child.area):
                each.outside["authority-tells-nothing"] += 1
            return
        self._add("PP9", child.area, "in-care" if child.in_care else "not-in-care")
        if not child.in_care:
            lived = "lived-in-childrens-home" if child.lived_in_home else NOT_TOLD
            self._add("PP10", child.area, lived)

    def _harm(self, child: Noticed) -> None:
        level = child.level
        if level == "significant" or child.reports:
            online = "S6" in child.ticks or any(report.online for report in child.reports)
            self._add("PP12", child.area, "online" if online else NOT_TOLD)
        if level in {"significant", "low"}:
            told = [f"{level}: {name}" for name, codes in BY_LEVEL.items() if codes & child.ticks]
            self._add("PP13", child.area, level, *told)
        for each in self._of("PP17", child.area):
            each.cells["screened"] += level is not None
            each.cells["significant"] += level == "significant"

    def destinations(self, child: Noticed, areas_of: Mapping[str, str]) -> None:
        """Count where a child was taken or found."""
        found = {
            areas_of[postcode]
            for postcode in child.places
            if postcode is not None and postcode in areas_of
        }
        if found:
            self._add("PP15", child.area, *sorted(found - set(self._asked.own_areas)))
        elif child.places:
            for each in self._of("PP15", child.area):
                each.outside[NOT_RECORDED] += 1

    def report(self, report: InformationReport) -> None:
        """Count a report's incidents and places."""
        area = self._area(report.victims)
        for there in report.incidents:
            named = any(self._reports.suspects[subject].named for subject in there)
            self._add(
                "PP5", area, "named" if named else "not-named" if there else "nobody-suspected"
            )
        for kind in report.places:
            self._add("PP14", area, kind or NOT_RECORDED)

    def suspect(self, suspect: Suspect, reports: Sequence[InformationReport]) -> None:
        """Count somebody who is said to exploit."""
        area = self._area(frozenset().union(*(report.victims for report in reports)))
        sex = sex_of(suspect.told)
        if sex == NOT_RECORDED:
            for each in self._of("PP6", area):
                each.outside[NOT_RECORDED] += 1
        else:
            self._add("PP6", area, sex)
        day = times.in_london(min(report.at for report in reports)).date()
        age = about_age_of(suspect.told, day)
        for each in self._of("PP7", area):
            if age is None:
                each.outside[NOT_RECORDED] += 1
            else:
                each.base += 1
                each.total += age
        contexts = {report.online for report in reports}
        context = "both" if len(contexts) > 1 else "online" if True in contexts else "not-online"
        self._add("PP8", area, f"{context}: {ethnicity_of(suspect.told)}")

    def is_here(self, victims: Collection[object]) -> bool:
        """Whether a report is the region's: it names a child of it, or no child at all."""
        return not victims or any(victim in self._areas for victim in victims)

    def _area(self, victims: Collection[object]) -> str:
        areas = {area for victim, area in self._areas.items() if victim in victims}
        if not areas:
            return NOT_RECORDED
        return areas.pop() if len(areas) == 1 else SEVERAL

    def _of(self, figure: str, area: str) -> list[Count]:
        """The counts of an area and of the region."""
        areas = self.counts.setdefault(figure, {})
        return [areas.setdefault(name, Count()) for name in (area, REGION)]

    def _add(self, figure: str, area: str, *cells: str) -> None:
        for each in self._of(figure, area):
            each.base += 1
            each.cells.update(cells)
