"""nightlift evaluate: methods on pictures, measured honestly."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, whole

if TYPE_CHECKING:
    from nightlift.cli.report import Bar
    from nightlift.evaluate.candidate import Candidate
    from nightlift.evaluate.gamma_fit import GammaFit
    from nightlift.evaluate.run import Measured
    from nightlift.evaluate.selection import Selection
    from nightlift.evaluate.table import Evaluation
    from nightlift.metrics.metric import Metric

PAIRED = ("psnr", "ssim", "delta-e-2000", "psnr-mean-matched", "loe")
UNPAIRED = ("loe",)

EPILOG = """examples:
  nightlift evaluate -m clahe,lime --data lol:LOL -o report
  nightlift evaluate --model mine.onnx --data lol:LOL --split runs/mine
  nightlift evaluate --results theirs=their_results/ --data fivek:FiveK --metrics psnr,ms-ssim,vif
  nightlift evaluate -m lime --data folder:holiday --niqe-parameters niqe.npz

rows that are always there: the photo itself, gamma 0.4, the best constant gamma (fitted on
training pairs), gamma and gain to a mean of 0.4

exit status: 0 all done, 1 some pictures or rows failed, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "evaluate",
        help="measure methods on pairs, or on photos alone",
        description="Measure methods on 8-bit results at native size, beside trivial baselines.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    _add_rows(parser)
    _add_data(parser)
    group = parser.add_argument_group("results")
    group.add_argument("-o", "--output", type=Path, metavar="DIR", help="JSON, CSV and Markdown")
    group.add_argument("--overwrite", action="store_true", help="replace existing results")
    group.add_argument("--json", action="store_true", help="one JSON object a row on stdout")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the bootstrap")
    group.add_argument("--jobs", type=whole(1), metavar="N", help="pictures at a time")


def _add_rows(parser: Parser) -> None:
    group = parser.add_argument_group("what to measure")
    group.add_argument(
        "-m", "--method", type=_names, action="extend", default=[], metavar="METHOD[,METHOD...]"
    )
    group.add_argument(
        "--model", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
        help="released models (.onnx)",
    )
    group.add_argument(
        "--results", type=_named_folder, nargs="+", action="extend", default=[],
        metavar="NAME=FOLDER", help="results of any other tool, named after the photos",
    )
    group.add_argument("--exact", action="store_true", help="networks at the photo's own size")


def _add_data(parser: Parser) -> None:
    group = parser.add_argument_group("on what, and how")
    group.add_argument("--data", required=True, metavar="LAYOUT:PATH", help="such as lol:PATH")
    group.add_argument(
        "--split",
        metavar="NAME|RUN|FILE",
        help="train, validation, test, all, a run, or a split in JSON; default: validation or test",
    )
    group.add_argument("--metrics", type=_names, metavar="A,B", help=f"default: {','.join(PAIRED)}")
    group.add_argument("--niqe-parameters", type=Path, metavar="FILE", help="adds niqe (.npz)")
    group.add_argument("--limit", type=whole(1), metavar="N", help="only the first N pictures")


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"expected names with commas between, got {text!r}")
    return list(dict.fromkeys(names))


def _named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"expected NAME=FOLDER, got {text!r}")
    return name, Path(folder)


def run(given: argparse.Namespace) -> int:
    """Measure, print the table, write the files; the exit status is 1 when anything failed."""
    from nightlift.cli.report import note
    from nightlift.evaluate import documents, run, selection
    from nightlift.evaluate.baselines import baselines
    from nightlift.evaluate.candidate import check_names
    from nightlift.evaluate.provenance import provenance

    if given.output is not None and not given.overwrite:
        documents.check_free(given.output)
    workers = given.jobs or _cores()
    chosen = selection.select(given.data, given.split, given.limit)
    metrics = _metrics(given.metrics, given.niqe_parameters, chosen.paired)
    asked = _asked(given, chosen)
    check_names([*baselines(), *asked])
    fitted, notes = _fitted(chosen, workers)
    notes += [leak] if (leak := selection.leaks(chosen, workers=workers)) else []
    for text in (*chosen.notes, *notes):
        note(text)
    evaluation = _with_bar(
        len(chosen.samples),
        lambda shown: run.evaluate(
            [*baselines(fitted), *asked], chosen.samples, metrics,
            seed=given.seed, workers=workers, progress=_teller(shown),
        ),
    )
    source = provenance(chosen, exact=given.exact, seed=given.seed, notes=tuple(notes))
    ...
