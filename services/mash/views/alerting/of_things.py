"""The rules about a place or a thing: several children with one of them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.mash.rules import SharedPlace, SharedVehicle
from services.mash.views.alerting.signal import MOST, THINGS, Known, Signal
from services.mash.views.nodes import NodeKind, node_view
from shared.contracts import times
from shared.contracts.mash import AlertSubject
from shared.projecting.facts import Fact

_THING: dict[NodeKind, AlertSubject] = {"place": "place", "vehicle": "vehicle", "phone": "phone"}


@dataclass(frozen=True, slots=True)
class _Came:
    """A child stands in a report with a place or thing."""

    happened: datetime
    child: UUID
    event_id: UUID
    mentions: tuple[UUID, UUID]


def shared_by(
    rule: SharedPlace | SharedVehicle, subject_id: UUID, facts: Sequence[Fact], known: Known
) -> Iterable[Signal]:
    """Each report that brings one child more, where there are enough of them within the time."""
    for kind in THINGS:
        if (
            kind not in rule.kinds
            or (view := node_view(kind, subject_id, facts, newest=None)) is None
        ):
            continue
        came = [
            _Came(
                times.read(appearance.said.occurred_at),
                child,
                appearance.said.event_id,
                (appearance.mention_id, other.mention_id),
            )
            for appearance in reversed(view.appearances)
            if appearance.role in rule.roles
            for other in appearance.others
            if other.role == "child" and (child := known.subjects.get(other.mention_id)) is not None
        ]
        yield from _enough(rule, subject_id, kind, came)


def _enough(
    rule: SharedPlace | SharedVehicle, subject_id: UUID, kind: NodeKind, came: Sequence[_Came]
) -> Iterable[Signal]:
    period = timedelta(days=rule.days)
    newest: dict[UUID, _Came] = {}
    for one in came:
        first_time = one.child not in newest or one.happened - newest[one.child].happened > period
        newest.pop(one.child, None)
        newest[one.child] = one
        within = [each for each in newest.values() if one.happened - each.happened <= period]
        if not first_time or len(within) < rule.children:
            continue
        told = within[-MOST:]
        yield Signal(
            rule,
            subject_id,
            _THING[kind],
            one.mentions[0],
            one.happened,
            tuple(dict.fromkeys(each.event_id for each in told)),
            tuple(dict.fromkeys(mention for each in told for mention in each.mentions)),
        )
