"""What every service records before it shows anybody anything: disclosures.

Each service keeps them in a second store of its own (`<service>_disclosures`), so that reads never
queue behind writes and have their own readers and retention.
"""

from typing import Literal
from uuid import UUID

from shared.contracts.mentions import PersonIdentity
from shared.contracts.registry import EVENTS, EventData
from shared.contracts.sealed import FieldClass, Sealed, SealedContent, content

Outcome = Literal["shown", "nothing-found", "refused"]


@content(70, FieldClass.IDENTITY)
class SearchedFor(SealedContent, frozen=True, kw_only=True):
    """What a search for a place or a thing asked for, field by field, as it was typed."""

    fields: dict[str, str]


@EVENTS.event_type("disclosure.made.v1", aggregate="disclosure")
class DisclosureMade(EventData, frozen=True, kw_only=True):
    """Somebody asked, and this is what they were shown: recorded before the answer left.

    Who asked, for which agency and purpose stand in the envelope. `about` names the mentions whose
    facts were shown.

    Attributes:
        action: what was asked for: `view-child`, `search`, ...
        outcome: refusals and empty answers are recorded too.
        roles: the caller's roles at that moment.
        subjects: the subjects shown.
        vector: the positions up to which the answer knew each store, so that it can be given again.
        shown: keyed digest of the answer's bytes: proves later what was shown, tells nothing.
        withheld: how many lines the caller was not shown.
        policies: ids of the policies that decided.
        policy_set: digest of the policy set in force.
        criteria: what a search for a person asked for. It is somebody's data, so it is sealed,
            under the key of the mention (role `searched_for`) that the search itself makes.
        asked: the same of a search for a place or a thing, and whatever else a search asked for.
    """

    action: str
    outcome: Outcome
    roles: tuple[str, ...]
    subjects: tuple[UUID, ...]
    vector: dict[str, int]
    shown: str
    withheld: int
    policies: tuple[str, ...]
    policy_set: str
    criteria: Sealed[PersonIdentity] | None = None
    asked: Sealed[SearchedFor] | None = None
