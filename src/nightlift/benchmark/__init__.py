"""Methods on several data sets: one table, what may be said of it, and what each method costs."""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.benchmark.documents import HTML as HTML
    from nightlift.benchmark.documents import as_markdown as as_markdown
    from nightlift.benchmark.documents import files as files
    from nightlift.benchmark.documents import write as write
    from nightlift.benchmark.run import Benchmark as Benchmark
    from nightlift.benchmark.run import Part as Part
    from nightlift.benchmark.run import benchmark as benchmark
    from nightlift.benchmark.tables import CLEAR as CLEAR
    from nightlift.benchmark.tables import legend as legend
    from nightlift.benchmark.tables import table_rows as table_rows
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "documents": ("HTML", "as_markdown", "files", "write"),
            "run": ("Benchmark", "Part", "benchmark"),
            "tables": ("CLEAR", "legend", "table_rows"),
        },
    )
