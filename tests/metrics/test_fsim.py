"""Feature similarity against PIQ, an independent program."""

import importlib
import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.metrics.fsim import fsim
from tests.reference import synth


@pytest.fixture(scope="module")
def oracle():
    """PIQ's function; the package itself would import torchvision, for networks."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    found = importlib.util.find_spec("piq")
    if found is None or found.origin is None:
        pytest.skip("piq is not installed")
    package = ModuleType("piq")
    package.__path__ = [str(Path(found.origin).parent)]
    before = {name: one for name, one in sys.modules.items() if name.split(".")[0] == "piq"}
    sys.modules["piq"] = package
    try:
        theirs = importlib.import_module("piq.fsim").fsim
    finally:
        for name in [one for one in sys.modules if one.split(".")[0] == "piq"]:
            del sys.modules[name]
        sys.modules.update(before)

    def measured(output, reference):
        pair = (
            torch.from_numpy(each.astype(np.float64) @ [0.299, 0.587, 0.114])[None, None]
            for each in (output, reference)
        )
        return float(theirs(*pair, data_range=255, chromatic=False))

    return measured


def scene(height, width, seed=1):
    return (255 * synth.image(height, width, seed)).clip(0, 255).astype(np.uint8)


def changed(picture, how):
    rng = np.random.default_rng(3)
    values = picture.astype(float)
    if how == "noise":
        values += rng.normal(0, 12, picture.shape)
    if how == "dark":
        values = 255 * (values / 255) ** 2.2
    if how == "blur":
        values = (values + np.roll(values, 1, 0) + np.roll(values, 2, 1)) / 3
    if how == "other":
        values = scene(*picture.shape[:2], seed=9).astype(float)
    return values.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(64, 80), (65, 81), (64, 81), (65, 80), (400, 600), (777, 801)])
@pytest.mark.parametrize("how", ["noise", "dark", "blur", "other"])
def test_it_is_what_another_program_says(oracle, size, how) -> None:
    reference = scene(*size)
    output = changed(reference, how)
    wanted = oracle(output, reference)
    assert fsim(output, reference, data_range=255) == pytest.approx(wanted, rel=1e-4)
    assert wanted < 0.999


RECORDED = [
    ((65, 81), "noise", 0.825312),
    ((65, 81), "dark", 0.898799),
    ((65, 81), "blur", 0.966520),
    ((65, 81), "other", 0.898231),
    ((400, 600), "noise", 0.961861),
    ((400, 600), "dark", 0.865974),
    ((400, 600), "blur", 0.995958),
    ((400, 600), "other", 0.879047),
]
"""What PIQ 0.8.0 says, for where it is not installed: it asks for torchvision."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_it_is_what_another_program_said(size, how, wanted) -> None:
    reference = scene(*size)
    found = fsim(changed(reference, how), reference, data_range=255)
    assert found == pytest.approx(wanted, rel=1e-4)


def test_equal_pictures_are_one_and_flat_ones_have_no_feature() -> None:
    picture = scene(40, 60)
    assert fsim(picture, picture, data_range=255) == pytest.approx(1, abs=1e-12)
    flat = np.full_like(picture, 9)
    assert math.isnan(fsim(flat, flat, data_range=255))


def test_the_range_of_values_does_not_matter() -> None:
    one, other = scene(40, 60), changed(scene(40, 60), "noise")
    wide = [each / 255 for each in (one, other)]
    wanted = fsim(one, other, data_range=255)
    assert fsim(*wide, data_range=1) == pytest.approx(wanted, rel=1e-9)


def test_small_pictures_are_refused() -> None:
    picture = scene(15, 60)
    with pytest.raises(UsageError, match="16"):
        fsim(picture, picture, data_range=255)
