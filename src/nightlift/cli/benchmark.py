"""nightlift benchmark: methods on data sets, one table and one page."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

from nightlift.cli.evaluate import add_rows, asked, tell
from nightlift.cli.parser import Parser, Subparsers, names, path, whole

if TYPE_CHECKING:
    from nightlift.evaluate import Selection
    from nightlift.metrics import Metric

PAIRED = (
    "psnr", "psnr-mean-matched", "ssim", "ssim-uniform", "ms-ssim", "delta-e-2000", "vif", "loe",
    "hue-drift", "highlights-kept", "lifted-shadows", "speckle",
)  # fmt: skip
LIGHT = ("pu-psnr", "pu-ssim", "loe", "hue-drift", "highlights-kept", "lifted-shadows", "speckle")
UNPAIRED = ("loe", "hue-drift", "highlights-kept", "lifted-shadows", "speckle")

EPILOG = """examples:
  nightlift benchmark -m adaptive-gamma,lime,natural --data lol:LOL -o field
  nightlift benchmark --model *.onnx --data lol:LOL --data fivek:FiveK --split validation -o field
  nightlift benchmark -m lime --data lol:LOL-eval15 --split all --gamma-data lol:LOL -o eval15
  nightlift benchmark -m lime --data folder:LIME --niqe-parameters niqe.npz -o field

writes benchmark.json, rows.csv, pictures.csv, benchmark.md, benchmark.tex and report.html. What
was measured before is taken from --cache, by the contents of models, photos and references and by
nightlift's own code: the command can be stopped and begun again, and gives the same numbers.

exit status: 0 all done, 1 some pictures or rows failed, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "benchmark",
        help="many methods on several data sets: intervals, tests, ranks, costs, terms",
        description="Measure methods on data sets: one table, what may be said of it, one page.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    add_rows(parser)
    group = parser.add_argument_group("on what, and how")
    group.add_argument(
        "--data", action="append", required=True, metavar="LAYOUT:PATH", help="repeat for more"
    )
    group.add_argument(
        "--split", metavar="NAME|FILE", help="as in `nightlift evaluate`; of all data sets"
    )
    group.add_argument(
        "--gamma-data",
        metavar="LAYOUT:PATH",
        help="pairs to fit the best constant gamma on, for data sets without training pairs",
    )
    group.add_argument("--metrics", type=names, metavar="A,B", help=f"default: {','.join(PAIRED)}")
    group.add_argument("--niqe-parameters", type=path, metavar="FILE", help="adds niqe (.npz)")
    group.add_argument(
        "--squeezenet", type=path, metavar="FILE", help="adds squeezenet, with these weights"
    )
    group.add_argument("--limit", type=whole(1), metavar="N", help="only the first N of each")
    group.add_argument("--no-costs", action="store_true", help="no processor time and memory")
    group = parser.add_argument_group("results")
    group.add_argument("-o", "--output", type=path, required=True, metavar="DIR")
    group.add_argument("--overwrite", action="store_true", help="replace existing results")
    group.add_argument("--cache", type=path, metavar="FILE", help="default: ~/.cache/nightlift")
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of resampling")
    group.add_argument("--jobs", type=whole(1), metavar="N", help="pictures at a time")


def run(given: argparse.Namespace) -> int:
    """Measure, print the table, write the files; the exit status is 1 when anything failed."""
    from nightlift.benchmark import HTML, as_markdown, benchmark, files, write
    from nightlift.cli.outcomes import bar, note
    from nightlift.errors import WriteError
    from nightlift.evaluate import ScoreCache, default_file
    from nightlift.photo import write_bytes
    from nightlift.processor import cores
    from nightlift.report import benchmark_page

    taken = next((one for one in files(given.output) if one.exists()), None)
    if taken is not None and not given.overwrite:
        raise WriteError(f"{taken} exists already; --overwrite replaces it, or name another folder")
    selections = _selections(given)
    shown = bar(sum(len(one.samples) for one in selections), "picture")
    try:
        found = benchmark(
            selections,
            partial(asked, given),
            partial(_metrics, given, _further(given)),
            exact=given.exact,
            seed=given.seed,
            workers=given.jobs or cores(),
            with_costs=not given.no_costs,
            kept=ScoreCache(given.cache or default_file()),
            progress=partial(tell, shown),
        )
    finally:
        shown.close()
    print(as_markdown(found), end="")
    for part in found.parts:
        for row in part.evaluation.rows:
            for problem in row.problems[:1]:
                print(f"{row.name}: {problem}", file=sys.stderr)
    for name, spent in found.costs.items():
        for one in spent:
            if one.problem is not None:
                note(f"{name}: no costs at {one.megapixels:g} MP: {one.problem}")
    write(found, given.output, overwrite=given.overwrite)
    write_bytes(given.output / HTML, benchmark_page(found), overwrite=given.overwrite)
    return 0 if found.complete else 1


def _selections(given: argparse.Namespace) -> list[Selection]:
    """The pictures of each data set; those without training pairs fit the gamma on others."""
    from nightlift.errors import UsageError
    from nightlift.evaluate import fitted_on, select

    found = [select(data, given.split, given.limit) for data in given.data]
    if given.gamma_data is None:
        return found
    lacking = [one.paired and not one.training for one in found]
    if not any(lacking):
        raise UsageError(
            f"--gamma-data {given.gamma_data} is for pairs without training pairs beside them, and "
            "no data set here is such: leave it out"
        )
    pairs = zip(found, lacking, strict=True)
    return [fitted_on(one, given.gamma_data) if lacks else one for one, lacks in pairs]


def _further(given: argparse.Namespace) -> tuple[Metric, ...]:
    """SqueezeNet's distance, where its weights are given."""
    if given.squeezenet is None:
        return ()
    from nightlift.cli.released import need_training_ring
    from nightlift.metrics import squeezenet_metric

    need_training_ring("measuring with SqueezeNet")
    from nightlift.learned import load_squeezenet_distance

    return (squeezenet_metric(*load_squeezenet_distance(given.squeezenet)),)


def _metrics(
    given: argparse.Namespace, further: tuple[Metric, ...], selection: Selection
) -> tuple[Metric, ...]:
    """The metrics of one data set: those asked for, or all that it allows."""
    from nightlift.evaluate import choose

    usual = UNPAIRED if not selection.paired else LIGHT if selection.light else PAIRED
    chosen = given.metrics or usual
    found = choose(chosen, selection.paired, given.niqe_parameters)
    return (*found, *further) if selection.paired else found
