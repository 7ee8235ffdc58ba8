"""The seed document's GEN: a TensorFlow checkpoint as plain arrays, turned into ours."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nightlift.adjust.tone_table import KNOTS
from nightlift.errors import ModelError
from nightlift.learned.glenet.network import GEN
from nightlift.learned.glenet.passports import table_passport
from nightlift.learned.importing import listed, load_weights
from nightlift.learned.method import Published

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

LICENSE = "unknown: published without a license file"

_ROOT = "regressor/"
_LAYER = "layer_with_weights-"
_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
_STEM = "stem.conv.weight"
_DENSE = "dense.weight"


def read_gen(path: str | Path) -> Published:
    """The seed document's global network, an `.npz` of its TensorFlow variables.

    It was trained on BGR: its first kernel's inputs and its tables' columns are turned to RGB,
    once. ModelError for a file that cannot be read safely, or holds anything else.
    """
    network = gen_of(_read(Path(path)), str(path))
    passport = table_passport(
        network, "glenet-global", "GLeNet's global network with the seed's weights", "paired"
    )
    return Published(
        network,
        replace(
            passport,
            version="published",
            data=("MIT-Adobe FiveK, expert C",),
            data_terms="research only",
            license=LICENSE,
            recipe="seed",
        ),
    )


def gen_of(arrays: Arrays, what: str = "the checkpoint") -> GEN:
    """The network that these variables make; ModelError where a name or shape is another's."""
    names = dict(_names())
    if set(arrays) != set(names.values()):
        missing = [name for name in names.values() if name not in arrays]
        extra = [name for name in arrays if name not in names.values()]
        raise ModelError(
            f"{what}: expected the variables of the seed's GEN, such as {listed(names.values(), 1)}"
            f"; it lacks {listed(missing, 2)}, and has beside them {listed(extra, 2)}"
        )
    network = GEN("seed", "residual")
    expected = network.state_dict()
    weights = {
        ours: _turned(ours, arrays[theirs], expected[ours].shape, f"{what}: {theirs}")
        for ours, theirs in names.items()
    }
    counters = {name: value for name, value in expected.items() if name not in weights}
    load_weights(network, {**counters, **weights}, what)
    return network


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except OSError as error:
        raise ModelError(f"cannot read the checkpoint {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise ModelError(
            f"expected plain arrays in an .npz file, but {path} is damaged or something else"
        ) from error


def _names() -> Iterator[tuple[str, str]]:
    """Our name of each weight, and theirs."""
    yield from _convolved("stem", f"{_ROOT}conv1/{_LAYER}", 0)
    for block in range(4):
        ours, theirs = f"blocks.{block}.", f"{_ROOT}blocks/{_LAYER}{block}/"
        wide = f"{theirs}conv_layer1/{_LAYER}"
        yield from _convolved(f"{ours}expand", wide, 0)
        yield f"{ours}depthwise.weight", f"{wide}2/depthwise_kernel"
        yield from _normalized(f"{ours}norm", f"{wide}3")
        for number, part in enumerate(("reduce", "expand")):
            yield f"{ours}excite.{part}.weight", f"{theirs}se_conv/{_LAYER}{number}/kernel"
        yield f"{ours}project.weight", f"{theirs}conv_layer2/{_LAYER}0/kernel"
        yield from _normalized(f"{ours}project_norm", f"{theirs}conv_layer2/{_LAYER}1")
    yield from _convolved("head", f"{_ROOT}conv2/{_LAYER}", 0)
    yield _DENSE, f"{_ROOT}conv2/{_LAYER}2/kernel"


def _convolved(ours: str, theirs: str, first: int) -> Iterator[tuple[str, str]]:
    yield f"{ours}.conv.weight", f"{theirs}{first}/kernel"
    yield from _normalized(f"{ours}.norm", f"{theirs}{first + 1}")


def _normalized(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    for leaf, name in _NORM.items():
        yield f"{ours}.{leaf}", f"{theirs}/{name}"


def _turned(ours: str, values: NDArray[Any], shape: torch.Size, what: str) -> Tensor:
    """TensorFlow's axes in PyTorch's order, and BGR as RGB in the first and the last layer."""
    axes = {4: (2, 3, 0, 1) if "depthwise" in ours else (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    turned = values.transpose(axes[values.ndim]) if values.ndim in axes else values
    if turned.shape != shape or values.dtype.kind != "f":
        raise ModelError(
            f"{what} is {values.dtype} {values.shape}, which does not fit {tuple(shape)}"
        )
    if ours == _STEM:
        turned = turned[:, ::-1]
    if ours == _DENSE:
        turned = turned.reshape(KNOTS, 3, -1)[:, ::-1].reshape(turned.shape)
    return torch.from_numpy(np.array(turned, np.float32, order="C"))
