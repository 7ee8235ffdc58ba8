"""The page of a comparison in a real browser, from a file, with the network off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nightlift.data.sample import Sample
from nightlift.report.columns import chosen
from nightlift.report.comparison import compared, comparison_page, shown
from tests.axe import violations

from .conftest import save

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("page")
    paths = [save(root / f"{name}.png", seed) for seed, name in enumerate(("a", "<i>&amp;", "c"))]
    samples = [Sample(path.stem, path) for path in paths]
    columns = chosen(["gamma", "equalize", "adaptive-gamma"], [], samples)
    rows = (shown(compared(one, columns, estimates=True), columns) for one in samples)
    target = root / "page.html"
    target.write_bytes(b"".join(comparison_page("<b>Nights</b>", rows, columns, len(samples))))
    return target


@pytest.fixture(scope="module")
def one_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("one")
    sample = Sample("night", save(root / "night.png", 1))
    columns = chosen(["gamma", "equalize"], [], [sample])
    target = root / "page.html"
    rows = [shown(compared(sample, columns), columns)]
    target.write_bytes(b"".join(comparison_page("One", rows, columns, 1)))
    return target


class Tab:
    """An open page, and what went wrong in it."""

    def __init__(self, browser: Any, file: Path, **settings: Any) -> None:
        # Without motion: a color that is on its way to another one is none of the page's.
        self.context = browser.new_context(offline=True, reduced_motion="reduce", **settings)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self.requested)
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("#viewer[data-ready]")

    def requested(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.wrong.append(request.url)

    def stage(self, value: str) -> Any:
        return self.page.evaluate(f"viewer.stage.{value}")

    def until(self, expression: str) -> None:
        """Wait for it; Playwright's own way of waiting is what the page's policy forbids."""
        end = time.monotonic() + 20
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"never came true: {expression}"
            self.page.wait_for_timeout(20)

    def box(self) -> dict[str, float]:
        found: dict[str, float] = self.page.locator(".stage").bounding_box()
        return found

    def middle(self) -> tuple[float, float]:
        box = self.box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def tab(browser: Any, page_file: Path) -> Iterator[Tab]:
    opened = Tab(browser, page_file, viewport=DESKTOP)
    yield opened
    assert opened.wrong == []
    opened.context.close()


def test_names_are_text_and_nothing_else(tab: Tab) -> None:
    assert tab.page.title() == "<b>Nights</b>"
    assert tab.page.locator("h1").inner_text() == "<b>Nights</b>"
    assert tab.page.locator(".film span").all_inner_texts() == ["a.png", "<i>&amp;.png", "c.png"]


def test_the_mouse_moves_the_nearest_divider(tab: Tab) -> None:
    assert tab.stage("dividers") == pytest.approx([0.25, 0.5, 0.75])
    x, y = tab.middle()
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    left, right = tab.stage("visible()")
    tab.page.mouse.move(tab.box()["x"] + left + 0.6 * (right - left), y, steps=4)
    tab.page.mouse.up()
    assert tab.stage("dividers") == pytest.approx([0.25, 0.6, 0.75], abs=0.005)


def test_a_divider_never_passes_another(tab: Tab) -> None:
    handle = tab.page.get_by_role("slider").nth(0)
    handle.press("End")
    assert tab.stage("dividers") == pytest.approx([0.5, 0.5, 0.75])


def test_keys_move_a_divider_and_say_so(tab: Tab) -> None:
    handle = tab.page.get_by_role("slider", name="Divider between input and gamma 0.4")
    handle.press("ArrowRight")
    handle.press("Shift+ArrowRight")
    assert handle.get_attribute("aria-valuenow") == "36"
    assert tab.stage("dividers")[0] == pytest.approx(0.36)


def test_at_100_percent_a_pixel_is_a_pixel(tab: Tab) -> None:
    tab.page.keyboard.press("z")
    assert tab.page.locator(".zoom").inner_text() == "100 %"
    image = tab.page.locator(".pane img").first.bounding_box()
    assert (image["width"], image["height"]) == pytest.approx((96, 64))
    for _ in range(5):
        tab.page.keyboard.press("+")
    assert tab.page.locator(".zoom").inner_text() == "1600 %"
    places = tab.page.evaluate(
        "[...document.querySelectorAll('.pane img')].map(i=>i.style.transform)"
    )
    assert len(set(places)) == 1
    tab.page.keyboard.press("0")
    assert tab.page.locator(".zoom").inner_text().startswith("Fit")


def test_the_wheel_zooms_where_it_points_and_dragging_pans(tab: Tab) -> None:
    x, y = tab.middle()
    tab.page.mouse.move(x - 100, y)
    before = tab.page.locator(".pane img").first.bounding_box()
    share = (x - 100 - before["x"]) / before["width"]
    tab.page.mouse.wheel(0, -300)
    after = tab.page.locator(".pane img").first.bounding_box()
    assert after["width"] > 1.3 * before["width"]
    assert (x - 100 - after["x"]) / after["width"] == pytest.approx(share, abs=0.01)
    tab.page.mouse.down()
    tab.page.mouse.move(x - 140, y, steps=3)
    tab.page.mouse.up()
    moved = tab.page.locator(".pane img").first.bounding_box()
    assert moved["x"] - after["x"] == pytest.approx(-40, abs=1)


def test_views_columns_and_photos_by_keys(tab: Tab) -> None:
    keys = tab.page.keyboard
    keys.press("g")
    boxes = tab.page.evaluate(
        "[...document.querySelectorAll('.pane')].map(p => [p.style.left, p.style.top].join())"
    )
    assert len(set(boxes)) == 4
    keys.press("2")
    tab.until("document.querySelectorAll('.pane').length === 3")
    keys.press("f")
    tab.until("document.querySelectorAll('.pane').length === 1")
    keys.press("4")
    tab.until("document.querySelector('.label').innerText === 'adaptive-gamma'")
    keys.press("n")
    tab.until("viewer.root.dataset.ready === '<i>&amp;.png'")
    assert tab.page.locator(".film [aria-current] span").inner_text() == "<i>&amp;.png"


def test_clipped_pixels_histograms_and_estimates(tab: Tab) -> None:
    tab.page.keyboard.press("c")
    assert tab.page.locator("canvas.clipped").count() == 4
    counts = tab.page.evaluate(
        """[...document.querySelectorAll('canvas.clipped')].map(canvas => {
          const context = canvas.getContext('2d');
          const words = context.getImageData(0, 0, canvas.width, canvas.height).data;
          return words.filter((word, at) => at % 4 === 3 && word).length;
        })"""
    )
    assert all(0 <= count < 96 * 64 for count in counts)
    assert sum(counts) > 0
    tab.page.keyboard.press("c")
    assert tab.page.locator("canvas.clipped:visible").count() == 0
    assert tab.page.locator(".panel canvas").count() == 4
    tab.until("document.querySelectorAll('.estimates img').length === 3")
    tab.page.keyboard.press("e")
    assert tab.page.locator(".estimates").is_hidden()


def test_help_and_theme(tab: Tab) -> None:
    tab.page.keyboard.press("?")
    tab.page.get_by_role("dialog").wait_for(state="visible")
    tab.page.get_by_role("button", name="Close").click()
    tab.page.get_by_role("dialog").wait_for(state="hidden")
    tab.page.keyboard.press("t")
    tab.until("document.documentElement.dataset.theme === 'dark'")
    tab.page.keyboard.press("t")
    tab.until("document.documentElement.dataset.theme === 'light'")


def test_a_phone_slides_with_a_finger(browser: Any, page_file: Path) -> None:
    settings = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    tab = Tab(browser, page_file, **settings)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert tab.page.evaluate("viewer.columns") == [0, 1]
    x, y = tab.middle()
    touch = tab.context.new_cdp_session(tab.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 78, "y": y}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    tab.until("Math.abs(viewer.stage.dividers[0] - 0.7) < 0.01")
    for kind, gap in (("touchStart", 60), ("touchMove", 75), ("touchMove", 90)):
        fingers = [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    # Half as far apart again; moves reach the page with its next frame.
    wanted = 1.5 * 2 * 100 * PHONE["width"] / 96
    tab.until(f"Math.abs(viewer.stage.percent() - {wanted}) < 25")
    assert tab.wrong == []
    tab.context.close()


def test_the_stage_of_one_photo_has_the_room(browser: Any, one_photo: Path) -> None:
    tab = Tab(browser, one_photo, viewport=DESKTOP)
    assert tab.page.locator(".film").is_hidden()
    assert tab.box()["width"] > 0.7 * DESKTOP["width"]
    assert tab.wrong == []
    tab.context.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_a_comparison(
    browser: Any, page_file: Path, screen: dict[str, int], scheme: str
) -> None:
    tab = Tab(browser, page_file, viewport=screen, color_scheme=scheme)
    tab.page.keyboard.press("c")
    assert violations(tab.page) == []
    tab.page.evaluate("document.querySelector('.help').showModal()")
    assert violations(tab.page) == []
    tab.context.close()


def test_a_finger_that_scrolls_moves_no_divider(browser: Any, page_file: Path) -> None:
    settings = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    tab = Tab(browser, page_file, **settings)
    x, y = tab.middle()
    touch = tab.context.new_cdp_session(tab.page)
    for step in range(6):
        kind = "touchMove" if step else "touchStart"
        points = [{"x": x + step, "y": y - 30 * step}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.until("scrollY > 20")
    assert tab.stage("dividers") == [0.5]
    tab.context.close()
