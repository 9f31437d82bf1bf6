"""The checks see what they are there to see: an app with each fault, asked as the services are."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from msgspec import Struct
from schemathesis.core.failures import FailureGroup

from shared.web.caller import public
from shared.web.openapi import answers
from tests.fuzz.checks import CHECKS, checked
from tests.web.app import small_app

router = APIRouter(prefix="/seeded")


class Shown(Struct):
    """What the routes below say that they answer."""

    number: int


@router.get("/sound", response_class=Response)
@answers(Shown)
@public("for this test")
async def sound() -> Response:
    """Answer as told."""
    return JSONResponse({"number": 1})


@router.get("/schema", response_class=Response)
@answers(Shown)
@public("for this test")
async def other_schema() -> Response:
    """Answer what is not in the schema."""
    return JSONResponse({"number": "one"})


@router.get("/code", response_class=Response)
@answers(Shown)
@public("for this test")
async def other_code() -> Response:
    """Answer a code that nobody tells of."""
    return JSONResponse({"number": 1}, 202)


@router.get("/type", response_class=Response)
@answers(Shown)
@public("for this test")
async def other_type() -> Response:
    """Answer in another media type."""
    return Response(b'{"number": 1}', media_type="text/plain")


@router.get("/fault", response_class=Response)
@answers(Shown)
@public("for this test")
async def fault_untold() -> Response:
    """Fail."""
    raise RuntimeError


def asked(path: str, folder: Path) -> Any:
    app = small_app(folder, (router,))
    loaded = schemathesis.openapi.from_asgi("/openapi.json", app)
    case = loaded[f"/seeded/{path}"]["GET"].Case()
    return case, case.call()


def test_a_sound_route_passes(tmp_path: Path) -> None:
    case, answer = asked("sound", tmp_path)
    checked(case, answer)
    assert answer.status_code == 200
    assert len(CHECKS) == 3


@pytest.mark.parametrize("path", ["schema", "code", "type"])
def test_an_answer_that_is_not_told_is_seen(path: str, tmp_path: Path) -> None:
    case, answer = asked(path, tmp_path)
    with pytest.raises(FailureGroup):
        checked(case, answer)


def test_a_fault_is_seen_although_its_code_is_told(tmp_path: Path) -> None:
    case, answer = asked("fault", tmp_path)
    with pytest.raises(AssertionError, match="500"):
        checked(case, answer)
