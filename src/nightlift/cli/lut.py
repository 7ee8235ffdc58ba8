"""nightlift lut: a saved edit for other programs."""

from __future__ import annotations

import argparse

from nightlift.cli.parser import Parser, Subparsers, path

EPILOG = """examples:
  nightlift lut look.npz -o look.cube                     for video and photo editors
  nightlift lut look.npz -o look.dtstyle --photo night.jpg    for darktable
  nightlift lut look.npz -o look.png                      a Hald CLUT, for ImageMagick and others"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "lut",
        help="a saved edit becomes a look-up table for other programs",
        description="Write a saved edit as a table of colors in sRGB, which other programs apply.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("edit", type=path, metavar="EDIT", help="a saved edit (.npz)")
    parser.add_argument(
        "-o",
        "--output",
        type=path,
        required=True,
        metavar="OUT",
        help=".cube; .png: Hald CLUT; .dtstyle: darktable; .pp3: RawTherapee",
    )
    parser.add_argument(
        "--photo",
        type=path,
        metavar="PHOTO",
        help="what an edit that is not the same everywhere was made for: the nearest table is "
        "fitted to it",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing files")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(given: argparse.Namespace) -> int:
    """Write the files and tell what they do not hold."""
    from nightlift.cli.outcomes import note
    from nightlift.edit import Edit
    from nightlift.photo import Originals, keeping

    originals = Originals(filter(None, [given.edit, given.photo]))
    originals.check([given.output])
    with keeping(originals):
        edit = Edit.load(given.edit)
        made = edit.export(given.output, given.photo, overwrite=given.overwrite)
    if given.json:
        import json

        paths = [str(path) for path in made.paths]
        print(json.dumps({"input": str(given.edit), "outputs": paths, "notices": made.notices}))
        return 0
    for notice in made.notices:
        note(f"{given.output}: {notice}")
    for written in made.paths:
        print(f"{given.edit} -> {written}")
    return 0
