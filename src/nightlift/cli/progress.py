"""What a training prints while it runs: JSON lines, a bar, or a line an epoch."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightlift.train import EpochDone, Event


def reporter(as_json: bool) -> Any:
    """How events are printed: JSON lines, a progress bar on a terminal, or a line an epoch."""
    if as_json:
        return JsonLines()
    return TrainingBar() if sys.stderr.isatty() else TrainingLines()


class TrainingLines:
    """One line an epoch, on standard output."""

    def __call__(self, event: Event) -> None:
        """Print the line of a finished epoch."""
        from nightlift.train import EpochDone, Notice

        if isinstance(event, EpochDone):
            print(line(event), flush=True)
        elif isinstance(event, Notice):
            print(event.sentence, file=sys.stderr, flush=True)


class JsonLines:
    """One JSON object an epoch on standard output, notices on standard error."""

    def __call__(self, event: Event) -> None:
        """Print the object of a finished epoch."""
        from nightlift.train import EpochDone, Notice

        if isinstance(event, EpochDone):
            print(json.dumps(asdict(event)), flush=True)
        elif isinstance(event, Notice):
            print(event.sentence, file=sys.stderr, flush=True)


class TrainingBar:
    """A bar over all steps with the time left, and one line an epoch above it."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        """Move the bar, or print a notice or the line of a finished epoch."""
        from nightlift.train import Notice, StepDone

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
