"""The story: what is sent, by whom, in which order. Everybody and every place in it is invented."""

from dataclasses import dataclass, field
from typing import Any

from services.missing.api import examples
from services.missing.api.concerns import ConcernBody
from services.missing.api.interview_requests import AcceptBody, ConductBody, OfferBody

Body = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One request of the story.

    Attributes:
        says: what happens, for whoever watches.
        persona: who sends it.
        service, path: where to; `{interview}` is the return interview of the first episode.
        again: it is sent a second time under the same key, and must be answered alike.
    """

    says: str
    persona: str
    service: str
    path: str
    body: Body = field(repr=False)
    again: bool = False


def _example(config: Any) -> Body:
    found: Body = config["json_schema_extra"]["examples"][0]
    return found


def _agency(code: str, name: str, kind: str) -> Step:
    return Step(
        f"{name} takes part",
        "registrar",
        "intake",
        "/agencies",
        {"code": code, "name": name, "kind": kind, "since": "2014-07-01"},
    )


REPORT = _example(examples.REPORT)

SECOND_VERSION: Body = {
    **REPORT,
    "report_version": 2,
    "risk": {"level": "high"},
    "at_risk_of_exploitation": "yes",
    "circumstances": "A friend says she was collected by an older man in a silver car who paid for "
    "a room at a hotel by the harbour before.",
}

RETURN = _example(examples.RETURN_BY_REFERENCE)

NEIGHBOURS_REPORT: Body = {
    "force": "southmere-police",
    "force_reference": "SM 2015 04 0311",
    "report_version": 1,
    "concern": "missing",
    "missing_from": "care",
    "missing_since": "2015-04-18T21:30:00Z",
    "reported_at": "2015-04-18T23:05:00Z",
    "risk": {"level": "high"},
    "at_risk_of_exploitation": "yes",
    "known_to_social_care": "yes",
    "circumstances": "Not back at her placement by curfew. A silver car was outside at nine.",
    "risk_factors": ["looked_after", "previously_missing", "exploitation_concern"],
    "child": {
        "names": [{"full": "Ren Ashdowne"}],
        "date_of_birth": "2001-02-05",
        "sex": "female",
        "identifiers": [{"scheme": "nhs-number", "value": "9434765919", "verified": True}],
    },
    "places": [
        {"role": "missing_from", "name": "Saltmarsh House", "type": "childrens-home"},
    ],
}

STEPS: tuple[Step, ...] = (
    _agency("northvale-police", "Northvale Police", "police"),
    _agency("southmere-police", "Southmere Police", "police"),
    _agency("northvale-council", "Northvale Council", "local-authority"),
    _agency("lantern-trust", "The Lantern Trust", "charity"),
    _agency("quarry-bank-school", "Quarry Bank School", "education"),
    Step(
        "The council commissions the Lantern Trust for return interviews",
        "social-care",
        "missing",
        "/commissions",
        {"provider": "lantern-trust", "area": "northvale-council", "since": "2014-04-01"},
    ),
    Step(
        "Her school is worried, a week before anybody tells the police",
        "school",
        "missing",
        "/concerns",
        _example(ConcernBody.model_config),
    ),
    Step(
        "Northvale Police report Wren Ashdown missing, and send it twice by mistake",
        "northvale-police-system",
        "missing",
        "/episodes",
        REPORT,
        again=True,
    ),
    Step(
        "A second version of the report: an older man, a silver car, a hotel",
        "northvale-police-system",
        "missing",
        "/episodes",
        SECOND_VERSION,
    ),
    Step(
        "She is found; her family may not know where",
        "northvale-police-system",
        "missing",
        "/returns",
        RETURN,
    ),
    Step(
        "The council allocates her return interview, due within 72 hours",
        "social-care",
        "missing",
        "/interviews/{interview}/allocate",
        {"area": "northvale-council", "on": "2015-03-28T09:00:00Z"},
    ),
    Step(
        "It is offered to her",
        "interviewer",
        "missing",
        "/interviews/{interview}/offer",
        _example(OfferBody.model_config),
    ),
    Step(
        "She accepts",
        "interviewer",
        "missing",
        "/interviews/{interview}/accept",
        _example(AcceptBody.model_config),
    ),
    Step(
        "It is held: an older male she calls by a nickname, a silver car, a hotel",
        "interviewer",
        "missing",
        "/interviews/{interview}/conduct",
        _example(ConductBody.model_config),
    ),
    Step(
        "A copy goes to children's social care",
        "interviewer",
        "missing",
        "/interviews/{interview}/copy",
        {"to": "northvale-council"},
    ),
    Step(
        "Three weeks later the neighbouring force reports the same girl under another spelling",
        "southmere-police-system",
        "missing",
        "/episodes",
        NEIGHBOURS_REPORT,
    ),
)
