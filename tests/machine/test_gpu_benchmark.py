"""The benchmark for accelerators: its rows, and that what it times is what the methods do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from benchmarks import gpu
from nightlift.learned.table import METHODS


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_a_picture_and_exact_is_its_network(name: str) -> None:
    method = METHODS[name]
    torch.manual_seed(1)
    frame = 0.5 * torch.rand(1, 3, 32, 32)
    for way in gpu.ways(method, torch.device("cpu")):
        with torch.inference_mode():
            result = way.apply(frame, way.estimate(frame))
        assert result.shape == frame.shape and result.min() >= 0 and result.max() <= 1
        if way.name.endswith("(exact)"):
            torch.manual_seed(0)
            network = method.network(next(iter(method.recipes.values()))).eval()
            with torch.inference_mode():
                torch.testing.assert_close(result, network(frame).float(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["zero-dce", "deep-upe", "glenet-global"])
def test_what_is_applied_is_what_training_applies(name: str) -> None:
    """On a frame that is its own small copy the objective's result is the same."""
    method = METHODS[name]
    recipe = next(iter(method.recipes.values()))
    frame = 0.5 * torch.rand(1, 3, 256, 256)
    (way,) = gpu.ways(method, torch.device("cpu"))
    torch.manual_seed(0)
    objective = method.objective(method.network(recipe), recipe).eval()
    with torch.inference_mode():
        result = way.apply(frame, way.estimate(frame))
        torch.testing.assert_close(result, objective.enhance(frame), atol=1e-4, rtol=0)


def test_rows_are_printed_for_each_size_and_mode(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--device", "cpu", "--size", "40x24", "24x40", "--repeats", "1"]
    gpu.main([*words, "--methods", "zero-dce,enlightengan", "--bf16"])
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head.count("|") == len(gpu.HEAD) + 1
    named = [(line.split(" | ")[0].strip("| "), line.split(" | ")[1]) for line in lines]
    sizes = ("40x24", "24x40")
    wanted = ("zero-dce", "enlightengan (grid)", "enlightengan (exact)")
    assert named == [(name, size) for name in wanted for size in sizes]
    for line in lines:
        estimate, apply, alone = (float(cell) for cell in line.split(" | ")[2:5])
        assert alone == pytest.approx(1000 / (estimate + apply), rel=0.02)
