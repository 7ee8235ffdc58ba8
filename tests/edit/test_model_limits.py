"""A stranger's model has bounds of time and memory; ours have none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper, numpy_helper

from nightlift.edit import model_limits
from nightlift.edit.engine import Engine
from nightlift.errors import ModelError
from nightlift.models import released
from nightlift.models.released import ReleasedModel, parse, stamp
from tests.onnx_graphs import PASSPORT, model, node

PICTURE = np.full((96, 96, 3), 0.5, np.float32)
LAYERS = 60


def slow() -> bytes:
    """Many layers that take a while together, each of them short."""
    weight = numpy_helper.from_array(np.full((3, 3, 21, 21), 1e-5, np.float32), "w")
    layers, last = [], "photo"
    for number in range(LAYERS):
        name = "parameters" if number == LAYERS - 1 else f"x{number}"
        layers.append(helper.make_node("Conv", [last, "w"], [name], pads=[10] * 4))
        last = name
    return model(layers, [weight]).SerializeToString()


def greedy(numbers: int) -> bytes:
    """A graph that makes so many numbers of one."""
    shape = numpy_helper.from_array(np.array([numbers], np.int64), "shape")
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["mean"], keepdims=0),
        node("Expand", ["mean", "shape"], "many"),
        helper.make_node("ReduceMax", ["many"], ["most"], keepdims=0),
        node("Add", ["photo", "most"]),
    ]
    return model(nodes, [shape]).SerializeToString()


def loaded(data: bytes, path: Path = Path("strange.onnx")) -> ReleasedModel:
    return parse(stamp(data, PASSPORT), path)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_a_model_that_takes_too_long_is_stopped(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(engine)
    monkeypatch.setattr(model_limits, "SECONDS", 0.0)
    monkeypatch.setattr(model_limits, "SECONDS_A_MEGAPIXEL", 0.0)
    with pytest.raises(ModelError, match="it was stopped after 0 seconds"):
        Engine(loaded(slow()), engine, threads=1).run(PICTURE)


def test_a_model_of_ours_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_limits, "SECONDS", 0.0)
    monkeypatch.setattr(model_limits, "SECONDS_A_MEGAPIXEL", 0.0)
    ours = loaded(slow(), released.FOLDER / "ours.onnx")
    assert not ours.foreign
    assert Engine(ours, "onnxruntime", threads=1).run(PICTURE).shape == (3, 96, 96)


CHILD = """
import sys
sys.path.insert(0, ".")
import numpy as np
from nightlift.edit.engine import Engine
from nightlift.errors import ModelError
from tests.edit.test_model_limits import PICTURE, greedy, loaded
model = loaded(greedy(4_000_000_000))  # 16 GB
try:
    Engine(model, "onnxruntime", threads=1).run(PICTURE)
except ModelError as error:
    told = str(error)
else:
    told = "it ran"
peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1]
print(int(peak) >> 10, told)
print(Engine(loaded(greedy(10)), "onnxruntime", threads=1).run(PICTURE).mean())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory as Linux tells it")
def test_a_model_that_wants_all_memory_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=120, check=True
    )
    first, second = done.stdout.splitlines()
    assert int(first.split()[0]) < 1000
    assert "failed on a picture" in first
    assert float(second) == pytest.approx(1.0)
