"""How much of a picture lies at the ends of its range."""

from __future__ import annotations

from nightlift.metrics.picture import checked
from nightlift.photo import Pixels


def clipped_shadows(picture: Pixels, *, data_range: float) -> float:
    """The share of pixels with at least one channel at 0; lower is better.

    Args:
        picture: (H, W, 3), in [0, data_range].
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        0 to 1.

    Raises:
        UsageError: The picture is refused by `checked`.
    """
    return float((checked(picture, data_range) == 0).any(axis=2).mean())


def clipped_highlights(picture: Pixels, *, data_range: float) -> float:
    """The share of pixels with at least one channel at `data_range`; lower is better.

    Args:
        picture: (H, W, 3), in [0, data_range].
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        0 to 1.

    Raises:
        UsageError: The picture is refused by `checked`.
    """
    return float((checked(picture, data_range) == data_range).any(axis=2).mean())
