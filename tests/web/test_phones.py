"""The page on phone screens: how much the photo has of them, and what fingers do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nightlift
from nightlift.photo.photo import Photo
from tests.web.tab import Tab


def photo(folder: Path, width: int, height: int) -> Path:
    path = folder / f"{width}-{height}.png"
    night = np.random.default_rng(0).integers(0, 50, (height, width, 3), dtype=np.uint8)
    path.write_bytes(nightlift.encode(Photo(night, format="png")))
    return path


SHARE = """() => {
  const { stage } = app;
  const box = stage.root.getBoundingClientRect();
  const [x, right] = stage.visible();
  const height = Math.min(box.height, stage.size[1] * stage.scale());
  return ((right - x) * height) / (innerWidth * innerHeight);
}"""


def share_of_the_photo(tab: Tab) -> float:
    """How much of the screen shows the photo."""
    return float(tab.page.evaluate(SHARE))


def test_an_upright_photo_has_most_of_an_upright_phone(phone: Tab, tmp_path: Path) -> None:
    phone.add(photo(tmp_path, 600, 800))
    assert share_of_the_photo(phone) >= 0.6
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wide_photo_has_most_of_a_phone_held_across(across: Tab, tmp_path: Path) -> None:
    across.add(photo(tmp_path, 800, 600))
    assert share_of_the_photo(across) >= 0.6
    assert across.page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth"
        " && document.documentElement.scrollHeight <= innerHeight"
    )


def test_targets_are_large_enough_for_fingers(phone: Tab, examples: Path) -> None:
    phone.add(examples / "lamp.jpg")
    for name in ("#natural", "#stronger", "#more", "#adjust", "#save", "#hold", ".zoom", "#all"):
        box = phone.page.locator(name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40, name
    assert phone.page.locator("#sheet").is_hidden()
    phone.page.tap("#adjust")
    assert phone.page.locator("#exposure").is_visible()
    stage = phone.page.locator("#stage").bounding_box()
    assert stage is not None and stage["height"] > 200


class Finger:
    """Touches of one finger, as the browser gets them from a screen."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._session: Any = tab.page.context.new_cdp_session(tab.page)

    def drag(self, x: float, y: float, along: float, down: float) -> None:
        """Touch (x, y), move in steps, and let go."""
        self._send("touchStart", [{"x": x, "y": y}])
        for step in range(1, 9):
            place = {"x": x + along * step / 8, "y": y + down * step / 8}
            self._send("touchMove", [place])
        self._send("touchEnd", [])
        self._tab.frames()

    def pinch(self, x: float, y: float, start: float, end: float) -> None:
        """Two fingers go apart."""
        for step in range(9):
            gap = start + (end - start) * step / 8
            fingers = [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}]
            self._send("touchMove" if step else "touchStart", fingers)
        self._send("touchEnd", [])
        self._tab.frames()

    def _send(self, kind: str, points: list[dict[str, float]]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def middle(tab: Tab, name: str) -> tuple[float, float]:
    box = tab.page.locator(name).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_finger_that_scrolls_changes_nothing(phone: Tab, examples: Path) -> None:
    phone.add(examples / "lamp.jpg")
    finger = Finger(phone)
    before = phone.page.evaluate("app.stage.dividers[0]")
    finger.drag(*middle(phone, "#stage"), along=6, down=-120)
    assert phone.page.evaluate("app.stage.dividers[0]") == before
    phone.page.click("#adjust")
    x, y = middle(phone, "#shadows")
    finger.drag(x + 60, y, along=5, down=-150)
    assert phone.page.evaluate("document.getElementById('sheet').scrollTop") > 50
    for name in ("strength", "exposure", "shadows", "highlights", "black", "warmth"):
        assert phone.value(name) == (100 if name == "strength" else 0)
    assert phone.page.evaluate("app.history.done.length") == 0


def test_a_finger_moves_divider_and_sliders_as_far_as_it_goes(phone: Tab, examples: Path) -> None:
    phone.add(examples / "lamp.jpg")
    finger = Finger(phone)
    x, y = middle(phone, "#stage")
    finger.drag(x + 60, y + 40, along=-78, down=6)
    assert phone.page.evaluate("app.stage.dividers[0]") == pytest.approx(0.3, abs=0.02)
    phone.page.click("#adjust")
    x, y = middle(phone, "#exposure")
    finger.drag(x + 50, y, along=60, down=3)
    assert 0.7 < phone.value("exposure") < 1.4
    assert phone.setting(0, "exposure") == phone.value("exposure")
    phone.page.click("#undo")
    assert phone.value("exposure") == 0


def test_two_fingers_enlarge_and_one_moves_the_photo(phone: Tab, examples: Path) -> None:
    phone.add(examples / "lamp.jpg")
    finger = Finger(phone)
    x, y = middle(phone, "#stage")
    before = phone.page.evaluate("app.stage.scale()")
    finger.pinch(x, y, 50, 150)
    assert phone.page.evaluate("app.stage.scale()") == pytest.approx(3 * before, rel=0.2)
    seen = phone.page.evaluate("app.stage.seen()")
    finger.drag(x + 110, y, along=-40, down=0)
    assert phone.page.evaluate("app.stage.seen()")[0] > seen[0]


def test_a_photo_is_sharp_on_a_dense_screen(phone: Tab, tmp_path: Path) -> None:
    phone.add(photo(tmp_path, 1500, 2000))
    fitted = phone.pixels("After")
    assert fitted.shape[1] >= 2 * 390
    phone.page.tap(".zoom")
    phone.settled()
    width = phone.box("After")[2]
    shown = phone.page.evaluate(
        "app.stage.panes[1].layers.at(-1).element.getBoundingClientRect().width"
    )
    assert shown == pytest.approx(width / 2)
