"""Filled forms to test with. Everybody in them is invented."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.screening.domain import Facts, Form, Screening, Ticked, consider
from services.screening.tools import shipped
from shared.contracts import EVENTS, envelope, screening, times
from shared.contracts.ids import new_event_id, new_mention_id, new_record_id
from shared.contracts.mentions import PersonIdentity, PersonMention, PersonName
from shared.contracts.sealed import Sealed, sealed_in
from shared.projecting.facts import Event
from tests.support.histories import context

NOW = datetime(2015, 6, 1, 12, 0, tzinfo=UTC)
COMPLETED = datetime(2015, 2, 11, 15, 30, tzinfo=UTC)  # a Wednesday
TOOL = next(tool for tool in shipped() if tool.version == "2014-02")
EIGHT = next(tool for tool in shipped() if tool.version == "2014-02-eight")
TOOL_ID, EIGHT_ID = new_record_id(), new_record_id()

BORN = {12: "2002-02-12", 13: "2002-02-11", 14: "2001-02-01", 15: "2000-02-01", 16: "1999-01-01"}
"""Dates of birth by the age that they give on the day of the form; 12 and 13 are a day apart."""


def ticks(*codes: str, columns: tuple[str, ...] = ("current_6m",)) -> tuple[Ticked, ...]:
    """Indicators ticked; the significant ones in these columns."""
    return tuple(Ticked(code, columns if code.startswith("S") else ()) for code in codes)


def form(
    *,
    born: str | None = "2001-02-01",
    age_from: int | None = None,
    ages: tuple[screening.AgeStatement, ...] = (),
    ticked: tuple[Ticked, ...] = (),
    level: str = "low",
    rationale: str | None = None,
    learning_disability: screening.YesNo = "no",
    additional_needs: screening.YesNo = "no",
    completed_at: datetime = COMPLETED,
    area: str = "northvale-council",
    child: UUID | None = None,
) -> Form:
    """A filled form."""
    child, referrer = child or new_mention_id(), new_mention_id()
    identity = PersonIdentity(
        names=(PersonName(full="Wren Ashdown"),), date_of_birth=born, age_from=age_from
    )
    return Form(
        mentions=(
            PersonMention(mention_id=child, role="child", identity=Sealed.of(child, identity)),
            PersonMention(mention_id=referrer, role="professional"),
        ),
        child=child,
        referrer=referrer,
        identity=identity,
        area=area,
        entry="screening-tool",
        completed_at=completed_at,
        ticked=ticked,
        level=level,
        rationale=rationale,
        consent="sought",
        meets_threshold="unknown",
        information_reports=(),
        about_child=screening.AboutChild(ages=ages),
        circumstances=screening.ScreeningCircumstances(
            learning_disability=learning_disability,
            additional_needs=additional_needs,
            reason="A second phone.",
        ),
        referrer_details=screening.ScreeningReferrer(),
    )


def complete(filled: Form | None = None, **others: Any) -> Screening:
    """The form as a new screening of a school."""
    given: dict[str, Any] = {
        "agency": "quarry-bank-school",
        "tool_id": TOOL_ID,
        "tool": TOOL,
        "now": NOW,
    }
    return Screening.complete(filled or form(), **given | others)


def facts(filled: Form) -> Facts:
    """What the rules look at."""
    return consider(filled, TOOL).facts


def published(*records: Screening, agency: str = "quarry-bank-school") -> list[Event]:
    """What these screenings decided, as a projection meets it, opened."""
    made = []
    for record in records:
        for happened in record.new_events():
            for field in sealed_in(happened.data):
                field.state = "opened"
            body = envelope.finish(
                envelope.prepare(
                    event_id=new_event_id(),
                    store="screening",
                    event_type=EVENTS.of(type(happened.data)).type,
                    record_id=record.id,
                    record_version=happened.originator_version,
                    occurred_at=times.written(happened.timestamp),
                    handling=happened.handling,
                    context=context(agency),
                    data=b"{}",
                ),
                1,
                times.written(NOW),
            )
            made.append(Event("screening", 1, body, envelope.read(body), happened.data))
    return made
