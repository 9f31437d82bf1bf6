"""Intelligence in a view: each version of each report, with its grades, and never as a fact. Pure.

What an author answered on the form's two scales, which run in opposite directions, is shown with
its meaning and beside the bureau's grade; nothing is computed from either. A version that was
withdrawn is shown to have been, without what it said.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Details
from services.mash.views.facts.intelligence import Decided, Passed
from services.mash.views.facts.limits import RELEASE, limits_of
from services.mash.views.said import Said, said_of
from shared.contracts import intelligence
from shared.projecting.facts import Fact

NOTE = (
    "Intelligence is what somebody passed on, with how it was graded. It is not established, it "
    "opens or closes no referral, and it is shared under the conditions beside it only."
)
"""For whoever reads it: most exploitation has no firm evidence, only a collection of indicators."""


TO_DECIDE = (RELEASE, "intelligence-decided")
"""The kinds of facts that say what of other facts may be seen."""


class Grade(Struct, frozen=True, kw_only=True):
    """A grade that the bureau gave, by whom and when."""

    said: Said
    grade: intelligence.PoliceGrade
    covert: bool
    conditions: tuple[str, ...]
    conditions_in_words: Details


class Given(Struct, frozen=True, kw_only=True):
    """That a version was given to an agency: shown to that agency and to the bureau."""

    said: Said
    to: str
    conditions: tuple[str, ...]
    conditions_in_words: Details


class Withdrawal(Struct, frozen=True, kw_only=True):
    """That a version was withdrawn: nobody is to rely on it any more."""

    said: Said
    why: str


class IntelligenceLine(Struct, frozen=True, kw_only=True):
    """One version of a report.

    Attributes:
        said: the bureau's; who gave the report is nowhere in it. Its handling is the version's when
            it came; the newest grade says what it is now.
        passed: what it says; none of it where it was withdrawn.
        grades: the newest last; of the original only.
        given: to whom, as far as this caller may know.
    """

    said: Said
    report_id: UUID
    version: UUID
    original: bool
    role: str
    passed: Passed | None
    grades: tuple[Grade, ...] = ()
    given: tuple[Given, ...] = ()
    withdrawn: Withdrawal | None = None


class Intelligence(Struct, frozen=True, kw_only=True):
    """All intelligence about a subject, newest report first.

    Attributes:
        note: what to bear in mind when reading it.
    """

    note: str = NOTE
    lines: tuple[IntelligenceLine, ...] = ()


def intelligence_of(facts: Sequence[Fact]) -> Intelligence:
    """The intelligence among a subject's facts."""
    lines: dict[tuple[UUID, str], IntelligenceLine] = {}
    decided: list[tuple[Said, Decided]] = []
    for fact in facts:
        if fact.kind == "intelligence":
            passed = msgspec.json.decode(fact.value, type=Passed)
            # Two mentions of one version may be found to be one person: one line for each role.
            lines.setdefault(
                (passed.version, passed.role),
                IntelligenceLine(
                    said=said_of(fact),
                    report_id=passed.report_id,
                    version=passed.version,
                    original=passed.original,
                    role=passed.role,
                    passed=passed,
                ),
            )
        elif fact.kind == "intelligence-decided":
            decided.append((said_of(fact), msgspec.json.decode(fact.value, type=Decided)))
    shown = [_with(line, decided) for line in lines.values()]
    return Intelligence(lines=tuple(reversed(shown)))


def withdrawn_in(facts: Iterable[Fact]) -> set[UUID]:
    """The versions that were withdrawn, as far as these facts say."""
    return {
        decided.version
        for fact in facts
        if fact.kind == "intelligence-decided"
        and (decided := msgspec.json.decode(fact.value, type=Decided)).what == "withdrawn"
    }


def standing(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without whom and what withdrawn versions named.

    What was withdrawn is shown to have been where a subject stands in something else too; whoever
    and whatever stands in nothing else is not there any more.
    """
    withdrawn = withdrawn_in(facts)
    return [
        fact
        for fact in facts
        if fact.kind not in {"named", "beside", "along"}
        or (limits := limits_of(fact)) is None
        or limits.version not in withdrawn
    ]


def without_mentions(value: bytes, mentions: AbstractSet[UUID]) -> bytes:
    """What a version says, without the ids of these mentions."""
    passed = msgspec.json.decode(value, type=Passed)
    return msgspec.json.encode(
        msgspec.structs.replace(
            passed,
            perpetrators=_others(passed.perpetrators, mentions),
            incidents=tuple(
                msgspec.structs.replace(incident, involves=_others(incident.involves, mentions))
                for incident in passed.incidents
            ),
            relationships=tuple(
                found for found in passed.relationships if not {found.of, found.to} & mentions
            ),
        )
    )


def _others(ids: Iterable[UUID], mentions: AbstractSet[UUID]) -> tuple[UUID, ...]:
    return tuple(one for one in ids if one not in mentions)


def _with(line: IntelligenceLine, decided: Iterable[tuple[Said, Decided]]) -> IntelligenceLine:
    changes: dict[str, Any] = {}
    seen: set[tuple[UUID, str]] = set()
    for said, step in decided:
        # A decision stands on every mention of a version; a subject may have several.
        if step.version != line.version or (said.event_id, step.what) in seen:
            continue
        seen.add((said.event_id, step.what))
        match step.what:
            case "graded" if step.grade is not None:
                grade = Grade(
                    said=said,
                    grade=step.grade,
                    covert=step.covert,
                    conditions=step.conditions,
                    conditions_in_words=step.conditions_in_words,
                )
                changes["grades"] = (*changes.get("grades", ()), grade)
            case "disseminated" if step.to is not None:
                given = Given(
                    said=said,
                    to=step.to,
                    conditions=step.conditions,
                    conditions_in_words=step.conditions_in_words,
                )
                changes["given"] = (*changes.get("given", ()), given)
            case "withdrawn" if step.why is not None:
                changes |= {"withdrawn": Withdrawal(said=said, why=step.why), "passed": None}
    return msgspec.structs.replace(line, **changes)
