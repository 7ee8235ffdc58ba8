from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.running import running
from tests.web.tab import ACROSS, DESK, PHONE, Tab, opened

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "dark"


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of dark example photos."""
    return EXAMPLES


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client of one server with the usual limits."""
    with running() as client:
        yield client


@pytest.fixture
def tab(browser: Any, client: httpx.Client, examples: Path) -> Iterator[Tab]:
    """The page on a desk's screen."""
    with opened(browser, client, examples, **DESK) as tab:
        yield tab


@pytest.fixture
def phone(browser: Any, client: httpx.Client, examples: Path) -> Iterator[Tab]:
    """The page on a phone held upright."""
    with opened(browser, client, examples, **PHONE) as tab:
        yield tab


@pytest.fixture
def across(browser: Any, client: httpx.Client, examples: Path) -> Iterator[Tab]:
    """The page on a phone held across."""
    with opened(browser, client, examples, **ACROSS) as tab:
        yield tab
