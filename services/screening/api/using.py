"""What the routes use: the use cases and lists of the running service."""

from typing import Annotated

from fastapi import Depends

from services.screening.application import Acting, ScreeningApplication, ToolApplication
from services.screening.store import ScreeningList
from shared.web.caller import Caller
from shared.web.held import held

Screenings = Annotated[ScreeningApplication, Depends(held("screenings"))]
Tools = Annotated[ToolApplication, Depends(held("tools"))]
Listed = Annotated[ScreeningList, Depends(held("screening_list"))]


def acting(caller: Caller) -> Acting:
    """For whom a caller acts: a practitioner for their agency, social care for its area."""
    roles = caller.actor.roles
    return Acting(
        caller.actor.agency, for_own="practitioner" in roles, for_area="social-care" in roles
    )


def acting_for_area(caller: Caller) -> Acting:
    """A council's social care, acting for its area and for nobody else."""
    return Acting(caller.actor.agency, for_area=True)
