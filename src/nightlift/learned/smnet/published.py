"""Weights of SMNet as published: for LOL, and for FiveK, whose keys begin with `module.`.

| ours | published |
|---|---|
| `first`, `first_encoder` | `firstconv.0`, `firstconv.1` |
| `block.to_half`, `block.to_quarter` | `downsample`, `downsample2x` |
| `block.{full,half,quarter}_encoder` | `endecoder{1,2,4}x` |
| `block.from_half`, `block.from_quarter` | `upsample2x`, `upsample4x` |
| `block.recalibration`, `block.mix`, `block.slope` | `out_fushion` and `out_conv2`, `prelu` |
| `to_four`, `activation` | `out_conv3` and none (LOL), `dim2four` (FiveK) |
| `to_color` | `out_conv4` |

Entries that their networks hold but never use, and the binomial filters, are left aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.declaration import Start
from nightlift.learned.importing import listed, load_weights, read_checkpoint, state_dict
from nightlift.learned.smnet.network import SMNet, Variant
from nightlift.learned.smnet.passports import smnet_passport
from nightlift.models import Passport

WRAPPERS = ("state_dict", "model")
LICENSE = "unknown: published without a license file"
DATA: Mapping[Variant, str] = {"lol": "LOL", "fivek": "MIT-Adobe FiveK"}
DATA_TERMS = "research, non-commercial"

NAMES: Mapping[Variant, str] = {"lol": "smnet", "fivek": "smnet-fivek"}
"""The method of each variant."""

_ALIKE = {
    "first.0": "firstconv.0.conv",
    "first.1": "firstconv.0.act",
    "block.slope": "prelu",
    "block.mix.out": "out_conv2",
    "block.recalibration.gate.0": "out_fushion.fc.0",
    "block.recalibration.gate.2": "out_fushion.fc.2",
    "block.recalibration.fusion.0": "out_fushion.fusion.conv",
    "block.recalibration.fusion.1": "out_fushion.fusion.act",
    "block.mix.wide": "out_fushion.outlayer.conv",
    "block.mix.slope": "out_fushion.outlayer.act",
    "to_color": "out_conv4",
}
_TAILS: Mapping[Variant, dict[str, str]] = {
    "lol": {"to_four": "out_conv3"},
    "fivek": {"to_four": "dim2four.conv", "activation": "dim2four.act"},
}
_ENCODERS = {
    "first_encoder": "firstconv.1",
    "block.full_encoder": "endecoder1x",
    "block.half_encoder": "endecoder2x",
    "block.quarter_encoder": "endecoder4x",
}
_DOWNS = {"block.to_half": "downsample", "block.to_quarter": "downsample2x"}
_DOWN = {"near": "conv1", "slope": "prelu", "widen": "conv2"}
_RISE = {
    "before.0": "top.0",
    "before.1": "top.1",
    "enlarge": "top.2",
    "after.0": "top.3",
    "after.1": "top.4",
    "plain": "bot.1",
}
_RISES = {"block.from_half": "upsample2x", "block.from_quarter": "upsample4x"}
_UNUSED = ("upsample.", "fourto32.", "sanshierto64.", "out_conv3.", "out_fushion.fusion.")
"""What one variant's network or both hold without using it."""
_RECOGNIZED_BY: Mapping[Variant, str] = {
    "lol": "endecoder1x.SGblock.1.weight",
    "fivek": "endecoder1x.SGblock.1.conv.weight",
}
_FIRST = "firstconv.0.conv.weight"


def read_smnet(path: str | Path) -> tuple[SMNet, Passport]:
    """The checkpoint published for LOL.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return _read(path, "lol")


def read_smnet_fivek(path: str | Path) -> tuple[SMNet, Passport]:
    """The checkpoint published for MIT-Adobe FiveK.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return _read(path, "fivek")


def read_start(path: Path) -> Start:
    """The weights of the checkpoint published for LOL, to train on; ModelError as `read_smnet`."""
    return Start(read_smnet(path)[0].state_dict())


def read_start_fivek(path: Path) -> Start:
    """The same of the checkpoint for MIT-Adobe FiveK."""
    return Start(read_smnet_fivek(path)[0].state_dict())


def network_of(weights: Mapping[str, Tensor]) -> SMNet:
    """The network that these published weights make; its variant and width follow from them.

    ModelError where the names are of neither variant, or a shape does not fit.
    """
    variant = _recognized(weights)
    width = len(weights[_FIRST]) if weights[_FIRST].ndim == 4 else 0
    if width == 0 or width % 4:
        raise ModelError(f"expected a width divisible by 4 in {_FIRST}, got {width}")
    network = SMNet(width, variant)
    names = published_names(network)
    known = set(names.values())
    extra = [key for key in weights if key not in known and not _left_aside(key)]
    if extra:
        raise ModelError(f"the checkpoint has weights that SMNet does not know: {listed(extra)}")
    ours = {our: weights[their].float() for our, their in names.items() if their in weights}
    missing = [their for our, their in names.items() if our not in ours]
    if missing:
        raise ModelError(f"the checkpoint lacks the weights {listed(missing)}")
    load_weights(network, ours, f"the checkpoint (variant {variant})")
    return network


def published_names(network: SMNet) -> dict[str, str]:
    """Their name of each of our weights that a checkpoint of this variant holds."""
    parts = {**_ALIKE, **_TAILS[network.variant], **_encoders(network.variant)}
    for our, their in _DOWNS.items():
        parts |= {f"{our}.{x}": f"{their}.residualdownsample.{y}" for x, y in _DOWN.items()}
    for our, their in _RISES.items():
        prefix = f"{their}.residualupsample"
        parts |= {f"{our}.{x}": f"{prefix}.{y}" for x, y in _RISE.items()}
    found: dict[str, str] = {}
    for key in network.state_dict():
        part, _, leaf = key.rpartition(".")
        if part in parts:
            found[key] = f"{parts[part]}.{leaf}"
    return found


def _encoders(variant: Variant) -> dict[str, str]:
    parts: dict[str, str] = {}
    for our, their in _ENCODERS.items():
        for layer in range(4):
            ours, theirs = f"{our}.layers.{layer}", f"{their}.SGblock.{layer}"
            if layer in (1, 2) and variant == "lol":
                parts[ours] = theirs
            else:
                parts |= {f"{ours}.0": f"{theirs}.conv", f"{ours}.1": f"{theirs}.act"}
    return parts


def _recognized(weights: Mapping[str, Tensor]) -> Variant:
    if _FIRST in weights:
        for variant, key in _RECOGNIZED_BY.items():
            if key in weights:
                return variant
    known = "; ".join(f"{key} ({variant})" for variant, key in _RECOGNIZED_BY.items())
    raise ModelError(
        f"expected the weights of a published SMNet, with {_FIRST} and {known}, "
        f"got {listed(weights)}"
    )


def _left_aside(key: str) -> bool:
    encoder = any(key == f"{their}.prelu.weight" for their in _ENCODERS.values())
    return encoder or key.endswith(".filt") or key.startswith(_UNUSED)


def _read(path: str | Path, variant: Variant) -> tuple[SMNet, Passport]:
    try:
        network = network_of(state_dict(read_checkpoint(path), WRAPPERS))
    except ModelError as error:
        raise error if str(path) in str(error) else ModelError(f"{path}: {error}") from error
    if network.variant != variant:
        raise ModelError(
            f"{path} holds SMNet for {DATA[network.variant]}: import it as {NAMES[network.variant]}"
        )
    passport = smnet_passport(network)._replace(
        title=f"SMNet as published for {DATA[variant]} (TMM 2022)",
        version="published",
        data=(DATA[variant],),
        data_terms=DATA_TERMS,
        license=LICENSE,
        recipe=variant,
    )
    return network, passport
