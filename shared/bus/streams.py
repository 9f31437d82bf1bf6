"""The streams of the bus: one for each event store, its sequences the store's own positions."""

from uuid import UUID

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NotFoundError

EPOCH = "throughline-epoch"
"""In a stream's metadata: which store it was filled from."""

NAME_TAKEN = 10058
"""JetStream's code when somebody else made the stream a moment ago."""


class FencedError(Exception):
    """The stream and the store tell different histories. Going on would mix them.

    Somebody has to decide which one is right; the message says how. It speaks of streams, stores
    and positions only, so it may be shown and logged.
    """

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return str(self)


def stream_of(store: str) -> str:
    """The name of a store's stream."""
    return store.upper()


def subject_of(store: str, event_type: str, aggregate: str) -> str:
    """Where an event is published: `evt.missing.episode.episode-reported.v1`.

    Nothing of it depends on whom the event is about.
    """
    return f"evt.{store}.{aggregate}.{event_type.partition('.')[2]}"


async def ensure_stream(
    js: JetStreamContext, store: str, epoch: UUID, *, replicas: int = 1
) -> StreamInfo:
    """The store's stream, made where it does not exist.

    It keeps everything, on disk, for ever; nothing can be removed from it but the whole of it. An
    acknowledged message may still be lost with the machine (it is synced every two minutes): the
    store is the record.

    Args:
        js: as a user with `relay_permissions`.
        store: the event store's name.
        epoch: of the store (`EventStore.head`).
        replicas: copies in a cluster, for a stream that is made now.

    Raises:
        FencedError: there is such a stream already, filled from another store.
        nats.errors.Error: JetStream does not answer.
    """
    name = stream_of(store)
    try:
        info = await js.stream_info(name)
    except NotFoundError:
        try:
            info = await js.add_stream(_config(name, store, epoch, replicas))
        except BadRequestError as reason:
            if reason.err_code != NAME_TAKEN:
                raise
            info = await js.stream_info(name)
    if epoch_of(info) != str(epoch):
        raise FencedError(
            f"the stream {name} was filled from another store than the one that is called {store} "
            f"now. If this store is the right one, delete the stream ('nats stream rm {name}'): it "
            "is filled again from the store; and rebuild what was made from the old one. If not, "
            "give this service the store it had."
        )
    return info


def epoch_of(info: StreamInfo) -> str | None:
    """Which store a stream was filled from; None if it is not one of ours."""
    return (info.config.metadata or {}).get(EPOCH)


def _config(name: str, store: str, epoch: UUID, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[f"evt.{store}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        # Full, it refuses the new: to drop the old would tear a hole into every reader's history.
        discard=DiscardPolicy.NEW,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        num_replicas=replicas,
        metadata={EPOCH: str(epoch)},
    )


Permissions = tuple[tuple[str, ...], tuple[str, ...]]
"""Subjects that a user may publish to, and subscribe to besides its own inbox."""


def relay_permissions(store: str) -> Permissions:
    """What the relay of a store needs: to publish its events, and to make and look at its stream.

    It may not delete the stream, nor read events other than by asking for one at a time.
    """
    name = stream_of(store)
    return (
        f"evt.{store}.>",
        f"$JS.API.STREAM.CREATE.{name}",
        f"$JS.API.STREAM.INFO.{name}",
        f"$JS.API.STREAM.MSG.GET.{name}",
    ), ()


def reader_permissions(store: str) -> Permissions:
    """What a reader of a store's events needs: throw-away consumers of its stream, and no more."""
    name = stream_of(store)
    return (
        f"$JS.API.STREAM.INFO.{name}",
        f"$JS.API.STREAM.MSG.GET.{name}",
        f"$JS.API.CONSUMER.CREATE.{name}.*",
        f"$JS.API.CONSUMER.DELETE.{name}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{name}.*",
    ), ()
