"""Weights of half the precision: the same graph, half the size."""

import numpy as np
import onnxruntime
import pytest

from nightlift.errors import ModelError
from nightlift.models.half import halved
from nightlift.models.released import FOLDER


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.onnx")), ids=lambda path: path.stem)
def test_a_released_model_at_half_the_size(path) -> None:
    data = path.read_bytes()
    half = halved(data)
    assert len(half) < 0.6 * len(data)
    sessions = [onnxruntime.InferenceSession(each) for each in (data, half)]
    shape = [side if isinstance(side, int) else 64 for side in sessions[0].get_inputs()[0].shape]
    photo = np.random.default_rng(1).random(shape, np.float32) ** 3
    full, rounded = (session.run(None, {"photo": photo})[0] for session in sessions)
    assert 0 < np.abs(full - rounded).max() < 5e-3


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="ONNX"):
        halved(b"no model at all")
