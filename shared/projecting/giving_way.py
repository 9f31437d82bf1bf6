"""A rebuild gives way: the processor goes first to whoever answers people.

Niceness alone does not do that on Linux as it comes: processes of different sessions are weighed by
session (`sched_autogroup_enabled`), and every process of PostgreSQL has a session of its own.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

NICENESS = 10

AGAIN_SECONDS = 0.12
"""The kernel takes a session's weight ten times a second from those without rights."""

TRIES = 3


def lower(pid: int) -> None:
    """Lower a process of ours among those of its session; enough where sessions are not weighed."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def give_way() -> None:
    """Put this process behind the others on this machine, in a session of its own."""
    with suppress(OSError):  # it leads one already
        os.setsid()
    _behind(os.getpid())


async def server_gives_way(connection: Any) -> None:
    """Put the server's process for a connection behind the others, where that is ours to do.

    Only for a connection that takes no lock which anybody else waits for, and is closed afterwards.
    A server elsewhere, or of another account, is left as it is.
    """
    pid, port = await connection.fetchrow("SELECT pg_backend_pid(), inet_client_port()")
    if port is not None and _serves(pid, port):
        _behind(pid)


def _serves(pid: int, port: int) -> bool:
    """Whether it is the server's: another program has that number if the server is elsewhere."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return title.startswith(b"postgres: ") and b"(%d)" % port in title


def _behind(pid: int) -> None:
    lower(pid)
    for _ in range(TRIES):
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
        except BlockingIOError:
            time.sleep(AGAIN_SECONDS)
        except OSError:
            return  # not this kernel, or not ours
        else:
            return
