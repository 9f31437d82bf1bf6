"""A child whom an authority knows by a number."""

from typing import Any

from pydantic import model_validator

from shared.web.mentions import Person

CHILD: dict[str, Any] = {
    "names": [{"full": "Wren Ashdown"}],
    "date_of_birth": "2001-02-15",
    "identifiers": [
        {
            "scheme": "la-child-id",
            "issuer": "northvale-council",
            "value": "NC40417",
            "verified": True,
        },
        {"scheme": "nhs-number", "value": "9434765919", "verified": True},
    ],
}


class Known(Person):
    """A child whom your authority knows by a number."""

    @model_validator(mode="after")
    def _numbered(self) -> "Known":
        if not self.identifiers:
            raise ValueError("give a number that finds the child: NHS number, UPN or your own id")
        return self
