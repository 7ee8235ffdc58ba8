"""nightlift average: the mean weights of several epochs."""

from __future__ import annotations

import argparse

from nightlift.cli.parser import Parser, Subparsers, path


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "average",
        help="the mean weights of several checkpoints of one network",
        description="Average the weights of checkpoints: later epochs of one training are often "
        "better together than each by itself. Judge the result as you would any other.",
        epilog="examples:\n"
        "  nightlift train enlightengan --data unpaired:photos/ -o runs/first "
        "--set snapshot_every=1\n"
        "  nightlift average runs/first/checkpoints/epoch-000[5-9]*.ckpt -o mean.ckpt\n"
        "  nightlift export runs/first --checkpoint mean.ckpt -o mean.onnx\n"
        "  nightlift train enlightengan --data unpaired:photos/ --init mean.ckpt -o runs/second",
    )
    parser.set_defaults(run=run)
    parser.add_argument("checkpoints", nargs="+", type=path, metavar="FILE.ckpt")
    parser.add_argument("-o", "--output", type=path, required=True, metavar="FILE.ckpt")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(given: argparse.Namespace) -> int:
    """Write the mean."""
    from nightlift.cli.released import apart, need_training_ring
    from nightlift.errors import WriteError

    need_training_ring("averaging checkpoints")
    from nightlift.train import averaged

    with apart(given.output, given.checkpoints):
        if given.output.exists() and not given.overwrite:
            raise WriteError(f"{given.output} exists; add --overwrite to replace it")
        averaged(given.checkpoints).save(given.output)
    print(f"{given.output}: the mean of {len(given.checkpoints)} checkpoints")
    return 0
