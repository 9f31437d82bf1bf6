"""Every event type ever released still loads, and says what it said.

`history/<type>.json` holds one stored event of each version. Files are added, never edited: an
auditor's events of years ago are of these shapes. To release a new type or version, add its file.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.contracts import EVENTS, envelope
from shared.contracts.registry import EventData, Registry, UnknownType, encode
from shared.contracts.sealed import content_types, sealed_in

HISTORY = Path(__file__).parent / "history"
FILES = sorted(HISTORY.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stored_event_of_every_released_version_loads(file: Path) -> None:
    body = file.read_bytes().strip()

    found = envelope.read(body)
    data = EVENTS.decode(found.type, found.data)

    assert found.type == file.stem
    assert type(data) is EVENTS.named(found.type).data_type
    for field in sealed_in(data):
        assert field.content_code in content_types()


def without_history(registry: Registry, folder: Path) -> list[str]:
    """The types and versions of which no stored event is kept.

    The accident: a field is renamed, everything new is well, and nobody can read what was stored.
    """
    return [
        f"{registered.name}.v{version}"
        for registered in registry.all()
        for version in range(1, registered.version + 1)
        if not (folder / f"{registered.name}.v{version}.json").exists()
    ]


def test_every_type_has_a_history_file_for_each_version() -> None:
    assert EVENTS.all()
    assert without_history(EVENTS, HISTORY) == []


def test_a_version_without_a_history_file_is_seen(tmp_path: Path) -> None:
    registry = Registry()

    @registry.event_type("missing.thing-happened.v2", aggregate="thing")
    class ThingHappened(EventData, frozen=True, kw_only=True):
        pass

    assert len(without_history(registry, tmp_path)) == 2
    (tmp_path / "missing.thing-happened.v2.json").touch()
    assert without_history(registry, tmp_path) == ["missing.thing-happened.v1"]
    (tmp_path / "missing.thing-happened.v1.json").touch()
    assert without_history(registry, tmp_path) == []


@pytest.mark.parametrize("registered", EVENTS.all(), ids=lambda registered: registered.type)
def test_reading_and_writing_the_newest_version_changes_nothing(registered: Any) -> None:
    body = (HISTORY / f"{registered.type}.json").read_bytes().strip()
    found = envelope.read(body)

    again = encode(EVENTS.decode(found.type, found.data))

    assert json.loads(again) == json.loads(bytes(found.data))


@pytest.mark.parametrize(
    ("event_type", "field", "default"),
    [
        ("missing.interview-conducted.v1", "interviewer_from", "not-said"),
        ("missing.episode-reported.v1", "definition", None),
        ("missing.episode-reported.v1", "risk_scheme", None),
        ("missing.report-revised.v1", "definition", None),
        ("missing.report-revised.v1", "risk_scheme", None),
        ("missing.concern-changed.v1", "definition", None),
        ("missing.concern-changed.v1", "risk_scheme", None),
        ("missing.concern-raised.v1", "definition", None),
        ("missing.carer-profile-released.v1", "photograph_id", None),
        ("missing.carer-profile-released.v1", "photograph_taken_on", None),
    ],
)
def test_an_event_of_before_a_field_was_asked_for_loads_and_says_that_nobody_said(
    event_type: str, field: str, default: object
) -> None:
    found = envelope.read((HISTORY / f"{event_type}.json").read_bytes().strip())
    stored = json.loads(bytes(found.data))
    del stored[field]

    data = EVENTS.decode(event_type, json.dumps(stored).encode())

    assert getattr(data, field) == default


def test_an_event_of_newer_code_is_told_apart_from_a_broken_one() -> None:
    with pytest.raises(UnknownType):
        EVENTS.decode("missing.episode-reported.v99", b"{}")
    with pytest.raises(UnknownType):
        EVENTS.decode("missing.never-heard-of.v1", b"{}")
    with pytest.raises(msgspec.ValidationError):
        EVENTS.decode("missing.episode-reported.v1", b"{}")


def test_an_old_version_becomes_the_newest_step_by_step() -> None:
    registry = Registry()

    @registry.event_type("missing.thing-happened.v3", aggregate="thing")
    class ThingHappened(EventData, frozen=True, kw_only=True):
        risk: str
        scheme: str

    @registry.upcaster("missing.thing-happened.v1")
    def risk_was_not_asked(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"risk": "not-assessed"}

    @registry.upcaster("missing.thing-happened.v2")
    def there_was_one_scheme(state: dict[str, Any]) -> dict[str, Any]:
        return state | {"scheme": "college-2013"}

    assert registry.decode("missing.thing-happened.v1", b"{}") == ThingHappened(
        risk="not-assessed", scheme="college-2013"
    )
    assert registry.decode("missing.thing-happened.v2", b'{"risk":"high"}') == ThingHappened(
        risk="high", scheme="college-2013"
    )
    with pytest.raises(TypeError):
        registry.event_type("missing.thing-happened.v4", aggregate="thing")(ThingHappened)
    with pytest.raises(TypeError):
        registry.event_type("Missing.Thing", aggregate="thing")(ThingHappened)


def test_content_codes_are_permanent() -> None:
    """A code is part of stored bytes: this table may grow and never change."""
    assert {code: cls.__name__ for code, cls in content_types().items()} == {
        1: "PersonIdentity",
        2: "PlaceDetails",
        3: "VehicleDetails",
        4: "PhoneDetails",
        5: "OrganisationDetails",
        10: "ReportNarrative",
        11: "ReturnNarrative",
        12: "EpisodeNote",
        20: "Reason",
        21: "CarerInformation",
        22: "ChildsWords",
        23: "InterviewersView",
        30: "ConcernNarrative",
        31: "CarerProfile",
        32: "WhenMissing",
        33: "PhotographContent",
        40: "AboutChild",
        41: "ScreeningCircumstances",
        42: "ScreeningAnswers",
        43: "ScreeningJudgement",
        44: "ScreeningReferrer",
        45: "ScreeningNote",
        46: "ScreeningOutcome",
        47: "ProtectionPlan",
        50: "SourceIdentity",
        51: "ReportAccount",
        52: "PersonNotes",
        53: "ConditionsInWords",
        54: "BureauReason",
        55: "MeasureConditions",
        56: "BreachAccount",
        60: "StatusDetails",
        61: "WorkerContact",
        62: "EndDetails",
        63: "ResponsibilityWords",
        64: "DecisionReason",
        65: "LinkNote",
        66: "ReferralWords",
        67: "ReferralDetails",
        68: "ReferrerContact",
        69: "DecisionDetails",
        70: "SearchedFor",
        71: "AlertNote",
    }
