"""What the built edition says of photos and of itself, and what becomes of wide colors."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.web.edition import build
from tests.photo import files
from tests.web.javascript.edition import Engine, hosted
from tests.web.javascript.test_adjustments import P3_PROFILE

pytestmark = pytest.mark.slow

SHOWN = "#stage:not(.waiting):not(.bare)"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("edition")
    build(folder)
    with hosted(folder) as address:
        yield address


@pytest.fixture
def page(browser: Any, edition: str) -> Iterator[Any]:
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.goto(edition)
        page.wait_for_selector("body[data-ready]")
        yield page


def given(page: Any, pixels: np.ndarray) -> None:
    file = {
        "name": "night.png",
        "mimeType": "image/png",
        "buffer": encode(Photo(pixels), format="png"),
    }
    page.set_input_files("#welcome .files", file)


def test_a_photo_of_noise_alone_is_too_dark_to_save(page: Any) -> None:
    given(page, np.random.default_rng(0).integers(0, 4, (300, 400, 3)).astype(np.uint8))
    page.wait_for_selector("#message:has-text('Too dark to save')")


def test_a_dusk_is_held_back_and_lifted_on_demand(page: Any, examples: Path) -> None:
    bright = read(examples.parent / "bright" / "astronaut.jpg").pixels
    dusk = (255 * (bright / 255) ** 1.2).astype(np.uint8)
    gate = Enhancer().estimate(Photo(dusk)).gate
    assert gate is not None and gate < 0.9
    given(page, dusk)
    held = f"Held back to {gate:.0%}".replace("%", " %")
    page.wait_for_selector(f"#message:has-text('{held}: it looks dark on purpose')")
    assert page.evaluate("app.panel.strength.value") == round(100 * gate)
    page.locator("#strength").fill("100")
    page.locator("#strength").dispatch_event("change")
    page.wait_for_selector("#message", state="hidden")
    assert page.evaluate("app.current.settings.strength") == 1


def test_a_worker_that_breaks_down_is_started_anew(page: Any, examples: Path) -> None:
    page.set_input_files("#welcome .files", examples / "lamp.jpg")
    page.wait_for_selector(SHOWN)
    worker = page.workers[0]
    worker.evaluate("() => { setTimeout(() => { throw new Error('out of memory'); }, 0); }")
    page.locator("#exposure").fill("1")
    page.locator("#exposure").dispatch_event("change")
    page.wait_for_function("() => app.current.error || !app.display.waiting")
    if page.locator("#again").is_visible():
        page.click("#again")
    page.wait_for_function("() => !app.current.error && !app.display.waiting")
    assert page.evaluate("app.current.settings.exposure") == 1


def test_wide_colors_are_shown_as_such(browser: Any, edition: str) -> None:
    """What the browser makes sRGB of is what color management makes of it."""
    pixels = cv2.resize(files.gradient(60, 80) // 2 + 60, (320, 240))
    data = encode(Photo(pixels, icc=P3_PROFILE), format="png")
    with browser.new_context() as context:
        engine = Engine(context, edition)
        found = engine.previewed("wide.png", data, {"strength": 0}, size=400)
    shown = np.asarray(Image.open(io.BytesIO(found["data"])).convert("RGB")).astype(int)
    assert np.abs(shown - in_srgb(pixels)).max() <= 2
    assert np.abs(shown - pixels).max() > 4


def in_srgb(pixels: np.ndarray) -> np.ndarray:
    matrix = [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
    codes = pixels / 255
    light = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    light = (light @ np.array(matrix).T).clip(0, 1)
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * codes).astype(int)
