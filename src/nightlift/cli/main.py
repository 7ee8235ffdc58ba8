"""The command line's entry: one sub-command a module."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from nightlift.cli import compare, data, enhance, evaluate, methods, released, train
from nightlift.cli.parser import Parser

COMMANDS = (enhance, methods, compare, evaluate, train, released, data)


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="nightlift",
        description="Brighten dark and underexposed photos.",
        epilog="example: nightlift enhance night.jpg",
    )
    top.add_argument("--version", action="version", version=f"nightlift {_version()}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 (done), 1 (some inputs failed) or 2 (wrong use)."""
    from nightlift.errors import NightliftError, UsageError

    given = parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except UsageError as error:
        print(f"nightlift {given.command}: {error}", file=sys.stderr)
        return 2
    except NightliftError as error:
        print(f"nightlift {given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("nightlift: stopped; nothing is half-written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _version() -> str:
    from nightlift import __version__

    return __version__
