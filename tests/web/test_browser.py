"""The page in Chromium: what a person does with it, by mouse, touch and keyboard."""

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from nightlift.edit.enhancer import RECOMMENDED

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Browser, Page = playwright.Browser, playwright.Page

READ = "id => document.getElementById(id).toDataURL('image/png')"

DROP = """async names => {
  const transfer = new DataTransfer();
  for (const name of names) {
    const blob = await (await fetch("/test/" + name)).blob();
    transfer.items.add(new File([blob], name));
  }
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""

FILLED = """n =>
  n == [...document.querySelectorAll("#grid button canvas")].filter(each => each.image).length"""

UNNAMED = """() => [...document.querySelectorAll("button, input, select, img, canvas")]
  .filter(each => !each.closest("[hidden], [aria-hidden=true]") && !each.matches("button *"))
  .filter(each => !(each.labels?.length || each.ariaLabel || each.textContent.trim()
    || each.hasAttribute("alt")))
  .map(each => each.outerHTML)"""


@pytest.fixture
def page(browser: Browser, client: httpx.Client, examples: Path) -> Iterator[Page]:
    """The page, just opened; at the end it has complained of nothing and asked no other host."""
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
        yield from _opened(context.new_page(), client, examples)


@pytest.fixture
def phone(browser: Browser, client: httpx.Client, examples: Path) -> Iterator[Page]:
    sides = {"width": 390, "height": 844}
    with browser.new_context(viewport=sides, has_touch=True, is_mobile=True) as context:
        yield from _opened(context.new_page(), client, examples)


def _opened(page: Page, client: httpx.Client, examples: Path) -> Iterator[Page]:
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(
        "**/test/*", lambda route: route.fulfill(path=examples / Path(route.request.url).name)
    )
    page.goto(str(client.base_url))
    page.wait_for_selector("#methods input", state="attached")
    yield page
    ours = re.compile(rf"^(blob:|data:)?({re.escape(str(client.base_url))}.*|image/.*)")
    assert asked and all(ours.match(url) for url in asked)
    assert [text for text in complaints if "status of 400" not in text] == []


def choose(page: Page, *paths: Path) -> None:
    page.set_input_files("#welcome .files", list(paths))
    done(page)


def done(page: Page) -> None:
    """Wait until the result is on the stage."""
    page.wait_for_selector("#frame:not(.waiting)")
    frame(page)


def frame(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def pixels(page: Page, canvas: str) -> np.ndarray:
    return picture(base64.b64decode(page.evaluate(READ, canvas).partition(",")[2]))


def picture(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def set_strength(page: Page, percent: int) -> None:
    page.locator("#strength").fill(str(percent))
    frame(page)


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(button)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_a_dropped_photo_is_brightened_and_saved(
    page: Page, client: httpx.Client, examples: Path
) -> None:
    page.evaluate(DROP, ["lamp.jpg"])
    done(page)
    assert pixels(page, "after").mean() > 1.5 * pixels(page, "before").mean()
    set_strength(page, 70)
    name, saved = downloaded(page, "#save")
    wanted = client.post(
        "/v1/enhance",
        params={"method": RECOMMENDED, "strength": 0.7, "denoise": "auto"},
        content=(examples / "lamp.jpg").read_bytes(),
    )
    assert name == "lamp-lifted.jpg"
    assert saved == wanted.content


def test_without_a_setting_the_result_is_that_of_the_command(
    page: Page, client: httpx.Client, examples: Path
) -> None:
    choose(page, examples / "lamp.jpg")
    photo = (examples / "lamp.jpg").read_bytes()
    wanted = client.post("/v1/enhance", content=photo).content
    assert downloaded(page, "#save")[1] == wanted
    page.uncheck("#denoise")
    plain = client.post("/v1/enhance", params={"denoise": "off"}, content=photo).content
    assert plain != wanted
    assert downloaded(page, "#save")[1] == plain


def test_strength_is_blended_in_the_browser(page: Page, examples: Path) -> None:
    choose(page, examples / "lamp.jpg")
    set_strength(page, 100)
    before, full = pixels(page, "before"), pixels(page, "after")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    for percent in (0, 37, 80, 150):
        set_strength(page, percent)
        wanted = np.clip(before + percent / 100 * (full - before), 0, 255)
        assert np.abs(pixels(page, "after") - wanted).max() <= 1
        assert page.locator("#percent").inner_text() == f"{percent} %"
    assert sent == []


def test_the_preview_is_what_the_server_renders(
    page: Page, client: httpx.Client, examples: Path
) -> None:
    page.evaluate(DROP, ["astronaut.jpg"])
    done(page)
    set_strength(page, 100)
    shown = pixels(page, "after")
    answer = client.post(
        "/v1/enhance",
        params={"method": RECOMMENDED, "preview": 1200, "format": "png"},
        content=(examples / "astronaut.jpg").read_bytes(),
    )
    wanted = picture(answer.content)
    assert wanted.shape == shown.shape
    assert np.abs(shown - wanted).mean() < 3


def test_the_divider_by_keyboard_and_mouse(page: Page, examples: Path) -> None:
    choose(page, examples / "lamp.jpg")
    divider = page.locator("#divider")
    divider.focus()
    for key, at in (("Home", 0), ("End", 100), ("ArrowLeft", 99.5)):
        page.keyboard.press(key)
        assert place(page) == pytest.approx(at)
    assert "% as it was" in str(divider.get_attribute("aria-valuetext"))
    box = page.locator("#frame").bounding_box()
    assert box is not None
    for share in (0.02, 0.5, 0.97):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 40)
        assert place(page) == pytest.approx(100 * share, abs=1)


def place(page: Page) -> float:
    """Where the divider is, in percent."""
    at = page.evaluate("() => document.getElementById('frame').style.getPropertyValue('--at')")
    return float(at.rstrip("%"))


def test_everything_can_be_done_by_keyboard(page: Page, examples: Path) -> None:
    assert page.evaluate(UNNAMED) == []
    choose(page, examples / "lamp.jpg", examples / "rocket.jpg")
    page.wait_for_selector(".thumb canvas")
    assert page.evaluate(UNNAMED) == []
    page.evaluate("() => document.activeElement.blur()")
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.id || document.activeElement.name"
                                  " || document.activeElement.className"))  # fmt: skip
    wanted = {
        "one",
        "all",
        "divider",
        "strength",
        "auto",
        "denoise",
        "method",
        "save",
        "zip",
        "thumb",
    }
    assert wanted <= reached
    page.locator("#methods input:checked").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#methods input:checked").get_attribute("value") != RECOMMENDED
    done(page)


def test_all_methods_beside_each_other(page: Page, examples: Path) -> None:
    page.evaluate("() => document.querySelector('#grid [data-method=lime]')?.remove()")
    page.route("**/v1/previews*", lambda route: route.continue_(
        url=route.request.url.replace("%2Clime", "")))  # fmt: skip
    choose(page, examples / "rocket.jpg")
    page.click("#all")
    count = page.locator("#grid button").count()
    page.wait_for_function(FILLED, arg=count)
    page.click("#grid [data-method=clahe]")
    frame(page)
    assert page.locator("#grid [aria-pressed=true]").get_attribute("data-method") == "clahe"
    page.click("#one")
    done(page)
    assert page.locator("#methods input:checked").get_attribute("value") == "clahe"


def test_many_photos_as_a_zip(page: Page, client: httpx.Client, examples: Path) -> None:
    page.evaluate(DROP, ["lamp.jpg", "chelsea.jpg", "lamp.jpg"])
    done(page)
    page.click("#methods input[value=gamma]")
    set_strength(page, 60)
    done(page)
    name, saved = downloaded(page, "#zip")
    assert name == "nightlift.zip"
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "lamp-lifted.jpg", "chelsea-lifted.jpg", "lamp-lifted (2).jpg"
        ]  # fmt: skip
        query = {"method": "gamma", "strength": 0.6, "denoise": "auto"}
        cat = (examples / "chelsea.jpg").read_bytes()
        wanted = client.post("/v1/enhance", params=query, content=cat)
        assert archive.read("chelsea-lifted.jpg") == wanted.content


def test_what_is_no_photo_is_said_and_the_rest_goes_on(
    page: Page, examples: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "<b>letter.jpg"
    wrong.write_text("Dear Sir or Madam, this is no photo at all. " * 5)
    page.set_input_files("#welcome .files", [wrong, examples / "lamp.jpg"])
    page.wait_for_selector("#message.bad")
    assert "this is a text file" in page.locator("#message").inner_text()
    assert page.locator("#frame").is_hidden()
    assert page.locator("#film b").count() == 0
    page.click(".thumb >> nth=1")
    done(page)
    assert pixels(page, "after").mean() > pixels(page, "before").mean()
    page.hover("#film li >> nth=0")
    page.click(".remove >> nth=0")
    assert page.locator("#film").is_hidden()


def test_on_a_phone(phone: Page, examples: Path) -> None:
    choose(phone, examples / "chelsea.jpg")
    assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    box = phone.locator("#frame").bounding_box()
    assert box is not None and box["width"] <= 390
    phone.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    assert place(phone) == pytest.approx(25, abs=2)
    for name in ("#save", "#one", "#all"):
        target = phone.locator(name).bounding_box()
        assert target is not None and target["height"] >= 32
    _, saved = downloaded(phone, "#save")
    assert saved[:3] == b"\xff\xd8\xff"


def test_the_theme_is_dark_and_remembered(page: Page) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert max(map(int, re.findall(r"\d+", page.evaluate(ground)))) < 40
    page.click("#theme")
    page.reload()
    assert min(map(int, re.findall(r"\d+", page.evaluate(ground)))) > 200
