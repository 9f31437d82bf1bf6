"""The list of carers' profiles, for whoever keeps them up to date."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.missing.views import ProfileRow
from shared.contracts import missing, times
from shared.contracts.envelope import Envelope
from shared.contracts.registry import EventData
from shared.eventstore.lists import Rows

COLUMNS = ", ".join(ProfileRow.__struct_fields__)


class ProfileList(Rows):
    """The list in the service's database; `InterviewList` keeps it up with the store."""

    CALLED = "the list of profiles"

    async def rows(
        self, *, agency: str, after: tuple[datetime, UUID] | None = None, limit: int = 50
    ) -> list[ProfileRow]:
        """The profiles that an agency keeps or stands behind, the longest not renewed first.

        Args:
            after: `renewed_at` and `profile_id` of the row before the first.

        Raises:
            Unavailable: the list does not answer.
        """
        renewed, profile_id = after or (None, None)
        found = await self._fetch(
            f"SELECT {COLUMNS} FROM lists.profile "
            "WHERE (keeper = $1 OR placing_authority = $1) "
            "AND ($2::timestamptz IS NULL OR (renewed_at, profile_id) > ($2, $3::uuid)) "
            "ORDER BY renewed_at, profile_id LIMIT $4",
            agency,
            renewed,
            profile_id,
            limit,
        )
        return [ProfileRow(**dict(row.items())) for row in found]


async def keep_profile(connection: Any, envelope: Envelope, data: EventData) -> None:
    """Change the list as an event says, in the transaction that counts it as read."""
    profile_id = envelope.subject
    match data:
        case missing.CarerProfilePrepared():
            await connection.execute(
                "INSERT INTO lists.profile "
                "(profile_id, keeper, placing_authority, profile_version, renewed_at) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                profile_id,
                data.keeper,
                data.placing_authority,
                data.profile_version,
                times.read(envelope.time),
            )
        case missing.CarerProfileRenewed():
            await connection.execute(
                "UPDATE lists.profile SET profile_version = $2, renewed_at = $3 "
                "WHERE profile_id = $1",
                profile_id,
                data.profile_version,
                times.read(envelope.time),
            )
        case missing.CarerProfileHandedOver():
            await connection.execute(
                "UPDATE lists.profile SET keeper = $2, placing_authority = $3 "
                "WHERE profile_id = $1",
                profile_id,
                data.to,
                data.placing_authority,
            )
        case missing.CarerProfilePhotographed():
            await connection.execute(
                "UPDATE lists.profile SET photograph_id = $2, photograph_taken_on = $3, "
                "photograph_kept_at = $4 WHERE profile_id = $1",
                profile_id,
                data.photograph_id,
                data.taken_on,
                times.read(envelope.time),
            )
        case missing.CarerProfilePhotographWithdrawn():
            await connection.execute(
                "UPDATE lists.profile SET photograph_id = NULL, photograph_taken_on = NULL, "
                "photograph_kept_at = NULL WHERE profile_id = $1 AND photograph_id = $2",
                profile_id,
                data.photograph_id,
            )
