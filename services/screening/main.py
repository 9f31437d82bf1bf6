"""Composition root of screening: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.screening import api
from services.screening.application import ScreeningApplication, ToolApplication
from services.screening.consumers import Clock, ReferralFollower
from services.screening.store import ScreeningList
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.projecting.follower import Follower
from shared.web import feed
from shared.web.app import make_app
from shared.web.caller import Caller
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings

STORES = ("screening", "screening_disclosures")

READS = "read-own-screening"
"""The action that shows content: refusals of it are on record like its answers."""


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            app.state.stores = runtime.stores
            repository = runtime.repository("screening")
            app.state.tools = ToolApplication(repository)
            listed = ScreeningList(runtime.pool)
            app.state.screening_list = listed
            app.state.screenings = ScreeningApplication(
                repository, runtime.vault, app.state.tools, listed
            )
            runtime.keep_list("lists", listed, "screening")
            clock = Clock(app.state.screenings, app.state.tools)
            runtime.keep("clock", clock.run)
            acts = ReferralFollower(app.state.screenings)
            follower = Follower(
                "referral-acts",
                "intake",
                runtime.pool,
                runtime.opener,
                runtime.batches,
                acts.handle,
            )
            runtime.keep("follow:intake", follower.run, reads=follower)
            app.state.idempotency = Idempotency(runtime.stores["screening"], runtime.keyring)
            disclosures = runtime.disclosures
            app.state.disclosures = disclosures

            async def record_refusal(caller: Caller) -> None:
                if caller.action == READS:
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
        "Throughline: screening",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
