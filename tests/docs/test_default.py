"""The default's table: halves never move, and its numbers are those of plain sums."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import default
from tests.reference import synth


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for seed in range(5):
        picture = np.rint(250 * synth.image(40, 48, seed)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{seed}.png"), picture)
    return tmp_path


def test_a_pair_lies_in_the_half_of_its_answer() -> None:
    halves = [default.Task("good", Path(f"{n}.png")).half for n in range(200)]
    assert halves[:8] == list("bbaabbbb")
    assert 80 < halves.count("a") < 120
    assert all(
        default.Task("pairs", Path("dark.jpg"), Path(f"{n}.jpg")).half == half
        for n, half in enumerate(halves)
    )


def test_one_run_prints_both_halves_and_each(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["default.py", "--good", photos, "--dark", photos, "--processes", 1]
    monkeypatch.setattr(sys, "argv", list(map(str, [*command, "--rows", "identity", "gamma"])))
    default.main()
    parts = capsys.readouterr().out.split("Half ")
    assert [part[0] for part in parts[1:]] == ["a", "b"]
    assert "5 good" in parts[0]
    assert all("| identity | 0.00 | 0.00 | 0.000 % |" in part for part in parts)
    assert "0.0°, 0.0° | 1.00, 1.00" in parts[0]


def test_harm_and_pairs_are_measured_on_what_comes_out() -> None:
    photo = np.full((16, 16, 3), 100, np.uint8)
    clipped = photo.copy()
    clipped[:4] = 255
    good = default.numbers("good", photo, photo, clipped, clipped)
    assert good["clipped"] == 0.25
    assert good["change"] > 5
    assert default.numbers("fivek", photo, photo, photo + 10, photo) == {
        "psnr": pytest.approx(20 * np.log10(25.5))
    }
    noisy = default.numbers("lol", photo, photo, photo // 2, photo)
    assert noisy["matched ssim"] == pytest.approx(1)


def test_hue_and_black_are_those_before_denoising() -> None:
    photo = np.zeros((20, 20, 3), np.uint8)
    photo[:10] = (120, 60, 60)
    turned = photo[..., ::-1].copy()
    black = np.maximum(photo, 9)
    told = default.numbers("dark", photo, photo, turned, black)
    assert told["black"] == 9
    assert told["hue"] < 5 < default.numbers("dark", photo, photo, photo, turned)["hue"]
