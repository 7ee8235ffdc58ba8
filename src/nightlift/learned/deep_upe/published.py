"""Weights of DeepUPE as the author of the reimplementation published them.

A bare state dict: `coeffs.splat_features.N`, `coeffs.global_features_conv.N`,
`coeffs.global_features_fc.N`, `coeffs.local_features.N`, `coeffs.conv_out` and `guide.conv1`,
`guide.conv2`, each with `conv` or `fc`, and `bn` where the layer is normalized. It was trained on
pictures in BGR order: the weights are turned to RGB here, and nothing else knows of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.deep_upe.network import COEFFICIENTS, GLOBAL_SIDE, DeepUPE
from nightlift.learned.deep_upe.passports import deep_upe_passport
from nightlift.learned.importing import listed, load_weights, read_checkpoint, state_dict
from nightlift.models import Passport

WRAPPERS = ("state_dict", "model")
LICENSE = "unknown: published without a license file"
DATA = "MIT-Adobe FiveK, expert C"
DATA_TERMS = "research only"

MOST_HALVINGS = 9
"""A picture of 2048 pixels a side down to 4: more would be no small copy."""

BGR = (2, 1, 0)
BGR_COEFFICIENTS = (10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3)
"""Where the rows and the weights of an affine model lie when both sides are in BGR order."""

_PARTS = (
    (r"^coeffs\.splat_features\.", "splat."),
    (r"^coeffs\.global_features_conv\.", "shrink."),
    (r"^coeffs\.global_features_fc\.", "whole."),
    (r"^coeffs\.local_features\.1\.conv\.", "local.1."),
    (r"^coeffs\.local_features\.", "local."),
    (r"^coeffs\.conv_out\.conv\.", "out."),
    (r"^guide\.conv1\.", "guide.hidden."),
    (r"^guide\.conv2\.conv\.", "guide.out."),
    (r"\.(conv|fc)\.", ".linear."),
    (r"\.bn\.", ".norm."),
)


def read_deep_upe(path: str | Path) -> tuple[DeepUPE, Passport]:
    """A published DeepUPE checkpoint, turned from BGR to RGB.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    try:
        network = network_of(state_dict(read_checkpoint(path), WRAPPERS))
    except ModelError as error:
        raise error if str(path) in str(error) else ModelError(f"{path}: {error}") from error
    to_rgb(network)
    passport = deep_upe_passport(network)._replace(
        title="DeepUPE as published by the author of the reimplementation",
        version="published",
        data=(DATA,),
        data_terms=DATA_TERMS,
        license=LICENSE,
        recipe="reimplementation",
    )
    return network, passport


def network_of(weights: Mapping[str, Tensor]) -> DeepUPE:
    """The network that these published weights make, in the color order they were trained in.

    Its hyper-parameters are read from the weights' names and shapes. ModelError where a name is
    unknown, or a shape does not fit.
    """
    if not all(name.startswith(("coeffs.", "guide.")) for name in weights):
        raise _unknown(weights)
    ours = {_our_name(name): value for name, value in weights.items()}
    try:
        outputs, first = ours["out.bias"].numel(), ours["splat.0.linear.bias"].numel()
        guide_width = ours["guide.hidden.linear.bias"].numel()
    except KeyError as error:
        raise _unknown(weights) from error
    luma_bins, rest = divmod(outputs, COEFFICIENTS)
    if rest or not luma_bins or not first or first % luma_bins or not guide_width:
        raise ModelError(
            f"expected {COEFFICIENTS} coefficients a luma bin, and first features that are a "
            f"multiple of the bins, got {outputs} and {first} (guide {guide_width})"
        )
    shrinks, splats = _count(ours, "shrink"), _count(ours, "splat")
    if shrinks + splats > MOST_HALVINGS:
        raise ModelError(
            f"expected at most {MOST_HALVINGS} layers that halve the picture, "
            f"got {shrinks + splats}"
        )
    spatial_bins = GLOBAL_SIDE * 2**shrinks
    network = DeepUPE(
        luma_bins,
        first // luma_bins,
        spatial_bins,
        spatial_bins * 2**splats,
        any(".norm." in name for name in ours),
        guide_width,
    )
    load_weights(network, ours, "the checkpoint")
    return network


@torch.no_grad()
def to_rgb(network: DeepUPE) -> None:
    """Turn a network that takes and gives BGR into one for RGB: the same pictures, reordered."""
    for name in ("splat.0.linear.weight", "guide.hidden.linear.weight"):
        kernels = network.get_parameter(name)
        kernels.copy_(kernels[:, BGR].clone())
    for name in ("out.weight", "out.bias"):
        by_coefficient = network.get_parameter(name).view(COEFFICIENTS, network.luma_bins, -1)
        by_coefficient.copy_(by_coefficient[list(BGR_COEFFICIENTS)].clone())


def _our_name(name: str) -> str:
    for pattern, ours in _PARTS:
        name = re.sub(pattern, ours, name)
    return name


def _count(names: Iterable[str], part: str) -> int:
    """How many layers the weights have under `part`."""
    return len({name.split(".")[1] for name in names if name.startswith(f"{part}.")})


def _unknown(weights: Mapping[str, Tensor]) -> ModelError:
    return ModelError(
        "expected the weights of a published DeepUPE, named coeffs.splat_features.0.conv.weight, "
        f"coeffs.conv_out.conv.bias, guide.conv1.conv.weight, …, got {listed(weights)}"
    )
