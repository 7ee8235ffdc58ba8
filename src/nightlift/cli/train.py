"""nightlift train: a method, on the user's own photos."""

from __future__ import annotations

import argparse
import importlib.util
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nightlift.cli.parser import Parser, Subparsers, number, path, size_in_bytes, whole

if TYPE_CHECKING:
    from nightlift.train.report import EpochDone, Event

QUIET = ("--load_fast", "false")
"""TensorBoard's faster loader announces itself at length."""

EPILOG = """examples:
  nightlift train zero-dce --data folder:photos/ -o runs/first
  nightlift train zero-dce --data lol:LOL/ -o runs/seed --recipe seed --set epochs=40 --set batch=4
  nightlift train zero-dce --data folder:photos/ -o runs/more --init runs/first --monitor
  nightlift train zero-dce -o runs/first --resume
  nightlift train deep-upe --data fivek:FIVEK/ --data lol:LOL/ -o runs/both
  nightlift train deep-upe --data folder:good/ --set darkened=0.7 -o runs/good

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
        help="such as folder:photos/ or auto:PATH; repeat to train on several at once",
    )
    parser.add_argument("-o", "--output", type=path, metavar="RUN", help="the run's new folder")
    parser.add_argument(
        "--recipe", metavar="NAME", help="or a run's run.json; default: the method's first recipe"
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
    group.add_argument("--devices", type=whole(1), default=1, metavar="N", help="default 1")
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
    group.add_argument(
        "--watch-folder",
        type=Path,
        metavar="DIR",
        help="own photos, whose results are drawn whenever pictures are",
    )
    group.add_argument("--monitor", action="store_true", help="start TensorBoard on the run")
    group.add_argument("--json", action="store_true", help="one JSON object an epoch on stdout")


def fold(text: str) -> tuple[int, int]:
    """`text` as (part, parts); an ArgumentTypeError in one sentence if it is none."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected K/N, such as 1/5, got {text!r}")
    return int(part), int(parts)


def run(given: argparse.Namespace) -> int:
    """Train or resume; raises what is wrong as one sentence."""
    from nightlift.errors import MissingExtraError, UsageError

    if not all(importlib.util.find_spec(name) for name in ("torch", "lightning")):
        raise MissingExtraError("training", "train")
    if given.show_recipe:
        return _show_recipe(given)
    if given.output is None:
        raise UsageError("expected -o RUN, the folder of the run")
    board = _monitor(given.output / "tensorboard") if given.monitor else None
    if board:
        print(f"TensorBoard: {board}", file=sys.stderr)
    try:
        (_resume if given.resume else _train)(given)
    except KeyboardInterrupt:
        _write_page(given.output)
        raise
    _write_page(given.output)
    if not given.json:
        print(f"{given.output}: next, nightlift export {given.output} -o FILE.onnx")
    return 0


def _train(given: argparse.Namespace) -> None:
    from nightlift.errors import UsageError
    from nightlift.learned.table import method
    from nightlift.train.run import train

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
        seed=given.seed or 0,
        fold=given.fold,
        workers=given.workers,
        cache=given.cache,
        compiled=given.compile,
        max_minutes=given.max_minutes,
        watch_folder=given.watch_folder,
        command=shlex.join(["nightlift", *sys.argv[1:]]),
        report=reporter(given.json),
    )


def _resume(given: argparse.Namespace) -> None:
    from nightlift.errors import UsageError
    from nightlift.train.overrides import override
    from nightlift.train.run import RunFolder, resume

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
    resume(
        given.output,
        recipe=override(recipe, given.set),
        devices=given.devices,
        workers=given.workers,
        cache=given.cache,
        compiled=given.compile,
        max_minutes=given.max_minutes,
        watch_folder=given.watch_folder,
        report=reporter(given.json),
    )


def _recipe(given: argparse.Namespace, found: Any) -> Any:
    from nightlift.train.overrides import override

    name = given.recipe or next(iter(found.recipes))
    chosen = _stored(name, found) or _named(name, found)
    return override(chosen, given.set)


def _stored(name: str, found: Any) -> Any:
    """The recipe of a run, by its run.json or its folder; None for any other text."""
    from nightlift.data.sidecar import RUN
    from nightlift.errors import UsageError
    from nightlift.train.folder import stored_recipe

    path = Path(name)
    if name in found.recipes or not (path.suffix == ".json" or path.is_dir()):
        return None
    method, recipe = stored_recipe(path / RUN if path.is_dir() else path)
    if type(recipe) is not type(next(iter(found.recipes.values()))):
        raise UsageError(f"--recipe {name} is of {method.name}, which {found.name} cannot follow")
    return recipe


def _named(name: str, found: Any) -> Any:
    import difflib

    from nightlift.errors import UsageError

    if name in found.recipes:
        return found.recipes[name]
    near = difflib.get_close_matches(name, found.recipes, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"{found.name} has no recipe {name!r}; {hint}there are: {', '.join(found.recipes)}, "
        "or name the run.json of a run"
    )


def _show_recipe(given: argparse.Namespace) -> int:
    from nightlift.learned.table import method

    for key, value in asdict(_recipe(given, method(given.method))).items():
        print(f"{key}={value}")
    return 0


def _write_page(run: Path) -> None:
    """report.html of what the run folder holds so far."""
    from nightlift.data.sidecar import RUN
    from nightlift.evaluate.documents import HTML
    from nightlift.photo.atomic import write_bytes
    from nightlift.report.training import training_page

    if (run / RUN).is_file():
        write_bytes(run / HTML, training_page(run), overwrite=True)


def _monitor(folder: Path) -> str:
    """Start TensorBoard in this process and return its address."""
    from nightlift.errors import MissingExtraError

    try:
        from tensorboard import program
    except ImportError:
        raise MissingExtraError("--monitor", "train") from None
    board = program.TensorBoard()
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--host", "127.0.0.1", *QUIET])
    return str(board.launch())


def reporter(as_json: bool) -> Any:
    """How events are printed: JSON lines, a progress bar on a terminal, or a line an epoch."""
    if as_json:
        return JsonLines()
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """One line an epoch, on standard output."""

    def __call__(self, event: Event) -> None:
        """Print the line of a finished epoch."""
        from nightlift.train.report import EpochDone, Notice

        if isinstance(event, EpochDone):
            print(line(event), flush=True)
        elif isinstance(event, Notice):
            print(event.sentence, file=sys.stderr, flush=True)


class JsonLines:
    """One JSON object an epoch on standard output, notices on standard error."""

    def __call__(self, event: Event) -> None:
        """Print the object of a finished epoch."""
        from nightlift.train.report import EpochDone, Notice

        if isinstance(event, EpochDone):
            print(json.dumps(asdict(event)), flush=True)
        elif isinstance(event, Notice):
            print(event.sentence, file=sys.stderr, flush=True)


class Bar:
    """A bar over all steps with the time left, and one line an epoch above it."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        """Move the bar, or print a notice or the line of a finished epoch."""
        from nightlift.train.report import Notice, StepDone

        if isinstance(event, StepDone):
            self._move(event)
            return
        if self._bar is not None:
            self._bar.clear()
        if isinstance(event, Notice):
            print(event.sentence, file=sys.stderr, flush=True)
        else:
            print(line(event), flush=True)
            if self._bar is not None and (event.stopped or event.epoch == event.epochs):
                self._bar.close()

    def _move(self, event: Any) -> None:
        from tqdm import tqdm

        done = (event.epoch - 1) * event.steps + event.step
        if self._bar is None:
            total = event.epochs * event.steps
            self._bar = tqdm(
                total=total, initial=done - 1, unit="step", leave=False, dynamic_ncols=True
            )
        self._bar.set_description(f"epoch {event.epoch}/{event.epochs}", refresh=False)
        self._bar.update(done - self._bar.n)


def line(event: EpochDone) -> str:
    """An epoch in one line."""
    which = "validation loss" if event.validated else "training loss"
    best = " (best)" if event.best else ""
    terms = "  ".join(f"{name} {value:.4g}" for name, value in event.terms.items())
    measures = "".join(f"{text}  " for text in _measured(event.measures))
    end = "stopped early" if event.stopped else f"{_clock(event.remaining)} left"
    return (
        f"epoch {event.epoch}/{event.epochs}  {which} {event.loss:.5g}{best}  "
        f"{measures}{terms}  rate {event.learning_rate:.3g}  "
        f"{event.pictures_a_second:.3g} pictures/s  "
        f"{event.peak_memory / 2**30:.2g} GiB  {_clock(event.seconds)}, {end}"
    )


def _measured(measures: Mapping[str, float]) -> Iterator[str]:
    """Such as `validation 21.37 dB, SSIM 0.812`."""
    for part in ("validation", "training"):
        if f"{part}_psnr" in measures:
            yield f"{part} {measures[f'{part}_psnr']:.2f} dB, SSIM {measures[f'{part}_ssim']:.3f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
