"""Pictures in carers' profiles: kept by their agency, shown to a force that was given them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.missing.application.profiles import refuse_others
from services.missing.domain import Episode, Photograph, Profile, refuse_future_day
from shared.contracts import missing, times
from shared.contracts.context import Context
from shared.contracts.refusals import Conflict, NotFound
from shared.eventstore.append import AnswerDraft, Receipt
from shared.eventstore.repository import MAX_ATTEMPTS, Repository
from shared.pictures import Recoder

NOT_THERE = "there is no such record"
ERASED = "this photograph cannot be shown any more: its key was destroyed"


@dataclass(frozen=True, slots=True)
class PictureShown:
    """A picture that may be shown, and whom it shows."""

    jpeg: bytes
    child: UUID


class PhotographApplication:
    """Pictures of children in their carers' profiles (Philomena protocol)."""

    def __init__(self, repository: Repository, recoder: Recoder) -> None:
        self._repository = repository
        self._recoder = recoder

    async def keep(
        self,
        *,
        profile_id: UUID,
        given: bytes,
        taken_on: date,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Keep a picture, written anew, as the one that a profile is given with.

        Args:
            given: the file as it was sent.

        Raises:
            NotFound: there is no such profile of this agency.
            Invalid: the file is no picture that is taken, or the day has not come.
            RuleBroken: the profile has had as many as one may have.
            Unavailable: pictures cannot be read now.
        """
        now = times.now()
        refuse_future_day(taken_on, now)
        # Refused before a stranger's file is looked at.
        profile = await self._own(profile_id, context.agency)
        profile.refuse_more_photographs()
        picture = await self._recoder.recoded(given)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            photograph = Photograph.keep(
                profile.id,
                profile.child,
                jpeg=picture.jpeg,
                width=picture.width,
                height=picture.height,
                taken_on=taken_on,
                now=now,
            )
            profile.show_photograph(photograph.id, taken_on, now=now)
            try:
                return await self._repository.save(
                    photograph, profile, context=context, answer=answer
                )
            except Conflict:
                if attempt == MAX_ATTEMPTS:
                    raise
            profile = await self._own(profile_id, context.agency)
        raise AssertionError("unreachable")

    async def own(self, *, profile_id: UUID, photograph_id: UUID, agency: str) -> PictureShown:
        """A picture of a profile, for whoever keeps that now.

        Raises:
            NotFound: there is none that this agency may see: of another, withdrawn, or erased.
            Unavailable: the vault does not answer.
        """
        profile = await self._own(profile_id, agency)
        if photograph_id not in profile.photographs:
            raise NotFound(NOT_THERE)
        return await self._shown(photograph_id)

    async def given(self, *, episode_id: UUID, photograph_id: UUID, force: str) -> PictureShown:
        """A picture that a force was given for an episode of its own, which is open.

        Raises:
            NotFound: there is none that this force may see now.
            Unavailable: the vault does not answer.
        """
        episode = await self._repository.load(Episode, episode_id)
        if episode.force != force or episode.is_over:
            raise NotFound(NOT_THERE)
        photograph = await self._repository.load(Photograph, photograph_id)
        profile = await self._repository.load(Profile, photograph.profile_id)
        if not profile.gives_photograph(photograph_id, episode):
            raise NotFound(NOT_THERE)
        return await self._shown(photograph_id)

    async def _own(self, profile_id: UUID, agency: str) -> Profile:
        profile = await self._repository.load(Profile, profile_id)
        refuse_others(profile, agency)
        return profile

    async def _shown(self, photograph_id: UUID) -> PictureShown:
        (kept,) = await self._repository.history(photograph_id)
        data = kept.data
        assert isinstance(data, missing.PhotographKept)  # noqa: S101 (a photograph's only event)
        if data.picture.opened is None:
            raise NotFound(ERASED)
        return PictureShown(data.picture.opened.jpeg, data.about[0])
