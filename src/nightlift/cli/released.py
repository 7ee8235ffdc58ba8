"""nightlift import and nightlift export: checkpoints and runs become released models."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nightlift.cli.parser import Parser, Subparsers, path

if TYPE_CHECKING:
    from nightlift.models import ReleasedModel


def add(commands: Subparsers) -> None:
    """Add both commands' arguments."""
    parser: Parser = commands.add_parser(
        "import",
        help="a published checkpoint becomes a released model",
        description="Turn a published checkpoint into a released model, proved to say the same.",
        epilog="examples:\n  nightlift import Epoch99.pth -o zero-dce.onnx\n"
        "  nightlift import iat-centered best_Epoch_lol.pth -o iat.onnx\n\n"
        "which methods: nightlift methods --importable",
    )
    parser.set_defaults(run=run_import)
    parser.add_argument(
        "method", nargs="?", metavar="METHOD", help="default: told by the names of its weights"
    )
    parser.add_argument("checkpoint", type=path, metavar="FILE")
    _add_output(parser)
    parser = commands.add_parser(
        "export",
        help="a training run becomes a released model",
        description="Turn a training run into a released model, proved to say the same.",
        epilog="examples:\n  nightlift export runs/mine -o mine.onnx\n"
        '  nightlift export runs/mine -o mine.onnx --data "my own photos" --license CC0-1.0',
    )
    parser.set_defaults(run=run_export)
    parser.add_argument("training_run", type=path, metavar="RUN", help="a training run's folder")
    parser.add_argument(
        "--checkpoint", type=path, metavar="FILE.ckpt", help="other weights than the kept epoch's"
    )
    parser.add_argument(
        "--keep-hue",
        action="store_true",
        help="each pixel keeps its hue, whatever the network does to the channels",
    )
    _add_output(parser)
    _add_passport(parser)


def _add_output(parser: Parser) -> None:
    parser.add_argument("-o", "--output", type=path, required=True, metavar="FILE.onnx")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    parser.add_argument(
        "--bits",
        type=int,
        choices=(16, 32),
        default=32,
        help="of a stored weight; 16: half to three quarters of the file's size, results within "
        "1e-4; default: 32",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_passport(parser: Parser) -> None:
    group = parser.add_argument_group("what the model says of itself")
    group.add_argument("--name", help="default: the method's name")
    group.add_argument("--data", action="append", default=[], metavar="TEXT", help="repeat")
    group.add_argument("--data-terms", default="unknown", metavar="TEXT")
    group.add_argument("--license", default="unknown", metavar="TEXT", help="of the weights")
    group.add_argument(
        "--quality", action="append", default=[], type=_figure, metavar="NAME=VALUE", help="repeat"
    )


def _figure(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name or _no_figure(text), float(value)
    except ValueError:
        return _no_figure(text), 0.0


def _no_figure(text: str) -> NoReturn:
    raise argparse.ArgumentTypeError(f"expected a figure such as 'LOL PSNR=16.2', got {text}")


def run_import(given: argparse.Namespace) -> int:
    """Import a published checkpoint."""
    need_training_ring("importing a checkpoint")
    from nightlift.learned import importer, recognized
    from nightlift.train import release

    with apart(given.output, [given.checkpoint]):
        if given.method is None:
            name, published = recognized(given.checkpoint)
            if not given.json:
                print(f"{given.checkpoint}: a published checkpoint of {name}")
        else:
            published = importer(given.method)(given.checkpoint)
        model = release(*published, given.output, bits=given.bits, overwrite=given.overwrite)
    return _told(model, given.json)


def run_export(given: argparse.Namespace) -> int:
    """Export a run."""
    need_training_ring("exporting a run")
    from nightlift.train import export_run

    # Models that were exported into the run's folder before are results, not inputs.
    inputs = [path for path in given.training_run.rglob("*") if path.suffix != ".onnx"]
    inputs += [given.checkpoint] if given.checkpoint else []
    with apart(given.output, inputs):
        model = export_run(
            given.training_run,
            given.output,
            name=given.name,
            data=tuple(given.data),
            data_terms=given.data_terms,
            license=given.license,
            quality=dict(given.quality),
            checkpoint=given.checkpoint,
            keep_hue=given.keep_hue,
            bits=given.bits,
            overwrite=given.overwrite,
        )
    return _told(model, given.json)


@contextmanager
def apart(output: Path, inputs: Iterable[Path]) -> Iterator[None]:
    """Within the block none of `inputs` is replaced; UsageError where `output` is one of them."""
    from nightlift.photo import Originals, keeping

    originals = Originals(inputs)
    originals.check([output])
    with keeping(originals):
        yield


def need_training_ring(what: str) -> None:
    """Raise MissingExtraError where PyTorch is not installed."""
    import importlib.util

    from nightlift.errors import MissingExtraError

    if importlib.util.find_spec("torch") is None:
        raise MissingExtraError(what, "train")


def _told(model: ReleasedModel, as_json: bool) -> int:
    passport = model.passport
    if as_json:
        import json

        record = {"method": passport.method, "model": str(model.path), "sha256": model.sha256}
        print(json.dumps({**record, "bytes": len(model.data)}))
        return 0
    print(f"{model.path}: {passport.title}, {len(model.data) / 1000:.0f} kB")
    print(f"use it: nightlift enhance --model {model.path} night.jpg")
    return 0
