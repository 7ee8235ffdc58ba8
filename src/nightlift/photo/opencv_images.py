"""Decoding through OpenCV, quietly: for 16 bits and floats, which Pillow does not keep."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import ReadError
from nightlift.photo.pillow_images import decoding

_LOCK = threading.Lock()
_levels: list[int] = []
"""OpenCV's own log levels, one for each block that now runs silently."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Without OpenCV's lines on standard error, which tell what an exception tells too."""
    import cv2

    with _LOCK:
        logging: Any = cv2.utils.logging
        _levels.append(_levels[0] if _levels else logging.getLogLevel())
        logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        with _LOCK:
            level = _levels.pop()
            if not _levels:
                logging.setLogLevel(level)


def reads_whole_32() -> bool:
    """Whether OpenCV has whole numbers of 32 bits: from version 5 on."""
    import cv2

    return hasattr(cv2, "CV_32U")


def decode(data: bytes, name: str) -> NDArray[Any]:
    """(H, W), (H, W, 3) RGB or (H, W, 4) RGBA of the file's own depth; `name` is the format's."""
    import cv2

    with decoding(name), _quiet():
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise ReadError(f"the {name} is damaged or cut off: its picture cannot be decoded")
    if array.ndim == 2:
        return array
    if array.dtype in (np.uint8, np.uint16, np.float32):
        swap = cv2.COLOR_BGR2RGB if array.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        return cv2.cvtColor(array, swap)
    return array[..., [2, 1, 0, 3][: array.shape[2]]]
