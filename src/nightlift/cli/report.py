"""nightlift report: the page of an evaluation or of a training."""

from __future__ import annotations

import argparse
from pathlib import Path

from nightlift.cli.parser import Parser, Subparsers, path

EPILOG = """examples:
  nightlift report runs/first
  nightlift report results/ -o results.html

`nightlift evaluate -o DIR` and `nightlift train -o RUN` write report.html there themselves; this
makes it again, from a training that still goes on, too"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "report",
        help="the page of an evaluation or of a training run",
        description="One HTML file that works offline: tables, charts and pictures.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", type=path, metavar="RUN|EVALUATION", help="its folder")
    parser.add_argument(
        "-o", "--output", type=path, metavar="FILE.html", help="default: report.html in the folder"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(given: argparse.Namespace) -> int:
    """Write the page."""
    from nightlift.data import RUN
    from nightlift.errors import UsageError
    from nightlift.evaluate import HTML, JSON
    from nightlift.photo import Originals, keeping, write_bytes
    from nightlift.report import training_page

    folder = given.folder
    target = given.output or folder / HTML
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"expected a page named .html, got {target.name}")
    originals = Originals(path for path in folder.glob("*") if path.name != HTML)
    originals.check([target])
    if (folder / RUN).is_file():
        pieces = training_page(folder)
    elif (folder / JSON).is_file():
        pieces = _evaluation(folder)
    else:
        raise UsageError(
            f"expected the folder of a training ({RUN}) or of an evaluation ({JSON}), got {folder}"
        )
    with keeping(originals):
        write_bytes(target, pieces, given.overwrite)
    return 0


def _evaluation(folder: Path) -> list[bytes]:
    """The page with its pictures rendered again or, where that cannot be, without them."""
    from nightlift.cli.outcomes import note
    from nightlift.errors import NightliftError
    from nightlift.evaluate import stored
    from nightlift.report import evaluation_page, table_page

    evaluation, source = stored.load(folder)
    try:
        samples = stored.samples(evaluation, source)
        rows = stored.candidates(evaluation, source, samples)
        return evaluation_page(evaluation, source, samples, rows)
    except NightliftError as error:
        why = f"The pictures are left out: {error}"
        note(why)
        return table_page(evaluation, source, why)
