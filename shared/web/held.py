"""What the composition root made, given to routes by its name."""

from collections.abc import Callable
from typing import Any

from fastapi import Request


def held(name: str) -> Callable[[Request], Any]:
    """A dependency: what `app.state` holds under a name. Whoever asks for it says its type.

    As here::

        Referrals = Annotated[ReferralApplication, Depends(held("referrals"))]
    """

    def from_state(request: Request) -> Any:
        return getattr(request.app.state, name)

    return from_state
