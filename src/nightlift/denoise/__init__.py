"""Noise of a photo, and taking it away from what a lift makes of it."""

from nightlift.denoise.denoiser import Denoiser, visible
from nightlift.denoise.measurement import measure, noise_of
from nightlift.denoise.noise import Noise
from nightlift.denoise.patches import PatchSampler, patch_places
from nightlift.denoise.slopes import SlopeMap, slopes

__all__ = [
    "Denoiser",
    "Noise",
    "PatchSampler",
    "SlopeMap",
    "measure",
    "noise_of",
    "patch_places",
    "slopes",
    "visible",
]
