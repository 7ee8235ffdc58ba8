"""nightlift reproduce: a publication's own table or figure, beside what is measured here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, path, whole

if TYPE_CHECKING:
    from nightlift.evaluate import Candidate
    from nightlift.reproduce import Reproduction

EPILOG = """examples:
  nightlift reproduce glenet
  nightlift reproduce glenet my-files/ -o glenet-again/

NAME is glenet, deep-upe, enlightengan, zero-dce or smnet. Without FOLDER it is told what belongs
into it; nothing is ever fetched. The published numbers stand beside the measured ones with their
intervals, and below them what differs.

exit status: 0 all done, 1 some pictures or rows failed, 2 something is missing"""

TABLE, DATA = "reproduction.md", "reproduction.json"
SHEET, EPOCHS = "comparison.pdf", "epochs.pdf"


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "reproduce",
        help="a publication's own table, measured again from your files",
        description="Published numbers beside measured ones, with intervals and what differs.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("name", metavar="NAME", help="the system")
    parser.add_argument("folder", type=path, nargs="?", metavar="FOLDER", help="your files")
    parser.add_argument("-o", "--output", type=path, metavar="DIR", help="table, figures, models")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")
    parser.add_argument("--cache", type=path, metavar="FILE", help="default: ~/.cache/nightlift")
    parser.add_argument("--limit", type=whole(1), metavar="N", help="only the first N pictures")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of resampling")
    parser.add_argument("--jobs", type=whole(1), metavar="N", help="pictures at a time")


def run(given: argparse.Namespace) -> int:
    """Measure and print; or tell what is needed."""
    from nightlift.cli.released import need_training_ring
    from nightlift.errors import UsageError, WriteError
    from nightlift.reproduce import (
        as_data,
        as_markdown,
        check,
        instructions,
        measure,
        reproduction,
    )

    asked = reproduction(given.name)
    if given.folder is None:
        print(instructions(asked))
        return 0
    check(asked, given.folder)
    if given.output is None:
        raise UsageError("expected -o DIR, for the table and the released models")
    if (given.output / TABLE).exists() and not given.overwrite:
        raise WriteError(f"{given.output / TABLE} exists already; --overwrite replaces it")
    need_training_ring("reproducing a publication")
    from nightlift.evaluate import ScoreCache, default_file
    from nightlift.photo import write_bytes
    from nightlift.processor import cores
    from nightlift.reproduce import rows

    given.output.mkdir(parents=True, exist_ok=True)
    made = rows(asked, given.folder, given.output / "models")
    found = measure(
        asked,
        given.folder,
        made,
        ScoreCache(given.cache or default_file()),
        seed=given.seed,
        workers=given.jobs or cores(),
        limit=given.limit,
    )
    told = as_data(asked, given.folder, found)
    print(as_markdown(told), end="")
    data = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, text in ((DATA, data), (TABLE, as_markdown(told))):
        write_bytes(given.output / name, text.encode(), overwrite=given.overwrite)
    if asked.name == "zero-dce":
        _figures(given, asked, made)
    return 0 if all(one.evaluation.complete for one in found) else 1


def _figures(given: argparse.Namespace, asked: Reproduction, made: list[Candidate]) -> None:
    """Zero-DCE's comparison sheet, and a sheet of a run's kept epochs if there is a run."""
    from nightlift.evaluate import select
    from nightlift.reproduce import comparison, every_epochs

    output: Path = given.output
    demo = given.folder / asked.pictures[0].needed.path
    samples = select(f"folder:{demo}", "all", given.limit).samples
    comparison(samples, made, output / SHEET, given.overwrite)
    print(f"{output / SHEET}: input, results, gamma 0.4, matched gamma")
    run = given.folder / "run"
    if run.is_dir():
        if every_epochs(run, samples, output / EPOCHS, given.overwrite):
            print(f"{output / EPOCHS}: results every few epochs of {run}")
        else:
            print(f"{run} keeps no epochs: train with --set snapshot_every=N")
