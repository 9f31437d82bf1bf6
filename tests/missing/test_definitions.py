"""By which definition a child is called missing, absent or a runaway."""

from datetime import date, timedelta

import pytest

from services.missing.definitions import Called, definition_faults, definitions
from services.missing.domain import Concern, Episode
from services.missing.risk import schemes
from shared.contracts import missing
from shared.contracts.refusals import Invalid
from tests.missing.test_concern import NOW as CONCERN_NOW
from tests.missing.test_concern import concern
from tests.missing.test_episode import BEGAN, CHILD, HOUR, NOW, report, reporting
from tests.support.scenario import given, when_made

DAY = timedelta(days=1)
REASON = report().narrative


def test_each_definition_has_words_a_source_and_says_whether_it_was_read() -> None:
    for code, each in definitions().items():
        assert code == each.code
        assert each.defines
        assert len(each.words) > 40
        assert each.source
        assert each.to is None or each.since <= each.to
        # Whatever another quotes is marked.
        assert not (each.verified and "quotes" in each.source)
    called = {word for each in definitions().values() for word in each.defines}
    assert called == {"missing", "absent", "runaway"}


@pytest.mark.parametrize("code", sorted(definitions()))
def test_a_definition_is_used_from_its_first_day_and_after_its_last_too(code: str) -> None:
    found = definitions()[code]
    called = found.defines[0]
    assert definition_faults(code, called, found.since) == []
    assert [fault.pointer for fault in definition_faults(code, called, found.since - DAY)] == [
        "/definition"
    ]
    # A force may have gone on with it: which one was in use, only who recorded it knows.
    assert definition_faults(code, called, (found.to or found.since) + 3000 * DAY) == []


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("college-2013-absent", "missing"),
        ("college-2013-missing", "absent"),
        ("college-2013-missing", "runaway"),
        ("resource-pack-runaway-under-16", "missing"),
        ("of-our-own", "runaway"),
    ],
)
def test_one_that_defines_something_else_is_refused_with_those_that_fit(
    code: str, called: Called
) -> None:
    (fault,) = definition_faults(code, called, date(2015, 3, 27))
    fitting = {each.code for each in definitions().values() if called in each.defines}
    assert fitting
    assert all(each in fault.detail for each in fitting)
    assert code not in fault.detail


def test_two_definitions_of_a_runaway_are_told_apart_in_the_concern() -> None:
    under_16 = concern(definition="resource-pack-runaway-under-16")
    when_made(lambda: Concern.raise_concern(under_16, now=CONCERN_NOW)).then(under_16)
    under_18 = concern(definition="government-young-runaway")
    when_made(lambda: Concern.raise_concern(under_18, now=CONCERN_NOW)).then(under_18)
    wrong = concern(definition="college-2013-missing")
    when_made(lambda: Concern.raise_concern(wrong, now=CONCERN_NOW)).refuses(Invalid, "/definition")


def test_a_report_says_by_which_definition_the_child_is_absent() -> None:
    data = report(concern="absent", risk=None, definition="college-2013-absent")
    reporting(data).then(data)
    wrong = report(concern="absent", risk=None, definition="college-2013-missing")
    reporting(wrong).refuses(Invalid, "/definition")


def test_a_change_of_concern_is_by_a_definition_of_what_the_child_is_now() -> None:
    absent = report(concern="absent", risk=None, definition="college-2013-absent")

    def changed(definition: str) -> missing.ConcernChanged:
        return missing.ConcernChanged(
            about=(CHILD,),
            child=CHILD,
            concern="missing",
            risk=missing.RiskGrade(scheme="college-2013", level="medium"),
            risk_scheme="college-2013",
            definition=definition,
            changed_at=BEGAN + 2 * HOUR,
            reason=REASON,  # type: ignore[arg-type]
        )

    scheme = schemes().in_force("northvale-police", BEGAN.date())
    now_missing, still_absent = changed("college-2013-missing"), changed("college-2013-absent")
    given(Episode, absent).when(
        lambda e: e.change_concern(now_missing, scheme=scheme, now=NOW)
    ).then(now_missing)
    given(Episode, absent).when(
        lambda e: e.change_concern(still_absent, scheme=scheme, now=NOW)
    ).refuses(Invalid, "/definition")
