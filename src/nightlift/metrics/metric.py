"""The table of metrics: what each is called, measured against, and which way is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from nightlift.errors import UsageError, did_you_mean
from nightlift.metrics.clipping import clipped_highlights, clipped_shadows
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.metrics.enhancement import highlights_kept, hue_drift, lifted_shadows, speckle
from nightlift.metrics.fsim import fsim
from nightlift.metrics.iw_ssim import iw_ssim
from nightlift.metrics.loe import loe
from nightlift.metrics.niqe import NiqeParameters, niqe
from nightlift.metrics.perceptually_uniform import pu_psnr, pu_ssim
from nightlift.metrics.signal_to_noise import psnr, psnr_mean_matched
from nightlift.metrics.structural_similarity import ms_ssim, ssim, ssim_gray, ssim_uniform
from nightlift.metrics.vif import vif
from nightlift.photo import Pixels

Against: TypeAlias = Literal["reference", "source", "nothing"]


@dataclass(frozen=True)
class Metric:
    """A measure of quality, as tables and the command line know it.

    `against` is what the output is compared with: the `reference` (how the photo should look),
    the `source` (the photo before enhancement), or `nothing`. `function` takes the output, that
    second picture unless there is none, and `data_range` by name. `light` metrics take pictures
    that are brighter than white, too.
    """

    name: str
    title: str
    function: Callable[..., float]
    better: Literal["higher", "lower"]
    against: Against
    light: bool = False

    @property
    def reference(self) -> bool:
        """Whether a reference picture is needed."""
        return self.against == "reference"

    def measure(self, output: Pixels, other: Pixels | None = None) -> float:
        """The score of an 8-bit output: measured after rounding.

        Args:
            output: (H, W, 3) uint8.
            other: The reference or the source, as `against` says; None for `nothing`.

        Returns:
            The score; which way is better tells `better`.

        Raises:
            UsageError: The other picture is missing or superfluous, or a picture is not 8-bit.
        """
        if (other is None) != (self.against == "nothing"):
            raise UsageError(
                f"{self.name} is measured against {self.against}: "
                f"{'give the second picture' if other is None else 'give the output alone'}"
            )
        pictures = [picture for picture in (output, other) if picture is not None]
        for picture in pictures:
            if picture.dtype != np.uint8:
                raise UsageError(
                    f"expected 8-bit pictures, got {picture.dtype}: round them to 8 bits, "
                    f"or call the metric's function with a data range"
                )
        return self.function(*pictures, data_range=255)


_TABLE = (
    Metric("psnr", "PSNR (dB)", psnr, "higher", "reference"),
    Metric("ssim", "SSIM (RGB)", ssim, "higher", "reference"),
    Metric("ms-ssim", "MS-SSIM (RGB)", ms_ssim, "higher", "reference"),
    Metric("delta-e-2000", "ΔE2000", delta_e_2000, "lower", "reference"),
    Metric("vif", "VIFp (luma)", vif, "higher", "reference"),
    Metric("fsim", "FSIM (luma)", fsim, "higher", "reference"),
    Metric("iw-ssim", "IW-SSIM (luma)", iw_ssim, "higher", "reference"),
    Metric(
        "psnr-mean-matched", "PSNR (dB), mean matched", psnr_mean_matched, "higher", "reference"
    ),
    Metric("ssim-uniform", "SSIM (7x7 uniform)", ssim_uniform, "higher", "reference"),
    Metric("ssim-gray", "SSIM (luma)", ssim_gray, "higher", "reference"),
    Metric("pu-psnr", "PU-PSNR (dB)", pu_psnr, "higher", "reference", light=True),
    Metric("pu-ssim", "PU-SSIM (luminance)", pu_ssim, "higher", "reference", light=True),
    Metric("loe", "LOE", loe, "lower", "source"),
    Metric("hue-drift", "Hue drift (°)", hue_drift, "lower", "source"),
    Metric("highlights-kept", "Lights kept", highlights_kept, "higher", "source"),
    Metric("lifted-shadows", "Shadows (L*)", lifted_shadows, "higher", "source"),
    Metric("speckle", "Speckle", speckle, "lower", "source"),
    Metric("clipped-shadows", "Clipped shadows", clipped_shadows, "lower", "nothing"),
    Metric("clipped-highlights", "Clipped highlights", clipped_highlights, "lower", "nothing"),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _TABLE})
"""Every metric that needs no file, by name; NIQE comes from `niqe_metric`."""


def niqe_metric(parameters: NiqeParameters) -> Metric:
    """NIQE with these parameters, the start of their file's hash in its title.

    Args:
        parameters: What `load_niqe_parameters` read.

    Returns:
        A metric that needs no second picture.
    """
    function = partial(niqe, parameters=parameters)
    title = f"NIQE (parameters {parameters.sha256[:8]})"
    return Metric("niqe", title, function, "lower", "nothing")


def squeezenet_metric(distance: Callable[..., float], sha256: str) -> Metric:
    """The distance of SqueezeNet's features, the start of their file's hash in its title.

    It is none of the published LPIPS, and must not be compared with them.

    Args:
        distance: Called as any metric.
        sha256: Of the file of weights.

    Returns:
        A metric against the reference.
    """
    title = f"SqueezeNet distance (weights {sha256[:8]})"
    return Metric("squeezenet", title, distance, "lower", "reference")


def find_metric(name: str) -> Metric:
    """The metric of a name.

    Args:
        name: As in `METRICS`.

    Returns:
        The metric.

    Raises:
        UsageError: There is none; the sentence names the nearest, or the parameters it needs.
    """
    if name in METRICS:
        return METRICS[name]
    if name == "niqe":
        raise UsageError("niqe needs a file of parameters: load it and use niqe_metric")
    hint = did_you_mean(name, METRICS, cutoff=0)
    raise UsageError(f"there is no metric {name!r}{hint} (there are: {', '.join(METRICS)})")
