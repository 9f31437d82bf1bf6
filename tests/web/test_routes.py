"""Every route of every service asks who may call it, or says why anybody may."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from services.cli.keys import TokenKeys
from services.cli.provision import Secrets, write_settings
from services.topology import SERVICES
from shared.web.caller import Caller, May, public
from shared.web.settings import SettingsError, read_settings
from tests.access.decisions import ACTIONS
from tests.support.apps import MAKERS
from tests.web.app import small_app

THE_FRAMEWORKS = {"/openapi.json"}
"""Shows what may be asked, and nobody's data."""


def settings_in(folder: Path) -> dict[str, Path]:
    """Settings as `throughline up` writes them; nobody listens there."""
    keys = TokenKeys(folder / "tokens")
    write_settings(
        folder,
        admin_url="postgresql://admin@127.0.0.1:9/postgres",
        nats_url="nats://127.0.0.1:9",
        kept=Secrets(dict.fromkeys(SERVICES, "x"), dict.fromkeys(SERVICES, "x")),
        ports=dict.fromkeys(SERVICES, 9),
        token_keys=keys.public,
        own_token_keys=keys.of_services,
    )
    return {name: folder / "settings" / f"{name}.json" for name in SERVICES}


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    paths = settings_in(tmp_path_factory.mktemp("settings"))
    return {name: make(read_settings(paths[name])) for name, make in MAKERS.items()}


def unguarded(app: FastAPI) -> Iterator[str]:
    """The routes that anybody may call without a reason, or that nobody ever may.

    The accident: a route is added in a hurry, answers in the tests, and answers everybody.
    """
    for route in iter_route_contexts(app.routes):
        if route.path in THE_FRAMEWORKS:
            continue
        if not isinstance(route.original_route, APIRoute):
            yield f"{route.path} is no route of ours"
            continue
        actions = [may.action for may in asked_of(route)]
        reason = getattr(route.endpoint, "public", None)
        if len(actions) + (reason is not None) != 1:
            yield f"{route.path} needs one May, or a reason to be public, and not both"
        if not set(actions) <= ACTIONS:
            yield f"{route.path} asks for an action that no policy knows"
        if reason is not None and len(reason.split()) < 3:
            yield f"{route.path} is public for no reason"


def asked_of(route: RouteContext) -> Iterator[May]:
    waiting = [route.dependant]
    while waiting:
        dependant: Any = waiting.pop()
        if isinstance(dependant.call, May):
            yield dependant.call
        waiting.extend(dependant.dependencies)


@pytest.mark.parametrize("service", MAKERS)
def test_every_route_asks_who_may(service: str, apps: dict[str, FastAPI]) -> None:
    assert list(unguarded(apps[service])) == []
    assert set(MAKERS) == set(SERVICES)


@pytest.mark.parametrize("service", MAKERS)
def test_no_service_redirects_or_shows_pages_for_people(
    service: str, apps: dict[str, FastAPI]
) -> None:
    app = apps[service]
    assert not app.router.redirect_slashes
    assert (app.docs_url, app.redoc_url, app.debug) == (None, None, False)


async def nothing() -> None:
    """Do nothing."""


def fresh() -> Callable[[], Any]:
    async def route() -> None:
        """Do nothing."""

    return route


async def answer(request: Request) -> Any:
    """Do nothing."""


async def helper(caller: Caller = Depends(May("view-child"))) -> Caller:  # noqa: B008
    return caller


def seeded(route: Callable[[APIRouter], object]) -> APIRouter:
    router = APIRouter(prefix="/seeded")
    route(router)
    return router


SEEDED: dict[str, APIRouter] = {
    "nothing": seeded(lambda router: router.get("/a")(nothing)),
    "a dependency that is no May": seeded(
        lambda router: router.get("/a", dependencies=[Depends(nothing)])(nothing)
    ),
    "an action that nobody knows": seeded(
        lambda router: router.get("/a", dependencies=[Depends(May("veiw-child"))])(nothing)
    ),
    "two actions": seeded(
        lambda router: router.get(
            "/a", dependencies=[Depends(May("view-child")), Depends(May("read-feed"))]
        )(nothing)
    ),
    "public without a reason": seeded(lambda router: router.get("/a")(public("")(fresh()))),
    "public and asked": seeded(
        lambda router: router.get("/a", dependencies=[Depends(May("read-feed"))])(
            public("shows nothing at all")(fresh())
        )
    ),
    "no route of ours": seeded(lambda router: router.add_route("/a", answer)),
}


@pytest.mark.parametrize("seed", SEEDED)
def test_the_rule_sees_a_route_that_does_not_ask(seed: str, tmp_path: Path) -> None:
    found = list(unguarded(small_app(tmp_path, (SEEDED[seed],))))
    assert len(found) == 1
    assert "/a " in found[0]


def test_the_rule_finds_a_may_that_stands_behind_another_dependency(tmp_path: Path) -> None:
    router = seeded(lambda router: router.get("/a", dependencies=[Depends(helper)])(nothing))
    assert list(unguarded(small_app(tmp_path, (router,)))) == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (b"{", "is not right"),
        (b"{}", "`service`"),
        (b'{"service": 1}', "`$.service`"),
        (b"\xff", "is not right"),
    ],
)
def test_broken_settings_stop_the_start_with_a_sentence(
    broken: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / "settings.json").write_bytes(broken)
    with pytest.raises(SettingsError, match=told.replace("$", r"\$")):
        read_settings(tmp_path / "settings.json")


def test_settings_that_are_not_there_or_name_what_is_not_there_say_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        read_settings(tmp_path / "none.json")
    paths = settings_in(tmp_path)
    Path(read_settings(paths["mash"]).keyring).unlink()
    with pytest.raises(SettingsError, match="keyring"):
        read_settings(paths["mash"])
    unknown = paths["missing"].read_text().replace('"version"', '"verison"')
    paths["missing"].write_text(unknown)
    with pytest.raises(SettingsError, match="verison"):
        read_settings(paths["missing"])
