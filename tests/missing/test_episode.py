"""An episode's rules, each with its boundary."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.missing.domain import CLOCK_SKEW, Episode, told_on
from services.missing.risk import Scheme, schemes
from shared.contracts import missing
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import Invalid, Refused, RuleBroken
from shared.contracts.sealed import Sealed
from shared.eventstore.record import Record
from tests.support.scenario import Asked, given, replayed, replays_to_the_same, when_made

CHILD = new_mention_id()
BEGAN = datetime(2015, 3, 27, 18, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(days=2)
NARRATIVE = Sealed.of(
    CHILD, missing.ReportNarrative(force_reference="NV/1", circumstances="Did not come home.")
)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def report(**changed: Any) -> missing.EpisodeReported:
    began = changed.get("missing_since", BEGAN)
    fields: dict[str, Any] = {
        "force": "northvale-police",
        "report_version": 1,
        "child": CHILD,
        "concern": "missing",
        "missing_from": "home",
        "missing_since": began,
        "last_seen_at": None,
        "reported_at": began + HOUR,
        "risk": missing.RiskGrade(scheme="college-2013", level="medium"),
        "at_risk_of_exploitation": "unknown",
        "known_to_social_care": "no",
        "narrative": NARRATIVE,
    }
    return missing.EpisodeReported(**(fields | changed))


def revised(version: int, **changed: Any) -> missing.ReportRevised:
    data = report(report_version=version, **changed)
    return missing.ReportRevised(**{f: getattr(data, f) for f in data.__struct_fields__})


def returned(at: datetime = BEGAN + 4 * HOUR) -> missing.ChildReturned:
    return missing.ChildReturned(
        about=(CHILD,),
        child=CHILD,
        returned_at=at,
        how="found_by_police",
        family_may_know_place=False,
        narrative=None,
    )


def scheme_for(data: missing.ReportFields) -> Scheme:
    return schemes().in_force(data.force, told_on(data))


def reporting(data: missing.EpisodeReported, now: datetime = NOW) -> Asked[Episode]:
    return when_made(lambda: Episode.report(data, scheme=scheme_for(data), now=now))


def revising(
    data: missing.ReportRevised, *happened: missing.ReportFields | missing.ChildReturned
) -> Asked[Episode]:
    return given(Episode, *happened).when(
        lambda episode: episode.revise(data, scheme=scheme_for(data), now=NOW)
    )


def returning(
    data: missing.ChildReturned, *happened: missing.ReportFields | missing.ChildReturned
) -> Asked[Episode]:
    return given(Episode, *happened).when(lambda episode: episode.record_return(data, now=NOW))


def test_a_report_begins_an_episode_at_the_time_the_child_went_missing() -> None:
    episode = reporting(report()).then(report())
    assert (episode.missing_since, episode.returned_at, episode.versions) == (BEGAN, None, {1})


# Who used which scheme from when.


@pytest.mark.parametrize(
    ("force", "day", "expected"),
    [
        ("northvale-police", date(2009, 6, 1), "acpo-2010"),
        ("northvale-police", date(2013, 3, 31), "acpo-2010"),
        ("northvale-police", date(2013, 4, 1), "college-2013"),
        ("northvale-police", date(2016, 12, 31), "college-2013"),
        ("northvale-police", date(2017, 1, 1), "app-2017"),
        ("southmere-police", date(2013, 4, 1), "acpo-2010"),
        ("southmere-police", date(2013, 8, 31), "acpo-2010"),
        ("southmere-police", date(2013, 9, 1), "college-2013"),
        ("southmere-police", date(2017, 1, 1), "college-2013"),
        ("southmere-police", date(2020, 11, 30), "college-2013"),
        ("southmere-police", date(2020, 12, 1), "app-2017"),
    ],
)
def test_each_force_took_up_each_scheme_on_its_own_day(
    force: str, day: date, expected: str
) -> None:
    assert schemes().in_force(force, day).code == expected


def test_the_day_of_the_report_decides_by_the_clocks_of_london() -> None:
    # 23:30 UTC on 31 March 2013 is half past midnight on 1 April: summer time had just begun.
    late = datetime(2013, 3, 31, 23, 30, tzinfo=UTC)
    assert told_on(report(reported_at=late)) == date(2013, 4, 1)
    assert told_on(report(reported_at=late - HOUR)) == date(2013, 3, 31)


NEVER_ASKED = {"at_risk_of_exploitation": "not_asked", "known_to_social_care": "not_asked"}
UNDER = {
    "acpo-2010": datetime(2012, 5, 1, tzinfo=UTC),
    "college-2013": datetime(2014, 5, 1, tzinfo=UTC),
    "app-2017": datetime(2018, 5, 1, tzinfo=UTC),
}
GRADES: list[tuple[str, str, str | None, str | None]] = [
    ("acpo-2010", "missing", "low", None),
    ("acpo-2010", "missing", "medium", None),
    ("acpo-2010", "missing", "high", None),
    ("acpo-2010", "missing", "no-apparent-risk", "/risk/level"),
    ("acpo-2010", "missing", None, "/risk"),
    ("acpo-2010", "absent", None, "/concern"),
    ("acpo-2010", "absent", "low", "/concern"),
    ("college-2013", "missing", "low", None),
    ("college-2013", "missing", "high", None),
    ("college-2013", "missing", "standard", "/risk/level"),
    ("college-2013", "missing", None, "/risk"),
    ("college-2013", "absent", None, None),
    ("college-2013", "absent", "low", "/risk"),
    ("app-2017", "missing", "no-apparent-risk", None),
    ("app-2017", "missing", "low", None),
    ("app-2017", "missing", "medium", None),
    ("app-2017", "missing", "high", None),
    ("app-2017", "missing", None, "/risk"),
    ("app-2017", "absent", "no-apparent-risk", None),
    ("app-2017", "absent", "low", "/risk/level"),
    ("app-2017", "absent", None, "/risk"),
]


@pytest.mark.parametrize(("scheme", "concern", "level", "fault"), GRADES)
def test_a_level_is_one_of_the_scheme_in_force(
    scheme: str, concern: str, level: str | None, fault: str | None
) -> None:
    data = report(
        missing_since=UNDER[scheme],
        concern=concern,
        risk=missing.RiskGrade(scheme=scheme, level=level) if level is not None else None,
        **NEVER_ASKED,
    )
    asked = reporting(data, now=datetime(2019, 1, 1, tzinfo=UTC))
    if fault is None:
        asked.then(data)
    else:
        asked.refuses(Invalid, fault)


def test_a_level_of_another_scheme_is_refused_though_it_has_the_same_name() -> None:
    data = report(risk=missing.RiskGrade(scheme="app-2017", level="medium"))
    reporting(data).refuses(Invalid, "/risk/scheme")


# The question of February 2015.

FEBRUARY = datetime(2015, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_before_february_2015_no_answer_is_possible(answer: str) -> None:
    eve = FEBRUARY - INSTANT
    data = report(
        missing_since=eve - HOUR,
        reported_at=eve,
        at_risk_of_exploitation=answer,
        known_to_social_care=answer,
    )
    reporting(data).refuses(Invalid, "/at_risk_of_exploitation", "/known_to_social_care")


@pytest.mark.parametrize(
    ("told", "answer"),
    [(FEBRUARY - INSTANT, "not_asked"), (FEBRUARY, "yes"), (FEBRUARY, "not_asked")],
)
def test_from_midnight_on_it_is_asked_and_may_still_not_have_been(
    told: datetime, answer: str
) -> None:
    data = report(
        missing_since=told - HOUR,
        reported_at=told,
        at_risk_of_exploitation=answer,
        known_to_social_care=answer,
    )
    reporting(data).then(data)


# Times.


@pytest.mark.parametrize("field", ["missing_since", "last_seen_at", "reported_at"])
def test_a_time_may_be_as_far_ahead_as_a_clock_may_be_wrong_and_no_further(field: str) -> None:
    edge = NOW + CLOCK_SKEW
    fits = report(missing_since=edge if field == "missing_since" else BEGAN, reported_at=edge)
    fits = msgspec.structs.replace(fits, **{field: edge})
    reporting(fits).then(fits)

    late = msgspec.structs.replace(
        fits, **({"reported_at": edge + INSTANT} | {field: edge + INSTANT})
    )
    expected = dict.fromkeys([field, "reported_at"])
    reporting(late).refuses(Invalid, *(f"/{name}" for name in expected))


def test_a_child_goes_missing_and_is_last_seen_before_the_force_is_told() -> None:
    same = report(reported_at=BEGAN, last_seen_at=BEGAN)
    reporting(same).then(same)
    reporting(report(reported_at=BEGAN - INSTANT)).refuses(Invalid, "/missing_since")
    seen = report(last_seen_at=BEGAN + HOUR + INSTANT)
    reporting(seen).refuses(Invalid, "/last_seen_at")


def test_a_year_that_is_surely_mistyped_is_refused() -> None:
    def of(year: int) -> missing.EpisodeReported:
        return report(
            missing_since=datetime(year, 1, 1, tzinfo=UTC),
            risk=missing.RiskGrade(scheme="acpo-2010", level="low"),
            **NEVER_ASKED,
        )

    reporting(of(1990)).then(of(1990))
    reporting(of(1989)).refuses(Invalid, "/missing_since")


def test_every_fault_is_told_at_once() -> None:
    data = report(last_seen_at=NOW, risk=None, missing_since=BEGAN, reported_at=BEGAN - HOUR)
    reporting(data).refuses(Invalid, "/missing_since", "/last_seen_at", "/risk")


# Versions.


def test_versions_come_in_any_order() -> None:
    episode = revising(revised(1, missing_since=BEGAN - HOUR), report(report_version=3)).then(
        revised(1, missing_since=BEGAN - HOUR)
    )
    assert (episode.versions, episode.newest_version) == ({1, 3}, 3)
    assert episode.missing_since == BEGAN


def test_a_newer_version_says_when_it_began() -> None:
    episode = revising(revised(2, missing_since=BEGAN - HOUR), report()).then(
        revised(2, missing_since=BEGAN - HOUR)
    )
    assert episode.missing_since == BEGAN - HOUR


def test_a_version_is_recorded_once() -> None:
    revising(revised(1), report()).refuses(RuleBroken, match="already recorded")
    revising(revised(2), report(), revised(2)).refuses(RuleBroken)


def test_a_revised_version_is_checked_like_the_first() -> None:
    revising(revised(2, risk=None), report()).refuses(Invalid, "/risk")


def test_the_report_may_be_revised_after_the_return() -> None:
    revising(revised(2), report(), returned()).then(revised(2))
    at_return = revised(2, missing_since=BEGAN + 4 * HOUR)
    revising(at_return, report(), returned()).then(at_return)
    revising(revised(2, missing_since=BEGAN + 4 * HOUR + INSTANT), report(), returned()).refuses(
        RuleBroken, match="after the child's return"
    )


def test_an_old_version_is_kept_though_its_mistake_was_mended_since() -> None:
    mistaken = revised(1, missing_since=BEGAN + 5 * HOUR)
    revising(mistaken, report(report_version=2), returned()).then(mistaken)


# The return.


def test_a_return_ends_the_episode_once() -> None:
    episode = returning(returned(), report()).then(returned())
    assert episode.returned_at == BEGAN + 4 * HOUR
    returning(returned(), report(), returned()).refuses(RuleBroken, match="already recorded")


def test_a_return_is_not_before_the_child_went_missing() -> None:
    returning(returned(BEGAN), report()).then(returned(BEGAN))
    returning(returned(BEGAN - INSTANT), report()).refuses(RuleBroken, match="earlier")
    # The newest version says when that was.
    earlier = revised(2, missing_since=BEGAN - HOUR)
    returning(returned(BEGAN - HOUR), report(), earlier).then(returned(BEGAN - HOUR))


def test_a_return_is_not_in_the_future() -> None:
    edge = NOW + CLOCK_SKEW
    returning(returned(edge), report()).then(returned(edge))
    returning(returned(edge + INSTANT), report()).refuses(Invalid, "/returned_at")


def changed(concern: missing.Concern, at: datetime) -> missing.ConcernChanged:
    return missing.ConcernChanged(
        about=(CHILD,),
        child=CHILD,
        concern=concern,
        risk=missing.RiskGrade(scheme="college-2013", level="medium")
        if concern == "missing"
        else None,
        changed_at=at,
        reason=Sealed.of(CHILD, missing.EpisodeNote(text="Her phone is off.")),
    )


ABSENT = report(concern="absent", risk=None)


def changing(data: missing.ConcernChanged, *happened: Any) -> Asked[Episode]:
    scheme = scheme_for(report())
    return given(Episode, *happened).when(
        lambda episode: episode.change_concern(data, scheme=scheme, now=NOW)
    )


def test_that_an_absent_child_became_missing_may_come_after_the_return() -> None:
    late, back = changed("missing", BEGAN + HOUR), returned(BEGAN + 4 * HOUR)
    episode = changing(late, ABSENT, back).then(late)
    assert (episode.concern, episode.was_ever_missing) == ("missing", True)
    at_the_return = changed("missing", back.returned_at)
    changing(at_the_return, ABSENT, back).then(at_the_return)
    after = changed("missing", back.returned_at + INSTANT)
    changing(after, ABSENT, back).refuses(RuleBroken, match="return")


def test_what_changed_last_in_the_world_counts_whatever_came_last() -> None:
    first, second = changed("missing", BEGAN + HOUR), changed("absent", BEGAN + 2 * HOUR)
    for order in ((first, second), (second, first)):
        episode = replayed(Episode, ABSENT, *order)
        assert (episode.concern, episode.was_ever_missing) == ("absent", True)
    changing(first, ABSENT, first).refuses(RuleBroken, match="that moment")


def test_a_version_that_restates_the_report_takes_no_change_back() -> None:
    """It mends an address, say, and gives the concern that the report began with."""
    version = revised(2, concern="absent", risk=None)
    assert replayed(Episode, ABSENT, changed("missing", BEGAN + HOUR), version).concern == "missing"
    assert replayed(Episode, ABSENT, revised(2)).concern == "missing"


# Laws.

VERSIONS = st.permutations([revised(n, missing_since=BEGAN - n * HOUR) for n in range(2, 6)])


@for_any(VERSIONS, st.integers(0, 4))
def test_whatever_the_order_the_versions_and_the_newest_are_the_same(
    later: Sequence[missing.ReportRevised], first: int
) -> None:
    order = [*later[:first], revised(1), *later[first:]]
    begin = report(**{f: getattr(order[0], f) for f in order[0].__struct_fields__})
    episode = replayed(Episode, begin)
    for data in order[1:]:
        episode.revise(data, scheme=scheme_for(data), now=NOW)
    assert (episode.versions, episode.newest_version) == ({1, 2, 3, 4, 5}, 5)
    assert episode.missing_since == BEGAN - 5 * HOUR


COMMANDS = st.lists(
    st.one_of(
        st.builds(
            lambda version, hours: revised(version, missing_since=BEGAN + hours * HOUR),
            st.integers(1, 4),
            st.integers(-6, 6),
        ),
        st.builds(lambda hours: returned(BEGAN + hours * HOUR), st.integers(-6, 60)),
    ),
    max_size=8,
)


@for_any(COMMANDS)
def test_any_run_of_commands_replays_to_the_same_state(
    commands: list[missing.ReportRevised | missing.ChildReturned],
) -> None:
    episode = Episode.report(report(), scheme=scheme_for(report()), now=NOW)
    happened: list[Record.Event] = episode.new_events()
    for command in commands:
        try:
            if isinstance(command, missing.ChildReturned):
                episode.record_return(command, now=NOW)
            else:
                episode.revise(command, scheme=scheme_for(command), now=NOW)
        except Refused:
            assert episode.new_events() == []
        happened += episode.new_events()
    replays_to_the_same(episode, happened)
