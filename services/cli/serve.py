"""Running one service in this process."""

import importlib
import os
import sys
import threading
from pathlib import Path

import uvicorn

from shared import tracing
from shared.collecting import collect_rarely
from shared.web.logs import set_up
from shared.web.settings import read_settings
from shared.web.wire import Wire


def serve(name: str, settings_file: Path, *, attached: bool) -> None:
    """Serve until told to stop.

    Args:
        name: the service's.
        settings_file: read when it begins.
        attached: standard input is a pipe from whoever started this: a line in it says that the
            settings are written and it may begin; when the pipe ends, they are gone, and so is
            this.

    Raises:
        SettingsError: the settings are not right.
    """
    # Only the service asked for is imported: starting one does not cost the others' memory. It
    # takes half a second, in which whoever started this starts the servers.
    module = importlib.import_module(f"services.{name}.main")
    if attached:
        if not os.read(sys.stdin.fileno(), 16):
            return
        threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = read_settings(settings_file)
    set_up(settings.service)
    collect_rarely()
    tracing.set_up(settings.service)
    uvicorn.run(
        module.make(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # it would hold addresses; the edge logs route templates
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=5,
        loop="uvloop",
        http=Wire,
    )


def _end_with_parent() -> None:
    """Nobody would stop this any more, so it stops itself."""
    while os.read(sys.stdin.fileno(), 16):
        pass
    os._exit(0)
