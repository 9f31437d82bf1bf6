"""Which councils a child concerns: responsible, host, or asked for an interview or a duty. Pure."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.alerting.signal import happening_of
from services.mash.views.child import child_view
from services.mash.views.child.now import standing_of
from shared.projecting.facts import Fact

SAYS_WHOSE = frozenset({"interview-required", "interview-allocated", "obligation-opened"})
"""Events that name the council for which something is to be done."""


def councils_of(subject_id: UUID, facts: Sequence[Fact], day: date) -> set[str]:
    """The councils that a child concerns on a day; none where nobody has told of any.

    Who is responsible and whose area the child lives in, by statuses in force; else the councils
    for which an interview is to be held or a screening's duty stands.

    Args:
        subject_id: the child.
        facts: all of the child's facts that everybody may see.
        day: of the question.
    """
    view = child_view(subject_id, facts)
    if view is None:
        return set()
    standing = standing_of(view, day)
    told = {one.authority for one in standing.responsible} | {
        host.authority for host in standing.host
    }
    return told or {
        area
        for fact in facts
        if fact.kind == "happening"
        and (happening := happening_of(fact)).what in SAYS_WHOSE
        and (area := msgspec.json.decode(happening.data, type=_Area).area) is not None
    }


class _Area(Struct, frozen=True):
    """The only field that is looked at here."""

    area: str | None = None
