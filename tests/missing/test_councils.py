"""Which council may be named as responsible for a child."""

import pytest

from services.missing.application.councils import refuse_unknown_council
from shared.contracts.refusals import Invalid


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
