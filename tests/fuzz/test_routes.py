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

from shared.embedded import Postgres
from tests.fuzz.checks import checked
from tests.fuzz.serving import Served, served
from tests.fuzz.targets import File, Target, documents, targets

pytestmark = pytest.mark.integration

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
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
        if isinstance(base, File):
            case.body = _damaged(services.content(target.service, base), parts)
            if known % 4:
                case.headers.update(target.headers)
        elif base is not None and isinstance(case.body, dict):
            base = services.anew(target, base, known)
            case.body = _changed(base, case.body, parts)
        headers = services.headers(caller)
        if target.method == "GET":
            del headers["Idempotency-Key"]
        answer = case.call(
            base_url=services.urls[target.service], session=services.session, headers=headers
        )
        if answer.status_code < 300:
            services.succeeded.add(target.name)
        checked(case, answer)

    ask()


def _damaged(file: bytes, parts: set[int]) -> bytes:
    """A file with some of its bytes turned over: whole where there are none."""
    body = bytearray(file)
    for part in parts:
        body[part * len(body) // 51] ^= 0xFF
    return bytes(body)


def _changed(example: Any, generated: dict[str, Any], parts: set[int]) -> Any:
    """An example with some of its fields as generated: it gets further than noise."""
    body = deepcopy(example)
    names = list(generated)
    for part in parts:
        if names:
            name = names[part % len(names)]
            body[name] = generated[name]
    return body


SUCCEED = 0.85
"""Of all routes. The others need more than an example can hold, as ids within a body; each of them
is proven in its own service's tests."""


def test_nearly_every_route_was_seen_to_succeed(services: Served) -> None:
    """Else the requests above would only prove how well it refuses."""
    missed = [target.name for target in targets() if target.name not in services.succeeded]
    assert len(missed) <= (1 - SUCCEED) * len(targets()), "\n".join(
        f"{name}: {services.refused.get(name)}" for name in missed
    )


def _may_be(path: str, template: str) -> bool:
    ours, theirs = path.split("/"), template.split("/")
    return len(ours) == len(theirs) and all(
        one == other or other.startswith("{") for one, other in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize("service", documents())
def test_a_method_that_an_address_does_not_take_is_told_which_it_takes(
    service: str, services: Served
) -> None:
    for path, operations in documents()[service]["paths"].items():
        taken = {method.upper() for method in operations}
        (refused, *_) = sorted({"DELETE", "PATCH", "PUT"} - taken)
        answer = services.session.request(
            refused,
            services.urls[service] + path,
            headers={"Content-Type": "application/json"},
            data="{}",
            timeout=30,
        )
        assert answer.status_code == 405, path
        told = set(answer.headers["Allow"].split(", "))
        # An address of fixed words may also be one with an id, and then takes what that one takes.
        beside = {
            method.upper()
            for other, others in documents()[service]["paths"].items()
            if _may_be(path, other)
            for method in others
        }
        assert taken <= told <= beside, path


@pytest.mark.parametrize("service", documents())
def test_every_guarded_route_refuses_whoever_shows_no_token(service: str, services: Served) -> None:
    for target in targets():
        if target.service == service and target.action is not None:
            path = target.path.replace("{", "").replace("}", "")
            body = target.examples[0] if target.examples else None
            kind = {"Content-Type": body.kind} if isinstance(body, File) else {}
            answer = services.session.request(
                target.method,
                services.urls[service] + path,
                json=None if kind else body,
                headers=kind,
                timeout=30,
            )
            assert answer.status_code == 401, target.name
