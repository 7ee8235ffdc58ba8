"""nightlift web-build: the page without a server, as a folder for any host."""

from __future__ import annotations

import argparse

from nightlift.cli.parser import Parser, Subparsers, path

EPILOG = """examples:
  nightlift web-build public/
  nightlift web-build public/ --overwrite
  nightlift web-build public/ --method zero-dce-open
  python -m http.server --directory public 8000     to try it: http://localhost:8000

The folder holds plain files and works from any address, such as GitHub Pages; outside of localhost
browsers want HTTPS to keep it for use offline."""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "web-build",
        help="the web page as a folder of files that needs no server program",
        description="Write a page that brightens photos in the visitor's own browser: nothing is "
        "uploaded, and it works offline after the first visit.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("output", type=path, metavar="OUT", help="the folder, made if missing")
    parser.add_argument(
        "--method",
        action="append",
        default=[],
        metavar="NAME",
        help="a method to offer besides the recommended one; may be repeated (default: all whose "
        "weights are for any use)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier build")


def run(given: argparse.Namespace) -> int:
    """Write the folder, and tell how much a first visit fetches."""
    from nightlift.web import build

    sizes = build(given.output, given.method, given.overwrite)
    first = sum(size for name, size in sizes.items() if not name.startswith("+"))
    print(f"{given.output}: a first visit fetches {first / 1e6:.2f} MB, compressed")
    for name, size in sizes.items():
        if name.startswith("+"):
            print(f"  {name[2:].rpartition('/')[2]}: {size / 1e6:.2f} MB more when it is chosen")
    return 0
