"""Episodes in the child view: the newest version, and what later events say of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from services.mash.views.facts import Happening, Report, Return, ReturnWords
from services.mash.views.said import Said


class ReportLine(Struct, frozen=True, kw_only=True):
    """One version of a force's report."""

    said: Said
    report: Report


class ReturnLine(Struct, frozen=True, kw_only=True):
    """The return from an episode."""

    said: Said
    returned: Return


class Episode(Struct, frozen=True, kw_only=True):
    """One time the child was missing or absent, from the report to the return.

    Attributes:
        current: the force's newest version of its report; the others follow in `earlier`.
        returned: none while the child has not been seen safe.
        concern: what the child is treated as now, `missing` or `absent`.
        in_error: the report was a mistake.
        located_at: when it was first known where the child is, before the return.
        corrected_return: the right time, where the first one was wrong.
    """

    episode_id: UUID
    current: ReportLine | None
    earlier: tuple[ReportLine, ...]
    returned: ReturnLine | None
    concern: str | None = None
    in_error: bool = False
    located_at: datetime | None = None
    corrected_return: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the child has not been seen safe since, and was missing at all."""
        return self.returned is None and not self.in_error

    @property
    def began(self) -> datetime | None:
        """When the child went missing, as the newest version of the report says."""
        return self.current.report.missing_since if self.current is not None else None

    @property
    def ended(self) -> datetime | None:
        """When the child was seen safe, as was said last."""
        if self.corrected_return is not None:
            return self.corrected_return
        return self.returned.returned.returned_at if self.returned is not None else None


class MissingNow(Struct, frozen=True, kw_only=True):
    """Whether the child is missing or absent as far as is known, and since when."""

    concern: str
    since: datetime
    episode_id: UUID
    agency: str


def episodes_of(
    reports: Mapping[UUID, Sequence[ReportLine]],
    returns: Mapping[UUID, ReturnLine],
    words: Mapping[UUID, ReturnWords],
    happenings: Sequence[tuple[Said, Happening]],
) -> list[Episode]:
    """The episodes, newest first."""
    later: dict[UUID, list[tuple[Said, Happening]]] = {}
    for said, happening in happenings:
        later.setdefault(happening.record_id, []).append((said, happening))
    found = [
        _episode(
            episode_id,
            reports.get(episode_id, ()),
            _with_words(returns.get(episode_id), words.get(episode_id)),
            later.get(episode_id, ()),
        )
        for episode_id in dict.fromkeys([*reports, *returns])
    ]
    return sorted(found, key=_began, reverse=True)


def missing_now(episodes: Sequence[Episode]) -> tuple[MissingNow, ...]:
    """Each open episode, the longest first."""
    now_open = [
        MissingNow(
            concern=episode.concern or episode.current.report.concern,
            since=episode.current.report.missing_since,
            episode_id=episode.episode_id,
            agency=episode.current.said.agency,
        )
        for episode in episodes
        if episode.open and episode.current is not None
    ]
    return tuple(sorted(now_open, key=lambda line: line.since))


def _episode(
    episode_id: UUID,
    reports: Sequence[ReportLine],
    returned: ReturnLine | None,
    happenings: Sequence[tuple[Said, Happening]],
) -> Episode:
    newest_first = sorted(reports, key=lambda line: line.report.report_version, reverse=True)
    return Episode(
        episode_id=episode_id,
        current=newest_first[0] if newest_first else None,
        earlier=tuple(newest_first[1:]),
        returned=returned,
        **_since(newest_first, happenings),
    )


class _Later(Struct, frozen=True):
    """Those fields of later events of an episode that change what is shown of it."""

    concern: str | None = None
    returned_at: datetime | None = None
    located_at: datetime | None = None


def _since(
    newest_first: list[ReportLine], happenings: Sequence[tuple[Said, Happening]]
) -> dict[str, Any]:
    """What later events say of an episode: changed, corrected, or a mistake from the start."""
    found: dict[str, Any] = {
        "concern": newest_first[0].report.concern if newest_first else None,
    }
    corrected: tuple[str, UUID] | None = None
    for said, happening in happenings:
        later = msgspec.json.decode(happening.data, type=_Later)
        match happening.what:
            case "concern-changed":
                found["concern"] = later.concern
            case "child-located":
                found.setdefault("located_at", later.located_at)
            case "return-corrected":
                # The last word counts, though it may be of an earlier moment than the one before.
                if corrected is None or (said.recorded_at, said.event_id) > corrected:
                    corrected = (said.recorded_at, said.event_id)
                    found["corrected_return"] = later.returned_at
            case "reported-in-error":
                found["in_error"] = True
    return found


def _with_words(line: ReturnLine | None, words: ReturnWords | None) -> ReturnLine | None:
    """A return with its words, where they are a fact of their own and may be seen."""
    if line is None or words is None:
        return line
    returned = msgspec.structs.replace(line.returned, narrative=words.narrative)
    return msgspec.structs.replace(line, returned=returned)


def _began(episode: Episode) -> tuple[datetime, UUID]:
    if episode.current is not None:
        return (episode.current.report.missing_since, episode.episode_id)
    assert episode.returned is not None  # noqa: S101 (an episode is made from one or the other)
    return (episode.returned.returned.returned_at, episode.episode_id)
