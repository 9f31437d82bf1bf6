"""What mash can be asked about children. Each answer is recorded first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.mash.application.asking import Answered, Asker, seen
from services.mash.store import ViewStore
from services.mash.store.alerts import AlertList, AlertRow
from services.mash.views.child import ChildView, MissingNow, Now, as_child, child_view, now_of
from services.mash.views.child.homes import homes_of
from services.mash.views.facts import AgencyFact
from services.mash.views.terms import spoken
from shared.access.disclosure import Disclosures, Showing
from shared.contracts import times
from shared.contracts.mentions import PersonIdentity, PersonName
from shared.contracts.refusals import NotFound, Unavailable
from shared.projecting.facts import Fact
from shared.reference.gazetteer import Gazetteer, metres_between


class FoundAway(Struct, frozen=True, kw_only=True):
    """How far from home a child was found.

    Attributes:
        found, home: the mentions of the two places; the home is the one told last before.
        metres: in a straight line, between the middles of the two postcodes' areas.
    """

    found: UUID
    home: UUID
    metres: int


class ChildAnswer(Struct, frozen=True, kw_only=True):
    """A child's view as one caller may see it.

    Attributes:
        asked_for: the id in the question: a subject's, a mention's that is linked to it, or that of
            a subject that was merged into it.
        now: what the view means at this moment: known to social care, overdue, how long.
        alerts: what rules said of this child, the newest first.
        found_away: how far from home the child was found, each time; none where a place has no
            postcode, or the directory does not answer.
        as_of: the position in each store up to which this view knows everything.
        withheld: how many facts this caller may not see.
        agencies: names of the agencies by their codes.
        as_at: the moment of which this is; none for now.
    """

    asked_for: UUID
    view: ChildView
    now: Now
    alerts: tuple[AlertRow, ...]
    as_of: dict[str, int]
    withheld: int
    agencies: dict[str, str]
    found_away: tuple[FoundAway, ...] = ()
    as_at: datetime | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """A child found by a search: enough to tell whether it is she or he, and no more."""

    subject_id: UUID
    provisional: bool
    names: tuple[str, ...]
    dates_of_birth: tuple[str, ...]
    missing_now: tuple[MissingNow, ...]
    agencies: tuple[str, ...]


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """What a search found.

    Attributes:
        more: there were more than are shown: say more about whom you look for.
    """

    candidates: tuple[Candidate, ...]
    more: bool
    as_of: dict[str, int]


class MashApplication:
    """The read side."""

    def __init__(
        self,
        views: ViewStore,
        disclosures: Disclosures,
        alerts: AlertList,
        gazetteer: Gazetteer,
    ) -> None:
        self._views = views
        self._gazetteer = gazetteer
        self._alerts = alerts
        self._disclosures = disclosures

    async def child(
        self, *, asked_for: UUID, asker: Asker, as_at: datetime | None = None
    ) -> Answered:
        """A child's consolidated view, as it is or as it was known here at a moment.

        Raises:
            NotFound: nobody speaks of a child under this id that the caller may know of.
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        found = await (
            self._view(asked_for, asker)
            if as_at is None
            else self._view_then(asked_for, asker, as_at)
        )
        if found.view is None:
            await self._record(asker, Showing(action="view-child", outcome="nothing-found"))
            raise NotFound("there is no such child, or none that you may know of")
        view = found.view
        alerts = await self._alerts.of_mentions(view.mentions)
        answer = ChildAnswer(
            asked_for=asked_for,
            view=view,
            now=now_of(view, as_at or times.now()),
            alerts=tuple(alerts if as_at is None else alerts_then(alerts, as_at)),
            as_of=found.vector,
            withheld=found.withheld,
            agencies=await self._agency_names(),
            found_away=await self._found_away(view),
            as_at=as_at,
        )
        body = msgspec.json.encode(answer)
        await self._record(
            asker,
            Showing(
                action="view-child",
                outcome="shown",
                answer=body,
                subjects=(view.subject_id,),
                mentions=view.mentions,
                vector=found.vector,
                withheld=found.withheld,
            ),
        )
        return Answered(body)

    async def _view(self, asked_for: UUID, asker: Asker) -> "_Seen":
        """As it is: from the child's row where that is for everybody."""
        row = await self._views.row("child", asked_for)
        names = frozenset({asked_for})
        if row is None and (elsewhere := await self._views.row_elsewhere("child", asked_for)):
            row, names = elsewhere
        if row is None:
            return _Seen(None, {}, 0)
        if not row.restricted:
            view: ChildView | None = msgspec.json.decode(row.body, type=ChildView)
            return _Seen(view, row.vector, 0).known_by(names)
        facts, vector = await self._views.facts(row.subject_id)
        return _seen(row.subject_id, facts, vector, asker).known_by(names)

    async def _view_then(self, asked_for: UUID, asker: Asker, as_at: datetime) -> "_Seen":
        """As it was known at a moment: rows are of now and do not serve."""
        subject_id, facts, vector = await self._views.facts_then(asked_for, as_at)
        return _seen(subject_id, facts, vector, asker).known_by(frozenset({asked_for}))

    async def search(self, *, name: str | None, born: str | None, asker: Asker) -> Answered:
        """Children who may be the one looked for, closest spelling first.

        Raises:
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        names = [spoken(name)] if name else []
        hits = await self._views.search(names, born)
        candidates: list[Candidate] = []
        mentions: list[UUID] = []
        for hit in hits.found:
            allowed = seen(as_child(hits.facts[hit.subject_id]), asker.actor).facts
            # Found only by a name that this caller may not see, that was withdrawn, or under which
            # the child is suspected of something: then the finding would tell it.
            if not any(f.kind == "named" and f.mention_id in hit.mentions for f in allowed):
                continue
            view = child_view(hit.subject_id, allowed)
            if view is not None:
                candidates.append(_candidate(view))
                mentions.extend(view.mentions)
        answer = SearchAnswer(candidates=tuple(candidates), more=hits.more, as_of=hits.vector)
        body = msgspec.json.encode(answer)
        await self._record(
            asker,
            Showing(
                action="search",
                outcome="shown" if candidates else "nothing-found",
                answer=body,
                subjects=[candidate.subject_id for candidate in candidates],
                mentions=mentions,
                vector=hits.vector,
                criteria=PersonIdentity(
                    names=(PersonName(full=name),) if name else (), date_of_birth=born
                ),
            ),
        )
        return Answered(body)

    async def _record(self, asker: Asker, showing: Showing) -> None:
        await self._disclosures.record(
            showing,
            actor=asker.actor,
            correlation_id=asker.correlation_id,
            decided=asker.decided,
        )

    async def _found_away(self, view: ChildView) -> tuple[FoundAway, ...]:
        apart = list(homes_of(view.places))
        if not apart:
            return ()
        codes = {code for each in apart for code in (each.found_postcode, each.home_postcode)}
        try:
            places = await self._gazetteer.places(codes)
        except Unavailable:
            return ()
        return tuple(
            FoundAway(
                found=each.found.named.mention_id, home=each.home.named.mention_id, metres=metres
            )
            for each in apart
            if each.found_postcode in places
            and each.home_postcode in places
            and (metres := metres_between(places[each.found_postcode], places[each.home_postcode]))
            is not None
        )

    async def _agency_names(self) -> dict[str, str]:
        rows = [
            msgspec.json.decode(row, type=AgencyFact) for row in await self._views.agency_rows()
        ]
        return {agency.code: agency.name for agency in rows}


@dataclass(frozen=True)
class _Seen:
    """A child's view as one caller may see it; none where there is nothing to see."""

    view: ChildView | None
    vector: dict[str, int]
    withheld: int

    def known_by(self, names: frozenset[UUID]) -> "_Seen":
        """This, if one of these ids is the child's as far as the caller may know.

        By a mention that this caller may not know of, or in which she is suspected of something, or
        by a subject of such mentions: to answer would tell whose it is.
        """
        if self.view is None or not names.isdisjoint({self.view.subject_id, *self.view.mentions}):
            return self
        return _Seen(None, self.vector, 0)


def _seen(subject_id: UUID, facts: Sequence[Fact], vector: dict[str, int], asker: Asker) -> _Seen:
    found = seen(as_child(facts), asker.actor)
    return _Seen(child_view(subject_id, found.facts), vector, found.withheld)


def alerts_then(alerts: Iterable[AlertRow], as_at: datetime) -> Iterator[AlertRow]:
    """Those that had been raised by a moment, as they stood then."""
    for alert in alerts:
        if alert.raised_at > as_at:
            continue
        answered = alert.acknowledged_at is not None and alert.acknowledged_at <= as_at
        escalated = alert.escalated_at is not None and alert.escalated_at <= as_at
        yield replace(
            alert,
            acknowledged_at=alert.acknowledged_at if answered else None,
            acknowledged_by=alert.acknowledged_by if answered else None,
            outcome=alert.outcome if answered else None,
            escalated_at=alert.escalated_at if escalated else None,
        )


def _candidate(view: ChildView) -> Candidate:
    names: dict[str, None] = {}
    born: dict[str, None] = {}
    agencies: dict[str, None] = {}
    for statement in view.statements:
        agencies[statement.said.agency] = None
        if (content := statement.identity.opened) is not None:
            identity = msgspec.json.decode(content, type=PersonIdentity)
            names.update((name.full, None) for name in identity.names)
            if identity.date_of_birth is not None:
                born[identity.date_of_birth] = None
    return Candidate(
        subject_id=view.subject_id,
        provisional=view.provisional,
        names=tuple(names),
        dates_of_birth=tuple(born),
        missing_now=view.missing_now,
        agencies=tuple(agencies),
    )
