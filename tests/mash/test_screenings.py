"""Screenings in the child view, folded from plain facts: levels, their days, what changed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.mash.views.child import ChildView, child_view
from services.mash.views.facts import facts_of
from services.mash.views.screenings import NOTE, ScreeningLine
from services.screening.domain import Screening
from shared.contracts import screening
from shared.contracts.sealed import Sealed
from shared.projecting.facts import Event, Fact
from tests.screening.forms import (
    COMPLETED,
    EIGHT,
    EIGHT_ID,
    NOW,
    TOOL,
    complete,
    facts,
    form,
    published,
    ticks,
)

SUBJECT = uuid4()
LATER = COMPLETED + timedelta(days=60)


def seen(events: Iterable[Event]) -> ChildView:
    found: list[Fact] = [fact for event in events for fact in facts_of(event)]
    view = child_view(SUBJECT, found)
    assert view is not None
    return view


def lines(*records: Screening) -> tuple[ScreeningLine, ...]:
    return seen(published(*records)).screenings.lines


def referral(record: Screening) -> screening.ReferralMade:
    return screening.ReferralMade(
        about=(record.child,),
        child=record.child,
        kind="referral",
        spoken_to="allocated-social-worker",
        made_at=COMPLETED,
        tool_sent=True,
        referral_id=None,
        notes=Sealed.of(record.child, screening.ScreeningNote(text="Sent.")),
    )


def medium(**others: Any) -> Screening:
    filled = form(ticked=ticks("S4", "M2", columns=("current_6m",)), level="medium")
    return complete(filled, **others)


def test_a_line_has_the_level_its_day_the_version_and_the_words_that_were_answered() -> None:
    (line,) = lines(medium())
    assert (line.level, line.completed_at, line.version) == ("medium", COMPLETED, "2014-02")
    assert [(tick.code, tick.columns) for tick in line.ticks] == [
        ("S4", ("current_6m",)),
        ("M2", ("tick",)),
    ]
    assert line.ticks[0].wording == "Unexplained amounts of money, expensive clothes or other items"
    assert line.columns["current_6m"] == "Current or during the past 6 months:"
    assert line.since is None


def test_that_nothing_is_ticked_is_said_to_prove_nothing() -> None:
    view = seen(published(complete(form())))
    assert view.screenings.note == NOTE
    assert "not ticked is no evidence that the child is safe" in view.screenings.note


def test_what_is_open_is_shown_until_an_act_closes_it_and_then_by_whom() -> None:
    record = medium()
    record.refer(referral(record), now=NOW)
    record.run_out(now=NOW)
    (line,) = lines(record)
    assert {one.obligation: one.late for one in line.open} == {
        "action": False,
        "panel-list": False,
        "review": True,
    }
    (done,) = line.done
    assert (done.obligation, done.by, done.said.agency) == (
        "referral-or-discussion",
        "referral-made",
        "quarry-bank-school",
    )
    assert done.notes is not None
    assert done.notes.state == "opened"


def test_what_changed_is_shown_whoever_filled_in_the_one_before() -> None:
    # Two agencies: neither knows of the other's, and the view shows both as one child's.
    first = published(medium())
    clinic = form(
        ticked=(*ticks("S4", columns=("current_6m", "prior_6m")), *ticks("S1", "M9")),
        level="significant",
        completed_at=LATER,
    )
    second = published(complete(clinic, agency="harbour-clinic"), agency="harbour-clinic")
    newest, oldest = seen([*second, *first]).screenings.lines
    assert (newest.level, oldest.level, oldest.since) == ("significant", "medium", None)
    assert newest.since is not None
    assert (newest.since.direction, newest.since.agency) == ("higher", "quarry-bank-school")
    assert newest.since.newly_ticked == ("S1", "M9")
    assert newest.since.no_longer_ticked == ("M2",)
    assert newest.since.other_columns == ("S4",)
    assert newest.since.same_version


def test_across_versions_it_is_said_that_not_all_was_asked_before() -> None:
    first = medium()
    second = complete(
        form(ticked=ticks("S8"), level="medium", completed_at=LATER),
        tool=EIGHT,
        tool_id=EIGHT_ID,
        series=(first,),
    )
    newest, _ = lines(first, second)
    assert newest.since is not None
    assert not newest.since.same_version
    assert "S8" in newest.since.newly_ticked


def test_answers_that_cannot_be_read_show_no_change() -> None:
    first, second = medium(), complete(form(ticked=ticks("M9"), completed_at=LATER))
    events = published(first, second)
    erased = next(e.data for e in events if isinstance(e.data, screening.ScreeningCompleted))
    erased.answers.shut("erased")
    newest, oldest = seen(events).screenings.lines
    assert oldest.answers is not None
    assert oldest.answers.state == "erased"
    assert oldest.ticks == ()
    assert newest.since is not None
    assert (newest.since.newly_ticked, newest.since.no_longer_ticked) == ((), ())
    assert newest.since.direction == "lower"


def test_an_amended_form_replaces_what_is_shown_and_keeps_what_is_open() -> None:
    record = medium()
    record.amend(
        form(ticked=ticks("S3"), level="medium", completed_at=COMPLETED),
        reason="Seen with a car.",
        tool_id=EIGHT_ID,
        tool=TOOL,
        now=NOW,
    )
    (line,) = lines(record)
    assert [tick.code for tick in line.ticks] == ["S3"]
    assert line.amended_at == NOW
    assert {one.obligation for one in line.open} == set(record.open)


def test_an_overridden_level_shows_what_it_was_and_why() -> None:
    record = medium()
    filled = form(ticked=ticks("S4", "M2"))
    record.override("significant", rationale="Coercion.", facts=facts(filled), tool=TOOL, now=NOW)
    (line,) = lines(record)
    assert (line.level, line.overridden_from) == ("significant", "medium")
    assert line.override_rationale is not None


def test_the_chronology_has_the_level_and_not_every_obligation() -> None:
    record = medium()
    record.refer(referral(record), now=NOW)
    view = seen(published(record))
    assert [(line.what, line.level) for line in view.chronology] == [
        ("screening-completed", "medium"),
        ("referral-made", None),
    ]


def test_a_screening_with_conditions_is_seen_by_its_own_agency_only() -> None:
    events = published(medium(handling="C"))
    assert {fact.handling for event in events for fact in facts_of(event)} == {"C"}
