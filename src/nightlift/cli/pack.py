"""nightlift data pack: collections as one small folder, to travel to a machine that trains."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, number, path, whole

if TYPE_CHECKING:
    from nightlift.data import Made

EPILOG = """Pairs are written in the layout pairs, photos alone in the layout folder, and those of
--dark and --good in the layout unpaired: of a pair --dark takes the photo, --good the target.
A split.json keeps validation photos apart, and pack.json says where each picture is from. Files
of terms (LICENSE, README and the like) are copied.

examples:
  nightlift data pack lol:LOL/ -o packed/lol --scenes-apart
  nightlift data pack lol:LOL/ fivek:FiveK/ -o packed/pairs --side 480 --limit-mb 60
  nightlift data pack --dark lol:LOL/ --good lol:LOL/ --good folder:good/ -o packed/unpaired"""


def add(actions: Subparsers) -> None:
    """Add the action to those of `nightlift data`."""
    parser: Parser = actions.add_parser(
        "pack",
        help="collections as one small folder, to train elsewhere",
        description="Write a small copy of collections that `nightlift train --data` reads.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("data", nargs="*", metavar="LAYOUT:PATH")
    parser.add_argument(
        "--dark", action="append", default=[], metavar="LAYOUT:PATH", help="dark photos; repeat"
    )
    parser.add_argument(
        "--good", action="append", default=[], metavar="LAYOUT:PATH", help="good photos; repeat"
    )
    parser.add_argument("-o", "--output", type=path, required=True, metavar="DIR")
    parser.add_argument(
        "--side", type=whole(256), default=640, metavar="PX", help="long side at most (default 640)"
    )
    parser.add_argument(
        "--format", choices=("jpeg", "png"), default="jpeg", help="default: jpeg, of quality 95"
    )
    parser.add_argument(
        "--limit-mb",
        type=number(0.1, 1e6),
        metavar="MB",
        help="of all pictures; smaller sides than --side are taken until they fit",
    )
    parser.add_argument(
        "--validation",
        type=number(0, 0.9),
        default=0.0,
        metavar="SHARE",
        help="set apart of collections without a split (default 0)",
    )
    parser.add_argument(
        "--scenes-apart",
        type=whole(0, 24),
        nargs="?",
        const=8,
        metavar="BITS",
        help="leave out training photos that look like validation ones (up to 8 of 64 bits)",
    )
    parser.add_argument("--jobs", type=whole(1), metavar="N", help="photos at a time")


def run(given: argparse.Namespace) -> int:
    """Write the pack; print what it holds and how large it is."""
    from nightlift.data import pack, plan

    planned = plan(
        given.data,
        dark=given.dark,
        good=given.good,
        validation=given.validation,
        apart=given.scenes_apart,
    )
    packed = pack(
        planned,
        given.output,
        side=given.side,
        format=given.format,
        limit=None if given.limit_mb is None else int(given.limit_mb * 1e6),
        workers=given.jobs,
        progress=_shown,
    )
    left = len(planned.left_out)
    for problem in packed.problems:
        print(problem, file=sys.stderr)
    print(
        f"{planned.layout}:{given.output}: {packed.pictures} pictures of at most "
        f"{packed.side} pixels, {packed.originals} as they were, {packed.bytes / 1e6:.1f} MB; "
        f"{len(planned.validation)} for validation, {left} left out as too like them"
    )
    for source in planned.sources:
        if not source.terms:
            print(f"{source.spec}: no file in it says on which terms its photos may be used")
    return 1 if packed.problems else 0


def _shown(files: Iterable[Made], total: int, side: int) -> Iterator[Made]:
    """Hand on, and move a progress bar."""
    from nightlift.cli.outcomes import bar

    shown = bar(total, "picture")
    try:
        for file in files:
            yield file
            shown.update()
    finally:
        shown.close()
