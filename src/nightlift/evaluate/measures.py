"""Which metrics are measured when nobody says, and whether those asked for can be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nightlift.errors import UsageError
from nightlift.metrics import METRICS, Metric, find_metric, load_niqe_parameters, niqe_metric

PAIRED = ("psnr", "ssim", "delta-e-2000", "psnr-mean-matched", "loe")
"""Measured on pairs unless metrics are named."""

UNPAIRED = ("loe",)
"""Measured on photos without references unless metrics are named."""


def choose(
    names: Sequence[str] | None, paired: bool, niqe_parameters: Path | None = None
) -> tuple[Metric, ...]:
    """The metrics of these names, and NIQE where it has parameters.

    Args:
        names: As in `METRICS`, or niqe; None: the usual ones.
        paired: Whether pictures have a reference.
        niqe_parameters: The file of NIQE's parameters; None: without NIQE.

    Returns:
        The metrics in this order.

    Raises:
        UsageError: A name is unknown, NIQE has no parameters, or a metric needs a reference.
    """
    chosen = list(names or (PAIRED if paired else UNPAIRED))
    if niqe_parameters is None and "niqe" in chosen:
        raise UsageError("niqe needs the statistics of pristine photos: --niqe-parameters FILE")
    if niqe_parameters is not None and "niqe" not in chosen:
        chosen.append("niqe")
    found = [find_metric(name) for name in chosen if name != "niqe"]
    lost = [metric.name for metric in found if metric.reference and not paired]
    if lost:
        able = ", ".join(metric.name for metric in METRICS.values() if not metric.reference)
        raise UsageError(
            f"{', '.join(lost)} compare with a reference picture, and these photos have none; "
            f"metrics that need none: {able}, niqe"
        )
    if niqe_parameters is not None:
        found.insert(chosen.index("niqe"), niqe_metric(load_niqe_parameters(niqe_parameters)))
    return tuple(found)
