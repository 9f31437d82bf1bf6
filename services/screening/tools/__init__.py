"""The versions of the screening tool that come with the product: data, word for word.

Each file is one version (`shared.contracts.screening.ToolDefinition`). They are published as events
like any other version; an authority publishes its own by the interface, without a line of code.
"""

from functools import cache
from importlib.resources import files

import msgspec

from shared.contracts.screening import ToolDefinition

DEFAULT = ("wm-cse-screening", "2014-02")
"""The version that is used where an authority has adopted none."""


@cache
def shipped() -> tuple[ToolDefinition, ...]:
    """Every version in this folder, by file name."""
    found = sorted(
        (file for file in files(__name__).iterdir() if file.name.endswith(".json")),
        key=lambda file: file.name,
    )
    return tuple(msgspec.json.decode(file.read_bytes(), type=ToolDefinition) for file in found)
