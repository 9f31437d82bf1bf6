"""Facts of the intelligence service's events: what each version says, and what was decided of it.

But for measures, every one of them is limited to its version (`limits`). On each person, place and
thing that a version names stands what the version says, in the role that it has there: a child may
be a victim in one and a suspect in another. Who gave a report is in no event, so it can be in no
fact.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts.kernel import Details, details, fact_of, happened, said_of
from services.mash.views.facts.limits import RELEASE, Limits, Release
from shared.contracts import intelligence
from shared.projecting.facts import Event, Fact

ABSENT = Details(state="absent")


class Passed(Struct, frozen=True, kw_only=True):
    """What a version of a report says, as it stands on one of the mentions that it names.

    Attributes:
        original: it is the report as it was passed on; else the bureau wrote it.
        role: of this mention in it.
        notes: what else it says about this person.
        conditions, conditions_in_words: of a sanitised version; of the original they stand with its
            grade.

    The rest is as in `ReportSubmitted`; a sanitised version has none of what was asked of the
    author.
    """

    report_id: UUID
    version: UUID
    original: bool
    role: str
    victims: tuple[UUID, ...]
    perpetrators: tuple[UUID, ...]
    account: Details
    notes: Details
    incidents: tuple[intelligence.Incident, ...]
    relationships: tuple[intelligence.Relationship, ...]
    source: intelligence.SourceBoxes | None = None
    third_party: bool | None = None
    reliability: intelligence.ScaleAnswer | None = None
    accuracy: intelligence.ScaleAnswer | None = None
    willing_to_engage: str | None = None
    licensed_service: str | None = None
    models: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    conditions_in_words: Details = ABSENT


class Decided(Struct, frozen=True, kw_only=True):
    """Something that the bureau decided about a version.

    Attributes:
        what: `graded`, `disseminated` or `withdrawn`.
        to: the agency that it was given to.
        why: it was withdrawn.
    """

    what: str
    report_id: UUID
    version: UUID
    grade: intelligence.PoliceGrade | None = None
    covert: bool = False
    conditions: tuple[str, ...] = ()
    conditions_in_words: Details = ABSENT
    to: str | None = None
    why: str | None = None


MEASURES = (
    intelligence.MeasureTaken,
    intelligence.MeasureVaried,
    intelligence.MeasureBreached,
    intelligence.MeasureEnded,
    intelligence.MeasureRecordedInError,
)
"""No intelligence but what an authority did: their handling alone says who may see them."""


def facts_of(event: Event) -> list[Fact]:
    """The facts of one of the intelligence service's events."""
    return happened(event) if isinstance(event.data, MEASURES) else _of_report(event)


def _of_report(event: Event) -> list[Fact]:
    match event.data:
        case intelligence.ReportSubmitted() as data:
            return _passed(event, data, event.envelope.subject)
        case intelligence.ReportSanitised() as data:
            opened = Release(
                version=data.version, handling=event.envelope.handling, compartment="intelligence"
            )
            new = tuple(mention.mention_id for mention in data.mentions)
            facts = _passed(event, data, data.version)
            return [*facts, *_on_each(event, new, RELEASE, opened, after=len(facts))]
        case intelligence.ReportGraded() as data:
            return _graded(event, data)
        case intelligence.ReportDisseminated() as data:
            return _disseminated(event, data)
        case intelligence.ReportWithdrawn() as data:
            return _withdrawn(event, data)
    return []


def _passed(
    event: Event,
    data: intelligence.ReportSubmitted | intelligence.ReportSanitised,
    version: UUID,
) -> list[Fact]:
    everybody = {mention.mention_id: mention.role for mention in data.mentions}
    passed = Passed(
        report_id=event.envelope.subject,
        version=version,
        original=version == event.envelope.subject,
        role="",
        victims=data.victims,
        perpetrators=data.perpetrators,
        account=details(data.account),
        notes=ABSENT,
        incidents=data.incidents,
        relationships=data.relationships,
        **_asked_of_author(data),
    )
    notes = {noted.person: details(noted.notes) for noted in data.notes}
    # Who is with whom stands on the children, or on whomever its words belong to; on everybody and
    # everything else, that they are along with them.
    principals = data.victims or (data.owner,)
    facts = [
        fact
        for fact in said_of(event, principals, "intelligence", passed)
        if fact.kind != "intelligence"
    ]
    for mention_id, role in everybody.items():
        on_this = msgspec.structs.replace(passed, role=role, notes=notes.get(mention_id, ABSENT))
        facts.append(fact_of(event, 0, mention_id, "intelligence", on_this))
    limits = Limits(version=version)
    return [
        _limited(msgspec.structs.replace(fact, ordinal=ordinal), limits)
        for ordinal, fact in enumerate(facts)
    ]


def _asked_of_author(
    data: intelligence.ReportSubmitted | intelligence.ReportSanitised,
) -> dict[str, Any]:
    if isinstance(data, intelligence.ReportSanitised):
        return {
            "conditions": data.conditions,
            "conditions_in_words": details(data.conditions_in_words),
        }
    names = (
        "source", "third_party", "reliability", "accuracy", "willing_to_engage",
        "licensed_service", "models",
    )  # fmt: skip
    return {name: getattr(data, name) for name in names}


def _graded(event: Event, data: intelligence.ReportGraded) -> list[Fact]:
    version = event.envelope.subject
    decided = Decided(
        what="graded",
        report_id=version,
        version=version,
        grade=data.grade,
        covert=data.covert,
        conditions=data.conditions,
        conditions_in_words=details(data.conditions_in_words),
    )
    opened = Release(
        version=version,
        handling=data.opens,
        compartment="covert" if data.covert else "intelligence",
    )
    limits = Limits(version=version)
    facts = _on_each(event, data.about, "intelligence-decided", decided, limits)
    return [*facts, *_on_each(event, data.about, RELEASE, opened, after=len(facts))]


def _disseminated(event: Event, data: intelligence.ReportDisseminated) -> list[Fact]:
    decided = Decided(
        what="disseminated",
        report_id=event.envelope.subject,
        version=data.version,
        to=data.to,
        conditions=data.conditions,
        conditions_in_words=details(data.conditions_in_words),
    )
    # That it was given is for the two of them: whom else it was given to tells of the case.
    limits = Limits(version=data.version, only_for=data.to)
    facts = _on_each(event, data.about, "intelligence-decided", decided, limits)
    opened = Release(version=data.version, to=data.to)
    return [*facts, *_on_each(event, data.about, RELEASE, opened, after=len(facts))]


def _withdrawn(event: Event, data: intelligence.ReportWithdrawn) -> list[Fact]:
    facts: list[Fact] = []
    for version in data.versions:
        decided = Decided(
            what="withdrawn", report_id=event.envelope.subject, version=version, why=data.why
        )
        # On every mention for every version: the event does not say which are of which, and on a
        # mention of another version it is as closed as that version is there.
        facts += _on_each(
            event, data.about, "intelligence-decided", decided, Limits(version=version),
            after=len(facts),
        )  # fmt: skip
    return facts


def _on_each(
    event: Event,
    mentions: Iterable[UUID],
    kind: str,
    value: Struct,
    limits: Limits | None = None,
    *,
    after: int = 0,
) -> list[Fact]:
    facts = [
        fact_of(event, ordinal, mention_id, kind, value, "C")
        for ordinal, mention_id in enumerate(mentions, after)
    ]
    if limits is None:
        assert isinstance(value, Release)  # noqa: S101 (a release is limited to what it opens)
        limits = Limits(version=value.version)
    return [_limited(fact, limits) for fact in facts]


def _limited(fact: Fact, limits: Limits) -> Fact:
    return msgspec.structs.replace(fact, limits=msgspec.json.encode(limits))
