"""The rules of an information report: what the bureau may do with it, and in which order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from services.intelligence.api.bureau_requests import DisseminateBody, GradeBody, WithdrawBody
from services.intelligence.api.requests import Accuracy, Reliability
from services.intelligence.domain import InformationReport, graded
from services.intelligence.grading import grading
from shared.contracts import intelligence
from shared.contracts.ids import new_mention_id
from shared.contracts.mentions import PersonMention
from shared.contracts.refusals import Invalid, RuleBroken
from shared.contracts.sealed import Sealed
from tests.support.scenario import given, when_made

REPORTED = datetime(2015, 4, 21, 9, 30, tzinfo=UTC)
NOW = datetime(2015, 5, 2, 9, 0, tzinfo=UTC)
REPORT = uuid4()
CHILD = new_mention_id()

Step = Callable[[InformationReport], None]


def report(**changed: Any) -> intelligence.ReportSubmitted:
    fields: dict[str, Any] = {
        "mentions": (PersonMention(mention_id=CHILD, role="child"),),
        "owner": CHILD,
        "victims": (CHILD,),
        "perpetrators": (),
        "account": Sealed.of(CHILD, intelligence.ReportAccount(text="Twice this month.")),
        "bureau": "northvale-police",
        "reported_at": REPORTED,
        "source_ref": uuid4(),
        "source": intelligence.SourceBoxes(
            witnessed_incident=True, professional=True, member_of_public=False
        ),
        "third_party": False,
        "reliability": None,
        "accuracy": None,
        "willing_to_engage": None,
        "licensed_service": None,
    }
    return intelligence.ReportSubmitted(**(fields | changed))


def grade(handling: str = "C", **changed: Any) -> intelligence.ReportGraded:
    fields: dict[str, Any] = {
        "about": (CHILD,),
        "grade": graded(scheme="3x5x2", source="1", information="B", handling=handling),
        "graded_at": REPORTED + timedelta(days=1),
        "covert": False,
        "opens": handling,
        "conditions": () if handling == "P" else ("not-to-family",),
        "conditions_in_words": None,
        "reason": None,
    }
    return intelligence.ReportGraded(**(fields | changed))


def sanitised(version: UUID, **changed: Any) -> intelligence.ReportSanitised:
    mention = new_mention_id()
    fields: dict[str, Any] = {
        "about": (CHILD,),
        "mentions": (PersonMention(mention_id=mention, role="child"),),
        "owner": mention,
        "victims": (mention,),
        "perpetrators": (),
        "account": Sealed.of(mention, intelligence.ReportAccount(text="Seen twice.")),
        "version": version,
        "sanitised_at": REPORTED + timedelta(days=1),
        "restates": (intelligence.Restated(mention=mention, original=CHILD),),
        "conditions": ("ask-the-bureau-first",),
        "conditions_in_words": None,
    }
    return intelligence.ReportSanitised(**(fields | changed))


def given_to(to: str, version: UUID = REPORT, **changed: Any) -> intelligence.ReportDisseminated:
    fields: dict[str, Any] = {
        "about": (CHILD,),
        "version": version,
        "to": to,
        "disseminated_at": REPORTED + timedelta(days=2),
        "conditions": ("no-further-dissemination",),
        "conditions_in_words": None,
    }
    return intelligence.ReportDisseminated(**(fields | changed))


def withdrawn(*versions: UUID) -> intelligence.ReportWithdrawn:
    return intelligence.ReportWithdrawn(
        about=(CHILD,),
        versions=versions,
        given_to=(),
        withdrawn_at=NOW,
        why="wrong-person",
        reason=None,
    )


def withdrawing(version: UUID | None = None) -> Step:
    return lambda found: found.withdraw(
        version=version, why="wrong-person", reason=None, at=NOW, now=NOW
    )


def begun(*happened: Any) -> Any:
    return given(InformationReport, report(), *happened, record_id=REPORT)


def test_a_report_is_closed_until_the_bureau_says_otherwise() -> None:
    made = InformationReport.submit(report(), now=NOW)
    (submitted,) = made.new_events()
    assert submitted.handling == "C"
    assert submitted.timestamp == REPORTED
    assert made.original.opens == "C"


def test_a_report_and_its_incidents_are_not_of_the_future() -> None:
    incident = intelligence.Incident(
        began=NOW + timedelta(days=1), ended=None, precision="day", witnessed="yes"
    )
    when_made(
        lambda: InformationReport.submit(
            report(reported_at=NOW + timedelta(hours=1), incidents=(incident,)), now=NOW
        )
    ).refuses(Invalid, "/reported_at", "/incidents/0/began")


def test_reliability_is_asked_of_somebody_else_only() -> None:
    answer = grading().answer("reliability", "reliability-5-always-reliable")
    when_made(
        lambda: InformationReport.submit(
            report(reliability=answer, willing_to_engage="no"), now=NOW
        )
    ).refuses(Invalid, "/third_party/reliability", "/third_party/willing_to_engage")


def test_a_grade_is_an_event_and_the_grade_before_it_stays() -> None:
    first, second = grade("C"), grade("P")
    record = begun(first).when(lambda found: found.grade(second, now=NOW)).then(second)
    assert record.original.opens == "P"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"graded_at": NOW + timedelta(hours=1)}, "/graded_at"),
        ({"graded_at": REPORTED - timedelta(days=1)}, "/graded_at"),
        ({"conditions": ()}, "/conditions"),
    ],
)
def test_a_grade_that_cannot_be_meant_is_refused(changed: dict[str, Any], pointer: str) -> None:
    begun().when(lambda found: found.grade(grade("C", **changed), now=NOW)).refuses(
        Invalid, pointer
    )


def test_what_is_covert_is_not_open() -> None:
    begun().when(lambda found: found.grade(grade("P", covert=True), now=NOW)).refuses(
        Invalid, "/covert"
    )


def test_nothing_is_given_or_sanitised_before_it_is_graded() -> None:
    begun().when(lambda found: found.disseminate(given_to("x"), now=NOW)).refuses(RuleBroken)
    begun().when(lambda found: found.sanitise(sanitised(uuid4()), opens="C", now=NOW)).refuses(
        RuleBroken
    )


def test_a_version_is_given_once_to_an_agency_and_never_to_its_own() -> None:
    one = given_to("southmere-police")
    begun(grade()).when(lambda found: found.disseminate(one, now=NOW)).then(one)
    begun(grade(), one).when(lambda found: found.disseminate(one, now=NOW)).refuses(RuleBroken)
    begun(grade()).when(
        lambda found: found.disseminate(given_to("northvale-police"), now=NOW)
    ).refuses(Invalid, "/to")
    begun(grade()).when(
        lambda found: found.disseminate(given_to("x", version=uuid4()), now=NOW)
    ).refuses(Invalid, "/version")
    begun(grade()).when(
        lambda found: found.disseminate(given_to("x", conditions=()), now=NOW)
    ).refuses(Invalid, "/conditions")
    free = given_to("x", conditions=())
    begun(grade("P")).when(lambda found: found.disseminate(free, now=NOW)).then(free)


def test_of_a_covert_report_only_a_sanitised_version_is_given() -> None:
    version, covert = uuid4(), grade(covert=True)
    begun(covert).when(lambda found: found.disseminate(given_to("x"), now=NOW)).refuses(RuleBroken)
    begun(covert, sanitised(version)).when(
        lambda found: found.disseminate(given_to("x", version=version), now=NOW)
    ).then(given_to("x", version=version))


def test_a_sanitised_version_restates_the_original_only() -> None:
    foreign = (intelligence.Restated(mention=uuid4(), original=uuid4()),)
    begun(grade()).when(
        lambda found: found.sanitise(sanitised(uuid4(), restates=foreign), opens="C", now=NOW)
    ).refuses(Invalid, "/keep")
    begun(grade()).when(
        lambda found: found.sanitise(sanitised(uuid4(), conditions=()), opens="C", now=NOW)
    ).refuses(Invalid, "/conditions")


def test_a_withdrawal_names_everybody_who_had_been_given_it() -> None:
    version = uuid4()
    history = (
        grade(),
        sanitised(version),
        given_to("southmere-police"),
        given_to("northvale-council", version),
        given_to("southmere-police", version),
    )
    asked = begun(*history).when(withdrawing())
    found, (event,) = asked._decided()
    assert event.data.versions == (REPORT, version)
    assert event.data.given_to == ("southmere-police", "northvale-council")
    assert all(one.withdrawn for one in found.versions.values())


def test_one_version_is_withdrawn_and_the_other_stays() -> None:
    version = uuid4()
    record = begun(grade(), sanitised(version)).when(withdrawing(version))._decided()[0]
    assert record.versions[version].withdrawn
    assert not record.original.withdrawn


@pytest.mark.parametrize(
    "step",
    [
        lambda found: found.grade(grade(), now=NOW),
        lambda found: found.disseminate(given_to("x"), now=NOW),
        lambda found: found.sanitise(sanitised(uuid4()), opens="C", now=NOW),
        withdrawing(),
    ],
)
def test_what_is_withdrawn_goes_no_further(step: Step) -> None:
    begun(grade(), withdrawn(REPORT)).when(step).refuses(RuleBroken)


def test_every_value_of_a_scale_has_a_code_with_its_meaning() -> None:
    for part, codes in (("reliability", Reliability), ("accuracy", Accuracy)):
        (scale,) = [scale for scale in grading().scales if scale.part == part]
        assert set(scale.answers) == set(get_args(codes))
        assert {found.value for found in scale.answers.values()} == set(
            get_args(intelligence.ScaleValue)
        )
        for code, found in scale.answers.items():
            assert code.startswith(f"{part}-{found.value}")
    best = {scale.part: scale.best for scale in grading().scales}
    assert best == {"reliability": "5", "accuracy": "1"}


def test_nothing_is_filled_in_from_what_the_author_answered() -> None:
    """No field of a grade has a default but the scheme; no function takes a scale and gives one."""
    for name in ("source", "information", "handling"):
        assert GradeBody.model_fields[name].is_required()
    assert DisseminateBody.model_fields["version"].is_required()
    assert WithdrawBody.model_fields["why"].is_required()


@pytest.mark.parametrize(
    ("parts", "pointers"),
    [
        ({"scheme": "3x5x2", "source": "4", "information": "F", "handling": "X"},
         ("/source", "/information", "/handling")),
        ({"scheme": "3x5x2", "source": "A", "information": "1", "handling": "P"},
         ("/source", "/information")),
        ({"scheme": "5x5x5", "source": "1", "information": "B", "handling": "C"},
         ("/source", "/information", "/handling")),
        ({"scheme": "4x4", "source": "1", "information": "B", "handling": "C"}, ("/scheme",)),
    ],
)  # fmt: skip
def test_a_value_of_another_scheme_is_refused(
    parts: dict[str, str], pointers: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        graded(**parts)
    assert tuple(fault.pointer for fault in refused.value.faults) == pointers


def test_an_old_grade_keeps_its_scheme_and_stays_closed() -> None:
    found = graded(scheme="5x5x5", source="E", information="4", handling="1")
    assert (found.scheme, found.source.meaning) == ("5x5x5", "untested")
    scheme = grading().scheme("5x5x5")
    assert scheme is not None
    assert set(scheme.opens.values()) == {"C"}
