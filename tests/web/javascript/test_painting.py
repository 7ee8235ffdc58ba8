"""Pixels that WebGL2 paints are those of the twins, which do what it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.adjust.examples import EXAMPLES, picture
from tests.web.javascript.adjustments import as_data
from tests.web.javascript.edition import hosted
from tests.web.javascript.node import SOURCES, sent
from tests.web.javascript.test_adjustments import PROFILES, opaque

ROWS, COLUMNS = 61, 83
PART = {"height": 200, "width": 190, "top": 97, "left": 55, "rows": ROWS, "columns": COLUMNS}
WHOLE = {"height": ROWS, "width": COLUMNS, "top": 0, "left": 0, "rows": ROWS, "columns": COLUMNS}
SCRIPT = Path(__file__).with_name("painted.mjs").read_text()


@pytest.fixture(scope="module")
def opened(browser: Any) -> Iterator[Any]:
    """A page beside the engine's modules."""
    with hosted(SOURCES) as address, browser.new_context() as context:
        page = context.new_page()
        page.route("**/page.html", lambda route: route.fulfill(body="", content_type="text/html"))
        page.route(
            "**/painted.js",
            lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript"),
        )
        page.goto(address + "page.html")
        if not page.evaluate("() => Boolean(new OffscreenCanvas(1, 1).getContext('webgl2'))"):
            pytest.skip("this browser has no WebGL2")
        yield page


@pytest.fixture
def page(opened: Any) -> Any:
    """The page with painters of its own: some tests spoil theirs."""
    opened.reload()
    return opened


def given(
    names: list[str], frame: dict[str, int], strength: float, icc: bytes | None = None
) -> str:
    pixels = opaque(picture(ROWS, COLUMNS, "uint8"))
    asked = {
        "adjustments": [as_data(EXAMPLES[name]()) for name in names],
        "rgba": pixels,
        "frame": frame,
        "strength": strength,
        "icc": icc,
    }
    return json.dumps(sent(asked))


@pytest.mark.parametrize(
    ("frame", "strength"), [(WHOLE, 1), (PART, 0.7)], ids=["whole", "a part, faded"]
)
def test_painted_pixels_are_those_of_the_twins(
    page: Any, frame: dict[str, int], strength: float
) -> None:
    names = list(EXAMPLES)
    assert_like(page, names, given(names, frame, strength))


@pytest.mark.parametrize("icc", PROFILES.values(), ids=PROFILES)
def test_and_so_they_are_in_another_color_space(page: Any, icc: bytes) -> None:
    names = list(EXAMPLES)
    assert_like(page, names, given(names, PART, 0.7, icc))


def assert_like(page: Any, names: list[str], text: str) -> None:
    call = "async text => (await import('/painted.js')).compared(text)"
    for name, found in zip(names, page.evaluate(call, text), strict=True):
        assert found, f"{name} was not painted"
        counts = np.array(found)
        assert counts[2:].sum() == 0, f"{name}: {np.flatnonzero(counts)[-1]} levels off"
        # halves are rounded either way
        assert counts[1] / counts.sum() < 0.05, (
            f"{name}: {counts[1] / counts.sum():.3%} a level off"
        )


SPOILED = {
    "lost": "painter => painter.gl.getExtension('WEBGL_lose_context').loseContext()",
    "wrong": "painter => { painter.painted = rgba => rgba.map(value => 255 - value); }",
    "too small": "painter => { painter.largest = 16; }",
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_a_painter_does_not_do_or_does_wrong_its_twin_does(page: Any, how: str) -> None:
    call = f"async text => (await import('/painted.js')).survived(text, {SPOILED[how]})"
    found = page.evaluate(call, given(["light grid"], WHOLE, 1))
    assert sum(found["off"][1:]) == 0
    assert found["used"] == (how == "too small")


CANDIDATES = [
    ({"right": True, "slow": 0}, True),
    ({"right": True, "slow": 2000}, False),
    ({"right": False, "slow": 0}, False),
]


@pytest.mark.parametrize(("candidate", "wanted"), CANDIDATES, ids=["good", "slow", "wrong"])
def test_a_short_measurement_decides(page: Any, candidate: dict[str, Any], wanted: bool) -> None:
    call = "async one => (await import('/painted.js')).chosen(one)"
    assert page.evaluate(call, candidate) is wanted
