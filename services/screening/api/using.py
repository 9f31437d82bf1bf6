"""What the routes use: the use cases and lists of the running service."""

from typing import Annotated

from fastapi import Depends, Request

from services.screening.application import Acting, ScreeningApplication, ToolApplication
from services.screening.store import ScreeningList
from shared.access.disclosure import Disclosures
from shared.web.caller import Caller


def screenings(request: Request) -> ScreeningApplication:
    """Screenings."""
    found: ScreeningApplication = request.app.state.screenings
    return found


def tools(request: Request) -> ToolApplication:
    """Versions of the tool."""
    found: ToolApplication = request.app.state.tools
    return found


def screening_list(request: Request) -> ScreeningList:
    """The lists."""
    found: ScreeningList = request.app.state.screening_list
    return found


def disclosure_log(request: Request) -> Disclosures:
    """The record of what is shown."""
    found: Disclosures = request.app.state.disclosures
    return found


Screenings = Annotated[ScreeningApplication, Depends(screenings)]
Tools = Annotated[ToolApplication, Depends(tools)]
Listed = Annotated[ScreeningList, Depends(screening_list)]
Log = Annotated[Disclosures, Depends(disclosure_log)]

SOCIAL_CARE = "social-care"


def acting(caller: Caller) -> Acting:
    """For whom a caller acts: a council's social care for its area, anybody else for their own."""
    return Acting(caller.actor.agency, for_area=SOCIAL_CARE in caller.actor.roles)
