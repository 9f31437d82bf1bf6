"""Intelligence in the child's view: exactly the version that somebody may see, nothing beside."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.intelligence.domain import InformationReport, graded
from services.mash.application import seen
from services.mash.views.child import ChildView, as_child, child_view
from services.mash.views.intelligence import IntelligenceLine, standing
from shared.access.actor import Actor
from shared.contracts import intelligence
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import (
    Mention,
    PersonIdentity,
    PersonMention,
    PersonName,
    VehicleDetails,
    VehicleMention,
)
from shared.contracts.sealed import Sealed, sealed_in
from shared.projecting.facts import Fact
from tests.support.told import LATER, SUBJECT, Told

REPORTED = datetime(2015, 4, 21, 9, 30, tzinfo=UTC)
BUREAU, NEIGHBOUR, COUNCIL = "northvale-police", "southmere-police", "northvale-council"
WORDS = "SAID-IN-THE-ORIGINAL"
SANITISED = "SAID-WHEN-SANITISED"


def person(name: str, role: Any = "child") -> PersonMention:
    mention_id = new_mention_id()
    identity = PersonIdentity(names=(PersonName(full=name),))
    return PersonMention(mention_id=mention_id, role=role, identity=Sealed.of(mention_id, identity))


def car(plate: str) -> VehicleMention:
    mention_id = new_mention_id()
    details = VehicleDetails(registration=plate, registration_is_partial=True)
    return VehicleMention(
        mention_id=mention_id, role="seen_in", vehicle=Sealed.of(mention_id, details)
    )


def version_fields(named: tuple[Mention, ...], words: str) -> dict[str, Any]:
    people = [m for m in named if isinstance(m, PersonMention)]
    owner = named[0].mention_id
    return {
        "mentions": named,
        "owner": owner,
        "victims": tuple(m.mention_id for m in people if m.role == "child"),
        "perpetrators": tuple(m.mention_id for m in people if m.role == "perpetrator"),
        "account": Sealed.of(owner, intelligence.ReportAccount(text=words)),
    }


class Case:
    """One report, and what its bureau does with it; everything about one subject."""

    def __init__(
        self, told: Told, *named: Mention, words: str = WORDS, begun: tuple[Mention, ...] = ()
    ) -> None:
        self.told = told
        data = intelligence.ReportSubmitted(
            bureau=BUREAU,
            reported_at=REPORTED,
            source_ref=uuid4(),
            source=intelligence.SourceBoxes(
                witnessed_incident=True, professional=False, member_of_public=True
            ),
            third_party=True,
            reliability=intelligence.ScaleAnswer(
                scale="information-report-2015-reliability", value="5", meaning="always reliable"
            ),
            accuracy=intelligence.ScaleAnswer(
                scale="information-report-2015-accuracy",
                value="1",
                meaning="known to be true without doubt",
            ),
            willing_to_engage="no",
            licensed_service=None,
            incidents=(
                intelligence.Incident(
                    began=REPORTED - timedelta(days=3),
                    ended=None,
                    precision="day",
                    witnessed="yes",
                    involves=tuple(mention.mention_id for mention in begun),
                ),
            ),
            **version_fields(named, words),
        )
        self.report = InformationReport.submit(data, now=LATER)
        self.named = named
        self._hear()

    def grade(self, handling: Any = "C", *, covert: bool = False, day: int = 1) -> "Case":
        data = intelligence.ReportGraded(
            about=self.report.original.mentions,
            grade=graded(scheme="3x5x2", source="1", information="B", handling=handling),
            graded_at=REPORTED + timedelta(days=day),
            covert=covert,
            opens=handling,
            conditions=() if handling == "P" else ("not-to-family",),
            conditions_in_words=None,
            reason=None,
        )
        self.report.grade(data, now=LATER)
        return self._hear()

    def sanitise(self, *named: Mention, handling: Any = "C") -> UUID:
        version = uuid4()
        data = intelligence.ReportSanitised(
            about=self.report.original.mentions,
            version=version,
            sanitised_at=REPORTED + timedelta(days=2),
            restates=(),
            conditions=("ask-the-bureau-first",),
            conditions_in_words=None,
            **version_fields(named, SANITISED),
        )
        self.report.sanitise(data, opens=handling, now=LATER)
        self._hear()
        return version

    def give(self, to: str, version: UUID | None = None) -> "Case":
        version = version or self.report.id
        data = intelligence.ReportDisseminated(
            about=self.report.version_of(version).mentions,
            version=version,
            to=to,
            disseminated_at=REPORTED + timedelta(days=3),
            conditions=("no-further-dissemination",),
            conditions_in_words=None,
        )
        self.report.disseminate(data, now=LATER)
        return self._hear()

    def withdraw(self, version: UUID | None = None) -> "Case":
        self.report.withdraw(version=version, why="wrong-person", reason=None, at=LATER, now=LATER)
        return self._hear()

    def _hear(self) -> "Case":
        before = len(self.told.events)
        self.told.hear(self.report, BUREAU)
        for event in self.told.events[before:]:
            for field in sealed_in(event.data):
                field.state = "opened"
        return self


def actor(agency: str, *roles: str) -> Actor:
    return Actor(
        id="test|somebody",
        agency=agency,
        kind="person",
        roles=frozenset({"mash-worker", *roles}),
        purpose="child-protection-enquiry",
        basis="sharing-agreement",
        regime="uk-gdpr",
    )


POLICE, OFFICER = actor(BUREAU), actor(BUREAU, "intelligence-officer")
CLEARED, WORKER, ABROAD = actor(BUREAU, "covert-cleared"), actor(COUNCIL), actor(NEIGHBOUR)


def facts_of_child(told: Told) -> list[Fact]:
    """All that stands on mentions of people: they are all linked to her; cars are not."""
    things = {
        mention.mention_id
        for event in told.events
        for mention in (event.data.mentions if event.data is not None else ())
        if not isinstance(mention, PersonMention)
    }
    return [fact for fact in told.facts() if fact.mention_id not in things]


def view_for(told: Told, asker: Actor) -> ChildView | None:
    return child_view(SUBJECT, seen(as_child(facts_of_child(told)), asker).facts)


def lines_for(told: Told, asker: Actor) -> tuple[IntelligenceLine, ...]:
    view = view_for(told, asker)
    return view.intelligence.lines if view is not None else ()


def versions_for(told: Told, asker: Actor) -> set[UUID]:
    return {line.version for line in lines_for(told, asker)}


def test_what_is_not_graded_is_the_bureaus_alone() -> None:
    told = Told()
    Case(told, person("Wren"))
    assert len(lines_for(told, OFFICER)) == 1
    for nobody in (POLICE, CLEARED, WORKER, ABROAD):
        assert lines_for(told, nobody) == ()


def test_the_original_grades_stand_with_their_meaning_beside_the_polices() -> None:
    told = Told()
    Case(told, person("Wren")).grade("C").grade("P", day=2)
    (line,) = lines_for(told, WORKER)
    assert line.passed is not None
    assert line.passed.reliability is not None
    assert line.passed.accuracy is not None
    assert line.passed.reliability.meaning == "always reliable"
    assert line.passed.accuracy.meaning == "known to be true without doubt"
    assert [grade.grade.handling.value for grade in line.grades] == ["C", "P"]
    assert line.grades[0].grade.source.meaning == "reliable"


def test_handling_p_shows_it_to_whoever_sees_the_child_and_c_to_its_agency() -> None:
    told = Told()
    case = Case(told, person("Wren")).grade("C")
    assert [len(lines_for(told, who)) for who in (POLICE, OFFICER, WORKER)] == [1, 1, 0]
    case.grade("P", day=2)
    assert [len(lines_for(told, who)) for who in (POLICE, WORKER, ABROAD)] == [1, 1, 1]
    case.grade("C", day=3)
    assert [len(lines_for(told, who)) for who in (POLICE, WORKER, ABROAD)] == [1, 0, 0]


def test_the_newest_grade_counts_whatever_day_it_bears() -> None:
    told = Told()
    Case(told, person("Wren")).grade("P", day=5).grade("C", day=1)
    assert lines_for(told, WORKER) == ()


def test_an_agency_sees_exactly_the_version_that_it_was_given() -> None:
    told = Told()
    case = Case(told, person("Wren"), car("NV12"), person("Marlo", "perpetrator")).grade("C")
    version = case.sanitise(person("A girl"))
    assert versions_for(told, ABROAD) == set()
    case.give(NEIGHBOUR, version)

    assert versions_for(told, ABROAD) == {version}
    assert versions_for(told, WORKER) == set()
    assert versions_for(told, POLICE) == {case.report.id, version}
    shown = msgspec.json.encode(view_for(told, ABROAD))
    assert SANITISED.encode() in shown
    for word in (
        WORDS,
        "Wren",
        "NV12",
        "Marlo",
        "always reliable",
        str(case.report.original.owner),
    ):
        assert word.encode() not in shown


def test_a_sanitised_version_may_be_for_everybody_and_the_original_stays() -> None:
    told = Told()
    case = Case(told, person("Wren")).grade("C")
    version = case.sanitise(person("A girl"), handling="P")
    assert versions_for(told, WORKER) == {version}


def test_to_whom_it_was_given_is_for_the_bureau_and_that_agency() -> None:
    told = Told()
    Case(told, person("Wren")).grade("C").give(NEIGHBOUR).give(COUNCIL)
    given = {
        who.agency: [given.to for line in lines_for(told, who) for given in line.given]
        for who in (POLICE, WORKER, ABROAD)
    }
    assert given == {
        BUREAU: [NEIGHBOUR, COUNCIL],
        COUNCIL: [COUNCIL],
        NEIGHBOUR: [NEIGHBOUR],
    }
    Case(told, person("Wren")).grade("P").give(NEIGHBOUR)
    assert [g.to for line in lines_for(told, WORKER) for g in line.given] == [COUNCIL]


def test_what_is_covert_is_hidden_from_most_of_its_own_police() -> None:
    told = Told()
    case = Case(told, person("Wren")).grade("C", covert=True)
    assert [len(lines_for(told, who)) for who in (POLICE, OFFICER, CLEARED, WORKER)] == [0, 0, 1, 0]
    version = case.sanitise(person("A girl"))
    case.give(COUNCIL, version)
    assert versions_for(told, WORKER) == {version}
    assert versions_for(told, POLICE) == {version}


def test_covert_after_it_was_given_takes_it_from_whoever_is_not_cleared() -> None:
    told = Told()
    Case(told, person("Wren")).grade("C").give(COUNCIL).grade("C", covert=True, day=4)
    assert [len(lines_for(told, who)) for who in (POLICE, CLEARED, WORKER)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("hidden", "uncleared"),
    [
        (lambda told: Case(told, person("Wren")), (POLICE, CLEARED, WORKER, ABROAD)),
        (lambda told: Case(told, person("Wren"), car("NV12")).grade("C"), (WORKER, ABROAD)),
        (
            lambda told: Case(told, person("Wren"), person("Marlo", "perpetrator")).grade(
                "C", covert=True
            ),
            (POLICE, OFFICER, WORKER, ABROAD),
        ),
        (
            lambda told: Case(told, person("Wren", "perpetrator")).grade("C").withdraw(),
            (WORKER, ABROAD),
        ),
    ],
)
def test_a_world_with_what_is_hidden_is_to_the_byte_the_world_without(
    hidden: Any, uncleared: tuple[Actor, ...]
) -> None:
    told = Told()
    told.episode(REPORTED - timedelta(days=24))
    without = {who: _answer(told, who) for who in uncleared}
    hidden(told)
    assert {who: _answer(told, who) for who in uncleared} == without


def _answer(told: Told, asker: Actor) -> tuple[bytes, int]:
    found = seen(as_child(facts_of_child(told)), asker)
    return msgspec.json.encode(child_view(SUBJECT, found.facts)), found.withheld


def test_what_is_withdrawn_is_shown_to_be_and_says_nothing_more() -> None:
    told = Told()
    case = Case(told, person("Wren"), car("NV12")).grade("C").give(COUNCIL)
    assert WORDS.encode() in msgspec.json.encode(view_for(told, WORKER))
    case.withdraw()
    view = view_for(told, WORKER)
    assert view is not None
    (line,) = view.intelligence.lines
    assert line.withdrawn is not None
    assert (line.withdrawn.why, line.passed) == ("wrong-person", None)
    assert (view.statements, view.things) == ((), ())
    for word in (WORDS, "Wren", "NV12"):
        assert word.encode() not in msgspec.json.encode(view)


def test_one_version_is_withdrawn_and_the_other_stays_readable() -> None:
    told = Told()
    case = Case(told, person("Wren")).grade("P")
    version = case.sanitise(person("A girl"), handling="P")
    case.withdraw(version)
    lines = {line.version: line for line in lines_for(told, WORKER)}
    assert lines[version].passed is None
    assert lines[case.report.id].passed is not None
    assert lines[case.report.id].withdrawn is None


def test_the_view_of_a_victim_shows_no_accusation_against_the_same_child() -> None:
    """Both reports are about one child: one names her as a victim, the other as a perpetrator."""
    told = Told()
    Case(told, person("Wren"), words="SHE-IS-A-VICTIM").grade("P")
    Case(told, person("Wren", "perpetrator"), words="SHE-RECRUITS-OTHERS").grade("P")
    view = view_for(told, POLICE)
    assert view is not None
    assert [line.role for line in view.intelligence.lines] == ["child"]
    assert b"SHE-RECRUITS-OTHERS" not in msgspec.json.encode(view)


def test_one_report_that_names_a_child_in_both_roles_shows_her_view_one_of_them() -> None:
    told = Told()
    victim, suspect = person("Wren"), person("The Recruiter", "perpetrator")
    Case(told, victim, suspect, begun=(victim, suspect)).grade("P")
    # Both mentions are linked to this child: her facts are those of both.
    view = view_for(told, WORKER)
    assert view is not None
    assert [line.role for line in view.intelligence.lines] == ["child"]
    assert suspect.mention_id not in view.mentions
    shown = msgspec.json.encode(view)
    assert b"The Recruiter" not in shown
    assert str(suspect.mention_id).encode() not in shown


def test_facts_hold_nothing_of_the_source() -> None:
    told = Told()
    case = Case(told, person("Wren")).grade("C").give(COUNCIL)
    facts = msgspec.json.encode(told.facts())
    assert str(case.report.source_ref).encode() not in facts


def test_a_fact_by_itself_is_closed_until_it_is_known_to_whom_its_version_is_open() -> None:
    told = Told()
    Case(told, person("Wren")).grade("P")
    (fact,) = [fact for fact in told.facts() if fact.kind == "intelligence"]
    assert seen([fact], WORKER).facts == []
    assert [f.kind for f in standing([fact])] == ["intelligence"]
