"""What can be imported: each kind of row, its request model, and where it is sent."""

from dataclasses import dataclass

from pydantic import BaseModel

from services.intake.api.requests import EndByReferenceBody, StatusBody
from services.missing.api.interview_records import InterviewRecord
from services.missing.api.requests import Report, ReturnByReference


@dataclass(frozen=True)
class Kind:
    """A kind of row.

    Attributes:
        service, path: where a row is posted; the route must be one that can be rehearsed.
        body: the model that the route takes.
        one_record: rows that agree in these fields concern one record, and are sent in the order of
            the file.
        once: rows that agree in these fields are one thing: it may stand in the file once, or again
            in the very same words. Empty: there may be many.
    """

    name: str
    what: str
    service: str
    path: str
    body: type[BaseModel]
    one_record: tuple[str, ...]
    once: tuple[str, ...] = ()


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "report", "a force's report that a child is missing or absent",
            "missing", "/episodes", Report,
            one_record=("force", "force_reference"),
            once=("force", "force_reference", "report_version"),
        ),
        Kind(
            "return", "a child's return, by the force's own number",
            "missing", "/returns", ReturnByReference,
            one_record=("force_reference",), once=("force_reference",),
        ),
        Kind(
            "interview", "a provider's record of a return interview",
            "missing", "/interview-records", InterviewRecord,
            one_record=("interview_id", "force", "force_reference"),
        ),
        Kind(
            "status", "a child's standing, as the authority says: looked after, on a plan",
            "intake", "/statuses", StatusBody,
            one_record=("reference",), once=("reference",),
        ),
        Kind(
            "status-ending", "the last day of a status, by the authority's own number",
            "intake", "/statuses/endings", EndByReferenceBody,
            one_record=("reference",),
        ),
    )
}  # fmt: skip
