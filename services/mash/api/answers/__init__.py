"""Answers as they are sent, for the OpenAPI document: one file each, all of one invented report.

They were answered by the service itself. A test reads each as what its route answers, and fails
where a field is missing, or is there no more.
"""

import json
from importlib.resources import files
from typing import Any


def an_answer(name: str) -> Any:
    """The answer in a file."""
    return json.loads((files(__name__) / f"{name}.json").read_text())
