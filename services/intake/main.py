"""Composition root of intake: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.intake import api
from services.intake.application import (
    IntakeApplication,
    MissingPeriodApplication,
    RegroupingApplication,
    ResponsibilityApplication,
    StatusApplication,
)
from services.intake.consumers import MentionLinker
from services.intake.store import MemberList
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.projecting.follower import Follower
from shared.web import feed
from shared.web.app import make_app
from shared.web.caller import Caller
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings

STORES = ("intake", "intake_disclosures")
FOLLOWS = ("missing", "screening", "intelligence", "intake")
"""Itself too: its own statuses make mentions, and those are linked like everybody's."""

READS = "read-own-status"
"""The action that shows content: refusals of it are on record like its answers."""


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            repository = runtime.repository("intake")
            application = IntakeApplication(repository, runtime.keyring)
            app.state.application = application
            members = MemberList(runtime.pool, runtime.stores["intake"])
            app.state.regrouping = RegroupingApplication(repository, members)
            app.state.statuses = StatusApplication(repository, runtime.keyring, runtime.vault)
            app.state.responsibility = ResponsibilityApplication(repository)
            app.state.missing_periods = MissingPeriodApplication(repository, runtime.vault)
            app.state.disclosures = disclosures = runtime.disclosures

            async def record_refusal(caller: Caller) -> None:
                if caller.action == READS:
                    await disclosures.record(
                        Showing(action=caller.action, outcome="refused"),
                        actor=caller.actor,
                        correlation_id=caller.correlation_id,
                        decided=caller.decided,
                    )

            app.state.on_refusal = record_refusal
            app.state.idempotency = Idempotency(runtime.stores["intake"], runtime.keyring)
            app.state.stores = runtime.stores
            runtime.keep_relays()
            runtime.keep("members", members.follow)
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
                runtime.keep(f"follow:{source}", follower.run, reads=follower)
            yield

    return make_app(
        "Throughline: intake",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
