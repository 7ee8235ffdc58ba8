"""What lies where on the page: nothing contradicts itself, nothing floats beside the photo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightlift.photo.photo import Photo
from nightlift.photo.writing import encode
from tests.web.tab import LAYERS, Tab

LAMP = "lamp.jpg"

PLACED = f"""() => {{
  const box = (one) => one.getBoundingClientRect();
  const photo = box(({LAYERS})("After")[0].element);
  const labels = app.stage.panes.map(({{ label }}) => box(label));
  return {{ photo, labels }};
}}"""

OPENING = "() => getComputedStyle(document.getElementById('stage'), '::before').content"


@pytest.mark.parametrize("mode", ["s", "g"])
def test_names_lie_on_their_pictures(phone: Tab, examples: Path, mode: str) -> None:
    phone.add(examples / LAMP)
    phone.page.keyboard.press("z")
    phone.page.keyboard.press(mode)
    phone.settled()
    placed: dict[str, Any] = phone.page.evaluate(PLACED)
    photo = placed["photo"]
    for label in placed["labels"] if mode == "s" else placed["labels"][1:]:
        assert photo["top"] <= label["top"] and label["bottom"] <= photo["bottom"]


def test_a_file_that_is_no_photo_can_only_be_taken_away(
    tab: Tab, examples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "notes.jpg"
    path.write_bytes(b"\xff\xd8 and then no picture")
    tab.add(path, wait=False)
    tab.page.wait_for_selector("#message.bad")
    tab.frames()
    assert tab.page.evaluate(OPENING) == "none"
    assert tab.page.inner_text("#facts") == "notes.jpg"
    assert tab.message().startswith("notes.jpg: ")
    assert tab.page.get_attribute("#save", "aria-disabled") == "true"
    assert tab.page.evaluate("['looks', 'sheet'].every(id => document.getElementById(id).inert)")
    assert tab.page.locator("#again").is_hidden()
    tab.page.click("#discard")
    assert tab.page.locator("#welcome").is_visible()
    tab.add(examples / LAMP)
    assert tab.page.get_attribute("#save", "aria-disabled") == "false"
    assert not tab.page.evaluate("document.getElementById('sheet').inert")


def test_what_was_read_is_said_no_more(tab: Tab, tmp_path: Path) -> None:
    lit = tmp_path / "lit.png"
    lit.write_bytes(encode(Photo(np.full((80, 120, 3), 210, np.uint8), format="png")))
    tab.add(lit)
    assert tab.page.locator("#message").is_visible()
    tab.page.click("#dismiss")
    assert tab.page.locator("#message").is_hidden()
    assert tab.focused() == "stage"
    tab.slide("warmth", 20)
    tab.settled()
    assert tab.page.locator("#message").is_hidden()
    tab.saves("#save")
    assert "is saved" in tab.message()


def test_what_was_saved_is_said_until_something_is_done(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP, examples / "chelsea.jpg")
    tab.saves("#save")
    tab.page.wait_for_selector("#message:has-text('is saved')")
    tab.page.evaluate("app.arrived(app.current)")  # as a picture does that is asked for beside
    assert "is saved" in tab.message()
    tab.slide("exposure", 1)
    tab.settled()
    assert tab.message() == ""
    tab.saves("#save")
    tab.page.wait_for_selector("#message:has-text('is saved')")
    tab.page.click(".thumb >> nth=1")
    tab.settled()
    assert tab.message() == ""


def test_all_methods_are_seen_at_once_where_there_is_room(tab: Tab, examples: Path) -> None:
    tab.add(examples / LAMP)
    tab.page.keyboard.press("a")
    tab.page.wait_for_selector(
        "#grid .hint:has-text('Choose one to see it large')", timeout=120_000
    )
    few = tab.page.evaluate("app.offer.methods.slice(0, 4)")
    tab.page.evaluate("methods => { app.grid.cells.clear(); app.offer.methods = methods; }", few)
    tab.page.evaluate("() => app.showGrid()")
    tab.page.wait_for_selector("#grid .hint:has-text('All 4 methods')", timeout=120_000)
    rows, width = tab.page.evaluate(
        "() => [[...document.querySelectorAll('.cell')].map(c => c.getBoundingClientRect().bottom),"
        " document.querySelector('.cell').clientWidth]"
    )
    assert len(rows) == 4
    assert max(rows) <= tab.page.locator("#grid").bounding_box()["y"] + tab.page.evaluate(
        "document.getElementById('grid').clientHeight"
    )
    assert width > 250
