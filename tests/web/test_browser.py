"""The page in Chromium: what a person does with it, by mouse, touch and keyboard."""

import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import nightlift
from nightlift.edit.enhancer import RECOMMENDED
from nightlift.photo.photo import Photo
from tests.web.tab import DESK, PHONE, Tab, opened

LAMP, CAT, COFFEE = "lamp.jpg", "chelsea.jpg", "coffee.png"


def upright(data: bytes) -> np.ndarray:
    """The upright pixels of a photo file."""
    from nightlift.photo.orientation import turn

    photo = nightlift.read(data)
    return turn(photo.pixels, photo.orientation).astype(int)


def small(folder: Path) -> Path:
    """A dark photo that fits on the screen, without losses."""
    path = folder / "small.png"
    night = np.random.default_rng(0).normal(30, 9, (120, 160, 3))
    path.write_bytes(nightlift.encode(Photo(np.clip(night, 0, 255).astype(np.uint8), format="png")))
    return path


def test_what_is_seen_is_what_is_saved(tab: Tab, tmp_path: Path) -> None:
    tab.add(small(tmp_path))
    tab.slide("strength", 70)
    tab.slide("shadows", 25)
    tab.settled()
    name, saved = tab.saves("#save")
    assert name == "small-lifted.png"
    assert np.array_equal(tab.pixels("After"), upright(saved))
    assert np.array_equal(tab.pixels("Before"), upright(small(tmp_path).read_bytes()))


def test_without_a_setting_the_result_is_that_of_the_command(
    tab: Tab, client: httpx.Client, examples: Path
) -> None:
    tab.add(examples / LAMP)
    photo = (examples / LAMP).read_bytes()
    assert tab.saves("#save") == (
        "lamp-lifted.jpg",
        client.post("/v1/enhance", content=photo).content,
    )
    tab.page.select_option("#denoise", "off")
    plain = client.post("/v1/enhance", params={"denoise": "off"}, content=photo).content
    assert tab.saves("#save")[1] == plain


def large(folder: Path) -> Path:
    """A noisy photo of more pixels than a screen."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:1500, 0:2200] / 2200
    dark = np.stack([60 * x, 50 * y, 30 + 20 * np.sin(40 * x)], axis=-1) + rng.normal(
        0, 4, (1500, 2200, 3)
    )
    path = folder / "large.png"
    path.write_bytes(nightlift.encode(Photo(np.clip(dark, 0, 255).astype(np.uint8), format="png")))
    return path


def test_at_100_percent_the_pixels_are_those_of_the_download(tab: Tab, tmp_path: Path) -> None:
    tab.add(large(tmp_path))
    tab.slide("warmth", 30)
    tab.page.locator("#stage").press("z")
    assert tab.page.locator(".zoom").inner_text() == "100 %"
    tab.settled()
    left, top, width, height = tab.box("After")
    assert width < 2200
    whole = upright(tab.saves("#save")[1])
    assert np.array_equal(tab.pixels("After"), whole[top : top + height, left : left + width])
    scale = tab.page.evaluate(
        "() => document.querySelector('.pane:nth-child(2) canvas:nth-of-type(2)')"
        ".getBoundingClientRect().width"
    )
    assert scale == pytest.approx(width)


def test_strength_is_blended_while_it_is_dragged(tab: Tab, tmp_path: Path) -> None:
    tab.add(small(tmp_path))
    tab.page.select_option("#denoise", "off")
    tab.settled()
    tab.page.evaluate("app.set({ strength: 0.4 }, false, 'strength')")
    tab.frames()
    layers = tab.page.evaluate("app.stage.panes[1].layers.map(layer => layer.opacity ?? 1)")
    assert layers == [1, 0.4]
    none, full = (tab.pixels("After", n) for n in (1, 2))
    tab.page.evaluate("app.set({ strength: 0.4 }, true, null)")
    tab.settled()
    blended = none + 0.4 * (full - none)
    assert np.abs(tab.pixels("After") - blended).max() <= 1


def test_settings_are_those_of_each_photo_and_can_be_spread(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP, examples / CAT)
    tab.slide("exposure", 1)
    tab.page.click(".thumb >> nth=1")
    assert tab.value("exposure") == 0
    tab.page.click(".thumb >> nth=0")
    assert tab.value("exposure") == 1
    tab.page.click("#spread")
    tab.page.click(".thumb >> nth=1")
    assert tab.value("exposure") == 1
    tab.page.keyboard.press("Control+z")
    assert [tab.setting(n, "exposure") for n in (0, 1)] == [1, 0]
    tab.page.keyboard.press("Control+z")
    assert [tab.setting(n, "exposure") for n in (0, 1)] == [0, 0]
    tab.page.keyboard.press("Control+Shift+z")
    tab.page.keyboard.press("Control+y")
    assert [tab.setting(n, "exposure") for n in (0, 1)] == [1, 1]
    tab.page.click("#reset")
    assert [tab.setting(n, "exposure") for n in (0, 1)] in ([0, 1], [1, 0])


def test_the_plain_choices(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    natural = tab.pixels("After").mean()
    tab.page.click("#stronger")
    tab.settled()
    assert tab.pixels("After").mean() > natural
    assert tab.page.get_attribute("#stronger", "aria-pressed") == "true"
    tab.page.click("#more")
    tab.page.click("#methods [value=gamma]")
    tab.settled()
    assert tab.page.locator("#more").inner_text() == "gamma"
    tab.page.click("#natural")
    tab.settled()
    assert tab.setting(0, "method") == RECOMMENDED
    assert tab.pixels("After").mean() == natural


def test_weights_for_research_only_are_marked(
    browser: Any, client: httpx.Client, examples: Path
) -> None:
    with browser.new_context(**DESK) as context:
        page = context.new_page()

        def marked(route: Any) -> None:
            offer = route.fetch().json()
            for method in offer["methods"]:
                method["research"] = method["name"] == "zero-dce-open"
            route.fulfill(json=offer)

        page.route("**/v1/methods", marked)
        page.goto(str(client.base_url))
        page.wait_for_selector("body[data-ready]")
        Tab(page).add(examples / LAMP)
        page.click("#more")
        assert page.locator(".method:has(em) b").all_inner_texts() == ["zero-dce-open"]
        assert page.locator(".method em").inner_text() == "research only"


def test_a_photo_that_is_left_alone_is_told_why(tab: Tab, tmp_path: Path) -> None:
    lit = tmp_path / "lit.png"
    lit.write_bytes(nightlift.encode(Photo(np.full((80, 120, 3), 210, np.uint8), format="png")))
    tab.add(lit)
    assert tab.message() == "Left alone: it is bright enough. Strength lifts it all the same."
    assert tab.value("strength") == 0
    tab.slide("strength", 80)
    tab.settled()
    assert tab.message() == ""


def test_a_photo_that_is_held_back_or_too_dark_is_told_so(tab: Tab, tmp_path: Path) -> None:
    bright = nightlift.read(Path(__file__).parents[2] / "examples" / "bright" / "astronaut.jpg")
    dusk = (255 * (bright.pixels / 255) ** 1.2).astype(np.uint8)
    night = np.random.default_rng(0).integers(0, 4, (300, 400, 3)).astype(np.uint8)
    for name, pixels, told in (
        ("dusk", dusk, "Held back to"),
        ("night", night, "Too dark to save"),
    ):
        path = tmp_path / f"{name}.png"
        path.write_bytes(nightlift.encode(Photo(pixels, format="png")))
        tab.add(path)
        assert tab.message().startswith(told)
        if name == "dusk":
            assert 0 < tab.value("strength") < 100


def test_all_methods_beside_each_other(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    tab.page.keyboard.press("a")
    tab.page.wait_for_selector(
        "#grid .hint:has-text('Choose one to see it large')", timeout=120_000
    )
    order = tab.page.locator(".cell b").all_inner_texts()
    assert order[0] == RECOMMENDED and set(order[-2:]) == {"clahe", "lime"}
    tab.page.click(".cell:has-text('equalize')")
    tab.settled()
    assert tab.page.locator("#stage").is_visible()
    assert tab.setting(0, "method") == "equalize"
    assert tab.focused() == "stage"


def test_leaving_is_asked_about_while_there_is_unsaved_work(tab: Tab, examples: Path) -> None:
    asks = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    tab.add(examples / LAMP)
    assert not tab.page.evaluate(asks)
    tab.slide("exposure", 0.5)
    assert tab.page.evaluate(asks)
    tab.page.click("#undo")
    assert not tab.page.evaluate(asks)
    tab.page.click("#redo")
    assert tab.page.evaluate(asks)
    tab.saves("#save")
    leaves = "() => dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    tab.page.wait_for_function(leaves)


def test_the_last_photo_can_be_removed_and_brought_back(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    tab.page.locator("#stage").press("Delete")
    assert tab.page.locator("#welcome").is_visible()
    tab.page.evaluate("app.history.undo()")
    tab.settled()
    assert tab.page.locator("#stage").is_visible()


def test_a_dropped_folder_gives_its_photos(tab: Tab) -> None:
    found = tab.page.evaluate("""async () => {
      const file = (name) => ({ isFile: true, name, fullPath: "/trip/" + name,
        file: (done) => done(new File(["x"], name)) });
      const batches = [[file("b10.jpg"), file(".hidden"), file("b9.jpg")], []];
      const folder = { isFile: false, isDirectory: true, name: "trip", fullPath: "/trip",
        createReader: () => ({ readEntries: (done) => done(batches.shift()) }) };
      const names = [];
      app.add = (files) => names.push(...files.map(({ name }) => name));
      const drop = new Event("drop", { cancelable: true });
      drop.dataTransfer = { items: [{ webkitGetAsEntry: () => folder }], files: [] };
      dispatchEvent(drop);
      await new Promise((done) => setTimeout(done, 50));
      return names;
    }""")
    assert found == ["trip/b9.jpg", "trip/b10.jpg"]


def test_the_theme_is_that_of_the_system_until_it_is_changed(
    tab: Tab, browser: Any, client: httpx.Client, examples: Path
) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    shades = {}
    for scheme in ("dark", "light"):
        tab.page.emulate_media(color_scheme=scheme)
        shades[scheme] = max(map(int, re.findall(r"\d+", tab.page.evaluate(ground))[:3]))
    assert shades["dark"] < 40 < 200 < shades["light"]
    tab.page.click("#theme")
    dark = max(map(int, re.findall(r"\d+", tab.page.evaluate(ground))[:3]))
    assert dark < 40


def test_everything_can_be_done_by_keyboard(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP, examples / CAT)
    tab.page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(70):
        tab.page.keyboard.press("Tab")
        reached.append(tab.focused())
        if reached[-1] in ("save-all", ""):
            break
    wanted = {"undo", "theme", "stage", "handle", "hold", "clipping", "all", "thumb", "remove"}
    wanted |= {"natural", "stronger", "more", "strength", "exposure", "tint", "denoise", "amount"}
    wanted |= {"spread", "save", "save-all"}
    assert wanted <= set(reached)
    tab.page.locator(".thumb >> nth=1").focus()
    tab.page.keyboard.press("Enter")
    assert tab.focused() == "thumb"
    assert tab.page.locator(".thumb >> nth=1").get_attribute("aria-current") == "true"
    tab.page.locator("#exposure").press("ArrowRight")
    assert tab.value("exposure") == pytest.approx(0.05)
    tab.page.locator("#stage").press("b")
    assert tab.page.get_attribute("#hold", "aria-pressed") == "true"
    tab.page.keyboard.press("p")
    assert tab.page.locator(".thumb >> nth=0").get_attribute("aria-current") == "true"
    before = tab.page.evaluate("app.stage.dividers[0]")
    tab.page.locator(".handle").press("Shift+ArrowRight")
    assert tab.page.evaluate("app.stage.dividers[0]") == pytest.approx(before + 0.1)
    tab.page.locator(".remove >> nth=0").focus()
    tab.page.keyboard.press("Enter")
    assert tab.focused() == "stage"
    tab.page.locator("#undo").focus()
    tab.page.keyboard.press("Enter")
    assert tab.page.locator(".thumb").count() == 2
    assert tab.focused() == "undo"


def test_what_happens_is_announced(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP, examples / CAT)
    tab.page.evaluate("""() => {
      window.heard = [];
      new MutationObserver(() => heard.push(document.getElementById("live").textContent))
        .observe(document.getElementById("live"), { childList: true });
    }""")
    tab.page.locator("#stage").press("z")
    tab.page.locator("#stage").press("b")
    tab.saves("#save")
    tab.page.wait_for_function("() => heard.at(-1) === 'lamp-lifted.jpg is saved.'")
    heard = tab.page.evaluate("heard")
    assert heard[:2] == ["Zoom 100 %", "Before"]
    assert tab.page.get_attribute("#strength", "aria-valuetext") == "100 %"


@pytest.mark.parametrize("settings", [DESK, PHONE])
def test_nothing_of_the_page_comes_from_elsewhere(
    browser: Any, client: httpx.Client, examples: Path, settings: dict[str, object]
) -> None:
    with opened(browser, client, examples, **settings) as tab:
        tab.add(examples / LAMP)
        assert tab.asked
        assert all(url.startswith((str(client.base_url), "blob:", "data:")) for url in tab.asked)
