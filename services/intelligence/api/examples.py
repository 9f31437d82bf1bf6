"""The examples in the OpenAPI document. A test posts each of them. Everybody is invented."""

from shared.web.body import example

REPORT = example(
    bureau="northvale-police",
    reported_at="2015-04-21T09:30:00Z",
    author={
        "name": "Morgan Teale",
        "post": "night receptionist",
        "agency": "Harbour Lodge Hotel",
        "contact": "01632 960417",
    },
    source={"witnessed_incident": True, "professional": True, "member_of_public": False},
    third_party={
        "reliability": "reliability-5-always-reliable",
        "willing_to_engage": "unknown",
        "name": "a colleague on the late shift",
    },
    accuracy="accuracy-1-known-true",
    licensed_service="yes",
    licensed=[
        {
            "ref": "hotel",
            "trading_name": "Harbour Lodge Hotel",
            "type": "hotel",
            "address": ["Quay Street", "Northvale"],
        },
        {"trading_name": "Beacon Cars", "type": "taxi", "fixed_premises": False},
    ],
    account="The same man has taken a room by the hour three times this month and paid in cash. "
    "Each time a girl who looked about fourteen was with him, once two girls.",
    incidents=[
        {
            "began": "2015-03-27T21:40:00Z",
            "ended": "2015-03-28T05:50:00Z",
            "precision": "hour",
            "witnessed": "yes",
            "involves": ["man", "girl", "car"],
            "account": "Room 14. He carried her bag; she kept her hood up.",
        },
        {
            "began": "2015-04-17T20:00:00Z",
            "precision": "day",
            "witnessed": "no",
            "involves": ["man", "dex"],
            "account": "My colleague says another girl, called Dex, came with the same man.",
        },
    ],
    perpetrators=[
        {
            "ref": "man",
            "person": {
                "names": [
                    {"full": "Marlo", "use": "nickname"},
                    {"full": "marlo_nv", "use": "online"},
                ],
                "sex": "male",
                "age_from": 25,
                "age_to": 35,
                "description": "Tall, short beard, a scar through the left eyebrow.",
            },
            "notes": "Always asks for a room at the back, and never for a receipt.",
        }
    ],
    victims=[
        {
            "ref": "girl",
            "person": {
                "age_from": 13,
                "age_to": 15,
                "description": "Slight, red hair, green coat.",
            },
        },
        {
            "ref": "dex",
            "person": {
                "names": [{"full": "Dex", "use": "nickname"}],
                "date_of_birth": "2000",
                "date_of_birth_basis": "estimated",
                "sex": "female",
            },
        },
    ],
    vehicles=[
        {
            "ref": "car",
            "role": "seen_in",
            "of": "man",
            "registration": "NV12",
            "registration_is_partial": True,
            "colour": "silver",
        }
    ],
    phones=[{"of": "man", "number": "01632 960088", "description": "left at the desk"}],
    relationships=[{"of": "dex", "kind": "introduced-by", "to": "girl"}],
    models=["boyfriend-model"],
)
