"""References that are brighter than white: measured as light, and never clipped on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile

from nightlift.cli.main import main
from nightlift.data.leakage import perceptual_hash
from nightlift.data.pictures import size, small_gray
from tests.evaluate.conftest import darkened, save, scene


def linear(picture: Any) -> Any:
    codes = picture / 255
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def pu_psnr(seen: Any, wanted: Any) -> float:
    """Of linear light, 1 is 100 cd/m², written out."""
    values = []
    for light in (seen, wanted):
        power = np.clip(100 * light, 0.005, 1e4) ** 0.9062562627
        share = (0.353487901 + 0.3734658629 * power) / (1 + 8.277049286e-05 * power)
        values.append(596.3148142 * (share**0.09150303166 - 0.9099517204))
    return float(10 * np.log10(256**2 / np.mean((values[0] - values[1]) ** 2)))


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Dark photos, and light that is up to four times as bright as white."""
    root = tmp_path / "HDR"
    for number in range(3):
        bright = scene(number)
        save(root / "low" / f"{number}.png", darkened(bright, 2.0))
        (root / "high").mkdir(exist_ok=True)
        light = (4 * linear(bright)).astype(np.float32)
        assert cv2.imwrite(str(root / "high" / f"{number}.hdr"), light[..., ::-1])
    return root


def run(data: Path, *further: object) -> int:
    out = data.parent / "out"
    words = ("benchmark", "-m", "gamma", "--data", f"lol:{data}", "-o", out, "--overwrite")
    words += ("--cache", data.parent / "kept.jsonl", "--no-costs", *further)
    return main([str(word) for word in words])


def told(data: Path) -> dict[str, Any]:
    (part,) = json.loads((data.parent / "out" / "benchmark.json").read_text())["data_sets"]
    return dict(part)


def test_light_is_measured_as_light_unless_told_otherwise(pairs: Path) -> None:
    assert run(pairs) == 0
    part = told(pairs)
    names = [one["name"] for one in part["metrics"]]
    assert names[:3] == ["pu-psnr", "pu-ssim", "loe"]
    identity = next(row for row in part["rows"] if row["name"] == "identity")
    for number, score in enumerate(identity["scores"]["pu-psnr"]):
        stored = cv2.imread(str(pairs / "high" / f"{number}.hdr"), cv2.IMREAD_UNCHANGED)
        assert stored is not None and stored.max() > 3
        dark = linear(darkened(scene(number), 2.0).astype(float))
        assert score == pytest.approx(pu_psnr(dark, stored[..., ::-1]), rel=1e-5)


def test_what_compares_up_to_white_says_so(pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(pairs, "--metrics", "ssim") == 1
    said = capsys.readouterr().err
    assert "ssim compares values from 0 to 1, and its reference or result is brighter" in said
    assert "measure pu-psnr and pu-ssim" in said
    words = ["evaluate", "-m", "gamma", "--data", f"lol:{pairs}", "-o", str(pairs / "out")]
    assert main(words) == 1
    assert "0.hdr: holds light, which `nightlift benchmark` measures" in capsys.readouterr().err


def test_light_up_to_white_is_a_picture_like_any_other(pairs: Path) -> None:
    assert run(pairs, "--metrics", "pu-psnr") == 0
    for number in range(3):
        light = linear(scene(number)).astype(np.float32)
        cv2.imwrite(str(pairs / "high" / f"{number}.hdr"), light[..., ::-1])
    assert run(pairs, "--metrics", "psnr") == 0
    found = next(row for row in told(pairs)["rows"] if row["name"] == "identity")["scores"]["psnr"]
    for number, score in enumerate(found):
        error = np.mean((darkened(scene(number), 2.0).astype(float) - scene(number)) ** 2)
        assert score == pytest.approx(10 * np.log10(255**2 / error), abs=0.1)


def test_openexr_is_the_same_light(pairs: Path) -> None:
    library = pytest.importorskip("OpenImageIO", reason="the extra jxl is not installed")
    assert run(pairs, "--metrics", "pu-psnr,pu-ssim") == 0
    first = told(pairs)["rows"]
    for path in (pairs / "high").iterdir():
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert stored is not None
        spec = library.ImageSpec(stored.shape[1], stored.shape[0], 3, library.FLOAT)
        to = path.with_suffix(".exr")
        out = library.ImageOutput.create(str(to))
        assert out.open(str(to), spec) and out.write_image(stored[..., ::-1].copy())
        assert out.close()
        path.unlink()
    assert run(pairs, "--metrics", "pu-psnr,pu-ssim") == 0
    for one, other in zip(first, told(pairs)["rows"], strict=True):
        for metric, scores in one["scores"].items():
            assert other["scores"][metric] == pytest.approx(scores, rel=1e-9)


def test_the_data_is_in_order(pairs: Path) -> None:
    path = pairs / "high" / "0.hdr"
    assert size(path) == (48, 64)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    # Ranks of gray alone count, where nothing is brighter than white.
    cv2.imwrite(str(path), stored / 4)
    apart = perceptual_hash(small_gray(path)) ^ perceptual_hash(small_gray(pairs / "low" / "0.png"))
    assert apart.bit_count() <= 8
    assert main(["data", "check", f"lol:{pairs}", "--smallest", "32"]) == 0


def test_results_may_be_light_too(pairs: Path) -> None:
    again = pairs.parent / "theirs"
    again.mkdir()
    for path in (pairs / "high").iterdir():
        (again / path.name).write_bytes(path.read_bytes())
    assert run(pairs, "--results", f"theirs={again}", "--metrics", "pu-psnr,pu-ssim") == 0
    theirs = next(row for row in told(pairs)["rows"] if row["name"] == "theirs")
    assert theirs["scores"]["pu-psnr"] == ["inf"] * 3
    assert theirs["scores"]["pu-ssim"] == pytest.approx([1] * 3)


def test_floats_beyond_their_range_are_not_clipped(
    pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        (pairs / "high" / f"{number}.hdr").unlink()
        values = (scene(number) / 100).astype(np.float32)
        assert values.max() > 1
        tifffile.imwrite(pairs / "high" / f"{number}.tif", values, photometric="rgb")
    assert run(pairs, "--metrics", "psnr") == 1
    said = capsys.readouterr().err
    assert "0.tif: holds values outside 0 to 1" in said and "OpenEXR (.exr)" in said
