"""Networks of others that are known by their published weights alone: nothing trains them here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned.declaration import Published
from nightlift.learned.importing import listed, read_checkpoint, state_dict
from nightlift.models import Passport

WRAPPERS = ("state_dict", "model")

UNKNOWN = "unknown: the file is none of the published ones we know"


@dataclass(frozen=True)
class TrainingTerms:
    """What a published file was trained on, and on which terms that data may be used."""

    data: str
    terms: str = "research only"


def read_foreign(
    path: Path,
    network_of: Callable[[Mapping[str, Tensor]], nn.Module],
    passport_of: Callable[[nn.Module], Passport],
    known: Mapping[str, TrainingTerms],
) -> Published:
    """The network and the passport of a published checkpoint.

    Args:
        path: The checkpoint.
        network_of: From weights by name; raises ModelError where they are of another network.
        passport_of: From the network; what it was trained on is filled in here.
        known: By the SHA-256 of the published files.

    Raises:
        ModelError: A file that cannot be read safely, or holds anything else.
    """
    try:
        network = network_of(state_dict(read_checkpoint(path), WRAPPERS))
    except ModelError as error:
        raise error if str(path) in str(error) else ModelError(f"{path}: {error}") from error
    return network, trained_on(passport_of(network), path, known)


def trained_on(passport: Passport, path: Path, known: Mapping[str, TrainingTerms]) -> Passport:
    """The passport with what is known of the file's training data."""
    training = known.get(hashlib.sha256(path.read_bytes()).hexdigest())
    if training is None:
        return passport._replace(version="published", data=(UNKNOWN,), data_terms="unknown")
    data, terms = (training.data,), training.terms
    return passport._replace(version="published", data=data, data_terms=terms)


def renamed(
    weights: Mapping[str, Tensor], parts: Mapping[str, str], what: str
) -> dict[str, Tensor]:
    """Published weights under our names, in float32.

    Args:
        weights: By their published names.
        parts: Their name of a module → ours, for every module that holds weights.
        what: The network, for the sentence of an error.

    Raises:
        ModelError: Weights of a module that is not among `parts`.
    """
    strange = [key for key in weights if key.rpartition(".")[0] not in parts]
    if strange:
        raise ModelError(f"expected the weights of {what}, got {listed(strange)}")
    ours = {}
    for key, value in weights.items():
        module, _, leaf = key.rpartition(".")
        ours[f"{parts[module]}.{leaf}"] = in_float32(value)
    return ours


def in_float32(value: Tensor) -> Tensor:
    """Weights in float32; whole numbers, such as a batch norm's counter, as they are."""
    return value.float() if value.is_floating_point() else value


def count(network: nn.Module) -> int:
    """How many weights a network has."""
    return sum(parameter.numel() for parameter in network.parameters())
