"""The routes of missing."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.missing.api.episode_requests import EPISODE_STEPS, EpisodeStep
from services.missing.api.requests import Report, Return, ReturnByReference
from services.missing.application import MissingApplication
from shared.access.policy import Resource
from shared.contracts import times
from shared.contracts.refusals import NotFound
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import MAY_REHEARSE, IdempotencyKey
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown, show_nothing, show_record

router = APIRouter()

Reporter = Annotated[Caller, Depends(May("report-missing"))]
Returner = Annotated[Caller, Depends(May("record-return"))]
Updater = Annotated[Caller, Depends(May("update-episode"))]
Reader = Annotated[Caller, Depends(May("read-own-report"))]


Missing = Annotated[MissingApplication, Depends(held("application"))]


@router.post(
    "/episodes",
    status_code=201,
    response_model=Receipt,
    tags=["episodes"],
    dependencies=[MAY_REHEARSE],
)
async def report_episode(
    body: Report,
    request: Request,
    caller: Reporter,
    missing: Missing,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Report that a child is missing or absent, or send another version of a report.

    The same force reference with another `report_version` is another version of the same episode,
    whatever the order in which versions arrive.
    """
    caller = caller.allowed(Resource(agency=body.force))
    report = body.event(missing.scheme_for(body.force, body.reported_at).code)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: missing.report_episode(
            report=report,
            force_reference=body.force_reference,
            context=caller.context,
            answer=answer,
        ),
        may_rehearse=True,
    )


@router.post(
    "/episodes/{episode_id}/return", status_code=201, response_model=Receipt, tags=["returns"]
)
async def record_return(
    episode_id: UUID,
    body: Return,
    request: Request,
    caller: Returner,
    missing: Missing,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record that the child came back or was found."""
    force = caller.actor.agency
    child = await missing.child_of(episode_id=episode_id, force=force)
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: missing.record_return(
            episode_id=episode_id,
            force=force,
            returned=body.event(child),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post(
    "/returns",
    status_code=201,
    response_model=Receipt,
    tags=["returns"],
    dependencies=[MAY_REHEARSE],
)
async def record_return_by_reference(
    body: ReturnByReference,
    request: Request,
    caller: Returner,
    missing: Missing,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record a return by your own number: what a police system knows without keeping our ids.

    Where the report has not come yet, the return is kept, and joined to it when it does.
    """
    force = caller.actor.agency
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: missing.record_return_by_reference(
            force=force,
            force_reference=body.force_reference,
            returned=body.event,
            context=caller.context,
            answer=answer,
        ),
        may_rehearse=True,
    )


@router.get("/episodes/{episode_id}", response_class=Response, tags=["episodes"])
@answers(RecordShown)
async def own_episode(
    episode_id: UUID, caller: Reader, missing: Missing, disclosures: Log
) -> Response:
    """What your force has sent about an episode, as it was stored."""
    try:
        events = await missing.own_episode(episode_id=episode_id, force=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, disclosures)
        raise
    return await show_record(episode_id, events, caller, disclosures)


def _step(path: str, body_type: type[EpisodeStep]) -> None:
    """One later fact of an episode, from the force that reported it."""

    async def record(
        episode_id: UUID,
        body: Any,
        request: Request,
        caller: Updater,
        missing: Missing,
        keyed: Keyed,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        now = times.now()
        force = caller.actor.agency
        return await keyed.once(
            request,
            caller,
            idempotency_key,
            lambda answer: missing.change(
                episode_id=episode_id,
                force=force,
                decide=lambda episode: body.decide(
                    episode, lambda moment: missing.scheme_for(force, moment), now
                ),
                context=caller.context,
                answer=answer,
            ),
        )

    record.__annotations__["body"] = body_type
    router.add_api_route(
        f"/episodes/{{episode_id}}/{path}",
        record,
        methods=["POST"],
        status_code=201,
        response_model=Receipt,
        name=f"episode-{path}",
        tags=["episodes"],
        summary=path.replace("-", " ").capitalize(),
        description=body_type.__doc__,
    )


for _path, _body_type in EPISODE_STEPS.items():
    _step(_path, _body_type)
