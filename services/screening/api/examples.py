"""The examples in the OpenAPI document. A test posts each of them. Everybody is invented."""

from typing import Any

from shared.web.body import example

_FORM: dict[str, Any] = {
    "area": "northvale-council",
    "entry": "screening-tool",
    "completed_at": "2015-02-11T15:30:00Z",
    "child": {
        "names": [{"full": "Wren Ashdown", "given": "Wren", "family": "Ashdown"}],
        "date_of_birth": "2001-02-15",
        "date_of_birth_basis": "documented",
        "sex": "female",
        "gender": "girl",
        "ethnicity": {"scheme": "police-16-plus-1", "code": "W1"},
        "identifiers": [{"scheme": "nhs-number", "value": "943 476 5919", "verified": True}],
    },
    "also_known_as": ["Birdie"],
    "name_on_indicator_page": "Wren A.",
    "other_ages": [
        {"asserted_by": "child", "age_from": 16, "age_to": 16, "believed": False},
    ],
    "disability": "None known.",
    "learning_disability": "no",
    "additional_needs": "no",
    "address": {"lines": ["14 Tannery Rise", "Northvale"], "postcode": "ZZ99 3VZ"},
    "contact_number": "01632 960114",
    "lives_with": [
        {"text": "Her mother, and a friend of the family", "asserted_by": "child"},
    ],
    "parental_responsibility": [{"text": "Her mother", "asserted_by": "school"}],
    "relationship_to_young_person": [{"text": "Mother", "asserted_by": "school"}],
    "referrer": {
        "name": "Ines Calloway",
        "agency": "Quarry Bank School",
        "telephone": "01632 960020",
        "email": "safeguarding@quarry-bank.example",
        "address": "Quarry Bank School, Northvale",
        "relationship_to_child": "Safeguarding lead of her school",
    },
    "reason": "New trainers and a second phone within a month, and she is late on Mondays.",
    "ticks": [
        {
            "code": "S4",
            "columns": ["current_6m"],
            "note": "Trainers and a phone that her mother did not buy.",
        },
        {"code": "M2"},
        {"code": "M9", "note": "Two phones; she leaves the room to answer."},
        {"code": "V6"},
    ],
    "consent": "sought",
    "consent_reason": "She would rather her mother were not told yet.",
    "meets_threshold": "unknown",
    "agencies_consulted": [
        {"agency": "School nurse", "on": "2015-02-10", "said": "Seen twice for headaches."}
    ],
    "people": [
        {
            "ref": "friend",
            "role": "associate",
            "person": {"names": [{"full": "Dex", "use": "nickname"}], "age_from": 20, "age_to": 25},
        }
    ],
    "vehicles": [{"role": "seen_in", "of": "friend", "colour": "silver"}],
}

ADVICE = example(**_FORM)
SCREENING = example(
    **_FORM,
    level="medium",
    rationale="Gifts she cannot explain and an older friend nobody has met.",
)
AMENDMENT = example(
    **{
        **_FORM,
        "ticks": [
            *_FORM["ticks"],
            {"code": "S3", "columns": ["current_6m"], "note": "Seen getting into a silver car."},
        ],
    },
    level="medium",
    rationale=None,
    why="A teaching assistant had seen the car and told us the day after.",
)
