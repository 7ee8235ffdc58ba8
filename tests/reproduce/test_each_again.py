"""Each of the five from files to both numbers, with weights in the published formats."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.cli.main import main
from tests.evaluate.conftest import darkened, save, scene
from tests.learned import test_deep_upe_published as deep_upe
from tests.learned import test_enlightengan_released as enlightengan
from tests.learned import test_glenet_published as glenet
from tests.learned import test_smnet_published as smnet
from tests.learned.tensorflow_writer import write

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pairs(folder: Path, low: str, high: str) -> None:
    for number in range(2):
        answer = scene(number, 168, 184)
        save(folder / high / f"{number}.png", answer)
        save(folder / low / f"{number}.png", darkened(answer, 2.0))


def checkpoint(folder: Path, name: str, weights: Mapping[str, Tensor]) -> None:
    (folder / "weights").mkdir(exist_ok=True)
    torch.save(dict(weights), folder / "weights" / name)


def again(name: str, folder: Path) -> dict[str, Any]:
    words = ["reproduce", name, str(folder), "-o", str(folder / "out")]
    assert main([*words, "--cache", str(folder / "kept.jsonl"), "--jobs", "1"]) == 0
    told = json.loads((folder / "out" / "reproduction.json").read_text())
    return dict(told)


def measured(told: dict[str, Any]) -> dict[tuple[str, str, str], float | None]:
    return {
        (one["pictures"], one["row"], one["metric"]): one["measured"] and one["measured"]["mean"]
        for one in told["claims"]
    }


def test_smnet(tmp_path: Path) -> None:
    pairs(tmp_path / "eval15", "low", "high")
    pairs(tmp_path / "fivek", "low", "high")
    checkpoint(tmp_path, "lol.pth", smnet.theirs("lol"))
    checkpoint(tmp_path, "fivek.pth", smnet.theirs("fivek"))
    told = again("smnet", tmp_path)
    found = measured(told)
    assert set(found) == {
        *(("LOL eval15", "LOL", one) for one in ("psnr", "ssim", "vif", "fsim", "iw-ssim", "loe")),
        *(("FiveK subset", "FiveK", one) for one in ("psnr", "ssim", "loe")),
    }
    assert all(value is not None for value in found.values())
    assert [one["count"] for one in told["tables"]] == [2, 2]
    assert "LOL eval15: 2 pictures are measured, 15 published" in told["differences"]


def test_enlightengan(tmp_path: Path) -> None:
    save(tmp_path / "LIME" / "1.png", np.kron(scene(1), np.ones((4, 4, 1), np.uint8)))
    spread = np.random.default_rng(0).normal(size=(72, 36))
    statistics = {"mu_pris_param": spread.mean(0)[None], "cov_pris_param": np.cov(spread.T)}
    np.savez(tmp_path / "niqe.npz", **statistics)
    checkpoint(tmp_path, "relu5_1.pth", enlightengan.their_weights())
    told = again("enlightengan", tmp_path)
    found = measured(told)
    assert found["LIME", "relu5_1", "niqe"] is not None
    assert found["MEF", "relu5_1", "niqe"] is None
    (table,) = told["tables"]
    assert {"identity", "clahe", "relu5_1"} <= set(table["rows"])
    for missing in ("weights/relu5_3.pth", "weights/stylefeat.pth", "MEF", "NPE", "VV", "DICM"):
        assert f"{missing} is missing, and what needs it" in told["differences"]


def test_glenet_from_tensorflows_own_files(tmp_path: Path) -> None:
    pairs(tmp_path / "fivek", "input", "expertC_gt")
    (tmp_path / "weights").mkdir()
    write(tmp_path / "weights" / "GleNet", glenet.their_arrays(glenet.random_gen()))
    told = again("glenet", tmp_path)
    found = measured(told)
    assert found["FiveK validation", "GEN", "psnr"] is not None
    assert found["FiveK validation", "GEN+LEN", "psnr"] is None
    assert "weights/GleNet-with-LEN.index is missing, and what needs it" in told["differences"]


def test_deep_upe(tmp_path: Path) -> None:
    pairs(tmp_path / "fivek", "input", "expertC_gt")
    checkpoint(tmp_path, "epoch_48_psnr_23.677.pth", deep_upe.their_weights(deep_upe.example()))
    told = again("deep-upe", tmp_path)
    assert all(value is not None for value in measured(told).values())
    (table,) = told["tables"]
    aligned, not_aligned = (
        table["rows"][name]["psnr"]["mean"] for name in ("corners aligned", "corners not aligned")
    )
    assert aligned != not_aligned
    assert any("is another file than the published one" in one for one in told["differences"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("glenet", "glenet_gen/tf/GleNet.*"),
        ("deep-upe", "deep_upe/epoch_48_psnr_23.677.pth"),
    ],
)
def test_the_published_files_are_known(shared: Path, tmp_path: Path, name: str, files: str) -> None:
    pairs(tmp_path / "fivek", "input", "expertC_gt")
    (tmp_path / "weights").mkdir()
    for file in (shared / "published").glob(files):
        (tmp_path / "weights" / file.name).write_bytes(file.read_bytes())
    told = again(name, tmp_path)
    assert not any("another file" in one for one in told["differences"])
    row = {"glenet": "GEN", "deep-upe": "corners aligned"}[name]
    found = measured(told)
    assert found["FiveK validation", row, "psnr"] is not None
    assert found["FiveK validation", row, "ssim-uniform"] is not None
