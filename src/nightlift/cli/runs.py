"""nightlift runs: a table of trainings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, path

if TYPE_CHECKING:
    from nightlift.train import RunSummary

HEADS = ("run", "method", "recipe", "epochs", "least loss", "at", "psnr", "ssim", "data")


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "runs",
        help="a table of trainings: how far, and how good",
        description="Every run at or below a folder.",
        epilog="examples:\n  nightlift runs\n  nightlift runs runs/ --sort psnr --json",
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", type=path, nargs="?", default=Path(), help="default: here")
    parser.add_argument("--sort", choices=("path", "loss", "psnr", "ssim"), default="path")
    parser.add_argument("--json", action="store_true", help="one JSON object a run on stdout")


def run(given: argparse.Namespace) -> int:
    """Print the table; the exit status is 1 where a run cannot be read."""
    from dataclasses import asdict

    from nightlift.cli.methods import print_columns
    from nightlift.errors import UsageError
    from nightlift.train import runs

    if not given.folder.is_dir():
        raise UsageError(f"expected a folder of runs, and {given.folder} is none")
    found = sorted(runs(given.folder), key=lambda one: _order(one, given.sort))
    if given.json:
        for one in found:
            print(json.dumps({**asdict(one), "path": str(one.path)}))
    elif not found:
        print(f"no run in {given.folder}: nightlift train METHOD --data LAYOUT:PATH -o RUN")
    else:
        print_columns([HEADS, *(_row(one) for one in found)])
    return int(any(one.problem is not None for one in found))


def _order(one: RunSummary, by: str) -> tuple[float, str]:
    """Best first; runs without the number last."""
    if by == "path":
        return 0.0, str(one.path)
    value = one.loss if by == "loss" else one.measures.get(by)
    last = float("inf")
    return (last if value is None else value if by == "loss" else -value), str(one.path)


def _row(one: RunSummary) -> tuple[str, ...]:
    if one.problem is not None:
        return (str(one.path), one.problem, *[""] * (len(HEADS) - 2))
    measures = (one.measures.get(name) for name in ("psnr", "ssim"))
    return (
        str(one.path),
        one.method,
        one.recipe,
        f"{one.epochs}/{one.wanted}",
        "" if one.loss is None else f"{one.loss:.5g}",
        "" if one.loss_epoch is None else str(one.loss_epoch),
        *("" if value is None else f"{value:.4g}" for value in measures),
        ", ".join(one.data),
    )
