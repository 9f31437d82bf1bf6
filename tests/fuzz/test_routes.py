"""Every route of every service under generated requests: no fault, and no answer untold.

Real applications, PostgreSQL, bus and tokens. `FUZZ_EXAMPLES` requests for each route and kind;
few in `make test`, many in `make fuzz`. The same requests each time, unless told to vary.
"""

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.embedded import Postgres
from tests.fuzz.serving import Served, served
from tests.fuzz.targets import Target, targets

pytestmark = pytest.mark.integration

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
few = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def services(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(postgres, tmp_path_factory.mktemp("fuzz")) as made:
        yield made


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_no_request_meets_a_fault_or_an_answer_that_is_not_told(
    target: Target, services: Served
) -> None:
    operation = target.operation
    mode = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @few
    @given(
        case=mode.flatmap(operation.as_strategy),
        caller=st.sampled_from(target.callers),
        base=st.sampled_from([None, *target.examples]),
        known=st.integers(0, 10_000),
        parts=st.sets(st.integers(0, 50), max_size=3),
    )
    def ask(case: Any, caller: str, base: Any, known: int, parts: set[int]) -> None:
        for name in case.path_parameters or {}:
            ids = services.known(target.service, name)
            if ids and name.endswith("_id") and known % 4:
                case.path_parameters[name] = ids[known % len(ids)]
        if base is not None and isinstance(case.body, dict):
            base = services.anew(target, base, known)
            case.body = _changed(base, case.body, parts)
        headers = services.headers(caller)
        if target.method == "GET":
            del headers["Idempotency-Key"]
        answer = case.call(
            base_url=services.urls[target.service], session=services.session, headers=headers
        )
        assert answer.status_code < 500, (answer.status_code, answer.text, case.as_curl_command())
        case.validate_response(answer, checks=CHECKS)

    ask()


def _changed(example: Any, generated: dict[str, Any], parts: set[int]) -> Any:
    """An example with some of its fields as generated: it gets further than noise."""
    body = deepcopy(example)
    names = list(generated)
    for part in parts:
        if names:
            name = names[part % len(names)]
            body[name] = generated[name]
    return body


ELSEWHERE = {
    "missing POST /interview-records": "its report must be its own provider's: tests/missing",
    "missing POST /parked/replay": "every service has other consumers: tests/projecting",
    "mash GET /phones/{subject_id}": "no example tells of a phone: tests/mash",
    "mash GET /organisations/{subject_id}": "no example tells of an organisation: tests/mash",
    "intelligence POST /reports/{report_id}/disseminate": "needs a version's id: "
    "tests/intelligence",
    "intelligence POST /reports/{report_id}/sanitise": "needs mentions' ids: tests/intelligence",
}
"""Routes whose examples cannot fit what is there by themselves, and where they are seen to."""


def test_every_route_was_seen_to_succeed(services: Served) -> None:
    """Else the requests above would only prove how well it refuses."""
    assert set(ELSEWHERE) <= {target.name for target in targets()}
    missed = {target.name for target in targets() if target.name not in services.succeeded}
    names = sorted(missed - set(ELSEWHERE))
    assert not names, "\n".join(f"{name}: {services.refused[name]}" for name in names)
