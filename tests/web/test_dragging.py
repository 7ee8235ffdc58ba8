"""What is seen while a slider is dragged, also by an engine that is slow."""

from __future__ import annotations

from pathlib import Path

from tests.web.tab import LAYERS, Tab

LAMP = "lamp.jpg"

SLOW = """milliseconds => {
  const { preview } = app.engine;
  app.engine.preview = async (photo, settings, view, signal) => {
    await new Promise(done => setTimeout(done, milliseconds));
    return preview(photo, settings, view, signal);
  };
}"""

COUNTED = """() => {
  window.asked = 0;
  const { preview } = app.engine;
  app.engine.preview = (...given) => (asked += 1, preview(...given));
}"""

SEEN = f"() => ({LAYERS})('After').map(({{ element, opacity }}) => [element.width, opacity ?? 1])"


def grab(tab: Tab, slider: str) -> None:
    box = tab.page.locator(f"#{slider}").bounding_box()
    tab.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    tab.page.mouse.down()


def drag(tab: Tab, slider: str, share: float) -> None:
    box = tab.page.locator(f"#{slider}").bounding_box()
    tab.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    tab.frames()


def test_late_drafts_are_shown_and_get_smaller(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    whole = tab.page.evaluate(SEEN)[-1][0]
    tab.page.evaluate(SLOW, 600)  # longer than what nobody wants may take
    grab(tab, "exposure")
    widths = []
    for step in range(60):
        drag(tab, "exposure", 0.5 + 0.004 * step)
        widths.append(tab.page.evaluate(SEEN)[-1][0])
        tab.page.wait_for_timeout(50)
    assert tab.page.evaluate("app.display.coarse") > 0
    assert 0 < min(widths) < whole / 2
    tab.page.mouse.up()
    tab.settled()
    assert tab.page.evaluate(SEEN)[-1][0] == whole


def test_strength_at_full_size_asks_for_no_picture(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    tab.slide("strength", 60)
    tab.page.keyboard.press("z")
    tab.page.keyboard.press("+")
    tab.page.wait_for_timeout(200)
    tab.settled()
    tab.page.evaluate(COUNTED)
    grab(tab, "strength")
    drag(tab, "strength", 0.5)
    drag(tab, "strength", 0.3)
    strength = tab.setting(0, "strength")
    layers = tab.page.evaluate(SEEN)
    assert [opacity for _, opacity in layers] == [1, strength]
    assert tab.page.evaluate("asked") == 0
    tab.page.mouse.up()
    tab.settled()
    assert tab.page.evaluate("asked") > 0
