"""This machine and this installation: how fast they are, and what is missing."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.machine.bench import FLOOR as FLOOR
    from nightlift.machine.bench import alternating as alternating
    from nightlift.machine.bench import file_to_file as file_to_file
    from nightlift.machine.bench import synthetic as synthetic
    from nightlift.machine.doctor import checks as checks
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "bench": ("FLOOR", "alternating", "file_to_file", "synthetic"),
            "doctor": ("checks",),
        },
    )
