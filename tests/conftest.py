"""What every test may ask for."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The team's folder of shared photos and published checkpoints."""
    if not SHARED.is_dir():
        pytest.skip("the team's shared folder is not beside this checkout")
    return SHARED
