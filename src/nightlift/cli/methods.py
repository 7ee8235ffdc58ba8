"""nightlift methods: what there is to choose from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nightlift.cli.parser import Parser, Subparsers

if TYPE_CHECKING:
    from nightlift.edit import CatalogEntry

COLUMNS = ("method", "says", "training", "weights", "file", "license", "quality", "")
TRAINABLE = ("method", "training", "recipes", "imports", "")
IMPORTABLE = ("method", "training", "terms of the published weights", "")


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "methods",
        help="list the methods: training, size, license, measured quality",
        description="List the methods; * marks the recommended one.",
        epilog="examples:\n  nightlift methods\n  nightlift methods --trainable --json",
    )
    parser.set_defaults(run=run)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--trainable", action="store_true", help="what `nightlift train` knows, and its recipes"
    )
    which.add_argument(
        "--importable", action="store_true", help="what published weights `nightlift import` reads"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(given: argparse.Namespace) -> int:
    """Print the table."""
    if given.trainable:
        return _trainable(given.json)
    if given.importable:
        return _importable(given.json)
    from nightlift.edit import methods
    from nightlift.models import INSTALL_RESEARCH

    entries = methods()
    if given.json:
        from dataclasses import asdict

        for entry in entries:
            print(json.dumps({**asdict(entry), "recommended": entry.recommended}))
        return 0
    print_columns([COLUMNS, *(_row(entry) for entry in entries)])
    if not all(entry.installed for entry in entries):
        print(f"not installed: {INSTALL_RESEARCH}")
    return 0


def _trainable(as_json: bool) -> int:
    """Print the table of methods of the training ring."""
    from nightlift.cli.released import need_training_ring

    need_training_ring("listing what can be trained")
    from nightlift.errors import UsageError
    from nightlift.learned import METHODS, plugins

    found: list[Any] = list(METHODS.values())
    for name in plugins.names():
        try:
            found.append(plugins.method(name))
        except UsageError as error:
            print(f"note: {error}", file=sys.stderr)
    entries: list[dict[str, Any]] = [
        {
            "name": method.name,
            "training": method.supervision,
            "recipes": list(method.recipes),
            "imports": method.read_published is not None,
            "title": method.title,
        }
        for method in found
    ]
    if as_json:
        for entry in entries:
            print(json.dumps(entry))
        return 0
    rows = [
        (
            one["name"],
            one["training"],
            ", ".join(one["recipes"]),
            _yes(one["imports"]),
            one["title"],
        )
        for one in entries
    ]
    print_columns([TRAINABLE, *rows])
    return 0


def _importable(as_json: bool) -> int:
    """Print the table of methods whose published checkpoints can be read."""
    from nightlift.cli.released import need_training_ring

    need_training_ring("listing what can be imported")
    from nightlift.learned import FOREIGN, METHODS

    entries = [
        {
            "name": one.name,
            "training": one.supervision,
            "license": one.published_license,
            "title": one.title,
            "trainable": one.name in METHODS,
        }
        for one in (METHODS | FOREIGN).values()
        if one.read_published is not None
    ]
    if as_json:
        for entry in entries:
            print(json.dumps(entry))
        return 0
    shown = ("name", "training", "license", "title")
    print_columns([IMPORTABLE, *([str(entry[key]) for key in shown] for entry in entries)])
    return 0


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """The rows on standard output, in columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _row(entry: CatalogEntry) -> tuple[str, ...]:

    quality = ", ".join(f"{name} {value:.2f}" for name, value in entry.quality.items())
    return (
        ("* " if entry.recommended else "  ") + entry.name,
        entry.kind.replace("_", " "),
        entry.training,
        f"{entry.parameters:,}" if entry.parameters else "",
        f"{entry.bytes / 1000:.0f} kB" if entry.bytes else "",
        entry.license,
        quality,
        entry.title if entry.installed else "not installed",
    )
