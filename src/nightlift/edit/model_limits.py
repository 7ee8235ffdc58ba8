"""What a stranger's model may take: its graph is data, and data may ask for any time and memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from nightlift.errors import ModelError

MOST_MEMORY = 8 << 30
"""Bytes that all strangers' models together may take for what they compute."""

SECONDS, SECONDS_A_MEGAPIXEL = 120.0, 120.0
"""How long one picture may take, and each megapixel that the network sees more."""


@cache
def bounded_allocator() -> bool:
    """Register ONNX Runtime's allocator with a bound, once for this process; True."""
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    place = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    settings = {"max_mem": MOST_MEMORY, "arena_extend_strategy": 1}
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg(settings))
    return True


def seconds_for(height: int, width: int) -> float:
    """How long a network may take over a picture of this size."""
    return SECONDS + SECONDS_A_MEGAPIXEL * height * width / 1e6


@contextmanager
def stopped_after(seconds: float) -> Iterator[Any]:
    """Options of a run of ONNX Runtime that is stopped, between two operators, when time is up.

    Raises ModelError in place of what the runtime raises then.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    late = threading.Event()

    def stop() -> None:
        late.set()
        options.terminate = True

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield options
    except Exception as error:
        if late.is_set():
            raise too_slow(seconds) from error
        raise
    finally:
        timer.cancel()


def too_slow(seconds: float) -> ModelError:
    """The error for a model that takes too long."""
    return ModelError(
        f"it was stopped after {seconds:.0f} seconds, as long as a model of somebody else's may "
        "take over one picture; expected a smaller network, or a smaller --size"
    )
