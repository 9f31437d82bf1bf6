"""Numbers by which authorities know people: their normal form, and whether it can be one at all.

A value in normal form is well formed; it is not thereby the right person's.
"""

import re

from stdnum.exceptions import ValidationError
from stdnum.gb import nhs, upn

LA_CHILD_ID = re.compile(r"^[A-Z0-9]{1,20}$")
"""SSDA903: at most 20 alphanumerics, unique within the authority."""

FORCE_PERSON_ID = re.compile(r"^[A-Z0-9/_.-]{1,40}$")
"""A force's own number: no national form."""

UPRN = re.compile(r"^[0-9]{1,12}$")


def normalised(scheme: str, value: str) -> str:
    """An identifier in its normal form.

    `nhs-number`: ten digits with a right check digit (NHS Data Dictionary, modulus 11).
    `upn`: 13 characters with a right check letter (DfE, Unique Pupil Numbers guide).
    `la-child-id`, `force-person-id`: upper case without spaces, unique only with their issuer.

    Raises:
        ValueError: it cannot be one; the message never repeats it.
    """
    try:
        match scheme:
            case "nhs-number":
                return str(nhs.validate(value))
            case "upn":
                return str(upn.validate(value))
            case "la-child-id":
                return _matching(LA_CHILD_ID, value)
            case "force-person-id":
                return _matching(FORCE_PERSON_ID, value)
    except ValidationError as reason:
        raise ValueError(_WRONG[scheme]) from reason
    raise ValueError("this kind of identifier is not known here")


def normalised_uprn(value: str) -> str:
    """A Unique Property Reference Number: up to 12 digits.

    Raises:
        ValueError: it cannot be one.
    """
    compact = value.replace(" ", "")
    if not UPRN.match(compact):
        raise ValueError("a UPRN has at most 12 digits")
    return compact.lstrip("0") or "0"


_WRONG = {
    "nhs-number": "not an NHS number: ten digits, of which the last is a check digit",
    "upn": "not a UPN: a check letter and twelve characters",
    "la-child-id": "a local authority's child id has at most 20 letters and digits",
    "force-person-id": "a force's person id has at most 40 letters, digits, / _ . and -",
}


def _matching(pattern: re.Pattern[str], value: str) -> str:
    compact = "".join(value.split()).upper()
    if not pattern.match(compact):
        raise ValidationError
    return compact
