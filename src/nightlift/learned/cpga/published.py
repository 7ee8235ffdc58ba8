"""Weights of CPGA-Net+ and CPGA-Net++ as published.

| ours | published |
|---|---|
| `first`, `blocks.N`, `last` | `cpblks_pre`, `cpblks.N`, `cpblk_post` |
| `….{prepare,transmission,airlight}` | `….{prep_module,t_module,a_module}` |
| `power` | `ga_est` |
| `fusion`, `fusions.N`, and their `rate` | `iaaf`, `iaafblks.N`, `iaaf…_masking_rate` |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned.cpga.blocks import Variant
from nightlift.learned.cpga.network import MULTIPLE, CPGANet
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import TrainingTerms, count, in_float32, read_foreign
from nightlift.learned.importing import listed, load_weights
from nightlift.models import Passport
from nightlift.photo import LongSide, OwnSize

PAPER = "Weng et al., Rethinking Theoretical Illumination for Efficient Low-Light Image Enhancement"
TITLE = "CPGA-Net: scattering blocks, and one power for the whole picture"
NAMES: Mapping[Variant, str] = {"plus": "CPGA-Net+", "plusplus": "CPGA-Net++"}
LICENSE = "MIT (the repository's; it states no other terms for the weights)"

KNOWN = {
    "9f6d02122deabbb5b75162016180da1c118d44ce4fdd1702366c4f9684ff0efb": TrainingTerms("LOL v1"),
    "c09edb1149703aaeccdca589234b0e7bf9928b489aa88ddadaa654e8ff1e970b": TrainingTerms("LOL v1"),
}
"""By the SHA-256 of the published files."""

LONG_SIDE = 512
"""Pixels of the small copy, between which and its result a bilateral grid is fitted."""

BYTES_A_PIXEL: Mapping[Variant, int] = {"plus": 800, "plusplus": 1600}

_FIRST = "cpblks_pre.prep_module.0.weight"
_RATE, _RATES = "iaaf_masking_rate", "iaafblks_masking_rate"

_PARTS = (
    (r"^cpblks_pre\.", "first."),
    (r"^cpblks\.", "blocks."),
    (r"^cpblk_post\.", "last."),
    (r"\.prep_module\.0\.", ".prepare."),
    (r"\.t_module\.prep\.0\.", ".transmission.priors."),
    (r"\.t_module\.conv\.", ".transmission.mix."),
    (r"\.t_module\.postp\.", ".transmission.out."),
    (r"\.a_module\.conv1_A\.", ".airlight.first."),
    (r"\.a_module\.conv2_A\.0\.", ".airlight.halved."),
    (r"\.a_module\.conv3_A\.", ".airlight.deep."),
    (r"\.a_module\.conv4_A\.0\.", ".airlight.join."),
    (r"\.a_module\.conv4_A\.2\.", ".airlight.full."),
    (r"\.a_module\.conv5_A\.", ".airlight.last."),
    (r"^ga_est\.conv1_g\.", "power.first."),
    (r"^ga_est\.conv2_g\.0\.", "power.halved."),
    (r"^ga_est\.conv3_g\.", "power.deep."),
    (r"^ga_est\.conv4_g\.", "power.last."),
    (r"\.bn([12])\.", r".norm\1."),
    (r"\.ca\.fc\.0\.", ".squeeze."),
    (r"\.ca\.fc\.2\.", ".excite."),
    (r"\.sa\.conv1\.", ".places."),
    (r"\.downsample\.(0\.)?", ".halve."),
    (r"^iaafblks\.", "fusions."),
    (r"^iaaf\.", "fusion."),
    (r"\.conv1_post_g\.", ".first."),
    (r"\.conv2_post_g\.", ".middle."),
    (r"\.conv3_post_g\.", ".last."),
    (r"\.conv_scoring\.", ".score."),
    (r"\.body\.0\.", ".near."),
    (r"\.body\.2\.", ".far."),
)
"""Patterns of their names → ours, all applied, one after the other."""


def read_cpga(path: Path) -> Published:
    """A published checkpoint of CPGA-Net+ or CPGA-Net++.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return read_foreign(path, network_of, _passport, KNOWN)


def network_of(weights: Mapping[str, Tensor]) -> CPGANet:
    """The network that these published weights make; ModelError where they are of another."""
    named = (_FIRST, "ga_est.conv1_g.weight", "iaaf.conv1_post_g.weight")
    if any(name not in weights or weights[name].ndim != 4 for name in named):
        raise ModelError(f"expected the weights of CPGA-Net+, with {_FIRST}, got {listed(weights)}")
    variant: Variant = "plusplus" if _RATE in weights else "plus"
    width, power_width, fusion_width = (len(weights[name]) for name in named)
    blocks = {key.split(".")[1] for key in weights if key.startswith("cpblks.")}
    network = CPGANet(variant, width, len(blocks), power_width, fusion_width)
    load_weights(network, _ours(weights), f"the checkpoint of {NAMES[variant]}")
    return network


def _ours(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights under our names, each rate with its fusion."""
    ours = {}
    for key, value in weights.items():
        if key == _RATE:
            ours["fusion.rate"] = value.float().reshape(())
        elif key == _RATES:
            ours |= {f"fusions.{place}.rate": one for place, one in enumerate(value.float())}
        else:
            ours[_our_name(key)] = in_float32(value)
    return ours


def _our_name(key: str) -> str:
    for pattern, name in _PARTS:
        key = re.sub(pattern, name, key)
    return key


def _passport(network: nn.Module) -> Passport:
    assert isinstance(network, CPGANet)
    return Passport(
        method="cpga-net",
        title=f"{NAMES[network.variant]}: {TITLE.partition(': ')[2]}",
        version="published",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="paired",
        parameters=count(network),
        multiple=MULTIPLE,
        bytes_a_pixel=BYTES_A_PIXEL[network.variant],
        sources=(PAPER,),
        license=LICENSE,
        recipe=network.variant,
    )
