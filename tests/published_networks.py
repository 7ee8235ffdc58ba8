"""The published networks' weights and outputs that `tests/reference` holds as numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nightlift.photo.photo import Floats
from tests.reference import synth

REFERENCE = Path(__file__).parent / "reference"
TOLERANCE = 1e-4


def weights(folder: str) -> dict[str, Tensor]:
    """Every entry of the published network's checkpoint, under its published name."""
    keys = json.loads((REFERENCE / folder / "reference.json").read_text())["checkpoint_keys"]
    return {key: torch.from_numpy(synth.tensor(key, shape)) for key, shape in keys.items()}


def outputs(folder: str) -> dict[str, Floats]:
    """What the published network gave with those weights, without the batch axis."""
    with np.load(REFERENCE / folder / "outputs.npz") as stored:
        return {key: stored[key][0] for key in stored}


def assert_same(found: Floats, expected: Floats) -> None:
    """Within `TOLERANCE` of the range of the published output."""
    assert found.shape == expected.shape
    scale = float(expected.max() - expected.min())
    assert np.abs(found - expected).max() <= TOLERANCE * scale
