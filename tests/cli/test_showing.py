"""What a person at a terminal reads of a child's standing: at once, and by the clocks here."""

from datetime import date, datetime, timedelta
from io import StringIO
from uuid import uuid4

import msgspec
from rich.console import Console

from services.cli.showing import print_child
from services.mash.application import ChildAnswer
from services.mash.application.children import FoundAway
from services.mash.store.alerts import AlertRow
from services.mash.views.child import now_of
from services.missing.domain import Interview
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import PlaceDetails, PlaceMention
from shared.contracts.sealed import Sealed
from tests.mash.test_referrals import Referred
from tests.support.told import Told, moment

NAMES = {
    "northvale-council": "Northvale Council",
    "southmere-council": "Southmere Council",
    "northvale-police": "Northvale Police",
}


def place(role: str, name: str) -> PlaceMention:
    found = new_mention_id()
    return PlaceMention(
        mention_id=found,
        role=role,  # type: ignore[arg-type] # one of the roles
        place=Sealed.of(found, PlaceDetails(name=name)),
    )


def read(
    told: Told,
    now: datetime,
    alerts: tuple[AlertRow, ...] = (),
    found_away: tuple[FoundAway, ...] = (),
) -> str:
    """What is printed, without how it is laid out."""
    view = told.view()
    answer = ChildAnswer(
        asked_for=uuid4(),
        view=view,
        now=now_of(view, now),
        alerts=alerts,
        found_away=found_away,
        as_of={"missing": 1},
        withheld=0,
        agencies=NAMES,
    )
    out = StringIO()
    print_child(answer, Console(file=out, width=160, highlight=False))
    return " ".join(out.getvalue().replace("│", " ").split())


def test_whether_a_child_is_known_who_is_responsible_and_who_is_host_is_read_first() -> None:
    told = Told()
    told.status(host="southmere-council", others=(place("placed_at", "Saltmarsh House"),))
    told.request("northvale-council", "southmere-council", at=moment("2015-05-04 09:00"))

    said = read(told, moment("2015-05-20 12:00"))

    for words in (
        "Known to children's social care: looked after (Northvale Council)",
        "Responsible (looked after): Northvale Council, as Northvale Council says, since 05 Jan",
        "Southmere Council was asked 4 May 2015 09:00 to take responsibility (looked after)",
        "Northvale Council keeps it until they accept",
        "Lives in the area of Southmere Council",
        "Saltmarsh House",
    ):
        assert words in said
    assert said.index("Known to children's") < said.index("Who the child is")


def test_nobody_having_told_is_not_read_as_not_known() -> None:
    told = Told()
    told.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    assert "No authority has told whether" in read(told, moment("2015-05-20 12:00"))
    told = Told()
    told.status(until=date(2015, 4, 1))
    assert "before; nothing is in force today" in read(told, moment("2015-05-20 12:00"))


def test_an_interview_that_is_overdue_says_by_how_much() -> None:
    told = Told()
    back = moment("2015-05-03 07:00")
    episode = told.episode(moment("2015-05-02 20:00"), back)
    interview = Interview.require(child=episode.child, episode_id=episode.id, since=back)
    interview.start_clock(episode_id=episode.id, returned_at=back)
    told.hear(interview, "northvale-police")

    due = "RETURN INTERVIEW OVERDUE since 6 May 2015 07:00, by 5 hours"
    assert due in read(told, back + timedelta(hours=77))
    assert "Return interview due 6 May 2015 07:00, in 60 minutes" in read(
        told, back + timedelta(hours=71)
    )


def test_what_comes_again_is_read_with_who_said_it() -> None:
    told = Told()
    for night in ("2015-05-01", "2015-05-08"):
        told.episode(
            moment(f"{night} 20:00"),
            moment(f"{night} 23:30"),
            others=[place("found_at", "Lantern Arcade")],
        )
    said = read(told, moment("2015-05-20 12:00"))
    assert "day of the week Friday" in said
    assert "place Lantern Arcade" in said
    assert said.count("in 2 episodes") == 3
    assert "4 hours" in said


def test_an_alert_is_read_at_the_top_and_so_is_that_nobody_looked() -> None:
    told = Told()
    told.episode(moment("2015-05-02 20:00"), moment("2015-05-03 07:00"))
    row = AlertRow(
        alert_id=uuid4(),
        rule="shared-vehicle",
        rule_version=1,
        subject_id=uuid4(),
        subject_kind="vehicle",
        mentions=[new_mention_id()],
        authorities=["northvale-council"],
        happened_at=moment("2015-05-02 20:00"),
        raised_at=moment("2015-05-02 21:00"),
        answer_by=moment("2015-05-03 21:00"),
        acknowledged_at=None,
        acknowledged_by=None,
        outcome=None,
        escalated_at=moment("2015-05-03 21:01"),
    )

    said = read(told, moment("2015-05-20 12:00"), (row,))

    assert "ALERT: Two children are reported with one vehicle" in said
    assert f"vehicle {row.subject_id}" in said
    assert "NOBODY LOOKED IN TIME, look by 3 May 2015 21:00" in said
    assert said.index("ALERT") < said.index("Who the child is")
    looked = msgspec.structs.replace(
        row, acknowledged_at=moment("2015-05-04 09:00"), outcome="acting-on-it"
    )
    said = read(told, moment("2015-05-20 12:00"), (looked,))
    assert "looked at 4 May 2015 09:00: acting-on-it" in said
    assert "NOBODY" not in said


def test_a_referral_that_is_overdue_says_so() -> None:
    told = Referred()
    told.hear(told.referral, "quarry-bank-school")
    due = told.referral.due_by

    assert "OVERDUE" not in read(told, due)
    said = read(told, due + timedelta(seconds=1))
    assert "OVERDUE: to be decided by" in said
    assert "from a screening, level medium, to whoever takes it" in said
    told.decided(due)
    told.hear(told.referral, "northvale-council")
    said = read(told, due + timedelta(days=9))
    assert "OVERDUE" not in said
    assert ": section 47, nrm referral" in said
    assert "She is moved. Enquiries." in said
    assert "whoever referred was not told yet" in said


def test_how_far_from_home_the_child_was_found_stands_at_the_place() -> None:
    told = Told()
    found = place("found_at", "Lantern Arcade")
    told.episode(moment("2015-05-02 20:00"), others=[place("lives_at", "Home"), found])
    away = FoundAway(found=found.mention_id, home=uuid4(), metres=12_345)
    said = read(told, moment("2015-05-20 12:00"), (), (away,))
    assert "Lantern Arcade" in said
    assert said.count("12.3 km from home") == 1
