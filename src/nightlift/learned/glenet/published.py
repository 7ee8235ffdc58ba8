"""The reimplementation's GEN, and its GEN with LEN: TensorFlow's variables, turned into ours."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nightlift.adjust import KNOTS
from nightlift.errors import ModelError
from nightlift.learned.glenet.network import GEN, LEN, GLeNet
from nightlift.learned.glenet.passports import picture_passport, table_passport
from nightlift.learned.importing import listed, load_weights
from nightlift.learned.tensorflow import read_variables
from nightlift.models import Passport

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

LICENSE = "unknown: published without a license file"

_ROOT, _LOCAL = "regressor/", "refine/"
_LAYER = "layer_with_weights-"
_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
_LOCAL_BLOCKS = ("down1", "down2", "down3.0", "down3.1", "up3", "up2")
"""LEN's, in the order of their `down_block_1` to `down_block_4`, `up_block_1` and `up_block_2`."""

_STEM = "stem.conv.weight"
_DENSE = "dense.weight"
_LAST = "local.last.weight"


def read_gen(path: str | Path) -> tuple[nn.Module, Passport]:
    """The reimplementation's global network: its TensorFlow checkpoint's `.index`, or an `.npz`.

    It was trained on BGR: its first kernel's inputs and its tables' columns are turned to RGB,
    once. ModelError for a file that cannot be read safely, or holds anything else.
    """
    arrays = _read(Path(path))
    if any(name.startswith(_LOCAL) for name in arrays):
        raise ModelError(f"{path} holds GEN with LEN: import it as glenet")
    network = gen_of(arrays, str(path))
    title = "GLeNet's global network with the reimplementation's weights"
    passport = table_passport(network, "glenet-global", title, "paired")
    return network, _provenance(passport)


def read_glenet(path: str | Path) -> tuple[nn.Module, Passport]:
    """The reimplementation's GEN with LEN, of the same kinds of files, turned to RGB.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    arrays = _read(Path(path))
    if not any(name.startswith(_LOCAL) for name in arrays):
        raise ModelError(f"{path} holds no LEN: import it as glenet-global, if it is a GEN")
    network = glenet_of(arrays, str(path))
    title = "GLeNet with the reimplementation's weights: tone tables, then a local network"
    passport = picture_passport(network, "glenet", title, "paired")
    return network, _provenance(passport)


def _provenance(passport: Passport) -> Passport:
    return passport._replace(
        version="published",
        data=("MIT-Adobe FiveK, expert C",),
        data_terms="research only",
        license=LICENSE,
        recipe="reimplementation",
    )


def gen_of(arrays: Arrays, what: str = "the checkpoint") -> GEN:
    """The network that these variables make; ModelError where a name or shape is another's."""
    network = GEN("reimplementation", "residual")
    _fill(network, dict(_gen_names()), arrays, what)
    return network


def glenet_of(arrays: Arrays, what: str = "the checkpoint") -> GLeNet:
    """GEN with LEN, as `gen_of`; before a LEN, its tables say the value itself."""
    network = GLeNet(GEN("reimplementation", "value"), LEN())
    gen = {f"gen.{ours}": theirs for ours, theirs in _gen_names()}
    _fill(network, gen | dict(_len_names()), arrays, what)
    return network


def _fill(network: nn.Module, names: Mapping[str, str], arrays: Arrays, what: str) -> None:
    if set(arrays) != set(names.values()):
        missing = [name for name in names.values() if name not in arrays]
        extra = [name for name in arrays if name not in names.values()]
        raise ModelError(
            f"{what}: expected the reimplementation's variables, such as "
            f"{listed(names.values(), 1)}; it lacks {listed(missing, 2)}, "
            f"and has beside them {listed(extra, 2)}"
        )
    expected = network.state_dict()
    weights = {
        ours: _turned(ours, arrays[theirs], expected[ours].shape, f"{what}: {theirs}")
        for ours, theirs in names.items()
    }
    counters = {name: value for name, value in expected.items() if name not in weights}
    load_weights(network, {**counters, **weights}, what)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    if path.suffix == ".index":
        return read_variables(path)
    if ".data-" in path.name:
        raise ModelError(f"{path} is one of two files: name the one that ends with .index")
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except OSError as error:
        raise ModelError(f"cannot read the checkpoint {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        raise ModelError(
            f"expected the .index of a TensorFlow checkpoint or plain arrays in an .npz file, but "
            f"{path} is damaged or something else"
        ) from error


def _gen_names() -> Iterator[tuple[str, str]]:
    """Our name of each of GEN's weights, and theirs."""
    yield from _convolved("stem", f"{_ROOT}conv1/{_LAYER}", 0)
    for block in range(4):
        yield from _block(f"blocks.{block}.", f"{_ROOT}blocks/{_LAYER}{block}/")
    yield from _convolved("head", f"{_ROOT}conv2/{_LAYER}", 0)
    yield _DENSE, f"{_ROOT}conv2/{_LAYER}2/kernel"


def _len_names() -> Iterator[tuple[str, str]]:
    """The same of LEN's, as a part of the whole network."""
    yield from _convolved("local.stem", f"{_LOCAL}first_conv/{_LAYER}", 0)
    for number, ours in enumerate(_LOCAL_BLOCKS):
        way, count = ("down", number + 1) if number < 4 else ("up", number - 3)
        yield from _block(f"local.{ours}.", f"{_LOCAL}{way}_block_{count}/")
    yield _LAST, f"{_LOCAL}last_conv/kernel"


def _block(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    wide = f"{theirs}conv_layer1/{_LAYER}"
    yield from _convolved(f"{ours}expand", wide, 0)
    yield f"{ours}depthwise.weight", f"{wide}2/depthwise_kernel"
    yield from _normalized(f"{ours}norm", f"{wide}3")
    for number, part in enumerate(("reduce", "expand")):
        yield f"{ours}excite.{part}.weight", f"{theirs}se_conv/{_LAYER}{number}/kernel"
    yield f"{ours}project.weight", f"{theirs}conv_layer2/{_LAYER}0/kernel"
    yield from _normalized(f"{ours}project_norm", f"{theirs}conv_layer2/{_LAYER}1")


def _convolved(ours: str, theirs: str, first: int) -> Iterator[tuple[str, str]]:
    yield f"{ours}.conv.weight", f"{theirs}{first}/kernel"
    yield from _normalized(f"{ours}.norm", f"{theirs}{first + 1}")


def _normalized(ours: str, theirs: str) -> Iterator[tuple[str, str]]:
    for leaf, name in _NORM.items():
        yield f"{ours}.{leaf}", f"{theirs}/{name}"


def _turned(ours: str, values: NDArray[Any], shape: torch.Size, what: str) -> Tensor:
    """TensorFlow's axes in PyTorch's order, and BGR as RGB in first and last layers."""
    axes = {4: (2, 3, 0, 1) if "depthwise" in ours else (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    turned = values.transpose(axes[values.ndim]) if values.ndim in axes else values
    if turned.shape != shape or values.dtype.kind != "f":
        raise ModelError(
            f"{what} is {values.dtype} {values.shape}, which does not fit {tuple(shape)}"
        )
    if ours.endswith(_STEM):
        turned = turned[:, ::-1]
    if ours == _LAST:
        turned = turned[::-1]
    if ours.endswith(_DENSE):
        turned = turned.reshape(KNOTS, 3, -1)[:, ::-1].reshape(turned.shape)
    return torch.from_numpy(np.array(turned, np.float32, order="C"))
