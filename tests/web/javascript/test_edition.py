"""The built edition in Chromium gives what `nightlift enhance` gives."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from PIL import Image

from nightlift.edit.controls import Controls
from nightlift.edit.enhancer import Enhancer
from nightlift.models.quantization import quantized
from nightlift.models.released import find
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import small_copy
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.web.edition import build
from tests.photo import files
from tests.web.javascript.edition import Engine, hosted
from tests.web.javascript.test_adjustments import P3_PROFILE

XMP = files.xmp_packet(attributes='dc:title="a night"')
METHODS = ("natural", "zero-dce-open", "deep-upe-open", "glenet-global-open")


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a built edition."""
    folder = tmp_path_factory.mktemp("edition")
    build(folder)
    with hosted(folder) as address:
        yield address


@pytest.fixture(scope="module")
def engine(browser: Any, edition: str) -> Iterator[Engine]:
    with browser.new_context() as context:
        engine = Engine(context, edition)
        yield engine
        assert engine.complaints == []
        assert all(url.startswith((edition, "blob:" + edition)) for url in engine.asked)


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def as_png(photo: Photo, **changed: Any) -> bytes:
    return encode(Photo(photo.pixels, **changed), format="png")


def assert_like(found: bytes, wanted: np.ndarray) -> None:
    """Within a level on 99.9 % of values, as promised."""
    off = np.abs(pixels_of(found) - wanted)
    assert (off <= 1).mean() >= 0.999, f"{(off <= 1).mean():.4%}, at most {off.max()}"


each_method = [METHODS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in METHODS[1:])]


@pytest.mark.parametrize("method", each_method)
def test_a_png_is_what_the_command_makes_of_it(method: str, engine: Engine, examples: Path) -> None:
    photo = read(examples / "lamp.jpg")
    data = as_png(photo)
    found = engine.downloaded("lamp.png", data, {"method": method})
    wanted = Enhancer(method, auto=True, denoise="off")(read(data)).pixels
    assert found["extension"] == ".png"
    assert_like(found["data"], wanted)


@pytest.mark.slow
def test_controls_strength_and_another_rgb(engine: Engine, examples: Path) -> None:
    photo = read(examples / "lamp.jpg")
    data = as_png(photo, icc=P3_PROFILE)
    settings = {"strength": 0.7, "exposure": 0.5, "warmth": 20, "shadows": 30, "saturation": -20}
    found = engine.downloaded("lamp.png", data, settings)
    controls = Controls(exposure=0.5, warmth=20, shadows=30, saturation=-20)
    enhancer = Enhancer("natural", controls=controls)
    assert_like(found["data"], enhancer(read(data), 0.7).pixels)
    assert read(found["data"]).icc == P3_PROFILE


@pytest.mark.slow
def test_noise_is_taken_away(engine: Engine, examples: Path) -> None:
    photo = read(examples / "lamp.jpg")
    data = as_png(photo)
    found = engine.downloaded("lamp.png", data, {"strength": 1.2, "denoise": "fast"})
    enhancer = Enhancer("natural", denoise="fast")
    wanted = enhancer(read(data), 1.2).pixels.astype(int)
    off = np.abs(pixels_of(found["data"]) - wanted)
    assert (off <= 1).mean() > 0.99


@pytest.mark.slow
def test_a_jpeg_keeps_its_metadata(engine: Engine, examples: Path) -> None:
    photo = read(examples / "lamp.jpg")
    exif = files.exif_block(orientation=6, thumbnail=b"\xff\xd8small\xff\xd9")
    data = encode(Photo(photo.pixels, format="jpeg", exif=exif, orientation=6, icc=P3_PROFILE))
    found = engine.downloaded("lamp.jpg", data)
    result = read(found["data"])
    assert result.format == "jpeg"
    assert (result.orientation, result.icc) == (6, P3_PROFILE)
    assert result.exif is not None and b"Lantern" in result.exif and b"small" not in result.exif
    wanted = Enhancer("natural", auto=True, denoise="off")(read(data)).pixels.astype(int)
    off = np.abs(result.pixels.astype(int) - wanted)
    assert off.mean() < 3  # two encoders, two ways to store color


@pytest.mark.slow
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_shows_the_pixels_of_the_download(engine: Engine, orientation: int) -> None:
    """Turned upright, with noise taken away; and all of it shrunk comes near."""
    pixels = files.gradient(900, 1200) // 5 + files.noise((900, 1200, 3)) // 40
    data = encode(Photo(pixels, orientation=orientation), format="png")
    settings = {"strength": 1, "exposure": 0.3, "denoise": "fast"}
    upright = turn(pixels_of(engine.downloaded("turned.png", data, settings)["data"]), orientation)
    region = {"x": 301, "y": 207, "width": 260, "height": 190}
    found = engine.previewed("turned.png", data, settings, size=260, region=region)
    wanted = upright[207 : 207 + 190, 301 : 301 + 260]
    off = np.abs(pixels_of(found["data"]) - wanted)
    assert off.max() <= 1
    whole = pixels_of(engine.previewed("turned.png", data, settings, size=300)["data"])
    small = cv2.resize(upright.astype(np.uint8), whole.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(whole - small).mean() < 2.5


@pytest.mark.slow
def test_nothing_is_the_photo_as_it_was(engine: Engine) -> None:
    pixels = files.gradient(90, 120)
    data = encode(Photo(pixels), format="png")
    settings = {"strength": 0, "denoise": "fast"}
    assert (pixels_of(engine.downloaded("same.png", data, settings)["data"]) == pixels).all()
    assert (
        pixels_of(engine.previewed("same.png", data, settings, size=500)["data"]) == pixels
    ).all()


@pytest.mark.slow
@pytest.mark.parametrize("before", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("after", ["jpg", "png", "webp"])
def test_metadata_travels_from_format_to_format(engine: Engine, before: Any, after: str) -> None:
    exif = files.exif_block(orientation=6)
    photo = Photo(files.gradient(), orientation=6, icc=P3_PROFILE, exif=exif, xmp=XMP)
    data = encode(photo, format=before)
    found = engine.downloaded(f"a.{before}", data, format=after)
    result = read(found["data"])
    assert (result.orientation, result.icc) == (6, P3_PROFILE)
    assert result.exif is not None
    assert all(word in result.exif for word in (b"Lantern", files.MAKER_NOTE))
    assert result.xmp is not None and b"a night" in result.xmp


@pytest.mark.slow
@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_place_is_left_out(engine: Engine, format: Any) -> None:
    exif = files.exif_block(orientation=6)
    data = encode(Photo(files.gradient(), orientation=6, exif=exif, xmp=XMP), format=format)
    assert has_place(data)
    found = engine.downloaded(f"a.{format}", data, strip="gps")
    result = read(found["data"])
    assert not has_place(found["data"])
    assert result.orientation == 6
    assert result.exif is not None and b"Lantern" in result.exif
    assert files.MAKER_NOTE not in result.exif and result.xmp is None
    bare = read(engine.downloaded(f"a.{format}", data, strip="all")["data"])
    assert bare.orientation == 6 and b"Lantern" not in (bare.exif or b"")


def has_place(data: bytes) -> bool:
    gps = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    return any(value for value in gps.values())


@pytest.mark.slow
def test_gray_stays_gray(engine: Engine) -> None:
    gray = encode(Photo(files.gradient()[..., :1].repeat(3, 2), mode="gray"), format="jpeg")
    lifted = pixels_of(engine.downloaded("gray.jpg", gray)["data"])
    assert np.ptp(lifted, axis=2).max() == 0


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "jpeg"])
@pytest.mark.parametrize(
    ("tone", "exponent"), [(files.LINEAR, 1), (files.gamma(1.2), 1.199), (files.gamma(3.0), 3)]
)
def test_unusual_tones_are_converted(
    engine: Engine, format: Any, tone: bytes, exponent: float
) -> None:
    """Also where Chromium does not: it takes curves without entries for no profile."""
    icc = files.matrix_profile(files.SRGB, tone)
    data = encode(Photo(files.gradient() // 3, icc=icc), format=format)
    found = engine.downloaded(f"tone.{format}", data, {"strength": 0}, format="png")
    assert read(found["data"]).icc is None
    assert any("converted to sRGB" in notice for notice in found["notices"])
    light = (pixels_of(data) / 255) ** exponent
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    off = np.abs(pixels_of(found["data"]) - 255 * codes)
    assert off.max() < (2 if format == "png" else 6)  # two decoders differ, more so near black
    assert off.mean() < 1


SAID = """async ([method, data, height, width]) => {
  const { open } = await import("./browser/edit/models.js");
  const passports = await (await fetch("browser/models/models.json")).json();
  const run = await open(passports.find((one) => one.method === method));
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const { data: said } = await run({ data: new Float32Array(bytes.buffer), height, width });
  return Array.from(said);
}"""


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_models_say_what_they_say_to_onnx_runtime(
    method: str, engine: Engine, examples: Path
) -> None:
    """The same file in both, and the released file of full precision in Python."""
    model = find(method)
    rule = model.passport.size
    for path in sorted(examples.glob("*.jpg"))[:3]:
        small = np.ascontiguousarray(small_copy(read(path), rule))
        sent = base64.b64encode(small.tobytes()).decode()
        found = np.array(engine.page.evaluate(SAID, [method, sent, *small.shape[:2]]), np.float32)
        photo = small.transpose(2, 0, 1)[None]
        same, full = (
            onnxruntime.InferenceSession(data).run(None, {"photo": photo})[0].ravel()
            for data in (quantized(model.data), model.data)
        )
        np.testing.assert_allclose(found, same, atol=1e-5)
        np.testing.assert_allclose(found, full, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [1.8, 2.2])
def test_noise_in_another_tone_curve(engine: Engine, examples: Path, gamma: float) -> None:
    """Measured and taken away with sRGB's tone curve."""
    profile = files.matrix_profile(files.PROPHOTO, files.gamma(gamma))
    data = as_png(read(examples / "lamp.jpg"), icc=profile)
    found = engine.downloaded("lamp.png", data, {"strength": 1, "denoise": "fast"})
    wanted = Enhancer("natural", denoise="fast")(read(data)).pixels.astype(int)
    off = np.abs(read(found["data"]).pixels.astype(int) - wanted)
    assert (off <= 1).mean() > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_and_what_is_below_it_stay(engine: Engine, mode: str) -> None:
    pixels = files.gradient(61, 83) // 3
    pixels = pixels if mode == "RGBA" else pixels[..., :1]
    alpha = files.noise((61, 83, 1))
    alpha[:20] = 0
    file = io.BytesIO()
    Image.fromarray(np.dstack([pixels, alpha]), mode).save(file, "png")
    found = engine.downloaded("clear.png", file.getvalue(), {"strength": 1})
    result, wanted = read(found["data"]), Enhancer("natural")(read(file.getvalue()))
    assert result.alpha is not None and (result.alpha == alpha[..., 0]).all()
    assert np.abs(result.pixels.astype(int) - wanted.pixels).max() <= 1
    as_jpeg = engine.downloaded("clear.png", file.getvalue(), {"strength": 1}, format="jpg")
    assert "JPEG keeps no transparency" in as_jpeg["notices"]
    assert np.abs(read(as_jpeg["data"]).pixels[:16].astype(int) - wanted.pixels[:16]).mean() < 4
