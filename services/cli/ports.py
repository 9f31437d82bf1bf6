"""Which port each service of an installation listens on."""

import json
import secrets
import socket
from pathlib import Path

from services.topology import SERVICES
from shared.embedded.folder import LOOPBACK, PORTS


class PortTaken(Exception):
    """A port that was asked for is in use; the message says which, and what to do."""


def choose_ports(folder: Path, *, fixed: bool) -> dict[str, int]:
    """The ports of the last time where they are free, so that addresses stay the same.

    Args:
        fixed: each service's usual port, and no other.

    Raises:
        PortTaken: a usual port is in use.
    """
    path = folder / "ports.json"
    last: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    chosen: dict[str, int] = {}
    for name, service in SERVICES.items():
        wanted = service.port if fixed else last.get(name, 0)
        if fixed and not _is_free(wanted):
            raise PortTaken(
                f"port {wanted}, the usual one of {name}, is in use by another program: stop that "
                "program, or leave out --fixed-ports"
            )
        chosen[name] = wanted if wanted and _is_free(wanted) else _free_port(chosen)
    path.write_text(json.dumps(chosen))
    return chosen


def _free_port(taken: dict[str, int]) -> int:
    # From the range below the one for outgoing connections: else one of those may sit on the port
    # of a service that is being started again.
    while True:
        port = secrets.choice(PORTS)
        if port not in taken.values() and _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
        return True
