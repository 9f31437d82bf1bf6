"""What request bodies are made of: strict types with a length, and times with a zone."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)


class Body(BaseModel):
    """The root of every request body: no field that is not declared, no type that is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


FIRST_YEAR = 1900
LAST_YEAR = 2200


def example(**fields: Any) -> ConfigDict:
    """A body's example, for its OpenAPI schema; a test posts every one."""
    return examples(fields)


def examples(*several: dict[str, Any]) -> ConfigDict:
    """Examples of a body that comes in several forms."""
    return ConfigDict(json_schema_extra={"examples": list(several)})


_NUMBER = re.compile(r"[+-]?[0-9.]+")


def _as_text(value: object) -> object:
    # Left to itself, pydantic takes a number, or digits as text, for seconds since 1970.
    if not isinstance(value, str) or _NUMBER.fullmatch(value.strip()):
        raise ValueError(
            "write this as text: 2015-03-27T22:10:00Z for a time, 2015-03-27 for a day"
        )
    return value


D = TypeVar("D", bound=date)


def _of_our_time(day: D) -> D:
    # At either end of the calendar a change of zone overflows, ours here and every later one.
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("there are no records of that year: check it")
    return day


def _in_utc(moment: datetime) -> datetime:
    return _of_our_time(moment).astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    Field(strict=False, description="A time with its zone, ISO 8601: `2015-03-27T22:10:00Z`."),
    BeforeValidator(_as_text),
    AfterValidator(_in_utc),
]
"""A moment, in UTC from here on."""


Day = Annotated[
    date,
    Field(strict=False, description="A day, ISO 8601: `2015-03-27`."),
    BeforeValidator(_as_text),
    AfterValidator(_of_our_time),
]
"""A day."""

LINE = 200
PAGE = 4000
BOOK = 20000

Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9_-]+$")]
"""A code of ours: an agency, a level."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE, strip_whitespace=True)]
"""A name, a reference: one line."""

Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=PAGE, strip_whitespace=True)]
"""A few sentences."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=BOOK, strip_whitespace=True)]
"""A narrative."""
