"""A trained or imported network becomes a released file, once it is proved to say the same."""

from __future__ import annotations

import contextlib
import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor, nn

from nightlift.edit import Engine, Ports
from nightlift.errors import MissingExtraError, ModelError, UsageError, WriteError
from nightlift.models import Passport, ReleasedModel, parse, quantized, stamp
from nightlift.photo import FixedSize, Floats, write_bytes

if TYPE_CHECKING:
    import onnx

OPSET = 18
"""The oldest operator set that the exporter writes without a conversion."""

TOLERANCE = 1e-4
"""The largest difference from PyTorch that is released, relative to the output's range."""

Bits: TypeAlias = Literal[16, 32]
"""Of a weight in a file; networks compute with 32 in any case."""

Shapes: TypeAlias = tuple[dict[int, Any], ...]
"""Which axes of each input are of any length, as `torch.export` wants it."""

SIDES = ((64, 96), (131, 77), (192, 160))
"""Heights and widths at which a network is compared, rounded up to what it can take."""


class HasPorts(Protocol):
    """A network with more ports than a photo and its parameters."""

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """All outputs by name; `given` is (N, the passport's `pooled`), NaN where unknown."""


class Ported(nn.Module):
    """A network by the ports that its passport names, in their order."""

    def __init__(self, network: nn.Module, passport: Passport) -> None:
        super().__init__()
        self.network, self.passport = network, passport

    def forward(self, photo: Tensor, given: Tensor | None = None) -> tuple[Tensor, ...]:
        """(1, 3, h, w) RGB in [0, 1] → every output."""
        if self.passport.outputs == ("parameters",):
            return (self.network(photo),)
        said = cast(HasPorts, self.network).ports(photo, given)
        return tuple(said[name] for name in self.passport.outputs)


def release(
    network: nn.Module,
    passport: Passport,
    path: str | Path,
    *,
    bits: Bits = 32,
    overwrite: bool = False,
) -> ReleasedModel:
    """Write a network as a released file, parity checked.

    The file is written only after ONNX Runtime gave the network's own outputs, to `TOLERANCE`, on
    three pictures, with pooled numbers given too. Where the passport names further ports, the
    network is asked by its `ports`.

    Args:
        network: (1, 3, h, w) RGB in [0, 1] to its kind's output.
        passport: What the file tells of it.
        path: The file.
        bits: Of a stored weight: 32, or 16 for a smaller file (see `quantized`).
        overwrite: Whether a file there is replaced.

    Returns:
        The released model.

    Raises:
        ModelError: The outputs differ; the sentence has the difference.
        UsageError: `bits` is neither.
        WriteError: The file exists, or cannot be written.
    """
    if bits not in (16, 32):
        raise UsageError(f"expected 16 or 32 bits of a stored weight, got {bits!r}")
    path = Path(path)
    if path.exists() and not overwrite:
        raise WriteError(f"{path} exists already; ask for overwriting or another name")
    twin = copy.deepcopy(network).cpu().float().eval()
    data = _onnx_bytes(twin, passport)
    data = stamp(quantized(data) if bits == 16 else data, passport)
    model = parse(data, path)
    difference = parity(twin, model)
    if not difference <= TOLERANCE:
        raise ModelError(
            f"expected the exported {passport.method} within {TOLERANCE:g} of PyTorch, relative "
            f"to the output's range, got {difference:.3g}; {path} was not written"
        )
    write_bytes(path, data, overwrite)
    return model


def import_checkpoint(
    read: Callable[[Path], tuple[nn.Module, Passport]],
    checkpoint: str | Path,
    path: str | Path,
    *,
    bits: Bits = 32,
    overwrite: bool = False,
) -> ReleasedModel:
    """Release a published checkpoint; `read` is its method's `read_published`.

    `bits` and `overwrite` are those of `release`. Raises ModelError for a checkpoint that is
    refused or an export that differs.
    """
    return release(*read(Path(checkpoint)), path, bits=bits, overwrite=overwrite)


def parity(network: nn.Module, model: ReleasedModel) -> float:
    """The largest difference between a network and its released file, over three pictures.

    It is over all outputs, each relative to the range of the network's own; where the passport
    knows of pooled numbers, with some of them given too. `network` is on the CPU, in evaluation
    mode.
    """
    engine, ported = Engine(model, threads=1), Ported(network, model.passport)
    found = []
    for picture in _pictures(model.passport):
        own = engine.outputs(picture)
        found.append(_difference(ported, picture, None, own))
        if "pooled" in own:
            numbers = np.arange(len(own["pooled"]))
            given = np.where(numbers % 3, np.float32(1.1) * own["pooled"], np.float32(np.nan))
            found.append(_difference(ported, picture, given, engine.outputs(picture, given)))
    return float(np.max(found))


def _difference(ported: Ported, picture: Floats, given: Floats | None, found: Ports) -> float:
    inputs = [picture.transpose(2, 0, 1)[None].copy()]
    if given is not None:
        inputs.append(given[None])
    with torch.no_grad():
        expected = ported(*(torch.from_numpy(values) for values in inputs))
    pairs = zip(ported.passport.outputs, expected, strict=True)
    return float(np.max([_relative(values[0].numpy(), found[name]) for name, values in pairs]))


def _relative(expected: Floats, found: Floats) -> float:
    if found.shape != expected.shape:
        return float("inf")
    span = float(expected.max() - expected.min())
    largest = float(np.abs(found - expected).max())
    # A constant output has no range; its own size is the next best measure.
    return largest / (span or float(np.abs(expected).max()) or 1.0)


def _pictures(passport: Passport) -> Iterator[Floats]:
    """Three dark, noisy pictures of different sizes where the network takes any size."""
    for seed, sides in enumerate(SIDES):
        fixed = _fixed_size(passport)
        height, width = (fixed.height, fixed.width) if fixed else sides
        height, width = (side + -side % passport.multiple for side in (height, width))
        noise = np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)
        ramp = np.linspace(0.1, 1.0, width, dtype=np.float32)[:, None]
        yield noise * ramp


def _fixed_size(passport: Passport) -> FixedSize | None:
    """The one size that the network takes, if there is only one."""
    size = passport.size
    return size if isinstance(size, FixedSize) and size == passport.exact_size else None


def _onnx_bytes(network: nn.Module, passport: Passport) -> bytes:
    fixed = _fixed_size(passport)
    if fixed is None:
        side = 4 * passport.multiple if passport.multiple > 1 else 64
        photo = torch.rand(1, 3, side, 2 * side)
        lengths = {2: _side("h", passport), 3: _side("w", passport)}
    else:
        photo = torch.rand(1, 3, fixed.height, fixed.width)
        lengths = {}
    given = torch.full((1, passport.pooled), torch.nan)
    examples = (photo, given) if passport.pooled else (photo,)
    shapes: Shapes = (lengths, {}) if passport.pooled else (lengths,)
    proto = _exported(network, passport, examples, shapes if lengths else None)
    _forget_origins(proto)
    serialized: bytes = proto.SerializeToString()
    return serialized


def _side(name: str, passport: Passport) -> Any:
    """A side of any length that the network can take."""
    side = torch.export.Dim(name)
    return side if passport.multiple == 1 else passport.multiple * side


def _exported(
    network: nn.Module, passport: Passport, examples: tuple[Tensor, ...], shapes: Shapes | None
) -> onnx.ModelProto:
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("exporting a model", "train") from error
    try:
        with _quiet():
            program = torch.onnx.export(
                Ported(network, passport),
                examples,
                dynamo=True,
                opset_version=OPSET,
                input_names=passport.inputs,
                output_names=passport.outputs,
                dynamic_shapes=shapes,
                external_data=False,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        raise ModelError(
            "PyTorch's exporter cannot write this network for pictures of "
            f"{'any size' if shapes else 'its size'}: {reason}"
        ) from error
    if program is None:
        raise ModelError("expected an ONNX program from PyTorch's exporter, got none")
    return program.model_proto


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress and advice to itself."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


def _forget_origins(proto: onnx.ModelProto) -> None:
    """Remove what the exporter notes about the machine: source lines, paths, intermediate types."""
    graph = proto.graph
    del proto.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    proto.doc_string = graph.doc_string = ""
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        del item.metadata_props[:]
        item.doc_string = ""
