"""nightlift new-method: a package to begin with."""

from __future__ import annotations

import argparse

from nightlift.cli.parser import Parser, Subparsers, path


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "new-method",
        help="write a package with a method and a loss of your own, to begin with",
        description="Write a package that works as it is: network, objective, loss, recipe.",
        epilog="example:\n  nightlift new-method my-method -o mine/\n  pip install -e mine/",
    )
    parser.set_defaults(run=run)
    parser.add_argument("name", metavar="NAME", help="such as my-method")
    parser.add_argument("-o", "--output", type=path, metavar="DIR", help="default: NAME")


def run(given: argparse.Namespace) -> int:
    """Write the package, and tell what comes next."""
    from pathlib import Path

    from nightlift.cli.released import need_training_ring

    need_training_ring("writing a method")
    from nightlift.learned import write_package

    folder = given.output or Path(given.name)
    for written in write_package(given.name, folder):
        print(written)
    print(f"next: pip install -e {folder}, then nightlift train {given.name} --data lol:LOL -o RUN")
    return 0
