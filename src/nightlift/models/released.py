"""Released models: one self-describing ONNX file each, found by name and checked by hash."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import mmap
from dataclasses import dataclass, field
from pathlib import Path

from nightlift.errors import ModelError
from nightlift.models import onnx_file
from nightlift.models.passport import Passport
from nightlift.models.passport_json import from_json, to_json

PASSPORT_KEY = "nightlift"
HASH_KEY = "nightlift_sha256"

FOLDER = Path(__file__).parent / "released"
RESEARCH_MODULE = "nightlift_research_models"
RESEARCH_PACKAGE = "nightlift-research-models"
RESEARCH_MODELS = (
    "deep-upe",
    "glenet",
    "glenet-global",
    "glenet-unpaired",
    "smnet-small",
    "zero-dce",
    "zero-dce-plus",
)
"""What `RESEARCH_PACKAGE` holds: known by name where it is not installed."""


@dataclass(frozen=True)
class ReleasedModel:
    """A checked ONNX file in memory: its passport, its bytes, where it came from, its hash."""

    passport: Passport
    data: bytes = field(repr=False)
    path: Path
    sha256: str


@dataclass(frozen=True)
class Available:
    """An installed model that was not opened further: its name, its passport and its file."""

    name: str
    passport: Passport
    path: Path


def stamp(data: bytes, passport: Passport) -> bytes:
    """The ONNX file `data` with this passport and the hash of all of it in its metadata.

    Raises ModelError for bytes that are no ONNX file, or one that `load` would refuse.
    """
    onnx_file.check(data, passport.inputs, passport.outputs)
    stale = onnx_file.layout(data).metadata
    bare = _without(data, [stale[key][1] for key in (PASSPORT_KEY, HASH_KEY) if key in stale])
    stamped = bare + onnx_file.metadata_field(PASSPORT_KEY, to_json(passport))
    return stamped + onnx_file.metadata_field(HASH_KEY, hashlib.sha256(stamped).hexdigest())


def load(path: str | Path) -> ReleasedModel:
    """Read and check a released file.

    Raises ModelError where it is missing, cut off, changed since its release, without a passport,
    or made of more than one plain ONNX file.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror or error}") from error
    return parse(data, path)


def parse(data: bytes, path: Path) -> ReleasedModel:
    """The released model in `data`, checked as by `load`; `path` only names it."""
    try:
        parts = onnx_file.layout(data)
        passport = _passport(parts)
        digest = _checked_hash(data, parts)
        onnx_file.check(data, passport.inputs, passport.outputs)
    except ModelError as error:
        raise ModelError(f"cannot use the model {path}: {error}") from error
    return ReleasedModel(passport, data, path, digest)


def available() -> tuple[Available, ...]:
    """Every installed model, those of the main package first, by name; only passports are read.

    Raises ModelError for a file whose passport cannot be read.
    """
    return tuple(Available(name, _read_passport(path), path) for name, path in _files().items())


def names() -> tuple[str, ...]:
    """Every model's name, installed or one package away."""
    return tuple(sorted({*_files(), *RESEARCH_MODELS}))


def find(name: str) -> ReleasedModel:
    """The installed model of this name, checked.

    Raises ModelError that names the package to install, or the nearest name there is.
    """
    files = _files()
    if name in files:
        return load(files[name])
    if name not in RESEARCH_MODELS:
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ModelError(f"no model is called {name!r}{hint} (there are: {', '.join(names())})")
    if _research_folder() is None:
        raise ModelError(
            f"the weights of {name} are for research only and come in a package of their own: "
            f"pip install {RESEARCH_PACKAGE}"
        )
    raise ModelError(
        f"the installed {RESEARCH_PACKAGE} holds no weights of {name}: "
        f"pip install --upgrade {RESEARCH_PACKAGE}"
    )


def _files() -> dict[str, Path]:
    """Installed files by name; of two with one name the main package's counts."""
    files: dict[str, Path] = {}
    for folder in (FOLDER, _research_folder()):
        for path in sorted(folder.glob("*.onnx")) if folder is not None else ():
            files.setdefault(path.stem, path)
    return files


def _research_folder() -> Path | None:
    spec = importlib.util.find_spec(RESEARCH_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "released"


def _read_passport(path: Path) -> Passport:
    """The passport alone: the file is mapped, and its graph is stepped over."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _passport(onnx_file.layout(data))
    except (OSError, ValueError, ModelError) as error:
        raise ModelError(f"cannot read the passport of the model {path}: {error}") from error


def _passport(parts: onnx_file.Layout) -> Passport:
    if PASSPORT_KEY not in parts.metadata:
        raise ModelError(
            f"expected a passport under the metadata key {PASSPORT_KEY!r}, got none: "
            "this is an ONNX file, but not one that `nightlift export` or `import` wrote"
        )
    return from_json(parts.metadata[PASSPORT_KEY][0])


def _checked_hash(data: bytes, parts: onnx_file.Layout) -> str:
    if HASH_KEY not in parts.metadata:
        raise ModelError(f"expected its hash under the metadata key {HASH_KEY!r}, got none")
    promised, entry = parts.metadata[HASH_KEY]
    found = hashlib.sha256(_without(data, [entry])).hexdigest()
    if found != promised:
        raise ModelError(
            f"its content has the SHA-256 {found[:12]}… where {promised[:12]}… was released: "
            "it is damaged or was changed; fetch or export it again"
        )
    return found


def _without(data: bytes, left_out: list[onnx_file.Field]) -> bytes:
    for entry in sorted(left_out, key=lambda entry: -entry.start):
        data = data[: entry.start] + data[entry.end :]
    return data
