"""The examples in the OpenAPI document. A test posts each of them. Everybody is invented."""

from typing import Any

from shared.web.body import example, examples

_CHILD: dict[str, Any] = {
    "names": [
        {"full": "Wren Ashdown", "given": "Wren", "family": "Ashdown"},
        {"full": "Birdie", "use": "nickname"},
    ],
    "date_of_birth": "2001-02-15",
    "date_of_birth_basis": "stated",
    "sex": "female",
    "identifiers": [{"scheme": "nhs-number", "value": "943 476 5919", "verified": True}],
    "description": "Slight, red hair to the shoulder, green parka.",
}

_MISSING = dict[str, Any](
    force="northvale-police",
    force_reference="NV/15/000127",
    report_version=1,
    concern="missing",
    missing_from="home",
    missing_since="2015-03-27T18:00:00Z",
    last_seen_at="2015-03-27T17:40:00Z",
    reported_at="2015-03-27T20:15:00Z",
    risk={"level": "medium"},
    at_risk_of_exploitation="unknown",
    known_to_social_care="no",
    responsible_authority="northvale-council",
    circumstances="Left home after an argument about a phone she could not explain.",
    risk_factors=["out_of_character", "unsuitable_company"],
    questions=[
        {"question": "company", "answer": "Thought to be with an older friend with a silver car."}
    ],
    attempts_to_find="Her mother rang friends and went to the arcade.",
    child=_CHILD,
    people=[
        {
            "ref": "friend",
            "role": "associate",
            "person": {
                "names": [{"full": "Dex", "use": "nickname"}],
                "age_from": 20,
                "age_to": 25,
                "description": "Tall, grey hooded top.",
            },
        }
    ],
    places=[
        {
            "role": "lives_at",
            "of": "child",
            "address": ["14 Tannery Rise", "Northvale"],
            "postcode": "ZZ99 3VZ",
        },
        {"role": "last_seen_at", "name": "Lantern Arcade"},
    ],
    vehicles=[
        {
            "role": "seen_in",
            "of": "friend",
            "registration": "NV12",
            "registration_is_partial": True,
            "colour": "silver",
        }
    ],
)

_ABSENT = dict[str, Any](
    force="northvale-police",
    force_reference="NV/15/000131",
    report_version=1,
    concern="absent",
    definition="college-2013-absent",
    missing_from="education",
    missing_since="2015-03-30T13:10:00Z",
    reported_at="2015-03-30T13:40:00Z",
    at_risk_of_exploitation="no",
    known_to_social_care="unknown",
    circumstances="Not back at school after lunch; she texts her sister that she is in the park.",
    child={"names": [{"full": "Ada Thorne"}], "date_of_birth": "2002-06"},
)
"""Under the scheme of that year an absent child has no risk level."""

REPORT = examples(_MISSING, _ABSENT)

_RETURN: dict[str, Any] = {
    "returned_at": "2015-03-28T06:30:00Z",
    "how": "found_by_police",
    "family_may_know_place": False,
    "circumstances": "Found walking along the ring road. She would not say where she had been.",
    "places": [{"role": "found_at", "name": "Harbour Lodge Hotel", "type": "hotel"}],
}

RETURN = example(**_RETURN)
RETURN_BY_REFERENCE = example(force_reference="NV/15/000127", **_RETURN)
