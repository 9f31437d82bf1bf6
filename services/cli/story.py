"""The story: what is sent, by whom, in which order. Everybody and every place in it is invented."""

from dataclasses import dataclass, field
from typing import Any

from services.intelligence.api import examples as intelligence
from services.intelligence.api.measure_requests import Taken
from services.missing.api import examples
from services.missing.api.concerns import ConcernBody
from services.missing.api.interview_requests import AcceptBody, ConductBody, OfferBody
from services.screening.api import examples as screenings
from services.screening.api.act_requests import MeetingBody, PanelBody, ReferralBody

Body = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One request of the story.

    Attributes:
        says: what happens, for whoever watches.
        persona: who sends it.
        service, path: where to; a name in braces is an id that a step before kept, or that
            `services.cli.finding` finds.
        again: it is sent a second time under the same key, and must be answered alike.
        keep: the id in the receipt is kept under this name, for later steps.
        after: what mash must be able to show before. The moment is kept as `before`.
    """

    says: str
    persona: str
    service: str
    path: str
    body: Body = field(repr=False)
    again: bool = False
    keep: str | None = None
    after: str | None = None


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

SCREENING = _example(screenings.SCREENING)

LATER_SCREENING: Body = {
    **SCREENING,
    "continues": "{screening}",
    "completed_at": "2015-04-01T14:00:00Z",
    "reason": "She went missing on Friday, and what she told the interviewer.",
    "ticks": [
        {"code": "S1", "columns": ["current_6m"], "note": "Away overnight on 27 March."},
        {"code": "S3", "columns": ["current_6m"], "note": "A silver car, an older male."},
        {"code": "S4", "columns": ["current_6m", "prior_6m"]},
        {"code": "S7", "columns": ["current_6m"], "note": "A hotel by the harbour."},
        {"code": "M2"},
        {"code": "M9"},
        {"code": "V6"},
    ],
    "level": "significant",
    "rationale": "Gifts, a car and a hotel: she is being controlled, and does not see it so.",
}

LOOKED_AFTER: Body = {
    "reference": "LAC/40417/1",
    "kind": "looked-after",
    "since": "2015-04-07",
    "said_at": "2015-04-07T11:00:00Z",
    "responsible_authority": "northvale-council",
    "host_authority": "southmere-council",
    "legal_status": "V2",
    "placement_type": "K2",
    "placement": {"name": "Saltmarsh House", "type": "childrens-home"},
    "child": {
        "names": [{"full": "Wren Ashdown"}],
        "date_of_birth": "2001-02-15",
        "identifiers": [
            {"scheme": "nhs-number", "value": "943 476 5919", "verified": True},
            {
                "scheme": "la-child-id",
                "value": "NC40417",
                "issuer": "northvale-council",
                "verified": True,
            },
        ],
    },
}

INFORMATION = _example(intelligence.REPORT)

PIKE: Body = {
    "scheme": "force-person-id", "value": "NV 88213", "issuer": "northvale-police", "verified": True
}  # fmt: skip

NAMING: Body = {
    "bureau": "northvale-police",
    "reported_at": "2015-04-23T22:10:00Z",
    "author": {"name": "Alex Orme", "post": "patrol officer", "agency": "Northvale Police"},
    "source": {"witnessed_incident": True, "professional": True, "member_of_public": False},
    "account": "Stopped in a silver car by the harbour: a man who says that his friends call him "
    "Marlo. The receptionist knows him again by the scar.",
    "perpetrators": [
        {
            "person": {
                "names": [{"full": "Marlon Pike"}, {"full": "Marlo", "use": "nickname"}],
                "date_of_birth": "1987-06-02",
                "sex": "male",
                "identifiers": [PIKE],
            }
        }
    ],
}

GRADE: Body = {"source": "1", "information": "A", "handling": "P"}
"""Lawful sharing permitted: whoever may see the child sees it."""

NOTICE: Body = {
    **_example(Taken.model_config),
    "person": {
        "role": "perpetrator",
        "person": {"names": [{"full": "Marlon Pike"}], "identifiers": [PIKE]},
    },
}

TOGETHER: tuple[Step, ...] = (
    Step(
        "A night receptionist passes on what she saw: a silver car, a man called Marlo, two girls",
        "hotel-watch",
        "intelligence",
        "/reports",
        INFORMATION,
        keep="information",
    ),
    Step(
        "The police bureau grades it: it may lawfully be shared",
        "intelligence-officer",
        "intelligence",
        "/reports/{information}/grade",
        GRADE,
    ),
    Step(
        "A MASH worker decides: the girl with red hair is Wren",
        "mash-worker",
        "intake",
        "/subjects/{girl}/merge",
        {"into": "{wren}", "reason": "same-person", "note": "The night, the coat, the hotel."},
    ),
    Step(
        "and the car at the hotel is the one in the police report",
        "mash-worker",
        "intake",
        "/subjects/{hotel_car}/merge",
        {"into": "{car}", "reason": "same-person", "note": "NV12 and silver, on the same night."},
    ),
    Step(
        "Officers stop the man in his car, and learn his name",
        "intelligence-officer",
        "intelligence",
        "/reports",
        NAMING,
        keep="naming",
    ),
    Step(
        "The bureau grades that too",
        "intelligence-officer",
        "intelligence",
        "/reports/{naming}/grade",
        GRADE,
    ),
    Step(
        "The man without a name is identified; what was known before stays as it was",
        "mash-worker",
        "intake",
        "/subjects/{man}/merge",
        {
            "into": "{named}",
            "reason": "identified",
            "confidence": "probable",
            "basis": ["witness", "vehicle"],
        },
        after="perpetrators/{man}",
    ),
    Step(
        "A notice is served on him: not to contact Wren, nor let her into his car, for a year",
        "intelligence-officer",
        "intelligence",
        "/measures",
        NOTICE,
        keep="notice",
    ),
    Step(
        "A colleague takes the girl called Dex for the man called Dex",
        "mash-worker",
        "intake",
        "/subjects/{dex}/merge",
        {"into": "{friend}", "reason": "same-person", "note": "One nickname."},
        keep="wrong_merge",
    ),
    Step(
        "That was wrong. It is taken back, and everything is as before",
        "mash-worker",
        "intake",
        "/regroupings/{wrong_merge}/undo",
        {"reason": "wrong-person", "note": "A girl of about fourteen and a man of twenty."},
    ),
)
"""What the agencies can only see together."""

STEPS: tuple[Step, ...] = (
    _agency("northvale-police", "Northvale Police", "police"),
    _agency("southmere-police", "Southmere Police", "police"),
    _agency("northvale-council", "Northvale Council", "local-authority"),
    _agency("southmere-council", "Southmere Council", "local-authority"),
    _agency("lantern-trust", "The Lantern Trust", "charity"),
    _agency("second-shore", "Second Shore", "charity"),
    _agency("quarry-bank-school", "Quarry Bank School", "education"),
    Step(
        "The council commissions the Lantern Trust for return interviews, until 31 March 2015",
        "social-care",
        "missing",
        "/commissions",
        {
            "provider": "lantern-trust",
            "area": "northvale-council",
            "since": "2014-04-01",
            "until": "2015-03-31",
        },
    ),
    Step(
        "and Second Shore from 1 April: what was allocated by then stays with the Lantern Trust",
        "social-care",
        "missing",
        "/commissions",
        {"provider": "second-shore", "area": "northvale-council", "since": "2015-04-01"},
    ),
    Step(
        "Her school fills in the screening tool: medium, by the safeguarding lead's judgement",
        "school",
        "screening",
        "/screenings",
        SCREENING,
        keep="screening",
    ),
    Step(
        "Medium must be discussed with social care: she rings the duty team, and records it",
        "school",
        "screening",
        "/screenings/{screening}/referral",
        _example(ReferralBody.model_config),
    ),
    Step(
        "The council lists her for its multi-agency panel",
        "social-care",
        "screening",
        "/screenings/{screening}/panel",
        _example(PanelBody.model_config),
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
        "Her school screens her again: significant, an escalation; a referral must follow",
        "school",
        "screening",
        "/screenings",
        LATER_SCREENING,
        keep="later_screening",
    ),
    Step(
        "The council convenes a strategy meeting",
        "social-care",
        "screening",
        "/screenings/{later_screening}/strategy-meeting",
        _example(MeetingBody.model_config),
    ),
    Step(
        "She cannot stay at home: the council looks after her, in a home in the next authority",
        "social-care",
        "intake",
        "/statuses",
        LOOKED_AFTER,
    ),
    Step(
        "Three weeks later the neighbouring force reports the same girl under another spelling",
        "southmere-police-system",
        "missing",
        "/episodes",
        NEIGHBOURS_REPORT,
    ),
    Step(
        "Southmere's duty team reads that a child of Northvale's lives in its area",
        "southmere-social-care",
        "intake",
        "/boundary-notices/{notice}/acknowledge",
        {},
    ),
    *TOGETHER,
)
