"""nightlift train: a method, on the user's own photos."""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nightlift.cli import monitor, progress
from nightlift.cli.parser import Parser, Subparsers, number, path, size_in_bytes, whole

EPILOG = """examples:
  nightlift train zero-dce --data folder:photos/ -o runs/first
  nightlift train zero-dce --data lol:LOL/ -o runs/again --recipe reimplementation --set epochs=40
  nightlift train zero-dce --data folder:photos/ -o runs/more --init runs/first --monitor
  nightlift train zero-dce -o runs/first --resume
  nightlift train deep-upe --data fivek:FIVEK/ --data lol:LOL/ -o runs/both
  nightlift train deep-upe --data folder:good/ --set darkened=0.7 -o runs/good
  nightlift train smnet --data lol:LOL/ --recipe mine.yaml --set epochs=20 -o runs/mine

--set takes any field of the recipe: `nightlift train METHOD --recipe NAME --show-recipe` prints
them. A run folder holds run.json, split.json, metrics.csv, pace.csv, checkpoints/,
pictures/ and, once it is done, report.html.

exit status: 0 done, 1 it could not go on, 2 wrong command line"""


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "train",
        help="train a method on your own photos",
        description="Train a method; what is needed to repeat it is kept in the run folder.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("method", metavar="METHOD", help="such as zero-dce")
    parser.add_argument(
        "--data",
        action="append",
        metavar="LAYOUT:PATH",
        help="such as folder:photos/ or auto:PATH; repeat to train on several at once; with "
        "--resume: where they are now",
    )
    parser.add_argument("-o", "--output", type=path, metavar="RUN", help="the run's new folder")
    parser.add_argument(
        "--recipe",
        metavar="NAME|FILE",
        help="or a recipe in YAML, or a run's run.json; default: the method's first recipe",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe; repeat"
    )
    parser.add_argument("--show-recipe", action="store_true", help="print the recipe and stop")
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--init", type=path, metavar="FILE", help="a run or checkpoint to begin with"
    )
    start.add_argument("--resume", action="store_true", help="go on with the run where it stopped")
    _add_running(parser)


def _add_running(parser: Parser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument(
        "--devices",
        type=devices,
        default=1,
        metavar="N|I,J",
        help="how many, or the numbers of accelerators, such as 0,1 (or 1, for one); default 1",
    )
    group.add_argument(
        "--nodes",
        type=whole(1),
        default=1,
        metavar="N",
        help="machines, each with --devices: the same command on each, by torchrun, srun, or with "
        "MASTER_ADDR, MASTER_PORT and NODE_RANK; default 1",
    )
    group.add_argument("--seed", type=whole(0), metavar="N", help="default 0")
    group.add_argument(
        "--fold", type=fold, metavar="K/N", help="validate part K of N, such as 1/5 to 5/5"
    )
    group.add_argument(
        "--workers", type=whole(0), default=2, metavar="N", help="processes that read pictures"
    )
    group.add_argument(
        "--cache",
        type=size_in_bytes,
        default=0,
        metavar="SIZE",
        help="keep pictures decoded in memory, up to SIZE such as 4G",
    )
    group.add_argument(
        "--compile", action="store_true", help="compile the network: slow to start, then faster"
    )
    group.add_argument(
        "--max-minutes",
        type=number(0.01, 1e6),
        metavar="M",
        help="stop before, after a whole epoch; --resume goes on",
    )
    _add_watching(group)


def _add_watching(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--preview-folder",
        type=path,
        metavar="DIR",
        help="own photos, whose results are drawn whenever pictures are",
    )
    group.add_argument(
        "--monitor", action="store_true", help="start TensorBoard on the run; Ctrl-C ends it"
    )
    group.add_argument(
        "--monitor-port", type=whole(1, 65535), metavar="PORT", help="the same, on this port"
    )
    group.add_argument("--json", action="store_true", help="one JSON object an epoch on stdout")


def devices(text: str) -> int | tuple[int, ...]:
    """How many devices, or their numbers; an ArgumentTypeError in one sentence if it is neither."""
    if text.isdecimal() and int(text) >= 1:
        return int(text)
    numbers = [part.strip() for part in text.removesuffix(",").split(",")]
    if "," in text and all(part.isdecimal() for part in numbers):
        return tuple(dict.fromkeys(map(int, numbers)))
    raise argparse.ArgumentTypeError(
        f"expected a number of devices, or their numbers with commas, such as 0,1, got {text!r}"
    )


def fold(text: str) -> tuple[int, int]:
    """`text` as (part, parts); an ArgumentTypeError in one sentence if it is none."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected K/N, such as 1/5, got {text!r}")
    return int(part), int(parts)


def run(given: argparse.Namespace) -> int:
    """Train or resume; raises what is wrong as one sentence."""
    from nightlift.errors import MissingExtraError, UsageError

    if not all(importlib.util.find_spec(name) for name in ("torch", "lightning_fabric")):
        raise MissingExtraError("training", "train")
    if given.show_recipe:
        return _show_recipe(given)
    if given.output is None:
        raise UsageError("expected -o RUN, the folder of the run")
    from nightlift.train import keeps_run

    _check_nodes(given.nodes)
    if not keeps_run(given.nodes):
        (_resume if given.resume else _train)(given)
        return 0
    board = _monitored(given)
    signal.signal(signal.SIGTERM, _stop)
    try:
        (_resume if given.resume else _train)(given)
    except KeyboardInterrupt:
        _write_page(given.output)
        raise
    _write_page(given.output)
    if not given.json:
        print(f"{given.output}: next, nightlift export {given.output} -o FILE.onnx", flush=True)
    if board is not None:
        monitor.stay(board)
    return 0


def _stop(*_: object) -> None:
    """End in order as by Ctrl-C, which a terminal tells all processes of a training."""
    for process in multiprocessing.active_children():
        if process.pid is not None:
            os.kill(process.pid, signal.SIGINT)
    raise KeyboardInterrupt


def _check_nodes(nodes: int) -> None:
    """Raise UsageError where several machines would not find each other."""
    from nightlift.errors import UsageError
    from nightlift.train import is_scheduled

    needed = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK")
    missing = [name for name in needed if name not in os.environ]
    if nodes > 1 and missing and not is_scheduled():
        raise UsageError(
            f"--nodes {nodes} needs to know where the first machine is, and which one this is: "
            f"set {', '.join(missing)}, or start it with torchrun or srun"
        )


def _monitored(given: argparse.Namespace) -> str | None:
    """TensorBoard's address, where it is asked for."""
    if not given.monitor and given.monitor_port is None:
        return None
    address = monitor.monitor(given.output / "tensorboard", given.monitor_port)
    print(f"TensorBoard: {address}", file=sys.stderr, flush=True)
    return address


def _train(given: argparse.Namespace) -> None:
    from nightlift.errors import UsageError
    from nightlift.learned import method
    from nightlift.train import train

    found = method(given.method)
    if given.data is None:
        raise UsageError("expected --data LAYOUT:PATH, such as folder:photos/ or auto:PATH")
    train(
        found,
        _recipe(given, found),
        given.data,
        given.output,
        init=given.init,
        devices=given.devices,
        nodes=given.nodes,
        seed=given.seed or 0,
        fold=given.fold,
        workers=given.workers,
        cache=given.cache,
        compiled=given.compile,
        max_minutes=given.max_minutes,
        preview_folder=given.preview_folder,
        command=shlex.join(["nightlift", *sys.argv[1:]]),
        report=progress.reporter(given.json),
    )


def _resume(given: argparse.Namespace) -> None:
    from nightlift.errors import UsageError
    from nightlift.train import RunFolder, override, resume

    if given.fold:
        raise UsageError(f"{given.output} has its split: --fold does not apply to --resume")
    description = RunFolder(given.output).read()[0]
    method, recipe = description.parsed()
    for option, value, stored in (
        ("METHOD", given.method, method.name),
        ("--recipe", given.recipe, recipe.name),
        ("--seed", given.seed, description.seed),
    ):
        if value is not None and value != stored:
            raise UsageError(f"{given.output} was begun with {option} {stored}, not {value}")
    if given.data is None:
        _check_near(given.output, description.data)
    resume(
        given.output,
        recipe=override(recipe, given.set),
        data=given.data,
        devices=given.devices,
        nodes=given.nodes,
        workers=given.workers,
        cache=given.cache,
        compiled=given.compile,
        max_minutes=given.max_minutes,
        preview_folder=given.preview_folder,
        report=progress.reporter(given.json),
    )


def _check_near(run: Path, specs: Sequence[str]) -> None:
    """A run that came from somebody else must not have folders read that its user did not mean."""
    from nightlift.errors import UsageError

    near = (run.resolve().parent, Path.cwd().resolve())
    for spec in specs:
        path = Path(spec.partition(":")[2]).resolve()
        if not any(path.is_relative_to(folder) for folder in near):
            again = shlex.join(word for spec in specs for word in ("--data", spec))
            raise UsageError(
                f"{run} was trained on {path}, which lies neither beside the run nor in this "
                f"folder; if these are the photos you mean, name them again: {again}"
            )


def _recipe(given: argparse.Namespace, found: Any) -> Any:
    from nightlift.train import override

    name = given.recipe or next(iter(found.recipes))
    chosen = _written(name, found) or _stored(name, found) or _named(name, found)
    return override(chosen, given.set)


def _written(name: str, found: Any) -> Any:
    """The recipe of a file in YAML; None for any other text."""
    if name in found.recipes or Path(name).suffix.lower() not in (".yaml", ".yml"):
        return None
    from nightlift.train import read_recipe

    return read_recipe(Path(name), found)


def _stored(name: str, found: Any) -> Any:
    """The recipe of a run, by its run.json or its folder; None for any other text."""
    from nightlift.data import RUN
    from nightlift.errors import UsageError
    from nightlift.train import stored_recipe

    path = Path(name)
    if name in found.recipes or not (path.suffix == ".json" or path.is_dir()):
        return None
    method, recipe = stored_recipe(path / RUN if path.is_dir() else path)
    if type(recipe) is not type(next(iter(found.recipes.values()))):
        raise UsageError(f"--recipe {name} is of {method.name}, which {found.name} cannot follow")
    return recipe


def _named(name: str, found: Any) -> Any:
    from nightlift.errors import UsageError, did_you_mean

    if name in found.recipes:
        return found.recipes[name]
    raise UsageError(
        f"{found.name} has no recipe {name!r}{did_you_mean(name, found.recipes)} "
        f"(there are: {', '.join(found.recipes)}; or name the run.json of a run)"
    )


def _show_recipe(given: argparse.Namespace) -> int:
    from nightlift.learned import field_docs, method

    recipe = _recipe(given, method(given.method))
    docs = field_docs(type(recipe))
    for key, value in asdict(recipe).items():
        meaning = docs.get(key)
        print(f"{key}={value}" if meaning is None else f"{key}={value}  # {meaning}")
    return 0


def _write_page(run: Path) -> None:
    """report.html of what the run folder holds so far."""
    from nightlift.data import RUN
    from nightlift.evaluate import HTML
    from nightlift.photo import write_bytes
    from nightlift.report import training_page

    if (run / RUN).is_file():
        write_bytes(run / HTML, training_page(run), overwrite=True)
