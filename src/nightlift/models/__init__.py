"""Released files: passports, finding and checking."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.models.passport import Guide as Guide
    from nightlift.models.passport import Kind as Kind
    from nightlift.models.passport import Passport as Passport
    from nightlift.models.quantization import quantized as quantized
    from nightlift.models.released import FOLDER as FOLDER
    from nightlift.models.released import INSTALL_RESEARCH as INSTALL_RESEARCH
    from nightlift.models.released import RESEARCH_MODELS as RESEARCH_MODELS
    from nightlift.models.released import ReleasedModel as ReleasedModel
    from nightlift.models.released import available as available
    from nightlift.models.released import find as find
    from nightlift.models.released import load as load
    from nightlift.models.released import names as names
    from nightlift.models.released import parse as parse
    from nightlift.models.released import stamp as stamp
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "passport": ("Guide", "Kind", "Passport"),
            "quantization": ("quantized",),
            "released": (
                "FOLDER",
                "INSTALL_RESEARCH",
                "RESEARCH_MODELS",
                "ReleasedModel",
                "available",
                "find",
                "load",
                "names",
                "parse",
                "stamp",
            ),
        },
        modules=("released",),
    )
