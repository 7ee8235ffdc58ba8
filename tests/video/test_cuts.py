import numpy as np
import pytest

pytest.importorskip("av")

from av.video.frame import VideoFrame

from nightlift.video.cuts import frame_thumbnail, is_cut
from tests.video.clips import scene


def seen(pixels: np.ndarray) -> np.ndarray:
    return frame_thumbnail(
        VideoFrame.from_ndarray(np.clip(pixels, 0, 255).astype(np.uint8), "rgb24")
    )


def noisy(pixels: np.ndarray, seed: int, sigma: float = 4.0) -> np.ndarray:
    return pixels + sigma * np.random.default_rng(seed).standard_normal(pixels.shape)


def test_a_thumbnail_is_luma() -> None:
    assert seen(np.full((48, 64, 3), 90.0)) == pytest.approx(np.full((18, 32), 90.0), abs=2)


@pytest.mark.parametrize("seed", range(1, 9))
def test_another_scene_is_a_cut(seed: int) -> None:
    assert is_cut(seen(noisy(scene(0), 1)), seen(noisy(scene(seed), 2)))


@pytest.mark.parametrize("level", [4.0, 15.0, 40.0, 120.0])
def test_noise_is_no_cut(level: float) -> None:
    assert not is_cut(seen(noisy(scene(0, level), 1)), seen(noisy(scene(0, level), 2)))


@pytest.mark.parametrize("level", [0.0, 3.0, 30.0])
def test_noise_on_nothing_is_no_cut(level: float) -> None:
    flat = np.full((480, 640, 3), level)
    assert not is_cut(seen(noisy(flat, 1, 8)), seen(noisy(flat, 2, 8)))


def test_an_exposure_ramp_is_no_cut_and_a_switched_light_is_one() -> None:
    assert not is_cut(seen(scene(0, 40)), seen(scene(0, 50)))
    assert is_cut(seen(scene(0, 20)), seen(scene(0, 90)))
    assert is_cut(seen(scene(0, 90)), seen(scene(0, 20)))


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_a_pan_is_no_cut(shift: int) -> None:
    assert not is_cut(seen(scene(0)), seen(np.roll(scene(0), shift, axis=1)))
