"""The published networks' layer names, turned into ours."""

from __future__ import annotations

import re
from typing import TypeVar

from torch import Tensor, nn

from nightlift.learned.glenet.network import GEN, LEN
from nightlift.learned.importing import load_weights
from tests.published_networks import weights

PARTS = {
    "expand_conv": "expand.conv",
    "expand_bn": "expand.norm",
    "dwconv": "depthwise",
    "bn": "norm",
    "se_reduce_conv": "excite.reduce",
    "se_expand_conv": "excite.expand",
    "project_conv": "project",
    "project_bn": "project_norm",
}
N = TypeVar("N", bound=nn.Module)

ENDS = {"conv": "conv", "bn": "norm"}
GEN_BLOCKS = {2: "blocks.0", 3: "blocks.1", 4: "blocks.2", 5: "blocks.3"}
LEN_BLOCKS = {2: "down1", 3: "down2", 4: "down3.0", 5: "down3.1", 7: "up3", 9: "up2"}


def name(theirs: str, blocks: dict[int, str], ends: dict[int, str]) -> str:
    """Such as stage2_bn.weight → blocks.0.norm.weight."""
    found = re.fullmatch(r"(?:GEN|LEN)?stage(\d+)_(\w+)\.(\w+)", theirs)
    assert found
    stage, part, leaf = int(found[1]), found[2], found[3].replace("kernel", "weight")
    if stage in blocks:
        return f"{blocks[stage]}.{PARTS[part]}.{leaf}"
    inner = f".{ENDS[part]}" if ends[stage] in ("stem", "head") else ""
    return f"{ends[stage]}{inner}.{leaf}"


def gen() -> GEN:
    return filled(GEN(), "glenet_gen_paper", GEN_BLOCKS, {1: "stem", 6: "head", 7: "dense"})


def local() -> LEN:
    return filled(LEN(), "glenet_len_paper", LEN_BLOCKS, {1: "stem", 11: "last"})


def filled(network: N, folder: str, blocks: dict[int, str], ends: dict[int, str]) -> N:
    theirs: dict[str, Tensor] = weights(folder)
    ours = {name(key, blocks, ends): value for key, value in theirs.items()}
    counters = {k: v for k, v in network.state_dict().items() if k.endswith("batches_tracked")}
    load_weights(network, {**counters, **ours}, "the reference")
    return network
