"""What every answer must be."""

from typing import Any

from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


def checked(case: Any, answer: Any) -> None:
    """No fault, and a code, media type and shape that the document tells of.

    Raises:
        AssertionError, FailureGroup: it is not; with the request that shows it.
    """
    assert answer.status_code < 500, (answer.status_code, answer.text, case.as_curl_command())
    case.validate_response(answer, checks=CHECKS)
