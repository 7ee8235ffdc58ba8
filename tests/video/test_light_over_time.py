"""Whole videos: what is followed over time, and noise."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")


from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.video.enhancing import enhance_video
from tests.video.clips import (
    EVEN,
    LOSSLESS,
    QUICK,
    ByBrightness,
    Clip,
    brightness,
    frames,
    levels,
    scene,
)


def test_an_exposure_ramp_is_followed(tmp_path: Path) -> None:
    """From 20 to 80 within half a second: what adapts to it stays within a few percent."""

    def ramp(number: int) -> np.ndarray:
        return np.full((48, 64, 3), 20 + 60 * min(max((number - 30) / 15, 0), 1))

    source = Clip(range(0, 1800, 20), ramp).write(tmp_path / "in.mp4")
    made = enhance_video(source, tmp_path / "out.mp4", ByBrightness(), encoding=QUICK)
    assert made.cuts == 0
    means = brightness(tmp_path / "out.mp4")
    far = [*means[:15], *means[60:]]
    assert np.abs(np.array(far) / 127.5 - 1).max() < 0.04


def test_a_cut_resets_within_one_frame(tmp_path: Path) -> None:
    def shots(number: int) -> np.ndarray:
        return scene(1, 20) if number < 17 else scene(2, 90)

    source = Clip(range(0, 800, 20), shots).write(tmp_path / "in.mp4")
    made = enhance_video(source, tmp_path / "out.mp4", ByBrightness(), encoding=QUICK)
    assert made.cuts == 1
    assert np.abs(brightness(tmp_path / "out.mp4") / 127.5 - 1).max() < 0.08


def test_a_static_noisy_clip_does_not_flicker(tmp_path: Path) -> None:
    def noisy(number: int) -> np.ndarray:
        draw = np.random.default_rng(number)
        return scene(3, 25) + draw.normal(0, 3, (48, 64, 3)) + draw.normal(0, 0.3)

    def flicker(path: Path) -> float:
        means = np.array([f.to_ndarray(format="gray").mean() for f in frames(path)])
        return float(np.abs(np.diff(means)).mean() / means.mean())

    source = Clip(range(0, 1200, 20), noisy).write(tmp_path / "in.mp4")
    enhance_video(source, tmp_path / "smooth.mp4", ByBrightness(), encoding=QUICK, every=1)
    assert flicker(tmp_path / "smooth.mp4") <= 1.1 * flicker(source)


def test_noise_is_taken_away_and_measured_once_a_scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightlift.edit import denoising

    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 1))

    def grainy(index: int) -> np.ndarray:
        level = 40 if index < 10 else 90
        return np.clip(level + noise[index].repeat(3, axis=2), 0, 255)

    measured = []
    original = denoising.MeasuredNoise.of.__func__
    monkeypatch.setattr(
        denoising.MeasuredNoise,
        "of",
        classmethod(lambda cls, photo: measured.append(1) or original(cls, photo)),
    )
    source = Clip(range(0, 400, 20), grainy, codec="ffv1", options={}).write(tmp_path / "in.mkv")
    spreads = []
    for denoise in ("off", "fast"):
        target = tmp_path / f"{denoise}.mkv"
        enhancer = Enhancer("gamma", denoise=denoise, threads=1)
        enhance_video(source, target, enhancer, encoding=LOSSLESS)
        spreads.append(np.mean([frame[:48].std() for frame in levels(target)]))
    assert spreads[1] < 0.88 * spreads[0]  # grain stays
    assert len(measured) == 2


def test_an_edit_s_own_denoising_counts(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 1))
    clip = Clip(EVEN, lambda index: np.clip(40 + noise[index].repeat(3, axis=2), 0, 255))
    clip = replace(clip, codec="ffv1", options={})
    source = clip.write(tmp_path / "in.mkv")
    ramp = np.linspace(0, 1, 256, dtype=np.float32) ** np.float32(0.5)
    edit = Edit(ToneTable(np.stack([ramp] * 3, -1)))
    spreads = []
    for mode in ("off", "fast"):
        target = tmp_path / f"{mode}.mkv"
        given = Enhancer(edit=replace(edit, denoising=Denoising(mode)), threads=1)
        enhance_video(source, target, given, encoding=LOSSLESS)
        spreads.append(np.mean([frame[:48].std() for frame in levels(target)]))
    assert spreads[1] < 0.7 * spreads[0]


def test_light_knows_the_noise_of_frames_not_of_their_small_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The level below which there is noise only is that of a photo of the same pixels."""
    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 3))
    clip = Clip(EVEN, lambda index: np.clip(12 + noise[index], 0, 255))
    source = replace(clip, codec="ffv1", options={}).write(tmp_path / "in.mkv")
    told = []
    estimate = Enhancer.estimate
    monkeypatch.setattr("nightlift.video.pixels.LARGE", 1)
    monkeypatch.setattr(
        Enhancer,
        "estimate",
        lambda *args, **given: told.append(estimate(*args, **given)) or told[-1],
    )
    enhancer = Enhancer("natural", threads=1)
    enhance_video(source, tmp_path / "out.mkv", enhancer, encoding=LOSSLESS)
    first = Photo(frames(source)[0].to_ndarray(format="rgb24"))
    expected = estimate(enhancer, first).adjustment.black
    assert expected > 0.01
    assert all(edit.adjustment.black == pytest.approx(expected, rel=0.1) for edit in told)
