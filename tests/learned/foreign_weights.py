"""Random weights of the networks of others, under the names that they are published with."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from nightlift.learned.iat import published as iat
from nightlift.learned.seplut import published as seplut


def made(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights of these shapes; variances of batch norms are positive."""
    torch.manual_seed(0)
    weights = {key: 0.3 * torch.randn(shape) for key, shape in shapes.items()}
    return {
        key: value.abs() + 0.5 if key.endswith("running_var") else value
        for key, value in weights.items()
    }


def sci_weights(width: int = 3) -> dict[str, Tensor]:
    """As SCI is published: the middle layer twice, and a calibration network."""
    norm = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (width,))
    weights = made(
        {
            "enhance.in_conv.0.weight": (width, 3, 3, 3),
            "enhance.in_conv.0.bias": (width,),
            "enhance.conv.0.weight": (width, width, 3, 3),
            "enhance.conv.0.bias": (width,),
            **{f"enhance.conv.1.{leaf}": shape for leaf, shape in norm.items()},
            "enhance.out_conv.0.weight": (3, width, 3, 3),
            "enhance.out_conv.0.bias": (3,),
            "calibrate.in_conv.0.weight": (16, 3, 3, 3),
        }
    )
    weights["enhance.conv.1.num_batches_tracked"] = torch.tensor(7)
    shared = {k: v for k, v in weights.items() if k.startswith("enhance.conv.")}
    return weights | {k.replace("conv", "blocks.0"): v for k, v in shared.items()}


def as_published(network: nn.Module, names: Mapping[str, str]) -> dict[str, Tensor]:
    """A network's own weights under names that contain other parts."""
    weights = {}
    for key, value in network.state_dict().items():
        for our, their in names.items():
            key = key.replace(our, their)
        weights[key] = value
    return weights


GENERATED = ("pos_embed", "norm1", "norm2", "attn", "mlp")


def iat_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    names = {
        "mul_end.": "mul_end.0.",
        "add_end.": "add_end.0.",
        "global_net.near.": "global_net.conv_large.proj.0.",
        "global_net.near_norm.": "global_net.conv_large.proj.1.",
        "global_net.far.": "global_net.conv_large.proj.3.",
        "global_net.far_norm.": "global_net.conv_large.proj.4.",
        **{f"global_net.{part}": f"global_net.generator.{part}" for part in GENERATED},
    }
    return as_published(iat.IAT(8, 2, 16, (32, 64)).eval(), names)


def seplut_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    network = seplut.SepLUT(4, knots=5, points=4)
    theirs = {our: their for their, our in seplut.PARTS.items()}
    return {
        f"{theirs[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
        for key, value in network.state_dict().items()
    }


def lut_files(folder: Path, end: str = "") -> Path:
    """A classifier and its tables as published; returns the classifier."""
    torch.manual_seed(0)
    widths, weights, into, place = (4, 4, 4, 4, 4), {}, 3, 1
    for number, width in enumerate(widths):
        weights[f"model.{place}.weight"] = 0.1 * torch.randn(width, into, 3, 3)
        weights[f"model.{place}.bias"] = torch.zeros(width)
        if number == 0:
            weights |= {f"model.{place + 2}.{x}": torch.ones(width) for x in ("weight", "bias")}
        into, place = width, place + (3 if number == 0 else 2)
    weights |= {f"model.{place}.weight": torch.randn(3, 4, 8, 8)}
    weights |= {f"model.{place}.bias": torch.ones(3)}
    tables = {str(n): {"LUT": torch.randn(3, 5, 5, 5)} for n in (2, 0, 1)}
    torch.save(tables, folder / f"LUTs{end}.pth")
    torch.save(weights, folder / f"classifier{end}.pth")
    return folder / f"classifier{end}.pth"


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path
