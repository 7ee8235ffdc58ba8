"""Functions of PIQ, an independent program, and the pictures that it is asked about."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.reference import synth

LUMA = [0.299, 0.587, 0.114]


def piq_function(module: str, name: str, **fixed: Any) -> Callable[..., float]:
    """The function on luma; skips where PIQ is missing.

    The package itself would import torchvision, for networks: only the module is imported.
    """
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    found = importlib.util.find_spec("piq")
    if found is None or found.origin is None:
        pytest.skip("piq is not installed")
    package = ModuleType("piq")
    package.__path__ = [str(Path(found.origin).parent)]
    before = {name: one for name, one in sys.modules.items() if name.split(".")[0] == "piq"}
    sys.modules["piq"] = package
    try:
        theirs = getattr(importlib.import_module(f"piq.{module}"), name)
    finally:
        for known in [one for one in sys.modules if one.split(".")[0] == "piq"]:
            del sys.modules[known]
        sys.modules.update(before)

    def measured(output: Any, reference: Any) -> float:
        pair = (
            torch.from_numpy(each.astype(np.float64) @ LUMA)[None, None]
            for each in (output, reference)
        )
        return float(theirs(*pair, data_range=255, **fixed))

    return measured


def scene(height: int, width: int, seed: int = 1) -> Any:
    return (255 * synth.image(height, width, seed)).clip(0, 255).astype(np.uint8)


def changed(picture: Any, how: str) -> Any:
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
