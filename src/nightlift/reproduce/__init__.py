"""The published tables and figures of the five systems, from files that a user has."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.reproduce.checkpoint_rows import rows as rows
    from nightlift.reproduce.claims import Reproduction as Reproduction
    from nightlift.reproduce.documents import as_data as as_data
    from nightlift.reproduce.documents import as_markdown as as_markdown
    from nightlift.reproduce.figure import comparison as comparison
    from nightlift.reproduce.figure import every_epochs as every_epochs
    from nightlift.reproduce.run import check as check
    from nightlift.reproduce.run import instructions as instructions
    from nightlift.reproduce.run import measure as measure
    from nightlift.reproduce.table import reproduction as reproduction
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "checkpoint_rows": ("rows",),
            "claims": ("Reproduction",),
            "documents": ("as_data", "as_markdown"),
            "figure": ("comparison", "every_epochs"),
            "run": ("check", "instructions", "measure"),
            "table": ("reproduction",),
        },
    )
