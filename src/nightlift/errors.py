"""The exceptions of nightlift; every message says what was expected, what came and what to do.

NightliftError
├── PhotoError            a photo that cannot be used
│   ├── ReadError         … because it cannot be read
│   └── WriteError        … because it cannot be written
├── VideoError            a video that cannot be read, is refused, or cannot be written
├── AdjustmentError       an adjustment that is malformed or does not fit
├── ModelError            a released model that is missing, damaged or refused
├── DataError             training or evaluation data that is missing or inconsistent
├── TrainingError         a training that cannot go on
├── MissingExtraError     an optional dependency that is not installed
└── UsageError            an argument outside what is allowed (also a ValueError)
"""


class NightliftError(Exception):
    """Anything nightlift itself has to say no to."""


class PhotoError(NightliftError):
    """A photo that cannot be used."""


class ReadError(PhotoError):
    """A photo that cannot be read."""


class WriteError(PhotoError):
    """A photo that cannot be written."""


class VideoError(NightliftError):
    """A video that cannot be read, is refused, or cannot be written."""


class AdjustmentError(NightliftError):
    """An adjustment that is malformed, or does not fit what it is applied to."""


class ModelError(NightliftError):
    """A released model that is missing, damaged or refused."""


class DataError(NightliftError):
    """Training or evaluation data that is missing or inconsistent."""


class TrainingError(NightliftError):
    """A training that cannot go on."""


class MissingExtraError(NightliftError):
    """An optional dependency that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional part of nightlift: pip install 'nightlift[{extra}]'"
        )


class UsageError(NightliftError, ValueError):
    """An argument outside what is allowed."""
