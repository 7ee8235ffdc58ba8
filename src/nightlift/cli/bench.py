"""nightlift bench: how fast this machine is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, names, number, path, whole

if TYPE_CHECKING:
    from nightlift.edit import Enhancer

EPILOG = """examples:
  nightlift bench                                  a synthetic photo of 24 megapixels
  nightlift bench night.jpg -m zero-dce-open,lime
  nightlift bench --megapixels 100 --threads 1 --json"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "bench",
        help="how fast photos are enhanced here, over decoding and encoding them alone",
        description="Enhance one JPEG from file to file, again and again, each method in turn with "
        "libjpeg-turbo's decoding and encoding alone; medians.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("photo", nargs="?", type=path, help="a JPEG (default: a synthetic one)")
    parser.add_argument(
        "-m",
        "--methods",
        type=names,
        metavar="NAMES",
        help="names with commas between, or .onnx files (default: the recommended one, and gamma)",
    )
    parser.add_argument("--megapixels", type=number(0.1, 500), default=24.0, metavar="MP")
    parser.add_argument("--rounds", type=whole(1), default=5, metavar="N", help="default 5")
    parser.add_argument("--threads", type=whole(1), metavar="N", help="default: all cores")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(given: argparse.Namespace) -> int:
    """Print the comparison."""
    import tempfile
    from dataclasses import asdict

    from nightlift.edit import RECOMMENDED
    from nightlift.machine import file_to_file, synthetic

    wanted = given.methods or [RECOMMENDED, "adaptive-gamma"]
    enhancers = {name: _enhancer(name, given.threads) for name in wanted}
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        if given.photo is None:
            photo.write_bytes(synthetic(given.megapixels))
        else:
            photo.write_bytes(_jpeg(given.photo))
        timings = file_to_file(enhancers, photo, given.rounds)
    for timing in timings:
        if given.json:
            print(json.dumps(asdict(timing)))
        else:
            print(f"{timing.name:24} {timing.milliseconds:9.1f} ms {timing.ratio:7.2f}")
    return 0


def _enhancer(name: str, threads: int | None) -> Enhancer:
    from nightlift.edit import Enhancer

    if name.endswith(".onnx"):
        return Enhancer(model=name, threads=threads)
    return Enhancer(name, threads=threads)


def _jpeg(path: Path) -> bytes:
    """The photo's bytes; ReadError where it cannot be read, UsageError where it is no JPEG."""
    from nightlift.errors import UsageError
    from nightlift.photo import read

    if read(path).format != "jpeg":
        raise UsageError(f"expected a JPEG, got {path}: the floor is a JPEG's decoding")
    return path.read_bytes()
