"""Released models: one self-describing ONNX file each, found by name and checked by hash."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path

from nightlift.errors import ModelError, did_you_mean
from nightlift.models import check_cache
from nightlift.models.passport import Passport
from nightlift.models.passport_json import from_json, to_json
from nightlift.models.trailer import (
    HASH_KEY,
    PASSPORT_KEY,
    passport_text,
    verified_hash,
    with_trailer,
)

FOLDER = Path(__file__).parent / "released"
RESEARCH_MODULE = "nightlift_research_models"
RESEARCH_PACKAGE = "nightlift-research-models"
INSTALL_RESEARCH = (
    f"pip install ./packages/{RESEARCH_PACKAGE} in a clone of nightlift, or pip install "
    f"{RESEARCH_MODULE}-*.whl, the wheel released beside nightlift's own"
)
"""How `RESEARCH_PACKAGE` is had: it is in no package index."""
RESEARCH_MODELS = (
    "deep-upe",
    "enlightengan",
    "glenet",
    "glenet-global",
    "glenet-unpaired",
    "natural-pairs",
    "smnet-fivek-small",
    "smnet-small",
    "zero-dce",
    "zero-dce-plus",
)
"""What `RESEARCH_PACKAGE` holds: known by name where it is not installed."""

LONGEST_PASSPORT = 1 << 20
"""Bytes at a file's end in which its passport lies."""


@dataclass(frozen=True)
class ReleasedModel:
    """A checked ONNX file in memory: its passport, its bytes, where it came from, its hash."""

    passport: Passport
    data: bytes = field(repr=False)
    path: Path
    sha256: str

    @property
    def foreign(self) -> bool:
        """Whether it was not installed with us: then what it may take is bounded."""
        return _is_foreign(self.path)


def _is_foreign(path: Path) -> bool:
    return path.parent not in (FOLDER, _research_folder())


def stamp(data: bytes, passport: Passport) -> bytes:
    """An ONNX file with a passport, and the hash of all of it, in its metadata.

    Args:
        data: The file's bytes.
        passport: What the file is.

    Returns:
        The bytes of a released file.

    Raises:
        ModelError: They are no ONNX file, or one that `load` would refuse.
    """
    from nightlift.models import onnx_file

    onnx_file.check(data, passport.inputs, passport.outputs)
    metadata = onnx_file.layout(data).metadata
    stale = [metadata[key][1] for key in (PASSPORT_KEY, HASH_KEY) if key in metadata]
    for entry in sorted(stale, key=lambda entry: -entry.start):
        data = data[: entry.start] + data[entry.end :]
    return with_trailer(data, to_json(passport))


def load(path: str | Path) -> ReleasedModel:
    """Read and check a released file; the graph of one that is not installed with us, once.

    Args:
        path: The file.

    Returns:
        The model.

    Raises:
        ModelError: The file is missing, cut off, changed since its release, without a passport, or
            made of more than one plain ONNX graph.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror or error}") from error
    return parse(data, path)


def parse(data: bytes, path: Path) -> ReleasedModel:
    """A released model from the bytes of its file, checked as by `load`.

    Args:
        data: The bytes.
        path: Where they come from, for messages.

    Returns:
        The model.

    Raises:
        ModelError: As by `load`.
    """
    try:
        text = passport_text(data)
        passport = from_json(text)
        digest = verified_hash(data, text)
        if _is_foreign(path):
            _check_graph(data, passport, text, digest)
    except ModelError as error:
        raise ModelError(f"cannot use the model {path}: {error}") from error
    return ReleasedModel(passport, data, path, digest)


def _check_graph(data: bytes, passport: Passport, text: str, digest: str) -> None:
    """Raise ModelError unless a stranger's file is what its passport says; see `onnx_file`."""
    if check_cache.is_known(digest):
        return
    from nightlift.models import onnx_file

    onnx_file.check(data, passport.inputs, passport.outputs)
    if onnx_file.layout(data).metadata[PASSPORT_KEY][0] != text:
        raise ModelError("expected its passport at its end, got another one")
    check_cache.remember(digest)


def available() -> tuple[tuple[Path, Passport], ...]:
    """Every installed model, those of the main package first, by name; only passports are read.

    Returns:
        Each file with its passport.

    Raises:
        ModelError: A file's passport cannot be read.
    """
    return tuple((path, _read_passport(path)) for path in files().values())


def names() -> tuple[str, ...]:
    """Every model's name, installed or one package away.

    Returns:
        In alphabetical order.
    """
    return tuple(sorted({*files(), *RESEARCH_MODELS}))


def find(name: str) -> ReleasedModel:
    """The installed model of a name, checked.

    Args:
        name: As in `nightlift methods`.

    Returns:
        The model.

    Raises:
        ModelError: It is not installed, and which package brings it; or there is none, and the
            nearest name.
    """
    installed = files()
    if name in installed:
        return load(installed[name])
    if name not in RESEARCH_MODELS:
        hint = did_you_mean(name, names())
        raise ModelError(f"no model is called {name!r}{hint} (there are: {', '.join(names())})")
    if _research_folder() is None:
        raise ModelError(
            f"the weights of {name} are for research only and come in a package of their own: "
            f"{INSTALL_RESEARCH}"
        )
    raise ModelError(
        f"the installed {RESEARCH_PACKAGE} holds no weights of {name} and is older than this "
        f"nightlift; install the newer one: {INSTALL_RESEARCH}"
    )


def files() -> dict[str, Path]:
    """Installed models' files by name; of two with one name the main package's counts."""
    found: dict[str, Path] = {}
    for folder in (FOLDER, _research_folder()):
        for path in sorted(folder.glob("*.onnx")) if folder is not None else ():
            found.setdefault(path.stem, path)
    return found


def _research_folder() -> Path | None:
    spec = importlib.util.find_spec(RESEARCH_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "released"


def _read_passport(path: Path) -> Passport:
    """The passport alone, from the end of the file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_PASSPORT))
            return from_json(passport_text(file.read()))
    except (OSError, ValueError, ModelError) as error:
        raise ModelError(f"cannot read the passport of the model {path}: {error}") from error
