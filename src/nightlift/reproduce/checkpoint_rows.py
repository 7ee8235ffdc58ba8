"""The rows of a reproduction: checkpoints as released files, and what only this table needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.adjust import OFFSET
from nightlift.data import Bytes, Sample, to_bytes
from nightlift.evaluate import Candidate, method, released_file
from nightlift.learned import DeepUPE, Published, importer
from nightlift.photo import Photo, small_copy
from nightlift.reproduce.claims import Reproduction, Weights
from nightlift.train import release


def rows(asked: Reproduction, folder: Path, models: Path) -> list[Candidate]:
    """The rows whose checkpoints are there.

    Args:
        asked: What is reproduced.
        folder: The user's files.
        models: Where released files are written.

    Returns:
        One row for each checkpoint, after the rows of installed methods.

    Raises:
        ModelError: A checkpoint is refused.
    """
    found = [row for one in asked.weights for row in _of_weights(one, asked, folder, models)]
    return [*(method(name) for name in asked.rows), *found]


def _of_weights(
    one: Weights, asked: Reproduction, folder: Path, models: Path
) -> Iterator[Candidate]:
    if not one.needed.there(folder):
        return
    published = importer(one.method)(folder / one.needed.path)
    path = models / f"{one.row.replace(' ', '-').replace('+', '-')}.onnx"
    models.mkdir(parents=True, exist_ok=True)
    release(*published, path, overwrite=True)
    row = released_file(path, exact=True)
    yield replace(row, name=one.row, title=one.row)
    if asked.name == "deep-upe":
        yield _not_aligned(published, path)


def _not_aligned(published: Published, path: Path) -> Candidate:
    """DeepUPE sliced as newer versions of PyTorch do it unless told otherwise."""
    network, passport = published
    assert isinstance(network, DeepUPE)

    def render(sample: Sample, source: Bytes) -> Bytes:
        small = small_copy(Photo(source), passport.exact_size, passport.exact_resize)
        with torch.no_grad():
            photo = _tensor(source.astype(np.float32) / np.float32(np.iinfo(source.dtype).max))
            light = illumination(photo, network(_tensor(small)), network.guide(photo), False)
            result = (photo / (light + OFFSET)).clamp(0, 1)
        return to_bytes(result[0].numpy().transpose(1, 2, 0))

    about = {"kind": "rendered", **released_file(path).about}
    about.pop("file")
    name = "corners not aligned"
    return Candidate(name, name, "method", render, about, identity=name)


def illumination(photo: Tensor, cells: Tensor, guide: Tensor, aligned: bool) -> Tensor:
    """Cells (N, 12, bins, h, w) sliced by PyTorch's own grid_sample, zero outside, as published.

    Args:
        photo: (N, 3, H, W) in [0, 1].
        cells: Of the network.
        guide: (N, 1, H, W) in (-1, 1).
        aligned: `align_corners` of grid_sample.

    Returns:
        The illumination, of the photo's shape.
    """
    count, _, height, width = photo.shape
    down = torch.linspace(-1, 1, height).view(1, height, 1).expand(count, -1, width)
    across = torch.linspace(-1, 1, width).view(1, 1, width).expand(count, height, -1)
    places = torch.stack((across, down, guide[:, 0]), -1)[:, None]
    affine = F.grid_sample(cells, places, padding_mode="zeros", align_corners=aligned)[:, :, 0]
    models = affine.view(count, 3, 4, height, width)
    return (models[:, :, :3] * photo[:, None]).sum(2) + models[:, :, 3]


def _tensor(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]
