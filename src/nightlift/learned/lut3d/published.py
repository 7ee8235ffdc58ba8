"""Weights of image-adaptive 3D lookup tables as published: tables and a classifier, two files.

The one lies beside the other: `classifier.pth` and `LUTs.pth`, whatever stands behind both words
(`classifier_unpaired.pth`, `LUTs_unpaired.pth`). The published interpolation divides by 1.000001
for each point, which changes no value by more than a millionth of the table's steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import TrainingTerms, count, renamed, trained_on
from nightlift.learned.importing import listed, load_weights, read_checkpoint, state_dict
from nightlift.learned.lut3d.network import LAYERS, SIDE, AdaptiveLut3D
from nightlift.models import Passport
from nightlift.photo import FixedSize

PAPER = (
    "Zeng et al., Learning Image-adaptive 3D Lookup Tables for High Performance Photo Enhancement "
    "in Real-time, TPAMI 2020"
)
TITLE = "Image-adaptive 3D lookup tables: a few learned ones, mixed for each photo"
LICENSE = "Apache-2.0 (the repository's; it states no other terms for the weights)"

_FIVEK = "MIT-Adobe FiveK, sRGB, expert C"
KNOWN = {
    "bae9865395625ecae58cfe86147e521093bb1e29e7b2544e02adb238b8035021": TrainingTerms(_FIVEK),
    "c2b9b2a73ef63af9c14928e08c16baef75e2a5f644db976ae21f597874716525": TrainingTerms(
        f"{_FIVEK}, without pairs"
    ),
}
"""By the SHA-256 of the published classifiers."""

_CLASSIFIER, _TABLES = "classifier", "LUTs"


def read_lut3d(path: Path) -> Published:
    """A published classifier and its tables; `path` is either of them.

    ModelError for files that cannot be read safely, are not both there, or hold anything else.
    """
    classifier, tables = companions(path)
    weights = state_dict(read_checkpoint(classifier))
    network = network_of(weights, read_checkpoint(tables))
    return network, trained_on(_passport(network), classifier, KNOWN)


def companions(path: Path) -> tuple[Path, Path]:
    """The classifier and the tables, of which `path` is one; ModelError where one is missing."""
    name = path.name
    if name.startswith(_TABLES):
        pair = path.with_name(_CLASSIFIER + name.removeprefix(_TABLES)), path
    elif name.startswith(_CLASSIFIER):
        pair = path, path.with_name(_TABLES + name.removeprefix(_CLASSIFIER))
    else:
        raise ModelError(
            f"expected {_CLASSIFIER}….pth or {_TABLES}….pth of image-adaptive 3D tables, got {name}"
        )
    for one in pair:
        if not one.is_file():
            raise ModelError(
                f"image-adaptive 3D tables are two files, and {one} is missing: "
                f"put it beside {path.name}"
            )
    return pair


def network_of(classifier: Mapping[str, Tensor], tables: Mapping[str, object]) -> AdaptiveLut3D:
    """The network that these published files make; ModelError where they are of another."""
    layers = _layers(classifier)
    if len(layers) != LAYERS + 1:
        raise ModelError(
            f"expected a classifier of {LAYERS + 1} layers of 3D tables, got {listed(classifier)}"
        )
    cubes = _cubes(tables)
    *halving, last = layers
    norms = [f"model.{at + 2}" for at in halving]
    known = {f"model.{last}": "last"}
    known |= {f"model.{at}": f"layers.{place}" for place, at in enumerate(halving)}
    known |= {norm: f"norms.{place}" for place, norm in enumerate(norms) if _is(classifier, norm)}
    network = AdaptiveLut3D(
        [len(classifier[f"model.{at}.weight"]) for at in halving],
        [_is(classifier, norm) for norm in norms],
        cubes.shape[-1],
        len(cubes),
    )
    ours = renamed(classifier, known, "a classifier of 3D tables") | {"tables": cubes.float()}
    load_weights(network, ours, "the classifier of 3D tables")
    return network


def _layers(classifier: Mapping[str, Tensor]) -> list[int]:
    """The places of the convolutions in the published sequence."""
    names = (key.split(".") for key, one in classifier.items() if one.ndim == 4)
    places = [n[1] for n in names if len(n) == 3 and n[0] == "model" and n[1].isdecimal()]
    return sorted(map(int, places))


def _is(classifier: Mapping[str, Tensor], norm: str) -> bool:
    """Whether there is a norm at this place, and not the next layer."""
    weight = classifier.get(f"{norm}.weight")
    return weight is not None and weight.ndim == 1


def _cubes(tables: Mapping[str, object]) -> Tensor:
    """The learned tables, (tables, 3, n, n, n), in the order of their numbers."""
    cubes = []
    for number in range(len(tables)):
        held = tables.get(str(number))
        cube = held.get("LUT") if isinstance(held, Mapping) else None
        if not isinstance(cube, Tensor) or cube.ndim != 4 or len(cube) != 3:
            raise ModelError(
                f"expected 3D tables numbered from 0, each (3, n, n, n), got {listed(tables)}"
            )
        cubes.append(cube)
    if not cubes or len({cube.shape for cube in cubes}) != 1:
        raise ModelError("expected 3D tables of one size, got several or none")
    return torch.stack(cubes)


def _passport(network: AdaptiveLut3D) -> Passport:
    size = FixedSize(SIDE, SIDE)
    return Passport(
        method="adaptive-lut3d",
        title=TITLE,
        version="published",
        kind="lut3d",
        size=size,
        resize="area",
        exact_size=size,
        exact_resize="linear",
        supervision="paired",
        parameters=count(network),
        sources=(PAPER,),
        license=LICENSE,
    )
