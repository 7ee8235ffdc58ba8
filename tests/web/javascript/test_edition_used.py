"""The built edition as it is met: below a path, by keyboard, by finger, and for everybody."""

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
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.web.edition import build
from tests.axe import violations
from tests.web.javascript.edition import hosted
from tests.web.tab import ACROSS, DESK, PHONE, SETTLED
from tests.web.test_phones import Finger, middle, share_of_the_photo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Not at the root of its host."""
    root = tmp_path_factory.mktemp("host")
    build(root / "tools" / "light")
    with hosted(root) as address:
        yield f"{address}tools/light/"


class Visit:
    """What `Finger` and measures of phones need of a tab."""

    def __init__(self, browser: Any, address: str, **settings: Any) -> None:
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]")

    def add(self, *paths: Path) -> None:
        self.page.locator(".files:visible").first.set_input_files(list(paths))
        self.settled()

    def settled(self) -> None:
        self.page.wait_for_function(SETTLED)
        self.frames()

    def frames(self) -> None:
        self.page.evaluate(
            "() => new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"
        )

    def close(self) -> None:
        assert self.complaints == []
        self.context.close()


def as_png(examples: Path, folder: Path, turned: bool = False) -> Path:
    pixels = read(examples / "lamp.jpg").pixels
    path = folder / "lamp.png"
    path.write_bytes(encode(np.ascontiguousarray(np.rot90(pixels)) if turned else pixels))
    return path


def test_by_keyboard_from_the_photo_to_the_file(
    browser: Any, address: str, examples: Path, tmp_path: Path
) -> None:
    visit = Visit(browser, address, **DESK)
    photo = as_png(examples, tmp_path)
    page, keys = visit.page, visit.page.keyboard
    # Not `expect_file_chooser`: the key may come before what it sets up.
    page.on("filechooser", lambda chooser: chooser.set_files(photo))
    page.wait_for_timeout(500)
    page.evaluate("document.activeElement.blur()")
    for _ in range(6):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('.files')"):
            break
    keys.press("Enter")
    visit.settled()
    for _ in range(40):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "denoise":
            break
    keys.press("Home")  # "Never" is the first choice
    page.locator("#exposure").focus()
    for _ in range(6):
        keys.press("ArrowRight")
    visit.settled()
    with page.expect_download() as waiting:
        keys.press("Control+s")
    exposure = page.evaluate("app.current.settings.exposure")
    assert exposure == pytest.approx(0.3)
    enhancer = Enhancer("natural", controls=Controls(exposure=exposure), auto=True, denoise="off")
    found = read(Path(waiting.value.path())).pixels.astype(int)
    assert (np.abs(found - enhancer(read(photo)).pixels) <= 1).mean() >= 0.999
    visit.close()


@pytest.mark.parametrize(("screen", "turned"), [(PHONE, True), (ACROSS, False)])
def test_on_a_phone_by_finger(
    browser: Any, address: str, examples: Path, tmp_path: Path, screen: Any, turned: bool
) -> None:
    visit: Any = Visit(browser, address, **screen)
    visit.add(as_png(examples, tmp_path, turned))
    assert share_of_the_photo(visit) >= 0.6
    if screen is PHONE:
        visit.page.tap("#adjust")
    finger = Finger(visit)
    x, y = middle(visit, "#exposure")
    finger.drag(x, y, along=4, down=-120)
    assert visit.page.evaluate("app.current.settings.exposure") == 0
    visit.page.wait_for_timeout(600)  # what is pushed glides on
    visit.page.evaluate("document.getElementById('sheet').scrollTop = 0")
    visit.frames()
    x, y = middle(visit, "#exposure")
    finger.drag(x, y, along=40, down=2)
    assert visit.page.evaluate("app.current.settings.exposure") > 0
    visit.settled()
    with visit.page.expect_download() as waiting:
        visit.page.tap("#save")
    pixels = np.asarray(Image.open(io.BytesIO(Path(waiting.value.path()).read_bytes())))
    shown = visit.page.evaluate("app.stage.size")
    assert pixels.shape[1::-1] == tuple(shown)
    visit.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(
    browser: Any, address: str, examples: Path, screen: Any, scheme: str
) -> None:
    visit = Visit(browser, address, color_scheme=scheme, reduced_motion="reduce", **screen)
    assert violations(visit.page) == []
    visit.add(examples / "lamp.jpg", examples / "chelsea.jpg")
    if screen is PHONE:
        visit.page.tap("#adjust")
    visit.page.click("#more")
    assert violations(visit.page) == []
    visit.close()


def test_sixteen_bits_are_said_to_become_eight(
    browser: Any, address: str, examples: Path, tmp_path: Path
) -> None:
    deep = tmp_path / "deep.png"
    deep.write_bytes(encode(read(examples / "lamp.jpg").pixels.astype(np.uint16) * 257))
    visit = Visit(browser, address, **DESK)
    visit.add(deep)
    assert "16 bits a channel, of which a browser keeps 8" in visit.page.inner_text("#message")
    visit.close()


def test_other_methods_are_fetched_when_they_are_chosen(
    browser: Any, address: str, examples: Path
) -> None:
    visit = Visit(browser, address, **DESK)
    asked: list[str] = []
    visit.context.on("request", lambda request: asked.append(request.url))
    visit.add(examples / "lamp.jpg")
    assert not any("zero-dce" in url for url in asked)
    visit.page.click("#more")
    visit.page.click("#methods [value=zero-dce-open]")
    visit.settled()
    assert visit.page.evaluate("app.current.error") is None
    assert f"{address}browser/models/zero-dce-open.onnx.gz" in asked
    assert all(url.startswith((address, f"blob:{address.partition('/tools')[0]}")) for url in asked)
    visit.close()
