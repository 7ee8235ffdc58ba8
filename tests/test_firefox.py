"""Page, comparison and browser edition in Firefox: photos in, the right results out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nightlift.data.sample import Sample
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.report.columns import chosen
from nightlift.report.comparison import compared, comparison_page, shown
from nightlift.web.edition import build
from tests.firefox import Firefox
from tests.report.conftest import save
from tests.web.conftest import EXAMPLES
from tests.web.javascript.edition import hosted
from tests.web.running import running
from tests.web.test_phones import SHARE

pytestmark = pytest.mark.slow

SETTLED = """app.entries.length && !app.current.error && !app.display.flights.size
  && app.display.wanted().every(one => app.current.shots.find(one))"""
ENTER, RIGHT = "\ue007", "\ue014"


def chosen_on(
    tab: Firefox, address: str, *paths: Path, size: tuple[int, int] = (1200, 800)
) -> None:
    """Open the page and add photos."""
    tab.size(*size)
    tab.go(address)
    tab.wait("document.body.matches('[data-ready]')")
    tab.choose("#welcome .files", *paths)
    tab.wait(SETTLED)


def test_the_page(firefox: Firefox) -> None:
    """By keyboard: the second photo, a little brighter, is what the server makes of it."""
    cat = EXAMPLES / "chelsea.jpg"
    with running() as client:
        chosen_on(firefox, str(client.base_url), EXAMPLES / "lamp.jpg", cat)
        firefox.call("() => document.querySelector('.thumb:not([aria-current=true])').focus()")
        firefox.press(ENTER)
        firefox.wait("app.current === app.entries[1]")
        firefox.call("() => document.getElementById('exposure').focus()")
        firefox.press(RIGHT)
        firefox.wait("app.current.settings.exposure > 0")
        firefox.wait(SETTLED)
        name, saved = firefox.saved("#save")
        params = {"exposure": firefox.call("() => app.current.settings.exposure")}
        wanted = client.post("/v1/enhance", params=params, content=cat.read_bytes())
    assert (name, saved) == ("chelsea-lifted.jpg", wanted.content)
    assert firefox.complaints == []


MIDDLE = """name => {
  const box = document.getElementById(name).getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""


def test_phones(firefox: Firefox, tmp_path: Path) -> None:
    """The photo has most of the screen, and a finger that scrolls changes nothing."""
    upright = tmp_path / "upright.png"
    pixels = read(EXAMPLES / "lamp.jpg").pixels
    upright.write_bytes(encode(np.ascontiguousarray(np.rot90(pixels))))
    screens = ((390, 844, upright), (844, 390, EXAMPLES / "lamp.jpg"))
    with running() as client:
        for width, height, photo in screens:
            chosen_on(firefox, str(client.base_url), photo, size=(width, height))
            assert firefox.call(SHARE) >= 0.6
            assert firefox.call("() => document.documentElement.scrollWidth <= innerWidth")
            if width < height:
                firefox.call("() => document.getElementById('adjust').click()")
            firefox.drag(*firefox.call(MIDDLE, "exposure"), along=4, down=-90)
            assert firefox.call("() => app.current.settings.exposure") == 0
            firefox.drag(*firefox.call(MIDDLE, "exposure"), along=40, down=2)
            assert firefox.call("() => app.current.settings.exposure") > 0
            firefox.call("() => app.history.undo()")  # or leaving would be asked about
    assert firefox.complaints == []


def test_the_server_goes_and_comes_back(firefox: Firefox) -> None:
    lamp = EXAMPLES / "lamp.jpg"
    with running() as client:
        address, port = str(client.base_url), client.base_url.port or 0
        chosen_on(firefox, address, lamp)
    firefox.call("() => app.set({ exposure: 1 }, true, null)")
    firefox.wait("document.querySelector('#message.bad:not([hidden])')")
    assert "does not answer" in firefox.call("() => document.getElementById('message').innerText")
    with running(port=port) as client:
        firefox.wait("!app.current.error")
        firefox.wait(SETTLED)
        _, saved = firefox.saved("#save")
        wanted = client.post("/v1/enhance", params={"exposure": 1}, content=lamp.read_bytes())
        assert saved == wanted.content
    firefox.complaints.clear()  # of the server that was away


def test_a_comparison(firefox: Firefox, tmp_path: Path) -> None:
    samples = [Sample(name, save(tmp_path / f"{name}.png", 1)) for name in ("a", "b")]
    columns = chosen(["gamma", "equalize"], [], samples)
    rows = (shown(compared(one, columns), columns) for one in samples)
    page = tmp_path / "page.html"
    page.write_bytes(b"".join(comparison_page("Nights", rows, columns, len(samples))))
    firefox.go(page.as_uri())
    firefox.wait("document.querySelector('#viewer[data-ready]')")
    before = firefox.call("() => viewer.stage.dividers[0]")
    firefox.call("() => document.querySelector('.handle').focus()")
    firefox.press(RIGHT)
    firefox.wait(f"viewer.stage.dividers[0] > {before}")
    assert firefox.complaints == []


def test_the_browser_edition(firefox: Firefox, tmp_path: Path) -> None:
    """Values are those of the command, and what is saved last needs no network."""
    photo = tmp_path / "lamp.png"
    photo.write_bytes(encode(read(EXAMPLES / "lamp.jpg"), format="png"))
    build(tmp_path / "out")
    off = "() => app.set({ denoise: 'off' }, true, null)"
    with hosted(tmp_path / "out") as address:
        chosen_on(firefox, address, photo)
        firefox.call(off)
        firefox.wait(SETTLED)
        name, saved = firefox.saved("#save")
        firefox.wait("navigator.serviceWorker.controller")
    wanted = Enhancer("natural", auto=True, denoise="off")(read(photo)).pixels.astype(int)
    assert name == "lamp-lifted.png"
    assert (np.abs(read(saved).pixels - wanted) <= 1).mean() >= 0.999
    chosen_on(firefox, address, photo, photo)  # the host is gone
    firefox.call(off)
    firefox.wait(SETTLED)
    _, packed = firefox.saved("#save-all")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert len(archive.namelist()) == 2
        assert archive.read("lamp-lifted.png") == saved
    assert firefox.complaints == []
