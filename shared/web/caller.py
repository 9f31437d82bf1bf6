"""Who calls a route, and may they: the dependency that every route has.

A route declares what it does by its caller's type::

    Reporter = Annotated[Caller, Depends(May("report-missing"))]

A test walks every service's routes and fails on one without a `May`, unless it is `public`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request

from shared.access.actor import Actor
from shared.access.policy import Decision, Resource, authorize
from shared.access.tokens import NotAuthenticated, Verifier
from shared.contracts.context import Context
from shared.contracts.refusals import NotPermitted

F = TypeVar("F", bound=Callable[..., Any])

SCHEME = "bearer "


@dataclass(frozen=True)
class Caller:
    """Whoever calls a route, once they may.

    Attributes:
        action: what the route does, as policy names it.
        decided: the decision that let them.
        correlation_id: of this request, on every event that it sets off.
    """

    actor: Actor
    action: str
    decided: Decision
    correlation_id: UUID

    @property
    def context(self) -> Context:
        """What events say about their making."""
        return self.actor.context(self.correlation_id)

    def allowed(self, resource: Resource) -> "Caller":
        """The same caller, if they may do it to this resource.

        Raises:
            NotPermitted: they may not.
        """
        decided = authorize(self.actor, self.action, resource)
        if not decided.allowed:
            raise NotPermitted("your agency, roles or purpose do not allow this")
        return replace(self, decided=decided)


Refusal = Callable[[Caller], Awaitable[None]]
"""Called when somebody is refused: a service that shows content records it."""


class May:
    """FastAPI dependency: a caller whose token is valid and who may do this at all.

    Whether they may do it to the resource in question is asked by `Caller.allowed`, once it is
    known.
    """

    def __init__(self, action: str) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Caller:
        """The caller.

        Raises:
            NotAuthenticated: there is no valid token.
            NotPermitted: they may not do this to anything.
        """
        verifier: Verifier = request.app.state.verifier
        given = request.headers.get("authorization", "")
        if not given.lower().startswith(SCHEME):
            raise NotAuthenticated
        actor = verifier.actor(given[len(SCHEME) :].strip())
        own = Resource(agency=actor.agency)
        caller = Caller(
            actor, self.action, authorize(actor, self.action, own), request.state.correlation_id
        )
        if not caller.decided.allowed:
            refusal: Refusal | None = getattr(request.app.state, "on_refusal", None)
            if refusal is not None:
                await refusal(caller)
            raise NotPermitted("your agency, roles or purpose do not allow this")
        return caller


def public(reason: str) -> Callable[[F], F]:
    """Mark a route that anybody may call, and say why."""

    def mark(function: F) -> F:
        function.public = reason  # type: ignore[attr-defined] # read by the test that walks routes
        return function

    return mark
