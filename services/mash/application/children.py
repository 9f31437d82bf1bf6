"""What mash can be asked about children. Each answer is recorded first."""

from uuid import UUID

import msgspec
from msgspec import Struct

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
    """

    asked_for: UUID
    view: ChildView
    now: Now
    alerts: tuple[AlertRow, ...]
    as_of: dict[str, int]
    withheld: int
    agencies: dict[str, str]
    found_away: tuple[FoundAway, ...] = ()


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

    async def child(self, *, asked_for: UUID, asker: Asker) -> Answered:
        """A child's consolidated view.

        Raises:
            NotFound: nobody speaks of a child under this id that the caller may know of.
            Unavailable: it cannot be read, or not be recorded that it is shown.
        """
        row = await self._views.row("child", asked_for)
        names = frozenset({asked_for})
        if row is None and (elsewhere := await self._views.row_elsewhere("child", asked_for)):
            row, names = elsewhere
        view: ChildView | None = None
        withheld, vector = 0, {}
        if row is not None and not row.restricted:
            view, vector = msgspec.json.decode(row.body, type=ChildView), row.vector
        elif row is not None:
            facts, vector = await self._views.facts(row.subject_id)
            found = seen(as_child(facts), asker.actor)
            withheld = found.withheld
            view = child_view(row.subject_id, found.facts)
        if view is not None and names.isdisjoint({view.subject_id, *view.mentions}):
            # By a mention that this caller may not know of, or in which she is suspected of
            # something, or by a subject of such mentions: to answer would tell whose it is.
            view = None
        if view is None:
            await self._record(asker, Showing(action="view-child", outcome="nothing-found"))
            raise NotFound("there is no such child, or none that you may know of")
        answer = ChildAnswer(
            asked_for=asked_for,
            view=view,
            now=now_of(view, times.now()),
            alerts=tuple(await self._alerts.of_mentions(view.mentions)),
            as_of=vector,
            withheld=withheld,
            agencies=await self._agency_names(),
            found_away=await self._found_away(view),
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
                vector=vector,
                withheld=withheld,
            ),
        )
        return Answered(body)

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
