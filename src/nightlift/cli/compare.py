"""nightlift compare: photos and what methods make of them, on one sheet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers

if TYPE_CHECKING:
    from nightlift.compare import Row
    from nightlift.enhancer import Enhancer
    from nightlift.plan import Job

EPILOG = """examples:
  nightlift compare night.jpg -o sheet.png
  nightlift compare holiday/ -o sheet.pdf -m adaptive-gamma,clahe,lime,my-model.onnx"""

DEFAULT = "gamma,adaptive-gamma"


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "compare",
        help="photos and what methods make of them, on one sheet",
        description="One row a photo, one column a method, as a picture or a PDF page.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="file, folder or glob")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="SHEET.(png|jpg|pdf)")
    parser.add_argument(
        "-m",
        "--method",
        metavar="A,B,C",
        help=f"methods or released files (default: the recommended one,{DEFAULT})",
    )
    parser.add_argument("--recursive", action="store_true", help="sub-folders too")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing sheet")


def run(given: argparse.Namespace) -> int:
    """Draw the sheet; a photo that cannot be read is told and left out."""
    from nightlift.compare import sheet, write_sheet
    from nightlift.plan import plan

    enhancers = _enhancers(given.method)
    jobs = plan(given.inputs, recursive=given.recursive, suffix="-lifted")
    failed: list[Path] = []
    rows = _rows(jobs, enhancers, failed)
    columns = ["input", *(enhancer.name for enhancer in enhancers)]
    write_sheet(sheet(rows, columns), given.output, given.overwrite)
    return 1 if failed else 0


def _enhancers(names: str | None) -> Sequence[Enhancer]:
    from nightlift.enhancer import RECOMMENDED, Enhancer

    asked = (names or f"{RECOMMENDED},{DEFAULT}").split(",")
    models = (name for name in dict.fromkeys(asked) if name)
    return [Enhancer(model=n) if n.endswith(".onnx") else Enhancer(n) for n in models]


def _rows(jobs: Sequence[Job], enhancers: Sequence[Enhancer], failed: list[Path]) -> Iterator[Row]:
    from nightlift.cli.report import bar
    from nightlift.compare import Row
    from nightlift.errors import NightliftError
    from nightlift.photo.read import read

    shown = bar(len(jobs))
    for job in jobs:
        try:
            photo = read(job.source)
            yield Row(job.source.name, [photo, *(enhancer(photo) for enhancer in enhancers)])
        except NightliftError as error:
            failed.append(job.source)
            shown.write(f"{job.source}: {error}", file=sys.stderr)
        shown.update()
    shown.close()
