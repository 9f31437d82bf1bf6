"""PostgreSQL and nats-server from pinned wheels, the PATH, or a given address."""
