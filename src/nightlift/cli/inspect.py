"""nightlift inspect: what a trained network estimates of photos, as pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlift.cli.parser import Parser, Subparsers, path, whole

if TYPE_CHECKING:
    from nightlift.batch import FoundFile

EPILOG = """examples:
  nightlift inspect runs/smnet test/low/ -o test-intermediate/
  nightlift inspect SMNet-FiveK.pth test/low/ -m smnet-fivek -o test-intermediate/

of SMNet for FiveK the picture after each block, of DeepUPE the illumination, of Zero-DCE the mean
curves, of GLeNet the tables and what LEN adds, of EnlightenGAN where it acts and what it adds

exit status: 0 all done, 1 some photos failed, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "inspect",
        help="what a trained network estimates of photos on the way to its result",
        description="Intermediate pictures of all photos, NAME-after-block-1.png and so on.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("source", type=path, metavar="RUN|FILE", help="a run, or a checkpoint")
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="file, folder or glob")
    parser.add_argument("-o", "--output", type=path, required=True, metavar="FOLDER")
    parser.add_argument("-m", "--method", help="what a published checkpoint is of")
    parser.add_argument(
        "--size", type=whole(16), default=1024, metavar="PX", help="longest side; default 1024"
    )
    parser.add_argument("--recursive", action="store_true", help="sub-folders too")
    parser.add_argument("--overwrite", action="store_true", help="replace existing pictures")


def run(given: argparse.Namespace) -> int:
    """Write the pictures; a photo that cannot be read is told and left out."""
    from nightlift.batch import find
    from nightlift.cli.outcomes import bar, note
    from nightlift.cli.released import need_training_ring
    from nightlift.errors import NightliftError
    from nightlift.photo import keeping

    need_training_ring("inspecting a network")
    inputs = find(given.inputs, recursive=given.recursive)
    objective = _objective(given)
    places = _places(given.output, inputs.photos)
    shown, failed = bar(len(places)), False
    with keeping(inputs.originals(given.source)):
        for found, place in zip(inputs.photos, places, strict=True):
            try:
                for name, picture in _pictures(given, objective, found):
                    _write(place.with_name(f"{place.name}-{name}.png"), picture, given.overwrite)
            except NightliftError as error:
                failed = True
                shown.write(str(error), file=sys.stderr)
            shown.update()
    shown.close()
    for text in inputs.left_out:
        note(text)
    return int(failed)


def _objective(given: argparse.Namespace) -> Any:
    from nightlift.errors import UsageError
    from nightlift.learned import method
    from nightlift.train import objective_of_file, objective_of_run

    if given.source.is_dir():
        return objective_of_run(given.source)
    if given.method is None:
        raise UsageError(f"{given.source} is no run: say with -m METHOD what a checkpoint is of")
    return objective_of_file(method(given.method), given.source)


def _places(output: Path, photos: Sequence[FoundFile]) -> list[Path]:
    """Where each photo's pictures go, without what is added; raises UsageError for two at one."""
    from nightlift.errors import UsageError

    places = [output / (one.below or Path(one.path.name)).with_suffix("") for one in photos]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise UsageError(f"two photos would be written to {twice}-….png: inspect them separately")
    return places


def _pictures(
    given: argparse.Namespace, objective: Any, found: FoundFile
) -> Iterator[tuple[str, Any]]:
    from nightlift.data import picture
    from nightlift.errors import ReadError
    from nightlift.train import inspected

    if found.problem is not None:
        raise ReadError(f"{found.path}: {found.problem}")
    yield from inspected(objective, picture(found.path), given.size)


def _write(target: Path, picture: Any, overwrite: bool) -> None:
    from nightlift.photo import write

    target.parent.mkdir(parents=True, exist_ok=True)
    write(picture, target, overwrite=overwrite)
