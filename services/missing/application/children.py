"""The child of an episode, as its force's newest report describes them."""

from uuid import UUID

from shared.contracts import missing
from shared.contracts.mentions import PersonMention
from shared.eventstore.repository import Repository


async def child_as_reported(
    repository: Repository, episode_id: UUID
) -> tuple[PersonMention | None, str]:
    """The child of an episode, opened, and whose force reported it; none where it was not said.

    Raises:
        Unavailable: the store or the vault does not answer.
    """
    child: PersonMention | None = None
    newest = 0
    force = ""
    for event in await repository.history(episode_id):
        if isinstance(event.data, missing.EpisodeReported | missing.ReportRevised):
            force = event.data.force
            if event.data.report_version < newest:
                continue  # Versions come in any order.
            newest = event.data.report_version
            child = next(
                (
                    mention
                    for mention in event.data.mentions
                    if isinstance(mention, PersonMention) and mention.role == "child"
                ),
                child,
            )
    return child, force
