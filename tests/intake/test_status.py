"""Statuses, requests to take responsibility, decisions on what is returned: their rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.api.requests import StatusBody
from services.intake.api.requests.statuses import LegalStatus
from services.intake.domain import HeldEnding, MissingPeriod, Responsibility, Status
from shared.contracts import intake
from shared.contracts.ids import new_mention_id, new_record_id
from shared.contracts.refusals import Invalid, Refused, RuleBroken
from shared.contracts.sealed import Sealed
from tests.support.scenario import given, replays_to_the_same, when_made

NOW = datetime(2015, 5, 20, 9, 0, tzinfo=UTC)
CHILD = new_mention_id()
HOME, HOST = "northvale-council", "southmere-council"


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2015, 5, day, hour, 0, tzinfo=UTC)


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "child": CHILD,
        "kind": "looked-after",
        "since": date(2015, 4, 7),
        "until": None,
        "responsible": HOME,
        "host": HOST,
        "said_at": at(1),
        "details": Sealed.of(CHILD, intake.StatusDetails(reference="LAC/1", legal_status="V2")),
        "worker": None,
        "contact": None,
    } | changed


def recorded(**changed: Any) -> intake.StatusRecorded:
    return intake.StatusRecorded(**fields(**changed))


def corrected(**changed: Any) -> intake.StatusCorrected:
    why = Sealed.of(CHILD, intake.EndDetails(text="The order was made the day after."))
    return intake.StatusCorrected(about=(CHILD,), reason=why, **fields(**changed))


SAID = at(2)


def ended(until: date, said_at: datetime = SAID) -> intake.StatusEnded:
    return intake.StatusEnded(
        about=(CHILD,), child=CHILD, until=until, said_at=said_at, reason=None
    )


WITHDRAWN = intake.StatusWithdrawn(
    about=(CHILD,), child=CHILD, why="another-child", said_at=at(3), reason=None
)


def record(data: intake.StatusRecorded, handling: Any = "P") -> Status:
    return Status.record(data, handling=handling, now=NOW)


def test_a_status_begins_at_midnight_by_the_clocks_of_the_place() -> None:
    status = record(recorded(since=date(2015, 5, 1)))
    (event,) = status.new_events()
    assert event.timestamp.astimezone(UTC) == datetime(2015, 4, 30, 23, 0, tzinfo=UTC)


def test_a_status_may_come_when_it_is_over_and_may_end_ahead() -> None:
    when_made(lambda: record(recorded(until=date(2015, 4, 7)))).then(
        recorded(until=date(2015, 4, 7))
    )
    when_made(lambda: record(recorded(until=date(2016, 1, 1)))).then(
        recorded(until=date(2016, 1, 1))
    )


def test_a_status_does_not_end_before_it_begins_nor_is_it_said_in_the_future() -> None:
    when_made(lambda: record(recorded(until=date(2015, 4, 6)))).refuses(Invalid, "/until")
    tomorrow = NOW + timedelta(days=1)
    when_made(lambda: record(recorded(said_at=tomorrow))).refuses(Invalid, "/said_at")


def test_a_correction_and_an_ending_are_facts_beside_the_first_account() -> None:
    right = corrected(since=date(2015, 4, 8), said_at=at(2))
    status = given(Status, recorded()).when(lambda s: s.correct(right, now=NOW)).then(right)
    assert status.since == date(2015, 4, 8)
    end = ended(date(2015, 5, 3))
    over = given(Status, recorded(), right).when(lambda s: s.end(end, now=NOW)).then(end)
    assert over.until == date(2015, 5, 3)


def test_what_was_said_last_stands_whichever_arrived_first() -> None:
    later, earlier = ended(date(2015, 5, 10), at(9)), ended(date(2015, 5, 3), at(4))
    status = given(Status, recorded(), later).when(lambda s: s.end(earlier, now=NOW)).then(earlier)
    assert status.until == date(2015, 5, 10)


def test_a_correction_is_of_the_same_kind() -> None:
    given(Status, recorded()).when(
        lambda s: s.correct(corrected(kind="child-in-need"), now=NOW)
    ).refuses(RuleBroken, match="another status")


def test_nothing_is_said_of_a_status_that_was_withdrawn() -> None:
    for decide in (
        lambda s: s.end(ended(date(2015, 5, 3)), now=NOW),
        lambda s: s.correct(corrected(), now=NOW),
        lambda s: s.withdraw(WITHDRAWN, now=NOW),
    ):
        given(Status, recorded(), WITHDRAWN).when(decide).refuses(RuleBroken, match="withdrawn")


def test_the_same_last_day_says_nothing_new_and_one_before_the_first_is_none() -> None:
    end = ended(date(2015, 5, 3))
    given(Status, recorded(), end).when(lambda s: s.end(end, now=NOW)).refuses(RuleBroken)
    given(Status, recorded()).when(lambda s: s.end(ended(date(2015, 4, 6)), now=NOW)).refuses(
        Invalid, "/until"
    )


def test_what_follows_is_handled_as_the_status_is() -> None:
    status = record(recorded(), handling="C")
    status.end(ended(date(2015, 5, 3)), now=NOW)
    assert [event.handling for event in status.new_events()] == ["C", "C"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["end", "correct", "withdraw"]), st.integers(1, 19), st.integers(0, 30)
    ),
    max_size=8,
)


@for_any(STEPS)
def test_any_run_of_commands_replays_to_the_same_state(steps: list[tuple[str, int, int]]) -> None:
    status = record(recorded())
    happened = status.new_events()
    said = [(at(1), None)]
    for what, day, length in steps:
        until = date(2015, 4, 7) + timedelta(days=length)
        try:
            if what == "end":
                status.end(ended(until, at(day)), now=NOW)
            elif what == "correct":
                status.correct(corrected(until=until, said_at=at(day)), now=NOW)
            else:
                status.withdraw(WITHDRAWN, now=NOW)
        except Refused:
            assert status.new_events() == []
        else:
            if what != "withdraw":
                said.append((at(day), until))  # type: ignore[arg-type] # the first has none
        happened += status.new_events()
    # Of what was said at one moment, the last to arrive stands.
    newest = max(when for when, _ in said)
    assert status.until == [until for when, until in said if when == newest][-1]
    replays_to_the_same(status, happened)


HELD = intake.StatusEndingHeld(
    child=CHILD,
    status_id=new_record_id(),
    until=date(2015, 5, 3),
    said_at=at(4),
    reason=None,
)


def test_an_ending_that_waits_is_joined_once() -> None:
    when_made(lambda: HeldEnding.hold(HELD, now=NOW)).then(HELD)
    joined = intake.HeldEndingJoined(about=(CHILD,), child=CHILD, status_id=HELD.status_id)
    given(HeldEnding, HELD).when(lambda h: h.join(now=NOW)).then(joined)
    given(HeldEnding, HELD, joined).when(lambda h: h.join(now=NOW)).refuses(RuleBroken)


def words(text: str = "Found in our area.") -> Sealed[intake.ResponsibilityWords]:
    return Sealed.of(CHILD, intake.ResponsibilityWords(text=text))


REQUESTED = intake.ResponsibilityRequested(
    child=CHILD,
    matter="child-protection-enquiry",
    held_by=HOST,
    asked=HOME,
    requested_at=at(4),
    reason=words(),
)
ACCEPTED = intake.ResponsibilityAccepted(
    about=(CHILD,),
    child=CHILD,
    matter="child-protection-enquiry",
    held_by=HOST,
    accepted_by=HOME,
    accepted_at=at(5),
    words=None,
)
DECLINED = intake.ResponsibilityDeclined(
    about=(CHILD,), child=CHILD, declined_at=at(5), reason=words()
)


def test_a_request_is_answered_once() -> None:
    when_made(lambda: Responsibility.request(REQUESTED, now=NOW)).then(REQUESTED)
    given(Responsibility, REQUESTED).when(lambda r: r.accept(ACCEPTED, now=NOW)).then(ACCEPTED)
    given(Responsibility, REQUESTED).when(lambda r: r.decline(DECLINED, now=NOW)).then(DECLINED)
    for answered in (ACCEPTED, DECLINED):
        for decide in (
            lambda r: r.accept(ACCEPTED, now=NOW),
            lambda r: r.decline(DECLINED, now=NOW),
            lambda r: r.withdraw(at=at(6), now=NOW),
        ):
            given(Responsibility, REQUESTED, answered).when(decide).refuses(
                RuleBroken, match="answered"
            )


def test_nobody_asks_itself_or_answers_before_it_was_asked() -> None:
    own = msgspec.structs.replace(REQUESTED, asked=HOST)
    when_made(lambda: Responsibility.request(own, now=NOW)).refuses(Invalid, "/asked")
    early = msgspec.structs.replace(ACCEPTED, accepted_at=at(3))
    given(Responsibility, REQUESTED).when(lambda r: r.accept(early, now=NOW)).refuses(
        Invalid, "/at"
    )


def decided(**changed: Any) -> intake.MissingPeriodDecided:
    given_fields: dict[str, Any] = {
        "child": CHILD,
        "decision": "away",
        "started_at": at(2, 20),
        "ended_at": at(3, 8),
        "sources": (UUID(int=7),),
        "decided_at": at(4),
        "reason": Sealed.of(CHILD, intake.DecisionReason(text="At her aunt's.")),
    }
    return intake.MissingPeriodDecided(**given_fields | changed)


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"started_at": None}, ["/started_at"]),
        ({"ended_at": at(1)}, ["/ended_at"]),
        ({"ended_at": NOW + timedelta(hours=1)}, ["/ended_at"]),
        ({"decision": "not-returned"}, ["/started_at"]),
        (
            {"decision": "not-returned", "started_at": None, "ended_at": None, "sources": ()},
            ["/sources"],
        ),
    ],
)
def test_a_decision_fits_its_times(changed: dict[str, Any], pointers: list[str]) -> None:
    when_made(lambda: MissingPeriod.decide(decided(**changed), now=NOW)).refuses(Invalid, *pointers)


def test_a_decision_may_be_open_changed_and_taken_back() -> None:
    still = decided(ended_at=None)
    when_made(lambda: MissingPeriod.decide(still, now=NOW)).then(still)
    found = intake.MissingPeriodChanged(
        **{name: getattr(decided(), name) for name in decided().__struct_fields__}
    )
    given(MissingPeriod, still).when(lambda p: p.change(found, now=NOW)).then(found)
    back = intake.MissingPeriodWithdrawn(
        about=(CHILD,),
        child=CHILD,
        decided_at=at(5),
        reason=Sealed.of(CHILD, intake.DecisionReason(text="The wrong child.")),
    )
    given(MissingPeriod, still).when(lambda p: p.withdraw(back, now=NOW)).then(back)
    given(MissingPeriod, still, back).when(lambda p: p.change(found, now=NOW)).refuses(RuleBroken)


@pytest.mark.parametrize("code", get_args(LegalStatus))
def test_every_legal_status_of_the_return_is_taken(code: str) -> None:
    config: Any = StatusBody.model_config
    (body,) = config["json_schema_extra"]["examples"]
    assert StatusBody.model_validate(body | {"legal_status": code}).legal_status == code


@for_any(st.text(max_size=4).filter(lambda code: code not in get_args(LegalStatus)))
def test_no_other_legal_status_is_taken(code: str) -> None:
    config: Any = StatusBody.model_config
    (body,) = config["json_schema_extra"]["examples"]
    with pytest.raises(ValidationError):
        StatusBody.model_validate(body | {"legal_status": code})
