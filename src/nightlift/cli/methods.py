"""nightlift methods: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers

if TYPE_CHECKING:
    from nightlift.catalog import Entry

COLUMNS = ("method", "says", "training", "weights", "file", "license", "quality", "")


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "methods",
        help="list the methods: training, size, license, measured quality",
        description="List the methods; * marks the recommended one.",
        epilog="examples:\n  nightlift methods\n  nightlift methods --json",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(given: argparse.Namespace) -> int:
    """Print the table."""
    from nightlift.catalog import methods

    entries = methods()
    if given.json:
        import json
        from dataclasses import asdict

        for entry in entries:
            print(json.dumps({**asdict(entry), "recommended": entry.recommended}))
        return 0
    rows = [COLUMNS, *(_row(entry) for entry in entries)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def _row(entry: Entry) -> tuple[str, ...]:
    quality = ", ".join(f"{name} {value:.2f}" for name, value in entry.quality.items())
    return (
        ("* " if entry.recommended else "  ") + entry.name,
        entry.kind.replace("_", " "),
        entry.training,
        f"{entry.parameters:,}" if entry.parameters else "",
        f"{entry.bytes / 1000:.0f} kB" if entry.bytes else "",
        entry.license,
        quality,
        entry.title if entry.installed else "pip install nightlift-research-models",
    )
