"""Large JPEGs in strips from reading to writing: the file that whole photos give, byte for byte."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.tone_table import ToneTable
from nightlift.batch import streaming
from nightlift.cli.main import main
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.photo import color, jpeg_rows, jpeg_strips
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import Divisor, FixedSize, LongSide, StripSample, small_copy
from nightlift.photo.reading import read
from nightlift.photo.writing import write
from tests.photo.files import ADOBE, P3, SRGB_TONE, gamma, matrix_profile

pytestmark = pytest.mark.skipif(
    jpeg_rows._module() is None, reason="the extension for JPEG rows is not built"
)


@pytest.fixture(autouse=True)
def small_strips(monkeypatch):
    monkeypatch.setattr(jpeg_strips, "LARGE", 1)
    monkeypatch.setattr(jpeg_strips, "STRIP_PIXELS", 5000)
    monkeypatch.setattr(jpeg_rows, "STRIP_PIXELS", 5000)


def pixels(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    smooth = 70 + 40 * np.sin(x / 31 + seed)[..., None] * np.cos(y / 23)[..., None] + [0, 9, -20]
    return (smooth + 5 * rng.standard_normal((height, width, 3))).clip(0, 255).astype(np.uint8)


def linear_profile() -> bytes:
    """sRGB's primaries with a straight tone curve, for which pixels have to be converted."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = data.index(b"para")
    data[at : at + 12] = b"curv" + bytes(8)
    assert not color.acts_in_place(bytes(data))
    return bytes(data)


def noisy(height: int, width: int) -> np.ndarray:
    """Dark shades with a camera's noise."""
    noise = np.random.default_rng(2).normal(0, 5, (height, width, 3))
    return np.clip(pixels(height, width) // 4 + noise, 0, 255).astype(np.uint8)


def curves() -> CurveMap:
    maps = np.random.default_rng(1).uniform(-0.6, 0, (8, 9, 13, 3))
    return CurveMap(maps.astype(np.float32), 8)


def light() -> LightGrid:
    gains = np.random.default_rng(2).uniform(0, 4, (9, 13, 8))
    return LightGrid(gains.astype(np.float32), 0.5)


METHODS = {
    "adaptive-gamma": lambda: Enhancer("adaptive-gamma", threads=2, auto=True, denoise="off"),
    "lime": lambda: Enhancer("lime", threads=2, auto=True, denoise="off"),
    "zero-dce-open": lambda: Enhancer(
        "zero-dce-open", threads=2, size=96, auto=True, denoise="off"
    ),
    "given": lambda: Enhancer(edit=Edit(curves(), gate=0.8), threads=2),
    "light": lambda: Enhancer(edit=Edit(light(), gate=0.9), threads=2),
}
PROFILES = {
    "linear": linear_profile(),
    "P3": matrix_profile(P3, SRGB_TONE),
    "Adobe RGB": matrix_profile(ADOBE, gamma(2.2)),
}


KINDS = ("landscape", "turned", "gray", "444", "linear", "faded")


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        *((name, "turned") for name in METHODS),
        *(("given", kind) for kind in KINDS),
        *(("light", kind) for kind in ("faded", *PROFILES)),
    ],
)
def test_the_file_is_that_of_the_whole_photo(tmp_path, method, kind):
    photo = Photo(
        pixels(203, 331),
        format="jpeg",
        orientation=6 if kind == "turned" else 1,
        subsampling="444" if kind == "444" else "420",
        mode="gray" if kind == "gray" else "rgb",
        icc=PROFILES.get(kind),
    )
    source = write(photo, tmp_path / "a.jpg")
    strength = 0.4 if kind == "faded" else 1.0
    enhancer = METHODS[method]()
    edit = enhancer.estimate(read(source), strength)
    write(edit.apply(read(source)), tmp_path / "whole.jpg")
    opened = streaming.open_source(source)
    _, same = streaming.stream(opened, tmp_path / "s.jpg", enhancer, strength=strength)
    assert (tmp_path / "s.jpg").read_bytes() == (tmp_path / "whole.jpg").read_bytes()
    assert same == edit
    assert edit.gate is not None


@pytest.mark.parametrize("size", [LongSide(40), LongSide(900), FixedSize(17, 60), Divisor(7)])
@pytest.mark.parametrize("orientation", [1, 6, 3])
def test_samples_make_the_small_copy(size, orientation):
    photo = Photo(pixels(203, 330), orientation=orientation)
    sample = StripSample(photo, size)
    for top in (96, 0, 160, 33):
        bottom = {96: 160, 0: 33, 160: 203, 33: 96}[top]
        sample.add(photo.pixels[top:bottom], top)
    assert np.array_equal(sample.small(), small_copy(photo, size))


def whole_file(tmp_path: Path, **arguments: object) -> Path:
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels(203, 331)).save(path, quality=90, **arguments)
    return path


@pytest.mark.parametrize("kind", ["landscape", "turned", "gray", "linear"])
@pytest.mark.parametrize("denoise", ["auto", "fast", "fine"])
def test_denoising_streams(tmp_path, kind, denoise):
    photo = Photo(
        noisy(700, 331),
        format="jpeg",
        orientation=6 if kind == "turned" else 1,
        subsampling="420",
        mode="gray" if kind == "gray" else "rgb",
        icc=linear_profile() if kind == "linear" else None,
    )
    source = write(photo, tmp_path / "a.jpg")
    enhancer = Enhancer("adaptive-gamma", threads=2, denoise=denoise)
    edit = enhancer.estimate(read(source))
    write(edit.apply(read(source)), tmp_path / "whole.jpg")
    _, same = streaming.stream(streaming.open_source(source), tmp_path / "s.jpg", enhancer)
    assert same == edit
    assert same.noise.noise == edit.noise.noise
    assert (tmp_path / "s.jpg").read_bytes() == (tmp_path / "whole.jpg").read_bytes()
    plain = Enhancer("adaptive-gamma")(read(source)).pixels
    assert not np.array_equal(edit.apply(read(source)).pixels, plain)


def test_the_command_streams(tmp_path, capsys):
    source = whole_file(tmp_path)
    given = [str(source), "-m", "adaptive-gamma", "-o"]
    assert main(["enhance", *given, str(tmp_path / "b.jpg"), "--stream"]) == 0
    assert main(["enhance", *given, str(tmp_path / "c.jpg")]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "b.jpg").read_bytes() == (tmp_path / "c.jpg").read_bytes()


def test_photos_that_memory_cannot_hold_are_streamed_unasked(tmp_path, monkeypatch, capsys):
    source = whole_file(tmp_path)
    monkeypatch.setattr("nightlift.batch.work.read", None)
    given = ["enhance", str(source), "-m", "gamma", "--save-edit"]
    assert main([*given, "--memory", "300K", "-o", str(tmp_path / "b.jpg")]) == 0
    assert (tmp_path / "b.jpg.npz").exists()


def test_a_streamed_photo_is_never_there_without_its_edit(tmp_path, monkeypatch):
    source = whole_file(tmp_path)
    given = ["enhance", str(source), "-m", "gamma", "--save-edit", "--stream"]
    given += ["-o", str(tmp_path / "b.jpg")]
    with monkeypatch.context() as patched:
        patched.setattr("nightlift.batch.streaming.growing", None)
        assert main(given) == 1
    assert (tmp_path / "b.jpg.npz").exists() and not (tmp_path / "b.jpg").exists()
    assert main([*given, "--skip-existing"]) == 0
    assert (tmp_path / "b.jpg").exists()


@pytest.mark.parametrize(
    ("arguments", "given", "why"),
    [
        ({"progressive": True}, ["-m", "gamma"], "no baseline JPEG"),
        ({}, ["-m", "clahe"], "clahe looks at the whole photo"),
        ({}, ["-m", "gamma", "--format", "png"], "the result is no JPEG"),
    ],
)
def test_what_cannot_be_streamed_is_done_whole_and_says_so(tmp_path, capsys, arguments, given, why):
    source = whole_file(tmp_path, **arguments)
    assert main(["enhance", str(source), "--stream", *given]) == 0
    told = capsys.readouterr().err
    assert "not in strips" in told and why in told


def test_a_painted_edit_is_never_left_out(tmp_path, capsys):
    source = whole_file(tmp_path)
    look = Enhancer("clahe").estimate(pixels(90, 80)).save(tmp_path / "look.npz")
    given = ["enhance", str(source), "--edit", str(look), "-o"]
    assert main([*given, str(tmp_path / "b.jpg"), "--stream"]) == 0
    assert "not in strips: this edit is painted by clahe" in capsys.readouterr().err
    assert main([*given, str(tmp_path / "c.jpg")]) == 0
    assert (tmp_path / "b.jpg").read_bytes() == (tmp_path / "c.jpg").read_bytes()


def test_damaged_data_leaves_no_result(tmp_path):
    source = whole_file(tmp_path)
    data = bytearray(source.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2] = b"\xff\xd9"
    source.write_bytes(data)
    opened = streaming.open_source(source)
    enhancer = Enhancer("gamma", threads=2)
    assert streaming.stream(opened, tmp_path / "b.jpg", enhancer) == "its data is damaged"
    assert not (tmp_path / "b.jpg").exists()


def test_an_existing_result_is_kept(tmp_path):
    source = whole_file(tmp_path)
    (tmp_path / "b.jpg").write_bytes(b"mine")
    with pytest.raises(Exception, match="exists already"):
        streaming.stream(
            streaming.open_source(source), tmp_path / "b.jpg", Enhancer("gamma", threads=1)
        )
    assert (tmp_path / "b.jpg").read_bytes() == b"mine"


def test_a_table_alone_needs_no_look(tmp_path):
    """A given tone table of ones: whatever the photo, the result is white."""
    source = whole_file(tmp_path)
    white = Enhancer(edit=Edit(ToneTable(np.ones((256, 3), np.float32))), threads=2)
    streaming.stream(streaming.open_source(source), tmp_path / "b.jpg", white)
    assert np.asarray(Image.open(io.BytesIO((tmp_path / "b.jpg").read_bytes()))).min() == 255
