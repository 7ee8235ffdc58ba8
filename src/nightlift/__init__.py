"""nightlift: brighten dark and underexposed photos.

>>> import nightlift
>>> photo = nightlift.read("night.jpg")            # doctest: +SKIP
>>> nightlift.write(nightlift.enhance(photo), "day.jpg")   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.adjust.adjustment import Adjustment
    from nightlift.batch.files import enhance_files
    from nightlift.edit.catalog import methods
    from nightlift.edit.controls import Controls
    from nightlift.edit.edit import Edit
    from nightlift.edit.enhancer import Enhancer
    from nightlift.edit.enhancing import enhance
    from nightlift.errors import NightliftError
    from nightlift.photo.photo import Photo
    from nightlift.photo.reading import read
    from nightlift.photo.writing import encode, write
    from nightlift.video.live import Live
else:
    __getattr__, _ = exported(
        __name__,
        {
            "adjust.adjustment": ("Adjustment",),
            "batch.files": ("enhance_files",),
            "edit.catalog": ("methods",),
            "edit.controls": ("Controls",),
            "edit.edit": ("Edit",),
            "edit.enhancer": ("Enhancer",),
            "edit.enhancing": ("enhance",),
            "errors": ("NightliftError",),
            "photo.photo": ("Photo",),
            "photo.reading": ("read",),
            "photo.writing": ("encode", "write"),
            "video.live": ("Live",),
        },
    )

__version__ = "0.1.0"

__all__ = [
    "Adjustment",
    "Controls",
    "Edit",
    "Enhancer",
    "Live",
    "NightliftError",
    "Photo",
    "__version__",
    "encode",
    "enhance",
    "enhance_files",
    "methods",
    "read",
    "write",
]


def __dir__() -> list[str]:
    return __all__
