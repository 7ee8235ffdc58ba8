"""How pixels change, at any size."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.adjust.adjustment import Adjustment as Adjustment
    from nightlift.adjust.adjustment import check_strength as check_strength
    from nightlift.adjust.adjustment import to_floats as to_floats
    from nightlift.adjust.bilateral_grid import LEAST_LIGHT as LEAST_LIGHT
    from nightlift.adjust.bilateral_grid import OFFSET as OFFSET
    from nightlift.adjust.bilateral_grid import SMALLEST_LIGHT as SMALLEST_LIGHT
    from nightlift.adjust.bilateral_grid import BilateralGrid as BilateralGrid
    from nightlift.adjust.bilateral_grid import PointwiseGuide as PointwiseGuide
    from nightlift.adjust.chain import Chain as Chain
    from nightlift.adjust.curve_map import CurveMap as CurveMap
    from nightlift.adjust.develop import CURVE_KNOTS as CURVE_KNOTS
    from nightlift.adjust.develop import Develop as Develop
    from nightlift.adjust.estimator import Estimator as Estimator
    from nightlift.adjust.fitting import fit as fit
    from nightlift.adjust.hue import HueKept as HueKept
    from nightlift.adjust.hue import keep_hue as keep_hue
    from nightlift.adjust.in_srgb import InSrgb as InSrgb
    from nightlift.adjust.kernels import cores as cores
    from nightlift.adjust.light_grid import LightGrid as LightGrid
    from nightlift.adjust.lut3d import Lut3D as Lut3D
    from nightlift.adjust.painting import blend as blend
    from nightlift.adjust.painting import in_working_space as in_working_space
    from nightlift.adjust.power import Power as Power
    from nightlift.adjust.power import power_table as power_table
    from nightlift.adjust.power import power_to as power_to
    from nightlift.adjust.resample import Alignment as Alignment
    from nightlift.adjust.scaled import Scaled as Scaled
    from nightlift.adjust.storage import average as average
    from nightlift.adjust.storage import described as described
    from nightlift.adjust.storage import rebuilt as rebuilt
    from nightlift.adjust.storage import shares as shares
    from nightlift.adjust.tensors import EditModule as EditModule
    from nightlift.adjust.tensors import each_by_its_own as each_by_its_own
    from nightlift.adjust.tensors import wants_gradient as wants_gradient
    from nightlift.adjust.tone_table import KNOTS as KNOTS
    from nightlift.adjust.tone_table import ToneTable as ToneTable
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "adjustment": ("Adjustment", "check_strength", "to_floats"),
            "bilateral_grid": (
                "BilateralGrid",
                "LEAST_LIGHT",
                "OFFSET",
                "PointwiseGuide",
                "SMALLEST_LIGHT",
            ),
            "chain": ("Chain",),
            "curve_map": ("CurveMap",),
            "develop": ("CURVE_KNOTS", "Develop"),
            "estimator": ("Estimator",),
            "fitting": ("fit",),
            "hue": ("HueKept", "keep_hue"),
            "in_srgb": ("InSrgb",),
            "kernels": ("cores",),
            "light_grid": ("LightGrid",),
            "lut3d": ("Lut3D",),
            "painting": ("blend", "in_working_space"),
            "power": ("Power", "power_table", "power_to"),
            "resample": ("Alignment",),
            "scaled": ("Scaled",),
            "storage": ("average", "described", "rebuilt", "shares"),
            "tensors": ("EditModule", "each_by_its_own", "wants_gradient"),
            "tone_table": ("KNOTS", "ToneTable"),
        },
        modules=("differentiable", "kernels"),
    )
