"""Measures of quality, with and without a reference.

Pictures are (H, W, 3) RGB: uint8, measured after rounding to 8 bits, or floats. Every function
takes `data_range` by name and has no default for it: 255 for uint8, the largest possible value for
floats, which must lie within [0, data_range]. `Metric.measure` is for 8-bit pictures and gives the
255 itself. Everything is computed in float64; nothing is ever resized, clipped or matched unless
the metric's name says so. The output comes first, what it is compared with second.
"""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.metrics.clipping import clipped_highlights as clipped_highlights
    from nightlift.metrics.clipping import clipped_shadows as clipped_shadows
    from nightlift.metrics.delta_e import delta_e_2000 as delta_e_2000
    from nightlift.metrics.delta_e import delta_e_2000_map as delta_e_2000_map
    from nightlift.metrics.enhancement import highlights_kept as highlights_kept
    from nightlift.metrics.enhancement import hue_drift as hue_drift
    from nightlift.metrics.enhancement import lifted_shadows as lifted_shadows
    from nightlift.metrics.enhancement import speckle as speckle
    from nightlift.metrics.likeness import BLUR as BLUR
    from nightlift.metrics.likeness import HIGH as HIGH
    from nightlift.metrics.likeness import SAMPLES as SAMPLES
    from nightlift.metrics.likeness import WIDE as WIDE
    from nightlift.metrics.likeness import structure as structure
    from nightlift.metrics.likeness import thumbnail as thumbnail
    from nightlift.metrics.metric import METRICS as METRICS
    from nightlift.metrics.metric import Metric as Metric
    from nightlift.metrics.metric import find_metric as find_metric
    from nightlift.metrics.metric import niqe_metric as niqe_metric
    from nightlift.metrics.metric import squeezenet_metric as squeezenet_metric
    from nightlift.metrics.niqe import load_niqe_parameters as load_niqe_parameters
    from nightlift.metrics.picture import Values as Values
    from nightlift.metrics.ranking import Rank as Rank
    from nightlift.metrics.ranking import ranks as ranks
    from nightlift.metrics.signal_to_noise import psnr as psnr
    from nightlift.metrics.signal_to_noise import psnr_mean_matched as psnr_mean_matched
    from nightlift.metrics.significance import holm as holm
    from nightlift.metrics.significance import paired_tests as paired_tests
    from nightlift.metrics.statistics import Difference as Difference
    from nightlift.metrics.statistics import Summary as Summary
    from nightlift.metrics.statistics import paired_bootstrap as paired_bootstrap
    from nightlift.metrics.statistics import paired_bootstraps as paired_bootstraps
    from nightlift.metrics.statistics import summarize as summarize
    from nightlift.metrics.structural_similarity import ssim as ssim
    from nightlift.metrics.structural_similarity import ssim_mean_matched as ssim_mean_matched
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "clipping": ("clipped_highlights", "clipped_shadows"),
            "delta_e": ("delta_e_2000", "delta_e_2000_map"),
            "enhancement": ("highlights_kept", "hue_drift", "lifted_shadows", "speckle"),
            "likeness": ("BLUR", "HIGH", "SAMPLES", "WIDE", "structure", "thumbnail"),
            "metric": ("METRICS", "Metric", "find_metric", "niqe_metric", "squeezenet_metric"),
            "niqe": ("load_niqe_parameters",),
            "picture": ("Values",),
            "ranking": ("Rank", "ranks"),
            "signal_to_noise": ("psnr", "psnr_mean_matched"),
            "significance": ("holm", "paired_tests"),
            "statistics": (
                "Difference",
                "Summary",
                "paired_bootstrap",
                "paired_bootstraps",
                "summarize",
            ),
            "structural_similarity": ("ssim", "ssim_mean_matched"),
        },
    )
