"""A folder for a benchmark that is gone afterwards, also when the benchmark was killed."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "throughline-bench-"

# Its argument: the folder. It waits for whoever started it to end, however that comes; then for
# their servers, which end by themselves; and what writes for a moment longer is removed once more.
JANITOR = """
cat > /dev/null
for pause in 0 2 5 10 20; do
  sleep "$pause"
  rm -rf "$1"
done
"""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, removed at the end of this, of this process, or of its killing."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    reading, writing = os.pipe()
    janitor = subprocess.Popen(
        ["/bin/sh", "-c", JANITOR, "janitor", str(folder)],
        stdin=reading,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the terminal is not for it
    )
    os.close(reading)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        janitor.kill()
        janitor.wait()
        os.close(writing)
