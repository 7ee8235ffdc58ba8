"""Adjustments as files, and their average."""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.tone_table import ToneTable
from nightlift.errors import AdjustmentError
from nightlift.photo.atomic import write_bytes
from nightlift.photo.photo import Floats

FORMAT = "nightlift adjustment"
VERSION = 1
HEADER = "header"
LARGEST_FILE = 1 << 30
"""Bytes that a file's arrays may take: a curve map of 3000 x 2000 with 8 steps is half of it."""

Arrays = Mapping[str, Floats]

_DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def save(adjustment: Adjustment, path: str | Path, *, overwrite: bool = True) -> Path:
    """Write an adjustment as a NumPy .npz file without pickles, whole or not at all.

    Returns the path. Raises WriteError where nothing can be written.
    """
    header = {"format": FORMAT, "version": VERSION, **_described(adjustment)}
    packed = io.BytesIO()
    arrays: dict[str, Any] = dict(adjustment.parameters())
    arrays[HEADER] = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
    np.savez_compressed(packed, **arrays)
    write_bytes(Path(path), packed.getvalue(), overwrite)
    return Path(path)


def load(path: str | Path) -> Adjustment:
    """Read an adjustment that `save` wrote; raises AdjustmentError for anything else."""
    arrays = _read(Path(path))
    try:
        header = json.loads(arrays.pop(HEADER).astype(np.uint8).tobytes())
        known = header["format"] == FORMAT
        version = header["version"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        known, version, header = False, None, {}
    if not known:
        raise AdjustmentError(f"expected an adjustment saved by nightlift, {path} is another file")
    if version != VERSION:
        raise AdjustmentError(
            f"expected an adjustment file of version {VERSION}, {path} has version {version!r}: "
            "use the nightlift that wrote it"
        )
    try:
        return _rebuilt(header, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise AdjustmentError(
            f"expected a whole adjustment file, {path} is damaged: {error!r}"
        ) from error


def average(
    adjustments: Sequence[Adjustment], weights: Sequence[float] | None = None
) -> Adjustment:
    """The weighted mean of the parameters of adjustments of one kind, shape and settings.

    Chains are averaged link by link. Raises AdjustmentError for adjustments that do not match and
    for weights that are negative, not finite or all zero.
    """
    if not adjustments:
        raise AdjustmentError("expected at least one adjustment to average, got none")
    first = adjustments[0]
    shares = _shares(weights, len(adjustments))
    for other in adjustments[1:]:
        _check_alike(first, other)
    return _rebuilt(_described(first), _means(adjustments, shares))


def _means(adjustments: Sequence[Adjustment], shares: Sequence[float]) -> Arrays:
    """The weighted means of all arrays, as running means: of equals they are bit for bit equal."""
    given = [one.parameters() for one in adjustments]
    means = dict(given[0])
    for name in means:
        if _of_guide(name):
            continue
        mean = means[name].copy()
        total = shares[0]
        for arrays, share in zip(given[1:], shares[1:], strict=True):
            total += share
            if share:
                mean += (arrays[name] - mean) * np.float32(share / total)
        means[name] = mean
    return means


def _of_guide(name: str) -> bool:
    return name.rpartition(".")[2] in ("w1", "b1", "w2")


def _shares(weights: Sequence[float] | None, count: int) -> list[float]:
    if weights is None:
        return [1 / count] * count
    usable = all(math.isfinite(weight) and weight >= 0 for weight in weights)
    total = math.fsum(weights) if usable else 0.0
    if len(weights) != count or total <= 0 or not math.isfinite(total):
        raise AdjustmentError(
            f"expected {count} weights that are not negative and not all zero, got {list(weights)}"
        )
    return [weight / total for weight in weights]


def _check_alike(first: Adjustment, other: Adjustment) -> None:
    mine, its = _described(first), _described(other)
    if mine != its:
        raise AdjustmentError(
            f"expected adjustments of one kind and settings to average, got {mine} and {its}"
        )
    shapes = [{n: a.shape for n, a in each.parameters().items()} for each in (first, other)]
    if shapes[0] != shapes[1]:
        raise AdjustmentError(
            f"expected adjustments of one shape to average, got {shapes[0]} and {shapes[1]}"
        )
    for name in first.parameters():
        if _of_guide(name) and not np.array_equal(
            first.parameters()[name], other.parameters()[name]
        ):
            raise AdjustmentError("expected grids with the same guide to average, got two guides")


def _described(adjustment: Adjustment) -> dict[str, Any]:
    return {"kind": adjustment.kind, "settings": dict(adjustment.settings())}


def _rebuilt(header: Mapping[str, Any], arrays: Arrays) -> Adjustment:
    kind, settings = header["kind"], header["settings"]
    if kind == ToneTable.kind:
        return ToneTable(arrays["values"])
    if kind == CurveMap.kind:
        return CurveMap(arrays["maps"], int(settings["steps"]), settings["alignment"])
    if kind == BilateralGrid.kind:
        b2 = settings["b2"]
        guide = b2 if b2 is None else _guide(arrays, float(b2))
        return BilateralGrid(arrays["cells"], settings["mode"], guide)
    if kind == LightGrid.kind:
        return LightGrid(arrays["gains"], float(arrays["color"]), float(arrays["black"]))
    if kind == Chain.kind:
        links = enumerate(settings["links"])
        return Chain([_rebuilt(link, _of_link(arrays, number)) for number, link in links])
    if kind == HueKept.kind:
        return HueKept(_rebuilt(settings["of"], arrays))
    kinds = (ToneTable, CurveMap, BilateralGrid, LightGrid, HueKept, Chain)
    known = ", ".join(each.kind for each in kinds)
    raise AdjustmentError(f"expected an adjustment of kind {known}, got {kind!r}")


def _guide(arrays: Arrays, b2: float) -> PointwiseGuide:
    return PointwiseGuide(arrays["w1"], arrays["b1"], arrays["w2"], b2)


def _of_link(arrays: Arrays, number: int) -> Arrays:
    start = f"{number}."
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}


def _read(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_FILE:
            raise AdjustmentError(
                f"expected an adjustment of at most {LARGEST_FILE} bytes, {path} unpacks to {size}"
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise AdjustmentError(f"there is no adjustment file {path}") from None
    except _DAMAGE as error:
        raise AdjustmentError(
            f"expected an adjustment file, {path} cannot be read: {error}"
        ) from error
