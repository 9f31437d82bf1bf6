"""The services' use cases over the databases of an installation whose services do not run."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.regional.bulk.together import TogetherStore
from services.intake.application import IntakeApplication, ReferralApplication, StatusApplication
from services.intake.consumers import MentionLinker, ReferralOpener
from services.intake.store import ReferralList
from services.intelligence.application import IntelligenceApplication
from services.intelligence.store import Sources
from services.missing.application import InterviewApplication, MissingApplication
from services.missing.store import InterviewList
from services.screening.application import ScreeningApplication, ToolApplication
from services.screening.store import ScreeningList
from shared.web.runtime import Runtime, running
from shared.web.settings import read_settings

NAMES = ("missing", "screening", "intelligence", "intake")


@dataclass(frozen=True)
class Services:
    """What can be asked of them, put together as their `main` modules do.

    Attributes:
        runtimes: by name: store, vault, keyring.
    """

    runtimes: dict[str, Runtime]
    missing: MissingApplication
    interviews: InterviewApplication
    screenings: ScreeningApplication
    intelligence: IntelligenceApplication
    sources: Sources
    register: IntakeApplication
    statuses: StatusApplication
    linker: MentionLinker
    referrals: ReferralOpener


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Services]:
    """The services of an installation's folder, whose PostgreSQL runs."""
    async with AsyncExitStack() as stack:
        runtimes = {
            name: await stack.enter_async_context(
                running(read_settings(data / "settings" / f"{name}.json"), (name,))
            )
            for name in NAMES
        }
        for name, runtime in runtimes.items():
            runtime.stores[name] = TogetherStore(name, runtime.pool)
        missing, screening, intelligence, intake = (runtimes[name] for name in NAMES)
        repository = missing.repository("missing")
        screenings = screening.repository("screening")
        own = intake.repository("intake")
        sources = Sources(intelligence.pool, intelligence.vault, intelligence.keyring)
        register = IntakeApplication(own, intake.keyring)
        listed = ReferralList(intake.pool)
        yield Services(
            runtimes,
            MissingApplication(repository, missing.keyring, missing.vault),
            InterviewApplication(repository, InterviewList(missing.pool)),
            ScreeningApplication(
                screenings, screening.vault, ToolApplication(screenings),
                ScreeningList(screening.pool),
            ),
            IntelligenceApplication(
                intelligence.repository("intelligence"), sources, intelligence.vault
            ),
            sources,
            register,
            StatusApplication(own, intake.keyring, intake.vault),
            MentionLinker(register),
            ReferralOpener(ReferralApplication(own, listed, register), listed),
        )  # fmt: skip
