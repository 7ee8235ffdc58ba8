"""PyAV, the one door to FFmpeg (extra `video`)."""

from __future__ import annotations

import importlib.util

from nightlift.errors import MissingExtraError


def need_pyav() -> None:
    """Raise MissingExtraError where PyAV is not installed."""
    if importlib.util.find_spec("av") is None:
        raise MissingExtraError("video", "video")
