"""Noise of a photo, and taking it away from what a lift makes of it."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.denoise.definition import Place as Place
    from nightlift.denoise.definition import luma_and_chroma as luma_and_chroma
    from nightlift.denoise.definition import pixel_noise as pixel_noise
    from nightlift.denoise.denoiser import THOROUGH as THOROUGH
    from nightlift.denoise.denoiser import Denoiser as Denoiser
    from nightlift.denoise.denoiser import grain as grain
    from nightlift.denoise.denoiser import visible as visible
    from nightlift.denoise.fine import FineDenoiser as FineDenoiser
    from nightlift.denoise.measurement import measure as measure
    from nightlift.denoise.measurement import noise_of as noise_of
    from nightlift.denoise.noise import Noise as Noise
    from nightlift.denoise.patches import PatchSampler as PatchSampler
    from nightlift.denoise.slope_map import slopes as slopes
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "definition": ("Place", "luma_and_chroma", "pixel_noise"),
            "denoiser": ("THOROUGH", "Denoiser", "grain", "visible"),
            "fine": ("FineDenoiser",),
            "measurement": ("measure", "noise_of"),
            "noise": ("Noise",),
            "patches": ("PatchSampler",),
            "slope_map": ("slopes",),
        },
    )
