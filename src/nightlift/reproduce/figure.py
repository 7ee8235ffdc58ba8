"""Zero-DCE's figures: the comparison sheet of the demo folder, and results every N epochs."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from nightlift.data import Bytes, Sample, picture
from nightlift.data import shrunk as smaller
from nightlift.evaluate import GAMMA, Candidate, gamma_table
from nightlift.photo import Photo, write_bytes
from nightlift.report import SheetRow, sheet, shrunk
from nightlift.train import Checkpoint, RunFolder, fill, without_features

ROWS = 4
"""Photos on a page of the PDF."""

DOTS = 200
"""Pixels an inch of it."""

LONG_SIDE = 1024
"""Pixels of the photos that snapshots of a run are shown for."""


def comparison(
    samples: Sequence[Sample], rows: Sequence[Candidate], path: Path, overwrite: bool
) -> None:
    """A page a few photos: the input, each row's result, gamma 0.4 and the matched gamma.

    The matched gamma brings the input to the mean of the first row's result, as the
    re-implementation's comparison does.

    Args:
        samples: The photos.
        rows: The methods, at least one.
        path: The first page's file; further ones are numbered.
        overwrite: Whether files there are replaced.
    """
    columns = ["input", *(row.name for row in rows), f"gamma {GAMMA:g}", "matched gamma"]

    def drawn() -> Iterator[SheetRow]:
        for sample in samples:
            source = picture(sample.photo)
            results = [row.render(sample, source) for row in rows]
            plain = [_by_gamma(source, GAMMA), _by_gamma(source, matched(source, results[0]))]
            shown = [Photo(one) for one in (source, *results, *plain)]
            yield shrunk(SheetRow(sample.id, shown))

    _write_pages(list(drawn()), columns, path, overwrite)


def matched(source: Bytes, result: Bytes) -> float:
    """log(mean of the result) / log(mean of the source), both in (0, 1)."""
    means = [min(max(float(one.mean()) / 255, 1e-6), 1 - 1e-6) for one in (result, source)]
    return math.log(means[0]) / math.log(means[1])


def every_epochs(run: Path, samples: Sequence[Sample], path: Path, overwrite: bool) -> bool:
    """A page a few photos: the input, and what each kept epoch of a run makes of it.

    Args:
        run: Its folder.
        samples: The photos.
        path: The first page's file; further ones are numbered.
        overwrite: Whether files there are replaced.

    Returns:
        Whether the run has kept epochs at all.
    """
    folder = RunFolder(run)
    snapshots = folder.snapshots
    if not snapshots:
        return False
    sources = {sample.id: smaller(picture(sample.photo), LONG_SIDE) for sample in samples}
    shown = {id: [Photo(source)] for id, source in sources.items()}
    method, recipe = folder.read()[0].parsed()
    for snapshot in snapshots:
        network = method.network(recipe)
        fill(network, Checkpoint.load(snapshot).released, str(snapshot))
        objective = method.objective(network, without_features(recipe)).eval()
        for id, source in sources.items():
            photo = torch.from_numpy(source.transpose(2, 0, 1)[None].copy()).float() / 255
            with torch.no_grad():
                result = objective.enhance(photo)[0].clamp(0, 1).mul(255).add(0.5).floor().byte()
            shown[id].append(Photo(np.ascontiguousarray(result.permute(1, 2, 0).numpy())))
    names = ["input", *(one.stem.split("-")[1].lstrip("0") for one in snapshots)]
    drawn = [shrunk(SheetRow(id, photos)) for id, photos in shown.items()]
    _write_pages(drawn, names, path, overwrite)
    return True


def _write_pages(
    rows: Sequence[SheetRow], columns: Sequence[str], path: Path, overwrite: bool
) -> None:
    """Write a PDF, a few rows a page."""
    starts = range(0, len(rows), ROWS)
    first, *others = (
        Image.fromarray(sheet(rows[start : start + ROWS], columns)) for start in starts
    )
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=others, quality=95, resolution=DOTS)
    write_bytes(path, buffer.getvalue(), overwrite)


def _by_gamma(source: Bytes, gamma: float) -> Bytes:
    return np.asarray(cv2.LUT(source, gamma_table(gamma)), np.uint8)
