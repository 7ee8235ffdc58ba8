"""EnlightenGAN at a size that runs in a moment, and weights that need nobody's file."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nightlift.learned import features
from nightlift.learned.enlightengan.network import Generator
from nightlift.learned.enlightengan.recipes import PAPER, EnlightenGANRecipe
from tests.reference import synth


@functools.cache
def vgg16() -> dict[str, Tensor]:
    """VGG16's weights by `synth`, which makes them from their names (`conv1_1.weight`)."""
    return {
        f"{name}.{leaf}": torch.from_numpy(synth.tensor(f"{name}.{leaf}", shape))
        for name, kernel in features._shapes("vgg16").items()
        for leaf, shape in (("weight", kernel), ("bias", kernel[:1]))
    }


def picture(height: int, width: int, seed: int, gain: float = 1.0) -> Tensor:
    """(1, 3, height, width) in [0, 1]."""
    values = torch.from_numpy(synth.image(height, width, seed)) * gain
    return values.clamp(0, 1).permute(2, 0, 1)[None]


def small(**changes: Any) -> EnlightenGANRecipe:
    """The paper's recipe, narrow and small."""
    tiny = {"width": 4, "critic_width": 4, "size": 48, "batch": 2, "resized": (64, 80)}
    return replace(PAPER, **{**tiny, **changes})


def narrow(width: int = 4) -> Generator:
    """A generator whose residual is as large as a trained one's; ready to be used."""
    torch.manual_seed(0)
    network = Generator(width)
    for name, parameter in network.named_parameters():
        if name.endswith("weight") and parameter.ndim == 4:
            torch.nn.init.normal_(parameter, std=(2 / parameter[0].numel()) ** 0.5)
    return network.eval()
