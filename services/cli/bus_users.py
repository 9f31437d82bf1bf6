"""Who may connect to the bus, and what for: read from the topology."""

from services.topology import SERVICES, Service
from shared.bus.streams import reader_permissions, relay_permissions
from shared.embedded import NatsUser


def nats_users(passwords: dict[str, str]) -> list[NatsUser]:
    """One user of the bus for each service, with no right beyond its own streams and sources."""
    return [
        NatsUser(name, passwords[name], *_permissions(service))
        for name, service in SERVICES.items()
    ]


def _permissions(service: Service) -> tuple[tuple[str, ...], tuple[str, ...]]:
    publish: dict[str, None] = {}
    subscribe: dict[str, None] = {}
    for store in service.stores:
        for into, subjects in zip((publish, subscribe), relay_permissions(store), strict=True):
            into.update(dict.fromkeys(subjects))
    for store in service.follows:
        for into, subjects in zip((publish, subscribe), reader_permissions(store), strict=True):
            into.update(dict.fromkeys(subjects))
    return tuple(publish), tuple(subscribe)
