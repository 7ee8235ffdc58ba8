"""nightlift: brighten dark and underexposed photos.

>>> import nightlift
>>> photo = nightlift.read("night.jpg")            # doctest: +SKIP
>>> nightlift.write(nightlift.enhance(photo), "day.jpg")   # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightlift.adjust.adjustment import Adjustment
    from nightlift.batch.files import enhance_files
    from nightlift.edit.catalog import methods
    from nightlift.edit.controls import Controls
    from nightlift.edit.edit import Edit
    from nightlift.edit.enhance import enhance
    from nightlift.edit.enhancer import Enhancer
    from nightlift.errors import NightliftError
    from nightlift.photo.photo import Photo
    from nightlift.photo.read import read
    from nightlift.photo.write import encode, write
    from nightlift.video.live import Live

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

_HOMES = {
    "Adjustment": "nightlift.adjust.adjustment",
    "Controls": "nightlift.edit.controls",
    "Edit": "nightlift.edit.edit",
    "Enhancer": "nightlift.edit.enhancer",
    "Live": "nightlift.video.live",
    "NightliftError": "nightlift.errors",
    "Photo": "nightlift.photo.photo",
    "encode": "nightlift.photo.write",
    "enhance": "nightlift.edit.enhance",
    "enhance_files": "nightlift.batch.files",
    "methods": "nightlift.edit.catalog",
    "read": "nightlift.photo.read",
    "write": "nightlift.photo.write",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: `import nightlift` itself does no work."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nightlift' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
