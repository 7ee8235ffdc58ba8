"""nightlift evaluate: methods on pictures, measured honestly."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, named_folder, names, path, whole

if TYPE_CHECKING:
    from nightlift.cli.outcomes import ProgressBar
    from nightlift.evaluate import (
        Candidate,
        Evaluation,
        GammaFit,
        MeasuredPicture,
        Provenance,
        Selection,
    )
    from nightlift.photo import Originals

METRICS = "default: psnr,ssim,delta-e-2000,psnr-mean-matched,loe; loe without references"

EPILOG = """examples:
  nightlift evaluate -m clahe,lime --data lol:LOL -o report
  nightlift evaluate --model mine.onnx --data lol:LOL --split runs/mine
  nightlift evaluate --results theirs=their_results/ --data fivek:FiveK --metrics psnr,ms-ssim,vif
  nightlift evaluate --model mine.onnx --data lol:LOL-eval --split all --gamma-data lol:LOL
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
    add_rows(parser)
    _add_data(parser)
    group = parser.add_argument_group("results")
    group.add_argument(
        "-o", "--output", type=path, metavar="DIR", help="JSON, CSV, Markdown and a page"
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing results")
    group.add_argument("--json", action="store_true", help="one JSON object a row on stdout")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the bootstrap")
    group.add_argument("--jobs", type=whole(1), metavar="N", help="pictures at a time")


def add_rows(parser: Parser) -> None:
    """Add the arguments that name methods, models and results."""
    group = parser.add_argument_group("what to measure")
    group.add_argument(
        "-m",
        "--method",
        type=names,
        action="extend",
        default=[],
        metavar="METHOD[,METHOD...]",
        help="see `nightlift methods`",
    )
    group.add_argument(
        "--model",
        type=path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="released models (.onnx)",
    )
    group.add_argument(
        "--results",
        type=named_folder,
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=FOLDER",
        help="results of any other tool, named after the photos",
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
    group.add_argument(
        "--gamma-data",
        metavar="LAYOUT:PATH",
        help="pairs to fit the best constant gamma on; default: the data's own training part",
    )
    group.add_argument("--metrics", type=names, metavar="A,B", help=METRICS)
    group.add_argument("--niqe-parameters", type=path, metavar="FILE", help="adds niqe (.npz)")
    group.add_argument("--limit", type=whole(1), metavar="N", help="only the first N pictures")


def run(given: argparse.Namespace) -> int:
    """Measure, print the table, write the files; the exit status is 1 when anything failed."""
    from nightlift.cli.outcomes import bar
    from nightlift.evaluate import (
        baselines,
        check_free,
        check_names,
        choose,
        evaluate,
        files,
        fitted_on,
        provenance,
        select,
    )
    from nightlift.photo import keeping
    from nightlift.processor import cores

    if given.output is not None and not given.overwrite:
        check_free(given.output)
    workers = given.jobs or cores()
    selection = select(given.data, given.split, given.limit)
    if given.gamma_data is not None:
        selection = fitted_on(selection, given.gamma_data)
    metrics = choose(given.metrics, selection.paired, given.niqe_parameters)
    chosen = asked(given, selection)
    check_names([*baselines(), *chosen])
    originals = _originals(given, selection, chosen)
    originals.check([] if given.output is None else files(given.output))
    fitted, notes = _prepared(selection, workers)
    rows = [*baselines(fitted), *chosen]
    shown = bar(len(selection.samples), "picture")
    try:
        evaluation = evaluate(
            rows,
            selection.samples,
            metrics,
            seed=given.seed,
            workers=workers,
            progress=partial(tell, shown),
        )
    finally:
        shown.close()
    source = provenance(selection, exact=given.exact, seed=given.seed, notes=notes)
    _report(given, evaluation, source)
    if given.output is not None:
        with keeping(originals):
            _write(given, evaluation, source, selection, rows)
    return 0 if evaluation.complete else 1


def _originals(
    given: argparse.Namespace, selection: Selection, asked: Sequence[Candidate]
) -> Originals:
    """Everything that is read, which results must not replace."""
    from nightlift.photo import Originals

    samples = selection.samples + selection.training + selection.good
    pictures = [path for one in samples for path in (one.photo, one.target) if path is not None]
    own = [path for one in asked for path in one.files]
    own += [] if given.niqe_parameters is None else [given.niqe_parameters]
    return Originals([*pictures, *own])


def asked(given: argparse.Namespace, selection: Selection) -> list[Candidate]:
    """The rows that the command line names."""
    from nightlift.evaluate import method, released_file, results

    return [
        *(method(name, exact=given.exact) for name in given.method),
        *(released_file(path, exact=given.exact) for path in given.model),
        *(results(name, folder, selection.samples) for name, folder in given.results),
    ]


def _prepared(selection: Selection, workers: int) -> tuple[GammaFit | None, tuple[str, ...]]:
    """The best constant gamma of the training pairs, and notes, told on standard error."""
    from nightlift.cli.outcomes import bar, note
    from nightlift.evaluate import chosen_pairs, fit_gamma, leaks

    notes: list[str] = []
    shown = bar(len(chosen_pairs(selection.training)), "training pair")
    try:
        fitted = fit_gamma(selection.training, workers=workers, progress=shown.update)
    finally:
        shown.close()
    if fitted is None:
        notes.append("the best constant gamma is left out: there are no training pairs to fit it")
    elif fitted.skipped:
        notes.append(f"{fitted.skipped} training pairs could not be used for the best gamma")
    leak = leaks(selection, workers=workers)
    notes += [leak] if leak else []
    for text in (*selection.notes, *notes):
        note(text)
    return fitted, tuple(notes)


def tell(shown: ProgressBar, measured: MeasuredPicture) -> None:
    """Tell that a picture was measured, or why it was not."""
    if measured.problem is not None:
        shown.write(measured.problem, file=sys.stderr)
    shown.update()


def _report(given: argparse.Namespace, evaluation: Evaluation, source: Provenance) -> None:
    """The table on standard output, and one line for each row that failed."""
    from nightlift.evaluate import as_markdown, row_json

    for row in evaluation.rows:
        if row.problems:
            more = f" (and {len(row.problems) - 1} more)" if len(row.problems) > 1 else ""
            print(f"{row.name}: {row.problems[0]}{more}", file=sys.stderr)
    if given.json:
        for row in evaluation.rows:
            print(row_json(evaluation, row))
    else:
        print(as_markdown(evaluation, source), end="")


def _write(
    given: argparse.Namespace,
    evaluation: Evaluation,
    source: Provenance,
    selection: Selection,
    rows: Sequence[Candidate],
) -> None:
    """The tables as files, and the page with the worst and best pictures."""
    from nightlift.evaluate import HTML, write
    from nightlift.photo import write_bytes
    from nightlift.report import evaluation_page

    write(evaluation, source, given.output, overwrite=given.overwrite)
    pieces = evaluation_page(evaluation, source, selection.samples, rows)
    write_bytes(given.output / HTML, pieces, overwrite=given.overwrite)
