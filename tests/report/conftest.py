"""Small photos with structure, and a browser where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.reference import synth

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def save(path: Path, seed: int, gain: float = 0.3, size: tuple[int, int] = (96, 64)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (synth.image(size[1], size[0], seed) * gain * 255).clip(0, 255).astype("uint8")
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three dark photos, called a.png, b.png and c.png."""
    for seed, name in enumerate("abc"):
        save(tmp_path / "photos" / f"{name}.png", seed)
    return tmp_path / "photos"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium of the system; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
