"""How many children go missing or run away: what counts once, what apart, and what beside."""

from datetime import date, datetime, timedelta
from typing import Any

from services.mash.views.profile import AWAY, AWAY_NOTES, Away, Question, answer_of, away
from services.mash.views.profile.away import count_away
from services.mash.views.profile.counting import REGION, Count
from services.missing.domain import Concern, Interview
from shared.contracts import missing
from shared.contracts.sealed import Sealed
from tests.support.told import LATER, Told, a_child, moment

ASKED = Question(
    authorities=("northvale-council",), first=date(2015, 1, 1), last=date(2015, 12, 31)
)
NIGHT = timedelta(hours=9)


def concern(told: Told, since: datetime, closed: datetime | None = None) -> None:
    who = a_child(identifiers=())
    fields: dict[str, Any] = {
        "mentions": (who,),
        "child": who.mention_id,
        "source": "school",
        "away_from": "home",
        "away_since": since,
        "police_told": "no",
        "narrative": Sealed.of(who.mention_id, missing.ConcernNarrative(text="Not at home.")),
    }
    raised = Concern.raise_concern(missing.ConcernRaised(**fields), now=LATER)
    if closed is not None:
        raised.close(
            missing.ConcernClosed(
                about=(who.mention_id,), closed_at=closed, safe_and_well=True, narrative=None
            ),
            now=LATER,
        )
    told.hear(raised, "northvale-school")


def in_error(told: Told, began: datetime) -> None:
    episode = told.episode(began)
    child = episode.child
    episode.withdraw(
        missing.ReportedInError(
            about=(child,), child=child, found_at=began + NIGHT,
            reason=Sealed.of(child, missing.EpisodeNote(text="Was at home.")),
        ),
        now=LATER,
    )  # fmt: skip
    told.hear(episode, "northvale-police")


def of(told: Told) -> Away | None:
    return away(told.view(), told.facts(), ASKED)


def counted(told: Told) -> tuple[Count, Count]:
    child = of(told)
    assert child is not None
    counts = count_away([child])
    return counts["RA1"][REGION], counts["RA2"][REGION]


def test_a_child_counts_once_and_each_time_away_as_what_it_was() -> None:
    told = Told()
    for day in ("2015-05-02", "2015-06-02"):
        told.episode(moment(f"{day} 20:00"), moment(f"{day} 20:00") + NIGHT)
    told.episode(
        moment("2015-07-02 20:00"), moment("2015-07-03 07:00"), concern="absent", risk=None
    )
    concern(told, moment("2015-08-02 20:00"))

    children, times_away = counted(told)

    assert (children.base, children.cells) == (1, {"missing": 1, "absent": 1, "concern": 1})
    assert (times_away.base, times_away.cells) == (4, {"missing": 2, "absent": 1, "concern": 1})


def test_a_concern_that_a_police_episode_holds_is_not_counted_again() -> None:
    told = Told()
    told.episode(moment("2015-05-02 20:00"), moment("2015-05-04 07:00"))
    concern(told, moment("2015-05-02 18:00"))
    concern(told, moment("2015-05-01 18:00"), moment("2015-05-04 09:00"))
    assert counted(told)[1].cells == {"missing": 1}


def test_a_concern_of_the_day_after_is_one_that_no_episode_holds() -> None:
    told = Told()
    told.episode(moment("2015-05-02 20:00"), moment("2015-05-04 07:00"))
    concern(told, moment("2015-05-05 00:10"))
    assert counted(told)[1].cells == {"missing": 1, "concern": 1}


def test_what_was_reported_in_error_is_beside_and_holds_no_concern() -> None:
    told = Told()
    in_error(told, moment("2015-05-02 20:00"))
    children, times_away = counted(told)
    assert (children.base, children.outside) == (0, {"reported-in-error": 1})
    assert (times_away.base, times_away.outside) == (0, {"reported-in-error: missing": 1})

    concern(told, moment("2015-05-02 20:00"))
    children, times_away = counted(told)
    assert (children.base, children.outside) == (1, {})
    assert (times_away.cells, times_away.outside) == (
        {"concern": 1}, {"reported-in-error: missing": 1},
    )  # fmt: skip


def test_what_began_before_midnight_by_the_clocks_of_the_place_is_of_that_year() -> None:
    for began, counts in (
        ("2014-12-31 23:59", False), ("2015-01-01 00:00", True),
        ("2015-12-31 23:59", True), ("2016-01-01 00:00", False),
    ):  # fmt: skip
        told = Told()
        # It was not asked before February 2015.
        asked = "unknown" if began > "2015-02" else "not_asked"
        told.episode(
            moment(began), moment(began) + NIGHT,
            at_risk_of_exploitation=asked, known_to_social_care=asked,
        )  # fmt: skip
        assert (of(told) is not None) is counts, began


def test_the_area_is_who_is_responsible_else_the_council_that_the_force_named() -> None:
    told = Told()
    episode = told.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    found = of(told)
    assert found is not None
    assert found.area == "not-recorded"

    interview = Interview.require(
        child=episode.child,
        episode_id=episode.id,
        since=moment("2015-05-02 20:00"),
        area="southmere-council",
    )
    told.hear(interview, "northvale-police")
    found = of(told)
    assert found is not None
    assert found.area == "southmere-council"

    told.status()
    found = of(told)
    assert found is not None
    assert found.area == "northvale-council"


def test_the_answer_has_basis_and_caveats_and_hides_small_numbers_where_shared() -> None:
    told = Told()
    told.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    child = of(told)
    assert child is not None
    for shared, base in ((True, None), (False, 1)):
        found = answer_of(
            count_away([child]), ASKED, shared=shared, directory=True, elsewhere=0, withheld=0,
            known_by=None, as_of={}, definitions=AWAY, notes=AWAY_NOTES,
        )  # fmt: skip
        assert found.notes == AWAY_NOTES
        assert [figure.id for figure in found.figures] == ["RA1", "RA2"]
        for figure in found.figures:
            assert figure.base_is
            assert len(figure.caveat) > 20
            assert figure.areas[0].base == base
