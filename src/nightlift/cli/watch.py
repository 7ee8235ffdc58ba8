"""nightlift watch: new photos of a folder, as they come."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import closing

from nightlift.cli.parser import Parser, Subparsers, number, path
from nightlift.cli.photo_options import add_method, add_output, add_running, file_work

EPILOG = """examples:
  nightlift watch incoming/ -o bright/
  nightlift watch /media/card/DCIM -o bright/ --recursive --format jpg --json
  nightlift watch tethered/ -o bright/ --settle 0.5 -m lime

Photos that are there without a result are done first, so it can be ended (Ctrl-C) and started again
at any time. A file counts as finished when it has not changed for --settle seconds. Folders on a
network may need WATCHFILES_FORCE_POLLING=1.

exit status: 0 ended by Ctrl-C or SIGTERM, 1 the folder cannot be watched or is there no more,
2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "watch",
        help="brighten the photos that come into a folder",
        description="Brighten the photos of a folder, and each new one as soon as it is finished.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run, overwrite=False)
    parser.add_argument("folder", type=path, metavar="IN", help="the folder to watch")
    parser.add_argument(
        "-o", "--output", type=path, metavar="OUT", required=True, help="the folder of results"
    )
    parser.add_argument(
        "--settle",
        type=number(0, 3600),
        default=2.0,
        metavar="SECONDS",
        help="without a change, after which a file is finished (default 2)",
    )
    add_method(parser)
    add_output(parser)
    add_running(parser)


def run(given: argparse.Namespace) -> int:
    """Enhance what comes until it is ended."""
    from nightlift.batch import Watched
    from nightlift.cli.outcomes import NoBar, tell
    from nightlift.processor import cores

    watched = Watched(
        given.folder,
        given.output,
        recursive=given.recursive,
        format=given.format,
        settle=given.settle,
    )
    workers = given.jobs or cores()
    outcomes = watched.outcomes(file_work(given, given.threads or 1), workers)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with closing(outcomes):
            for outcome in outcomes:
                tell(outcome, given.json, NoBar())
    except KeyboardInterrupt:
        print("nightlift: ended; nothing is half-written", file=sys.stderr)
    return 0
