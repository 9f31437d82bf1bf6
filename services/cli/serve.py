"""Running one service in this process."""

import importlib
import os
import threading
import time
from pathlib import Path

import uvicorn

from shared.web.logs import set_up
from shared.web.settings import read_settings

PARENT_SECONDS = 0.5


def serve(settings_file: Path, parent: int | None) -> None:
    """Serve until told to stop; end when `parent` is gone.

    Raises:
        SettingsError: the settings are not right.
    """
    settings = read_settings(settings_file)
    set_up(settings.service)
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Only the service asked for is imported: starting one does not cost the others' memory.
    app = importlib.import_module(f"services.{settings.service}.main").make(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # it would hold addresses; the edge logs route templates
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=5,
        loop="uvloop",
        http="httptools",
    )


def _end_with(parent: int) -> None:
    """Whoever started this process is gone: nobody would stop it, so it stops itself."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(0)
