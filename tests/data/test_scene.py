"""The model `camera`: light, sensor and panoramas, each by numbers that are known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from nightlift.data import synthetic_pairs as pairs
from nightlift.data.camera import ISO, READ, SHOT, Camera, draw_camera, noise_of, photograph
from nightlift.data.light import Light, base_layer, draw_light, relit
from nightlift.data.panorama import KEY, View, developed, draw_view, read_panorama, seen
from nightlift.data.scene import DarkScene, darken_scene, draw_scene, raised
from nightlift.data.srgb import LUMA, decode, encode, linear
from nightlift.data.synthetic_pairs import Pair
from nightlift.errors import ReadError
from tests.reference import synth

CLEAN = Camera(shot=0.0, read=0.0, red=2.2, blue=1.9)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def flat(*color: float) -> np.ndarray:
    return np.tile(np.array(color, np.float32), (64, 96, 1))


def good(seed: int = 3) -> np.ndarray:
    return np.rint(255 * synth.image(60, 90, seed)).astype(np.uint8)


def test_a_clean_camera_gives_the_colors_that_are_there() -> None:
    for color in ((0.2, 0.1, 0.05), (0.5, 0.5, 0.5), (0.9, 0.02, 0.4)):
        taken = photograph(rng(), flat(*color), CLEAN)
        expected = np.rint(255 * encode(np.array(color, np.float32)))
        assert np.abs(taken.astype(int) - expected).max() <= 1
    smooth = cv2.GaussianBlur(good(), (0, 0), 4)
    taken = photograph(rng(), linear(smooth), CLEAN)
    assert np.abs(taken.astype(int) - smooth.astype(int)).mean() < 1


def test_what_is_too_bright_is_white_not_magenta() -> None:
    assert (photograph(rng(), flat(3.0, 1.5, 1.1), CLEAN) == 255).all()


def test_noise_has_the_variance_of_the_sensor() -> None:
    camera = replace(CLEAN, shot=2e-4, read=1e-5)
    taken = np.concatenate(
        [decode(photograph(rng(seed), flat(0.3, 0.3, 0.3), camera) / 255.0) for seed in range(4)]
    )
    # A demosaiced picture keeps what each site measured: red's lie at even rows and columns.
    for sites, channel, gain in (((0, 0), 0, 2.2), ((0, 1), 1, 1.0), ((1, 1), 2, 1.9)):
        found = taken[sites[0] :: 2, sites[1] :: 2, channel]
        expected = gain * np.sqrt(2e-4 * 0.3 / gain + 1e-5)
        assert found.std() == pytest.approx(expected, rel=0.05)
        assert found.mean() == pytest.approx(0.3, abs=0.002)


def test_noise_grows_with_sensitivity_as_measured() -> None:
    assert noise_of(100) == pytest.approx((SHOT[0], READ[0]))
    assert noise_of(800)[0] == pytest.approx(np.sqrt(9.6e-6 * 3.6e-5))
    cameras = [draw_camera(rng(seed)) for seed in range(600)]
    shots = np.log([camera.shot for camera in cameras])
    median = np.exp(np.median(shots))
    assert noise_of(ISO[1])[0] < median < noise_of(ISO[3])[0]
    assert max(camera.shot for camera in cameras) > 1e-3
    clean = [draw_camera(rng(seed), clean=True) for seed in range(100)]
    assert all(camera.smoothing == 0 and abs(camera.contrast) <= 0.1 for camera in clean)
    small = draw_camera(rng(5), grain=0.5)
    assert small.shot == pytest.approx(draw_camera(rng(5)).shot / 4)
    assert draw_camera(rng(5), grain=0.0).jpeg is None


def test_the_shares_of_light() -> None:
    lights = [draw_light(rng(seed)) for seed in range(2000)]
    left = sum(light.left for light in lights) / 2000
    over = sum(light.stops > 0 for light in lights) / 2000
    assert 1 / 6 - 0.03 < left < 1 / 6 + 0.05
    assert over == pytest.approx(0.08, abs=0.02)
    assert min(light.stops for light in lights) < -5 and max(light.stops for light in lights) <= 1.5
    assert 0.35 < sum(light.contrast > 0 for light in lights) / 2000 < 0.55


def test_exposure_alone_is_a_factor() -> None:
    light = linear(good())
    assert relit(rng(), light, Light(-2.0)) == pytest.approx(light / 4)


def test_contrast_of_the_base_darkens_what_is_dark() -> None:
    light = np.concatenate((flat(0.02, 0.02, 0.02), flat(0.8, 0.8, 0.8)), axis=1)
    changed = relit(rng(), light, Light(0.0, contrast=1.0, pivot=95.0))
    assert changed[32, -8, 0] == pytest.approx(0.8, rel=0.05)
    # Twice the distance in stops.
    assert changed[32, 8, 0] == pytest.approx(0.02 * 0.02 / 0.8, rel=0.1)


def test_the_base_layer_keeps_edges_and_drops_detail() -> None:
    light = np.concatenate((flat(0.02, 0.02, 0.02), flat(0.8, 0.8, 0.8)), axis=1)
    detailed = light * (1 + 0.1 * rng().standard_normal((*light.shape[:2], 1), np.float32))
    base = base_layer(detailed)
    assert base[:, 80:90].std() < 0.5 * np.log2(detailed[:, 80:90] @ LUMA).std()
    assert np.diff(base[32, 92:100]).sum() > 0.8 * np.log2(40) - 1


def test_a_field_is_smooth_and_its_own_by_seed() -> None:
    light = flat(0.2, 0.2, 0.2)
    one, same, other = (relit(rng(seed), light, Light(0.0, field=0.5)) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    stops = np.log2(one[..., 0] / 0.2)
    assert np.abs(stops).max() <= 1.0 + 1e-4
    assert np.abs(np.diff(stops, axis=1)).max() < 0.1


def panorama() -> np.ndarray:
    """Light that says where it comes from: red rises to the right, green downward."""
    down, across = np.mgrid[0:128, 0:256].astype(np.float32)
    return np.stack((across / 256, down / 128, np.full_like(down, 0.5)), axis=2)


def test_a_view_looks_where_it_says() -> None:
    light = seen(panorama(), View(yaw=0.0, pitch=0.0, width=1.2, aspect=0.75), 81)
    assert light.shape == (61, 81, 3)
    own = light / light[30, 40, 2] * 0.5
    assert own[30, 40, :2] == pytest.approx((0.5, 0.5), abs=0.01)
    # Half of its width to either side, as angles over the whole circle.
    assert own[30, -1, 0] - own[30, 0, 0] == pytest.approx(1.2 / (2 * np.pi), abs=0.005)
    assert own[-1, 40, 1] > own[0, 40, 1]
    aside = seen(panorama(), View(yaw=0.7, pitch=0.2, width=1.2, aspect=0.75), 81)
    own = aside / aside[30, 40, 2] * 0.5
    assert own[30, 40, 0] == pytest.approx(0.5 + 0.7 / (2 * np.pi), abs=0.01)
    assert abs(own[30, 40, 1] - 0.5) == pytest.approx(0.2 / np.pi, abs=0.01)
    assert np.exp(np.log(aside @ LUMA).mean()) == pytest.approx(KEY, rel=1e-3)


def test_a_developed_view_shows_shadows_and_lights() -> None:
    light = np.concatenate((flat(0.01, 0.01, 0.01), flat(4.0, 4.0, 4.0)), axis=1)
    light *= 1 + 0.3 * np.sin(np.arange(192, dtype=np.float32))[None, :, None]
    light *= np.float32(KEY / np.exp(np.log(light @ LUMA).mean()))
    picture = developed(light).astype(float)
    for_shadows, for_lights = (255 * encode(np.clip(light * k, 0, 1)) for k in (1, 0.2))
    assert (for_shadows[:, 128:] > 254.9).mean() > 0.9 and picture[:, 128:].std() > 10
    assert picture[:, :64].mean() > 1.5 * for_lights[:, :64].mean()


def test_answers_to_dark_photos_are_not_dim() -> None:
    dim = (good() * 0.35).astype(np.uint8)
    before, after = (float((one / 255 @ LUMA).mean()) for one in (dim, raised(dim)))
    assert after == pytest.approx(before + 0.75 * (0.48 - before), abs=0.01)
    assert raised(np.full((8, 8, 3), 130, np.uint8)).mean() == 130
    # The others keep their ratios to the brightest channel.
    colored = np.tile(np.array((40, 20, 10), np.uint8), (8, 8, 1))
    r, g, b = raised(colored)[0, 0].astype(float)
    assert (g / r, b / r) == pytest.approx((0.5, 0.25), abs=0.01)


def test_only_a_dark_photo_asks_for_more_light() -> None:
    dim = (good() * 0.6 + 55).astype(np.uint8)
    means = {}
    for stops in (0.5, -1.0, -4.0):
        scene = DarkScene(Light(stops, contrast=0.01), CLEAN)
        means[stops] = darken_scene(rng(), dim, scene)[1].mean()
    assert dim.mean() == means[0.5] < means[-1.0] < means[-4.0] == raised(dim).mean()
    even = DarkScene(Light(-4.0), CLEAN)
    assert np.array_equal(darken_scene(rng(), dim, even)[1], dim)


def test_scenes_are_reproducible_and_sometimes_gray() -> None:
    scenes = [draw_scene(rng(seed)) for seed in range(300)]
    assert scenes == [draw_scene(rng(seed)) for seed in range(300)]
    assert 15 <= Counter(scene.gray for scene in scenes)[True] <= 50
    first, again = (darken_scene(rng(7), good(), scenes[0]) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    gray = DarkScene(Light(-1.0), CLEAN, gray=True)
    for one in darken_scene(rng(), good(), gray):
        assert (np.ptp(one, axis=2) == 0).all()


def test_a_scene_left_as_it_is_stays() -> None:
    scene = DarkScene(Light(0.0), CLEAN)
    dark, answer = darken_scene(rng(), good(), scene)
    assert np.array_equal(answer, good())
    assert np.abs(dark.astype(int) - answer.astype(int)).mean() < 4


def test_a_panorama_has_contrast_of_its_own() -> None:
    for seed in range(50):
        scene = draw_scene(rng(seed), panorama=True)
        assert scene.view is not None and scene.light.contrast == scene.light.field == 0
        assert 1.0 <= scene.view.width <= 1.7
    assert draw_view(rng(1)) == draw_view(rng(1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "good"
    place.mkdir()
    cv2.imwrite(str(place / "photo.png"), good()[..., ::-1])
    cv2.imwrite(str(place / "room.hdr"), panorama()[..., ::-1])
    return place


def made(planned: pairs.Plan) -> dict[str, bytes]:
    pairs.begin(planned)
    for outcome in pairs.write_pairs(planned, 1):
        assert outcome.status in ("done", "skipped"), outcome.problem
    return {path.name + path.parent.name: path.read_bytes() for path in planned.output.rglob("*.*")}


def test_a_folder_of_photos_and_panoramas_becomes_pairs(folder: Path, tmp_path: Path) -> None:
    one = pairs.plan(folder, tmp_path / "one", style="camera", count=6, seed=2, size=64)
    files = made(one)
    assert len(files) == 13
    again = pairs.plan(folder, tmp_path / "two", style="camera", count=3, seed=2, size=64)
    made(again)
    again = pairs.plan(folder, tmp_path / "two", style="camera", count=6, seed=2, size=64)
    resumed = made(again)
    record = "synthesis.json"
    assert {k.replace("one", ""): v for k, v in files.items() if record not in k} == {
        k.replace("two", ""): v for k, v in resumed.items() if record not in k
    }
    views = [pair for pair in one.pairs if viewed(pair)]
    assert {pair.source.name for pair in views} == {"room.hdr"} and len(views) == 3


def viewed(pair: Pair) -> bool:
    return isinstance(pair.darkness, DarkScene) and pair.darkness.view is not None


def test_other_styles_leave_panoramas_alone(folder: Path, tmp_path: Path) -> None:
    planned = pairs.plan(folder, tmp_path / "out", style="physical")
    assert [pair.source.name for pair in planned.pairs] == ["photo.png"]


def test_what_is_no_panorama_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.hdr").write_bytes(b"#?RADIANCE\n")
    with pytest.raises(ReadError, match="Radiance"):
        read_panorama(tmp_path / "broken.hdr")
    cv2.imwrite(str(tmp_path / "part.hdr"), panorama()[:, :100])
    with pytest.raises(ReadError, match="twice as wide as high, got 100 by 128"):
        read_panorama(tmp_path / "part.hdr")
