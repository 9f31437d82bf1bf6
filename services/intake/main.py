"""Composition root of intake: settings in, an application out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.intake import api
from services.intake.application import (
    BoundaryApplication,
    IntakeApplication,
    MissingPeriodApplication,
    ReferralApplication,
    RegroupingApplication,
    ResponsibilityApplication,
    StatusApplication,
)
from services.intake.consumers import BoundaryWatcher, Clock, MentionLinker, ReferralOpener
from services.intake.store import BoundaryList, MemberList, ReferralList, StatusList
from shared.access.disclosure import Showing
from shared.access.tokens import Verifier
from shared.projecting.facts import Event
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

REFERS = ("missing", "screening")
"""Whose events may need a referral."""

NOTICES = ("missing", "intake")
"""Whose events say where children belong, live and are found."""

READS = frozenset(
    {"list-boundary-notices", "read-own-status", "read-referral", "read-own-referral"}
)
"""The actions that show content: refusals of them are on record like their answers."""


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
            said = StatusList(runtime.pool)
            app.state.status_list = said
            app.state.responsibility = ResponsibilityApplication(repository)
            app.state.missing_periods = MissingPeriodApplication(repository, runtime.vault)
            listed = ReferralList(runtime.pool)
            app.state.referral_list = listed
            app.state.referrals = ReferralApplication(repository, listed, application)
            crossing = BoundaryList(runtime.pool)
            app.state.boundary_list = crossing
            app.state.boundaries = BoundaryApplication(repository, crossing, members)
            app.state.disclosures = disclosures = runtime.disclosures

            async def record_refusal(caller: Caller) -> None:
                if caller.action in READS:
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
            runtime.keep_list("members", members, "intake")
            runtime.keep_list("referrals", listed, "intake")
            runtime.keep_list("statuses", said, "intake")
            clock = Clock(app.state.referrals)
            runtime.keep("clock", clock.run)
            linker = MentionLinker(application)
            opener = ReferralOpener(app.state.referrals, listed)
            watcher = BoundaryWatcher(
                app.state.boundaries, application, crossing, runtime.gazetteer
            )
            handlers: list[tuple[str, str, str, Callable[[Event], Awaitable[None]]]] = [
                *(("follow", "link-mentions", source, linker.handle) for source in FOLLOWS),
                *(("refer", "open-referrals", source, opener.handle) for source in REFERS),
                *(("notice", "notice-boundaries", source, watcher.handle) for source in NOTICES),
            ]
            for task, name, source, handle in handlers:
                follower = Follower(
                    name, source, runtime.pool, runtime.opener, runtime.batches, handle
                )
                runtime.keep(f"{task}:{source}", follower.run, reads=follower)
            yield

    return make_app(
        "Throughline: intake",
        routers=[*api.ROUTERS, feed.router],
        lifespan=lifespan,
        verifier=Verifier(Path(settings.token_keys)),
    )
