"""Honest evaluation: the same pictures for every row, and rows that need no method at all.

Every row is a `Candidate`: a picture in, a picture of the same size out, both 8-bit upright sRGB.
`evaluate` measures candidates on samples and gives a frozen `Evaluation`; nothing is resized, and
neither the exposure gate nor the denoiser ever acts:

>>> from nightlift.evaluate import baselines, evaluate, method
>>> rows = [*baselines(), method("lime")]
"""

from typing import TYPE_CHECKING

from nightlift.imports import exported

if TYPE_CHECKING:
    from nightlift.evaluate.baseline_rows import GAMMA as GAMMA
    from nightlift.evaluate.baseline_rows import baselines as baselines
    from nightlift.evaluate.candidate import Candidate as Candidate
    from nightlift.evaluate.candidate import check_names as check_names
    from nightlift.evaluate.candidate import method as method
    from nightlift.evaluate.candidate import released_file as released_file
    from nightlift.evaluate.candidate import result_files as result_files
    from nightlift.evaluate.candidate import results as results
    from nightlift.evaluate.documents import HTML as HTML
    from nightlift.evaluate.documents import JSON as JSON
    from nightlift.evaluate.documents import as_json as as_json
    from nightlift.evaluate.documents import check_free as check_free
    from nightlift.evaluate.documents import files as files
    from nightlift.evaluate.documents import plain as plain
    from nightlift.evaluate.documents import row_json as row_json
    from nightlift.evaluate.documents import write as write
    from nightlift.evaluate.gamma_fit import GammaFit as GammaFit
    from nightlift.evaluate.gamma_fit import chosen_pairs as chosen_pairs
    from nightlift.evaluate.gamma_fit import fit_gamma as fit_gamma
    from nightlift.evaluate.gamma_fit import gamma_table as gamma_table
    from nightlift.evaluate.markdown import ARROWS as ARROWS
    from nightlift.evaluate.markdown import as_markdown as as_markdown
    from nightlift.evaluate.markdown import grid as grid
    from nightlift.evaluate.measures import choose as choose
    from nightlift.evaluate.numbers import NONE as NONE
    from nightlift.evaluate.numbers import decimals as decimals
    from nightlift.evaluate.numbers import interval as interval
    from nightlift.evaluate.numbers import places as places
    from nightlift.evaluate.numbers import shown as shown
    from nightlift.evaluate.run import MeasuredPicture as MeasuredPicture
    from nightlift.evaluate.run import evaluate as evaluate
    from nightlift.evaluate.score_cache import ScoreCache as ScoreCache
    from nightlift.evaluate.score_cache import default_file as default_file
    from nightlift.evaluate.score_cache import file_hash as file_hash
    from nightlift.evaluate.score_cache import key_of as key_of
    from nightlift.evaluate.selection import Selection as Selection
    from nightlift.evaluate.selection import fitted_on as fitted_on
    from nightlift.evaluate.selection import leaks as leaks
    from nightlift.evaluate.selection import select as select
    from nightlift.evaluate.table import Evaluation as Evaluation
    from nightlift.evaluate.table import PairedComparison as PairedComparison
    from nightlift.evaluate.table import Row as Row
    from nightlift.evaluate.traceability import Provenance as Provenance
    from nightlift.evaluate.traceability import provenance as provenance
else:
    __getattr__, __dir__ = exported(
        __name__,
        {
            "baseline_rows": ("GAMMA", "baselines"),
            "candidate": (
                "Candidate",
                "check_names",
                "method",
                "released_file",
                "result_files",
                "results",
            ),
            "documents": (
                "HTML",
                "JSON",
                "as_json",
                "check_free",
                "files",
                "plain",
                "row_json",
                "write",
            ),
            "gamma_fit": ("GammaFit", "chosen_pairs", "fit_gamma", "gamma_table"),
            "markdown": ("ARROWS", "as_markdown", "grid"),
            "measures": ("choose",),
            "numbers": ("NONE", "decimals", "interval", "places", "shown"),
            "run": ("MeasuredPicture", "evaluate"),
            "score_cache": ("ScoreCache", "default_file", "file_hash", "key_of"),
            "selection": ("Selection", "fitted_on", "leaks", "select"),
            "table": ("Evaluation", "PairedComparison", "Row"),
            "traceability": ("Provenance", "provenance"),
        },
        modules=("stored",),
    )
