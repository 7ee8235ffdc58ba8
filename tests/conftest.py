"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BESIDE = Path(__file__).resolve().parents[2] / "shared"
SHARED = Path(os.environ.get("NIGHTLIFT_SHARED", BESIDE))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FIREFOXES = ("firefox", "firefox-esr")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The team's folder of shared photos and published checkpoints."""
    if not SHARED.is_dir():
        pytest.skip("no shared folder beside this checkout, and NIGHTLIFT_SHARED names none")
    return SHARED


@pytest.fixture(autouse=True)
def no_memory_of_checked_models(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models that a test makes are not remembered in the user's own cache, nor by another test."""
    fresh = tmp_path_factory.getbasetemp() / f"checked-{uuid.uuid4().hex}"
    monkeypatch.setattr("nightlift.models.check_cache.folder", lambda: fresh)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one for all tests: Playwright allows one loop a process."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt install chromium)")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A tab of the system's Firefox."""
    pytest.importorskip("websockets", reason="websockets is not installed")
    from tests.firefox import opened

    path = next(filter(None, map(shutil.which, FIREFOXES)), None)
    if path is None:
        pytest.skip("there is no Firefox on this machine (Debian: apt install firefox-esr)")
    with opened(path, tmp_path_factory.mktemp("firefox")) as tab:
        yield tab


# A shell starts what runs in the background deaf to Ctrl-C, and so would be what tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
