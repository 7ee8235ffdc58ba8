"""What a run folder keeps of a training: metrics, TensorBoard events, pictures, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from nightlift.photo import write_bytes
from nightlift.train import sheets, snapshots
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.folder import RunFolder
from nightlift.train.loaders import Loaders
from nightlift.train.metrics_file import VALIDATION, MetricsFile
from nightlift.train.pace import Pace, Stopwatch, append
from nightlift.train.preview_photos import PreviewPhoto
from nightlift.train.report import EpochDone, Notice, Report, StepDone

if TYPE_CHECKING:
    from nightlift.train.module import Training


class FolderRecorder:
    """Keeps a training in a run folder, and reports on it to the caller.

    Nothing is opened before training starts: where there are several devices, the recorder
    travels to the process of the first one.
    """

    def __init__(
        self,
        folder: RunFolder,
        loaders: Loaders,
        report: Report | None,
        previews: Sequence[PreviewPhoto] = (),
    ) -> None:
        self.folder, self.loaders, self.report = folder, loaders, report
        self.previews = previews
        self._means: Mapping[str, float] = {}
        self._learning_rate = 0.0
        self._watch = Stopwatch()

    def started(self, module: Training) -> None:
        """Open the logs, and drop from them what will come again."""
        self._metrics = MetricsFile(self.folder.metrics, self.loaders.measured)
        self._metrics.forget(module.steps)
        self._board = _open_board(self.folder.board, module.steps)
        self._begin_time = time.monotonic() - module.seconds
        self._begin = module.epoch, module.seconds

    def stepped(self, module: Training) -> None:
        """Draw pictures if it is time, and report the step."""
        self._watch.stepped()
        every = module.recipe.pictures_every_steps
        if every and module.steps % every == 0:
            self._draw(module, f"step-{module.steps:06d}")
        module.seconds = time.monotonic() - self._begin_time
        if self.report:
            steps = module.steps_an_epoch
            step = (module.steps - 1) % steps + 1
            self.report(StepDone(module.epoch + 1, module.recipe.epochs, step, steps))

    def measured(self, module: Training, means: Mapping[str, float]) -> None:
        """Log the terms."""
        self._means = means
        self._learning_rate = module.optimizers[0].param_groups[0]["lr"]
        self._log(module, module.epoch + 1, means)

    def finished_epoch(
        self, module: Training, loss: float, measures: Mapping[str, float], best: bool
    ) -> None:
        """Log, draw and save; what was saved before stays until the new is whole."""
        module.seconds = time.monotonic() - self._begin_time
        validated = bool(self.loaders.held.samples)
        last_row = {VALIDATION: loss, **measures} if validated else measures
        if last_row:
            self._log(module, module.epoch, last_row)
        every = module.recipe.pictures_every
        if every and (module.epoch % every == 0 or module.epoch == module.recipe.epochs):
            self._draw(module, f"epoch-{module.epoch:04d}")
            self._draw_previews(module, f"preview-{module.epoch:04d}")
        if self._board:
            self._board.flush()
        checkpoint = Checkpoint.take(module)
        if best:
            checkpoint.save(self.folder.best)
        snapshots.keep(self.folder, module.recipe, checkpoint, loss, measures)
        checkpoint.save(self.folder.last)
        pace = self._watch.pace(module.epoch, module.recipe.batch)
        append(self.folder.pace, pace)
        if self.report:
            self.report(self._epoch_done(module, loss, measures, best, pace))

    def noted(self, sentence: str) -> None:
        """Report it."""
        if self.report:
            self.report(Notice(sentence))

    def _epoch_done(
        self,
        module: Training,
        loss: float,
        measures: Mapping[str, float],
        best: bool,
        pace: Pace,
    ) -> EpochDone:
        begin_epoch, begin_seconds = self._begin
        seconds = (module.seconds - begin_seconds) / (module.epoch - begin_epoch)
        stopped = module.stopped
        left = 0 if stopped else module.recipe.epochs - module.epoch
        return EpochDone(
            epoch=module.epoch,
            epochs=module.recipe.epochs,
            loss=loss,
            validated=bool(self.loaders.held.samples),
            best=best,
            learning_rate=self._learning_rate,
            terms=self._means,
            seconds=module.seconds,
            remaining=seconds * left,
            stopped=stopped,
            pictures_a_second=pace.pictures_a_second,
            peak_memory=pace.peak_memory,
            measures=measures,
        )

    def _log(self, module: Training, epoch: int, values: Mapping[str, float]) -> None:
        seconds = round(module.seconds, 3)
        fixed = {"epoch": epoch, "step": module.steps, "seconds": seconds}
        self._metrics.append({**fixed, "learning_rate": self._learning_rate, **values})
        if self._board:
            for name, value in values.items():
                self._board.add_scalar(name, value, module.steps)
            self._board.add_scalar("learning_rate", self._learning_rate, module.steps)

    def _draw(self, module: Training, name: str) -> None:
        batches = [module.on_device(batch) for batch in self.loaders.shown()]
        paired = self.loaders.pictures.method.supervision == "paired"
        with module.released() as objective:
            drawn = sheets.draw(objective, batches, targets=paired)
            histograms = objective.histograms(batches[0].photo) if self._board else {}
        write_bytes(self.folder.pictures / f"{name}.png", drawn.pictures, overwrite=True)
        if drawn.histograms:
            file = self.folder.pictures / f"{name}-histograms.png"
            write_bytes(file, drawn.histograms, overwrite=True)
        if self._board:
            self._board.add_image("pictures", _decoded(drawn.pictures), module.steps)
            for (row, column), values in histograms.items():
                self._board.add_histogram(f"{row}/{column}", values, module.steps)

    def _draw_previews(self, module: Training, name: str) -> None:
        if not self.previews:
            return
        photos = [
            (one.name, torch.from_numpy(one.pixels).to(module.device).movedim(2, 0)[None] / 255)
            for one in self.previews
        ]
        with module.released() as objective:
            drawn = sheets.strip(objective, photos)
        write_bytes(self.folder.pictures / f"{name}.png", drawn, overwrite=True)
        if self._board:
            self._board.add_image("previews", _decoded(drawn), module.steps)


def _open_board(folder: Path, steps: int) -> Any:
    """TensorBoard's writer, or None where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=steps + 1 if steps else None)


def _decoded(png: bytes) -> Any:
    """The (3, H, W) uint8 array of a PNG file."""
    import io

    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).transpose(2, 0, 1)
