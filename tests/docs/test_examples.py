"""The example photos: complete, credited, dark enough, small enough, made as the script says."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.edit.enhancer import Enhancer
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo.orientation import turn
from nightlift.photo.proxy import LongSide, small_copy
from nightlift.photo.reading import read

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DARK = sorted((EXAMPLES / "dark").iterdir())
SCENES = sorted((EXAMPLES / "scenes").iterdir())
STAYS = "lanterns"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def enhancer():
    return Enhancer()


def luma(photo):
    return small_copy(photo, LongSide(256)) @ [0.299, 0.587, 0.114]


def mean_luma(photo):
    return luma(photo).mean()


@pytest.mark.parametrize("dark", DARK, ids=lambda path: path.name)
def test_each_dark_photo_has_its_bright_original(dark):
    bright = EXAMPLES / "bright" / dark.name
    one, other = read(dark), read(bright)
    assert one.pixels.shape == other.pixels.shape
    assert one.orientation == other.orientation
    assert max(one.pixels.shape) <= 800
    assert mean_luma(one) < 0.6 * mean_luma(other)
    assert np.corrcoef(luma(one).ravel(), luma(other).ravel())[0, 1] > 0.6


@pytest.mark.parametrize("dark", DARK, ids=lambda path: path.name)
def test_the_default_lifts_the_dark_and_leaves_the_bright(dark, enhancer):
    edit = enhancer.estimate(read(dark))
    assert edit.gate == 1.0
    assert mean_luma(edit.apply(read(dark))) > 2 * mean_luma(read(dark))
    original = read(EXAMPLES / "bright" / dark.name)
    left = enhancer(original)
    seen, was = (small_copy(photo, LongSide(256)) for photo in (left, original))
    assert delta_e_2000(seen, was, data_range=1) < 8  # the limit of harm, docs/default.md


@pytest.mark.parametrize("scene", SCENES, ids=lambda path: path.name)
def test_scenes_in_too_little_light_are_lifted_and_a_night_stays(scene, enhancer):
    before = read(scene)
    edit = enhancer.estimate(before)
    after = edit.apply(before)
    assert mean_luma(before) < 0.2
    assert after.pixels.shape == before.pixels.shape
    if scene.stem == STAYS:
        seen, was = (small_copy(photo, LongSide(256)) for photo in (after, before))
        assert edit.gate < 0.5
        assert any("it looks dark on purpose" in notice for notice in edit.notices)
        assert mean_luma(after) < 0.25
        assert delta_e_2000(seen, was, data_range=1) < 8
    else:
        assert edit.gate == 1.0
        assert mean_luma(after) > 2 * mean_luma(before)


def test_there_are_six_to_eight_of_all_kinds():
    assert 6 <= len(DARK) <= 8
    assert sorted(path.name for path in (EXAMPLES / "bright").iterdir()) == [p.name for p in DARK]
    assert read(EXAMPLES / "dark" / "coffee.png").pixels.dtype == np.uint16
    assert read(EXAMPLES / "dark" / "camera.jpg").mode == "gray"
    turned = read(EXAMPLES / "dark" / "chelsea.jpg")
    assert turned.orientation == 6
    assert turned.height > turned.width
    assert turn(turned.pixels, 6).shape[0] < turn(turned.pixels, 6).shape[1]


def test_every_photo_is_credited_and_the_folder_is_small():
    credits = (EXAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    for path in (*DARK, *SCENES):
        assert f"`{path.stem}`" in credits
    sizes = {path: path.stat().st_size for path in EXAMPLES.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 2.5e6
    assert sum(size for path, size in sizes.items() if "tiny" in path.parts) < 1e6


def test_the_tiny_training_set_has_its_three_layouts():
    tiny = EXAMPLES / "tiny"
    low, high = (
        sorted(p.name for p in (tiny / "lol" / side).iterdir()) for side in ("low", "high")
    )
    assert low == high
    assert len(low) == 8
    for name in low:
        assert mean_luma(read(tiny / "lol" / "low" / name)) < mean_luma(
            read(tiny / "lol" / "high" / name)
        )
    for side in ("train_A", "train_B"):
        folders = {
            folder.name: len(list(folder.iterdir()))
            for folder in (tiny / "unpaired" / side).iterdir()
        }
        assert folders == {"cup": 4, "person": 4}
    assert len(list((tiny / "unpaired" / "test_A").iterdir())) == 4
    exposures = [mean_luma(read(path)) for path in (tiny / "exposures").iterdir()]
    assert len(exposures) == 16
    assert min(exposures) < 0.15 < 0.5 < max(exposures)
    assert all(read(path).pixels.shape == (120, 160, 3) for path in tiny.rglob("*.jpg"))


def test_light_is_halved_in_linear_light(script):
    picture = np.full((200, 200, 3), 0.8)
    dark = script.darkened(picture, -1.0, (1.0, 1.0, 1.0), 5)
    assert script.to_linear(dark).mean() == pytest.approx(
        script.to_linear(picture).mean() / 2, rel=0.01
    )
    electrons = script.to_linear(dark) * script.FULL_WELL
    wanted = electrons.mean() + script.READ_NOISE**2
    assert electrons.var() == pytest.approx(wanted, rel=0.05)
    assert np.array_equal(dark, script.darkened(picture, -1.0, (1.0, 1.0, 1.0), 5))
    back = script.to_srgb(script.to_linear(np.linspace(0, 1, 99)))
    assert np.allclose(back, np.linspace(0, 1, 99), atol=1e-6)


def test_the_script_makes_these_photos(script, tmp_path):
    pytest.importorskip("skimage")
    pytest.importorskip("matplotlib")
    script.make_photos(tmp_path)
    script.make_training_set(tmp_path / "tiny")
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*.[jp][pn]g")}
    assert made == {path for path in kept if path.parts[0] != "scenes"}
    for path in sorted(made):
        with Image.open(tmp_path / path) as new, Image.open(EXAMPLES / path) as old:
            assert new.size == old.size
            difference = np.asarray(new, float) - np.asarray(old, float)
            # Codecs and random generators of other releases may differ in single levels.
            assert np.abs(difference).mean() < 2.0


@pytest.mark.shared
def test_the_script_makes_these_scenes(shared, tmp_path):
    spec = importlib.util.spec_from_file_location("make_scenes", EXAMPLES / "make_scenes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.make_scenes(shared / "data" / "hdr", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in SCENES]
    for path in SCENES:
        with Image.open(tmp_path / path.name) as new, Image.open(path) as old:
            difference = np.asarray(new, float) - np.asarray(old, float)
            assert np.abs(difference).mean() < 2.0
