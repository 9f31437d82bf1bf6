"""Composition root of missing: settings in, an application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.missing import api
from services.missing.api import photographs
from services.missing.application import (
    ConcernApplication,
    Covering,
    Drafts,
    InterviewApplication,
    MissingApplication,
    PhotographApplication,
    ProfileApplication,
)
from services.missing.consumers import Clock
from services.missing.store import CommissionList, InterviewList, Patrols, ProfileList, Submissions
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.contracts import missing
from shared.pictures import Recoder
from shared.web import feed
from shared.web.app import make_app
from shared.web.caller import Caller
from shared.web.idempotency import Idempotency
from shared.web.runtime import running
from shared.web.settings import Settings
from shared.web.uploads import Uploads

STORES = ("missing", "missing_disclosures")

READS = {
    "read-own-report", "read-own-interview", "read-own-concern", "list-concerns",
    "draft-information-report", "read-own-profile", "read-released-profile",
    "read-own-photograph", "read-released-photograph",
}  # fmt: skip
"""The actions that show content: refusals of them are on record like their answers."""


def make(settings: Settings) -> FastAPI:
    """The service as these settings say."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, STORES) as runtime:
            app.state.runtime = runtime
            app.state.stores = runtime.stores
            app.state.application = MissingApplication(
                runtime.repository("missing"), runtime.keyring, runtime.vault
            )
            listed = InterviewList(runtime.pool)
            app.state.interview_list = listed
            app.state.commission_list = CommissionList(runtime.pool)
            app.state.submissions = Submissions(runtime.pool)
            app.state.patrols = Patrols(runtime.pool)
            app.state.interviews = InterviewApplication(runtime.repository("missing"), listed)
            app.state.covering = Covering(runtime.repository("missing"))
            app.state.drafts = Drafts(runtime.repository("missing"))
            app.state.concerns = ConcernApplication(runtime.repository("missing"))
            app.state.profiles = ProfileApplication(runtime.repository("missing"))
            recoder = Recoder(
                longest_side=missing.MAX_PHOTOGRAPH_SIDE, most_bytes=missing.MAX_PHOTOGRAPH_BYTES
            )
            app.state.photographs = PhotographApplication(runtime.repository("missing"), recoder)
            app.state.profile_list = ProfileList(runtime.pool)
            app.state.uploads = Uploads(photographs.AT_ONCE)
            runtime.keep_list("interviews", listed, "missing")
            clock = Clock(app.state.application, app.state.interviews)
            runtime.keep("clock", clock.run)
            app.state.idempotency = Idempotency(runtime.stores["missing"], runtime.keyring)
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
        "Throughline: missing",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
        uploads=(photographs.UPLOAD,),
    )
