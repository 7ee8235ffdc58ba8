"""Edits as files: a NumPy .npz without pickles, described in docs/edit.md."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np

from nightlift.adjust import Adjustment, described, rebuilt
from nightlift.edit.controls import Controls
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit, Painting
from nightlift.errors import AdjustmentError, NightliftError
from nightlift.photo import Floats, write_bytes

FORMAT = "nightlift edit"
VERSION = 1
HEADER = "header"
POOLED = "pooled"
LARGEST_FILE = 1 << 30
"""Bytes that a file's arrays may take: a curve map of 3000 x 2000 with 8 steps is half of it."""

Arrays = Mapping[str, Any]

_MISFITS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What a header may end in whose values are missing or of other types."""


def save(edit: Edit, path: Path, overwrite: bool) -> Path:
    """Write an edit; see `Edit.save`."""
    header, arrays = packed(edit)
    stored = {**arrays, HEADER: np.frombuffer(json.dumps(header, sort_keys=True).encode(), "u1")}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **stored)
    write_bytes(path, buffer.getvalue(), overwrite)
    return path


def load(path: Path) -> Edit:
    """Read an edit; see `Edit.load`."""
    arrays = _read(path)
    try:
        header = json.loads(arrays.pop(HEADER).astype(np.uint8).tobytes())
        known = header["format"] == FORMAT
        version = header["version"]
    except _MISFITS:
        known, version, header = False, None, {}
    if not known:
        raise AdjustmentError(f"expected an edit saved by nightlift, {path} is another file")
    if version != VERSION:
        raise AdjustmentError(
            f"expected an edit file of version {VERSION}, {path} has version {version!r}: "
            "use the nightlift that wrote it"
        )
    try:
        return _unpacked(header, arrays)
    except NightliftError as error:
        raise AdjustmentError(f"the edit file {path} cannot be used: {error}") from error
    except _MISFITS as error:
        raise AdjustmentError(
            f"expected a whole edit file, but in {path} something is missing or is not what it "
            "should be: save the edit again"
        ) from error


def equal(one: Edit, other: Edit) -> bool:
    """Whether two edits are the same, number for number."""
    (header, arrays), (its, theirs) = packed(one), packed(other)
    same = header == its and arrays.keys() == theirs.keys()
    return same and all(np.array_equal(arrays[name], theirs[name]) for name in arrays)


def packed(edit: Edit) -> tuple[dict[str, Any], dict[str, Any]]:
    """A header that fits in JSON, and arrays: all that an edit is."""
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "method": edit.method,
        "method_version": edit.version,
        "strength": edit.strength,
        "gate": edit.gate,
        "controls": asdict(edit.controls),
        "denoising": asdict(edit.denoising),
        "notices": list(edit.notices),
    }
    if edit.adjustment is not None:
        header["adjustment"] = described(edit.adjustment)
        return header, dict(edit.adjustment.parameters())
    painting = edit.painting
    assert painting is not None
    names = ("method", "version", "options", *(["file"] if painting.file else []))
    header["painting"] = {name: getattr(painting, name) for name in names}
    return header, {} if painting.pooled is None else {POOLED: painting.pooled}


def _unpacked(header: Mapping[str, Any], arrays: Arrays) -> Edit:
    adjustment: Adjustment | None = None
    painting = None
    if "adjustment" in header:
        adjustment = rebuilt(header["adjustment"], arrays)
    else:
        painting = _painting(header["painting"], arrays.get(POOLED))
    return Edit(
        adjustment,
        painting,
        strength=float(header["strength"]),
        gate=None if header["gate"] is None else float(header["gate"]),
        controls=Controls(**header["controls"]),
        denoising=Denoising(**header["denoising"]),
        method=str(header["method"]),
        version=str(header["method_version"]),
        notices=tuple(map(str, header["notices"])),
    )


def _painting(told: Mapping[str, Any], pooled: Floats | None) -> Painting:
    """The painting that a header tells, which may ask for what `Painting.options` holds alone."""
    from nightlift.edit.engine import EngineName

    options = dict(told["options"])
    if not options.keys() <= {"steps", "size", "engine"}:
        raise ValueError(f"a painting with the options {', '.join(options)}")
    options |= {name: int(value) for name, value in options.items() if name != "engine"}
    if options.get("engine", "auto") not in get_args(EngineName):
        raise ValueError(f"a painting by the engine {options['engine']}")
    file = str(told.get("file", ""))
    return Painting(str(told["method"]), str(told["version"]), options, file, pooled)


def _read(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_FILE:
            raise AdjustmentError(
                f"expected an edit of at most {LARGEST_FILE} bytes, {path} unpacks to {size}"
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise AdjustmentError(f"there is no edit file {path}") from None
    except AdjustmentError:
        raise
    except Exception as error:  # of damaged files NumPy raises nearly anything
        if isinstance(error, OSError) and error.strerror:
            told = f"cannot be read: {error.strerror}"
        else:
            told = "is another file, or is damaged: save the edit again"
        raise AdjustmentError(f"expected an edit saved by nightlift, {path} {told}") from error
