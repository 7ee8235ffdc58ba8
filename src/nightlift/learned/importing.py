"""Published checkpoints, read without executing anything that is in them."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nightlift.errors import ModelError


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """What a PyTorch checkpoint holds; nothing in it is executed.

    Args:
        path: The checkpoint's file.

    Returns:
        Its dictionary, tensors on the CPU, with plain containers and NumPy numbers.

    Raises:
        ModelError: The file is missing, damaged, holds anything else, or would run code of its own.
    """
    path = Path(path)
    try:
        with torch.serialization.safe_globals(_numpy_globals()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"cannot read the checkpoint {path}: {error.strerror or error}") from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"refused the checkpoint {path}: it holds more than weights and numbers, which could "
            "run code of its own; save it again as a plain state dict"
        ) from error
    except Exception as error:  # a damaged file makes the reader fail in many ways
        raise ModelError(
            f"expected a PyTorch checkpoint, but {path} is damaged or something else"
        ) from error
    if not isinstance(content, dict):
        raise ModelError(
            f"expected a dictionary in the checkpoint {path}, got {type(content).__name__}"
        )
    return content


def state_dict(checkpoint: Mapping[str, Any], wrappers: Iterable[str] = ()) -> dict[str, Tensor]:
    """The weights by name: at the top, or under the first of `wrappers` that is there.

    A leading `module.` (of parallel training) is stripped. ModelError where no tensor is found.
    """
    inner = next((checkpoint[key] for key in wrappers if key in checkpoint), checkpoint)
    if not isinstance(inner, Mapping):
        inner = {}
    weights = {
        str(key).removeprefix("module."): value
        for key, value in inner.items()
        if isinstance(value, Tensor)
    }
    if not weights:
        raise ModelError(
            f"expected a checkpoint with weights by name, got one with {listed(checkpoint)}"
        )
    return weights


def load_weights(network: nn.Module, weights: Mapping[str, Tensor], what: str) -> None:
    """Fill `network` with all of `weights`, in evaluation mode and float32.

    ModelError names the first weight that is missing, unknown or of another shape; `what` names
    the checkpoint in its sentence.
    """
    expected = network.state_dict()
    for key, value in expected.items():
        if key not in weights:
            raise ModelError(f"{what} lacks the weights {key}")
        if weights[key].shape != value.shape:
            raise ModelError(
                f"{what} has {key} of shape {tuple(weights[key].shape)}, "
                f"expected {tuple(value.shape)}"
            )
        if not torch.isfinite(weights[key]).all():
            raise ModelError(f"{what} has weights in {key} that are not finite")
    extra = [key for key in weights if key not in expected]
    if extra:
        raise ModelError(f"{what} has weights that the network does not know: {extra[0]}")
    network.load_state_dict(dict(weights))
    network.eval()


def listed(names: Iterable[object], most: int = 4) -> str:
    """The first few names, for a sentence."""
    texts = [str(name) for name in names]
    if not texts:
        return "nothing"
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def _numpy_globals() -> list[Any]:
    """What a checkpoint needs to hold NumPy numbers; both spellings of NumPy's module."""
    try:
        from numpy._core import multiarray
    except ImportError:  # NumPy 1
        from numpy.core import multiarray  # type: ignore[no-redef]
    functions = [
        (getattr(multiarray, name), f"numpy.{core}.multiarray.{name}")
        for core in ("core", "_core")
        for name in ("scalar", "_reconstruct")
    ]
    return [*functions, np.ndarray, np.dtype, np.dtypes.Float64DType]
