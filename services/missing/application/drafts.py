"""What an interview or a carer told, as a draft of an information report for the police.

The draft is a body that the intelligence service takes as it is. Whoever held the interview reads
it, changes it and sends it; nothing is sent by itself, and nothing is stored here: that a report
came of it, and whose, is for the intelligence service to keep apart.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.missing.application.children import child_as_reported
from services.missing.domain import Interview
from shared.contracts import missing
from shared.contracts.mentions import (
    Mention,
    OrganisationMention,
    PersonMention,
    PhoneMention,
    PlaceMention,
    VehicleMention,
)
from shared.contracts.refusals import NotFound, RuleBroken
from shared.eventstore.repository import Happened, Repository

LONGEST = 20_000
"""Characters of an account that the intelligence service takes."""


class Draft(Struct, frozen=True, kw_only=True):
    """A draft.

    Attributes:
        from_event: what it was made from.
        what: `interview-conducted`, or `carer-informed`.
        report: the body for `POST /reports` of the intelligence service.
        left_out: fields whose words would have made the account too long.
    """

    from_event: UUID
    what: str
    report: dict[str, Any]
    left_out: tuple[str, ...] = ()


class Drafted(Struct, frozen=True, kw_only=True):
    """Drafts, and the mentions whose data is in them."""

    drafts: tuple[Draft, ...]
    mentions: tuple[UUID, ...]


class Drafts:
    """Drafts of information reports from return interviews."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def of_interview(self, *, interview_id: UUID, provider: str) -> Drafted:
        """A draft of what was said in the interview, and one of each time a carer told something.

        Raises:
            NotFound: there is no such interview, or it is another provider's.
            RuleBroken: nothing has been said yet.
            Unavailable: the vault does not answer.
        """
        interview = await self._repository.load(Interview, interview_id)
        if interview.provider != provider:
            raise NotFound("there is no such record")
        child, bureau = await child_as_reported(self._repository, interview.episodes[0])
        told: list[tuple[Happened, Draft]] = []
        for event in await self._repository.history(interview_id):
            words = _words(event.data)
            if words is not None:
                told.append((event, self._draft(event, words, child, bureau, interview_id)))
        if not told:
            raise RuleBroken("nothing was said yet: the interview was not held, and no carer spoke")
        return Drafted(
            drafts=tuple(draft for _, draft in told),
            mentions=(
                interview.child,
                *(m.mention_id for event, _ in told for m in event.data.mentions),
            ),
        )

    def _draft(
        self,
        event: Happened,
        words: list[tuple[str, str]],
        child: PersonMention | None,
        bureau: str,
        interview_id: UUID,
    ) -> Draft:
        account, left_out = _account(words)
        report: dict[str, Any] = {
            "bureau": bureau,
            "source": {"professional": True},
            # Somebody else told it: how reliable, and how accurate, is for whoever sends it to say.
            "third_party": {},
            "account": account,
            "victims": [{"ref": "child", "person": _inside(child.identity) if child else {}}],
            "from_interview": str(interview_id),
            **_items(event.data.mentions),
        }
        return Draft(
            from_event=event.event_id,
            what=event.type.partition(".")[2].rpartition(".v")[0],
            report={name: value for name, value in report.items() if value not in ([], None)},
            left_out=left_out,
        )


def _words(data: object) -> list[tuple[str, str]] | None:
    """What was said, part by part: the child's own words, then the facts as understood."""
    if isinstance(data, missing.CarerInformed):
        told = data.information.opened
        return [("information", told.text)] if told is not None else []
    if not isinstance(data, missing.InterviewConducted):
        return None
    words, view = data.words.opened, data.view.opened
    parts = [("childs_account", words.account if words is not None else None)]
    parts += [
        (name, getattr(view, name) if view is not None else None)
        for name in ("where", "with_whom", "travelled", "what_happened", "harm", "online_contact")
    ]
    return [(name, text) for name, text in parts if text is not None]


HEADINGS = {
    "childs_account": "In the child's own words",
    "information": "A parent or carer said",
    "where": "Where",
    "with_whom": "With whom",
    "travelled": "Travelled",
    "what_happened": "What happened",
    "harm": "Harm",
    "online_contact": "Online contact",
}


def _account(words: Iterable[tuple[str, str]]) -> tuple[str | None, tuple[str, ...]]:
    account, left_out = "", []
    for name, text in words:
        part = f"{HEADINGS[name]}: {text}"
        longer = f"{account}\n{part}" if account else part
        if len(longer) > LONGEST:
            left_out.append(name)
        else:
            account = longer
    return account or None, tuple(left_out)


def _items(mentions: Iterable[Mention]) -> dict[str, list[dict[str, Any]]]:
    """Who and what was named beside the child, as items of a request."""
    found: dict[str, list[dict[str, Any]]] = {
        "perpetrators": [], "people": [], "places": [], "vehicles": [], "phones": [],
        "organisations": [],
    }  # fmt: skip
    mentions = [m for m in mentions if not (isinstance(m, PersonMention) and m.role == "child")]
    refs = {mention.mention_id: f"m{number}" for number, mention in enumerate(mentions, 1)}
    for mention in mentions:
        item: dict[str, Any] = {"ref": refs[mention.mention_id]}
        # Whatever belongs to nobody else that is named belongs to the child.
        of = refs.get(mention.of, "child") if mention.of is not None else None
        if isinstance(mention, PersonMention) and mention.role == "perpetrator":
            found["perpetrators"].append(item | {"person": _inside(mention.identity)})
            continue
        item |= {"role": mention.role} | ({"of": of} if of is not None else {})
        match mention:
            case PersonMention():
                found["people"].append(item | {"person": _inside(mention.identity)})
            case PlaceMention():
                found["places"].append(item | _inside(mention.place))
            case VehicleMention():
                found["vehicles"].append(item | _inside(mention.vehicle))
            case PhoneMention():
                found["phones"].append(item | _inside(mention.phone))
            case OrganisationMention():
                found["organisations"].append(item | _inside(mention.organisation))
    return found


def _inside(field: Any) -> dict[str, Any]:
    """What is in a sealed field, as a request gives it; nothing where it cannot be read."""
    if field is None or field.opened is None:
        return {}
    found: dict[str, Any] = msgspec.to_builtins(field.opened)
    return {name: value for name, value in found.items() if value is not None}
