"""Methods without weights: gamma, adaptive gamma, equalization, CLAHE and LIME."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.classical.names import NAMES as NAMES
    from nightlift.classical.table import CLASSICAL as CLASSICAL
    from nightlift.classical.table import Classical as Classical
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "names": ("NAMES",),
            "table": ("CLASSICAL", "Classical"),
        },
    )
