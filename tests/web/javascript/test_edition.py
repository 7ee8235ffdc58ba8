"""The built edition in Chromium gives what `nightlift enhance` gives."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nightlift.edit.controls import Controls
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.photo.read import read
from nightlift.photo.write import encode
from nightlift.web.edition import build
from tests.photo import files
from tests.web.javascript.edition import Engine, hosted
from tests.web.javascript.test_adjustments import P3_PROFILE

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
