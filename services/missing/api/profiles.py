"""The routes of carers' profiles: for whoever keeps one, and for the force that is given one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from msgspec import Struct
from pydantic import Field, model_validator

from services.missing.api.concerns import CHILD
from services.missing.application import MissingApplication, ProfileApplication, Release
from services.missing.domain import Profile
from shared.contracts import missing, times
from shared.contracts.ids import new_mention_id
from shared.contracts.refusals import NotFound
from shared.contracts.sealed import Sealed
from shared.web.body import Body, Code, Line, Paragraph, example
from shared.web.caller import Caller, May
from shared.web.held import held
from shared.web.idempotency import IdempotencyKey
from shared.web.mentions import Person, child_mention
from shared.web.openapi import answers
from shared.web.receipts import Keyed, Receipt
from shared.web.records import Log, RecordShown, show, show_nothing, show_record

router = APIRouter(tags=["profiles"])

Carer = Annotated[Caller, Depends(May("keep-profile"))]
Keeper = Annotated[Caller, Depends(May("read-own-profile"))]
Force = Annotated[Caller, Depends(May("read-released-profile"))]


Profiles = Annotated[ProfileApplication, Depends(held("profiles"))]
Episodes = Annotated[MissingApplication, Depends(held("application"))]


class ProfileFields(Body):
    """What a carer writes down before a child goes missing (Philomena protocol, part one)."""

    description: Paragraph | None = None
    photograph: Paragraph | None = Field(
        None,
        description="Where others are, and who can send them. The one that is given with the "
        "profile is sent by itself: see `/profiles/{profile_id}/photographs`.",
    )
    friends_and_associates: Paragraph | None = None
    addresses: Paragraph | None = None
    places_frequented: Paragraph | None = None
    missing_before: Paragraph | None = None
    medical: Paragraph | None = None
    phones_and_online: Paragraph | None = None
    money_and_transport: Paragraph | None = None
    vulnerabilities: Paragraph | None = None

    def sealed(self, child: UUID) -> Sealed[missing.CarerProfile]:
        """As events hold it."""
        return Sealed.of(child, missing.CarerProfile(**self.model_dump()))


class ProfileBody(Body):
    """The first version of a child's profile. Nobody else sees what is in it until you release it.

    Whoever may see the child may know that you keep it, so that they can ask you for it; say
    `may_be_known: false` where even that would tell where the child lives.
    """

    child: Person
    placing_authority: Code | None = Field(
        None, description="The council that placed the child: it may release and move it as you."
    )
    may_be_known: bool = True
    profile: ProfileFields

    model_config = example(
        child=CHILD,
        placing_authority="northvale-council",
        may_be_known=True,
        profile={
            "description": "Slight, brown hair to the shoulder, a scar on the left wrist.",
            "photograph": "On the house phone; the manager on duty sends it.",
            "places_frequented": "Lantern Arcade.",
        },
    )


class RenewBody(Body):
    """A newer version of a child's profile: all of it again."""

    profile_version: int = Field(ge=2, le=10_000)
    profile: ProfileFields

    model_config = example(
        profile_version=2,
        profile={"places_frequented": "Lantern Arcade.", "medical": "Asthma; blue inhaler."},
    )


class WhenMissingFields(Body):
    """What can be said only once the child is missing (Philomena protocol, part two)."""

    last_seen: Paragraph | None = None
    clothing: Paragraph | None = None
    carrying: Paragraph | None = None
    intentions: Paragraph | None = None


class ReleaseBody(Body):
    """The child is missing and the police have been told: give them the newest version.

    Say which report by the number that the police gave you, or by our id of the episode.
    """

    to: Code = Field(description="The agency code of the force that you told.")
    force_reference: Line | None = None
    episode_id: UUID | None = Field(None, strict=False)
    when_missing: WhenMissingFields | None = None

    model_config = example(
        to="northvale-police",
        force_reference="NV/15/000127",
        when_missing={"clothing": "Green parka, white trainers.", "last_seen": "At tea, 17:30."},
    )

    @model_validator(mode="after")
    def _of_one_episode(self) -> "ReleaseBody":
        if (self.force_reference is None) == (self.episode_id is None):
            raise ValueError("say which report: force_reference or episode_id")
        return self


class WithdrawBody(Body):
    """A profile was given by mistake: the force reads it no longer."""

    episode_id: UUID = Field(strict=False)
    why: missing.WhyWithdrawn

    model_config = example(episode_id="01920000-0000-7000-8000-000000000001", why="wrong-child")


class HandOverBody(Body):
    """The child has a new carer: the profile is theirs from now on, and no longer yours."""

    to: Code = Field(description="The agency code of the new keeper.")
    placing_authority: Code | None = None

    model_config = example(to="harbour-house", placing_authority="northvale-council")


class ReleasesShown(Struct, frozen=True, kw_only=True):
    """The profiles that a force was given for an episode, newest first."""

    episode_id: UUID
    releases: tuple[Release, ...]


@router.post("/profiles", status_code=201, response_model=Receipt)
async def prepare_profile(
    body: ProfileBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Keep a child's profile with your agency until it is needed."""
    child = new_mention_id()
    data = missing.CarerProfilePrepared(
        mentions=(child_mention(body.child, child),),
        child=child,
        keeper=caller.actor.agency,
        placing_authority=body.placing_authority,
        may_be_known=body.may_be_known,
        profile_version=1,
        profile=body.profile.sealed(child),
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.prepare(data=data, context=caller.context, answer=answer),
    )


@router.get("/profiles/{profile_id}", response_class=Response)
@answers(RecordShown)
async def own_profile(profile_id: UUID, caller: Keeper, use: Profiles, log: Log) -> Response:
    """A profile that your agency keeps, or stands behind: each version, and each release."""
    try:
        events = await use.own(profile_id=profile_id, agency=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, log)
        raise
    return await show_record(profile_id, events, caller, log)


@router.post("/profiles/{profile_id}/renew", status_code=201, response_model=Receipt)
async def renew_profile(
    profile_id: UUID,
    body: RenewBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Bring a profile of your agency up to date. What a force was given stays what it was."""
    now = times.now()

    def decide(profile: Profile) -> None:
        data = missing.CarerProfileRenewed(
            about=(profile.child,),
            may_be_known=profile.may_be_known,
            profile_version=body.profile_version,
            profile=body.profile.sealed(profile.child),
        )
        profile.renew(data, now=now)

    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            profile_id=profile_id, decide=decide, context=caller.context, answer=answer
        ),
    )


@router.post("/profiles/{profile_id}/release", status_code=201, response_model=Receipt)
async def release_profile(
    profile_id: UUID,
    body: ReleaseBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    missing_episodes: Episodes,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give a profile to the force that looks for the child, for this one episode.

    It reads the newest version, until the child is back. A report that has not come here yet is
    answered 404: send the same again in a minute. After a renewal, release again.
    """
    await use.child_of(profile_id=profile_id, agency=caller.actor.agency)
    episode_id = body.episode_id
    if episode_id is None:
        assert body.force_reference is not None  # noqa: S101 (the model demands either)
        episode_id = await missing_episodes.episode_by_reference(
            force=body.to, force_reference=body.force_reference
        )
    found = episode_id
    when_missing = (
        missing.WhenMissing(**body.when_missing.model_dump())
        if body.when_missing is not None
        else None
    )
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.release(
            profile_id=profile_id,
            episode_id=found,
            to=body.to,
            when_missing=when_missing,
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/profiles/{profile_id}/withdraw-release", status_code=201, response_model=Receipt)
async def withdraw_release(
    profile_id: UUID,
    body: WithdrawBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take back what was given for an episode. Who read it meanwhile stays on record."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            profile_id=profile_id,
            decide=lambda profile: profile.withdraw_release(body.episode_id, why=body.why, now=now),
            context=caller.context,
            answer=answer,
        ),
    )


@router.post("/profiles/{profile_id}/hand-over", status_code=201, response_model=Receipt)
async def hand_over_profile(
    profile_id: UUID,
    body: HandOverBody,
    request: Request,
    caller: Carer,
    use: Profiles,
    keyed: Keyed,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give a profile, all its versions with it, to the child's new carer."""
    now = times.now()
    return await keyed.once(
        request,
        caller,
        idempotency_key,
        lambda answer: use.change(
            profile_id=profile_id,
            decide=lambda profile: profile.hand_over(
                to=body.to, placing_authority=body.placing_authority, now=now
            ),
            context=caller.context,
            answer=answer,
        ),
    )


@router.get("/episodes/{episode_id}/profiles", response_class=Response)
@answers(ReleasesShown)
async def released_profiles(episode_id: UUID, caller: Force, use: Profiles, log: Log) -> Response:
    """What carers gave your force for an episode of yours, while it is open."""
    try:
        given = await use.given_for(episode_id=episode_id, force=caller.actor.agency)
    except NotFound:
        await show_nothing(caller, log)
        raise
    answer = ReleasesShown(episode_id=episode_id, releases=given.releases)
    return await show(answer, given.mentions, caller, log)
