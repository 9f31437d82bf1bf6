"""Which carers' profiles there are of a child, who keeps them and who was given them. Pure.

What is in a profile is not in any view: the missing service shows it, to whoever may read it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.mash.views.facts import Happening
from services.mash.views.said import Said


class GivenLine(Struct, frozen=True, kw_only=True):
    """A version was given to a force for an episode.

    Attributes:
        withdrawn: it was taken back.
    """

    episode_id: UUID
    to: str
    profile_version: int
    released_at: datetime
    withdrawn: bool = False


class ProfileLine(Struct, frozen=True, kw_only=True):
    """A profile as it stands.

    Attributes:
        said: of its newest version.
        keeper, placing_authority: whom to ask for it.
        given: to which forces, for which episodes, oldest first.
    """

    profile_id: UUID
    said: Said
    keeper: str
    placing_authority: str | None
    profile_version: int
    given: tuple[GivenLine, ...] = ()


class _Fields(Struct, frozen=True):
    keeper: str | None = None
    placing_authority: str | None = None
    profile_version: int | None = None
    to: str | None = None
    episode_id: UUID | None = None
    released_at: datetime | None = None


def profile_lines(happenings: Sequence[tuple[Said, Happening]]) -> tuple[ProfileLine, ...]:
    """The profiles that whoever asks may know of, the newest version first."""
    found: dict[UUID, ProfileLine] = {}
    for said, happening in happenings:
        if not happening.what.startswith("carer-profile-"):
            continue
        fields = msgspec.json.decode(happening.data, type=_Fields)
        line = found.get(happening.record_id)
        if happening.what == "carer-profile-prepared":
            found[happening.record_id] = ProfileLine(
                profile_id=happening.record_id,
                said=said,
                keeper=fields.keeper or said.agency,
                placing_authority=fields.placing_authority,
                profile_version=fields.profile_version or 1,
            )
        elif line is not None:
            found[happening.record_id] = _after(line, said, happening.what, fields)
    return tuple(sorted(found.values(), key=_newest_first, reverse=True))


def _newest_first(line: ProfileLine) -> tuple[str, UUID]:
    return (line.said.recorded_at, line.profile_id)


def _after(line: ProfileLine, said: Said, what: str, fields: _Fields) -> ProfileLine:
    match what:
        case "carer-profile-renewed":
            version = fields.profile_version or line.profile_version
            return replace(line, said=said, profile_version=version)
        case "carer-profile-handed-over":
            return replace(
                line,
                keeper=fields.to or line.keeper,
                placing_authority=fields.placing_authority,
            )
        case "carer-profile-released" if fields.episode_id and fields.to and fields.released_at:
            given = GivenLine(
                episode_id=fields.episode_id,
                to=fields.to,
                profile_version=fields.profile_version or line.profile_version,
                released_at=fields.released_at,
            )
            return replace(line, given=(*line.given, given))
        case "carer-profile-release-withdrawn":
            taken_back = tuple(
                replace(given, withdrawn=True) if given.episode_id == fields.episode_id else given
                for given in line.given
            )
            return replace(line, given=taken_back)
    return line
