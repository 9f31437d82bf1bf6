"""Which times an interview takes: none before the child went missing, no answer before an offer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.missing.domain import Interview
from shared.contracts import missing
from shared.contracts.refusals import Invalid
from shared.contracts.sealed import Sealed
from tests.missing.test_interview import BACK, CHILD, NOW, WENT, held, offered, returned, said

INSTANT = timedelta(microseconds=1)
REASON = Sealed.of(CHILD, missing.Reason(text="As the provider says."))
TOLD = Sealed.of(CHILD, missing.CarerInformation(text="He waits at the gate."))
OF_AN_INTERVIEW: dict[str, Callable[[Interview, datetime], None]] = {
    "/offered_at": lambda i, at: i.offer(
        missing.InterviewOffered(offered_at=at, to="child"), now=NOW
    ),
    "/planned_for": lambda i, at: i.rearrange(
        missing.InterviewRearranged(about=(CHILD,), planned_for=at, reason=REASON), now=NOW
    ),
    "/given_at": lambda i, at: i.inform(
        missing.CarerInformed(about=(CHILD,), given_at=at, information=TOLD), now=NOW
    ),
    "/held_at": lambda i, at: i.conduct(held(at), now=NOW),
    "/decided_at": lambda i, at: i.give_up(
        missing.InterviewNotCompleted(decided_at=at, why="moved-away", attempts=1, reason=None),
        now=NOW,
    ),
    "/on": lambda i, at: i.allocate(
        provider="lantern-trust", area="northvale-council", commission_id=uuid4(), at=at
    ),
}
"""Each step that may be of any moment since the child went missing."""


@pytest.mark.parametrize("pointer", OF_AN_INTERVIEW)
@for_any(years=st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=9000)))
def test_nothing_of_an_interview_is_before_the_child_went_missing(
    pointer: str, years: timedelta
) -> None:
    interview = returned()
    with pytest.raises(Invalid) as refused:
        OF_AN_INTERVIEW[pointer](interview, WENT - years)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert said(interview) == []
    OF_AN_INTERVIEW[pointer](interview, WENT)
    assert len(said(interview)) == 1


def accept(at: datetime, planned_for: datetime | None = None) -> Callable[[Interview], None]:
    data = missing.InterviewAccepted(about=(CHILD,), accepted_at=at, planned_for=planned_for)
    return lambda interview: interview.accept(data, now=NOW)


def decline(at: datetime) -> Callable[[Interview], None]:
    data = missing.InterviewDeclined(about=(CHILD,), declined_at=at, by="child", reason=None)
    return lambda interview: interview.decline(data, now=NOW)


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        (accept(BACK - INSTANT), "/accepted_at"),
        (accept(datetime(1999, 1, 1, tzinfo=UTC)), "/accepted_at"),
        (decline(BACK - INSTANT), "/declined_at"),
        (accept(BACK, BACK - INSTANT), "/planned_for"),
        (accept(BACK, datetime(1999, 1, 1, tzinfo=UTC)), "/planned_for"),
        (lambda i: OF_AN_INTERVIEW["/planned_for"](i, BACK - INSTANT), "/planned_for"),
    ],
)
def test_nobody_answers_or_plans_before_it_is_offered(
    step: Callable[[Interview], None], pointer: str
) -> None:
    interview = offered()
    with pytest.raises(Invalid) as refused:
        step(interview)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert said(interview) == []
    for allowed in (accept(BACK, BACK), decline(BACK)):
        allowed(interview)


def test_an_earlier_offer_that_comes_late_lets_the_answer_to_it_in() -> None:
    interview = offered()
    before = BACK - timedelta(hours=1)
    with pytest.raises(Invalid):
        accept(before)(interview)
    interview.offer(missing.InterviewOffered(offered_at=before, to="child"), now=NOW)
    accept(before)(interview)
    assert interview.accepted_at == before
