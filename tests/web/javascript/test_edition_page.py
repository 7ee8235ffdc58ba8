"""The page of a built edition in Chromium: photos in, results out, and no network needed."""

from __future__ import annotations

import io
import json
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from nightlift.edit.enhancer import Enhancer
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from nightlift.web.edition import build
from tests.web.javascript.edition import hosted

pytestmark = pytest.mark.slow

SHOWN = "#stage:not(.waiting):not(.bare)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    build(folder)
    return folder


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
        context.set_default_timeout(120_000)
        yield context


def opened(context: Any, address: str) -> Any:
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    return page


def assert_at_home(page: Any, address: str) -> None:
    """Nothing was complained of, and no other host was asked."""
    assert page.complaints == []
    home = re.compile(rf"(blob:)?{re.escape(address)}")
    assert page.asked and all(home.match(url) for url in page.asked)


def choose(page: Any, *paths: Path) -> None:
    page.set_input_files("#welcome .files", [*paths])
    page.wait_for_selector(SHOWN)


def saved(page: Any, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(button)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def pngs(folder: Path, examples: Path, names: tuple[str, ...]) -> list[Path]:
    paths = []
    for name in names:
        path = folder / f"{name}.png"
        path.write_bytes(encode(read(examples / f"{name}.jpg"), format="png"))
        paths.append(path)
    return paths


def test_photos_are_saved_and_no_network_is_needed(
    context: Any, folder: Path, examples: Path, tmp_path: Path
) -> None:
    paths = pngs(
        tmp_path, examples, tuple(sorted(path.stem for path in examples.glob("*.jpg")))[:3]
    )
    sent: list[int] = []
    with hosted(folder, sent) as address:
        page = opened(context, address)
        choose(page, paths[0])
        name, first = saved(page, "#save")
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("() => navigator.serviceWorker.controller")
        assert_at_home(page, address)
        page.close()
    assert 1e6 < sum(sent) < 5e6
    # The host is gone: nobody answers at the address any more.
    page = opened(context, address)
    page.evaluate("delete window.showDirectoryPicker")
    choose(page, *paths)
    zip_name, packed = saved(page, "#save-all")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        results = {each: archive.read(each) for each in archive.namelist()}
    assert_at_home(page, address)
    assert (name, zip_name) == (f"{paths[0].stem}-lifted.png", "nightlift.zip")
    assert sorted(results) == [f"{path.stem}-lifted.png" for path in paths]
    # Which of both ways of adjusting is quicker is measured anew; they differ by a level at most.
    apart = read(results[name]).pixels.astype(int) - read(first).pixels
    assert np.abs(apart).max() <= 1
    enhancer = Enhancer()
    for path in paths:
        found = read(results[f"{path.stem}-lifted.png"]).pixels.astype(int)
        assert (np.abs(found - enhancer(read(path)).pixels) <= 1).mean() > 0.99


def test_what_no_browser_reads_is_told_as_such(context: Any, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_bytes(b"\xff\xd8 and then no picture")
    with hosted(folder) as address:
        page = opened(context, address)
        page.set_input_files("#welcome .files", [path])
        page.wait_for_selector("#message:has-text('your browser can read')")
        assert page.complaints == []


def test_it_can_be_installed(context: Any, folder: Path) -> None:
    with hosted(folder) as address:
        page = opened(context, address)
        manifest = json.loads((folder / "manifest.webmanifest").read_text())
        for icon in manifest["icons"]:
            assert page.request.get(address + icon["src"]).ok
        found = context.new_cdp_session(page).send("Page.getInstallabilityErrors")
        errors = [each["errorId"] for each in found["installabilityErrors"]]
        assert [each for each in errors if each != "in-incognito"] == []


def test_nothing_may_be_asked_of_another_host(context: Any, folder: Path) -> None:
    """What the page is allowed, were it made to try."""
    with hosted(folder) as address, hosted(folder) as stranger:
        page = opened(context, address)
        asked = "address => fetch(address).then(() => 'answered', () => 'refused')"
        assert page.evaluate(asked, address) == "answered"
        assert page.evaluate(asked, stranger) == "refused"
        image = """address => new Promise(done => {
          const image = new Image();
          image.onload = () => done("shown");
          image.onerror = () => done("refused");
          image.src = address + "icon-192.png";
        })"""
        assert page.evaluate(image, address) == "shown"
        assert page.evaluate(image, stranger) == "refused"


def test_forty_photos_of_twelve_megapixels(
    context: Any, folder: Path, examples: Path, tmp_path: Path
) -> None:
    """The whole ZIP is right, and no renderer takes a gigabyte."""
    pixels = cv2.resize(read(examples / "lamp.jpg").pixels, (4000, 3000))
    data = encode(pixels, format="jpeg")
    paths = [tmp_path / f"{number:02}.jpg" for number in range(40)]
    for path in paths:
        path.write_bytes(data)
    with hosted(folder) as address, watched() as most:
        page = opened(context, address)
        context.set_default_timeout(1_800_000)
        page.evaluate("delete window.showDirectoryPicker")
        choose(page, *paths)
        _, packed = saved(page, "#save-all")
        assert page.complaints == []
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 40
        assert len({archive.getinfo(each).CRC for each in archive.namelist()}) == 1
        assert read(archive.read("39-lifted.jpg")).pixels.shape == (3000, 4000, 3)
    assert 0 < most[0] < 1e9, f"a renderer took {most[0] / 1e6:.0f} MB"


@contextmanager
def watched() -> Iterator[list[int]]:
    """The most bytes that any renderer of this process's browsers holds meanwhile."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            most[0] = max(most[0], *map(resident, renderers()), 0)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def renderers() -> list[Path]:
    """What Linux tells of each renderer that descends from this process."""
    told: dict[int, tuple[int, Path]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            told[int(path.name)] = parent, path
        except OSError:
            continue  # it has ended
    return [path for number, (_, path) in told.items() if ours(number, told) and renders(path)]


def ours(number: int, told: dict[int, tuple[int, Path]]) -> bool:
    while number in told and number != os.getpid():
        number = told[number][0]
    return number == os.getpid()


def renders(path: Path) -> bool:
    try:
        return b"--type=renderer" in (path / "cmdline").read_bytes()
    except OSError:
        return False


def resident(path: Path) -> int:
    try:
        return int((path / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
