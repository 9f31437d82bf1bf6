"""Composition root of intelligence: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.intelligence import api
from services.intelligence.application import IntelligenceApplication, MeasureApplication
from services.intelligence.store import MeasureList, ReportList, Sources
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.web import feed
from shared.web.app import make_app
from shared.web.caller import Caller
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings

STORES = ("intelligence", "intelligence_disclosures")

READS = {"read-own-submission", "read-intelligence", "read-source", "read-own-measure"}
"""The actions that show content: refusals of them are on record like their answers."""


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            app.state.stores = runtime.stores
            store = runtime.stores["intelligence"]
            app.state.sources = Sources(runtime.pool, runtime.vault, runtime.keyring)
            app.state.application = IntelligenceApplication(
                runtime.repository("intelligence"), app.state.sources, runtime.vault
            )
            reports = ReportList(runtime.pool)
            app.state.reports = reports
            runtime.keep_list("reports", reports, "intelligence")
            app.state.measures = MeasureApplication(runtime.repository("intelligence"))
            app.state.measure_list = MeasureList(runtime.pool)
            runtime.keep_list("measures", app.state.measure_list, "intelligence")
            app.state.idempotency = Idempotency(store, runtime.keyring)
            disclosures = runtime.disclosures
            app.state.disclosures = disclosures

            async def record_refusal(caller: Caller) -> None:
                if caller.action in READS:
                    await disclosures.record(
                        Showing(action=caller.action, outcome="refused"),
                        actor=caller.actor,
                        correlation_id=caller.correlation_id,
                        decided=caller.decided,
                    )

            app.state.on_refusal = record_refusal
            runtime.keep_relays()
            yield

    return make_app(
        "Throughline: intelligence",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
