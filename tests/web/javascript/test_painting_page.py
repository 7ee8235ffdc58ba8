"""The built edition with WebGL2 and without: the same results, also where it is lost on the way."""

from __future__ import annotations

import base64
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
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.web.edition import build
from tests.web.javascript.edition import Engine, hosted
from tests.web.javascript.test_adjustments import P3_PROFILE

pytestmark = pytest.mark.slow

METHODS = ("natural", "zero-dce-open", "deep-upe-open", "glenet-global-open")

USED = """async () => {
  const { used } = await import(new URL("./gpu/painting.js", location.href));
  return used() !== null;
}"""

LOSE = """async () => {
  const { used } = await import(new URL("./gpu/painting.js", location.href));
  used().gl.getExtension("WEBGL_lose_context").loseContext();
}"""

SHOWN = "() => app.stage.panes[1].layers.at(-1).element.toDataURL('image/png')"

SETTLED = """() => app.current && !app.display.flights.size && !app.display.dragged
  && app.display.wanted().every(one => app.current.shots.find(one))"""


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("edition")
    build(folder)
    with hosted(folder) as address:
        yield address


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
        context.set_default_timeout(120_000)
        yield context


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def assert_like(found: np.ndarray, wanted: np.ndarray) -> None:
    off = np.abs(found - wanted)
    assert (off <= 1).mean() >= 0.999, f"{(off <= 1).mean():.4%}, at most {off.max()}"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("webgl", ["on", "off"])
def test_a_png_is_what_the_command_makes_of_it(
    context: Any, edition: str, examples: Path, method: str, webgl: str
) -> None:
    data = encode(Photo(read(examples / "lamp.jpg").pixels, icc=P3_PROFILE), format="png")
    engine = Engine(context, edition, f"?webgl={webgl}")
    settings = {"method": method, "strength": 0.8, "exposure": 0.4, "saturation": 30}
    found = engine.downloaded("lamp.png", data, settings)
    enhancer = Enhancer(method, controls=Controls(exposure=0.4, saturation=30))
    assert_like(pixels_of(found["data"]), enhancer(read(data), 0.8).pixels)
    assert engine.page.workers[0].evaluate(USED) is (webgl == "on")
    assert engine.complaints == []


def test_webgl_lost_in_the_middle_of_a_drag(context: Any, edition: str, examples: Path) -> None:
    pictures = []
    for lost in (False, True):
        page = opened(context, f"{edition}?webgl=on", examples / "lamp.jpg")
        assert page.workers[0].evaluate(USED)
        box = page.locator("#exposure").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(box["x"] + box["width"] * (0.5 + step / 60), box["y"] + 5)
            if lost and step == 6:
                page.workers[0].evaluate(LOSE)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        page.mouse.up()
        page.wait_for_function(SETTLED)
        assert page.evaluate("app.current.error") is None
        assert page.complaints == []
        pictures.append(pixels_of(base64.b64decode(page.evaluate(SHOWN).partition(",")[2])))
        page.close()
    assert_like(pictures[1], pictures[0])


def opened(context: Any, address: str, photo: Path) -> Any:
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    page.set_input_files("#welcome .files", photo)
    page.wait_for_function(SETTLED)
    return page
