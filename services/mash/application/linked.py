"""Who and what else stands in the same reports, and how it was decided who that is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.application.asking import seen_on
from services.mash.store import Linking, Snapshot
from services.mash.views.facts import Details, Named
from services.mash.views.nodes import SUSPECTED, Appearance, NodeView
from services.mash.views.said import Said
from shared.access.actor import Actor
from shared.contracts import intake

Aspect = tuple[UUID, bool]
"""(subject, accused): what accuses a child and what is reported of the same child are two, although
the subject is one."""


class LinkLine(Struct, frozen=True, kw_only=True):
    """How it was decided that a mention is about a subject.

    Attributes:
        by: `rule`, `model` or `person`.
        who: of the rule or model its name; the actor's id for a person.
        matched_on: what agreed with an earlier mention; empty where the subject was made for it.
        new_subject: nobody known agreed: the subject was made for this mention.
        reason: a person's, as a code; `identified`: until then nobody knew who it was.
        confidence, basis: how sure they said they were, and on what it rests.
        act: the act by which several were moved together; take it back by this id.
        conflicting: other subjects that something of this mention points to, for a person to see.
    """

    mention_id: UUID
    subject_id: UUID
    decided_at: str
    agency: str
    by: str
    who: str
    version: int
    matched_on: tuple[str, ...] = ()
    new_subject: bool = False
    reason: str | None = None
    confidence: str | None = None
    basis: tuple[str, ...] = ()
    act: UUID | None = None
    conflicting: tuple[UUID, ...] = ()


class InReport(Struct, frozen=True, kw_only=True):
    """One report in which two stand together.

    Attributes:
        here, there: the roles of the one whose view this is, and of the other.
        belongs: the report says that one is the other's: whose car, whose home.
    """

    said: Said
    what: str
    record_id: UUID | None
    here: str | None
    there: str | None
    mention_id: UUID
    belongs: bool = False


class Linked(Struct, frozen=True, kw_only=True):
    """Somebody or something that stands in the same reports.

    Attributes:
        kind: `child`, `perpetrator`, `person`, `place`, `vehicle`, `phone`, `organisation`.
        told: what those reports say of it, each thing once, newest first.
        reports: the evidence: in which reports, newest first.
    """

    subject_id: UUID
    kind: str
    provisional: bool
    told: tuple[Details, ...]
    reports: tuple[InReport, ...]


class Neighbourhood(Struct, frozen=True, kw_only=True):
    """Everything that stands beside a subject.

    Attributes:
        links: how each mention that is shown came to where it is.
    """

    linked: tuple[Linked, ...]
    links: tuple[LinkLine, ...]


async def neighbourhood(view: NodeView, snap: Snapshot, actor: Actor) -> Neighbourhood:
    """What stands in the same reports as the subject of a view, as far as this caller may see."""
    ids = {other.mention_id for appearance in view.appearances for other in appearance.others}
    subjects = await snap.subjects_of(ids)
    named, hidden = await named_and_hidden(snap, ids, actor)
    found: dict[tuple[UUID, str], list[tuple[InReport, Details]]] = {}
    for appearance in view.appearances:
        for other in appearance.others:
            subject = subjects[other.mention_id]
            if subject == view.subject_id or other.mention_id in hidden:
                continue
            known = named.get(other.mention_id)
            role = other.role or (known.role if known is not None else None)
            kind = kind_of(other.kind or (known.kind if known is not None else "person"), role)
            details = known.details if known is not None else Details(state="absent")
            line = _in_report(appearance, other.mention_id, role, belongs=_belongs(view, other.of))
            found.setdefault((subject, kind), []).append((line, details))
    linked = [
        Linked(
            subject_id=subject,
            kind=kind,
            provisional=any(line.mention_id == subject for line, _ in lines),
            told=each_once(details for _, details in lines),
            reports=tuple(line for line, _ in lines),
        )
        for (subject, kind), lines in found.items()
    ]
    linked.sort(key=lambda one: (-len(one.reports), one.kind, one.subject_id))
    linkings = await snap.linkings({*view.mentions, *ids})
    return Neighbourhood(linked=tuple(linked), links=link_lines(linkings.values()))


async def named_of(snap: Snapshot, mentions: Collection[UUID], actor: Actor) -> dict[UUID, Named]:
    """What each mention's own report says of it, where this caller may see that."""
    return (await named_and_hidden(snap, mentions, actor))[0]


async def named_and_hidden(
    snap: Snapshot, mentions: Collection[UUID], actor: Actor
) -> tuple[dict[UUID, Named], set[UUID]]:
    """The same, and those mentions of which this caller may not see what names them.

    For this caller they are not there: that somebody stands in a report would tell already.
    """
    facts, found = await seen_on(snap, mentions, ("named",), actor)
    seen = {fact.mention_id: msgspec.json.decode(fact.value, type=Named) for fact in found.facts}
    return seen, {fact.mention_id for fact in facts} - seen.keys()


def kind_of(kind: str, role: str | None) -> str:
    """What somebody or something is in a report: a person by the role there."""
    if kind != "person":
        return kind
    if role == "child":
        return "child"
    return "perpetrator" if role in SUSPECTED else "person"


def aspects(roles: Mapping[UUID, str], subjects: Mapping[UUID, UUID]) -> dict[UUID, Aspect]:
    """Each mention's subject, and whether it belongs to what accuses that subject.

    Only of a subject that some report calls a child the two are kept apart.
    """
    children = {subjects[mention] for mention, role in roles.items() if role == "child"}
    return {
        mention: (subjects[mention], role in SUSPECTED and subjects[mention] in children)
        for mention, role in roles.items()
    }


def each_once(told: Iterable[Details]) -> tuple[Details, ...]:
    """Details without repetitions: versions of a report repeat most of it."""
    return tuple({msgspec.json.encode(details): details for details in told}.values())


def link_lines(linkings: Iterable[Linking]) -> tuple[LinkLine, ...]:
    """How mentions came to where they are, in the order in which it was decided."""
    ordered = sorted(linkings, key=lambda linking: (linking.decided_at, linking.mention_id))
    return tuple(_link_line(linking) for linking in ordered)


def _link_line(linking: Linking) -> LinkLine:
    decision = linking.decision
    line = LinkLine(
        mention_id=linking.mention_id,
        subject_id=linking.subject_id,
        decided_at=linking.decided_at,
        agency=linking.agency,
        by=decision.decided_by.kind,
        who=decision.decided_by.name,
        version=decision.decided_by.version,
    )
    if isinstance(decision, intake.MentionMoved):
        return msgspec.structs.replace(
            line,
            reason=decision.reason,
            confidence=decision.confidence,
            basis=decision.basis,
            act=decision.act,
        )
    return msgspec.structs.replace(
        line,
        new_subject=decision.new_subject,
        matched_on=tuple(evidence.matched_on for evidence in decision.evidence),
        conflicting=decision.conflicting,
    )


def _in_report(
    appearance: Appearance, mention_id: UUID, role: str | None, *, belongs: bool
) -> InReport:
    return InReport(
        said=appearance.said,
        what=appearance.what,
        record_id=appearance.record_id,
        here=appearance.role,
        there=role,
        mention_id=mention_id,
        belongs=belongs,
    )


def _belongs(view: NodeView, of: UUID | None) -> bool:
    return of is not None and of in view.mentions


def mentions_shown(view: NodeView, beside: Sequence[Linked]) -> tuple[UUID, ...]:
    """Every mention of whom something is shown, for the record of disclosures."""
    return tuple(
        dict.fromkeys(
            [*view.mentions, *(line.mention_id for one in beside for line in one.reports)]
        )
    )
