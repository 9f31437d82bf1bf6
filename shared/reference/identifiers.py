"""Numbers by which authorities know people: their normal form, and whether it can be one at all.

A value in normal form is well formed; it is not thereby the right person's.
"""

import re

from stdnum.exceptions import ValidationError
from stdnum.gb import nhs, upn
from stdnum.util import clean

UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[A-HJ-NP-RT-Z0-9]")
"""A check letter, authority, school, year and serial number; temporary ones end in a letter."""

LA_CHILD_ID = re.compile(r"[A-Z0-9]{1,20}")
"""SSDA903: at most 20 alphanumerics, unique within the authority."""

FORCE_PERSON_ID = re.compile(r"[A-Z0-9/_.-]{1,40}")
"""A force's own number: no national form."""

UPRN = re.compile(r"[0-9]{1,12}")


def normalised(scheme: str, value: str) -> str:
    """An identifier in its normal form.

    `nhs-number`: ten digits with a right check digit (NHS Data Dictionary, modulus 11), not all
    alike: 0000000000 and 4444444444 have right check digits, are typed where no number is known,
    and would make one person of everybody for whom they were.
    `upn`: 13 characters with a right check letter (DfE, Unique Pupil Numbers guide). Its authority
    is not looked up: new ones are made, and a report must not be refused for want of a newer list.
    `la-child-id`, `force-person-id`: upper case without spaces, unique only with their issuer.

    Raises:
        ValueError: it cannot be one; the message never repeats it.
    """
    if scheme not in _WRONG:
        raise ValueError("this kind of identifier is not known here")
    # Spaces and dashes of other keyboards become ours. In upper case some letters become others too
    # (`ſ` an S), and that would be another's number.
    value = clean(value)
    if not value.isascii():
        raise ValueError(_WRONG[scheme])
    try:
        match scheme:
            case "nhs-number":
                return _nhs_number(value)
            case "upn":
                return _upn(value)
            case "la-child-id":
                return _matching(LA_CHILD_ID, value)
            case _:
                return _matching(FORCE_PERSON_ID, value)
    except ValidationError:
        raise ValueError(_WRONG[scheme]) from None


def normalised_uprn(value: str) -> str:
    """A Unique Property Reference Number: up to 12 digits.

    Raises:
        ValueError: it cannot be one.
    """
    compact = value.replace(" ", "")
    if not UPRN.fullmatch(compact):
        raise ValueError("a UPRN has at most 12 digits")
    return compact.lstrip("0") or "0"


_WRONG = {
    "nhs-number": "not an NHS number: ten digits, of which the last is a check digit",
    "upn": "not a UPN: a check letter and twelve characters",
    "la-child-id": "a local authority's child id has at most 20 letters and digits",
    "force-person-id": "a force's person id has at most 40 letters, digits, / _ . and -",
}


def _nhs_number(value: str) -> str:
    compact = str(nhs.validate(value))
    if len(set(compact)) == 1:
        raise ValidationError
    return compact


def _upn(value: str) -> str:
    compact = str(upn.compact(value))
    if not UPN.fullmatch(compact) or upn.calc_check_digit(compact[1:]) != compact[0]:
        raise ValidationError
    return compact


def _matching(pattern: re.Pattern[str], value: str) -> str:
    compact = "".join(value.split()).upper()
    if not pattern.fullmatch(compact):
        raise ValidationError
    return compact
