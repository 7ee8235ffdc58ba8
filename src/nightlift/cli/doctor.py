"""nightlift doctor: what is installed, what works, and how to mend what does not."""

from __future__ import annotations

import argparse
import json
import warnings

from nightlift.cli.parser import Parser, Subparsers

MARKS = {"ok": "ok", "absent": "--", "problem": "!!"}


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "doctor",
        help="say what is installed and works, and how to mend what does not",
        description="Say what is installed and works: ok, -- (not installed), !! (to be mended).",
        epilog="examples:\n  nightlift doctor\n  nightlift doctor --json",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(given: argparse.Namespace) -> int:
    """Print each check; the exit status is 1 where something should be mended."""
    from dataclasses import asdict

    with warnings.catch_warnings():
        from nightlift.imports import NotCompiledWarning

        warnings.simplefilter("ignore", NotCompiledWarning)  # it is told below
        from nightlift.machine import checks

        found = list(checks())
    for check in found:
        if given.json:
            print(json.dumps(asdict(check)))
            continue
        print(f"{MARKS[check.state]}  {check.area:8} {check.name}: {check.found}")
        if check.mend:
            print(f"             -> {check.mend}")
    return int(any(check.state == "problem" for check in found))
