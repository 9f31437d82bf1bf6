"""Which council may be named as responsible for a child."""

import msgspec
import pytest

from services.missing.application import MissingApplication
from services.missing.application.councils import refuse_unknown_council
from shared.contracts.refusals import Invalid
from shared.vault.keyring import Keyring
from tests.conftest import Stores
from tests.support.histories import context, report

FORCE = "northvale-police"
REFERENCE = "NV-15-000127"


@pytest.mark.parametrize("force", [None, "northvale-police"])
def test_a_code_that_no_area_lists_is_refused_and_says_what_to_do(force: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_unknown_council("northvale-counsil", force=force)
    (fault,) = refused.value.faults
    assert fault.pointer == "/responsible_authority"
    assert "leave it out" in fault.detail
    assert ("northvale-council" in fault.detail) is (force is not None)


@pytest.mark.parametrize("force", [None, "northvale-police"])
@pytest.mark.parametrize("council", [None, "northvale-council", "southmere-council"])
def test_nobody_named_and_a_council_far_away_are_taken(
    council: str | None, force: str | None
) -> None:
    refuse_unknown_council(council, force=force)


def test_of_a_force_whose_councils_are_not_listed_nothing_is_known() -> None:
    refuse_unknown_council("atlantis-council", force="atlantis-police")


@pytest.mark.parametrize(
    ("force", "council", "taken"),
    [
        (FORCE, "northvale-council", True),
        (FORCE, "southmere-council", True),
        (FORCE, None, True),
        (FORCE, "northvale-counsil", False),
        (FORCE, FORCE, False),
        ("atlantis-police", "atlantis-council", True),
    ],
)
@pytest.mark.integration
@pytest.mark.asyncio
async def test_a_council_that_no_area_lists_is_refused_where_the_forces_own_are_known(
    stores: Stores, force: str, council: str | None, taken: bool
) -> None:
    keyring = Keyring.read(stores.keyrings["missing"])
    episodes = MissingApplication(stores.repository, keyring, stores.repository.mapper._vault)
    data = msgspec.structs.replace(report(), force=force, responsible_authority=council)

    async def send() -> None:
        await episodes.report_episode(
            report=data, force_reference=REFERENCE, context=context(force)
        )

    if taken:
        await send()
        return
    with pytest.raises(Invalid) as refused:
        await send()
    (fault,) = refused.value.faults
    assert fault.pointer == "/responsible_authority"
    assert "northvale-council" in fault.detail
    # Nothing is claimed: the same report, put right, is a new episode.
    data = msgspec.structs.replace(data, responsible_authority="northvale-council")
    await send()
