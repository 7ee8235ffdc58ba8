"""Pages that are one file each: comparisons that one can slide, evaluations, trainings.

A page asks nothing of the network: style, script and pictures are inside it, and its own content
security policy forbids the browser anything else.
"""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.report.benchmark import benchmark_page as benchmark_page
    from nightlift.report.columns import Column as Column
    from nightlift.report.columns import chosen as chosen
    from nightlift.report.columns import other_results as other_results
    from nightlift.report.comparison import REFERENCE as REFERENCE
    from nightlift.report.comparison import Box as Box
    from nightlift.report.comparison import Comparison as Comparison
    from nightlift.report.comparison import compared as compared
    from nightlift.report.comparison import comparison_page as comparison_page
    from nightlift.report.comparison import sheet_columns as sheet_columns
    from nightlift.report.comparison import sheet_row as sheet_row
    from nightlift.report.comparison import shown as shown
    from nightlift.report.contact_sheet import SheetRow as SheetRow
    from nightlift.report.contact_sheet import check_name as check_name
    from nightlift.report.contact_sheet import sheet as sheet
    from nightlift.report.contact_sheet import shrunk as shrunk
    from nightlift.report.contact_sheet import write_sheet as write_sheet
    from nightlift.report.evaluation import evaluation_page as evaluation_page
    from nightlift.report.evaluation import table_page as table_page
    from nightlift.report.judging import judging_page as judging_page
    from nightlift.report.paper import LARGEST as LARGEST
    from nightlift.report.paper import check_installed as check_installed
    from nightlift.report.paper import document as document
    from nightlift.report.training import training_page as training_page
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "benchmark": ("benchmark_page",),
            "columns": ("Column", "chosen", "other_results"),
            "comparison": (
                "Box",
                "Comparison",
                "REFERENCE",
                "compared",
                "comparison_page",
                "sheet_columns",
                "sheet_row",
                "shown",
            ),
            "contact_sheet": ("SheetRow", "check_name", "sheet", "shrunk", "write_sheet"),
            "evaluation": ("evaluation_page", "table_page"),
            "judging": ("judging_page",),
            "paper": ("LARGEST", "check_installed", "document"),
            "training": ("training_page",),
        },
    )
