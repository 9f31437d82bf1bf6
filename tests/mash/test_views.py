"""The child view, folded from plain facts: what is kept, what is shown, and to whom."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.mash.application import seen
from services.mash.views.child import ChildView, child_view
from services.mash.views.facts import facts_of
from services.mash.views.terms import spoken, terms_of
from shared.access.actor import Actor
from shared.contracts import EVENTS, envelope, missing
from shared.contracts.ids import new_event_id, new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
    PlaceDetails,
    PlaceMention,
)
from shared.contracts.registry import EventData
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Event, Fact
from tests.support.histories import BEGAN, context, report
from tests.support.told import Told, moment

EPISODE, SUBJECT = uuid4(), uuid4()


def place(name: str, role: Any = "lives_at", handling: Any = "P") -> PlaceMention:
    mention_id = new_mention_id()
    return PlaceMention(
        mention_id=mention_id,
        role=role,
        handling=handling,
        place=Sealed.of(mention_id, PlaceDetails(name=name)),
    )


def event(data: EventData, position: int, agency: str = "northvale-police") -> Event:
    """An event as a projection meets it, opened."""
    body = envelope.finish(
        envelope.prepare(
            event_id=new_event_id(),
            store="missing",
            event_type=EVENTS.of(type(data)).type,
            record_id=EPISODE,
            record_version=position,
            occurred_at="2015-03-27T18:00:00.000000Z",
            handling="P",
            context=context(agency),
            data=b"{}",
        ),
        position,
        "2015-03-27T20:00:00.000000Z",
    )
    for field in _fields(data):
        field.state = "opened"
    return Event("missing", position, body, envelope.read(body), data)


def _fields(data: EventData) -> list[Sealed[Any]]:
    from shared.contracts.sealed import sealed_in  # noqa: PLC0415 (used here only)

    return list(sealed_in(data))


def reported(*others: Mention, version: int = 1) -> missing.EpisodeReported:
    data = report(version=version)
    return msgspec.structs.replace(data, mentions=(*data.mentions, *others))


def returned(
    child: UUID, *others: Mention, may_know: bool = False, words: bool = True
) -> missing.ChildReturned:
    narrative = missing.ReturnNarrative(circumstances="Found at the Harbour Lodge.")
    return missing.ChildReturned(
        about=(child,),
        mentions=others,
        child=child,
        returned_at=BEGAN + timedelta(hours=4),
        how="found_by_police",
        family_may_know_place=may_know,
        narrative=Sealed.of(child, narrative) if words else None,
    )


def view_of(events: list[Event], seen_by: Actor | None = None) -> ChildView:
    facts: list[Fact] = [fact for each in events for fact in facts_of(each)]
    view = child_view(SUBJECT, facts if seen_by is None else seen(facts, seen_by).facts)
    assert view is not None
    return view


def actor(agency: str) -> Actor:
    return Actor(
        id="test|somebody",
        agency=agency,
        kind="person",
        roles=frozenset({"mash-worker"}),
        purpose="missing-child",
        basis="sharing-agreement",
        regime="uk-gdpr",
    )


def test_a_version_that_leaves_a_place_out_takes_nothing_away() -> None:
    first = reported(place("Lantern Arcade", "last_seen_at"))
    second = reported(version=2)
    view = view_of([event(first, 1), event(second, 2)])

    (line,) = view.places
    assert (line.named.role, line.said.event_id) == (
        "last_seen_at",
        view.chronology[0].said.event_id,
    )
    (episode,) = view.episodes
    assert episode.current is not None
    assert episode.current.report.report_version == 2
    assert [earlier.report.report_version for earlier in episode.earlier] == [1]


def test_the_newest_version_is_current_whenever_it_came() -> None:
    view = view_of([event(reported(version=2), 1), event(reported(version=1), 2)])
    (episode,) = view.episodes
    assert episode.current is not None
    assert episode.current.report.report_version == 2


def test_a_return_closes_its_episode() -> None:
    first = reported()
    assert [now.episode_id for now in view_of([event(first, 1)]).missing_now] == [EPISODE]
    assert view_of([event(first, 1), event(returned(first.child), 2)]).missing_now == ()


OWN, OTHER = actor("northvale-police"), actor("northvale-council")


@pytest.mark.parametrize(
    ("may_know", "seen_by", "state"),
    [
        (False, OWN, "opened"),
        (False, OTHER, "withheld"),
        (True, OWN, "opened"),
        (True, OTHER, "opened"),
    ],
)
def test_the_words_of_a_return_keep_the_place_and_the_return_itself_is_known(
    may_know: bool,
    seen_by: Actor,
    state: str,
) -> None:
    first = reported()
    hotel = place("Harbour Lodge", "found_at", "P" if may_know else "C")
    events = [event(first, 1), event(returned(first.child, hotel, may_know=may_know), 2)]

    view = view_of(events, seen_by)

    (episode,) = view.episodes
    assert episode.returned is not None
    assert episode.returned.returned.narrative.state == state
    assert view.missing_now == ()
    assert (b"Harbour Lodge" in msgspec.json.encode(view)) == (state == "opened")


def test_a_child_who_is_suspected_in_one_report_keeps_a_view_free_of_it() -> None:
    mention_id = new_mention_id()
    suspect = PersonMention(
        mention_id=mention_id,
        role="perpetrator",
        identity=Sealed.of(
            mention_id, PersonIdentity(names=(PersonName(full="Wren A."),), description="scar")
        ),
    )
    first, other = reported(), reported(suspect)
    accused = [f for f in facts_of(event(other, 2)) if f.mention_id == mention_id]
    assert accused
    made = event(first, 1)
    assert child_view(SUBJECT, [*facts_of(made), *accused]) == view_of([made])
    assert child_view(SUBJECT, accused) is None


def test_an_event_of_a_store_without_rules_of_its_own_is_a_happening_on_all_it_concerns() -> None:
    one, other, hotel = new_mention_id(), new_mention_id(), place("Harbour Lodge")
    data = missing.InterviewOffered(
        about=(one, other), mentions=(hotel,), offered_at=BEGAN, to="child"
    )
    facts = facts_of(replace(event(data, 1), store="elsewhere"))
    assert [(f.mention_id, f.kind) for f in facts] == [
        (one, "happening"),
        (other, "happening"),
        (hotel.mention_id, "named"),
        (one, "beside"),
        (other, "beside"),
    ]
    assert [f.ordinal for f in facts] == [0, 1, 2, 3, 4]
    unasked = facts_of(replace(event(msgspec.structs.replace(data, about=()), 1), store="other"))
    assert [(f.mention_id, f.kind) for f in unasked] == [
        (hotel.mention_id, "happening"),
        (hotel.mention_id, "named"),
    ]
    assert child_view(hotel.mention_id, unasked) is None


def test_a_return_without_words_withholds_none() -> None:
    first = reported()
    view = view_of([event(first, 1), event(returned(first.child, words=False), 2)], OTHER)
    assert view.episodes[0].returned is not None
    assert view.episodes[0].returned.returned.narrative.state == "absent"


@pytest.mark.parametrize("handling", ["C", "Q"])
def test_a_handling_code_that_is_not_known_is_closed(handling: str) -> None:
    (fact, *_) = facts_of(event(reported(), 1))
    closed = msgspec.structs.replace(fact, handling=handling)
    assert [len(seen([closed], who).facts) for who in (OWN, OTHER)] == [1, 0]


@pytest.mark.parametrize("state", ["erased", "withheld"])
def test_what_cannot_be_opened_says_why_and_cannot_be_searched(state: Any) -> None:
    data = reported(place("Lantern Arcade"))
    made = event(data, 1)
    for field in _fields(data):
        field.shut(state)
    view = view_of([made])
    assert view.statements[0].identity.state == state
    assert view.places[0].named.details.state == state
    assert view.missing_now
    assert [term for fact in facts_of(made) for term in terms_of(fact)] == []


def test_names_are_searched_as_they_are_spoken() -> None:
    assert spoken("O'Neill") == spoken("o’neill") == "oneill"
    assert spoken(" Zoë  MÜLLER-Smith ") == "zoe muller smith"


def test_a_report_shows_by_which_definition_and_under_which_scheme_it_calls_the_child_absent() -> (
    None
):
    told = Told()
    told.episode(
        moment("2015-05-02 20:00"),
        concern="absent",
        risk=None,
        risk_scheme="college-2013",
        definition="college-2013-absent",
    )
    (episode,) = told.view().episodes
    assert episode.current is not None
    report = episode.current.report
    assert (report.concern, report.risk) == ("absent", None)
    assert (report.risk_scheme, report.definition) == ("college-2013", "college-2013-absent")
