from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.running import running

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
