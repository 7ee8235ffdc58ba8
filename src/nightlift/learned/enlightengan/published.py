"""Weights of EnlightenGAN's generator as its authors publish them.

`conv1_1` to `conv9_2` with `bn1_1` to `bn9_1`, `deconv5` to `deconv8` and `conv10`, each often
behind `module.`, which parallel training leaves there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.declaration import Start
from nightlift.learned.enlightengan.network import LEVELS, Generator
from nightlift.learned.enlightengan.passports import enlightengan_passport
from nightlift.learned.importing import listed, load_weights, read_checkpoint, state_dict
from nightlift.models import Passport

WRAPPERS = ("state_dict", "model")
DATA = "the authors' unpaired pictures (914 low-light, 1016 normal-light)"
LICENSE = "unknown: the published code is under a BSD license"
DATA_TERMS = "unknown"

STAGES = 2 * LEVELS - 1


def names() -> dict[str, str]:
    """The published name of each module → ours."""
    found = {"conv10": "latent"}
    for number in range(1, STAGES + 1):
        ours = f"downs.{number - 1}" if number <= LEVELS else f"ups.{number - LEVELS - 1}"
        for half, part in enumerate(("first", "second"), 1):
            found[f"conv{number}_{half}"] = f"{ours}.{part}"
            found[f"bn{number}_{half}"] = f"{ours}.{part}_norm"
    del found[f"bn{STAGES}_2"]  # the last convolution has no norm
    for step in range(LEVELS - 1):
        found[f"deconv{LEVELS + step}"] = f"narrow.{step}"
    return found


def read_enlightengan(path: str | Path) -> tuple[Generator, Passport]:
    """A published generator; ModelError for a file that is refused or holds anything else."""
    try:
        network = network_of(state_dict(read_checkpoint(path), WRAPPERS))
    except ModelError as error:
        raise error if str(path) in str(error) else ModelError(f"{path}: {error}") from error
    passport = enlightengan_passport(network)._replace(
        title="EnlightenGAN as published (TIP 2021)",
        version="published",
        data=(DATA,),
        data_terms=DATA_TERMS,
        license=LICENSE,
        recipe="paper",
    )
    return network, passport


CRITICS = {"global_critic": "D_A", "local_critic": "D_P"}
"""The published code's names of our critics, in files such as `200_net_D_A.pth`."""


def read_start(path: Path) -> Start:
    """A published generator, `200_net_G_A.pth`, and the critics that its training left beside it.

    ModelError for a file that is refused or holds anything else.
    """
    network = read_enlightengan(path)[0]
    beside = {
        ours: path.with_name(path.name.replace("net_G_A", f"net_{theirs}"))
        for ours, theirs in CRITICS.items()
    }
    found = {ours: file for ours, file in beside.items() if file != path and file.is_file()}
    others = {
        f"{ours}.{name}": value.float()
        for ours, file in found.items()
        for name, value in state_dict(read_checkpoint(file), WRAPPERS).items()
    }
    return Start(network.state_dict(), others=others, files=tuple(found.values()))


def network_of(weights: Mapping[str, Tensor]) -> Generator:
    """The generator that these published weights make, of whatever width."""
    ours = names()
    unknown = [key for key in weights if key.rpartition(".")[0] not in ours]
    if unknown or "conv1_1.bias" not in weights:
        raise ModelError(
            "expected the weights of a published EnlightenGAN generator, named conv1_1.weight, "
            f"bn1_1.weight, …, conv10.bias, got {listed(unknown or weights)}"
        )
    network = Generator(max(1, weights["conv1_1.bias"].numel()))
    renamed = {
        f"{ours[module]}.{leaf}": value if leaf == "num_batches_tracked" else value.float()
        for key, value in weights.items()
        for module, _, leaf in [key.rpartition(".")]
    }
    load_weights(network, renamed, "the checkpoint")
    return network
