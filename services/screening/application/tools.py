"""Versions of the tool: published, adopted, and found again by day and authority."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from uuid import UUID, uuid4

from services.screening.domain import Adoption, Tool
from services.screening.tools import DEFAULT, shipped
from shared.contracts import times
from shared.contracts.context import Context
from shared.contracts.refusals import NotFound, RuleBroken
from shared.contracts.screening import ToolDefinition
from shared.eventstore.append import AnswerDraft, Claim, Claimed, Receipt
from shared.eventstore.repository import Repository

TOOL = "tool"
"""Claims on an instrument's version: one name is one wording, for ever."""

ADOPTION = "tool-adoption"
"""Claims on (authority, first day): one authority does not begin with two versions on one day."""

EVERYBODY = "*"
"""In a claim: whoever has adopted nothing."""

ACTOR = "throughline|screening"


class ToolApplication:
    """The versions of the tool."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[UUID, Tool] = {}
        self._shipped = False

    async def publish(
        self,
        *,
        tool: ToolDefinition,
        authority: str | None,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Publish a version.

        Raises:
            Invalid: the tool contradicts itself.
            RuleBroken: this version of the instrument is published already.
        """
        made = Tool.publish(tool, authority=authority, now=times.now())
        claim = Claim(TOOL, _version_key(tool.instrument, tool.version), made.id)
        try:
            return await self._repository.save(
                made, context=context, claims=(claim,), answer=answer
            )
        except Claimed as reason:
            raise RuleBroken(
                "this version is published already, and a version never changes: give yours a name "
                "of its own"
            ) from reason

    async def adopt(
        self,
        *,
        instrument: str,
        version: str,
        authority: str | None,
        since: date,
        context: Context,
        answer: AnswerDraft | None = None,
    ) -> Receipt:
        """Use a version from a day on.

        Raises:
            NotFound: there is no such version.
            RuleBroken: the authority begins with a version on that day already.
        """
        tool = await self.named(instrument=instrument, version=version)
        adoption = Adoption.adopt(tool, authority=authority, since=since, now=times.now())
        claim = Claim(ADOPTION, _adoption_key(authority, since), adoption.id)
        try:
            return await self._repository.save(
                adoption, context=context, claims=(claim,), answer=answer
            )
        except Claimed as reason:
            raise RuleBroken("a version is adopted from that day already") from reason

    async def named(self, *, instrument: str, version: str) -> Tool:
        """A version by its name.

        Raises:
            NotFound: there is no such version.
        """
        await self.publish_shipped()
        key = _version_key(instrument, version)
        holders = await self._repository.store.holders(TOOL, [key])
        if key not in holders:
            raise NotFound("there is no such version of this tool")
        return await self.load(tool_id=holders[key])

    async def load(self, *, tool_id: UUID) -> Tool:
        """A version by its id.

        Raises:
            NotFound: there is no such version.
        """
        # A version never changes, so it is read once.
        if tool_id not in self._known:
            self._known[tool_id] = await self._repository.load(Tool, tool_id)
        return self._known[tool_id]

    async def in_force(self, *, authority: str, day: date) -> Tool:
        """The version that an authority used on a day; else the one that everybody does.

        Before the first day that anybody adopted anything it is the first version.
        """
        await self.publish_shipped()
        for who in (authority, None):
            rows = await self._repository.store.fetch(
                "SELECT holder FROM screening.claim WHERE kind = $1 AND key >= $2 AND key <= $3 "
                "ORDER BY key DESC LIMIT 1",
                ADOPTION,
                _adoption_key(who, date.min),
                _adoption_key(who, day),
            )
            if rows:
                adoption = await self._repository.load(Adoption, rows[0][0])
                return await self.load(tool_id=adoption.data.tool_id)
        return await self.named(instrument=DEFAULT[0], version=DEFAULT[1])

    async def published(self) -> Sequence[Tool]:
        """Every version, by instrument and version."""
        await self.publish_shipped()
        rows = await self._repository.store.fetch(
            "SELECT holder FROM screening.claim WHERE kind = $1 ORDER BY key", TOOL
        )
        return [await self.load(tool_id=row[0]) for row in rows]

    async def publish_shipped(self) -> None:
        """Publish the versions that come with the product, once, whoever asks first."""
        if self._shipped:
            return
        context = Context(
            actor=ACTOR,
            agency="throughline",
            purpose="operations",
            basis="sharing-agreement",
            regime="uk-gdpr",
            correlation_id=uuid4(),
        )
        keys = {_version_key(tool.instrument, tool.version): tool for tool in shipped()}
        there = await self._repository.store.holders(TOOL, list(keys))
        for key, tool in keys.items():
            if key not in there:
                # Another process may be publishing the same.
                with suppress(RuleBroken):
                    await self.publish(tool=tool, authority=None, context=context)
        self._shipped = True


def _version_key(instrument: str, version: str) -> bytes:
    return f"{instrument}:{version}".encode()


def _adoption_key(authority: str | None, day: date) -> bytes:
    return f"{authority or EVERYBODY}:{day.isoformat()}".encode()
