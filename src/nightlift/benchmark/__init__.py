"""Methods on several data sets: one table, what may be said of it, and what each method costs."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.benchmark.documents import CLEAR as CLEAR
    from nightlift.benchmark.documents import HTML as HTML
    from nightlift.benchmark.documents import as_markdown as as_markdown
    from nightlift.benchmark.documents import cost_rows as cost_rows
    from nightlift.benchmark.documents import files as files
    from nightlift.benchmark.documents import table_rows as table_rows
    from nightlift.benchmark.documents import write as write
    from nightlift.benchmark.run import Benchmark as Benchmark
    from nightlift.benchmark.run import Part as Part
    from nightlift.benchmark.run import benchmark as benchmark
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "documents": (
                "CLEAR",
                "HTML",
                "as_markdown",
                "cost_rows",
                "files",
                "table_rows",
                "write",
            ),
            "run": ("Benchmark", "Part", "benchmark"),
        },
    )
