"""Carers' profiles: kept by their agency, read by a force while a child is missing."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.missing.domain import Episode, Profile
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.mentions import PersonIdentity, PersonMention
from shared.contracts.refusals import Conflict, NotFound
from shared.contracts.sealed import Sealed, State
from shared.eventstore.append import AnswerDraft, Claim, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Happened, Repository

PROFILE_FOR = "profile-for-episode"
"""Claims on an episode and a profile together: which profiles were ever given for which episode."""

Whether = Literal["open", "episode-over", "withdrawn"]


class PhotographGiven(Struct, frozen=True, kw_only=True):
    """A picture that was given with a profile; it is read at an address of its own.

    Attributes:
        taken_on: the day on which it was taken, as the carer says.
        whether: it is shown, or was withdrawn since.
    """

    photograph_id: UUID
    taken_on: date | None
    whether: Literal["open", "withdrawn"]


class Release(Struct, frozen=True, kw_only=True):
    """A version of a profile that was given for an episode.

    Attributes:
        keeper: who keeps it now: whom to ask.
        released_by: the agency that gave it.
        written_by, written_at: of the version.
        whether: `open` to the force; or why not.
        child: who the child is, in the keeper's words. Left out unless open, as what follows.
        photograph: which picture was given with it; none where none was.
        state: why what is open cannot be shown, where it cannot.
    """

    profile_id: UUID
    keeper: str
    profile_version: int
    released_at: datetime
    released_by: str
    written_by: str
    written_at: str
    whether: Whether
    state: State | None = None
    child: PersonIdentity | None = None
    profile: missing.CarerProfile | None = None
    when_missing: missing.WhenMissing | None = None
    photograph: PhotographGiven | None = None


class Given(Struct, frozen=True, kw_only=True):
    """What was given for an episode, and the mentions whose data is in it."""

    releases: tuple[Release, ...]
    mentions: tuple[UUID, ...]


class ProfileApplication:
    """Carers' profiles of children (Philomena protocol)."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    async def prepare(
        self,
        *,
        data: missing.CarerProfilePrepared,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Keep a profile of a child until it is needed.

        Raises:
            Invalid: it says nothing.
        """
        profile = Profile.prepare(data, now=times.now())
        return await self._repository.save(profile, context=context, answer=answer)

    async def change(
        self,
        *,
        profile_id: UUID,
        decide: Callable[[Profile], None],
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Let a profile of the caller's agency decide.

        Raises:
            NotFound: there is no such profile of this agency.
            Refused: whatever the profile refuses.
        """

        def decide_own(profile: Profile) -> None:
            refuse_others(profile, context.agency)
            decide(profile)

        _, receipt = await self._repository.change(
            Profile, profile_id, decide_own, context=context, answer=answer
        )
        return receipt

    async def release(
        self,
        *,
        profile_id: UUID,
        episode_id: UUID,
        to: str,
        when_missing: missing.WhenMissing | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Give the newest version, and its picture, to the force of an open episode.

        Raises:
            NotFound: there is no such profile of this agency, or no such episode of that force.
            RuleBroken: the episode is over, or the force has this version already.
        """
        now = times.now()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            profile = await self._repository.load(Profile, profile_id)
            refuse_others(profile, context.agency)
            episode = await self._repository.load(Episode, episode_id)
            if episode.force != to:
                raise NotFound("there is no such record")
            part_two = Sealed.of(profile.child, when_missing) if when_missing is not None else None
            profile.release(episode, when_missing=part_two, now=now)
            claim = Claim(PROFILE_FOR, episode.id.bytes + profile.id.bytes, profile.id)
            try:
                return await self._repository.save(
                    profile, context=context, claims=(claim,), answer=answer
                )
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def child_of(self, *, profile_id: UUID, agency: str) -> UUID:
        """The mention of the child that a profile of this agency is about.

        Raises:
            NotFound: there is no such profile of this agency.
        """
        profile = await self._repository.load(Profile, profile_id)
        refuse_others(profile, agency)
        return profile.child

    async def own(self, *, profile_id: UUID, agency: str) -> list[Happened]:
        """A profile with every version and every release, for whoever keeps it now.

        Raises:
            NotFound: there is no such profile of this agency.
            Unavailable: the vault does not answer.
        """
        profile = await self._repository.load(Profile, profile_id)
        refuse_others(profile, agency)
        return await self._repository.history(profile_id)

    async def given_for(self, *, episode_id: UUID, force: str) -> Given:
        """What a force was given for an episode of its own, newest first; nothing may be.

        Raises:
            NotFound: there is no such episode of this force.
            Unavailable: the vault does not answer.
        """
        episode = await self._repository.load(Episode, episode_id)
        if episode.force != force:
            raise NotFound("there is no such record")
        low = episode_id.bytes
        rows = await self._repository.store.fetch(
            "SELECT holder FROM missing.claim WHERE kind = $1 AND key BETWEEN $2 AND $3",
            PROFILE_FOR,
            low,
            low + b"\xff" * 16,
        )
        found: list[Release] = []
        mentions: set[UUID] = set()
        for (profile_id,) in rows:
            profile = await self._repository.load(Profile, profile_id)
            history = await self._repository.history(profile_id)
            releases = _releases(profile, history, episode)
            found += releases
            if any(release.whether == "open" for release in releases):
                mentions.add(profile.child)
        found.sort(key=lambda release: release.released_at, reverse=True)
        return Given(releases=tuple(found), mentions=tuple(sorted(mentions)))


def refuse_others(profile: Profile, agency: str) -> None:
    """Refuse an agency that neither keeps a profile nor stands behind whoever does.

    Raises:
        NotFound: always the same.
    """
    if not profile.belongs_to(agency):
        # The same as if it were not there: whether another agency keeps one is not told here.
        raise NotFound("there is no such record")


def _releases(profile: Profile, history: list[Happened], episode: Episode) -> list[Release]:
    versions: dict[int, Happened] = {}
    found: list[Release] = []
    child: Sealed[PersonIdentity] | None = None
    for event in history:
        match event.data:
            case missing.CarerProfilePrepared() | missing.CarerProfileRenewed() as data:
                versions[data.profile_version] = event
                for mention in data.mentions:
                    if isinstance(mention, PersonMention):
                        child = mention.identity
            case missing.CarerProfileReleased() as data if data.episode_id == episode.id:
                version = versions[data.profile_version]
                found.append(_release(profile, event, data, version, child, episode))
            case missing.CarerProfileReleaseWithdrawn() as data if data.episode_id == episode.id:
                found = [_closed(release, "withdrawn") for release in found]
    return found


def _release(
    profile: Profile,
    event: Happened,
    data: missing.CarerProfileReleased,
    version: Happened,
    child: Sealed[PersonIdentity] | None,
    episode: Episode,
) -> Release:
    assert isinstance(  # noqa: S101 (only these are kept)
        version.data, missing.CarerProfilePrepared | missing.CarerProfileRenewed
    )
    words = version.data.profile
    release = Release(
        profile_id=profile.id,
        keeper=profile.keeper,
        profile_version=data.profile_version,
        released_at=data.released_at,
        released_by=event.agency,
        written_by=version.agency,
        written_at=version.recorded_at,
        whether="open",
        state=None if words.opened is not None else words.state,
        child=child.opened if child is not None else None,
        profile=words.opened,
        when_missing=data.when_missing.opened if data.when_missing is not None else None,
        photograph=PhotographGiven(
            photograph_id=data.photograph_id,
            taken_on=data.photograph_taken_on,
            whether="open" if data.photograph_id in profile.photographs else "withdrawn",
        )
        if data.photograph_id is not None
        else None,
    )
    return _closed(release, "episode-over") if episode.is_over else release


def _closed(release: Release, whether: Whether) -> Release:
    """What it was, without what was in it."""
    return Release(
        profile_id=release.profile_id,
        keeper=release.keeper,
        profile_version=release.profile_version,
        released_at=release.released_at,
        released_by=release.released_by,
        written_by=release.written_by,
        written_at=release.written_at,
        whether=whether,
    )
