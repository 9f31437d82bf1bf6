"""Composition root of mash: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.mash import api
from services.mash.application import (
    AlertApplication,
    MashApplication,
    NetworkApplication,
    NodeApplication,
    RuleReader,
    SearchApplication,
    ShowingApplication,
    Watcher,
)
from services.mash.application.inspection import InspectionApplication
from services.mash.application.profile import ProfileApplication
from services.mash.application.statutory import StatutoryApplication
from services.mash.rules import in_force
from services.mash.store import Looks, ViewStore
from services.mash.store.alerts import AlertList
from services.mash.views import FOLDS
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.projecting.projector import Projector
from shared.web import feed
from shared.web.app import make_app
from shared.web.caller import Caller
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings

STORES = ("mash", "mash_disclosures")


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            disclosures = runtime.disclosures

            async def record_refusal(caller: Caller) -> None:
                await disclosures.record(
                    Showing(action=caller.action, outcome="refused"),
                    actor=caller.actor,
                    correlation_id=caller.correlation_id,
                    decided=caller.decided,
                )

            views = ViewStore(runtime.pool)
            listed = AlertList(runtime.pool)
            alerts = AlertApplication(
                runtime.repository("mash"), runtime.keyring, listed, disclosures
            )
            app.state.alerts = alerts
            app.state.idempotency = Idempotency(runtime.stores["mash"], runtime.keyring)
            app.state.application = MashApplication(views, disclosures, listed, runtime.gazetteer)
            app.state.statutory = StatutoryApplication(runtime.pool, disclosures)
            app.state.inspection = InspectionApplication(runtime.pool, disclosures)
            app.state.profile = ProfileApplication(runtime.pool, disclosures, runtime.gazetteer)
            app.state.nodes = NodeApplication(runtime.pool, disclosures, runtime.gazetteer)
            app.state.searches = SearchApplication(runtime.pool, disclosures)
            app.state.networks = NetworkApplication(runtime.pool, disclosures)
            looks = Looks(runtime.pool, runtime.stores["mash_disclosures"])
            app.state.looks = looks
            app.state.showings = ShowingApplication(runtime.pool, looks, disclosures)
            runtime.keep_list("looks", looks, "mash_disclosures")
            app.state.on_refusal = record_refusal
            app.state.stores = runtime.stores
            runtime.keep_relays()
            projector = Projector(runtime.pool, FOLDS, runtime.opener, runtime.batches)
            app.state.projector = projector
            runtime.keep_views(projector)
            runtime.keep_list("alerts", listed, "mash")
            runtime.keep("alert-clock", alerts.run_clock)
            reader = RuleReader(runtime.pool, runtime.gazetteer)
            watcher = Watcher(runtime.pool, in_force(), reader, alerts, listed)
            app.state.watcher = watcher
            runtime.keep("watch", watcher.run, reads=watcher)
            yield

    return make_app(
        "Throughline: mash",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
