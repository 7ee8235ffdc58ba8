"""nightlift data: what a data set holds, what is wrong with it, and pairs made from photos."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from nightlift.cli import object_pairs, pack
from nightlift.cli.parser import Parser, Subparsers, path, whole

if TYPE_CHECKING:
    from nightlift.data import Brightness, Collection, DataDescription, Range, synthetic_pairs

T = TypeVar("T")

LAYOUTS = """LAYOUT is one of
  lol       low/ and high/                        pairs of equal stem
  fivek     input/ and expertC_gt/                pairs of equal stem
  smnet     train/ and test/, each low/ and high/ pairs of equal stem
  unpaired  train_A/ and train_B/, test_A/, perhaps test_B/; sub-folders are object classes
  sice      train/ and val/, perhaps test-toy/
  folder    any photos, sub-folders included
  run       a training run's folder: its data, split as it was
  auto      whichever of these it is

exit status: 0 all in order, 1 problems were found, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command and its three sub-commands."""
    parser: Parser = commands.add_parser(
        "data",
        help="check, describe, synthesize or pack training data",
        description="Look at training data, or make some.",
        epilog="example: nightlift data check auto:LOLdataset",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_check(actions)
    _add_describe(actions)
    _add_synthesize(actions)
    object_pairs.add(actions)
    pack.add(actions)


def _add_check(actions: Subparsers) -> None:
    parser: Parser = actions.add_parser(
        "check",
        help="pairs, sizes, duplicates, leakage between splits",
        description="Say in one sentence each what is wrong with a data set.",
        epilog=LAYOUTS,
    )
    parser.set_defaults(run=check)
    parser.add_argument("data", metavar="LAYOUT:PATH")
    parser.add_argument("--decode", action="store_true", help="every pixel, not only headers")
    parser.add_argument(
        "--smallest", type=whole(1), default=64, metavar="PX", help="short side (default 64)"
    )
    parser.add_argument(
        "--distance",
        type=whole(0, 24),
        default=8,
        metavar="BITS",
        help="up to which pictures look alike (default 8 of 64)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_describe(actions: Subparsers) -> None:
    parser: Parser = actions.add_parser(
        "describe",
        help="counts, sizes, brightness, groups, split",
        description="Say what a data set holds.",
        epilog=LAYOUTS,
    )
    parser.set_defaults(run=describe)
    parser.add_argument("data", metavar="LAYOUT:PATH")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_synthesize(actions: Subparsers) -> None:
    parser: Parser = actions.add_parser(
        "synthesize",
        help="dark/bright pairs from good photos",
        description="Write low/ and high/ (layout lol) from good photos; run again to go on.",
        epilog="example: nightlift data synthesize good/ -o pairs/ --size 600 --seed 1",
    )
    parser.set_defaults(run=synthesize)
    parser.add_argument("good", type=path, metavar="GOOD_DIR", help="well-lit photos")
    parser.add_argument("-o", "--output", type=path, required=True, metavar="DIR")
    parser.add_argument(
        "--style",
        choices=("physical", "smnet", "camera"),
        default="physical",
        help="default: physical; camera changes the light of places too, and takes HDR "
        "panoramas (.hdr) beside photos",
    )
    parser.add_argument(
        "--count", type=whole(1), metavar="N", help="pairs (default: one of each photo)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="default 0")
    parser.add_argument("--size", type=whole(16), metavar="PX", help="long side at most")
    parser.add_argument("--jobs", type=whole(1), metavar="N", help="photos at a time")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def check(given: argparse.Namespace) -> int:
    """Print every problem; the exit status is 1 when there is one."""
    from nightlift.data import check as look

    report = look(
        given.data,
        decode=given.decode,
        smallest=given.smallest,
        distance=given.distance,
        progress=_shown,
    )
    for problem in report.problems:
        row = {"kind": problem.kind, "problem": problem.sentence}
        paths = [str(path) for path in problem.paths]
        print(json.dumps({**row, "paths": paths}) if given.json else problem.sentence)
    found = len(report.problems)
    if given.json:
        print(json.dumps(_heading(report.collection, report.pictures, found)))
    else:
        told = f"{found} problem{'s' if found != 1 else ''}" if found else "in order"
        print(f"{_name(given.data, report.collection)}: {report.pictures} pictures, {told}")
    return 1 if found else 0


def _heading(collection: Collection, pictures: int, problems: int) -> dict[str, Any]:
    return {
        "layout": collection.layout,
        "root": str(collection.root),
        "pictures": pictures,
        "problems": problems,
    }


def _name(spec: str, collection: Collection) -> str:
    recognized = " (recognized)" if spec.startswith("auto:") else ""
    return f"{collection.layout}:{collection.root}{recognized}"


def _shown(items: Iterator[T], total: int) -> Iterable[T]:
    """Hand on, and move a progress bar."""
    from nightlift.cli.outcomes import bar

    shown = bar(total, "picture")
    try:
        for item in items:
            yield item
            shown.update()
    finally:
        shown.close()


def describe(given: argparse.Namespace) -> int:
    """Print the description."""
    from nightlift.data import describe as look

    found = look(given.data)
    if given.json:
        print(json.dumps({**asdict(found), "root": str(found.root)}))
        return 0
    recognized = " (recognized)" if given.data.startswith("auto:") else ""
    for name, words in _lines(found, recognized):
        print(f"{name + ':':<18}{words}")
    return 0


def _lines(found: DataDescription, recognized: str) -> Iterator[tuple[str, str]]:
    yield "layout", f"{found.layout}{recognized}, {found.root}"
    yield "samples", ", ".join(f"{count} {part}" for part, count in found.parts.items() if count)
    yield "pairs", str(found.pairs)
    if found.groups:
        yield "groups", f"{found.group_count}, photos in each {_spread(found.groups)}"
    yield "split", found.split
    if found.width and found.height:
        yield "width", f"{_spread(found.width)} pixels"
        yield "height", f"{_spread(found.height)} pixels"
    if found.variant:
        yield "variant", found.variant
    formats = ", ".join(f"{count} {name}" for name, count in found.formats.items())
    yield "files", f"{formats}; {found.bytes / 1e6:.1f} MB"
    for kind, brightness in found.brightness.items():
        yield f"{kind}, mean luma", _brightness(brightness)
    yield "data hash", found.data_hash
    if found.problems or found.unreadable:
        told = f"{found.problems} pairs not in order, {found.unreadable} photos unreadable"
        yield "problems", f"{told}; `nightlift data check` lists them"


def _spread(spread: Range) -> str:
    return f"{spread.minimum:g} / {spread.median:g} / {spread.maximum:g} (min/median/max)"


def _brightness(found: Brightness) -> str:
    shares = " ".join(f"{share:.0%}" for share in found.histogram)
    rounded = "/".join(
        f"{value:.0f}" for value in (found.mean.minimum, found.mean.median, found.mean.maximum)
    )
    return (
        f"{rounded} (min/median/max), {found.dark:.0%} dark; histogram {shares} "
        f"({found.looked_at} looked at)"
    )


def synthesize(given: argparse.Namespace) -> int:
    """Write the pairs; one line on standard error for each photo that failed."""
    from nightlift.data import synthetic_pairs
    from nightlift.photo import Originals, keeping

    planned = synthetic_pairs.plan(
        given.good,
        given.output,
        style=given.style,
        count=given.count,
        seed=given.seed,
        size=given.size,
    )
    with keeping(Originals(pair.source for pair in planned.pairs)):
        return _written(given, planned)


def _written(given: argparse.Namespace, planned: synthetic_pairs.SynthesisPlan) -> int:
    from nightlift.cli.outcomes import bar
    from nightlift.data import synthetic_pairs

    synthetic_pairs.begin(planned)
    counts = {"done": 0, "skipped": 0, "failed": 0}
    shown = bar(len(planned.pairs), "pair")
    try:
        for outcome in synthetic_pairs.write_pairs(planned, given.jobs):
            counts[outcome.status] += 1
            if outcome.problem is not None:
                shown.write(f"{outcome.pair.source}: {outcome.problem}", file=sys.stderr)
            if given.json:
                shown.write(json.dumps(_record(planned, outcome)), file=sys.stdout)
            shown.update()
    finally:
        shown.close()
    if not given.json:
        told = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        print(f"lol:{given.output}: {told} of {len(planned.pairs)} pairs")
    return 1 if counts["failed"] else 0


def _record(
    planned: synthetic_pairs.SynthesisPlan, outcome: synthetic_pairs.PairOutcome
) -> dict[str, Any]:
    from nightlift.data import targets

    low, high = targets(planned, outcome.pair)
    return {
        "input": str(outcome.pair.source),
        "status": outcome.status,
        "error": outcome.problem,
        "low": str(low),
        "high": str(high),
    }
