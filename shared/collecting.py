"""How often Python looks for reference cycles: rarely.

A batch of events makes many objects that live for a moment and hardly ever a cycle, and each look
goes through all of them: a quarter of the time of projecting, by measurement (docs/performance.md).
What the imports made lives for ever and need not be looked at again.
"""

import gc

THRESHOLDS = (100_000, 20, 100)
"""Python's own are 700, 10, 10. A cycle waits longer, and memory grows by a few megabytes."""


def collect_rarely() -> None:
    """Call once a process, when its imports are done."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
