"""What the processor offers to this process."""

from __future__ import annotations

import os


def cores() -> int:
    """How many cores this process may use, which in a container are fewer than the machine's.

    Returns:
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
