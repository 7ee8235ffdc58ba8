"""nightlift compare: photos and what methods make of them, on a sheet or a page to slide."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nightlift.cli.parser import Parser, Subparsers, named_folder, names, path, whole

if TYPE_CHECKING:
    from nightlift.data import Sample
    from nightlift.report import Box, Column, Comparison

Drawn = TypeVar("Drawn")

EPILOG = """examples:
  nightlift compare night.jpg -o sheet.png
  nightlift compare holiday/ -o page.html -m zero-dce-open,lime,my-model.onnx,their-results/
  nightlift compare night.jpg -o estimates.pdf -m zero-dce-open,lime --show estimate
  nightlift compare night.jpg -o detail.png --crop 1200,800,400,300
  nightlift compare dark/ -o page.html --reference bright/

a page is one file that works offline: dividers to slide, zoom, histograms, clipped pixels"""

DEFAULT = "auto,gamma,adaptive-gamma,matched-gamma"
PAGE = (".html", ".htm")
PDF = ".pdf"


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "compare",
        help="photos and what methods make of them, on a sheet or a page to slide",
        description="One row a photo, one column a method: a picture, a PDF, or a page (.html).",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="file, folder or glob")
    parser.add_argument(
        "-o", "--output", type=path, required=True, metavar="SHEET.(html|pdf|png|jpg)"
    )
    _add_columns(parser)
    parser.add_argument(
        "--show",
        choices=("estimate", "steps"),
        help="also what each method estimated of the photo; or the result after every curve step, "
        "up to --steps",
    )
    parser.add_argument(
        "--steps",
        type=whole(1, 16),
        metavar="N",
        help="curve steps of Zero-DCE, other methods as they are (default: as released)",
    )
    parser.add_argument(
        "--crop", type=_box, metavar="X,Y,W,H", help="only this part of each upright photo"
    )
    parser.add_argument(
        "--full", action="store_true", help="every pixel in the page, however large the file"
    )
    parser.add_argument(
        "--paper", choices=("a4", "letter"), default="a4", help="of a PDF (default a4)"
    )
    parser.add_argument("--recursive", action="store_true", help="sub-folders too")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing sheet")


def _add_columns(parser: Parser) -> None:
    parser.add_argument(
        "-m",
        "--method",
        type=names,
        metavar="A,B,C",
        help="methods, released files (.onnx) or folders of results of any other tool, named "
        "after the photos; NAME=FOLDER names one; auto is what `nightlift enhance` does by itself, "
        "methods by name neither spare a photo nor denoise it; matched-gamma is the gamma to the "
        f"mean of the first of them (default: {DEFAULT})",
    )
    parser.add_argument(
        "--results",
        type=named_folder,
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=FOLDER",
        help="more folders of results",
    )
    parser.add_argument(
        "--reference",
        type=path,
        metavar="FOLDER",
        help="how the photos should look, named after them: a last column, and figures in a page",
    )


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected X,Y,W,H in pixels, got {text!r}")
    left, top, width, height = map(int, parts)
    if width < 1 or height < 1:
        raise argparse.ArgumentTypeError(f"expected a crop of at least a pixel, got {text!r}")
    return left, top, width, height


def run(given: argparse.Namespace) -> int:
    """Draw the sheet or the page; a photo that cannot be read is told and left out."""
    from nightlift.batch import find
    from nightlift.cli.outcomes import note
    from nightlift.errors import UsageError, WriteError
    from nightlift.photo import keeping
    from nightlift.report import check_installed, check_name

    kind = given.output.suffix.lower()
    write = _write_page if kind in PAGE else _write_document if kind == PDF else _write_sheet
    if write is _write_sheet:
        check_name(given.output)
    if given.full and write is not _write_page:
        raise UsageError(f"--full is for a page, and {given.output.name} is none: .html")
    if write is _write_document:
        check_installed()
    failed: list[str] = []
    samples = []
    inputs = find(given.inputs, recursive=given.recursive, keep_named=True)
    for found in inputs.photos:
        if found.problem is None:
            samples.append(_sample(found.path, given.inputs))
        else:
            failed.append(f"{found.path}: {found.problem}")
            print(failed[-1], file=sys.stderr)
    unread = len(failed)
    columns = _columns(given, samples)
    originals = inputs.originals(*(path for column in columns for path in column.files))
    originals.check([given.output])
    if given.output.exists() and not given.overwrite:
        raise WriteError(f"{given.output} exists already; --overwrite replaces it")
    with keeping(originals):
        write(given, samples, columns, failed)
    made = len(samples) - (len(failed) - unread)
    print(f"{made} {'photo' if made == 1 else 'photos'} -> {given.output}")
    for text in inputs.left_out:
        note(text)
    return 1 if failed else 0


def _sample(photo: Path, inputs: Sequence[str]) -> Sample:
    """A sample whose id is the photo's place below the folder that was given."""
    from nightlift.data import Sample, stem

    for folder in map(Path, inputs):
        if folder.is_dir() and photo.is_relative_to(folder):
            return Sample(stem(photo, folder), photo)
    return Sample(photo.stem, photo)


def _columns(given: argparse.Namespace, samples: Sequence[Sample]) -> Sequence[Column]:
    from nightlift.report import REFERENCE, chosen, other_results

    default = [] if given.results else DEFAULT.split(",")
    asked = given.method or default
    in_steps = given.show == "steps"
    columns = chosen(asked, given.results, samples, steps=given.steps, in_steps=in_steps)
    if given.reference is None:
        return columns
    return (*columns, other_results(REFERENCE, given.reference, samples))


def _rows(
    given: argparse.Namespace,
    samples: Sequence[Sample],
    columns: Sequence[Column],
    failed: list[str],
    draw: Callable[[Comparison], Drawn],
) -> Iterator[Drawn]:
    """Each photo as it is drawn; one that cannot be is told, and left out."""
    from nightlift.cli.outcomes import bar
    from nightlift.errors import sentence
    from nightlift.report import compared

    shown = bar(len(samples))
    estimates = given.show == "estimate"
    for sample in samples:
        try:
            made = compared(sample, columns, crop=given.crop, estimates=estimates)
            for note in made.notes:
                shown.write(f"note: {sample.photo}: {note}", file=sys.stderr)
            drawn = draw(made)
        except Exception as error:
            text = sentence(error)
            path = str(sample.photo)
            failed.append(text if text.startswith(path) else f"{path}: {text}")
            shown.write(failed[-1], file=sys.stderr)
        else:
            yield drawn
        shown.update()
    shown.close()


def _write_page(
    given: argparse.Namespace,
    samples: Sequence[Sample],
    columns: Sequence[Column],
    failed: list[str],
) -> None:
    from nightlift.photo import write_bytes
    from nightlift.report import comparison_page, shown

    rows = _rows(given, samples, columns, failed, lambda made: shown(made, columns))
    pieces = comparison_page(given.output.stem, rows, columns, len(samples), full=given.full)
    write_bytes(given.output, pieces, given.overwrite)


def _write_sheet(
    given: argparse.Namespace,
    samples: Sequence[Sample],
    columns: Sequence[Column],
    failed: list[str],
) -> None:
    from nightlift.report import sheet, sheet_columns, sheet_row, shrunk, write_sheet

    heads = sheet_columns(columns, given.show == "estimate")
    drawn = _rows(given, samples, columns, failed, lambda made: shrunk(sheet_row(made)))
    write_sheet(sheet(drawn, heads), given.output, given.overwrite)


def _write_document(
    given: argparse.Namespace,
    samples: Sequence[Sample],
    columns: Sequence[Column],
    failed: list[str],
) -> None:
    from nightlift.photo import write_bytes
    from nightlift.report import LARGEST, document, sheet_columns, sheet_row, shrunk

    heads = sheet_columns(columns, given.show == "estimate")
    drawn = _rows(given, samples, columns, failed, lambda made: shrunk(sheet_row(made), LARGEST))
    data = document(given.output.stem, drawn, heads, paper=given.paper)
    write_bytes(given.output, data, given.overwrite)
