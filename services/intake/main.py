"""Composition root of intake: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.intake import api
from services.intake.application import IntakeApplication
from services.intake.consumers import MentionLinker
from shared.access.tokens import Verifier
from shared.projecting.follower import Follower
from shared.web import feed
from shared.web.app import make_app
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings

STORES = ("intake", "intake_disclosures")
FOLLOWS = ("missing", "intelligence")


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            application = IntakeApplication(runtime.repository("intake"), runtime.keyring)
            app.state.application = application
            app.state.idempotency = Idempotency(runtime.stores["intake"], runtime.keyring)
            app.state.stores = runtime.stores
            runtime.keep_relays()
            linker = MentionLinker(application)
            for source in FOLLOWS:
                follower = Follower(
                    "link-mentions",
                    source,
                    runtime.pool,
                    runtime.opener,
                    runtime.batches,
                    linker.handle,
                )
                runtime.keep(f"follow:{source}", follower.run)
            yield

    return make_app(
        "Throughline: intake",
        routers=[api.router, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
